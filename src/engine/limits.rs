//! What the limits of the fleet cost (MODEL.md section 6): the first draws again, with the same
//! random numbers and with limits that are wider.
//!
//! ```text
//! limit          relaxed by λ                      lifted
//! money          new money for chips · λ           λ = 10
//! chips          cover · λ and supply · λ
//! power          ready power · λ
//! installation   what crews can install · λ
//!
//! shadow value   fleet at λ = 1.1 − fleet, in one quarter or since the start
//! lost fleet     v(all lifted) − v(none)
//! Shapley        φ_i = Σ_S |S|! (k − |S| − 1)! / k! (v(S + i) − v(S)),  Σ φ_i = lost fleet
//! ```
//!
//! Shapley's value is that of L. S. Shapley, "A value for n-person games", Annals of Mathematics
//! Studies 28 (1953), doi:10.1515/9781400881970-018. What limits cannot move is drawn and computed
//! once; what they move is kept for each way in columns of its own that are swapped in.

use std::sync::atomic::{AtomicU64, Ordering};

use super::aggregate::{new_block, start};
use super::draw::{DrawQuarter, group_columns};
use super::{Execution, Progress, Stopped};
use crate::model::block::Block;
use crate::plan::{LimitPlan, Plan};
use crate::results::{Cause, Estimate, LimitEffect, LimitStep, Limits};
use crate::vector::{Column, Isa, TILE, dispatch};

/// Draws that are run again.
pub const SAMPLE: u64 = 4096;
/// Tiles of a block: the columns of all ways then stay in the second cache or near it, and a run that
/// ends here has not the most memory here.
const TILES: usize = 1;
/// By how much a limit is relaxed.
const RELAXED: f64 = 1.1;
/// By how much it is lifted.
const LIFTED: f64 = 10.0;
/// Stands for a draw in which no limit is named.
const NONE: usize = usize::MAX;

/// What the limits cost in the first [`SAMPLE`] of `draws` draws; none if the model has no fleet.
/// The same for any number of threads.
pub fn limits(
    plan: &Plan,
    draws: u64,
    execution: Execution,
    progress: &dyn Progress,
) -> Result<Option<Limits>, Stopped> {
    let Some(fleet) = plan.limits.fleet else { return Ok(None) };
    let draws = draws.min(SAMPLE);
    let size = (TILES * TILE) as u64;
    let next = AtomicU64::new(0);
    let work = || {
        let mut worker = Worker::new(plan, fleet, execution.isa);
        let mut chunks = Vec::new();
        while !progress.cancelled() {
            let first = size * next.fetch_add(1, Ordering::Relaxed);
            if first >= draws {
                break;
            }
            let valid = size.min(draws - first) as usize;
            chunks.push((first, worker.block(first, valid)));
        }
        chunks
    };
    let blocks = usize::try_from(draws.div_ceil(size)).unwrap_or(usize::MAX);
    let chunks = super::on_threads(execution.threads.min(blocks), work)?;
    if progress.cancelled() {
        return Err(Stopped::Cancelled);
    }
    let mut chunks: Vec<_> = chunks.into_iter().flatten().collect();
    chunks.sort_by_key(|(first, _)| *first);
    let mut steps = vec![Values::default(); plan.limits.steps.len()];
    for (_, chunk) in chunks {
        for (all, more) in steps.iter_mut().zip(chunk) {
            all.append(more);
        }
    }
    let report = |(&step, values): (&usize, &Values)| report(&plan.limits, step, values);
    Ok(Some(Limits {
        names: plan.limits.limits.iter().map(|(name, _)| name.clone()).collect(),
        draws,
        steps: plan.limits.steps.iter().zip(&steps).map(report).collect(),
        warnings: Vec::new(),
    }))
}

/// One way to run the draws: the factor of each limit, and the columns that they move.
struct Way {
    factors: Vec<f64>,
    columns: Vec<Column>,
}

