//! The regularized incomplete beta function `I_x(a, b)`, both tails, and its inverse.
//!
//! I = ∫₀ˣ t^(a−1) (1−t)^(b−1) dt / B(a, b). A point is a pair (x, y = 1 − x), so that neither end
//! loses digits. Methods after `DiDonato` and Morris (1992, doi:10.1145/131766.131776): the continued
//! fraction DLMF 8.17.22 by Lentz's method (1976, doi:10.1364/AO.15.000668), and a uniform expansion
//! about the mean when both shapes are large. The factor in front is written with deviances and
//! Stirling's errors (Loader 2000).

use super::expansion::Expansion;
use super::incomplete_gamma::nonzero;
use super::invert::{Local, invert};
use super::log_gamma::{log_excess, stirling_error};
use crate::dist::Prob;

const INV_TAU: f64 = 0.15915494309189533577;
const MOST_TERMS: usize = 100_000;

/// A share x of one and its complement y = 1 − x, each with full precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The share.
    pub x: f64,
    /// Its complement.
    pub y: f64,
}

impl Share {
    /// From the odds x/y, 0..=∞.
    fn from_odds(r: f64) -> Self {
        if r < 1.0 {
            Self { x: r / (1.0 + r), y: 1.0 / (1.0 + r) }
        } else {
            let inverse = 1.0 / r;
            Self { x: 1.0 / (1.0 + inverse), y: inverse / (1.0 + inverse) }
        }
    }
}

/// The beta distribution on 0..1, prepared for one pair of shapes.
#[derive(Clone, Debug)]
pub struct IncompleteBeta {
    a: f64,
    b: f64,
    /// ln C in x^a y^b / B(a, b) = C exp(−deviance).
    log_front: f64,
    /// ln B(a, b).
    log_beta: f64,
    expansion: Option<Expansion>,
}

impl IncompleteBeta {
    /// For shapes above zero and finite.
    pub fn new(a: f64, b: f64) -> Self {
        let n = a + b;
        let (mean, rest) = (a / n, b / n);
        let stirling = stirling_error(n) - stirling_error(a) - stirling_error(b);
        let log_front = 0.5 * libm::log(a * rest * INV_TAU) + stirling;
        let log_beta = a * libm::log(mean) + b * libm::log(rest) - log_front;
        let quadratic = [mean * rest, rest - mean, -1.0];
        Self { a, b, log_front, log_beta, expansion: Expansion::new(a.min(b), n, quadratic) }
    }

    /// Lower = `I_x(a, b)`, upper = `I_y(b, a)`, the smaller one to about 1e-14 (shapes below a
    /// thousandth lose digits in a tail that is of their order).
    pub fn tails(&self, at: Share) -> Prob {
        self.tails_and_log_density(at).0
    }

    /// The tails, and the logarithm of the density on the axis ln(x/y), x^a y^b / B(a, b).
    fn tails_and_log_density(&self, at: Share) -> (Prob, f64) {
        let (a, b, Share { x, y }) = (self.a, self.b, at);
        if x <= 0.0 {
            return (Prob::from_lower(0.0), f64::NEG_INFINITY);
        }
        if y <= 0.0 {
            return (Prob::from_upper(0.0), f64::NEG_INFINITY);
        }
        let n = a + b;
        // n x − a = −(n y − b), in the form that keeps the digits of both x and y.
        let excess = b * x - a * y;
        let deviance =
            a * log_excess(excess / a, n * x / a) + b * log_excess(-excess / b, n * y / b);
        let log_density = self.log_front - deviance;
        let density = libm::exp(log_density);
        let tails = match &self.expansion {
            Some(expansion) if expansion.reaches(deviance) => {
                let tail = density * expansion.tail_ratio(deviance, excess > 0.0);
                if excess > 0.0 { Prob::from_upper(tail) } else { Prob::from_lower(tail) }
            }
            _ => self.by_fraction(at, excess, density),
        };
        (tails, log_density)
    }

