//! Examples of distributions that an input takes: in its unit, within its limits.

use super::document::{Data, Node, parse_alone, table_to_toml, to_toml};
use super::lone_value::lone_distribution;
use super::problems::Problems;
use super::types::InputValue;
use super::value::{Reader, ends};
use crate::diag::{FileId, SourceFile, Span};
use crate::dist::{Family, ParamError, ParamKind, Prob};
use crate::model::declare::InputDecl;
use crate::units::Quantity;

/// A right use of a family for an input: that of the input's own declaration, or else the family's
/// own with numbers that the input can have.
pub(super) fn of(family: &Family, decl: &'static InputDecl) -> String {
    let own = format!("{{ dist = \"{}\"", family.name);
    if decl.example.starts_with(&own) {
        return decl.example.to_owned();
    }
    let (low, high) = typical(decl);
    let candidates = moves(family, low, high).into_iter().filter_map(|moved| moved.table(decl));
    let mut candidates = candidates.filter(|text| read(text, decl).is_some());
    candidates.next().unwrap_or_else(|| super::missing::example_value(decl))
}

/// A value that may be zero, or less: percentiles on a logarithmic scale cannot say that.
pub(super) fn from_zero(decl: &'static InputDecl) -> String {
    if decl.range.0 < 0.0 {
        return crate::dist::family("normal").map_or_else(String::new, |normal| of(normal, decl));
    }
    let (mode, max) = typical(decl);
    let [min, mode, max] = [0.0, mode, max].map(|x| written(x, decl.quantity));
    format!("{{ dist = \"triangular\", min = {min}, mode = {mode}, max = {max} }}")
}

/// The advice of an error of a family, with its example in the unit of the input.
pub(super) fn help(error: &ParamError, family: &Family, decl: &'static InputDecl) -> String {
    let param = family.params.iter().find(|param| error.param.as_deref() == Some(param.name));
    let of_values = param.is_none_or(|param| match param.kind {
        ParamKind::Value | ParamKind::Spread | ParamKind::List => true,
        ParamKind::Parts => error.help.contains("value ="),
        ParamKind::Number | ParamKind::Numbers | ParamKind::Word(_) => false,
    });
    if error.help.contains(family.example) {
        error.help.replace(family.example, &of(family, decl))
    } else if error.help.starts_with("for example") && of_values {
        format!("for example {}", of(family, decl))
    } else {
        error.help.clone()
    }
}

/// A value of an input, if it can be read as one.
fn read(text: &str, decl: &'static InputDecl) -> Option<InputValue> {
    let node = node(text)?;
    let mut problems = Problems::of_a_trial();
    let place = Span::new(FileId(0), 0..0);
    let value = Reader { key: decl.key, decl, problems: &mut problems }.value(&node, &place);
    value.filter(|_| problems.list.is_empty())
}

/// A value as it stands in a file.
fn node(text: &str) -> Option<Node> {
    let source = SourceFile::new("", format!("value = {text}"));
    let (document, problems) = parse_alone(FileId(0), &source);
    let entry = document.root.get("value").filter(|_| problems.is_empty())?;
    Some(entry.node.clone())
}

/// Two numbers that an input has, one well above the other.
fn typical(decl: &'static InputDecl) -> (f64, f64) {
    let (low, high) = decl.range;
    let example = match read(&super::missing::example_value(decl), decl) {
        Some(InputValue::Dist(dist)) => ends(dist.as_ref()),
        _ => (0.0, 1.0),
    };
    let (a, b) = match example {
        (a, b) if a < b => (a, b),
        (x, _) if x > 0.0 => (0.8 * x, 1.2 * x),
        (x, _) => (x - 0.5, x + 0.5),
    };
    (a.max(low), b.min(high))
}

/// The example of a family with its numbers moved.
struct Moved<'a> {
    family: &'a Family,
    /// Value and spread are multiplied by this.
    factor: f64,
    /// Then this is added to values.
    shift: f64,
}

