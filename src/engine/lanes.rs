//! Sums and counts by replicate, in runs whose draws are spread by design; and fine histograms of the
//! figures of which a precision is asked.
//!
//! Draw i belongs to replicate i modulo 16, which is the lane in which it is summed: so the sums of a
//! leaf by replicate are there already. They are added as whole numbers of a small unit, which threads
//! cannot see. Shares are counted up to values near the percentiles, which the first draws tell.

use std::collections::BTreeMap;

use super::adding::{LANES, LARGEST, LeafSums};
use super::aggregate::{Layout, Slot};
use super::walk::{NOBODY, Walk};
use crate::model::block::Block;
use crate::plan::Plan;
use crate::results::{LEVELS, Replicated, Summary};
use crate::stats::{key_of, percentile, standard_error_of_means};
use crate::vector::{Isa, Kernel, TILE, dispatch};

const _: () = assert!(LANES == crate::sampling::REPLICATES && LANES == crate::results::REPLICATES);

/// Levels of which shares are counted.
const KINDS: usize = LEVELS.len();
/// Draws that tell the values near percentiles.
const PILOT: usize = 1024;

/// What lanes are counted by: for each slot, the unit of its sums and values near its percentiles.
#[derive(Clone, Debug)]
pub(super) struct LaneLayout {
    quarters: Vec<Vec<LaneSlot>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct LaneSlot {
    unit: f64,
    near: [f64; KINDS],
}

/// What a lane has of a slot.
#[derive(Clone, Debug, Default)]
pub(super) struct LaneSums {
    /// Sums less the pivot, in units.
    sums: [i128; LANES],
    counts: [u32; LANES],
    up_to: [[u32; LANES]; KINDS],
}

/// Of all slots.
#[derive(Clone, Debug)]
pub(super) struct LaneTotals(Vec<Vec<LaneSums>>);

impl LaneLayout {
    /// Runs the first draws; none if the plan's draws are independent.
    pub(super) fn pilot(plan: &Plan, layout: &Layout, isa: Isa) -> Option<Self> {
        plan.design.as_ref()?;
        let tiles = PILOT / TILE;
        let mut walk = Walk::new(plan, isa, tiles);
        walk.start(plan.normals(0));
        let quarters = layout.quarters.iter().enumerate().map(|(t, slots)| {
            walk.quarter(t, plan.normals(0), NOBODY);
            slots.iter().map(|slot| LaneSlot::of(slot, &walk.block)).collect()
        });
        Some(Self { quarters: quarters.collect() })
    }

    /// Says of each summary how well the replicates know it.
    pub(super) fn judge(&self, sums: &LaneTotals, summaries: &mut [Vec<Summary>]) {
        let slots = self.quarters.iter().flatten().zip(sums.0.iter().flatten());
        for ((slot, sums), summary) in slots.zip(summaries.iter_mut().flatten()) {
            summary.replicated = Some(Box::new(sums.judge(slot)));
        }
    }

    /// The means of the replicates of a slot, less its pivot.
    pub(super) fn means(&self, sums: &LaneTotals, step: usize, at: usize) -> Vec<f64> {
        let slot = self.quarters.get(step).and_then(|slots| slots.get(at));
        let sums = sums.0.get(step).and_then(|slots| slots.get(at));
        slot.zip(sums).map_or_else(Vec::new, |(slot, sums)| sums.means(slot))
    }
}

impl LaneSlot {
    fn of(slot: &Slot, block: &Block) -> Self {
        Self::of_values(block.column(slot.column).as_slice(), slot.pivot)
    }

    /// From the first values, and what is subtracted from each before it is summed.
    pub(super) fn of_values(values: &[f64], pivot: f64) -> Self {
        let mut finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
        finite.sort_unstable_by(f64::total_cmp);
        let near = LEVELS.map(|level| percentile(&finite, level).unwrap_or(f64::NAN));
        let far = finite.iter().map(|x| (x - pivot).abs()).fold(0.0, f64::max);
        Self { unit: unit(far, pivot), near }
    }
}

/// A power of two far below what is added, so that sums of many leaves fit whole numbers: 2^-60 of the
/// farthest of the first draws.
fn unit(far: f64, pivot: f64) -> f64 {
    let scale = [far, pivot.abs(), 1.0].into_iter().find(|x| *x > 0.0).unwrap_or(1.0);
    let exponent = (scale.to_bits() >> 52).saturating_sub(60).max(1);
    f64::from_bits(exponent << 52)
}

impl LaneSums {
    /// Adds the sums of a leaf, before they are handed over.
    pub(super) fn add_leaf(&mut self, slot: &LaneSlot, leaf: &LeafSums) {
        for (total, sum) in self.sums.iter_mut().zip(leaf.lanes()) {
            // A quotient by a power of two is exact; what is beyond all whole numbers is cut.
            *total = total.saturating_add((sum / slot.unit) as i128);
        }
    }

