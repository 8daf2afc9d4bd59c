//! Fans: one metric over time.

use super::headline::{alike, course, short_noun, supported};
use super::{NamedFigure, Page, lowered, quantiles, start_year, unit_of};
use crate::charts::fan;
use crate::charts::input::{FanInput, Known, Observation, Quantiles, Scale};
use crate::charts::number::compact;
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin, Takes};
use crate::results::{Metric, RunResult, Statistics};

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "fan",
    doc: "One metric over time: median, central 50, 80 and 90 % bands, and the values reported since.",
    takes: &[Takes::Metric],
    always: true,
    from: Origin::Run(build),
};

/// How a metric is spoken of.
struct Spoken {
    metric: &'static str,
    /// What the headline is about.
    subject: &'static str,
    measure: &'static str,
    scale: Scale,
}

const fn line(metric: &'static str, subject: &'static str, measure: &'static str) -> Spoken {
    Spoken { metric, subject, measure, scale: Scale::Linear }
}

/// Metrics that every run draws.
const FANS: &[Spoken] = &[
    Spoken {
        scale: Scale::Log,
        ..line("fleet.h100e", "installed fleet", "in service at quarter end")
    },
    Spoken {
        scale: Scale::Log,
        ..line("fleet.h100e_bought", "bought fleet", "bought since 2022, at quarter end")
    },
    Spoken {
        scale: Scale::Log,
        ..line("cluster.largest", "largest cluster", "connected, at quarter end")
    },
    line("fleet.it_power", "IT power in use", "of all accelerators in service, at quarter end"),
    line("facility.power", "facility power", "at the meter at peak, at quarter end"),
    line("capex.total", "quarterly capex", "per quarter"),
    line("finance.free_cash_flow", "free cash flow", "per quarter"),
    line("finance.depreciation", "quarterly depreciation", "per quarter"),
    line("energy.cost", "electricity cost of the AI fleet", "per quarter"),
];

/// What a metric is called in a headline, what exactly is measured, and on which scale it is drawn.
pub(super) fn spoken(metric: &Metric) -> (String, String, Scale) {
    if let Some(known) = FANS.iter().find(|fan| fan.metric == metric.name) {
        return (known.subject.to_owned(), known.measure.to_owned(), known.scale);
    }
    let (subject, measure) = spoken_name(&metric.name, &metric.label, &metric.aggregation);
    (subject, measure, Scale::Linear)
}

/// What a metric is called in a headline, and what exactly is measured.
pub(in crate::charts) fn spoken_name(
    name: &str,
    label: &str,
    aggregation: &str,
) -> (String, String) {
    if let Some(known) = FANS.iter().find(|fan| fan.metric == name) {
        return (known.subject.to_owned(), known.measure.to_owned());
    }
    let measure = if aggregation == "flow" { "per quarter" } else { "at quarter end" };
    (lowered(label), measure.to_owned())
}

fn build(page: &Page, choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    match &choice.metric {
        Some(name) => Ok(vec![named(page, name)?]),
        None => Ok(FANS.iter().filter_map(|fan| named(page, fan.metric).ok()).collect()),
    }
}

fn named(page: &Page, metric: &str) -> Result<NamedFigure, Lack> {
    let input = input(page, page.spread(metric)?);
    Ok(NamedFigure { name: format!("fan.{metric}"), figure: fan(&input) })
}

