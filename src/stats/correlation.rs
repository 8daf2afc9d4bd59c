//! Correlation of pairs, and conversions between its kinds.

use std::f64::consts::PI;

use super::moments::mean;

/// Pearson's correlation; `None` below two pairs, at unequal lengths or if a side is constant.
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() {
        return None;
    }
    let (mx, my) = (mean(x)?, mean(y)?);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        let (a, b) = (a - mx, b - my);
        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    (xx > 0.0 && yy > 0.0).then(|| (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0))
}

/// Ranks from 1, ties sharing their average.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a] >= values[b]) {
        for &i in tied {
            ranks[i] = before as f64 + 0.5 * (tied.len() as f64 + 1.0);
        }
        before += tied.len();
    }
    ranks
}

/// Spearman's rank correlation, with average ranks for ties; `None` as for [`pearson`].
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    pearson(&ranks(x), &ranks(y))
}

/// Kendall's tau-b, in n log n steps (W. R. Knight, J. Amer. Statist. Assoc. 61 (1966),
/// doi:10.1080/01621459.1966.10480879); `None` as for [`pearson`].
pub fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() {
        return None;
    }
    // Ranks, so that ties are plain; sorted neighbors are tied if the first is not the lower.
    let (x, y) = (ranks(x), ranks(y));
    let mut pairs: Vec<(f64, f64)> = x.into_iter().zip(y).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let tied_x = tied_pairs(pairs.chunk_by(|a, b| a.0 >= b.0));
    let tied_both = tied_pairs(pairs.chunk_by(|a, b| a == b));
    let mut y: Vec<f64> = pairs.into_iter().map(|pair| pair.1).collect();
    let mut scratch = y.clone();
    let swaps = sort_counting_swaps(&mut y, &mut scratch);
    let tied_y = tied_pairs(y.chunk_by(|a, b| a >= b));
    let all = pair_count(y.len());
    // Exact: pair counts stay far below 2^53.
    let score = all + tied_both - tied_x - tied_y - 2.0 * swaps;
    let scale = (all - tied_x).sqrt() * (all - tied_y).sqrt();
    (scale > 0.0).then(|| (score / scale).clamp(-1.0, 1.0))
}

fn pair_count(n: usize) -> f64 {
    0.5 * n as f64 * (n as f64 - 1.0)
}

fn tied_pairs<'a, T: 'a>(groups: impl Iterator<Item = &'a [T]>) -> f64 {
    groups.map(|group| pair_count(group.len())).sum()
}

