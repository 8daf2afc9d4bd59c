//! `run --shard`: a part of the draws of a run, to be merged with the others.

use std::path::Path;

use super::exit::Failure;
use super::progress::{Bar, Interrupt};
use super::simulation::{Prepared, result_of, simulated, stopped_by};
use super::terminal::{GOOD, styled};
use crate::engine::{LEAF, draws_of, leaves_of, shard_leaves, simulate_leaves};
use crate::results::{RunResult, Shard};
use crate::tables::counted;

/// Which part is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which one, from 1.
    pub number: u64,
    /// Of how many.
    pub of: u64,
}

impl Asked {
    /// What the folder of the part is called by default.
    pub(super) fn folder(self, name: &str) -> String {
        format!("{name}~shard-{}-of-{}", self.number, self.of)
    }
}

/// The part, of a run whose folder has this name; fails if there is nothing left for it.
pub(super) fn shard(asked: Asked, prepared: &Prepared, name: &str) -> Result<Shard, Failure> {
    let draws = prepared.scenario.run.draws;
    let leaves = leaves_of(draws);
    if asked.of > leaves {
        let (of, blocks) = (asked.of, counted(leaves, "block"));
        return Err(Failure::Usage {
            message: format!(
                "too few draws for {of} shards: {} in {blocks} of up to 1,024",
                counted(draws, "draw")
            ),
            help: format!(
                "take at most {leaves}, --shard 1/{leaves} and so on, or at least {} draws",
                (of - 1).saturating_mul(LEAF).saturating_add(1)
            ),
        });
    }
    let span = draws_of(draws, &shard_leaves(draws, asked.number, asked.of));
    Ok(Shard {
        number: asked.number,
        of: asked.of,
        first: span.start,
        draws,
        name: name.to_owned(),
        causes: prepared.plan.ranges.checks.iter().map(|check| check.cause.clone()).collect(),
    })
}

/// Simulates the whole run, or the part.
pub(super) fn simulated_part(
    prepared: &Prepared,
    shard: Option<&Shard>,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<RunResult, Failure> {
    let Some(shard) = shard else { return simulated(prepared, quiet, interrupt) };
    let leaves = shard_leaves(shard.draws, shard.number, shard.of);
    let span = draws_of(shard.draws, &leaves);
    let draws = span.end - span.start;
    let bar = Bar::new(draws, quiet, interrupt.clone());
    let execution = prepared.execution;
    let found = simulate_leaves(&prepared.plan, shard.draws, leaves, execution, &bar);
    bar.clear();
    let found = found.map_err(|stopped| stopped_by(stopped, execution.threads))?;
    let mut result = result_of(prepared, found);
    result.about.draws = draws;
    result.about.command.push_str(&shard.option());
    result.shard = Some(shard.clone());
    Ok(result)
}

/// What to do with a part.
pub(super) fn advice(shard: &Shard) -> String {
    format!(
        "{} fleetcast merge with the folders of {} makes the run\n",
        styled(GOOD, "next"),
        if shard.of == 1 { "the one shard".to_owned() } else { format!("all {} shards", shard.of) }
    )
}

/// Refuses a part where a whole run is needed.
pub(super) fn whole(result: RunResult, folder: &Path) -> Result<RunResult, Failure> {
    match &result.shard {
        None => Ok(result),
        Some(shard) => Err(no_run(folder, shard.number, shard.of)),
    }
}

/// A folder holds a part where a run is needed.
pub(super) fn no_run(folder: &Path, number: u64, of: u64) -> Failure {
    Failure::Usage {
        message: format!("`{}` is shard {number} of {of} of a run, not a run", folder.display()),
        help: "merge all its shards first: fleetcast merge DIR…".to_owned(),
    }
}
