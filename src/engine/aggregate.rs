//! From columns to summaries: sums in a fixed order, counts in bins.

use rayon::prelude::*;

use crate::model::block::Block;
use crate::model::declare::Aggregation;
use crate::model::wiring::MetricColumn;
use crate::plan::Plan;
use crate::results::{Kept, Metric, Summaries, Summary};
use crate::sampling::Normals;
use crate::stats::{Bins, Sketch, choose_bins};
use crate::vector::{Column, Isa, Kernel, TILE, dispatch};

use super::draw::{DrawOnce, DrawQuarter};
use super::kept::KeptLeaf;
use super::lanes::{Fine, LaneLayout, LaneTotals};
use super::ranges::Watchman;
use super::targets::{TargetTotals, merge_targets};
use super::walk::{NOBODY, Walk};

/// One thing that is summarized: a metric in a quarter, or the sum of a flow over a year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Column of the block.
    pub(super) column: usize,
    /// What is subtracted from every value before it is summed.
    pub(super) pivot: f64,
    /// Bins of the histogram.
    pub(super) bins: Bins,
    /// Whether it is 1 or 0 in each draw, so that the mean says everything.
    pub(super) indicator: bool,
    /// Position of the slot before it that has the same column: it is summarized once.
    pub(super) same_as: Option<usize>,
}

impl Slot {
    /// Nothing yet of what it summarizes.
    pub(super) fn summary(&self) -> Summary {
        Summary { sketch: self.sketch(), ..Summary::new(self.pivot, self.bins.bits) }
    }

    /// Its histogram, still empty.
    pub(super) fn sketch(&self) -> Sketch {
        Sketch::about(self.bins)
    }
}

/// The slots of every quarter.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// For each quarter: its slots, in the order of metrics, then the years that it closes.
    pub(super) quarters: Vec<Vec<Slot>>,
}

impl Layout {
    /// Runs the first draws to set pivots and bins: the same for any number of draws or threads.
    pub(super) fn pilot(plan: &Plan, isa: Isa, tiles: usize, from: Normals<'_>) -> Self {
        Self::pilot_of(plan, isa, tiles, from, plan.setup.steps(), |_, _| true)
    }

    /// The same for some columns only, by quarter and column, and as many quarters as they need. Their slots
    /// are those of all.
    pub(super) fn pilot_of(
        plan: &Plan,
        isa: Isa,
        tiles: usize,
        from: Normals<'_>,
        steps: usize,
        wanted: impl Fn(usize, usize) -> bool,
    ) -> Self {
        let mut walk = Walk::new(plan, isa, tiles);
        walk.start(from);
        let quarters = (0..steps)
            .map(|t| {
                walk.quarter(t, from, NOBODY);
                let wanted = |&(column, _): &(usize, bool)| wanted(t, column);
                let columns: Vec<(usize, bool)> = columns(plan, t).filter(wanted).collect();
                let slots = columns.par_iter().enumerate().map(|(at, &(column, indicator))| {
                    let values = walk.block.column(column).as_slice();
                    let pivot = if values[0].is_finite() { values[0] } else { 0.0 };
                    let same_as = columns[..at].iter().position(|&(other, _)| other == column);
                    Slot { column, pivot, bins: choose_bins(values), indicator, same_as }
                });
                slots.collect()
            })
            .collect();
        Self { quarters }
    }
}

/// Columns that are summarized in a quarter.
fn columns(plan: &Plan, t: usize) -> impl Iterator<Item = (usize, bool)> + '_ {
    let metrics = plan.metrics.iter().filter(move |m| m.shown(t));
    let metrics = metrics.map(|m| (m.column, m.decl.aggregation == Aggregation::Indicator));
    let years = plan.year_sums.iter().zip(&plan.metrics).filter_map(move |(sum, metric)| {
        sum.filter(|_| plan.closes_whole_year(t) && metric.shown(t)).map(|column| (column, false))
    });
    metrics.chain(years)
}

/// A block with its constants.
pub(super) fn new_block(plan: &Plan, tiles: usize) -> Block {
    let mut block = Block::new(plan.columns, tiles);
    for &(column, value) in &plan.constants {
        block.column_mut(column).fill(value);
    }
    block
}

/// Draws and modules before the first quarter.
pub(super) fn start(
    plan: &Plan,
    isa: Isa,
    first_draw: u64,
    block: &mut Block,
    scores: &mut Vec<Column>,
) {
    start_from(plan, isa, plan.normals(first_draw), block, scores);
}

