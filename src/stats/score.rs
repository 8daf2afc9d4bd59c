//! Scores of forecasts against what happened: the lower, the better. All are proper: a forecaster does
//! best by saying what it believes (T. Gneiting and A. E. Raftery, J. Amer. Statist. Assoc. 102 (2007),
//! doi:10.1198/016214506000001437).

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::exact::ExactSum;

/// The standard normal distribution function.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The standard normal density.
pub(super) fn normal_density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt()
}

/// CRPS of a normal forecast at `y`; the distance to `mean` where `sd` is 0.
pub fn crps_normal(mean: f64, sd: f64, y: f64) -> f64 {
    if sd <= 0.0 {
        return (y - mean).abs();
    }
    let z = (y - mean) / sd;
    sd * (z * (2.0 * normal_cdf(z) - 1.0) + 2.0 * normal_density(z) - 1.0 / PI.sqrt())
}

/// CRPS of a lognormal forecast at `y`, with mean `mu` and standard deviation `sigma` of the logarithm.
pub fn crps_lognormal(mu: f64, sigma: f64, y: f64) -> f64 {
    if sigma <= 0.0 {
        return (y - libm::exp(mu)).abs();
    }
    let mean = libm::exp(mu + 0.5 * sigma * sigma);
    let spread = normal_cdf(sigma * FRAC_1_SQRT_2);
    if y <= 0.0 {
        return 2.0 * mean * (1.0 - spread) - y;
    }
    let z = (libm::log(y) - mu) / sigma;
    y * (2.0 * normal_cdf(z) - 1.0) - 2.0 * mean * (normal_cdf(z - sigma) + spread - 1.0)
}

/// CRPS of a uniform forecast on `low..=high` at `y`.
pub fn crps_uniform(low: f64, high: f64, y: f64) -> f64 {
    let width = high - low;
    if width <= 0.0 {
        return (y - low).abs();
    }
    let inside = y.clamp(low, high);
    let below = (inside - low) / width;
    let above = 1.0 - below;
    (y - inside).abs() + width * (below * below * below + above * above * above) / 3.0
}

/// CRPS of an exponential forecast of this rate at `y`.
pub fn crps_exponential(rate: f64, y: f64) -> f64 {
    let below = if y > 0.0 { -libm::expm1(-rate * y) } else { 0.0 };
    y.abs() - (2.0 * below - 0.5) / rate
}

/// CRPS of a logistic forecast at `y`.
pub fn crps_logistic(location: f64, scale: f64, y: f64) -> f64 {
    let z = (y - location) / scale;
    // ln(1 + e^z) without overflow; the distribution function is e^(z - ln(1 + e^z)).
    let log1p_exp = z.max(0.0) + libm::log1p(libm::exp(-z.abs()));
    scale * (2.0 * log1p_exp - z - 1.0)
}

/// CRPS of the empirical distribution of draws at `y`; `None` without draws. Of calibrated members it
/// is too large on average, by one part in their number: see [`crps_fair`].
pub fn crps_ensemble(draws: &[f64], y: f64) -> Option<f64> {
    let (distance, spread) = distances(draws, y)?;
    let n = draws.len() as f64;
    Some(distance - spread / (n * n))
}

/// The fair CRPS of draws at `y`: unbiased for the distribution that they are drawn from (C. A. T. Ferro,
/// Q. J. R. Meteorol. Soc. 140 (2014), doi:10.1002/qj.2270). `None` below two draws.
pub fn crps_fair(draws: &[f64], y: f64) -> Option<f64> {
    let (distance, spread) = distances(draws, y)?;
    let n = draws.len() as f64;
    (draws.len() > 1).then(|| distance - spread / (n * (n - 1.0)))
}

/// Mean distance to `y`, and the sum of distances over unordered pairs.
fn distances(draws: &[f64], y: f64) -> Option<(f64, f64)> {
    let mut sorted = draws.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distance: ExactSum = sorted.iter().map(|x| (x - y).abs()).collect();
    // The i-th of n (from 0) is the larger one of i pairs and the smaller one of n - 1 - i.
    let pairs: ExactSum =
        sorted.iter().enumerate().map(|(i, x)| (2.0 * i as f64 - (n - 1.0)) * x).collect();
    (!draws.is_empty()).then(|| (distance.value() / n, pairs.value()))
}

/// Log score of a normal forecast at `y`: minus the log density.
pub fn log_score_normal(mean: f64, sd: f64, y: f64) -> f64 {
    let z = (y - mean) / sd;
    0.5 * z * z + libm::log(sd * (2.0 * PI).sqrt())
}

/// Interval score of the central interval `low..=high` that leaves out a share `alpha`.
pub fn interval_score(low: f64, high: f64, alpha: f64, y: f64) -> f64 {
    high - low + 2.0 / alpha * ((low - y).max(0.0) + (y - high).max(0.0))
}

/// Brier score of a probability. `outcome` is 1 or 0, or the probability that it came, if that is not
/// known for certain: the score is then the expected one.
pub fn brier(probability: f64, outcome: f64) -> f64 {
    let (miss, hit) = (probability, 1.0 - probability);
    outcome * hit * hit + (1.0 - outcome) * miss * miss
}