    /// Counts the values of a block.
    #[inline(always)]
    pub(super) fn count(&mut self, slot: &LaneSlot, values: &[f64], pivot: f64, shares: bool) {
        tally(
            values,
            #[inline(always)]
            |x| (x - pivot) * (x - pivot) < LARGEST,
            &mut self.counts,
        );
        if shares {
            for (near, up_to) in slot.near.iter().zip(&mut self.up_to) {
                tally(
                    values,
                    #[inline(always)]
                    |x| x <= *near,
                    up_to,
                );
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, more) in self.sums.iter_mut().zip(&other.sums) {
            *mine = mine.saturating_add(*more);
        }
        for (mine, more) in self.counts.iter_mut().zip(&other.counts) {
            *mine += more;
        }
        for (mine, more) in self.up_to.iter_mut().flatten().zip(other.up_to.iter().flatten()) {
            *mine += more;
        }
    }

    fn means(&self, slot: &LaneSlot) -> Vec<f64> {
        let lanes = self.sums.iter().zip(&self.counts);
        lanes.map(|(sum, count)| *sum as f64 * slot.unit / f64::from(*count)).collect()
    }

    pub(super) fn judge(&self, slot: &LaneSlot) -> Replicated {
        let n: f64 = self.counts.iter().map(|count| f64::from(*count)).sum();
        let worth = self.up_to.map(|up_to| {
            let shares: Vec<f64> = up_to
                .iter()
                .zip(&self.counts)
                .map(|(up_to, count)| f64::from(*up_to) / f64::from(*count))
                .collect();
            let share = up_to.iter().map(|count| f64::from(*count)).sum::<f64>() / n;
            let error = standard_error_of_means(&shares);
            let chance = share * (1.0 - share) / n;
            // Where all or none lie below, nothing is known of it.
            if chance > 0.0 { error * error / chance } else { 1.0 }
        });
        Replicated { mean_error: standard_error_of_means(&self.means(slot)), worth }
    }
}

impl LaneTotals {
    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, more) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            mine.merge(more);
        }
    }
}

/// One thread's lanes.
#[derive(Debug)]
pub(super) struct Lanes<'a> {
    layout: &'a LaneLayout,
    totals: LaneTotals,
}

impl<'a> Lanes<'a> {
    pub(super) fn new(layout: &'a LaneLayout) -> Self {
        let empty = |slots: &Vec<LaneSlot>| vec![LaneSums::default(); slots.len()];
        Self { layout, totals: LaneTotals(layout.quarters.iter().map(empty).collect()) }
    }

    /// Adds the sums of a leaf, before they are handed over.
    pub(super) fn add_leaf(&mut self, sums: &[Vec<LeafSums>]) {
        let slots = self.layout.quarters.iter().flatten().zip(self.totals.0.iter_mut().flatten());
        for ((slot, total), leaf) in slots.zip(sums.iter().flatten()) {
            total.add_leaf(slot, leaf);
        }
    }

    /// Counts a block of a quarter.
    pub(super) fn count(
        &mut self,
        isa: Isa,
        t: usize,
        slots: &[Slot],
        block: &Block,
        valid: usize,
    ) {
        let (lanes, totals) = (&self.layout.quarters[t], &mut self.totals.0[t]);
        dispatch(isa, Count { slots, lanes, totals, block, valid });
    }

    pub(super) fn finish(self) -> LaneTotals {
        self.totals
    }
}

struct Count<'a> {
    slots: &'a [Slot],
    lanes: &'a [LaneSlot],
    totals: &'a mut [LaneSums],
    block: &'a Block,
    valid: usize,
}

impl Kernel for Count<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { slots, lanes, totals, block, valid } = self;
        for ((slot, lane), total) in slots.iter().zip(lanes).zip(totals) {
            if slot.same_as.is_some() {
                continue;
            }
            let values = &block.column(slot.column).as_slice()[..valid];
            total.count(lane, values, slot.pivot, !slot.indicator);
        }
    }
}

/// Adds how many values of each lane are as they are asked to be. They are counted as floats, which a
/// block's number of draws is far too small for to be rounded: whole numbers beside floats are counted
/// many times slower, since their vectors are cut differently.
#[inline(always)]
pub(super) fn tally(values: &[f64], holds: impl Fn(f64) -> bool, counts: &mut [u32; LANES]) {
    let mut sums = [0.0; LANES];
    let one = |value: f64| if holds(value) { 1.0 } else { 0.0 };
    let (rows, rest) = values.as_chunks::<LANES>();
    for row in rows {
        for lane in 0..LANES {
            sums[lane] += one(row[lane]);
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *sum += one(*value);
    }
    for (count, sum) in counts.iter_mut().zip(sums) {
        *count += whole(sum);
    }
}

/// A whole number below 2^32. Added to 2^52 it is in the lowest bits.
#[inline(always)]
fn whole(x: f64) -> u32 {
    const TWO_52: f64 = 4503599627370496.0;
    (x + TWO_52).to_bits() as u32
}

/// A column after a step of which a fine histogram is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FineColumn {
    pub(super) step: usize,
    pub(super) column: usize,
}

