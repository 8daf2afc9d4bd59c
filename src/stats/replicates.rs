//! Errors from independent replicates, and exact intervals of shares.

use super::exact::ExactSum;
use super::intervals::{binomial_upper_tail, normal_upper_quantile};

/// The standard error of the mean of independent means: their standard deviation over the root of
/// their number; not a number below two.
pub fn standard_error_of_means(means: &[f64]) -> f64 {
    let n = means.len() as f64;
    let center = means.iter().copied().collect::<ExactOrNan>().0 / n;
    let squares: f64 = means.iter().map(|x| (x - center) * (x - center)).sum();
    (squares / (n - 1.0) / n).sqrt()
}

/// A sum that is exact if all terms are finite.
struct ExactOrNan(f64);

impl FromIterator<f64> for ExactOrNan {
    fn from_iter<T: IntoIterator<Item = f64>>(terms: T) -> Self {
        let terms: Vec<f64> = terms.into_iter().collect();
        if terms.iter().all(|term| term.is_finite()) {
            Self(terms.into_iter().collect::<ExactSum>().value())
        } else {
            Self(f64::NAN)
        }
    }
}

/// The standard error of a share that was counted in independent replicates, each with the draws that
/// count and those that are in: of the ratio of their sums, linearized. None below two replicates or
/// without draws.
pub fn ratio_error(replicates: &[[u64; 2]]) -> Option<f64> {
    let all: u64 = replicates.iter().map(|[all, _]| all).sum();
    let inside: u64 = replicates.iter().map(|[_, inside]| inside).sum();
    if replicates.len() < 2 || all == 0 {
        return None;
    }
    let n = replicates.len() as f64;
    let (share, mean) = (inside as f64 / all as f64, all as f64 / n);
    let squares: f64 = replicates
        .iter()
        .map(|[all, inside]| {
            let off = (*inside as f64 - share * *all as f64) / mean;
            off * off
        })
        .sum();
    Some((squares / (n - 1.0) / n).sqrt())
}

/// The value of Student's t with `degrees` of freedom that has the probability `tail` (0 < tail <= 1/2)
/// above it.
pub fn student_upper_quantile(tail: f64, degrees: u32) -> f64 {
    // The tails of t are heavier than normal ones.
    let mut low = normal_upper_quantile(tail);
    let mut high = low + 1.0;
    while student_upper_tail(high, degrees) > tail && high < 1e30 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if student_upper_tail(middle, degrees) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The probability above `t >= 0` under Student's t, by its finite series for whole degrees of freedom
/// (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).
fn student_upper_tail(t: f64, degrees: u32) -> f64 {
    let angle = libm::atan(t / f64::from(degrees).sqrt());
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let odd = degrees % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = if degrees == 1 { 0.0 } else { term };
    let mut k = if odd { 3 } else { 2 };
    while k < degrees {
        term *= cosine * cosine * f64::from(k - 1) / f64::from(k);
        sum += term;
        k += 2;
    }
    let inside = if odd { (angle + sine * sum) * std::f64::consts::FRAC_2_PI } else { sine * sum };
    0.5 * (1.0 - inside)
}

/// The exact interval of a probability after `successes` of `n` trials: each end is the probability at
/// which what was seen, or more of it, has half of what the confidence leaves. None without trials.
///
/// C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), doi:10.1093/biomet/26.4.404.
pub fn clopper_pearson(successes: u64, n: u64, confidence: f64) -> Option<(f64, f64)> {
    if n == 0 || successes > n || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let tail = 0.5 * (1.0 - confidence);
    let lower = |successes: u64| {
        if successes == 0 {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, successes as f64 / n as f64);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if binomial_upper_tail(n, middle, successes) > tail {
                high = middle;
            } else {
                low = middle;
            }
        }
        low
    };
    Some((lower(successes), 1.0 - lower(n - successes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_quantiles_of_student() {
        for (tail, degrees, expected) in [
            (0.025, 15, 2.131_449_545_559_32),
            (0.025, 1, 12.706_204_736_432_1),
            (0.025, 2, 4.302_652_729_696_14),
            (0.005, 10, 3.169_272_667_175_84),
            (0.0005, 15, 4.072_765_195_903_79),
            (0.025, 31, 2.039_513_446_396_41),
        ] {
            let found = student_upper_quantile(tail, degrees);
            assert!((found - expected).abs() < 1e-8 * expected, "{degrees}: {found}");
        }
    }

    #[test]
    fn published_exact_intervals() {
        // Newcombe 1998, table 1, method 5.
        for (successes, n, low, high) in [
            (81, 263, 0.2527, 0.3676),
            (15, 148, 0.0578, 0.1617),
            (0, 20, 0.0, 0.1684),
            (1, 29, 0.0009, 0.1776),
        ] {
            let (l, h) = clopper_pearson(successes, n, 0.95).unwrap();
            assert!((l - low).abs() < 5e-5 && (h - high).abs() < 5e-5, "{successes}: {l} {h}");
        }
        assert_eq!(clopper_pearson(0, 0, 0.95), None);
        let (low, high) = clopper_pearson(20, 20, 0.95).unwrap();
        assert!((low - 0.8316).abs() < 5e-5 && high >= 1.0);
    }

    #[test]
    fn errors_of_ratios_are_those_of_means_where_all_count() {
        let equal = [[10, 1], [10, 2], [10, 3], [10, 6]];
        let means: Vec<f64> = equal.iter().map(|[n, k]| *k as f64 / *n as f64).collect();
        let error = ratio_error(&equal).unwrap();
        assert!((error - standard_error_of_means(&means)).abs() < 1e-15);
        assert_eq!(ratio_error(&[[10, 1]]), None);
        assert_eq!(ratio_error(&[[0, 0], [0, 0]]), None);
        assert!(standard_error_of_means(&[1.0, f64::NAN]).is_nan());
    }
}
