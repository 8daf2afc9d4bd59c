//! `drivers`: what each input does to a result, from the draws of the run itself.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::again::{Source, source};
use super::chart::{CHARTS_FOLDER, save};
use super::drawing::{Look, lay_out};
use super::exit::Failure;
use super::progress::{Bar, Interrupt};
use super::run::file_name;
use super::simulation::{Machine, Prepared, Sizes, Voice, prepare, stopped_by};
use super::terminal::{GOOD, styled};
use super::{Input, about, counted, terminal};
use crate::charts::from_drivers::{MadeFrom, from_drivers};
use crate::diag::nearest;
use crate::engine::{Aim, driver_draws, driver_inputs};
use crate::plan::Plan;
use crate::results::{
    DriverDraws, DriverInput, DriverOutput, Drivers, Facts, Given, OutputKind, RunResult, drivers,
    drivers_json,
};
use crate::sampling::ENGINE;
use crate::tables::DriversPage;
use crate::time::{Date, Quarter, TimeGrid};

/// Draws that are counted unless the user says otherwise.
pub const DRAWS: u64 = 8192;
/// Most draws: their inputs are held in memory.
pub const MOST: u64 = 65_536;
/// Draws of a leaf: where the draws begin that set weights.
const LEAF: u64 = 1024;

/// Options of `drivers`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Run folder, or scenario with what is laid over it.
    pub input: Input,
    /// Metric.
    pub metric: Option<String>,
    /// Target.
    pub target: Option<String>,
    /// Quarter, year or day.
    pub at: Option<String>,
    /// Draws.
    pub draws: u64,
    /// How to run.
    pub machine: Machine,
    /// How to print it.
    pub form: Form,
    /// No progress and warnings.
    pub quiet: bool,
    /// Whether to draw a tornado.
    pub chart: bool,
    /// Folder for it.
    pub out: Option<PathBuf>,
}

/// How the answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Terminal,
    /// For a page.
    Markdown,
    /// All inputs as rows.
    Csv,
    /// One JSON document.
    Json,
}

/// What is asked: a metric at a period, or a target by a day or for its first date.
#[derive(Clone, Debug, PartialEq)]
enum Asked {
    Metric { name: String, at: Period },
    Target { name: String, by: Option<Date> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Year(i32),
    Quarter(Quarter),
}

/// What was found, and of what.
struct Found {
    drivers: Drivers,
    grid: TimeGrid,
    name: String,
    title: String,
    seed: u64,
    engine: u32,
    credits: Vec<String>,
}

/// Prints what drives a result.
pub(super) fn drivers_of(options: &Options) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let asked = asked(options)?;
    let found = match source(&options.input)? {
        Source::Scenario(input) => from_scenario(options, &asked, &input, &interrupt)?,
        Source::Kept(result, why) => from_kept(&asked, &result, &why)?,
    };
    let made_from = format!("{}, seed {}", found.name, found.seed);
    if options.chart {
        draw(options, &found, &interrupt)?;
    }
    let page = DriversPage::new(&found.drivers, &made_from, found.grid);
    match options.form {
        Form::Terminal => terminal::print(&page.text(terminal::width())),
        Form::Markdown => terminal::print(&page.markdown()),
        Form::Csv => terminal::print(&page.csv()),
        Form::Json => {
            let mut value = json!({
                "scenario": found.name,
                "title": found.title,
                "seed": found.seed,
                "engine": found.engine,
            });
            if let (Some(all), serde_json::Value::Object(more)) =
                (value.as_object_mut(), drivers_json(&found.drivers))
            {
                all.extend(more);
            }
            terminal::print_json(&value)
        }
    }
}

/// Draws the tornado as SVG and PNG.
fn draw(options: &Options, found: &Found, interrupt: &Interrupt) -> Result<(), Failure> {
    let made_from = MadeFrom { scenario: &found.name, seed: found.seed, credits: &found.credits };
    let Some(named) = from_drivers(&found.drivers, made_from, found.grid) else {
        terminal::note("no chart: no input has an effect that can be told from none\n");
        return Ok(());
    };
    let usual = || Path::new(CHARTS_FOLDER).join(file_name(&found.name));
    let folder = options.out.clone().unwrap_or_else(usual);
    for (name, bytes) in Look::default().files(&lay_out(&[named], interrupt)?, interrupt)? {
        let path = folder.join(name);
        save(&path, &bytes).map_err(|error| Failure::File {
            message: format!("cannot write `{}`", path.display()),
            help: error.to_string(),
        })?;
        if !options.quiet {
            terminal::note(&format!("{} {}\n", styled(GOOD, "wrote"), path.display()));
        }
    }
    Ok(())
}

