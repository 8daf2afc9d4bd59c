//! A histogram on the leading bits of a float: quantiles of any number of values in bounded memory,
//! merged exactly and in any order.
//!
//! The bins are the same for every series: no range to choose, both signs, exact zeros in a bin of
//! their own. The idea is that of HDR histograms and of `DDSketch` (C. Masson, J. E. Rim and H. K. Lee,
//! PVLDB 12 (2019), doi:10.14778/3352063.3352135) without a logarithm.

mod bins;
#[cfg(test)]
mod hard;
mod row;
mod view;

pub use bins::{Bins, choose_bins, choose_bits};
pub use row::{PlacedRow, Places, Taken, raise};
pub use view::{Counts, WindowView};

/// The key of zero. Keys above are positive values, keys below negative ones.
const ZERO: u32 = 0x8000_0000;
/// 2^-126: smaller magnitudes other than zero count as this one.
const TINY: f64 = 1.1754943508222875e-38;
/// Mantissa bits in a key.
const KEY_BITS: u8 = 20;
/// Most values in the cold counters.
const MOST_COLD: u64 = u32::MAX as u64;
/// Longest row that is added at once: after a spill there is always room for it.
const LONGEST_ROW: usize = 4096;
/// Bins whose counts are added up together.
const GROUP: usize = 16;
/// Fewest and most mantissa bits of a bin.
const BITS: std::ops::RangeInclusive<u8> = 4..=14;

/// The key of a finite value: the leading 32 bits of the double (sign, exponent, 20 mantissa bits)
/// turned so that keys order as values do. Both zeros have one key, and no other value has it.
///
/// Branch-free, and only 64-bit operations that every instruction set has, so that it vectorizes.
#[inline(always)]
pub fn key_of(x: f64) -> u32 {
    const SIGN: u64 = 1 << 63;
    let tiny = f64::from_bits(TINY.to_bits() | (x.to_bits() & SIGN));
    let x = if x.abs() < TINY && x != 0.0 { tiny } else { x };
    let bits = if x == 0.0 { 0 } else { x.to_bits() };
    let turned = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    (turned >> 32) as u32
}

/// A run of bins with their counts, without empty bins at either end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Number of the first bin; 0 if there is none.
    pub first: u32,
    /// Number of values in each bin.
    pub counts: Vec<u64>,
}

/// A sketch in canonical form: equal histograms have equal parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SketchParts {
    /// Mantissa bits of the bins.
    pub mantissa_bits: u8,
    /// Bits of what is subtracted from each value; 0 if nothing is.
    pub offset: u64,
    /// Number of exact zeros, after the subtraction.
    pub zeros: u64,
    /// Bins of negative values, ascending.
    pub negative: Window,
    /// Bins of positive values, ascending.
    pub positive: Window,
}

/// The share of values at or above a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exceedance {
    /// The share, by linear interpolation inside the bin of the threshold.
    pub fraction: f64,
    /// The share if all values of that bin lay below the threshold.
    pub lower: f64,
    /// The share if none did.
    pub upper: f64,
}

/// A histogram with bins of a relative width of 2^-m, for m mantissa bits.
///
/// In this order, and from the start of a cache line: what each row needs lies in one line, which can be
/// asked for ahead of it. There are thousands of sketches, and none stays in the near caches.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Sketch {
    /// Counters: negative bins, the zero, positive bins. Small while hot: thousands of histograms
    /// share a cache.
    hot: Vec<u16>,
    /// Places in `hot` from the first to the one after the last that the last row added to.
    last_row: (u32, u32),
    /// Values counted in `hot`: more than one counter holds only where others were merged into it.
    hot_total: u64,
    count: u64,
    /// How many negative bins the store has.
    negatives: u32,
    /// Number of the first positive bin in the store.
    first_positive: u32,
    mantissa_bits: u8,
    /// Number of the first negative bin in the store.
    first_negative: u32,
    /// What was subtracted from each value; 0 but for series with an atom, or narrow and far from zero.
    offset: f64,
    /// What `hot` held when it threatened to overflow; empty or as long.
    cold: Vec<u32>,
    /// What `cold` held when it threatened to overflow; empty or as long.
    frozen: Vec<u64>,
    /// Values counted in `cold`.
    cold_total: u64,
}

