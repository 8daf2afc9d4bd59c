//! The beta distribution, on 0..1 or stretched over an interval.

use super::params::check_ascending;
use super::special::{IncompleteBeta, Share};
use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Prob, Sampling};

pub(super) static FAMILY: Family = Family {
    name: "beta",
    doc: "a share between 0 and 1, or a value between `min` and `max`",
    formula: "density ∝ u^(alpha−1) (1−u)^(beta−1), u = (x − min)/(max − min); from mean and sd, both \
              first brought to 0..1: alpha = mean ν, beta = (1 − mean) ν, ν = mean (1 − mean)/sd² − 1",
    params: &[
        Param::new("alpha", ParamKind::Number, "weight of the upper end"),
        Param::new("beta", ParamKind::Number, "weight of the lower end"),
        Param::new("mean", ParamKind::Value, "mean"),
        Param::new("sd", ParamKind::Spread, "standard deviation"),
        Param::new("min", ParamKind::Value, "least value, 0 if not given"),
        Param::new("max", ParamKind::Value, "greatest value, 1 if not given"),
    ],
    forms: &[&["alpha", "beta"], &["mean", "sd"]],
    optional: &["min", "max"],
    example: r#"{ dist = "beta", mean = 0.40, sd = 0.04 }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    let form = params.form(&FAMILY)?;
    let min = params.value("min").unwrap_or(0.0);
    let max = params.value("max").unwrap_or(1.0);
    check_ascending("min", min, "max", max)?;
    let (alpha, beta) = match form {
        ["alpha", ..] => (params.positive("alpha")?, params.positive("beta")?),
        _ => shapes(params.number("mean")?, params.positive("sd")?, min, max)?,
    };
    Ok(Box::new(Beta::new(alpha, beta, min, max)?))
}

/// The shapes with that mean and sd on that interval.
fn shapes(mean: f64, sd: f64, min: f64, max: f64) -> Result<(f64, f64), ParamError> {
    if !(min < mean && mean < max) {
        return Err(ParamError::of(
            "mean",
            format!("`mean` must lie between {min} and {max}, this is {mean}"),
            "for example mean = 0.4, or state `min` and `max`",
        ));
    }
    let width = max - min;
    let (m, rest) = ((mean - min) / width, (max - mean) / width);
    let most = (m * rest).sqrt();
    let relative = sd / width;
    if relative >= most {
        return Err(ParamError::of(
            "sd",
            format!("`sd` must be below {} for this mean, this is {sd}", most * width),
            "for example mean = 0.4, sd = 0.04",
        ));
    }
    let size = (most / relative) * (most / relative) - 1.0;
    Ok((m * size, rest * size))
}

/// The beta distribution between two bounds.
#[derive(Clone, Debug)]
pub struct Beta {
    a: f64,
    b: f64,
    min: f64,
    max: f64,
    incomplete: IncompleteBeta,
}

impl Beta {
    /// For shapes above zero and min < max.
    pub fn new(alpha: f64, beta: f64, min: f64, max: f64) -> Result<Self, ParamError> {
        for (name, x) in [("alpha", alpha), ("beta", beta)] {
            if !(x > 0.0 && x.is_finite()) {
                return Err(ParamError::of(
                    name,
                    format!("`{name}` must be above zero and finite, this is {x}"),
                    format!("for example {name} = 2"),
                ));
            }
        }
        check_ascending("min", min, "max", max)?;
        Ok(Self { a: alpha, b: beta, min, max, incomplete: IncompleteBeta::new(alpha, beta) })
    }
}

impl Distribution for Beta {
    fn quantile(&self, p: Prob) -> f64 {
        let Share { x, y } = self.incomplete.quantile(p);
        let width = self.max - self.min;
        // From the nearer end, whose distance is known to more digits.
        if x <= y { self.min + width * x } else { self.max - width * y }
    }

    fn cdf(&self, x: f64) -> Prob {
        let width = self.max - self.min;
        self.incomplete.tails(Share { x: (x - self.min) / width, y: (self.max - x) / width })
    }

    fn mean(&self) -> f64 {
        self.min + (self.max - self.min) * (self.a / (self.a + self.b))
    }

    fn sd(&self) -> f64 {
        let total = self.a + self.b;
        let variance = self.a / total * (self.b / total) / (total + 1.0);
        variance.sqrt() * (self.max - self.min)
    }

    fn support(&self) -> (f64, f64) {
        (self.min, self.max)
    }

    fn sampling(&self) -> Sampling {
        Sampling::Tabulated
    }
}
