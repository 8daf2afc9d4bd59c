//! The waterfall: how a first total becomes a second one, part by part.

use super::data::{NumberRow, Numbers};
use super::fan::{footnote, subtitle};
use super::figure::ticks::y_axis;
use super::figure::{Bar, Figure, Layer, Note, Side, XAxis, YAxis, row};
use super::from_run::headline::supported;
use super::input::{Scale, Step, Unit, WaterfallInput};
use super::number::{THIN, compact};
use super::theme::Role;
use crate::results::Interval;

/// Half the height of a bar, in rows.
const HALF: f64 = 0.34;
/// Room for the numbers beside the bars, as a share of the bars: enough for a chart as narrow as a
/// phone.
const ROOM: f64 = 0.32;

/// One row per part, from the start at the top to the end at the bottom, with whiskers of 1.96
/// standard errors.
pub fn waterfall(input: &WaterfallInput) -> Figure {
    let steps = merged(input);
    let begin = input.start.as_ref().map_or(0.0, |(_, value)| *value);
    let first = usize::from(input.start.is_some());
    let count = first + steps.len() + 1;
    let sums: Vec<f64> = steps
        .iter()
        .scan(begin, |sum, step| {
            *sum += step.value;
            Some(*sum)
        })
        .collect();
    let x = values_axis(input, &steps, &sums, begin);
    let axis = axis_of(&x, input);
    // As finely as the axis: two totals that differ must not read the same.
    let total = |value: f64| axis.say_with_unit(value, &input.unit);
    let names = input.start.iter().map(|(name, _)| name.clone());
    let names = names.chain(steps.iter().map(|step| step.label.clone()));
    let y = YAxis::of_rows(names.chain([input.end.0.clone()]));
    let origin = if x.min > 0.0 { x.min } else { 0.0 };
    let mut bars = Vec::new();
    let mut whiskers = Vec::new();
    let mut links = Vec::new();
    let mut notes = Vec::new();
    let mut bar = |i: usize, (from, to): (f64, f64), role: Role, text: (String, f64, bool)| {
        let at = row(i, count);
        bars.push(Bar { x: (from, to), y: (at - HALF, at + HALF), role });
        let (text, end, bold) = text;
        notes.push(Note {
            at: (end, at),
            side: Side::Right,
            text,
            role: Role::Ink,
            bold,
            dot: false,
        });
    };
    if let Some((_, value)) = &input.start {
        bar(0, (origin, *value), Role::Total, (total(*value), value.max(0.0), true));
    }
    let mut before = begin;
    for (i, (step, &after)) in steps.iter().zip(&sums).enumerate() {
        let role = step.role.unwrap_or(if step.value < 0.0 { Role::Down } else { Role::Up });
        let reach = 1.96 * step.error;
        let end = before.max(after).max(after + reach);
        bar(first + i, (before, after), role, (signed(step, &input.unit, first > 0), end, false));
        if reach > 0.0 {
            whiskers.push((after - reach, after + reach, row(first + i, count)));
        }
        let at = row(first + i, count);
        links.push(link(after, (at - HALF, at - 1.0 + HALF)));
        before = after;
    }
    if first > 0 && !steps.is_empty() {
        links.push(link(begin, (row(0, count) - HALF, row(1, count) + HALF)));
    }
    let last = (total(input.end.1), input.end.1.max(0.0), true);
    bar(count - 1, (origin, input.end.1), Role::Total, last);
    let mut layers = links;
    layers.extend([Layer::Bars(bars), Layer::Whiskers(whiskers), Layer::Notes(notes)]);
    let errors = steps.iter().any(|step| step.error > 0.0);
    let reading =
        if errors { format!("Whiskers: 95{THIN}% Monte Carlo error") } else { String::new() };
    Figure {
        title: input.caption.title.clone(),
        subtitle: subtitle(&axis, &input.unit, &input.caption, &reading),
        footnote: footnote(&input.caption),
        description: description(input, &steps),
        numbers: Some(numbers(input, &steps, &sums, &axis)),
        x,
        y,
        layers,
        ..Figure::default()
    }
}

/// A thin line from the end of a bar to the begin of the next.
fn link(at: f64, (from, to): (f64, f64)) -> Layer {
    Layer::Line { x: vec![at, at], y: vec![from, to], role: Role::Gray, width: 1.0, end_dot: false }
}