impl Sketch {
    /// An empty sketch with bins of 2^-`mantissa_bits` relative width, 4 to 14 (clamped).
    pub fn new(mantissa_bits: u8) -> Self {
        Self::about(Bins { bits: mantissa_bits, offset: 0.0 })
    }

    /// An empty sketch with these bins. Whoever adds keys or whole rows to it has subtracted the offset.
    pub fn about(Bins { bits: mantissa_bits, offset }: Bins) -> Self {
        Self {
            offset,
            mantissa_bits: mantissa_bits.clamp(*BITS.start(), *BITS.end()),
            first_negative: 0,
            negatives: 0,
            first_positive: 0,
            hot: vec![0],
            cold: Vec::new(),
            frozen: Vec::new(),
            hot_total: 0,
            cold_total: 0,
            count: 0,
            last_row: (0, 0),
        }
    }

    /// Mantissa bits of the bins.
    pub fn mantissa_bits(&self) -> u8 {
        self.mantissa_bits
    }

    /// What was subtracted from each value.
    pub fn offset(&self) -> f64 {
        self.offset
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Number of exact zeros.
    pub fn count_zero(&self) -> u64 {
        if self.offset == 0.0 {
            return self.zeros();
        }
        let zeros = self.place(key_of(-self.offset) >> self.shift());
        let held = zeros < self.hot.len() && self.is_true_zero(zeros);
        if held { self.total(zeros) } else { 0 }
    }

    /// Whether a bin is that of zeros in a sketch about another point, in which hardly anything else is.
    fn is_true_zero(&self, index: usize) -> bool {
        self.offset != 0.0 && self.bin(index) == key_of(-self.offset) >> self.shift()
    }

    /// Most values that its hot counters hold without an overflow: more of them take three times the
    /// memory.
    pub const MOST_HOT: u64 = u16::MAX as u64;

    /// Forgets all values, but not where they lay.
    pub fn clear(&mut self) {
        self.hot.fill(0);
        (self.cold, self.frozen) = (Vec::new(), Vec::new());
        (self.hot_total, self.cold_total, self.count) = (0, 0, 0);
    }

    /// The counters that the next row of values likely adds to, to be asked for ahead of their use: from
    /// the least to the largest that the last row added to. Most of a store is room for rare values.
    #[inline(always)]
    pub fn counters(&self) -> &[u16] {
        let (from, to) = self.last_row;
        self.hot.get(from as usize..to as usize).unwrap_or_default()
    }

    /// Adds one finite value.
    pub fn add(&mut self, x: f64) {
        self.add_keys(&[key_of(x - self.offset)]);
    }

    /// Adds the values with these keys (see [`key_of`]).
    pub fn add_keys(&mut self, keys: &[u32]) {
        for keys in keys.chunks(LONGEST_ROW) {
            if let (Some(&min), Some(&max)) = (keys.iter().min(), keys.iter().max()) {
                self.add_row(keys, min, max);
            }
        }
    }

    /// Adds the values with these keys, at most [`LONGEST_ROW`] and all within `min..=max`.
    #[inline(always)]
    fn add_row(&mut self, keys: &[u32], min: u32, max: u32) {
        debug_assert!(keys.iter().all(|key| (min..=max).contains(key)), "bounds of the row");
        let len = keys.len() as u64;
        if len == 0 {
            return;
        }
        self.cover(min, max);
        if self.hot_total + len > Self::MOST_HOT {
            self.spill();
        }
        self.hot_total += len;
        self.count += len;
        let shift = self.shift();
        let [below, zero, above] = self.offsets();
        // Selects, not jumps: signs and zeros come in no order.
        let place = |key: u32| {
            let offset = if key > ZERO { above } else { zero };
            let offset = if key < ZERO { below } else { offset };
            (key >> shift).wrapping_sub(offset)
        };
        self.last_row = (place(min), place(max) + 1);
        let hot = self.hot.as_mut_slice();
        if min == max {
            // One counter, once: increments of the same counter in turn wait for each other.
            hot[place(min) as usize] += keys.len() as u16;
        } else if min > ZERO || max < ZERO {
            let offset = if min > ZERO { above } else { below };
            count(hot, keys, |key| (key >> shift).wrapping_sub(offset));
        } else {
            count(hot, keys, place);
        }
    }

    /// Adds all values of another sketch, which must have the same number of mantissa bits.
    pub fn merge(&mut self, other: &Self) {
        debug_assert_eq!(self.mantissa_bits, other.mantissa_bits, "bins must be the same");
        let (shift, zero) = (self.shift(), other.negatives as usize);
        let regions = [0..zero, zero..zero + 1, zero + 1..other.hot.len()];
        let filled = regions.map(|region| other.filled(region));
        for filled in filled.iter().flatten() {
            let (first, last) = (other.bin(filled.start), other.bin(filled.end - 1));
            self.cover(first << shift, last << shift);
        }
        let filled = filled.into_iter().flatten().map(|filled| {
            let start = self.place(other.bin(filled.start));
            (start, filled)
        });
        let filled: Vec<_> = filled.collect();
        let into_hot = other.hot_total == other.count
            && (self.hot_total + other.count <= Self::MOST_HOT || self.has_room(other, &filled));
        let into_cold = !into_hot && self.make_room(other.count);
        for (start, filled) in filled {
            if into_hot {
                add_each(&mut self.hot[start..], other.hot[filled].iter().copied());
            } else {
                self.add_totals(start, filled.map(|index| other.total(index)), into_cold);
            }
        }
        if into_hot {
            self.hot_total += other.count;
        } else if into_cold {
            self.cold_total += other.count;
        }
        self.count += other.count;
    }

    /// Whether each hot counter has room for another's, which lie from these places on. Bins are many and
    /// fill up slowly: hot counters alone, a third of the memory, last for a few million values.
    fn has_room(&self, other: &Self, filled: &[(usize, std::ops::Range<usize>)]) -> bool {
        filled.iter().all(|(start, filled)| {
            let both = self.hot[*start..].iter().zip(&other.hot[filled.clone()]);
            both.fold(true, |room, (own, more)| room & own.checked_add(*more).is_some())
        })
    }

    /// The histogram with its counts added up, for one quantile after the other.
    pub fn ordered(&self) -> Ordered<'_> {
        let mut below = Vec::with_capacity(self.hot.len().div_ceil(GROUP));
        let mut sum = 0;
        let (mut cold, mut frozen) = (self.cold.chunks(GROUP), self.frozen.chunks(GROUP));
        for hot in self.hot.chunks(GROUP) {
            below.push(sum);
            sum += u64::from(hot.iter().map(|&n| u32::from(n)).sum::<u32>());
            sum += cold.next().map_or(0, |cold| cold.iter().map(|&n| u64::from(n)).sum());
            sum += frozen.next().map_or(0, |frozen| frozen.iter().sum());
        }
        Ordered { sketch: self, below }
    }

