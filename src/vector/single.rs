//! Single precision, where its digits are enough: normal scores of random words, and exponentials of scores.
//!
//! A random word of 32 bits stands for `u = (w + 1/2) / 2^32`. Its score is within 3.3e-7 of Φ⁻¹(u), relative, 5.4 units
//! in the last place of single precision, and has no bias that shows: mean and variance are those of the normal
//! distribution to 1e-8, which is the Monte Carlo error of 10^16 draws. With half as many random bits and twice as many
//! lanes it takes less than half as long as the quantile in double precision,
//! [`normal_quantile`](super::normal_quantile), which designs and percentiles use.
//!
//! In the center, where w = −ln(1 − x²) < 7, x = 2u − 1, the form is that of M. Giles, "Approximating the erfinv
//! function", GPU Computing Gems Jade Edition, 2011, doi:10.1016/B978-0-12-385963-1.00010-1: x times a polynomial in w.
//! It and that of the logarithm are minimax fits of our own, rounded to single precision. One word in 2,193 lies
//! beyond (|z| > 3.508) and takes the quantile in double precision.

use super::column::{Aligned, TILE, Tile};
use super::math::polynomial;
use super::normal::normal_from_uniform;

/// 2^-32, the width of a cell of the grid of words.
const CELL: f64 = 1.0 / 4_294_967_296.0;
/// Twice that: distances from an end in units of half the interval.
const HALF_CELL: f32 = 1.0 / 2_147_483_648.0;
/// The words from here to the middle have w < 7.
const CENTER: u32 = 979_360;

/// ln(1 + f) = f + f² Q(f) for √½ − 1 ≤ f ≤ √2 − 1, highest power first; error 4e-8.
const LOG: [f32; 7] = [
    -0.100_345_924,
    0.163_356_3,
    -0.173_259_96,
    0.198_882_79,
    -0.249_614_66,
    0.333_352_63,
    -0.500_005_84,
];

/// Φ⁻¹(u) / x for w < 7, in w − 3.5625, highest power first; relative error 1.5e-8.
const CENTRAL: [f32; 11] = [
    8.076_242e-10,
    -2.923_349_8e-9,
    -5.019_147_4e-8,
    4.536_036_6e-7,
    -3.605_296_4e-7,
    -2.262_341_9e-5,
    0.000_217_260_43,
    -0.000_625_228,
    -0.009_621_805,
    0.331_651_75,
    2.485_499_4,
];

/// (e^r − 1 − r) / r² for |r| ≤ ln(2)/2, highest power first (S. L. Moshier, Cephes, 1992).
const EXP: [f32; 6] =
    [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.500_000_01];

/// The uniform variate of a random word: `(w + 1/2) / 2^32`, so that 0 < u < 1; `u` and `1 - u` are exact.
#[inline(always)]
pub fn uniform_from_word(word: u32) -> f64 {
    (f64::from(word) + 0.5) * CELL
}

/// The normal score of a random word. [`normals`] gives the same bits, faster.
#[inline(always)]
pub fn normal_from_word(word: u32) -> f64 {
    if end_distance(word) < CENTER {
        normal_from_uniform(uniform_from_word(word))
    } else {
        f64::from(center(word))
    }
}

/// The normal scores of a tile of random words.
///
/// The center serves all lanes; one tile in 34 has a word beyond it and gets a second pass over those lanes.
#[inline(always)]
pub fn normals(words: &[u32; TILE], out: &mut Tile) {
    // Two passes, so that the first has lanes of 32 bits only.
    let mut single = Aligned([0.0; TILE]);
    let mut beyond = 0;
    for (z, &word) in single.0.iter_mut().zip(words) {
        *z = center(word);
        beyond |= u32::from(end_distance(word) < CENTER);
    }
    for (z, single) in out.iter_mut().zip(&single.0) {
        *z = f64::from(*single);
    }
    if beyond != 0 {
        repair(words, out);
    }
}

/// Recomputes the lanes beyond the center.
#[cold]
#[inline(never)]
fn repair(words: &[u32; TILE], out: &mut Tile) {
    for (z, &word) in out.iter_mut().zip(words) {
        if end_distance(word) < CENTER {
            *z = normal_from_uniform(uniform_from_word(word));
        }
    }
}

/// Cells between a word and the nearer end of the grid.
#[inline(always)]
fn end_distance(word: u32) -> u32 {
    if word < 1 << 31 { word } else { !word }
}

/// The score of a word by the polynomial of the center.
#[inline(always)]
fn center(word: u32) -> f32 {
    let distance = end_distance(word);
    let middle = (1 << 31) - 1 - distance;
    // Whole numbers below 2^31: the conversion of signed ones is one instruction everywhere.
    let a = (distance as i32 as f32 + 0.5) * HALF_CELL;
    let x = (middle as i32 as f32 + 0.5) * HALF_CELL;
    let w = -ln(a * (1.0 + x));
    let z = x * polynomial(w - 3.5625, &CENTRAL);
    let sign = if word < 1 << 31 { 1 << 31 } else { 0 };
    f32::from_bits(z.to_bits() ^ sign)
}

/// The logarithm of a positive normal number of at most one, as fdlibm splits it; for more it may lose its digits.
#[inline(always)]
fn ln(x: f32) -> f32 {
    const ROOT_HALF: u32 = 0x3f35_04f3;
    const ONE: u32 = 0x3f80_0000;
    let shifted = x.to_bits().wrapping_add(ONE - ROOT_HALF);
    let exponent = (shifted >> 23) as i32 as f32 - 127.0;
    let f = f32::from_bits((shifted & 0x007f_ffff) + ROOT_HALF) - 1.0;
    exponent * std::f32::consts::LN_2 + (f + (f * f) * polynomial(f, &LOG))
}

