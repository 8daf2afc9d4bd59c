//! The standard normal distribution.

use crate::dist::Prob;

/// Φ⁻¹(0.90).
pub const Z90: f64 = 1.281551565544600467;
/// Φ⁻¹(0.95).
pub const Z95: f64 = 1.6448536269514727149;

const SQRT_HALF: f64 = core::f64::consts::FRAC_1_SQRT_2;
/// What the double nearest to √½ leaves out.
const SQRT_HALF_REST: f64 = -4.8336466567264565e-17;
const INV_SQRT_TAU: f64 = 0.39894228040143267794;

/// Density of the standard normal, φ(z) = exp(−z²/2) / √(2π).
pub fn normal_density(z: f64) -> f64 {
    INV_SQRT_TAU * libm::exp(-0.5 * z * z)
}

/// Upper tail of the standard normal, ½ erfc(z/√2).
///
/// Rounding z/√2 alone would cost z² units in the last place in the far tail, so the part that
/// rounding loses is put back to first order: erfc′/erfc = −(x + √(x² + c)), c in 4/π..2
/// (Abramowitz and Stegun 7.1.13).
pub fn normal_upper_tail(z: f64) -> f64 {
    if z > 40.0 {
        return 0.0;
    }
    let x = z * SQRT_HALF;
    let tail = 0.5 * libm::erfc(x);
    if x < 0.5 {
        return tail;
    }
    let lost = product_rounding(z, SQRT_HALF, x) + z * SQRT_HALF_REST;
    tail * (1.0 - lost * (x + (x * x + 1.6).sqrt()))
}

/// a·b − fl(a·b), exactly (Dekker 1971, doi:10.1007/BF01397083).
fn product_rounding(a: f64, b: f64, product: f64) -> f64 {
    let split = |v: f64| {
        let c = v * 134217729.0;
        let high = c - (c - v);
        (high, v - high)
    };
    let ((ah, al), (bh, bl)) = (split(a), split(b));
    ((ah * bh - product) + ah * bl + al * bh) + al * bl
}

/// Φ(high) − Φ(low) for low ≤ high, without cancellation in either tail or in a narrow interval.
pub fn normal_interval(low: f64, high: f64) -> f64 {
    if is_narrow(low, high - low) {
        return normal_strip(low, high - low);
    }
    if low > 0.0 {
        normal_upper_tail(low) - normal_upper_tail(high)
    } else if high < 0.0 {
        normal_upper_tail(-high) - normal_upper_tail(-low)
    } else {
        1.0 - normal_upper_tail(-low) - normal_upper_tail(high)
    }
}

/// Φ(low + width) − Φ(low) for a width of either sign that [`is_narrow`], by the Taylor series of
/// the density about the middle. The width may be far below the rounding of `low`.
pub(in crate::dist) fn normal_strip(low: f64, width: f64) -> f64 {
    let half = 0.5 * width;
    let mid = low + half;
    let (h2, m2) = (half * half, mid * mid);
    let bend = (m2 - 1.0) / 6.0 + h2 * (m2 * m2 - 6.0 * m2 + 3.0) / 120.0;
    width * normal_density(mid) * (1.0 + h2 * bend)
}

/// The width w with Φ(z + w) − Φ(z) = `mass`, if that is narrow: the series of [`normal_strip`]
/// reverted about z.
pub(in crate::dist) fn normal_strip_width(z: f64, mass: f64) -> Option<f64> {
    let u = mass / normal_density(z);
    // The first term left out is u⁴ (6z³ + 7z)/24.
    let narrow = u.abs() * (1.0 + z.abs()) < 1e-5;
    narrow.then(|| u * (1.0 + u * (0.5 * z + u * (2.0 * z * z + 1.0) / 6.0)))
}

/// Whether [`normal_strip`] is exact to rounding there.
pub(in crate::dist) fn is_narrow(low: f64, width: f64) -> bool {
    width.abs() * (1.0 + low.abs()) < 0.02
}

/// The normal score z with Φ(z) = p: algorithm AS 241, routine PPND16, relative error about 1e-16
/// (Wichura 1988, doi:10.2307/2347330). Minus and plus infinity at the ends.
pub fn normal_quantile(p: Prob) -> f64 {
    let q = 0.5 * (p.lower() - p.upper());
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * polynomial(r, &A) / polynomial(r, &B);
    }
    let (tail, is_lower) = p.smaller_tail();
    if tail <= 0.0 {
        return if is_lower { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = (-libm::log(tail)).sqrt();
    let z = if r <= 5.0 {
        polynomial(r - 1.6, &C) / polynomial(r - 1.6, &D)
    } else {
        polynomial(r - 5.0, &E) / polynomial(r - 5.0, &F)
    };
    if is_lower { -z } else { z }
}

/// Horner's rule, constant term first.
fn polynomial(x: f64, coefficients: &[f64; 8]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

const A: [f64; 8] = [
    3.3871328727963666080e0,
    1.3314166789178437745e+2,
    1.9715909503065514427e+3,
    1.3731693765509461125e+4,
    4.5921953931549871457e+4,
    6.7265770927008700853e+4,
    3.3430575583588128105e+4,
    2.5090809287301226727e+3,
];
const B: [f64; 8] = [
    1.0,
    4.2313330701600911252e+1,
    6.8718700749205790830e+2,
    5.3941960214247511077e+3,
    2.1213794301586595867e+4,
    3.9307895800092710610e+4,
    2.8729085735721942674e+4,
    5.2264952788528545610e+3,
];
const C: [f64; 8] = [
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
];
const D: [f64; 8] = [
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
];
const E: [f64; 8] = [
    6.65790464350110377720e0,
    5.46378491116411436990e0,
    1.78482653991729133580e0,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
];
const F: [f64; 8] = [
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
];
