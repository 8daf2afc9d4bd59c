//! The observations, each with its scores.

use std::collections::BTreeMap;

use super::Input;
use super::baseline::{self, Baseline, BaselineScore, Forecast, Knowledge, Outcome};
use super::series::{Period, latest};
use crate::results::{Metric, Observed, RunResult, Summary};
use crate::stats::{Predictive, interval_score, normal_upper_quantile};
use crate::time::Date;

/// Units of amounts that span decades.
const DECADES: [&str; 5] = ["H100e", "chips", "MW", "MWh", "FLOP"];
/// Days in a year, for how far ahead a forecast looked.
const YEAR: f64 = 365.25;

/// One observation with the scores of the run and of the baselines.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Metric.
    pub metric: String,
    /// Label.
    pub label: String,
    /// Canonical unit.
    pub unit: String,
    /// Part of the model.
    pub module: &'static str,
    /// Period: `2024`, `2024Q2`.
    pub at: String,
    /// Whether it is about a whole year.
    pub yearly: bool,
    /// Years from the scenario's day to the end of the period.
    pub ahead: f64,
    /// When it became known.
    pub known: Date,
    /// Its source.
    pub source: String,
    /// What was observed.
    pub value: f64,
    /// Its 5 and 95 % points, if it is uncertain: then the forecast was convolved with its error.
    pub interval: Option<(f64, f64)>,
    /// Whether the logarithm is scored.
    pub log: bool,
    /// Median of the forecast.
    pub median: f64,
    /// 5 and 95 % points of the forecast, with the error of the observation.
    pub range: (f64, f64),
    /// Fair CRPS.
    pub crps: f64,
    /// Log score; none where all draws are equal.
    pub log_score: Option<f64>,
    /// Interval score of the central 90 %.
    pub interval_score: f64,
    /// Chance that the forecast gave to less than what was observed.
    pub pit: f64,
    /// Scores of the baselines, in the order of [`Baseline::ALL`]; none where one says nothing.
    pub baselines: [Option<BaselineScore>; 4],
}

impl Scored {
    /// Whether the central interval of this share holds the observation.
    pub fn inside(&self, share: f64) -> bool {
        let tail = 0.5 * (1.0 - share);
        self.pit >= tail && self.pit <= 1.0 - tail
    }
}

/// Something that was not scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unscored {
    /// Metric with its period, or question with its date.
    pub what: String,
    /// Why not.
    pub reason: String,
}

/// An observation that can be scored.
struct Case<'a> {
    row: &'a Observed,
    period: Period,
    metric: &'a Metric,
    summary: &'a Summary,
}

/// Scores all that became known after the scenario's day.
pub(super) fn rows(input: &Input<'_>) -> (Vec<Scored>, Vec<Unscored>) {
    let result = input.result;
    let all = latest(result.observations.iter());
    let mut groups: BTreeMap<(&str, bool), Vec<Case>> = BTreeMap::new();
    let mut unscored = Vec::new();
    for ((name, period), row) in &all {
        // A revision of what was known is no forecast.
        let known = |other: &Observed| {
            other.seen && other.metric == *name && Period::parse(&other.at) == Some(*period)
        };
        let before = period.end().is_some_and(|end| end < result.grid.from().start());
        if before || row.seen || result.observations.iter().any(known) {
            continue;
        }
        match case(result, row, *period) {
            Ok(case) => groups.entry((name, row.yearly)).or_default().push(case),
            Err(reason) => {
                let what = format!("{name} {}", row.at);
                unscored.push(Unscored { what, reason: reason.to_owned() });
            }
        }
    }
    let mut rows = Vec::new();
    for ((name, _), cases) in groups {
        rows.extend(group(input, name, &cases));
    }
    (rows, unscored)
}

/// The distribution that an observation is held against, or why there is none.
fn case<'a>(
    result: &'a RunResult,
    row: &'a Observed,
    period: Period,
) -> Result<Case<'a>, &'static str> {
    let metric = result.summaries.metric(&row.metric).ok_or("the run has no such metric")?;
    let own = ["_dense8", "_bf16", "_sustained"].iter().any(|end| row.metric.ends_with(end));
    if !own && !row.basis.is_empty() && row.basis != result.about.h100e {
        return Err("counts H100-equivalents by another rate than the run");
    }
    let summary = match period {
        Period::Year(year) => of_year(result, metric, year),
        Period::Quarter(quarter) => {
            result.grid.step(quarter).and_then(|step| at_step(metric, step))
        }
        Period::Day(_) => return Err("is about a day within a quarter; a run has quarter ends"),
    };
    let summary = summary.ok_or("the run has no value for this period")?;
    if summary.sketch.count() == 0 {
        return Err("the run has no draws with a value for this period");
    }
    Ok(Case { row, period, metric, summary })
}

