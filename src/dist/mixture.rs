//! A mixture: each draw comes from one of several distributions, chosen by weight.

use std::sync::Arc;

use super::params::ParamError;
use super::{Distribution, Family, Param, ParamKind, Params, Part, Prob, Sampling};

pub(super) static FAMILY: Family = Family {
    name: "mixture",
    doc: "each draw comes from one of several parts, chosen by weight; a part is any value or family, \
          one number included",
    formula: "F(x) = Σ w_i F_i(x) / Σ w_i; the quantile is the least x with F(x) above p",
    params: &[Param::new(
        "parts",
        ParamKind::Parts,
        "tables with `weight` and `value`; the weights need not sum to one",
    )],
    forms: &[&["parts"]],
    optional: &[],
    example: r#"{ dist = "mixture", parts = [{ weight = 0.7, value = 2 }, { weight = 0.3, value = { dist = "normal", mean = 9, sd = 1 } }] }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    params.form(&FAMILY)?;
    let parts = params.parts("parts").unwrap_or_default();
    let wrong = |message: String, help: &str| Err(ParamError::of("parts", message, help));
    if parts.is_empty() {
        return wrong(
            "a mixture needs a part".to_owned(),
            "for example parts = [{ weight = 0.7, value = 2 }, { weight = 0.3, value = 9 }]",
        );
    }
    if let Some(part) = parts.iter().find(|part| !(part.weight >= 0.0 && part.weight.is_finite())) {
        return wrong(
            format!("a weight must be a number from 0 on, one is {}", part.weight),
            "for example weight = 0.7",
        );
    }
    let total: f64 = parts.iter().map(|part| part.weight).sum();
    if !(total > 0.0 && total.is_finite()) {
        return wrong(
            format!("the weights must have a positive sum, this is {total}"),
            "for example weight = 0.7 in one part and weight = 0.3 in the other",
        );
    }
    let drawn = parts.iter().filter(|part| part.weight > 0.0);
    let shares = drawn.map(|Part { weight, dist }| (weight / total, Arc::clone(dist)));
    Ok(Box::new(Mixture { parts: shares.collect() }))
}

/// Shares that sum to one, none of them zero, with their distributions.
#[derive(Clone, Debug)]
struct Mixture {
    parts: Vec<(f64, Arc<dyn Distribution>)>,
}

impl Mixture {
    fn sum(&self, f: impl Fn(&(dyn Distribution + 'static)) -> f64) -> f64 {
        self.parts.iter().map(|(share, part)| share * f(part.as_ref())).sum()
    }

    /// The least and the greatest of a number of each part.
    fn ends(&self, f: impl Fn(&(dyn Distribution + 'static)) -> (f64, f64)) -> (f64, f64) {
        let none = (f64::INFINITY, f64::NEG_INFINITY);
        self.parts
            .iter()
            .map(|(_, part)| f(part.as_ref()))
            .fold(none, |ends, (low, high)| (ends.0.min(low), ends.1.max(high)))
    }

    /// How far the probability at `x` is above `p`: the log of their ratio in the tail that is the
    /// smaller one at `p`, so that it is nearly straight far out.
    fn excess(&self, x: f64, p: Prob) -> f64 {
        let got = self.cdf(x);
        let (goal, is_lower) = p.smaller_tail();
        if is_lower {
            libm::log(got.lower()) - libm::log(goal)
        } else {
            libm::log(goal) - libm::log(got.upper())
        }
    }
}

impl Distribution for Mixture {
    fn quantile(&self, p: Prob) -> f64 {
        // At x below every part's quantile no part, and so not the mixture, has reached p.
        let (low, high) = self.ends(|part| {
            let x = part.quantile(p);
            (x, x)
        });
        if p.lower() <= 0.0 || p.upper() <= 0.0 || low >= high {
            return if p.lower() <= 0.0 { low } else { high };
        }
        if self.excess(low, p) > 0.0 {
            return low;
        }
        first_above(low, high, |x| self.excess(x, p))
    }

    fn cdf(&self, x: f64) -> Prob {
        let (low, high) = self.support();
        if x < low {
            return Prob::from_lower(0.0);
        }
        if x >= high {
            return Prob::from_upper(0.0);
        }
        Prob::from_tails(self.sum(|part| part.cdf(x).lower()), self.sum(|part| part.cdf(x).upper()))
    }

    fn mean(&self) -> f64 {
        self.sum(Distribution::mean)
    }

    fn sd(&self) -> f64 {
        let mean = self.mean();
        if mean.is_infinite() {
            return f64::INFINITY;
        }
        let square = |part: &(dyn Distribution + 'static)| {
            let (sd, off) = (part.sd(), part.mean() - mean);
            sd * sd + off * off
        };
        self.sum(square).sqrt()
    }

    fn support(&self) -> (f64, f64) {
        self.ends(Distribution::support)
    }

    fn sampling(&self) -> Sampling {
        if let [(_, only)] = &self.parts[..] {
            return only.sampling();
        }
        let mut values = Vec::new();
        for (_, part) in &self.parts {
            match part.sampling() {
                Sampling::Constant(value) => values.push(value),
                Sampling::Steps { values: all, .. } => values.extend(all),
                _ => return Sampling::FinelyTabulated,
            }
        }
        // Only single values: the mixture has steps.
        values.sort_by(f64::total_cmp);
        values.dedup_by(|later, kept| *later <= *kept);
        if let [only] = values[..] {
            return Sampling::Constant(only);
        }
        let thresholds = values[..values.len() - 1].iter().map(|x| self.cdf(*x).z()).collect();
        Sampling::Steps { values, thresholds }
    }
}

/// The least double in `low..=high` at which an ascending function is above zero, `high` if it is at
/// no other; the function is not above zero at `low`.
///
/// Regula falsi as modified in Illinois (Dowell and Jarratt 1971, doi:10.1007/BF01934364), every
/// fourth step a halving of the doubles between the ends, of which there are at most 2^64: a dozen
/// steps on a slope, at most 256 at a jump.
fn first_above(low: f64, high: f64, excess: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (ordered(low), ordered(high));
    let mut ends = (excess(double(low)), excess(double(high)));
    let mut rose = None;
    for step in 1.. {
        if high - low <= 1 {
            break;
        }
        let (x, y) = (double(low), double(high));
        let secant = x - ends.0 * (y - x) / (ends.1 - ends.0);
        // A few doubles beyond the root, so that the far end moves in the next step.
        let beside = if ends.1 > -ends.0 { 2 } else { -2 };
        let at = if step % 4 == 0 || !secant.is_finite() {
            low + (high - low) / 2
        } else {
            (ordered(secant) + beside).clamp(low + 1, high - 1)
        };
        let found = excess(double(at));
        let above = found > 0.0;
        if above {
            (high, ends.1) = (at, found);
        } else {
            (low, ends.0) = (at, found);
        }
        // The end that stays twice counts half.
        if rose == Some(above) {
            if above { ends.0 *= 0.5 } else { ends.1 *= 0.5 }
        }
        rose = Some(above);
    }
    double(high)
}

/// A whole number that ascends with the double, neighbors for neighbors.
fn ordered(x: f64) -> i128 {
    let bits = i128::from((x + 0.0).to_bits() & !(1 << 63));
    if x < 0.0 { -bits } else { bits }
}

/// The double of [`ordered`].
fn double(order: i128) -> f64 {
    let size = f64::from_bits(order.unsigned_abs() as u64);
    if order < 0 { -size } else { size }
}
