//! Every key and every value of the shipped scenario is spoiled in turn: each mistake must give
//! exactly one diagnostic, and it must mark the line of the mistake.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use fleetcast::diag::{Style, render};
use fleetcast::scenario::{FileReader, load};
use toml::de::{DeTable, DeValue};

const ROOT: &str = "meta-2024-07.toml";

/// The scenario's files in memory.
#[derive(Clone)]
pub(crate) struct Files(pub(crate) BTreeMap<String, String>);

impl FileReader for Files {
    fn read(&self, path: &str) -> std::io::Result<String> {
        self.0.get(path).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}

pub(crate) fn shipped() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let root = read(ROOT);
    let table: toml::Table = root.parse().unwrap();
    let extended = table["extends"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let mut files: BTreeMap<String, String> =
        extended.map(|name| (name.to_owned(), read(name))).collect();
    files.insert(ROOT.to_owned(), root);
    Files(files)
}

#[test]
fn the_shipped_scenario_is_right_and_can_be_written_as_one_file() {
    let loaded = load(&shipped(), ROOT, &[], &[]);
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    let scenario = loaded.result.unwrap();
    let one = Files(BTreeMap::from([("x.toml".to_owned(), scenario.resolved_toml().to_owned())]));
    let again = load(&one, "x.toml", &[], &[]);
    assert!(again.diagnostics.is_empty(), "{:?}", again.diagnostics);
    let again = again.result.unwrap();
    assert_eq!(again.resolved_toml(), scenario.resolved_toml());
    assert_eq!(again.observations, scenario.observations);
    assert_eq!(again.later, scenario.later);
    assert_eq!(again.guidance, scenario.guidance);
    assert_eq!(again.chips, scenario.chips);
    assert_eq!(again.hindsight, scenario.hindsight);
    assert_eq!(again.newest_used, scenario.newest_used);
    assert_eq!(again.loadings, scenario.loadings);
    assert!(scenario.newest_used <= scenario.as_of);
}

/// A key with its value, as they stand in a text.
pub(crate) struct Spot {
    pub(crate) path: Vec<String>,
    pub(crate) key: Range<usize>,
    pub(crate) value: Range<usize>,
    pub(crate) kind: &'static str,
    /// Whether it stands in a row of a list.
    pub(crate) row: bool,
}

fn spots(text: &str) -> Vec<Spot> {
    let (tree, errors) = DeTable::parse_recoverable(text);
    assert!(errors.is_empty());
    let mut spots = Vec::new();
    collect(tree.get_ref(), &mut Vec::new(), false, &mut spots);
    spots.sort_by_key(|spot| spot.key.start);
    spots
}

fn collect(table: &DeTable, path: &mut Vec<String>, row: bool, spots: &mut Vec<Spot>) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        let kind = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "number",
            DeValue::Boolean(_) => "flag",
            DeValue::Datetime(_) => "date",
            DeValue::Array(_) => "list",
            DeValue::Table(_) => "table",
        };
        spots.push(Spot { path: path.clone(), key: key.span(), value: value.span(), kind, row });
        match value.get_ref() {
            DeValue::Table(inner) => collect(inner, path, row, spots),
            DeValue::Array(items) => {
                for item in items {
                    if let DeValue::Table(inner) = item.get_ref() {
                        collect(inner, path, true, spots);
                    }
                }
            }
            _ => {}
        }
        path.pop();
    }
}

pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The messages of the scenario.
pub(crate) fn messages(files: &Files) -> Vec<String> {
    let loaded = load(files, ROOT, &[], &[]);
    loaded.diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect()
}

/// What one spoiled file gives: none if it is as it should be.
fn complaint(
    files: &Files,
    file: &str,
    range: &Range<usize>,
    with: &str,
    places: &[usize],
) -> Option<String> {
    let text = &files.0[file];
    let spoiled = format!("{}{with}{}", &text[..range.start], &text[range.end..]);
    let mut files = files.clone();
    files.0.insert(file.to_owned(), spoiled.clone());
    let loaded = load(&files, ROOT, &[], &[]);
    let list = &loaded.diagnostics;
    let mut marked = Vec::new();
    for diagnostic in list {
        for label in diagnostic.primary.iter().chain(&diagnostic.secondary) {
            let source = loaded.sources.get(label.span.file).unwrap();
            marked.push((source.name().to_owned(), source.line_col(label.span.start).0));
        }
    }
    let hit = places.is_empty() || marked.iter().any(|(f, l)| f == file && places.contains(l));
    (list.len() != 1 || !hit).then(|| {
        format!(
            "{file}:{}: `{}` for `{}` gives {} diagnostics{}\n{}",
            line_of(text, range.start),
            with,
            &text[range.clone()],
            list.len(),
            if hit { "" } else { ", none on its line" },
            render(list, &loaded.sources, Style::Plain, 120)
        )
    })
}

