//! The choice of bins for a series, from a few of its values.

use super::{BITS, KEY_BITS, ZERO, key_of};

/// How the bins of a series lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bins {
    /// Mantissa bits.
    pub bits: u8,
    /// What is subtracted from a value before it is put into its bin: 0 but for a series that is very
    /// narrow and far from zero, whose values would else fall into one bin.
    pub offset: f64,
}

/// A series has bins about a point of its own if fewer than this lie between its 10th and its 90th
/// percentile, though they are as narrow as they can be.
const FEWEST: u32 = 16;
/// That point lies this many times the distance of the two below the lower one: the bins between them
/// are then nearly even.
const BELOW: f64 = 4.0;

/// Of so many values at least one is an atom's.
const ATOM: usize = 16;

/// Keys counted by their place between the smallest and the largest: a percentile is then one of the few
/// in one cell, without sorting all of them.
struct Cells {
    counts: [u32; 256],
    least: u32,
    most: u32,
    shift: u32,
}

impl Cells {
    fn of(keys: &[u32]) -> Option<Self> {
        let (least, most) = (*keys.iter().min()?, *keys.iter().max()?);
        let bits = u32::BITS - (most - least).leading_zeros();
        let mut cells =
            Self { counts: [0; 256], least, most, shift: bits.saturating_sub(u8::BITS) };
        for &key in keys {
            cells.counts[cells.cell(key)] += 1;
        }
        Some(cells)
    }

    fn cell(&self, key: u32) -> usize {
        usize::from(((key - self.least) >> self.shift) as u8)
    }

    /// Whether all of so many values are on one side of zero, and one key may be that of one in [`ATOM`]
    /// of them.
    fn may_have_atom(&self, values: usize) -> bool {
        let fewest = values.div_ceil(ATOM) as u32;
        let one_side = self.least > ZERO || self.most < ZERO;
        one_side && self.counts.iter().any(|&count| count >= fewest)
    }

    /// Keys at the 10th and the 90th percentile.
    fn spread(&self, keys: &[u32]) -> Option<(u32, u32)> {
        let last = keys.len().checked_sub(1)?;
        Some((self.ranked(keys, last / 10)?, self.ranked(keys, last - last / 10)?))
    }

    /// The key of this rank, from 0.
    fn ranked(&self, keys: &[u32], rank: usize) -> Option<u32> {
        let mut rest = rank;
        let holds = self.counts.iter().position(|&count| {
            let here = rest < count as usize;
            rest -= if here { 0 } else { count as usize };
            here
        })?;
        let mut inside = Vec::with_capacity(self.counts[holds] as usize);
        inside.extend(keys.iter().copied().filter(|&key| self.cell(key) == holds));
        Some(*inside.select_nth_unstable(rest).1)
    }
}

/// The mantissa bits for a series, from a few of its values: the fewest from 4 to 14 that put 64
/// bins between the 10th and the 90th percentile of its non-zero finite values. 14 if none does, 4 if
/// the two percentiles are equal or there are no such values: more bits would not help.
pub fn choose_bits(pilot: &[f64]) -> u8 {
    let keys = keys_of(pilot);
    let spread = Cells::of(&keys).and_then(|cells| cells.spread(&keys));
    spread.map_or(*BITS.start(), |(low, high)| bits_between(low, high))
}

/// Keys of the non-zero finite values.
fn keys_of(pilot: &[f64]) -> Vec<u32> {
    let has_key = |x: f64| x.is_finite() && x != 0.0;
    // Nearly all series have nothing but such values: these take whole vectors.
    if pilot.iter().fold(true, |all, &x| all & has_key(x)) {
        return pilot.iter().map(|&x| key_of(x)).collect();
    }
    pilot.iter().copied().filter(|&x| has_key(x)).map(key_of).collect()
}

fn bits_between(low: u32, high: u32) -> u8 {
    const WANTED: u32 = 64;
    if low == high {
        return *BITS.start();
    }
    let enough = |bits: &u8| (high >> (KEY_BITS - bits)) - (low >> (KEY_BITS - bits)) >= WANTED;
    BITS.into_iter().find(enough).unwrap_or(*BITS.end())
}

