//! Training runs: past ones are data, planned ones are placed in time.

use std::collections::BTreeMap;

use super::codes;
use super::keys::{ARCHITECTURES, NUMERICS};
use super::problems::Problems;
use super::things::references;
use super::types::{Input, InputValue, Site, TrainingRun};
use super::walk::{Draft, Placed};
use crate::diag::{Diagnostic, Span};
use crate::time::{Date, TimeGrid};

/// The runs by name, checked against each other and against the grid.
pub(super) fn runs(
    draft: &Draft,
    inputs: &BTreeMap<String, Input>,
    unseen: &Unseen,
    (grid, sites): (Option<TimeGrid>, &[Site]),
    problems: &mut Problems,
) -> Vec<TrainingRun> {
    references(draft, "training", "site", "site", problems);
    references(draft, "training", "of", "training", problems);
    references(draft, "training", "after", "training", problems);
    let mut runs = Vec::new();
    for (name, span) in draft.names("training") {
        let run = run(draft, name);
        let path = format!("training.{name}");
        if problems.spoils(&path) {
            continue;
        }
        kind_of(draft, &run, span, problems);
        if unseen.contains_key(&path) {
            continue;
        }
        runs.push(run);
    }
    for run in runs.iter().filter(|run| run.earliest.is_some()) {
        let check = Check { draft, inputs, unseen, runs: &runs, grid };
        planned(&check, run, problems);
        super::contracts::placed(draft, inputs, (run, sites), grid, problems);
    }
    runs
}

fn run(draft: &Draft, name: &str) -> TrainingRun {
    let path = |key: &str| format!("training.{name}.{key}");
    TrainingRun {
        name: name.to_owned(),
        label: draft.text(&path("label")).unwrap_or_else(|| name.to_owned()),
        family: draft.text(&path("family")),
        earliest: draft.date(&path("earliest")),
        released: draft.date(&path("released")),
        announced: draft.date(&path("announced")),
        of: draft.text(&path("compute.of")),
        after: draft.text(&path("after")),
        site: draft.text(&path("site")),
        fp8: draft.word(&path("numerics"), NUMERICS) == Some(1),
        moe: draft.word(&path("architecture"), ARCHITECTURES) == Some(1),
    }
}

/// A run is past, announced or planned: it has one date that says so.
fn kind_of(draft: &Draft, run: &TrainingRun, span: &Span, problems: &mut Problems) {
    let name = &run.name;
    let path = |key: &str| format!("training.{name}.{key}");
    let given: Vec<&Placed> = ["released", "announced", "earliest"]
        .into_iter()
        .filter_map(|key| draft.last(&path(key)))
        .collect();
    let explained = ["released", "announced", "earliest"].iter().any(|k| problems.spoils(&path(k)));
    if given.is_empty() && !explained {
        let message = format!("run `{name}` cannot be placed in time");
        problems.fail(
            &format!("training.{name}"),
            Diagnostic::error(codes::RUN, message)
                .at(span.clone(), "neither `released` nor `earliest`")
                .help("for a planned run, add earliest = 2024-09-01")
                .help("for a past one, add released = 2024-07-23; for one that was only announced, announced = 2025-04-05"),
        );
    }
    let planned = run.earliest.is_some();
    if let (true, Some(other)) = (planned, given.iter().find(|p| !p.path.ends_with(".earliest"))) {
        let other_key = other.path.rsplit('.').next().unwrap_or_default();
        let message = format!("run `{name}` is both planned and past");
        let mut diagnostic = Diagnostic::error(codes::CONFLICT, message)
            .at(other.key_span.clone(), format!("`{other_key}` makes it data"));
        if let Some(earliest) = draft.last(&path("earliest")) {
            diagnostic = diagnostic.also(earliest.key_span.clone(), "`earliest` makes it a plan");
        }
        let way = format!(
            "keep one of the two; remove = [\"{}\"] takes out the plan of a file below",
            path("earliest")
        );
        problems.push(diagnostic.help(way));
    }
}

/// Runs that a scenario does not see, by path, `training.NAME`. With a date: released or announced
/// after the day that the scenario looks from, as a row that was known later. Without: no date
/// places them, or two kinds of dates do, which is a mistake of its own.
pub(super) type Unseen = BTreeMap<String, Option<Date>>;

