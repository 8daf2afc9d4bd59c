//! The first draws themselves, leaf by leaf.

use super::LEAF;
use super::ranges::Draws;

/// Kept columns of one leaf, in one piece of memory: a large piece goes back to the system as soon as
/// its draws are copied, which thousands of small ones of many threads do not.
#[derive(Debug)]
pub(super) struct KeptLeaf {
    /// A row of 1,024 draws for each column.
    values: Vec<f64>,
    draws: usize,
}

impl KeptLeaf {
    /// Room for so many columns.
    pub(super) fn new(columns: usize) -> Self {
        Self { values: vec![0.0; columns * LEAF as usize], draws: 0 }
    }

    /// Keeps the values of a column in these draws.
    pub(super) fn put(&mut self, column: usize, draws: Draws, values: &[f64]) {
        let from = (draws.first % LEAF) as usize;
        self.draws = self.draws.max(from + values.len());
        let start = column * LEAF as usize + from;
        self.values[start..start + values.len()].copy_from_slice(values);
    }

    /// Whether nothing is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Number of draws in each column.
    pub(super) fn draws(&self) -> usize {
        self.draws
    }

    /// The columns, in order.
    pub(super) fn columns(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(LEAF as usize).map(|row| &row[..self.draws])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_a_leaf_come_together() {
        let mut leaf = KeptLeaf::new(2);
        for (first, valid) in [(2048, 2), (2050, 1)] {
            let draws = Draws { first, valid };
            for (column, sign) in [(0, 1.0), (1, -1.0)] {
                let values: Vec<f64> =
                    (0..valid).map(|i| sign * (first + i as u64) as f64).collect();
                leaf.put(column, draws, &values);
            }
        }
        assert_eq!(leaf.draws(), 3);
        let columns: Vec<&[f64]> = leaf.columns().collect();
        assert_eq!(columns, [[2048.0, 2049.0, 2050.0], [-2048.0, -2049.0, -2050.0]]);
        assert!(KeptLeaf::new(0).is_empty() && KeptLeaf::new(0).columns().next().is_none());
    }
}
