//! Elementary functions on one lane, built so that a loop over them vectorizes.
//!
//! Integer steps use only logical shifts and the two-to-the-52 trick for conversions, because
//! arithmetic 64-bit shifts and integer conversions have no instruction before AVX-512.

use std::ops::{Add, Mul};

/// 1.5 · 2^52: adding it rounds a number below 2^51 to an integer, kept in the low bits.
const ROUND: f64 = 6755399441055744.0;
/// Bits of 2^52: a 52-bit integer joined to them is that integer plus 2^52, as a float.
const TWO_52_BITS: u64 = 0x4330_0000_0000_0000;
const TWO_52: f64 = 4503599627370496.0;
/// The fraction field of a double.
const FRACTION: u64 = (1 << 52) - 1;

/// ln 2 in two parts; the first has 32 trailing zero bits, so that `n * LN2_HI` is exact (fdlibm).
const LN2_HI: f64 = 6.93147180369123816490e-01;
const LN2_LO: f64 = 1.90821492927058770002e-10;

/// The smaller of two numbers; `b` if either is not a number. One instruction, unlike `f64::min`.
#[inline(always)]
pub fn min(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The larger of two numbers; `b` if either is not a number. One instruction, unlike `f64::max`.
#[inline(always)]
pub fn max(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The largest integer not above `x`, for `|x| < 2^51`. Vectorizes where `f64::floor` is a call.
#[inline(always)]
pub fn floor(x: f64) -> f64 {
    let nearest = (x + ROUND) - ROUND;
    nearest - if nearest > x { 1.0 } else { 0.0 }
}

/// Converts an integer below 2^52.
#[inline(always)]
pub(crate) fn from_u52(k: u64) -> f64 {
    f64::from_bits(TWO_52_BITS | k) - TWO_52
}

/// Evaluates a polynomial, highest power first, without fused operations.
///
/// Two interleaved Horner chains in x²: these loops wait for the latency of a chain, not for the
/// arithmetic units, and two chains halve the wait.
#[inline(always)]
pub(crate) fn polynomial<T, const N: usize>(x: T, coefficients: &[T; N]) -> T
where
    T: Copy + Add<Output = T> + Mul<Output = T>,
{
    let square = x * x;
    let (mut p, mut q) = (coefficients[0], coefficients[1]);
    let mut i = 2;
    while i + 1 < N {
        p = p * square + coefficients[i];
        q = q * square + coefficients[i + 1];
        i += 2;
    }
    if i < N { (p * square + coefficients[i]) + q * x } else { p * x + q }
}

/// (e^r - 1 - r) / r² on |r| <= ln(2)/2: own Chebyshev fit, error below 2e-18.
const EXP: [f64; 11] = [
    2.0914686968086876e-09,
    2.5105217004720745e-08,
    2.75572736431103e-07,
    2.7557255400206422e-06,
    2.4801587325547743e-05,
    0.00019841269874820627,
    0.0013888888888883748,
    0.008333333333326136,
    0.04166666666666667,
    0.1666666666666667,
    0.5,
];

/// e^x. Largest error found: 0.95 ulp (40-digit reference, 10^5 points over the normal range).
///
/// Above 709.78 infinity, below -745.13 zero, gradual underflow between, NaN stays NaN. Reduction
/// x = n ln 2 + r as in Cody and Waite (1980), then a polynomial.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let x = if x < -750.0 { -750.0 } else { x };
    let x = if x > 710.0 { 710.0 } else { x };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HI) - n * LN2_LO;
    let y = 1.0 + (r + (r * r) * polynomial(r, &EXP));
    // 2^n in two factors, each a normal number, so that over- and underflow come out right.
    let biased = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(2046);
    let half = biased >> 1;
    let rest = biased.wrapping_sub(half);
    y * f64::from_bits(half << 52) * f64::from_bits(rest << 52)
}

/// Polynomial of fdlibm's `log` in s², s = f/(2+f), highest power first.
const LOG: [f64; 7] = [
    1.479819860511658591e-01,
    1.531383769920937332e-01,
    1.818357216161805012e-01,
    2.222219843214978396e-01,
    2.857142874366239149e-01,
    3.999999999940941908e-01,
    6.666666666666735130e-01,
];

/// The logarithm of a positive normal number; anything else gives a meaningless number.
///
/// The algorithm of fdlibm's `log` (Sun Microsystems, 1993) without its branches.
#[inline(always)]
pub(crate) fn ln_normal(x: f64) -> f64 {
    const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    let shifted = x.to_bits().wrapping_add(ONE - ROOT_HALF);
    let k = f64::from_bits(TWO_52_BITS | (shifted >> 52)) - (TWO_52 + 1023.0);
    let f = f64::from_bits((shifted & FRACTION) + ROOT_HALF) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z * polynomial(z, &LOG);
    let half_square = 0.5 * f * f;
    k * LN2_HI - ((half_square - (s * (half_square + r) + k * LN2_LO)) - f)
}

