//! Summaries of a few figures only, as far as the run is needed for them: each is what a whole run
//! gives, bit by bit.
//!
//! Pivots and bins come from the same first draws, and sums belong to draw numbers, so that leaving
//! out other metrics and later quarters moves nothing.

use std::collections::BTreeSet;

use super::adding::{AddQuarter, LeafSums, Rooms};
use super::aggregate::{Layout, Slot};
use super::headline::Watched;
use super::particles::{self, Particles};
use super::targets::{TargetTotals, Watch, merge_targets};
use super::walk::Walk;
use super::worker::blocks;
use super::{Execution, LEAF, Leaves, PILOT, Progress, Stopped};
use crate::plan::Plan;
use crate::results::{Summary, Targets};
use crate::sampling::Normals;
use crate::vector::{Isa, TILE, dispatch};

/// Summaries of the columns among `watched`, in their order; and the targets, if a date is among them.
pub fn summarize(
    plan: &Plan,
    watched: &[Option<Watched>],
    (draws, shared): (u64, Option<&SharedDraws>),
    execution: Execution,
    progress: &dyn Progress,
) -> Result<(Vec<Option<Summary>>, Targets), Stopped> {
    let layout = layout_of(plan, watched, execution.isa, source(plan, shared, 0));
    let asking = Asking::new(plan, &layout, watched);
    let leaves = Leaves::of(draws);
    let work = || {
        let mut teller = Teller::new(plan, &asking, shared, execution);
        while let Some((leaf, count)) = leaves.next(progress) {
            teller.leaf(leaf, count);
            progress.advance(count);
        }
        (teller.summaries, teller.watch.finish())
    };
    let parts = leaves.on_threads(execution.threads, progress, work)?;
    let mut totals: Vec<TargetTotals> = Vec::new();
    let mut total: Option<Vec<Vec<Summary>>> = None;
    for (summaries, targets) in parts {
        totals.push(targets);
        match &mut total {
            None => total = Some(summaries),
            Some(total) => {
                for (sum, more) in total.iter_mut().flatten().zip(summaries.iter().flatten()) {
                    sum.merge(more);
                }
            }
        }
    }
    let total = total.unwrap_or_default();
    let found = asking.places.iter().map(|place| {
        let (step, at) = (*place)?;
        Some(total.get(step)?.get(at)?.clone())
    });
    let found = found.collect();
    let targets =
        if asking.targets { merge_targets(&plan.targets, totals).0 } else { Targets::default() };
    Ok((found, targets))
}

/// Slots of these figures: a sweep asks for a few of thousands at each of its points.
fn layout_of(plan: &Plan, watched: &[Option<Watched>], isa: Isa, from: Normals<'_>) -> Layout {
    let column = |one: &Option<Watched>| match one {
        Some(Watched::Column { step, column }) => Some((*step, *column)),
        _ => None,
    };
    let wanted: BTreeSet<(usize, usize)> = watched.iter().filter_map(column).collect();
    let steps = wanted.last().map_or(0, |(step, _)| step + 1);
    Layout::pilot_of(plan, isa, PILOT / TILE, from, steps, |t, column| {
        wanted.contains(&(t, column))
    })
}

/// Most bytes of normal scores that are kept for many plans.
const SHARED_BYTES: u64 = 64 << 20;

/// Normal scores of the first draws of a plan, to be taken by others that have the same inputs: they are
/// addressed by name, so that each takes what it has in common with this one.
#[derive(Clone, Debug)]
pub struct SharedDraws(Particles);

impl SharedDraws {
    /// Of as many of the draws as memory is worth it, as far as the figures need them.
    pub fn of(plan: &Plan, watched: &[Option<Watched>], draws: u64, isa: Isa) -> Self {
        let last = steps_for(plan, watched).saturating_sub(1);
        let variates = particles::variates(plan, isa, last);
        let leaf = 8 * LEAF * variates.len().max(1) as u64;
        let most = (SHARED_BYTES / leaf).saturating_mul(LEAF);
        Self(Particles::drawn(&variates, draws.min(most)))
    }
}

