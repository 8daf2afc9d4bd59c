//! `sweep`: many scenarios that differ in a few keys, on the same random numbers.
//!
//! A point is the scenario with its values as single values on top, exactly as after `--set`; so it is
//! what a run of it is. Files are read once. Points are spread over the threads, each of which loads,
//! plans and simulates one after the other, as far as the figures that were asked for need it; where
//! there are fewer points than threads need, the draws of a point are spread instead.

mod files;
mod points;
mod spec;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::compare::asked::{Figure, Known};
use super::data_file::Format as DataFormat;
use super::drawing::{Look, lay_out};
use super::exit::Failure;
use super::progress::{Bar, Interrupt};
use super::save::Saving;
use super::simulation::{Machine, Prepared, Sizes, Voice, prepare, stopped_by};
use super::terminal::{self, GOOD, styled};
use super::{Input, about, counted, quoted};
use crate::charts::sweep_figures;
use crate::diag::Diagnostics;
use crate::engine::{Asked, Execution, SharedDraws, Stopped, find, on_each, summarize};
use crate::model::declare::Aggregation;
use crate::plan::{self, Plan};
use crate::results::{
    Ranks, Statistics, Summary, Sweep, SweptCell, SweptFigure, SweptKey, SweptPoint, Targets,
    digest, sweep_json, sweep_run_json,
};
use crate::scenario;
use crate::tables::{failed_points_table, sweep_csv, sweep_table, sweep_text};
use files::{Remembered, parquet_of};
use points::Points;
use spec::{Over, Problem};

/// Folder of all sweeps.
const OUT: &str = "out/sweep";
/// Digits of the digest that tells sweeps of one scenario apart.
const DIGITS: usize = 6;
/// Code of the message that a number needs a unit.
const UNIT: &str = "S021";
/// Points for each thread from which on points are spread over the threads, and not their draws.
const SPREAD: usize = 2;
/// Keys that are the same at all points.
const SHARED: [(&str, &str); 2] = [("run.draws", "--draws"), ("run.seed", "--seed")];
/// Metrics that are told if none is asked for.
const USUAL: [&str; 3] = ["facility.power", "fleet.h100e", "capex.total"];

/// How points are chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Design {
    /// Every combination.
    #[default]
    Grid,
    /// A Latin hypercube of so many points.
    Sampled(usize),
    /// The rows of a table.
    Table(PathBuf),
}

/// Options of `sweep`.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
pub struct Options {
    /// The scenario with what is laid over it at all points.
    pub input: Input,
    /// `KEY=SPEC`.
    pub over: Vec<String>,
    /// How points are chosen.
    pub design: Design,
    /// `METRIC@PERIOD`.
    pub metrics: Vec<String>,
    /// `TARGET@DATE`.
    pub targets: Vec<String>,
    /// How many draws at each point, and which.
    pub sizes: Sizes,
    /// How to run.
    pub machine: Machine,
    /// Folder for the results.
    pub out: Option<PathBuf>,
    /// Whether to draw charts.
    pub charts: bool,
    /// Whether to write the table as Parquet too.
    pub parquet: bool,
    /// Whether to print the table only.
    pub quiet: bool,
    /// Whether to print JSON.
    pub json: bool,
}

/// Runs all points, writes the folder, prints a table.
pub(super) fn sweep(options: &Options) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let execution = options.machine.execution()?;
    let voice = Voice { quiet: options.quiet, json: options.json };
    let overs: Vec<Over> = options
        .over
        .iter()
        .map(|text| Over::read(text).map_err(|problem| wrong("--over", problem)))
        .collect::<Result<_, _>>()?;
    if options.parquet && !DataFormat::Parquet.is_available() {
        return Err(Failure::Usage {
            message: "this program was built without Parquet".to_owned(),
            help: "sweep.csv is the same table; or build it with the feature `parquet`".to_owned(),
        });
    }
    let base = prepare(&options.input, options.sizes, execution, voice)?;
    base.warn_of_plain_draws("sweep", voice);
    let points = choose(options, &overs, base.scenario.run.seed)?;
    check_keys(&points)?;
    let figures = asked(options, &base)?;
    let mut saving = Saving::begin(&folder(options, &base), "sweep")?;
    if !options.quiet {
        terminal::note(&format!(
            "{} `{}` at {} of {}, {}\n",
            styled(GOOD, "running"),
            base.scenario.name,
            counted(points.list.len(), "point"),
            crate::tables::counted(base.scenario.run.draws, "draw"),
            counted(execution.threads, "thread"),
        ));
    }
    let runner = Runner { options, base: &base, points: &points, figures: &figures };
    let outcomes = runner.run(&interrupt)?;
    if outcomes.iter().all(Result::is_err) {
        return Err(none_ran(&points, &outcomes));
    }
    let sweep = told(options, &base, points, &figures, outcomes);
    let charts = if options.charts { pictures(&sweep, &interrupt)? } else { Vec::new() };
    let folder = saving.folder().to_path_buf();
    saving.charts(charts)?;
    let files = saving.finish_with(
        &files_of(options, &sweep)?,
        |files| sweep_run_json(&sweep, files),
        &interrupt,
    )?;
    if !options.quiet {
        terminal::note(&format!(
            "{} {}: {}\n",
            styled(GOOD, "wrote"),
            folder.display(),
            counted(files, "file")
        ));
    }
    report(options, &sweep)
}

