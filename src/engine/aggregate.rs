//! From columns to summaries: sums in a fixed order, counts in bins.

use rayon::prelude::*;

use crate::model::block::Block;
use crate::model::declare::Aggregation;
use crate::model::wiring::MetricColumn;
use crate::plan::Plan;
use crate::results::{Kept, Metric, Summaries, Summary};
use crate::sampling::Normals;
use crate::stats::{Bins, PlacedRow, Places, Sketch, choose_bins, key_of};
use crate::vector::{Column, Isa, Kernel, TILE, dispatch, lines, prefetch, prefetch_line};

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

/// Lanes in which a leaf is summed: draw i goes to lane i modulo 16.
pub(super) const LANES: usize = 16;

/// Running sums of one slot within a leaf.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct LeafSums {
    s1: [f64; LANES],
    s2: [f64; LANES],
    count: u64,
    nonfinite: u64,
    low: f64,
    high: f64,
}

impl Default for LeafSums {
    fn default() -> Self {
        let (low, high) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { s1: [0.0; LANES], s2: [0.0; LANES], count: 0, nonfinite: 0, low, high }
    }
}

impl LeafSums {
    /// Hands the leaf over to the exact sums.
    pub(super) fn flush(&mut self, summary: &mut Summary) {
        let add = |a, b| a + b;
        summary.moments.add_leaf(self.count, join(self.s1, add), join(self.s2, add));
        summary.moments.add_nonfinite(self.nonfinite);
        summary.low = smaller(self.low, summary.low);
        summary.high = larger(self.high, summary.high);
        // The ends stay: the more is known of them, the fewer rows may lie beyond.
        *self = Self { low: self.low, high: self.high, ..Self::default() };
    }

    /// Sums less the pivot by lane.
    pub(super) fn lanes(&self) -> &[f64; LANES] {
        &self.s1
    }

    /// Adds values of which all can be summed; or adds nothing, and says so.
    #[inline(always)]
    fn add(&mut self, values: &[f64], pivot: f64) -> bool {
        // Nothing else in this loop: the compiler keeps sums in registers only where the inner one is so short
        // that it is unrolled whole.
        let (mut s1, mut s2) = (self.s1, self.s2);
        for row in values.as_chunks::<LANES>().0 {
            for lane in 0..LANES {
                let x = row[lane] - pivot;
                s1[lane] += x;
                s2[lane] += x * x;
            }
        }
        self.keep(s1, s2, values.len())
    }

    /// Keeps these sums with so many more values, unless one of them cannot be summed.
    #[inline(always)]
    fn keep(&mut self, s1: [f64; LANES], s2: [f64; LANES], more: usize) -> bool {
        // A value that is not finite, or too large for sums of squares, shows in its lane.
        let whole = s2.iter().all(|&sum| sum < LARGEST);
        if whole {
            (self.s1, self.s2) = (s1, s2);
            self.count += more as u64;
        }
        whole
    }

    /// Whether values in these bins, of which none is negative, may lie beyond the ends so far.
    #[inline(always)]
    fn may_reach(&self, (low, high): (u32, u32), places: Places) -> bool {
        // No value lies below zero; before the first value, no bin is above.
        let lower = self.low > 0.0 && low <= places.bin(self.low);
        lower || self.high < 0.0 || high >= places.bin(self.high)
    }

    /// The smallest and the largest value so far.
    #[inline(always)]
    fn reach(&mut self, (low, high): (f64, f64)) {
        self.low = smaller(low, self.low);
        self.high = larger(high, self.high);
    }
}

/// Smallest and largest of values that are not negative.
#[inline(always)]
fn ends(values: &[f64]) -> (f64, f64) {
    let (mut low, mut high) = (u64::MAX, 0);
    for &x in values {
        // Both zeros are the same number.
        let bits = (x + 0.0).to_bits();
        low = low.min(bits);
        high = high.max(bits);
    }
    (f64::from_bits(low), f64::from_bits(high))
}

/// Sums of squares stay below this, so that those of all leaves can be added: a value beyond
/// 1e139 from the pivot counts as not finite.
pub(super) const LARGEST: f64 = 1e278;

/// Adds one column to a slot's sums and bins.
pub(super) struct Add<'a> {
    pub(super) slot: &'a Slot,
    pub(super) column: &'a Column,
    /// Draws of the column that belong to the run.
    pub(super) count: usize,
    pub(super) keys: &'a mut [u32],
    pub(super) sums: &'a mut LeafSums,
    pub(super) sketch: &'a mut Sketch,
    /// Counters of the next slot.
    pub(super) ahead: &'a [u16],
}

