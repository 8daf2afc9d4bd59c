//! `formula`: a named relation of the model, or several that use each other's results.

use super::{EXPECT, Found, Kind, TOLERANCE, key};
use crate::diag::Span;
use crate::model::formulas::{FORMULAS, Formula};
use crate::scenario::document::{Data, Entry, Node, Table};
use crate::scenario::lone_number;
use crate::units::Quantity;
use crate::validation::expect::{self, ALONE, Names};
use crate::validation::fields::{Fields, did_you_mean};
use crate::validation::{Expectation, Measured, Subject, codes};

pub(super) const KIND: Kind = Kind {
    name: "formula",
    doc: "A relation that a module of the model computes, by name, with inputs and the output that \
          is expected. `validate --formulas` lists the names with their inputs, outputs and units.",
    keys: &[
        key("formula", "name of the relation"),
        key(
            "inputs",
            "its inputs by name, as texts with a unit; a duration may be two dates, as \
             { from = 2022-12-19, to = 2024-02-24 }",
        ),
        key(
            "step",
            "instead of these two: [[case.step]] with `name`, `formula`, `inputs` and, if it is \
             checked, `expect`; \"= NAME\" as an input is the result of an earlier step",
        ),
        EXPECT,
        TOLERANCE,
    ],
    gives: "the output, in any unit of its quantity; `\"490 to 688 k chips\"` is a range",
    example: r#"[[case]]
id        = "cluster"
kind      = "formula"
source    = "Epoch AI, GPU Clusters"
formula   = "cluster_power"
inputs    = { chips = "100_000 chips", power = "700 W", overhead = 1.82, annual = 1.12 }
expect    = "142.688 MW"
tolerance = "0.1 %""#,
    read: |fields, _| read(fields),
};

/// An input of a step: a number, or the result of an earlier step.
#[derive(Debug)]
enum Argument {
    Number(f64),
    Step(usize),
}

#[derive(Debug)]
struct Step {
    name: String,
    formula: &'static Formula,
    arguments: Vec<Argument>,
}

#[derive(Debug)]
struct Steps(Vec<Step>);

impl Subject for Steps {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        let mut results: Vec<f64> = Vec::new();
        for step in &self.0 {
            let numbers: Vec<f64> = (step.arguments.iter())
                .map(|argument| match argument {
                    Argument::Number(x) => *x,
                    Argument::Step(at) => results.get(*at).copied().unwrap_or(f64::NAN),
                })
                .collect();
            results.push(step.formula.apply(&numbers));
        }
        let result = |name: &str| {
            let at = self.0.iter().position(|step| step.name == name)?;
            results.get(at).copied()
        };
        wanted.iter().map(|w| vec![Measured::exact(result(&w.name).unwrap_or(f64::NAN))]).collect()
    }
}

fn read(fields: &mut Fields) -> Option<Found> {
    let mut steps = Vec::new();
    let mut expectations = Vec::new();
    let Some(list) = fields.get("step") else {
        let step = step(fields, ALONE, &steps)?;
        let output = step.formula.output_quantity();
        let names = Names { listed: &[ALONE], known: &|name| name == ALONE, only: Some(ALONE) };
        let expectations = expect::read(fields, &names, &|_| output)?;
        return Some((Box::new(Steps(vec![step])), expectations));
    };
    let around = expect::tolerance(fields)?;
    let items = fields.items(list, "[{ name = ..., formula = ..., inputs = ... }]")?;
    let mut whole = true;
    for item in items {
        let Data::Table(table) = &item.data else {
            whole = fields.wrong::<()>(list, "a list of tables", "[[case.step]]").is_some();
            continue;
        };
        let mut inner = fields.inner(table, item.span.clone(), "a step");
        match one_step(&mut inner, &steps, around) {
            Some((step, expected)) => {
                steps.push(step);
                expectations.extend(expected);
            }
            None => whole = false,
        }
    }
    if whole && expectations.is_empty() {
        let place = list.key_span.clone();
        let message = "no step has `expect`: a case without a check proves nothing";
        return fields.fail(codes::MISSING, &place, message, "for example expect = \"27 MW\"");
    }
    whole.then(|| (Box::new(Steps(steps)) as Box<dyn Subject>, expectations))
}

fn one_step(
    fields: &mut Fields,
    before: &[Step],
    around: Option<expect::Tolerance>,
) -> Option<(Step, Option<Expectation>)> {
    fields.only(&["name", "formula", "inputs", "expect", "tolerance"]);
    let name = fields.text("name", "\"energy\"")?;
    let step = step(fields, &name, before)?;
    let tolerance = expect::tolerance(fields)?.or(around);
    let Some(entry) = fields.get("expect") else { return Some((step, None)) };
    let output = step.formula.output_quantity();
    let expected = expect::one(fields, &name, &entry.node, &entry.key_span, output, tolerance)?;
    Some((step, Some(expected)))
}