    /// The quantile at `p` in 0..=1, as of [`Ordered::quantile`].
    pub fn quantile(&self, p: f64) -> Option<f64> {
        self.ordered().quantile(p)
    }

    /// The standard error by which [`Sketch::quantile`] at `p` differs from the quantile of the values
    /// themselves, if these lie evenly at random within their bin; `None` if the sketch is empty.
    pub fn bin_error(&self, p: f64) -> Option<f64> {
        let last = self.count.checked_sub(1)?;
        let rank = (p.clamp(0.0, 1.0) * last as f64) as u64;
        let (index, _) = self.ordered().find(rank.min(last))?;
        let total = self.total(index);
        let (low, high) = self.edges(index);
        // The middle order statistic of `total` uniform values is off by half of the width over √total.
        Some(0.5 * (high - low) / (total as f64).sqrt())
    }

    /// The share of values at or above `x`; `None` if the sketch is empty or `x` is not a number.
    pub fn at_least(&self, x: f64) -> Option<Exceedance> {
        if self.count == 0 || x.is_nan() {
            return None;
        }
        let (mut above, mut split, mut share) = (0, 0, 0.0);
        for index in 0..self.hot.len() {
            let (low, high) = self.edges(index);
            // Bins are closed at the end toward zero, so a negative one holds its upper edge.
            let holds_upper = index < self.negatives as usize;
            if low >= x {
                above += self.total(index);
            } else if high > x || (holds_upper && high >= x) {
                split = self.total(index);
                share = (high - x) / (high - low);
            }
        }
        let n = self.count as f64;
        let (above, split) = (above as f64, split as f64);
        Some(Exceedance {
            fraction: (above + share * split) / n,
            lower: above / n,
            upper: (above + split) / n,
        })
    }

