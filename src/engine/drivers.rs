//! The columns of all inputs beside one output: the draws of a run once more, for what drives it.
//!
//! Draws are addressed, so that any of them can be had again: the first ones are those of the run,
//! later ones set the weights of inputs with several numbers.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::ranges::Draws;
use super::targets::Watch;
use super::walk::Walk;
use super::{Execution, Progress, Stopped};
use crate::model::factors::FACTORS;
use crate::plan::{DatedDraw, DatedTerm, LEAD_IN, Plan, Term};
use crate::results::{DriverDraws, DriverInput, DriverKind};
use crate::vector::TILE;

/// What is looked at in each draw.
#[derive(Clone, Debug, PartialEq)]
pub enum Aim {
    /// A metric at the end of a step, or its sum over the year that ends there.
    Metric {
        /// Column.
        column: usize,
        /// Step.
        step: usize,
    },
    /// Whether a target is met.
    Met {
        /// Position among the plan's targets.
        target: usize,
        /// The last time that counts.
        end: f64,
    },
    /// When a target is met for the first time; the end of the grid if it is not.
    First {
        /// Position among the plan's targets.
        target: usize,
    },
}

impl Aim {
    /// A metric at a step, for a flow its sum over the whole year if `year`; none if the plan has no
    /// such metric, or no value of it then.
    pub fn metric(plan: &Plan, name: &str, step: usize, year: bool) -> Option<Self> {
        let at = plan.metrics.iter().position(|metric| metric.name == name)?;
        let metric = &plan.metrics[at];
        let sum = plan.year_sums[at].filter(|_| year);
        let whole = sum.is_none() || plan.closes_whole_year(step);
        let shown = metric.shown(step) && whole;
        shown.then_some(Self::Metric { column: sum.unwrap_or(metric.column), step })
    }

    /// The last step whose numbers can matter.
    fn last_step(&self, plan: &Plan) -> usize {
        let last = plan.setup.steps() - 1;
        match *self {
            Self::Metric { step, .. } => step.min(last),
            Self::Met { end, .. } => (end.max(0.0) as usize).min(last),
            Self::First { .. } => last,
        }
    }

    /// Until which step draws must run.
    fn runs_to(&self, plan: &Plan) -> usize {
        match self {
            Self::Metric { .. } => self.last_step(plan),
            // What is made of several targets is known at the end only.
            Self::Met { .. } | Self::First { .. } => plan.setup.steps() - 1,
        }
    }
}

/// Where a number of an input stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In a column before the first quarter.
    Start(usize),
    /// In a column after a step.
    Step(usize, usize),
}

/// An input and its numbers.
struct Recorded {
    input: DriverInput,
    places: Vec<Place>,
}

/// The inputs that are set against an output, in the order of their columns in [`driver_draws`].
pub fn driver_inputs(plan: &Plan, aim: &Aim) -> Vec<DriverInput> {
    recorded(plan, aim).into_iter().map(|recorded| recorded.input).collect()
}

/// Runs draws and keeps the output and all numbers of the inputs that are drawn up to its step. The
/// same for any number of threads. `draws` starts at a multiple of 64.
pub fn driver_draws(
    plan: &Plan,
    aim: &Aim,
    draws: Range<u64>,
    execution: Execution,
    progress: &dyn Progress,
) -> Result<DriverDraws, Stopped> {
    let recorded = recorded(plan, aim);
    let places: Vec<Place> = recorded.iter().flat_map(|r| r.places.iter().copied()).collect();
    let tiles = execution.tiles();
    let size = (tiles * TILE) as u64;
    let next = AtomicU64::new(draws.start);
    let work = || {
        let mut worker = Worker::new(plan, aim, &places, execution);
        let mut chunks = Vec::new();
        while !progress.cancelled() {
            let first = next.fetch_add(size, Ordering::Relaxed);
            if first >= draws.end {
                break;
            }
            let valid = size.min(draws.end - first);
            chunks.push((first, worker.block(first, valid as usize)));
            progress.advance(valid);
        }
        chunks
    };
    let blocks = (draws.end.saturating_sub(draws.start)).div_ceil(size);
    let threads = execution.threads.min(usize::try_from(blocks).unwrap_or(usize::MAX)).max(1);
    let mut chunks = super::on_threads(threads, work)?.concat();
    if progress.cancelled() {
        return Err(Stopped::Cancelled);
    }
    chunks.sort_by_key(|(first, _)| *first);
    let mut columns = vec![Vec::new(); places.len() + 1];
    for (_, chunk) in chunks {
        for (all, more) in columns.iter_mut().zip(chunk) {
            all.extend(more);
        }
    }
    let output = columns.pop().unwrap_or_default();
    let mut columns = columns.into_iter();
    let inputs = recorded.iter().map(|r| columns.by_ref().take(r.places.len()).collect());
    Ok(DriverDraws { inputs: inputs.collect(), output })
}

