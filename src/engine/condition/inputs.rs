//! Every input that is drawn until the last observation, before and after.

use rayon::prelude::*;

use crate::model::block::Block;
use crate::model::factors::FACTORS;
use crate::plan::{LEAD_IN, Plan};
use crate::results::{InputShift, Spread};

/// Values of each input, draw by draw.
pub(super) type Values = Vec<Vec<f64>>;

/// Where each input stands: none for before the first quarter.
pub(super) struct Recorder {
    places: Vec<(Option<usize>, String, usize)>,
}

impl Recorder {
    pub(super) fn of(plan: &Plan, until: usize) -> Self {
        let mut places: Vec<(Option<usize>, String, usize)> = plan
            .kept
            .iter()
            .map(|(key, column)| (None, key.clone(), *column))
            .chain(plan.sites.draws.iter().map(|draw| (None, draw.key.clone(), draw.column)))
            .collect();
        if let Some(shares) = &plan.shares {
            let names = ["chips", "other", "building", "rest"].iter();
            let shares = names.zip(&shares.columns);
            places.extend(
                shares.map(|(name, &column)| (None, format!("capex.shares.{name}"), column)),
            );
        }
        for t in 0..=until {
            let (year, quarter) = plan.setup.quarters[t];
            let mut add = |key: &str, column: usize| {
                places.push((Some(t), format!("{key}@{year}Q{quarter}"), column));
            };
            for (factor, name) in plan.factors.iter().zip(FACTORS) {
                let history = &factor.history;
                if !history.is_empty() {
                    add(&format!("factor.{name}"), history[(t + LEAD_IN as usize) % history.len()]);
                }
            }
            for series in &plan.series {
                let chosen = series.regime.as_ref().is_none_or(|regime| t >= regime.from);
                if chosen && (!series.yearly || plan.setup.opens_year(t)) {
                    add(&series.key, series.column);
                }
            }
            for fresh in &plan.fresh {
                add(&fresh.key, fresh.column);
            }
            for ahead in &plan.year_ahead {
                add(&ahead.key, ahead.columns[quarter as usize - 1]);
            }
        }
        Self { places }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Takes what stands in the block after a step.
    pub(super) fn add(&self, step: Option<usize>, block: &Block, valid: usize, to: &mut Values) {
        for ((at, _, column), values) in self.places.iter().zip(to) {
            if *at == step {
                values.extend_from_slice(&block.column(*column).as_slice()[..valid]);
            }
        }
    }
}

/// By how much each input moved, the farthest first. Inputs that do not vary are left out.
pub(super) fn shifts(
    plan: &Plan,
    until: usize,
    prior: &Values,
    posterior: &Values,
    eves: &[u32],
) -> Vec<InputShift> {
    let recorder = Recorder::of(plan, until);
    let mut all: Vec<InputShift> = recorder
        .places
        .par_iter()
        .zip(prior.par_iter().zip(posterior))
        .filter_map(|((_, key, _), (before, after))| shift(key, before, after, eves))
        .collect();
    all.sort_by(|a, b| b.shift.abs().total_cmp(&a.shift.abs()).then(a.key.cmp(&b.key)));
    all
}

fn shift(key: &str, before: &[f64], after: &[f64], eves: &[u32]) -> Option<InputShift> {
    let (prior, posterior) = (spread(before)?, spread(after)?);
    // What is fixed by the last digit of a sum does not vary.
    if prior.sd.is_nan() || prior.sd <= 1e-12 * prior.mean.abs() {
        return None;
    }
    let moved = (posterior.mean - prior.mean) / prior.sd;
    // How much each draw of the prior adds to the error, to first order: through its descendants, whose sum is
    // that of a family (none of it is lost where moves have not parted them: Lee and Whiteley 2018,
    // doi:10.1093/biomet/asy028), and through mean and standard deviation of the prior, which it is a part of.
    let mut parts = vec![0.0_f64; after.len()];
    for (&eve, x) in eves.iter().zip(after) {
        parts[eve as usize] += (x - posterior.mean) / prior.sd;
    }
    for (part, x) in parts.iter_mut().zip(before) {
        let z = (x - prior.mean) / prior.sd;
        *part -= z + 0.5 * moved * (z * z - 1.0);
    }
    let squares: f64 = parts.iter().map(|part| part * part).sum();
    let error = squares.sqrt() / after.len() as f64;
    Some(InputShift { key: key.to_owned(), shift: moved, error, prior, posterior })
}

/// None if some value is not finite.
fn spread(values: &[f64]) -> Option<Spread> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    let mut sorted = values.to_vec();
    let mut at = |level: f64| {
        let rank = ((level * count) as usize).min(sorted.len() - 1);
        *sorted.select_nth_unstable_by(rank, f64::total_cmp).1
    };
    let (p5, p50, p95) = (at(0.05), at(0.5), at(0.95));
    let sd = (squares / (count - 1.0).max(1.0)).sqrt();
    (mean.is_finite() && sd.is_finite()).then_some(Spread { mean, sd, p5, p50, p95 })
}
