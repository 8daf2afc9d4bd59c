//! A forecast distribution as cells of equal density, taken from a histogram of draws, with or without
//! an error of measurement on top: its scores against one observation.

use super::score::{normal_cdf, normal_density};
use super::sketch::Sketch;

/// Most cells that an error is laid over: neighbors are joined beyond.
const MOST_BLURRED: usize = 512;
/// Parts of the normal range that a smooth log score takes in, in bandwidths.
const REACH: f64 = 38.0;

/// A distribution of which a share `weight` lies evenly in each cell `low..=high`.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictive {
    cells: Vec<Cell>,
    /// Number of draws that it was made from.
    draws: u64,
    /// Standard deviation of the normal error that an observation carries on top.
    error: f64,
}

/// A part of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    low: f64,
    high: f64,
    weight: f64,
}

impl Cell {
    fn middle(&self) -> f64 {
        f64::midpoint(self.low, self.high)
    }
}

impl Predictive {
    /// The distribution of a histogram whose extreme values are `low` and `high`, with cells mapped by a
    /// rising function; `None` if it is empty or a mapped edge is not finite. Draws are taken to lie
    /// evenly in their bins on the mapped scale: with bins of a relative width of 2^-m the CRPS is wrong
    /// by less than 2^-m of it where the distribution is wide against its bins.
    pub fn of(sketch: &Sketch, (low, high): (f64, f64), map: impl Fn(f64) -> f64) -> Option<Self> {
        let draws = sketch.count();
        let cells = sketch.cells().into_iter().map(|(a, b, count)| Cell {
            low: map(a.max(low)),
            high: map(b.min(high)),
            weight: count as f64 / draws as f64,
        });
        let cells: Vec<Cell> = cells.collect();
        let finite = cells.iter().all(|cell| cell.low.is_finite() && cell.high.is_finite());
        (draws > 0 && finite).then_some(Self { cells, draws, error: 0.0 })
    }

    /// The empirical distribution of draws; `None` without any, or if one is not finite.
    pub fn of_draws(draws: &[f64]) -> Option<Self> {
        let mut sorted = draws.to_vec();
        sorted.sort_by(f64::total_cmp);
        let weight = 1.0 / sorted.len() as f64;
        let finite = sorted.iter().all(|x| x.is_finite());
        let cells = sorted.into_iter().map(|x| Cell { low: x, high: x, weight }).collect();
        let count = draws.len() as u64;
        (count > 0 && finite).then_some(Self { cells, draws: count, error: 0.0 })
    }

    /// The same for an observation with a normal error of this standard deviation.
    #[must_use]
    pub fn with_error(mut self, sd: f64) -> Self {
        self.error = if sd.is_finite() { sd.max(0.0) } else { 0.0 };
        if self.error > 0.0 && self.cells.len() > MOST_BLURRED {
            let each = self.cells.len().div_ceil(MOST_BLURRED);
            let joined = self.cells.chunks(each).map(|cells| {
                let weight: f64 = cells.iter().map(|cell| cell.weight).sum();
                let mean: f64 = cells.iter().map(|cell| cell.weight * cell.middle()).sum();
                let mean = mean / weight;
                Cell { low: mean, high: mean, weight }
            });
            self.cells = joined.collect();
        }
        self
    }

    /// The fair CRPS at `y`: the mean distance of a draw to `y`, less half the mean distance of two
    /// different draws.
    pub fn crps(&self, y: f64) -> f64 {
        let (distance, spread) =
            if self.error > 0.0 { self.blurred_distances(y) } else { self.distances(y) };
        // Two draws of n are the same one time in n.
        let n = self.draws as f64;
        let fair = if self.draws > 1 { n / (n - 1.0) } else { 1.0 };
        // Rounding may leave a score of almost nothing below zero.
        (distance - 0.5 * fair * spread).max(0.0)
    }

    /// Mean distance to `y`, and mean distance of two draws.
    fn distances(&self, y: f64) -> (f64, f64) {
        let (mut distance, mut half_spread, mut below) = (0.0, 0.0, 0.0);
        let mut last = self.cells.first().map_or(0.0, |cell| cell.low);
        for cell in &self.cells {
            let width = cell.high - cell.low;
            // The integral of F (1 - F), of which the mean distance of two draws is twice.
            half_spread += (cell.low - last) * below * (1.0 - below);
            let (from, to) = (below, below + cell.weight);
            half_spread += width * (0.5 * (from + to) - (from * from + from * to + to * to) / 3.0);
            let inside = y.clamp(cell.low, cell.high);
            let mean = if width > 0.0 {
                let (left, right) = (inside - cell.low, cell.high - inside);
                (left * left + right * right) / (2.0 * width)
            } else {
                0.0
            };
            distance += cell.weight * (mean + (y - inside).abs());
            below = to;
            last = cell.high;
        }
        (distance, 2.0 * half_spread)
    }

