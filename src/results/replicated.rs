//! How well independent replicates of a design know a summary.

use super::LEVELS;
use crate::stats::{Ordered, student_upper_quantile};

/// Independent replicates of a design.
pub const REPLICATES: usize = 16;

/// Errors of one summary from the spread of its replicates.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicated {
    /// Standard error of the mean.
    pub mean_error: f64,
    /// For each of [`LEVELS`]: the variance of the share of draws up to a value near that percentile,
    /// over that of as many independent draws.
    pub worth: [f64; LEVELS.len()],
}

impl Replicated {
    /// How many standard errors away the ends of an interval of this confidence are.
    pub fn reach(confidence: f64) -> f64 {
        student_upper_quantile(0.5 * (1.0 - confidence), REPLICATES as u32 - 1)
    }

    /// What lies between the ranks around a percentile, `reach` standard errors away.
    pub(super) fn bounds(
        &self,
        level: usize,
        count: u64,
        reach: f64,
        ordered: &Ordered<'_>,
    ) -> Option<(f64, f64)> {
        let n = count as f64;
        let p = LEVELS[level];
        let half = reach * (self.worth[level] * p * (1.0 - p) * n).sqrt();
        let low = (p * n - half).floor().max(1.0);
        let high = (p * n + half).ceil() + 1.0;
        if half.is_nan() { None } else { ordered.rank_bounds(low as u64, (high as u64).min(count)) }
    }
}
