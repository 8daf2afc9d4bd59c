//! From columns to summaries: sums in a fixed order, counts in bins.

use crate::model::block::Block;
use crate::model::declare::Aggregation;
use crate::model::wiring::MetricColumn;
use crate::plan::Plan;
use crate::results::{Kept, Metric, Summaries, Summary};
use crate::stats::{Sketch, choose_bits, key_of};
use crate::vector::{Column, Isa, Kernel, TILE, Tile, dispatch};

use super::draw::{DrawOnce, DrawQuarter, group_columns};

/// One thing that is summarized: a metric in a quarter, or the sum of a flow over a year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Column of the block.
    pub(super) column: usize,
    /// What is subtracted from every value before it is summed.
    pub(super) pivot: f64,
    /// Bits of the histogram.
    pub(super) bits: u8,
    /// Whether it is 1 or 0 in each draw, so that the mean says everything.
    pub(super) indicator: bool,
}

/// The slots of every quarter.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// For each quarter: its slots, in the order of metrics, then the years that it closes.
    pub(super) quarters: Vec<Vec<Slot>>,
}

impl Layout {
    /// Runs the first draws to set pivots and bins: the same for any number of draws or threads.
    pub(super) fn pilot(plan: &Plan, isa: Isa, tiles: usize) -> Self {
        let mut block = new_block(plan, tiles);
        let mut scores = group_columns(plan, tiles);
        start(plan, isa, 0, &mut block, &mut scores);
        let quarters = (0..plan.setup.steps())
            .map(|t| {
                quarter(plan, isa, t, 0, &mut block);
                columns(plan, t)
                    .map(|(column, indicator)| {
                        let values = block.column(column).as_slice();
                        let pivot = if values[0].is_finite() { values[0] } else { 0.0 };
                        Slot { column, pivot, bits: choose_bits(values), indicator }
                    })
                    .collect()
            })
            .collect();
        Self { quarters }
    }
}

/// Columns that are summarized in a quarter.
fn columns(plan: &Plan, t: usize) -> impl Iterator<Item = (usize, bool)> + '_ {
    let metrics = plan.metrics.iter().filter(move |m| m.from <= t && t < m.to);
    let metrics = metrics.map(|m| (m.column, m.decl.aggregation == Aggregation::Indicator));
    let years = plan.year_sums.iter().zip(&plan.metrics).filter_map(move |(sum, metric)| {
        sum.filter(|_| plan.closes_whole_year(t) && metric.to > t).map(|column| (column, false))
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
    dispatch(isa, DrawOnce { plan, first_draw, block, scores });
    plan.model.start(isa, block);
}

/// All random inputs of a block and nothing else, to measure what they cost.
pub(super) fn draw_only(
    plan: &Plan,
    isa: Isa,
    first_draw: u64,
    block: &mut Block,
    scores: &mut Vec<Column>,
) {
    dispatch(isa, DrawOnce { plan, first_draw, block, scores });
    for t in 0..plan.setup.steps() {
        dispatch(isa, DrawQuarter { plan, t, first_draw, block });
    }
}

/// Draws and modules of one quarter, and the sums of the year.
pub(super) fn quarter(plan: &Plan, isa: Isa, t: usize, first_draw: u64, block: &mut Block) {
    dispatch(isa, DrawQuarter { plan, t, first_draw, block });
    plan.model.step(isa, t, block);
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

/// Running sums of one slot within a leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeafSums {
    s1: f64,
    s2: f64,
    count: u64,
    nonfinite: u64,
    low: f64,
    high: f64,
}

impl Default for LeafSums {
    fn default() -> Self {
        Self {
            s1: 0.0,
            s2: 0.0,
            count: 0,
            nonfinite: 0,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
        }
    }
}

impl LeafSums {
    /// Hands the leaf over to the exact sums.
    pub(super) fn flush(&mut self, summary: &mut Summary) {
        summary.moments.add_leaf(self.count, self.s1, self.s2);
        summary.moments.add_nonfinite(self.nonfinite);
        summary.low = smaller(self.low, summary.low);
        summary.high = larger(self.high, summary.high);
        *self = Self::default();
    }
}

/// Adds one column to a slot's sums and bins.
pub(super) struct Add<'a> {
    pub(super) slot: &'a Slot,
    pub(super) column: &'a Column,
    /// Draws of the column that belong to the run.
    pub(super) count: usize,
    pub(super) keys: &'a mut [u32],
    pub(super) sums: &'a mut LeafSums,
    pub(super) sketch: &'a mut Sketch,
}

