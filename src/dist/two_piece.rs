//! Two half normals joined at the median, on a linear, log or logit axis: the common shape of the
//! normal, the lognormal and of everything stated by percentiles.
//!
//! T(x) = c + b z for z < 0 and c + a z for z ≥ 0, with z a normal score, T the identity, ln or
//! logit. Exact at P5, P50 and P95 when b = (T(p50) − T(p5))/Φ⁻¹(0.95) and a likewise. The
//! two-piece normal is Fechner's; see Wallis (2014, doi:10.1214/13-STS417).

use std::sync::OnceLock;

use super::params::{Params, check_ascending};
use super::special::{Z95, integrate, normal_density, normal_interval, normal_upper_tail};
use super::truncation::Window;
use super::{Distribution, ParamError, Prob, Sampling};

/// The axis on which a distribution is normal, or normal in two pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// The value itself.
    Linear,
    /// Its natural logarithm, for positive quantities.
    Log,
    /// Its log odds ln(x/(1−x)), for fractions between 0 and 1.
    Logit,
}

impl Scale {
    /// From the axis to the value.
    pub fn value(self, t: f64) -> f64 {
        match self {
            Self::Linear => t,
            Self::Log => libm::exp(t),
            Self::Logit if t < 0.0 => {
                let odds = libm::exp(t);
                odds / (1.0 + odds)
            }
            Self::Logit => 1.0 / (1.0 + libm::exp(-t)),
        }
    }

    /// From the value to the axis; a value outside the range maps to the nearer infinite end.
    pub fn axis(self, x: f64) -> f64 {
        match self {
            Self::Linear => x,
            Self::Log => libm::log(x.max(0.0)),
            Self::Logit => {
                let x = x.clamp(0.0, 1.0);
                libm::log(x / (1.0 - x))
            }
        }
    }

    /// `axis(to)` − `axis(from)`, without cancellation when the two are close.
    fn difference(self, from: f64, to: f64) -> f64 {
        let step = to - from;
        match self {
            Self::Linear => step,
            Self::Log => libm::log1p(step / from),
            Self::Logit => libm::log1p(step / from) - libm::log1p(-step / (1.0 - from)),
        }
    }

    /// The value at `axis(from)` + `step`, which keeps the digits of a small step.
    fn moved(self, from: f64, step: f64) -> f64 {
        match self {
            Self::Linear => from + step,
            Self::Log => from + from * libm::expm1(step),
            Self::Logit => {
                let growth = libm::expm1(step);
                from + from * (1.0 - from) * growth / (1.0 + from * growth)
            }
        }
    }

    /// The open range of values.
    fn range(self) -> (f64, f64) {
        match self {
            Self::Linear => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Log => (0.0, f64::INFINITY),
            Self::Logit => (0.0, 1.0),
        }
    }

    /// Fails unless the value can be placed on the axis.
    fn check(self, name: &str, x: f64) -> Result<(), ParamError> {
        let (low, high) = self.range();
        if low < x && x < high {
            return Ok(());
        }
        let (what, example) = match self {
            Self::Linear => ("finite", "3"),
            Self::Log => ("above zero on a log scale", "3"),
            Self::Logit => ("between 0 and 1 on a logit scale", "0.3"),
        };
        let message = format!("`{name}` must be {what}, this is {x}");
        Err(ParamError::of(name, message, format!("for example {name} = {example}")))
    }
}

/// The distribution with these percentiles on `scale`: a two-piece normal there, symmetric if no
/// median is given. The values increase strictly.
pub fn two_piece(
    scale: Scale,
    p5: f64,
    p50: Option<f64>,
    p95: f64,
) -> Result<Box<dyn Distribution>, ParamError> {
    Ok(Box::new(TwoPiece::new(Core::from_percentiles(scale, p5, p50, p95)?, Limits::None)?))
}

/// The distribution before truncation or clipping.
#[derive(Clone, Copy, Debug)]
pub(super) struct Core {
    scale: Scale,
    center: f64,
    below: f64,
    above: f64,
}

impl Core {
    /// Symmetric on its scale: normal, lognormal or logit-normal.
    pub(super) fn symmetric(scale: Scale, center: f64, spread: f64) -> Self {
        Self { scale, center, below: spread, above: spread }
    }

    /// Symmetric, from the parameters of two percentiles whose normal scores are −z and z.
    pub(super) fn from_pair(
        scale: Scale,
        params: &Params,
        (low, high): (&str, &str),
        z: f64,
    ) -> Result<Self, ParamError> {
        let (a, b) = (params.number(low)?, params.number(high)?);
        scale.check(low, a)?;
        scale.check(high, b)?;
        check_ascending(low, a, high, b)?;
        let (a, b) = (scale.axis(a), scale.axis(b));
        Ok(Self::symmetric(scale, 0.5 * (a + b), 0.5 * (b - a) / z))
    }

