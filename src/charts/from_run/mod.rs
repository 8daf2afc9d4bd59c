//! The charts of a run, one file each: which metrics, in which units, under which headline.

pub(super) mod binding;
pub(super) mod capacity;
pub(super) mod cash;
pub(super) mod clusters;
pub(super) mod difference;
pub(super) mod distribution;
pub(super) mod fan;
pub(super) mod fleet;
pub(super) mod guidance;
pub(super) mod headline;
pub(super) mod multiples;
pub(super) mod passage;
pub(super) mod spend;
mod sweep;
pub(super) mod threads;
pub(super) mod usage;

pub use fan::scored_fan;
pub use sweep::sweep_figures;

use super::figure::Figure;
use super::input::{AsOf, Caption, Known, Observation, Quantiles, Quarters, Unit};
use super::number::{company, counted};
use super::registry::{CHARTS, Choice, Lack, Origin};
use crate::results::{Metric, Ranks, RunResult, Statistics, Summary};
use crate::time::Date;

/// A figure and the name of its files.
#[derive(Debug, Clone)]
pub struct NamedFigure {
    /// Name without ending.
    pub name: String,
    /// The figure.
    pub figure: Figure,
}

/// The charts that every run draws, as far as it has what they need.
pub fn figures(result: &RunResult) -> Vec<NamedFigure> {
    let page = Page::new(result);
    let drawn = CHARTS.iter().filter(|chart| chart.always).filter_map(|chart| match chart.from {
        Origin::Run(build) => build(&page, &Choice::default()).ok(),
        Origin::Runs(_) | Origin::Command(_) => None,
    });
    drawn.flatten().collect()
}

/// What runs are called that stand side by side.
pub(super) fn names(runs: &[&RunResult], choice: &Choice) -> Vec<String> {
    let name = |(at, run): (usize, &&RunResult)| {
        choice.names.get(at).unwrap_or(&run.about.scenario).clone()
    };
    runs.iter().enumerate().map(name).collect()
}

/// "they differ in chip.slip"; nothing if no input does.
pub(super) fn differ_in(keys: &[&str]) -> Option<String> {
    match keys {
        [] => None,
        [one] => Some(format!("they differ in {one}")),
        [one, other] => Some(format!("they differ in {one} and {other}")),
        more => Some(format!("they differ in {}", counted(more.len() as u64, "input"))),
    }
}

/// A run, and what all its charts share.
#[derive(Debug)]
pub struct Page<'a> {
    pub(super) result: &'a RunResult,
    pub(super) ranks: Ranks,
    pub(super) quarters: Quarters,
    pub(super) as_of: Option<AsOf>,
}

impl<'a> Page<'a> {
    /// Of a run.
    pub fn new(result: &'a RunResult) -> Self {
        let from = result.grid.from();
        let quarters = Quarters::starting(from.year(), u32::from(from.q()), result.grid.steps());
        let day = result.about.as_of;
        let x = start_year(result) + result.grid.position(day) / 4.0;
        let inside = quarters.ends.last().is_some_and(|&end| x > start_year(result) && x < end);
        let as_of = inside.then(|| AsOf { x, label: format!("as of {}", spelled(day)) });
        Self { result, ranks: Ranks::of(result), quarters, as_of }
    }

    pub(super) fn caption(&self, title: String, measure: &str) -> Caption {
        let about = &self.result.about;
        let notes = if about.hindsight.is_empty() {
            Vec::new()
        } else {
            let count = about.hindsight.len();
            let (inputs, rest) = if count == 1 { ("input", "rests") } else { ("inputs", "rest") };
            vec![format!("{count}\u{a0}{inputs} {rest} on hindsight")]
        };
        Caption {
            title,
            measure: measure.to_owned(),
            scenario: about.scenario.clone(),
            draws: about.draws,
            seed: about.seed,
            notes,
            credit: about.credits.join(", "),
        }
    }

