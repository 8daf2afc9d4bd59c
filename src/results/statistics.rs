//! What is reported of a summary, each figure with its Monte Carlo error.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::comparison_file::number;
use super::{Conditioned, Replicated, RunResult, Summary};
use crate::stats::{percentile_ranks, wilson_share};

/// Percentiles that are reported.
pub const LEVELS: [f64; 7] = [0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95];
/// Confidence of the intervals of percentiles and probabilities.
pub(super) const CONFIDENCE: f64 = 0.95;

/// A figure with the interval in which a longer run would put it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The estimate.
    #[serde(deserialize_with = "number")]
    pub value: f64,
    /// Lower end at 95 % confidence.
    #[serde(deserialize_with = "number")]
    pub low: f64,
    /// Upper end.
    #[serde(deserialize_with = "number")]
    pub high: f64,
}

/// The statistics of one metric in one period.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Finite draws.
    pub count: u64,
    /// Draws that were infinite or not a number.
    pub nonfinite: u64,
    /// Share of exact zeros: percentiles next to it are poorly determined.
    pub zeros: f64,
    /// Mean.
    pub mean: f64,
    /// Its standard error.
    pub mean_error: f64,
    /// Standard deviation.
    pub sd: f64,
    /// Draws that are worth one independent draw.
    pub(super) each: f64,
    /// Whether errors are those of replicates.
    pub(super) replicated: bool,
    /// Percentiles at [`LEVELS`].
    pub percentiles: [Interval; LEVELS.len()],
}

/// Ranks of order statistics around the percentiles, the same for all metrics of a run.
#[derive(Clone, Debug)]
pub struct Ranks {
    count: u64,
    pairs: Vec<Option<(u64, u64)>>,
    /// Draws that are worth one independent draw; 1 but in conditioned runs.
    each: f64,
}

impl Ranks {
    /// For samples of `count` draws.
    pub fn new(count: u64) -> Self {
        let of = |&p: &f64| percentile_ranks(count, p, CONFIDENCE).map(|r| (r.low, r.high));
        Self { count, pairs: LEVELS.iter().map(of).collect(), each: 1.0 }
    }

    /// For the draws of a result: those of a conditioned run are worth fewer independent ones, so that
    /// the ranks lie farther apart by the square root of the ratio.
    pub fn of(result: &RunResult) -> Self {
        let each = result.conditioned.as_ref().map_or(1.0, Conditioned::each);
        Self::worth(result.about.draws, each)
    }

    fn worth(count: u64, each: f64) -> Self {
        let plain = Self::new(count);
        if each <= 1.0 {
            return plain;
        }
        let widened = LEVELS.iter().zip(&plain.pairs).map(|(level, ranks)| {
            let (low, high) = (*ranks)?;
            let (middle, factor) = (level * count as f64, each.sqrt());
            let low = (middle - factor * (middle - low as f64)).floor().max(1.0);
            let high = (middle + factor * (high as f64 - middle)).ceil().min(count as f64);
            Some((low as u64, high as u64))
        });
        Self { count, pairs: widened.collect(), each }
    }
}

impl Statistics {
    /// Statistics of a summary; not a number where there are no finite draws.
    pub fn of(summary: &Summary, ranks: &Ranks) -> Self {
        let moments = &summary.moments;
        let fresh;
        let ranks = if ranks.count == moments.count {
            ranks
        } else {
            fresh = Ranks::worth(moments.count, ranks.each);
            &fresh
        };
        let ordered = summary.sketch.ordered();
        let reach = if summary.replicated.is_some() { reach() } else { 0.0 };
        let percentile = |k: usize| {
            let inside = |x: f64| x.max(summary.low).min(summary.high);
            let value = ordered.quantile(LEVELS[k]).map_or(f64::NAN, inside);
            let bounds = match &summary.replicated {
                Some(known) => known.bounds(k, moments.count, reach, &ordered),
                None => ranks.pairs[k].and_then(|(low, high)| ordered.rank_bounds(low, high)),
            };
            let (low, high) = bounds.map_or((f64::NAN, f64::NAN), |(a, b)| (inside(a), inside(b)));
            Interval { value, low, high }
        };
        Self {
            count: moments.count,
            nonfinite: moments.nonfinite,
            zeros: summary.sketch.count_zero() as f64 / moments.count.max(1) as f64,
            mean: moments.mean().unwrap_or(f64::NAN),
            mean_error: match &summary.replicated {
                Some(known) => known.mean_error,
                None => moments.standard_error().unwrap_or(f64::NAN) * ranks.each.sqrt(),
            },
            replicated: summary.replicated.is_some(),
            each: ranks.each,
            sd: moments.sd().unwrap_or(f64::NAN),
            percentiles: std::array::from_fn(percentile),
        }
    }

    /// A percentile by its level, if it is one of [`LEVELS`].
    pub fn percentile(&self, level: f64) -> Option<Interval> {
        LEVELS.iter().position(|&p| (p - level).abs() < 1e-9).map(|k| self.percentiles[k])
    }

    /// For a metric that is 1 or 0: the probability of 1, with its Wilson interval.
    pub fn probability(&self) -> Option<Interval> {
        if self.replicated && self.mean > 0.0 && self.mean < 1.0 {
            return Some(share_around(self.mean, self.mean_error, self.count));
        }
        let (low, high) = wilson_share(self.mean, self.count as f64 / self.each, CONFIDENCE)?;
        Some(Interval { value: self.mean, low, high })
    }
}

/// [`Replicated::reach`] at the confidence of intervals, worked out once.
pub(super) fn reach() -> f64 {
    static REACH: OnceLock<f64> = OnceLock::new();
    *REACH.get_or_init(|| Replicated::reach(CONFIDENCE))
}

/// A share of `count` draws with the interval that its standard error from replicates gives: at least one
/// draw to either side, for a design that puts the same number into each replicate.
pub(super) fn share_around(value: f64, error: f64, count: u64) -> Interval {
    let half = (reach() * error).max(1.0 / count.max(1) as f64);
    Interval { value, low: (value - half).max(0.0), high: (value + half).min(1.0) }
}
