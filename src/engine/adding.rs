//! Columns added to the sums and counters of their slots, one after the other.
//!
//! Increments of counters are bound by stores, one a cycle, sums and bins by arithmetic. So the counters
//! of a column are raised while the next one is summed, a tile of each in turn: the processor does both
//! at once.

use super::aggregate::Slot;
use crate::model::block::Block;
use crate::results::Summary;
use crate::stats::{PlacedRow, Places, Sketch, Taken, key_of, raise};
use crate::vector::{Column, Kernel, TILE, lines, prefetch, prefetch_line};

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
        let mut lanes = (self.s1, self.s2);
        add_rows(&mut lanes, values, pivot);
        self.keep(lanes, values.len())
    }

    /// Keeps these sums with so many more values, unless one of them cannot be summed.
    #[inline(always)]
    fn keep(&mut self, (s1, s2): LaneSums, more: usize) -> bool {
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

/// Sums and sums of squares by lane.
type LaneSums = ([f64; LANES], [f64; LANES]);

/// Adds values less the pivot, and their squares.
#[inline(always)]
fn add_rows((s1, s2): &mut LaneSums, values: &[f64], pivot: f64) {
    // Nothing else in this loop: the compiler keeps sums in registers only where the inner one is so short
    // that it is unrolled whole.
    for row in values.as_chunks::<LANES>().0 {
        for lane in 0..LANES {
            let x = row[lane] - pivot;
            s1[lane] += x;
            s2[lane] += x * x;
        }
    }
}

/// Smallest and largest of values that are not negative.
#[inline(always)]
fn ends_of(values: &[f64]) -> (f64, f64) {
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

/// Room for the places of two columns: one that is summed, and the one before it, whose counters wait.
#[derive(Debug)]
pub(super) struct Rooms([Vec<u32>; 2]);

impl Rooms {
    /// Room for columns of so many tiles.
    pub(super) fn new(tiles: usize) -> Self {
        Self([0, 1].map(|_| vec![0; tiles * TILE]))
    }
}

/// Counters that wait to be raised, by one for each place.
#[derive(Default)]
struct Waiting<'a> {
    counters: &'a mut [u16],
    places: &'a [u32],
}

impl Waiting<'_> {
    /// Raises those of the next tile.
    #[inline(always)]
    fn raise_tile(&mut self) {
        if let Some((tile, rest)) = self.places.split_first_chunk::<TILE>() {
            raise(self.counters, tile);
            self.places = rest;
        }
    }

    /// Raises what is left.
    #[inline(always)]
    fn raise_all(self) {
        raise(self.counters, self.places);
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
        let Self { slot, column, count, keys, sums, sketch } = self;
        let add = Add { slot, column, count, keys: &mut *keys, sums, sketch: &mut *sketch };
        if add.beside(Waiting::default()) {
            raise(sketch.counters_mut(), &keys[..count]);
        }
    }
}

impl Add<'_> {
    /// Adds the column and raises the counters that wait. Gives whether this column's are now to be raised,
    /// by the places in `keys`.
    #[inline(always)]
    fn beside(self, mut waiting: Waiting<'_>) -> bool {
        let Self { slot, column, count, keys, sums, sketch } = self;
        let (values, keys) = (&column.as_slice()[..count], &mut keys[..count]);
        let plain = !slot.indicator && slot.bins.offset == 0.0 && count.is_multiple_of(TILE);
        let Some(places) = sketch.places_of(count).filter(|_| plain) else {
            waiting.raise_all();
            add_other(values, slot, keys, sums, sketch);
            return false;
        };
        let mut lanes = (sums.s1, sums.s2);
        let (mut low, mut high) = (u32::MAX, 0);
        // Its own counters are next.
        let mut ahead = lines(sketch.counters());
        for (tile, room) in column.tiles().iter().zip(keys.as_chunks_mut::<TILE>().0) {
            add_rows(&mut lanes, tile, slot.pivot);
            let ends = places.of_row(tile, room);
            (low, high) = (low.min(ends.0), high.max(ends.1));
            // All at once they would wait for each other.
            ahead.by_ref().take(AT_ONCE).for_each(prefetch_line);
            waiting.raise_tile();
        }
        waiting.raise_all();
        if !sums.keep(lanes, count) {
            add_part(values, slot, keys, sums, sketch);
            return false;
        }
        let taken = sketch.take(PlacedRow { values, places: keys, low, high });
        if taken == Taken::Nothing {
            sums.reach(sketch.add_any(values, keys));
        } else if sums.may_reach((low, high), places) {
            sums.reach(ends_of(values));
        }
        taken == Taken::Bins
    }
}

/// Cache lines of counters that are asked for after each tile.
const AT_ONCE: usize = 3;

