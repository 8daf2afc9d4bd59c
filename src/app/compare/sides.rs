//! What is compared: scenarios, and folders of runs.

use std::collections::BTreeSet;
use std::path::Path;

use crate::app::again::{Source, source};
use crate::app::exit::Failure;
use crate::app::run_folder::RUN_JSON;
use crate::app::simulation::{Prepared, Sizes, Voice, prepare, stopped_by};
use crate::app::{Input, counted, places};
use crate::engine::Execution;
use crate::plan::Plan;
use crate::results::{RunResult, digest, kind_of};

/// End of the names of both scenarios in the folder of a comparison.
const SIDE: &str = ".resolved.toml";
/// Digits of the digest that tells runs with single values apart.
const DIGITS: usize = 6;

/// One of the runs.
pub(super) struct Side {
    /// What it is called: the scenario's name, made unique.
    pub(super) name: String,
    /// As the user named it.
    pub(super) given: String,
    /// What there is of it.
    pub(super) run: Run,
}

/// What there is of a run.
pub(super) enum Run {
    /// It can be made again, on any random numbers.
    Plan(Box<Prepared>),
    /// Only its summaries: why, and the result.
    Summary(String, Box<RunResult>),
}

/// Opens all sides with the draws and the seed of the baseline. The first one is the baseline.
pub(super) fn open(
    inputs: &[Input],
    sizes: Sizes,
    execution: Execution,
    voice: Voice,
) -> Result<Vec<Side>, Failure> {
    let mut sides: Vec<Side> = Vec::new();
    let mut sizes = sizes;
    for input in inputs {
        let run = open_one(input, sizes, execution, voice)?;
        if let (Run::Plan(prepared), true) = (&run, sides.is_empty()) {
            let run = &prepared.scenario.run;
            let sampling = Some(prepared.sampling());
            sizes = Sizes { draws: Some(run.draws), seed: Some(run.seed), sampling };
        }
        let name = match &run {
            Run::Plan(prepared) => {
                recorded_name(&input.file).unwrap_or_else(|| prepared.scenario.name.clone())
            }
            Run::Summary(_, result) => result.about.scenario.clone(),
        };
        sides.push(Side { name, given: input.file.clone(), run });
    }
    make_unique(&mut sides, inputs);
    Ok(sides)
}

fn open_one(
    input: &Input,
    sizes: Sizes,
    execution: Execution,
    voice: Voice,
) -> Result<Run, Failure> {
    match source(input)? {
        Source::Scenario(scenario) => {
            let mut prepared = prepare(&scenario, sizes, execution, voice)?;
            places::restore(&mut prepared.scenario, &scenario.file);
            if scenario.file == input.file {
                prepared.warn_of_plain_draws("compare", voice);
            }
            Ok(Run::Plan(Box::new(prepared)))
        }
        Source::Kept(result, why) => Ok(Run::Summary(why, result)),
    }
}

/// Spreads the draws of all sides by one design, so that what they have in common is in the same
/// dimensions.
pub(super) fn spread(sides: &mut [Side], draws: Option<u64>) -> Result<(), Failure> {
    let mut plans: Vec<&mut Prepared> = sides
        .iter_mut()
        .filter_map(|side| match &mut side.run {
            Run::Plan(prepared) => Some(&mut **prepared),
            Run::Summary(..) => None,
        })
        .collect();
    let Some(first) = plans.first() else { return Ok(()) };
    let (sampling, execution) = (first.sampling(), first.execution);
    let draws = draws.unwrap_or(first.scenario.run.draws);
    let mut plans: Vec<&mut Plan> = plans.iter_mut().map(|prepared| &mut prepared.plan).collect();
    crate::engine::spread(&mut plans, sampling, draws, execution.isa)
        .map_err(|stopped| stopped_by(stopped, execution.threads))
}

/// Gives every side a name of its own. Sides with the same name, but of other files or folders, are
/// called by these; then a digest tells what is set.
fn make_unique(sides: &mut [Side], inputs: &[Input]) {
    let names: Vec<&str> = sides.iter().map(|side| side.name.as_str()).collect();
    let files: Vec<String> = inputs.iter().map(|input| input.file.clone()).collect();
    let labels = unlike(&files, &names);
    let mut taken = BTreeSet::new();
    for ((side, input), label) in sides.iter_mut().zip(inputs).zip(labels) {
        let candidates = [
            (!input.sets.is_empty())
                .then(|| format!("{label}~{}", &digest(&input.sets.join("\n"))[..DIGITS])),
            Some(label.clone()),
        ];
        let free = candidates.into_iter().flatten().find(|name| !taken.contains(name));
        let numbered = || {
            let mut names = (2..).map(|number| format!("{label}-{number}"));
            names.find(|name| !taken.contains(name)).unwrap_or_default()
        };
        side.name = free.unwrap_or_else(numbered);
        taken.insert(side.name.clone());
    }
}

/// The names of runs; those that have the same one are called by their files or folders.
pub(in crate::app) fn unlike(files: &[String], names: &[&str]) -> Vec<String> {
    let label = |i: usize| {
        let alike = |&j: &usize| names[j] == names[i] && files[j] != files[i];
        let others = (0..names.len()).filter(alike).map(|j| files[j].as_str());
        told_apart(&files[i], &others.collect::<Vec<_>>(), names[i])
    };
    (0..names.len()).map(label).collect()
}