    /// Both tails by continued fraction, from the side where it converges fast.
    fn by_fraction(&self, at: Share, excess: f64, density: f64) -> Prob {
        let (a, b, Share { x, y }) = (self.a, self.b, at);
        let lower = || Prob::from_lower(density * fraction(a, b, at, excess));
        let upper = || Prob::from_upper(density * fraction(b, a, Share { x: y, y: x }, -excess));
        let is_left = x <= (a + 1.0) / (a + b + 2.0);
        let p = if is_left { lower() } else { upper() };
        // With a small shape the tail on its own side may be nearly all. The other one, taken
        // directly, keeps its digits; only near an end its fraction would converge too slowly.
        if is_left && p.upper() < 0.1 && x > 0.001 {
            upper()
        } else if !is_left && p.lower() < 0.1 && y > 0.001 {
            lower()
        } else {
            p
        }
    }

    /// The share with `I_x(a, b)` = p: relative error of x and of y about 1e-13, for any shapes and
    /// any p.
    pub fn quantile(&self, p: Prob) -> Share {
        if p.lower() <= 0.0 {
            return Share { x: 0.0, y: 1.0 };
        }
        if p.upper() <= 0.0 {
            return Share { x: 1.0, y: 0.0 };
        }
        let (a, b) = (self.a, self.b);
        let odds = invert(p, self.guess(p), |r| {
            let at = Share::from_odds(r);
            let (tails, log_density) = self.tails_and_log_density(at);
            Local { tails, log_density, slope: a * at.y - b * at.x, bend: (a + b) * at.x * at.y }
        });
        Share::from_odds(odds)
    }

    /// A start for the inversion: the odds x/y.
    fn guess(&self, p: Prob) -> f64 {
        let (a, b) = (self.a, self.b);
        if let Some(x) = power_law(a, b, p.lower(), self.log_beta) {
            return x / (1.0 - x);
        }
        if let Some(y) = power_law(b, a, p.upper(), self.log_beta) {
            return (1.0 - y) / y;
        }
        if a < 1.0 || b < 1.0 {
            // Numerical Recipes, third edition, section 6.4: a power law at each end.
            let left = libm::exp(a * libm::log(a / (a + b))) / a;
            let right = libm::exp(b * libm::log(b / (a + b))) / b;
            let total = left + right;
            return if p.lower() < left / total {
                let x = libm::exp(libm::log(a * total * p.lower()) / a).min(0.9);
                x / (1.0 - x)
            } else {
                let y = libm::exp(libm::log(b * total * p.upper()) / b).min(0.9);
                (1.0 - y) / y
            };
        }
        // Abramowitz and Stegun 26.5.22, whose normal deviate has the other sign.
        let z = -p.z();
        let (u, w) = (1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0));
        let (h, lambda) = (2.0 / (u + w), (z * z - 3.0) / 6.0);
        let shift = (w - u) * (lambda + 5.0 / 6.0 - 2.0 / (3.0 * h));
        let half_log = z * (h + lambda).max(0.0).sqrt() / h - shift;
        a / b * libm::exp(-2.0 * half_log)
    }
}

/// x where x^a / (a B) ≈ p, if that is so near zero that the law holds: I ≈ x^a/(aB) (1 − …).
fn power_law(a: f64, b: f64, p: f64, log_beta: f64) -> Option<f64> {
    let x = libm::exp((libm::log(p) + libm::log(a) + log_beta) / a);
    let drift = (b - 1.0) * x / (a + 1.0);
    (x < 0.2 && drift.abs() < 0.2).then(|| x * libm::exp(drift))
}

/// `I_x(a, b)` ÷ (x^a y^b / B) for x up to about the mean, with `excess` = n x − a.
///
/// The even part of DLMF 8.17.22 in the form of `DiDonato` and Morris (1992, equation 9), which sees
/// x near one only through the excess and y; modified Lentz.
fn fraction(a: f64, b: f64, Share { x, y }: Share, excess: f64) -> f64 {
    let n = a + b;
    let mut value = a / (a + 1.0) * (1.0 - excess);
    let (mut c, mut d) = (value, 0.0);
    for m in 1..MOST_TERMS {
        let m = m as f64;
        let step = a + 2.0 * m;
        let product = m * (b - m) * x / (step - 1.0);
        let numerator = (a + m - 1.0) / (step - 1.0) * (n + m - 1.0) * product * x;
        let denominator = m + product + (a + m) / (step + 1.0) * (1.0 - excess + m * (1.0 + y));
        d = 1.0 / nonzero(denominator + numerator * d);
        c = nonzero(denominator + numerator / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    1.0 / value
}
