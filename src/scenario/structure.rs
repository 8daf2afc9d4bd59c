//! Structural keys: what each must hold, and how it is read afterwards.

use super::codes;
use super::document::{Data, Entry, Node, Table};
use super::keys::{KeyDecl, KeyKind, OBSERVED, is_provenance};
use super::problems::{Problems, alike};
use super::types::FACTORS;
use super::walk::{Draft, Placed};
use crate::diag::{Diagnostic, Span, nearest};
use crate::time::{Date, Quarter};
use crate::units::{Quantity, parse_value};

/// Checks that a structural key holds what it takes. Rows and names are looked at later.
pub(super) fn check(placed: &Placed, decl: &KeyDecl, problems: &mut Problems) {
    // The first key was checked when the file was read.
    if decl.path == "fleetcast" {
        return;
    }
    for diagnostic in faults(placed, decl) {
        problems.fail(&placed.path, diagnostic);
    }
}

/// Everything that is wrong with what a key holds.
fn faults(placed: &Placed, decl: &KeyDecl) -> Vec<Diagnostic> {
    let one = match decl.kind {
        // Values, and what `targets` reads together.
        KeyKind::Shares
        | KeyKind::Metric
        | KeyKind::Figure
        | KeyKind::Deadlines
        | KeyKind::Period
        | KeyKind::Year
        | KeyKind::Targets => None,
        KeyKind::Guidance | KeyKind::Observation => return rows(placed, decl),
        KeyKind::Texts => return texts(placed, decl),
        KeyKind::Loading => return loading(placed),
        KeyKind::Release => return release(placed, decl),
        KeyKind::Text | KeyKind::Name(_) => text(placed, decl),
        KeyKind::Word(words) => word(placed, decl, words),
        KeyKind::Date => date(placed, decl),
        KeyKind::Quarter => quarter(placed, decl),
        KeyKind::Whole(low, high) => whole(placed, decl, low, high),
        KeyKind::Number(low, high) => number(placed, decl, low, high),
        KeyKind::Flag => match placed.node.data {
            Data::Flag(_) => None,
            _ => Some(wrong_type(placed, decl, "true or false")),
        },
        KeyKind::Matrix => return matrix(placed, decl),
    };
    one.into_iter().collect()
}

fn example(placed: &Placed, decl: &KeyDecl) -> String {
    let (_, name) = super::resolved::header_and_key(&placed.path, decl.path);
    format!("for example {name} = {}", decl.example)
}

fn wrong_type(placed: &Placed, decl: &KeyDecl, what: &str) -> Diagnostic {
    let noun = placed.node.noun();
    Diagnostic::error(codes::WRONG_TYPE, format!("`{}` takes {what}, this is {noun}", placed.path))
        .at(placed.node.span.clone(), noun)
        .help(example(placed, decl))
}

/// Texts that stand in the names of metrics, tables and files.
const NAMES: [&str; 3] = ["company", "name", "training.*.family"];

fn text(placed: &Placed, decl: &KeyDecl) -> Option<Diagnostic> {
    let Some(text) = placed.node.text() else {
        return Some(wrong_type(placed, decl, "a text"));
    };
    if !NAMES.contains(&decl.path) {
        return None;
    }
    // The name of a run folder is cleaned of what could lead elsewhere: that is to be known before.
    let strange = |c: char| !(c.is_alphanumeric() || " ._+-~".contains(c));
    let (what, label) = if text.is_empty() {
        ("is empty", "no name")
    } else if decl.path == "name" && (text.starts_with('.') || text.contains(strange)) {
        (
            "has signs that the name of a folder cannot have",
            "letters, digits, `-`, `_`, `+` and inner dots",
        )
    } else {
        return None;
    };
    Some(
        Diagnostic::error(codes::NAME, format!("`{}` {what}", placed.path))
            .at(placed.node.span.clone(), label)
            .help(example(placed, decl)),
    )
}

fn word(placed: &Placed, decl: &KeyDecl, words: &[&str]) -> Option<Diagnostic> {
    let Some(word) = placed.node.text() else {
        return Some(wrong_type(placed, decl, "a text"));
    };
    if words.contains(&word) {
        return None;
    }
    let near = nearest(word, words.iter().copied());
    let help = near.map_or_else(
        || format!("write one of \"{}\"", words.join("\", \"")),
        |near| format!("did you mean \"{near}\"?"),
    );
    let message = format!("`{}` cannot be `{word}`", placed.path);
    Some(
        Diagnostic::error(codes::UNKNOWN_WORD, message).at(placed.node.span.clone(), "").help(help),
    )
}

