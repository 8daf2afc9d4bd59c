//! Latin hypercube points, addressed: a coordinate of a draw depends on the seed, the name, the
//! number of draws and the number of the draw only.
//!
//! With n draws each coordinate has n strata of equal probability and one point in each: draw i is
//! in stratum π(i), at a random place within it. π is a random bijection of 0..n, worked out draw by
//! draw: a Feistel network on the least even number of bits that holds n, whose rounds are Philox
//! words under the key of the name, walked along its cycle until it comes back below n (Black and
//! Rogaway 2002, doi:10.1007/3-540-45760-7_9). So no table is kept, and threads need not share one.
//! McKay, Beckman and Conover 1979, doi:10.2307/1268522.

use super::ENGINE;
use crate::vector::{StreamKey, philox4x32_10, uniform_from_bits};

/// Rounds of the network: four make it a pseudo-random permutation (Luby and Rackoff 1988).
const ROUNDS: u32 = 8;
/// Third word of the counter of the place within a stratum; rounds take the words below.
const PLACE: u32 = ROUNDS;

/// One coordinate of a Latin hypercube design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatinHypercube {
    key: [u32; 2],
    strata: u64,
    /// Bits of each half of the network.
    half: u32,
}

impl LatinHypercube {
    /// The coordinate of a name for a design of `draws` draws (at least 1, at most 2⁶²).
    pub fn new(seed: u64, name: &str, draws: u64) -> Self {
        // A name of its own, so that its words are those of no stream.
        let key = StreamKey::new(ENGINE, seed, &format!("latin {name}")).value();
        let strata = draws.clamp(1, 1 << 62);
        let bits = (u64::BITS - (strata - 1).leading_zeros()).max(2);
        Self { key: [key as u32, (key >> 32) as u32], strata, half: bits.div_ceil(2) }
    }

    /// The stratum of a draw, from 0; draws beyond the design start again.
    pub fn stratum(self, draw: u64) -> u64 {
        let mut at = draw % self.strata;
        loop {
            at = self.shuffled(at);
            if at < self.strata {
                return at;
            }
        }
    }

    /// The coordinate of a draw, in the open unit interval.
    pub fn uniform(self, draw: u64) -> f64 {
        let [low, high, ..] = self.words(draw % self.strata, PLACE);
        let place = uniform_from_bits(u64::from(low) | u64::from(high) << 32);
        (self.stratum(draw) as f64 + place) / self.strata as f64
    }

    /// One pass of the network: a bijection of the numbers of twice `half` bits.
    fn shuffled(self, at: u64) -> u64 {
        let mask = (1_u64 << self.half) - 1;
        let (mut left, mut right) = (at >> self.half, at & mask);
        for round in 0..ROUNDS {
            let [low, high, ..] = self.words(right, round);
            let word = (u64::from(low) | u64::from(high) << 32) & mask;
            (left, right) = (right, left ^ word);
        }
        left << self.half | right
    }

    fn words(self, at: u64, word: u32) -> [u32; 4] {
        philox4x32_10([at as u32, (at >> 32) as u32, word, 0], self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stratum_has_one_draw() {
        for draws in [1_u64, 2, 3, 7, 64, 100, 1000, 4097] {
            let design = LatinHypercube::new(5, "x", draws);
            let mut seen = vec![false; draws as usize];
            for draw in 0..draws {
                let stratum = design.stratum(draw);
                assert!(!std::mem::replace(&mut seen[stratum as usize], true), "{draws}");
                let u = design.uniform(draw);
                assert!(u > 0.0 && u < 1.0);
                assert_eq!((u * draws as f64) as u64, stratum, "{draws}");
            }
        }
    }

    /// The mean of n stratified uniforms has the variance 1/(12 n³).
    #[test]
    fn the_variance_of_a_mean_is_that_of_its_strata() {
        for n in [4_u64, 10, 33] {
            let designs = 4000;
            let squares: f64 = (0..designs)
                .map(|seed| {
                    let design = LatinHypercube::new(seed, "mean", n);
                    let mean: f64 = (0..n).map(|i| design.uniform(i)).sum::<f64>() / n as f64;
                    (mean - 0.5) * (mean - 0.5)
                })
                .sum();
            let exact = 1.0 / (12.0 * (n * n * n) as f64);
            // The mean is a sum of n uniforms: its kurtosis is 3 − 1.2/n.
            let error = exact * ((2.0 - 1.2 / n as f64) / designs as f64).sqrt();
            let off = squares / designs as f64 - exact;
            assert!(off.abs() < 5.0 * error, "{n}: {off} of {exact}");
        }
    }

    #[test]
    fn coordinates_do_not_depend_on_each_other() {
        let n = 10_000_u64;
        let column = |seed, name: &str| -> Vec<f64> {
            let design = LatinHypercube::new(seed, name, n);
            (0..n).map(|i| design.uniform(i) - 0.5).collect()
        };
        let columns: Vec<Vec<f64>> = (0..8).map(|k| column(1, &format!("x{k}"))).collect();
        let other = column(2, "x0");
        let pairs = columns.iter().enumerate().flat_map(|(i, x)| {
            columns[..i].iter().chain(std::iter::once(&other)).map(move |y| (x, y))
        });
        for (x, y) in pairs {
            for lag in [0, 1, 2, 64] {
                let product: f64 = x[lag..].iter().zip(y).map(|(a, b)| a * b).sum();
                // Var(xy) = 1/144 for independent uniforms about their means.
                assert!(product.abs() < 5.0 * (n as f64).sqrt() / 12.0, "{lag}: {product}");
            }
        }
        for x in &columns {
            for lag in [1, 2, 3, 64] {
                let serial: f64 = x[lag..].iter().zip(x).map(|(a, b)| a * b).sum();
                assert!(serial.abs() < 5.0 * (n as f64).sqrt() / 12.0, "{lag}: {serial}");
            }
        }
    }
}