impl Kernel for Add<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { slot, column, count, keys, sums, sketch, ahead } = self;
        let values = &column.as_slice()[..count];
        let keys = &mut keys[..count];
        let places = sketch.places_of(count).filter(|_| !slot.indicator && slot.bins.offset == 0.0);
        if let Some(places) = places.filter(|_| count.is_multiple_of(LANES)) {
            if sums.add(values, slot.pivot) {
                let (low, high) = places.of_row(values, keys);
                let row = PlacedRow { values, places: keys, low, high };
                // All at once they would wait for each other.
                let mut ahead = lines(ahead);
                let added = sketch.add_places(
                    row,
                    #[inline(always)]
                    || ahead.next().into_iter().for_each(prefetch_line),
                );
                if added {
                    ahead.for_each(prefetch_line);
                    if sums.may_reach((low, high), places) {
                        sums.reach(ends(values));
                    }
                    return;
                }
                sums.reach(sketch.add_any(values, keys));
            } else {
                add_part(values, slot, keys, sums, sketch);
            }
        } else if count.is_multiple_of(LANES) && sums.add(values, slot.pivot) {
            sums.reach(add_other(values, slot, keys, sketch));
        } else {
            add_part(values, slot, keys, sums, sketch);
        }
        prefetch(ahead);
    }
}

/// Adds values to a histogram that has bins below zero, or about another point, or none at all. Gives the
/// smallest and the largest.
#[inline(always)]
fn add_other(values: &[f64], slot: &Slot, keys: &mut [u32], sketch: &mut Sketch) -> (f64, f64) {
    if slot.indicator {
        // The mean says everything.
        ends(values)
    } else if slot.bins.offset == 0.0 {
        sketch.add_any(values, keys)
    } else {
        sketch.add_about(values, slot.bins.offset, keys)
    }
}

/// How many slots ahead of its use a sketch is asked for.
const AHEAD: usize = 4;

/// Adds all columns of a quarter: one entry for the instruction set, not one for each column.
pub(super) struct AddQuarter<'a> {
    pub(super) slots: &'a [Slot],
    pub(super) block: &'a Block,
    /// Draws of the block that belong to the run.
    pub(super) count: usize,
    pub(super) keys: &'a mut [u32],
    pub(super) sums: &'a mut [LeafSums],
    pub(super) summaries: &'a mut [Summary],
}

impl Kernel for AddQuarter<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { slots, block, count, keys, sums, summaries } = self;
        for (at, (slot, sums)) in slots.iter().zip(sums).enumerate() {
            // All histograms together are larger than the near caches. Where the counters lie must be
            // known before they can be asked for.
            if let Some(later) = summaries.get(at + AHEAD) {
                prefetch(std::slice::from_ref(&later.sketch));
            }
            let (now, later) = summaries.split_at_mut(at + 1);
            let ahead = later.first().map_or(&[][..], |next| next.sketch.counters());
            if slot.same_as.is_some() {
                prefetch(ahead);
            } else {
                let (column, sketch) = (block.column(slot.column), &mut now[at].sketch);
                Add { slot, column, count, keys, sums, sketch, ahead }.run();
            }
        }
    }
}

#[inline(always)]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The lanes, pairwise in a fixed order.
#[inline(always)]
fn join<T: Copy>(lanes: [T; LANES], both: impl Fn(T, T) -> T) -> T {
    let mut joined = lanes;
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            joined[lane] = both(joined[lane], joined[lane + half]);
        }
        half /= 2;
    }
    joined[0]
}

/// A column in which the run ends, or that holds values that cannot be summed: each in its lane,
/// with nothing added for what is left out.
#[cold]
fn add_part(
    values: &[f64],
    slot: &Slot,
    keys: &mut [u32],
    sums: &mut LeafSums,
    sketch: &mut Sketch,
) {
    let mut used = 0;
    for (draw, &value) in values.iter().enumerate() {
        let x = value - slot.pivot;
        if x * x < LARGEST {
            sums.s1[draw % LANES] += x;
            sums.s2[draw % LANES] += x * x;
            sums.low = smaller(value, sums.low);
            sums.high = larger(value, sums.high);
            keys[used] = key_of(value - slot.bins.offset);
            used += 1;
        } else {
            sums.nonfinite += 1;
        }
    }
    sums.count += used as u64;
    if !slot.indicator {
        sketch.add_keys(&keys[..used]);
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
        let bins = Bins { bits: 10, offset: 0.0 };
        let slot = Slot { column: 0, pivot: 50.0, bins, indicator: false, same_as: None };
        for isa in Isa::available() {
            let (mut sums, mut summary) = (LeafSums::default(), Summary::new(50.0, 10));
            let (keys, sketch) = (&mut [0; 128], &mut summary.sketch);
            dispatch(
                isa,
                Add {
                    slot: &slot,
                    column: &column,
                    count: 100,
                    keys,
                    sums: &mut sums,
                    sketch,
                    ahead: &[],
                },
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