fn of_year<'a>(result: &RunResult, metric: &'a Metric, year: i32) -> Option<&'a Summary> {
    if metric.aggregation == "flow" {
        return metric.years.iter().find(|(own, _)| *own == year).map(|(_, summary)| summary);
    }
    let last = crate::time::Quarter::new(year, 4)?;
    if metric.aggregation == "stock" { at_step(metric, result.grid.step(last)?) } else { None }
}

fn at_step(metric: &Metric, step: usize) -> Option<&Summary> {
    metric.quarters.get(step.checked_sub(metric.from)?)
}

/// Scores the observations of one metric, all of years or all of quarters, on one scale.
fn group(input: &Input<'_>, name: &str, cases: &[Case]) -> Vec<Scored> {
    let decades = cases.iter().all(|case| DECADES.contains(&case.metric.unit.as_str()));
    let positive = cases.iter().all(|case| case.summary.low > 0.0 && case.row.value > 0.0);
    let log = decades && positive;
    let outcomes: Vec<Outcome> = cases.iter().map(|case| outcome(case.row, log)).collect();
    let knowledge = Knowledge::of(input, name);
    let by_baseline = Baseline::ALL.map(|baseline| {
        let pairs: Vec<Option<(Forecast, Outcome)>> = cases
            .iter()
            .zip(&outcomes)
            .map(|(case, outcome)| Some((knowledge.forecast(baseline, case.period)?, *outcome)))
            .collect();
        baseline::scored(&pairs)
    });
    let one = |(at, (case, outcome)): (usize, (&Case, &Outcome))| {
        let baselines = std::array::from_fn(|b| by_baseline[b].get(at).copied().flatten());
        scored(input.result, case, *outcome, baselines)
    };
    cases.iter().zip(&outcomes).enumerate().filter_map(one).collect()
}

fn outcome(row: &Observed, log: bool) -> Outcome {
    let map = |x: f64| if log { libm::log(x) } else { x };
    let ninety = 2.0 * normal_upper_quantile(0.05);
    let error = match (row.low, row.high) {
        (Some(low), Some(high)) if high > low && (!log || low > 0.0) => {
            (map(high) - map(low)) / ninety
        }
        _ => 0.0,
    };
    Outcome { value: row.value, error, log }
}

fn scored(
    result: &RunResult,
    case: &Case,
    outcome: Outcome,
    baselines: [Option<BaselineScore>; 4],
) -> Option<Scored> {
    let Outcome { value, error, log } = outcome;
    let map = |x: f64| if log { libm::log(x) } else { x };
    let back = |x: f64| if log { libm::exp(x) } else { x };
    let summary = case.summary;
    let plain = Predictive::of(&summary.sketch, (summary.low, summary.high), map)?;
    let forecast = plain.clone().with_error(error);
    let y = map(value);
    let [low, high] = [0.05, 0.95].map(|p| forecast.quantile(p));
    let end = case.period.end()?;
    Some(Scored {
        metric: case.row.metric.clone(),
        label: case.metric.label.clone(),
        unit: case.metric.unit.clone(),
        module: module(&case.row.metric),
        at: case.row.at.clone(),
        yearly: case.row.yearly,
        ahead: (end.days() - result.about.as_of.days()) as f64 / YEAR,
        known: case.row.known,
        source: case.row.source.clone(),
        value,
        interval: (error > 0.0).then_some(case.row.low.zip(case.row.high)).flatten(),
        log,
        median: back(plain.quantile(0.5)),
        range: (back(low), back(high)),
        crps: forecast.crps(y),
        log_score: forecast.log_score(y),
        interval_score: interval_score(low, high, 0.1, y),
        pit: forecast.pit(y),
        baselines,
    })
}

/// The part of the model that a metric comes from, by the beginning of its name.
const MODULES: [(&str, &str); 13] = [
    ("capex.", "capex"),
    ("finance.revenue", "revenue and operating cash"),
    ("finance.operating_cash", "revenue and operating cash"),
    ("finance.free_cash_flow", "free cash flow"),
    ("finance.", "depreciation and balance sheet"),
    ("lease.", "depreciation and balance sheet"),
    ("fleet.", "fleet"),
    ("chip.", "fleet by chip"),
    ("cluster.", "largest cluster"),
    ("training.", "training runs"),
    ("site.", "power"),
    ("facility.", "power"),
    ("energy.", "electricity"),
];

fn module(metric: &str) -> &'static str {
    let found = MODULES.iter().find(|(start, _)| metric.starts_with(start));
    found.map_or("other", |(_, module)| module)
}
