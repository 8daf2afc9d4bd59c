//! What a number does to another one, from draws that were made for no such purpose: rank correlation,
//! means and percentiles at both ends, share of the variance, and whether there is anything at all.

mod ends;
mod independence;
mod projection;
mod rank;
mod variance;

pub use independence::{chi_squared_upper, holm};
pub use projection::{Projection, project};

use independence::chance_of_none;
use rank::{Ranked, rank_correlation};

/// Fewest draws that say anything.
pub const FEWEST: usize = 200;

/// An estimate with its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

/// A statistic of the output where an input is low and where it is high.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AtEnds {
    /// Over the lowest fifth of the input.
    pub low: Measured,
    /// Over the highest fifth.
    pub high: Measured,
    /// The second less the first.
    pub change: Measured,
}

/// What an input does to an output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Spearman's rank correlation.
    pub rank: Measured,
    /// The output's mean over both fifths.
    pub mean: AtEnds,
    /// The output's 90th percentile over both fifths.
    pub p90: AtEnds,
    /// Share of the output's variance that the input explains by itself: Var E(y | x) / Var y.
    pub share: Measured,
    /// The chance of so clear a sign if there were no effect at all.
    pub p: f64,
}

/// An output, ready to be set against inputs.
#[derive(Clone, Debug)]
pub struct Response {
    values: Vec<f64>,
    ranked: Ranked,
    /// Mean.
    pub mean: Measured,
    /// Standard deviation.
    pub sd: f64,
    /// 90th percentile.
    pub p90: Measured,
}

impl Response {
    /// An output of finite values, one for each draw; none if there are fewer than [`FEWEST`].
    pub fn new(values: Vec<f64>) -> Option<Self> {
        if values.len() < FEWEST || !values.iter().all(|y| y.is_finite()) {
            return None;
        }
        let ranked = Ranked::new(&values);
        let n = values.len() as f64;
        // Values around one of them: sums of equal values are then exact.
        let around = values[0];
        let mean = around + values.iter().map(|y| y - around).sum::<f64>() / n;
        let squares: f64 = values.iter().map(|y| (y - mean) * (y - mean)).sum();
        let variance = squares / (n - 1.0);
        let everyone = vec![1.0; values.len()];
        let p90 = ends::p90(&values, &ranked.order, &everyone);
        let mean = Measured { value: mean, error: (variance / n).sqrt() };
        Some(Self { ranked, mean, sd: variance.sqrt(), p90, values })
    }

    /// Its draws.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Mid-ranks around zero, over the number of draws: what [`project`] is given.
    pub fn centered_ranks(&self) -> &[f64] {
        &self.ranked.centered
    }

    /// What an input of the same draws does to it; `None` at unequal lengths, where the input is not
    /// a number or where it is the same in all draws.
    pub fn effect_of(&self, input: &[f64]) -> Option<Effect> {
        if input.len() != self.values.len() || input.iter().any(|x| x.is_nan()) {
            return None;
        }
        let ranked = Ranked::new(input);
        if ranked.is_constant() {
            return None;
        }
        let rank = rank_correlation(&ranked, &self.ranked);
        let fifths = ends::fifths(&ranked);
        Some(Effect {
            rank,
            mean: ends::means(&self.values, &fifths),
            p90: ends::p90s(&self.values, &self.ranked.order, &fifths),
            share: variance::first_order(&ranked, &self.values, self.mean.value),
            p: chance_of_none(&ranked, &self.ranked, rank.value),
        })
    }
}

#[cfg(test)]
mod tests;