/// A formula with its inputs.
fn step(fields: &mut Fields, name: &str, before: &[Step]) -> Option<Step> {
    let entry = fields.need("formula", "\"facility_power\"")?;
    let Some(word) = entry.node.text() else {
        return fields.wrong(entry, "the name of a formula", "\"facility_power\"");
    };
    let Some(formula) = FORMULAS.iter().find(|formula| formula.name == word) else {
        let names: Vec<&str> = FORMULAS.iter().map(|formula| formula.name).collect();
        let near = did_you_mean(word, &names);
        let help = if near.starts_with("did") {
            near
        } else {
            "`validate --formulas` lists them".to_owned()
        };
        let message = format!("no formula `{word}`");
        return fields.fail(codes::UNKNOWN_WORD, &entry.node.span, message, help);
    };
    let example = formula.example();
    let inputs = fields.need("inputs", &example)?;
    let Some(table) = inputs.node.table() else {
        return fields.wrong(inputs, "a table of inputs by name", &example);
    };
    let arguments = arguments(fields, formula, inputs, table, before)?;
    Some(Step { name: name.to_owned(), formula, arguments })
}

fn arguments(
    fields: &mut Fields,
    formula: &'static Formula,
    place: &Entry,
    table: &Table,
    before: &[Step],
) -> Option<Vec<Argument>> {
    let names: Vec<&str> = formula.inputs.iter().map(|input| input.name).collect();
    for entry in table.entries.iter().filter(|entry| !names.contains(&entry.key.as_str())) {
        let message = format!("`{}` has no input `{}`", formula.name, entry.key);
        let help = did_you_mean(&entry.key, &names);
        fields.fail::<()>(codes::UNKNOWN_KEY, &entry.key_span, message, help);
    }
    let mut all = Vec::new();
    for input in formula.inputs {
        all.push(if let Some(entry) = table.get(input.name) {
            argument(fields, input.name, input.quantity(), &entry.node, before)
        } else {
            let message = format!("`{}` lacks its input `{}`", formula.name, input.name);
            let help = format!("for example {} = \"{}\"", input.name, input.quantity().example());
            fields.fail(codes::MISSING, &place.key_span, message, help)
        });
    }
    all.into_iter().collect()
}

fn argument(
    fields: &mut Fields,
    name: &str,
    quantity: Quantity,
    node: &Node,
    before: &[Step],
) -> Option<Argument> {
    if let Some(text) = node.text().and_then(|text| text.trim().strip_prefix('=')) {
        let text = text.trim();
        let at = before.iter().position(|step| step.name == text);
        if let Some(at) = at.filter(|at| {
            before[*at].formula.output_quantity().canonical_unit() == quantity.canonical_unit()
        }) {
            return Some(Argument::Step(at));
        }
        let names: Vec<&str> = before.iter().map(|step| step.name.as_str()).collect();
        let (message, help) = match at {
            Some(_) => {
                (format!("`{name}` takes {}, `{text}` is none", quantity.noun()), String::new())
            }
            None => (format!("no step before is called `{text}`"), did_you_mean(text, &names)),
        };
        return fields.fail(codes::UNKNOWN_WORD, &node.span, message, help);
    }
    if let Data::Table(table) = &node.data {
        return span_of_dates(fields, name, quantity, table, &node.span).map(Argument::Number);
    }
    match lone_number(name, node, quantity) {
        Ok((x, None)) => Some(Argument::Number(x)),
        Ok(_) => fields.fail(codes::RANGE, &node.span, format!("`{name}` takes one number"), ""),
        Err(diagnostic) => {
            fields.found.push(*diagnostic);
            None
        }
    }
}

/// The time between two dates, in the canonical unit.
fn span_of_dates(
    fields: &mut Fields,
    name: &str,
    quantity: Quantity,
    table: &Table,
    place: &Span,
) -> Option<f64> {
    let date = |key: &str| match &table.get(key)?.node.data {
        Data::Date(date) => Some(*date),
        _ => None,
    };
    let days = match (date("from"), date("to")) {
        (Some(from), Some(to)) if table.entries.len() == 2 => {
            Some((to.days() - from.days()) as f64)
        }
        _ => None,
    };
    let span = days.and_then(|days| crate::units::to_canonical(days, "d", quantity));
    if span.is_some() {
        return span;
    }
    let message = format!("`{name}` takes {}", quantity.noun());
    let help = "a duration may be two dates: { from = 2022-12-19, to = 2024-02-24 }";
    fields.fail(codes::WRONG_TYPE, place, message, help)
}
