//! The JSON header: names, texts and the lengths of the arrays that follow. No fractions are in it,
//! so that no digit depends on a JSON library.

use super::SummaryError;
use crate::results::{
    About, Conditioned, Given, Guided, LeftRange, Metric, Observed, PastRun, Precision, Shard,
    date_text,
};
use crate::time::{Date, Quarter, TimeGrid};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) about: About,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) metrics: Vec<MetricText>,
    pub(super) observations: Vec<ObservedText>,
    pub(super) inputs: Vec<ColumnText>,
    pub(super) results: Vec<ColumnText>,
    // Edition 1 had no targets.
    #[serde(default)]
    pub(super) limits: Vec<String>,
    #[serde(default)]
    pub(super) targets: Vec<TargetText>,
    #[serde(default)]
    pub(super) firsts: Vec<ColumnText>,
    // Editions 1 and 2 did not say what limits cost.
    #[serde(default)]
    pub(super) lost: Option<LimitsText>,
    // Hardly ever there, and not before 2026.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) left_range: Vec<LeftRange>,
    // Editions 1 to 3 did not say what was assumed.
    #[serde(default)]
    pub(super) given: Vec<Given>,
    // Not there where there is none, as in files that were written before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) guidance: Vec<Guided>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) past_runs: Vec<PastRun>,
    // Not there in runs that were not conditioned, as in files that were written before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) conditioned: Option<Conditioned>,
    // Not there in runs of which no precision was asked, as in files that were written before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) precision: Option<Precision>,
    // Not there in whole runs, as in files that were written before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) shard: Option<Shard>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) beside: Option<BesideText>,
}

/// What a part stands beside: its targets follow those of the part.
#[derive(Serialize, Deserialize)]
pub(super) struct BesideText {
    pub(super) name: String,
    pub(super) limits: Vec<String>,
    pub(super) targets: Vec<TargetText>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LimitsText {
    pub(super) names: Vec<String>,
    pub(super) draws: u64,
    pub(super) steps: Vec<LimitStepText>,
    pub(super) warnings: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LimitStepText {
    pub(super) step: usize,
    pub(super) causes: Vec<CauseText>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CauseText {
    pub(super) limit: String,
    pub(super) what: String,
    pub(super) draws: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct TargetText {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) asked: String,
    pub(super) given: Vec<String>,
    pub(super) dates: Vec<DateText>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct DateText {
    #[serde(with = "date_text")]
    pub(super) date: Date,
    pub(super) label: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MetricText {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) unit: String,
    pub(super) aggregation: String,
    pub(super) doc: String,
    pub(super) from: usize,
    pub(super) quarters: usize,
    pub(super) years: Vec<i32>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ObservedText {
    pub(super) metric: String,
    pub(super) at: String,
    pub(super) yearly: bool,
    #[serde(with = "date_text")]
    pub(super) known: Date,
    pub(super) seen: bool,
    pub(super) source: String,
    // Hardly ever there, and not before 2026.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) basis: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ColumnText {
    pub(super) name: String,
    pub(super) draws: u64,
}

impl Header {
    pub(super) fn to_json(&self) -> String {
        // Texts and whole numbers only: there is nothing that could not be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn from_json(bytes: &[u8]) -> Result<Self, SummaryError> {
        serde_json::from_slice(bytes)
            .map_err(|_| SummaryError::Damaged("the header cannot be read"))
    }

    pub(super) fn grid(&self) -> Result<TimeGrid, SummaryError> {
        let quarters = Quarter::parse(&self.from).zip(Quarter::parse(&self.to));
        quarters
            .and_then(|(from, to)| TimeGrid::new(from, to))
            .ok_or(SummaryError::Damaged("the quarters are wrong"))
    }
}

impl MetricText {
    pub(super) fn of(metric: &Metric) -> Self {
        Self {
            name: metric.name.clone(),
            label: metric.label.clone(),
            unit: metric.unit.clone(),
            aggregation: metric.aggregation.clone(),
            doc: metric.doc.clone(),
            from: metric.from,
            quarters: metric.quarters.len(),
            years: metric.years.iter().map(|(year, _)| *year).collect(),
        }
    }

    /// Whether its periods lie in the grid.
    pub(super) fn check(&self, grid: TimeGrid) -> Result<(), SummaryError> {
        let end = self.from.checked_add(self.quarters);
        let years = grid.from().year()..=grid.to().year();
        let inside = end.is_some_and(|end| end <= grid.steps())
            && self.years.is_sorted_by(|a, b| a < b)
            && self.years.iter().all(|year| years.contains(year));
        if inside { Ok(()) } else { Err(SummaryError::Damaged("a metric has wrong periods")) }
    }
}

impl ObservedText {
    pub(super) fn of(observed: &Observed) -> Self {
        Self {
            metric: observed.metric.clone(),
            at: observed.at.clone(),
            yearly: observed.yearly,
            known: observed.known,
            seen: observed.seen,
            source: observed.source.clone(),
            basis: observed.basis.clone(),
        }
    }
}