fn asked(options: &Options) -> Result<Asked, Failure> {
    let usage = |message: String, help: &str| Failure::Usage { message, help: help.to_owned() };
    let period = |text: &str| {
        let year = text.parse().ok().filter(|year| (1..=9999).contains(year)).map(Period::Year);
        year.or_else(|| Quarter::parse(text).map(Period::Quarter))
    };
    match (&options.metric, &options.target, options.at.as_deref()) {
        (Some(name), _, Some(text)) => {
            let at = period(text).ok_or_else(|| {
                let message = format!("`{text}` is no quarter and no year");
                usage(message, "write --at 2026Q4 for a quarter's end, or --at 2026 for a year")
            })?;
            Ok(Asked::Metric { name: name.clone(), at })
        }
        (Some(_), ..) => Err(usage(
            "a metric has a value for each quarter".to_owned(),
            "say which one with --at 2026Q4, or the year with --at 2026",
        )),
        (None, Some(name), at) => {
            let day = |text: &str| {
                let end = match period(text) {
                    Some(Period::Year(year)) => Quarter::new(year, 4).map(Quarter::end),
                    Some(Period::Quarter(quarter)) => Some(quarter.end()),
                    None => Date::parse(text),
                };
                end.ok_or_else(|| {
                    let message = format!("`{text}` is no date");
                    usage(message, "write --at 2026-06-30, or a quarter or year, whose end counts")
                })
            };
            Ok(Asked::Target { name: name.clone(), by: at.map(day).transpose()? })
        }
        (None, None, _) => Err(usage(
            "there is nothing asked".to_owned(),
            "say --metric fleet.h100e --at 2026, or --target NAME",
        )),
    }
}

fn from_scenario(
    options: &Options,
    asked: &Asked,
    input: &Input,
    interrupt: &Interrupt,
) -> Result<Found, Failure> {
    let execution = options.machine.execution()?;
    let voice = Voice { quiet: options.quiet, json: options.form == Form::Json };
    let prepared = prepare(input, Sizes::default(), execution, voice)?;
    prepared.warn_of_plain_draws("drivers", voice);
    let Prepared { scenario, plan, .. } = &prepared;
    let grid = scenario.run.grid;
    let (aim, output) = aim(plan, grid, asked)?;
    let inputs = driver_inputs(plan, &aim);
    let first = options.draws.next_multiple_of(LEAF);
    let pilot = (options.draws / 2).max(LEAF);
    let bar = Bar::new(options.draws + pilot, options.quiet, interrupt.clone());
    let rerun = |draws| {
        driver_draws(plan, &aim, draws, execution, &bar)
            .map_err(|stopped| stopped_by(stopped, execution.threads))
    };
    let draws = rerun(0..options.draws);
    let pilot = rerun(first..first + pilot);
    bar.clear();
    let (draws, pilot) = (draws?, pilot?);
    interrupt.check()?;
    let given = about::given(scenario);
    let facts = Facts { inputs: &inputs, given: &given, missing: &[] };
    Ok(Found {
        drivers: found(output, facts, &draws, &pilot)?,
        grid,
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        seed: scenario.run.seed,
        engine: ENGINE,
        credits: about::credits(scenario),
    })
}

fn found(
    output: DriverOutput,
    facts: Facts<'_>,
    draws: &DriverDraws,
    pilot: &DriverDraws,
) -> Result<Drivers, Failure> {
    let values = draws.output.iter().filter(|value| value.is_finite()).count();
    drivers(output, facts, draws, pilot).ok_or_else(|| Failure::Usage {
        message: format!("{} with a value: too few to say what drives it", counted(values, "draw")),
        help: "take more with --draws, or ask for another period".to_owned(),
    })
}

