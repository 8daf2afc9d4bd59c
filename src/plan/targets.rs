//! Targets: which columns they watch, in which steps, and the times that count.

use crate::diag::{Diagnostic, Diagnostics, nearest};
use crate::model::declare::Aggregation;
use crate::model::wiring::{MetricColumn, Wiring};
use crate::scenario::{Ask, At, Due, Scenario, Target, When};
use crate::time::{Date, Quarter, TimeGrid, end_of_step};

/// What the engine does for the targets of a scenario; empty if it has none.
#[derive(Clone, Debug, Default)]
pub struct TargetPlan {
    /// Those with names, then the parts written in place.
    pub targets: Vec<PlannedTarget>,
    /// Positions of all of them, parts before what is made of them.
    pub order: Vec<usize>,
    /// What can stand in the way: names without `binds.`, and columns.
    pub limits: Vec<(String, usize)>,
    /// Steps whose limits are kept until the block is done, rising.
    pub steps: Vec<usize>,
    /// End of the grid: what comes later comes never.
    pub end: f64,
}

/// One target.
#[derive(Clone, Debug)]
pub struct PlannedTarget {
    /// Name.
    pub name: String,
    /// The question in a few words.
    pub title: String,
    /// What is asked, as written.
    pub asked: String,
    /// Whether it is reported by itself.
    pub named: bool,
    /// How its first time is found.
    pub rule: Rule,
    /// The dates, the earliest first.
    pub deadlines: Vec<Deadline>,
    /// Positions of the targets that are taken as met, each with the end of its last date.
    pub given: Vec<(usize, f64)>,
}

/// A date.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// Last day.
    pub date: Date,
    /// How to say it.
    pub label: String,
    /// Its end, in quarters since the start of the grid.
    pub end: f64,
    /// Position in [`TargetPlan::steps`] of the last quarter that has ended by then, or of the first.
    pub step: usize,
}

/// The limits of a metric and its column.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    /// Column.
    pub column: usize,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// How the first time of a target is found.
#[derive(Clone, Debug)]
pub enum Rule {
    /// When a metric first lies between its limits, in steps of a range; a stock crosses them on the
    /// way from quarter end to quarter end.
    First {
        /// The metric.
        watched: Watched,
        /// First step with a value, and the one after the last.
        steps: (usize, usize),
        /// Whether it is a stock.
        stock: bool,
    },
    /// Whether it does so at one time.
    At {
        /// The metric, or its sum over the year.
        watched: Watched,
        /// The step that holds the time.
        step: usize,
        /// For a stock within a quarter: the part of the quarter that has passed.
        part: Option<f64>,
        /// The time if it does.
        time: f64,
    },
    /// Whether it does so in each step of a range.
    Throughout {
        /// The metric.
        watched: Watched,
        /// First and last step.
        steps: (usize, usize),
        /// The time if it does.
        time: f64,
    },
    /// The time in a column.
    Event(usize),
    /// The latest of others.
    All(Vec<usize>),
    /// The earliest of others.
    Any(Vec<usize>),
}

/// Finds the columns of a scenario's targets. What the scenario does not compute is reported.
pub(super) fn compile(
    scenario: &Scenario,
    wiring: &Wiring,
    year_sums: &[Option<usize>],
    problems: &mut Diagnostics,
) -> TargetPlan {
    let asked = &scenario.targets;
    if asked.is_empty() {
        return TargetPlan::default();
    }
    let grid = scenario.run.grid;
    let mut steps: Vec<usize> =
        asked.iter().flat_map(|t| &t.due).map(|due| ended(grid, due.date)).collect();
    steps.sort_unstable();
    steps.dedup();
    let compiler = Compiler { grid, wiring, year_sums };
    let mut targets = Vec::new();
    for target in asked {
        match compiler.rule(target) {
            Ok(rule) => targets.push(PlannedTarget {
                name: target.name.clone(),
                title: target.title.clone(),
                asked: target.asked.clone(),
                named: !target.part,
                rule,
                deadlines: target.due.iter().map(|due| deadline(grid, &steps, due)).collect(),
                given: target
                    .given
                    .iter()
                    .filter_map(|&at| Some((at, last(grid, asked, at)?)))
                    .collect(),
            }),
            Err(problem) => problems.push(*problem),
        }
    }
    let name = |metric: &MetricColumn| metric.name.strip_prefix("binds.").map(str::to_owned);
    let limits = wiring.metrics.iter().filter_map(|m| Some((name(m)?, m.column))).collect();
    TargetPlan { targets, order: order(asked), limits, steps, end: grid.steps() as f64 }
}

/// The last step that has ended by the end of a day, or the first one.
fn ended(grid: TimeGrid, date: Date) -> usize {
    let quarter = date.quarter();
    let step = grid.step(quarter).unwrap_or(0);
    if date == quarter.end() { step } else { step.saturating_sub(1) }
}

