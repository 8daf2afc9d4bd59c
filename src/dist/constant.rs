//! A quantity that is known.

use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Prob, Sampling};

pub(super) static FAMILY: Family = Family {
    name: "constant",
    doc: "a single certain value, the same in every draw",
    formula: "x = value",
    params: &[Param::new("value", ParamKind::Value, "the value")],
    forms: &[&["value"]],
    optional: &[],
    example: r#"{ dist = "constant", value = 3 }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    params.form(&FAMILY)?;
    Ok(constant(params.number("value")?))
}

/// The distribution that is always `x`.
pub fn constant(x: f64) -> Box<dyn Distribution> {
    Box::new(Constant { x })
}

#[derive(Clone, Copy, Debug)]
struct Constant {
    x: f64,
}

impl Distribution for Constant {
    fn quantile(&self, _p: Prob) -> f64 {
        self.x
    }

    fn cdf(&self, x: f64) -> Prob {
        Prob::from_lower(if x < self.x { 0.0 } else { 1.0 })
    }

    fn mean(&self) -> f64 {
        self.x
    }

    fn sd(&self) -> f64 {
        0.0
    }

    fn support(&self) -> (f64, f64) {
        (self.x, self.x)
    }

    fn sampling(&self) -> Sampling {
        Sampling::Constant(self.x)
    }
}
