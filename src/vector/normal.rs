//! The normal quantile in double precision, and uniform variates from words of 64 bits.
//!
//! Such a word gives `u = (k + 1/2) / 2^52` from its top 52 bits `k`: both `u` and `1 - u` are exact, so
//! the normal score is exactly antisymmetric and keeps its digits in both tails, |z| <= 8.2095.
//!
//! Source of the polynomials: M. Giles, "Approximating the erfinv function", GPU Computing Gems Jade
//! Edition, 2011, doi:10.1016/B978-0-12-385963-1.00010-1, double precision. Beyond the reach of a
//! random word: M. J. Wichura, algorithm AS 241, Applied Statistics 37 (1988), doi:10.2307/2347330.

use super::column::{TILE, Tile};
use super::math::{from_u52, ln, ln_normal, polynomial};

const SIGN: u64 = 1 << 63;
/// 2^-52, the width of a cell of the uniform grid.
const CELL: f64 = f64::EPSILON;
/// Where the central polynomial of Giles ends, in w = -ln(1 - x²): |z| = 3.30, one draw in 1035.
const CENTER_END: f64 = 6.25;
/// Where the polynomials of Giles are left for AS 241: half the smallest `u` of a random word.
const GILES_END: f64 = CELL / 4.0;

/// Giles, w < 6.25, in w - 3.125.
const CENTER: [f64; 23] = [
    -3.6444120640178196996e-21,
    -1.685059138182016589e-19,
    1.2858480715256400167e-18,
    1.115787767802518096e-17,
    -1.333171662854620906e-16,
    2.0972767875968561637e-17,
    6.6376381343583238325e-15,
    -4.0545662729752068639e-14,
    -8.1519341976054721522e-14,
    2.6335093153082322977e-12,
    -1.2975133253453532498e-11,
    -5.4154120542946279317e-11,
    1.051212273321532285e-09,
    -4.1126339803469836976e-09,
    -2.9070369957882005086e-08,
    4.2347877827932403518e-07,
    -1.3654692000834678645e-06,
    -1.3882523362786468719e-05,
    0.0001867342080340571352,
    -0.00074070253416626697512,
    -0.0060336708714301490533,
    0.24015818242558961693,
    1.6536545626831027356,
];

/// Giles, 6.25 <= w < 16, in sqrt(w) - 3.25.
const TAIL: [f64; 19] = [
    2.2137376921775787049e-09,
    9.0756561938885390979e-08,
    -2.7517406297064545428e-07,
    1.8239629214389227755e-08,
    1.5027403968909827627e-06,
    -4.013867526981545969e-06,
    2.9234449089955446044e-06,
    1.2475304481671778723e-05,
    -4.7318229009055733981e-05,
    6.8284851459573175448e-05,
    2.4031110387097893999e-05,
    -0.0003550375203628474796,
    0.00095328937973738049703,
    -0.0016882755560235047313,
    0.0024914420961078508066,
    -0.0037512085075692412107,
    0.005370914553590063617,
    1.0052589676941592334,
    3.0838856104922207635,
];

/// Giles, 16 <= w, in sqrt(w) - 5.
const FAR_TAIL: [f64; 17] = [
    -2.7109920616438573243e-11,
    -2.5556418169965252055e-10,
    1.5076572693500548083e-09,
    -3.7894654401267369937e-09,
    7.6157012080783393804e-09,
    -1.4960026627149240478e-08,
    2.9147953450901080826e-08,
    -6.7711997758452339498e-08,
    2.2900482228026654717e-07,
    -9.9298272942317002539e-07,
    4.5260625972231537039e-06,
    -1.9681778105531670567e-05,
    7.5995277030017761139e-05,
    -0.00021503011930044477347,
    -0.00013871931833623122026,
    1.0103004648645343977,
    4.8499064014085844221,
];

/// AS 241, numerator for sqrt(-ln p) > 5.
const WICHURA_E: [f64; 8] = [
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    1.24266094738807843860e-3,
    2.65321895265761230930e-2,
    2.96560571828504891230e-1,
    1.78482653991729133580,
    5.46378491116411436990,
    6.65790464350110377720,
];

/// AS 241, denominator for sqrt(-ln p) > 5.
const WICHURA_F: [f64; 8] = [
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    1.48753612908506148525e-2,
    1.36929880922735805310e-1,
    5.99832206555887937690e-1,
    1.0,
];

/// The uniform variate of a random word: `(k + 1/2) / 2^52` from its top 52 bits, so that
/// 0 < u < 1 and both `u` and `1 - u` are exact.
#[inline(always)]
pub fn uniform_from_bits(bits: u64) -> f64 {
    (from_u52(bits >> 12) + 0.5) * CELL
}