impl Kernel for Add<'_> {
    #[inline(always)]
    fn run(self) {
        let (mut low, mut high, mut used) = (u32::MAX, 0, 0);
        for (k, tile) in self.column.tiles().iter().enumerate() {
            let Some(left) = self.count.checked_sub(k * TILE).filter(|&left| left > 0) else {
                break;
            };
            let keys: &mut [u32] = &mut self.keys[used..used + TILE];
            let Some(keys) = keys.first_chunk_mut::<TILE>() else { break };
            let whole = left >= TILE && all_finite(tile);
            if whole {
                let (s1, s2) = tile_sums(tile, self.slot.pivot);
                self.sums.s1 += s1;
                self.sums.s2 += s2;
                self.sums.count += TILE as u64;
                let ends = tile_ends(tile);
                self.sums.low = smaller(ends.0, self.sums.low);
                self.sums.high = larger(ends.1, self.sums.high);
                if self.slot.indicator {
                    continue;
                }
                let (min, max) = tile_keys(tile, keys);
                low = low.min(min);
                high = high.max(max);
                used += TILE;
            } else {
                let added = add_part(tile, left.min(TILE), self.slot.pivot, keys, self.sums);
                for key in &keys[..added] {
                    low = low.min(*key);
                    high = high.max(*key);
                }
                used += added;
            }
        }
        if used > 0 && !self.slot.indicator {
            self.sketch.add_row(&self.keys[..used], low, high);
        }
    }
}

/// Room for sums of squares over all draws: beyond 1e139 a value counts as not finite.
const HEADROOM: f64 = 1e30;

#[inline(always)]
fn all_finite(tile: &Tile) -> bool {
    // 0 · x² is 0 where the sums of squares can hold x, and not a number otherwise; a sum keeps that.
    let mut sum = [0.0; 8];
    for row in tile.as_chunks::<8>().0 {
        for lane in 0..8 {
            sum[lane] += 0.0 * (row[lane] * row[lane] * HEADROOM);
        }
    }
    sum.iter().all(|x| x.is_finite())
}

/// Sums in eight fixed lanes, joined pairwise in a fixed order.
#[inline(always)]
fn tile_sums(tile: &Tile, pivot: f64) -> (f64, f64) {
    let (mut s1, mut s2) = ([0.0; 8], [0.0; 8]);
    for row in tile.as_chunks::<8>().0 {
        for lane in 0..8 {
            let x = row[lane] - pivot;
            s1[lane] += x;
            s2[lane] += x * x;
        }
    }
    (join(s1), join(s2))
}

#[inline(always)]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Smallest and largest value of a tile.
#[inline(always)]
fn tile_ends(tile: &Tile) -> (f64, f64) {
    let (mut low, mut high) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
    for row in tile.as_chunks::<8>().0 {
        for lane in 0..8 {
            low[lane] = smaller(row[lane], low[lane]);
            high[lane] = larger(row[lane], high[lane]);
        }
    }
    (low.into_iter().fold(f64::INFINITY, smaller), high.into_iter().fold(f64::NEG_INFINITY, larger))
}

