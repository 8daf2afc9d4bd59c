//! Runs that grow until figures are known as well as is asked.
//!
//! Looks are at fixed numbers of draws, each twice the one before, so that a run ends at the same draw
//! on any machine. What a look may err is the stated risk over the number of looks (Bonferroni): so the
//! interval with which a run ends holds with the stated confidence, whichever look it is.

use std::sync::atomic::{AtomicU64, Ordering};

use super::aggregate::{Layout, Part, named};
use super::headline::Watched;
use super::lanes::{Fine, FineColumn, LaneLayout};
use super::totals::Totals;
use super::worker::Worker;
use super::{Execution, LEAF, PILOT, Progress, Stopped, on_threads};
use crate::plan::Plan;
use crate::results::{Kept, REPLICATES, Replicated, Summaries, Summary};
use crate::stats::{
    clopper_pearson, normal_upper_quantile, percentile_ranks, ratio_error, standard_error_of_means,
};
use crate::vector::TILE;

/// Draws of the first look.
const FIRST_LOOK: u64 = 4096;
/// Share of the squared deviations that a single draw may have if a mean is to be taken as normal.
const LINDEBERG: f64 = 0.05;
/// Draws that must be expected beyond a percentile in each replicate.
const BEYOND: f64 = 5.0;

/// The numbers of draws at which a run of at most `most` draws is looked at.
pub fn looks(most: u64) -> Vec<u64> {
    let mut looks: Vec<u64> = std::iter::successors(Some(FIRST_LOOK), |look| look.checked_mul(2))
        .take_while(|look| *look < most)
        .collect();
    looks.push(most);
    looks
}

/// What is asked of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// Its mean.
    Mean,
    /// A percentile, in 0..1.
    Percentile(f64),
    /// The chance of a target.
    Chance,
}

/// A statistic of a figure of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Where the plan has it.
    pub watched: Watched,
    /// What is asked of it.
    pub statistic: Statistic,
}

/// What is known of a statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The estimate.
    pub value: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Measured {
    fn around(value: f64, half: f64) -> Self {
        Self { value, low: value - half, high: value + half }
    }

    /// The estimate with an interval that says nothing.
    fn unknown(value: f64) -> Self {
        Self { value, low: f64::NEG_INFINITY, high: f64::INFINITY }
    }

    /// The longer way from the estimate to an end of its interval.
    pub fn reach(self) -> f64 {
        let (up, down) = (self.high - self.value, self.value - self.low);
        if up > down || down.is_nan() { up } else { down }
    }
}

/// A run that can be made longer.
#[expect(missing_debug_implementations, reason = "the parts of a run are not to be printed")]
pub struct Growing<'a> {
    plan: &'a Plan,
    execution: Execution,
    layout: Layout,
    lanes: Option<LaneLayout>,
    columns: Vec<FineColumn>,
    total: Option<Part>,
    draws: u64,
}

impl<'a> Growing<'a> {
    /// A run without draws that watches these figures.
    pub fn new(plan: &'a Plan, execution: Execution, wanted: &[Wanted]) -> Self {
        let layout = Layout::pilot(plan, execution.isa, PILOT / TILE, plan.normals(0));
        let lanes = LaneLayout::pilot(plan, &layout, execution.isa);
        let mut columns = Vec::new();
        for one in wanted {
            if let (Watched::Column { step, column }, Statistic::Percentile(_)) =
                (one.watched, one.statistic)
            {
                let column = FineColumn { step, column };
                if !columns.contains(&column) {
                    columns.push(column);
                }
            }
        }
        Self { plan, execution, layout, lanes, columns, total: None, draws: 0 }
    }

    /// Draws so far.
    pub fn draws(&self) -> u64 {
        self.draws
    }

