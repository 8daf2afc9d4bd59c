//! Tables with `dist`: the family is looked up, its parameters are read in the input's unit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes;
use super::document::{Data, Entry, Node, Table};
use super::examples;
use super::keys::is_provenance;
use super::mixture;
use super::problems::alike;
use super::types::InputValue;
use super::value::{Reader, scale_of, value_error};
use crate::diag::{Diagnostic, nearest};
use crate::dist::dirichlet::Dirichlet;
use crate::dist::regimes::{RegimeParams, Regimes, STATES};
use crate::dist::{
    FAMILIES, Family, Param, ParamError, ParamKind, ParamValue, Params, Prob, Scale, family,
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
        parameters_of_any(reader, nearest(name, names.iter().copied()), table);
        return unknown_family(reader, dist, name, &names);
    };
    let mut values = given(reader, family, table)?;
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

/// The parameters that a table gives; what is wrong with each is reported.
fn given(
    reader: &mut Reader,
    family: &Family,
    table: &Table,
) -> Option<BTreeMap<String, ParamValue>> {
    let mut values = Some(BTreeMap::new());
    for entry in parameters(table) {
        let param = family.params.iter().find(|param| param.name == entry.key);
        let value = match param {
            Some(param) => parameter(reader, param, &entry.node),
            None => unknown_parameter(reader, family, entry, table),
        };
        match (value, &mut values) {
            (Some(value), Some(values)) => {
                values.insert(entry.key.clone(), value);
            }
            _ => values = None,
        }
    }
    values
}

/// Whether a value is a constant, or was probably meant to be one.
pub(super) fn is_constant(dist: &Entry) -> bool {
    let Some(name) = dist.node.text() else { return false };
    let names = FAMILIES.iter().map(|family| family.name);
    name == "constant" || family(name).is_none() && nearest(name, names) == Some("constant")
}

/// Tells what is wrong with what the parameters of a distribution say, and nothing of what they lack,
/// where there can be none.
pub(super) fn parameters_alone(reader: &mut Reader, dist: &Entry, table: &Table) {
    let Some(name) = dist.node.text() else { return };
    let Some(family) = family(name) else {
        let names = FAMILIES.iter().map(|family| family.name);
        parameters_of_any(reader, nearest(name, names), table);
        return;
    };
    let Some(values) = given(reader, family, table) else { return };
    let Err(error) = (family.build)(&Params::new(&values)) else { return };
    if error.param.as_deref().is_some_and(|name| table.get(name).is_some()) {
        wrong_parameters::<()>(reader, dist, table, &error);
    }
}