    /// From P5, P95 and perhaps P50.
    pub(super) fn from_percentiles(
        scale: Scale,
        p5: f64,
        p50: Option<f64>,
        p95: f64,
    ) -> Result<Self, ParamError> {
        scale.check("p5", p5)?;
        scale.check("p95", p95)?;
        check_ascending("p5", p5, "p95", p95)?;
        let (low, high) = (scale.axis(p5), scale.axis(p95));
        let Some(p50) = p50 else {
            return Ok(Self::symmetric(scale, 0.5 * (low + high), 0.5 * (high - low) / Z95));
        };
        scale.check("p50", p50)?;
        check_ascending("p5", p5, "p50", p50)?;
        check_ascending("p50", p50, "p95", p95)?;
        let center = scale.axis(p50);
        Ok(Self { scale, center, below: (center - low) / Z95, above: (high - center) / Z95 })
    }

    /// The value at a normal score.
    pub(super) fn value(&self, z: f64) -> f64 {
        let spread = if z < 0.0 { self.below } else { self.above };
        self.scale.value(self.center + spread * z)
    }

    /// The difference of the normal scores of two values on the same side of the median.
    pub(super) fn z_step(&self, from: f64, to: f64, is_below: bool) -> f64 {
        let spread = if is_below { self.below } else { self.above };
        self.scale.difference(from, to) / spread
    }

    /// The value that many normal scores from another, both on the same side of the median.
    pub(super) fn moved(&self, from: f64, z_step: f64, is_below: bool) -> f64 {
        let spread = if is_below { self.below } else { self.above };
        self.scale.moved(from, spread * z_step)
    }

    /// The normal score of a value.
    pub(super) fn z(&self, x: f64) -> f64 {
        let t = self.scale.axis(x) - self.center;
        t / if t < 0.0 { self.below } else { self.above }
    }

    fn sampling(&self) -> Sampling {
        let Self { scale, center, below, above } = *self;
        Sampling::TwoPiece { scale, center, below, above }
    }

    /// Mean and sd in closed form, where there is one that does not cancel.
    fn closed_moments(&self) -> Option<(f64, f64)> {
        let (a, b) = (self.above, self.below);
        match self.scale {
            Scale::Linear => {
                let lift = (a - b) * normal_density(0.0);
                let variance = 0.5 * (a * a + b * b) - lift * lift;
                Some((self.center + lift, variance.sqrt()))
            }
            // The variance of a narrow one would cancel.
            Scale::Log if a.max(b) < 0.5 => None,
            Scale::Log => {
                // E exp(k(T − c)), each half from the moment generating function of a half normal.
                let moment = |k: f64| {
                    let half = |s: f64| libm::exp(0.5 * s * s) * normal_upper_tail(-s);
                    half(k * a) + half(-k * b)
                };
                let (unit, first) = (self.unit(), moment(1.0));
                if first.is_infinite() {
                    return Some((first, first));
                }
                let sd = (moment(2.0) / first / first - 1.0).sqrt() * first * unit;
                Some((first * unit, sd))
            }
            Scale::Logit => None,
        }
    }

    /// value(z) − median, in the unit that [`Core::unit`] names; keeps the digits of small spreads.
    fn deviation(&self, z: f64) -> f64 {
        let step = z * if z < 0.0 { self.below } else { self.above };
        match self.scale {
            Scale::Linear => step,
            Scale::Log => libm::expm1(step),
            Scale::Logit => {
                let median = self.scale.value(self.center);
                self.scale.moved(median, step) - median
            }
        }
    }

    /// The median on a log scale, so that squares neither overflow nor underflow, else one.
    fn unit(&self) -> f64 {
        if self.scale == Scale::Log { self.scale.value(self.center) } else { 1.0 }
    }

