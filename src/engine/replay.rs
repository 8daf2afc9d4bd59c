//! One draw once more, with everything that was drawn and all that came of it. Draws are addressed,
//! so that any of them can be had alone.

use super::aggregate::{new_block, quarter, start, sum_years};
use super::draw::group_columns;
use super::ranges::cause;
use crate::model::block::Block;
use crate::model::factors::FACTORS;
use crate::plan::{LEAD_IN, Plan, Series};
use crate::sampling::{Stream, mix};
use crate::vector::{Column, Isa, TILE, normal_cdf};

/// An input as it was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// Its key.
    pub key: String,
    /// In the canonical unit.
    pub value: f64,
    /// Share of its distribution below it, where it has one of its own.
    pub percentile: Option<f64>,
}

/// What is drawn quarter by quarter.
#[derive(Clone, Debug, PartialEq)]
pub struct Shock {
    /// Key of the input, or `factor.NAME`.
    pub key: String,
    /// By step; in the canonical unit, for a factor its standard score. None where nothing is drawn.
    pub values: Vec<Option<f64>>,
    /// Share of its distribution below it; none for regimes.
    pub percentiles: Vec<Option<f64>>,
}

/// A metric in one draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Its name.
    pub name: String,
    /// Canonical unit.
    pub unit: &'static str,
    /// By step; none where it means nothing.
    pub values: Vec<Option<f64>>,
    /// Sums over whole years, of a flow.
    pub years: Vec<(i32, f64)>,
}

/// One draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Its number.
    pub draw: u64,
    /// Inputs drawn once.
    pub inputs: Vec<Drawn>,
    /// Common factors and inputs that are drawn quarter by quarter.
    pub shocks: Vec<Shock>,
    /// All metrics.
    pub metrics: Vec<Path>,
    /// Dates by name, in quarters since the start of the grid: −∞ if it was always so, +∞ for never.
    pub dates: Vec<(String, f64)>,
    /// The step in which it left its physical range, and why.
    pub left_range: Option<(usize, String)>,
}

/// Runs one draw of a plan.
pub fn replay(plan: &Plan, draw: u64, isa: Isa) -> Replay {
    let at = At { first: draw - draw % TILE as u64, lane: (draw % TILE as u64) as usize };
    let mut block = new_block(plan, 1);
    let mut scores = group_columns(plan, 1);
    start(plan, isa, at.first, &mut block, &mut scores);
    let inputs = inputs(plan, at, &block, &mut scores);
    let mut shocks = named_shocks(plan);
    let mut metrics: Vec<Path> = plan
        .metrics
        .iter()
        .map(|metric| Path {
            name: metric.name.clone(),
            unit: metric.decl.quantity.canonical_unit(),
            values: Vec::new(),
            years: Vec::new(),
        })
        .collect();
    let mut left_range = None;
    for t in 0..plan.setup.steps() {
        quarter(plan, isa, t, at.first, &mut block);
        sum_years(plan, isa, t, &mut block);
        add_shocks(plan, t, at, &block, &mut shocks);
        let value = |column: usize| block.column(column).as_slice()[at.lane];
        for ((path, metric), sum) in metrics.iter_mut().zip(&plan.metrics).zip(&plan.year_sums) {
            let shown = metric.shown(t);
            path.values.push(shown.then(|| value(metric.column)));
            let sum = sum.filter(|_| shown && plan.closes_whole_year(t));
            path.years.extend(sum.map(|sum| (plan.setup.quarters[t].0, value(sum))));
        }
        left_range = left_range
            .or_else(|| Some((t, plan.ranges.checks[cause(plan, at.lane, &block)?].cause.clone())));
    }
    let dates = dates(plan, at, &block);
    Replay { draw, inputs, shocks, metrics, dates, left_range }
}

/// Where the draw is.
#[derive(Clone, Copy)]
struct At {
    first: u64,
    lane: usize,
}

impl At {
    fn of(self, column: usize, block: &Block) -> f64 {
        block.column(column).as_slice()[self.lane]
    }

    /// The percentile of a stream's own number.
    fn percentile(self, plan: &Plan, stream: Stream, time: u32) -> f64 {
        let mut score = Column::new(1);
        plan.normals(self.first).fill(stream, time, &mut score);
        normal_cdf(score.as_slice()[self.lane])
    }
}

