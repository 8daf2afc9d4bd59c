//! Quantile functions as lookup tables on the normal-score axis.

use super::column::{TILE, Tile};
use super::math::{floor, max, min};

/// Number of cells of a smooth quantile; a power of two, so that masking an index proves it in range.
const COARSE: usize = 512;
/// Number of cells of a quantile with jumps and bends: none holds more than 0.0009 of the draws.
const FINE: usize = 8192;
/// Half the width of the axis. Random words stay within 8.21.
const REACH: f64 = 8.3;

/// A monotone piecewise cubic through a quantile function on |z| <= 8.3, in equal cells: 512, or 8192
/// of [`CubicTable::fine`].
///
/// The cubics are Hermite with the limiter of F. N. Fritsch and R. E. Carlson, "Monotone piecewise
/// cubic interpolation", SIAM J. Numer. Anal. 17 (1980), doi:10.1137/0717021, on slopes from
/// fourth-order differences. A lookup never leaves [q(-8.3), q(8.3)]; it falls with rising z by at
/// most the rounding of one evaluation.
#[derive(Clone, Debug)]
pub struct CubicTable<const CELLS: usize = COARSE> {
    /// Coefficients of 1, t, t², t³ with 0 <= t <= 1 across the cell.
    cells: Box<[[f64; 4]; CELLS]>,
    low: f64,
    high: f64,
}

impl CubicTable {
    /// Tabulates `quantile_at_z`, the quantile as a function of the normal score. Small falls, as a
    /// root finder may leave, are leveled. `None` if a value is not finite.
    pub fn new(quantile_at_z: impl Fn(f64) -> f64) -> Option<Self> {
        Self::tabulate(&quantile_at_z)
    }
}

impl CubicTable<FINE> {
    /// Tabulates a quantile that may jump. A cell with a jump is level, at the side that holds more
    /// of it, so that no draw falls into the gap.
    pub fn fine(quantile_at_z: impl Fn(f64) -> f64) -> Option<Self> {
        let mut table = Self::tabulate(&quantile_at_z)?;
        let start: Vec<f64> = table.cells.iter().map(|cell| cell[0]).chain([table.high]).collect();
        let rise = |i: usize| start[i + 1] - start[i];
        for i in 0..FINE {
            let beside = max(rise(i.saturating_sub(1)), rise((i + 1).min(FINE - 1)));
            let alone = i == 0 || i == FINE - 1 || rise(i) > 4.0 * beside;
            if rise(i) > 0.0 && alone {
                let left = i as f64 * Self::WIDTH - REACH;
                if let Some(z) = jump(&quantile_at_z, left, left + Self::WIDTH) {
                    let late = z > left + 0.5 * Self::WIDTH;
                    table.cells[i] = [start[if late { i } else { i + 1 }], 0.0, 0.0, 0.0];
                }
            }
        }
        Some(table)
    }
}

impl<const CELLS: usize> CubicTable<CELLS> {
    const WIDTH: f64 = 2.0 * REACH / CELLS as f64;

    fn tabulate(quantile_at_z: &impl Fn(f64) -> f64) -> Option<Self> {
        let mut values = Vec::with_capacity(CELLS + 1);
        let mut highest = f64::NEG_INFINITY;
        for i in 0..=CELLS {
            let value = quantile_at_z(i as f64 * Self::WIDTH - REACH);
            if !value.is_finite() {
                return None;
            }
            highest = max(value, highest);
            values.push(highest);
        }
        let slopes = limited_slopes(&values);
        let mut cells: Box<[[f64; 4]; CELLS]> =
            vec![[0.0; 4]; CELLS].into_boxed_slice().try_into().ok()?;
        for (i, cell) in cells.iter_mut().enumerate() {
            let rise = values[i + 1] - values[i];
            let (left, right) = (slopes[i], slopes[i + 1]);
            *cell = [values[i], left, 3.0 * rise - 2.0 * left - right, left + right - 2.0 * rise];
        }
        Some(Self { cells, low: values[0], high: values[CELLS] })
    }