    /// Mean and sd of value(z) with z standard normal on `window`, which has probability `mass`,
    /// plus atoms at the ends of the window if it is `clipped` rather than truncated.
    fn integrated_moments(&self, window: (f64, f64), mass: f64, clipped: bool) -> (f64, f64) {
        // A lognormal's square weighs most at z = 2 sd_log; the normal density is spent 9 beyond.
        let tilt = if self.scale == Scale::Log { 2.0 * self.above } else { 0.0 };
        let low = window.0.max((-9.0_f64).min(window.1 - 9.0));
        let high = window.1.min((9.0 + tilt).max(window.0 + 9.0 + tilt));
        // The logistic function has poles at distance π on its axis.
        let steep = if self.scale == Scale::Logit { self.below.max(self.above) } else { 0.0 };
        let width = (4.0 / steep).min(1.0);
        let atoms =
            [(normal_upper_tail(-window.0), window.0), (normal_upper_tail(window.1), window.1)];
        let expect = |f: &dyn Fn(f64) -> f64| {
            let weighted = |z: f64| f(self.deviation(z)) * normal_density(z);
            let inner = integrate(low, high.min(0.0), width, weighted)
                + integrate(low.max(0.0), high, width, weighted);
            let present = atoms.iter().filter(|(weight, _)| clipped && *weight > 0.0);
            let ends: f64 = present.map(|(weight, z)| weight * f(self.deviation(*z))).sum();
            (inner + ends) / mass
        };
        let shift = expect(&|x| x);
        let variance = expect(&|x| (x - shift) * (x - shift));
        let unit = self.unit();
        (self.scale.value(self.center) + shift * unit, variance.sqrt() * unit)
    }
}

/// What is done beyond two bounds, either of which may be infinite.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limits {
    None,
    /// The distribution given that it lies within.
    Truncated {
        min: f64,
        max: f64,
    },
    /// Draws beyond are moved to the bound.
    Clipped {
        floor: f64,
        ceiling: f64,
    },
}

impl Limits {
    /// The optional parameters that [`Limits::of`] reads.
    pub(super) const PARAMS: &'static [&'static str] = &["min", "max", "floor", "ceiling"];

    /// From `min` and `max`, or `floor` and `ceiling`.
    pub(super) fn of(params: &Params) -> Result<Self, ParamError> {
        let pair = |low: &str, high: &str| match (params.value(low), params.value(high)) {
            (None, None) => Ok(None),
            (a, b) => {
                let bounds = (a.unwrap_or(f64::NEG_INFINITY), b.unwrap_or(f64::INFINITY));
                check_ascending(low, bounds.0, high, bounds.1).map(|()| Some(bounds))
            }
        };
        match (pair("min", "max")?, pair("floor", "ceiling")?) {
            (None, None) => Ok(Self::None),
            (Some((min, max)), None) => Ok(Self::Truncated { min, max }),
            (None, Some((floor, ceiling))) => Ok(Self::Clipped { floor, ceiling }),
            _ => Err(ParamError::of(
                if params.value("floor").is_some() { "floor" } else { "ceiling" },
                "a distribution is either truncated (`min`, `max`) or clipped (`floor`, `ceiling`)",
                "keep `min` and `max` to leave out what lies beyond, `floor` and `ceiling` to move \
                 it to the bound",
            )),
        }
    }
}

/// A [`Core`] within its limits.
#[derive(Clone, Debug)]
pub(super) struct TwoPiece {
    core: Core,
    limits: Limits,
    /// What truncation keeps, if there is any.
    window: Option<Window>,
    /// Mean and standard deviation. A run asks for few of them, and some are integrals.
    moments: OnceLock<(f64, f64)>,
}

impl TwoPiece {
    pub(super) fn new(core: Core, limits: Limits) -> Result<Self, ParamError> {
        let window = match limits {
            Limits::Truncated { min, max } => Some(Window::new(&core, min, max)?),
            _ => None,
        };
        if let Limits::Clipped { floor, ceiling } = limits {
            check_clipping(floor, (core.z(floor), core.z(ceiling)))?;
        }
        Ok(Self { core, limits, window, moments: OnceLock::new() })
    }

    /// Mean and standard deviation.
    fn moments(&self) -> (f64, f64) {
        let core = &self.core;
        *self.moments.get_or_init(|| match (self.limits, &self.window) {
            (Limits::Clipped { floor, ceiling }, _) => {
                core.integrated_moments((core.z(floor), core.z(ceiling)), 1.0, true)
            }
            (_, Some(window)) => {
                core.integrated_moments((window.low.z, window.high.z), window.mass, false)
            }
            _ => core.closed_moments().unwrap_or_else(|| {
                core.integrated_moments((f64::NEG_INFINITY, f64::INFINITY), 1.0, false)
            }),
        })
    }

    /// Built from the parameters of a family with [`Limits::PARAMS`].
    pub(super) fn boxed(core: Core, params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
        Ok(Box::new(Self::new(core, Limits::of(params)?)?))
    }
}

/// Fails if nearly every draw would be moved to a bound.
fn check_clipping(floor: f64, window: (f64, f64)) -> Result<(), ParamError> {
    let inside = normal_interval(window.0, window.1);
    // Not a number if both scores are infinite alike.
    if inside >= 1e-9 {
        return Ok(());
    }
    Err(ParamError::of(
        if floor.is_finite() { "floor" } else { "ceiling" },
        "clipping moves all but a billionth of the draws",
        "choose `floor` and `ceiling` around the bulk, or write a constant",
    ))
}

