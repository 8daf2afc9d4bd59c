//! The logarithm of the gamma function and what is left of it once its large terms cancel.

const HALF_LN_TAU: f64 = 0.91893853320467274178;
const ONE_MINUS_EULER: f64 = 0.42278433509846713939;

/// (ζ(k) − 1)/k for k = 2, 3, …
const ZETA: [f64; 28] = [
    0.32246703342411321824,
    0.067352301053198095133,
    0.020580808427784547879,
    0.0073855510286739852663,
    0.0028905103307415232858,
    0.0011927539117032609771,
    0.00050966952474304242234,
    0.00022315475845357937976,
    0.000099457512781808533715,
    0.0000449262367381331417,
    0.000020507212775670691553,
    9.439488275268395904e-6,
    4.3748667899074878042e-6,
    2.0392157538013662368e-6,
    9.5514121304074198329e-7,
    4.4924691987645660433e-7,
    2.1207184805554665869e-7,
    1.0043224823968099609e-7,
    4.7698101693639805658e-8,
    2.271109460894316491e-8,
    1.0838659214896954091e-8,
    5.1834750419700466551e-9,
    2.4836745438024783172e-9,
    1.1921401405860912074e-9,
    5.7313672416788620133e-10,
    2.7595228851242331452e-10,
    1.3304764374244489481e-10,
    6.4229645638381000221e-11,
];

/// ln Γ(1 + a) for a ≥ 0, with full relative precision as a goes to zero.
///
/// Up to ½ by −ln(1+a) + (1−γ) a + Σ (−1)^k (ζ(k)−1) a^k / k (Abramowitz and Stegun 6.1.33).
pub fn log_gamma_1p(a: f64) -> f64 {
    if a > 0.5 {
        return libm::lgamma(1.0 + a);
    }
    let series = ZETA.iter().rev().fold(0.0, |sum, zeta| zeta - a * sum);
    a * (ONE_MINUS_EULER + a * series) - libm::log1p(a)
}

/// Coefficients of Stirling's series, by powers of 1/a².
const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360360.0,
    1.0 / 156.0,
    -3617.0 / 122400.0,
];

/// δ(a) in Γ(a + 1) = √(2πa) (a/e)^a exp(δ(a)): what Stirling's formula leaves out.
///
/// From 10 on by its asymptotic series (Abramowitz and Stegun 6.1.41).
pub fn stirling_error(a: f64) -> f64 {
    if a < 10.0 {
        return log_gamma_1p(a) - (a + 0.5) * libm::log(a) + a - HALF_LN_TAU;
    }
    let inverse_square = 1.0 / (a * a);
    STIRLING.iter().rev().fold(0.0, |sum, c| sum * inverse_square + c) / a
}

/// u − ln(1 + u) without cancellation, where `one_plus` is 1 + u known on its own, so that the
/// argument of the logarithm keeps its digits as u nears −1.
///
/// Near zero by ln(1+u) = 2 artanh(u/(2+u)). This is `rlog1` of `DiDonato` and Morris (1992,
/// doi:10.1145/131766.131776) with another expansion.
pub(super) fn log_excess(u: f64, one_plus: f64) -> f64 {
    if !(-0.5..=1.0).contains(&u) {
        return u - libm::log(one_plus);
    }
    let r = u / (2.0 + u);
    let square = r * r;
    // Σ r^2k / (2k+3): at |r| ≤ 1/3 seventeen terms reach the last place.
    let (mut sum, mut power, mut odd) = (1.0 / 3.0, square, 5.0);
    while power > 1e-17 {
        sum += power / odd;
        power *= square;
        odd += 2.0;
    }
    r * (u - 2.0 * square * sum)
}

/// Poisson deviance m ln(m/x) + x − m of a value x against a mean m, both above zero, without
/// cancellation near x = m (`bd0` of Loader 2000, "Fast and accurate computation of binomial
/// probabilities").
pub fn deviance(x: f64, mean: f64) -> f64 {
    mean * log_excess((x - mean) / mean, x / mean)
}
