//! Single draws on a fan.

use super::fan::{input, spoken};
use super::{NamedFigure, Page, quantiles, start_year, unit_of};
use crate::charts::fan;
use crate::charts::figure::ticks::time_axis;
use crate::charts::figure::{Layer, XAxis};
use crate::charts::input::{Quarters, Scale};
use crate::charts::number::{THIN, compact, counted};
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin, Takes};
use crate::charts::theme::Role;
use crate::results::{Metric, Statistics};

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "spaghetti",
    doc: "Twelve single draws at year ends on the fan of a metric: what one future looks like.",
    takes: &[Takes::Metric],
    always: false,
    from: Origin::Run(build),
};

/// Draws that are shown: the first ones, which nobody chose.
const SHOWN: usize = 12;

/// Year ends as positions, and the values of the kept draws there.
struct Threads<'a> {
    years: Vec<i32>,
    values: Vec<&'a [f64]>,
}

impl<'a> Threads<'a> {
    fn of(page: &Page<'a>, metric: &str) -> Self {
        let kept = page.result.kept.results.iter().filter_map(|(name, values)| {
            let year = name.strip_prefix(metric)?.strip_prefix('@')?.parse().ok()?;
            Some((year, values.as_slice()))
        });
        let mut all: Vec<(i32, &[f64])> = kept.collect();
        all.sort_by_key(|(year, _)| *year);
        let (years, values) = all.into_iter().unzip();
        Self { years, values }
    }
}

fn build(page: &Page, choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let name = choice.metric.as_deref().unwrap_or("facility.power");
    let metric = page.spread(name)?;
    let threads = Threads::of(page, name);
    if threads.years.len() < 2 {
        return Err(Lack::Data(format!(
            "single draws of `{name}` are not kept; they are of {}",
            kept(page)
        )));
    }
    let mut input = input(page, metric);
    let factor = unit_of(metric).1;
    let flow = metric.aggregation == "flow";
    if flow {
        yearly(page, metric, factor, &mut input);
    }
    let shift = if flow { 0.5 } else { 1.0 };
    let x: Vec<f64> = threads.years.iter().map(|year| f64::from(*year) + shift).collect();
    let count = SHOWN.min(threads.values.iter().map(|v| v.len()).min().unwrap_or(0));
    let draws: Vec<Vec<f64>> = (0..count)
        .map(|draw| threads.values.iter().map(|values| values[draw] * factor).collect())
        .collect();
    let ends = || draws.iter().filter_map(|draw| draw.last().copied()).filter(|v| v.is_finite());
    let (low, high) =
        (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let last = threads.years[threads.years.len() - 1];
    let (subject, measure, _) = spoken(metric);
    let subject = subject.strip_prefix("quarterly ").unwrap_or(&subject);
    input.caption.title = format!(
        "{}: {subject} of {} ends between {} and {} in {last}",
        page.company(),
        counted(count as u64, "single draw"),
        compact(low, &input.unit),
        compact(high, &input.unit)
    );
    input.caption.measure = if flow { "per year".to_owned() } else { measure };
    let line = |y: Vec<f64>| {
        let y = if input.scale == Scale::Log { y.into_iter().map(above_zero).collect() } else { y };
        Layer::Line { x: x.clone(), y, role: Role::Thread, width: 1.1, end_dot: false }
    };
    let lines: Vec<Layer> = draws.into_iter().map(line).collect();
    let mut figure = fan(&input);
    // Above the bands, below the median.
    let at = figure.layers.iter().position(|l| !matches!(l, Layer::Band { .. })).unwrap_or(0);
    figure.layers.splice(at..at, lines);
    let where_ = if flow { "sums of the year" } else { "at year ends" };
    let noun = figure.subtitle.split(". ").next().unwrap_or_default();
    figure.subtitle = format!(
        "{noun}. Median with central 50, 80 and 90{THIN}%; thin: draws 0 to {}, {where_}",
        count - 1
    );
    if flow {
        figure.x = years_axis(page);
    }
    Ok(vec![NamedFigure { name: format!("spaghetti.{name}"), figure }])
}

fn above_zero(value: f64) -> f64 {
    if value > 0.0 { value } else { f64::NAN }
}

/// Metrics of which single draws are kept.
fn kept(page: &Page) -> String {
    let mut names: Vec<&str> = page
        .result
        .kept
        .results
        .iter()
        .filter_map(|(name, _)| Some(name.split_once('@')?.0))
        .collect();
    names.dedup();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { "no metric".to_owned() } else { names.join(", ") }
}

/// Turns the fan of quarters into one of years, in the middle of each.
fn yearly(page: &Page, metric: &Metric, factor: f64, input: &mut crate::charts::input::FanInput) {
    let years: Vec<(i32, Statistics)> = metric
        .years
        .iter()
        .map(|(year, summary)| (*year, Statistics::of(summary, &page.ranks)))
        .collect();
    input.quantiles = quantiles(years.iter().map(|(_, s)| Some(s)), factor);
    input.quarters = Quarters {
        labels: years.iter().map(|(year, _)| year.to_string()).collect(),
        ends: years.iter().map(|(year, _)| f64::from(*year) + 0.5).collect(),
    };
    input.observations.clear();
}

/// Whole years from the first to the last of the run.
fn years_axis(page: &Page) -> XAxis {
    let begin = start_year(page.result).floor();
    let end = page.quarters.ends.last().map_or(begin + 1.0, |end| end.ceil());
    time_axis((begin, end))
}