/// Prints what came of it; a point that failed makes the program fail after all is told.
fn report(options: &Options, sweep: &Sweep) -> Result<(), Failure> {
    let mut told = String::new();
    for (number, point, why) in sweep.failed() {
        let values =
            sweep.keys.iter().zip(&point.values).filter(|(_, value)| !value.text.is_empty());
        let values: Vec<String> =
            values.map(|(key, value)| format!("{}={}", key.name, value.text)).collect();
        let _ = writeln!(told, "point {number} failed, {}: {why}", values.join(", "));
    }
    terminal::note(&told);
    for key in sweep.idle() {
        if !options.quiet {
            terminal::warning(&format!("`{key}` moves none of the figures in this scenario"));
        }
    }
    if options.json {
        terminal::print_json(&sweep_json(sweep))?;
    } else {
        terminal::print(&sweep_text(sweep, terminal::width()))?;
    }
    if told.is_empty() { Ok(()) } else { Err(Failure::Invalid) }
}

fn wrong(option: &str, (message, help): Problem) -> Failure {
    Failure::Usage { message: format!("{option}: {message}"), help }
}

fn choose(options: &Options, overs: &[Over], seed: u64) -> Result<Points, Failure> {
    let over = |problem| wrong("--over", problem);
    if let Design::Table(path) = &options.design {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::File {
            message: format!("cannot read `{}`", path.display()),
            help: error.to_string(),
        })?;
        let shown = format!("--points {}", path.display());
        return points::table(&text).map_err(|problem| wrong(&shown, problem));
    }
    if overs.is_empty() {
        let message = "nothing to sweep over".to_owned();
        return Err(over((message, "name a key: --over site.slip=x0.5..x2:5".to_owned())));
    }
    match options.design {
        Design::Sampled(count) => points::sampled(overs, count, seed).map_err(over),
        _ => points::grid(overs).map_err(over),
    }
}

/// The key that the values of a key set, without quotes: a factor is that of `scale`.
fn set_by(key: &SweptKey) -> String {
    let name = key.name.replace(['"', '\''], "");
    if key.factor { format!("scale.{name}") } else { name }
}

/// Refuses keys that stand twice, and those that all points share.
fn check_keys(points: &Points) -> Result<(), Failure> {
    for (at, key) in points.keys.iter().enumerate() {
        let twin = points.keys[..at].iter().find(|other| set_by(other) == set_by(key));
        if let Some(twin) = twin {
            let message = if twin.name == key.name {
                format!("`{}` stands twice", key.name)
            } else {
                format!("`{}` and `{}` are the same key", twin.name, key.name)
            };
            let help = "give all its values at once: KEY=A,B,C".to_owned();
            return Err(Failure::Usage { message, help });
        }
        if let Some((_, option)) = SHARED.iter().find(|(name, _)| *name == key.name) {
            return Err(Failure::Usage {
                message: format!("all points have the same `{}`", key.name),
                help: format!("choose it with {option}"),
            });
        }
    }
    Ok(())
}

/// What is asked of every point: the usual metrics and all targets if the user asks nothing.
fn asked(options: &Options, base: &Prepared) -> Result<Vec<Figure>, Failure> {
    let grid = base.scenario.run.grid;
    let known = Known::of_plan(&base.plan, grid);
    let mut figures = Vec::new();
    for (option, texts) in [("--metric", &options.metrics), ("--target", &options.targets)] {
        for text in texts {
            let figure = known.figure(text);
            figures.push(figure.map_err(|problem| wrong(&format!("{option} {text}"), problem))?);
        }
    }
    if figures.is_empty() {
        let usual =
            USUAL.iter().filter_map(|name| known.figure(&format!("{name}@{}", grid.to())).ok());
        figures.extend(usual);
        let targets = base.plan.targets.targets.iter().filter(|target| target.named);
        figures.extend(targets.filter_map(|target| known.figure(&target.name).ok()));
    }
    Ok(figures)
}

/// Where the results go.
fn folder(options: &Options, base: &Prepared) -> PathBuf {
    options.out.clone().unwrap_or_else(|| {
        let mut what = [&options.input.sets[..], &options.over].concat();
        what.push(format!("{:?}", options.design));
        let digest = digest(&what.join("\n"));
        let name = super::run::file_name(&base.scenario.name);
        Path::new(OUT).join(format!("{name}~{}", &digest[..DIGITS]))
    })
}

