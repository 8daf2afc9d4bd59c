//! `run`: a scenario becomes a headline and a folder of results.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::HumanCount;
use serde_json::{Value, json};

use super::conditioning::{conditioned, facts_of};
use super::drawing::{Look, Output};
use super::exit::Failure;
use super::keep::{self, Keep};
use super::places::places_json;
use super::progress::{Bar, Interrupt};
use super::save::{Content, Saving};
use super::shard::{self, simulated_part};
use super::simulation::{Machine, Prepared, Sizes, Voice, prepare, stopped_by};
use super::terminal::{self, GOOD, styled};
use super::until::{self, Until, precise};
use super::{Input, about, counted, identities, outcome};
use crate::diag::Diagnostics;
use crate::engine::{Silent, check_identities, limits};
use crate::plan;
use crate::results::{
    Beside, Limits, RunResult, Shard, digest, draws_of, left_range_json, precision_json,
    targets_json,
};
use crate::sampling::Sampling;
use crate::scenario::Scenario;
use crate::tables::Headline;

pub use crate::vector::Isa;

/// Digits of the digest that tells runs with single values apart.
const DIGITS: usize = 6;

/// Options of `run`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The scenario with what is laid over it.
    pub input: Input,
    /// How many draws, and which.
    pub sizes: Sizes,
    /// How to run.
    pub machine: Machine,
    /// Precisions at which to stop.
    pub until: Vec<String>,
    /// Time after which to stop all the same: as written, and in seconds.
    pub budget: Option<(String, f64)>,
    /// Whether to condition on the observations, even if the scenario does not say so.
    pub condition: bool,
    /// Which part to do; everything if none.
    pub shard: Option<shard::Asked>,
    /// What to keep of every draw.
    pub keep: Option<Keep>,
    /// What becomes of it.
    pub output: Output,
    /// Whether to check identities in place of a run.
    pub check_identities: bool,
}

/// How long the phases took, in seconds.
pub(super) struct Times {
    pub(super) load: f64,
    pub(super) simulate: f64,
    pub(super) folder: f64,
}

/// Projects the scenario, writes the folder, prints the headline.
pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let started = now();
    let execution = options.machine.execution()?;
    let voice = Voice { quiet: options.output.quiet, json: options.output.json };
    let mut prepared = prepare(&options.input, asked_sizes(options), execution, voice)?;
    let load = seconds_since(started);
    let metrics = prepared.plan.metrics.iter().map(|metric| metric.name.as_str());
    let lacks = format!("the run of `{}` will have no metric", prepared.scenario.name);
    options.output.check_charts(metrics, &lacks)?;
    if options.check_identities {
        return check(options, &prepared, &interrupt);
    }
    let name = folder_name(options, &prepared.scenario);
    let shard = options.shard.map(|asked| shard::shard(asked, &prepared, &name)).transpose()?;
    let facts = facts_of(options.condition, &prepared)?;
    let kept = options.keep.as_ref().map(|keep| Ok((keep, keep::figures(keep, &prepared)?)));
    let kept = kept.transpose()?;
    check_together(options, &prepared, options.condition || !facts.list.is_empty())?;
    let mut saving = Saving::begin(&folder(options, &name), "run")?;
    let folder = saving.folder().to_path_buf();
    announce(options, &prepared, shard.as_ref());
    let started = now();
    let result = if facts.list.is_empty() {
        let mut result = if options.until.is_empty() {
            prepared.spread()?;
            simulated_part(&prepared, shard.as_ref(), options.output.quiet, &interrupt)?
        } else {
            let until = Until { texts: options.until.clone(), budget: options.budget.clone() };
            let made_from = (&options.input, options.sizes, &options.machine);
            precise(&mut prepared, &until, made_from, voice, &interrupt)?
        };
        result.limits = what_binds(&prepared, &result, &interrupt)?;
        result.beside = beside(options, &prepared, &result, &interrupt)?;
        result
    } else {
        conditioned(&prepared, &facts, options.condition, options.output.quiet, &interrupt)?
    };
    if let Some((keep, figures)) = &kept {
        let of = (&prepared, shard.as_ref());
        keep::write(keep, figures, of, &mut saving, options.output.quiet, &interrupt)?;
    }
    let simulate = seconds_since(started);
    let started = now();
    let (look, output) = (Look::default(), &options.output);
    let places = places_json(&prepared.scenario);
    let content = Content {
        result: &result,
        // Charts and reports are those of whole runs.
        pages: shard.is_none(),
        figures: &if shard.is_none() { output.figures(&result, &look)? } else { Vec::new() },
        look: &look,
        resolved: prepared.scenario.resolved_toml(),
        places: Some(&places),
        xlsx: output.xlsx,
    };
    let times = || Times { load, simulate, folder: seconds_since(started) };
    let files = saving.finish(&content, || times().phases().to_vec(), &interrupt)?;
    let times = times();
    if !output.quiet {
        remark(&result, &prepared, &times, &folder, files);
    }
    let headline = Headline::of(&result);
    if output.json {
        terminal::print_json(&as_json(&result, &headline, &folder, &times))?;
    } else {
        terminal::print(&headline.text(terminal::width()))?;
    }
    let sampling = prepared.sampling();
    let verdict = result.precision.as_ref().map_or(Ok(()), |found| until::verdict(found, sampling));
    // The program ends here: to give back what it holds, piece by piece, is a tenth of a short run.
    std::mem::forget((result, prepared, headline));
    verdict
}

