//! The stacked area chart: the mean fleet by accelerator generation.

use super::fan::{footnote, subtitle};
use super::figure::ticks::{x_axis, y_axis};
use super::figure::{EndLabel, Figure, Layer, StackSlice, YAxis};
use super::input::{Scale, Slice, StackedInput};
use super::number;
use super::theme::Role;

/// A slice that never reaches this share of the highest total is shown under "Other".
const SMALLEST: f64 = 0.012;
/// A slice thinner than this share of the axis at the right end is named inside the plot.
const THIN_END: f64 = 0.014;
/// The same for what is summed up.
const THIN_OTHER: f64 = 0.003;

/// Slices on top of each other, named at the right end or inside, with the total above.
pub fn stacked_area(input: &StackedInput) -> Figure {
    let x = x_axis(&input.quarters);
    let count = input.quarters.ends.len();
    let totals = totals(&input.slices, count);
    let y = y_axis(totals.iter().copied(), &input.unit, Scale::Linear);
    let slices = stack(&input.slices, &totals, count);
    let mut caption = input.caption.clone();
    caption.notes.extend(note_on_other(&input.slices, &totals, count));
    let end_labels = end_labels(&slices, &y, input);
    let mut layers = vec![Layer::Stack { x: input.quarters.ends.clone(), slices, bars: false }];
    layers.push(Layer::Line {
        x: input.quarters.ends.clone(),
        y: totals.clone(),
        role: Role::Ink,
        width: 2.0,
        end_dot: false,
    });
    let as_of = input.as_of.iter();
    layers.extend(as_of.map(|a| Layer::Marker { x: a.x, label: a.label.clone() }));
    Figure {
        title: input.caption.title.clone(),
        subtitle: subtitle(&y, &input.unit, &input.caption, "Mean over all draws"),
        footnote: footnote(&caption),
        description: description(input, &totals),
        layers,
        end_labels,
        x,
        y,
        ..Figure::default()
    }
}

fn value(slice: &Slice, i: usize) -> f64 {
    slice.values.get(i).copied().filter(|v| v.is_finite()).unwrap_or(0.0).max(0.0)
}

fn totals(slices: &[Slice], count: usize) -> Vec<f64> {
    (0..count).map(|i| slices.iter().map(|s| value(s, i)).sum()).collect()
}

/// Slices that are too thin to be named one by one, and the others.
fn split<'a>(
    slices: &'a [Slice],
    totals: &[f64],
    count: usize,
) -> (Vec<&'a Slice>, Vec<&'a Slice>) {
    let highest = totals.iter().copied().fold(0.0, f64::max);
    let peak = |s: &Slice| (0..count).map(|i| value(s, i)).fold(0.0, f64::max);
    slices.iter().filter(|s| peak(s) > 0.0).partition(|s| peak(s) < SMALLEST * highest)
}

/// "Other: A100, MTIA".
fn note_on_other(slices: &[Slice], totals: &[f64], count: usize) -> Option<String> {
    let (small, _) = split(slices, totals, count);
    let names: Vec<&str> = small.iter().map(|s| s.name.as_str()).collect();
    (names.len() > 1).then(|| format!("Other: {}", names.join(", ")))
}

/// Slices to draw: small ones are summed up at the bottom.
fn stack(slices: &[Slice], totals: &[f64], count: usize) -> Vec<StackSlice> {
    let (small, large) = split(slices, totals, count);
    let mut shown = Vec::new();
    if !small.is_empty() {
        let values = (0..count).map(|i| small.iter().map(|s| value(s, i)).sum()).collect();
        let name = if let [one] = small[..] { one.name.clone() } else { "Other".into() };
        shown.push(StackSlice { name, values, role: Role::Other });
    }
    for (index, slice) in large.iter().enumerate() {
        shown.push(StackSlice {
            name: slice.name.clone(),
            values: (0..count).map(|i| value(slice, i)).collect(),
            role: Role::Slice { index, count: large.len() },
        });
    }
    shown
}

/// The total and the slices that are thick enough at the right end.
fn end_labels(slices: &[StackSlice], y: &YAxis, input: &StackedInput) -> Vec<EndLabel> {
    let mut below = 0.0;
    let mut labels = Vec::new();
    for (k, slice) in slices.iter().enumerate() {
        let height = slice.values.last().copied().unwrap_or(0.0);
        let share = height / (y.max - y.min);
        // What is summed up is thin everywhere: the right end is the best place for it.
        let least = if slice.role == Role::Other { THIN_OTHER } else { THIN_END };
        let said = y.say(height, &input.unit);
        // What has gone by the end says nothing there.
        if share >= least && said != "0" {
            labels.push(EndLabel {
                text: format!("{} · {said}", slice.name),
                y: below + height / 2.0,
                role: slice.role,
                bold: false,
                // The thicker, the more important.
                rank: 100 - (share * 98.0).min(98.0) as u8,
                slack: 2.0,
                group: None,
                slice: Some(k),
            });
        }
        below += height;
    }
    if !slices.is_empty() {
        let total = y.say_with_unit(below, &input.unit);
        labels.push(EndLabel {
            text: format!("Total · {total}"),
            y: below,
            role: Role::Ink,
            bold: true,
            rank: 0,
            slack: f64::INFINITY,
            group: None,
            slice: None,
        });
    }
    labels
}

fn description(input: &StackedInput, totals: &[f64]) -> String {
    let say = |value: f64| number::compact(value, &input.unit);
    let quarter = |i: usize| input.quarters.labels.get(i).map_or("", String::as_str);
    let Some(end) = totals.len().checked_sub(1) else {
        return format!("Stacked area chart without values: {}.", input.caption.title);
    };
    let largest = input
        .slices
        .iter()
        .max_by(|a, b| value(a, end).total_cmp(&value(b, end)))
        .map_or_else(String::new, |s| format!(", of which {} {}", s.name, say(value(s, end))));
    format!(
        "Stacked area chart. The total goes from {} ({}) to {} ({}){largest}.",
        say(totals[0]),
        quarter(0),
        say(totals[end]),
        quarter(end),
    )
}