/// The same with normal scores from elsewhere.
pub(super) fn start_from(
    plan: &Plan,
    isa: Isa,
    from: Normals<'_>,
    block: &mut Block,
    scores: &mut Vec<Column>,
) {
    dispatch(isa, DrawOnce { plan, from, block, scores });
    plan.model.start(isa, block);
    block.column_mut(plan.ranges.left).fill(0.0);
}

/// All random inputs of a block and nothing else, to measure what they cost.
pub(super) fn draw_only(
    plan: &Plan,
    isa: Isa,
    first_draw: u64,
    block: &mut Block,
    scores: &mut Vec<Column>,
) {
    let from = plan.normals(first_draw);
    dispatch(isa, DrawOnce { plan, from, block, scores });
    for t in 0..plan.setup.steps() {
        dispatch(isa, DrawQuarter { plan, t, from, block });
    }
}

/// Draws and modules of one quarter.
pub(super) fn quarter(plan: &Plan, isa: Isa, t: usize, first_draw: u64, block: &mut Block) {
    quarter_from(plan, isa, t, plan.normals(first_draw), block);
}

/// The same with normal scores from elsewhere.
pub(super) fn quarter_from(plan: &Plan, isa: Isa, t: usize, from: Normals<'_>, block: &mut Block) {
    dispatch(isa, DrawQuarter { plan, t, from, block });
    plan.model.step(isa, t, block);
}

/// Sums of the year so far.
pub(super) fn sum_years(plan: &Plan, isa: Isa, t: usize, block: &mut Block) {
    dispatch(isa, YearSums { plan, t, block });
}

struct YearSums<'a> {
    plan: &'a Plan,
    t: usize,
    block: &'a mut Block,
}

impl Kernel for YearSums<'_> {
    #[inline(always)]
    fn run(self) {
        let opens = self.plan.setup.opens_year(self.t);
        for (metric, sum) in self.plan.metrics.iter().zip(&self.plan.year_sums) {
            if let Some(sum) = *sum {
                if !metric.shown(self.t) {
                    if opens {
                        self.block.column_mut(sum).fill(0.0);
                    }
                    continue;
                }
                let (values, sums) = self.block.pair(metric.column, sum);
                for (value, sum) in values.tiles().iter().zip(sums.tiles_mut()) {
                    for lane in 0..TILE {
                        sum[lane] = if opens { 0.0 } else { sum[lane] } + value[lane];
                    }
                }
            }
        }
    }
}

/// One thread's part of a run.
pub(super) struct Part {
    pub(super) summaries: Vec<Vec<Summary>>,
    /// Kept draws by leaf: inputs, then results at year ends.
    pub(super) kept: Vec<(u64, KeptLeaf)>,
    pub(super) targets: TargetTotals,
    pub(super) watchman: Watchman,
    /// Sums by replicate, in designs.
    pub(super) lanes: Option<LaneTotals>,
    /// Fine histograms of what precision is asked of.
    pub(super) fine: Vec<Fine>,
}

impl Part {
    /// Adds all of another part.
    pub(super) fn absorb(&mut self, other: Self) {
        let summaries = self.summaries.par_iter_mut().zip(other.summaries);
        // Each is freed once it is added: all of both would be the most memory that a run has.
        summaries.for_each(|(sums, more)| {
            sums.iter_mut().zip(more).for_each(|(sum, more)| sum.merge(&more));
        });
        self.kept.extend(other.kept);
        self.targets.add(other.targets);
        self.watchman.merge(other.watchman);
        if let (Some(lanes), Some(more)) = (&mut self.lanes, &other.lanes) {
            lanes.merge(more);
        }
        for (sketch, more) in self.fine.iter_mut().zip(&other.fine) {
            sketch.merge(more);
        }
    }
}

/// Merges the threads' parts and names them.
pub(super) fn merge(
    plan: &Plan,
    layout: &Layout,
    lanes: Option<&LaneLayout>,
    parts: Vec<Part>,
) -> (Summaries, Kept) {
    let mut parts = parts.into_iter();
    let Some(mut total) = parts.next() else {
        return (Summaries::default(), Kept::default());
    };
    for part in parts {
        total.absorb(part);
    }
    named(plan, layout, lanes, total)
}