/// Φ⁻¹(u) for `2^-54 <= u <= 1 - 2^-53`.
///
/// Largest error found against 40-digit arithmetic: 6.6e-16 relative, 4.8 ulp. Exactly antisymmetric wherever
/// `1 - u` is exact. [`normals_from_uniforms`] gives the same bits, faster.
#[inline(always)]
pub fn normal_from_uniform(u: f64) -> f64 {
    let (x, w) = reduce(u);
    if w < CENTER_END { center(x, w) } else { tail(x, w) }
}

/// Φ⁻¹(p) for any probability: 0 and 1 give the infinities, anything outside gives NaN.
///
/// The same bits as [`normal_from_uniform`] where that is defined; below, AS 241 down to the
/// smallest subnormal number, with a largest relative error found of 6.7e-16.
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        f64::NAN
    } else if p >= 1.0 {
        f64::INFINITY
    } else if p >= GILES_END {
        normal_from_uniform(p)
    } else if p > 0.0 {
        let r = (-ln(p)).sqrt() - 5.0;
        -(polynomial(r, &WICHURA_E) / polynomial(r, &WICHURA_F))
    } else {
        f64::NEG_INFINITY
    }
}

/// The normal scores of a tile of uniform variates; the bits of [`normal_from_uniform`].
///
/// The central polynomial serves all lanes; the few tiles with a draw beyond |z| = 3.30 (one in
/// sixteen) get a second pass over those lanes.
#[inline(always)]
pub fn normals_from_uniforms(uniforms: &Tile, out: &mut Tile) {
    if centers(|i| uniforms[i], out) {
        repair(uniforms, out);
    }
}

/// The central polynomial in all lanes; whether some lie beyond it. Two halves of the tile go side
/// by side: each step of one polynomial waits for the last, and the other fills the wait.
#[inline(always)]
fn centers(uniform: impl Fn(usize) -> f64, out: &mut Tile) -> bool {
    const HALF: usize = TILE / 2;
    let (first, second) = out.split_at_mut(HALF);
    let mut beyond = 0;
    for i in 0..HALF {
        let ((x, w), (y, v)) = (reduce(uniform(i)), reduce(uniform(i + HALF)));
        first[i] = center(x, w);
        second[i] = center(y, v);
        beyond |= u64::from(w >= CENTER_END) | u64::from(v >= CENTER_END);
    }
    beyond != 0
}

/// Recomputes the lanes beyond the central polynomial.
#[cold]
#[inline(never)]
fn repair(uniforms: &Tile, out: &mut Tile) {
    for (z, &u) in out.iter_mut().zip(uniforms) {
        // The center ends at |u - 1/2| = 0.49952; a cheap test spares nearly all lanes the rest.
        if (u - 0.5).abs() > 0.499 {
            let (x, w) = reduce(u);
            if w >= CENTER_END {
                *z = tail(x, w);
            }
        }
    }
}

/// x = 2u - 1 and w = -ln(1 - x²), the latter from the smaller of `u` and `1 - u` so that it keeps
/// its digits in both tails.
#[inline(always)]
fn reduce(u: f64) -> (f64, f64) {
    let complement = 1.0 - u;
    let below = u < complement;
    let a = 2.0 * if below { u } else { complement };
    let x = 1.0 - a;
    let w = -ln_normal(a * (1.0 + x));
    (f64::from_bits(x.to_bits() ^ if below { SIGN } else { 0 }), w)
}

#[inline(always)]
fn center(x: f64, w: f64) -> f64 {
    std::f64::consts::SQRT_2 * x * polynomial(w - 3.125, &CENTER)
}

