//! A block of draws on its way through the quarters.

use super::Execution;
use super::aggregate::{draw_only, new_block, quarter_from, start_from, sum_years};
use super::draw::group_columns;
use super::ranges::{Draws, Watchman};
use crate::model::block::Block;
use crate::plan::Plan;
use crate::sampling::Normals;
use crate::vector::{Column, Isa, TILE};

/// No draw of the run: those that leave their range are not counted.
pub(super) const NOBODY: Draws = Draws { first: 0, valid: 0 };

/// A block that is run quarter after quarter. Draws that leave their physical range are not a number
/// from then on.
pub(super) struct Walk<'a> {
    pub(super) plan: &'a Plan,
    pub(super) isa: Isa,
    /// The columns as the last quarter left them.
    pub(super) block: Block,
    scores: Vec<Column>,
    watchman: Watchman,
}

impl<'a> Walk<'a> {
    pub(super) fn new(plan: &'a Plan, isa: Isa, tiles: usize) -> Self {
        Self {
            plan,
            isa,
            block: new_block(plan, tiles),
            scores: group_columns(plan, tiles),
            watchman: Watchman::new(plan, tiles),
        }
    }

    /// With blocks of the usual size.
    pub(super) fn on(plan: &'a Plan, execution: Execution) -> Self {
        Self::new(plan, execution.isa, execution.tiles())
    }

    /// Draws of a block.
    pub(super) fn size(&self) -> u64 {
        (self.block.tiles() * TILE) as u64
    }

    /// What is drawn once, and the modules before the first quarter.
    pub(super) fn start(&mut self, from: Normals<'_>) {
        start_from(self.plan, self.isa, from, &mut self.block, &mut self.scores);
    }

    /// The next quarter, and the sums of its year so far. Of the draws that leave their range those in
    /// `draws` are counted.
    pub(super) fn quarter(&mut self, t: usize, from: Normals<'_>, draws: Draws) {
        let (plan, isa) = (self.plan, self.isa);
        quarter_from(plan, isa, t, from, &mut self.block);
        self.watchman.quarter(plan, isa, t, draws, &mut self.block);
        sum_years(plan, isa, t, &mut self.block);
    }

    /// The values of a column, of the first so many draws.
    pub(super) fn values(&self, column: usize, valid: usize) -> &[f64] {
        &self.block.column(column).as_slice()[..valid]
    }

    /// By draw, 1 where it has left its range; none if all draws of the block are within it.
    pub(super) fn left(&self) -> Option<&[f64]> {
        let left = self.block.column(self.plan.ranges.left).as_slice();
        self.watchman.some.then_some(left)
    }

    /// Makes the block ready for other draws.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.watchman.some) {
            // Columns that no later block writes would stay not a number.
            self.block = new_block(self.plan, self.block.tiles());
        }
    }

    /// All inputs of a block and nothing else, to measure what they cost.
    pub(super) fn draw_only(&mut self, first_draw: u64) {
        draw_only(self.plan, self.isa, first_draw, &mut self.block, &mut self.scores);
    }

    /// Which draws have left their range, and why.
    pub(super) fn finish(self) -> Watchman {
        self.watchman
    }
}
