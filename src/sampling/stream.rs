//! The stream of one input: columns of normal scores at an address.

use super::ENGINE;
use crate::vector::{Aligned, Column, StreamKey, TILE, fill_bits, normals, uniform_from_bits};

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

    /// Normal scores of the draws of a block.
    ///
    /// Two times share one counter: even times take the first half of its four words, odd ones
    /// the second.
    #[inline(always)]
    pub fn normals(self, at: Address, out: &mut Column) {
        let (mut even, mut odd) = (Aligned([0; TILE]), Aligned([0; TILE]));
        for (k, tile) in out.tiles_mut().iter_mut().enumerate() {
            let draw = at.first_draw + (k * TILE) as u64;
            fill_bits(self.key.value(), draw, at.time >> 1, &mut even.0, &mut odd.0);
            normals(if at.time & 1 == 0 { &even.0 } else { &odd.0 }, tile);
        }
    }

    /// Uniforms on the open unit interval, from the words that [`Stream::normals`] takes.
    #[inline(always)]
    pub fn uniforms(self, at: Address, out: &mut Column) {
        let (mut even, mut odd) = (Aligned([0; TILE]), Aligned([0; TILE]));
        for (k, tile) in out.tiles_mut().iter_mut().enumerate() {
            let draw = at.first_draw + (k * TILE) as u64;
            fill_bits(self.key.value(), draw, at.time >> 1, &mut even.0, &mut odd.0);
            let words = if at.time & 1 == 0 { &even.0 } else { &odd.0 };
            for (x, word) in tile.iter_mut().zip(words) {
                *x = uniform_from_bits(*word);
            }
        }
    }

    /// Normal scores of an even time and of the odd one after it: half the work for both.
    #[inline(always)]
    pub fn normals_of_two(self, at: Address, first: &mut Column, second: &mut Column) {
        let (mut even, mut odd) = (Aligned([0; TILE]), Aligned([0; TILE]));
        for (k, (one, two)) in first.tiles_mut().iter_mut().zip(second.tiles_mut()).enumerate() {
            let draw = at.first_draw + (k * TILE) as u64;
            fill_bits(self.key.value(), draw, at.time >> 1, &mut even.0, &mut odd.0);
            normals(&even.0, one);
            normals(&odd.0, two);
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
    fn two_times_at_once_are_the_same_as_one_by_one() {
        let stream = Stream::new(7, "supply.noise");
        let (mut a, mut b) = (Column::new(2), Column::new(2));
        stream.normals_of_two(Address { time: 8096, first_draw: 64 }, &mut a, &mut b);
        assert_eq!(a.as_slice(), &column(stream, 8096, 64, 2)[..]);
        assert_eq!(b.as_slice(), &column(stream, 8097, 64, 2)[..]);
        assert_ne!(a.as_slice(), b.as_slice());
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