fn date(placed: &Placed, decl: &KeyDecl) -> Option<Diagnostic> {
    match &placed.node.data {
        Data::Date(_) => None,
        Data::Text(text) if Date::parse(text).is_some() => {
            let diagnostic = wrong_type(placed, decl, "a date");
            Some(Diagnostic { help: vec![format!("write {text} without quotes")], ..diagnostic })
        }
        _ => Some(wrong_type(placed, decl, "a date")),
    }
}

fn quarter(placed: &Placed, decl: &KeyDecl) -> Option<Diagnostic> {
    let Some(text) = placed.node.text() else {
        return Some(wrong_type(placed, decl, "a quarter"));
    };
    Quarter::parse(text).is_none().then(|| {
        let message = format!("`{}` takes a quarter, not `{text}`", placed.path);
        Diagnostic::error(codes::PERIOD, message)
            .at(placed.node.span.clone(), "no quarter")
            .help(example(placed, decl))
    })
}

fn whole(placed: &Placed, decl: &KeyDecl, low: u64, high: u64) -> Option<Diagnostic> {
    let Data::Number(number) = &placed.node.data else {
        return Some(wrong_type(placed, decl, "a whole number"));
    };
    let right = number.whole.and_then(|n| u64::try_from(n).ok());
    if right.is_some_and(|n| (low..=high).contains(&n)) {
        return None;
    }
    let limits = format!("a whole number from {low} to {high}");
    Some(
        Diagnostic::error(codes::RANGE, format!("`{}` must be {limits}", placed.path))
            .at(placed.node.span.clone(), "")
            .help(example(placed, decl)),
    )
}

fn number(placed: &Placed, decl: &KeyDecl, low: f64, high: f64) -> Option<Diagnostic> {
    let Data::Number(number) = &placed.node.data else {
        let diagnostic = wrong_type(placed, decl, "a number");
        let dotted = dotted_key(&placed.node).filter(|_| decl.path == "scale.*");
        return Some(match dotted {
            Some(rest) => {
                let key = placed.path.trim_start_matches("scale.");
                let help = format!("write the key in quotes: \"{key}.{rest}\" = {}", decl.example);
                Diagnostic { help: vec![help], ..diagnostic }
            }
            None => diagnostic,
        });
    };
    let message = format!("`{}` must be between {low} and {high}", placed.path);
    (!(low..=high).contains(&number.value)).then(|| {
        Diagnostic::error(codes::RANGE, message)
            .at(placed.node.span.clone(), "")
            .help(example(placed, decl))
    })
}

/// The rest of a key whose dots have made a table of it.
fn dotted_key(node: &Node) -> Option<String> {
    let entry = node.table()?.entries.first()?;
    Some(match dotted_key(&entry.node) {
        Some(rest) => format!("{}.{rest}", entry.key),
        None => entry.key.clone(),
    })
}

fn texts(placed: &Placed, decl: &KeyDecl) -> Vec<Diagnostic> {
    let Data::List(items) = &placed.node.data else {
        return vec![wrong_type(placed, decl, "a list of texts")];
    };
    let wrong = |item: &Node| {
        let noun = item.noun();
        let message = format!("`{}` takes a list of texts, this is {noun}", placed.path);
        Diagnostic::error(codes::WRONG_TYPE, message)
            .at(item.span.clone(), noun)
            .help(example(placed, decl))
    };
    items.iter().filter(|item| item.text().is_none()).map(wrong).collect()
}

fn matrix(placed: &Placed, decl: &KeyDecl) -> Vec<Diagnostic> {
    let Data::List(rows) = &placed.node.data else {
        return vec![wrong_type(placed, decl, "a list of rows of numbers")];
    };
    let wrong = |node: &Node, of: &str, what: &str| {
        let noun = node.noun();
        let message = format!("{of} of `{}` is {what}, this is {noun}", placed.path);
        Diagnostic::error(codes::WRONG_TYPE, message)
            .at(node.span.clone(), noun)
            .help(example(placed, decl))
    };
    let mut found = Vec::new();
    for row in rows {
        let Data::List(items) = &row.data else {
            found.push(wrong(row, "a row", "a list of numbers"));
            continue;
        };
        let strange = items.iter().filter(|item| !matches!(item.data, Data::Number(_)));
        found.extend(strange.map(|item| wrong(item, "an element", "a number")));
    }
    found
}

