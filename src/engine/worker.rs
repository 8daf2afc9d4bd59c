//! One thread: its block, its summaries, the leaves that it took.

use super::adding::{AddQuarter, LeafSums, Rooms};
use super::aggregate::{Layout, Part, results};
use super::kept::KeptLeaf;
use super::lanes::{FineColumn, FineSketches, LaneLayout, Lanes};
use super::particles::Particles;
use super::ranges::Draws;
use super::targets::Watch;
use super::totals::Totals;
use super::walk::Walk;
use super::{KEPT, LEAF, Parts};
use crate::model::block::Block;
use crate::plan::Plan;
use crate::results::Summary;
use crate::sampling::Normals;
use crate::vector::{Isa, dispatch};

/// The blocks of a leaf of `count` draws.
pub(super) fn blocks(leaf: u64, count: u64, size: u64) -> impl Iterator<Item = Draws> {
    let first = leaf * LEAF;
    let starts = (0..count).step_by(size as usize);
    starts.map(move |done| Draws { first: first + done, valid: size.min(count - done) as usize })
}

/// A thread's workspace.
pub(super) struct Worker<'a> {
    layout: &'a Layout,
    walk: Walk<'a>,
    rooms: Rooms,
    sums: Vec<Vec<LeafSums>>,
    summaries: Vec<Vec<Summary>>,
    kept_results: Vec<(usize, usize)>,
    kept: Vec<(u64, KeptLeaf)>,
    targets: Watch<'a>,
    /// Where normal scores come from, if not from streams.
    particles: Option<&'a Particles>,
    pub(super) parts: Parts,
    /// Sums by replicate, in designs.
    lanes: Option<Lanes<'a>>,
    /// Fine histograms of what precision is asked of.
    fine: Option<FineSketches<'a>>,
    /// Leaves done.
    leaves: u64,
    /// Where full histograms go.
    totals: Option<&'a Totals>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(plan: &'a Plan, layout: &'a Layout, isa: Isa, tiles: usize) -> Self {
        let summary = |slot: &super::aggregate::Slot| slot.summary();
        Self {
            layout,
            walk: Walk::new(plan, isa, tiles),
            rooms: Rooms::new(tiles),
            sums: layout
                .quarters
                .iter()
                .map(|slots| vec![LeafSums::default(); slots.len()])
                .collect(),
            summaries: layout
                .quarters
                .iter()
                .map(|slots| slots.iter().map(summary).collect())
                .collect(),
            kept_results: results(plan).map(|(_, t, column)| (t, column)).collect(),
            kept: Vec::new(),
            targets: Watch::new(&plan.targets, tiles),
            particles: None,
            parts: Parts::All,
            lanes: None,
            fine: None,
            leaves: 0,
            totals: None,
        }
    }

    /// Keeps sums by replicate too.
    pub(super) fn with_lanes(self, layout: Option<&'a LaneLayout>) -> Self {
        let targets = self.targets.with_lanes(layout.is_some());
        Self { lanes: layout.map(Lanes::new), targets, ..self }
    }

    /// Keeps fine histograms of these columns.
    pub(super) fn with_fine(self, layout: &'a [FineColumn]) -> Self {
        Self { fine: Some(FineSketches::new(layout)), ..self }
    }

    /// Hands its histograms over when they are full.
    pub(super) fn with_totals(self, totals: &'a Totals) -> Self {
        Self { totals: Some(totals), ..self }
    }

    /// Takes its draws from particles.
    pub(super) fn with_particles(self, particles: &'a Particles) -> Self {
        Self { particles: Some(particles), ..self }
    }

    fn source(&self, first_draw: u64) -> Normals<'a> {
        match self.particles {
            Some(particles) => particles.from(first_draw),
            None => self.walk.plan.normals(first_draw),
        }
    }

    /// Runs one leaf of `count` draws.
    pub(super) fn leaf(&mut self, leaf: u64, count: u64) {
        let mut kept = self.open_leaf(leaf);
        for draws in blocks(leaf, count, self.size()) {
            self.block(draws, &mut kept);
        }
        self.close_leaf(leaf, kept);
    }

    /// Draws of a block.
    pub(super) fn size(&self) -> u64 {
        self.walk.size()
    }

    /// The kept columns of a leaf, still empty; none if the leaf is not kept.
    pub(super) fn open_leaf(&self, leaf: u64) -> KeptLeaf {
        let columns = self.walk.plan.kept.len() + self.kept_results.len();
        KeptLeaf::new(if leaf * LEAF < KEPT { columns } else { 0 })
    }

    /// Adds the sums of a leaf to those of the run.
    pub(super) fn close_leaf(&mut self, leaf: u64, kept: KeptLeaf) {
        if let Some(lanes) = &mut self.lanes {
            lanes.add_leaf(&self.sums);
        }
        for (sums, summaries) in self.sums.iter_mut().zip(&mut self.summaries) {
            for (sum, summary) in sums.iter_mut().zip(summaries) {
                sum.flush(summary);
            }
        }
        if leaf * LEAF < KEPT {
            self.kept.push((leaf, kept));
        }
        self.leaves += 1;
        if let Some(totals) = self.totals {
            totals.take(self.leaves, &mut self.summaries);
        }
    }

    fn block(&mut self, draws: Draws, kept: &mut KeptLeaf) {
        if self.parts == Parts::Sampling {
            self.walk.draw_only(draws.first);
            return;
        }
        self.open_block(draws, kept);
        for t in 0..self.walk.plan.setup.steps() {
            self.step(t, draws, kept);
        }
        self.close_block(draws);
    }

    /// What is drawn once for a block.
    pub(super) fn open_block(&mut self, draws: Draws, kept: &mut KeptLeaf) {
        let from = self.source(draws.first);
        self.walk.start(from);
        if !kept.is_empty() {
            for (at, (_, column)) in self.walk.plan.kept.iter().enumerate() {
                kept.put(at, draws, self.walk.values(*column, draws.valid));
            }
        }
    }

    /// One quarter of a block, and what is summarized of it.
    pub(super) fn step(&mut self, t: usize, draws: Draws, kept: &mut KeptLeaf) {
        let from = self.source(draws.first);
        self.walk.quarter(t, from, draws);
        if self.parts == Parts::All {
            self.aggregate(t, draws.valid);
            if let Some(lanes) = &mut self.lanes {
                lanes.count(
                    self.walk.isa,
                    t,
                    &self.layout.quarters[t],
                    &self.walk.block,
                    draws.valid,
                );
            }
            if let Some(fine) = &mut self.fine {
                fine.add(t, &self.walk.block, draws.valid);
            }
            self.targets.quarter(self.walk.isa, t, &self.walk.block);
        }
        if !kept.is_empty() {
            let results = (self.walk.plan.kept.len()..).zip(&self.kept_results);
            for (at, &(_, column)) in results.filter(|&(_, &(quarter, _))| quarter == t) {
                kept.put(at, draws, self.walk.values(column, draws.valid));
            }
        }
    }

    /// What is known of a block only after its last quarter.
    pub(super) fn close_block(&mut self, draws: Draws) {
        let Draws { first, valid } = draws;
        if self.parts == Parts::All {
            let (block, left) = (&self.walk.block, self.walk.left());
            self.targets.finish_block(self.walk.isa, first, valid, block, left);
        }
        self.walk.end();
    }

    /// The columns as the last quarter left them.
    pub(super) fn columns(&self) -> &Block {
        &self.walk.block
    }

    /// What came of the targets in the last block.
    pub(super) fn watch(&self) -> &Watch<'a> {
        &self.targets
    }

    fn aggregate(&mut self, t: usize, valid: usize) {
        let add = AddQuarter {
            slots: &self.layout.quarters[t],
            block: &self.walk.block,
            count: valid,
            rooms: &mut self.rooms,
            sums: &mut self.sums[t],
            summaries: &mut self.summaries[t],
        };
        dispatch(self.walk.isa, add);
    }

    pub(super) fn finish(self) -> Part {
        Part {
            summaries: self.summaries,
            kept: self.kept,
            targets: self.targets.finish(),
            watchman: self.walk.finish(),
            lanes: self.lanes.map(Lanes::finish),
            fine: self.fine.map_or_else(Vec::new, FineSketches::finish),
        }
    }
}