/// What came of a point: figures, or why there are none.
type Outcome = Result<Vec<Option<SweptCell>>, String>;

/// Runs the points.
struct Runner<'a> {
    options: &'a Options,
    base: &'a Prepared,
    points: &'a Points,
    figures: &'a [Figure],
}

/// What all points share.
struct Alike {
    files: Remembered,
    draws: Option<SharedDraws>,
}

impl Runner<'_> {
    /// The random numbers of the scenario itself, which most points take as they are.
    fn shared_draws(&self) -> SharedDraws {
        let plan = &self.base.plan;
        let watched: Vec<_> = self.figures.iter().map(|figure| find(plan, &figure.asked)).collect();
        SharedDraws::of(plan, &watched, self.base.scenario.run.draws, self.base.execution.isa)
    }

    fn run(&self, interrupt: &Interrupt) -> Result<Vec<Outcome>, Failure> {
        let draws = self.base.scenario.run.draws;
        let count = self.points.list.len();
        let execution = self.base.execution;
        let spread = count >= SPREAD * execution.threads;
        let (threads, inner) = if spread { (execution.threads, 1) } else { (1, execution.threads) };
        let inner = Execution { threads: inner, ..execution };
        let bar =
            Bar::new(draws.saturating_mul(count as u64), self.options.quiet, interrupt.clone());
        let shared = (count > 1).then(|| self.shared_draws());
        let alike = Alike { files: Remembered::default(), draws: shared };
        let found = on_each(count, threads, &bar, |at| self.point(at, &alike, inner, &bar));
        bar.clear();
        let stopped = |stopped| stopped_by(stopped, execution.threads);
        found.map_err(stopped)?.into_iter().map(|point| point.map_err(stopped)).collect()
    }

    fn point(
        &self,
        at: usize,
        alike: &Alike,
        execution: Execution,
        bar: &Bar,
    ) -> Result<Outcome, Stopped> {
        use crate::engine::Progress as _;
        let run = &self.base.scenario.run;
        let mut input = self.options.input.clone();
        input.sets.extend(self.points.sets(at));
        let sizes = Sizes { draws: Some(run.draws), seed: Some(run.seed), sampling: None };
        let input = sizes.over(&input);
        let loaded = scenario::load(&alike.files, &input.file, &input.overlays, &input.sets);
        let compiled = match loaded.result {
            Ok(scenario) => plan::compile(&scenario),
            Err(_) => Err(loaded.diagnostics),
        };
        match compiled {
            Ok(plan) => {
                let figures = self.figures.iter();
                let watched: Vec<_> = figures.map(|figure| find(&plan, &figure.asked)).collect();
                let size = (run.draws, alike.draws.as_ref());
                let (found, targets) = summarize(&plan, &watched, size, execution, bar)?;
                let ranks = Ranks::new(run.draws);
                let cells = self.figures.iter().zip(&found).map(|(figure, summary)| {
                    cell(&plan, &ranks, figure, summary.as_ref(), &targets)
                });
                Ok(Ok(cells.collect()))
            }
            Err(problems) => {
                bar.advance(run.draws);
                Ok(Err(self.reason(&problems)))
            }
        }
    }

    /// The first error in one line, and what to do.
    fn reason(&self, problems: &Diagnostics) -> String {
        let error = problems.iter().find(|one| one.severity == crate::diag::Severity::Error);
        let Some(error) = error.or_else(|| problems.iter().next()) else {
            return "it is not valid".to_owned();
        };
        let mut text = error.message.clone();
        let ranges = self.with_units();
        if error.code == UNIT && !ranges.is_empty() {
            let _ = write!(text, "; write {}", ranges.join(" "));
            return text;
        }
        for help in error.help.iter().filter(|help| !help.is_empty()) {
            let _ = write!(text, "; {help}");
        }
        text
    }

    /// Ranges without a unit whose keys need one, with the unit that the scenario writes there.
    fn with_units(&self) -> Vec<String> {
        let texts = self.options.over.iter();
        let overs = texts.filter_map(|text| Over::read(text).ok());
        let mended = overs.filter_map(|over| {
            let input = self.input(&over.key)?;
            let quantity = input.decl.quantity;
            if quantity.allows_bare_number() {
                return None;
            }
            let unit = spec::unit_in(&input.text).unwrap_or_else(|| quantity.canonical_unit());
            Some(format!("--over {}", quoted(&over.with_unit(unit)?)))
        });
        mended.collect()
    }

    /// The input that a key sets, whole or a part of it, or the first of several.
    fn input(&self, key: &str) -> Option<&scenario::Input> {
        let scenario = &self.base.scenario;
        let part = |input: &&scenario::Input| key.starts_with(&format!("{}.", input.key));
        let set = scenario.standing_for(key).into_iter().next();
        set.or_else(|| scenario.inputs.values().find(part))
    }
}

