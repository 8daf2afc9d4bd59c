//! Capex: what the company said would be, beside the projection and what was.

use std::fmt::Write as _;

use super::headline::percent;
use super::{NamedFigure, Page, unit};
use crate::charts::data::{NumberRow, Numbers};
use crate::charts::fan::{footnote, subtitle};
use crate::charts::figure::ticks::y_axis;
use crate::charts::figure::{Bar, Figure, Layer, Note, Point, Side, Span, XAxis, YAxis};
use crate::charts::input::{Scale, Unit};
use crate::charts::number::{THIN, compact, fixed};
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin, Takes};
use crate::charts::theme::Role;
use crate::results::{Guided, Statistics, Summary};

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "guidance",
    doc: "Each range that the company gave for its capex of a year, by the date it was given, beside the projection and what was reported.",
    takes: &[Takes::Metric],
    always: true,
    from: Origin::Run(build),
};

/// Where the projection stands within its year, and half its width.
const PROJECTED: (f64, f64) = (0.80, 0.07);

struct Year<'a> {
    number: i32,
    ranges: Vec<&'a Guided>,
    summary: Option<&'a Summary>,
    reported: Option<f64>,
}

impl Year<'_> {
    /// Where the bar of a range stands: in the first two thirds of the year, the oldest first.
    fn slot(&self, i: usize) -> (f64, f64) {
        let slot = 0.60 / self.ranges.len().max(3) as f64;
        let left = f64::from(self.number) + 0.08 + slot * (i as f64 + 0.12);
        (left, left + 0.76 * slot)
    }

    /// What the draws say of the year, unless it is over.
    fn projection(&self, page: &Page) -> Option<Statistics> {
        let statistics = Statistics::of(self.summary?, &page.ranks);
        let open = statistics.sd > 1e-12 * statistics.mean.abs();
        (statistics.count > 0 && open).then_some(statistics)
    }
}

fn build(page: &Page, choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let name = choice.metric.as_deref().unwrap_or("capex.total");
    let metric = page.spread(name)?;
    let (unit, factor) = unit(&metric.unit);
    let years = years(page, name);
    if years.iter().all(|year| year.ranges.is_empty()) {
        return Err(Lack::Data(format!(
            "the company gave no range for `{name}` of a year that the scenario could see"
        )));
    }
    let drawn: Vec<Drawn> = years.iter().map(|year| Drawn::of(page, year, factor, &unit)).collect();
    let values = drawn.iter().flat_map(|d| {
        d.bars.iter().flat_map(|bar| [bar.y.0, bar.y.1]).chain(d.points.iter().map(|p| p.y))
    });
    let y = y_axis(values.chain([0.0]), &unit, Scale::Linear);
    let caption = page.caption(title(page, &years, factor, &unit), "per year");
    let (first, last) = (years[0].number, years[years.len() - 1].number);
    let spans = years.iter().map(|year| Span {
        from: f64::from(year.number),
        to: f64::from(year.number + 1),
        label: year.number.to_string(),
    });
    let reading = format!(
        "Orange: ranges given, by date; blue: projection, 50{THIN}% and 90{THIN}% of draws; point: reported"
    );
    let mut layers = vec![
        Layer::Bars(drawn.iter().flat_map(|d| d.bars.clone()).collect()),
        Layer::Notes(drawn.iter().flat_map(|d| d.notes.clone()).collect()),
    ];
    for one in &drawn {
        layers.extend(one.medians.clone());
    }
    let points: Vec<(Point, String)> =
        drawn.iter().flat_map(|d| d.points.iter().map(|p| (*p, compact(p.y, &unit)))).collect();
    layers.push(Layer::Named(points));
    let figure = Figure {
        subtitle: subtitle(&y, &unit, &caption, &reading),
        footnote: footnote(&caption),
        description: description(&years, factor, &unit),
        numbers: Some(numbers(page, &years, factor, (&y, &unit))),
        title: caption.title,
        x: XAxis {
            min: f64::from(first),
            // Room for the last median.
            max: f64::from(last + 1) + 0.35,
            bounds: (first..=last + 1).map(f64::from).collect(),
            labels: spans.collect(),
            ..XAxis::default()
        },
        y,
        layers,
        ..Figure::default()
    };
    Ok(vec![NamedFigure { name: CHART.name.to_owned(), figure }])
}