    /// The bins that hold values, rising: lower edge, upper edge and number of values.
    pub fn cells(&self) -> Vec<(f64, f64, u64)> {
        let filled = (0..self.hot.len()).filter(|&index| self.total(index) > 0);
        filled
            .map(|index| {
                let (low, high) = self.edges(index);
                (low, high, self.total(index))
            })
            .collect()
    }

    /// The canonical form.
    pub fn to_parts(&self) -> SketchParts {
        let [negative, positive] = self.windows().map(Window::from);
        SketchParts {
            mantissa_bits: self.mantissa_bits,
            offset: self.offset.to_bits(),
            zeros: self.zeros(),
            negative,
            positive,
        }
    }

    /// The sketch of that form; `None` if it is not canonical.
    pub fn from_parts(parts: &SketchParts) -> Option<Self> {
        let offset = f64::from_bits(parts.offset);
        if !BITS.contains(&parts.mantissa_bits) || !offset.is_finite() {
            return None;
        }
        let mut sketch = Self::about(Bins { bits: parts.mantissa_bits, offset });
        let shift = sketch.shift();
        let tiny = key_of(TINY) >> shift;
        let top = key_of(f64::MAX) >> shift;
        let mirror = |bin: u32| (u32::MAX >> shift) - bin;
        for (window, least, most) in
            [(&parts.negative, mirror(top), mirror(tiny)), (&parts.positive, tiny, top)]
        {
            let len = u32::try_from(window.counts.len()).ok()?;
            let trimmed = window.counts.first() != Some(&0) && window.counts.last() != Some(&0);
            let empty = len == 0 && window.first == 0;
            let inside = len > 0
                && window.first >= least
                && window.first.checked_add(len - 1).is_some_and(|last| last <= most);
            if !trimmed || !(empty || inside) {
                return None;
            }
            for (bin, &total) in (window.first..).zip(&window.counts) {
                sketch.count.checked_add(total)?;
                if total > 0 {
                    sketch.add_bin(bin, total);
                }
            }
        }
        sketch.count.checked_add(parts.zeros)?;
        sketch.add_bin(ZERO >> shift, parts.zeros);
        Some(sketch)
    }

    fn shift(&self) -> u8 {
        // Sign and 11 exponent bits come before the mantissa bits of a key.
        KEY_BITS - self.mantissa_bits
    }

    /// What to subtract from a bin number to get its place in the store: for negative bins, the
    /// zero, and positive bins.
    fn offsets(&self) -> [u32; 3] {
        let zero = (ZERO >> self.shift()).wrapping_sub(self.negatives);
        [self.first_negative, zero, self.first_positive.wrapping_sub(self.negatives + 1)]
    }