/// A histogram by lane with bins of a relative width of 2^-15, as many as are needed.
#[derive(Clone, Debug, Default)]
pub(super) struct Fine(BTreeMap<u32, [u64; LANES]>);

/// Bits of a key that a bin does not tell apart: it has 20 bits of the mantissa.
const WITHIN: u32 = 5;

impl Fine {
    fn add(&mut self, values: &[f64]) {
        for (draw, value) in values.iter().enumerate() {
            if value.is_finite() {
                self.0.entry(key_of(*value) >> WITHIN).or_default()[draw % LANES] += 1;
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (key, counts) in &other.0 {
            let mine = self.0.entry(*key).or_default();
            for (mine, more) in mine.iter_mut().zip(counts) {
                *mine += more;
            }
        }
    }

    /// The bins, rising: their edges and what each lane has in them.
    pub(super) fn cells(&self) -> impl DoubleEndedIterator<Item = ([f64; 2], &[u64; LANES])> {
        self.0.iter().map(|(key, counts)| (edges(*key), counts))
    }
}

/// The edges of a bin.
fn edges(bin: u32) -> [f64; 2] {
    const SIGN: u32 = 1 << 31;
    let (first, last) = (bin << WITHIN, bin << WITHIN | ((1 << WITHIN) - 1));
    let value = |bits: u32| f64::from_bits(u64::from(bits) << 32);
    if first == SIGN {
        // Only zeros are here.
        [0.0, 0.0]
    } else if first & SIGN == 0 {
        [-value((!first & !SIGN) + 1), -value(!last & !SIGN)]
    } else {
        [value(first & !SIGN), value((last & !SIGN).saturating_add(1))]
    }
}

/// One thread's fine histograms.
#[derive(Debug)]
pub(super) struct FineSketches<'a> {
    columns: &'a [FineColumn],
    found: Vec<Fine>,
}

impl<'a> FineSketches<'a> {
    pub(super) fn new(columns: &'a [FineColumn]) -> Self {
        Self { columns, found: vec![Fine::default(); columns.len()] }
    }

    /// Adds a block after a step.
    pub(super) fn add(&mut self, t: usize, block: &Block, valid: usize) {
        for (at, found) in self.columns.iter().zip(&mut self.found) {
            if at.step == t {
                found.add(&block.column(at.column).as_slice()[..valid]);
            }
        }
    }

    pub(super) fn finish(self) -> Vec<Fine> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_their_values_and_are_narrow() {
        for value in [0.0, -0.0, 1.0, -1.0, 1e-12, -3.7e30, 1.234_567, -9.99e-5, 1e30] {
            let mut fine = Fine::default();
            fine.add(&[value]);
            let (edges, counts) = fine.cells().next().unwrap();
            assert!(edges[0] <= value && value <= edges[1], "{value}: {edges:?}");
            assert!(edges[1] - edges[0] <= value.abs() / 32768.0 * 1.01, "{value}: {edges:?}");
            assert_eq!(counts[0], 1);
        }
        let mut fine = Fine::default();
        fine.add(&[3.0, -2.0, 0.0, f64::NAN, -1e-3]);
        let lows: Vec<f64> = fine.cells().map(|(edges, _)| edges[0]).collect();
        assert!(lows.is_sorted() && lows.len() == 4, "{lows:?}");
    }

    #[test]
    fn sums_by_replicate_do_not_depend_on_order_and_give_their_spread() {
        let slot = LaneSlot { unit: unit(3.0, 1.0), near: [0.0; KINDS] };
        let mut lanes = LaneSums { counts: [4; LANES], ..LaneSums::default() };
        for (lane, sum) in lanes.sums.iter_mut().enumerate() {
            *sum = (4.0 * lane as f64 / slot.unit) as i128;
        }
        for up_to in &mut lanes.up_to {
            *up_to = std::array::from_fn(|lane| (lane % 4) as u32);
        }
        let found = lanes.judge(&slot);
        // Sixteen means 0..=15: their variance is 68/3, that of their mean a sixteenth of it.
        assert!((found.mean_error - (68.0_f64 / 3.0 / 16.0).sqrt()).abs() < 1e-12);
        // Shares 0, 1/4, 1/2, 3/4 four times: 3/8 in all, with the variance 1/12 of each.
        let worth = (1.0 / 12.0 / 16.0) / (0.375 * 0.625 / 64.0);
        assert!(found.worth.iter().all(|w| (w - worth).abs() < 1e-12), "{found:?}");
    }

    #[test]
    fn values_are_tallied_by_their_lane() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let mut counts = [0; LANES];
        tally(&values, |x| x >= 16.0, &mut counts);
        let expected: [u32; LANES] = std::array::from_fn(|lane| if lane < 8 { 2 } else { 1 });
        assert_eq!(counts, expected);
    }
}
