//! The stream of one input: columns of normal scores at an address.

use super::ENGINE;
use crate::vector::{Aligned, Column, StreamKey, TILE, fill_words, normals, uniform_from_word};

/// Where in a stream: which time, and from which draw on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// 0 for what is drawn once; for a quarter, 4 · year + quarter − 1.
    pub time: u32,
    /// Number of the first draw.
    pub first_draw: u64,
}

/// The random numbers of one named input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stream {
    key: StreamKey,
}

impl Stream {
    /// The stream of a name under a seed.
    pub fn new(seed: u64, name: &str) -> Self {
        Self { key: StreamKey::new(ENGINE, seed, name) }
    }

    /// What the stream is keyed by.
    pub(super) fn key(self) -> u64 {
        self.key.value()
    }

    /// Normal scores of the draws of a block, which starts at a multiple of [`TILE`].
    #[inline(always)]
    pub fn normals(self, at: Address, out: &mut Column) {
        let mut words = Aligned([0; TILE]);
        for (k, tile) in out.tiles_mut().iter_mut().enumerate() {
            let draw = at.first_draw + (k * TILE) as u64;
            fill_words(self.key.value(), draw, at.time, &mut words.0);
            normals(&words.0, tile);
        }
    }

    /// Uniforms on the open unit interval, from the words that [`Stream::normals`] takes.
    #[inline(always)]
    pub fn uniforms(self, at: Address, out: &mut Column) {
        let mut words = Aligned([0; TILE]);
        for (k, tile) in out.tiles_mut().iter_mut().enumerate() {
            let draw = at.first_draw + (k * TILE) as u64;
            fill_words(self.key.value(), draw, at.time, &mut words.0);
            for (x, word) in tile.iter_mut().zip(&words.0) {
                *x = uniform_from_word(*word);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(stream: Stream, time: u32, first_draw: u64, tiles: usize) -> Vec<f64> {
        let mut out = Column::new(tiles);
        stream.normals(Address { time, first_draw }, &mut out);
        out.as_slice().to_vec()
    }

    #[test]
    fn a_draw_has_the_same_number_in_any_block() {
        let stream = Stream::new(7, "capex.carry");
        let whole = column(stream, 0, 0, 4);
        let part = column(stream, 0, 128, 1);
        assert_eq!(
            whole[128..192].iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
            part.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        );
    }

    #[test]
    fn names_seeds_and_times_give_unrelated_numbers() {
        let n = 64 * 400;
        let of = |seed, name: &str, time| column(Stream::new(seed, name), time, 0, n / 64);
        let base = of(1, "a", 0);
        for other in [of(2, "a", 0), of(1, "b", 0), of(1, "a", 1), of(1, "a", 2)] {
            let product: f64 = base.iter().zip(&other).map(|(x, y)| x * y).sum();
            // A sum of n products of independent unit normals has a standard error of √n.
            assert!(product.abs() < 5.0 * (n as f64).sqrt());
        }
        let (mean, square) = (base.iter().sum::<f64>(), base.iter().map(|x| x * x).sum::<f64>());
        assert!(mean.abs() < 5.0 * (n as f64).sqrt());
        assert!((square - n as f64).abs() < 5.0 * (2.0 * n as f64).sqrt());
    }
}