/// Adds values that have no histogram, or one with bins below zero or about another point, or that are no
/// whole number of tiles.
#[inline(always)]
fn add_other(
    values: &[f64],
    slot: &Slot,
    keys: &mut [u32],
    sums: &mut LeafSums,
    sketch: &mut Sketch,
) {
    let squares = sums.s2;
    if !values.len().is_multiple_of(LANES) || !sums.add(values, slot.pivot) {
        add_part(values, slot, keys, sums, sketch);
    } else if slot.indicator {
        // The mean says everything. All are the pivot, or there are both ones and zeros.
        let same = squares.iter().zip(&sums.s2).all(|(before, after)| after <= before);
        sums.reach(if same { (slot.pivot, slot.pivot) } else { (0.0, 1.0) });
    } else if slot.bins.offset == 0.0 {
        sums.reach(sketch.add_any(values, keys));
    } else {
        sums.reach(sketch.add_about(values, slot.bins.offset, keys));
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
    pub(super) rooms: &'a mut Rooms,
    pub(super) sums: &'a mut [LeafSums],
    pub(super) summaries: &'a mut [Summary],
}

impl Kernel for AddQuarter<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { slots, block, count, rooms: Rooms([keys, places]), sums, summaries } = self;
        let (mut keys, mut places) = (keys.as_mut_slice(), places.as_mut_slice());
        let mut left = None;
        for (at, (slot, sums)) in slots.iter().zip(sums).enumerate() {
            // All histograms together are larger than the near caches. Where the counters lie must be
            // known before they can be asked for.
            if let Some(later) = summaries.get(at + AHEAD) {
                prefetch(std::slice::from_ref(&later.sketch));
            }
            if slot.same_as.is_some() {
                continue;
            }
            let (before, now) = summaries.split_at_mut(at);
            let waiting = waiting(before, left, places, count);
            let (column, sketch) = (block.column(slot.column), &mut now[0].sketch);
            let add = Add { slot, column, count, keys: &mut *keys, sums, sketch };
            left = add.beside(waiting).then_some(at);
            std::mem::swap(&mut keys, &mut places);
        }
        waiting(summaries, left, places, count).raise_all();
    }
}

/// The counters of the slot that is left, if one is.
#[inline(always)]
fn waiting<'a>(
    summaries: &'a mut [Summary],
    left: Option<usize>,
    places: &'a [u32],
    count: usize,
) -> Waiting<'a> {
    let slot = left.and_then(|at| summaries.get_mut(at));
    slot.map(|slot| Waiting { counters: slot.sketch.counters_mut(), places: &places[..count] })
        .unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Bins;
    use crate::vector::{Isa, dispatch};

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

    /// Columns of every kind: bins above zero, zeros, negative values, one value, about a point, 0 and 1, one
    /// that is not finite, one that is shown twice.
    fn quarter() -> (Vec<Slot>, Block) {
        let mut block = Block::new(8, 4);
        let mut slots = Vec::new();
        for column in 0..8 {
            for (i, x) in block.column_mut(column).as_mut_slice().iter_mut().enumerate() {
                let u = ((i * 7919 + column * 31) % 1009) as f64 / 1009.0;
                *x = match column {
                    1 => (u - 0.3).max(0.0),
                    2 => u - 0.3,
                    3 => 7.5,
                    4 => 1e3 + u.max(0.4),
                    5 => f64::from(u8::from(u > 0.5)),
                    6 if i == 77 => f64::NAN,
                    _ => 3.0 + u,
                };
            }
            let offset = if column == 4 { 1e3 + 0.4 } else { 0.0 };
            let bins = Bins { bits: 8, offset };
            let pivot = block.column(column).as_slice()[0];
            slots.push(Slot { column, pivot, bins, indicator: column == 5, same_as: None });
        }
        slots.insert(3, Slot { same_as: Some(0), ..slots[0] });
        (slots, block)
    }

    #[test]
    fn a_quarter_counts_as_its_columns_one_by_one() {
        let (slots, block) = quarter();
        let new = || -> Vec<Summary> { slots.iter().map(Slot::summary).collect() };
        for isa in Isa::available() {
            let (mut sums, mut summaries) = (vec![LeafSums::default(); slots.len()], new());
            let (mut singly, mut single) = (sums.clone(), new());
            let (mut rooms, mut keys) = (Rooms::new(4), vec![0; 256]);
            // Whole blocks, and the end of a run: whole tiles, whole lanes, neither.
            for count in [256, 256, 192, 256, 80, 256, 77] {
                let (sums, summaries) = (&mut sums[..], &mut summaries[..]);
                let rooms = &mut rooms;
                let slots = &slots[..];
                dispatch(isa, AddQuarter { slots, block: &block, count, rooms, sums, summaries });
                let one_by_one = slots.iter().zip(singly.iter_mut().zip(&mut single));
                for (slot, (sums, summary)) in one_by_one.filter(|(slot, _)| slot.same_as.is_none())
                {
                    let (column, sketch) = (block.column(slot.column), &mut summary.sketch);
                    dispatch(isa, Add { slot, column, count, keys: &mut keys, sums, sketch });
                }
            }
            let both = summaries.iter_mut().zip(&mut sums).zip(single.iter_mut().zip(&mut singly));
            for (slot, ((a, a_sums), (b, b_sums))) in slots.iter().zip(both) {
                a_sums.flush(a);
                b_sums.flush(b);
                let finite = if slot.same_as.is_some() { 0 } else { 1373 };
                let lost = if slot.column == 6 { 6 } else { 0 };
                assert_eq!((a.moments.count, a.moments.nonfinite), (finite - lost, lost));
                assert_eq!(a.moments.mean(), b.moments.mean());
                assert_eq!((a.low, a.high), (b.low, b.high));
                assert_eq!(a.sketch.to_parts(), b.sketch.to_parts());
                let counted = if slot.indicator { 0 } else { finite - lost };
                assert_eq!(a.sketch.count(), counted);
                let held: u64 = a.sketch.cells().iter().map(|cell| cell.2).sum();
                assert_eq!(held, counted);
            }
        }
    }
}
