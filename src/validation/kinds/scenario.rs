//! `scenario`: a figure of a run.

use super::{DRAWS, EXPECT, Found, Kind, SEED, TOLERANCE, key};
use crate::engine::{Execution, Silent, simulate};
use crate::plan::{self, Plan};
use crate::results::{Interval, Metric, Ranks, Statistics, Summaries, Summary};
use crate::scenario::{FileReader, Scenario, load};
use crate::time::{Quarter, TimeGrid};
use crate::units::Quantity;
use crate::validation::expect::{self, Names};
use crate::validation::fields::{Fields, did_you_mean};
use crate::validation::{Expectation, Measured, Subject, codes};
use crate::vector::Isa;

pub(super) const KIND: Kind = Kind {
    name: "scenario",
    doc: "A scenario, with changes, run as `run` runs it: a metric in a period, or the chance of a \
          target.",
    keys: &[
        key("file", "the scenario; its path is relative to the file of cases"),
        key("with", "overlays, a list of paths"),
        key("set", "single values, a list such as [\"supply.lead=2 quarters\"]"),
        key("metric", "a metric of the run, and"),
        key("period", "its period: \"2026\" or \"2026Q3\""),
        key("target", "instead: the name of a target of the scenario, and"),
        key("by", "one of its dates, if it has several: \"2026-12-31\""),
        DRAWS,
        SEED,
        EXPECT,
        TOLERANCE,
    ],
    gives: "of a metric `mean`, `sd`, `p5`, `p10`, `p25`, `p50`, `p75`, `p90`, `p95`; of a target \
            `probability`",
    example: r#"[[case]]
id       = "capex-2024"
kind     = "scenario"
source   = "the guided range"
file     = "../scenarios/meta-2024-07.toml"
metric   = "capex.total"
period   = "2024"
draws    = 2000
expect   = { p50 = { from = "37 B USD", to = "40 B USD" } }"#,
    read,
};

const OF_METRICS: &[&str] = &["mean", "sd", "p5", "p10", "p25", "p50", "p75", "p90", "p95"];
/// Normal score of the intervals that results give.
const SCORE: f64 = 1.959963984540054;

#[derive(Debug)]
enum Figure {
    Metric { name: String, period: Period },
    Target { name: String, by: Option<String> },
}

#[derive(Clone, Copy, Debug)]
enum Period {
    Year(i32),
    Quarter(usize),
}

#[derive(Debug)]
struct Run {
    plan: Plan,
    grid: TimeGrid,
    draws: u64,
    figure: Figure,
}

fn summary(metric: &Metric, period: Period, grid: TimeGrid) -> Option<&Summary> {
    match period {
        Period::Quarter(step) => metric.quarters.get(step.checked_sub(metric.from)?),
        Period::Year(year) if metric.aggregation == "flow" => {
            metric.years.iter().find(|(of, _)| *of == year).map(|(_, summary)| summary)
        }
        Period::Year(year) => {
            let step = grid.step(Quarter::new(year, 4)?)?;
            metric.quarters.get(step.checked_sub(metric.from)?)
        }
    }
}

fn estimate(interval: Interval) -> Measured {
    Measured::sampled(interval.value, (interval.high - interval.low) / (2.0 * SCORE))
}

impl Run {
    fn of(&self, summaries: &Summaries, statistic: &str) -> Option<Measured> {
        match &self.figure {
            Figure::Metric { name, period } => {
                let summary = summary(summaries.metric(name)?, *period, self.grid)?;
                let statistics = Statistics::of(summary, &Ranks::new(self.draws));
                match statistic {
                    "mean" => Some(Measured::sampled(statistics.mean, statistics.mean_error)),
                    "sd" => {
                        let n = statistics.count as f64;
                        Some(Measured::sampled(statistics.sd, statistics.sd / (2.0 * n).sqrt()))
                    }
                    _ => {
                        let level = statistic.strip_prefix('p')?.parse::<f64>().ok()? / 100.0;
                        statistics.percentile(level).map(estimate)
                    }
                }
            }
            Figure::Target { name, by } => {
                let target = summaries.targets.list.iter().find(|target| target.name == *name)?;
                let date = match by {
                    Some(by) => target.dates.iter().find(|date| date.date.to_string() == *by)?,
                    None => target.dates.first()?,
                };
                date.probability().map(estimate)
            }
        }
    }
}

impl Subject for Run {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        let execution = Execution { threads: 1, block: 256, isa: Isa::detect() };
        let Ok((summaries, _)) = simulate(&self.plan, self.draws, execution, &Silent) else {
            return Vec::new();
        };
        wanted.iter().map(|w| self.of(&summaries, &w.name).into_iter().collect()).collect()
    }
}

/// A reader of paths that are relative to the file of cases.
fn beside(fields: &Fields, path: &str) -> String {
    let folder = fields.folder.as_str();
    if folder.is_empty() || path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    }
}

fn read(fields: &mut Fields, reader: &dyn FileReader) -> Option<Found> {
    let (scenario, plan) = compiled(fields, reader)?;
    let grid = scenario.run.grid;
    let (figure, listed, quantity) = if fields.get("target").is_some() {
        (target(fields, &scenario)?, &["probability"][..], Quantity::Share)
    } else {
        let (figure, quantity) = metric(fields, &plan, grid)?;
        (figure, OF_METRICS, quantity)
    };
    let known = |name: &str| listed.contains(&name);
    let only = (listed.len() == 1).then_some("probability");
    let names = Names { listed, known: &known, only };
    let expectations = expect::read(fields, &names, &|_| quantity)?;
    let draws = scenario.run.draws;
    Some((Box::new(Run { plan, grid, draws, figure }), expectations))
}

