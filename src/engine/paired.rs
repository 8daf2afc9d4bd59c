//! Two plans in lockstep: draw i of the one beside draw i of the other.
//!
//! Draws are addressed by name, so that draw i of both shares every input that they have in common.
//! The difference of a metric is one more column with a summary of its own, under the same rules as
//! all others: pivot and bins from the first 256 draws, sums by leaf. So threads, block size and
//! instruction set cannot move a bit, and each run is what it is alone, bit by bit.

use super::adding::{Add, LANES, LeafSums};
use super::aggregate::{Layout, Part, Slot, merge};
use super::lanes::{LaneLayout, LaneSlot, LaneSums, tally};
use super::totals::Totals;
use super::walk::{NOBODY, Walk};
use super::worker::{Worker, blocks};
use super::{Execution, Leaves, PILOT, Progress, Stopped};
use crate::model::block::Block;
use crate::plan::Plan;
use crate::results::{
    Kept, PAIRED_LEVELS, PairCounts, PairedErrors, PairedMetric, PairedSummary, PairedTarget,
    Pairs, Summaries, Summary,
};
use crate::stats::{choose_bins, percentile, standard_error_of_means};
use crate::time::Quarter;
use crate::vector::{Column, Isa, Kernel, TILE, dispatch};

/// Two runs and their difference.
#[derive(Debug)]
pub struct Paired {
    /// The first run, as it is alone.
    pub first: (Summaries, Kept),
    /// The second run, as it is alone.
    pub second: (Summaries, Kept),
    /// Second less first, draw by draw.
    pub pairs: Pairs,
}

/// Runs two plans on the same random numbers. Both should have the same seed.
pub fn simulate_pair(
    plans: [&Plan; 2],
    draws: u64,
    execution: Execution,
    progress: &dyn Progress,
) -> Result<Paired, Stopped> {
    let tiles = execution.tiles();
    let isa = execution.isa;
    let layouts = plans.map(|plan| Layout::pilot(plan, isa, PILOT / TILE, plan.normals(0)));
    let lanes = [0, 1].map(|k| LaneLayout::pilot(plans[k], &layouts[k], isa));
    let layout = PairLayout::pilot(plans, isa, PILOT / TILE);
    let totals = [0, 1].map(|k| Totals::new(&layouts[k]));
    let leaves = Leaves::of(draws);
    let work = || {
        let [first, second] = [0, 1].map(|k| {
            Worker::new(plans[k], &layouts[k], isa, tiles)
                .with_lanes(lanes[k].as_ref())
                .with_totals(&totals[k])
        });
        let mut worker = PairWorker::new(first, second, &layout, isa, tiles);
        while let Some((leaf, count)) = leaves.next(progress) {
            worker.leaf(leaf, count);
            progress.advance(count);
        }
        worker.finish()
    };
    let mut parts = leaves.on_threads(execution.threads, progress, work)?;
    let [one, two] = totals;
    one.hand_back(parts.iter_mut().map(|part| &mut part.first));
    two.hand_back(parts.iter_mut().map(|part| &mut part.second));
    let (mut first, mut second, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        first.push(part.first);
        second.push(part.second);
        pairs.push((part.slots, part.tables));
    }
    Ok(Paired {
        first: merge(plans[0], &layouts[0], lanes[0].as_ref(), first),
        second: merge(plans[1], &layouts[1], lanes[1].as_ref(), second),
        pairs: layout.name(plans[0], pairs),
    })
}

/// One difference that is summarized.
#[derive(Clone, Copy, Debug)]
struct PairSlot {
    /// Columns of the two blocks.
    columns: [usize; 2],
    /// What stands for the difference.
    slot: Slot,
    /// Values near the percentiles of [`PAIRED_LEVELS`], of the first and of the second run.
    near: [[f64; 2]; PAIRED_LEVELS.len()],
    /// How replicates are counted; none if the draws are independent.
    lane: Option<LaneSlot>,
    /// Which metric of the first plan it is, and whether it is the sum of the year.
    of: (usize, bool),
}

/// A quarter of the calendar: the steps of the two plans that it is, and what is compared in it.
#[derive(Clone, Debug)]
struct PairQuarter {
    quarter: Quarter,
    steps: [Option<usize>; 2],
    slots: Vec<PairSlot>,
}

/// A date of a target that both plans ask: its name, the label of the date, and where target and date
/// stand in the two plans.
type SharedDate = (String, String, [(usize, usize); 2]);

