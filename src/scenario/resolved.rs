//! A scenario as one file of its own: every value with its provenance beside it, keys in order.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::document::{key_to_toml, quoted, table_to_toml, to_toml};
use super::keys::Leaf;
use super::rows::RowPart;
use super::types::{Input, Provenance, Scenario, Source};
use super::walk::Draft;

/// Keys that say how files build on each other, or that are written otherwise.
const LEFT_OUT: [&str; 8] =
    ["fleetcast", "name", "title", "extends", "remove", "guidance", "observation", "unsourced"];

impl Scenario {
    /// The scenario as one file without `extends`, for the run folder. Read again, it gives the same
    /// scenario, except for the chains of what was overridden.
    pub fn resolved_toml(&self) -> &str {
        &self.resolved
    }
}

/// The entries of a value's provenance, as TOML.
pub(super) fn provenance_entries<'a>(
    provenance: &Provenance,
) -> impl Iterator<Item = (&'a str, String)> + use<'a> {
    let grade = format!("\"{:?}\"", provenance.grade);
    let hindsight = provenance.hindsight.then(|| "true".to_owned());
    let note = (!provenance.note.is_empty()).then(|| quoted(&provenance.note));
    [
        ("source", Some(quoted(&provenance.source))),
        ("grade", Some(grade)),
        ("known", Some(provenance.known.to_string())),
        ("hindsight", hindsight),
        ("note", note),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
}

/// A value with its provenance as one inline table.
fn sourced(input: &Input) -> String {
    let entries = table_to_toml(provenance_entries(&input.provenance));
    let provenance = entries.trim_start_matches("{ ");
    match input.text.strip_suffix(" }") {
        Some(start) if start.starts_with("{ ") => format!("{start}, {provenance}"),
        _ => format!("{{ value = {}, {provenance}", input.text),
    }
}

/// A resolved scenario in its pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) title: String,
    /// Keys by full path.
    pub(super) keys: BTreeMap<String, KeyPart>,
    /// Guidance and observations.
    pub(super) rows: [Vec<RowPart>; 2],
    /// Entries of the sources by name.
    pub(super) sources: BTreeMap<String, BTreeMap<String, String>>,
    /// Paths of the things that the files name, such as `chip.h100`.
    pub(super) things: Vec<String>,
}

/// One key.
#[derive(Clone, Debug)]
pub(super) struct KeyPart {
    /// Header of its table, and the key in it.
    pub(super) place: (String, String),
    /// What it means.
    pub(super) doc: &'static str,
    /// The value as TOML, with its provenance if it is an input.
    pub(super) text: String,
}

/// The pieces of a scenario.
pub(super) fn parts(scenario: &Scenario, draft: &Draft, rows: &[Vec<RowPart>; 2]) -> Parts {
    let mut keys = BTreeMap::new();
    for (path, chain) in &draft.values {
        let Some(placed) = chain.last() else { continue };
        if LEFT_OUT.contains(&path.as_str()) || path.starts_with("source.") {
            continue;
        }
        // A run that the scenario does not see is left out, as are rows that were known later.
        let run = path.strip_prefix("training.").and_then(|rest| rest.split_once('.'));
        if run.is_some_and(|(name, _)| scenario.runs.iter().all(|run| run.name != name)) {
            continue;
        }
        let text = match (scenario.inputs.get(path), placed.leaf) {
            (Some(input), _) => sourced(input),
            (None, Leaf::Key(_)) => to_toml(&placed.node),
            (None, Leaf::Input(_)) => continue,
        };
        let place = match path.as_str() {
            // A name and tables cannot stand under one key of a file.
            "company" if !scenario.companies.is_empty() => ("run".to_owned(), path.clone()),
            _ => header_and_key(path, placed.leaf.path()),
        };
        keys.insert(path.clone(), KeyPart { place, doc: placed.leaf.doc(), text });
    }
    let sources = scenario.sources.iter();
    Parts {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        keys,
        rows: rows.clone(),
        sources: sources.map(|(name, source)| (name.clone(), source_entries(source))).collect(),
        things: draft.things.keys().cloned().collect(),
    }
}

impl Parts {
    /// The scenario as one text.
    pub(super) fn text(&self) -> String {
        let mut out = String::from("fleetcast = \"scenario/1\"\n");
        let _ = writeln!(out, "name = {}", quoted(&self.name));
        let _ = writeln!(out, "title = {}", quoted(&self.title));
        let mut tables: BTreeMap<String, BTreeMap<&str, &str>> = BTreeMap::new();
        for part in self.keys.values() {
            let (table, key) = &part.place;
            tables.entry(table.clone()).or_default().insert(key, &part.text);
        }
        for (name, entries) in &self.sources {
            let entries = entries.iter().map(|(key, text)| (key.as_str(), text.as_str()));
            tables.insert(format!("source.{}", key_to_toml(name)), entries.collect());
        }
        for (key, value) in tables.remove("").unwrap_or_default() {
            let _ = writeln!(out, "{key} = {value}");
        }
        for (key, rows) in ["guidance", "observation"].into_iter().zip(&self.rows) {
            let rows: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
            if !rows.is_empty() {
                let _ = writeln!(out, "{key} = [\n  {},\n]", rows.join(",\n  "));
            }
        }
        for (table, entries) in tables {
            let _ = writeln!(out, "\n[{table}]");
            for (key, value) in entries {
                let _ = writeln!(out, "{key} = {value}");
            }
        }
        out
    }
}

/// Where a path is written: the header of its table, and the key in it.
pub(super) fn header_and_key(path: &str, pattern: &str) -> (String, String) {
    // In a pattern with a star at its end, the last part may hold dots.
    let parts = pattern.split('.').count();
    let split: Vec<&str> = path.splitn(parts, '.').collect();
    let (key, table) = match split.split_last() {
        Some((key, table)) => (*key, table),
        None => (path, &[][..]),
    };
    let table: Vec<String> = table.iter().map(|part| key_to_toml(part)).collect();
    (table.join("."), key_to_toml(key))
}

fn source_entries(source: &Source) -> BTreeMap<String, String> {
    let texts = [
        ("title", &source.title),
        ("url", &source.url),
        ("document", &source.document),
        ("license", &source.license),
        ("note", &source.note),
    ];
    let mut entries: BTreeMap<String, String> = texts
        .into_iter()
        .filter(|(key, text)| *key == "title" || !text.is_empty())
        .map(|(key, text)| (key.to_owned(), quoted(text)))
        .collect();
    entries.insert("date".to_owned(), source.date.to_string());
    entries
}
