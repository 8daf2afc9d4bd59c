//! Single values that stand for more than one key, or for a part of one: `site.slip` sets the slips of
//! all stages, `capex.growth.stay` one parameter of a distribution that a file gives, and
//! `factor.loading.supply.noise.ai` one weight of a series.

use super::document::{Data, Entry, Node, Table};
use super::keys::{Leaf, Shelf, is_provenance};
use super::overlay::{Layer, Layers};
use crate::diag::Span;

/// Writes such single values out, so that they are what a file could say.
pub(super) fn write_out(layers: &mut Layers, shelf: &Shelf) {
    for at in 0..layers.list.len() {
        let (below, rest) = layers.list.split_at_mut(at);
        let Some(layer) = rest.first_mut().filter(|layer| layer.set) else { continue };
        let Some((path, node)) = single(&layer.document.root) else { continue };
        let keys: Vec<&str> = path.iter().map(|(key, _)| key.as_str()).collect();
        let (written, typed) = match keys.as_slice() {
            ["site", "slip"] => (all_slips(below, &path, &node), Some(keys.join("."))),
            _ => (parameter(below, shelf, &path, &node), None),
        };
        if let Some(root) = written {
            layer.document.root = root;
            layer.typed = typed;
        }
    }
}

/// Keys of a path with their places.
type Path = Vec<(String, Span)>;

/// The one key of a document and its value.
fn single(root: &Table) -> Option<(Path, Node)> {
    let (mut path, mut table) = (Vec::new(), root);
    loop {
        let [entry] = table.entries.as_slice() else { return None };
        path.push((entry.key.clone(), entry.key_span.clone()));
        match &entry.node.data {
            // A value in braces starts where no key does.
            Data::Table(inner) if is_path(entry, inner) => table = inner,
            _ => return Some((path, entry.node.clone())),
        }
    }
}

/// Whether a table stands for the dots of a key, and is not written in braces.
pub(super) fn is_path(entry: &Entry, inner: &Table) -> bool {
    let next = inner.entries.first();
    next.is_some_and(|next| {
        // Between the two keys there is only a dot.
        inner.entries.len() == 1 && next.key_span.start <= entry.key_span.end + 1
    })
}

/// Whether a stage has no slip, as one in service: nothing of it is still to come.
fn has_no_slip(below: &[Layer], stage: &str) -> bool {
    let slip = |layer: &Layer| at(&layer.document.root, &["site", "stage", stage, "slip"]).cloned();
    let Some(Data::Text(text)) = below.iter().rev().find_map(slip).map(|node| node.data) else {
        return false;
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    matches!(words[..], [number, _] if number.parse().is_ok_and(|days: f64| days == 0.0))
}

/// The slip of every stage that a layer below names, but of those without any.
fn all_slips(below: &[Layer], path: &Path, node: &Node) -> Option<Table> {
    let mut stages: Vec<String> = Vec::new();
    for layer in below {
        let table = at(&layer.document.root, &["site", "stage"]).and_then(Node::table);
        for entry in table.into_iter().flat_map(|table| &table.entries) {
            if entry.node.table().is_some() && !stages.contains(&entry.key) {
                stages.push(entry.key.clone());
            }
        }
    }
    stages.retain(|stage| !has_no_slip(below, stage));
    let span = path.last()?.1.clone();
    let slip = |stage: String| {
        let slip = entry("slip", &span, node.clone());
        entry(&stage, &span, wrapped(vec![slip], &span))
    };
    let stages: Vec<Entry> = stages.into_iter().map(slip).collect();
    if stages.is_empty() {
        return None;
    }
    let stage = entry("stage", &span, wrapped(stages, &span));
    Some(Table { entries: vec![entry("site", &span, wrapped(vec![stage], &span))] })
}

/// The value of an input that a layer below gives as a table, with one of its parameters replaced.
/// Its source is no longer that of the table.
fn parameter(below: &[Layer], shelf: &Shelf, path: &Path, node: &Node) -> Option<Table> {
    let keys: Vec<&str> = path.iter().map(|(key, _)| key.as_str()).collect();
    let loading = matches!(keys.as_slice(), ["factor", "loading", _, _, ..]);
    let is_input = |length: &usize| {
        let leaf = shelf.at(&keys[..*length].join(".")).and_then(|shelf| shelf.leaf);
        matches!(leaf, Some(Leaf::Input(_)))
    };
    let length = if loading { 3 } else { (1..keys.len()).find(is_input)? };
    if !loading && shelf.at(&keys.join(".")).is_some() {
        return None;
    }
    let old = below.iter().rev().find_map(|layer| at(&layer.document.root, &keys[..length]))?;
    let mut table = old.table()?.clone();
    table.entries.retain(|entry| !is_provenance(&entry.key));
    replace(&mut table, &path[length..], node)?;
    let place = &path[length - 1].1;
    let mut inner = Node { span: place.clone(), data: Data::Table(table) };
    for (key, span) in path[..length].iter().rev() {
        inner = wrapped(vec![entry(key, span, inner)], span);
    }
    inner.table().cloned()
}

/// Puts a value in the place of one that is there.
fn replace(table: &mut Table, path: &[(String, Span)], node: &Node) -> Option<()> {
    let ((key, place), rest) = path.split_first()?;
    let known = table.entries.iter().any(|entry| entry.key == *key);
    let whole = is_provenance(key) || ["dist", "value"].contains(&key.as_str());
    if !known && rest.is_empty() && !whole {
        // One that the table leaves out; if there is no such parameter, its reader says so.
        table.entries.push(entry(key, place, node.clone()));
        return Some(());
    }
    let found = table.entries.iter_mut().find(|entry| entry.key == *key)?;
    match (&mut found.node.data, rest) {
        (_, []) => {
            found.node = node.clone();
            Some(())
        }
        (Data::Table(inner), rest) => replace(inner, rest, node),
        _ => None,
    }
}

/// What a document gives at a path.
fn at<'a>(root: &'a Table, path: &[&str]) -> Option<&'a Node> {
    let (key, rest) = path.split_first()?;
    let node = &root.get(key)?.node;
    if rest.is_empty() { Some(node) } else { at(node.table()?, rest) }
}

fn entry(key: &str, span: &Span, node: Node) -> Entry {
    Entry { key: key.to_owned(), key_span: span.clone(), node }
}

fn wrapped(entries: Vec<Entry>, span: &Span) -> Node {
    Node { span: span.clone(), data: Data::Table(Table { entries }) }
}
