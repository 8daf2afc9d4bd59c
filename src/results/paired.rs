//! What two runs with the same random numbers say of their difference, draw by draw.

use super::Summary;
use crate::time::Quarter;

/// Levels at which the differences of percentiles have paired intervals.
pub const PAIRED_LEVELS: [f64; 3] = [0.05, 0.50, 0.95];

/// All that was counted of the pairs of draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs {
    /// Metrics that both runs have, in the order of the first.
    pub metrics: Vec<PairedMetric>,
    /// Questions that both runs ask in the same words.
    pub targets: Vec<PairedTarget>,
}

/// A metric over the periods in which both runs have it.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedMetric {
    /// Name.
    pub name: String,
    /// Quarters, the earliest first.
    pub quarters: Vec<(Quarter, PairedSummary)>,
    /// Sums of whole years, for flows.
    pub years: Vec<(i32, PairedSummary)>,
}

/// The difference of one metric in one period.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedSummary {
    /// Summary of the second run less the first, draw by draw.
    pub difference: Summary,
    /// How the pairs lie.
    pub counts: PairCounts,
    /// Errors from replicates, if the draws are spread by design.
    pub replicated: Option<Box<PairedErrors>>,
}

/// Errors of the shares of pairs, from their spread over replicates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedErrors {
    /// Standard error of the share of draws in which the second is above the first.
    pub above: f64,
    /// For each of [`PAIRED_LEVELS`]: standard errors of the shares up to a value near that percentile
    /// in the first and in the second run, and their correlation.
    pub up_to: [[f64; 3]; PAIRED_LEVELS.len()],
}

/// Counts of pairs of draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairCounts {
    /// Pairs in which the second is above the first.
    pub above: u64,
    /// Pairs of equal values.
    pub ties: u64,
    /// Pairs in which the second is below the first.
    pub below: u64,
    /// For each of [`PAIRED_LEVELS`]: draws up to a value near that percentile of their own run.
    pub up_to: [UpTo; PAIRED_LEVELS.len()],
}

/// Draws up to a value of the first run, of the second, and both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpTo {
    /// Of the first run.
    pub first: u64,
    /// Of the second.
    pub second: u64,
    /// Of both.
    pub both: u64,
}

/// One date of one question.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedTarget {
    /// Name of the target.
    pub name: String,
    /// How its date is said.
    pub label: String,
    /// Draws by what came of it in the first run (row) and in the second (column): left out, not
    /// met, met.
    pub table: [[u64; 3]; 3],
    /// Standard error of the difference of the chances, from replicates; none if the draws are
    /// independent.
    pub error: Option<f64>,
}

impl PairCounts {
    /// Adds all of other pairs.
    pub fn merge(&mut self, other: &Self) {
        self.above += other.above;
        self.ties += other.ties;
        self.below += other.below;
        for (mine, more) in self.up_to.iter_mut().zip(&other.up_to) {
            mine.first += more.first;
            mine.second += more.second;
            mine.both += more.both;
        }
    }

    /// Number of pairs.
    pub fn count(&self) -> u64 {
        self.above + self.ties + self.below
    }

    /// Whether no pair differs.
    pub fn all_equal(&self) -> bool {
        self.above + self.below == 0
    }
}

impl UpTo {
    /// The correlation of being up to the one value and up to the other, over `count` pairs; 0 where
    /// it is not defined.
    pub fn correlation(&self, count: u64) -> f64 {
        let n = count as f64;
        let (first, second, both) =
            (self.first as f64 / n, self.second as f64 / n, self.both as f64 / n);
        let spread = first * (1.0 - first) * second * (1.0 - second);
        let correlation = (both - first * second) / spread.sqrt();
        if spread > 0.0 { correlation.clamp(-1.0, 1.0) } else { 0.0 }
    }
}
