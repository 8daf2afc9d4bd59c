//! The tornado: what a result is where each input is low and where it is high.

use super::data::{NumberRow, Numbers};
use super::fan::{footnote, subtitle};
use super::figure::ticks::open_axis;
use super::figure::{Bar, Figure, Flag, Layer, Note, Side, XAxis, YAxis, row};
use super::input::{Prefixes, TornadoInput, TornadoRow, Unit};
use super::number::{capitalized, compact, counted};
use super::theme::Role;

/// Half the height of a bar, in rows.
const HALF: f64 = 0.33;
/// Room for the numbers beside the bars, as a share of the axis.
const ROOM: f64 = 0.13;

/// One row per input, the strongest at the top: bars from the result over all draws to the result
/// where the input is low and where it is high.
pub fn tornado(input: &TornadoInput) -> Figure {
    let base = input.base.1;
    let reach = |row: &TornadoRow| (row.high - row.low).abs();
    let mut rows: Vec<&TornadoRow> =
        input.rows.iter().filter(|row| row.low.is_finite() && row.high.is_finite()).collect();
    rows.sort_by(|a, b| reach(b).total_cmp(&reach(a)));
    let left_out = rows.len().saturating_sub(input.most.0);
    rows.truncate(input.most.0);
    let count = rows.len();
    let around = |value: f64, error: f64| {
        [value - 1.96 * error, value + 1.96 * error].map(|end| possible(end, &input.unit))
    };
    let whiskers_of = |row: &&TornadoRow| {
        [around(row.low, row.errors.0), around(row.high, row.errors.1)].concat()
    };
    let ends = || rows.iter().flat_map(whiskers_of).chain([base]);
    let (low, high) =
        ends().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let axis = values_axis((low, high), base, &input.unit);
    let mut bars = Vec::new();
    let mut whiskers = Vec::new();
    let mut notes = Vec::new();
    for (i, one) in rows.iter().enumerate() {
        let at = row(i, count);
        let mut sides = [(one.low, one.errors.0, Role::Money), (one.high, one.errors.1, Role::Up)];
        // Where both lie on one side, the longer bar is drawn first.
        sides.sort_by(|a, b| (b.0 - base).abs().total_cmp(&(a.0 - base).abs()));
        for (value, error, role) in sides {
            bars.push(Bar { x: (base, value), y: (at - HALF, at + HALF), role });
            if error > 0.0 {
                let [from, to] = around(value, error);
                whiskers.push((from, to, at));
            }
        }
        sides.sort_by(|a, b| a.0.total_cmp(&b.0));
        let reached = sides.iter().flat_map(|(value, error, _)| around(*value, *error));
        let (left, right) = reached.fold((base, base), |(a, b), v| (a.min(v), b.max(v)));
        for (value, end, side) in [(sides[0].0, left, Side::Left), (sides[1].0, right, Side::Right)]
        {
            let text = axis.say_with_unit(value, &input.unit);
            notes.push(Note {
                at: (end, at),
                side,
                text,
                role: Role::Gray,
                bold: false,
                dot: false,
            });
        }
    }
    let mut caption = input.caption.clone();
    if left_out > 0 {
        caption.notes.insert(0, weaker(left_out));
    }
    let reading = format!("Orange: {}, blue: {} of each input", input.sides.0, input.sides.1);
    let label = format!("{} · {}", input.base.0, axis.say_with_unit(base, &input.unit));
    let flag = Flag { x: base, label, role: Role::Ink, bold: true, rank: 0 };
    Figure {
        title: caption.title.clone(),
        subtitle: subtitle(&axis, &input.unit, &caption, &reading),
        footnote: footnote(&caption),
        description: description(input, &rows),
        numbers: Some(numbers(input, &rows, &axis)),
        x: XAxis::values(axis),
        y: YAxis::of_rows(rows.iter().map(|row| row.label.clone())),
        layers: vec![
            Layer::Bars(bars),
            Layer::Flags(vec![flag]),
            Layer::Whiskers(whiskers),
            Layer::Notes(notes),
        ],
        ..Figure::default()
    }
}

/// The end of an error, no further than values can be: a chance is no less than 0 and no more than 1.
fn possible(end: f64, unit: &Unit) -> f64 {
    if unit.prefixes == Prefixes::Percent { end.clamp(0.0, 1.0) } else { end }
}

/// The axis of all ends, with room for the numbers beside them; what counts is the distance from the
/// line of the mean, not from zero.
fn values_axis((low, high): (f64, f64), base: f64, unit: &Unit) -> YAxis {
    let room = ROOM * (high - low).max(1e-6 * base.abs());
    if unit.prefixes != Prefixes::Percent {
        return open_axis(low - room, high + room, unit);
    }
    // A chance has no values beyond 0 and 1: where the numbers reach further, there is nothing to read.
    let narrow = high - low < 1e-6;
    let mut axis = if narrow { open_axis(0.0, 1.0, unit) } else { open_axis(low, high, unit) };
    axis.ticks.retain(|tick| (-1e-9..=1.0 + 1e-9).contains(&tick.at));
    // A number that would stand on the line at 0 stands beyond it.
    axis.min = if low < 2.0 * room { axis.min.min(-room) } else { axis.min.min(low - room) };
    axis.max = axis.max.max(high + room);
    axis
}

/// How many inputs a tornado leaves out.
pub(super) fn weaker(count: usize) -> String {
    let are = if count == 1 { "is" } else { "are" };
    format!("{} {are} not shown", counted(count as u64, "weaker input"))
}

/// What the result is at both ends of each input, with errors.
fn numbers(input: &TornadoInput, rows: &[&TornadoRow], axis: &YAxis) -> Numbers {
    let cell = |value: f64| Numbers::cell(value, axis);
    let row = |(i, one): (usize, &&TornadoRow)| NumberRow {
        at: (None, Some(row(i, rows.len()))),
        label: one.label.clone(),
        cells: vec![
            cell(one.low),
            cell(1.96 * one.errors.0),
            cell(one.high),
            cell(1.96 * one.errors.1),
        ],
    };
    let (low, high) = &input.sides;
    let names =
        [low.clone(), format!("{low}, 95 % error"), high.clone(), format!("{high}, 95 % error")];
    Numbers {
        heading: "Input".to_owned(),
        spelled: axis.prefix.spelled(&input.unit),
        columns: names.map(|name| Numbers::column(capitalized(&name), axis)).to_vec(),
        rows: rows.iter().enumerate().map(row).collect(),
    }
}

fn description(input: &TornadoInput, rows: &[&TornadoRow]) -> String {
    let say = |value: f64| compact(value, &input.unit);
    let rows: Vec<String> = rows
        .iter()
        .map(|row| format!("{}: {} to {}.", row.label, say(row.low), say(row.high)))
        .collect();
    let (low, high) = &input.sides;
    format!(
        "Tornado chart. {}: {}. From the {low} to the {high} of each input: {}",
        input.base.0,
        say(input.base.1),
        rows.join(" ")
    )
}
