//! What a run gives: summaries that carry their own names and units, and the first draws.

mod comparison;
mod comparison_file;
mod conditioned;
mod context;
mod date_text;
mod digest;
mod drivers;
mod given;
mod limits;
mod paired;
mod precision;
mod record;
mod replicated;
mod run_json;
#[cfg(test)]
pub(crate) mod sample;
mod shard;
mod spread;
mod statistics;
pub mod summary_file;
mod sweep;
mod targets;

pub use comparison::{
    Bar, Bridge, Comparison, DateDifference, Difference, Figures, InputChange, MetricDifference,
    OfDraws, Side, TargetDifference, Told, compare_metrics, compare_targets, comparison_json,
    last_quarter,
};
pub use comparison_file::read_comparison;
pub use conditioned::{
    Conditioned, InputShift, LeftOut, Spread, TemperingStep, UsedFact, conditioned_json,
};
pub use context::{Guided, PastRun};
pub use digest::digest;
pub use drivers::{
    Driver, DriverDraws, DriverGroup, DriverInput, DriverKind, DriverOutput, Drivers, FALSE_ALARM,
    Facts, GradePart, OutputKind, SourcePart, TornadoBar, drivers, drivers_json,
};
pub use given::Given;
pub use limits::{Cause, Estimate, LimitEffect, LimitStep, Limits, limits_json};
pub use paired::{
    PAIRED_LEVELS, PairCounts, PairedErrors, PairedMetric, PairedSummary, PairedTarget, Pairs, UpTo,
};
pub use precision::{Ended, Precision, PrecisionAsked, precision_json};
pub use record::{
    Change, HEADLINE, RecordedChance, RecordedMetric, RecordedRange, RecordedShard, RecordedTarget,
    RunRecord, resolved_changes,
};
pub use replicated::{REPLICATES, Replicated};
pub use run_json::{
    Made, comparison_run_json, kind_of, left_range_json, listed_files, made_of, run_json,
    timings_json,
};
pub use shard::{Misfit, NAMED_DRAWS, Shard};
pub use spread::{designs, draws_of};
use statistics::CONFIDENCE;
pub use statistics::{Interval, LEVELS, Ranks, Statistics};
pub use sweep::{
    Sweep, SweptCell, SweptFigure, SweptKey, SweptPoint, SweptValue, sweep_json, sweep_run_json,
};
pub use targets::{
    DateCounts, FirstTimes, Separating, Separator, Separators, TIME_BITS, TargetResult, Targets,
    targets_json,
};

use crate::stats::{Moments, Sketch};
use crate::time::{Date, TimeGrid};
use serde::{Deserialize, Serialize};

/// Complete mergeable summary of one metric in one period.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Count, mean and spread.
    pub moments: Moments,
    /// Histogram; empty for indicators, whose mean says everything.
    pub sketch: Sketch,
    /// Smallest finite value; +∞ where there is none.
    pub low: f64,
    /// Largest finite value; −∞ where there is none.
    pub high: f64,
    /// How well replicates know it, if the draws are spread by design.
    pub replicated: Option<Box<Replicated>>,
}

impl Summary {
    /// Nothing yet. `pivot` is subtracted before summing, `bits` are the histogram's.
    pub fn new(pivot: f64, bits: u8) -> Self {
        Self {
            moments: Moments::new(pivot),
            sketch: Sketch::new(bits),
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            replicated: None,
        }
    }

    /// Adds all of another summary of the same metric and period.
    pub fn merge(&mut self, other: &Self) {
        self.moments.merge(&other.moments);
        self.sketch.merge(&other.sketch);
        self.low = if other.low < self.low { other.low } else { self.low };
        self.high = if other.high > self.high { other.high } else { self.high };
        self.replicated = None;
    }
}

/// A metric over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Name.
    pub name: String,
    /// Label.
    pub label: String,
    /// Canonical unit.
    pub unit: String,
    /// Stock, flow, ratio or indicator.
    pub aggregation: String,
    /// One line of documentation.
    pub doc: String,
    /// First step with a summary.
    pub from: usize,
    /// One summary for each quarter from `from` on.
    pub quarters: Vec<Summary>,
    /// For flows: one for each whole year of the grid.
    pub years: Vec<(i32, Summary)>,
}

