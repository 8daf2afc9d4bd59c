//! A column of draws, cut into tiles of fixed length.

/// Number of draws in a tile: eight AVX-512 registers, and short enough to stay in L1.
pub const TILE: usize = 64;

/// One tile of a column. A plain array, so that a column has both a tile view and a flat view.
pub type Tile = [f64; TILE];

/// A value that starts on a cache line, so that no vector load or store of it straddles two lines:
/// for tiles on the stack, where the compiler would align them to eight bytes only.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Aligned<T>(pub T);

/// Values in a cache line; columns start on one, so that no vector load straddles two lines.
const LINE: usize = 8;

/// A column of draws: a whole number of tiles, aligned to a cache line.
#[derive(Debug)]
pub struct Column {
    /// One line longer than the values, so that an aligned start always exists.
    store: Box<[f64]>,
    start: usize,
    len: usize,
}

impl Column {
    /// A column of `tiles` tiles, all zero.
    pub fn new(tiles: usize) -> Self {
        let len = tiles * TILE;
        let store = vec![0.0; len + LINE].into_boxed_slice();
        // `align_offset` may decline by returning `usize::MAX`; the column is then merely unaligned.
        let offset = store.as_ptr().align_offset(LINE * size_of::<f64>());
        let start = if offset < LINE { offset } else { 0 };
        Self { store, start, len }
    }

    /// Number of draws, a multiple of [`TILE`].
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the column has no tile.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The draws, in order.
    #[inline]
    pub fn as_slice(&self) -> &[f64] {
        &self.store[self.start..self.start + self.len]
    }

    /// The draws, in order, to write to.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [f64] {
        &mut self.store[self.start..self.start + self.len]
    }

    /// The tiles, in order.
    #[inline]
    pub fn tiles(&self) -> &[Tile] {
        self.as_slice().as_chunks().0
    }

    /// The tiles, in order, to write to.
    #[inline]
    pub fn tiles_mut(&mut self) -> &mut [Tile] {
        self.as_mut_slice().as_chunks_mut().0
    }

    /// Sets every draw to `x`.
    pub fn fill(&mut self, x: f64) {
        self.as_mut_slice().fill(x);
    }
}

impl Clone for Column {
    /// The copy has its own aligned start, which the derived implementation would not find.
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.len / TILE);
        copy.as_mut_slice().copy_from_slice(self.as_slice());
        copy
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
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
