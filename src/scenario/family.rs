//! Tables with `dist`: the family is looked up, its parameters are read in the input's unit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes;
use super::document::{Data, Entry, Node, Table};
use super::keys::is_provenance;
use super::mixture;
use super::problems::alike;
use super::types::InputValue;
use super::value::{Reader, scale_of, value_error};
use crate::diag::{Diagnostic, nearest};
use crate::dist::dirichlet::Dirichlet;
use crate::dist::regimes::{RegimeParams, Regimes, STATES};
use crate::dist::{
    FAMILIES, Family, Param, ParamError, ParamKind, ParamValue, Params, Scale, family,
};
use crate::units::{Form, Quantity, parse_value};

/// The input whose value may be a regime chain.
pub(super) const REGIMES_KEY: &str = "capex.growth";

/// The input whose value is drawn as shares.
pub(super) const SHARES_KEY: &str = "capex.shares";

/// Names of the regimes, in the order of the chain.
pub(super) const REGIMES: [&str; STATES] = ["boom", "normal", "digest"];

/// Names of the shares, in the order of the draw.
pub(super) const SHARES: [&str; 4] = ["chips", "other", "building", "rest"];

/// Reads a table with `dist`.
pub(super) fn read(reader: &mut Reader, dist: &Entry, table: &Table) -> Option<InputValue> {
    let Some(name) = dist.node.text() else {
        let noun = dist.node.noun();
        let message = format!("`dist` takes the name of a family, this is {noun}");
        return reader.fail(
            Diagnostic::error(codes::WRONG_TYPE, message)
                .at(dist.node.span.clone(), noun)
                .help("for example dist = \"normal\""),
        );
    };
    match (reader.key, name) {
        (REGIMES_KEY, "regimes") => return regimes(reader, table).map(InputValue::Regimes),
        (SHARES_KEY, "dirichlet") => return shares(reader, table).map(InputValue::Shares),
        (SHARES_KEY, _) => return unknown_family(reader, dist, name, &["dirichlet"]),
        _ => {}
    }
    let Some(family) = family(name) else {
        let special: &[&str] = if reader.key == REGIMES_KEY { &["regimes"] } else { &[] };
        let names = FAMILIES.iter().map(|family| family.name);
        let names: Vec<&str> = names.chain(special.iter().copied()).collect();
        return unknown_family(reader, dist, name, &names);
    };
    let mut values = BTreeMap::new();
    for entry in parameters(table) {
        let Some(param) = family.params.iter().find(|param| param.name == entry.key) else {
            return unknown_parameter(reader, family, entry, table);
        };
        values.insert(entry.key.clone(), parameter(reader, param, &entry.node)?);
    }
    // Percentiles are interpolated as those of a text are.
    if family.name == "percentiles" && !values.contains_key("scale") {
        let scale = match scale_of(reader.quantity()) {
            Scale::Log => "log",
            Scale::Logit => "logit",
            Scale::Linear => "linear",
        };
        values.insert("scale".to_owned(), ParamValue::Text(scale.to_owned()));
    }
    match (family.build)(&Params::new(&values)) {
        Ok(built) => {
            reader.tails(built.as_ref(), &dist.node.span)?;
            Some(InputValue::Dist(Arc::from(built)))
        }
        Err(error) => wrong_parameters(reader, dist, table, &error),
    }
}

fn parameters(table: &Table) -> impl Iterator<Item = &Entry> {
    table.entries.iter().filter(|entry| entry.key != "dist" && !is_provenance(&entry.key))
}

fn unknown_family<T>(reader: &mut Reader, dist: &Entry, name: &str, names: &[&str]) -> Option<T> {
    let near = nearest(name, names.iter().copied());
    let help = near.map_or_else(
        || format!("the families are {}", names.join(", ")),
        |near| format!("did you mean \"{near}\"?"),
    );
    reader.fail(
        Diagnostic::error(codes::UNKNOWN_FAMILY, format!("no family of distributions `{name}`"))
            .at(dist.node.span.clone(), "unknown family")
            .help(help),
    )
}

