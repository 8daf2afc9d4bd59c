//! The three-term metalog distribution: any feasible P10, P50, P90, with or without bounds.
//!
//! M(p) = a₁ + a₂ L + a₃ (p − ½) L with L = ln(p/(1−p)) (Keelin 2016, "The metalog distributions",
//! Decision Analysis 13(4), doi:10.1287/deca.2016.0338). A lower bound takes ln(x − lower) for x, an
//! upper bound −ln(upper − x), both ln((x − lower)/(upper − x)).
//!
//! M increases if a₂ > |a₃| max[(p−½) + p(1−p) L]. With L = 2u the maximum is where u tanh u = 1, and
//! is u/2; Keelin's rounded constant 1.66711 is 2/u.

use super::params::check_ascending;
use super::special::integrate;
use super::{Distribution, Family, Param, ParamError, ParamKind, Params, Prob, Sampling};

pub(super) static FAMILY: Family = Family {
    name: "metalog",
    doc: "smooth and exact at P10, P50 and P90, with logistic tails; a bound makes it semi-bounded or \
          bounded. Very skewed triples are infeasible and refused",
    formula: "x = a1 + a2 L + a3 (p − 1/2) L, L = ln(p/(1−p)), on x, ln(x − lower), −ln(upper − x) or \
              ln((x − lower)/(upper − x)). Keelin (2016, doi:10.1287/deca.2016.0338)",
    params: &[
        Param::new("p10", ParamKind::Value, "10th percentile"),
        Param::new("p50", ParamKind::Value, "median"),
        Param::new("p90", ParamKind::Value, "90th percentile"),
        Param::new("lower", ParamKind::Value, "bound below"),
        Param::new("upper", ParamKind::Value, "bound above"),
    ],
    forms: &[&["p10", "p50", "p90"]],
    optional: &["lower", "upper"],
    example: r#"{ dist = "metalog", p10 = 10, p50 = 20, p90 = 50, lower = 0 }"#,
    build,
};

/// The root of u tanh u = 1.
const U: f64 = 1.1996786402577338339;
/// ln 9, the log odds at P90.
const LOG_ODDS_90: f64 = 2.1972245773362193828;
/// Beyond these log odds the smaller tail is below 1e-19.
const FAR: f64 = 45.0;

fn build(params: &Params) -> Result<Box<dyn Distribution>, ParamError> {
    params.form(&FAMILY)?;
    let (p10, p90) = params.ascending("p10", "p90")?;
    let (_, p50) = params.ascending("p10", "p50")?;
    params.ascending("p50", "p90")?;
    let bounds = Bounds::of(params, p10, p90)?;
    let curve = Curve::fit(bounds, p10, p50, p90)?;
    let (mean, sd) = moments(&curve, bounds);
    Ok(Box::new(Metalog { curve, bounds, mean, sd }))
}

/// The axis on which the quantile is M(p).
#[derive(Clone, Copy, Debug)]
enum Bounds {
    None,
    Lower(f64),
    Upper(f64),
    Both(f64, f64),
}

impl Bounds {
    fn of(params: &Params, p10: f64, p90: f64) -> Result<Self, ParamError> {
        let (lower, upper) = (params.value("lower"), params.value("upper"));
        if let Some(lower) = lower {
            check_ascending("lower", lower, "p10", p10)?;
        }
        if let Some(upper) = upper {
            check_ascending("p90", p90, "upper", upper)
                .map_err(|error| ParamError { param: Some("upper".to_owned()), ..error })?;
        }
        Ok(match (lower, upper) {
            (None, None) => Self::None,
            (Some(low), None) => Self::Lower(low),
            (None, Some(high)) => Self::Upper(high),
            (Some(low), Some(high)) => Self::Both(low, high),
        })
    }

    fn axis(self, x: f64) -> f64 {
        match self {
            Self::None => x,
            Self::Lower(low) => libm::log(x - low),
            Self::Upper(high) => -libm::log(high - x),
            Self::Both(low, high) => libm::log((x - low) / (high - x)),
        }
    }

    fn value(self, m: f64) -> f64 {
        match self {
            Self::None => m,
            Self::Lower(low) => low + libm::exp(m),
            Self::Upper(high) => high - libm::exp(-m),
            Self::Both(low, high) => {
                let share = Prob::from_logit(m);
                let (tail, is_lower) = share.smaller_tail();
                if is_lower { low + (high - low) * tail } else { high - (high - low) * tail }
            }
        }
    }

    fn range(self) -> (f64, f64) {
        match self {
            Self::None => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Lower(low) => (low, f64::INFINITY),
            Self::Upper(high) => (f64::NEG_INFINITY, high),
            Self::Both(low, high) => (low, high),
        }
    }
}

/// M as a function of the log odds t: a₁ + a₂ t + a₃ t tanh(t/2)/2.
#[derive(Clone, Copy, Debug)]
struct Curve {
    a1: f64,
    a2: f64,
    a3: f64,
}

impl Curve {
    fn fit(bounds: Bounds, p10: f64, p50: f64, p90: f64) -> Result<Self, ParamError> {
        let (low, mid, high) = (bounds.axis(p10), bounds.axis(p50), bounds.axis(p90));
        let span = high - low;
        let skew = (high - mid) - (mid - low);
        let (a2, a3) = (span / (2.0 * LOG_ODDS_90), skew / (0.8 * LOG_ODDS_90));
        if 2.0 * a2 > U * a3.abs() {
            return Ok(Self { a1: mid, a2, a3 });
        }
        let reach = 0.5 * span * 0.8 / U;
        let middle = 0.5 * (low + high);
        let (least, most) = (bounds.value(middle - reach), bounds.value(middle + reach));
        let (end, condition) =
            if a3 > 0.0 { ("p10", "a3 < 1.66711 a2") } else { ("p90", "a3 > −1.66711 a2") };
        Err(ParamError::of(
            "p50",
            format!(
                "`p50` = {p50} is too close to `{end}`: the quantile would not increase everywhere \
                 ({condition} fails)"
            ),
            format!(
                "with these p10, p90 and bounds the median must lie between {least:.6} and {most:.6}; \
                 or use dist = \"percentiles\", which takes any"
            ),
        ))
    }

