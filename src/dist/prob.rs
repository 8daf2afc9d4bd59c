//! A probability known by both tails.

use super::special;

/// A probability known by both tails, so that neither end loses digits: `lower + upper = 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prob {
    lower: f64,
    upper: f64,
}

impl Prob {
    /// From the probability `p` of a draw below, in 0..=1.
    pub fn from_lower(p: f64) -> Self {
        Self { lower: p, upper: 1.0 - p }
    }

    /// From the probability `q` of a draw above, in 0..=1.
    pub fn from_upper(q: f64) -> Self {
        Self { lower: 1.0 - q, upper: q }
    }

    /// From a normal score: lower = Φ(z), upper = Φ(−z), each to a few units in the last place.
    pub fn from_z(z: f64) -> Self {
        Self { lower: special::normal_upper_tail(-z), upper: special::normal_upper_tail(z) }
    }

    /// From log odds: lower = 1/(1 + e^(−t)).
    pub fn from_logit(t: f64) -> Self {
        let odds = libm::exp(-t.abs());
        let (far, near) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
        if t < 0.0 { Self { lower: far, upper: near } } else { Self { lower: near, upper: far } }
    }

    /// From both tails, which the caller knows to sum to one.
    pub(super) fn from_tails(lower: f64, upper: f64) -> Self {
        Self { lower, upper }
    }

    /// The probability of a draw below.
    pub fn lower(self) -> f64 {
        self.lower
    }

    /// The probability of a draw above.
    pub fn upper(self) -> f64 {
        self.upper
    }

    /// The same probability seen from the other end.
    #[must_use]
    pub fn flipped(self) -> Self {
        Self { lower: self.upper, upper: self.lower }
    }

    /// The normal score z with Φ(z) = lower.
    pub fn z(self) -> f64 {
        special::normal_quantile(self)
    }

    /// ln(lower / upper).
    pub fn logit(self) -> f64 {
        // The quotient would overflow only where a tail is below the least normal number.
        libm::log(self.lower) - libm::log(self.upper)
    }

    /// −ln(upper), exact in the lower tail too.
    pub(super) fn hazard(self) -> f64 {
        if self.lower < 0.5 { -libm::log1p(-self.lower) } else { -libm::log(self.upper) }
    }

    /// The smaller of the two tails, and whether that is the lower one.
    pub(super) fn smaller_tail(self) -> (f64, bool) {
        if self.lower <= self.upper { (self.lower, true) } else { (self.upper, false) }
    }
}