/// The sizes with which the scenario is read: a precision decides about the draws later.
fn asked_sizes(options: &Options) -> Sizes {
    let most = Some(options.sizes.draws.unwrap_or(until::MOST));
    Sizes {
        draws: if options.until.is_empty() { options.sizes.draws } else { most },
        ..options.sizes
    }
}

/// Refuses what cannot be had together: a conditioned run moves its draws, a part has some of them
/// only, and a precision decides of how many there are.
fn check_together(
    options: &Options,
    prepared: &Prepared,
    conditioned: bool,
) -> Result<(), Failure> {
    let sampling = prepared.sampling();
    let designed = sampling != Sampling::Independent;
    let until = !options.until.is_empty();
    let (keeps, part) = (options.keep.is_some(), options.shard.is_some());
    let spread = format!("{} draws", sampling.name());
    let pairs = [
        (
            conditioned && designed,
            ("a conditioned run", spread.as_str()),
            "conditioning moves the draws to where observations say, and no design is left; take --sampling independent",
        ),
        (
            conditioned && until,
            ("a conditioned run", "--until"),
            "its draws are moved all together; give it --draws instead",
        ),
        (
            conditioned && keeps,
            ("a conditioned run", "--keep-draws"),
            "its draws are moved while it runs: leave out --keep-draws, or set run.condition=false",
        ),
        (
            conditioned && part,
            ("a conditioned run", "--shard"),
            "all its draws must be weighed together: leave out --shard, or set run.condition=false",
        ),
        (
            part && designed,
            ("a shard", spread.as_str()),
            "a design belongs to all draws; take --sampling independent",
        ),
        (
            part && until,
            ("a shard", "--until"),
            "no shard knows how many draws all of them will need; give all the same --draws",
        ),
        (
            keeps && until,
            ("--keep-draws", "--until"),
            "take --until first, then --keep-draws with the --draws at which it stopped",
        ),
    ];
    let Some((_, (one, other), help)) = pairs.into_iter().find(|(both, ..)| *both) else {
        return Ok(());
    };
    Err(Failure::Usage { message: format!("{one} cannot have {other}"), help: help.to_owned() })
}

/// Checks the accounting identities of the scenario's draws.
fn check(options: &Options, prepared: &Prepared, interrupt: &Interrupt) -> Result<(), Failure> {
    let run = &prepared.scenario.run;
    let bar = Bar::new(run.draws, options.output.quiet, interrupt.clone());
    let checked = check_identities(&prepared.plan, run.draws, prepared.execution, &bar);
    bar.clear();
    let checked = checked.map_err(|stopped| stopped_by(stopped, prepared.execution.threads))?;
    identities::report(&checked, &prepared.scenario, options.output.json)
}

impl Times {
    fn phases(&self) -> [(&'static str, f64); 3] {
        [("load", self.load), ("simulate", self.simulate), ("folder", self.folder)]
    }

    fn draws_per_second(&self, draws: u64) -> f64 {
        draws as f64 / self.simulate.max(1e-9)
    }
}

pub(super) fn seconds_since(started: Instant) -> f64 {
    started.elapsed().as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "how long a run took is said, and changes nothing")]