/// What a run was made from: enough to make it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Name of the scenario with its overlays.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// What it is about, in a paragraph; may be empty.
    #[serde(default)]
    pub description: String,
    /// Arguments of the program that make it again; empty in files of editions before the fourth.
    #[serde(default)]
    pub command: String,
    /// Whose fleet it is.
    pub company: String,
    /// The day it looks from.
    #[serde(with = "date_text")]
    pub as_of: Date,
    /// What H100-equivalents are counted by: `dense8`, `bf16` or `sustained`.
    pub h100e: String,
    /// Version of the program.
    pub version: String,
    /// Engine number: the same scenario, seed and engine number give the same bytes.
    pub engine: u32,
    /// Seed.
    pub seed: u64,
    /// Draws.
    pub draws: u64,
    /// How they are spread by design: `lhs` or `sobol`; empty if they are independent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sampling: String,
    /// Digest of the resolved scenario.
    pub digest: String,
    /// Newest date of what was used, marked hindsight left out.
    #[serde(with = "date_text")]
    pub newest_used: Date,
    /// Values that are marked as hindsight.
    pub hindsight: Vec<Hindsight>,
    /// Number of inputs by grade, A to D.
    pub grades: [usize; 4],
    /// Things a reader should know: repaired correlations, unsourced numbers, unused keys.
    pub warnings: Vec<String>,
    /// Whom charts and reports must credit, such as "Epoch AI (CC BY 4.0)".
    pub credits: Vec<String>,
}

impl About {
    /// How the draws are spread: `independent`, `lhs` or `sobol`.
    pub fn sampling(&self) -> &str {
        if self.sampling.is_empty() { "independent" } else { &self.sampling }
    }

    /// Newest date of the values that are marked as hindsight.
    pub fn newest_hindsight(&self) -> Option<Date> {
        self.hindsight.iter().map(|mark| mark.known).max()
    }
}

/// A value that became known only after the day the scenario looks from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hindsight {
    /// Input key.
    pub key: String,
    /// When it became known.
    #[serde(with = "date_text")]
    pub known: Date,
    /// Its source.
    pub source: String,
}

/// What was observed of a metric, for charts and scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Metric.
    pub metric: String,
    /// What it is about: `2024`, `2024Q2` or a date.
    pub at: String,
    /// Position in quarters since the start of the grid: the end of the period.
    pub position: f64,
    /// Whether it is about a whole year.
    pub yearly: bool,
    /// Value in the canonical unit.
    pub value: f64,
    /// 5th percentile of an uncertain one.
    pub low: Option<f64>,
    /// 95th percentile of an uncertain one.
    pub high: Option<f64>,
    /// When it became known.
    pub known: Date,
    /// Whether the run could see it.
    pub seen: bool,
    /// Its source.
    pub source: String,
    /// What it counts H100-equivalents by, as [`About::h100e`]; empty if it does not say or has none.
    pub basis: String,
}

/// One execution: everything later tables, charts and comparisons read.
#[derive(Clone, Debug, PartialEq)]
pub struct RunResult {
    /// What it was made from.
    pub about: About,
    /// Its assumptions, in order of their keys; none in files of editions before the fourth.
    pub given: Vec<Given>,
    /// The quarters.
    pub grid: TimeGrid,
    /// Summaries of every metric.
    pub summaries: Summaries,
    /// The first draws.
    pub kept: Kept,
    /// What the limits of the fleet cost; none if it was not asked for.
    pub limits: Option<Limits>,
    /// What was observed, before and after the scenario's day.
    pub observations: Vec<Observed>,
    /// What the company said would be, as far as the run could see it, oldest first.
    pub guidance: Vec<Guided>,
    /// Training runs of the past that it could see.
    pub past_runs: Vec<PastRun>,
    /// What observations made of it; none if it was not conditioned on any.
    pub conditioned: Option<Conditioned>,
    /// How well it knows what a precision was asked of; none if there was nothing.
    pub precision: Option<Precision>,
    /// The run without its changes, with the same random numbers; kept in files of parts only.
    pub beside: Option<Beside>,
    /// Which part of a run it is; none for a whole one.
    pub shard: Option<Shard>,
}

/// What came of the questions in a run that this one stands beside.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// What to call it.
    pub name: String,
    /// Its targets.
    pub targets: Targets,
}

/// All metrics and targets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summaries {
    /// Metrics in the order of the model's modules.
    pub metrics: Vec<Metric>,
    /// What came of the questions that were asked.
    pub targets: Targets,
    /// Draws that left their physical range, by cause: left out from that quarter on, and of all
    /// targets.
    pub left_range: Vec<LeftRange>,
}

/// Draws that left their physical range for the same cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftRange {
    /// What was out of its range.
    pub cause: String,
    /// How many draws.
    pub draws: u64,
    /// The first of them, each with the step of the grid in which it was.
    pub first: Vec<(u64, usize)>,
}

/// Inputs and year-end results of the first draws, in order of the draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Inputs drawn once, by key.
    pub inputs: Vec<(String, Vec<f64>)>,
    /// Metrics at year ends, as `name@year`.
    pub results: Vec<(String, Vec<f64>)>,
    /// First times of the targets, in quarters since the start of the grid; +∞ for never.
    pub targets: Vec<(String, Vec<f64>)>,
}

impl Summaries {
    /// A metric by name.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }
}
