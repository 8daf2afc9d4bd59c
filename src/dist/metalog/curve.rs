//! The curve M of a metalog, whether it increases, its inverse and its moments.

use super::{Bounds, Prob};
use crate::dist::special::integrate;

/// Beyond these log odds the smaller tail is below 1e-19.
const FAR: f64 = 45.0;
/// Steps of the grid on which the slope is checked, from −FAR to FAR: 0.01 in log odds.
const GRID: i32 = 9000;

/// M as a function of the log odds t: A(y) + B(y) t with y = p − ½ = tanh(t/2)/2, polynomials A and B.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    a: Vec<f64>,
    b: Vec<f64>,
    /// Not above the least slope dM/dt.
    least: f64,
    /// The greatest slope on the grid.
    greatest: f64,
}

/// Where a curve does not increase: the probability, and the slope there.
pub(super) struct Falling {
    pub(super) p: f64,
    pub(super) slope: f64,
}

impl Falling {
    /// `at p = 0.0832`, `in the upper tail`.
    pub(super) fn place(&self) -> String {
        match self.p {
            p if p < 1e-4 => "in the lower tail".to_owned(),
            p if p > 1.0 - 1e-4 => "in the upper tail".to_owned(),
            p => format!("at p = {p:.4}"),
        }
    }
}

impl Curve {
    /// Three terms, whose least slope is known.
    pub(super) fn of_three(a1: f64, a2: f64, a3: f64, least: f64) -> Self {
        let mut curve = Self { a: vec![a1], b: vec![a2, a3], least, greatest: 0.0 };
        curve.greatest = curve.slopes().fold(0.0, |most, (_, slope)| slope.max(most));
        curve
    }

    /// From a₁, a₂, … in Keelin's order, at least two; or where it does not increase.
    ///
    /// The density is positive where the slope is. It is checked in every hundredth of log odds, in
    /// finer steps about the least, and in the limit of both tails, where it is B(±½).
    pub(super) fn new(coefficients: &[f64]) -> Result<Self, Falling> {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (k, coefficient) in coefficients.iter().enumerate() {
            // Terms 1, 4, 5, 7, 9, … are powers of y; 2, 3, 6, 8, 10, … powers of y times L.
            let with_log = matches!(k, 1 | 2) || (k > 4 && k % 2 == 1);
            if with_log { b.push(*coefficient) } else { a.push(*coefficient) }
        }
        let mut curve = Self { a, b, least: f64::INFINITY, greatest: 0.0 };
        let mut lowest = (0.0, f64::INFINITY);
        let mut greatest = 0.0_f64;
        for (t, slope) in curve.slopes() {
            greatest = greatest.max(slope);
            lowest = if slope < lowest.1 { (t, slope) } else { lowest };
        }
        curve.greatest = greatest;
        for step in -100..=100 {
            let t = lowest.0 + f64::from(step) * 1e-4;
            let slope = curve.slope(t);
            lowest = if slope < lowest.1 { (t, slope) } else { lowest };
        }
        for (t, y) in [(-FAR, -0.5), (FAR, 0.5)] {
            let slope = value(&curve.b, y);
            lowest = if slope < lowest.1 { (t, slope) } else { lowest };
        }
        // What the grid may miss of the least is far below one part in a thousand of the greatest.
        curve.least = 0.5 * lowest.1;
        if lowest.1 > 1e-9 * curve.greatest {
            return Ok(curve);
        }
        Err(Falling { p: Prob::from_logit(lowest.0).lower(), slope: lowest.1 })
    }

    /// The slope on the grid.
    fn slopes(&self) -> impl Iterator<Item = (f64, f64)> {
        (0..=GRID).map(|step| {
            let t = FAR * f64::from(2 * step - GRID) / f64::from(GRID);
            (t, self.slope(t))
        })
    }

    pub(super) fn at(&self, t: f64) -> f64 {
        let y = 0.5 * libm::tanh(0.5 * t);
        value(&self.a, y) + t * value(&self.b, y)
    }

    fn slope(&self, t: f64) -> f64 {
        let y = 0.5 * libm::tanh(0.5 * t);
        value(&self.b, y) + (derivative(&self.a, y) + t * derivative(&self.b, y)) * density(t)
    }