    /// The number of the bin at a place in the store.
    fn bin(&self, index: usize) -> u32 {
        let [below, zero, above] = self.offsets();
        let place = index as u32;
        place.wrapping_add(match place.cmp(&self.negatives) {
            std::cmp::Ordering::Less => below,
            std::cmp::Ordering::Equal => zero,
            std::cmp::Ordering::Greater => above,
        })
    }

    /// The place in the store of a bin that it holds.
    fn place(&self, bin: u32) -> usize {
        let [below, zero, above] = self.offsets();
        let offset = match bin.cmp(&(ZERO >> self.shift())) {
            std::cmp::Ordering::Less => below,
            std::cmp::Ordering::Equal => zero,
            std::cmp::Ordering::Greater => above,
        };
        bin.wrapping_sub(offset) as usize
    }

    /// Whether all values are in the hot counters.
    fn is_hot(&self) -> bool {
        self.cold.is_empty() && self.frozen.is_empty()
    }

    fn total(&self, index: usize) -> u64 {
        let cold = self.cold.get(index).map_or(0, |&n| u64::from(n));
        u64::from(self.hot[index]) + cold + self.frozen.get(index).copied().unwrap_or(0)
    }

    /// From the first to the last bin of a range that has values.
    fn filled(&self, range: std::ops::Range<usize>) -> Option<std::ops::Range<usize>> {
        if self.is_hot() {
            let hot = &self.hot[range.clone()];
            let (first, last) =
                (hot.iter().position(|&n| n > 0)?, hot.iter().rposition(|&n| n > 0)?);
            return Some(range.start + first..range.start + last + 1);
        }
        let some = |index: &usize| self.total(*index) > 0;
        let (first, last) = (range.clone().find(some)?, range.rev().find(some)?);
        Some(first..last + 1)
    }

    /// Adds many values to one bin.
    fn add_bin(&mut self, bin: u32, total: u64) {
        let key = bin << self.shift();
        self.cover(key, key);
        let into_cold = self.make_room(total);
        self.add_totals(self.place(bin), std::iter::once(total), into_cold);
        self.cold_total += if into_cold { total } else { 0 };
        self.count += total;
    }

    /// Adds to the bins from a place on: to the cold store, if there is room for all, or to the frozen one.
    fn add_totals(&mut self, start: usize, totals: impl Iterator<Item = u64>, into_cold: bool) {
        if into_cold {
            self.cold.resize(self.hot.len(), 0);
            add_each(&mut self.cold[start..], totals.map(|total| total as u32));
        } else {
            self.frozen.resize(self.hot.len(), 0);
            add_each(&mut self.frozen[start..], totals);
        }
    }

    /// Makes room for so many values in the cold store; whether there is any for so many at all.
    fn make_room(&mut self, total: u64) -> bool {
        if self.cold_total + total > MOST_COLD {
            self.frozen.resize(self.hot.len(), 0);
            add_each(&mut self.frozen, self.cold.iter().map(|&n| u64::from(n)));
            self.cold.fill(0);
            self.cold_total = 0;
        }
        total <= MOST_COLD
    }

    /// Moves the hot counts to the cold store.
    fn spill(&mut self) {
        self.make_room(self.hot_total);
        self.cold.resize(self.hot.len(), 0);
        add_each(&mut self.cold, self.hot.iter().map(|&n| u32::from(n)));
        self.hot.fill(0);
        self.cold_total += self.hot_total;
        self.hot_total = 0;
    }

