//! `run`: a scenario becomes a headline and a folder of results.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::HumanCount;
use serde_json::{Value, json};

use super::exit::Failure;
use super::progress::{Bar, Interrupt};
use super::save::Saving;
use super::terminal::{self, GOOD, styled};
use super::{Input, about, counted, identities, outcome};
use crate::diag::{Diagnostics, Sources, to_json};
use crate::engine::{Execution, Silent, Stopped, check_identities, limits, simulate};
use crate::plan::{self, Plan};
use crate::results::{Beside, Limits, RunResult, digest, left_range_json, targets_json};
use crate::scenario::Scenario;
use crate::tables::Headline;

pub use crate::vector::Isa;

/// Draws in a block unless the user says otherwise.
const BLOCK: usize = 256;
/// Digits of the digest that tells runs with single values apart.
const DIGITS: usize = 6;
/// Folder of all run folders.
const OUT: &str = "out";

/// Options of `run`.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
pub struct Options {
    /// The scenario with what is laid over it.
    pub input: Input,
    /// Number of draws, in place of the scenario's.
    pub draws: Option<u64>,
    /// Seed, in place of the scenario's.
    pub seed: Option<u64>,
    /// Threads; all processors if none.
    pub threads: Option<usize>,
    /// Folder for the results.
    pub out: Option<PathBuf>,
    /// Whether to draw charts.
    pub charts: bool,
    /// Whether to print the headline only.
    pub quiet: bool,
    /// Whether to print JSON.
    pub json: bool,
    /// Draws in a block.
    pub block: Option<usize>,
    /// Instruction set; the widest one there is if none.
    pub isa: Option<Isa>,
    /// Whether to check identities in place of a run.
    pub check_identities: bool,
}

/// What is to be simulated.
struct Prepared {
    scenario: Scenario,
    plan: Plan,
    found: Diagnostics,
    execution: Execution,
}

/// How long the phases took, in seconds.
struct Times {
    load: f64,
    simulate: f64,
    charts: f64,
}

/// Projects the scenario, writes the folder, prints the headline.
pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let started = now();
    let prepared = prepare(options)?;
    let load = seconds_since(started);
    if options.check_identities {
        return check(options, &prepared, &interrupt);
    }
    let mut saving = Saving::begin(&folder(options, &prepared.scenario))?;
    let folder = saving.folder().to_path_buf();
    announce(options, &prepared);
    let started = now();
    let mut result = simulated(options, &prepared, &interrupt)?;
    result.limits = what_binds(&prepared, &result, &interrupt)?;
    result.beside = beside(options, &prepared, &result, &interrupt)?;
    let simulate = seconds_since(started);
    let started = now();
    if options.charts {
        saving.charts(&result, &interrupt)?;
    }
    let times = Times { load, simulate, charts: seconds_since(started) };
    let resolved = prepared.scenario.resolved_toml();
    let files = saving.finish(&result, resolved, &times.phases(), &interrupt)?;
    if !options.quiet {
        remark(&result, &prepared, &times, &folder, files);
    }
    let headline = Headline::of(&result);
    if options.json {
        terminal::print_json(&as_json(&result, &headline, &folder, &times))
    } else {
        terminal::print(&headline.text(terminal::width()))
    }
}

/// Checks the accounting identities of the scenario's draws.
fn check(options: &Options, prepared: &Prepared, interrupt: &Interrupt) -> Result<(), Failure> {
    let run = &prepared.scenario.run;
    let bar = Bar::new(run.draws, options.quiet, interrupt.clone());
    let checked = check_identities(&prepared.plan, run.draws, prepared.execution, &bar);
    bar.clear();
    let checked = checked.map_err(|stopped| stopped_by(stopped, prepared.execution.threads))?;
    identities::report(&checked, &prepared.scenario, options.json)
}

/// Why there is no result.
fn stopped_by(stopped: Stopped, threads: usize) -> Failure {
    match stopped {
        Stopped::Cancelled => Failure::Interrupted,
        Stopped::Threads(error) => Failure::File {
            message: format!("cannot start {}", counted(threads, "thread")),
            help: format!("try --threads 1 ({error})"),
        },
    }
}

impl Times {
    fn phases(&self) -> [(&'static str, f64); 3] {
        [("load", self.load), ("simulate", self.simulate), ("charts", self.charts)]
    }

    fn draws_per_second(&self, draws: u64) -> f64 {
        draws as f64 / self.simulate.max(1e-9)
    }
}

fn seconds_since(started: Instant) -> f64 {
    started.elapsed().as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "how long a run took is said, and changes nothing")]
fn now() -> Instant {
    Instant::now()
}