/// Ways to bring the example of a family between two numbers: by its ends, or by its size.
fn moves(family: &Family, low: f64, high: f64) -> Vec<Moved<'_>> {
    let place = Span::new(FileId(0), 0..0);
    let Some(dist) = node(family.example)
        .and_then(|node| lone_distribution("value", &node, &place, Quantity::Signed).ok())
    else {
        return Vec::new();
    };
    let (from, to) = ends(dist.as_ref());
    let middle = f64::midpoint(low, high);
    let mut moves = Vec::new();
    // A little narrower, or much, where its tails would leave the limits.
    for part in [1.0, 0.9, 0.4] {
        let factor = part * (high - low) / (to - from);
        if factor.is_finite() {
            let low = middle - 0.5 * part * (high - low);
            moves.push(Moved { family, factor, shift: low - from * factor });
        }
    }
    let size = dist.quantile(Prob::from_lower(0.5));
    if size > 0.0 {
        moves.push(Moved { family, factor: middle / size, shift: 0.0 });
    }
    moves
}

impl Moved<'_> {
    fn table(&self, decl: &InputDecl) -> Option<String> {
        let node = node(self.family.example)?;
        self.entries(&node, decl)
    }

    /// A table of this or another family; what may be left out is.
    fn entries(&self, node: &Node, decl: &InputDecl) -> Option<String> {
        let table = node.table()?;
        let mut entries: Vec<(&str, String)> = Vec::new();
        for entry in &table.entries {
            let param = self.family.params.iter().find(|param| param.name == entry.key);
            let text = match param.map(|param| param.kind) {
                _ if self.family.optional.contains(&entry.key.as_str()) => continue,
                Some(ParamKind::Value) => self.number(&entry.node, self.shift, decl)?,
                Some(ParamKind::Spread) => self.number(&entry.node, 0.0, decl)?,
                Some(ParamKind::List) => self.list(&entry.node, decl)?,
                Some(ParamKind::Parts) => self.parts(&entry.node, decl)?,
                _ => to_toml(&entry.node),
            };
            entries.push((&entry.key, text));
        }
        Some(table_to_toml(entries.into_iter()))
    }

    fn list(&self, node: &Node, decl: &InputDecl) -> Option<String> {
        let Data::List(items) = &node.data else { return None };
        let items: Option<Vec<String>> =
            items.iter().map(|item| self.number(item, self.shift, decl)).collect();
        Some(format!("[{}]", items?.join(", ")))
    }

    /// Parts with a number each: a family within one needs no example.
    fn parts(&self, node: &Node, decl: &InputDecl) -> Option<String> {
        let Data::List(items) = &node.data else { return None };
        let part = |item: &Node| {
            let table = item.table()?;
            let value = &table.get("value")?.node;
            let mean = value.table().and_then(|inner| inner.get("mean")).map(|entry| &entry.node);
            let value = self.number(mean.unwrap_or(value), self.shift, decl)?;
            Some(format!("{{ weight = {}, value = {value} }}", to_toml(&table.get("weight")?.node)))
        };
        let parts: Option<Vec<String>> = items.iter().map(part).collect();
        Some(format!("[{}]", parts?.join(", ")))
    }

    fn number(&self, node: &Node, shift: f64, decl: &InputDecl) -> Option<String> {
        let Data::Number(number) = &node.data else { return None };
        Some(written(number.value * self.factor + shift, decl.quantity))
    }
}

/// A number as it stands in a file.
fn written(x: f64, quantity: Quantity) -> String {
    let x = rounded(x);
    if quantity.allows_bare_number() {
        format!("{x}")
    } else {
        format!("\"{x} {}\"", quantity.canonical_unit())
    }
}

/// A number with three digits.
fn rounded(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::dist::FAMILIES;
    use crate::model::declare::Use;

    #[test]
    fn examples_of_all_families_can_be_read_for_all_inputs() {
        let (mut wrong, mut without) = (Vec::new(), BTreeMap::new());
        for decl in crate::model::inputs() {
            let example = crate::scenario::missing::example_value(decl);
            if read(&example, decl).is_none() {
                wrong.push((decl.key, example));
            }
            for family in FAMILIES.iter().filter(|_| decl.used != Use::Setting) {
                let example = of(family, decl);
                if !example.contains(family.name) {
                    without.entry(family.name).or_insert_with(Vec::new).push(decl.key);
                } else if read(&example, decl).is_none() {
                    wrong.push((decl.key, example));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
        // Where a family does not fit an input, the example of the input stands in its place.
        for family in ["uniform", "triangular", "pert", "normal", "discrete", "constant"] {
            assert!(!without.contains_key(family), "{family} {:?}", without.get(family));
        }
    }
}