/// The fan of a metric of a run.
pub(super) fn input(page: &Page, metric: &Metric) -> FanInput {
    let (unit, factor) = unit_of(metric);
    let statistics = page.by_quarter(metric);
    let mut bands = quantiles(statistics.iter().map(Option::as_ref), factor);
    let (subject, measure, scale) = spoken(metric);
    let times = &page.quarters.ends;
    let from = page.as_of.as_ref().map_or(start_year(page.result), |a| a.x);
    let say = |i: usize| {
        let median = statistics[i].as_ref().map(|s| s.percentiles[3]);
        median.map_or_else(String::new, |median| supported(median, factor, &unit))
    };
    let what = match constant(&bands) {
        Some(value) => {
            let noun = short_noun(&unit);
            format!("{subject} stays at {}{noun} in every draw", compact(value, &unit))
        }
        None => course(&subject, &page.quarters.labels, &bands.p50, from, times, &unit, &say),
    };
    let mut observations = page.observations(&metric.name, factor);
    // Reported quarters are the same in every draw: they are points, and the fan starts after them.
    let closed = closed_quarters(metric, &statistics, times, from);
    if closed > 0 && closed < statistics.len() {
        for (&x, &value) in times.iter().zip(&bands.p50).take(closed) {
            if observations.iter().all(|o| (o.x - x).abs() > 1e-6) {
                let (interval, known) = (None, Known::ByAsOf);
                observations.push(Observation { x, value, interval, known });
            }
        }
        observations.sort_by(|a, b| a.x.total_cmp(&b.x));
        for curve in bands.curves_mut() {
            curve[..closed - 1].fill(f64::NAN);
        }
    }
    let mut caption = page.caption(format!("{}: {what}", page.company()), &measure);
    if metric.aggregation == "flow" {
        caption.notes.extend(year_note(page, metric, &|value| compact(value * factor, &unit)));
    }
    FanInput {
        caption,
        unit,
        scale,
        quarters: page.quarters.clone(),
        observations,
        quantiles: bands,
        as_of: page.as_of.clone(),
        thresholds: Vec::new(),
    }
}

/// The value that all draws have in every quarter, if there is one.
fn constant(bands: &Quantiles) -> Option<f64> {
    let mut ends = bands.p5.iter().chain(&bands.p95).copied().filter(|v| v.is_finite());
    let first = ends.next()?;
    ends.all(|value| alike(value, first)).then_some(first)
}

/// Quarters after the last observation that the fan of a score shows.
const BEYOND: usize = 4;

/// The fan of a metric as far as it has been observed, and a year more: forecast and what came of it. None
/// without such a metric, or without an observation by quarter that became known later.
pub fn scored_fan(result: &RunResult, metric: &str) -> Option<NamedFigure> {
    let page = Page::new(result);
    let metric = page.spread(metric).ok()?;
    let mut input = input(&page, metric);
    let later = input.observations.iter().filter(|one| one.known == Known::Later);
    let last = later.map(|one| one.x).fold(f64::NEG_INFINITY, f64::max);
    if last == f64::NEG_INFINITY {
        return None;
    }
    let shown = input.quarters.ends.iter().take_while(|end| **end <= last + 1e-6).count() + BEYOND;
    input.quarters.ends.truncate(shown);
    input.quarters.labels.truncate(shown);
    for curve in input.quantiles.curves_mut() {
        curve.truncate(shown);
    }
    let (subject, measure, _) = spoken(metric);
    let title = format!("{}: {subject}, as forecast and as observed", page.company());
    input.caption = page.caption(title, &measure);
    Some(NamedFigure { name: format!("fan.{}", metric.name), figure: fan(&input) })
}

/// What a reported quarter takes from reports, and what follows from that alone.
const REPORTED: [&str; 4] =
    ["capex.total", "finance.revenue", "finance.operating_cash", "finance.free_cash_flow"];

/// Quarters up to the day that the scenario looks from whose figures were reported. That all draws agree
/// is not enough: debt that nobody pays back, and sites that are permitted, are constant too.
fn closed_quarters(
    metric: &Metric,
    statistics: &[Option<Statistics>],
    ends: &[f64],
    as_of: f64,
) -> usize {
    if !REPORTED.contains(&metric.name.as_str()) {
        return 0;
    }
    let quarters = statistics.iter().zip(ends);
    let reported = |(s, end): &(&Option<Statistics>, &f64)| {
        s.as_ref().is_some_and(is_closed) && **end <= as_of + 1e-6
    };
    quarters.take_while(reported).count()
}

/// Whether all draws have the same value.
fn is_closed(s: &Statistics) -> bool {
    s.count > 1 && s.sd <= 1e-12 * s.mean.abs()
}

/// "year 2030: median $310 B".
fn year_note(page: &Page, metric: &Metric, say: &dyn Fn(f64) -> String) -> Option<String> {
    let (year, summary) = metric.years.last()?;
    let median = Statistics::of(summary, &page.ranks).percentiles[3].value;
    median.is_finite().then(|| format!("median of the year {year}: {}", say(median)))
}
