//! Draws that leave their physical range: counted by cause, and not a number from then on.

use crate::model::block::Block;
use crate::plan::{Bound, Plan};
use crate::results::{LeftRange, NAMED_DRAWS};
use crate::vector::{Isa, Kernel, TILE, dispatch};

/// Below this an amount is negative: what rounding leaves of a difference is not.
const LEAST: f64 = -1e-6;
/// What rounding may add to the power in use.
const ROUNDED: f64 = 1.0 + 1e-9;

/// What one thread has found.
#[derive(Debug)]
pub(super) struct Watchman {
    /// By cause: how many draws, and the first of them with their quarter.
    found: Vec<(u64, Vec<(u64, usize)>)>,
    /// By tile of the block: 0 where some draw is out of its range.
    within: Vec<u64>,
    /// Whether some draw of the block is.
    pub(super) some: bool,
}

/// Which draws a block holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws {
    /// Number of the first one.
    pub(super) first: u64,
    /// How many belong to the run.
    pub(super) valid: usize,
}

impl Watchman {
    pub(super) fn new(plan: &Plan, tiles: usize) -> Self {
        let found = vec![(0, Vec::new()); plan.ranges.checks.len()];
        Self { found, within: vec![1; tiles], some: false }
    }

    /// Checks a quarter that the model has run. Metrics of a draw that leaves its range are not a
    /// number from here on.
    pub(super) fn quarter(
        &mut self,
        plan: &Plan,
        isa: Isa,
        t: usize,
        draws: Draws,
        block: &mut Block,
    ) {
        dispatch(isa, Check { plan, block, within: &mut self.within });
        for tile in 0..self.within.len() {
            if self.within[tile] == 0 {
                self.mask(plan, t, tile, draws, block);
            }
        }
    }

    #[cold]
    fn mask(&mut self, plan: &Plan, t: usize, tile: usize, draws: Draws, block: &mut Block) {
        for lane in tile * TILE..(tile + 1) * TILE {
            let left = block.column(plan.ranges.left).as_slice()[lane] > 0.5;
            let cause = cause(plan, lane, block);
            if !left && cause.is_none() {
                continue;
            }
            if let Some(cause) = cause.filter(|_| !left && lane < draws.valid) {
                let (count, first) = &mut self.found[cause];
                *count += 1;
                if first.len() < NAMED_DRAWS {
                    first.push((draws.first + lane as u64, t));
                }
            }
            self.some = true;
            block.column_mut(plan.ranges.left).as_mut_slice()[lane] = 1.0;
            for metric in &plan.metrics {
                block.column_mut(metric.column).as_mut_slice()[lane] = f64::NAN;
            }
        }
    }

    /// Adds what another thread has found.
    pub(super) fn merge(&mut self, other: Self) {
        for ((count, first), (more, others)) in self.found.iter_mut().zip(other.found) {
            *count += more;
            first.extend(others);
            first.sort_unstable();
            first.truncate(NAMED_DRAWS);
        }
    }

    /// Causes with the draws that they took.
    pub(super) fn finish(self, plan: &Plan) -> Vec<LeftRange> {
        let found = plan.ranges.checks.iter().zip(self.found).filter(|(_, (count, _))| *count > 0);
        found
            .map(|(check, (draws, first))| LeftRange { cause: check.cause.clone(), draws, first })
            .collect()
    }
}

/// The first check that a draw fails.
pub(super) fn cause(plan: &Plan, lane: usize, block: &Block) -> Option<usize> {
    plan.ranges.checks.iter().position(|check| {
        let at = |column: usize| block.column(column).as_slice()[lane];
        let x = at(check.column);
        match check.bound {
            Bound::Amount => !is_amount(x),
            Bound::Balance => !x.is_finite(),
            Bound::Power { ready, before, part } => !is_fed(x, at(ready), at(before), part),
        }
    })
}

#[inline(always)]
fn is_amount(x: f64) -> bool {
    (LEAST..f64::INFINITY).contains(&x)
}

#[inline(always)]
fn is_fed(used: f64, ready: f64, before: f64, part: f64) -> bool {
    let room = part * ready;
    used <= ROUNDED * if room > before { room } else { before }
}

struct Check<'a> {
    plan: &'a Plan,
    block: &'a Block,
    within: &'a mut [u64],
}

impl Kernel for Check<'_> {
    #[inline(always)]
    fn run(self) {
        let ranges = &self.plan.ranges;
        let tile_of = |column: usize, tile: usize| &self.block.column(column).tiles()[tile];
        for (tile, within) in self.within.iter_mut().enumerate() {
            let left = tile_of(ranges.left, tile);
            let mut good = all(
                #[inline(always)]
                |lane| left[lane] < 0.5,
            );
            for check in &ranges.checks {
                let x = tile_of(check.column, tile);
                good &= match check.bound {
                    Bound::Amount => all(
                        #[inline(always)]
                        |lane| is_amount(x[lane]),
                    ),
                    Bound::Balance => all(
                        #[inline(always)]
                        |lane| x[lane].abs() < f64::INFINITY,
                    ),
                    Bound::Power { ready, before, part } => {
                        let (ready, before) = (tile_of(ready, tile), tile_of(before, tile));
                        all(
                            #[inline(always)]
                            |lane| is_fed(x[lane], ready[lane], before[lane], part),
                        )
                    }
                };
            }
            *within = u64::from(good);
        }
    }
}

/// Whether a test holds in all lanes of a tile. It is made in every one, so that the loop vectorizes.
#[inline(always)]
fn all(test: impl Fn(usize) -> bool) -> bool {
    let mut failed = 0;
    for lane in 0..TILE {
        failed |= u64::from(!test(lane));
    }
    failed == 0
}