fn rows(placed: &Placed, decl: &KeyDecl) -> Vec<Diagnostic> {
    let help = example(placed, decl);
    let items = match &placed.node.data {
        Data::List(items) => items,
        // One row, whose keys are read when its brackets are right.
        Data::Table(_) => {
            let message = format!("`{}` takes a list of rows, this is one table", placed.path);
            let header = format!("write [[{0}]] above each row, or {0} = [{{ ... }}]", placed.path);
            let diagnostic = Diagnostic::error(codes::WRONG_TYPE, message);
            return vec![diagnostic.at(placed.key_span.clone(), "a table").help(header)];
        }
        _ => return vec![wrong_type(placed, decl, "a list of rows")],
    };
    let wrong = |item: &Node| {
        let noun = item.noun();
        let message = format!("a row of `{}` is a table, this is {noun}", placed.path);
        Diagnostic::error(codes::WRONG_TYPE, message).at(item.span.clone(), noun).help(help.clone())
    };
    let strange = items.iter().filter(|item| item.table().is_none() && !item.is_lost());
    strange.map(wrong).collect()
}

fn release(placed: &Placed, decl: &KeyDecl) -> Vec<Diagnostic> {
    let Data::Table(table) = &placed.node.data else {
        return date(placed, decl).into_iter().collect();
    };
    let known = ["planned", "slip"];
    let stray: Vec<&Entry> = strays(table, &known).collect();
    let meant = stray.iter().any(|entry| alike(&entry.key, "planned"));
    let mut found: Vec<Diagnostic> =
        stray.into_iter().map(|entry| stray_key(entry, &placed.path, &known)).collect();
    match table.get("planned") {
        Some(Entry { node: Node { data: Data::Date(_), .. }, .. }) => {}
        None if meant => {}
        _ => found.push(
            Diagnostic::error(codes::MISSING, format!("`{}` lacks its planned date", placed.path))
                .at(placed.key_span.clone(), "")
                .help("write { planned = 2024-10-01, slip = \"0.1 / 0.4 / 1.7 quarters\" }"),
        ),
    }
    found
}

/// The message for an unknown metric, wherever it is named.
pub(super) fn no_metric(name: &str, places: &[&Span]) -> Diagnostic {
    let observed = OBSERVED.iter().map(|(name, ..)| *name);
    let names = crate::model::metrics().map(|decl| decl.name).chain(observed);
    let near = nearest(name, names);
    let help = near.map_or_else(
        || "`fleetcast list metrics` shows all".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, format!("no metric `{name}`"));
    marked(diagnostic, places, "unknown metric").help(help)
}

/// Whether it is that message: the names of metrics do not depend on what a file says.
pub(super) fn is_no_metric(diagnostic: &Diagnostic) -> bool {
    let label = diagnostic.primary.as_ref().map(|label| label.text.as_str());
    diagnostic.code == codes::UNKNOWN_NAME && label == Some("unknown metric")
}

/// Most keys that one message lists.
pub(super) const LISTED: usize = 12;

/// Most places that one message marks.
pub(super) const MARKED: usize = 4;

/// A message about rows that make one mistake, at the first of them.
pub(super) fn marked(mut diagnostic: Diagnostic, places: &[&Span], label: &str) -> Diagnostic {
    for (at, span) in places.iter().enumerate().take(MARKED) {
        diagnostic = match at {
            0 => diagnostic.at((*span).clone(), label),
            _ => diagnostic.also((*span).clone(), "and here"),
        };
    }
    let more = places.len().saturating_sub(MARKED);
    if more > 0 { diagnostic.note(format!("and in {more} rows more")) } else { diagnostic }
}

/// The quantity of a metric; `*` in its declaration stands for any name.
pub(super) fn metric_quantity(name: &str) -> Option<Quantity> {
    let computed = crate::model::metrics().find(|decl| matches(decl.name, name));
    let observed = || OBSERVED.iter().find(|(other, ..)| matches(other, name)).map(|row| row.1);
    computed.map(|decl| decl.quantity).or_else(observed)
}

/// Whether a metric may be below zero. What is only observed may not.
pub(super) fn may_be_negative(name: &str) -> bool {
    crate::model::metrics().find(|decl| matches(decl.name, name)).is_some_and(|decl| decl.signed)
}

/// Whether a key fits a pattern in which `*` stands for one part.
pub(super) fn matches(pattern: &str, key: &str) -> bool {
    let (mut pattern, mut key) = (pattern.as_bytes(), key.as_bytes());
    // Most pairs differ in their first letters.
    loop {
        if let [b'*', rest @ ..] = pattern
            && matches!(rest, [] | [b'.', ..])
        {
            let part = key.iter().position(|&byte| byte == b'.').unwrap_or(key.len());
            (pattern, key) = (rest, &key[part..]);
        }
        // Up to the next part, where there may be a `*` again.
        loop {
            match (pattern, key) {
                ([], []) => return true,
                ([a, more @ ..], [b, rest @ ..]) if a == b => {
                    (pattern, key) = (more, rest);
                    if *a == b'.' {
                        break;
                    }
                }
                _ => return false,
            }
        }
    }
}

