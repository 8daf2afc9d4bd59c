//! Draws for sampled checks, through the streams of the simulator.

use crate::sampling::{Address, Stream};
use crate::validation::Measured;
use crate::vector::{Column, TILE};

/// Most draws of one check.
pub(super) const MOST: u64 = 10_000_000;
/// Batches from which the standard error of a statistic is taken that has no simple one.
const BATCHES: usize = 32;

/// Normal scores of a named stream at a time, in a column of whole tiles.
pub(super) fn scores(seed: u64, name: &str, time: u32, draws: u64) -> Column {
    let mut column = Column::new((draws as usize).div_ceil(TILE));
    Stream::new(seed, name).normals(Address { time, first_draw: 0 }, &mut column);
    column
}

/// Mean with its standard error.
pub(super) fn mean(values: &[f64]) -> Measured {
    let n = values.len() as f64;
    let mean = crate::stats::mean(values).unwrap_or(f64::NAN);
    let sd = crate::stats::sd(values).unwrap_or(f64::NAN);
    Measured::sampled(mean, sd / n.sqrt())
}

/// Variance with its standard error, from the fourth moment.
pub(super) fn variance(values: &[f64]) -> Measured {
    let n = values.len() as f64;
    let mean = crate::stats::mean(values).unwrap_or(f64::NAN);
    let sd = crate::stats::sd(values).unwrap_or(f64::NAN);
    let fourth: f64 = values.iter().map(|x| (x - mean) * (x - mean)).map(|s| s * s).sum();
    let spread = (fourth / n - sd * sd * sd * sd).max(0.0);
    Measured::sampled(sd * sd, (spread / n).sqrt())
}

/// Standard deviation with its standard error.
pub(super) fn sd(values: &[f64]) -> Measured {
    let variance = variance(values);
    let sd = variance.value.sqrt();
    Measured::sampled(sd, variance.error.unwrap_or(f64::NAN) / (2.0 * sd))
}

/// A share of draws with its standard error.
pub(super) fn share(hits: usize, draws: usize) -> Measured {
    let (hits, n) = (hits as f64, draws as f64);
    // None of n draws is no proof that it cannot happen.
    let p = ((hits + 0.5) / (n + 1.0)).clamp(0.0, 1.0);
    Measured::sampled(hits / n, (p * (1.0 - p) / n).sqrt())
}

/// A percentile of sorted draws; its error is half the span of the order statistics that lie one
/// standard deviation of the binomial to either side.
pub(super) fn quantile(sorted: &[f64], p: f64) -> Measured {
    let value = crate::stats::percentile(sorted, p).unwrap_or(f64::NAN);
    let last = sorted.len().saturating_sub(1) as f64;
    let spread = (sorted.len() as f64 * p * (1.0 - p)).sqrt().max(1.0);
    let at = |rank: f64| sorted.get(rank.clamp(0.0, last) as usize).copied().unwrap_or(f64::NAN);
    Measured::sampled(
        value,
        0.5 * (at((p * last + spread).ceil()) - at((p * last - spread).floor())),
    )
}

/// A statistic of draws: its mean over batches, and the standard error of that.
pub(super) fn batched(
    draws: usize,
    statistic: impl Fn(std::ops::Range<usize>) -> Option<f64>,
) -> Measured {
    let size = draws / BATCHES;
    let values: Vec<f64> = (0..BATCHES)
        .map(|batch| statistic(batch * size..(batch + 1) * size).unwrap_or(f64::NAN))
        .collect();
    mean(&values)
}

impl Measured {
    /// The same beside an exact value.
    pub(super) fn beside(self) -> Self {
        Self { beside: true, ..self }
    }
}
