//! Runs a plan block by block on several threads and merges exactly.
//!
//! Work is cut into leaves of 1,024 draws. A thread takes the next leaf, runs it in blocks of
//! columns, and adds it to its own summaries; these merge exactly, in any order. Sums belong to
//! draw numbers: draw i of a leaf is summed in lane i modulo 16, in order, and leaf sums are added
//! exactly. So threads, block size and instruction set cannot move a bit.

mod adding;
mod aggregate;
mod condition;
mod designed;
mod draw;
mod drivers;
mod each_draw;
mod headline;
mod identities;
mod kept;
mod lanes;
mod ledgers;
mod limits;
mod paired;
mod particles;
mod precision;
mod ranges;
mod replay;
mod shard;
mod stock;
mod targets;
mod told;
mod totals;
mod walk;
mod worker;

pub use condition::{
    Announced, LEAST_EFFECTIVE, Posterior, Refused, announce, condition, simulate_particles,
};
pub use designed::{dimensions, spread};
pub use drivers::{Aim, driver_draws, driver_inputs};
pub use each_draw::{
    DrawFigure, DrawPlace, Sink, each_draw, input_figures, metric_figures, target_figures,
    usual_figures,
};
pub use headline::{Asked, Watched, find, values};
pub use identities::{Broken, check_identities};
pub use limits::{SAMPLE, limits};
pub use paired::{Paired, simulate_pair};
pub use precision::{Growing, Measured, Statistic, Wanted, looks};
pub use replay::{Drawn, Path, Replay, Shock, replay};
pub use shard::{draws_of, leaves_of, shard_leaves, simulate_leaves};
pub use told::{SharedDraws, summarize};

use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::plan::Plan;
use crate::results::{Kept, Summaries};
use crate::vector::{Isa, TILE};
use worker::Worker;

/// Draws in a leaf.
pub const LEAF: u64 = 1024;
/// Draws in a block unless someone asks for another size: most columns of so many draws stay in the
/// second cache.
pub const BLOCK: usize = 256;
/// Draws of which inputs and year-end results are kept: a fixed cap.
pub const KEPT: u64 = 8192;
/// Draws of the pilot that sets the pivots of sums and the widths of bins: always the first ones.
const PILOT: usize = 256;

/// How to run, without any effect on results.
#[derive(Clone, Copy, Debug)]
pub struct Execution {
    /// Threads.
    pub threads: usize,
    /// Draws in a block: a multiple of 64 that divides 1,024.
    pub block: usize,
    /// Instruction set.
    pub isa: Isa,
}

impl Execution {
    /// Tiles in a block.
    fn tiles(self) -> usize {
        (self.block / TILE).max(1)
    }
}

/// How much of a run to do, for measuring its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Random inputs only.
    Sampling,
    /// Random inputs and the model, without summaries.
    Model,
    /// Everything.
    All,
}

/// Runs draws on this thread and throws the result away.
pub fn measure(plan: &Plan, draws: u64, block: usize, isa: Isa, parts: Parts) {
    let layout = aggregate::Layout::pilot(plan, isa, PILOT / TILE, plan.normals(0));
    let mut worker = Worker::new(plan, &layout, isa, (block / TILE).max(1));
    worker.parts = parts;
    for leaf in 0..draws.div_ceil(LEAF) {
        worker.leaf(leaf, LEAF.min(draws - leaf * LEAF));
    }
    std::hint::black_box(worker.finish());
}

/// Watches a run, and may stop it.
pub trait Progress: Sync {
    /// So many draws more are done.
    fn advance(&self, draws: u64);
    /// Whether to stop.
    fn cancelled(&self) -> bool;
}

/// Watches nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn advance(&self, _draws: u64) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Why there is no result.
#[derive(Debug)]
pub enum Stopped {
    /// It was stopped from outside.
    Cancelled,
    /// The threads could not be started.
    Threads(rayon::ThreadPoolBuildError),
}

/// Summaries of `draws` draws of a plan, and the first draws themselves.
pub fn simulate(
    plan: &Plan,
    draws: u64,
    execution: Execution,
    progress: &dyn Progress,
) -> Result<(Summaries, Kept), Stopped> {
    simulate_leaves(plan, draws, 0..leaves_of(draws), execution, progress)
}

/// Does the same work on so many threads: what each of them gives.
fn on_threads<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Result<Vec<T>, Stopped> {
    if threads <= 1 {
        return Ok(vec![work()]);
    }
    if threads == rayon::current_num_threads() {
        // The common pool: what its threads free here is at hand for the tables that they write later.
        return Ok(rayon::broadcast(|_| work()));
    }
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Stopped::Threads)?;
    Ok(pool.broadcast(|_| work()))
}

/// Does one piece of work for each of `count` numbers on so many threads, which take the next number
/// when they are done with one: what comes of each, in order.
pub fn on_each<T: Send>(
    count: usize,
    threads: usize,
    progress: &dyn Progress,
    work: impl Fn(usize) -> T + Sync,
) -> Result<Vec<T>, Stopped> {
    let next = AtomicUsize::new(0);
    let parts = on_threads(threads.min(count).max(1), || {
        let mut done = Vec::new();
        while !progress.cancelled() {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                break;
            }
            done.push((at, work(at)));
        }
        done
    })?;
    if progress.cancelled() {
        return Err(Stopped::Cancelled);
    }
    let mut done: Vec<(usize, T)> = parts.into_iter().flatten().collect();
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, found)| found).collect())
}

/// Leaves of a run that threads take one after the other.
struct Leaves {
    draws: u64,
    end: u64,
    next: AtomicU64,
}

impl Leaves {
    fn of(draws: u64) -> Self {
        Self::within(draws, 0..draws.div_ceil(LEAF))
    }

    /// Some leaves of a run of so many draws.
    fn within(draws: u64, leaves: Range<u64>) -> Self {
        let end = leaves.end.min(draws.div_ceil(LEAF));
        Self { draws, end, next: AtomicU64::new(leaves.start) }
    }

    /// The next leaf and how many draws of it belong to the run.
    fn next(&self, progress: &dyn Progress) -> Option<(u64, u64)> {
        if progress.cancelled() {
            return None;
        }
        let leaf = self.next.fetch_add(1, Ordering::Relaxed);
        (leaf < self.end).then(|| (leaf, LEAF.min(self.draws - leaf * LEAF)))
    }

    /// What each of the threads makes of its leaves.
    fn on_threads<T: Send>(
        &self,
        threads: usize,
        progress: &dyn Progress,
        work: impl Fn() -> T + Sync,
    ) -> Result<Vec<T>, Stopped> {
        let left = self.end.saturating_sub(self.next.load(Ordering::Relaxed));
        let leaves = usize::try_from(left).unwrap_or(usize::MAX);
        let parts = on_threads(threads.min(leaves).max(1), work)?;
        if progress.cancelled() { Err(Stopped::Cancelled) } else { Ok(parts) }
    }
}
