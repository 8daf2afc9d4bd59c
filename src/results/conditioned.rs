//! What observations made of a run: how its draws were moved, and the inputs before and after.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A conditioned run. Fractions are written as their bits, so that no digit depends on a library.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conditioned {
    /// Draws, all of equal weight.
    pub draws: u64,
    /// Independent draws that they are worth: see `docs/conditioning.md`.
    #[serde(with = "bits")]
    pub effective: f64,
    /// Observations that were used.
    pub facts: Vec<UsedFact>,
    /// Observations in the grid that were not.
    pub left_out: Vec<LeftOut>,
    /// The tempered steps.
    pub steps: Vec<TemperingStep>,
    /// Every input that was drawn, the one that moved most first.
    pub inputs: Vec<InputShift>,
}

impl Conditioned {
    /// Draws that are worth one independent draw; 1 at least.
    pub fn each(&self) -> f64 {
        (self.draws as f64 / self.effective).max(1.0)
    }
}

/// An observation that was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsedFact {
    /// Metric.
    pub metric: String,
    /// Period.
    pub at: String,
    /// Value; its logarithm if `log`.
    #[serde(with = "bits")]
    pub value: f64,
    /// Standard deviation of the measurement on the same scale.
    #[serde(with = "bits")]
    pub sd: f64,
    /// Whether the logarithm is compared.
    pub log: bool,
    /// Its source.
    pub source: String,
}

/// An observation in the grid that was not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Metric with its period.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// One tempered step: weights, resampling, moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemperingStep {
    /// Power of the likelihood after it, up to 1.
    #[serde(with = "bits")]
    pub exponent: f64,
    /// Effective sample size of its weights.
    #[serde(with = "bits")]
    pub effective: f64,
    /// Effective number of families: of draws that have no ancestor in common.
    #[serde(with = "bits")]
    pub families: f64,
    /// Moves of all draws.
    pub moves: usize,
    /// Share of the moves that were accepted.
    #[serde(with = "bits")]
    pub acceptance: f64,
    /// Size of the last moves: 1 is a fresh draw.
    #[serde(with = "bits")]
    pub size: f64,
}

/// Mean, standard deviation and percentiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Mean.
    #[serde(with = "bits")]
    pub mean: f64,
    /// Standard deviation.
    #[serde(with = "bits")]
    pub sd: f64,
    /// 5th percentile.
    #[serde(with = "bits")]
    pub p5: f64,
    /// Median.
    #[serde(with = "bits")]
    pub p50: f64,
    /// 95th percentile.
    #[serde(with = "bits")]
    pub p95: f64,
}

/// An input before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputShift {
    /// Its key; with `@` and the quarter for what is drawn quarter by quarter.
    pub key: String,
    /// As drawn.
    pub prior: Spread,
    /// With the observations.
    pub posterior: Spread,
    /// By how many standard deviations of the prior its mean moved.
    #[serde(with = "bits")]
    pub shift: f64,
    /// Standard error of the shift.
    #[serde(with = "bits")]
    pub error: f64,
}

impl InputShift {
    /// Whether its mean moved by more than chance explains: over four standard errors.
    pub fn moved(&self) -> bool {
        self.shift.abs() > 4.0 * self.error
    }
}

/// `conditioned` in `run.json`.
pub fn conditioned_json(conditioned: &Conditioned) -> Value {
    let steps = conditioned.steps.iter().map(|step| {
        json!({
            "exponent": step.exponent,
            "effective": step.effective,
            "families": step.families,
            "moves": step.moves,
            "acceptance": step.acceptance,
            "size": step.size,
        })
    });
    let moved = conditioned.inputs.iter().filter(|input| input.moved()).take(10);
    json!({
        "observations": conditioned.facts.len(),
        "left_out": conditioned.left_out,
        "effective": conditioned.effective,
        "steps": steps.collect::<Vec<_>>(),
        "moved": moved.map(|input| json!({
            "input": input.key, "shift": input.shift, "error": input.error,
        })).collect::<Vec<_>>(),
    })
}

/// Fractions as the whole numbers of their bits.
pub(in crate::results) mod bits {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is that of the library")]
    pub(in crate::results) fn serialize<S: Serializer>(x: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(x.to_bits())
    }

    pub(in crate::results) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<f64, D::Error> {
        u64::deserialize(from).map(f64::from_bits)
    }
}
