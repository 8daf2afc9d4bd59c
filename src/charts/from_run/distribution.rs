//! One metric in one period: its histogram, and the probability of reaching each value.

use super::fan::spoken;
use super::headline::{compact_round, percent, supported};
use super::{NamedFigure, Page, lowered, unit_of};
use crate::charts::data::{NumberRow, Numbers};
use crate::charts::fan::footnote;
use crate::charts::figure::ticks::y_axis;
use crate::charts::figure::{Bar, Figure, Flag, Layer, Note, Side, XAxis, YAxis};
use crate::charts::input::{Caption, Scale, Unit};
use crate::charts::number::{capitalized, compact};
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin, Takes};
use crate::charts::theme::Role;
use crate::results::{Metric, Statistics, Summary};

pub(in crate::charts) const HISTOGRAM: ChartDecl = ChartDecl {
    name: "histogram",
    doc: "How the draws of a metric lie in one period, with the percentiles marked.",
    takes: &[Takes::Metric, Takes::At],
    always: false,
    from: Origin::Run(histogram),
};

pub(in crate::charts) const EXCEEDANCE: ChartDecl = ChartDecl {
    name: "exceedance",
    doc: "The probability that a metric reaches at least each value in one period.",
    takes: &[Takes::Metric, Takes::At],
    always: false,
    from: Origin::Run(exceedance),
};

/// Bars of a histogram, about.
const BARS: f64 = 36.0;
/// Points of an exceedance curve.
const POINTS: usize = 160;
/// The metric of these charts unless another one is asked for.
const METRIC: &str = "facility.power";

/// A metric in a period, ready to be drawn.
struct One<'a> {
    name: String,
    period: String,
    subject: String,
    summary: &'a Summary,
    statistics: Statistics,
    unit: Unit,
    factor: f64,
}

impl<'a> One<'a> {
    fn of(page: &Page<'a>, choice: &Choice) -> Result<Self, Lack> {
        let name = choice.metric.as_deref().unwrap_or(METRIC);
        let metric: &Metric = page.spread(name)?;
        let (period, summary) = page.period(page.spread(name)?, choice.at.as_deref())?;
        let (unit, factor) = unit_of(metric);
        let statistics = Statistics::of(summary, &page.ranks);
        let (subject, ..) = spoken(metric);
        let yearly = metric.aggregation == "flow" && !period.contains('Q');
        let subject = match subject.strip_prefix("quarterly ") {
            Some(rest) if yearly => rest.to_owned(),
            _ => subject,
        };
        if statistics.count == 0 {
            return Err(Lack::Data(format!("`{name}` has no value in {period} in any draw")));
        }
        Ok(Self { name: name.to_owned(), period, subject, summary, statistics, unit, factor })
    }

    fn level(&self, k: usize) -> f64 {
        self.statistics.percentiles[k].value * self.factor
    }

    /// The range that is drawn: without the outermost half percents.
    fn range(&self) -> (f64, f64) {
        let at = |p: f64| {
            let value = self.summary.sketch.quantile(p).unwrap_or(0.0);
            value.max(self.summary.low).min(self.summary.high) * self.factor
        };
        let (low, high) = (at(0.002), at(0.995));
        if high > low {
            (low, high)
        } else {
            (low - 0.5 * low.abs().max(1.0), low + 0.5 * low.abs().max(1.0))
        }
    }

    /// Share of the draws at or above a value in the chart's unit.
    fn at_least(&self, value: f64) -> f64 {
        let value = value / self.factor;
        if value <= self.summary.low {
            return 1.0;
        }
        self.summary.sketch.at_least(value).map_or(f64::NAN, |e| e.fraction)
    }

    fn caption(&self, page: &Page, title: &str) -> Caption {
        let mut caption = page.caption(format!("{}: {title}", page.company()), "");
        let left = self.statistics.nonfinite;
        if left > 0 {
            let share = left as f64 / (left + self.statistics.count) as f64;
            caption.notes.insert(0, format!("{} of draws have no value", percent(share)));
        }
        caption
    }

    /// "Facility power in 2030Q4, gigawatts. …".
    fn subtitle(&self, axis: &YAxis, reading: &str) -> String {
        let noun = axis.prefix.spelled(&self.unit);
        format!("{} in {}, {}. {reading}", capitalized(&self.subject), self.period, lowered(&noun))
    }

    fn files(&self, chart: &str) -> String {
        format!("{chart}.{}@{}", self.name, self.period)
    }
}