pub(super) fn now() -> Instant {
    Instant::now()
}

fn announce(options: &Options, prepared: &Prepared, shard: Option<&Shard>) {
    if options.output.quiet {
        return;
    }
    let run = &prepared.scenario.run;
    let part = shard
        .map(|shard| format!("shard {} of {} of ", shard.number, shard.of))
        .unwrap_or_default();
    let at_most = if options.until.is_empty() { "" } else { "at most " };
    let draws = draws_of(run.sampling, run.draws);
    terminal::note(&format!(
        "{} {part}`{}`: {at_most}{} {draws} of {}, {}\n",
        styled(GOOD, "running"),
        prepared.scenario.name,
        HumanCount(run.draws),
        counted(run.grid.steps(), "quarter"),
        counted(prepared.execution.threads, "thread"),
    ));
}

/// Fewest draws of a run that tells what the limits cost: a quick look stays quick.
const FEWEST_FOR_LIMITS: u64 = 16_384;

/// What the limits of the fleet cost, with warnings where that rests on weak inputs.
fn what_binds(
    prepared: &Prepared,
    result: &RunResult,
    interrupt: &Interrupt,
) -> Result<Option<Limits>, Failure> {
    let scenario = &prepared.scenario;
    let execution = prepared.execution;
    // They come of the first draws, so that the first part has them.
    let later = result.shard.as_ref().is_some_and(|shard| shard.number > 1);
    if scenario.run.draws < FEWEST_FOR_LIMITS || later {
        return Ok(None);
    }
    let limits = limits(&prepared.plan, scenario.run.draws, execution, &Silent)
        .map_err(|stopped| stopped_by(stopped, execution.threads))?;
    interrupt.check()?;
    Ok(limits.map(|mut limits| {
        let weak = |key: &str| about::is_weak(scenario, key);
        limits.warnings = limits.find_warnings(&result.kept, weak);
        limits
    }))
}

/// What comes of the questions without the overlays and single values, with the same random numbers:
/// nothing if there are none of either, or if the scenario cannot be run without them.
fn beside(
    options: &Options,
    prepared: &Prepared,
    result: &RunResult,
    interrupt: &Interrupt,
) -> Result<Option<Beside>, Failure> {
    let input = &options.input;
    if result.summaries.targets.list.is_empty()
        || (input.overlays.is_empty() && input.sets.is_empty())
    {
        return Ok(None);
    }
    let run = &prepared.scenario.run;
    let mut sets = vec![format!("run.draws={}", run.draws), format!("run.seed={}", run.seed)];
    if prepared.plan.design.is_some() {
        sets.push(format!("run.sampling={}", run.sampling));
    }
    let alone = Input { file: input.file.clone(), overlays: Vec::new(), sets };
    let Ok(scenario) = outcome(alone.load()).0 else { return Ok(None) };
    let Ok(mut plan) = plan::compile(&scenario) else { return Ok(None) };
    // What both have in common is in the same dimensions.
    plan.design.clone_from(&prepared.plan.design);
    let name = format!("{} alone", scenario.name);
    let alone = Prepared {
        scenario,
        plan,
        found: Diagnostics::new(),
        command: String::new(),
        execution: prepared.execution,
    };
    let shard = result.shard.as_ref();
    let targets = simulated_part(&alone, shard, options.output.quiet, interrupt)?.summaries.targets;
    Ok(Some(Beside { name, targets }))
}

/// What the folder of the whole run is called unless the user says otherwise.
fn folder_name(options: &Options, scenario: &Scenario) -> String {
    let mut name = file_name(&scenario.name);
    if options.condition {
        name.push_str("~conditioned");
    }
    if !options.input.sets.is_empty() {
        let digest = digest(&options.input.sets.join("\n"));
        name = format!("{name}~{}", &digest[..DIGITS]);
    }
    name
}

/// Where the results go.
fn folder(options: &Options, name: &str) -> PathBuf {
    let name = options.shard.map_or_else(|| name.to_owned(), |shard| shard.folder(name));
    options.output.folder(&name)
}

