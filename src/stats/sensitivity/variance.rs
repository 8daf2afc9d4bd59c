//! The share of a variance that one input explains by itself.

use super::Measured;
use super::rank::Ranked;

/// Draws in a bin.
const BIN: usize = 256;
/// Fewest and most bins.
const BINS: (usize, usize) = (4, 32);
/// Groups of draws that are left out one after the other, for the error.
const GROUPS: usize = 32;
/// Fewest draws of a bin in which a slope is fitted.
const FOR_SLOPE: f64 = 8.0;

/// Sums over draws of one bin and one group: counts, outputs, and places within the bin.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    n: f64,
    y: f64,
    yy: f64,
    u: f64,
    uu: f64,
    uy: f64,
}

impl Sums {
    fn add(&mut self, u: f64, y: f64) {
        self.n += 1.0;
        self.y += y;
        self.yy += y * y;
        self.u += u;
        self.uu += u * u;
        self.uy += u * y;
    }

    fn with(self, other: Self, sign: f64) -> Self {
        Self {
            n: self.n + sign * other.n,
            y: self.y + sign * other.y,
            yy: self.yy + sign * other.yy,
            u: self.u + sign * other.u,
            uu: self.uu + sign * other.uu,
            uy: self.uy + sign * other.uy,
        }
    }
}

/// S = Var E(y | x) / Var y by bins of the input's ranks, with its error.
///
/// In each bin, of equally many draws, y is fitted by a straight line in the rank of x. A fitted
/// number takes, by chance alone, one residual variance s_b² from the sum of squares, which is put
/// back:
///
/// ```text
/// S = ( Σ_b n_b (ȳ_b − ȳ)² − (1 − n_b/n) s_b²  +  Σ_b slope_b − s_b² ) / Σ (y − ȳ)²
/// ```
///
/// with slope_b the sum of squares that the line explains within its bin. Without lines this is the
/// correlation ratio of K. Pearson with the correction of T. L. Kelley, Proc. Natl. Acad. Sci. 21
/// (1935), doi:10.1073/pnas.21.9.554; the lines take away most of what bins of a finite width lose.
/// The error is the jackknife over 32 groups of draws (B. Efron and C. Stein, Ann. Statist. 9 (1981),
/// doi:10.1214/aos/1176345462). It may come out below zero where there is no effect.
pub(super) fn first_order(input: &Ranked, values: &[f64], mean: f64) -> Measured {
    let bins = (values.len() / BIN).clamp(BINS.0, BINS.1);
    let mut sums = vec![[Sums::default(); GROUPS]; bins];
    for (at, (rank, y)) in input.centered.iter().zip(values).enumerate() {
        let place = (rank + 0.5) * bins as f64;
        let bin = (place as usize).min(bins - 1);
        // Around the middle of the bin and the mean, so that differences of squares keep their digits.
        sums[bin][at % GROUPS].add(place - bin as f64 - 0.5, y - mean);
    }
    let whole: Vec<Sums> = sums
        .iter()
        .map(|groups| groups.iter().fold(Sums::default(), |all, one| all.with(*one, 1.0)))
        .collect();
    let value = share(&whole);
    let without = |group: usize| {
        let rest: Vec<Sums> =
            whole.iter().zip(&sums).map(|(all, groups)| all.with(groups[group], -1.0)).collect();
        share(&rest)
    };
    let left_out: Vec<f64> = (0..GROUPS).map(without).collect();
    let middle = left_out.iter().sum::<f64>() / GROUPS as f64;
    let spread: f64 = left_out.iter().map(|share| (share - middle) * (share - middle)).sum();
    let error = (spread * (GROUPS as f64 - 1.0) / GROUPS as f64).sqrt();
    Measured { value, error }
}

/// What a bin says: the sum of squares that its line explains, its residual one, and how many draws
/// more than fitted numbers it has.
struct Fit {
    slope: Option<f64>,
    rest: f64,
    freedom: f64,
}

fn fit(sums: &Sums) -> Fit {
    let n = sums.n;
    let squares = (sums.yy - sums.y * sums.y / n).max(0.0);
    let places = sums.uu - sums.u * sums.u / n;
    if n >= FOR_SLOPE && places > 1e-9 {
        let both = sums.uy - sums.u * sums.y / n;
        let slope = (both * both / places).min(squares);
        return Fit { slope: Some(slope), rest: squares - slope, freedom: n - 2.0 };
    }
    Fit { slope: None, rest: squares, freedom: n - 1.0 }
}

fn share(bins: &[Sums]) -> f64 {
    let used: Vec<(&Sums, Fit)> =
        bins.iter().filter(|sums| sums.n > 0.5).map(|sums| (sums, fit(sums))).collect();
    let all = bins.iter().fold(Sums::default(), |all, one| all.with(*one, 1.0));
    let (n, mean) = (all.n, all.y / all.n);
    let total = all.yy - all.y * mean;
    if n < 2.0 || total.is_nan() || total <= 0.0 {
        return 0.0;
    }
    let pooled = used
        .iter()
        .fold((0.0, 0.0), |(rest, free), (_, fit)| (rest + fit.rest, free + fit.freedom));
    let mut explained = 0.0;
    for (sums, fit) in &used {
        // A bin of one draw takes the noise of all.
        let (rest, free) = if fit.freedom > 0.5 { (fit.rest, fit.freedom) } else { pooled };
        let noise = if free > 0.5 { rest / free } else { 0.0 };
        let off = sums.y / sums.n - mean;
        explained += sums.n * off * off - (1.0 - sums.n / n) * noise;
        explained += fit.slope.map_or(0.0, |slope| slope - noise);
    }
    explained / total
}
