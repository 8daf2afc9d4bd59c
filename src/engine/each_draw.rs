//! Figures of every draw, block by block and in order: what is written to a file of draws.
//!
//! The draws are made once more, as far as the figures need them. Leaves are made side by side, a batch at
//! a time, so that memory does not grow with the draws.

use std::ops::Range;
use std::sync::Mutex;

use super::aggregate::results;
use super::shard::draws_of;
use super::targets::Watch;
use super::walk::Walk;
use super::worker::blocks;
use super::{Execution, LEAF, Progress, Stopped, on_each};
use crate::plan::Plan;

/// A figure of a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawFigure {
    /// Its name: an input, `METRIC@PERIOD`, or a target.
    pub name: String,
    /// Where it stands.
    pub place: DrawPlace,
}

/// Where a figure of a draw stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawPlace {
    /// In a column that is drawn once.
    Once(usize),
    /// In a column after a step.
    Step(usize, usize),
    /// The first time of a target, in quarters since the start of the grid.
    First(usize),
}

/// All inputs that are drawn once.
pub fn input_figures(plan: &Plan) -> Vec<DrawFigure> {
    let inputs = plan.kept.iter();
    inputs
        .map(|(key, column)| DrawFigure { name: key.clone(), place: DrawPlace::Once(*column) })
        .collect()
}

/// First times of all targets.
pub fn target_figures(plan: &Plan) -> Vec<DrawFigure> {
    let targets = plan.targets.targets.iter().enumerate().filter(|(_, target)| target.named);
    targets
        .map(|(at, target)| DrawFigure { name: target.name.clone(), place: DrawPlace::First(at) })
        .collect()
}

/// The results that a run keeps of its first draws: what people ask for, at year ends.
pub fn usual_figures(plan: &Plan) -> Vec<DrawFigure> {
    let all = results(plan);
    all.map(|(name, t, column)| DrawFigure { name, place: DrawPlace::Step(t, column) }).collect()
}

/// A metric in every quarter that has it, and the sums of whole years of a flow; none if there is no such
/// metric.
pub fn metric_figures(plan: &Plan, name: &str) -> Option<Vec<DrawFigure>> {
    let at = plan.metrics.iter().position(|metric| metric.name == name)?;
    let metric = &plan.metrics[at];
    let shown = || (0..plan.setup.steps()).filter(|&t| metric.shown(t));
    let quarters = shown().map(|t| {
        let (year, quarter) = plan.setup.quarters[t];
        let place = DrawPlace::Step(t, metric.column);
        DrawFigure { name: format!("{name}@{year}Q{quarter}"), place }
    });
    let years = shown().filter(|&t| plan.closes_whole_year(t)).filter_map(|t| {
        let name = format!("{name}@{}", plan.setup.quarters[t].0);
        Some(DrawFigure { name, place: DrawPlace::Step(t, plan.year_sums[at]?) })
    });
    Some(quarters.chain(years).collect())
}

/// Most bytes of a row group, and most leaves of one.
const GROUP_BYTES: usize = 16 << 20;
const GROUP_LEAVES: usize = 64;

/// Leaves that are written together, for so many columns: the same on every machine.
fn group_of(columns: usize) -> u64 {
    let leaf = columns.max(1) * 8 * LEAF as usize;
    (GROUP_BYTES / leaf).clamp(1, GROUP_LEAVES) as u64
}

/// Takes a row group: the numbers of its draws and the values of each figure; false stops the work.
pub type Sink<'a> = dyn FnMut(Range<u64>, &[Vec<f64>]) -> bool + 'a;

