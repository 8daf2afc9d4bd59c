//! Mid-ranks, and Spearman's correlation with its error.

use super::Measured;

/// Values by rank.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    /// Positions of the values in rising order; equal ones stay in their order.
    pub(super) order: Vec<u32>,
    /// Sizes of the groups of equal values, in rising order.
    pub(super) ties: Vec<u32>,
    /// Mid-rank of each value, (rank − (n + 1) / 2) / n: around zero, within ±1/2.
    pub(super) centered: Vec<f64>,
}

impl Ranked {
    pub(super) fn new(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        let of = |at: u32| values[at as usize];
        order.sort_unstable_by(|&a, &b| of(a).total_cmp(&of(b)).then(a.cmp(&b)));
        let mut ties = Vec::new();
        let mut centered = vec![0.0; values.len()];
        let mut before = 0.0;
        for tied in order.chunk_by(|&a, &b| of(a) >= of(b)) {
            let size = tied.len() as f64;
            for &at in tied {
                centered[at as usize] = (before + 0.5 * size - 0.5 * n) / n;
            }
            before += size;
            ties.push(tied.len() as u32);
        }
        Self { order, ties, centered }
    }

    pub(super) fn is_constant(&self) -> bool {
        self.ties.len() < 2
    }

    /// Groups of equal values in rising order, as positions.
    pub(super) fn groups(&self) -> impl DoubleEndedIterator<Item = &[u32]> {
        let mut at = 0;
        let bounds = self.ties.iter().map(move |&size| {
            at += size as usize;
            (at - size as usize, at)
        });
        bounds.collect::<Vec<_>>().into_iter().map(|(from, to)| &self.order[from..to])
    }

    /// For each draw: the sum of `of` over the draws with larger values, and half of it over those
    /// with equal ones.
    fn sums_above(&self, of: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; of.len()];
        let mut above = 0.0;
        for tied in self.groups().rev() {
            let own: f64 = tied.iter().map(|&at| of[at as usize]).sum();
            for &at in tied {
                sums[at as usize] = above + 0.5 * own;
            }
            above += own;
        }
        sums
    }
}

/// Spearman's correlation with its standard error by the delta method.
///
/// With a and b the centered mid-ranks, r = C / √(A B) where C, A, B are the means of ab, a², b².
/// A draw enters C by its own product and by moving the ranks of all others, so that its influence is
///
/// ```text
/// a_i b_i + (1/n) Σ_{x_j > x_i} b_j + (1/n) Σ_{y_j > y_i} a_j − 3 C        (ties count half)
/// ```
///
/// and likewise for A and B; the variance of r is the mean of its squared influence over n (F. R.
/// Hampel, J. Amer. Statist. Assoc. 69 (1974), doi:10.1080/01621459.1974.10482962; C. Croux and
/// C. Dehon, Stat. Methods Appl. 19 (2010), doi:10.1007/s10260-010-0142-z). Without correlation that
/// is 1/n. Nothing where a side is constant.
pub(super) fn rank_correlation(x: &Ranked, y: &Ranked) -> Measured {
    let (a, b) = (&x.centered, &y.centered);
    let n = a.len() as f64;
    let mean_of = |p: &[f64], q: &[f64]| p.iter().zip(q).map(|(p, q)| p * q).sum::<f64>() / n;
    let (product, square_a, square_b) = (mean_of(a, b), mean_of(a, a), mean_of(b, b));
    let scale = (square_a * square_b).sqrt();
    if scale.is_nan() || scale <= 0.0 {
        return Measured::default();
    }
    let r = (product / scale).clamp(-1.0, 1.0);
    let (b_above, a_above) = (x.sums_above(b), y.sums_above(a));
    let (a_above_x, b_above_y) = (x.sums_above(a), y.sums_above(b));
    let influence = |i: usize| {
        let of_product = a[i] * b[i] + (b_above[i] + a_above[i]) / n - 3.0 * product;
        let of_a = a[i] * a[i] + 2.0 * a_above_x[i] / n - 3.0 * square_a;
        let of_b = b[i] * b[i] + 2.0 * b_above_y[i] / n - 3.0 * square_b;
        of_product / scale - 0.5 * r * (of_a / square_a + of_b / square_b)
    };
    let squares: f64 = (0..a.len()).map(|i| influence(i) * influence(i)).sum();
    Measured { value: r, error: squares.sqrt() / n }
}
