//! The triangular distribution.

use super::params::check_ascending;
use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Prob, Sampling};

pub(super) static FAMILY: Family = Family {
    name: "triangular",
    doc: "density rising straight from the minimum to the mode and falling straight to the maximum",
    formula: "F(x) = (x − min)²/(w (mode − min)) up to the mode, 1 − (max − x)²/(w (max − mode)) \
              beyond, w = max − min",
    params: &[
        Param::new("min", ParamKind::Value, "least value"),
        Param::new("mode", ParamKind::Value, "most likely value, from min to max"),
        Param::new("max", ParamKind::Value, "greatest value"),
    ],
    forms: &[&["min", "mode", "max"]],
    optional: &[],
    example: r#"{ dist = "triangular", min = 1.13, mode = 1.30, max = 1.43 }"#,
    build,
};

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    params.form(&FAMILY)?;
    let (min, mode, max) = min_mode_max(params)?;
    Ok(Box::new(Triangular { min, mode, max }))
}

/// The three parameters in order: min < max, the mode anywhere between, ends included.
pub(super) fn min_mode_max(params: &Params) -> Result<(f64, f64, f64), ParamError> {
    let (min, max) = (params.number("min")?, params.number("max")?);
    let mode = params.number("mode")?;
    check_ascending("min", min, "max", max)?;
    if (min..=max).contains(&mode) {
        return Ok((min, mode, max));
    }
    let (name, side, bound) =
        if mode < min { ("min", "below", min) } else { ("max", "above", max) };
    Err(ParamError::of(
        "mode",
        format!("`mode` must lie between `min` and `max`, but {mode} is {side} `{name}` = {bound}"),
        "for example min = 2, mode = 3, max = 10",
    ))
}

#[derive(Clone, Copy, Debug)]
struct Triangular {
    min: f64,
    mode: f64,
    max: f64,
}

impl Triangular {
    /// The same seen from the other end: −x.
    fn mirrored(&self) -> Self {
        Self { min: -self.max, mode: -self.mode, max: -self.min }
    }

    /// The quantile on the rising side, which p must be on: from the minimum, or from the mode where
    /// the upper tail is the one with digits.
    fn rising_quantile(&self, p: Prob) -> f64 {
        let (rise, width) = (self.mode - self.min, self.max - self.min);
        let (tail, is_lower) = p.smaller_tail();
        if is_lower {
            return (self.min + (tail * width * rise).sqrt()).min(self.mode);
        }
        // 1 − √(1 − e) without cancellation, e the share of the rising side still above.
        let e = ((tail * width - (self.max - self.mode)) / rise).max(0.0);
        self.mode - rise * e / (1.0 + (1.0 - e).max(0.0).sqrt())
    }

    /// Both tails on the rising side, each a sum of positive terms.
    fn rising_tails(&self, x: f64) -> Prob {
        let (rise, width) = (self.mode - self.min, self.max - self.min);
        let done = (x - self.min) / rise;
        let left = (self.mode - x) / rise * (1.0 + done);
        Prob::from_tails(done * done * rise / width, (left * rise + self.max - self.mode) / width)
    }
}

impl Distribution for Triangular {
    fn quantile(&self, p: Prob) -> f64 {
        if p.lower() * (self.max - self.min) < self.mode - self.min {
            self.rising_quantile(p)
        } else {
            -self.mirrored().rising_quantile(p.flipped())
        }
    }

    fn cdf(&self, x: f64) -> Prob {
        if x <= self.min {
            Prob::from_lower(0.0)
        } else if x >= self.max {
            Prob::from_upper(0.0)
        } else if x < self.mode {
            self.rising_tails(x)
        } else {
            self.mirrored().rising_tails(-x).flipped()
        }
    }

    fn mean(&self) -> f64 {
        (self.min + self.mode + self.max) / 3.0
    }

    fn sd(&self) -> f64 {
        let (left, right) = (self.mode - self.min, self.max - self.mode);
        ((left * left + left * right + right * right) / 18.0).sqrt()
    }

    fn support(&self) -> (f64, f64) {
        (self.min, self.max)
    }

    fn sampling(&self) -> Sampling {
        Sampling::Tabulated
    }
}
