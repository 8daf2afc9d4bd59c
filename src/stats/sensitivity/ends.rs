//! The output over the lowest and the highest fifth of an input.

use super::rank::Ranked;
use super::{AtEnds, Measured};
use crate::stats::{normal_upper_quantile, percentile_ranks};

/// Part of the draws at each end.
const PART: f64 = 0.2;
/// Level of the percentile.
const LEVEL: f64 = 0.9;
/// Confidence of the interval that its error comes from.
const CONFIDENCE: f64 = 0.95;

/// Weights of the draws in the lowest and in the highest fifth. Of draws that share the value at its
/// edge each counts in part: which of them come first says nothing.
pub(super) fn fifths(input: &Ranked) -> [Vec<f64>; 2] {
    let n = input.centered.len();
    let weights = |groups: &mut dyn Iterator<Item = &[u32]>| {
        let mut weights = vec![0.0; n];
        let mut room = PART * n as f64;
        for tied in groups {
            let part = (room / tied.len() as f64).min(1.0);
            for &at in tied {
                weights[at as usize] = part;
            }
            room -= part * tied.len() as f64;
            if room <= 1e-9 {
                break;
            }
        }
        weights
    };
    [weights(&mut input.groups()), weights(&mut input.groups().rev())]
}

/// Means with their errors. Draws that count at both ends move both means at once, which the error of
/// the change allows for.
pub(super) fn means(values: &[f64], fifths: &[Vec<f64>; 2]) -> AtEnds {
    let [low, high] = fifths.each_ref().map(|weights| mean(values, weights));
    let total = fifths.each_ref().map(|weights| weights.iter().sum::<f64>());
    let mut squares = [0.0; 3];
    for (at, y) in values.iter().enumerate() {
        let below = fifths[0][at] * (y - low) / total[0];
        let above = fifths[1][at] * (y - high) / total[1];
        let change = above - below;
        squares[0] += below * below;
        squares[1] += above * above;
        squares[2] += change * change;
    }
    let [below, above, change] = squares.map(f64::sqrt);
    AtEnds {
        low: Measured { value: low, error: below },
        high: Measured { value: high, error: above },
        change: Measured { value: high - low, error: change },
    }
}

fn mean(values: &[f64], weights: &[f64]) -> f64 {
    let around = values[0];
    let (mut sum, mut total) = (0.0, 0.0);
    for (y, weight) in values.iter().zip(weights) {
        sum += weight * (y - around);
        total += weight;
    }
    around + sum / total
}

/// 90th percentiles with their errors; those of the two ends are taken as independent.
pub(super) fn p90s(values: &[f64], order: &[u32], fifths: &[Vec<f64>; 2]) -> AtEnds {
    let [low, high] = fifths.each_ref().map(|weights| p90(values, order, weights));
    let error = (low.error * low.error + high.error * high.error).sqrt();
    AtEnds { low, high, change: Measured { value: high.value - low.value, error } }
}

/// The 90th percentile of weighted draws, the smallest value with nine tenths of the weight up to it.
/// Its error is that of the order statistics around it: half of their distance over the normal score
/// of their confidence. `order` are positions in rising order of the values.
pub(super) fn p90(values: &[f64], order: &[u32], weights: &[f64]) -> Measured {
    let total: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
    // So many draws of full weight say as much.
    let size = (total * total / squares).round().max(1.0);
    let ranks = percentile_ranks(size as u64, LEVEL, CONFIDENCE);
    let level = |rank: u64| (rank as f64 - 0.5) / size;
    let (low, high) = ranks.map_or((LEVEL, LEVEL), |r| (level(r.low), level(r.high)));
    let [value, low, high] =
        at_levels(values, order, weights, [LEVEL, low, high].map(|p| p * total));
    let width = 2.0 * normal_upper_quantile(0.5 * (1.0 - CONFIDENCE));
    Measured { value, error: (high - low) / width }
}

/// The smallest values with so much weight up to them.
fn at_levels(values: &[f64], order: &[u32], weights: &[f64], wanted: [f64; 3]) -> [f64; 3] {
    let mut found = [f64::NAN; 3];
    let mut so_far = 0.0;
    let mut last = f64::NAN;
    for &at in order {
        let weight = weights[at as usize];
        if weight <= 0.0 {
            continue;
        }
        so_far += weight;
        last = values[at as usize];
        for (found, &wanted) in found.iter_mut().zip(&wanted) {
            // What rounding leaves of sums of parts does not move the rank.
            if found.is_nan() && so_far * (1.0 + 1e-12) >= wanted {
                *found = last;
            }
        }
    }
    found.map(|value| if value.is_nan() { last } else { value })
}
