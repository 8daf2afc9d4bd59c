//! The regularized incomplete gamma functions P(a, x), Q(a, x) and their inverse.
//!
//! P = ∫₀ˣ t^(a−1) e^(−t) dt / Γ(a), Q = 1 − P. The methods are those of `DiDonato` and Morris
//! (1986, doi:10.1145/22721.23109) and Gil, Segura and Temme (2012, doi:10.1137/120872553):
//! Taylor series for small x, a continued fraction (Lentz 1976, doi:10.1364/AO.15.000668) for large
//! x, a uniform expansion near x = a when a is large. The factor in front is written with the
//! deviance and Stirling's error, so that large shapes lose no digits.

use super::expansion::Expansion;
use super::invert::{Local, invert};
use super::log_gamma::{deviance, log_gamma_1p, stirling_error};
use crate::dist::Prob;

const INV_TAU: f64 = 0.15915494309189533577;
/// No series or fraction here needs more; they all stop by themselves far sooner.
const MOST_TERMS: usize = 10_000;

/// The gamma distribution with unit scale, prepared for one shape.
#[derive(Clone, Debug)]
pub struct IncompleteGamma {
    shape: f64,
    log_gamma_1p: f64,
    /// ln C in x^a e^(−x) / Γ(a) = C exp(−deviance).
    log_front: f64,
    expansion: Option<Expansion>,
}

impl IncompleteGamma {
    /// For a shape above zero and finite.
    pub fn new(shape: f64) -> Self {
        Self {
            shape,
            log_gamma_1p: log_gamma_1p(shape),
            log_front: 0.5 * libm::log(shape * INV_TAU) - stirling_error(shape),
            expansion: Expansion::new(shape, shape, [1.0, 1.0, 0.0]),
        }
    }

    /// Lower = P(a, x), upper = Q(a, x), the smaller one to about 1e-14.
    pub fn tails(&self, x: f64) -> Prob {
        self.tails_and_log_density(x).0
    }

    /// The tails, and the logarithm of the density on the axis ln x, x^a e^(−x) / Γ(a).
    fn tails_and_log_density(&self, x: f64) -> (Prob, f64) {
        let a = self.shape;
        if x <= 0.0 {
            return (Prob::from_lower(0.0), f64::NEG_INFINITY);
        }
        if x.is_infinite() {
            return (Prob::from_upper(0.0), f64::NEG_INFINITY);
        }
        let deviance = deviance(x, a);
        let log_density = self.log_front - deviance;
        let density = libm::exp(log_density);
        let tails = match &self.expansion {
            Some(expansion) if expansion.reaches(deviance) => {
                let tail = density * expansion.tail_ratio(deviance, x > a);
                if x > a { Prob::from_upper(tail) } else { Prob::from_lower(tail) }
            }
            _ if a > series_bound(x) => Prob::from_lower(density * lower_series(a, x)),
            _ if x < 1.5 => Prob::from_upper(self.upper_taylor(x)),
            _ => Prob::from_upper(density * upper_fraction(a, x)),
        };
        (tails, log_density)
    }

    /// Q for small a and x, where 1 − P would cancel:
    /// 1 − x^a/Γ(1+a) − x^a/Γ(1+a) · a Σ (−x)^k / ((a+k) k!).
    fn upper_taylor(&self, x: f64) -> f64 {
        let a = self.shape;
        let exponent = a * libm::log(x) - self.log_gamma_1p;
        let (mut term, mut sum) = (1.0, 0.0);
        for k in 1..MOST_TERMS {
            term *= -x / k as f64;
            sum += term / (a + k as f64);
            if term.abs() < 1e-17 * sum.abs() {
                break;
            }
        }
        -libm::expm1(exponent) - libm::exp(exponent) * a * sum
    }

    /// The x with P(a, x) = p: relative error about 1e-13, for any shape and any p.
    pub fn quantile(&self, p: Prob) -> f64 {
        if p.lower() <= 0.0 {
            return 0.0;
        }
        if p.upper() <= 0.0 {
            return f64::INFINITY;
        }
        let a = self.shape;
        invert(p, self.guess(p), |x| {
            let (tails, log_density) = self.tails_and_log_density(x);
            Local { tails, log_density, slope: a - x, bend: x }
        })
    }

    /// A start for the inversion.
    fn guess(&self, p: Prob) -> f64 {
        let a = self.shape;
        // P ≈ x^a e^(−ax/(a+1)) / Γ(a+1) far to the left.
        let power_law = libm::exp((libm::log(p.lower()) + self.log_gamma_1p) / a);
        if power_law < 0.2 * (a + 1.0) {
            return power_law * libm::exp(power_law / (a + 1.0));
        }
        if a < 1.0 {
            // Numerical Recipes, third edition, section 6.2.1.
            let t = 1.0 - a * (0.253 + a * 0.12);
            return if p.lower() < t {
                libm::exp(libm::log(p.lower() / t) / a)
            } else {
                1.0 - libm::log(p.upper() / (1.0 - t))
            };
        }
        // Wilson and Hilferty (1931): the cube root is nearly normal.
        let ninth = 1.0 / (9.0 * a);
        let root = (1.0 - ninth + p.z() * ninth.sqrt()).max(0.1);
        let x = a * root * root * root;
        if x < 4.0 * (a + 1.0) {
            return x;
        }
        // Q ≈ x^(a−1) e^(−x) / Γ(a) far to the right.
        let bare = -libm::log(p.upper()) - self.log_gamma_1p + libm::log(a);
        let once = bare + (a - 1.0) * libm::log(x);
        bare + (a - 1.0) * libm::log(once.max(a))
    }
}

/// The shape where P and Q are about equal at x: series for P above, Q directly below
/// (Gil, Segura and Temme 2012, their α(x)).
fn series_bound(x: f64) -> f64 {
    if x >= 0.5 { x } else { -core::f64::consts::LN_2 / libm::log(0.5 * x) }
}

/// Σ xⁿ / (a (a+1) … (a+n)).
fn lower_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for n in 1..MOST_TERMS {
        term *= x / (a + n as f64);
        sum += term;
        if term < 1e-17 * sum {
            break;
        }
    }
    sum / a
}

/// Γ(a, x) / (x^a e^(−x)) by its even continued fraction, modified Lentz.
fn upper_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut value = d;
    for n in 1..MOST_TERMS {
        let n = n as f64;
        let numerator = -n * (n - a);
        b += 2.0;
        d = 1.0 / nonzero(numerator * d + b);
        c = nonzero(b + numerator / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    value
}

/// Keeps the denominators of Lentz's method away from zero.
pub(super) fn nonzero(x: f64) -> f64 {
    if x.abs() < 1e-300 { 1e-300 } else { x }
}
