//! What `run --check-identities` says.

use serde_json::json;

use super::exit::Failure;
use super::{counted, terminal};
use crate::engine::Broken;
use crate::scenario::Scenario;

/// Prints that all identities hold, or the first one that does not.
pub(super) fn report(
    checked: &Result<usize, Broken>,
    scenario: &Scenario,
    json: bool,
) -> Result<(), Failure> {
    let run = &scenario.run;
    let broken = checked.as_ref().err();
    if json {
        let broken = broken.map(|broken| {
            json!({
                "identity": broken.identity,
                "draw": broken.draw,
                "quarter": run.grid.quarter(broken.step).to_string(),
                "left": broken.left,
                "right": broken.right,
            })
        });
        let quarters = run.grid.steps();
        terminal::print_json(&json!({
            "scenario": scenario.name,
            "draws": run.draws,
            "quarters": quarters,
            "broken": broken,
        }))?;
    } else if checked.is_ok() {
        terminal::print(&format!(
            "identities hold in {} and {}\n",
            crate::tables::counted(run.draws, "draw"),
            counted(run.grid.steps(), "quarter")
        ))?;
    }
    match broken {
        None => Ok(()),
        Some(broken) => {
            if !json {
                let message = format!(
                    "an identity does not hold in draw {} in {}: {}",
                    broken.draw,
                    run.grid.quarter(broken.step),
                    broken.identity
                );
                let sides = format!(
                    "left {:e}, right {:e}; `fleetcast explain SCENARIO --draw {}` replays the draw",
                    broken.left, broken.right, broken.draw
                );
                terminal::error(&message, &sides);
            }
            Err(Failure::CheckFailed)
        }
    }
}