/// The scenario with its changes.
fn compiled(fields: &mut Fields, reader: &dyn FileReader) -> Option<(Scenario, Plan)> {
    let entry = fields.need("file", "\"../scenarios/meta-2024-07.toml\"")?;
    let file = fields.text("file", "\"my.toml\"")?;
    let file = beside(fields, &file);
    let with: Vec<String> =
        texts(fields, "with")?.iter().map(|path| beside(fields, path)).collect();
    let mut sets = texts(fields, "set")?;
    let draws = fields.whole("draws", (100, 10_000_000), 0)?;
    if draws > 0 {
        sets.push(format!("run.draws={draws}"));
    }
    if fields.get("seed").is_some() {
        sets.push(format!("run.seed={}", fields.whole("seed", (0, i64::MAX as u64), 1)?));
    }
    let loaded = load(reader, &file, &with, &sets);
    let found = match loaded.result {
        Ok(scenario) => match plan::compile(&scenario) {
            Ok(plan) => return Some((scenario, plan)),
            Err(problems) => problems,
        },
        Err(_) => loaded.diagnostics,
    };
    let first = found.iter().find(|d| d.severity == crate::diag::Severity::Error);
    let why = first.map_or_else(|| "it cannot be read".to_owned(), |d| d.message.clone());
    let message = format!("the scenario {file} is no use here: {why}");
    let help = format!("`fleetcast check {file}` says more");
    fields.fail(codes::IMPOSSIBLE, &entry.node.span, message, help)
}

fn texts(fields: &mut Fields, key: &str) -> Option<Vec<String>> {
    let Some(entry) = fields.get(key) else { return Some(Vec::new()) };
    let items = fields.items(entry, "[\"...\"]")?;
    let texts: Option<Vec<String>> =
        items.iter().map(|item| item.text().map(str::to_owned)).collect();
    if texts.is_none() {
        return fields.wrong(entry, "a list of texts", "[\"...\"]");
    }
    texts
}

fn metric(fields: &mut Fields, plan: &Plan, grid: TimeGrid) -> Option<(Figure, Quantity)> {
    let entry = fields.need("metric", "\"fleet.h100e\"")?;
    let name = fields.text("metric", "\"fleet.h100e\"")?;
    let period = period(fields, grid);
    let Some(found) = plan.metrics.iter().find(|metric| metric.name == name) else {
        let names: Vec<&str> = plan.metrics.iter().map(|metric| metric.name.as_str()).collect();
        let near = did_you_mean(&name, &names);
        let help = if near.starts_with("did") {
            near
        } else {
            "`list metrics` shows those of every run".to_owned()
        };
        let message = format!("the scenario has no metric `{name}`");
        return fields.fail(codes::UNKNOWN_WORD, &entry.node.span, message, help);
    };
    let quantity = found.decl.quantity;
    Some((Figure::Metric { name, period: period? }, quantity))
}

fn period(fields: &mut Fields, grid: TimeGrid) -> Option<Period> {
    let entry = fields.need("period", "\"2026Q3\"")?;
    let text = fields.text("period", "\"2026Q3\"")?;
    let whole_year = |year: i32| {
        let ends = [1, 4].map(|q| Quarter::new(year, q).and_then(|quarter| grid.step(quarter)));
        ends.iter().all(Option::is_some)
    };
    let quarter = Quarter::parse(&text).and_then(|quarter| grid.step(quarter));
    if let Some(step) = quarter {
        return Some(Period::Quarter(step));
    }
    if let Some(year) = text.parse().ok().filter(|year| whole_year(*year)) {
        return Some(Period::Year(year));
    }
    let message = format!("`{text}` is no quarter or whole year of the run");
    let help = format!("it runs from {} to {}", grid.from(), grid.to());
    fields.fail(codes::RANGE, &entry.node.span, message, help)
}

fn target(fields: &mut Fields, scenario: &Scenario) -> Option<Figure> {
    let entry = fields.need("target", "\"...\"")?;
    let name = fields.text("target", "\"...\"")?;
    let by = fields.text_if("by");
    let Some(found) = scenario.targets.iter().find(|target| target.name == name) else {
        let names: Vec<&str> = scenario.targets.iter().map(|t| t.name.as_str()).collect();
        let message = format!("the scenario has no target `{name}`");
        return fields.fail(
            codes::UNKNOWN_WORD,
            &entry.node.span,
            message,
            did_you_mean(&name, &names),
        );
    };
    let dates: Vec<String> = found.due.iter().map(|due| due.date.to_string()).collect();
    let wrong = match &by {
        Some(by) => !dates.contains(by),
        None => dates.len() != 1,
    };
    if wrong {
        let message = format!("`{name}` has {} dates", dates.len());
        let help = format!("write by = one of {}", dates.join(", "));
        return fields.fail(codes::RANGE, &entry.node.span, message, help);
    }
    Some(Figure::Target { name, by })
}