    /// The same when both carry the error: two outcomes differ by the errors of both.
    fn blurred_distances(&self, y: f64) -> (f64, f64) {
        let mean_distance = |mean: f64, sd: f64| {
            let z = mean / sd;
            mean * (2.0 * normal_cdf(z) - 1.0) + 2.0 * sd * normal_density(z)
        };
        let mut distance = 0.0;
        let mut spread = 0.0;
        let both = self.error * std::f64::consts::SQRT_2;
        for (at, cell) in self.cells.iter().enumerate() {
            distance += cell.weight * mean_distance(cell.middle() - y, self.error);
            spread += cell.weight * cell.weight * mean_distance(0.0, both);
            for other in &self.cells[..at] {
                let apart = cell.middle() - other.middle();
                spread += 2.0 * cell.weight * other.weight * mean_distance(apart, both);
            }
        }
        (distance, spread)
    }

    /// The probability integral transform: the chance of an outcome below `y`, half of those equal to it.
    pub fn pit(&self, y: f64) -> f64 {
        let below = |cell: &Cell| {
            if self.error > 0.0 {
                normal_cdf((y - cell.middle()) / self.error)
            } else if cell.high > cell.low {
                ((y - cell.low) / (cell.high - cell.low)).clamp(0.0, 1.0)
            } else if y > cell.low {
                1.0
            } else if y < cell.low {
                0.0
            } else {
                0.5
            }
        };
        self.cells.iter().map(|cell| cell.weight * below(cell)).sum::<f64>().clamp(0.0, 1.0)
    }

    /// Minus the log density at `y`, with the error where there is one and otherwise smoothed by a normal
    /// kernel of Silverman's width. Beyond the draws it is as large as the kernel makes it; infinite only
    /// where a double cannot hold the density. `None` for draws that are all equal and carry no error.
    pub fn log_score(&self, y: f64) -> Option<f64> {
        let width = if self.error > 0.0 { self.error } else { self.bandwidth()? };
        let reach = REACH * width;
        let near = self.cells.iter().filter(|cell| (y - cell.middle()).abs() <= reach);
        let density: f64 = near
            .map(|cell| cell.weight * normal_density((y - cell.middle()) / width) / width)
            .sum();
        Some(-libm::log(density))
    }

    /// Silverman's width: 0.9 min(sd, interquartile range / 1.349) n^(-1/5) (B. W. Silverman, Density
    /// Estimation, 1986, 3.31).
    fn bandwidth(&self) -> Option<f64> {
        let mean: f64 = self.cells.iter().map(|cell| cell.weight * cell.middle()).sum();
        let square = |cell: &Cell| (cell.middle() - mean) * (cell.middle() - mean);
        let sd = self.cells.iter().map(|cell| cell.weight * square(cell)).sum::<f64>().sqrt();
        let middle = (self.quantile(0.75) - self.quantile(0.25)) / 1.349;
        let spread = if middle > 0.0 { sd.min(middle) } else { sd };
        let width = 0.9 * spread * libm::pow(self.draws as f64, -0.2);
        (width > 0.0).then_some(width)
    }

    /// The quantile at `p` in 0..=1.
    pub fn quantile(&self, p: f64) -> f64 {
        if self.error > 0.0 {
            return self.blurred_quantile(p);
        }
        let mut below = 0.0;
        for cell in &self.cells {
            if below + cell.weight >= p {
                let part = if cell.weight > 0.0 { (p - below) / cell.weight } else { 0.0 };
                return cell.low + part.clamp(0.0, 1.0) * (cell.high - cell.low);
            }
            below += cell.weight;
        }
        self.cells.last().map_or(f64::NAN, |cell| cell.high)
    }