fn inputs(plan: &Plan, at: At, block: &Block, scores: &mut [Column]) -> Vec<Drawn> {
    let drawn = |key: &str, column: usize, percentile: Option<f64>| Drawn {
        key: key.to_owned(),
        value: at.of(column, block),
        percentile,
    };
    let mut inputs: Vec<Drawn> = plan
        .once
        .iter()
        .map(|once| drawn(&once.key, once.column, Some(at.percentile(plan, once.stream, 0))))
        .collect();
    for group in &plan.groups {
        let scores = &mut scores[..group.members.len()];
        for (member, score) in group.members.iter().zip(scores.iter_mut()) {
            plan.normals(at.first).fill(member.stream, 0, score);
        }
        mix(&group.factor, scores);
        for (member, score) in group.members.iter().zip(scores) {
            let percentile = normal_cdf(score.as_slice()[at.lane]);
            inputs.push(drawn(&member.key, member.column, Some(percentile)));
        }
    }
    if let Some(shares) = &plan.shares {
        let names = ["chips", "other", "building", "rest"];
        for (name, &column) in names.iter().zip(&shares.columns) {
            inputs.push(drawn(&format!("capex.shares.{name}"), column, None));
        }
    }
    for dated in &plan.sites.draws {
        let percentile = Some(normal_cdf(at.of(dated.score, block)));
        inputs.push(drawn(&dated.key, dated.column, percentile));
    }
    inputs.sort_by(|a, b| a.key.cmp(&b.key));
    inputs
}

/// Factors, series, then what is drawn afresh: in the order in which [`add_shocks`] goes.
fn named_shocks(plan: &Plan) -> Vec<Shock> {
    let factors = plan.factors.iter().zip(FACTORS).filter(|(factor, _)| !factor.history.is_empty());
    let factors = factors.map(|(_, name)| format!("factor.{name}"));
    let series = plan.series.iter().map(|series| series.key.clone());
    let fresh = plan.fresh.iter().map(|fresh| fresh.key.clone());
    let ahead = plan.year_ahead.iter().map(|ahead| ahead.key.clone());
    factors
        .chain(series)
        .chain(fresh)
        .chain(ahead)
        .map(|key| Shock { key, values: Vec::new(), percentiles: Vec::new() })
        .collect()
}

fn add_shocks(plan: &Plan, t: usize, at: At, block: &Block, shocks: &mut [Shock]) {
    let time = plan.first_time + t as u32;
    let factors = plan.factors.iter().filter(|factor| !factor.history.is_empty()).map(|factor| {
        let score = at.of(factor.history[(t + LEAD_IN as usize) % factor.history.len()], block);
        (Some(score), Some(normal_cdf(score)))
    });
    let series = plan.series.iter().map(|series| of_series(plan, series, t, at, block));
    let fresh = plan.fresh.iter().map(|fresh| {
        (Some(at.of(fresh.column, block)), Some(at.percentile(plan, fresh.stream, time)))
    });
    let ahead = plan.year_ahead.iter().map(|ahead| {
        let quarter = plan.setup.quarters[t].1 as usize - 1;
        let value = at.of(ahead.columns[quarter], block);
        (Some(value), Some(at.percentile(plan, ahead.stream, time)))
    });
    for (shock, (value, percentile)) in
        shocks.iter_mut().zip(factors.chain(series).chain(fresh).chain(ahead))
    {
        shock.values.push(value);
        shock.percentiles.push(percentile);
    }
}

fn of_series(
    plan: &Plan,
    series: &Series,
    t: usize,
    at: At,
    block: &Block,
) -> (Option<f64>, Option<f64>) {
    let drawn = !series.yearly || plan.setup.opens_year(t);
    if let Some(regime) = &series.regime {
        let drawn = drawn && t >= regime.from;
        return (drawn.then(|| at.of(series.column, block)), None);
    }
    let percentile = || normal_cdf(at.of(series.score, block));
    (drawn.then(|| at.of(series.column, block)), drawn.then(percentile))
}

/// Endings of the names of dates that modules share.
const DATES: [(&str, &str); 5] = [
    (".~first", "first volume"),
    (".~date", "energized"),
    (".~start", "starts"),
    (".~finish", "finishes"),
    (".~release", "released"),
];

/// Dates in the order of their things; of a run, from start to release.
fn dates(plan: &Plan, at: At, block: &Block) -> Vec<(String, f64)> {
    let mut dates: Vec<(String, usize, f64)> = Vec::new();
    for (name, &column) in &plan.names {
        for (order, (ending, _)) in DATES.iter().enumerate() {
            if let Some(thing) = name.strip_suffix(ending) {
                let date = at.of(column, block);
                let far = date.abs() >= NEVER;
                let date = if far { date.signum() * f64::INFINITY } else { date };
                dates.push((thing.to_owned(), order, date));
            }
        }
    }
    dates.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    dates
        .into_iter()
        .map(|(thing, order, date)| (format!("{thing} {}", DATES[order].1), date))
        .collect()
}

/// Quarters from the start of the grid that no date is away from it.
const NEVER: f64 = 1e4;
