//! The uniform distribution.

use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Prob, Sampling};

pub(super) static FAMILY: Family = Family {
    name: "uniform",
    doc: "every value between two bounds equally likely",
    formula: "x = min + (max − min) p",
    params: &[
        Param::new("min", ParamKind::Value, "least value"),
        Param::new("max", ParamKind::Value, "greatest value"),
    ],
    forms: &[&["min", "max"]],
    optional: &[],
    example: r#"{ dist = "uniform", min = 3, max = 4 }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    params.form(&FAMILY)?;
    let (min, max) = params.ascending("min", "max")?;
    Ok(Box::new(Uniform { min, max }))
}

/// Every value between 0 and 1 equally likely.
pub fn unit_uniform() -> Box<dyn Distribution> {
    Box::new(Uniform { min: 0.0, max: 1.0 })
}

#[derive(Clone, Copy, Debug)]
struct Uniform {
    min: f64,
    max: f64,
}

impl Distribution for Uniform {
    fn quantile(&self, p: Prob) -> f64 {
        let (tail, is_lower) = p.smaller_tail();
        let part = (self.max - self.min) * tail;
        if is_lower { self.min + part } else { self.max - part }
    }

    fn cdf(&self, x: f64) -> Prob {
        let width = self.max - self.min;
        let part = |length: f64| (length / width).clamp(0.0, 1.0);
        Prob::from_tails(part(x - self.min), part(self.max - x))
    }

    fn mean(&self) -> f64 {
        0.5 * (self.min + self.max)
    }

    fn sd(&self) -> f64 {
        (self.max - self.min) / 12.0_f64.sqrt()
    }

    fn support(&self) -> (f64, f64) {
        (self.min, self.max)
    }

    fn sampling(&self) -> Sampling {
        Sampling::Tabulated
    }
}