    /// Grows the store to hold the bins of all keys in `min..=max`.
    fn cover(&mut self, min: u32, max: u32) {
        let shift = self.shift();
        let tiny = key_of(TINY);
        let negatives = self.negatives;
        let positives = self.hot.len() as u32 - negatives - 1;
        // The extreme negative and positive bins of the row, if it has values of that sign.
        let below = (min < ZERO).then(|| (min >> shift, max.min(!tiny) >> shift));
        let above = (max > ZERO).then(|| (min.max(tiny) >> shift, max >> shift));
        let limits = [(0, !tiny >> shift), (tiny >> shift, u32::MAX >> shift)];
        let (first_negative, new_negatives) =
            widened(self.first_negative, negatives, below, limits[0]);
        let (first_positive, new_positives) =
            widened(self.first_positive, positives, above, limits[1]);
        if new_negatives == negatives && new_positives == positives {
            return;
        }
        let len = (new_negatives + 1 + new_positives) as usize;
        let shift_negative = if negatives > 0 { self.first_negative - first_negative } else { 0 };
        let shift_positive = if positives > 0 { self.first_positive - first_positive } else { 0 };
        let (old_zero, zero) = (negatives as usize, new_negatives as usize);
        let place = |index: usize| match index.cmp(&old_zero) {
            std::cmp::Ordering::Less => index + shift_negative as usize,
            std::cmp::Ordering::Equal => zero,
            std::cmp::Ordering::Greater => index - old_zero + zero + shift_positive as usize,
        };
        self.hot = moved(&self.hot, len, place);
        if !self.cold.is_empty() {
            self.cold = moved(&self.cold, len, place);
        }
        if !self.frozen.is_empty() {
            self.frozen = moved(&self.frozen, len, place);
        }
        self.first_negative = first_negative;
        self.negatives = new_negatives;
        self.first_positive = first_positive;
    }

    /// Lower and upper edge of the bin at a place in the store.
    fn edges(&self, index: usize) -> (f64, f64) {
        let (low, high) = self.edges_about(index);
        if self.is_true_zero(index) {
            return (0.0, 0.0);
        }
        (low + self.offset, high + self.offset)
    }

    /// The same before the offset is added again.
    fn edges_about(&self, index: usize) -> (f64, f64) {
        let shift = self.shift();
        let bin = self.bin(index);
        let edges = |bin: u32| {
            let edge = |bin: u64| f64::from_bits((bin << shift) << 33 >> 1).min(f64::MAX);
            let low = edge(u64::from(bin));
            // The lowest bin also has all that is smaller.
            (if low <= TINY { 0.0 } else { low }, edge(u64::from(bin) + 1))
        };
        match index.cmp(&(self.negatives as usize)) {
            std::cmp::Ordering::Less => {
                let (low, high) = edges((u32::MAX >> shift) - bin);
                (-high, -low)
            }
            std::cmp::Ordering::Equal => (0.0, 0.0),
            std::cmp::Ordering::Greater => edges(bin),
        }
    }
}

/// Adds numbers to those at the same place.
fn add_each<T: std::ops::AddAssign>(sums: &mut [T], more: impl Iterator<Item = T>) {
    for (sum, n) in sums.iter_mut().zip(more) {
        *sum += n;
    }
}

/// A histogram with its counts added up by groups of bins: a few quantiles need few single bins.
#[derive(Clone, Debug)]
pub struct Ordered<'a> {
    sketch: &'a Sketch,
    /// Values below each group.
    below: Vec<u64>,
}