/// One thread.
struct Worker<'a> {
    aim: &'a Aim,
    places: &'a [Place],
    walk: Walk<'a>,
    watch: Watch<'a>,
}

impl<'a> Worker<'a> {
    fn new(plan: &'a Plan, aim: &'a Aim, places: &'a [Place], execution: Execution) -> Self {
        Self {
            aim,
            places,
            walk: Walk::on(plan, execution),
            watch: Watch::new(&plan.targets, execution.tiles()),
        }
    }

    /// The columns of a block of draws, the output last.
    fn block(&mut self, first: u64, valid: usize) -> Vec<Vec<f64>> {
        let (plan, isa) = (self.walk.plan, self.walk.isa);
        let mut kept = vec![Vec::new(); self.places.len() + 1];
        let from = plan.normals(first);
        self.walk.start(from);
        self.keep(None, valid, &mut kept);
        for t in 0..=self.aim.runs_to(plan) {
            self.walk.quarter(t, from, Draws { first, valid });
            self.keep(Some(t), valid, &mut kept);
            match *self.aim {
                Aim::Metric { column, step } if step == t => {
                    kept[self.places.len()] = self.walk.values(column, valid).to_vec();
                }
                Aim::Metric { .. } => {}
                Aim::Met { .. } | Aim::First { .. } => self.watch.quarter(isa, t, &self.walk.block),
            }
        }
        let left = self.walk.values(plan.ranges.left, valid);
        let left: Vec<bool> = left.iter().map(|&left| left > 0.5).collect();
        if let Aim::Met { target, .. } | Aim::First { target } = *self.aim {
            self.watch.finish_block(isa, first, valid, &self.walk.block, None);
            kept[self.places.len()] = self.of_target(target, valid);
        }
        for (value, _) in kept[self.places.len()].iter_mut().zip(left).filter(|(_, left)| *left) {
            *value = f64::NAN;
        }
        self.walk.end();
        kept
    }

    /// Keeps the numbers that stand in the block at this time.
    fn keep(&self, step: Option<usize>, valid: usize, kept: &mut [Vec<f64>]) {
        for (place, kept) in self.places.iter().zip(kept) {
            let column = match *place {
                Place::Start(column) if step.is_none() => column,
                Place::Step(t, column) if step == Some(t) => column,
                _ => continue,
            };
            *kept = self.walk.values(column, valid).to_vec();
        }
    }

    /// The output of a block that has run to its end; not a number where what the target is asked
    /// under is not met.
    fn of_target(&self, target: usize, valid: usize) -> Vec<f64> {
        let first = &self.watch.first_times(target)[..valid];
        let grid_end = self.walk.plan.targets.end;
        let value = |&time: &f64| match *self.aim {
            Aim::Met { end, .. } => f64::from(u8::from(time <= end)),
            // A time before the grid counts as its start, and none within it as its end.
            _ => time.clamp(0.0, grid_end),
        };
        let mut values: Vec<f64> = first.iter().map(value).collect();
        for &(given, end) in &self.walk.plan.targets.targets[target].given {
            let times = self.watch.first_times(given);
            for (value, time) in values.iter_mut().zip(times) {
                *value = if *time <= end { *value } else { f64::NAN };
            }
        }
        values
    }
}

