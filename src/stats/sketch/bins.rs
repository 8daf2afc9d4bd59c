//! The choice of bins for a series, from a few of its values.

use super::{BITS, KEY_BITS, ZERO, bits_between, choose_bits, key_of, sorted_keys, spread_of};

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

/// The bins for a series: about zero, or about a value that many draws have, which is then exact in every
/// percentile, or about a point near values that are very narrow.
pub fn choose_bins(pilot: &[f64]) -> Bins {
    let keys = sorted_keys(pilot);
    let Some((low, high)) = spread_of(&keys) else {
        return Bins { bits: *BITS.start(), offset: 0.0 };
    };
    if let Some(offset) = atom_of(pilot, &keys) {
        let rest: Vec<f64> = pilot.iter().map(|x| x - offset).collect();
        return Bins { bits: choose_bits(&rest), offset };
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

/// The value that most of the values have, if that is one in [`ATOM`] and all are on one side of zero:
/// zeros have a bin of their own already. `keys` are the sorted keys of the values.
fn atom_of(values: &[f64], keys: &[u32]) -> Option<f64> {
    let one_side = keys.first()? > &ZERO || keys.last()? < &ZERO;
    if keys.len() < values.len() || !one_side {
        return None;
    }
    let run = keys.chunk_by(|a, b| a == b).max_by_key(|run| run.len())?;
    if run.len() * ATOM < values.len() {
        return None;
    }
    let mut members = values.iter().copied().filter(|x| key_of(*x) == run[0]);
    let first = members.next()?;
    members.all(|x| x.to_bits() == first.to_bits()).then_some(first)
}
