//! The coefficients of a metalog: given, or by least squares through pairs.

use super::{Bounds, Curve, Params};
use crate::dist::{ParamError, Prob};

/// Most terms; the powers of p − ½ beyond are too small to tell apart.
const MOST_TERMS: usize = 16;
/// A column that least squares leaves with less than this share of its length is a sum of others.
const DEPENDENT: f64 = 1e-10;

/// A curve of the given coefficients.
pub(super) fn given(coefficients: &[f64]) -> Result<Curve, ParamError> {
    let wrong = |message: String, help: &str| Err(ParamError::of("coefficients", message, help));
    let count = coefficients.len();
    if !(2..=MOST_TERMS).contains(&count) {
        return wrong(
            format!("`coefficients` has {count} entries, it takes 2 to {MOST_TERMS}"),
            "for example coefficients = [20, 9.1, 11.4]",
        );
    }
    match Curve::new(coefficients) {
        Ok(curve) => Ok(curve),
        Err(falling) => wrong(
            format!(
                "the quantile would not increase {}: its slope in log odds is {:.4} there",
                falling.place(),
                falling.slope
            ),
            "raise a2, which adds to the slope everywhere, or write percentiles: `probabilities` and \
             `values`",
        ),
    }
}

/// Percentiles to be met, and the number of terms to meet them with.
pub(super) struct Pairs<'a> {
    probabilities: &'a [f64],
    values: &'a [f64],
    terms: usize,
    /// The parameter that says how many terms there are.
    place: &'static str,
}

impl<'a> Pairs<'a> {
    /// From `probabilities`, `values` and `terms`.
    pub(super) fn of(params: &'a Params) -> Result<Self, ParamError> {
        let probabilities = params.list("probabilities").unwrap_or_default();
        let values = params.list("values").unwrap_or_default();
        let example = "for example probabilities = [0.05, 0.25, 0.5, 0.75, 0.95], \
                       values = [8, 13, 20, 33, 62]";
        let wrong = |name: &str, message: String| Err(ParamError::of(name, message, example));
        if let Some(p) = probabilities.iter().find(|p| !(**p > 0.0 && **p < 1.0)) {
            return wrong(
                "probabilities",
                format!("every probability must be above 0 and below 1, one is {p}"),
            );
        }
        if let Some(pair) = probabilities.windows(2).find(|pair| pair[0] >= pair[1]) {
            let (p, q) = (pair[0], pair[1]);
            return wrong("probabilities", format!("`probabilities` must ascend, {q} follows {p}"));
        }
        let (given, count) = (values.len(), probabilities.len());
        if given != count {
            let message = format!("`values` has {given} entries, `probabilities` has {count}");
            return wrong("values", message);
        }
        if let Some(pair) = values.windows(2).find(|pair| pair[0] >= pair[1]) {
            let (x, y) = (pair[0], pair[1]);
            return wrong("values", format!("`values` must ascend, {y} follows {x}"));
        }
        if count < 2 {
            return wrong("probabilities", "a metalog needs two pairs or more".to_owned());
        }
        let most = count.min(MOST_TERMS);
        let place = if params.value("terms").is_some() { "terms" } else { "values" };
        let terms = params.value("terms").unwrap_or(most as f64);
        if terms.fract() != 0.0 || !(2.0..=most as f64).contains(&terms) {
            return Err(ParamError::of(
                "terms",
                format!("`terms` must be a whole number from 2 to {most}, this is {terms}"),
                format!("there are {count} pairs and at most {MOST_TERMS} terms"),
            ));
        }
        Ok(Self { probabilities, values, terms: terms as usize, place })
    }

    /// The least and the greatest value.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.values[0], self.values[self.values.len() - 1])
    }

    /// The curve of least squares on the axis of the bounds.
    pub(super) fn fit(&self, bounds: Bounds) -> Result<Curve, ParamError> {
        let falling = match self.curve(bounds, self.terms)? {
            Ok(curve) => return Ok(curve),
            Err(falling) => falling,
        };
        let fewer = (2..self.terms)
            .rev()
            .find(|terms| self.curve(bounds, *terms).is_ok_and(|curve| curve.is_ok()));
        let help = fewer.map_or_else(
            || "no number of terms is feasible: check the pairs".to_owned(),
            |terms| format!("terms = {terms} is feasible with these pairs and bounds"),
        );
        let (terms, place) = (self.terms, falling.place());
        Err(ParamError::of(
            self.place,
            format!("with {terms} terms the quantile would not increase {place}"),
            help,
        ))
    }

    fn curve(
        &self,
        bounds: Bounds,
        terms: usize,
    ) -> Result<Result<Curve, super::curve::Falling>, ParamError> {
        let columns = (0..terms).map(|k| self.probabilities.iter().map(|p| term(k, *p)).collect());
        let right = self.values.iter().map(|x| bounds.axis(*x)).collect();
        let coefficients = least_squares(columns.collect(), right).ok_or_else(|| {
            ParamError::of(
                self.place,
                format!("the pairs do not determine {terms} terms"),
                "take fewer `terms`, or pairs further apart",
            )
        })?;
        Ok(Curve::new(&coefficients))
    }
}

/// The function that the coefficient of index `k` multiplies.
fn term(k: usize, p: f64) -> f64 {
    let (y, log_odds) = (p - 0.5, Prob::from_lower(p).logit());
    let power = |n: usize| (0..n).fold(1.0, |product, _| product * y);
    match k {
        0 => 1.0,
        1 => log_odds,
        2 => y * log_odds,
        3 => y,
        k if k % 2 == 0 => power(k / 2),
        k => power((k - 1) / 2) * log_odds,
    }
}

/// The x that minimizes |A x − b|, A given by columns; none if the columns depend on each other.
///
/// Householder reflections (Golub and Van Loan, Matrix Computations, section 5.3).
fn least_squares(mut columns: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let lengths: Vec<f64> = columns.iter().map(|column| dot(column, column).sqrt()).collect();
    let mut diagonal = Vec::with_capacity(columns.len());
    for k in 0..columns.len() {
        let (done, rest) = columns.split_at_mut(k + 1);
        let mirror = &mut done[k][k..];
        let length = dot(mirror, mirror).sqrt();
        if length <= DEPENDENT * lengths[k] {
            return None;
        }
        let image = if mirror[0] > 0.0 { -length } else { length };
        diagonal.push(image);
        mirror[0] -= image;
        let square = dot(mirror, mirror);
        for other in rest.iter_mut().chain([&mut right]) {
            let factor = 2.0 * dot(mirror, &other[k..]) / square;
            for (x, m) in other[k..].iter_mut().zip(mirror.iter()) {
                *x -= factor * m;
            }
        }
    }
    let mut solution = vec![0.0; columns.len()];
    for k in (0..columns.len()).rev() {
        let known: f64 = (k + 1..columns.len()).map(|j| columns[j][k] * solution[j]).sum();
        solution[k] = (right[k] - known) / diagonal[k];
    }
    Some(solution)
}
