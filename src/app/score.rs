//! `score`: how scenarios of the past did against what has become known since.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Input;
use super::drawing::{Look, lay_out};
use super::exit::Failure;
use super::progress::Interrupt;
use super::score_report;
use super::simulation::{Machine, Prepared, Sizes, Voice, prepare, simulated};
use super::terminal::{self, DIM, STRONG, styled};
use crate::results::RunResult;
use crate::scenario::{Ask, At, H100eBasis, Scenario, When};
use crate::score::text::{json, markdown, preface, sheets};
use crate::score::{self, Asked, Guide, Happened, Moment, Question, Scores, Start};

/// How to write the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Tables for a terminal.
    #[default]
    Text,
    /// A Markdown document.
    Markdown,
    /// One JSON document.
    Json,
}

/// Options of `score`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The scenarios, each with what is laid over it.
    pub inputs: Vec<Input>,
    /// How many draws, and which.
    pub sizes: Sizes,
    /// How to run.
    pub machine: Machine,
    /// How to write the answer.
    pub form: Form,
    /// Folder for charts.
    pub charts: Option<PathBuf>,
    /// File of the page; its usual place if none.
    pub report: Option<PathBuf>,
    /// Whether to leave the page out.
    pub no_report: bool,
    /// Whether to leave out progress and warnings.
    pub quiet: bool,
}

/// Runs each scenario and prints its scores.
pub(super) fn score(options: &Options) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let execution = options.machine.execution()?;
    let voice = Voice { quiet: options.quiet, json: options.form == Form::Json };
    let (mut all, mut sections) = (Vec::new(), Vec::new());
    for input in &options.inputs {
        let prepared = prepare(input, options.sizes, execution, voice)?;
        prepared.warn_of_plain_draws("score", voice);
        let result = simulated(&prepared, options.quiet, &interrupt)?;
        let scores = scores(&prepared, &result);
        if let Some(folder) = &options.charts {
            draw(folder, &scores, &result, &interrupt)?;
        }
        if !options.no_report {
            let several = options.inputs.len() > 1;
            sections.extend(score_report::sections(&scores, &result, several, &interrupt)?);
        }
        all.push(scores);
    }
    if !options.no_report {
        let usual = || score_report::usual_place(&all);
        let file = options.report.clone().unwrap_or_else(usual);
        score_report::write(&file, &all, &sections, options.quiet)?;
    }
    match options.form {
        Form::Json => {
            let all: Vec<Value> = all.iter().map(json).collect();
            terminal::print_json(&json!({ "scores": all }))
        }
        Form::Markdown => terminal::print(&document(options, &all)),
        Form::Text => terminal::print(&text(&all)),
    }
}

/// Scores of a run of a scenario.
pub(super) fn scores(prepared: &Prepared, result: &RunResult) -> Scores {
    let scenario = &prepared.scenario;
    let guidance = scenario.guidance.iter().map(|row| Guide {
        metric: row.metric.clone(),
        at: period(row.at),
        middle: f64::midpoint(row.low, row.high),
        known: row.provenance.known,
    });
    let happened =
        scenario.happened.iter().map(|row| Happened { event: row.event.clone(), date: row.date });
    score::score(&score::Input {
        result,
        guidance: guidance.collect(),
        starts: starts(prepared),
        trends: scenario.trends.clone(),
        questions: questions(scenario),
        happened: happened.collect(),
    })
}

pub(super) fn period(at: At) -> String {
    match at {
        At::Year(year) => year.to_string(),
        At::Quarter(quarter) => quarter.to_string(),
        At::Day(date) => date.to_string(),
    }
}

fn questions(scenario: &Scenario) -> Vec<Question> {
    let targets = scenario.targets.iter();
    targets
        .map(|target| Question {
            name: target.name.clone(),
            asked: match &target.ask {
                Ask::Metric { metric, low, high, when } => Asked::Metric {
                    metric: metric.clone(),
                    low: *low,
                    high: *high,
                    when: match when {
                        When::First => Moment::First,
                        When::At(at) => Moment::At(period(*at)),
                        When::During(year) => Moment::At(year.to_string()),
                        When::Throughout(year) => Moment::Throughout(*year),
                    },
                },
                Ask::Event { run, event } => Asked::Event(format!("training.{run}.{event}")),
                Ask::All(parts) => Asked::All(parts.clone()),
                Ask::Any(parts) => Asked::Any(parts.clone()),
            },
            given: target.given.clone(),
            last: target.due.last().map(|due| due.date),
        })
        .collect()
}

