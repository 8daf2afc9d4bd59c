//! The parts of a mixture: tables with a weight and a value of the input.

use std::sync::Arc;

use super::codes;
use super::document::{Data, Node};
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
    if let Some(entry) = table.entries.iter().find(|e| e.key != "weight" && e.key != "value") {
        let message = format!("a part of `{key}` has no key `{}`", entry.key);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, message)
            .at(entry.key_span.clone(), "unknown key")
            .help(
                "it takes `weight` and `value`; a family stands in `value = { dist = ... }`, the \
                   source of all parts beside `parts`",
            );
        return reader.fail(diagnostic);
    }
    let Some(weight) = table.get("weight") else {
        return wrong(reader, format!("a part of `{key}` lacks `weight`"), &item.span);
    };
    let Some(value) = table.get("value") else {
        return wrong(reader, format!("a part of `{key}` lacks `value`"), &item.span);
    };
    let weight = plain(reader, "weight", &weight.node)?;
    let dist = distribution(reader, &value.node, &value.key_span)?;
    Some(Part { weight, dist })
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