/// Where [`exponentials`] is defined.
pub const EXPONENT_END: f64 = 16.0;

/// e^y for |y| ≤ 16, in single precision: largest relative error found 5.6e-7, 1.2e-7 for |y| ≤ 1. e⁰ is 1.
#[inline(always)]
pub fn exponentials(y: impl Fn(usize) -> f64, out: &mut Tile) {
    let mut single = Aligned([0.0; TILE]);
    for (lane, single) in single.0.iter_mut().enumerate() {
        *single = y(lane) as f32;
    }
    for single in &mut single.0 {
        *single = exp(*single);
    }
    for (x, single) in out.iter_mut().zip(&single.0) {
        *x = f64::from(*single);
    }
}

/// As in `math`: y = n ln 2 + r, then a polynomial.
#[inline(always)]
fn exp(y: f32) -> f32 {
    /// 1.5 · 2^23: adding it rounds to an integer, kept in the low bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts; the first has few enough bits that its product with n is exact.
    const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let shifted = y * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (y - n * LN2[0]) - n * LN2[1];
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    (1.0 + (r + (r * r) * polynomial(r, &EXP))) * f32::from_bits(power)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact results are what is tested")]
mod tests {
    use super::*;
    use crate::vector::{StreamKey, fill_words, normal_quantile};

    fn words(tile: u64) -> [u32; TILE] {
        let mut words = [0; TILE];
        fill_words(StreamKey::new(0, 1, "single").value(), tile * TILE as u64, 0, &mut words);
        words
    }

    /// The words next to the places where formulas meet and end.
    fn edges() -> impl Iterator<Item = u32> {
        let ends = [0, CENTER, 1 << 20, 1 << 24, 1 << 30, 1 << 31];
        ends.into_iter().flat_map(|end: u32| {
            [-2_i32, -1, 0, 1, 2].into_iter().flat_map(move |step| {
                let word = end.wrapping_add_signed(step);
                [word, !word]
            })
        })
    }

    #[test]
    fn uniforms_are_open_exact_and_symmetric() {
        assert_eq!(uniform_from_word(0), CELL / 2.0);
        assert_eq!(uniform_from_word(u32::MAX), 1.0 - CELL / 2.0);
        for word in words(0) {
            assert_eq!(1.0 - uniform_from_word(word), uniform_from_word(!word));
        }
    }

    #[test]
    fn scores_are_the_quantiles_of_their_words() {
        let (mut worst, mut bias, mut square, mut count) = (0.0_f64, 0.0, 0.0, 0.0);
        let mut check = |word: u32, counts: f64| {
            let exact = normal_quantile(uniform_from_word(word));
            let score = normal_from_word(word);
            worst = worst.max((score / exact - 1.0).abs());
            bias += counts * (score - exact);
            square += counts * (score * score - exact * exact);
            count += counts;
        };
        for tile in 0..20_000 {
            for word in words(tile) {
                check(word, 1.0);
            }
        }
        for word in edges().chain(words(0).map(|word| word >> (word % 30))) {
            check(word, 0.0);
        }
        assert!(worst < 3.3e-7, "{worst:e}");
        // 1.3 million rounding errors of some 1e-7 average to 1e-10 or so.
        assert!((bias / count).abs() < 1e-9, "{:e}", bias / count);
        assert!((square / count).abs() < 2e-8, "{:e}", square / count);
    }

    #[test]
    fn tiles_give_the_bits_of_single_words_and_are_antisymmetric() {
        let mut tails = 0;
        for tile in 0..2000 {
            // Every tenth tile is pushed into the tails.
            let words = words(tile).map(|w| if tile % 10 == 0 { w >> (w % 30) } else { w });
            let (mut z, mut mirrored) = ([0.0; TILE], [0.0; TILE]);
            normals(&words, &mut z);
            normals(&words.map(|w| !w), &mut mirrored);
            for i in 0..TILE {
                assert_eq!(z[i].to_bits(), normal_from_word(words[i]).to_bits());
                assert_eq!(z[i].to_bits(), (-mirrored[i]).to_bits());
                tails += u32::from(z[i].abs() > 3.51);
            }
        }
        assert!(tails > 1000, "{tails}");
    }

    #[test]
    fn scores_keep_the_order_of_words_but_for_their_last_digits() {
        let mut words: Vec<u32> = (0..1000).flat_map(words).chain(edges()).collect();
        words.sort_unstable();
        let mut highest = f64::NEG_INFINITY;
        for z in words.into_iter().map(normal_from_word) {
            assert!(z >= highest - 6.0 * f64::from(f32::EPSILON) * z.abs(), "{z} after {highest}");
            highest = highest.max(z);
        }
    }

    #[test]
    fn exponentials_have_the_digits_of_single_precision() {
        for (reach, most) in [(1.0, 1.3e-7), (EXPONENT_END, 5.7e-7)] {
            let mut worst = 0.0_f64;
            for tile in 0..5_000 {
                let y = words(tile).map(|word| reach * (2.0 * uniform_from_word(word) - 1.0));
                let mut out = [0.0; TILE];
                exponentials(|lane| y[lane], &mut out);
                for (x, y) in out.into_iter().zip(y) {
                    worst = worst.max((x / libm::exp(y) - 1.0).abs());
                }
            }
            assert!(worst < most, "{reach}: {worst:e}");
        }
        let mut out = [0.0; TILE];
        exponentials(|lane| [0.0, -EXPONENT_END, EXPONENT_END][lane % 3], &mut out);
        assert_eq!(out[0], 1.0);
        assert!((out[1] * out[2] - 1.0).abs() < 1e-6);
    }
}