/// Entries of a small table that are neither its keys nor provenance.
pub(super) fn strays<'a>(
    table: &'a Table,
    known: &'a [&'a str],
) -> impl Iterator<Item = &'a Entry> {
    let known = |entry: &Entry| known.contains(&entry.key.as_str()) || is_provenance(&entry.key);
    table.entries.iter().filter(move |entry| !known(entry))
}

/// The message for an unknown key of a small table.
pub(super) fn stray_key(entry: &Entry, path: &str, known: &[&str]) -> Diagnostic {
    let provenance = super::keys::PROVENANCE.iter().map(|decl| decl.name);
    let words: Vec<&str> = known.iter().copied().chain(provenance).collect();
    let near = nearest(&entry.key, words.iter().copied())
        .or_else(|| words.iter().copied().find(|word| alike(&entry.key, word)));
    let help = near.map_or_else(
        || format!("its keys are `{}`", known.join("`, `")),
        |near| format!("did you mean `{near}`?"),
    );
    Diagnostic::error(codes::UNKNOWN_KEY, format!("no key `{}` in `{path}`", entry.key))
        .at(entry.key_span.clone(), "unknown key")
        .help(help)
}

const MOST_LAG: i64 = 8;

/// Keys of a loading: the factors, the part that a site's phases share, and the lags.
pub(super) const LOADING_KEYS: [&str; FACTORS.len() + 2] = {
    let mut keys = ["site"; FACTORS.len() + 2];
    let mut at = 0;
    while at < FACTORS.len() {
        keys[at] = FACTORS[at];
        at += 1;
    }
    keys[FACTORS.len() + 1] = "lag";
    keys
};

fn loading(placed: &Placed) -> Vec<Diagnostic> {
    let example = "for example { ai = 0.4, chip = 0.5, lag = { ai = 4 } }";
    let wrong = |node: &Node, what: &str| {
        let noun = node.noun();
        let message = format!("`{}` takes {what}, this is {noun}", placed.path);
        Diagnostic::error(codes::WRONG_TYPE, message).at(node.span.clone(), noun).help(example)
    };
    let Some(table) = placed.node.table() else {
        return vec![wrong(&placed.node, "a table of weights")];
    };
    if table.entries.is_empty() {
        let message = format!("`{}` has no weight", placed.path);
        let diagnostic = Diagnostic::error(codes::NO_VALUE, message);
        return vec![diagnostic.at(placed.node.span.clone(), "empty").help(example)];
    }
    let mut found = Vec::new();
    let mut sum = 0.0;
    for entry in &table.entries {
        if !LOADING_KEYS.contains(&entry.key.as_str()) {
            let diagnostic = stray_key(entry, &placed.path, &LOADING_KEYS);
            found.push(diagnostic.note(format!("the factors are {}", FACTORS.join(", "))));
        } else if entry.key == "lag" {
            found.extend(lags(placed, entry, &wrong));
        } else if let Data::Number(number) = &entry.node.data {
            if !(-1.0..=1.0).contains(&number.value) {
                found.push(
                    Diagnostic::error(codes::RANGE, "a loading must be between -1 and 1")
                        .at(entry.node.span.clone(), "")
                        .help(example),
                );
            }
            sum += number.value * number.value;
        } else {
            found.push(wrong(&entry.node, "weights, which are numbers"));
        }
    }
    if found.is_empty() && sum > 1.0 + 1e-12 {
        let message = "the squares of the loadings of a series sum to at most 1";
        found.push(
            Diagnostic::error(codes::LOADING, message)
                .at(placed.node.span.clone(), format!("these sum to {sum:.3}"))
                .help("make them smaller; what is left to 1 is the series' own"),
        );
    }
    found
}

fn lags(
    placed: &Placed,
    entry: &Entry,
    wrong: &dyn Fn(&Node, &str) -> Diagnostic,
) -> Vec<Diagnostic> {
    let Some(table) = entry.node.table() else {
        return vec![wrong(&entry.node, "lags as a table")];
    };
    table.entries.iter().filter_map(|lag| lag_fault(placed, lag, wrong)).collect()
}