fn unknown_parameter<T>(
    reader: &mut Reader,
    family: &Family,
    entry: &Entry,
    table: &Table,
) -> Option<T> {
    let given = |name: &str| table.get(name).is_some();
    let free = family.params.iter().map(|param| param.name).filter(|name| !given(name));
    let provenance = super::keys::PROVENANCE.iter().map(|decl| decl.name).filter(|n| !given(n));
    let words: Vec<&str> = free.chain(provenance).collect();
    let near = nearest(&entry.key, words.iter().copied())
        .or_else(|| words.iter().copied().find(|word| alike(&entry.key, word)));
    let forms: Vec<String> = family.forms.iter().map(|form| form.join(", ")).collect();
    let third = is_third(entry, table);
    let near = near.filter(|_| !third);
    let help = near.map_or_else(
        || format!("it takes {}: for example {}", forms.join("; or "), family.example),
        |near| format!("did you mean `{near}`?"),
    );
    let message = format!("`{}` has no parameter `{}`", family.name, entry.key);
    let found = Diagnostic::error(codes::UNKNOWN_PARAMETER, message)
        .at(entry.key_span.clone(), "unknown parameter")
        .help(help);
    reader.fail(if third {
        found.note("three percentiles are a text, such as \"1 / 2 / 4 quarters\", or a metalog")
    } else {
        found
    })
}

/// Whether it is a percentile beside two others: another one in its place would be one too many.
fn is_third(entry: &Entry, table: &Table) -> bool {
    let is_percentile =
        |key: &str| key.strip_prefix('p').is_some_and(|level| level.parse::<f64>().is_ok());
    let given = table.entries.iter().filter(|entry| is_percentile(&entry.key)).count();
    is_percentile(&entry.key) && given > 2
}

fn wrong_parameters<T>(
    reader: &mut Reader,
    dist: &Entry,
    table: &Table,
    error: &ParamError,
) -> Option<T> {
    let place = error.param.as_deref().and_then(|name| table.get(name));
    let span = place.map_or(&dist.node.span, |entry| &entry.node.span).clone();
    reader.fail(
        Diagnostic::error(codes::PARAMETERS, format!("`{}`: {}", reader.key, error.message))
            .at(span, "")
            .help(error.help.clone()),
    )
}

fn parameter(reader: &mut Reader, param: &Param, node: &Node) -> Option<ParamValue> {
    let quantity = reader.quantity();
    match param.kind {
        ParamKind::Value => {
            let x = number(reader, param.name, node, quantity)?;
            reader.in_range(x, &node.span, &format!("`{}`", param.name))?;
            Some(ParamValue::Number(x))
        }
        ParamKind::Spread => {
            number(reader, param.name, node, spread(quantity)).map(ParamValue::Number)
        }
        ParamKind::Number => plain(reader, param.name, node).map(ParamValue::Number),
        ParamKind::List => list(reader, param.name, node, &|reader, item| {
            let x = number(reader, param.name, item, quantity)?;
            reader.in_range(x, &item.span, &format!("`{}`", param.name))?;
            Some(x)
        }),
        ParamKind::Numbers => {
            list(reader, param.name, node, &|reader, item| plain(reader, param.name, item))
        }
        ParamKind::Parts => mixture::parts(reader, node).map(ParamValue::Parts),
        ParamKind::Word(words) => word(reader, param.name, node, words),
    }
}

/// A spread may be larger than one and is not a share.
fn spread(quantity: Quantity) -> Quantity {
    if quantity == Quantity::Share { Quantity::Ratio } else { quantity }
}

/// A value with the unit of the input.
fn number(reader: &mut Reader, name: &str, node: &Node, quantity: Quantity) -> Option<f64> {
    let key = format!("{}.{name}", reader.key);
    match &node.data {
        Data::Number(number) => reader.number(number, &node.span),
        Data::Text(text) => match parse_value(text, quantity) {
            Ok(value) if value.form == Form::Single => value.numbers.first().copied(),
            Ok(_) => reader.fail(
                Diagnostic::error(codes::PARAMETERS, format!("`{key}` takes one number"))
                    .at(node.span.clone(), "several numbers")
                    .help(format!("for example {name} = \"{}\"", quantity.example())),
            ),
            Err(error) => {
                let diagnostic = value_error(&key, text, &node.span, &error);
                reader.fail(diagnostic)
            }
        },
        _ => wrong_type(reader, &key, node, quantity.noun(), quantity.example()),
    }
}

pub(super) fn plain(reader: &mut Reader, name: &str, node: &Node) -> Option<f64> {
    match &node.data {
        Data::Number(number) if number.value.is_finite() => Some(number.value),
        Data::Number(_) => {
            let message = format!("`{}.{name}` takes a finite number", reader.key);
            reader.fail(
                Diagnostic::error(codes::RANGE, message)
                    .at(node.span.clone(), "")
                    .help(format!("for example {name} = 0.5")),
            )
        }
        Data::Text(text) => match parse_value(text, Quantity::Ratio) {
            Ok(value) if value.form == Form::Single => value.numbers.first().copied(),
            _ => wrong_type(reader, &format!("{}.{name}", reader.key), node, "a number", "0.5"),
        },
        _ => wrong_type(reader, &format!("{}.{name}", reader.key), node, "a number", "0.5"),
    }
}