/// What to look at in the draws of a plan.
fn aim(plan: &Plan, grid: TimeGrid, asked: &Asked) -> Result<(Aim, DriverOutput), Failure> {
    match asked {
        Asked::Metric { name, at } => {
            let Some(metric) = plan.metrics.iter().find(|metric| metric.name == *name) else {
                return Err(unknown("metric", name, plan.metrics.iter().map(|m| m.name.as_str())));
            };
            let (quarter, year) = match *at {
                Period::Year(year) => (Quarter::new(year, 4), true),
                Period::Quarter(quarter) => (Some(quarter), false),
            };
            let step = quarter.and_then(|quarter| grid.step(quarter));
            let aim = step.and_then(|step| Aim::metric(plan, name, step, year));
            let label = match &metric.label {
                Some(of) => format!("{} {of}", metric.decl.label),
                None => metric.decl.label.to_owned(),
            };
            let output = DriverOutput {
                name: name.clone(),
                label,
                unit: metric.decl.quantity.canonical_unit().to_owned(),
                at: said(*at),
                kind: OutputKind::Value,
            };
            let steps = (metric.from, metric.to.saturating_sub(1));
            aim.map(|aim| (aim, output)).ok_or_else(|| no_value(name, *at, grid, steps))
        }
        Asked::Target { name, by } => {
            let targets = &plan.targets.targets;
            let at = targets.iter().position(|target| target.named && target.name == *name);
            let Some(at) = at else {
                let named = targets.iter().filter(|target| target.named);
                return Err(unknown("target", name, named.map(|target| target.name.as_str())));
            };
            let aim = match by {
                Some(day) => Aim::Met { target: at, end: end_of(*day, grid)? },
                None => Aim::First { target: at },
            };
            Ok((aim, target_output(name, &targets[at].title, *by)))
        }
    }
}

fn target_output(name: &str, title: &str, by: Option<Date>) -> DriverOutput {
    DriverOutput {
        name: name.to_owned(),
        label: title.to_owned(),
        unit: if by.is_some() { "" } else { "quarters" }.to_owned(),
        at: by.map_or_else(String::new, |day| format!("by {day}")),
        kind: if by.is_some() { OutputKind::Chance } else { OutputKind::Date },
    }
}

fn end_of(day: Date, grid: TimeGrid) -> Result<f64, Failure> {
    if grid.step(day.quarter()).is_none() {
        return Err(Failure::Usage {
            message: format!("{day} is not within {} to {}", grid.from(), grid.to()),
            help: "ask for a day that the run has".to_owned(),
        });
    }
    Ok(grid.end_of_day(day))
}

fn said(at: Period) -> String {
    match at {
        Period::Year(year) => year.to_string(),
        Period::Quarter(quarter) => quarter.to_string(),
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("it has no {what} at all"),
        None if what == "target" => format!("it asks {}", known.join(", ")),
        None => "`fleetcast list metrics` lists what runs can give".to_owned(),
    };
    Failure::Usage { message: format!("there is no {what} `{name}` in this run"), help }
}

fn no_value(name: &str, at: Period, grid: TimeGrid, (from, to): (usize, usize)) -> Failure {
    Failure::Usage {
        message: format!("`{name}` has no value at {}", said(at)),
        help: format!(
            "it has values from {} to {}; years must lie in the run as a whole",
            grid.quarter(from),
            grid.quarter(to)
        ),
    }
}

/// From the first draws that a run folder keeps: inputs drawn once, metrics at year ends.
fn from_kept(asked: &Asked, result: &RunResult, why: &str) -> Result<Found, Failure> {
    let (values, output) = kept_output(asked, result)?;
    let kept = &result.kept.inputs;
    let inputs: Vec<DriverInput> = kept.iter().map(|(key, _)| DriverInput::kept(key)).collect();
    let columns = kept.iter().map(|(_, values)| vec![values.clone()]).collect();
    let draws = DriverDraws { output: values, inputs: columns };
    let missing = [missing(result, why)];
    let facts = Facts { inputs: &inputs, given: &result.given, missing: &missing };
    let about = &result.about;
    Ok(Found {
        drivers: found(output, facts, &draws, &DriverDraws::default())?,
        grid: result.grid,
        name: about.scenario.clone(),
        title: about.title.clone(),
        seed: about.seed,
        engine: about.engine,
        credits: about.credits.clone(),
    })
}

/// What the kept draws do not say.
fn missing(result: &RunResult, why: &str) -> String {
    let kept: Vec<&str> = result.kept.inputs.iter().map(|(key, _)| key.as_str()).collect();
    let series = |given: &&Given| {
        !["once", "setting"].contains(&given.drawn.as_str()) && !kept.contains(&given.key.as_str())
    };
    let count = result.given.iter().filter(series).count();
    let series = match count {
        0 => "what is drawn quarter by quarter".to_owned(),
        1 => "1 input that is drawn quarter by quarter or by date".to_owned(),
        count => format!("{count} inputs that are drawn quarter by quarter or by date"),
    };
    format!(
        "From the first draws that the run kept: {why}. Missing: {series}, common factors, the delays of \
         sites, and which inputs are drawn together."
    )
}