/// Everything that is compared.
#[derive(Debug)]
struct PairLayout {
    quarters: Vec<PairQuarter>,
    dates: Vec<SharedDate>,
}

impl PairLayout {
    /// Runs the first draws to set pivots, bins and the values near percentiles.
    fn pilot(plans: [&Plan; 2], isa: Isa, tiles: usize) -> Self {
        let mut pilots = plans.map(|plan| {
            let mut walk = Walk::new(plan, isa, tiles);
            walk.start(plan.normals(0));
            walk
        });
        let mut difference = Column::new(tiles);
        let quarters = calendar(plans).map(|(quarter, steps)| {
            for (pilot, step) in pilots.iter_mut().zip(steps) {
                if let Some(t) = step {
                    pilot.quarter(t, pilot.plan.normals(0), NOBODY);
                }
            }
            let [first, second] = &pilots;
            let mut slots: Vec<PairSlot> = Vec::new();
            for (of, columns) in shared(plans, steps) {
                let values = [first, second].map(|pilot| &pilot.block);
                let values = [0, 1].map(|k| values[k].column(columns[k]).as_slice());
                for (d, (a, b)) in
                    difference.as_mut_slice().iter_mut().zip(values[0].iter().zip(values[1]))
                {
                    *d = b - a;
                }
                let same_as = slots.iter().position(|other| other.columns == columns);
                let slot = slot(difference.as_slice(), same_as);
                let near = PAIRED_LEVELS.map(|level| values.map(|values| near(values, level)));
                let lane = plans[0].design.is_some();
                let lane = lane.then(|| LaneSlot::of_values(difference.as_slice(), slot.pivot));
                slots.push(PairSlot { columns, slot, near, lane, of });
            }
            PairQuarter { quarter, steps, slots }
        });
        let quarters = quarters.collect();
        Self { quarters, dates: shared_dates(plans) }
    }

    /// Merges the threads' parts and names them.
    fn name(&self, plan: &Plan, parts: Vec<(Vec<Vec<PairSums>>, Vec<Tables>)>) -> Pairs {
        let mut parts = parts.into_iter();
        let Some((mut slots, mut tables)) = parts.next() else { return Pairs::default() };
        for (more_slots, more_tables) in parts {
            for (sum, more) in slots.iter_mut().flatten().zip(more_slots.iter().flatten()) {
                sum.summary.merge(&more.summary);
                sum.counts.merge(&more.counts);
                if let (Some(mine), Some(more)) = (&mut sum.lanes, &more.lanes) {
                    mine.merge(more);
                }
            }
            for (tables, more) in tables.iter_mut().zip(&more_tables) {
                let sums = tables.iter_mut().flatten().flatten();
                for (sum, more) in sums.zip(more.iter().flatten().flatten()) {
                    *sum += more;
                }
            }
        }
        let empty = |name: &str| PairedMetric {
            name: name.to_owned(),
            quarters: Vec::new(),
            years: Vec::new(),
        };
        let mut metrics: Vec<PairedMetric> =
            plan.metrics.iter().map(|metric| empty(&metric.name)).collect();
        for (quarter, sums) in self.quarters.iter().zip(&slots) {
            for (slot, own) in quarter.slots.iter().zip(sums) {
                let sums = slot.slot.same_as.map_or(own, |twin| &sums[twin]);
                let mut difference = sums.summary.clone();
                let mut replicated = None;
                if let (Some(slot), Some(lanes)) = (&slot.lane, &sums.lanes) {
                    difference.replicated = Some(Box::new(lanes.difference.judge(slot)));
                    replicated = Some(Box::new(lanes.judge()));
                }
                let paired = PairedSummary { difference, counts: sums.counts, replicated };
                let metric = &mut metrics[slot.of.0];
                if slot.of.1 {
                    metric.years.push((quarter.quarter.year(), paired));
                } else {
                    metric.quarters.push((quarter.quarter, paired));
                }
            }
        }
        metrics.retain(|metric| !metric.quarters.is_empty());
        let designed = plan.design.is_some();
        let named = self.dates.iter().zip(tables).map(|((name, label, _), tables)| PairedTarget {
            name: name.clone(),
            label: label.clone(),
            table: sum_of(&tables),
            error: designed.then(|| difference_error(&tables)),
        });
        Pairs { metrics, targets: named.collect() }
    }
}