fn list(
    reader: &mut Reader,
    name: &str,
    node: &Node,
    item: &dyn Fn(&mut Reader, &Node) -> Option<f64>,
) -> Option<ParamValue> {
    let Data::List(items) = &node.data else {
        let key = format!("{}.{name}", reader.key);
        return wrong_type(reader, &key, node, "a list", "[1, 2]");
    };
    let values = items.iter().map(|node| item(reader, node)).collect::<Option<_>>()?;
    Some(ParamValue::List(values))
}

fn word(reader: &mut Reader, name: &str, node: &Node, words: &[&str]) -> Option<ParamValue> {
    let Some(word) = node.text() else {
        let key = format!("{}.{name}", reader.key);
        return wrong_type(reader, &key, node, "a word", words.first().unwrap_or(&""));
    };
    if words.contains(&word) {
        return Some(ParamValue::Text(word.to_owned()));
    }
    let near = nearest(word, words.iter().copied());
    let help = near.map_or_else(
        || format!("write one of \"{}\"", words.join("\", \"")),
        |near| format!("did you mean \"{near}\"?"),
    );
    reader.fail(
        Diagnostic::error(codes::UNKNOWN_WORD, format!("`{name}` cannot be `{word}`"))
            .at(node.span.clone(), "")
            .help(help),
    )
}

pub(super) fn wrong_type<T>(
    reader: &mut Reader,
    key: &str,
    node: &Node,
    what: &str,
    example: &str,
) -> Option<T> {
    let noun = node.noun();
    let name = key.rsplit('.').next().unwrap_or(key);
    let example = if example.starts_with(['[', '{', '-']) || example.parse::<f64>().is_ok() {
        example.to_owned()
    } else {
        format!("\"{example}\"")
    };
    reader.fail(
        Diagnostic::error(codes::WRONG_TYPE, format!("`{key}` takes {what}, this is {noun}"))
            .at(node.span.clone(), noun)
            .help(format!("for example {name} = {example}")),
    )
}