#[inline(always)]
fn tail(x: f64, w: f64) -> f64 {
    let root = w.sqrt();
    let p =
        if w < 16.0 { polynomial(root - 3.25, &TAIL) } else { polynomial(root - 5.0, &FAR_TAIL) };
    std::f64::consts::SQRT_2 * x * p
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact results are what is tested")]
mod tests {
    use super::*;
    use crate::vector::{StreamKey, fill_words};

    /// Φ⁻¹ by Newton's method on the logarithm of libm's complementary error function.
    fn reference(u: f64) -> f64 {
        use std::f64::consts::{FRAC_1_SQRT_2, PI};
        let (p, sign) = if u < 0.5 { (u, -1.0) } else { (1.0 - u, 1.0) };
        let mut y = normal_quantile(p).abs();
        for _ in 0..4 {
            let density = libm::exp(-0.5 * y * y) / (2.0 * PI).sqrt();
            // Near the middle the difference from one half keeps more digits than the tail does.
            let excess = if y < 0.5 {
                (0.5 - p) - 0.5 * libm::erf(y * FRAC_1_SQRT_2)
            } else {
                0.5 * libm::erfc(y * FRAC_1_SQRT_2) - p
            };
            y += excess / density;
        }
        sign * y
    }

    fn words(first: u64) -> [u64; TILE] {
        let key = StreamKey::new(0, 1, "words").value();
        let [low, high] = [0, 1].map(|time| {
            let mut half = [0; TILE];
            fill_words(key, first, time, &mut half);
            half
        });
        std::array::from_fn(|i| u64::from(low[i]) | u64::from(high[i]) << 32)
    }

    #[test]
    fn uniforms_are_open_exact_and_ordered() {
        assert_eq!(uniform_from_bits(0), CELL / 2.0);
        assert_eq!(uniform_from_bits(u64::MAX), 1.0 - CELL / 2.0);
        assert_eq!(uniform_from_bits(1 << 63), 0.5 + CELL / 2.0);
        for bits in words(0) {
            let u = uniform_from_bits(bits);
            assert_eq!(1.0 - u, uniform_from_bits(!bits));
            let next = bits.wrapping_add(1 << 12);
            assert!(next < bits || uniform_from_bits(next) > u);
        }
    }

    #[test]
    fn normals_match_the_reference_in_center_and_tails() {
        let mut worst = 0.0_f64;
        let mut check = |u: f64| {
            let expected = reference(u);
            worst = worst.max((normal_from_uniform(u) / expected - 1.0).abs());
        };
        for tile in 0..400 {
            for bits in words(64 * tile) {
                check(uniform_from_bits(bits));
                // The same word pushed into either tail, down to the smallest uniform.
                check(uniform_from_bits(bits >> (bits % 50)));
                check(uniform_from_bits(!(bits >> (bits % 50))));
            }
        }
        // Two units for the variate and as much for the reference.
        assert!(worst < 1.5e-15, "{worst:e}");
    }

    #[test]
    fn normals_match_published_values() {
        // VALIDATION: 14 to 15 digits; 40-digit arithmetic for the ends of the range.
        for (u, expected) in [
            (0.9, 1.2815515655446004),
            (0.95, 1.6448536269514722),
            (0.975, 1.959963984540054),
            (0.99, 2.3263478740408408),
            (0.9999, 3.719016485455709),
            (1e-10, -6.361340902404056),
            (CELL / 2.0, -8.209536151601387),
            (CELL / 4.0, -8.292361075813595),
        ] {
            let relative = (normal_quantile(u) / expected - 1.0).abs();
            // 0.9999 as a double is off by up to half a unit, 1e-13 of its tail.
            assert!(relative < if u == 0.9999 { 2e-14 } else { 1e-15 }, "{u} {relative:e}");
        }
    }

    #[test]
    fn quantile_reaches_the_smallest_probabilities() {
        for (p, expected) in [
            (1e-17, -8.493793224109598),
            (1e-20, -9.262340089798408),
            (1e-100, -21.273453560965324),
            (1e-300, -37.0470962993612),
        ] {
            assert!((normal_quantile(p) / expected - 1.0).abs() < 1e-15, "{p}");
        }
        assert!(normal_quantile(5e-324) < -38.0);
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        assert_eq!(normal_quantile(0.5), 0.0);
        for p in [-1e-9, 1.1, f64::NAN] {
            assert!(normal_quantile(p).is_nan());
        }
        // No step where one formula hands over to the next, and the sign never flips.
        for p in [GILES_END, 0.02425, 0.5 * (1.0 - libm::sqrt(1.0 - libm::exp(-6.25)))] {
            let (low, high) =
                (normal_quantile(p * (1.0 - 1e-12)), normal_quantile(p * (1.0 + 1e-12)));
            assert!(low <= high && high < 0.0 && high - low < 1e-11, "{p} {low} {high}");
        }
    }

    #[test]
    fn tiles_give_the_bits_of_single_draws_and_are_antisymmetric() {
        let (mut tails, mut far) = (0, 0);
        for tile in 0..2000 {
            // Every tenth tile is pushed into the tails.
            let bits = words(64 * tile).map(|b| if tile % 10 == 0 { b >> (b % 50) } else { b });
            let (mut z, mut mirrored) = ([0.0; TILE], [0.0; TILE]);
            normals_from_uniforms(&bits.map(uniform_from_bits), &mut z);
            normals_from_uniforms(&bits.map(|b| uniform_from_bits(!b)), &mut mirrored);
            for i in 0..TILE {
                let single: f64 = normal_from_uniform(uniform_from_bits(bits[i]));
                assert_eq!(z[i].to_bits(), single.to_bits());
                assert_eq!(z[i].to_bits(), (-mirrored[i]).to_bits());
                tails += u32::from(z[i].abs() > 3.31);
                far += u32::from(z[i].abs() > 5.3);
            }
        }
        assert!(tails > 1000 && far > 1000, "{tails} {far}");
    }

    #[test]
    fn normals_keep_the_order_of_the_words() {
        let mut bits: Vec<u64> = (0..100).flat_map(|t| words(64 * t)).collect();
        bits.sort_unstable();
        let z: Vec<f64> =
            bits.into_iter().map(uniform_from_bits).map(normal_from_uniform).collect();
        assert!(z.is_sorted());
    }
}
