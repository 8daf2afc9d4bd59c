//! Writes a TOML file again with its keys in another order. Values keep their text.

use std::fmt::Write as _;

use toml::de::{DeTable, DeValue};

/// A table under its header, with the keys that stand in it.
struct Section {
    path: Vec<String>,
    lines: Vec<String>,
}

/// A shuffle that is the same everywhere.
struct Shuffle(u64);

impl Shuffle {
    fn next(&mut self, below: usize) -> usize {
        // The 64-bit linear congruential generator of Knuth's MMIX.
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) % below as u64) as usize
    }

    fn order<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.next(last + 1);
            items.swap(last, other);
        }
    }
}

/// The text with tables, and keys within tables (those in braces too), in an order that follows
/// from `seed`. Comments are dropped; rows of lists stay in their order.
pub(crate) fn reordered(text: &str, seed: u64) -> String {
    let (tree, errors) = DeTable::parse_recoverable(text);
    assert!(errors.is_empty(), "{errors:?}");
    let mut shuffle = Shuffle(seed);
    let mut sections = Vec::new();
    collect(text, tree.get_ref(), &mut Vec::new(), &mut shuffle, &mut sections);
    let mut out = String::new();
    // Keys of the root have no header, so they come first.
    let root = sections.iter().position(|section| section.path.is_empty()).unwrap();
    let root = sections.remove(root);
    out.extend(root.lines.iter().map(|line| format!("{line}\n")));
    shuffle.order(&mut sections);
    for section in sections {
        let path: Vec<String> = section.path.iter().map(|key| quoted(key)).collect();
        let _ = writeln!(out, "\n[{}]", path.join("."));
        out.extend(section.lines.iter().map(|line| format!("{line}\n")));
    }
    out
}

fn collect(
    text: &str,
    table: &DeTable,
    path: &mut Vec<String>,
    shuffle: &mut Shuffle,
    sections: &mut Vec<Section>,
) {
    let mut lines = Vec::new();
    for (key, value) in table {
        let in_braces = text[value.span()].starts_with('{');
        match value.get_ref() {
            DeValue::Table(inner) if !in_braces => {
                path.push(key.get_ref().to_string());
                collect(text, inner, path, shuffle, sections);
                path.pop();
            }
            inner => {
                let written = written(text, inner, &text[value.span()], shuffle);
                lines.push(format!("{} = {written}", quoted(key.get_ref())));
            }
        }
    }
    shuffle.order(&mut lines);
    sections.push(Section { path: path.clone(), lines });
}

/// A value's own text; tables in braces and lists of them are taken apart.
fn written(text: &str, value: &DeValue, own: &str, shuffle: &mut Shuffle) -> String {
    match value {
        DeValue::Table(table) => {
            let mut parts: Vec<String> = table
                .iter()
                .map(|(key, value)| {
                    let inner = written(text, value.get_ref(), &text[value.span()], shuffle);
                    format!("{} = {inner}", quoted(key.get_ref()))
                })
                .collect();
            shuffle.order(&mut parts);
            format!("{{ {} }}", parts.join(", "))
        }
        DeValue::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| written(text, item.get_ref(), &text[item.span()], shuffle))
                .collect();
            format!("[{}]", items.join(", "))
        }
        _ => own.to_owned(),
    }
}

fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if key.chars().all(bare) { key.to_owned() } else { format!("\"{key}\"") }
}

#[test]
fn a_reordered_file_says_the_same_in_another_order() {
    let text =
        "b = 1_000\na = [{ y = 2, x = \"k\" }]\n\n[t.u]\n\"p.q\" = 2024-01-01\nr = 0.50\n\n[s]\n";
    let mut orders = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let again = reordered(text, seed);
        assert_eq!(again.parse::<toml::Table>().unwrap(), text.parse::<toml::Table>().unwrap());
        assert!(again.contains("1_000") && again.contains("0.50") && again.contains("\"p.q\""));
        orders.insert(again);
    }
    assert!(orders.len() > 4, "{orders:?}");
}