fn histogram(page: &Page, choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let one = One::of(page, choice)?;
    let (low, high) = one.range();
    let from_zero = if low > 0.0 && low < 0.35 * high { 0.0 } else { low };
    let axis = y_axis([from_zero, high].into_iter(), &one.unit, Scale::Linear);
    let step = nice_step((high - low) / BARS);
    let first = (low / step).floor();
    let count = ((high / step).ceil() - first).max(1.0) as usize;
    let edges: Vec<f64> = (0..=count).map(|i| (first + i as f64) * step).collect();
    let shares: Vec<f64> = edges
        .windows(2)
        .enumerate()
        .map(|(i, edge)| {
            // What is beyond the ends is not in the picture; a value on the last edge is.
            let above = if i + 1 == count {
                one.at_least(edge[1] + 1e-9 * step)
            } else {
                one.at_least(edge[1])
            };
            (one.at_least(edge[0]) - above).max(0.0)
        })
        .collect();
    let unit = Unit::share("percent of draws");
    let y = y_axis(shares.iter().copied().chain([0.0]), &unit, Scale::Linear);
    let bars: Vec<Bar> = edges
        .windows(2)
        .zip(&shares)
        .filter(|(_, share)| **share > 0.0)
        .map(|(edge, &share)| {
            let middle = f64::midpoint(edge[0], edge[1]);
            Bar {
                x: (edge[0] + 0.06 * step, edge[1] - 0.06 * step),
                y: (0.0, share),
                role: band(&one, middle),
            }
        })
        .collect();
    let [p5, median, p95] = [0, 3, 6].map(|k| one.statistics.percentiles[k]);
    let say = |interval| supported(interval, one.factor, &one.unit);
    let title = format!(
        "{} in {} is {}, {} to {} in nine draws of ten",
        one.subject,
        one.period,
        say(median),
        say(p5),
        say(p95)
    );
    let caption = one.caption(page, &title);
    let outside = 1.0 - shares.iter().sum::<f64>();
    let reading = format!(
        "One bar per {}, height in percent of draws{}",
        compact_round(step, &one.unit),
        if outside > 5e-4 { format!("; {} lie outside", percent(outside)) } else { String::new() }
    );
    let figure = Figure {
        numbers: Some(bars_told(&one, &edges, &shares, (&axis, &y))),
        subtitle: one.subtitle(&axis, &reading),
        footnote: footnote(&caption),
        description: format!("Histogram. {}", description(&one)),
        title: caption.title,
        x: widened(axis, low.min(edges[0]), high.max(edges[count])),
        y,
        layers: vec![Layer::Bars(bars), Layer::Flags(flags(&one))],
        ..Figure::default()
    };
    Ok(vec![NamedFigure { name: one.files("histogram"), figure }])
}

/// Each bar: its ends, the share of the draws in it and that of those at or above its lower end.
fn bars_told(one: &One, edges: &[f64], shares: &[f64], (x, y): (&YAxis, &YAxis)) -> Numbers {
    let row = |(edge, &share): (&[f64], &f64)| {
        let [from, to] = [edge[0], edge[1]].map(|value| Numbers::cell(value, x));
        NumberRow {
            at: (Some(f64::midpoint(edge[0], edge[1])), None),
            label: format!("{} to {}", from.1, to.1),
            cells: vec![from, to, Numbers::cell(share, y), Numbers::cell(one.at_least(edge[0]), y)],
        }
    };
    Numbers {
        heading: format!("{}, {}", capitalized(&one.subject), one.period),
        spelled: x.prefix.spelled(&one.unit),
        columns: vec![
            Numbers::column("From", x),
            Numbers::column("To", x),
            Numbers::column("Draws in it", y),
            Numbers::column("Draws from here up", y),
        ],
        rows: edges.windows(2).zip(shares).map(row).collect(),
    }
}

/// Every other point of the curve.
fn curve_told(one: &One, x: &[f64], curve: &[f64], (axis, y): (&YAxis, &YAxis)) -> Numbers {
    let row = |(&value, &share): (&f64, &f64)| {
        let value_told = Numbers::cell(value, axis);
        NumberRow {
            at: (Some(value), None),
            label: compact(value, &one.unit),
            cells: vec![value_told, Numbers::cell(share, y)],
        }
    };
    Numbers {
        heading: format!("{}, {}", capitalized(&one.subject), one.period),
        spelled: axis.prefix.spelled(&one.unit),
        columns: vec![Numbers::column("At least", axis), Numbers::column("Draws that reach it", y)],
        rows: x.iter().zip(curve).step_by(2).map(row).collect(),
    }
}

/// The axis, from the first to the last bar if its round ends are within.
fn widened(axis: YAxis, low: f64, high: f64) -> XAxis {
    let mut x = XAxis::values(axis);
    x.min = x.min.min(low);
    x.max = x.max.max(high);
    x
}

/// The band of a fan that a value lies in.
fn band(one: &One, value: f64) -> Role {
    let within = |low: usize, high: usize| value >= one.level(low) && value <= one.level(high);
    if within(2, 4) {
        Role::Inner
    } else if within(1, 5) {
        Role::Middle
    } else if within(0, 6) {
        Role::Outer
    } else {
        Role::Other
    }
}