#[inline(always)]
fn join(s: [f64; 8]) -> f64 {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

#[inline(always)]
fn tile_keys(tile: &Tile, keys: &mut [u32; TILE]) -> (u32, u32) {
    let (mut low, mut high) = (u32::MAX, 0);
    for lane in 0..TILE {
        let key = key_of(tile[lane]);
        keys[lane] = key;
        low = if key < low { key } else { low };
        high = if key > high { key } else { high };
    }
    (low, high)
}

/// A tile that the run ends in, or that holds values that are not finite: in the same lanes, with
/// nothing added for what is left out.
#[cold]
fn add_part(
    tile: &Tile,
    left: usize,
    pivot: f64,
    keys: &mut [u32; TILE],
    sums: &mut LeafSums,
) -> usize {
    let mut kept = [pivot; TILE];
    let mut used = 0;
    for lane in 0..left {
        if (tile[lane] * tile[lane] * HEADROOM).is_finite() {
            kept[lane] = tile[lane];
            sums.low = smaller(tile[lane], sums.low);
            sums.high = larger(tile[lane], sums.high);
            keys[used] = key_of(tile[lane]);
            used += 1;
        } else {
            sums.nonfinite += 1;
        }
    }
    let (s1, s2) = tile_sums(&kept, pivot);
    sums.s1 += s1;
    sums.s2 += s2;
    sums.count += used as u64;
    used
}

/// One thread's part of a run.
pub(super) struct Part {
    pub(super) summaries: Vec<Vec<Summary>>,
    /// Kept draws by leaf: inputs, then results at year ends.
    pub(super) kept: Vec<(u64, Vec<Vec<f64>>)>,
}

/// Merges the threads' parts and names them.
pub(super) fn merge(plan: &Plan, parts: Vec<Part>) -> (Summaries, Kept) {
    let mut parts = parts.into_iter();
    let Some(Part { summaries: mut total, mut kept }) = parts.next() else {
        return (Summaries::default(), Kept::default());
    };
    for part in parts {
        for (sum, more) in total.iter_mut().flatten().zip(part.summaries.iter().flatten()) {
            sum.merge(more);
        }
        kept.extend(part.kept);
    }
    kept.sort_by_key(|(leaf, _)| *leaf);
    (name_summaries(plan, total), name_kept(plan, kept))
}

fn name_summaries(plan: &Plan, total: Vec<Vec<Summary>>) -> Summaries {
    let mut summaries = Summaries { metrics: plan.metrics.iter().map(empty_metric).collect() };
    for (t, slots) in total.into_iter().enumerate() {
        let mut slots = slots.into_iter();
        for (position, metric) in plan.metrics.iter().enumerate() {
            if metric.from <= t && t < metric.to {
                summaries.metrics[position].quarters.extend(slots.next());
            }
        }
        for (position, metric) in plan.metrics.iter().enumerate() {
            if plan.year_sums[position].is_some() && plan.closes_whole_year(t) && metric.to > t {
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

fn name_kept(plan: &Plan, leaves: Vec<(u64, Vec<Vec<f64>>)>) -> Kept {
    let names =
        plan.kept.iter().map(|(key, _)| key.clone()).chain(results(plan).map(|(name, _, _)| name));
    let mut columns: Vec<(String, Vec<f64>)> = names.map(|name| (name, Vec::new())).collect();
    for (_, leaf) in leaves {
        for ((_, column), values) in columns.iter_mut().zip(leaf) {
            column.extend(values);
        }
    }
    let results = columns.split_off(plan.kept.len());
    Kept { inputs: columns, results }
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
        let wanted = move |m: &MetricColumn| {
            KEPT_RESULTS.contains(&m.name.as_str()) && m.from <= t && t < m.to
        };
        plan.metrics.iter().zip(&plan.year_sums).filter(move |(m, _)| wanted(m)).map(
            move |(metric, sum)| {
                (format!("{}@{year}", metric.name), t, sum.unwrap_or(metric.column))
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_counted_and_left_out() {
        let mut column = Column::new(2);
        for (i, x) in column.as_mut_slice().iter_mut().enumerate() {
            *x = i as f64;
        }
        column.as_mut_slice()[3] = f64::NAN;
        column.as_mut_slice()[70] = f64::INFINITY;
        let slot = Slot { column: 0, pivot: 50.0, bits: 10, indicator: false };
        for isa in Isa::available() {
            let (mut sums, mut summary) = (LeafSums::default(), Summary::new(50.0, 10));
            let (keys, sketch) = (&mut [0; 128], &mut summary.sketch);
            dispatch(
                isa,
                Add { slot: &slot, column: &column, count: 100, keys, sums: &mut sums, sketch },
            );
            sums.flush(&mut summary);
            assert_eq!((summary.moments.count, summary.moments.nonfinite), (98, 2));
            let mean = (99.0 * 50.0 - 73.0) / 98.0;
            assert!(summary.moments.mean().is_some_and(|m| (m - mean).abs() < 1e-12));
            assert_eq!(summary.sketch.count(), 98);
            assert!(summary.low == 0.0 && (summary.high - 99.0).abs() < 1e-12);
        }
    }
}
