//! Where a block's normal scores come from: from the addressed streams, or from columns that are kept.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Address, Design, Stream};
use crate::vector::Column;

/// One normal score of a draw: its stream and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variate {
    /// Its stream.
    pub stream: Stream,
    /// Its time, as in [`Address`].
    pub time: u32,
}

/// The source of normal scores of a block: chosen once for a column, never for a draw.
#[derive(Clone, Copy, Debug)]
pub enum Normals<'a> {
    /// The streams themselves.
    Addressed {
        /// Number of the first draw.
        first_draw: u64,
    },
    /// Points of a design.
    Designed {
        /// The design.
        design: &'a Design,
        /// Number of the first draw.
        first_draw: u64,
    },
    /// Kept scores; what is not kept comes from the streams.
    Stored {
        /// Position of each kept variate.
        index: &'a BTreeMap<Variate, usize>,
        /// Rows of `stride` scores, one row for each variate.
        scores: &'a [f64],
        /// Scores in a row.
        stride: usize,
        /// Place of the first draw in its row.
        offset: usize,
        /// Number of the first draw.
        first_draw: u64,
    },
    /// The streams, and a list of what was asked for.
    Listed(&'a RefCell<Vec<Variate>>),
}

impl Normals<'_> {
    /// Normal scores of a stream at a time.
    #[inline(always)]
    pub fn fill(self, stream: Stream, time: u32, out: &mut Column) {
        match self {
            Self::Addressed { first_draw } => stream.normals(Address { time, first_draw }, out),
            Self::Designed { design, first_draw } => {
                design.fill(Variate { stream, time }, first_draw, out);
            }
            Self::Stored { index, scores, stride, offset, first_draw } => {
                match index.get(&Variate { stream, time }) {
                    Some(row) => {
                        let start = row * stride + offset;
                        let length = out.len();
                        out.as_mut_slice().copy_from_slice(&scores[start..start + length]);
                    }
                    None => stream.normals(Address { time, first_draw }, out),
                }
            }
            Self::Listed(list) => {
                list.borrow_mut().push(Variate { stream, time });
                stream.normals(Address { time, first_draw: 0 }, out);
            }
        }
    }
}
