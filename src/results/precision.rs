//! How well figures are known of which a precision was asked.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::conditioned::bits;

/// How a run ended of which a precision was asked. Fractions are written as their bits, so that no digit
/// depends on a library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// What was asked.
    pub asked: Vec<PrecisionAsked>,
    /// Why it ended.
    pub ended: Ended,
    /// Most draws that it might have taken.
    pub most: u64,
    /// Looks of its schedule, and the one at which it ended, from 1.
    pub looks: [usize; 2],
    /// Confidence of each interval over all looks.
    #[serde(with = "bits")]
    pub confidence: f64,
    /// Seconds that it might have taken, as given; empty if there was no limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub budget: String,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// All is known as well as was asked.
    Precise,
    /// The time was over.
    Budget,
    /// It had the most draws that it might take.
    Draws,
}

/// One statement of precision, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrecisionAsked {
    /// As it was written.
    pub text: String,
    /// What it is about, as `fleet.h100e@2026Q4 P50`.
    pub figure: String,
    /// Canonical unit; empty for chances.
    pub unit: String,
    /// How far the ends of the interval may be from the estimate, relative to it or not.
    #[serde(with = "bits")]
    pub tolerance: f64,
    /// Whether relative.
    pub relative: bool,
    /// Whether it is reached.
    pub reached: bool,
    /// The estimate.
    #[serde(with = "bits")]
    pub value: f64,
    /// Lower end of its interval.
    #[serde(with = "bits")]
    pub low: f64,
    /// Upper end.
    #[serde(with = "bits")]
    pub high: f64,
}

impl Precision {
    /// Whether all is known as well as was asked.
    pub fn reached(&self) -> bool {
        self.asked.iter().all(|one| one.reached)
    }

    /// Why the run ended, in words.
    pub fn ended_in_words(&self) -> String {
        match self.ended {
            Ended::Precise => "as precise as asked".to_owned(),
            Ended::Budget => format!("cut short by the budget of {}", self.budget),
            Ended::Draws => {
                "not as precise as asked with the most draws that it may take".to_owned()
            }
        }
    }
}

impl PrecisionAsked {
    /// How far the ends may be from the estimate.
    pub fn allowed(&self) -> f64 {
        if self.relative { self.tolerance * self.value.abs() } else { self.tolerance }
    }

    /// How far the farther end is.
    pub fn reach(&self) -> f64 {
        let (up, down) = (self.high - self.value, self.value - self.low);
        if up > down || down.is_nan() { up } else { down }
    }
}

/// For `run.json`.
pub fn precision_json(precision: &Precision) -> Value {
    let number = |x: f64| if x.is_finite() { json!(x) } else { Value::Null };
    let one = |asked: &PrecisionAsked| {
        json!({
            "asked": asked.text,
            "figure": asked.figure,
            "unit": asked.unit,
            "reached": asked.reached,
            "value": number(asked.value),
            "low": number(asked.low),
            "high": number(asked.high),
            "tolerance": number(asked.tolerance),
            "relative": asked.relative,
        })
    };
    json!({
        "reached": precision.reached(),
        "ended": match precision.ended {
            Ended::Precise => "precise",
            Ended::Budget => "budget",
            Ended::Draws => "draws",
        },
        "most_draws": precision.most,
        "looks": precision.looks[0],
        "look": precision.looks[1],
        "confidence": number(precision.confidence),
        "budget": precision.budget,
        "until": precision.asked.iter().map(one).collect::<Vec<_>>(),
    })
}
