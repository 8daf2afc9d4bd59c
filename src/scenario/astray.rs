//! Keys in a table that is not theirs, because a name or a header is missing above them: told once for
//! all of them.

use super::codes;
use super::document::{Entry, Table};
use super::keys::{Shelf, is_provenance};
use super::problems::Problems;
use super::structure::marked;
use crate::diag::{Diagnostic, Span};

/// Keys of a named thing that stand in the table of all such things, as `metric` in `[target]`.
pub(super) fn without_name<'a>(shelf: &Shelf, table: &'a Table) -> Vec<&'a Entry> {
    let Some(any) = shelf.any.as_deref().filter(|any| any.leaf.is_none()) else {
        return Vec::new();
    };
    let of_thing = |entry: &&Entry| {
        let key = entry.key.as_str();
        let Some(child) = any.fixed.get(key).filter(|_| !shelf.fixed.contains_key(key)) else {
            return false;
        };
        child.leaf.is_some()
            && !is_provenance(key)
            && (is_value(entry) || child.is_table(&entry.node))
    };
    table.entries.iter().filter(of_thing).collect()
}

/// Whether an entry is a value, and no table of keys.
fn is_value(entry: &Entry) -> bool {
    let own = |table: &Table| ["dist", "value"].iter().any(|key| table.get(key).is_some());
    entry.node.table().is_none_or(own)
}

/// Reports keys that lack the name of their thing.
pub(super) fn report_nameless(path: &str, keys: &[&Entry], problems: &mut Problems) {
    let thing = a_thing(path);
    let message = match keys {
        [key] => format!("`{}` is a key of {thing}, which has a name", key.key),
        _ => format!("these are keys of {thing}, which has a name"),
    };
    let places: Vec<&Span> = keys.iter().map(|entry| &entry.key_span).collect();
    let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, message);
    let help = format!("write a header above, with a name of your own: [{path}.NAME]");
    problems.push(marked(diagnostic, &places, "without a name").help(help));
    if path.contains('.') {
        problems.mark_failed(path);
    }
    for entry in keys {
        problems.mark_failed(&format!("{path}.{}", entry.key));
    }
}

/// What stands under names in a table: `a chip`, `an event`.
fn a_thing(path: &str) -> String {
    let noun = match path {
        "training" => "training run",
        path => path.rsplit('.').next().unwrap_or(path),
    };
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// A key with `NAME` where a name of the user's stands.
pub(super) fn placeholders(pattern: &str) -> String {
    pattern.replace('*', "NAME")
}

/// Keys that all belong to one other table, which is nowhere in the file: its header was lost.
#[derive(Debug)]
pub(super) struct LostHeader<'a> {
    table: String,
    keys: Vec<&'a Entry>,
}

/// The table that two or more unknown keys belong to, if there is one that holds most of them.
pub(super) fn lost_header<'a, T>(
    all: &Shelf,
    root: &Table,
    unknown: &[(&'a Entry, T)],
) -> Option<LostHeader<'a>> {
    if unknown.len() < 2 {
        return None;
    }
    let mut tables = Vec::new();
    collect(all, "", &mut tables);
    let found = tables.into_iter().filter(|(path, _)| !given(root, path)).map(|(table, shelf)| {
        let own = |entry: &&Entry| {
            shelf.fixed.get(entry.key.as_str()).is_some_and(|child| child.leaf.is_some())
        };
        let keys: Vec<&Entry> = unknown.iter().map(|(entry, _)| *entry).filter(own).collect();
        LostHeader { table, keys }
    });
    let mut found: Vec<LostHeader> = found.filter(|lost| lost.keys.len() > 1).collect();
    found.sort_by_key(|lost| std::cmp::Reverse(lost.keys.len()));
    match found.as_slice() {
        // Two tables that could hold them: neither is a good guess.
        [one, other, ..] if one.keys.len() == other.keys.len() => None,
        _ => found.into_iter().next(),
    }
}

/// All tables below a shelf that have no name of the user's in their path.
fn collect<'a>(shelf: &'a Shelf, path: &str, tables: &mut Vec<(String, &'a Shelf)>) {
    for (key, child) in shelf.fixed.iter().filter(|(_, child)| child.leaf.is_none()) {
        let path = if path.is_empty() { (*key).to_owned() } else { format!("{path}.{key}") };
        tables.push((path.clone(), child));
        collect(child, &path, tables);
    }
}

/// Whether a file has a table.
fn given(root: &Table, path: &str) -> bool {
    let mut table = Some(root);
    for part in path.split('.') {
        table = table.and_then(|table| table.get(part)).and_then(|entry| entry.node.table());
    }
    table.is_some()
}

impl LostHeader<'_> {
    /// Whether it tells of an entry.
    pub(super) fn holds(&self, entry: &Entry) -> bool {
        self.keys.iter().any(|key| std::ptr::eq(*key, entry))
    }

    /// One message for all of them.
    pub(super) fn report(&self, problems: &mut Problems) {
        let table = &self.table;
        let places: Vec<&Span> = self.keys.iter().map(|entry| &entry.key_span).collect();
        let message = format!("these are keys of `{table}`");
        let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, message);
        let help = format!("write the header [{table}] above them");
        problems.push(marked(diagnostic, &places, "in another table").help(help));
        for entry in &self.keys {
            problems.mark_failed(&format!("{table}.{}", entry.key));
        }
    }
}