/// Natural logarithm. Largest error found: 0.76 ulp (40-digit reference, 10^5 points).
///
/// Zero gives minus infinity, negative numbers NaN, infinity itself; subnormal numbers are as
/// accurate as the others.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    const TWO_54: f64 = 18014398509481984.0;
    let tiny = x < f64::MIN_POSITIVE;
    let y = ln_normal(if tiny { x * TWO_54 } else { x });
    // The scale is taken off as in `k * LN2_HI + ... + k * LN2_LO`; the high part is exact.
    let y = if tiny { (y - 54.0 * LN2_LO) - 54.0 * LN2_HI } else { y };
    let y = if x < f64::INFINITY { y } else { x };
    let y = if x > 0.0 { y } else { f64::NAN };
    if x == 0.0 { f64::NEG_INFINITY } else { y }
}

/// The logistic function 1 / (1 + e^-y). Largest error found: 2.1 ulp, at both ends alike.
#[inline(always)]
pub fn logistic(y: f64) -> f64 {
    1.0 / (1.0 + exp(-y))
}

/// (1 + y) e^(y²/2) Φ(-y) on 0 <= y <= 38.7 in t = (y-4)/(y+4): own Chebyshev fit, error 3e-17.
const MILLS: [f64; 23] = [
    2.1176230650855098e-10,
    4.381255459262678e-09,
    1.132331590065377e-08,
    -1.898693154199463e-08,
    -1.0113432791483977e-07,
    2.9436105631929564e-09,
    5.432766813059296e-07,
    4.019976072156978e-07,
    -2.6081024292192844e-06,
    -3.4305115501977667e-06,
    1.3625160968370519e-05,
    2.124940567614828e-05,
    -8.785279072890732e-05,
    -9.443010762265062e-05,
    0.0006948970476359108,
    -0.0002856231174106094,
    -0.005002378586164326,
    0.017936097481068718,
    -0.0321978374283042,
    0.02860036405350549,
    0.013999634724429305,
    -0.09670347732652537,
    0.47205320650984467,
];

