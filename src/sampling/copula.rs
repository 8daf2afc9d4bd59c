//! Inputs drawn together: a Gaussian copula on normal scores.

use crate::vector::{Column, TILE, Tile};

/// Replaces independent normal scores by correlated ones: z_i = Σ_j L_ij e_j with the lower
/// Cholesky factor L of the correlation matrix, row by row from the last, in place.
#[inline(always)]
pub fn mix(factor: &[Vec<f64>], scores: &mut [Column]) {
    for i in (0..scores.len()).rev() {
        let (before, rest) = scores.split_at_mut(i);
        let Some(own) = rest.first_mut() else { continue };
        let row = &factor[i];
        for tile in 0..own.tiles().len() {
            let out = &mut own.tiles_mut()[tile];
            scale(out, row[i]);
            for (j, other) in before.iter().enumerate() {
                add(out, row[j], &other.tiles()[tile]);
            }
        }
    }
}

#[inline(always)]
fn scale(out: &mut Tile, weight: f64) {
    for x in out.iter_mut() {
        *x *= weight;
    }
}

#[inline(always)]
fn add(out: &mut Tile, weight: f64, other: &Tile) {
    for lane in 0..TILE {
        out[lane] += weight * other[lane];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::{Address, Stream};

    #[test]
    fn correlation_and_orthant_of_a_pair() {
        let tiles = 3125;
        let mut scores: Vec<Column> = ["a", "b"]
            .iter()
            .map(|name| {
                let mut column = Column::new(tiles);
                Stream::new(11, name).normals(Address { time: 0, first_draw: 0 }, &mut column);
                column
            })
            .collect();
        let rest = (1.0_f64 - 0.25).sqrt();
        mix(&[vec![1.0, 0.0], vec![0.5, rest]], &mut scores);
        let n = (tiles * TILE) as f64;
        let pairs = || scores[0].as_slice().iter().zip(scores[1].as_slice());
        let product: f64 = pairs().map(|(x, y)| x * y).sum::<f64>() / n;
        let both = pairs().filter(|(x, y)| (**x > 0.0) == (**y > 0.0)).count() as f64 / n;
        // Var(xy) = 1 + ρ²; for ρ = ½ both signs agree with probability 2/3.
        assert!((product - 0.5).abs() < 5.0 * (1.25 / n).sqrt());
        assert!((both - 2.0 / 3.0).abs() < 5.0 * (2.0 / 9.0 / n).sqrt());
    }
}