fn deadline(grid: TimeGrid, steps: &[usize], due: &Due) -> Deadline {
    Deadline {
        date: due.date,
        label: due.label.clone(),
        end: grid.end_of_day(due.date),
        step: steps.partition_point(|&step| step < ended(grid, due.date)),
    }
}

/// The end of the last date of a target.
fn last(grid: TimeGrid, asked: &[Target], at: usize) -> Option<f64> {
    asked[at].due.last().map(|due| grid.end_of_day(due.date))
}

/// Parts before what is made of them; there are no circles.
fn order(asked: &[Target]) -> Vec<usize> {
    fn visit(asked: &[Target], at: usize, order: &mut Vec<usize>) {
        if order.contains(&at) {
            return;
        }
        for &part in asked[at].parts() {
            visit(asked, part, order);
        }
        order.push(at);
    }
    let mut order = Vec::new();
    for at in 0..asked.len() {
        visit(asked, at, &mut order);
    }
    order
}

struct Compiler<'a, 'w> {
    grid: TimeGrid,
    wiring: &'a Wiring<'w>,
    year_sums: &'a [Option<usize>],
}

impl Compiler<'_, '_> {
    fn rule(&self, target: &Target) -> Result<Rule, Box<Diagnostic>> {
        match &target.ask {
            Ask::Metric { metric, low, high, when } => {
                let found = self.wiring.metrics.iter().position(|m| m.name == *metric);
                let found = found.ok_or_else(|| self.not_computed(target, metric))?;
                self.metric(target, found, (*low, *high), *when)
            }
            Ask::Event { run, event } => {
                let column = self.wiring.shared(&format!("training.{run}.~{event}"));
                let name = format!("training.{run}.{event}");
                column.map(Rule::Event).ok_or_else(|| self.not_computed(target, &name))
            }
            Ask::All(parts) => Ok(Rule::All(parts.clone())),
            Ask::Any(parts) => Ok(Rule::Any(parts.clone())),
        }
    }

    fn metric(
        &self,
        target: &Target,
        found: usize,
        (low, high): (f64, f64),
        when: When,
    ) -> Result<Rule, Box<Diagnostic>> {
        let metric = &self.wiring.metrics[found];
        let watched = Watched { column: metric.column, low, high };
        let stock = metric.decl.aggregation == Aggregation::Stock;
        let step = |quarter: Option<Quarter>| quarter.and_then(|quarter| self.grid.step(quarter));
        let rule = match when {
            When::First => {
                return Ok(Rule::First { watched, steps: (metric.from, metric.to), stock });
            }
            When::At(At::Quarter(quarter)) => at_end(watched, step(Some(quarter))),
            When::At(At::Day(date)) => step(Some(date.quarter())).map(|step| {
                let time = self.grid.end_of_day(date);
                let part = (stock && date < date.quarter().end()).then_some(time - step as f64);
                Rule::At { watched, step, part, time }
            }),
            When::At(At::Year(year)) | When::During(year) => {
                let column = self.year_sums[found].unwrap_or(metric.column);
                at_end(Watched { column, ..watched }, step(Quarter::new(year, 4)))
            }
            When::Throughout(year) => {
                let ends = [1, 4].map(|q| step(Quarter::new(year, q)));
                if let [Some(first), Some(last)] = ends {
                    let time = end_of_step(last);
                    Some(Rule::Throughout { watched, steps: (first, last), time })
                } else {
                    None
                }
            }
        };
        let shown = |rule: &Rule| match *rule {
            Rule::At { step, part: None, .. } => metric.shown(step),
            Rule::At { step, .. } => step > 0 && metric.shown(step - 1) && metric.shown(step),
            Rule::Throughout { steps: (first, last), .. } => {
                metric.shown(first) && metric.shown(last)
            }
            _ => true,
        };
        rule.filter(shown).ok_or_else(|| {
            let from = self.grid.quarter(metric.from);
            let to = self.grid.quarter(metric.to.saturating_sub(1));
            let message = format!("`{}` has no value then", metric.name);
            Box::new(
                Diagnostic::error(super::codes::TARGET, message)
                    .at(target.place.clone(), format!("it has values from {from} to {to}"))
                    .help("ask for a time within"),
            )
        })
    }

    fn not_computed(&self, target: &Target, name: &str) -> Box<Diagnostic> {
        let message = format!("`{name}` is not computed by this scenario");
        let diagnostic = Diagnostic::error(super::codes::TARGET, message)
            .at(target.place.clone(), "asks for it");
        let near = nearest(name, self.wiring.metrics.iter().map(|m| m.name.as_str()));
        Box::new(diagnostic.help(near.map_or_else(
            || "the tables of a run folder show all metrics that are".to_owned(),
            |near| format!("did you mean `{near}`?"),
        )))
    }
}

/// The value at the end of a step.
fn at_end(watched: Watched, step: Option<usize>) -> Option<Rule> {
    let step = step?;
    Some(Rule::At { watched, step, part: None, time: end_of_step(step) })
}
