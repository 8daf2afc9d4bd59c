//! A few possible values with their weights.

use super::params::ParamError;
use super::{Distribution, Family, Param, ParamKind, Params, Prob, Sampling};

pub(super) static FAMILY: Family = Family {
    name: "discrete",
    doc: "one of several values, drawn by weight; equal weights if none are given",
    formula: "P(values[k]) = weights[k] / Σ weights",
    params: &[
        Param::new("values", ParamKind::List, "the possible values, in any order"),
        Param::new("weights", ParamKind::Numbers, "one for each value; they need not sum to one"),
    ],
    forms: &[&["values"], &["values", "weights"]],
    optional: &[],
    example: r#"{ dist = "discrete", values = [1, 2, 4], weights = [0.3, 0.5, 0.2] }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    params.form(&FAMILY)?;
    let values = params.list("values").unwrap_or_default();
    let equal = vec![1.0; values.len()];
    let weights = params.list("weights").unwrap_or(&equal);
    check(values, weights)?;
    Ok(Box::new(Discrete::new(values, weights)))
}

fn check(values: &[f64], weights: &[f64]) -> Result<(), ParamError> {
    let wrong = |message: String| {
        let help = "for example values = [1, 2, 4], weights = [0.3, 0.5, 0.2]";
        Err(ParamError::of("weights", message, help))
    };
    if weights.len() != values.len() {
        let (w, v) = (weights.len(), values.len());
        return wrong(format!("`weights` has {w} entries, `values` has {v}"));
    }
    if let Some(negative) = weights.iter().find(|w| **w < 0.0) {
        return wrong(format!("a weight may not be negative, one is {negative}"));
    }
    let total: f64 = weights.iter().sum();
    if !(total > 0.0 && total.is_finite()) {
        return wrong(format!("the weights must have a positive sum, this is {total}"));
    }
    Ok(())
}

/// Distinct values, ascending, each with the probability of a draw at or below it.
#[derive(Clone, Debug)]
struct Discrete {
    values: Vec<f64>,
    shares: Vec<f64>,
    cumulative: Vec<Prob>,
}

impl Discrete {
    fn new(values: &[f64], weights: &[f64]) -> Self {
        let mut pairs: Vec<(f64, f64)> =
            values.iter().copied().zip(weights.iter().copied()).collect();
        pairs.retain(|(_, weight)| *weight > 0.0);
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Equal values become one.
        pairs.dedup_by(|later, kept| {
            let same = later.0 <= kept.0;
            kept.1 += if same { later.1 } else { 0.0 };
            same
        });
        let total: f64 = pairs.iter().map(|pair| pair.1).sum();
        let shares: Vec<f64> = pairs.iter().map(|pair| pair.1 / total).collect();
        let count = pairs.len();
        let upto = |k: usize| shares[..=k].iter().sum::<f64>();
        let beyond = |k: usize| shares[k + 1..].iter().sum::<f64>();
        let cumulative = (0..count).map(|k| Prob::from_tails(upto(k), beyond(k))).collect();
        Self { values: pairs.into_iter().map(|pair| pair.0).collect(), shares, cumulative }
    }
}

/// Whether a < b, compared in the tail that is the smaller one at `b`.
fn is_below(a: Prob, b: Prob) -> bool {
    if b.smaller_tail().1 { a.lower() < b.lower() } else { a.upper() > b.upper() }
}

impl Distribution for Discrete {
    fn quantile(&self, p: Prob) -> f64 {
        let last = self.values.len() - 1;
        let k = self.cumulative[..last].iter().position(|reached| is_below(p, *reached));
        self.values[k.unwrap_or(last)]
    }

    fn cdf(&self, x: f64) -> Prob {
        match self.values.iter().rposition(|value| *value <= x) {
            None => Prob::from_lower(0.0),
            Some(k) if k + 1 == self.values.len() => Prob::from_upper(0.0),
            Some(k) => self.cumulative[k],
        }
    }

    fn mean(&self) -> f64 {
        self.values.iter().zip(&self.shares).map(|(x, w)| x * w).sum()
    }

    fn sd(&self) -> f64 {
        let mean = self.mean();
        let squares =
            self.values.iter().zip(&self.shares).map(|(x, w)| w * (x - mean) * (x - mean));
        squares.sum::<f64>().sqrt()
    }

    fn support(&self) -> (f64, f64) {
        (self.values[0], self.values[self.values.len() - 1])
    }

    fn sampling(&self) -> Sampling {
        if let [only] = self.values[..] {
            return Sampling::Constant(only);
        }
        let last = self.values.len() - 1;
        let thresholds = self.cumulative[..last].iter().map(|p| p.z()).collect();
        Sampling::Steps { values: self.values.clone(), thresholds }
    }
}
