//! Confidence intervals of percentiles and of probabilities.

/// Ranks, counted from 1, of the order statistics that bracket a percentile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankInterval {
    /// Rank of the lower end.
    pub low: u64,
    /// Rank of the upper end.
    pub high: u64,
    /// The probability that the two order statistics bracket the percentile. Below what was asked
    /// if the sample is too small to bracket it: the ends are then the smallest and largest value.
    pub coverage: f64,
}

/// The order statistics of `n` independent draws that bracket the percentile `p` (0..1) with at
/// least the given confidence (0..1), whatever the distribution; `None` for arguments off range.
///
/// With B binomial(n, p), `low - 1` is the largest k with P(B <= k) <= α/2 and `high - 1` the
/// smallest with P(B <= k) >= 1 - α/2 (W. J. Conover, Practical Nonparametric Statistics, 3.2). The
/// binomial is summed for every n, never approximated: only the terms within some twelve standard
/// deviations of the mode count, 10^5 of them at n = 10^8.
pub fn percentile_ranks(n: u64, p: f64, confidence: f64) -> Option<RankInterval> {
    let open = |x: f64| x > 0.0 && x < 1.0;
    if n == 0 || !open(p) || !open(confidence) {
        return None;
    }
    let (first, cumulative) = binomial(n, p);
    let at = |k: Option<u64>| -> f64 {
        let Some(place) = k.and_then(|k| k.checked_sub(first)) else { return 0.0 };
        cumulative.get(place as usize).copied().unwrap_or(1.0)
    };
    let tail = 0.5 * (1.0 - confidence);
    let at_most_tail = cumulative.partition_point(|&f| f <= tail) as u64;
    let below_upper = cumulative.partition_point(|&f| f < 1.0 - tail) as u64;
    // Off the window below, the probability is nil: `first` itself is then the first rank.
    let low = (first + at_most_tail).clamp(1, n);
    let high = (first + below_upper + 1).clamp(low, n);
    let coverage = at(Some(high - 1)) - at(low.checked_sub(1));
    Some(RankInterval { low, high, coverage })
}

/// The first value and the cumulative probabilities from there of the binomial distribution, where
/// they differ from 0 and 1. The terms follow from each other outward from the mode.
fn binomial(n: u64, p: f64) -> (u64, Vec<f64>) {
    const NEGLIGIBLE: f64 = 1e-30;
    let odds = p / (1.0 - p);
    let mode = (((n as f64 + 1.0) * p) as u64).min(n);
    let mut terms = Vec::new();
    let (mut k, mut term) = (mode, 1.0);
    while k > 0 && term > NEGLIGIBLE {
        term *= k as f64 / ((n - k + 1) as f64 * odds);
        terms.push(term);
        k -= 1;
    }
    terms.reverse();
    let first = k;
    terms.push(1.0);
    (k, term) = (mode, 1.0);
    while k < n && term > NEGLIGIBLE {
        term *= (n - k) as f64 * odds / (k + 1) as f64;
        terms.push(term);
        k += 1;
    }
    let total: f64 = terms.iter().sum();
    let mut sum = 0.0;
    for term in &mut terms {
        sum += *term;
        *term = sum / total;
    }
    (first, terms)
}

/// The probability of `least` or more of `n` draws with the probability `p` (0 < p < 1) each.
pub(super) fn binomial_upper_tail(n: u64, p: f64, least: u64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if least == 0 || p >= 1.0 { 1.0 } else { 0.0 };
    }
    let (first, cumulative) = binomial(n, p);
    let below = least.checked_sub(1).and_then(|k| k.checked_sub(first));
    below.map_or(1.0, |place| 1.0 - cumulative.get(place as usize).copied().unwrap_or(1.0))
}

/// The Wilson score interval of a probability after `successes` of `n` trials; `None` without trials
/// or for a confidence outside 0..1.
///
/// E. B. Wilson, J. Amer. Statist. Assoc. 22 (1927), doi:10.1080/01621459.1927.10502953.
pub fn wilson(successes: u64, n: u64, confidence: f64) -> Option<(f64, f64)> {
    if n == 0 || successes > n || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let z = normal_upper_quantile(0.5 * (1.0 - confidence));
    let trials = n as f64;
    let share = successes as f64 / trials;
    let center = share + z * z / (2.0 * trials);
    let half = z * (share * (1.0 - share) / trials + z * z / (4.0 * trials * trials)).sqrt();
    let scale = 1.0 + z * z / trials;
    // At no successes and at all, the end is exact but for rounding.
    let low = if successes == 0 { 0.0 } else { ((center - half) / scale).max(0.0) };
    let high = if successes == n { 1.0 } else { ((center + half) / scale).min(1.0) };
    Some((low, high))
}

/// The Wilson interval of a share of draws that are worth `n` independent ones, which need be no whole number;
/// `None` for a share or a confidence outside 0..1, or without draws.
pub fn wilson_share(share: f64, n: f64, confidence: f64) -> Option<(f64, f64)> {
    let known = (0.0..=1.0).contains(&share) && n > 0.0 && confidence > 0.0 && confidence < 1.0;
    if !known {
        return None;
    }
    let z = normal_upper_quantile(0.5 * (1.0 - confidence));
    let center = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    // At both ends of the shares, the end of the interval is exact but for rounding.
    let low = if share <= 0.0 { 0.0 } else { ((center - half) / scale).max(0.0) };
    let high = if share >= 1.0 { 1.0 } else { ((center + half) / scale).min(1.0) };
    Some((low, high))
}