/// Loads and compiles; what is found is printed.
fn prepare(options: &Options) -> Result<Prepared, Failure> {
    let execution = execution(options)?;
    let (scenario, found, sources) = outcome(layered(options).load());
    let compiled = scenario.and_then(|scenario| match plan::compile(&scenario) {
        Ok(plan) => Ok((scenario, plan)),
        Err(problems) => {
            reject(options, &problems, &sources)?;
            Err(Failure::Invalid)
        }
    });
    if found.has_errors() {
        reject(options, &found, &sources)?;
    } else if !options.quiet {
        terminal::diagnostics(&found, &sources);
    }
    let (scenario, plan) = compiled?;
    Ok(Prepared { scenario, plan, found, execution })
}

/// Prints what makes a scenario invalid.
fn reject(options: &Options, problems: &Diagnostics, sources: &Sources) -> Result<(), Failure> {
    if options.json {
        return terminal::print_json(&json!({ "diagnostics": to_json(problems, sources) }));
    }
    terminal::diagnostics(problems, sources);
    Ok(())
}

/// The scenario with draws and seed as single values on top, so that the resolved scenario says
/// what was run.
fn layered(options: &Options) -> Input {
    let mut input = options.input.clone();
    input.sets.extend(options.draws.map(|draws| format!("run.draws={draws}")));
    input.sets.extend(options.seed.map(|seed| format!("run.seed={seed}")));
    input
}

fn execution(options: &Options) -> Result<Execution, Failure> {
    let isa = options.isa.unwrap_or_else(Isa::detect);
    if !isa.is_available() {
        let names: Vec<&str> = Isa::available().into_iter().map(Isa::name).collect();
        return Err(Failure::Usage {
            message: format!("this processor has no {}", isa.name()),
            help: format!("it has {}", names.join(", ")),
        });
    }
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = options.threads.unwrap_or_else(processors);
    Ok(Execution { threads, block: options.block.unwrap_or(BLOCK), isa })
}

fn announce(options: &Options, prepared: &Prepared) {
    if options.quiet {
        return;
    }
    let run = &prepared.scenario.run;
    terminal::note(&format!(
        "{} `{}`: {} draws of {}, {}\n",
        styled(GOOD, "running"),
        prepared.scenario.name,
        HumanCount(run.draws),
        counted(run.grid.steps(), "quarter"),
        counted(prepared.execution.threads, "thread"),
    ));
}

fn simulated(
    options: &Options,
    prepared: &Prepared,
    interrupt: &Interrupt,
) -> Result<RunResult, Failure> {
    let scenario = &prepared.scenario;
    let draws = scenario.run.draws;
    let bar = Bar::new(draws, options.quiet, interrupt.clone());
    let simulated = simulate(&prepared.plan, draws, prepared.execution, &bar);
    bar.clear();
    let (summaries, kept) =
        simulated.map_err(|stopped| stopped_by(stopped, prepared.execution.threads))?;
    Ok(RunResult {
        about: about::about(scenario, &prepared.plan, &prepared.found),
        grid: scenario.run.grid,
        summaries,
        kept,
        limits: None,
        observations: about::observed(scenario),
        beside: None,
    })
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
    if scenario.run.draws < FEWEST_FOR_LIMITS {
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
    let sets = vec![format!("run.draws={}", run.draws), format!("run.seed={}", run.seed)];
    let alone = Input { file: input.file.clone(), overlays: Vec::new(), sets };
    let Ok(scenario) = outcome(alone.load()).0 else { return Ok(None) };
    let Ok(plan) = plan::compile(&scenario) else { return Ok(None) };
    let name = format!("{} alone", scenario.name);
    let alone =
        Prepared { scenario, plan, found: Diagnostics::new(), execution: prepared.execution };
    let targets = simulated(options, &alone, interrupt)?.summaries.targets;
    Ok(Some(Beside { name, targets }))
}

/// Where the results go.
fn folder(options: &Options, scenario: &Scenario) -> PathBuf {
    options.out.clone().unwrap_or_else(|| {
        let mut name = file_name(&scenario.name);
        if !options.input.sets.is_empty() {
            let digest = digest(&options.input.sets.join("\n"));
            name = format!("{name}~{}", &digest[..DIGITS]);
        }
        PathBuf::from(OUT).join(name)
    })
}

/// A name as one part of a path: what could lead elsewhere becomes `-`.
fn file_name(name: &str) -> String {
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
        "  {} draws in {seconds:.2} s, {} draws per second with {}",
        HumanCount(about.draws),
        HumanCount(rate.round() as u64),
        prepared.execution.isa.name(),
    );
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
    // Those that loading found have been shown where they are.
    for warning in about.warnings.iter().skip(prepared.found.warning_count()) {
        terminal::warning(warning);
    }
}

fn as_json(result: &RunResult, headline: &Headline, folder: &Path, times: &Times) -> Value {
    let about = &result.about;
    json!({
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
