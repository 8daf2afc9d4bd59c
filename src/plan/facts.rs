//! Observations that a run can be held against: which column, in which step, on which scale.

use super::Plan;
use crate::model::declare::Aggregation;
use crate::scenario::{At, H100eBasis, ObservationRow, Scenario};
use crate::time::Quarter;

/// Units of amounts that span decades: their logarithm is compared, as in scores.
const DECADES: [&str; 5] = ["H100e", "chips", "MW", "MWh", "FLOP"];
/// A normal distribution has nine tenths of its mass within so many standard deviations of its mean.
const NINETY: f64 = 1.644_853_626_951_472_7;

/// One observation as the likelihood takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Metric.
    pub metric: String,
    /// Period: `2026`, `2026Q1`.
    pub at: String,
    /// Column of the value.
    pub column: usize,
    /// Step after which it is read.
    pub step: usize,
    /// The value; its logarithm if `log`.
    pub value: f64,
    /// Standard deviation of the measurement, on the same scale.
    pub sd: f64,
    /// Whether the logarithm is compared.
    pub log: bool,
    /// Its source.
    pub source: String,
}

/// The facts of a scenario, and what cannot be one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// By metric and period.
    pub list: Vec<Fact>,
    /// Observations in the grid that are left out: metric with period, and why.
    pub left_out: Vec<(String, String)>,
    /// Observations without an error, where the scenario gives none for them.
    pub without_error: Vec<String>,
}

/// The observations up to the scenario's day that lie in the grid and that the model has a metric for.
/// Of several about the same, the one that became known last.
pub fn facts(scenario: &Scenario, plan: &Plan) -> Facts {
    let mut facts = Facts::default();
    let mut rows: Vec<&ObservationRow> =
        scenario.observations.iter().filter(|row| in_grid(scenario, row)).collect();
    rows.sort_by(|a, b| {
        (&a.metric, a.at, a.provenance.known).cmp(&(&b.metric, b.at, b.provenance.known))
    });
    for (at, row) in rows.iter().enumerate() {
        let later = rows.get(at + 1).copied();
        if later.is_some_and(|next| next.metric == row.metric && next.at == row.at) {
            continue;
        }
        let name = format!("{} {}", row.metric, period(row.at));
        match fact(scenario, plan, row) {
            Ok(Some(fact)) => facts.list.push(fact),
            Ok(None) => facts.without_error.push(name),
            Err(reason) => facts.left_out.push((name, reason.to_owned())),
        }
    }
    facts
}

/// The last quarter of what a row is about.
fn last_quarter(at: At) -> Option<Quarter> {
    match at {
        At::Year(year) => Quarter::new(year, 4),
        At::Quarter(quarter) => Some(quarter),
        At::Day(date) => (date == date.quarter().end()).then(|| date.quarter()),
    }
}

fn in_grid(scenario: &Scenario, row: &ObservationRow) -> bool {
    let grid = scenario.run.grid;
    match row.at {
        At::Day(date) => grid.step(date.quarter()).is_some(),
        at => last_quarter(at).and_then(|quarter| grid.step(quarter)).is_some(),
    }
}

fn period(at: At) -> String {
    match at {
        At::Year(year) => year.to_string(),
        At::Quarter(quarter) => quarter.to_string(),
        At::Day(date) => date.to_string(),
    }
}

/// The fact of a row; none if nothing says how well it was measured; else why it is left out.
fn fact(
    scenario: &Scenario,
    plan: &Plan,
    row: &ObservationRow,
) -> Result<Option<Fact>, &'static str> {
    let position = plan.metrics.iter().position(|metric| metric.name == row.metric);
    let position = position.ok_or("the run has no such metric")?;
    let metric = &plan.metrics[position];
    let own = ["_dense8", "_bf16", "_sustained"].iter().any(|end| row.metric.ends_with(end));
    if !own && row.basis.is_some_and(|basis: H100eBasis| basis != scenario.h100e) {
        return Err("counts H100-equivalents by another rate than the run");
    }
    let quarter = last_quarter(row.at).ok_or("is about a day within a quarter")?;
    let step = scenario.run.grid.step(quarter).ok_or("lies outside the grid")?;
    if !metric.shown(step) {
        return Err("the run has no value for this period");
    }
    if reported(plan, &row.metric, row.at) {
        return Err("the run takes it as reported");
    }
    let column = match (row.at, metric.decl.aggregation) {
        (At::Year(_), Aggregation::Flow) => plan.year_sums[position]
            .filter(|_| plan.closes_whole_year(step))
            .ok_or("the grid has only a part of the year")?,
        (At::Year(_), Aggregation::Stock) | (At::Quarter(_) | At::Day(_), _) => metric.column,
        (At::Year(_), _) => return Err("a ratio has no value for a year"),
    };
    let unit = metric.decl.quantity.canonical_unit();
    let log = DECADES.contains(&unit) && row.value > 0.0 && row.low.is_none_or(|low| low > 0.0);
    let Some(sd) = deviation(row, log, scenario.condition_error) else { return Ok(None) };
    Ok(Some(Fact {
        metric: row.metric.clone(),
        at: period(row.at),
        column,
        step,
        value: if log { libm::log(row.value) } else { row.value },
        sd,
        log,
        source: row.provenance.source.clone(),
    }))
}

/// Standard deviation of the measurement: from its interval, its own relative error, or the relative
/// error that the scenario gives for rows without one.
fn deviation(row: &ObservationRow, log: bool, floor: Option<f64>) -> Option<f64> {
    if let (Some(low), Some(high)) = (row.low, row.high) {
        let width = if log { libm::log(high / low) } else { high - low };
        return (width > 0.0).then_some(width / (2.0 * NINETY));
    }
    let relative = row.error.filter(|error| *error > 0.0).or(floor)?;
    let sd = if log { relative } else { relative * row.value.abs() };
    (sd > 0.0).then_some(sd)
}

/// Whether the run takes a quarter's flow from observations, alone or as a difference of two.
fn reported(plan: &Plan, metric: &str, at: At) -> bool {
    let quarters: Vec<(i32, u32)> = match at {
        At::Year(year) => (1..=4).map(|quarter| (year, quarter)).collect(),
        At::Quarter(quarter) => vec![(quarter.year(), u32::from(quarter.q()))],
        At::Day(date) => vec![(date.quarter().year(), u32::from(date.quarter().q()))],
    };
    let setup = &plan.setup;
    let all = |known: &std::collections::BTreeMap<(i32, u32), f64>| {
        quarters.iter().all(|quarter| known.contains_key(quarter))
    };
    match metric {
        "capex.total" => all(&setup.capex),
        "finance.revenue" => all(&setup.revenue),
        "finance.operating_cash" => all(&setup.operating_cash),
        "finance.depreciation" => all(&setup.depreciation),
        "finance.depreciation_to_revenue" => all(&setup.depreciation) && all(&setup.revenue),
        "capex.to_revenue" => all(&setup.capex) && all(&setup.revenue),
        "finance.free_cash_flow" => all(&setup.operating_cash) && all(&setup.capex),
        _ => false,
    }
}