/// Where the normal scores from a draw on come from.
fn source<'a>(plan: &'a Plan, shared: Option<&'a SharedDraws>, first_draw: u64) -> Normals<'a> {
    match shared {
        Some(SharedDraws(scores)) => scores.from(first_draw),
        None => plan.normals(first_draw),
    }
}

/// Steps that have to be run for some figures.
fn steps_for(plan: &Plan, watched: &[Option<Watched>]) -> usize {
    let step = |one: &Option<Watched>| match one {
        Some(Watched::Column { step, .. }) => step + 1,
        Some(Watched::Date { .. }) => plan.setup.steps(),
        None => 0,
    };
    watched.iter().map(step).max().unwrap_or(0)
}

/// What is summarized, by step.
struct Asking {
    /// Slots by step, up to the last one that is needed.
    slots: Vec<Vec<Slot>>,
    /// Step and position of each figure; none for targets and for what the plan does not have.
    places: Vec<Option<(usize, usize)>>,
    /// Whether targets are asked for.
    targets: bool,
}

impl Asking {
    fn new(plan: &Plan, layout: &Layout, watched: &[Option<Watched>]) -> Self {
        let targets = watched.iter().any(|one| matches!(one, Some(Watched::Date { .. })));
        let steps = steps_for(plan, watched);
        let mut slots: Vec<Vec<Slot>> = vec![Vec::new(); steps];
        let places = watched.iter().map(|one| {
            let Some(Watched::Column { step, column }) = one else { return None };
            // The first slot of a column is the one that is summarized.
            let slot = layout.quarters[*step].iter().find(|slot| slot.column == *column)?;
            let known = slots[*step].iter().position(|other| other.column == *column);
            let at = known.unwrap_or(slots[*step].len());
            if known.is_none() {
                slots[*step].push(Slot { same_as: None, ..*slot });
            }
            Some((*step, at))
        });
        let places = places.collect();
        Self { slots, places, targets }
    }
}

/// One thread: runs blocks as far as the figures need.
struct Teller<'a> {
    asking: &'a Asking,
    shared: Option<&'a SharedDraws>,
    walk: Walk<'a>,
    rooms: Rooms,
    sums: Vec<Vec<LeafSums>>,
    summaries: Vec<Vec<Summary>>,
    watch: Watch<'a>,
}

impl<'a> Teller<'a> {
    fn new(
        plan: &'a Plan,
        asking: &'a Asking,
        shared: Option<&'a SharedDraws>,
        execution: Execution,
    ) -> Self {
        let summary = |slot: &Slot| slot.summary();
        let slots = || asking.slots.iter();
        Self {
            asking,
            shared,
            walk: Walk::on(plan, execution),
            rooms: Rooms::new(execution.tiles()),
            sums: slots().map(|slots| vec![LeafSums::default(); slots.len()]).collect(),
            summaries: slots().map(|slots| slots.iter().map(summary).collect()).collect(),
            watch: Watch::new(&plan.targets, execution.tiles()),
        }
    }

    fn leaf(&mut self, leaf: u64, count: u64) {
        let (plan, isa) = (self.walk.plan, self.walk.isa);
        for draws in blocks(leaf, count, self.walk.size()) {
            let from = source(plan, self.shared, draws.first);
            self.walk.start(from);
            for (t, slots) in self.asking.slots.iter().enumerate() {
                self.walk.quarter(t, from, draws);
                let add = AddQuarter {
                    slots,
                    block: &self.walk.block,
                    count: draws.valid,
                    rooms: &mut self.rooms,
                    sums: &mut self.sums[t],
                    summaries: &mut self.summaries[t],
                };
                dispatch(isa, add);
                if self.asking.targets {
                    self.watch.quarter(isa, t, &self.walk.block);
                }
            }
            if self.asking.targets {
                let (block, left) = (&self.walk.block, self.walk.left());
                self.watch.finish_block(isa, draws.first, draws.valid, block, left);
            }
            self.walk.end();
        }
        for (sum, summary) in
            self.sums.iter_mut().flatten().zip(self.summaries.iter_mut().flatten())
        {
            sum.flush(summary);
        }
    }
}