/// What is kept of a step, by draw.
#[derive(Clone, Debug, Default)]
struct Values {
    /// The fleet by way: lifted sets of limits by their bits, each limit relaxed, all relaxed.
    fleets: Vec<Vec<f64>>,
    /// The fleet with each limit relaxed in this step only.
    now: Vec<Vec<f64>>,
    /// Position of the limit that is named.
    limit: Vec<usize>,
    /// What is to blame for it.
    blame: Vec<Blame>,
    /// Money for chips.
    money: Vec<f64>,
}

/// What is to blame for a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Blame {
    Nothing,
    Phase(usize),
    Generation(usize),
    /// Cut of capex, money for chips, chip prices over their median path.
    Money(f64, f64, f64),
}

impl Values {
    fn append(&mut self, mut more: Self) {
        self.fleets.resize(more.fleets.len(), Vec::new());
        self.now.resize(more.now.len(), Vec::new());
        for (all, more) in self.fleets.iter_mut().zip(&mut more.fleets) {
            all.append(more);
        }
        for (all, more) in self.now.iter_mut().zip(&mut more.now) {
            all.append(more);
        }
        self.limit.append(&mut more.limit);
        self.blame.append(&mut more.blame);
        self.money.append(&mut more.money);
    }
}

/// The factors of all ways: every set of limits lifted, by its bits; each relaxed; all relaxed.
fn ways(limits: usize) -> Vec<Vec<f64>> {
    let with = |chosen: &dyn Fn(usize) -> bool, factor: f64| {
        (0..limits).map(|at| if chosen(at) { factor } else { 1.0 }).collect()
    };
    let lifted = (0..1_usize << limits).map(|set| with(&|at| set >> at & 1 == 1, LIFTED));
    let relaxed = (0..limits).map(|one| with(&|at| at == one, RELAXED));
    lifted.chain(relaxed).chain([with(&|_| true, RELAXED)]).collect()
}

/// One thread.
struct Worker<'a> {
    plan: &'a Plan,
    fleet: usize,
    isa: Isa,
    block: Block,
    scores: Vec<Column>,
    ways: Vec<Way>,
    /// Columns of a step that is taken back.
    spare: Way,
}

impl<'a> Worker<'a> {
    fn new(plan: &'a Plan, fleet: usize, isa: Isa) -> Self {
        let limits = plan.limits.limits.len();
        let way = |factors: Vec<f64>| Way {
            factors,
            columns: plan.limits.moved.iter().map(|_| Column::new(TILES)).collect(),
        };
        Self {
            plan,
            fleet,
            isa,
            block: new_block(plan, TILES),
            scores: group_columns(plan, TILES),
            ways: ways(limits).into_iter().map(way).collect(),
            spare: way(vec![1.0; limits]),
        }
    }

    /// Runs a block of draws in all ways: what is kept of each reported step.
    fn block(&mut self, first_draw: u64, valid: usize) -> Vec<Values> {
        let (plan, isa) = (self.plan, self.isa);
        start(plan, isa, first_draw, &mut self.block, &mut self.scores);
        for way in &mut self.ways {
            for (&column, kept) in plan.limits.moved.iter().zip(&mut way.columns) {
                kept.as_mut_slice().copy_from_slice(self.block.column(column).as_slice());
            }
        }
        let mut kept = Vec::new();
        for t in 0..plan.setup.steps() {
            let from = plan.normals(first_draw);
            dispatch(isa, DrawQuarter { plan, t, from, block: &mut self.block });
            plan.model.step_given(isa, t, &mut self.block);
            let reported = plan.limits.steps.binary_search(&t).is_ok();
            let mut values = Values::default();
            if reported {
                self.relax_now(t, valid, &mut values);
            }
            for (at, way) in self.ways.iter_mut().enumerate() {
                way.step(plan, isa, t, &mut self.block);
                if reported {
                    values.fleets.push(self.block.column(self.fleet).as_slice()[..valid].to_vec());
                    if at == 0 {
                        values.limit = named(&plan.limits, &self.block, valid);
                        values.blame = blame(&plan.limits, t, &self.block, &values.limit);
                        let money = plan.limits.budget.map(|at| self.block.column(at).as_slice());
                        values.money = money.map_or_else(Vec::new, |all| all[..valid].to_vec());
                    }
                }
                way.swap(&plan.limits, &mut self.block);
            }
            if reported {
                kept.push(values);
            }
        }
        kept
    }

