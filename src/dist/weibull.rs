//! The Weibull distribution.

use super::special::log_gamma_1p;
use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Prob, Sampling};

pub(super) static FAMILY: Family = Family {
    name: "weibull",
    doc: "life until a failure whose rate grows (shape above 1) or falls (below 1) with age",
    formula: "F(x) = 1 − exp(−(x/scale)^shape); mean = scale Γ(1 + 1/shape)",
    params: &[
        Param::new("shape", ParamKind::Number, "growth of the failure rate with age"),
        Param::new("scale", ParamKind::Value, "the 63rd percentile"),
    ],
    forms: &[&["shape", "scale"]],
    optional: &[],
    example: r#"{ dist = "weibull", shape = 3, scale = 6.5 }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    params.form(&FAMILY)?;
    Ok(Box::new(Weibull { shape: params.positive("shape")?, scale: params.positive("scale")? }))
}

#[derive(Clone, Copy, Debug)]
struct Weibull {
    shape: f64,
    scale: f64,
}

impl Distribution for Weibull {
    fn quantile(&self, p: Prob) -> f64 {
        self.scale * libm::pow(p.hazard(), 1.0 / self.shape)
    }

    fn cdf(&self, x: f64) -> Prob {
        if x <= 0.0 {
            return Prob::from_lower(0.0);
        }
        let hazard = libm::pow(x / self.scale, self.shape);
        Prob::from_tails(-libm::expm1(-hazard), libm::exp(-hazard))
    }

    fn mean(&self) -> f64 {
        self.scale * libm::exp(log_gamma_1p(1.0 / self.shape))
    }

    fn sd(&self) -> f64 {
        // Γ(1+2/k) − Γ(1+1/k)² as a ratio, which does not cancel for a large shape k.
        let excess = log_gamma_1p(2.0 / self.shape) - 2.0 * log_gamma_1p(1.0 / self.shape);
        self.mean() * libm::expm1(excess).sqrt()
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn sampling(&self) -> Sampling {
        Sampling::Tabulated
    }
}