    /// The slope far to the right.
    fn far_slope(&self) -> f64 {
        value(&self.b, 0.5)
    }

    /// The median.
    fn middle(&self) -> f64 {
        value(&self.a, 0.0)
    }

    /// The t with M(t) = m: Newton's method kept within a bracket, which the least slope gives.
    pub(super) fn inverse(&self, m: f64) -> f64 {
        if m.is_infinite() {
            return m;
        }
        let end = (m - self.middle()) / self.least;
        let (mut low, mut high) = (end.min(0.0), end.max(0.0));
        let mut t = ((m - self.middle()) / value(&self.b, 0.0)).clamp(low, high);
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

    /// The curve of −x for the curve of x: −A(−y) and B(−y).
    fn mirrored(&self) -> Self {
        let flip = |(k, c): (usize, &f64)| if k % 2 == 0 { *c } else { -c };
        Self {
            a: self.a.iter().enumerate().map(|term| -flip(term)).collect(),
            b: self.b.iter().enumerate().map(flip).collect(),
            ..*self
        }
    }

    /// A panel of quadrature: short where exp(M) or a logistic of M changes fast.
    fn panel(&self) -> f64 {
        (2.0 / self.greatest).min(1.0)
    }
}

/// A polynomial, lowest power first.
fn value(coefficients: &[f64], y: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * y + c)
}

fn derivative(coefficients: &[f64], y: f64) -> f64 {
    let terms = coefficients.iter().enumerate().skip(1).rev();
    terms.fold(0.0, |sum, (k, c)| sum * y + k as f64 * c)
}

/// Mean and sd: closed for three terms without bounds (Keelin 2016, section 3.3), else by quadrature
/// over log odds.
pub(super) fn moments(curve: &Curve, bounds: Bounds) -> (f64, f64) {
    const PI2: f64 = core::f64::consts::PI * core::f64::consts::PI;
    match bounds {
        Bounds::None => {
            if let ([a1], [a2, a3]) = (&curve.a[..], &curve.b[..]) {
                let variance = a2 * a2 * PI2 / 3.0 + a3 * a3 * (1.0 / 12.0 + PI2 / 36.0);
                return (a1 + 0.5 * a3, variance.sqrt());
            }
            expectations(1.0, |t| curve.at(t))
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
            let share = |t: f64| Prob::from_logit(curve.at(t)).lower();
            let (mean, sd) = expectations(curve.panel(), share);
            (low + (high - low) * mean, (high - low) * sd)
        }
    }
}

/// Mean and sd of f(t) for log odds t of a uniform draw.
fn expectations(panel: f64, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let mean = integrate(-FAR, FAR, panel, |t| f(t) * density(t));
    let square = |t: f64| (f(t) - mean) * (f(t) - mean) * density(t);
    (mean, integrate(-FAR, FAR, panel, square).sqrt())
}

/// Mean and sd of exp(M). The right tail is exp((s − 1) t) with s the far slope: no mean from s = 1
/// on, no sd from s = ½ on; what lies beyond the quadrature is added in closed form.
fn exponential_moments(curve: &Curve) -> (f64, f64) {
    let s = curve.far_slope();
    if s >= 1.0 {
        return (f64::INFINITY, f64::INFINITY);
    }
    let unit = libm::exp(curve.middle());
    // M(t) − a₁ is this much above s t far to the right.
    let shift = value(&curve.a, 0.5) - curve.middle();
    let relative = |t: f64| libm::exp(curve.at(t) - curve.middle());
    let beyond = |k: f64| libm::exp(k * shift + (k * s - 1.0) * FAR) / (1.0 - k * s);
    let panel = curve.panel();
    let mean = beyond(1.0) + integrate(-FAR, FAR, panel, |t| relative(t) * density(t));
    if s >= 0.5 {
        return (unit * mean, f64::INFINITY);
    }
    let square = |t: f64| (relative(t) - mean) * (relative(t) - mean) * density(t);
    let variance = beyond(2.0) - 2.0 * mean * beyond(1.0)
        + mean * mean * beyond(0.0)
        + integrate(-FAR, FAR, panel, square);
    (unit * mean, unit * variance.sqrt())
}

/// dp/dt at log odds t.
fn density(t: f64) -> f64 {
    let p = Prob::from_logit(t);
    p.lower() * p.upper()
}