/// What came of a figure; none if the point has no such figure.
fn cell(
    plan: &Plan,
    ranks: &Ranks,
    figure: &Figure,
    summary: Option<&Summary>,
    targets: &Targets,
) -> Option<SweptCell> {
    match &figure.asked {
        Asked::Quarter { metric, .. } | Asked::Year { metric, .. } => {
            let statistics = Statistics::of(summary?, ranks);
            let metric = plan.metrics.iter().find(|one| one.name == *metric)?;
            if metric.decl.aggregation == Aggregation::Indicator {
                return statistics.probability().map(SweptCell::Chance);
            }
            Some(SweptCell::Metric(Box::new(statistics)))
        }
        Asked::Target { name, label } => {
            let target = targets.list.iter().find(|target| target.name == *name)?;
            let date = target.dates.iter().find(|date| date.label == *label)?;
            date.probability().map(SweptCell::Chance)
        }
    }
}

/// No point could be run: the first one says why.
fn none_ran(points: &Points, outcomes: &[Outcome]) -> Failure {
    let why = outcomes.iter().find_map(|outcome| outcome.as_ref().err());
    let first = points.sets(0).join(", ");
    let message = format!("none of the {} can be run", counted(points.list.len(), "point"));
    let why = why.map_or("", String::as_str);
    terminal::error(&message, &format!("the first one, {first}: {why}"));
    Failure::Invalid
}

/// Everything that results say.
fn told(
    options: &Options,
    base: &Prepared,
    points: Points,
    figures: &[Figure],
    outcomes: Vec<Outcome>,
) -> Sweep {
    let about = about::about(&base.scenario, &base.plan, &base.found, "");
    let figure = |figure: &Figure| SweptFigure {
        name: figure.name.clone(),
        label: figure.label.clone(),
        unit: figure.unit.clone(),
        chance: matches!(figure.asked, Asked::Target { .. }),
    };
    let list = points.list.iter().zip(outcomes).map(|(items, outcome)| SweptPoint {
        values: items.iter().map(spec::Item::value).collect(),
        outcome,
    });
    let list = list.collect();
    Sweep {
        scenario: about.scenario,
        title: about.title,
        digest: about.digest,
        version: about.version,
        engine: about.engine,
        seed: about.seed,
        draws: about.draws,
        credits: about.credits,
        command: command(options),
        design: points.design.to_owned(),
        keys: points.keys,
        figures: figures.iter().map(figure).collect(),
        points: list,
    }
}

/// Arguments that make this sweep again.
fn command(options: &Options) -> String {
    let mut text = format!("sweep {}", quoted(&options.input.file));
    let lists = [
        ("--with", &options.input.overlays),
        ("--set", &options.input.sets),
        ("--over", &options.over),
        ("--metric", &options.metrics),
        ("--target", &options.targets),
    ];
    for (name, values) in lists {
        for value in values {
            let _ = write!(text, " {name} {}", quoted(value));
        }
    }
    match &options.design {
        Design::Grid => {}
        Design::Sampled(count) => {
            let _ = write!(text, " --design sampled:{count}");
        }
        Design::Table(path) => {
            let _ = write!(text, " --points {}", quoted(&path.display().to_string()));
        }
    }
    for (name, value) in [("--draws", options.sizes.draws), ("--seed", options.sizes.seed)] {
        if let Some(value) = value {
            let _ = write!(text, " {name} {value}");
        }
    }
    text
}

fn files_of(options: &Options, sweep: &Sweep) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let table = sweep_table(sweep);
    let mut files = vec![
        ("sweep.csv".to_owned(), sweep_csv(&table).into_bytes()),
        ("sweep.json".to_owned(), format!("{:#}\n", sweep_json(sweep)).into_bytes()),
    ];
    if sweep.failed().next().is_some() {
        let failed = sweep_csv(&failed_points_table(sweep));
        files.push(("failed.csv".to_owned(), failed.into_bytes()));
    }
    if options.parquet {
        let failed = |error| Failure::Bug(format!("cannot make sweep.parquet ({error})"));
        files.push(("sweep.parquet".to_owned(), parquet_of(&table).map_err(failed)?));
    }
    Ok(files)
}

/// The charts as SVG and PNG.
fn pictures(sweep: &Sweep, interrupt: &Interrupt) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut figures = sweep_figures(sweep);
    for named in &mut figures {
        named.name = super::run::file_name(&named.name);
    }
    Look::default().files(&lay_out(&figures, interrupt)?, interrupt)
}