/// Tells what is wrong with the parameters of a family that does not exist: those of the one that was
/// probably meant, or those that are alike in all families.
fn parameters_of_any(reader: &mut Reader, meant: Option<&str>, table: &Table) {
    if let Some(family) = meant.and_then(family) {
        given(reader, family, table);
        return;
    }
    for entry in parameters(table) {
        let mut kinds = FAMILIES
            .iter()
            .filter_map(|family| family.params.iter().find(|param| param.name == entry.key));
        let Some(param) = kinds.next() else { continue };
        if kinds.all(|other| other.kind == param.kind) {
            parameter(reader, param, &entry.node);
        }
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
        || {
            format!(
                "it takes {}: for example {}",
                forms.join("; or "),
                examples::of(family, reader.decl)
            )
        },
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
    let family = dist.node.text().and_then(family);
    let help = match family.filter(|_| !reader.problems.trial) {
        Some(family) => examples::help(error, family, reader.decl),
        None => error.help.clone(),
    };
    reader.fail(
        Diagnostic::error(codes::PARAMETERS, format!("`{}`: {}", reader.key, error.message))
            .at(span, "")
            .help(help),
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
        ParamKind::Numbers => list(reader, param.name, node, &|reader, item| {
            if !matches!(item.data, Data::Number(_)) {
                let message = format!("`{}` of `{}` takes numbers", param.name, reader.key);
                let diagnostic = Diagnostic::error(codes::WRONG_TYPE, message);
                let noun = item.noun();
                return reader.fail(diagnostic.at(item.span.clone(), noun).help("for example 0.5"));
            }
            let x = plain(reader, param.name, item)?;
            not_negative(reader, param.name, x, item)
        }),
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

/// Weights and probabilities are told one by one; what they are together is the family's to say.
fn not_negative(reader: &mut Reader, name: &str, x: f64, item: &Node) -> Option<f64> {
    if x >= 0.0 {
        return Some(x);
    }
    let message = format!("`{name}` of `{}` cannot be negative", reader.key);
    let diagnostic = Diagnostic::error(codes::RANGE, message).at(item.span.clone(), "below 0");
    reader.fail(diagnostic.help("write a number from 0 on"))
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
    let values: Vec<Option<f64>> = items.iter().map(|node| item(reader, node)).collect();
    values.into_iter().collect::<Option<_>>().map(ParamValue::List)
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

/// A table whose keys are all numbers, each of them known; missing ones are none. What is wrong with
/// each is reported.
fn numbers<const N: usize>(
    reader: &mut Reader,
    table: &Table,
    names: [&'static str; N],
) -> Option<[Option<f64>; N]> {
    let mut values = [None; N];
    let mut sound = true;
    for entry in table.entries.iter().filter(|entry| !is_provenance(&entry.key)) {
        let value = match names.iter().position(|name| *name == entry.key) {
            Some(at) => plain(reader, &entry.key, &entry.node).inspect(|x| values[at] = Some(*x)),
            None => reader.stray(entry, &names),
        };
        sound &= value.is_some();
    }
    sound.then_some(values)
}

fn lacks<T>(reader: &mut Reader, place: &Entry, name: &str, example: &str) -> Option<T> {
    reader.fail(
        Diagnostic::error(codes::PARAMETERS, format!("`{}`: no `{name}`", reader.key))
            .at(place.key_span.clone(), "")
            .help(format!("for example {example}")),
    )
}

const REGIMES_EXAMPLE: &str = "boom = { weight = 0.33, mean_log = 0.60, sd_log = 0.15 }";

/// Reports all keys that a table of a special family does not have; whether there are none.
fn no_strays(reader: &mut Reader, table: &Table, known: &[&'static str]) -> bool {
    let stray = |entry: &&Entry| !known.contains(&entry.key.as_str());
    parameters(table).filter(stray).map(|entry| reader.stray::<()>(entry, known)).count() == 0
}

fn regimes(reader: &mut Reader, table: &Table) -> Option<Regimes> {
    let whole = no_strays(reader, table, &["stay", "boom", "normal", "digest"]);
    let dist = table.get("dist")?;
    let stay = match table.get("stay") {
        Some(entry) => plain(reader, "stay", &entry.node),
        // What was misspelled is not missing as well.
        None if !whole => None,
        None => lacks(reader, dist, "stay", "stay = 0.6"),
    };
    let read = REGIMES.map(|name| match table.get(name) {
        Some(entry) => regime(reader, name, entry),
        None if !whole => None,
        None => lacks(reader, dist, name, &REGIMES_EXAMPLE.replace("boom", name)),
    });
    let [Some(boom), Some(normal), Some(digest)] = read else { return None };
    let regimes = [boom, normal, digest];
    let start = starts(reader, table, regimes.map(|regime| regime.start))?;
    let params = RegimeParams {
        weights: regimes.map(|regime| regime.weight),
        start,
        stay: stay.filter(|_| whole)?,
        mean_log: regimes.map(|regime| regime.mean_log),
        sd_log: regimes.map(|regime| regime.sd_log),
    };
    match Regimes::new(params) {
        Ok(regimes) => Some(regimes),
        Err(error) => wrong_regimes(reader, dist, table, &error),
    }
}

/// The numbers of one regime.
#[derive(Clone, Copy)]
struct OneRegime {
    weight: f64,
    start: Option<f64>,
    mean_log: f64,
    sd_log: f64,
}

fn regime(reader: &mut Reader, name: &str, entry: &Entry) -> Option<OneRegime> {
    let Some(inner) = entry.node.table() else {
        let example = REGIMES_EXAMPLE.trim_start_matches("boom = ");
        return wrong_type(reader, name, &entry.node, "a table", example);
    };
    let given = inner.entries.iter().filter(|entry| !is_provenance(&entry.key));
    let ranged: Vec<Option<()>> = given.map(|entry| regime_in_range(reader, entry)).collect();
    let names = ["weight", "start", "mean_log", "sd_log"];
    let [weight, start, mean_log, sd_log] = numbers(reader, inner, names)?;
    let needed = [(weight, "weight"), (mean_log, "mean_log"), (sd_log, "sd_log")];
    let missing: Vec<&str> =
        needed.iter().filter(|(value, _)| value.is_none()).map(|(_, name)| *name).collect();
    if !missing.is_empty() {
        let example = REGIMES_EXAMPLE.replace("boom", &entry.key);
        lacks::<()>(reader, entry, &missing.join("`, no `"), &example);
    }
    ranged.into_iter().collect::<Option<()>>()?;
    let read = OneRegime { weight: weight?, start, mean_log: mean_log?, sd_log: sd_log? };
    regime_tails(reader, inner, &read)?;
    Some(read)
}

/// Checks that 98 of 100 draws of a regime lie within the limits of the input.
fn regime_tails(reader: &mut Reader, inner: &Table, regime: &OneRegime) -> Option<()> {
    let reach = Prob::from_upper(0.01).z() * regime.sd_log;
    let ends = (regime.mean_log - reach, regime.mean_log + reach);
    let span = &inner.get("mean_log")?.node.span;
    reader.reach(ends, span, "move `mean_log` away from the limit, or make `sd_log` smaller")
}

/// The weights of the first year: of all three regimes, or of none.
#[expect(clippy::option_option, reason = "wrong, not given, given")]
fn starts(
    reader: &mut Reader,
    table: &Table,
    starts: [Option<f64>; STATES],
) -> Option<Option<[f64; STATES]>> {
    let missing = starts.iter().position(Option::is_none);
    match missing {
        Some(at) if starts.iter().any(Option::is_some) => {
            let entry = table.get(REGIMES[at])?;
            lacks(reader, entry, "start", "start = 0.3 in all three regimes, or in none")
        }
        Some(_) => Some(None),
        None => Some(Some(starts.map(Option::unwrap_or_default))),
    }
}

/// Checks a number of a regime by itself; what is no number is reported where it is read.
fn regime_in_range(reader: &mut Reader, entry: &Entry) -> Option<()> {
    let (low, high) = match entry.key.as_str() {
        "mean_log" => reader.decl.range,
        "sd_log" => (0.0, reader.decl.range.1),
        "weight" | "start" => (0.0, 1.0),
        _ => return Some(()),
    };
    match &entry.node.data {
        Data::Number(number)
            if number.value.is_finite() && !(low..=high).contains(&number.value) => {}
        _ => return Some(()),
    }
    let message = format!("`{}` must be between {low} and {high}", entry.key);
    reader.fail(
        Diagnostic::error(codes::RANGE, message)
            .at(entry.node.span.clone(), "")
            .help(format!("for example {REGIMES_EXAMPLE}")),
    )
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
    let whole = no_strays(reader, table, &["mean", "concentration"]);
    let dist = table.get("dist")?;
    let example = "{ chips = 0.30, other = 0.06, building = 0.30, rest = 0.34 }";
    let means = match table.get("mean") {
        Some(mean) => mean_shares(reader, mean, example),
        None if !whole => None,
        None => lacks(reader, dist, "mean", &format!("mean = {example}")),
    };
    let concentration = match table.get("concentration") {
        Some(entry) => plain(reader, "concentration", &entry.node),
        None if !whole => None,
        None => lacks(reader, dist, "concentration", "concentration = 50"),
    };
    match Dirichlet::new(&means?, concentration.filter(|_| whole)?) {
        Ok(shares) => Some(shares),
        Err(error) => {
            let param =
                if error.param.as_deref() == Some("shares") { "mean" } else { "concentration" };
            let error = ParamError { param: Some(param.to_owned()), ..error };
            wrong_parameters(reader, dist, table, &error)
        }
    }
}

/// The mean of each share.
fn mean_shares(reader: &mut Reader, mean: &Entry, example: &str) -> Option<[f64; SHARES.len()]> {
    let Some(inner) = mean.node.table() else {
        return wrong_type(reader, "mean", &mean.node, "a table", example);
    };
    let means = numbers(reader, inner, SHARES)?;
    if let Some(at) = means.iter().position(Option::is_none) {
        return lacks(reader, mean, SHARES[at], &format!("mean = {example}"));
    }
    Some(means.map(Option::unwrap_or_default))
}
