//! A whole row of values at once. The common case, in which none is negative and every bin exists,
//! takes one vector loop for the bins and one loop of increments.

use super::{LONGEST_ROW, Sketch, key_of};

/// Values worked on side by side.
const WIDTH: usize = 16;
/// Increments in one turn of their loop.
const TURN: usize = 8;

impl Sketch {
    /// Adds a row of finite values and gives the smallest and the largest. `room` has at least as
    /// many places as there are values; what it holds does not matter.
    #[inline(always)]
    pub fn add_values(&mut self, values: &[f64], room: &mut [u32]) -> (f64, f64) {
        let room = &mut room[..values.len()];
        if let Some(ends) = self.add_in_place(values, room) {
            return ends;
        }
        let (low, high) = keys_and_ends(values, room);
        if values.len() <= LONGEST_ROW {
            // Keys order as values do.
            self.add_row(room, key_of(low), key_of(high));
        } else {
            self.add_keys(room);
        }
        (low, high)
    }

    /// Adds the row if none of it is negative and the store has all its bins; else adds nothing.
    #[inline(always)]
    fn add_in_place(&mut self, values: &[f64], places: &mut [u32]) -> Option<(f64, f64)> {
        let len = values.len() as u64;
        let open = self.negatives == 0 && self.hot_total + len <= Self::MOST_HOT;
        if !open || len == 0 || !values.len().is_multiple_of(WIDTH) {
            return None;
        }
        let bins = self.hot.len() as u64 - 1;
        let shift = 32 + u32::from(self.shift());
        let first = self.first_positive.wrapping_sub(1 << (63 - shift));
        if first == 0 {
            return None;
        }
        let (low, high) = places_of(values, places, shift, first - 1);
        // What is negative has the highest bits of all.
        let bin = |bits: u64| (bits >> shift).wrapping_sub(u64::from(first));
        if high > 0 {
            let least = if low > 0 { low } else { least_but_zero(values) };
            let (first, last) = (bin(least), bin(high));
            if first >= bins || last >= bins {
                return None;
            }
            // The zero is in front of all bins.
            self.last_row = (first as u32 + 1, last as u32 + 2);
        }
        self.hot_total += len;
        self.count += len;
        increment(&mut self.hot, places);
        Some((f64::from_bits(low), f64::from_bits(high)))
    }
}

/// Places in a store without negative bins: that of zero, then the bins after `before`. Gives the
/// smallest and the largest value as bits of numbers that are not negative: these order as the
/// numbers do. A value below the first bin, which the caller refuses, gets the place of zero.
#[inline(always)]
fn places_of(values: &[f64], places: &mut [u32], shift: u32, before: u32) -> (u64, u64) {
    let (mut low, mut high) = (u64::MAX, 0);
    for (&x, place) in values.iter().zip(places) {
        let bits = bits_of(x);
        let bin = (bits >> shift) as u32;
        *place = bin.saturating_sub(before);
        low = low.min(bits);
        high = high.max(bits);
    }
    (low, high)
}

/// Bits of the least value other than zero; those of zero if there is none.
#[inline(always)]
fn least_but_zero(values: &[f64]) -> u64 {
    values.iter().fold(u64::MAX, |least, &x| least.min(bits_of(x).wrapping_sub(1))).wrapping_add(1)
}

/// The bits of a number; those of zero for both of its signs.
#[inline(always)]
fn bits_of(x: f64) -> u64 {
    (x + 0.0).to_bits()
}

/// Adds one to the counter of each place, all of which exist.
#[inline(always)]
fn increment(counters: &mut [u16], places: &[u32]) {
    let same = |places: &[u32]| places.iter().all(|&place| place == places[0]);
    if same(&places[..WIDTH]) && same(places) {
        // One counter, once: increments of the same counter in turn wait for each other.
        counters[places[0] as usize] += places.len() as u16;
        return;
    }
    let (turns, rest) = places.as_chunks::<TURN>();
    for turn in turns {
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