/// A table whose keys are all numbers, each of them known; missing ones are none.
fn numbers<const N: usize>(
    reader: &mut Reader,
    table: &Table,
    names: [&'static str; N],
) -> Option<[Option<f64>; N]> {
    let mut values = [None; N];
    for entry in table.entries.iter().filter(|entry| !is_provenance(&entry.key)) {
        let Some(at) = names.iter().position(|name| *name == entry.key) else {
            return reader.stray(entry, &names);
        };
        values[at] = Some(plain(reader, &entry.key, &entry.node)?);
    }
    Some(values)
}

fn lacks<T>(reader: &mut Reader, place: &Entry, name: &str, example: &str) -> Option<T> {
    reader.fail(
        Diagnostic::error(codes::PARAMETERS, format!("`{}`: no `{name}`", reader.key))
            .at(place.key_span.clone(), "")
            .help(format!("for example {example}")),
    )
}

const REGIMES_EXAMPLE: &str = "boom = { weight = 0.33, mean_log = 0.60, sd_log = 0.15 }";

fn regimes(reader: &mut Reader, table: &Table) -> Option<Regimes> {
    let known = ["stay", "boom", "normal", "digest"];
    if let Some(stray) = parameters(table).find(|entry| !known.contains(&entry.key.as_str())) {
        return reader.stray(stray, &known);
    }
    let dist = table.get("dist")?;
    let Some(stay) = table.get("stay") else { return lacks(reader, dist, "stay", "stay = 0.6") };
    let stay = plain(reader, "stay", &stay.node)?;
    let mut params = RegimeParams {
        weights: [0.0; STATES],
        start: None,
        stay,
        mean_log: [0.0; STATES],
        sd_log: [0.0; STATES],
    };
    let mut starts = [None; STATES];
    for (at, name) in REGIMES.iter().enumerate() {
        let Some(entry) = table.get(name) else {
            return lacks(reader, dist, name, &REGIMES_EXAMPLE.replace("boom", name));
        };
        let Some(inner) = entry.node.table() else {
            let example = REGIMES_EXAMPLE.trim_start_matches("boom = ");
            return wrong_type(reader, name, &entry.node, "a table", example);
        };
        let names = ["weight", "start", "mean_log", "sd_log"];
        let [weight, start, mean_log, sd_log] = numbers(reader, inner, names)?;
        for (value, name) in [(weight, "weight"), (mean_log, "mean_log"), (sd_log, "sd_log")] {
            if value.is_none() {
                let example = REGIMES_EXAMPLE.replace("boom", &entry.key);
                return lacks(reader, entry, name, &example);
            }
        }
        regime_in_range(reader, inner)?;
        params.weights[at] = weight.unwrap_or_default();
        params.mean_log[at] = mean_log.unwrap_or_default();
        params.sd_log[at] = sd_log.unwrap_or_default();
        starts[at] = start;
    }
    if let Some(at) = starts.iter().position(Option::is_none)
        && starts.iter().any(Option::is_some)
    {
        let entry = table.get(REGIMES[at])?;
        return lacks(reader, entry, "start", "start = 0.3 in all three regimes, or in none");
    }
    if starts.iter().all(Option::is_some) {
        params.start = Some(starts.map(Option::unwrap_or_default));
    }
    match Regimes::new(params) {
        Ok(regimes) => Some(regimes),
        Err(error) => wrong_regimes(reader, dist, table, &error),
    }
}

/// Checks each number of a regime by itself.
fn regime_in_range(reader: &mut Reader, table: &Table) -> Option<()> {
    for entry in table.entries.iter().filter(|entry| !is_provenance(&entry.key)) {
        let x = plain(reader, &entry.key, &entry.node)?;
        let (low, high) = match entry.key.as_str() {
            "mean_log" => reader.decl.range,
            "sd_log" => (0.0, reader.decl.range.1),
            _ => (0.0, 1.0),
        };
        if !(low..=high).contains(&x) {
            let message = format!("`{}` must be between {low} and {high}", entry.key);
            return reader.fail(
                Diagnostic::error(codes::RANGE, message)
                    .at(entry.node.span.clone(), "")
                    .help(format!("for example {REGIMES_EXAMPLE}")),
            );
        }
    }
    Some(())
}

/// What is wrong with the regimes together: all three places are marked.
fn wrong_regimes<T>(
    reader: &mut Reader,
    dist: &Entry,
    table: &Table,
    error: &ParamError,
) -> Option<T> {
    let param = error.param.as_deref().unwrap_or("");
    let name = if param == "weights" { "weight" } else { param };
    let inner = |regime: &&str| table.get(regime)?.node.table()?.get(name);
    let mut places = REGIMES.iter().filter_map(inner).map(|entry| entry.node.span.clone());
    let Some(first) = places.next() else {
        return wrong_parameters(reader, dist, table, error);
    };
    let message = format!("`{}`: {}", reader.key, error.message);
    let mut diagnostic = Diagnostic::error(codes::PARAMETERS, message).at(first, "");
    for place in places {
        diagnostic = diagnostic.also(place, "");
    }
    reader.fail(diagnostic.help(format!("for example {REGIMES_EXAMPLE}")))
}

fn shares(reader: &mut Reader, table: &Table) -> Option<Dirichlet> {
    let known = ["mean", "concentration"];
    if let Some(stray) = parameters(table).find(|entry| !known.contains(&entry.key.as_str())) {
        return reader.stray(stray, &known);
    }
    let dist = table.get("dist")?;
    let example = "{ chips = 0.30, other = 0.06, building = 0.30, rest = 0.34 }";
    let Some(mean) = table.get("mean") else {
        return lacks(reader, dist, "mean", &format!("mean = {example}"));
    };
    let Some(concentration) = table.get("concentration") else {
        return lacks(reader, dist, "concentration", "concentration = 50");
    };
    let Some(inner) = mean.node.table() else {
        return wrong_type(reader, "mean", &mean.node, "a table", example);
    };
    let means = numbers(reader, inner, SHARES)?;
    if let Some(at) = means.iter().position(Option::is_none) {
        return lacks(reader, mean, SHARES[at], &format!("mean = {example}"));
    }
    let concentration = plain(reader, "concentration", &concentration.node)?;
    match Dirichlet::new(&means.map(Option::unwrap_or_default), concentration) {
        Ok(shares) => Some(shares),
        Err(error) => {
            let param =
                if error.param.as_deref() == Some("shares") { "mean" } else { "concentration" };
            let error = ParamError { param: Some(param.to_owned()), ..error };
            wrong_parameters(reader, dist, table, &error)
        }
    }
}
