//! Single figures of every draw: a metric in one period, or what came of a question by one date.

use std::sync::Mutex;

use super::targets::{Outcome, Watch};
use super::walk::Walk;
use super::worker::blocks;
use super::{Execution, Leaves, Progress, Stopped};
use crate::plan::Plan;
use crate::time::Quarter;

/// What is asked of every draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A metric in a quarter.
    Quarter {
        /// The metric.
        metric: String,
        /// The quarter.
        quarter: Quarter,
    },
    /// A metric in a year: the sum of a flow, else the value of the last quarter.
    Year {
        /// The metric.
        metric: String,
        /// The year.
        year: i32,
    },
    /// Whether a target is met, 1 or 0; not a number where the draw does not count.
    Target {
        /// Its name.
        name: String,
        /// How its date is said.
        label: String,
    },
}

/// Where a figure stands in a plan.
#[derive(Clone, Copy, Debug)]
pub enum Watched {
    /// A column after a step.
    Column {
        /// The step.
        step: usize,
        /// The column.
        column: usize,
    },
    /// A date of a target.
    Date {
        /// Position of the target.
        target: usize,
        /// Position of the date.
        date: usize,
    },
}

/// Where a plan has what is asked; none if it does not have it.
pub fn find(plan: &Plan, asked: &Asked) -> Option<Watched> {
    let metric = |name: &str| plan.metrics.iter().position(|metric| metric.name == name);
    let step = |quarter: Quarter| {
        let at = (quarter.year(), u32::from(quarter.q()));
        plan.setup.quarters.iter().position(|step| *step == at)
    };
    match asked {
        Asked::Quarter { metric: name, quarter } => {
            let (found, step) = (&plan.metrics[metric(name)?], step(*quarter)?);
            found.shown(step).then_some(Watched::Column { step, column: found.column })
        }
        Asked::Year { metric: name, year } => {
            let at = metric(name)?;
            let (found, step) = (&plan.metrics[at], step(Quarter::new(*year, 4)?)?);
            let column = plan.year_sums[at].unwrap_or(found.column);
            let whole = plan.year_sums[at].is_none() || plan.closes_whole_year(step);
            (found.shown(step) && whole).then_some(Watched::Column { step, column })
        }
        Asked::Target { name, label } => {
            let targets = &plan.targets.targets;
            let target = targets.iter().position(|target| target.named && target.name == *name)?;
            let date = targets[target].deadlines.iter().position(|one| one.label == *label)?;
            Some(Watched::Date { target, date })
        }
    }
}

/// A figure of every draw, in their order; not a number where a draw does not count.
pub fn values(
    plan: &Plan,
    watched: Watched,
    draws: u64,
    execution: Execution,
    progress: &dyn Progress,
) -> Result<Vec<f64>, Stopped> {
    let leaves = Leaves::of(draws);
    let found = Mutex::new(Vec::new());
    let work = || {
        let mut reader = Reader::new(plan, watched, execution);
        while let Some((leaf, count)) = leaves.next(progress) {
            let values = reader.leaf(leaf, count);
            if let Ok(mut found) = found.lock() {
                found.push((leaf, values));
            }
            progress.advance(count);
        }
    };
    leaves.on_threads(execution.threads, progress, work)?;
    let mut found = found.into_inner().unwrap_or_default();
    found.sort_by_key(|(leaf, _)| *leaf);
    Ok(found.into_iter().flat_map(|(_, values)| values).collect())
}

/// One thread: runs blocks as far as the figure needs.
struct Reader<'a> {
    watched: Watched,
    walk: Walk<'a>,
    watch: Watch<'a>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, watched: Watched, execution: Execution) -> Self {
        Self {
            watched,
            walk: Walk::on(plan, execution),
            watch: Watch::new(&plan.targets, execution.tiles()),
        }
    }

    fn leaf(&mut self, leaf: u64, count: u64) -> Vec<f64> {
        let (plan, isa) = (self.walk.plan, self.walk.isa);
        let steps = match self.watched {
            Watched::Column { step, .. } => step + 1,
            Watched::Date { .. } => plan.setup.steps(),
        };
        let mut values = Vec::with_capacity(count as usize);
        for draws in blocks(leaf, count, self.walk.size()) {
            let from = plan.normals(draws.first);
            self.walk.start(from);
            for t in 0..steps {
                self.walk.quarter(t, from, draws);
                if matches!(self.watched, Watched::Date { .. }) {
                    self.watch.quarter(isa, t, &self.walk.block);
                }
            }
            match self.watched {
                Watched::Column { column, .. } => {
                    values.extend_from_slice(self.walk.values(column, draws.valid));
                }
                Watched::Date { target, date } => {
                    let (block, left) = (&self.walk.block, self.walk.left());
                    self.watch.finish_block(isa, draws.first, draws.valid, block, left);
                    let outcomes = self.watch.outcomes((target, date), draws.valid);
                    values.extend(outcomes.into_iter().map(Outcome::indicator));
                }
            }
            self.walk.end();
        }
        values
    }
}
