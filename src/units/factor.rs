//! Exact conversion factors.

/// The factor between two units, exact: `numerator / denominator · 10^exponent`.
///
/// A power of ten is kept apart so that it can be added to the exponent of a written number before
/// that is read: then `37 B USD` is exactly 37 billions, and `0.3 kW` exactly the float nearest to
/// 0.0003 MW.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    numerator: u64,
    denominator: u64,
    exponent: i32,
}

impl Factor {
    /// One.
    pub const ONE: Self = Self::ten_to(0);

    /// A power of ten.
    pub const fn ten_to(exponent: i32) -> Self {
        Self { numerator: 1, denominator: 1, exponent }
    }

    /// `numerator / denominator · 10^exponent`; neither number may be zero.
    pub const fn new(numerator: u64, denominator: u64, exponent: i32) -> Self {
        Self { numerator, denominator, exponent }.reduced()
    }

    /// The product.
    #[must_use]
    pub const fn times(self, other: Self) -> Self {
        // Reduced crosswise first: the parts stay far below 2^64.
        let left = Self::new(self.numerator, other.denominator, 0);
        let right = Self::new(other.numerator, self.denominator, 0);
        Self::new(
            left.numerator * right.numerator,
            left.denominator * right.denominator,
            self.exponent + other.exponent + left.exponent + right.exponent,
        )
    }

    /// The quotient.
    #[must_use]
    pub const fn over(self, other: Self) -> Self {
        self.times(Self {
            numerator: other.denominator,
            denominator: other.numerator,
            exponent: -other.exponent,
        })
    }

    /// The factor as a float, correctly rounded when it is a power of ten.
    pub fn as_f64(self) -> f64 {
        self.apply("1", 0).unwrap_or(f64::NAN)
    }

    /// `digits · 10^exponent` times this factor; none if `digits` is not a decimal number.
    ///
    /// Rounded once if the factor is a power of ten, otherwise at most three times.
    pub(super) fn apply(self, digits: &str, exponent: i32) -> Option<f64> {
        let shifted = format!("{digits}e{}", exponent.saturating_add(self.exponent));
        let value: f64 = shifted.parse().ok()?;
        Some(value * self.numerator as f64 / self.denominator as f64)
    }

    /// Lowest terms, with powers of ten moved to the exponent.
    const fn reduced(self) -> Self {
        let common = gcd(self.numerator, self.denominator);
        let (mut numerator, mut denominator) = (self.numerator / common, self.denominator / common);
        let mut exponent = self.exponent;
        while numerator != 0 && numerator.is_multiple_of(10) {
            numerator /= 10;
            exponent += 1;
        }
        while denominator != 0 && denominator.is_multiple_of(10) {
            denominator /= 10;
            exponent -= 1;
        }
        Self { numerator, denominator, exponent }
    }
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a == 0 { 1 } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_kept_in_lowest_terms() {
        assert_eq!(Factor::new(3_600, 1, 0), Factor::new(36, 1, 2));
        assert_eq!(Factor::new(1, 3_600, 3), Factor::new(1, 36, 1));
        let month = Factor::new(1461, 48, 0);
        let quarter = Factor::new(1461, 16, 0);
        assert_eq!(month.over(quarter), Factor::new(1, 3, 0));
        assert_eq!(quarter.times(Factor::ONE.over(quarter)), Factor::ONE);
    }

    #[test]
    fn a_power_of_ten_rounds_once() {
        assert_eq!(Factor::ten_to(-3).apply("0.3", 0), Some(0.0003));
        assert_eq!(Factor::ten_to(9).over(Factor::ten_to(9)).apply("37", 0), Some(37.0));
        assert_eq!(Factor::ten_to(-9).apply("6.72", 9), Some(6.72));
        assert_eq!(Factor::ten_to(-2).as_f64().to_string(), "0.01");
        assert_eq!(Factor::ONE.apply("x", 0), None);
    }

    #[test]
    fn other_factors_are_exact_where_the_result_is() {
        let quarter = Factor::new(1461, 16, 0);
        assert_eq!(quarter.apply("1", 0), Some(91.3125));
        assert_eq!(Factor::new(1, 24, 0).apply("36", 0), Some(1.5));
    }
}
