//! The gamma distribution.

use super::special::IncompleteGamma;
use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Prob, Sampling};

pub(super) static FAMILY: Family = Family {
    name: "gamma",
    doc: "positive with a tail lighter than the lognormal's: a waiting time, a lag",
    formula: "density x^(shape−1) exp(−x/scale) / (Γ(shape) scale^shape); mean = shape · scale, \
              sd = scale √shape",
    params: &[
        Param::new("shape", ParamKind::Number, "the squared ratio of mean to sd"),
        Param::new("scale", ParamKind::Value, "mean divided by shape"),
        Param::new("mean", ParamKind::Value, "mean"),
        Param::new("sd", ParamKind::Spread, "standard deviation"),
    ],
    forms: &[&["shape", "scale"], &["mean", "sd"]],
    optional: &[],
    example: r#"{ dist = "gamma", mean = 5, sd = 2 }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    let (shape, scale) = if params.form(&FAMILY)?.contains(&"shape") {
        (params.positive("shape")?, params.positive("scale")?)
    } else {
        let (mean, sd) = (params.positive("mean")?, params.positive("sd")?);
        let ratio = mean / sd;
        (ratio * ratio, sd / ratio)
    };
    Ok(Box::new(Gamma::new(shape, scale)?))
}

/// The gamma distribution with a shape and a scale in the unit of the value.
#[derive(Clone, Debug)]
pub struct Gamma {
    shape: f64,
    scale: f64,
    incomplete: IncompleteGamma,
}

impl Gamma {
    /// For a shape and a scale above zero.
    pub fn new(shape: f64, scale: f64) -> Result<Self, ParamError> {
        for (name, x) in [("shape", shape), ("scale", scale)] {
            if !(x > 0.0 && x.is_finite()) {
                return Err(ParamError::of(
                    name,
                    format!("`{name}` must be above zero and finite, this is {x}"),
                    format!("for example {name} = 2"),
                ));
            }
        }
        Ok(Self { shape, scale, incomplete: IncompleteGamma::new(shape) })
    }

    /// The shape, the squared ratio of mean to sd.
    pub fn shape(&self) -> f64 {
        self.shape
    }
}

impl Distribution for Gamma {
    fn quantile(&self, p: Prob) -> f64 {
        self.scale * self.incomplete.quantile(p)
    }

    fn cdf(&self, x: f64) -> Prob {
        self.incomplete.tails(x / self.scale)
    }

    fn mean(&self) -> f64 {
        self.shape * self.scale
    }

    fn sd(&self) -> f64 {
        self.shape.sqrt() * self.scale
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn sampling(&self) -> Sampling {
        Sampling::Tabulated
    }
}
