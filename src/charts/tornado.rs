//! The tornado: what a result is where each input is low and where it is high.

use super::fan::{footnote, subtitle};
use super::figure::ticks::y_axis;
use super::figure::{Bar, Figure, Flag, Layer, Note, Side, XAxis, YAxis, row};
use super::input::{Scale, TornadoInput, TornadoRow};
use super::number::compact;
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
    let ends = || rows.iter().flat_map(|row| [row.low, row.high]).chain([base]);
    let (low, high) =
        ends().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let room = ROOM * (high - low);
    let axis = y_axis([low - room, high + room].into_iter(), &input.unit, Scale::Linear);
    let mut bars = Vec::new();
    let mut whiskers = Vec::new();
    let mut notes = Vec::new();
    for (i, one) in rows.iter().enumerate() {
        let at = row(i, count);
        for (value, error, role) in
            [(one.low, one.errors.0, Role::Money), (one.high, one.errors.1, Role::Up)]
        {
            bars.push(Bar { x: (base, value), y: (at - HALF, at + HALF), role });
            let reach = 1.96 * error;
            if reach > 0.0 {
                whiskers.push((value - reach, value + reach, at));
            }
            let (side, end) = if value < base {
                (Side::Left, value - reach)
            } else {
                (Side::Right, value + reach)
            };
            let text = compact(value, &input.unit);
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
    let label = format!("{} · {}", input.base.0, compact(base, &input.unit));
    let flag = Flag { x: base, label, role: Role::Ink, bold: true, rank: 0 };
    Figure {
        title: caption.title.clone(),
        subtitle: subtitle(&axis, &input.unit, &caption, &reading),
        footnote: footnote(&caption),
        description: description(input, &rows),
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

fn description(input: &TornadoInput, rows: &[&TornadoRow]) -> String {
    let say = |value: f64| compact(value, &input.unit);
    let rows: String = rows
        .iter()
        .map(|row| format!(" {}: {} to {}.", row.label, say(row.low), say(row.high)))
        .collect();
    let (low, high) = &input.sides;
    format!(
        "Tornado chart. {}: {}. From the {low} to the {high} of each input:{rows}",
        input.base.0,
        say(input.base.1)
    )
}
