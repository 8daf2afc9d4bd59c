//! What the limits of the fleet cost: shadow values, the split of the lost fleet, and what was to
//! blame.

use super::{Kept, RunResult};
use crate::stats::{mean, sd, spearman};
use serde_json::{Map, Value, json};

/// A mean over draws with its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Its standard error, sd / √n; 0 for a single draw.
    pub error: f64,
}

impl Estimate {
    /// The estimate from the values of independent draws; of none, it is 0.
    pub fn of(values: &[f64]) -> Self {
        let error = sd(values).unwrap_or(0.0) / (values.len().max(1) as f64).sqrt();
        Self { mean: mean(values).unwrap_or(0.0), error }
    }
}

/// What one limit does to the fleet at a quarter end, H100e.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LimitEffect {
    /// Installed in addition if the limit is 10 % wider in this quarter only.
    pub quarter: Estimate,
    /// Installed in addition if it is 10 % wider in all quarters since the start.
    pub since: Estimate,
    /// Its Shapley value: its part of the fleet that all limits together cost.
    pub lost: Estimate,
}

/// What was to blame where a limit set the fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// The limit.
    pub limit: String,
    /// The phase, the generation, or what it was about money.
    pub what: String,
    /// Draws.
    pub draws: u64,
}

/// The limits at one quarter end.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitStep {
    /// Position in the grid.
    pub step: usize,
    /// The fleet in these draws.
    pub fleet: Estimate,
    /// What it would have in addition if all limits were ten times as wide.
    pub lost: Estimate,
    /// What 10 % more of all limits at once, since the start, brings beyond the sum of each alone:
    /// positive where two limits bind together.
    pub joint: Estimate,
    /// One for each limit.
    pub effects: Vec<LimitEffect>,
    /// What was to blame in this quarter, by limit, most draws first.
    pub causes: Vec<Cause>,
}

/// What the limits cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// The limits that the scenario has: money, chips, power, installation.
    pub names: Vec<String>,
    /// Draws that were run again: the first ones.
    pub draws: u64,
    /// The last quarter of each year, and of the grid.
    pub steps: Vec<LimitStep>,
    /// Why the answer may not hold.
    pub warnings: Vec<String>,
}

/// Inputs that count as those that move the fleet most.
const MOVERS: usize = 3;
/// Draws of the rank correlations.
const RANKED: usize = 2048;
/// Rank correlations below this are not spoken of.
const WEAK: f64 = 0.1;
/// Standard errors within which two limits are not told apart.
const ERRORS: f64 = 2.0;

impl Limits {
    /// Why the answer may not hold at the last quarter: it rests on inputs of which `is_weak` holds,
    /// or two limits cost the same within the error.
    pub fn find_warnings(&self, kept: &Kept, is_weak: impl Fn(&str) -> bool) -> Vec<String> {
        let weak = weak_inputs(kept, is_weak);
        weak.into_iter().chain(self.undecided()).collect()
    }

    /// The limit that costs most at a step and the next one, if they are within the error.
    fn undecided(&self) -> Option<String> {
        let step = self.steps.last()?;
        let mut order: Vec<usize> = (0..step.effects.len()).collect();
        let lost = |at: usize| step.effects[at].lost;
        order.sort_by(|&a, &b| lost(b).mean.total_cmp(&lost(a).mean));
        let (&[first, second, ..], true) = (order.as_slice(), step.lost.mean > 0.0) else {
            return None;
        };
        let gap = lost(first).mean - lost(second).mean;
        let error = libm::hypot(lost(first).error, lost(second).error);
        (gap < ERRORS * error).then(|| {
            format!(
                "which limit costs most of the fleet is not settled: {} and {} are within the error",
                self.names[first], self.names[second]
            )
        })
    }
}

/// The weak ones of the inputs that move the last fleet most, in words.
fn weak_inputs(kept: &Kept, is_weak: impl Fn(&str) -> bool) -> Option<String> {
    let last = kept.results.iter().rev().find(|(name, _)| name.starts_with("fleet.h100e@"));
    let (name, fleet) = last?;
    let year = name.rsplit('@').next().unwrap_or_default();
    let count = fleet.len().min(RANKED);
    let mut movers: Vec<(f64, &str)> = kept
        .inputs
        .iter()
        .filter(|(_, values)| values.len() == fleet.len())
        .filter_map(|(key, values)| {
            Some((spearman(&values[..count], &fleet[..count])?, key.as_str()))
        })
        .filter(|(rho, _)| rho.abs() > WEAK.max(ERRORS / (count as f64).sqrt()))
        .collect();
    movers.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then(a.1.cmp(b.1)));
    movers.truncate(MOVERS);
    let weak = movers.iter().filter(|(_, key)| is_weak(key));
    let words: Vec<String> = weak.map(|(rho, key)| format!("{key} ({rho:.2})")).collect();
    (!words.is_empty()).then(|| {
        format!(
            "what sets the fleet rests on weak ground: grade D among the {} inputs that move the \
             fleet of {year} most (rank correlation): {}",
            movers.len(),
            words.join(", ")
        )
    })
}

/// The limits as JSON, for `run.json`.
pub fn limits_json(result: &RunResult) -> Value {
    let Some(limits) = &result.limits else { return Value::Null };
    let estimate = |e: Estimate| json!({ "mean": e.mean, "error": e.error });
    let step = |step: &LimitStep| {
        let effects: Map<String, Value> = limits
            .names
            .iter()
            .zip(&step.effects)
            .map(|(name, e)| {
                let effect = json!({
                    "quarter": estimate(e.quarter),
                    "since": estimate(e.since),
                    "lost": estimate(e.lost),
                });
                (name.clone(), effect)
            })
            .collect();
        let causes = step
            .causes
            .iter()
            .map(|c| json!({ "limit": c.limit, "what": c.what, "draws": c.draws }));
        json!({
            "quarter": result.grid.from().plus(step.step as i32).to_string(),
            "fleet": estimate(step.fleet),
            "lost": estimate(step.lost),
            "joint": estimate(step.joint),
            "limits": effects,
            "causes": causes.collect::<Vec<_>>(),
        })
    };
    json!({
        "draws": limits.draws,
        "steps": limits.steps.iter().map(step).collect::<Vec<_>>(),
        "warnings": limits.warnings,
    })
}
