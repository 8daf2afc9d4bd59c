//! The histogram as it is stored, without a copy where that is possible.

use super::{Sketch, Window};

/// Numbers of values in bins that follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counts<'a> {
    /// Small ones, as they are kept.
    Small(&'a [u16]),
    /// Added up.
    Large(Vec<u64>),
}

/// A run of bins with their counts, without empty bins at either end: as [`super::Window`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowView<'a> {
    /// Number of the first bin; 0 if there is none.
    pub first: u32,
    /// Number of values in each bin.
    pub counts: Counts<'a>,
}

impl From<WindowView<'_>> for Window {
    fn from(WindowView { first, counts }: WindowView<'_>) -> Self {
        let counts = match counts {
            Counts::Small(counts) => counts.iter().map(|&n| u64::from(n)).collect(),
            Counts::Large(counts) => counts,
        };
        Self { first, counts }
    }
}

impl Sketch {
    /// Bins of negative and of positive values, both ascending: those of [`Sketch::to_parts`].
    pub fn windows(&self) -> [WindowView<'_>; 2] {
        let zero = self.negatives as usize;
        [0..zero, zero + 1..self.hot.len()].map(|range| self.view(range))
    }

    /// Number of values in the bin of zero, which are exact zeros after the subtraction.
    pub fn zeros(&self) -> u64 {
        self.total(self.negatives as usize)
    }

    fn view(&self, range: std::ops::Range<usize>) -> WindowView<'_> {
        let Some(filled) = self.filled(range) else {
            return WindowView { first: 0, counts: Counts::Small(&[]) };
        };
        let first = self.bin(filled.start);
        let counts = if self.is_hot() {
            Counts::Small(&self.hot[filled])
        } else {
            Counts::Large(filled.map(|index| self.total(index)).collect())
        };
        WindowView { first, counts }
    }
}