/// The runs that are not seen.
pub(super) fn unseen(draft: &Draft) -> Unseen {
    let Some(as_of) = draft.date("as_of") else { return BTreeMap::new() };
    let of = |(name, _): (&str, &Span)| {
        let path = |key: &str| format!("training.{name}.{key}");
        let data = ["released", "announced"].map(path);
        let dates: Vec<Date> = data.iter().filter_map(|path| draft.date(path)).collect();
        let planned = draft.last(&path("earliest")).is_some();
        // Neither planned nor past, or both.
        if planned != dates.is_empty() {
            return Some((format!("training.{name}"), None));
        }
        if planned {
            return None;
        }
        let hindsight =
            data.iter().filter_map(|path| draft.last(path)).any(|p| p.inherited.hindsight);
        let late = dates.iter().min().filter(|date| **date > as_of && !hindsight)?;
        Some((format!("training.{name}"), Some(*late)))
    };
    draft.names("training").into_iter().filter_map(of).collect()
}

/// The run that an input belongs to, if it is not seen.
pub(super) fn unseen_run<'a>(unseen: &'a Unseen, path: &str) -> Option<&'a Option<Date>> {
    let (run, _) = path.rsplit_once('.')?;
    // Inputs of a run stand one or two keys below it.
    unseen.get(run).or_else(|| unseen.get(run.rsplit_once('.')?.0))
}

struct Check<'a> {
    draft: &'a Draft,
    inputs: &'a BTreeMap<String, Input>,
    unseen: &'a Unseen,
    runs: &'a [TrainingRun],
    grid: Option<TimeGrid>,
}

impl Check<'_> {
    fn find(&self, name: &str) -> Option<&TrainingRun> {
        self.runs.iter().find(|run| run.name == name)
    }
}

/// Whether a planned run has a compute and a place in time.
fn planned(check: &Check, run: &TrainingRun, problems: &mut Problems) {
    let path = |key: &str| format!("training.{}.{key}", run.name);
    let draft = check.draft;
    compute(check, run, problems);
    events(check, run, problems);
    for key in ["compute.of", "after"] {
        not_yet(check, &path(key), run, problems);
    }
    if let (Some(grid), Some(earliest), Some(placed)) =
        (check.grid, run.earliest, draft.last(&path("earliest")))
        && earliest > grid.to().end()
    {
        let message = format!("run `{}` cannot start before the scenario ends", run.name);
        problems.push(
            Diagnostic::error(codes::RUN, message)
                .at(placed.node.span.clone(), format!("after the last quarter, {}", grid.to()))
                .help("set an earlier date, or a later `run.to`"),
        );
    }
    let Some((after, placed)) = run.after.as_deref().zip(draft.last(&path("after"))) else {
        return;
    };
    let Some(before) = check.find(after) else { return };
    if before.earliest.is_none() {
        let message = format!("run `{}` follows one that is not planned", run.name);
        problems.push(
            Diagnostic::error(codes::RUN, message)
                .at(placed.node.span.clone(), format!("`{after}` has no `earliest`: it is data"))
                .help("remove `after`; `earliest` alone places this run"),
        );
    }
    circle(check, run, placed, problems);
}

/// A chance needs what happens then, and the other way round.
fn events(check: &Check, run: &TrainingRun, problems: &mut Problems) {
    for (event, example) in [
        ("slip", "slip = { chance = 0.7, value = \"1.5 to 10.5 months\" }"),
        ("descope", "descope = { chance = 0.15, value = \"0.1 to 0.7\" }"),
    ] {
        let path = |key: &str| format!("training.{}.{event}.{key}", run.name);
        let [chance, value] = ["chance", "value"].map(|key| check.draft.last(&path(key)));
        let (placed, lacking) = match (chance, value) {
            (Some(placed), None) => (placed, "value"),
            (None, Some(placed)) => (placed, "chance"),
            _ => continue,
        };
        if !problems.spoils(&path(lacking)) {
            let message = format!("`{event}` of run `{}` has no `{lacking}`", run.name);
            problems.push(
                Diagnostic::error(codes::INCOMPLETE, message)
                    .at(placed.key_span.clone(), "one needs the other")
                    .help(format!("for example {example}")),
            );
        }
    }
}

