//! `fit`: priors made again from what the scenario could see.

use serde_json::{Value, json};
use std::fmt::Write as _;

use super::exit::Failure;
use super::score::period;
use super::terminal::{self, STRONG, styled};
use super::{Input, outcome, quoted};
use crate::diag::to_json;
use crate::scenario::{At, Scenario};
use crate::score::Guide;
use crate::score::fit::{Facts, Fit, fits};

pub use crate::score::fit::Window;

/// Options of `fit`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The scenario with what is laid over it.
    pub input: Input,
    /// From when on the past is looked at.
    pub window: Window,
    /// Whether to print Markdown.
    pub markdown: bool,
    /// Whether to print JSON.
    pub json: bool,
}

/// Prints each figure from the past beside what the scenario uses.
pub(super) fn fit(options: &Options) -> Result<(), Failure> {
    let (scenario, diagnostics, sources) = outcome(options.input.load());
    if options.json && scenario.is_err() {
        terminal::print_json(&json!({ "diagnostics": to_json(&diagnostics, &sources) }))?;
    } else {
        terminal::diagnostics(&diagnostics, &sources);
    }
    let scenario = scenario?;
    let facts = facts(&scenario);
    let all = fits(&facts, options.window);
    if options.json {
        let all: Vec<Value> = all.iter().map(|fit| one_json(&scenario, fit)).collect();
        return terminal::print_json(&json!({ "as_of": scenario.as_of.to_string(), "fits": all }));
    }
    let title = format!("{}: what was known on {}", scenario.title, scenario.as_of);
    if all.is_empty() {
        return terminal::print(&nothing(&title, &facts, options));
    }
    let header = ["Input", "From", "Values", "Mean", "SD", "In the scenario"];
    let rows: Vec<Vec<String>> = all.iter().map(|fit| row(&scenario, fit)).collect();
    if options.markdown {
        return terminal::print(&document(&title, &header, &rows));
    }
    let table = terminal::table(&header, &rows, terminal::width());
    terminal::print(&format!("{}\n{table}", styled(STRONG, &title)))
}

/// What the scenario can see: rows known later are not among them.
fn facts(scenario: &Scenario) -> Facts {
    let mut facts = Facts::default();
    let mut rows: Vec<_> = scenario.observations.iter().collect();
    rows.sort_by_key(|row| row.provenance.known);
    for row in rows {
        match row.at {
            At::Year(year) => facts.years.insert((row.metric.clone(), year), row.value),
            At::Quarter(quarter) => {
                facts.quarters.insert((row.metric.clone(), quarter.index()), row.value)
            }
            At::Day(_) => None,
        };
    }
    let guides = scenario.guidance.iter().map(|row| Guide {
        metric: row.metric.clone(),
        at: period(row.at),
        middle: f64::midpoint(row.low, row.high),
        known: row.provenance.known,
    });
    facts.guides = guides.collect();
    facts
}

/// Why there is no figure, and what it takes.
fn nothing(title: &str, facts: &Facts, options: &Options) -> String {
    let Window { since, recent } = options.window;
    let quarters = facts.quarters.keys().map(|(_, index)| index.div_euclid(4));
    let years = || facts.years.keys().map(|(_, year)| *year).chain(quarters.clone());
    let known = match years().min().zip(years().max()) {
        None => {
            ": the scenario has no observation of a year or quarter that was known then".to_owned()
        }
        Some((first, last)) => {
            let known =
                if first == last { format!("{last} alone") } else { format!("{first} to {last}") };
            let hint = if last < since.min(recent) { ": take earlier years" } else { "" };
            format!(" of what was known then, of {known}{hint}")
        }
    };
    let heading = if options.markdown { format!("## {title}\n") } else { styled(STRONG, title) };
    format!(
        "{heading}\n\
         No figure can be made{known}.\n\
         From --since {since} on it takes two years in a row of `capex.total`, `finance.revenue` or\n\
         `energy.company`; from --recent {recent} on a range of capex or revenue and what came of it, capex\n\
         of all quarters of a year, or depreciation of two quarters in a row.\n\
         `fleetcast show {}` shows all observations.\n",
        quoted(&options.input.file)
    )
}

/// What the scenario says for the input of a fit; regimes are one input.
fn used(scenario: &Scenario, fit: &Fit) -> String {
    let key = fit.key.split(' ').next().unwrap_or_default();
    let input = scenario.inputs.get(key).filter(|_| key == fit.key);
    input.map(|input| input.text.clone()).unwrap_or_default()
}

fn row(scenario: &Scenario, fit: &Fit) -> Vec<String> {
    let values: Vec<String> =
        fit.values.iter().map(|(at, value)| format!("{at}: {value:.3}")).collect();
    vec![
        fit.key.clone(),
        fit.of.clone(),
        values.join(", "),
        format!("{:.3}", fit.mean),
        fit.sd.map_or_else(|| "–".to_owned(), |sd| format!("{sd:.3}")),
        used(scenario, fit),
    ]
}

fn one_json(scenario: &Scenario, fit: &Fit) -> Value {
    let values = fit.values.iter().map(|(at, value)| (at.clone(), json!(value)));
    json!({
        "key": fit.key,
        "of": fit.of,
        "values": values.collect::<serde_json::Map<_, _>>(),
        "count": fit.values.len(),
        "mean": fit.mean,
        "sd": fit.sd,
        "in_scenario": used(scenario, fit),
    })
}

fn document(title: &str, header: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("## {title}\n\n| {} |\n", header.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(header.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}