/// Names what all threads have summed.
pub(super) fn named(
    plan: &Plan,
    layout: &Layout,
    lanes: Option<&LaneLayout>,
    total: Part,
) -> (Summaries, Kept) {
    let Part { summaries: mut total, mut kept, targets, watchman, lanes: sums, .. } = total;
    kept.sort_by_key(|(leaf, _)| *leaf);
    if let (Some(lanes), Some(sums)) = (lanes, &sums) {
        lanes.judge(sums, &mut total);
    }
    for (slots, summaries) in layout.quarters.iter().zip(&mut total) {
        for (at, slot) in slots.iter().enumerate() {
            if let Some(twin) = slot.same_as {
                summaries[at] = summaries[twin].clone();
            }
        }
    }
    let (mut summaries, mut kept) = (name_summaries(plan, total), name_kept(plan, kept));
    (summaries.targets, kept.targets) = merge_targets(&plan.targets, vec![targets]);
    summaries.left_range = watchman.finish(plan);
    (summaries, kept)
}

fn name_summaries(plan: &Plan, total: Vec<Vec<Summary>>) -> Summaries {
    let metrics = plan.metrics.iter().map(empty_metric).collect();
    let mut summaries = Summaries { metrics, ..Summaries::default() };
    for (t, slots) in total.into_iter().enumerate() {
        let mut slots = slots.into_iter();
        for (position, metric) in plan.metrics.iter().enumerate() {
            if metric.shown(t) {
                summaries.metrics[position].quarters.extend(slots.next());
            }
        }
        for (position, metric) in plan.metrics.iter().enumerate() {
            let shown = metric.shown(t);
            if plan.year_sums[position].is_some() && plan.closes_whole_year(t) && shown {
                let year = plan.setup.quarters[t].0;
                summaries.metrics[position]
                    .years
                    .extend(slots.next().map(|summary| (year, summary)));
            }
        }
    }
    summaries
}

/// A metric with its names and no summary yet.
fn empty_metric(column: &MetricColumn) -> Metric {
    Metric {
        name: column.name.clone(),
        label: match &column.label {
            Some(of) => format!("{} {of}", column.decl.label),
            None => column.decl.label.to_owned(),
        },
        unit: column.decl.quantity.canonical_unit().to_owned(),
        aggregation: column.decl.aggregation.name().to_owned(),
        doc: column.decl.doc.to_owned(),
        from: column.from,
        quarters: Vec::new(),
        years: Vec::new(),
    }
}

fn name_kept(plan: &Plan, leaves: Vec<(u64, KeptLeaf)>) -> Kept {
    let names =
        plan.kept.iter().map(|(key, _)| key.clone()).chain(results(plan).map(|(name, _, _)| name));
    let draws = leaves.iter().map(|(_, leaf)| leaf.draws()).sum();
    let mut columns: Vec<(String, Vec<f64>)> =
        names.map(|name| (name, Vec::with_capacity(draws))).collect();
    for (_, leaf) in leaves {
        for ((_, column), values) in columns.iter_mut().zip(leaf.columns()) {
            column.extend_from_slice(values);
        }
    }
    let results = columns.split_off(plan.kept.len());
    Kept { inputs: columns, results, ..Kept::default() }
}

/// Metrics of which the first draws are kept: what people ask for, and what explains it.
const KEPT_RESULTS: [&str; 14] = [
    "fleet.h100e",
    "fleet.h100e_bought",
    "fleet.chips",
    "cluster.largest",
    "cluster.chips",
    "fleet.it_power",
    "facility.power",
    "site.ready_power",
    "capex.total",
    "finance.revenue",
    "finance.operating_cash",
    "finance.depreciation",
    "finance.free_cash_flow",
    "energy.cost",
];

/// Results kept of the first draws: the metrics above at every year end, flows as the year's sum.
pub(super) fn results(plan: &Plan) -> impl Iterator<Item = (String, usize, usize)> + '_ {
    (0..plan.setup.steps()).filter(|&t| plan.closes_whole_year(t)).flat_map(move |t| {
        let year = plan.setup.quarters[t].0;
        let wanted = move |m: &MetricColumn| KEPT_RESULTS.contains(&m.name.as_str()) && m.shown(t);
        plan.metrics.iter().zip(&plan.year_sums).filter(move |(m, _)| wanted(m)).map(
            move |(metric, sum)| {
                (format!("{}@{year}", metric.name), t, sum.unwrap_or(metric.column))
            },
        )
    })
}
