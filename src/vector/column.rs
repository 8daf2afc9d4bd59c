//! A column of draws, cut into tiles of fixed length.

use bytemuck::{Pod, Zeroable, cast_slice, cast_slice_mut};

/// Number of draws in a tile: eight AVX-512 registers, and short enough to stay in L1.
pub const TILE: usize = 64;

/// One tile of a column. A plain array, so that a column has both a tile view and a flat view.
pub type Tile = [f64; TILE];

/// A value that starts on a cache line, so that no vector load or store of it straddles two lines:
/// for tiles on the stack, where the compiler would align them to eight bytes only.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Aligned<T>(pub T);

/// A tile where columns keep it: it starts on a cache line.
#[derive(Clone, Copy, Debug, PartialEq, Zeroable, Pod)]
#[repr(C, align(64))]
struct Stored(Tile);

/// A column of draws: a whole number of tiles, aligned to a cache line.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    store: Box<[Stored]>,
}

impl Column {
    /// A column of `tiles` tiles, all zero.
    pub fn new(tiles: usize) -> Self {
        Self { store: vec![Stored::zeroed(); tiles].into_boxed_slice() }
    }

    /// Number of draws, a multiple of [`TILE`].
    pub fn len(&self) -> usize {
        self.store.len() * TILE
    }

    /// Whether the column has no tile.
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// The draws, in order.
    #[inline]
    pub fn as_slice(&self) -> &[f64] {
        cast_slice(&self.store)
    }

    /// The draws, in order, to write to.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [f64] {
        cast_slice_mut(&mut self.store)
    }

    /// The tiles, in order.
    #[inline]
    pub fn tiles(&self) -> &[Tile] {
        cast_slice(&self.store)
    }

    /// The tiles, in order, to write to.
    #[inline]
    pub fn tiles_mut(&mut self) -> &mut [Tile] {
        cast_slice_mut(&mut self.store)
    }

    /// The draws in rows of `N`, a number that divides [`TILE`].
    #[inline]
    pub fn rows<const N: usize>(&self) -> &[[f64; N]] {
        const { assert!(TILE.is_multiple_of(N), "rows fill tiles") };
        cast_slice(&self.store)
    }

    /// The same to write to.
    #[inline]
    pub fn rows_mut<const N: usize>(&mut self) -> &mut [[f64; N]] {
        const { assert!(TILE.is_multiple_of(N), "rows fill tiles") };
        cast_slice_mut(&mut self.store)
    }

    /// Sets every draw to `x`.
    pub fn fill(&mut self, x: f64) {
        self.as_mut_slice().fill(x);
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact results are what is tested")]
mod tests {
    use super::*;

    #[test]
    fn views_agree_and_start_on_a_cache_line() {
        for tiles in [0, 1, 3, 16] {
            let mut column = Column::new(tiles);
            for (i, x) in column.as_mut_slice().iter_mut().enumerate() {
                *x = i as f64;
            }
            assert_eq!(column.len(), tiles * TILE);
            assert_eq!(column.is_empty(), tiles == 0);
            assert_eq!(column.tiles().as_flattened(), column.as_slice());
            assert_eq!(column.rows::<16>().as_flattened(), column.as_slice());
            assert_eq!(column.as_slice().as_ptr() as usize % 64, 0);
            let copy = column.clone();
            assert_eq!(copy, column);
            assert_eq!(copy.as_slice().as_ptr() as usize % 64, 0);
            if let Some(tile) = column.tiles_mut().last_mut() {
                tile[TILE - 1] = -1.0;
                assert_eq!(column.as_slice().last(), Some(&-1.0));
                assert_ne!(copy, column);
            }
            column.fill(2.5);
            assert!(column.as_slice().iter().all(|&x| x == 2.5));
        }
    }
}