fn flags(one: &One) -> Vec<Flag> {
    let flag = |k: usize, name: &str, rank: u8| Flag {
        x: one.level(k),
        label: format!(
            "{name} · {}",
            supported(one.statistics.percentiles[k], one.factor, &one.unit)
        ),
        role: if k == 3 { Role::Median } else { Role::Gray },
        bold: k == 3,
        rank,
    };
    let thin = crate::charts::number::THIN;
    let name = |percent: u32| format!("{percent}{thin}%");
    if one.statistics.sd <= 0.0 {
        return vec![flag(3, "All draws", 0)];
    }
    vec![
        flag(0, &name(5), 1),
        flag(2, &name(25), 2),
        flag(3, "Median", 0),
        flag(4, &name(75), 2),
        flag(6, &name(95), 1),
    ]
}

/// A step of 1, 2, 2.5 or 5 times a power of ten, the first that is not smaller.
fn nice_step(least: f64) -> f64 {
    let power = libm::exp10(f64::from(crate::charts::number::exponent(least)));
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|mantissa| mantissa * power);
    steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

fn exceedance(page: &Page, choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let one = One::of(page, choice)?;
    let (low, high) = one.range();
    let from_zero = if low > 0.0 && low < 0.35 * high { 0.0 } else { low };
    let axis = y_axis([from_zero, high].into_iter(), &one.unit, Scale::Linear);
    let x: Vec<f64> =
        (0..=POINTS).map(|i| axis.min + (axis.max - axis.min) * i as f64 / POINTS as f64).collect();
    let curve: Vec<f64> = x.iter().map(|&x| one.at_least(x)).collect();
    let unit = Unit::share("percent of draws");
    let y = y_axis([0.0, 1.0].into_iter(), &unit, Scale::Linear);
    let base = vec![0.0; x.len()];
    let spot = |value: f64, chance: f64, bold: bool| Note {
        at: (value, chance),
        side: Side::Right,
        text: format!("{} · at least {}", percent(chance), compact(value, &one.unit)),
        role: if bold { Role::Median } else { Role::Ink },
        bold,
        dot: true,
    };
    // At an atom more draws reach the value than its level says.
    let spots = [(3, 0.5, true), (1, 0.9, false), (5, 0.1, false)].into_iter();
    let reached = |&(k, chance, _): &(usize, f64, bool)| {
        (one.at_least(one.level(k)) - chance).abs() < REACHED
    };
    let notes = spots.filter(reached).map(|(k, chance, bold)| spot(one.level(k), chance, bold));
    let notes = notes.collect();
    let caption = one.caption(page, &exceedance_title(&one));
    let figure = Figure {
        numbers: Some(curve_told(&one, &x, &curve, (&axis, &y))),
        subtitle: one.subtitle(&axis, "Percent of draws that reach at least this value"),
        footnote: footnote(&caption),
        description: format!("Exceedance curve. {}", description(&one)),
        title: caption.title,
        x: XAxis::values(axis),
        y,
        layers: vec![
            Layer::Band {
                x: x.clone(),
                lower: base,
                upper: curve.clone(),
                role: Role::Outer,
                alpha: 1.0,
            },
            Layer::Line { x, y: curve, role: Role::Median, width: 3.0, end_dot: false },
            Layer::Notes(notes),
        ],
        ..Figure::default()
    };
    Ok(vec![NamedFigure { name: one.files("exceedance"), figure }])
}

/// How far the share of draws that reach a percentile may be from its level to be told as that.
const REACHED: f64 = 0.02;

/// What share of draws reaches a round value near the upper quarter; at an atom of zeros, what share is
/// above it.
fn exceedance_title(one: &One) -> String {
    let what = format!("{} in {}", one.subject, one.period);
    let (low, high) = (one.summary.low * one.factor, one.summary.high * one.factor);
    if high <= low {
        return format!("{what} is {} in every draw", compact(low, &one.unit));
    }
    let near = one.level(4);
    if near == 0.0 || !near.is_finite() {
        let above = one.at_least(f64::MIN_POSITIVE.max(1e-12 * high.abs()));
        let zero = compact(0.0, &one.unit);
        return format!("{what} is above {zero} with {} probability", percent(above));
    }
    let step = nice_step(0.1 * near.abs());
    let value = (near / step).round() * step;
    let (said, chance) = (compact_round(value, &one.unit), percent(one.at_least(value)));
    format!("{what} is at least {said} with {chance} probability")
}

fn description(one: &One) -> String {
    let say = |k: usize| compact(one.level(k), &one.unit);
    format!(
        "{} in {}: median {}, half of the draws from {} to {}, nine of ten from {} to {}.",
        capitalized(&one.subject),
        one.period,
        say(3),
        say(2),
        say(4),
        say(0),
        say(6)
    )
}