/// A name as one part of a path: what could lead elsewhere becomes `-`.
pub(super) fn file_name(name: &str) -> String {
    let usual = |c: char| c.is_alphanumeric() || "._+-~".contains(c);
    let name: String = name.chars().map(|c| if usual(c) { c } else { '-' }).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "scenario".to_owned() } else { name.to_owned() }
}

/// What a reader should know beside the headline.
fn remark(result: &RunResult, prepared: &Prepared, times: &Times, folder: &Path, files: usize) {
    let about = &result.about;
    let (seconds, rate) = (times.simulate, times.draws_per_second(about.draws));
    let wrote = styled(GOOD, "wrote");
    let mut text = format!("{wrote} {}: {}\n", folder.display(), counted(files, "file"));
    let _ = writeln!(
        text,
        "  {} in {seconds:.2} s, {} draws per second with {}",
        crate::tables::counted(about.draws, "draw"),
        HumanCount(rate.round() as u64),
        prepared.execution.isa.name(),
    );
    if let Some(precision) = &result.precision {
        text += &until::remark(precision);
    }
    let later = about.as_of < about.newest_used;
    let after = if later { ", after the day it looks from" } else { "" };
    let _ = writeln!(
        text,
        "  newest date used without hindsight {}, as of {}{after}",
        about.newest_used, about.as_of
    );
    if !about.hindsight.is_empty() {
        let _ = writeln!(text, "  hindsight, {}:", counted(about.hindsight.len(), "value"));
        let rows: Vec<Vec<String>> = about
            .hindsight
            .iter()
            .map(|mark| vec![mark.key.clone(), mark.known.to_string(), mark.source.clone()])
            .collect();
        text += &terminal::table(&["Key", "Known", "Source"], &rows, terminal::width());
    }
    terminal::note(&text);
    if let Some(shard) = &result.shard {
        terminal::note(&shard::advice(shard));
    }
    // Those that loading found have been shown where they are.
    for warning in about.warnings.iter().skip(prepared.found.warning_count()) {
        terminal::warning(warning);
    }
}

pub(super) fn as_json(
    result: &RunResult,
    headline: &Headline,
    folder: &Path,
    times: &Times,
) -> Value {
    let about = &result.about;
    json!({
        "shard": result.shard.as_ref().map(Shard::as_json),
        "scenario": about.scenario,
        "title": about.title,
        "folder": folder.display().to_string(),
        "digest": about.digest,
        "draws": about.draws,
        "seed": about.seed,
        "as_of": about.as_of.to_string(),
        "newest_used": about.newest_used.to_string(),
        "newest_hindsight": about.newest_hindsight().map(|day| day.to_string()),
        "hindsight": about.hindsight,
        "warnings": about.warnings,
        "left_range": left_range_json(result),
        "headline": headline.rows.iter().map(|row| row_json(headline, row)).collect::<Vec<_>>(),
        "limits": limits_json(headline),
        "targets": targets_json(result),
        "sampling": about.sampling(),
        "precision": result.precision.as_ref().map(precision_json),
        "seconds": times.phases().into_iter().map(|(phase, seconds)| (phase, json!(seconds))).collect::<Value>(),
        "draws_per_second": times.draws_per_second(about.draws),
    })
}

fn row_json(headline: &Headline, row: &crate::tables::Row) -> Value {
    let values = headline.periods.iter().zip(&row.values).map(|(period, range)| {
        let range = range.map(|range| {
            json!({
                "median": range.median, "p5": range.p5, "p95": range.p95, "error": range.error,
            })
        });
        (period.clone(), json!(range))
    });
    json!({
        "metric": row.metric,
        "label": row.label,
        "unit": row.unit,
        "values": values.collect::<serde_json::Map<_, _>>(),
    })
}

fn limits_json(headline: &Headline) -> Value {
    let periods = headline.periods.iter().zip(&headline.limits).map(|(period, shares)| {
        let shares = shares.iter().map(|share| (share.limit.to_owned(), json!(share.share)));
        (period.clone(), Value::Object(shares.collect()))
    });
    Value::Object(periods.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_stay_in_their_place() {
        assert_eq!(file_name("meta-2024-07+slow-grid"), "meta-2024-07+slow-grid");
        assert_eq!(file_name("../../etc"), "-..-etc");
        assert_eq!(file_name(".."), "scenario");
        assert_eq!(file_name("a b/c\\d"), "a-b-c-d");
    }
}