    /// The quantile at one normal score; scores beyond the axis give its end, NaN the lower end.
    #[inline(always)]
    pub fn lookup(&self, z: f64) -> f64 {
        let (index, t) = locate::<CELLS>(z);
        let [c0, c1, c2, c3] = self.cells[index & (CELLS - 1)];
        let value = c0 + t * (c1 + t * (c2 + t * c3));
        min(max(value, self.low), self.high)
    }

    /// The quantiles of a tile of normal scores; the bits of [`CubicTable::lookup`].
    #[inline(always)]
    pub fn lookup_tile(&self, z: &Tile, out: &mut Tile) {
        // Two passes: the positions vectorize fully, whatever becomes of the gathers.
        let mut indices = [0; TILE];
        for i in 0..TILE {
            (indices[i], out[i]) = locate::<CELLS>(z[i]);
        }
        for i in 0..TILE {
            let t = out[i];
            let [c0, c1, c2, c3] = self.cells[indices[i] & (CELLS - 1)];
            let value = c0 + t * (c1 + t * (c2 + t * c3));
            out[i] = min(max(value, self.low), self.high);
        }
    }
}

/// The cell of a score and the place in it.
#[inline(always)]
fn locate<const CELLS: usize>(z: f64) -> (usize, f64) {
    let per_score = const { 1.0 / (2.0 * REACH / CELLS as f64) };
    let position = min(max((z + REACH) * per_score, 0.0), CELLS as f64);
    let cell = min(floor(position), (CELLS - 1) as f64);
    // 2^52 brings the integer into the low bits; only those of the index are kept.
    let index = (cell + 4503599627370496.0).to_bits() as usize & (CELLS - 1);
    (index, position - cell)
}

/// The score between two at which an ascending function jumps by more than half of its rise.
fn jump(q: impl Fn(f64) -> f64, low: f64, high: f64) -> Option<f64> {
    let (mut low, mut high) = ((low, q(low)), (high, q(high)));
    let half = 0.5 * (high.1 - low.1);
    for _ in 0..30 {
        let z = 0.5 * (low.0 + high.0);
        let middle = (z, q(z));
        if middle.1 - low.1 > high.1 - middle.1 {
            high = middle;
        } else {
            low = middle;
        }
    }
    (high.1 - low.1 > half).then_some(high.0)
}

