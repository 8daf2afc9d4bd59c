//! A whole row of values at once. The common case, in which none is negative and every bin exists,
//! takes one vector loop for the bins and one loop of increments.

use super::{LONGEST_ROW, Sketch, key_of};

/// Values worked on side by side.
const WIDTH: usize = 16;
/// Increments in one turn of their loop.
const TURN: usize = 8;

/// How a row of values that are not negative finds its places in a store.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    shift: u32,
    before: u32,
}

impl Places {
    /// The place of a number, given by [`bits_of`]: that of zero, then the bins after `before`. What lies
    /// below the first bin gets the place of zero; [`Sketch::add_places`] refuses it.
    #[inline(always)]
    pub fn of(self, bits: u64) -> u32 {
        ((bits >> self.shift) as u32).saturating_sub(self.before)
    }
}

/// A row of values with their places, and the smallest and the largest of them as [`bits_of`]: these order
/// as numbers do that are not negative.
#[derive(Clone, Copy, Debug)]
pub struct PlacedRow<'a> {
    /// The values.
    pub values: &'a [f64],
    /// Their places.
    pub places: &'a [u32],
    /// Bits of the smallest.
    pub low: u64,
    /// Bits of the largest.
    pub high: u64,
}

impl Sketch {
    /// Adds a row of finite values, whatever their sign and the bins of the store, and gives the smallest
    /// and the largest. `room` has at least as many places as there are values; what it holds does not
    /// matter.
    #[inline(always)]
    pub fn add_any(&mut self, values: &[f64], room: &mut [u32]) -> (f64, f64) {
        let room = &mut room[..values.len()];
        let (low, high) = keys_and_ends(values, room);
        if values.len() <= LONGEST_ROW {
            // Keys order as values do.
            self.add_row(room, key_of(low), key_of(high));
        } else {
            self.add_keys(room);
        }
        (low, high)
    }

    /// The same for a sketch about a point, which is subtracted from the values.
    #[inline(always)]
    pub fn add_about(&mut self, values: &[f64], offset: f64, room: &mut [u32]) -> (f64, f64) {
        let room = &mut room[..values.len()];
        let (mut low, mut high) = (i64::MAX, i64::MIN);
        let (mut least, mut most) = (u32::MAX, 0);
        for (key, &x) in room.iter_mut().zip(values) {
            *key = key_of(x - offset);
            (least, most) = (least.min(*key), most.max(*key));
            let at = ordered(x + 0.0);
            (low, high) = (low.min(at), high.max(at));
        }
        if values.len() <= LONGEST_ROW {
            self.add_row(room, least, most);
        } else {
            self.add_keys(room);
        }
        (number(low), number(high))
    }

    /// How a row of so many values finds its places, if the store can take a row at once.
    #[inline(always)]
    pub fn places_of(&self, len: usize) -> Option<Places> {
        let open = self.negatives == 0 && self.hot_total + len as u64 <= Self::MOST_HOT;
        if !open || len == 0 || !len.is_multiple_of(WIDTH) {
            return None;
        }
        let shift = 32 + u32::from(self.shift());
        let first = self.first_positive.wrapping_sub(1 << (63 - shift));
        (first > 0).then(|| Places { shift, before: first.wrapping_sub(1) })
    }

    /// Adds a row with the places of [`Sketch::places_of`], if none of it is negative and the store has all
    /// its bins; else adds nothing and says so. Calls `between` every few increments.
    #[inline(always)]
    pub fn add_places(&mut self, row: PlacedRow<'_>, between: impl FnMut()) -> bool {
        let PlacedRow { values, places, low, high } = row;
        let bins = self.hot.len() as u64 - 1;
        let shift = 32 + u32::from(self.shift());
        let first = self.first_positive.wrapping_sub(1 << (63 - shift));
        // What is negative has the highest bits of all.
        let bin = |bits: u64| (bits >> shift).wrapping_sub(u64::from(first));
        if high > 0 {
            let least = if low > 0 { low } else { least_but_zero(values) };
            let (first, last) = (bin(least), bin(high));
            if first >= bins || last >= bins {
                return false;
            }
            // The zero is in front of all bins.
            self.last_row = (first as u32 + 1, last as u32 + 2);
        }
        self.hot_total += values.len() as u64;
        self.count += values.len() as u64;
        increment(&mut self.hot, places, between);
        true
    }
}

/// Bits of the least value other than zero; those of zero if there is none.
#[inline(always)]
fn least_but_zero(values: &[f64]) -> u64 {
    values.iter().fold(u64::MAX, |least, &x| least.min(bits_of(x).wrapping_sub(1))).wrapping_add(1)
}

/// The bits of a number; those of zero for both of its signs.
#[inline(always)]
pub fn bits_of(x: f64) -> u64 {
    (x + 0.0).to_bits()
}

/// Adds one to the counter of each place, all of which exist.
#[inline(always)]
fn increment(counters: &mut [u16], places: &[u32], mut between: impl FnMut()) {
    let same = |places: &[u32]| places.iter().all(|&place| place == places[0]);
    if same(&places[..WIDTH]) && same(places) {
        // One counter, once: increments of the same counter in turn wait for each other.
        counters[places[0] as usize] += places.len() as u16;
        return;
    }
    let (turns, rest) = places.as_chunks::<TURN>();
    for turn in turns {
        between();
        for &place in turn {
            counters[place as usize] += 1;
        }
    }
    for &place in rest {
        counters[place as usize] += 1;
    }
}

/// The bits of a number as an integer that orders as numbers do: smallest and largest are then
/// found in whole vectors.
#[inline(always)]
fn ordered(x: f64) -> i64 {
    let bits = x.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// The number of an ordered integer.
#[inline(always)]
fn number(ordered: i64) -> f64 {
    f64::from_bits((ordered ^ ((ordered >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

/// Keys of values, and the smallest and largest value.
#[inline(always)]
fn keys_and_ends(values: &[f64], keys: &mut [u32]) -> (f64, f64) {
    let (mut low, mut high) = (i64::MAX, i64::MIN);
    for (key, &x) in keys.iter_mut().zip(values) {
        *key = key_of(x);
        let at = ordered(x);
        low = low.min(at);
        high = high.max(at);
    }
    (number(low), number(high))
}
