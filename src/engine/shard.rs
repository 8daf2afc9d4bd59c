//! A part of a run: whole leaves of it, as the whole run has them.

use std::ops::Range;

use super::lanes::LaneLayout;
use super::totals::Totals;
use super::worker::Worker;
use super::{Execution, LEAF, Leaves, PILOT, Progress, Stopped, aggregate};
use crate::plan::Plan;
use crate::results::{Kept, Summaries};
use crate::vector::TILE;
use aggregate::Layout;

/// Leaves of a run of so many draws.
pub fn leaves_of(draws: u64) -> u64 {
    draws.div_ceil(LEAF)
}

/// The leaves of one of `of` parts, `number` from 1: their numbers differ by one at most. Empty if there
/// are more parts than leaves and this one gets none.
pub fn shard_leaves(draws: u64, number: u64, of: u64) -> Range<u64> {
    let leaves = u128::from(leaves_of(draws));
    let edge = |part: u64| {
        let leaf = u128::from(part) * leaves / u128::from(of.max(1));
        u64::try_from(leaf).unwrap_or(u64::MAX)
    };
    edge(number.saturating_sub(1))..edge(number)
}

/// The draws of some leaves of a run.
pub fn draws_of(draws: u64, leaves: &Range<u64>) -> Range<u64> {
    let edge = |leaf: u64| draws.min(leaf.saturating_mul(LEAF));
    edge(leaves.start)..edge(leaves.end)
}

/// Summaries of some leaves of a run of `draws` draws, and those of the first draws that are in them.
/// Added up in order, the parts of a run are the run, bit by bit: pivots and bins come from the first
/// draws of the run, whatever the part.
pub fn simulate_leaves(
    plan: &Plan,
    draws: u64,
    leaves: Range<u64>,
    execution: Execution,
    progress: &dyn Progress,
) -> Result<(Summaries, Kept), Stopped> {
    let tiles = execution.tiles();
    let layout = Layout::pilot(plan, execution.isa, PILOT / TILE, plan.normals(0));
    let lanes = LaneLayout::pilot(plan, &layout, execution.isa);
    let leaves = Leaves::within(draws, leaves);
    let totals = Totals::new(&layout);
    let work = || {
        let mut worker = Worker::new(plan, &layout, execution.isa, tiles)
            .with_lanes(lanes.as_ref())
            .with_totals(&totals);
        while let Some((leaf, count)) = leaves.next(progress) {
            worker.leaf(leaf, count);
            progress.advance(count);
        }
        worker.finish()
    };
    let mut parts = leaves.on_threads(execution.threads, progress, work)?;
    totals.hand_back(&mut parts);
    Ok(aggregate::merge(plan, &layout, lanes.as_ref(), parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_leaves_and_make_the_whole() {
        for draws in [1, 1023, 1024, 1025, 9001, 100_000, 10_000_000_000] {
            for of in [1, 2, 3, 7, 16, 4096] {
                let (mut next, mut sizes) = (0, Vec::new());
                for number in 1..=of {
                    let leaves = shard_leaves(draws, number, of);
                    assert_eq!(leaves.start, next, "{draws} {number}/{of}");
                    next = leaves.end;
                    sizes.push(leaves.end - leaves.start);
                }
                assert_eq!(next, leaves_of(draws));
                assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
            }
        }
        assert_eq!(draws_of(9001, &shard_leaves(9001, 3, 3)), 6144..9001);
    }
}