fn lag_fault(
    placed: &Placed,
    lag: &Entry,
    wrong: &dyn Fn(&Node, &str) -> Diagnostic,
) -> Option<Diagnostic> {
    // A key that is no factor may have been meant for the weight.
    let stray = |entry: &Entry| !LOADING_KEYS.contains(&entry.key.as_str());
    let weighted = placed
        .node
        .table()
        .is_some_and(|t| t.get(&lag.key).is_some() || t.entries.iter().any(stray));
    if !FACTORS.contains(&lag.key.as_str()) {
        return Some(stray_key(lag, &format!("{}.lag", placed.path), &FACTORS));
    }
    let Data::Number(number) = &lag.node.data else {
        return Some(wrong(&lag.node, "lags in quarters"));
    };
    if !number.whole.is_some_and(|n| (0..=MOST_LAG).contains(&n)) {
        let message = format!("a lag is a whole number of quarters from 0 to {MOST_LAG}");
        return Some(
            Diagnostic::error(codes::RANGE, message)
                .at(lag.node.span.clone(), "")
                .help("for example lag = { ai = 4 }"),
        );
    }
    (!weighted).then(|| {
        Diagnostic::error(codes::LOADING, format!("`{}` has a lag, but no weight", lag.key))
            .at(lag.key_span.clone(), "")
            .help(format!("add a weight: {} = 0.4", lag.key))
    })
}

/// Readers of keys that [`check`] has seen: nothing where a key is missing or was reported.
impl Draft {
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.last(path)?.node.text().map(str::to_owned)
    }

    pub(super) fn date(&self, path: &str) -> Option<Date> {
        match &self.last(path)?.node.data {
            Data::Date(date) => Some(*date),
            Data::Table(table) => match table.get("planned")?.node.data {
                Data::Date(date) => Some(date),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn quarter(&self, path: &str) -> Option<Quarter> {
        Quarter::parse(self.last(path)?.node.text()?)
    }

    pub(super) fn whole(&self, path: &str) -> Option<u64> {
        match &self.last(path)?.node.data {
            Data::Number(number) => number.whole.and_then(|n| u64::try_from(n).ok()),
            _ => None,
        }
    }

    pub(super) fn number(&self, path: &str) -> Option<f64> {
        match &self.last(path)?.node.data {
            Data::Number(number) => Some(number.value),
            _ => None,
        }
    }

    pub(super) fn flag(&self, path: &str) -> Option<bool> {
        match self.last(path)?.node.data {
            Data::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    /// The position of a word in its list.
    pub(super) fn word(&self, path: &str, words: &[&str]) -> Option<usize> {
        let text = self.last(path)?.node.text()?;
        words.iter().position(|word| *word == text)
    }
}

/// A value text of a row, in the canonical unit.
pub(super) fn row_value(
    key: &str,
    node: &Node,
    quantity: Quantity,
) -> Result<Vec<f64>, Box<Diagnostic>> {
    match &node.data {
        Data::Text(text) => match parse_value(text, quantity) {
            Ok(value) => Ok(value.numbers),
            Err(error) => Err(Box::new(super::value::value_error(key, text, &node.span, &error))),
        },
        Data::Number(number) if quantity.allows_bare_number() && number.value.is_finite() => {
            Ok(vec![number.value])
        }
        Data::Number(_) => Err(Box::new(
            Diagnostic::error(
                codes::UNIT,
                format!("`{key}` takes {}, which needs a unit", quantity.noun()),
            )
            .at(node.span.clone(), "no unit")
            .help(format!("for example {key} = \"{}\"", quantity.example())),
        )),
        _ => Err(Box::new(
            Diagnostic::error(
                codes::WRONG_TYPE,
                format!("`{key}` takes {}, this is {}", quantity.noun(), node.noun()),
            )
            .at(node.span.clone(), node.noun())
            .help(format!("for example {key} = \"{}\"", quantity.example())),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_one_part() {
        for (pattern, key) in [
            ("chip.*.price", "chip.h100.price"),
            ("chip.*", "chip.h100"),
            ("*", "chip"),
            ("*.*", "a.b"),
            ("chip.*.price", "chip..price"),
            ("a.b", "a.b"),
            ("", ""),
            ("*", ""),
        ] {
            assert!(matches(pattern, key), "{pattern} {key}");
        }
        for (pattern, key) in [
            ("chip.*.price", "chip.h100.life"),
            ("chip.*.price", "chip.h100.price.x"),
            ("chip.*.price", "chip.h100"),
            ("chip.*", "chip"),
            ("chip.*", "chip.a.b"),
            ("*", "a.b"),
            ("a.b", "a.bc"),
            ("a.bc", "a.b"),
            ("a.", "a"),
            ("a.*b", "a.xb"),
        ] {
            assert!(!matches(pattern, key), "{pattern} {key}");
        }
    }
}
