//! Whether an output depends on an input at all.

use super::rank::Ranked;

/// Groups of draws by the input's rank.
const GROUPS: usize = 10;

/// The chance of so clear a sign if the output did not depend on the input: three tests on ranks, the
/// smallest chance times three (Bonferroni). They look for a rise or fall (Spearman), for any change
/// of place and for any change of spread over ten groups of the input's ranks (Kruskal and Wallis, of
/// the ranks and of their squared distance from the middle). All hold whatever the distributions, ties
/// included: under independence the scores are shuffled at random, so that r has the variance
/// 1/(n − 1) and H = (n − 1) Σ n_g s̄_g² / Σ s_i² follows χ² with one degree less than there are groups.
pub(super) fn chance_of_none(input: &Ranked, output: &Ranked, r: f64) -> f64 {
    let n = output.centered.len() as f64;
    let rising = two_sided(r * (n - 1.0).sqrt());
    let groups: Vec<usize> = input
        .centered
        .iter()
        .map(|rank| (((rank + 0.5) * GROUPS as f64) as usize).min(GROUPS - 1))
        .collect();
    let place = chance_of_groups(&groups, &output.centered);
    let squares: Vec<f64> = output.centered.iter().map(|rank| rank * rank).collect();
    let middle = squares.iter().sum::<f64>() / n;
    let spread: Vec<f64> = squares.into_iter().map(|square| square - middle).collect();
    let spread = chance_of_groups(&groups, &spread);
    (3.0 * rising.min(place).min(spread)).min(1.0)
}

/// Chance of a normal score at least so far from zero.
fn two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2)
}

/// Chance that groups of shuffled scores, with a mean of zero, differ so much.
fn chance_of_groups(groups: &[usize], scores: &[f64]) -> f64 {
    let mut sums = [(0.0, 0.0); GROUPS];
    let mut squares = 0.0;
    for (&group, score) in groups.iter().zip(scores) {
        sums[group].0 += 1.0;
        sums[group].1 += score;
        squares += score * score;
    }
    let used = sums.iter().filter(|(count, _)| *count > 0.0).count();
    if used < 2 || squares.is_nan() || squares <= 0.0 {
        return 1.0;
    }
    let between: f64 =
        sums.iter().filter(|(count, _)| *count > 0.0).map(|(count, sum)| sum * sum / count).sum();
    let statistic = (scores.len() as f64 - 1.0) * between / squares;
    chi_squared_upper(statistic, used - 1)
}

/// The chance that χ² with `freedom` degrees of freedom is above `x`: a finite sum (M. Abramowitz and
/// I. A. Stegun, Handbook of Mathematical Functions, 26.4.4 and 26.4.5).
pub fn chi_squared_upper(x: f64, freedom: usize) -> f64 {
    if x.is_nan() || x <= 0.0 || freedom == 0 {
        return 1.0;
    }
    let half = 0.5 * x;
    let even = freedom.is_multiple_of(2);
    let mut sum = if even { 0.0 } else { libm::erfc(half.sqrt()) };
    // e^(−h) h^k / Γ(k + 1), with k = 0, 1, … or 1/2, 3/2, …
    let root = (half / std::f64::consts::PI).sqrt();
    let mut term = libm::exp(-half) * if even { 1.0 } else { 2.0 * root };
    let mut k = if even { 0.0 } else { 0.5 };
    for _ in 0..freedom / 2 {
        sum += term;
        k += 1.0;
        term *= half / k;
    }
    sum.min(1.0)
}

/// Chances adjusted for how many there are, step by step (S. Holm, "A simple sequentially rejective
/// multiple test procedure", Scand. J. Statist. 6 (1979)): to take as effects those of at most α errs
/// even once in at most a share α of all such lists, whatever their dependence.
pub fn holm(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|&a, &b| chances[a].total_cmp(&chances[b]).then(a.cmp(&b)));
    let mut adjusted = vec![1.0; chances.len()];
    let mut largest: f64 = 0.0;
    for (place, &at) in order.iter().enumerate() {
        let left = (chances.len() - place) as f64;
        largest = largest.max(left * chances[at]).min(1.0);
        adjusted[at] = largest;
    }
    adjusted
}