    /// Goes on to `draws` draws, or until `enough` says so: then all draws up to some leaf are there.
    pub fn grow(
        &mut self,
        draws: u64,
        progress: &dyn Progress,
        enough: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Stopped> {
        let next = AtomicU64::new(self.draws / LEAF);
        let end = draws.div_ceil(LEAF);
        let tiles = self.execution.tiles();
        let totals = Totals::new(&self.layout);
        let work = || {
            let mut worker = Worker::new(self.plan, &self.layout, self.execution.isa, tiles)
                .with_lanes(self.lanes.as_ref())
                .with_fine(&self.columns)
                .with_totals(&totals);
            while !progress.cancelled() && !enough() {
                let leaf = next.fetch_add(1, Ordering::Relaxed);
                if leaf >= end {
                    break;
                }
                let count = LEAF.min(draws - leaf * LEAF);
                worker.leaf(leaf, count);
                progress.advance(count);
            }
            worker.finish()
        };
        let mut parts = on_threads(self.execution.threads.max(1), work)?;
        totals.hand_back(&mut parts);
        if progress.cancelled() {
            return Err(Stopped::Cancelled);
        }
        for part in parts {
            match &mut self.total {
                Some(total) => total.absorb(part),
                None => self.total = Some(part),
            }
        }
        // A leaf that is taken is done: what is there is all up to the last one.
        self.draws = draws.min(next.into_inner() * LEAF);
        Ok(())
    }

    /// What is known of a statistic, at a confidence of one less `risk`.
    pub fn measure(&self, wanted: &Wanted, risk: f64) -> Measured {
        let found = match (wanted.watched, wanted.statistic) {
            (Watched::Column { step, column }, Statistic::Percentile(level)) => {
                self.percentile(FineColumn { step, column }, level, risk)
            }
            (Watched::Column { step, column }, _) => self.mean(step, column, risk),
            (Watched::Date { target, date }, _) => self.chance(target, date, risk),
        };
        found.unwrap_or(Measured::unknown(f64::NAN))
    }

    /// Position of the summary of a column after a step.
    fn slot(&self, step: usize, column: usize) -> Option<usize> {
        self.layout.quarters.get(step)?.iter().position(|slot| slot.column == column)
    }

    fn mean(&self, step: usize, column: usize, risk: f64) -> Option<Measured> {
        let at = self.slot(step, column)?;
        let total = self.total.as_ref()?;
        let summary = total.summaries.get(step)?.get(at)?;
        let mean = summary.moments.mean()?;
        if let (Some(layout), Some(sums)) = (&self.lanes, &total.lanes) {
            let error = standard_error_of_means(&layout.means(sums, step, at));
            return Some(Measured::around(mean, Replicated::reach(1.0 - risk) * error));
        }
        // One value throughout is known; otherwise no draw may carry the mean.
        if summary.low.total_cmp(&summary.high).is_eq() {
            return Some(Measured::around(mean, 0.0));
        }
        if carried(summary, mean) > LINDEBERG {
            return Some(Measured::unknown(mean));
        }
        let error = summary.moments.standard_error()?;
        Some(Measured::around(mean, normal_upper_quantile(0.5 * risk) * error))
    }

    fn percentile(&self, column: FineColumn, level: f64, risk: f64) -> Option<Measured> {
        let at = self.columns.iter().position(|known| *known == column)?;
        let fine = self.total.as_ref()?.fine.get(at)?;
        if self.plan.design.is_some() {
            replicated_percentile(fine, level, risk)
        } else {
            percentile(fine, level, risk)
        }
    }

    fn chance(&self, target: usize, date: usize, risk: f64) -> Option<Measured> {
        let targets = &self.plan.targets.targets;
        let named = targets.get(..target)?.iter().filter(|target| target.named).count();
        let totals = &self.total.as_ref()?.targets;
        let [all, met] = totals.counted(named, date);
        let (low, high) = clopper_pearson(met, all, 1.0 - risk)?;
        let value = met as f64 / all as f64;
        let error = ratio_error(totals.by_replicate(named, date)).filter(|_| met > 0 && met < all);
        Some(match error {
            Some(error) => {
                let half = (Replicated::reach(1.0 - risk) * error).max(1.0 / all as f64);
                Measured { value, low: (value - half).max(0.0), high: (value + half).min(1.0) }
            }
            None => Measured { value, low, high },
        })
    }

    /// The run as far as it is.
    pub fn finish(self) -> (Summaries, Kept) {
        match self.total {
            Some(total) => named(self.plan, &self.layout, self.lanes.as_ref(), total),
            None => (Summaries::default(), Kept::default()),
        }
    }
}

/// The share of the squared deviations that the farthest draw has.
fn carried(summary: &Summary, mean: f64) -> f64 {
    let (Some(sd), n) = (summary.moments.sd(), summary.moments.count as f64) else { return 1.0 };
    let far = (summary.high - mean).max(mean - summary.low);
    far * far / (sd * sd * (n - 1.0))
}

/// A percentile of independent draws: between order statistics that have it between them with the
/// confidence that is asked, whatever the distribution.
fn percentile(fine: &Fine, level: f64, risk: f64) -> Option<Measured> {
    let cells: Vec<([f64; 2], u64)> =
        fine.cells().map(|(edges, lanes)| (edges, lanes.iter().sum())).collect();
    let n: u64 = cells.iter().map(|(_, count)| count).sum();
    let middle = level * n.checked_sub(1)? as f64;
    let value = order_statistic(&cells, middle as u64 + 1).map(|[low, high]| 0.5 * (low + high))?;
    let ranks = percentile_ranks(n, level, 1.0 - risk)?;
    if ranks.coverage < 1.0 - risk {
        return Some(Measured::unknown(value));
    }
    let low = order_statistic(&cells, ranks.low)?[0];
    let high = order_statistic(&cells, ranks.high)?[1];
    Some(Measured { value, low, high })
}

/// The edges of the bin that holds an order statistic, counted from 1.
fn order_statistic(cells: &[([f64; 2], u64)], rank: u64) -> Option<[f64; 2]> {
    let mut below = 0;
    for (edges, count) in cells {
        below += count;
        if below >= rank {
            return Some(*edges);
        }
    }
    None
}

/// A percentile of replicates: all values at which the share of draws up to them is not told from the
/// level, by the spread of that share over the replicates.
fn replicated_percentile(fine: &Fine, level: f64, risk: f64) -> Option<Measured> {
    let mut counts = [0_u64; REPLICATES];
    for (_, lanes) in fine.cells() {
        for (count, more) in counts.iter_mut().zip(lanes) {
            *count += more;
        }
    }
    let (all, fewest) = (counts.iter().sum::<u64>(), counts.iter().min().copied()?);
    let reach = Replicated::reach(1.0 - risk);
    let mut below = [0_u64; REPLICATES];
    let (mut value, mut low, mut high) = (None, None, None);
    for (edges, lanes) in fine.cells() {
        for (below, more) in below.iter_mut().zip(lanes) {
            *below += more;
        }
        let share = below.iter().sum::<u64>() as f64 / all as f64;
        let shares: Vec<f64> =
            below.iter().zip(&counts).map(|(below, n)| *below as f64 / *n as f64).collect();
        // Shares of a design can agree to the draw: then they are known to a draw, and not better.
        let error = standard_error_of_means(&shares).max(0.5 / all as f64);
        if low.is_none() && share + reach * error >= level {
            low = Some(edges[0]);
        }
        if value.is_none() && share >= level {
            value = Some(0.5 * (edges[0] + edges[1]));
        }
        if share - reach * error >= level {
            high = Some(edges[1]);
            break;
        }
    }
    let value = value?;
    if fewest as f64 * level.min(1.0 - level) < BEYOND {
        return Some(Measured::unknown(value));
    }
    let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
    Some(Measured { value, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_double_up_to_the_last_draw() {
        assert_eq!(looks(20_000), [4096, 8192, 16_384, 20_000]);
        assert_eq!(looks(8192), [4096, 8192]);
        assert_eq!(looks(100), [100]);
    }

    #[test]
    fn the_longer_way_counts() {
        assert!((Measured { value: 1.0, low: 0.0, high: 1.5 }.reach() - 1.0).abs() < 1e-15);
        assert!(Measured::unknown(1.0).reach().is_infinite());
        assert!(Measured { value: f64::NAN, low: f64::NAN, high: f64::NAN }.reach().is_nan());
    }
}