/// Rows are all alike: one in so many is spoiled.
const ROWS: usize = 17;

/// Spoils what `spoil` picks of every spot, and fails with all that went wrong.
fn spoil_all(spoil: impl Fn(&str, &Spot) -> Option<(Range<usize>, String)>) {
    let picked =
        |index: usize, spot: &Spot| !spot.row || spot.path.len() != 2 || index.is_multiple_of(ROWS);
    let line = |text: &str, _: &Spot, range: &Range<usize>| vec![line_of(text, range.start)];
    spoil_spots(picked, spoil, line);
}

/// Spoils the picked spots in turn, each of which must give one diagnostic on one of the lines, and fails with
/// all that went wrong.
pub(crate) fn spoil_spots(
    picked: impl Fn(usize, &Spot) -> bool,
    spoil: impl Fn(&str, &Spot) -> Option<(Range<usize>, String)>,
    lines: impl Fn(&str, &Spot, &Range<usize>) -> Vec<usize>,
) {
    let files = shipped();
    let mut complaints = Vec::new();
    let mut count = 0;
    for (file, text) in &files.0 {
        for (index, spot) in spots(text).iter().enumerate() {
            if !picked(index, spot) {
                continue;
            }
            let Some((range, with)) = spoil(text, spot) else { continue };
            count += 1;
            let lines = lines(text, spot, &range);
            complaints.extend(complaint(&files, file, &range, &with, &lines));
        }
    }
    assert!(count > 20, "only {count} spots");
    assert!(
        complaints.is_empty(),
        "{} of {count}:\n{}",
        complaints.len(),
        complaints.iter().take(60).cloned().collect::<Vec<_>>().join("\n----\n")
    );
}

/// Names are free: a misspelled one is a mistake only where something else names the thing.
fn is_free_name(spot: &Spot) -> bool {
    let path: Vec<&str> = spot.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["chip", name] => *name != "trend" && spot.kind == "table",
        ["site", name] => *name != "stage" && spot.kind == "table",
        // Names of runs have a dash, keys that all runs share have none.
        ["training", name] => name.contains('-') && spot.kind == "table",
        ["source" | "correlation" | "lease" | "target" | "event" | "policy", _]
        | ["site", "stage", _]
        | ["site", _, "phase", _] => true,
        _ => false,
    }
}

#[test]
fn a_misspelled_key_gives_one_diagnostic() {
    spoil_all(|text, spot| {
        if is_free_name(spot) {
            return None;
        }
        let key = &text[spot.key.clone()];
        let at = key.len() / 2;
        Some((spot.key.clone(), format!("{}q{}", &key[..at], &key[at..])))
    });
}

#[test]
fn a_key_with_another_letter_gives_one_diagnostic() {
    spoil_all(|text, spot| {
        if is_free_name(spot) {
            return None;
        }
        let key = &text[spot.key.clone()];
        let last = key.trim_end_matches('"').len();
        Some((spot.key.clone(), format!("{}z{}", &key[..last - 1], &key[last..])))
    });
}

#[test]
fn a_value_of_another_kind_gives_one_diagnostic() {
    spoil_all(|_, spot| {
        let inline = spot.kind != "table" || spot.value.start > spot.key.end;
        let with = if spot.kind == "flag" { "\"yes\"" } else { "true" };
        inline.then(|| (spot.value.clone(), with.to_owned()))
    });
}

#[test]
fn a_number_for_a_text_and_a_text_for_a_number_give_one_diagnostic() {
    spoil_all(|_, spot| match spot.kind {
        "text" => Some((spot.value.clone(), "1.5e300".to_owned())),
        "number" => Some((spot.value.clone(), "\"many\"".to_owned())),
        "date" => Some((spot.value.clone(), "\"2024-07-31\"".to_owned())),
        _ => None,
    });
}