impl Ordered<'_> {
    /// The quantile at `p` in 0..=1; `None` if there are no values.
    ///
    /// Type 7 as in [`super::percentile()`]: linear between the order statistics around rank
    /// `p (n-1)`. Those are taken to lie evenly inside their bins, the i-th of c (from 0) at
    /// `(i + 1/2) / c` of the width, so that the error is below the bin width, 2^-m of the value.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let last = self.sketch.count.checked_sub(1)?;
        let rank = p.clamp(0.0, 1.0) * last as f64;
        let below = (rank as u64).min(last);
        let fraction = rank - below as f64;
        let (index, under) = self.find(below)?;
        let low = self.within(index, under, below);
        if fraction <= 0.0 {
            return Some(low);
        }
        let next = (below + 1).min(last);
        let high = if next < under + self.sketch.total(index) {
            self.within(index, under, next)
        } else {
            let (index, under) = self.find(next)?;
            self.within(index, under, next)
        };
        Some(low + fraction * (high - low))
    }

    /// The outer edges of the bins that hold the order statistics of two ranks, counted from 1 and
    /// clamped to the sample: what lies between the two values lies between these. `None` if empty.
    pub fn rank_bounds(&self, low_rank: u64, high_rank: u64) -> Option<(f64, f64)> {
        let last = self.sketch.count.checked_sub(1)?;
        let (low, _) = self.find(low_rank.saturating_sub(1).min(last))?;
        let (high, _) = self.find(high_rank.saturating_sub(1).min(last))?;
        Some((self.sketch.edges(low).0, self.sketch.edges(high).1))
    }

    /// The place of the bin that holds an order statistic, counted from 0, and the values below that bin.
    fn find(&self, rank: u64) -> Option<(usize, u64)> {
        if rank >= self.sketch.count {
            return None;
        }
        let group = self.below.partition_point(|&below| below <= rank).checked_sub(1)?;
        let mut below = *self.below.get(group)?;
        let start = group * GROUP;
        let hot = self.sketch.is_hot();
        for (index, &n) in self.sketch.hot.iter().enumerate().skip(start) {
            let total = if hot { u64::from(n) } else { self.sketch.total(index) };
            if below + total > rank {
                return Some((index, below));
            }
            below += total;
        }
        None
    }

    /// The order statistic of a rank in the bin at a place, with so many values below the bin.
    fn within(&self, index: usize, below: u64, rank: u64) -> f64 {
        let (low, high) = self.sketch.edges(index);
        let place = ((rank - below) as f64 + 0.5) / self.sketch.total(index) as f64;
        low + place * (high - low)
    }
}

impl PartialEq for Sketch {
    /// Whether the histograms are equal, however they were grown.
    fn eq(&self, other: &Self) -> bool {
        self.to_parts() == other.to_parts()
    }
}

/// Adds one to the counter of each key. The places of a few keys are worked out first, in one
/// vector loop, so that the loop of increments holds nothing else.
#[inline(always)]
fn count(counters: &mut [u16], keys: &[u32], place: impl Fn(u32) -> u32) {
    let (chunks, rest) = keys.as_chunks::<64>();
    for chunk in chunks {
        let mut places = [0; 64];
        for (place_of, &key) in places.iter_mut().zip(chunk) {
            *place_of = place(key);
        }
        raise(counters, &places);
    }
    for &key in rest {
        counters[place(key) as usize] += 1;
    }
}

/// A window of bins widened to hold `needed`, with a quarter of its width to spare on the side that
/// grows, inside `limits`. Both ends of all pairs belong.
fn widened(first: u32, len: u32, needed: Option<(u32, u32)>, limits: (u32, u32)) -> (u32, u32) {
    let Some((low, high)) = needed else { return (first, len) };
    let (old_low, old_high) = if len == 0 { (low, high) } else { (first, first + len - 1) };
    let (new_low, new_high) = (low.min(old_low), high.max(old_high));
    let spare = (new_high - new_low) / 4 + 2;
    let fresh = len == 0;
    let from = if fresh || new_low < old_low { new_low.saturating_sub(spare) } else { old_low };
    let to = if fresh || new_high > old_high { new_high + spare } else { old_high };
    let (from, to) = (from.max(limits.0), to.min(limits.1));
    (from, to - from + 1)
}

fn moved<T: Copy + Default>(old: &[T], len: usize, place: impl Fn(usize) -> usize) -> Vec<T> {
    let mut new = vec![T::default(); len];
    for (index, &count) in old.iter().enumerate() {
        new[place(index)] = count;
    }
    new
}

#[cfg(test)]
mod tests;
