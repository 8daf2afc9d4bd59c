//! The parts of a mixture: tables with a weight and a value of the input.

use std::sync::Arc;

use super::codes;
use super::document::{Data, Entry, Node, Table};
use super::family::{plain, wrong_type};
use super::types::InputValue;
use super::value::Reader;
use crate::diag::{Diagnostic, Span};
use crate::dist::{Distribution, Part};

const EXAMPLE: &str = "parts = [{ weight = 0.7, value = ... }, { weight = 0.3, value = ... }]";

/// Reads all parts; what is wrong with each is reported.
pub(super) fn parts(reader: &mut Reader, node: &Node) -> Option<Vec<Part>> {
    let Data::List(items) = &node.data else {
        let key = format!("{}.parts", reader.key);
        return wrong_type(reader, &key, node, "a list of tables", "[{ weight = 1, value = 2 }]");
    };
    let parts: Vec<Option<Part>> = items.iter().map(|item| part(reader, item)).collect();
    parts.into_iter().collect()
}

fn part(reader: &mut Reader, item: &Node) -> Option<Part> {
    let key = reader.key;
    let Some(table) = item.table() else {
        let message = format!("a part of `{key}` is a table, this is {}", item.noun());
        return wrong(reader, message, &item.span);
    };
    let strays = strays(reader, table);
    let given = |reader: &mut Reader, name: &str| match table.get(name) {
        Some(entry) => Some(entry),
        // What was misspelled is not missing as well.
        None if strays > 0 => None,
        None => wrong(reader, format!("a part of `{key}` lacks `{name}`"), &item.span),
    };
    let weight = given(reader, "weight").and_then(|entry| plain(reader, "weight", &entry.node));
    let dist =
        given(reader, "value").and_then(|entry| distribution(reader, &entry.node, &entry.key_span));
    Some(Part { weight: weight?, dist: dist? }).filter(|_| strays == 0)
}

/// Reports the keys that a part does not have; their number.
fn strays(reader: &mut Reader, table: &Table) -> usize {
    let key = reader.key;
    let stray = table.entries.iter().filter(|e| e.key != "weight" && e.key != "value");
    let report = |entry: &Entry| {
        let message = format!("a part of `{key}` has no key `{}`", entry.key);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, message)
            .at(entry.key_span.clone(), "unknown key")
            .help(
                "it takes `weight` and `value`; a family stands in `value = { dist = ... }`, the \
                   source of all parts beside `parts`",
            );
        reader.fail::<()>(diagnostic)
    };
    stray.map(report).count()
}

/// The distribution of one part; its values are checked as those of the input are.
fn distribution(reader: &mut Reader, node: &Node, place: &Span) -> Option<Arc<dyn Distribution>> {
    if let InputValue::Dist(dist) = reader.value(node, place)? {
        return Some(dist);
    }
    let message = format!("a part of `{}` is a number or a family of numbers", reader.key);
    wrong(reader, message, place)
}

fn wrong<T>(reader: &mut Reader, message: String, span: &Span) -> Option<T> {
    reader.fail(
        Diagnostic::error(codes::PARAMETERS, message)
            .at(span.clone(), "")
            .help(format!("for example {EXAMPLE}")),
    )
}