/// What there was at the start of the grid, at the medians of the scenario's inputs: the same stock that
/// the run starts from; chips older than 2022 are left out, as `fleet.h100e_bought` leaves them out.
fn starts(prepared: &Prepared) -> Vec<Start> {
    let scenario = &prepared.scenario;
    let setup = &prepared.plan.setup;
    let median = |key: &str| setup.medians.get(key).copied();
    let from = scenario.run.grid.from();
    let since_2022 = f64::from(from.year() - 2022) + 0.25 * f64::from(from.q() - 1);
    let (mut chips, mut h100e, mut h100) = (0.0, 0.0, 0.0);
    for (chip, planned) in scenario.chips.iter().zip(&setup.chips) {
        let key = |part: &str| format!("chip.{}.{part}", chip.name);
        let age = median(&key("stock_age")).unwrap_or(0.0);
        let Some(stock) = median(&key("stock")).filter(|_| age <= since_2022) else { continue };
        let rate = median(&key("h100e")).or(planned.dense8_ratio).unwrap_or(0.0);
        chips += stock;
        h100e += stock * rate;
        if chip.name == "h100" {
            h100 += stock;
        }
    }
    let largest = median("cluster.largest");
    let all = [
        ("fleet.chips_bought", Some(chips)),
        // Other bases count each chip by another rate; no observation is counted by them.
        ("fleet.h100e_bought", (scenario.h100e == H100eBasis::Dense8).then_some(h100e)),
        ("fleet.h100_bought", Some(h100)),
        ("cluster.largest", largest),
    ];
    let some = |(metric, value): (&str, Option<f64>)| {
        let value = value.filter(|value| *value > 0.0)?;
        Some(Start { metric: metric.to_owned(), value })
    };
    all.into_iter().filter_map(some).collect()
}

/// The tables for a terminal.
fn text(all: &[Scores]) -> String {
    let width = terminal::width();
    let mut text = String::new();
    for scores in all {
        let _ = writeln!(text, "{}\n", styled(STRONG, &scores.title));
        for line in preface(scores).iter().flat_map(|line| wrapped(line, width)) {
            let _ = writeln!(text, "  {line}");
        }
        for sheet in sheets(scores) {
            let sheet = sheet.fitted(width.saturating_sub(2));
            let _ = writeln!(text, "\n{}", styled(STRONG, &sheet.title));
            text += &terminal::table(&sheet.header, &sheet.rows, width);
            for line in wrapped(&sheet.note, width) {
                let _ = writeln!(text, "  {}", styled(DIM, &line));
            }
        }
        text.push('\n');
    }
    text
}

/// A text in lines that fit `width` columns with an indent of two.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() + 3 <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The Markdown document.
fn document(options: &Options, all: &[Scores]) -> String {
    let mut words = vec!["fleetcast score".to_owned()];
    words.extend(options.inputs.iter().map(|input| input.file.clone()));
    words.extend(options.sizes.draws.map(|draws| format!("--draws {draws}")));
    words.push("--markdown".to_owned());
    format!("# Scores\n\nMade by `{}`.\n\n{}", words.join(" "), markdown(all))
}

/// Writes the charts of calibration.
fn draw(
    folder: &Path,
    scores: &Scores,
    result: &RunResult,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::File {
        message: format!("cannot write `{}`", folder.display()),
        help: error.to_string(),
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let figures = score_report::calibration_figures(scores, result);
    for (name, bytes) in Look::default().files(&lay_out(&figures, interrupt)?, interrupt)? {
        let file = folder.join(format!("{}-{name}", scores.scenario));
        std::fs::write(file, bytes).map_err(|error| failed(&error))?;
    }
    Ok(())
}