/// The parts; where there are too many, the smallest are summed up at the end.
fn merged(input: &WaterfallInput) -> Vec<Step> {
    let totals = 1 + usize::from(input.start.is_some());
    let room = input.most.0.saturating_sub(totals).max(2);
    if input.steps.len() <= room {
        return input.steps.clone();
    }
    let mut order: Vec<usize> = (0..input.steps.len()).collect();
    order.sort_by(|&a, &b| input.steps[b].value.abs().total_cmp(&input.steps[a].value.abs()));
    let (large, small) = order.split_at(room - 1);
    let mut kept: Vec<usize> = large.to_vec();
    kept.sort_unstable();
    let mut steps: Vec<Step> = kept.iter().map(|&i| input.steps[i].clone()).collect();
    let squares: f64 = small.iter().map(|&i| input.steps[i].error * input.steps[i].error).sum();
    steps.push(Step {
        label: format!("{} others", small.len()),
        value: small.iter().map(|&i| input.steps[i].value).sum(),
        // As if they were independent: the errors of parts hardly depend on each other.
        error: squares.sqrt(),
        role: Some(Role::Other),
    });
    steps
}

/// What each part adds, with its error, and where that leads.
fn numbers(input: &WaterfallInput, steps: &[Step], sums: &[f64], axis: &YAxis) -> Numbers {
    let first = usize::from(input.start.is_some());
    let count = first + steps.len() + 1;
    let none = || (f64::NAN, String::new());
    let cell = |value: f64| Numbers::cell(value, axis);
    let sum_cell = |value: f64| (cell(value).0, axis.say(value, &input.unit));
    let at = |i: usize| (None, Some(row(i, count)));
    let total = |i: usize, (name, value): &(String, f64)| NumberRow {
        at: at(i),
        label: name.clone(),
        cells: vec![none(), none(), sum_cell(*value)],
    };
    let errors = steps.iter().any(|step| step.error > 0.0);
    let part = |(i, (step, sum)): (usize, (&Step, &f64))| NumberRow {
        at: at(first + i),
        label: step.label.clone(),
        cells: vec![
            cell(step.value),
            if errors { cell(1.96 * step.error) } else { none() },
            sum_cell(*sum),
        ],
    };
    let mut rows: Vec<NumberRow> = input.start.iter().map(|start| total(0, start)).collect();
    rows.extend(steps.iter().zip(sums).enumerate().map(part));
    rows.push(total(count - 1, &input.end));
    Numbers {
        heading: "Part".to_owned(),
        spelled: axis.prefix.spelled(&input.unit),
        columns: ["Adds", "95 % error", "Total"].map(|name| Numbers::column(name, axis)).to_vec(),
        rows,
    }
}

/// The axis of all running sums with room for numbers. It starts away from zero where the parts
/// would be too small to be seen.
fn values_axis(input: &WaterfallInput, steps: &[Step], sums: &[f64], begin: f64) -> XAxis {
    let reach =
        steps.iter().zip(sums).flat_map(|(s, sum)| [sum - 1.96 * s.error, sum + 1.96 * s.error]);
    let all: Vec<f64> = sums.iter().copied().chain(reach).chain([begin, input.end.1]).collect();
    let high = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let low = all.iter().copied().fold(f64::INFINITY, f64::min);
    let from_zero = input.start.is_none() || low <= 0.0 || high - low > 0.12 * high;
    let low = if from_zero { low.min(0.0) } else { low - 0.5 * (high - low).max(1e-3 * high) };
    let high = high.max(0.0) + ROOM * (high.max(0.0) - low).max(f64::MIN_POSITIVE);
    XAxis::values(y_axis([low, high].into_iter(), &input.unit, Scale::Linear))
}

/// The axis again, for its prefix.
fn axis_of(x: &XAxis, input: &WaterfallInput) -> YAxis {
    y_axis([x.min, x.max].into_iter(), &input.unit, Scale::Linear)
}

/// "+1.2 GW", or without a sign where parts add up from zero: as exactly as the error supports.
fn signed(step: &Step, unit: &Unit, sign: bool) -> String {
    let half = 1.96 * step.error;
    let interval = Interval { value: step.value, low: step.value - half, high: step.value + half };
    let text = supported(interval, 1.0, unit);
    if sign && step.value > 0.0 { format!("+{text}") } else { text }
}

fn description(input: &WaterfallInput, steps: &[Step]) -> String {
    let say = |value: f64| compact(value, &input.unit);
    let start = input.start.as_ref();
    let start =
        start.map_or_else(String::new, |(name, value)| format!(" {name}: {}.", say(*value)));
    let parts: Vec<String> = steps
        .iter()
        .map(|step| format!("{}: {}.", step.label, signed(step, &input.unit, true)))
        .collect();
    let parts = parts.join(" ");
    format!("Waterfall chart.{start} {parts} {}: {}.", input.end.0, say(input.end.1))
}