/// The quarters of the calendar in which one of the plans runs, with the step that it is in each.
fn calendar(plans: [&Plan; 2]) -> impl Iterator<Item = (Quarter, [Option<usize>; 2])> {
    let first = plans.map(|plan| plan.first_time);
    let steps = plans.map(|plan| plan.setup.steps() as u32);
    let from = first[0].min(first[1]);
    let to = (first[0] + steps[0]).max(first[1] + steps[1]);
    let step = move |time: u32, k: usize| {
        time.checked_sub(first[k]).filter(|t| *t < steps[k]).map(|t| t as usize)
    };
    // Addresses of quarters count from the first one of year 0.
    let origin = Quarter::new(1, 1);
    (from..to).filter_map(move |time| {
        let quarter = origin?.plus(time as i32 - 4);
        Some((quarter, [step(time, 0), step(time, 1)]))
    })
}

/// What both plans have in these steps: which metric of the first plan, whether as the sum of the
/// year, and the two columns.
fn shared(plans: [&Plan; 2], steps: [Option<usize>; 2]) -> Vec<((usize, bool), [usize; 2])> {
    let [Some(a), Some(b)] = steps else { return Vec::new() };
    let [first, second] = plans;
    let mut found = Vec::new();
    let mut sums = Vec::new();
    for (position, metric) in first.metrics.iter().enumerate() {
        let twin = second.metrics.iter().position(|other| {
            other.name == metric.name && other.decl.quantity == metric.decl.quantity
        });
        let Some(twin) = twin else { continue };
        let other = &second.metrics[twin];
        if !metric.shown(a) || !other.shown(b) {
            continue;
        }
        found.push(((position, false), [metric.column, other.column]));
        if let (Some(sum), Some(other)) = (first.year_sums[position], second.year_sums[twin])
            && first.closes_whole_year(a)
            && second.closes_whole_year(b)
        {
            sums.push(((position, true), [sum, other]));
        }
    }
    found.extend(sums);
    found
}

/// The dates of the targets that both plans ask in the same words.
fn shared_dates(plans: [&Plan; 2]) -> Vec<SharedDate> {
    let [first, second] = plans.map(|plan| &plan.targets.targets);
    let mut dates = Vec::new();
    for (a, target) in first.iter().enumerate().filter(|(_, target)| target.named) {
        let same = |other: &crate::plan::PlannedTarget| {
            other.named && other.name == target.name && other.asked == target.asked
        };
        let Some(b) = second.iter().position(same) else { continue };
        for (at, deadline) in target.deadlines.iter().enumerate() {
            let twin = second[b].deadlines.iter().position(|other| other.label == deadline.label);
            if let Some(twin) = twin {
                dates.push((target.name.clone(), deadline.label.clone(), [(a, at), (b, twin)]));
            }
        }
    }
    dates
}

/// How a difference is summarized, from the pilot.
fn slot(values: &[f64], same_as: Option<usize>) -> Slot {
    let pivot = if values[0].is_finite() { values[0] } else { 0.0 };
    Slot { column: 0, pivot, bins: choose_bins(values), indicator: false, same_as }
}

/// A percentile of the pilot.
fn near(values: &[f64], level: f64) -> f64 {
    let mut finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    finite.sort_unstable_by(f64::total_cmp);
    percentile(&finite, level).unwrap_or(f64::NAN)
}

/// Sums of one difference.
#[derive(Clone, Debug)]
struct PairSums {
    leaf: LeafSums,
    summary: Summary,
    counts: PairCounts,
    lanes: Option<Box<PairLanes>>,
}

/// Counts of one difference by replicate.
#[derive(Clone, Debug, Default)]
struct PairLanes {
    difference: LaneSums,
    counts: [u32; LANES],
    above: [u32; LANES],
    ties: [u32; LANES],
    /// Up to values near percentiles, of the first and of the second run.
    up_to: [[[u32; LANES]; 2]; PAIRED_LEVELS.len()],
}

/// Draws by what came of a question in the first run and in the second.
type Table = [[u64; 3]; 3];

/// The same by replicate, if there are any; else all in the first.
type Tables = [Table; LANES];

/// One thread's part.
struct PairPart {
    first: Part,
    second: Part,
    slots: Vec<Vec<PairSums>>,
    tables: Vec<Tables>,
}

/// One thread: a worker for each plan, and what is between them.
struct PairWorker<'a> {
    first: Worker<'a>,
    second: Worker<'a>,
    layout: &'a PairLayout,
    isa: Isa,
    difference: Column,
    keys: Vec<u32>,
    slots: Vec<Vec<PairSums>>,
    tables: Vec<Tables>,
}