/// The scenario's name; where others have it too, the shortest end of the path that none of their
/// paths ends with.
fn told_apart(path: &str, others: &[&str], name: &str) -> String {
    let end = |path: &str, count: usize| {
        let parts: Vec<&str> =
            path.split(['/', '\\']).filter(|part| !["", "."].contains(part)).collect();
        let end = parts[parts.len().saturating_sub(count)..].join("/");
        end.strip_suffix(".toml").map_or(end.clone(), str::to_owned)
    };
    let longest = path.split(['/', '\\']).count();
    let ends = (1..=longest).map(|count| (end(path, count), count));
    let mut own = ends.filter(|(own, count)| others.iter().all(|other| end(other, *count) != *own));
    match own.next() {
        Some((own, _)) if !others.is_empty() && !own.is_empty() => own,
        _ => name.to_owned(),
    }
}

/// The inputs in order, the baseline first.
pub(super) fn inputs(
    runs: &[String],
    overlays: &[String],
    sets: &[String],
    baseline: Option<&str>,
) -> Result<Vec<Input>, Failure> {
    let plain =
        |file: &String| Input { file: file.clone(), overlays: Vec::new(), sets: Vec::new() };
    let over = |file: &String| Input {
        file: file.clone(),
        overlays: overlays.to_vec(),
        sets: sets.to_vec(),
    };
    let changed = !overlays.is_empty() || !sets.is_empty();
    if let ([only], false) = (runs, changed)
        && let Some(both) = of_comparison(only)
    {
        let mut both = both.map(|file| plain(&file));
        if baseline.is_some_and(|name| name == both[1].file) {
            both.reverse();
        }
        return Ok(both.to_vec());
    }
    let mut inputs: Vec<Input> = match runs {
        [only] if changed => vec![plain(only), over(only)],
        [only] if recorded_names(only).is_some() => {
            return Err(Failure::Usage {
                message: format!("`{only}` compares summaries: it cannot be run again"),
                help: "`fleetcast report` makes its page again, `fleetcast chart` its charts"
                    .to_owned(),
            });
        }
        [_] => {
            return Err(Failure::Usage {
                message: "there is one run only".to_owned(),
                help: "name a second one, or changes: --with OVERLAY, --set KEY=VALUE".to_owned(),
            });
        }
        _ => runs.iter().map(over).collect(),
    };
    if let Some(baseline) = baseline {
        let plain = |text: &str| text.trim_start_matches("./").trim_end_matches('/').to_owned();
        let found = inputs.iter().position(|input| plain(&input.file) == plain(baseline));
        let Some(at) = found else {
            return Err(Failure::Usage {
                message: format!(
                    "the baseline `{baseline}` is none of the {}",
                    counted(inputs.len(), "run")
                ),
                help: format!("name one of {}", runs.join(", ")),
            });
        };
        inputs[..=at].rotate_right(1);
    }
    Ok(inputs)
}

/// The scenarios in the folder of a comparison, as they were.
fn of_comparison(folder: &str) -> Option<[String; 2]> {
    recorded_names(folder)?;
    let files = ["a", "b"].map(|side| format!("{}/{side}{SIDE}", folder.trim_end_matches('/')));
    files.iter().all(|file| Path::new(file).is_file()).then_some(files)
}

/// What the sides of the comparison in a folder are called.
fn recorded_names(folder: &str) -> Option<[String; 2]> {
    let text = std::fs::read_to_string(Path::new(folder).join(RUN_JSON)).ok()?;
    let value: serde_json::Value = serde_json::from_str(&text).ok()?;
    (kind_of(&text)? == "compare").then_some(())?;
    let name = |side: &str| Some(value.get(side)?.get("name")?.as_str()?.to_owned());
    Some([name("a")?, name("b")?])
}

/// What a side of a comparison was called whose scenario is this file.
pub(super) fn recorded_name(file: &str) -> Option<String> {
    let (folder, side) = file.rsplit_once('/')?;
    let [a, b] = recorded_names(folder)?;
    match side.strip_suffix(SIDE)? {
        "a" => Some(a),
        "b" => Some(b),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn paths_tell_runs_of_one_scenario_apart() {
        let of = |path: &str, others: &[&str]| told_apart(path, others, "meta-2024-07");
        assert_eq!(of("out/a", &[]), "meta-2024-07", "no other has the name");
        assert_eq!(of("out/a/", &["out/b"]), "a");
        assert_eq!(of("out/a", &["out/b", "older/a"]), "out/a");
        assert_eq!(of("s/meta-2024-07.toml", &["out/a"]), "meta-2024-07");
        assert_eq!(of("s/meta-2024-07.toml", &["meta-2024-07.toml"]), "s/meta-2024-07");
        assert_eq!(of("meta-2024-07.toml", &["s/meta-2024-07.toml"]), "meta-2024-07");
        assert_eq!(of("./out/a", &["out/a"]), "meta-2024-07", "the same folder");
    }

    #[test]
    fn one_run_needs_changes_and_the_baseline_comes_first() {
        let files = |inputs: Vec<Input>| inputs.into_iter().map(|i| i.file).collect::<Vec<_>>();
        assert!(inputs(&texts(&["a"]), &[], &[], None).is_err());
        let changed = inputs(&texts(&["a"]), &texts(&["x.toml"]), &texts(&["k=1"]), None).unwrap();
        assert!(changed[0].overlays.is_empty() && changed[0].sets.is_empty());
        assert_eq!((changed[1].overlays.len(), changed[1].sets.len()), (1, 1));
        let three = texts(&["out/a", "out/b", "out/c"]);
        let sorted = inputs(&three, &[], &[], Some("./out/b/")).unwrap();
        assert_eq!(files(sorted), ["out/b", "out/a", "out/c"]);
        assert!(inputs(&three, &[], &[], Some("out/d")).is_err());
    }
}