/// The last year with a range, the one before it and the two after it. Earlier years are over: their
/// ranges would leave no room for those that still tell something.
fn years<'a>(page: &Page<'a>, metric: &str) -> Vec<Year<'a>> {
    let result = page.result;
    let ranges = |year: i32| -> Vec<&Guided> {
        let label = year.to_string();
        let of = |row: &&Guided| row.metric == metric && row.at == label;
        let mut rows: Vec<&Guided> = result.guidance.iter().filter(of).collect();
        rows.sort_by_key(|row| row.known);
        rows
    };
    let summaries = result.summaries.metric(metric).map_or(&[][..], |metric| &metric.years);
    let reported = |year: i32| {
        let label = year.to_string();
        let row = result.observations.iter().find(|row| row.metric == metric && row.at == label);
        row.map(|row| row.value)
    };
    let from = result.grid.from().year();
    let guided = (from - 6..=result.grid.to().year()).filter(|&year| !ranges(year).is_empty());
    let (Some(first), Some(last)) = (guided.clone().min(), guided.max()) else { return Vec::new() };
    (first.max(last - 1)..=last + 2)
        .map(|year| Year {
            number: year,
            ranges: ranges(year),
            summary: summaries.iter().find(|(own, _)| *own == year).map(|(_, summary)| summary),
            reported: reported(year),
        })
        .filter(|year| !year.ranges.is_empty() || year.summary.is_some() || year.reported.is_some())
        .collect()
}

/// What is drawn of a year.
struct Drawn {
    bars: Vec<Bar>,
    notes: Vec<Note>,
    medians: Vec<Layer>,
    points: Vec<Point>,
}

impl Drawn {
    fn of(page: &Page, year: &Year, factor: f64, unit: &Unit) -> Self {
        let begin = f64::from(year.number);
        let mut drawn =
            Self { bars: Vec::new(), notes: Vec::new(), medians: Vec::new(), points: Vec::new() };
        for (i, range) in year.ranges.iter().enumerate() {
            let x = year.slot(i);
            let y = (range.low * factor, range.high * factor);
            drawn.bars.push(Bar { x, y, role: Role::Guidance });
            drawn.notes.push(Note {
                at: (f64::midpoint(x.0, x.1), y.1),
                side: Side::Above,
                text: month(range.known),
                role: Role::Gray,
                bold: false,
                dot: false,
            });
        }
        if let Some(s) = year.projection(page) {
            let at = |k: usize| s.percentiles[k].value * factor;
            let (middle, half) = (begin + PROJECTED.0, PROJECTED.1);
            let wide = |share: f64| (middle - share * half, middle + share * half);
            drawn.bars.push(Bar { x: wide(1.0), y: (at(0), at(6)), role: Role::Middle });
            drawn.bars.push(Bar { x: wide(1.0), y: (at(2), at(4)), role: Role::Inner });
            let (from, to) = wide(1.0);
            drawn.medians.push(Layer::Line {
                x: vec![from, to],
                y: vec![at(3), at(3)],
                role: Role::Median,
                width: 3.0,
                end_dot: false,
            });
            drawn.medians.push(Layer::Notes(vec![Note {
                at: (middle + half, at(3)),
                side: Side::Right,
                text: compact(at(3), unit),
                role: Role::Median,
                bold: true,
                dot: false,
            }]));
        }
        drawn.points.extend(year.reported.map(|value| Point {
            x: begin + PROJECTED.0,
            y: value * factor,
            whisker: None,
        }));
        drawn
    }
}

/// "Jul", or "Oct 23" for a range given in an earlier year than it is shown beside.
fn month(day: crate::time::Date) -> String {
    let text = super::spelled(day);
    text.split(' ').nth(1).map_or_else(String::new, str::to_owned)
}