    /// One step with one limit relaxed after the other, and taken back.
    fn relax_now(&mut self, t: usize, valid: usize, values: &mut Values) {
        for limit in 0..self.plan.limits.limits.len() {
            for (to, from) in self.spare.columns.iter_mut().zip(&self.ways[0].columns) {
                to.as_mut_slice().copy_from_slice(from.as_slice());
            }
            self.spare.factors.fill(1.0);
            self.spare.factors[limit] = RELAXED;
            self.spare.step(self.plan, self.isa, t, &mut self.block);
            values.now.push(self.block.column(self.fleet).as_slice()[..valid].to_vec());
            self.spare.swap(&self.plan.limits, &mut self.block);
        }
    }
}

impl Way {
    /// Exchanges its columns with those of the block.
    fn swap(&mut self, plan: &LimitPlan, block: &mut Block) {
        for (&column, own) in plan.moved.iter().zip(&mut self.columns) {
            std::mem::swap(block.column_mut(column), own);
        }
    }

    /// Puts its columns into the block and runs a quarter.
    fn step(&mut self, plan: &Plan, isa: Isa, t: usize, block: &mut Block) {
        self.swap(&plan.limits, block);
        for ((_, column), &factor) in plan.limits.limits.iter().zip(&self.factors) {
            block.column_mut(*column).fill(factor);
        }
        plan.model.step_limited(isa, t, block);
    }
}

/// Position of the limit that is named, by draw.
fn named(plan: &LimitPlan, block: &Block, valid: usize) -> Vec<usize> {
    let mut limits = vec![NONE; valid];
    for &(column, limit) in &plan.binds {
        for (named, &flag) in limits.iter_mut().zip(block.column(column).as_slice()) {
            *named = if flag > 0.5 { limit } else { *named };
        }
    }
    limits
}

/// What is to blame for the named limit, by draw.
fn blame(plan: &LimitPlan, t: usize, block: &Block, named: &[usize]) -> Vec<Blame> {
    let of = |(draw, &limit): (usize, &usize)| {
        let name = plan.limits.get(limit).map_or("", |(name, _)| name.as_str());
        let value = |column: usize| block.column(column).as_slice()[draw];
        match name {
            "power" => latest_phase(plan, t, value),
            "chips" => shortest_generation(plan, t, value),
            "money" => {
                let or = |column: Option<usize>, other: f64| column.map_or(other, value);
                let cut = or(plan.shortfall, 0.0);
                Blame::Money(cut, or(plan.budget, 0.0), or(plan.price_index, 1.0))
            }
            _ => Blame::Nothing,
        }
    };
    named.iter().enumerate().map(of).collect()
}

/// The phase whose delay costs most ready power in the quarter.
fn latest_phase(plan: &LimitPlan, t: usize, value: impl Fn(usize) -> f64) -> Blame {
    let (mut most, mut blame) = (0.0, Blame::Nothing);
    for (at, phase) in plan.phases.iter().enumerate() {
        let there = |date: f64| (t as f64 + 1.0 - date).clamp(0.0, 1.0);
        let power = value(phase.power) * phase.share.map_or(1.0, &value);
        let late = power * (there(phase.planned) - there(value(phase.date)));
        if late > most {
            (most, blame) = (late, Blame::Phase(at));
        }
    }
    blame
}

/// The generation of which most H100e were planned and not bought.
fn shortest_generation(plan: &LimitPlan, t: usize, value: impl Fn(usize) -> f64) -> Blame {
    let (mut most, mut blame) = (0.0, Blame::Nothing);
    for (at, chip) in plan.generations.iter().enumerate().filter(|(_, c)| c.earliest <= t) {
        let [planned, bought, h100e] = chip.columns.map(&value);
        let short = (planned - bought) * h100e;
        if short > most {
            (most, blame) = (short, Blame::Generation(at));
        }
    }
    blame
}