impl<'a> PairWorker<'a> {
    fn new(
        first: Worker<'a>,
        second: Worker<'a>,
        layout: &'a PairLayout,
        isa: Isa,
        tiles: usize,
    ) -> Self {
        let sums = |slot: &PairSlot| PairSums {
            leaf: LeafSums::default(),
            summary: slot.slot.summary(),
            counts: PairCounts::default(),
            lanes: slot.lane.map(|_| Box::default()),
        };
        Self {
            first,
            second,
            layout,
            isa,
            difference: Column::new(tiles),
            keys: vec![0; tiles * TILE + TILE],
            slots: layout.quarters.iter().map(|q| q.slots.iter().map(sums).collect()).collect(),
            tables: vec![Tables::default(); layout.dates.len()],
        }
    }

    /// Runs one leaf of `count` draws of both plans.
    fn leaf(&mut self, leaf: u64, count: u64) {
        let mut kept = [self.first.open_leaf(leaf), self.second.open_leaf(leaf)];
        for draws in blocks(leaf, count, self.first.size()) {
            self.first.open_block(draws, &mut kept[0]);
            self.second.open_block(draws, &mut kept[1]);
            for at in 0..self.layout.quarters.len() {
                let [a, b] = self.layout.quarters[at].steps;
                if let Some(t) = a {
                    self.first.step(t, draws, &mut kept[0]);
                }
                if let Some(t) = b {
                    self.second.step(t, draws, &mut kept[1]);
                }
                self.compare(at, draws.valid);
            }
            self.first.close_block(draws);
            self.second.close_block(draws);
            self.count(draws.valid);
        }
        let [first, second] = kept;
        self.first.close_leaf(leaf, first);
        self.second.close_leaf(leaf, second);
        let slots = self.layout.quarters.iter().flat_map(|quarter| &quarter.slots);
        for (slot, sums) in slots.zip(self.slots.iter_mut().flatten()) {
            if let (Some(slot), Some(lanes)) = (&slot.lane, &mut sums.lanes) {
                lanes.difference.add_leaf(slot, &sums.leaf);
            }
            sums.leaf.flush(&mut sums.summary);
        }
    }

    fn compare(&mut self, at: usize, valid: usize) {
        let compare = CompareQuarter {
            slots: &self.layout.quarters[at].slots,
            blocks: [self.first.columns(), self.second.columns()],
            difference: &mut self.difference,
            count: valid,
            keys: &mut self.keys,
            sums: &mut self.slots[at],
        };
        dispatch(self.isa, compare);
    }

    /// Counts what came of the questions.
    fn count(&mut self, valid: usize) {
        for ((_, _, [a, b]), table) in self.layout.dates.iter().zip(&mut self.tables) {
            let first = self.first.watch().outcomes(*a, valid);
            let second = self.second.watch().outcomes(*b, valid);
            for (draw, (a, b)) in first.into_iter().zip(second).enumerate() {
                table[draw % LANES][a as usize][b as usize] += 1;
            }
        }
    }

    fn finish(self) -> PairPart {
        PairPart {
            first: self.first.finish(),
            second: self.second.finish(),
            slots: self.slots,
            tables: self.tables,
        }
    }
}

/// Takes the differences of a quarter, and counts and adds them.
struct CompareQuarter<'a> {
    slots: &'a [PairSlot],
    blocks: [&'a Block; 2],
    difference: &'a mut Column,
    /// Draws of the block that belong to the run.
    count: usize,
    keys: &'a mut [u32],
    sums: &'a mut [PairSums],
}

impl Kernel for CompareQuarter<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { slots, blocks, difference, count, keys, sums } = self;
        for (slot, sums) in slots.iter().zip(sums) {
            if slot.slot.same_as.is_some() {
                continue;
            }
            let [a, b] = [0, 1].map(|k| blocks[k].column(slot.columns[k]).as_slice());
            for (d, (a, b)) in difference.as_mut_slice().iter_mut().zip(a.iter().zip(b)) {
                *d = b - a;
            }
            count_pairs(&a[..count], &b[..count], &slot.near, &mut sums.counts);
            if let (Some(lane), Some(lanes)) = (&slot.lane, &mut sums.lanes) {
                let values = &difference.as_slice()[..count];
                lanes.difference.count(lane, values, slot.slot.pivot, true);
                lanes.count([&a[..count], &b[..count]], values, &slot.near);
            }
            let PairSums { leaf, summary, .. } = sums;
            let sketch = &mut summary.sketch;
            let column = &*difference;
            Add { slot: &slot.slot, column, count, keys, sums: leaf, sketch }.run();
        }
    }
}