fn kept_output(asked: &Asked, result: &RunResult) -> Result<(Vec<f64>, DriverOutput), Failure> {
    match asked {
        Asked::Metric { name, at } => {
            let Some(metric) = result.summaries.metric(name) else {
                let known = result.summaries.metrics.iter().map(|metric| metric.name.as_str());
                return Err(unknown("metric", name, known));
            };
            let year = match *at {
                Period::Year(year) => Some(year),
                // A stock's year is its last quarter.
                Period::Quarter(quarter) => {
                    (quarter.q() == 4 && metric.aggregation != "flow").then(|| quarter.year())
                }
            };
            let column = year.map(|year| format!("{name}@{year}"));
            let kept = result.kept.results.iter().find(|(known, _)| Some(known) == column.as_ref());
            let Some((_, values)) = kept else {
                let known: Vec<&str> =
                    result.kept.results.iter().map(|(name, _)| name.as_str()).collect();
                return Err(Failure::Usage {
                    message: format!("the run kept no draws of `{name}` at {}", said(*at)),
                    help: format!("it kept {}", known.join(", ")),
                });
            };
            let output = DriverOutput {
                name: name.clone(),
                label: metric.label.clone(),
                unit: metric.unit.clone(),
                at: said(*at),
                kind: OutputKind::Value,
            };
            Ok((values.clone(), output))
        }
        Asked::Target { name, by } => kept_target(name, *by, result),
    }
}

fn kept_target(
    name: &str,
    by: Option<Date>,
    result: &RunResult,
) -> Result<(Vec<f64>, DriverOutput), Failure> {
    let list = &result.summaries.targets.list;
    let first = |name: &str| result.kept.targets.iter().find(|(known, _)| known == name);
    let target = list.iter().find(|target| target.name == name);
    let Some((target, (_, times))) = target.zip(first(name)) else {
        return Err(unknown("target", name, list.iter().map(|target| target.name.as_str())));
    };
    let end = by.map(|day| end_of(day, result.grid)).transpose()?;
    let last = result.grid.steps() as f64;
    let value = |&time: &f64| match end {
        _ if time.is_nan() => f64::NAN,
        Some(end) => f64::from(u8::from(time <= end)),
        None => time.clamp(0.0, last),
    };
    let mut values: Vec<f64> = times.iter().map(value).collect();
    for given in &target.given {
        let condition = list.iter().find(|target| target.name == *given);
        let by = condition.and_then(|target| target.dates.last());
        let Some((by, (_, times))) = by.zip(first(given)) else { continue };
        for (value, time) in values.iter_mut().zip(times) {
            *value = if *time <= by.deadline(result.grid) { *value } else { f64::NAN };
        }
    }
    Ok((values, target_output(name, &target.title, by)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(metric: Option<&str>, target: Option<&str>, at: Option<&str>) -> Options {
        let owned = |text: &str| text.to_owned();
        Options {
            input: Input { file: String::new(), overlays: Vec::new(), sets: Vec::new() },
            metric: metric.map(owned),
            target: target.map(owned),
            at: at.map(owned),
            draws: DRAWS,
            machine: Machine::default(),
            form: Form::Terminal,
            chart: false,
            out: None,
            quiet: true,
        }
    }

    #[test]
    fn periods_are_quarters_years_or_days() {
        let of = |metric, target, at| asked(&options(metric, target, at));
        let metric = |at| of(Some("a.b"), None, Some(at));
        let year = Asked::Metric { name: "a.b".to_owned(), at: Period::Year(2026) };
        assert_eq!(metric("2026").unwrap(), year);
        assert!(matches!(
            metric("2026Q3").unwrap(),
            Asked::Metric { at: Period::Quarter(quarter), .. } if quarter.q() == 3
        ));
        assert!(metric("2026-06-30").is_err() && metric("soon").is_err());
        assert!(of(Some("a.b"), None, None).is_err());
        let by = |at| match of(None, Some("t"), at).unwrap() {
            Asked::Target { by, .. } => by.map(|day| day.to_string()),
            Asked::Metric { .. } => panic!("a target was asked for"),
        };
        assert_eq!(by(None), None);
        for (at, day) in
            [("2026-06-30", "2026-06-30"), ("2026Q2", "2026-06-30"), ("2026", "2026-12-31")]
        {
            assert_eq!(by(Some(at)).as_deref(), Some(day));
        }
        assert!(of(None, Some("t"), Some("June")).is_err());
        assert!(of(None, None, None).is_err());
    }
}