/// Words for what is to blame. `usual` is the median money for chips of all draws.
fn cause_name(plan: &LimitPlan, limit: usize, blame: Blame, usual: f64) -> String {
    let words = match blame {
        Blame::Phase(at) => return plan.phases[at].name.clone(),
        Blame::Generation(at) => return plan.generations[at].name.clone(),
        // The money buys less than the usual money at usual prices, and prices are more than half of
        // the gap: ln I > ½ ln (usual · I / money).
        Blame::Money(_, money, index)
            if index > 1.0 && money * index > usual && money < usual * index =>
        {
            "price"
        }
        Blame::Money(cut, ..) if cut > 0.0 => "affordability",
        Blame::Money(..) => "guidance",
        Blame::Nothing => match plan.limits[limit].0.as_str() {
            "power" if plan.additions => "additions",
            "power" => "planned power",
            "chips" => "plan met",
            _ => "crews",
        },
    };
    words.to_owned()
}

/// What a step says.
/// Fleets stay below this, so that sums of their squares are finite.
const LARGEST: f64 = 1e130;

fn report(plan: &LimitPlan, step: usize, values: &Values) -> LimitStep {
    let limits = plan.limits.len();
    let Some(base) = values.fleets.first() else {
        return LimitStep {
            step,
            fleet: Estimate::default(),
            lost: Estimate::default(),
            joint: Estimate::default(),
            effects: vec![LimitEffect::default(); limits],
            causes: Vec::new(),
        };
    };
    let all_fleets = || values.fleets.iter().chain(&values.now);
    // A draw that is not finite in one of the ways, or too large to be squared, says nothing.
    let sound = |i: &usize| all_fleets().all(|fleet| fleet[*i].abs() < LARGEST);
    let draws: Vec<usize> = (0..base.len()).filter(sound).collect();
    let estimate = |value: &dyn Fn(usize) -> f64| {
        Estimate::of(&draws.iter().map(|&i| value(i)).collect::<Vec<f64>>())
    };
    let sets = 1_usize << limits;
    let relaxed = |limit: usize, i: usize| values.fleets[sets + limit][i] - base[i];
    let effects = (0..limits).map(|limit| LimitEffect {
        quarter: estimate(&|i| values.now[limit][i] - base[i]),
        since: estimate(&|i| relaxed(limit, i)),
        lost: estimate(&|i| shapley(limits, limit, |set| values.fleets[set][i])),
    });
    LimitStep {
        step,
        effects: effects.collect(),
        fleet: estimate(&|i| base[i]),
        lost: estimate(&|i| values.fleets[sets - 1][i] - base[i]),
        joint: estimate(&|i| {
            let alone: f64 = (0..limits).map(|limit| relaxed(limit, i)).sum();
            values.fleets[sets + limits][i] - base[i] - alone
        }),
        causes: causes(plan, values),
    }
}

/// Shapley value of one limit of `limits` in one draw; `fleet` gives the fleet with a set lifted.
fn shapley(limits: usize, limit: usize, fleet: impl Fn(usize) -> f64) -> f64 {
    let factorial = |n: usize| (1..=n).map(|k| k as f64).product::<f64>();
    let without = (0..1_usize << limits).filter(|set| set >> limit & 1 == 0);
    let terms = without.map(|set| {
        let size = set.count_ones() as usize;
        let weight = factorial(size) * factorial(limits - size - 1) / factorial(limits);
        weight * (fleet(set | 1 << limit) - fleet(set))
    });
    terms.sum()
}