/// Counts how pairs lie.
#[inline(always)]
fn count_pairs(a: &[f64], b: &[f64], near: &[[f64; 2]; 3], counts: &mut PairCounts) {
    let (mut above, mut below, mut ties) = (0_u64, 0_u64, 0_u64);
    for (a, b) in a.iter().zip(b) {
        above += u64::from(b > a);
        below += u64::from(b < a);
        ties += u64::from((b - a).abs() <= 0.0);
    }
    counts.above += above;
    counts.below += below;
    counts.ties += ties;
    for (up_to, [near_a, near_b]) in counts.up_to.iter_mut().zip(near) {
        let (mut first, mut second, mut both) = (0_u64, 0_u64, 0_u64);
        for (a, b) in a.iter().zip(b) {
            let (in_a, in_b) = (a <= near_a, b <= near_b);
            first += u64::from(in_a);
            second += u64::from(in_b);
            both += u64::from(in_a & in_b);
        }
        up_to.first += first;
        up_to.second += second;
        up_to.both += both;
    }
}

impl PairLanes {
    fn merge(&mut self, other: &Self) {
        self.difference.merge(&other.difference);
        let own = [&mut self.counts, &mut self.above, &mut self.ties].into_iter();
        let own = own.chain(self.up_to.iter_mut().flatten());
        let more = [&other.counts, &other.above, &other.ties].into_iter();
        let more = more.chain(other.up_to.iter().flatten());
        for (own, more) in own.zip(more) {
            for (own, more) in own.iter_mut().zip(more) {
                *own += more;
            }
        }
    }

    #[inline(always)]
    fn count(&mut self, values: [&[f64]; 2], difference: &[f64], near: &[[f64; 2]; 3]) {
        tally(
            difference,
            #[inline(always)]
            |x| x.abs() < f64::INFINITY,
            &mut self.counts,
        );
        tally(
            difference,
            #[inline(always)]
            |x| x > 0.0,
            &mut self.above,
        );
        tally(
            difference,
            #[inline(always)]
            |x| x.abs() <= 0.0,
            &mut self.ties,
        );
        for (near, up_to) in near.iter().zip(&mut self.up_to) {
            for k in 0..2 {
                let near = near[k];
                tally(
                    values[k],
                    #[inline(always)]
                    |x| x <= near,
                    &mut up_to[k],
                );
            }
        }
    }

    /// The errors of shares from their spread over the replicates.
    fn judge(&self) -> PairedErrors {
        let shares = |counts: &[u32; LANES]| -> Vec<f64> {
            let lanes = counts.iter().zip(&self.counts);
            lanes.map(|(count, all)| f64::from(*count) / f64::from(*all)).collect()
        };
        let (above, ties) = (shares(&self.above), shares(&self.ties));
        let above: Vec<f64> =
            above.iter().zip(&ties).map(|(above, tie)| above + 0.5 * tie).collect();
        let up_to = self.up_to.each_ref().map(|[first, second]| {
            let (first, second) = (shares(first), shares(second));
            let apart: Vec<f64> = first.iter().zip(&second).map(|(a, b)| b - a).collect();
            let [a, b, d] = [&first, &second, &apart].map(|shares| standard_error_of_means(shares));
            // Of the variance of a difference.
            let correlation = (a * a + b * b - d * d) / (2.0 * a * b);
            let correlation = if correlation.is_finite() { correlation } else { 0.0 };
            [a, b, correlation.clamp(-1.0, 1.0)]
        });
        PairedErrors { above: standard_error_of_means(&above), up_to }
    }
}

/// All replicates together.
fn sum_of(tables: &Tables) -> Table {
    let mut sum = Table::default();
    for table in tables {
        for (sum, more) in sum.iter_mut().flatten().zip(table.iter().flatten()) {
            *sum += more;
        }
    }
    sum
}

/// The standard error of the difference of two chances, from its spread over the replicates.
fn difference_error(tables: &Tables) -> f64 {
    let differences: Vec<f64> = tables
        .iter()
        .map(|table| {
            let row = |k: usize| table[k].iter().sum::<u64>() as f64;
            let column = |k: usize| table.iter().map(|row| row[k]).sum::<u64>() as f64;
            column(2) / (column(1) + column(2)) - row(2) / (row(1) + row(2))
        })
        .collect();
    standard_error_of_means(&differences)
}
