//! Draws whose normal scores are kept, so that they can be moved: the particles of a conditioned run.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::LEAF;
use super::aggregate::{new_block, quarter_from, start_from};
use super::draw::group_columns;
use crate::plan::Plan;
use crate::sampling::{Address, Normals, Variate};
use crate::vector::{Column, Isa, TILE};

/// Draws in a leaf.
pub(super) const WIDTH: usize = LEAF as usize;

/// The scores of all particles, leaf by leaf, each a row of 1,024 for every kept variate.
#[derive(Clone, Debug)]
pub(super) struct Particles {
    pub(super) index: BTreeMap<Variate, usize>,
    pub(super) leaves: Vec<Vec<f64>>,
}

impl Particles {
    /// The draws of the streams, before anything moves them.
    pub(super) fn drawn(variates: &[Variate], draws: u64) -> Self {
        let index = variates.iter().enumerate().map(|(row, variate)| (*variate, row)).collect();
        let mut column = Column::new(WIDTH / TILE);
        let leaves = (0..draws.div_ceil(LEAF)).map(|leaf| {
            let mut scores = vec![0.0; variates.len() * WIDTH];
            for (variate, row) in variates.iter().zip(scores.chunks_exact_mut(WIDTH)) {
                let address = Address { time: variate.time, first_draw: leaf * LEAF };
                variate.stream.normals(address, &mut column);
                row.copy_from_slice(column.as_slice());
            }
            scores
        });
        let leaves = leaves.collect();
        Self { index, leaves }
    }

    /// Scores of the particles from this one on; what is not kept comes from the streams.
    pub(super) fn from(&self, first_draw: u64) -> Normals<'_> {
        let leaf = usize::try_from(first_draw / LEAF).unwrap_or(usize::MAX);
        match self.leaves.get(leaf) {
            Some(scores) => Normals::Stored {
                index: &self.index,
                scores,
                stride: WIDTH,
                offset: (first_draw % LEAF) as usize,
                first_draw,
            },
            None => Normals::Addressed { first_draw },
        }
    }

    /// Copies all scores of a particle to another place.
    pub(super) fn copy(&mut self, from: usize, to: usize) {
        for row in 0..self.index.len() {
            let score = self.leaves[from / WIDTH][row * WIDTH + from % WIDTH];
            self.leaves[to / WIDTH][row * WIDTH + to % WIDTH] = score;
        }
    }
}

/// What is drawn until a step of the grid: everything that the model has seen by then.
pub(super) fn variates(plan: &Plan, isa: Isa, until: usize) -> Vec<Variate> {
    let list = RefCell::new(Vec::new());
    let mut block = new_block(plan, 1);
    let from = Normals::Listed(&list);
    start_from(plan, isa, from, &mut block, &mut group_columns(plan, 1));
    for t in 0..=until {
        quarter_from(plan, isa, t, from, &mut block);
    }
    let mut all = list.into_inner();
    all.sort_unstable();
    all.dedup();
    all
}
