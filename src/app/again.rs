//! The runs that a user names: what can be made again, and what is left of the others.

use std::path::Path;

use super::Input;
use super::exit::Failure;
use super::run_folder::{RESOLVED, RUN_JSON, RunFolder};
use crate::results::{Made, RunResult, kind_of, made_of, summary_file};
use crate::sampling::ENGINE;

/// What there is of a run.
pub(super) enum Source {
    /// Its draws can be made again, from this scenario.
    Scenario(Input),
    /// Only its summaries and the first draws: the result, and why.
    Kept(Box<RunResult>, String),
}

/// What a scenario file or run folder gives. What is laid over it needs draws that can be made again.
pub(super) fn source(input: &Input) -> Result<Source, Failure> {
    let path = Path::new(&input.file);
    if !path.is_dir() {
        return Ok(Source::Scenario(input.clone()));
    }
    let unreadable = |error: &dyn std::fmt::Display| Failure::File {
        message: format!("cannot read the run `{}`", input.file),
        help: error.to_string(),
    };
    let folder = RunFolder::open(path).map_err(|error| unreadable(&error))?;
    let text = folder.read(RUN_JSON).map_err(|error| unreadable(&error))?;
    let file = format!("{}/{RESOLVED}", input.file.trim_end_matches('/'));
    let Some(why) = obstacle(&input.file, &String::from_utf8_lossy(&text), &file)? else {
        return Ok(Source::Scenario(Input { file, ..input.clone() }));
    };
    if !input.overlays.is_empty() || !input.sets.is_empty() {
        return Err(Failure::Usage {
            message: format!("{why}: it cannot be run again, so nothing can be laid over it"),
            help: "leave out --with and --set, or name a scenario".to_owned(),
        });
    }
    let bytes = folder.read("summary.bin").map_err(|error| unreadable(&error))?;
    let result = summary_file::read(&bytes).map_err(|error| Failure::File {
        message: format!("cannot read `summary.bin` of the run `{}`", input.file),
        help: error.to_string(),
    })?;
    Ok(Source::Kept(Box::new(super::shard::whole(result, path)?), why))
}

/// Why the draws of a run cannot be made again from the scenario in its folder; none if they can.
fn obstacle(given: &str, run_json: &str, scenario: &str) -> Result<Option<String>, Failure> {
    let Some(Made { engine, conditioned, shard }) = made_of(run_json) else {
        let what = kind_of(run_json).unwrap_or_default();
        let what = if what == "sweep" { "a sweep" } else { "a comparison" };
        return Err(Failure::Usage {
            message: format!("`{given}` holds {what}, not a run"),
            help: "name a scenario, or a folder that `fleetcast run` has written; a comparison is made again \
                   where `compare` gets its folder alone"
                .to_owned(),
        });
    };
    // Its scenario makes the whole run, which is not what the folder holds.
    if let Some((number, of)) = shard {
        return Err(super::shard::no_run(Path::new(given), number, of));
    }
    let plain = Input { file: scenario.to_owned(), overlays: Vec::new(), sets: Vec::new() };
    Ok(if conditioned {
        Some(format!(
            "`{given}` was conditioned on observations, which drawing again does not weigh"
        ))
    } else if engine != u64::from(ENGINE) {
        Some(format!(
            "`{given}` was made by engine {engine}, and this program, of engine {ENGINE}, draws other numbers"
        ))
    } else if !Path::new(scenario).is_file() {
        Some(format!("`{given}` has no {RESOLVED}"))
    } else if plain.load().result.is_err() {
        Some(format!("the scenario in `{given}` cannot be used any more"))
    } else {
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_draws_from_being_made_again_is_told() {
        let folder = std::env::temp_dir().join(format!("fleetcast-again-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("s.toml").display().to_string();
        let of = |rest: &str| {
            let text = format!("{{ \"fleetcast\": \"run/1\", {rest} }}");
            obstacle("out/a", &text, &file).unwrap()
        };
        let current = format!("\"engine\": {ENGINE}");
        let missing = of(&current).unwrap();
        assert_eq!(missing, format!("`out/a` has no {RESOLVED}"));
        std::fs::write(&file, "fleetcast = \"scenario/1\"\nno = ").unwrap();
        assert!(of(&current).unwrap().contains("cannot be used any more"));
        std::fs::write(&file, include_str!("starter.toml")).unwrap();
        assert_eq!(of(&current), None);
        assert!(of("\"engine\": 9999").unwrap().contains("engine 9999"));
        let conditioned = of(&format!("{current}, \"conditioned\": {{}}")).unwrap();
        assert!(conditioned.contains("conditioned on observations"), "{conditioned}");
        let sweep = obstacle("out/a", "{ \"fleetcast\": \"sweep/1\" }", &file);
        assert!(
            matches!(sweep, Err(Failure::Usage { message, .. }) if message.contains("a sweep"))
        );
        let part =
            "{ \"fleetcast\": \"run/1\", \"engine\": 1, \"shard\": { \"number\": 2, \"of\": 3 } }";
        let part = obstacle("out/a", part, &file);
        assert!(
            matches!(part, Err(Failure::Usage { message, .. }) if message.contains("is shard 2 of 3"))
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