/// The bins for a series: about zero, or about a value that many draws have, which is then exact in every
/// percentile, or about a point near values that are very narrow.
pub fn choose_bins(pilot: &[f64]) -> Bins {
    let mut keys = keys_of(pilot);
    let cells = Cells::of(&keys);
    let Some((cells, (low, high))) = cells.and_then(|cells| {
        let spread = cells.spread(&keys)?;
        Some((cells, spread))
    }) else {
        return Bins { bits: *BITS.start(), offset: 0.0 };
    };
    if keys.len() == pilot.len() && cells.may_have_atom(keys.len()) {
        keys.sort_unstable();
        if let Some(offset) = atom_of(pilot, &keys) {
            let rest: Vec<f64> = pilot.iter().map(|x| x - offset).collect();
            return Bins { bits: choose_bits(&rest), offset };
        }
    }
    let plain = Bins { bits: bits_between(low, high), offset: 0.0 };
    let finest = KEY_BITS - BITS.end();
    if (high >> finest) - (low >> finest) >= FEWEST {
        return plain;
    }
    // Hardly ever: the keys are too coarse to tell how narrow it is.
    let mut values: Vec<f64> =
        pilot.iter().copied().filter(|x| x.is_finite() && *x != 0.0).collect();
    values.sort_unstable_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return plain };
    let (low, high) = (values[last / 10], values[last - last / 10]);
    let offset = low - BELOW * (high - low);
    if high <= low || offset == 0.0 || !offset.is_finite() {
        return plain;
    }
    let shifted: Vec<f64> = values.iter().map(|x| x - offset).collect();
    Bins { bits: choose_bits(&shifted), offset }
}

/// The value that most of the values have, if that is one in [`ATOM`]. All are on one side of zero:
/// zeros have a bin of their own already. `keys` are the sorted keys of the values.
fn atom_of(values: &[f64], keys: &[u32]) -> Option<f64> {
    let run = keys.chunk_by(|a, b| a == b).max_by_key(|run| run.len())?;
    if run.len() * ATOM < values.len() {
        return None;
    }
    let mut members = values.iter().copied().filter(|x| key_of(*x) == run[0]);
    let first = members.next()?;
    members.all(|x| x.to_bits() == first.to_bits()).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Series of many shapes: narrow and wide, of one sign and of two, with values that many have.
    fn series() -> Vec<Vec<f64>> {
        let mut state = 1_u64;
        let mut uniform = move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut all = vec![vec![], vec![3.0], vec![0.0, 0.0], vec![-7.5; 256], vec![2.0, -1.0]];
        for len in [2, 10, 31, 255, 256, 300] {
            let mut add = |shape: &dyn Fn(f64) -> f64| {
                all.push((0..len).map(|_| shape(uniform())).collect());
            };
            add(&|u| u);
            add(&|u| 1e6 + u);
            add(&|u| u - 0.3);
            add(&|u| libm::exp(40.0 * u - 20.0));
            add(&|u| -libm::exp(u * u * 3.0));
            add(&|u| (10.0 * u).floor());
            add(&|u| (40.0 * u).floor() + 1.0);
            add(&|u| if u < 0.07 { 5.0 } else { 5.0 + u });
            add(&|u| if u < 0.2 { 0.0 } else { u });
            add(&|u| if u < 0.1 { f64::NAN } else { 1.0 / (u - 0.1) });
        }
        all
    }

    #[test]
    fn cells_find_what_sorting_finds() {
        for values in series() {
            let keys = keys_of(&values);
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            let last = keys.len().checked_sub(1);
            let expected = last.map(|last| (sorted[last / 10], sorted[last - last / 10]));
            let found = Cells::of(&keys).and_then(|cells| cells.spread(&keys));
            assert_eq!(found, expected, "{values:?}");
        }
    }

    #[test]
    fn no_atom_is_passed_over() {
        let mut atoms = 0;
        for values in series() {
            let mut keys = keys_of(&values);
            keys.sort_unstable();
            let Some(cells) = Cells::of(&keys).filter(|_| keys.len() == values.len()) else {
                continue;
            };
            let one_side = keys[0] > ZERO || keys[keys.len() - 1] < ZERO;
            if one_side && atom_of(&values, &keys).is_some() {
                assert!(cells.may_have_atom(keys.len()), "{values:?}");
                atoms += 1;
            }
        }
        assert!(atoms > 20, "{atoms}");
    }
}
