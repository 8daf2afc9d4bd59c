//! A distribution given that it lies within bounds.
//!
//! F*(x) = (F(x) − F(min)) / (F(max) − F(min)). Both tails are sums of positive terms except within
//! rounding of a bound, where the step from the bound is computed instead: there the probability of
//! a draw between the bound and x is a narrow strip of the normal density.

use super::special::{
    is_narrow, normal_interval, normal_strip, normal_strip_width, normal_upper_tail,
};
use super::two_piece::Core;
use super::{ParamError, Prob};

/// A bound, as a value and as a normal score; an infinite score bounds nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    value: f64,
    pub(super) z: f64,
    /// Which half of the core lies inside the bound, next to it.
    is_below: bool,
}

impl Bound {
    /// Whether a step of normal scores inward from here stays on one half of the core.
    fn same_half(&self, z_step: f64) -> bool {
        self.z.is_finite() && (self.z * (self.z + z_step) >= 0.0)
    }

    /// The value where a strip of that probability ends, counted inward (upward if `sign` is 1), if
    /// it is so narrow that the step from the bound has digits that the sum would lose.
    fn inward(&self, core: &Core, mass: f64, sign: f64) -> Option<f64> {
        let step = sign * normal_strip_width(sign * self.z, mass)?;
        self.same_half(step).then(|| core.moved(self.value, step, self.is_below))
    }

    /// The probability between the bound and x, if x is so near, counted as positive inside.
    fn strip(&self, core: &Core, x: f64) -> Option<f64> {
        let step = core.z_step(self.value, x, self.is_below);
        let narrow = self.same_half(step) && is_narrow(self.z, step);
        narrow.then(|| normal_strip(self.z, step).abs())
    }
}

/// The part of a distribution that truncation keeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) low: Bound,
    pub(super) high: Bound,
    /// Probability inside before truncation.
    pub(super) mass: f64,
}

impl Window {
    /// Between two values, either of which may be infinite; fails if nearly nothing is left.
    pub(super) fn new(core: &Core, min: f64, max: f64) -> Result<Self, ParamError> {
        let (low, high) = (core.z(min), core.z(max));
        let mass = normal_interval(low, high);
        // Not a number if the window lies outside the scale, where both ends are infinite alike.
        if mass.is_nan() || mass < 1e-9 {
            return Err(ParamError::of(
                if min.is_finite() { "min" } else { "max" },
                "the truncation leaves less than a billionth of the distribution",
                "choose `min` and `max` around the bulk, or another family between them",
            ));
        }
        Ok(Self {
            low: Bound { value: min, z: low, is_below: low < 0.0 },
            high: Bound { value: max, z: high, is_below: high <= 0.0 },
            mass,
        })
    }

    pub(super) fn quantile(&self, core: &Core, p: Prob) -> f64 {
        let (lower, upper) = (p.lower() * self.mass, p.upper() * self.mass);
        let from_edge = self.low.inward(core, lower, 1.0);
        let x = from_edge.or_else(|| self.high.inward(core, upper, -1.0)).unwrap_or_else(|| {
            let lower = normal_upper_tail(-self.low.z) + lower;
            let upper = normal_upper_tail(self.high.z) + upper;
            core.value(Prob::from_tails(lower, upper).z())
        });
        x.clamp(self.low.value, self.high.value)
    }

    pub(super) fn cdf(&self, core: &Core, x: f64) -> Prob {
        if x <= self.low.value {
            return Prob::from_lower(0.0);
        }
        if x >= self.high.value {
            return Prob::from_upper(0.0);
        }
        let z = core.z(x);
        let lower = self.low.strip(core, x).unwrap_or_else(|| normal_interval(self.low.z, z));
        let upper = self.high.strip(core, x).unwrap_or_else(|| normal_interval(z, self.high.z));
        Prob::from_tails(lower / self.mass, upper / self.mass)
    }
}