/// Hands the figures of some leaves of a run to `sink`, a row group at a time and in order: the numbers of
/// its draws, and for each figure its values. Metrics of a draw that left its physical range are not
/// a number. Stops early if `sink` gives false.
pub fn each_draw(
    plan: &Plan,
    figures: &[DrawFigure],
    (draws, leaves): (u64, Range<u64>),
    execution: Execution,
    progress: &dyn Progress,
    sink: &mut Sink<'_>,
) -> Result<(), Stopped> {
    let group = group_of(figures.len());
    // As many whole groups as keep all threads at work.
    let batch = group * (execution.threads as u64).div_ceil(group).max(1);
    let readers = Mutex::new(Vec::new());
    let mut next = leaves.start;
    while next < leaves.end {
        let count = batch.min(leaves.end - next);
        let read = |at: usize| {
            let leaf = next + at as u64;
            let valid = LEAF.min(draws - leaf * LEAF);
            let idle = readers
                .lock()
                .ok()
                .and_then(|mut idle: std::sync::MutexGuard<'_, Vec<Reader<'_>>>| idle.pop());
            let mut reader = idle.unwrap_or_else(|| Reader::new(plan, figures, execution));
            let values = reader.leaf(leaf, valid);
            if let Ok(mut idle) = readers.lock() {
                idle.push(reader);
            }
            progress.advance(valid);
            values
        };
        let found = on_each(count as usize, execution.threads, progress, read)?;
        for (at, leaves) in found.chunks(group as usize).enumerate() {
            let first = next + at as u64 * group;
            let rows = draws_of(draws, &(first..first + leaves.len() as u64));
            let columns: Vec<Vec<f64>> = (0..figures.len())
                .map(|column| leaves.iter().flat_map(|leaf| leaf[column].iter().copied()).collect())
                .collect();
            if !sink(rows, &columns) {
                return Ok(());
            }
        }
        next += count;
    }
    Ok(())
}

/// Runs blocks as far as the figures need.
struct Reader<'a> {
    figures: &'a [DrawFigure],
    steps: usize,
    targets: bool,
    walk: Walk<'a>,
    watch: Watch<'a>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, figures: &'a [DrawFigure], execution: Execution) -> Self {
        let targets = figures.iter().any(|one| matches!(one.place, DrawPlace::First(_)));
        let last = figures.iter().filter_map(|one| match one.place {
            DrawPlace::Step(t, _) => Some(t + 1),
            _ => None,
        });
        Self {
            figures,
            steps: if targets { plan.setup.steps() } else { last.max().unwrap_or(0) },
            targets,
            walk: Walk::on(plan, execution),
            watch: Watch::new(&plan.targets, execution.tiles()),
        }
    }

    fn leaf(&mut self, leaf: u64, count: u64) -> Vec<Vec<f64>> {
        let (plan, isa) = (self.walk.plan, self.walk.isa);
        let mut values = vec![Vec::with_capacity(count as usize); self.figures.len()];
        for draws in blocks(leaf, count, self.walk.size()) {
            let from = plan.normals(draws.first);
            self.walk.start(from);
            self.take(draws.valid, &mut values, |place| match place {
                DrawPlace::Once(column) => Some(column),
                _ => None,
            });
            for t in 0..self.steps {
                self.walk.quarter(t, from, draws);
                if self.targets {
                    self.watch.quarter(isa, t, &self.walk.block);
                }
                self.take(draws.valid, &mut values, |place| match place {
                    DrawPlace::Step(step, column) if step == t => Some(column),
                    _ => None,
                });
            }
            if self.targets {
                let (block, left) = (&self.walk.block, self.walk.left());
                self.watch.finish_block(isa, draws.first, draws.valid, block, left);
                for (figure, values) in self.figures.iter().zip(&mut values) {
                    if let DrawPlace::First(at) = figure.place {
                        values.extend_from_slice(&self.watch.first_times(at)[..draws.valid]);
                    }
                }
            }
            self.walk.end();
        }
        values
    }

    fn take(
        &self,
        valid: usize,
        values: &mut [Vec<f64>],
        column: impl Fn(DrawPlace) -> Option<usize>,
    ) {
        for (figure, values) in self.figures.iter().zip(values) {
            if let Some(column) = column(figure.place) {
                values.extend_from_slice(self.walk.values(column, valid));
            }
        }
    }
}