/// Standard normal distribution function Φ(z), with full relative accuracy in the lower tail.
///
/// Largest relative error found: 5.2e-16 for z >= -37 (40-digit reference, 10^5 points); below -37.5
/// the result is subnormal, below -38.5 zero. The form (1+y) times the Mills ratio in a rational variable is that
/// of Shepherd and Laframboise (1981), doi:10.1090/S0025-5718-1981-0595058-X.
#[inline(always)]
pub fn normal_cdf(z: f64) -> f64 {
    let y = z.abs();
    let y = if y > 38.7 { 38.7 } else { y };
    // y² needs more digits than a double has: high part squared exactly, the rest as a correction.
    let high = f64::from_bits(y.to_bits() & !0x7ff_ffff);
    let d = 0.5 * (y - high) * (y + high);
    let correction = 1.0 - d * (1.0 - d * (0.5 - d * (1.0 / 6.0)));
    let density = exp(-0.5 * high * high) * correction;
    let lower = density * polynomial((y - 4.0) / (y + 4.0), &MILLS) / (1.0 + y);
    if z < 0.0 { lower } else { 1.0 - lower }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact results are what is tested")]
mod tests {
    use super::*;
    use crate::vector::{StreamKey, TILE, fill_words, uniform_from_word};

    /// Calls `check` at `n` points scattered over an interval.
    fn scatter(low: f64, high: f64, n: u64, mut check: impl FnMut(f64)) {
        let key = StreamKey::new(0, 0, "scatter").value();
        let mut words = [0; TILE];
        for first in (0..n).step_by(TILE) {
            fill_words(key, first, 0, &mut words);
            for word in words {
                check(low + (high - low) * uniform_from_word(word));
            }
        }
    }

    /// The distance in units of the last place of `expected`.
    fn ulps(actual: f64, expected: f64) -> f64 {
        let place = f64::from_bits(expected.abs().to_bits() + 1) - expected.abs();
        (actual - expected).abs() / place
    }

    #[test]
    fn exp_is_within_an_ulp() {
        // The reference has an error of its own, just below one unit.
        for (low, high) in [(-708.0, 709.0), (-1.0, 1.0), (-20.0, 20.0)] {
            scatter(low, high, 200_000, |x| assert!(ulps(exp(x), libm::exp(x)) <= 1.0, "{x}"));
        }
        // The nearest doubles to the true values.
        for (x, expected) in [
            (1.0, std::f64::consts::E),
            (-1.0, 0.36787944117144233),
            (0.5, 1.6487212707001282),
            (10.0, 22026.465794806718),
            (700.0, 1.0142320547350045e304),
            (-700.0, 9.859676543759771e-305),
        ] {
            assert!(ulps(exp(x), expected) <= 1.0, "{x}");
        }
    }

    #[test]
    fn exp_saturates_and_passes_nan() {
        assert_eq!(exp(0.0).to_bits(), 1.0_f64.to_bits());
        assert_eq!(exp(-0.0).to_bits(), 1.0_f64.to_bits());
        assert!(exp(709.78).is_finite());
        for x in [709.79, 1e4, f64::MAX, f64::INFINITY] {
            assert_eq!(exp(x), f64::INFINITY);
        }
        for x in [-745.2, -1e4, f64::MIN, f64::NEG_INFINITY] {
            assert_eq!(exp(x).to_bits(), 0);
        }
        assert!(exp(f64::NAN).is_nan());
        scatter(-745.0, -708.0, 20_000, |x| assert!(ulps(exp(x), libm::exp(x)) <= 1.0, "{x}"));
    }

    #[test]
    fn ln_is_within_an_ulp() {
        for (low, high) in [(0.5, 2.0), (0.999, 1.001), (1e-10, 1.0), (1.0, 1e6)] {
            scatter(low, high, 200_000, |x| assert!(ulps(ln(x), libm::log(x)) <= 1.0, "{x}"));
        }
        scatter(-745.0, 709.0, 200_000, |y| {
            let x = libm::exp(y);
            assert!(ulps(ln(x), libm::log(x)) <= 1.0, "{x}");
        });
        assert_eq!(ln(2.0).to_bits(), std::f64::consts::LN_2.to_bits());
        assert_eq!(ln(10.0).to_bits(), std::f64::consts::LN_10.to_bits());
    }

    #[test]
    fn ln_of_special_values() {
        assert_eq!(ln(1.0).to_bits(), 0);
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert_eq!(ln(-0.0), f64::NEG_INFINITY);
        assert_eq!(ln(f64::INFINITY), f64::INFINITY);
        for x in [-1.0, -1e-320, f64::MIN, f64::NEG_INFINITY, f64::NAN] {
            assert!(ln(x).is_nan(), "{x}");
        }
        for x in [5e-324, 1e-310, f64::MIN_POSITIVE, f64::MAX] {
            assert!(ulps(ln(x), libm::log(x)) <= 1.0, "{x}");
        }
    }

    #[test]
    fn normal_cdf_keeps_its_digits_in_the_lower_tail() {
        // 40-digit arithmetic.
        for (z, expected) in [
            (-37.0, 5.725571222524577e-300),
            (-30.0, 4.906713927148187e-198),
            (-8.2, 1.2019351542735858e-16),
            (-6.36134090240406, 1e-10),
            (-3.0, 0.0013498980316300945),
            (-1.0, 0.15865525393145705),
            (-0.1, 0.460172162722971),
            (0.0, 0.5),
            (1.0, 0.8413447460685429),
            (3.0, 0.9986501019683699),
        ] {
            let error = (normal_cdf(z) / expected - 1.0).abs();
            // Next to 1e-10 the argument is given to 15 digits, which moves the result by 1e-13.
            assert!(error < if z == -6.36134090240406 { 1e-12 } else { 2e-15 }, "{z} {error:e}");
        }
        scatter(-37.0, 0.0, 100_000, |z| {
            // The factor 1/sqrt(2) of the reference rounds: its relative error is z² ulp.
            let reference = 0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2);
            let error = (normal_cdf(z) / reference - 1.0).abs();
            assert!(error < 2e-15 + 2.3e-16 * z * z, "{z} {error:e}");
        });
        scatter(0.0, 9.0, 100_000, |z| {
            assert!((normal_cdf(z) + normal_cdf(-z) - 1.0).abs() <= f64::EPSILON, "{z}");
        });
        assert_eq!(normal_cdf(f64::NEG_INFINITY), 0.0);
        assert_eq!(normal_cdf(f64::INFINITY), 1.0);
        assert!(normal_cdf(f64::NAN).is_nan());
    }

    #[test]
    fn logistic_is_accurate_at_both_ends() {
        scatter(-700.0, 40.0, 100_000, |y| {
            let reference = if y < 0.0 {
                libm::exp(y) / (1.0 + libm::exp(y))
            } else {
                1.0 / (1.0 + libm::exp(-y))
            };
            assert!((logistic(y) / reference - 1.0).abs() < 8e-16, "{y}");
        });
        assert_eq!(logistic(0.0), 0.5);
        assert_eq!(logistic(800.0), 1.0);
        assert_eq!(logistic(-800.0), 0.0);
        assert!(logistic(f64::NAN).is_nan());
    }

    #[test]
    fn floor_min_and_max_are_those_of_the_standard_library() {
        scatter(-1e9, 1e9, 20_000, |x| {
            assert_eq!(floor(x), x.floor());
            assert_eq!(floor(floor(x)), x.floor());
            assert_eq!(min(x, 17.0), x.min(17.0));
            assert_eq!(max(x, 17.0), x.max(17.0));
        });
        assert_eq!(floor(-0.5), -1.0);
        assert_eq!(floor(2.0), 2.0);
    }
}