/// All inputs: what is drawn once, what is drawn each quarter up to the step that counts, sites, and
/// factors.
fn recorded(plan: &Plan, aim: &Aim) -> Vec<Recorded> {
    let until = aim.last_step(plan);
    let mut all = once(plan);
    all.extend(dated(plan));
    let steps = || 0..=until;
    for series in &plan.series {
        // The scores of a chain of regimes are not all that decides.
        let column = if series.regime.is_some() { series.column } else { series.score };
        let from = series.regime.as_ref().map_or(0, |regime| regime.from);
        let drawn = |t: &usize| *t >= from && (!series.yearly || plan.setup.opens_year(*t));
        let places = steps().filter(drawn).map(|t| Place::Step(t, column)).collect();
        let shares = factors_of(series.terms.iter().copied());
        all.push(several(&series.key, DriverKind::Series, shares, places));
    }
    for fresh in &plan.fresh {
        let places = steps().map(|t| Place::Step(t, fresh.column)).collect();
        all.push(several(&fresh.key, DriverKind::Series, Vec::new(), places));
    }
    for ahead in &plan.year_ahead {
        let of = |t: usize| Place::Step(t, ahead.columns[plan.setup.quarters[t].1 as usize - 1]);
        all.push(several(&ahead.key, DriverKind::Series, Vec::new(), steps().map(of).collect()));
    }
    for (factor, name) in plan.factors.iter().zip(FACTORS) {
        let length = factor.history.len();
        if length > 0 {
            let of = |t: usize| Place::Step(t, factor.history[(t + LEAD_IN as usize) % length]);
            let places = steps().map(of).collect();
            let shares = vec![format!("factor {name}")];
            let mut factor = several(&format!("factor.{name}"), DriverKind::Factor, shares, places);
            factor.input.rests_on.clear();
            all.push(factor);
        }
    }
    all.retain(|recorded| !recorded.places.is_empty());
    all
}

fn several(key: &str, kind: DriverKind, shares: Vec<String>, places: Vec<Place>) -> Recorded {
    Recorded { input: DriverInput { kind, shares, ..DriverInput::kept(key) }, places }
}

/// Inputs drawn once, alone, in groups, or as parts of one.
fn once(plan: &Plan) -> Vec<Recorded> {
    let one = |key: &str, column: usize, shares: Vec<String>| {
        let input = DriverInput { shares, ..DriverInput::kept(key) };
        Recorded { input, places: vec![Place::Start(column)] }
    };
    let mut all: Vec<Recorded> =
        plan.once.iter().map(|once| one(&once.key, once.column, Vec::new())).collect();
    for group in &plan.groups {
        let shares = vec![format!("correlation {}", group.name)];
        all.extend(group.members.iter().map(|m| one(&m.key, m.column, shares.clone())));
    }
    if let Some(shares) = &plan.shares {
        let places = shares.columns.iter().map(|&column| Place::Start(column)).collect();
        all.push(several("capex.shares", DriverKind::Shares, Vec::new(), places));
    }
    all
}

/// Sites, each with all its phases, and what is dated of training runs.
fn dated(plan: &Plan) -> Vec<Recorded> {
    let mut all: Vec<Recorded> = Vec::new();
    for draw in &plan.sites.draws {
        let place = Place::Start(draw.score);
        let mut shares = factors_of(draw.terms.iter().filter_map(factor_of_date));
        let phase = plan.setup.phases.iter().find(|phase| {
            draw.key.strip_prefix(&phase.key).is_some_and(|rest| rest.starts_with('.'))
        });
        let Some(phase) = phase else {
            all.push(several(&draw.key, DriverKind::Once, shares, vec![place]));
            continue;
        };
        let key = format!("site.{}", plan.setup.sites[phase.site]);
        let at = all.iter().position(|r| r.input.key == key).unwrap_or_else(|| {
            let mut site = several(&key, DriverKind::Delays, Vec::new(), Vec::new());
            site.input.rests_on.clear();
            all.push(site);
            all.len() - 1
        });
        let site = &mut all[at];
        site.places.push(place);
        site.input.shares.append(&mut shares);
        site.input.shares.sort();
        site.input.shares.dedup();
        let ending = if is_slip(draw) { "slip" } else { "completion" };
        let basis = format!("site.stage.{}.{ending}", phase.stage);
        if !site.input.rests_on.contains(&basis) {
            site.input.rests_on.push(basis);
        }
    }
    all
}

/// Whether it is a slip, and not the chance that the phase is finished at all.
fn is_slip(draw: &DatedDraw) -> bool {
    draw.transform.is_some()
}

/// The factor of a term; what the phases of a site have in common is their own.
fn factor_of_date(term: &DatedTerm) -> Option<Term> {
    (term.factor < FACTORS.len()).then_some(Term {
        factor: term.factor,
        lag: 0,
        weight: term.weight,
    })
}

fn factors_of(terms: impl Iterator<Item = Term>) -> Vec<String> {
    let names = terms.filter(|term| term.weight != 0.0).map(|term| FACTORS[term.factor]);
    let mut names: Vec<String> = names.map(|name| format!("factor {name}")).collect();
    names.sort();
    names.dedup();
    names
}