/// The unit of a value text, as a range.
fn unit(text: &str, spot: &Spot) -> Option<Range<usize>> {
    let value = &text[spot.value.clone()];
    let starts = value.strip_prefix('"')?.starts_with(|c: char| c.is_ascii_digit());
    let last_digit = value.rfind(|c: char| c.is_ascii_digit() || c == '.')?;
    let rest = value[last_digit + 1..].strip_prefix(' ')?.strip_suffix('"')?;
    let known = [
        "MW",
        "MW/quarter",
        "kW",
        "W",
        "B USD",
        "k USD",
        "quarters",
        "years",
        "d",
        "%",
        "%/year",
        "TWh/year",
        "TWh",
        "c/kWh",
        "M USD/MW",
        "chips",
        "k chips",
        "H100e",
        "k H100e",
        "TFLOP/s",
        "orders/year",
    ];
    let start = spot.value.start + last_digit + 2;
    (starts && known.contains(&rest)).then(|| start..start + rest.len())
}

#[test]
fn an_unknown_unit_gives_one_diagnostic() {
    spoil_all(|text, spot| Some((unit(text, spot)?, "furlongs".to_owned())));
}

#[test]
fn a_unit_of_something_else_gives_one_diagnostic() {
    spoil_all(|text, spot| Some((unit(text, spot)?, "L/kWh".to_owned())));
}

#[test]
fn a_number_out_of_range_gives_one_diagnostic() {
    spoil_all(|text, spot| {
        let in_row = spot.row && spot.path.first().is_some_and(|p| p != "chip");
        let key = spot.path.last()?.as_str();
        let free = ["title", "description", "url", "note", "label", "document", "license", "seed"];
        // What is observed or asked may have any size.
        let asked = ["at_least", "at_most"].contains(&key);
        if in_row && key != "at" || asked || free.contains(&key) {
            return None;
        }
        match spot.kind {
            "number" => Some((spot.value.clone(), "-1_000_000_000".to_owned())),
            // A text of one number; of several, the order would be wrong as well.
            "text" => {
                let unit = unit(text, spot)?;
                let number = spot.value.start + 1..unit.start;
                let single = !text[number.clone()].trim().contains(' ');
                single.then(|| (number, "-1e30 ".to_owned()))
            }
            _ => None,
        }
    });
}

#[test]
fn a_word_that_names_nothing_gives_one_diagnostic() {
    spoil_all(|_, spot| {
        let key = spot.path.last()?.as_str();
        let names = [
            "source",
            "grade",
            "metric",
            "dist",
            "line",
            "follows",
            "power_with",
            "h100e",
            "from",
            "to",
            "at",
            "fleetcast",
        ];
        let text = spot.kind == "text" && names.contains(&key);
        text.then(|| (spot.value.clone(), "\"xyzzy\"".to_owned()))
    });
}

#[test]
fn a_name_that_others_use_gives_one_diagnostic_when_misspelled() {
    // Whether it is used is not known here: none or one.
    let files = shipped();
    let mut complaints = Vec::new();
    let mut found = 0;
    for (file, text) in &files.0 {
        for spot in spots(text).iter().filter(|spot| is_free_name(spot)) {
            let key = &text[spot.key.clone()];
            let at = key.len() / 2;
            let with = format!("{}q{}", &key[..at], &key[at..]);
            let lines = [line_of(text, spot.key.start)];
            match complaint(&files, file, &spot.key, &with, &lines) {
                None => found += 1,
                Some(text) if text.contains("gives 0 diagnostics") => {}
                Some(text) => complaints.push(text),
            }
        }
    }
    assert!(found > 20, "only {found} names are used");
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n----\n"));
}

#[test]
fn a_removed_source_gives_one_diagnostic() {
    let files = shipped();
    let mut complaints = Vec::new();
    for (file, text) in &files.0 {
        for (index, spot) in spots(text).iter().enumerate() {
            let key = spot.path.last().map_or("", String::as_str);
            let rows = spot.row && spot.path.len() == 2;
            if !["source", "grade"].contains(&key)
                || spot.kind != "text"
                || rows && !index.is_multiple_of(ROWS)
            {
                continue;
            }
            let after = &text[spot.value.end..];
            let comma = if after.starts_with(", ") { 2 } else { 0 };
            // With the comma before it, if it is the last of a table on one line.
            let before = &text[..spot.key.start];
            let start =
                if comma == 0 { before.trim_end_matches([',', ' ']).len() } else { spot.key.start };
            // A value that then takes an outer source is right.
            match complaint(&files, file, &(start..spot.value.end + comma), "", &[]) {
                Some(text) if !text.contains("gives 0 diagnostics") => complaints.push(text),
                _ => {}
            }
        }
    }
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n----\n"));
}
