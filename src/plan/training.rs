//! Training runs: what is fixed of them, and when their dated inputs are drawn.

use std::collections::BTreeMap;

use super::fixed::YARDSTICK;
use crate::model::setup::{FamilySetup, RunSetup, Setup};
use crate::scenario::{Scenario, TrainingRun};
use crate::units::typed::DAYS_PER_QUARTER;

/// The planned runs, each after the one that it follows.
fn planned(scenario: &Scenario) -> Vec<&TrainingRun> {
    let mut left: Vec<&TrainingRun> = scenario.runs.iter().filter(|run| run.planned()).collect();
    let mut placed: Vec<&TrainingRun> = Vec::new();
    // Circles were refused: each round places at least one.
    while !left.is_empty() {
        let before = placed.len();
        left.retain(|run| {
            let there = |name: &String| placed.iter().any(|other| other.name == *name);
            let free = run.after.as_ref().is_none_or(there);
            if free {
                placed.push(run);
            }
            !free
        });
        if placed.len() == before {
            break;
        }
    }
    placed
}

/// Setup of the planned runs.
pub(super) fn runs(scenario: &Scenario) -> Vec<RunSetup> {
    let (planned, families) = (planned(scenario), families(scenario));
    let of = |run: &&TrainingRun| RunSetup {
        name: run.name.clone(),
        label: run.label.clone(),
        earliest: run.earliest.map_or(0.0, |date| scenario.run.grid.position(date)),
        base: run.of.as_ref().and_then(|other| scenario.run_compute(other)),
        after: run.after.as_ref().and_then(|name| planned.iter().position(|r| r.name == *name)),
        site: run
            .site
            .as_ref()
            .and_then(|name| scenario.sites.iter().position(|site| site.name == *name)),
        moe: run.moe,
        fp8: run.fp8,
        family: run.family.as_ref().and_then(|name| families.iter().position(|f| f.name == *name)),
    };
    planned.iter().map(of).collect()
}

/// Families with a planned run, and their past runs.
pub(super) fn families(scenario: &Scenario) -> Vec<FamilySetup> {
    let mut names: Vec<&String> =
        planned(scenario).iter().filter_map(|r| r.family.as_ref()).collect();
    names.sort_unstable();
    names.dedup();
    let past = |name: &String| {
        let runs = scenario.runs.iter().filter(|run| run.family.as_ref() == Some(name));
        runs.filter_map(|run| {
            Some((scenario.run.grid.position(run.released?), scenario.run_compute(&run.name)?))
        })
        .collect()
    };
    names.into_iter().map(|name| FamilySetup { name: name.clone(), past: past(name) }).collect()
}

/// Peak rate of the chip that H100-equivalents are counted in; a scenario with planned runs has it.
pub(super) fn yardstick_rate(settings: &BTreeMap<String, f64>) -> f64 {
    settings.get(&format!("chip.{YARDSTICK}.bf16")).copied().unwrap_or(0.0)
}

/// The dated inputs of a run and when they are planned: preparation at the earliest start, what
/// follows the run at the end of its longest duration.
pub(super) fn dated_of_run(setup: &Setup, run: &RunSetup) -> [(String, f64); 3] {
    let key = |quantity: &str| format!("training.{}.{quantity}", run.name);
    let longest = setup.medians.get(&key("longest")).copied().unwrap_or(0.0) / DAYS_PER_QUARTER;
    [
        (key("prep"), run.earliest),
        (key("post_training"), run.earliest + longest),
        (key("slip.value"), run.earliest + longest),
    ]
}
