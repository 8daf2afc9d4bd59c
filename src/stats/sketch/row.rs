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
    /// Mantissa bits of the upper half of a double that a bin leaves out.
    shift: u32,
    before: u32,
}

impl Places {
    /// The number of a value's bin, of all that a double can have. Those of values that are not negative are
    /// ordered as these are; a value with the sign bit, which -0 has too, has a higher number than all of them.
    #[inline(always)]
    pub fn bin(self, x: f64) -> u32 {
        (x.to_bits() >> 32) as u32 >> self.shift
    }

    /// Puts the places of values into `room`: that of zero, then the bins after `before`. What lies below the
    /// first bin gets the place of zero; [`Sketch::take`] refuses it. Gives the lowest and the highest
    /// number of their bins.
    #[inline(always)]
    pub fn of_row(self, values: &[f64], room: &mut [u32]) -> (u32, u32) {
        let (mut low, mut high) = (u32::MAX, 0);
        for (place, &x) in room.iter_mut().zip(values) {
            let bin = self.bin(x);
            low = low.min(bin);
            high = high.max(bin);
            *place = bin.saturating_sub(self.before);
        }
        (low, high)
    }
}

/// What a sketch took of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nothing: some value is negative, or has no bin yet.
    Nothing,
    /// All of it but the counters: [`raise`] them for each place.
    Bins,
    /// All of it.
    All,
}

/// A row of values with their places, and the lowest and the highest number of their bins.
#[derive(Clone, Copy, Debug)]
pub struct PlacedRow<'a> {
    /// The values.
    pub values: &'a [f64],
    /// Their places.
    pub places: &'a [u32],
    /// The lowest [`Places::bin`].
    pub low: u32,
    /// The highest.
    pub high: u32,
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
        let shift = u32::from(self.shift());
        let first = self.first_positive.wrapping_sub(1 << (31 - shift));
        (first > 0).then(|| Places { shift, before: first.wrapping_sub(1) })
    }

    /// Takes a row with the places of [`Sketch::places_of`], if none of it is negative and the store has all
    /// its bins. The counters may be raised later.
    #[inline(always)]
    pub fn take(&mut self, row: PlacedRow<'_>) -> Taken {
        let PlacedRow { values, places, low, high } = row;
        let bins = self.hot.len() as u32 - 1;
        let shift = u32::from(self.shift());
        let first = self.first_positive.wrapping_sub(1 << (31 - shift));
        let least = if low > 0 { Some(low) } else { bin_but_zero(values, shift) };
        // Zeros only have neither.
        if let Some(least) = least {
            let (least, most) = (least.wrapping_sub(first), high.wrapping_sub(first));
            if least >= bins || most >= bins {
                return Taken::Nothing;
            }
            // The zero is in front of all bins.
            self.last_row = (least + 1, most + 2);
        }
        self.hot_total += values.len() as u64;
        self.count += values.len() as u64;
        if low < high {
            return Taken::Bins;
        }
        // One counter, once: increments of the same counter in turn wait for each other.
        self.hot[places[0] as usize] += values.len() as u16;
        Taken::All
    }

    /// The counters, for [`raise`].
    #[inline(always)]
    pub fn counters_mut(&mut self) -> &mut [u16] {
        &mut self.hot
    }
}

/// The number of the bin of the least value other than zero, if there is one.
#[inline(always)]
fn bin_but_zero(values: &[f64], shift: u32) -> Option<u32> {
    let least = values.iter().fold(u64::MAX, |least, &x| least.min(x.to_bits().wrapping_sub(1)));
    (least < u64::MAX).then(|| (least.wrapping_add(1) >> 32) as u32 >> shift)
}

/// Raises the counter of each place, all of which exist, by one.
#[inline(always)]
pub fn raise(counters: &mut [u16], places: &[u32]) {
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