/// A plan cannot rest on a run that was not known yet.
fn not_yet(check: &Check, path: &str, run: &TrainingRun, problems: &mut Problems) {
    let Some((other, placed)) = check.draft.text(path).zip(check.draft.last(path)) else { return };
    let Some(Some(date)) = check.unseen.get(&format!("training.{other}")) else { return };
    let message = format!("run `{}` rests on `{other}`, which was not known yet", run.name);
    problems.push(
        Diagnostic::error(codes::HINDSIGHT, message)
            .at(placed.node.span.clone(), format!("known from {date} on"))
            .help("name an earlier run, or write hindsight = true beside that run"),
    );
}

/// One message for a circle of runs, at its first name.
fn circle(check: &Check, run: &TrainingRun, placed: &Placed, problems: &mut Problems) {
    let mut names = vec![run.name.as_str()];
    let mut at = run;
    while let Some(before) = at.after.as_deref().and_then(|name| check.find(name)) {
        if before.name == run.name {
            if names.iter().min() == Some(&run.name.as_str()) {
                problems.push(
                    Diagnostic::error(codes::RUN, "training runs wait for each other in a circle")
                        .at(placed.node.span.clone(), "leads back to where it came from")
                        .help("remove `after` from one of them")
                        .note(format!("{} waits for {}", names.join(" waits for "), run.name)),
                );
            }
            return;
        }
        if names.contains(&before.name.as_str()) {
            return;
        }
        names.push(&before.name);
        at = before;
    }
}

/// A planned run has a compute, or is so many times another that has a constant one.
fn compute(check: &Check, run: &TrainingRun, problems: &mut Problems) {
    let draft = check.draft;
    let path = |key: &str| format!("training.{}.{key}", run.name);
    let (times, of) = (draft.last(&path("compute.times")), draft.last(&path("compute.of")));
    let given = draft.last(&path("compute")).is_some() || problems.spoils(&path("compute"));
    let explained = problems.spoils(&path("compute.times")) || problems.spoils(&path("compute.of"));
    let example = "compute = { times = 10, of = \"llama-3-1-405b\" }";
    if !given && (times.is_none() || of.is_none()) && !explained {
        let Some(earliest) = draft.last(&path("earliest")) else { return };
        let place = times.or(of).map_or(&earliest.key_span, |placed| &placed.key_span);
        let what = match (times.is_some(), of.is_some()) {
            (true, _) => "no `of` beside `times`",
            (_, true) => "no `times` beside `of`",
            _ => "a planned run needs one",
        };
        problems.push(
            Diagnostic::error(codes::INCOMPLETE, format!("run `{}` has no compute", run.name))
                .at(place.clone(), what)
                .help(format!("add compute = \"3.8e26 FLOP\", or {example}")),
        );
    }
    let Some((placed, other)) = of.zip(run.of.as_deref().and_then(|name| check.find(name))) else {
        return;
    };
    let broken = ["compute", "parameters", "tokens"]
        .iter()
        .any(|key| problems.spoils(&format!("training.{}.{key}", other.name)));
    if base_compute(check.inputs, &other.name).is_none() && !broken {
        let message = format!("run `{}` has no constant compute to be a multiple of", other.name);
        problems.push(
            Diagnostic::error(codes::RUN, message)
                .at(placed.node.span.clone(), "needed here")
                .help(format!(
                    "give `{}` a compute such as \"3.8e25 FLOP\", or its `parameters` and `tokens`",
                    other.name
                )),
        );
    }
}

fn constant(inputs: &BTreeMap<String, Input>, key: &str) -> Option<f64> {
    let input = inputs.get(key)?;
    let InputValue::Dist(dist) = &input.value else { return None };
    let (low, high) = dist.support();
    (low >= high).then_some(low * input.scale)
}

/// Constant compute of a run, FLOP: given, or from its parameters and tokens.
pub(super) fn base_compute(inputs: &BTreeMap<String, Input>, name: &str) -> Option<f64> {
    use crate::model::training::transformer_compute;
    use crate::units::typed::{Ratio, Scalar};
    let value = |key: &str| constant(inputs, &format!("training.{name}.{key}"));
    let given = inputs.contains_key(&format!("training.{name}.compute"));
    if given {
        return value("compute");
    }
    let (parameters, tokens) = value("parameters").zip(value("tokens"))?;
    Some(transformer_compute(Ratio::new(parameters), Ratio::new(tokens)).get())
}

impl TrainingRun {
    /// Whether the simulator plays it; a past or announced run is only data.
    pub fn planned(&self) -> bool {
        self.earliest.is_some()
    }
}