/// Draws by limit and by what was to blame, most first within a limit.
fn causes(plan: &LimitPlan, values: &Values) -> Vec<Cause> {
    let mut money = values.money.clone();
    money.sort_by(f64::total_cmp);
    let usual = money.get(money.len() / 2).copied().unwrap_or(0.0);
    let mut counts: Vec<(usize, String, u64)> = Vec::new();
    for (&limit, &blame) in values.limit.iter().zip(&values.blame) {
        if limit == NONE {
            continue;
        }
        let what = cause_name(plan, limit, blame, usual);
        match counts.iter_mut().find(|(known, name, _)| *known == limit && *name == what) {
            Some((.., count)) => *count += 1,
            None => counts.push((limit, what, 1)),
        }
    }
    counts.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.cmp(&a.2)).then_with(|| a.1.cmp(&b.1)));
    let cause = |(limit, what, draws): (usize, String, u64)| Cause {
        limit: plan.limits[limit].0.clone(),
        what,
        draws,
    };
    counts.into_iter().map(cause).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{GenerationCause, PhaseCause};

    #[test]
    fn a_split_by_hand() {
        // Together the two bring 50, alone 10 and 20: halves of 10 + 30 and of 20 + 40.
        let fleet = |set: usize| [100.0, 110.0, 120.0, 150.0][set];
        assert!((shapley(2, 0, fleet) - 20.0).abs() < 1e-12);
        assert!((shapley(2, 1, fleet) - 30.0).abs() < 1e-12);
        // Of three of which any two bring 6 and all bring 9, each has a third.
        let fleet = |set: usize| [0.0, 0.0, 6.0, 9.0][set.count_ones() as usize];
        assert!((0..3).all(|limit| (shapley(3, limit, fleet) - 3.0).abs() < 1e-12));
    }

    #[test]
    fn every_set_is_lifted_once() {
        let all = ways(2);
        let lifted = [[1.0, 1.0], [10.0, 1.0], [1.0, 10.0], [10.0, 10.0]];
        assert_eq!(all[..4], lifted);
        assert_eq!(all[4..], [[1.1, 1.0], [1.0, 1.1], [1.1, 1.1]]);
    }

    #[test]
    fn money_is_short_by_its_plan_by_cash_or_by_prices() {
        let plan = LimitPlan { limits: vec![("money".to_owned(), 0)], ..LimitPlan::default() };
        let name = |cut, money, index| cause_name(&plan, 0, Blame::Money(cut, money, index), 10.0);
        assert_eq!(name(0.0, 5.0, 1.2), "guidance");
        assert_eq!(name(2.0, 5.0, 1.2), "affordability");
        // 9.5 at 1.2 buys what 7.9 would: ln 1.2 is more than half of ln (10 / 7.9).
        assert_eq!(name(2.0, 9.5, 1.2), "price");
        assert_eq!(name(0.0, 9.5, 0.9), "guidance");
        // It buys more than the usual money in spite of its prices.
        assert_eq!(name(0.0, 13.0, 1.2), "guidance");
    }

    #[test]
    fn the_phase_and_the_generation_that_cost_most() {
        let phase = |name: &str, planned, at| PhaseCause {
            name: name.to_owned(),
            planned,
            date: at,
            power: at + 1,
            share: None,
        };
        let chip = |earliest, at: usize| GenerationCause {
            name: String::new(),
            earliest,
            columns: [at, at + 1, at + 2],
        };
        let plan = LimitPlan {
            phases: vec![phase("early", 1.0, 0), phase("late", 3.5, 2)],
            generations: vec![chip(0, 4), chip(0, 7), chip(9, 10)],
            ..LimitPlan::default()
        };
        let given = |early: f64, late: f64| {
            let values = [early, 100.0, late, 300.0];
            move |at: usize| values[at]
        };
        // In quarter 3: 100 MW since the second quarter against half of 300 MW.
        assert_eq!(latest_phase(&plan, 3, given(4.0, 4.0)), Blame::Phase(1));
        assert_eq!(latest_phase(&plan, 3, given(4.0, 3.7)), Blame::Phase(0));
        assert_eq!(latest_phase(&plan, 3, given(2.0, 3.5)), Blame::Nothing);
        // 10 chips of 1 short, 8 of 2.5, and more of one that is not on sale.
        let values = [0.0, 0.0, 0.0, 0.0, 30.0, 20.0, 1.0, 20.0, 12.0, 2.5, 99.0, 0.0, 9.0];
        assert_eq!(shortest_generation(&plan, 3, |at| values[at]), Blame::Generation(1));
    }
}