/// "Meta: capex of 2026 is projected at $139 B; the last range was $130 B to $145 B".
fn title(page: &Page, years: &[Year], factor: f64, unit: &Unit) -> String {
    let company = page.company();
    let last = years.iter().rev().find(|year| !year.ranges.is_empty() && year.summary.is_some());
    let Some((year, summary)) = last.and_then(|year| Some((year, year.summary?))) else {
        return format!("{company}: the ranges given for capex");
    };
    let range = year.ranges[year.ranges.len() - 1];
    let inside = {
        let at_least = |value: f64| summary.sketch.at_least(value).map_or(f64::NAN, |e| e.fraction);
        at_least(range.low) - at_least(range.high)
    };
    let say = |value: f64| compact_whole(value * factor, unit);
    format!(
        "{company}: capex of {} is in the range of {}, {} to {}, in {} of the draws",
        year.number,
        super::spelled(range.known),
        say(range.low),
        say(range.high),
        percent(inside)
    )
}

/// `$145 B`: ranges are said as they were given.
fn compact_whole(value: f64, unit: &Unit) -> String {
    let prefix = crate::charts::number::Prefix::for_largest(value, unit);
    let number = value / prefix.factor;
    let decimals = usize::from((number - number.round()).abs() > 1e-9);
    prefix.with_unit(&fixed(number, decimals), unit)
}

/// Every range with its day, every projection with its percentiles, and what was reported.
fn numbers(page: &Page, years: &[Year], factor: f64, (axis, unit): (&YAxis, &Unit)) -> Numbers {
    const NAMES: [&str; 8] =
        ["Range from", "Range to", "P5", "P25", "Median", "P75", "P95", "Reported"];
    let mut rows = Vec::new();
    for year in years {
        let mut add = |x: f64, label: String, told: &[(usize, f64)]| {
            let cell = |at: usize| {
                let value = told.iter().find(|(own, _)| *own == at).map_or(f64::NAN, |one| one.1);
                Numbers::cell(value * factor, axis)
            };
            let cells = (0..NAMES.len()).map(cell).collect();
            rows.push(NumberRow { at: (Some(x), None), label, cells });
        };
        for (i, range) in year.ranges.iter().enumerate() {
            let (left, right) = year.slot(i);
            let label = format!("{}, range of {}", year.number, range.known);
            add(f64::midpoint(left, right), label, &[(0, range.low), (1, range.high)]);
        }
        let mut told: Vec<(usize, f64)> = Vec::new();
        if let Some(s) = year.projection(page) {
            let levels = [(2, 0), (3, 2), (4, 3), (5, 4), (6, 6)];
            told.extend(levels.map(|(at, level)| (at, s.percentiles[level].value)));
        }
        told.extend(year.reported.map(|value| (7, value)));
        if !told.is_empty() {
            let what = if told[0].0 == 7 { "reported" } else { "projection" };
            let x = f64::from(year.number) + PROJECTED.0;
            add(x, format!("{}, {what}", year.number), &told);
        }
    }
    Numbers {
        heading: "Year".to_owned(),
        spelled: axis.prefix.spelled(unit),
        columns: NAMES.map(|name| Numbers::column(name, axis)).to_vec(),
        rows,
    }
}

fn description(years: &[Year], factor: f64, unit: &Unit) -> String {
    let say = |value: f64| compact_whole(value * factor, unit);
    let mut text = String::from("Bars of ranges given, by year.");
    for year in years {
        let ranges: Vec<String> = year
            .ranges
            .iter()
            .map(|range| format!("{} to {} ({})", say(range.low), say(range.high), range.known))
            .collect();
        if !ranges.is_empty() {
            let _ = write!(text, " {}: {}.", year.number, ranges.join(", "));
        }
        if let Some(value) = year.reported {
            let said = compact(value * factor, unit);
            let _ = write!(text, " Reported for {}: {said}.", year.number);
        }
    }
    text
}