/// Merge sort; returns how many pairs stood in the wrong order.
fn sort_counting_swaps(values: &mut [f64], scratch: &mut [f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let middle = values.len() / 2;
    let (left, right) = values.split_at_mut(middle);
    let (scratch_left, scratch_right) = scratch.split_at_mut(middle);
    let mut swaps =
        sort_counting_swaps(left, scratch_left) + sort_counting_swaps(right, scratch_right);
    scratch.copy_from_slice(values);
    let (left, right) = scratch.split_at(middle);
    let (mut i, mut j) = (0, 0);
    for value in values {
        if j == right.len() || (i < left.len() && left[i] <= right[j]) {
            *value = left[i];
            i += 1;
        } else {
            *value = right[j];
            j += 1;
            swaps += (left.len() - i) as f64;
        }
    }
    swaps
}

/// The correlation of two normals that gives a Spearman correlation: `2 sin(π r / 6)` (K. Pearson,
/// "On further methods of determining correlation", 1907).
pub fn normal_from_spearman(r: f64) -> f64 {
    2.0 * libm::sin(PI / 6.0 * r)
}

/// The Spearman correlation of two normals: `(6/π) asin(ρ/2)`, the inverse of
/// [`normal_from_spearman`].
pub fn spearman_from_normal(rho: f64) -> f64 {
    6.0 / PI * libm::asin(0.5 * rho)
}

/// The correlation of two normals that gives a Kendall correlation: `sin(π τ / 2)`.
pub fn normal_from_kendall(tau: f64) -> f64 {
    libm::sin(PI / 2.0 * tau)
}

/// The Kendall correlation of two normals: `(2/π) asin ρ` (R. Greiner, 1909).
pub fn kendall_from_normal(rho: f64) -> f64 {
    2.0 / PI * libm::asin(rho)
}

/// The probability that two standard normals are both positive: `1/4 + asin(ρ)/2π` (W. F. Sheppard,
/// 1899).
pub fn orthant_probability(rho: f64) -> f64 {
    0.25 + libm::asin(rho) / (2.0 * PI)
}

/// Pearson's correlation of two lognormals with log-scale standard deviations `s1`, `s2` > 0 and
/// log-scale correlation `rho`: `(e^(ρ s1 s2) - 1) / √((e^(s1²) - 1)(e^(s2²) - 1))`.
pub fn lognormal_pearson(rho: f64, s1: f64, s2: f64) -> f64 {
    libm::expm1(rho * s1 * s2) / lognormal_scale(s1, s2)
}

/// The lowest and the highest Pearson correlation that two lognormals can have.
pub fn lognormal_pearson_range(s1: f64, s2: f64) -> (f64, f64) {
    (lognormal_pearson(-1.0, s1, s2), lognormal_pearson(1.0, s1, s2))
}

/// The log-scale correlation that gives two lognormals a Pearson correlation; `None` outside
/// [`lognormal_pearson_range`].
pub fn lognormal_pearson_inverse(r: f64, s1: f64, s2: f64) -> Option<f64> {
    let (low, high) = lognormal_pearson_range(s1, s2);
    let rho = libm::log1p(r * lognormal_scale(s1, s2)) / (s1 * s2);
    (low <= r && r <= high).then(|| rho.clamp(-1.0, 1.0))
}

fn lognormal_scale(s1: f64, s2: f64) -> f64 {
    (libm::expm1(s1 * s1) * libm::expm1(s2 * s2)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 3e-15, "{actual} {expected}");
    }

    #[test]
    fn closed_forms_of_the_gaussian_copula() {
        close(spearman_from_normal(0.5), 0.482583739530997);
        close(kendall_from_normal(0.5), 1.0 / 3.0);
        close(orthant_probability(0.5), 1.0 / 3.0);
        close(normal_from_spearman(0.6), 0.618033988749895);
        // Y = X1 + X2 of two unit normals against X1.
        close(spearman_from_normal(0.5_f64.sqrt()), 0.690160368487848);
        for r in [-1.0, -0.3, 0.0, 0.8, 1.0] {
            close(spearman_from_normal(normal_from_spearman(r)), r);
            assert!((kendall_from_normal(normal_from_kendall(r)) - r).abs() < 1e-7);
        }
    }

    #[test]
    fn lognormals_cannot_have_every_correlation() {
        close(lognormal_pearson(0.7, 0.5, 1.0), 0.599871501535076);
        let (low, high) = lognormal_pearson_range(0.5, 1.0);
        close(low, -0.563229113679923);
        close(high, 0.928607820001669);
        assert_eq!(lognormal_pearson_inverse(0.95, 0.5, 1.0), None);
        assert_eq!(lognormal_pearson_inverse(-0.57, 0.5, 1.0), None);
        for rho in [-1.0, -0.4, 0.0, 0.7, 1.0] {
            let r = lognormal_pearson(rho, 0.5, 1.0);
            close(lognormal_pearson_inverse(r, 0.5, 1.0).unwrap(), rho);
        }
    }

    #[test]
    fn small_samples_by_hand() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 4.0, 3.0, 5.0]);
        close(pearson(&x, &y).unwrap(), 0.8);
        close(spearman(&x, &y).unwrap(), 0.8);
        close(kendall(&x, &y).unwrap(), 0.6);
        let cubes = y.map(|v| v * v * v);
        close(spearman(&x, &cubes).unwrap(), 0.8);
        assert_eq!(ranks(&[3.0, 1.0, 3.0, -0.0, 0.0]), [4.5, 3.0, 4.5, 1.5, 1.5]);
        assert_eq!(pearson(&x, &[1.0; 5]), None);
        assert_eq!(kendall(&x, &[1.0; 5]), None);
        assert_eq!(spearman(&x, &y[1..]), None);
        assert_eq!(kendall(&[1.0], &[1.0]), None);
        let negated = x.map(|v| -v);
        for f in [pearson, spearman, kendall] {
            close(f(&x, &negated).unwrap(), -1.0);
        }
    }

    #[test]
    fn kendall_with_ties_counts_every_pair() {
        let x: Vec<f64> = (0..200).map(|i| f64::from(i * 37 % 50)).collect();
        let y: Vec<f64> = (0..200).map(|i| f64::from(i * i % 23 + i / 10)).collect();
        let (mut score, mut untied_x, mut untied_y) = (0.0, 0.0, 0.0);
        for i in 0..200 {
            for j in 0..i {
                let sign = |a: f64| if a == 0.0 { 0.0 } else { a.signum() };
                let (dx, dy) = (sign(x[i] - x[j]), sign(y[i] - y[j]));
                score += dx * dy;
                untied_x += dx * dx;
                untied_y += dy * dy;
            }
        }
        let (a, b): (f64, f64) = (untied_x, untied_y);
        close(kendall(&x, &y).unwrap(), score / (a.sqrt() * b.sqrt()));
    }
}