    fn blurred_quantile(&self, p: f64) -> f64 {
        let (Some(first), Some(last)) = (self.cells.first(), self.cells.last()) else {
            return f64::NAN;
        };
        let (mut low, mut high) = (first.low - 10.0 * self.error, last.high + 10.0 * self.error);
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            if self.pit(middle) < p { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::score::{crps_ensemble, crps_fair, crps_normal, log_score_normal};
    use crate::stats::{choose_bits, normal_upper_quantile};

    /// Normal quantiles, evenly spaced: a sample without noise.
    fn normal(n: u32, mean: f64, sd: f64) -> Vec<f64> {
        let quantile = |i: u32| {
            let u = (f64::from(i) + 0.5) / f64::from(n);
            let z = normal_upper_quantile(u.min(1.0 - u));
            mean + if u < 0.5 { -z } else { z } * sd
        };
        (0..n).map(quantile).collect()
    }

    fn sketched(draws: &[f64], map: impl Fn(f64) -> f64) -> Predictive {
        let mut sketch = Sketch::new(choose_bits(draws));
        let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
        for &x in draws {
            sketch.add(x);
            ends = (ends.0.min(x), ends.1.max(x));
        }
        Predictive::of(&sketch, ends, map).unwrap()
    }

    #[test]
    fn draws_score_as_ensembles() {
        for (draws, y) in [(vec![1.0, 2.0, 3.0], 2.0), (vec![1.0, 2.0, 4.0, 8.0], 3.0)] {
            let predictive = Predictive::of_draws(&draws).unwrap();
            for y in [y, -1.0, 2.5, 11.0] {
                let expected = crps_fair(&draws, y).unwrap().max(0.0);
                assert!((predictive.crps(y) - expected).abs() < 1e-14, "{y}");
            }
        }
        assert_eq!(Predictive::of_draws(&[]), None);
        assert_eq!(Predictive::of_draws(&[f64::NAN]), None);
    }

    #[test]
    fn histograms_score_as_their_draws() {
        for (mean, sd) in [(100.0, 7.0), (0.0, 3.0), (-20.0, 30.0)] {
            let draws = normal(20_000, mean, sd);
            let predictive = sketched(&draws, |x| x);
            for z in [-4.0, -1.0, 0.0, 0.3, 2.0, 5.0] {
                let y = mean + z * sd;
                let fair = crps_fair(&draws, y).unwrap();
                let exact = crps_normal(mean, sd, y);
                assert!((predictive.crps(y) / fair - 1.0).abs() < 2e-3, "{mean} {z}");
                assert!((fair / exact - 1.0).abs() < 1e-3, "{mean} {z} {fair} {exact}");
                let pit = predictive.pit(y);
                assert!((pit - normal_cdf(z)).abs() < 2e-3, "{mean} {z} {pit}");
            }
            for p in [0.05, 0.5, 0.9] {
                let z = (predictive.quantile(p) - mean) / sd;
                assert!((normal_cdf(z) - p).abs() < 2e-3, "{mean} {p}");
            }
        }
    }

    #[test]
    fn log_scores_are_those_of_the_density() {
        let predictive = sketched(&normal(100_000, 50.0, 4.0), |x| x);
        for y in [44.0, 50.0, 57.0] {
            let score = predictive.log_score(y).unwrap();
            assert!((score - log_score_normal(50.0, 4.0, y)).abs() < 0.02, "{y} {score}");
        }
        // No draw is there: a large score, not an error.
        assert!(predictive.log_score(90.0).unwrap() > 100.0);
        assert!(predictive.log_score(1e6).unwrap().is_infinite());
        assert_eq!(sketched(&[7.0; 50], |x| x).log_score(7.0), None);
    }

    #[test]
    fn an_error_is_convolved() {
        // N(50, 3²) with an error of 4 is N(50, 5²).
        let predictive = sketched(&normal(50_000, 50.0, 3.0), |x| x).with_error(4.0);
        for y in [38.0, 50.0, 53.0, 64.0] {
            let crps = predictive.crps(y);
            assert!((crps / crps_normal(50.0, 5.0, y) - 1.0).abs() < 2e-3, "{y} {crps}");
            assert!((predictive.pit(y) - normal_cdf((y - 50.0) / 5.0)).abs() < 1e-3, "{y}");
            let log = predictive.log_score(y).unwrap();
            assert!((log - log_score_normal(50.0, 5.0, y)).abs() < 5e-3, "{y} {log}");
        }
        assert!((predictive.quantile(0.95) - (50.0 + 5.0 * 1.6448536)).abs() < 0.02);
        // Draws that are all equal become the error itself.
        let point = sketched(&[7.0; 50], |x| x).with_error(2.0);
        assert!((point.pit(7.0) - 0.5).abs() < 1e-12);
        assert!((point.log_score(9.0).unwrap() - log_score_normal(7.0, 2.0, 9.0)).abs() < 1e-9);
    }

    #[test]
    fn scales_are_mapped() {
        let draws: Vec<f64> = normal(20_000, 3.0, 0.5).into_iter().map(libm::exp).collect();
        let predictive = sketched(&draws, libm::log);
        assert!((predictive.crps(3.4) / crps_normal(3.0, 0.5, 3.4) - 1.0).abs() < 2e-3);
        // What the logarithm has no place for.
        let mut sketch = Sketch::new(8);
        sketch.add(0.0);
        sketch.add(2.0);
        assert_eq!(Predictive::of(&sketch, (0.0, 2.0), libm::log), None);
    }

    #[test]
    fn points_and_gaps_by_hand() {
        // Half at 0, half evenly in 2..=4, at 1: distance (1 + 2) / 2; two draws differ by 0 in one case
        // of four, by 3 in two, by 2/3 in one.
        let cells = vec![
            Cell { low: 0.0, high: 0.0, weight: 0.5 },
            Cell { low: 2.0, high: 4.0, weight: 0.5 },
        ];
        let predictive = Predictive { cells, draws: u64::MAX, error: 0.0 };
        let expected = 1.5 - 0.5 * (0.5 * 3.0 + 0.25 * 2.0 / 3.0);
        assert!((predictive.crps(1.0) - expected).abs() < 1e-14);
        assert!((predictive.pit(0.0) - 0.25).abs() < 1e-15);
        assert!((predictive.pit(3.0) - 0.75).abs() < 1e-15);
        let spread = crps_ensemble(&[0.0, 0.0, 2.5, 3.5], 1.0).unwrap();
        assert!((predictive.crps(1.0) - spread).abs() < 0.1, "near a small ensemble of it");
    }
}
