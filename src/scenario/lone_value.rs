//! Values that stand outside of a scenario, read as those of an input are.

use std::sync::Arc;

use super::document::{Data, Node};
use super::problems::Problems;
use super::types::InputValue;
use super::value::{Reader, value_error};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::dist::Distribution;
use crate::model::declare::{InputDecl, Need, Use, input};
use crate::units::{Form, QUANTITIES, Quantity, parse_value};

/// An input of each quantity that takes every value.
static ANY: [InputDecl; QUANTITIES.len()] = {
    let mut list = [any(Quantity::Signed, "1"); QUANTITIES.len()];
    let mut at = 0;
    while at < list.len() {
        list[at] = any(QUANTITIES[at].quantity, QUANTITIES[at].example);
        at += 1;
    }
    list
};

const fn any(quantity: Quantity, example: &'static str) -> InputDecl {
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    input("value", quantity, Use::Once, range, Need::Always, "any value", example)
}

/// A distribution in any of the forms that an input takes.
pub(crate) fn lone_distribution(
    key: &str,
    node: &Node,
    place: &Span,
    quantity: Quantity,
) -> Result<Arc<dyn Distribution>, Diagnostics> {
    let mut problems = Problems::default();
    let decl = &ANY[quantity as usize];
    let value = Reader { key, decl, problems: &mut problems }.value(node, place);
    match value {
        Some(InputValue::Dist(dist)) if !problems.list.has_errors() => Ok(dist),
        _ => Err(problems.list),
    }
}

/// Numbers of a value text in the canonical unit: one, or the two ends of an interval.
pub(crate) fn lone_number(
    key: &str,
    node: &Node,
    quantity: Quantity,
) -> Result<(f64, Option<f64>), Box<Diagnostic>> {
    let fail = |text: &str, error| Box::new(value_error(key, text, &node.span, &error));
    let text = match &node.data {
        Data::Text(text) => text.as_str(),
        Data::Number(number) => number.text.as_str(),
        _ => return Err(Box::new(not_a_value(key, node, quantity))),
    };
    let value = parse_value(text, quantity).map_err(|error| fail(text, error))?;
    match (value.form, value.numbers.as_slice()) {
        (Form::Single, [x]) => Ok((*x, None)),
        (Form::Interval, [low, high]) => Ok((*low, Some(*high))),
        _ => Err(Box::new(not_a_value(key, node, quantity))),
    }
}

fn not_a_value(key: &str, node: &Node, quantity: Quantity) -> Diagnostic {
    let message = format!("`{key}` takes {}, this is {}", quantity.noun(), node.noun());
    Diagnostic::error(super::codes::WRONG_TYPE, message)
        .at(node.span.clone(), node.noun())
        .help(format!("for example {key} = \"{}\"", quantity.example()))
}