    fn at(&self, t: f64) -> f64 {
        self.a1 + t * (self.a2 + 0.5 * self.a3 * libm::tanh(0.5 * t))
    }

    fn slope(&self, t: f64) -> f64 {
        let h = libm::tanh(0.5 * t);
        self.a2 + self.a3 * (0.5 * h + 0.25 * t * (1.0 - h * h))
    }

    /// The slope far to the right.
    fn far_slope(&self) -> f64 {
        self.a2 + 0.5 * self.a3
    }

    /// The t with M(t) = m: Newton's method kept within a bracket, which the least slope gives.
    fn inverse(&self, m: f64) -> f64 {
        if m.is_infinite() {
            return m;
        }
        let end = (m - self.a1) / (self.a2 - 0.5 * U * self.a3.abs());
        let (mut low, mut high) = (end.min(0.0), end.max(0.0));
        let mut t = ((m - self.a1) / self.a2).clamp(low, high);
        for _ in 0..200 {
            let miss = self.at(t) - m;
            if miss < 0.0 {
                low = t;
            } else {
                high = t;
            }
            let next = t - miss / self.slope(t);
            if (next - t).abs() <= 1e-16 * t.abs() {
                return next;
            }
            t = if low < next && next < high { next } else { 0.5 * (low + high) };
            if t <= low || t >= high {
                return t;
            }
        }
        t
    }

    /// The curve of −x for the curve of x.
    fn mirrored(&self) -> Self {
        Self { a1: -self.a1, a2: self.a2, a3: -self.a3 }
    }
}

/// Mean and sd: closed without bounds (Keelin 2016, section 3.3), else by quadrature over log odds.
fn moments(curve: &Curve, bounds: Bounds) -> (f64, f64) {
    const PI2: f64 = core::f64::consts::PI * core::f64::consts::PI;
    match bounds {
        Bounds::None => {
            let (a2, a3) = (curve.a2, curve.a3);
            let variance = a2 * a2 * PI2 / 3.0 + a3 * a3 * (1.0 / 12.0 + PI2 / 36.0);
            (curve.a1 + 0.5 * a3, variance.sqrt())
        }
        Bounds::Lower(low) => {
            let (mean, sd) = exponential_moments(curve);
            (low + mean, sd)
        }
        Bounds::Upper(high) => {
            let (mean, sd) = exponential_moments(&curve.mirrored());
            (high - mean, sd)
        }
        Bounds::Both(low, high) => {
            let width = (2.0 / curve.far_slope().max(curve.mirrored().far_slope())).min(1.0);
            let expect = |f: &dyn Fn(f64) -> f64| {
                let share = |t: f64| f(Prob::from_logit(curve.at(t)).lower());
                integrate(-FAR, FAR, width, |t| share(t) * logistic_density(t))
            };
            let mean = expect(&|x| x);
            let variance = expect(&|x| (x - mean) * (x - mean));
            (low + (high - low) * mean, (high - low) * variance.sqrt())
        }
    }
}

/// Mean and sd of exp(M). The right tail is exp((s − 1) t) with s the far slope: no mean from s = 1
/// on, no sd from s = ½ on; what lies beyond the quadrature is added in closed form.
fn exponential_moments(curve: &Curve) -> (f64, f64) {
    let s = curve.far_slope();
    if s >= 1.0 {
        return (f64::INFINITY, f64::INFINITY);
    }
    let unit = libm::exp(curve.a1);
    let relative = |t: f64| libm::exp(curve.at(t) - curve.a1);
    let beyond = |k: f64| libm::exp((k * s - 1.0) * FAR) / (1.0 - k * s);
    let mean = beyond(1.0) + integrate(-FAR, FAR, 1.0, |t| relative(t) * logistic_density(t));
    if s >= 0.5 {
        return (unit * mean, f64::INFINITY);
    }
    let square = |t: f64| (relative(t) - mean) * (relative(t) - mean) * logistic_density(t);
    let variance = beyond(2.0) - 2.0 * mean * beyond(1.0)
        + mean * mean * beyond(0.0)
        + integrate(-FAR, FAR, 1.0, square);
    (unit * mean, unit * variance.sqrt())
}

/// dp/dt at log odds t.
fn logistic_density(t: f64) -> f64 {
    let p = Prob::from_logit(t);
    p.lower() * p.upper()
}

#[derive(Clone, Copy, Debug)]
struct Metalog {
    curve: Curve,
    bounds: Bounds,
    mean: f64,
    sd: f64,
}

impl Distribution for Metalog {
    fn quantile(&self, p: Prob) -> f64 {
        let (low, high) = self.bounds.range();
        if p.lower() <= 0.0 {
            return low;
        }
        if p.upper() <= 0.0 {
            return high;
        }
        self.bounds.value(self.curve.at(p.logit()))
    }

    fn cdf(&self, x: f64) -> Prob {
        let (low, high) = self.bounds.range();
        if x <= low {
            return Prob::from_lower(0.0);
        }
        if x >= high {
            return Prob::from_upper(0.0);
        }
        Prob::from_logit(self.curve.inverse(self.bounds.axis(x)))
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn sd(&self) -> f64 {
        self.sd
    }

    fn support(&self) -> (f64, f64) {
        self.bounds.range()
    }

    fn sampling(&self) -> Sampling {
        Sampling::Tabulated
    }
}