impl Distribution for TwoPiece {
    fn quantile(&self, p: Prob) -> f64 {
        match (self.limits, &self.window) {
            (_, Some(window)) => window.quantile(&self.core, p),
            (Limits::Clipped { floor, ceiling }, _) => self.core.value(p.z()).clamp(floor, ceiling),
            _ => self.core.value(p.z()),
        }
    }

    fn cdf(&self, x: f64) -> Prob {
        match (self.limits, &self.window) {
            (_, Some(window)) => window.cdf(&self.core, x),
            (Limits::Clipped { floor, .. }, _) if x < floor => Prob::from_lower(0.0),
            (Limits::Clipped { ceiling, .. }, _) if x >= ceiling => Prob::from_upper(0.0),
            _ => Prob::from_z(self.core.z(x)),
        }
    }

    fn mean(&self) -> f64 {
        self.moments().0
    }

    fn sd(&self) -> f64 {
        self.moments().1
    }

    fn support(&self) -> (f64, f64) {
        let (low, high) = self.core.scale.range();
        match self.limits {
            Limits::None => (low, high),
            Limits::Truncated { min, max } => (low.max(min), high.min(max)),
            Limits::Clipped { floor, ceiling } => {
                (low.clamp(floor, ceiling), high.clamp(floor, ceiling))
            }
        }
    }

    fn sampling(&self) -> Sampling {
        match self.limits {
            Limits::None => self.core.sampling(),
            Limits::Truncated { .. } => Sampling::Tabulated,
            Limits::Clipped { floor, ceiling } => {
                Sampling::Clipped { base: Box::new(self.core.sampling()), floor, ceiling }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_met_exactly_on_every_scale() {
        for (scale, p5, p50, p95) in [
            (Scale::Linear, -3.0, 1.0, 40.0),
            (Scale::Log, 15.0, 80.0, 290.0),
            (Scale::Logit, 0.1, 0.4, 0.8),
        ] {
            let d = two_piece(scale, p5, Some(p50), p95).unwrap();
            for (p, x) in [(0.05, p5), (0.5, p50), (0.95, p95)] {
                let got = d.quantile(Prob::from_lower(p));
                assert!((got - x).abs() < 2e-15 * x.abs(), "{scale:?} {p}: {got}");
            }
        }
    }

    #[test]
    fn a_pair_is_symmetric_on_its_scale() {
        let d = two_piece(Scale::Log, 2.0, None, 18.0).unwrap();
        assert!((d.quantile(Prob::from_lower(0.5)) - 6.0).abs() < 1e-14);
        let d = two_piece(Scale::Logit, 0.2, None, 0.8).unwrap();
        assert!((d.mean() - 0.5).abs() < 1e-14);
    }

    // 40-digit quadrature of the cases in the test below.
    const LOG_MEAN: f64 = 105.85988947821235;
    const LOG_SD: f64 = 101.907883592592689;
    const LOGIT_MEAN: f64 = 0.419102565323769095;
    const LOGIT_SD: f64 = 0.21680999819920605;

    #[test]
    fn moments_of_two_different_halves() {
        let d = two_piece(Scale::Log, 15.0, Some(80.0), 290.0).unwrap();
        assert!((d.mean() / LOG_MEAN - 1.0).abs() < 1e-13, "{}", d.mean());
        assert!((d.sd() / LOG_SD - 1.0).abs() < 1e-13, "{}", d.sd());
        let d = two_piece(Scale::Logit, 0.1, Some(0.4), 0.8).unwrap();
        assert!((d.mean() / LOGIT_MEAN - 1.0).abs() < 1e-13, "{}", d.mean());
        assert!((d.sd() / LOGIT_SD - 1.0).abs() < 1e-12, "{}", d.sd());
    }
    #[test]
    fn a_bad_percentile_is_named() {
        let fails = |scale, p5, p50, p95| {
            two_piece(scale, p5, p50, p95).unwrap_err().param.unwrap_or_default()
        };
        assert_eq!(fails(Scale::Linear, 3.0, None, 3.0), "p5");
        assert_eq!(fails(Scale::Log, 0.0, None, 3.0), "p5");
        assert_eq!(fails(Scale::Logit, 0.1, None, 1.0), "p95");
        assert_eq!(fails(Scale::Linear, 1.0, Some(6.0), 5.0), "p50");
        assert_eq!(fails(Scale::Linear, 1.0, Some(f64::NAN), 5.0), "p50");
        assert_eq!(fails(Scale::Linear, f64::NEG_INFINITY, None, 5.0), "p5");
    }
}
