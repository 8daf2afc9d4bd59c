//! The tornado: what a result is where each input is low and where it is high.

use super::data::{NumberRow, Numbers};
use super::fan::{footnote, subtitle};
use super::figure::ticks::open_axis;
use super::figure::{Bar, Figure, Flag, Layer, Note, Side, XAxis, YAxis, row};
use super::input::{TornadoInput, TornadoRow};
use super::number::{capitalized, compact};
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
    let around = |value: f64, error: f64| [value - 1.96 * error, value + 1.96 * error];
    let whiskers_of = |row: &&TornadoRow| {
        [around(row.low, row.errors.0), around(row.high, row.errors.1)].concat()
    };
    let ends = || rows.iter().flat_map(whiskers_of).chain([base]);
    let (low, high) =
        ends().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    // Room for the numbers at both ends; what counts is the distance from the line, not from zero.
    let room = ROOM * (high - low).max(1e-6 * base.abs());
    let axis = open_axis(low - room, high + room, &input.unit);
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
                whiskers.push((value - 1.96 * error, value + 1.96 * error, at));
            }
        }
        sides.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ends = [sides[0], sides[1]].map(|(value, error, _)| (value, 1.96 * error));
        let left = (ends[0].0 - ends[0].1).min(ends[1].0 - ends[1].1).min(base);
        let right = (ends[1].0 + ends[1].1).max(ends[0].0 + ends[0].1).max(base);
        for (value, end, side) in [(ends[0].0, left, Side::Left), (ends[1].0, right, Side::Right)] {
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
        caption.notes.insert(0, format!("{left_out}\u{a0}weaker inputs are not shown"));
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