    /// A metric by name.
    pub(super) fn metric(&self, name: &str) -> Result<&'a Metric, Lack> {
        self.result.summaries.metric(name).ok_or_else(|| Lack::Metric(name.to_owned()))
    }

    /// A metric that has percentiles.
    pub(super) fn spread(&self, name: &str) -> Result<&'a Metric, Lack> {
        let metric = self.metric(name)?;
        if metric.aggregation == "indicator" {
            return Err(Lack::Data(format!("`{name}` is 1 or 0 in every draw: it has no spread")));
        }
        Ok(metric)
    }

    /// Statistics by quarter; `None` before the metric means anything.
    pub(super) fn by_quarter(&self, metric: &Metric) -> Vec<Option<Statistics>> {
        let before = (0..metric.from).map(|_| None);
        let after =
            metric.quarters.iter().map(|summary| Some(Statistics::of(summary, &self.ranks)));
        let mut all: Vec<_> = before.chain(after).collect();
        all.resize(self.quarters.ends.len(), None);
        all
    }

    /// Means by quarter times a factor; 0 where there is none.
    pub(super) fn means(&self, metric: &Metric, factor: f64) -> Vec<f64> {
        let mean = |s: Option<Statistics>| s.map_or(0.0, |s| s.mean * factor);
        self.by_quarter(metric).into_iter().map(mean).collect()
    }

    /// The company as the scenario's title writes it.
    pub(super) fn company(&self) -> String {
        company(&self.result.about.title, &self.result.about.company)
    }

    pub(super) fn observations(&self, metric: &str, factor: f64) -> Vec<Observation> {
        let rows =
            self.result.observations.iter().filter(|row| row.metric == metric && !row.yearly);
        let mut points: Vec<Observation> = rows
            .map(|row| Observation {
                x: start_year(self.result) + row.position / 4.0,
                value: row.value * factor,
                interval: row.low.zip(row.high).map(|(low, high)| (low * factor, high * factor)),
                known: if row.seen { Known::ByAsOf } else { Known::Later },
            })
            .filter(|point| point.x > start_year(self.result))
            .collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        points
    }

    /// The summary of a metric in a period, with the period's name: the one asked for, or the last
    /// fourth quarter, for flows the last year.
    pub(super) fn period(
        &self,
        metric: &'a Metric,
        asked: Option<&str>,
    ) -> Result<(String, &'a Summary), Lack> {
        let grid = self.result.grid;
        let first = grid.quarter(metric.from);
        let quarter = |label: &str| {
            let step = grid.step(crate::time::Quarter::parse(label)?)?;
            metric.quarters.get(step.checked_sub(metric.from)?)
        };
        let year = |label: &str| {
            let number: i32 = label.parse().ok()?;
            let whole = metric.years.iter().find(|(year, _)| *year == number);
            whole.map(|(_, summary)| summary).or_else(|| {
                // The year of a stock or ratio is its last quarter.
                let end = (metric.aggregation != "flow").then(|| format!("{number}Q4"))?;
                quarter(&end)
            })
        };
        let found = match asked {
            Some(label) => quarter(label).or_else(|| year(label)).map(|s| (label.to_owned(), s)),
            None if metric.years.is_empty() => {
                let labels = self.quarters.labels.iter().rev();
                let ends = labels.clone().filter(|label| label.ends_with("Q4"));
                ends.chain(labels).find_map(|label| Some((label.clone(), quarter(label)?)))
            }
            None => metric.years.last().map(|(year, summary)| (year.to_string(), summary)),
        };
        found.ok_or_else(|| Lack::Period {
            asked: asked.unwrap_or("any period").to_owned(),
            there: match (metric.years.first(), metric.years.last()) {
                (Some((a, _)), Some((b, _))) => format!("{first} to {}, {a} to {b}", grid.to()),
                _ => format!("{first} to {}", grid.to()),
            },
        })
    }
}

/// Percentiles of a row of periods, times a factor; not a number where there are none.
pub(super) fn quantiles<'s>(
    all: impl Iterator<Item = Option<&'s Statistics>>,
    factor: f64,
) -> Quantiles {
    let all: Vec<Option<&Statistics>> = all.collect();
    let level = |k: usize| -> Vec<f64> {
        all.iter().map(|s| s.map_or(f64::NAN, |s| s.percentiles[k].value * factor)).collect()
    };
    Quantiles::of_levels(level)
}

pub(super) fn start_year(result: &RunResult) -> f64 {
    let from = result.grid.from();
    f64::from(from.year()) + f64::from(from.q() - 1) / 4.0
}

pub(super) fn spelled(day: Date) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    format!("{} {} {}", day.day(), MONTHS[usize::from(day.month()) - 1], day.year())
}

/// The text with a small first letter, unless it starts with an abbreviation.
pub(super) fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    let small = text.chars().nth(1).is_some_and(|c| c.is_lowercase() || c == ' ');
    match letters.next() {
        Some(first) if small => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// Chart unit of a canonical unit, and the factor to its base.
pub(super) fn unit(canonical: &str) -> (Unit, f64) {
    match canonical {
        "MW" => (Unit::metric("W", "watts"), 1e6),
        "MWh" => (Unit::metric("Wh", "watt-hours"), 1e6),
        "FLOP" => (Unit::powers("FLOP", "FLOP"), 1.0),
        "B USD" => (Unit::dollars(), 1e9),
        "k USD" => (Unit::dollars(), 1e3),
        "H100e" => (Unit::count("H100 equivalents"), 1.0),
        "chips" => (Unit::count("chips"), 1.0),
        "t CO2e" => (Unit::plain("t", "tons of CO₂ equivalents"), 1.0),
        "ML" => (Unit::plain("ML", "megaliters"), 1.0),
        "d" => (Unit::plain("days", "days"), 1.0),
        "" => (Unit::plain("", "ratio"), 1.0),
        other => (Unit::plain(other, other), 1.0),
    }
}

/// The unit of a metric: shares are shown in percent.
pub(super) fn unit_of(metric: &Metric) -> (Unit, f64) {
    let share = metric.name.contains(".share.") || metric.doc.starts_with("share ");
    match metric.unit.as_str() {
        "" if share || metric.name.ends_with("utilization") => (Unit::share("percent"), 1.0),
        canonical => unit(canonical),
    }
}