/// The normal score with the probability `tail` (1e-300 <= tail <= 1/2) above it, by Newton's method
/// on the logarithm of libm's complementary error function.
pub fn normal_upper_quantile(tail: f64) -> f64 {
    use std::f64::consts::{FRAC_1_SQRT_2, PI};
    // The tail above z is at most exp(-z²/2) / 2, so this start is on the right of the root, and
    // from there the iteration on a concave falling function comes down without overshooting.
    let mut z = (-2.0 * libm::log(2.0 * tail)).max(0.0).sqrt();
    for _ in 0..60 {
        let above = 0.5 * libm::erfc(z * FRAC_1_SQRT_2);
        let density = libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
        let step = libm::log(above / tail) * above / density;
        z += step;
        if step.abs() <= 1e-15 * z {
            break;
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(n: u64, p: f64, ranks: (u64, u64), coverage: f64) {
        let interval = percentile_ranks(n, p, 0.95).unwrap();
        assert_eq!((interval.low, interval.high), ranks, "{interval:?}");
        assert!((interval.coverage - coverage).abs() < 5e-7, "{interval:?}");
    }

    #[test]
    fn published_ranks() {
        check(100, 0.5, (40, 61), 0.964799799782295);
        check(1000, 0.95, (936, 964), 0.958095);
        let exact = percentile_ranks(100, 0.5, 0.95).unwrap().coverage;
        assert!((exact - 0.964799799782295).abs() < 1e-14);
    }

    #[test]
    fn small_samples_by_hand() {
        // Five draws: the extremes bracket the median unless all fall on one side.
        check(5, 0.5, (1, 5), 1.0 - 2.0 / 32.0);
        check(6, 0.5, (1, 6), 1.0 - 2.0 / 64.0);
        check(9, 0.5, (2, 8), 1.0 - 2.0 * 10.0 / 512.0);
        check(10, 0.99, (9, 10), 0.091352);
        assert_eq!(percentile_ranks(0, 0.5, 0.95), None);
        for bad in [0.0, 1.0, f64::NAN] {
            assert_eq!(percentile_ranks(10, bad, 0.95), None);
            assert_eq!(percentile_ranks(10, 0.5, bad), None);
        }
    }

    #[test]
    fn large_samples_follow_the_normal_approximation() {
        for n in [10_000, 1_000_000, 100_000_000_u64] {
            for p in [0.05, 0.5, 0.95] {
                let interval = percentile_ranks(n, p, 0.9).unwrap();
                assert!(interval.coverage >= 0.9 && interval.coverage < 0.92, "{interval:?}");
                let mean = n as f64 * p;
                let sd = (mean * (1.0 - p)).sqrt();
                let expected = [mean - 1.6448536 * sd, mean + 1.6448536 * sd];
                for (rank, expected) in [interval.low, interval.high].into_iter().zip(expected) {
                    assert!((rank as f64 - expected).abs() < 2.5, "{n} {p} {rank} {expected}");
                }
            }
        }
    }

    #[test]
    fn rare_percentiles_of_large_samples_are_exact_too() {
        // Poisson with mean 2 to six digits: P(0) = .1353, P(<=4) = .9473, P(<=5) = .9834.
        let interval = percentile_ranks(10_000_000, 2e-7, 0.95).unwrap();
        assert_eq!((interval.low, interval.high), (1, 6));
        assert!((interval.coverage - (0.983436 - 0.135335)).abs() < 2e-6, "{interval:?}");
    }

    #[test]
    fn wilson_intervals() {
        // Newcombe 1998, table 1: 81 of 263 and 15 of 148, 0 of 20 and 1 of 29, at 95 percent.
        for (successes, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (20, 20, 0.8389, 1.0),
        ] {
            let (l, h) = wilson(successes, n, 0.95).unwrap();
            assert!((l - low).abs() < 5e-5 && (h - high).abs() < 5e-5, "{successes}/{n} {l} {h}");
        }
        let (l, h) = wilson_share(15.0 / 148.0, 148.0, 0.95).unwrap();
        assert!((l - 0.0624).abs() < 5e-5 && (h - 0.1605).abs() < 5e-5, "{l} {h}");
        assert!(wilson_share(0.0, 20.0, 0.95).unwrap().0.abs() < 1e-15);
        assert_eq!(wilson_share(1.1, 20.0, 0.95), None);
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(wilson(3, 2, 0.95), None);
        assert_eq!(wilson(1, 2, 1.0), None);
    }

    #[test]
    fn normal_scores() {
        for (tail, z) in [
            (0.1, 1.2815515655446004),
            (0.025, 1.9599639845400543),
            (1e-10, 6.361340902404056),
            (1e-300, 37.0470962993612),
        ] {
            assert!((normal_upper_quantile(tail) / z - 1.0).abs() < 1e-14, "{tail}");
        }
        assert!(normal_upper_quantile(0.5).abs() < 1e-15);
    }
}