/// Log score of a probability, with `outcome` as for [`brier`]; infinite where what was called impossible
/// came.
pub fn log_score_binary(probability: f64, outcome: f64) -> f64 {
    let part = |weight: f64, p: f64| if weight > 0.0 { -weight * libm::log(p) } else { 0.0 };
    part(outcome, probability) + part(1.0 - outcome, 1.0 - probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-14 * expected.abs().max(1.0), "{actual} {expected}");
    }

    #[test]
    fn closed_forms_of_the_crps() {
        // 30-digit arithmetic.
        near(crps_normal(0.0, 1.0, 0.0), 0.233694977255109);
        near(crps_normal(0.0, 1.0, 1.0), 0.602441357627616);
        near(crps_normal(0.0, 1.0, -2.0), 1.4527918216859);
        near(crps_normal(3.0, 2.0, 5.0), 2.0 * 0.602441357627616);
        near(crps_uniform(0.0, 1.0, 0.5), 1.0 / 12.0);
        near(crps_exponential(1.0, 1.0), 0.235758882342885);
        near(crps_lognormal(0.0, 1.0, 1.0), 0.267405467022694);
        near(crps_logistic(0.0, 1.0, 0.0), 0.386294361119891);
    }

    #[test]
    fn closed_forms_agree_with_the_integral_of_their_distribution_functions() {
        type Case = (fn(f64) -> f64, fn(f64) -> f64);
        let cases: [Case; 5] = [
            (|y| crps_normal(1.0, 2.0, y), |x| normal_cdf((x - 1.0) / 2.0)),
            (|y| crps_uniform(-1.0, 2.0, y), |x| ((x + 1.0) / 3.0).clamp(0.0, 1.0)),
            (|y| crps_exponential(0.5, y), |x| if x > 0.0 { -libm::expm1(-0.5 * x) } else { 0.0 }),
            (
                |y| crps_lognormal(0.3, 0.6, y),
                |x| if x > 0.0 { normal_cdf((libm::log(x) - 0.3) / 0.6) } else { 0.0 },
            ),
            (|y| crps_logistic(1.0, 0.7, y), |x| 1.0 / (1.0 + libm::exp(-(x - 1.0) / 0.7))),
        ];
        for (at, (score, cdf)) in cases.into_iter().enumerate() {
            for y in [-3.0, 0.25, 1.5, 6.0] {
                let step = 1e-3;
                let integral: f64 = (-60_000..90_000)
                    .map(|i| {
                        let x = (f64::from(i) + 0.5) * step;
                        let f = if x >= y { 1.0 - cdf(x) } else { cdf(x) };
                        f * f * step
                    })
                    .sum();
                assert!((score(y) - integral).abs() < 2e-6, "{at} {y} {} {integral}", score(y));
            }
        }
    }

    #[test]
    fn ensembles() {
        near(crps_ensemble(&[3.0, 1.0, 2.0], 2.0).unwrap(), 2.0 / 9.0);
        near(crps_fair(&[3.0, 1.0, 2.0], 2.0).unwrap(), 0.0);
        near(crps_ensemble(&[1.0, 2.0, 4.0, 8.0], 3.0).unwrap(), 0.8125);
        near(crps_fair(&[1.0, 2.0, 4.0, 8.0], 3.0).unwrap(), 1.0 / 3.0);
        assert_eq!(crps_ensemble(&[], 1.0), None);
        assert_eq!(crps_ensemble(&[4.0], 1.0), Some(3.0));
        assert_eq!(crps_fair(&[4.0], 1.0), None);
    }

    #[test]
    fn expected_scores_of_calibrated_members() {
        // Members and outcome at the same normal quantiles, every combination of them once: five and
        // ten members are too many to enumerate, so the members are drawn by a fixed rule.
        let quantile = |u: f64| {
            let tail = u.min(1.0 - u);
            let z = crate::stats::normal_upper_quantile(tail);
            if u < 0.5 { -z } else { z }
        };
        // A Weyl sequence per member: equidistributed in all coordinates together.
        let root =
            |k: usize| [2.0_f64, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0, 31.0][k].sqrt();
        for (members, biased) in [(5, 0.677027500257306), (10, 0.620608541902532)] {
            let (mut sum, mut fair, n) = (0.0, 0.0, 40_000);
            for i in 1..=n {
                let draw =
                    |k: usize| quantile((f64::from(i) * root(k)).fract().clamp(1e-9, 1.0 - 1e-9));
                let draws: Vec<f64> = (1..=members).map(draw).collect();
                sum += crps_ensemble(&draws, draw(0)).unwrap();
                fair += crps_fair(&draws, draw(0)).unwrap();
            }
            // Independent draws would have a standard error of 0.4 / sqrt(n) = 0.002.
            let n = f64::from(n);
            assert!((sum / n - biased).abs() < 0.01, "{members} {}", sum / n);
            assert!((fair / n - 0.564189583547756).abs() < 0.01, "{members} {}", fair / n);
        }
    }

    #[test]
    fn other_scores() {
        near(interval_score(0.0, 10.0, 0.1, 12.0), 50.0);
        near(interval_score(0.0, 10.0, 0.1, -1.0), 30.0);
        near(interval_score(0.0, 10.0, 0.1, 3.0), 10.0);
        near(log_score_normal(0.0, 1.0, 1.0), 1.41893853320467);
        near(brier(0.7, 1.0), 0.09);
        near(brier(0.7, 0.0), 0.49);
        near(brier(0.7, 0.9), 0.9 * 0.09 + 0.1 * 0.49);
        near(log_score_binary(0.5, 1.0), std::f64::consts::LN_2);
        near(log_score_binary(1.0, 1.0), 0.0);
        assert!(log_score_binary(0.0, 1.0).is_infinite());
    }
}