/// Slopes at the nodes per cell, limited so that every cubic is monotone.
fn limited_slopes(values: &[f64]) -> Vec<f64> {
    let last = values.len() - 1;
    let at = |i: usize| values[i];
    let mut slopes: Vec<f64> = (0..=last)
        .map(|i| match i {
            0 => -1.5 * at(0) + 2.0 * at(1) - 0.5 * at(2),
            i if i == last => 1.5 * at(i) - 2.0 * at(i - 1) + 0.5 * at(i - 2),
            i if i == 1 || i == last - 1 => 0.5 * (at(i + 1) - at(i - 1)),
            i => (at(i - 2) - at(i + 2) + 8.0 * (at(i + 1) - at(i - 1))) / 12.0,
        })
        .map(|slope| max(slope, 0.0))
        .collect();
    for i in 0..last {
        let rise = at(i + 1) - at(i);
        if rise <= 0.0 {
            (slopes[i], slopes[i + 1]) = (0.0, 0.0);
            continue;
        }
        let (a, b) = (slopes[i] / rise, slopes[i + 1] / rise);
        let square = a * a + b * b;
        if square > 9.0 {
            let scale = 3.0 / square.sqrt();
            (slopes[i], slopes[i + 1]) = (scale * slopes[i], scale * slopes[i + 1]);
        }
    }
    slopes
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact results are what is tested")]
mod tests {
    use super::*;
    use crate::vector::{exp, normal_cdf, normal_quantile};

    /// Largest error on |z| <= 8.2, relative to the interquartile range; checks order and ends too.
    fn worst(q: impl Fn(f64) -> f64) -> f64 {
        let table = CubicTable::new(&q).unwrap();
        let scale = q(0.67448975) - q(-0.67448975);
        let mut worst = 0.0_f64;
        let mut previous = f64::NEG_INFINITY;
        for i in 0..=200_000 {
            let z = -8.2 + 16.4 * f64::from(i) / 200_000.0;
            let value = table.lookup(z);
            worst = worst.max((value - q(z)).abs() / scale);
            assert!(value >= previous - 4.0 * f64::EPSILON * value.abs(), "falls at {z}");
            assert!(value >= q(-REACH) && value <= q(REACH), "outside at {z}");
            previous = value;
        }
        for (z, end) in [(-9.0, -REACH), (f64::NEG_INFINITY, -REACH), (40.0, REACH)] {
            assert_eq!(table.lookup(z).to_bits(), q(end).to_bits());
        }
        worst
    }

    #[test]
    fn triangular() {
        // (0, 10, 40): the density has a kink at the mode, where the error sits.
        let error = worst(|z| {
            let (u, v) = (normal_cdf(z), normal_cdf(-z));
            if u < 0.25 { (u * 400.0).sqrt() } else { 40.0 - (v * 1200.0).sqrt() }
        });
        assert!(error < 3e-5, "{error:e}");
    }

    #[test]
    fn beta_like() {
        // Beta(3, 1) stretched: the smooth part of a PERT.
        let error = worst(|z| 5.0 + 20.0 * libm::cbrt(normal_cdf(z)));
        assert!(error < 2e-7, "{error:e}");
    }

    #[test]
    fn truncated_normal() {
        // N(0.55, 0.12) on [0, 1.2]: truncated at both ends beyond four standard deviations.
        let (low, high) = (normal_cdf(-0.55 / 0.12), normal_cdf(-0.65 / 0.12));
        let error = worst(|z| {
            let share = 1.0 - low - high;
            if z < 0.0 {
                0.55 + 0.12 * normal_quantile(low + normal_cdf(z) * share)
            } else {
                0.55 - 0.12 * normal_quantile(high + normal_cdf(-z) * share)
            }
        });
        assert!(error < 2e-6, "{error:e}");
    }

    #[test]
    fn lognormal_with_a_long_tail() {
        let table = CubicTable::new(exp).unwrap();
        for i in 0..=16_400 {
            let z = -8.2 + f64::from(i) / 1000.0;
            let relative = (table.lookup(z) / exp(z) - 1.0).abs();
            assert!(relative < 1e-7, "{z} {relative:e}");
        }
    }

    #[test]
    fn steps_stay_steps_and_tiles_match_lookups() {
        let table = CubicTable::new(|z| if z < 1.0 { 2.0 } else { 3.0 }).unwrap();
        for i in 0..TILE {
            let z = core::array::from_fn(|k| -9.0 + 0.0045 * (i * TILE + k) as f64);
            let mut out = [0.0; TILE];
            table.lookup_tile(&z, &mut out);
            for (&z, &x) in z.iter().zip(&out) {
                assert_eq!(x.to_bits(), table.lookup(z).to_bits());
                let exact = if z < 1.0 { 2.0 } else { 3.0 };
                assert!((z - 1.0).abs() < CubicTable::<COARSE>::WIDTH || x == exact, "{z} {x}");
            }
        }
        let fine = CubicTable::fine(|z| if z < 1.0 { 2.0 + z * 0.1 } else { 3.0 + z }).unwrap();
        for i in 0..4_000 {
            let z = f64::from(i) / 1000.0 - 1.0;
            let x = fine.lookup(z);
            assert!(!(2.1..4.0).contains(&x), "in the gap at {z}: {x}");
            let exact = if z < 1.0 { 2.0 + z * 0.1 } else { 3.0 + z };
            assert!((z - 1.0).abs() < 3.0 * CubicTable::<FINE>::WIDTH || (x - exact).abs() < 1e-12);
        }
        assert!(CubicTable::new(|_| 4.0).is_some_and(|t| t.lookup(0.3) == 4.0));
        assert!(CubicTable::new(|z| if z > 8.0 { f64::INFINITY } else { z }).is_none());
        assert!(CubicTable::new(|_| f64::NAN).is_none());
    }
}
