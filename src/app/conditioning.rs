//! A run that is conditioned on observations.

use indicatif::{HumanBytes, HumanCount};

use super::counted;
use super::exit::Failure;
use super::progress::{Bar, Interrupt};
use super::simulation::{Prepared, result_of, stopped_by};
use super::terminal::{self, GOOD, styled};
use crate::engine::{LEAST_EFFECTIVE, Refused, Silent, announce, condition, simulate_particles};
use crate::plan::{Facts, facts};
use crate::results::{Conditioned, LeftOut, RunResult, TemperingStep, UsedFact};

/// Most memory of a conditioned run, in bytes.
const MOST_BYTES: u64 = 8 << 30;

/// The observations to condition on; none unless that is asked for. What cannot go together with
/// conditioning is refused here, before any work: a shard (`--shard`) would weigh its own draws only, and
/// shards conditioned apart cannot be merged.
pub(super) fn facts_of(asked: bool, prepared: &Prepared) -> Result<Facts, Failure> {
    let scenario = &prepared.scenario;
    if !asked && !scenario.run.condition {
        return Ok(Facts::default());
    }
    let facts = facts(scenario, &prepared.plan);
    if facts.without_error.is_empty() {
        return Ok(facts);
    }
    let (first, more) = (&facts.without_error[0], facts.without_error.len() - 1);
    let others = if more == 0 { String::new() } else { format!(" and of {more} others") };
    Err(Failure::Usage {
        message: format!("nothing says how well the observation of `{first}`{others} was measured"),
        help:
            "give the row `error = \"5 %\"` or an interval as its value (a value of 0 needs an interval), \
               or give all such rows an error with --set condition.error=0.1"
                .to_owned(),
    })
}

/// Conditions, then simulates what is left of the draws.
pub(super) fn conditioned(
    prepared: &Prepared,
    facts: &Facts,
    asked: bool,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<RunResult, Failure> {
    let (plan, execution) = (&prepared.plan, prepared.execution);
    let (seed, draws) = (prepared.scenario.run.seed, prepared.scenario.run.draws);
    say_size(prepared, facts, quiet)?;
    let list = &facts.list;
    let watch = Watch(interrupt.clone());
    let mut number = 0;
    let mut said = |step: &TemperingStep| {
        number += 1;
        if !quiet {
            terminal::note(&format!("{}\n", line(number, step)));
        }
    };
    let found = condition(plan, list, (seed, draws), execution, &watch, &mut said);
    let posterior = found.map_err(|refused| failure(refused, draws, execution.threads))?;
    let bar = Bar::new(draws, quiet, interrupt.clone());
    let simulated = simulate_particles(plan, &posterior, draws, execution, &bar);
    bar.clear();
    let found = simulated.map_err(|stopped| stopped_by(stopped, execution.threads))?;
    let mut result = result_of(prepared, found);
    if asked {
        result.about.command.push_str(" --condition");
    }
    let told = Conditioned {
        draws,
        effective: posterior.effective,
        facts: list.iter().map(used).collect(),
        left_out: left_out(facts),
        steps: posterior.steps,
        inputs: posterior.inputs,
    };
    result.summaries.targets.set_worth(told.each());
    result.conditioned = Some(told);
    Ok(result)
}

fn used(fact: &crate::plan::Fact) -> UsedFact {
    UsedFact {
        metric: fact.metric.clone(),
        at: fact.at.clone(),
        value: fact.value,
        sd: fact.sd,
        log: fact.log,
        source: fact.source.clone(),
    }
}

fn left_out(facts: &Facts) -> Vec<LeftOut> {
    let one =
        |(what, reason): &(String, String)| LeftOut { what: what.clone(), reason: reason.clone() };
    facts.left_out.iter().map(one).collect()
}

/// Says what memory it takes, before the work; refuses what is too much.
fn say_size(prepared: &Prepared, facts: &Facts, quiet: bool) -> Result<(), Failure> {
    let draws = prepared.scenario.run.draws;
    let size = announce(&prepared.plan, &facts.list, draws, prepared.execution);
    if !quiet {
        terminal::note(&format!(
            "{} on {}, {} left out: {} of memory for {} of each of {}\n",
            styled(GOOD, "conditioning"),
            counted(facts.list.len(), "observation"),
            facts.left_out.len(),
            HumanBytes(size.bytes),
            counted(size.variates, "random number"),
            crate::tables::counted(draws, "draw"),
        ));
    }
    if draws < LEAST_EFFECTIVE as u64 {
        return Err(Failure::Usage {
            message: format!(
                "{} too few to condition: {LEAST_EFFECTIVE} must be left after the weighing",
                if draws == 1 { "1 draw is".to_owned() } else { format!("{draws} draws are") }
            ),
            help: "take more draws, such as --draws 100_000".to_owned(),
        });
    }
    if size.bytes > MOST_BYTES || draws > u64::from(u32::MAX) {
        let most = draws as f64 * MOST_BYTES as f64 / size.bytes as f64;
        return Err(Failure::Usage {
            message: format!(
                "conditioning keeps every draw in memory: {} for {} draws, more than {}",
                HumanBytes(size.bytes),
                HumanCount(draws),
                HumanBytes(MOST_BYTES),
            ),
            help: format!("take fewer draws: --draws {}", (most / 1024.0) as u64 * 1024),
        });
    }
    Ok(())
}

fn line(number: usize, step: &TemperingStep) -> String {
    format!(
        "  step {number}: likelihood to the power {:.4}, effective sample size {}, families {}, {} with \
         {:.0} % accepted, size {:.2}",
        step.exponent,
        HumanCount(step.effective as u64),
        HumanCount(step.families as u64),
        counted(step.moves, "move"),
        100.0 * step.acceptance,
        step.size,
    )
}

fn failure(refused: Refused, draws: u64, threads: usize) -> Failure {
    match refused {
        Refused::Stopped(stopped) => stopped_by(stopped, threads),
        Refused::Collapsed { effective, exponent } => {
            terminal::error(
                &format!(
                    "only {effective:.0} effective draws of {draws} are left at the power {exponent:.4} of \
                     the likelihood; {LEAST_EFFECTIVE:.0} are needed"
                ),
                "the observations are far from what the scenario thinks possible, or measured too well: \
                 take more draws, widen the priors, or give the observations a larger error",
            );
            Failure::CheckFailed
        }
    }
}

/// Only watches for a stop: how far the steps are is told by their lines.
struct Watch(Interrupt);

impl crate::engine::Progress for Watch {
    fn advance(&self, draws: u64) {
        Silent.advance(draws);
    }

    fn cancelled(&self) -> bool {
        self.0.check().is_err()
    }
}
