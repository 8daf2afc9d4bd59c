//! The binding chart: the probability of each limit on the fleet, quarter by quarter.

use super::fan::{footnote, subtitle};
use super::figure::ticks::{x_axis, y_axis};
use super::figure::{EndLabel, Figure, Layer, StackSlice};
use super::input::{BindingInput, Constraint, Scale, Unit};
use super::number::{THIN, fixed};

/// A limit that never binds more often than this is named in the footer only.
const NEGLIGIBLE: f64 = 0.01;
/// A bar thinner than this at the right end is named inside the plot.
const THIN_END: f64 = 0.005;

/// One bar per quarter, split by the limit that binds; limits are named at the last bar or inside.
pub fn binding(input: &BindingInput) -> Figure {
    let unit = Unit::share("percent of draws");
    let x = x_axis(&input.quarters);
    let y = y_axis([0.0, 1.0].into_iter(), &unit, Scale::Linear);
    let (shown, hidden): (Vec<_>, Vec<_>) =
        input.shares.iter().partition(|(_, values)| peak(values) > NEGLIGIBLE);
    let slices: Vec<StackSlice> =
        shown.iter().map(|(limit, values)| slice(*limit, values)).collect();
    let end_labels = end_labels(&slices);
    let mut caption = input.caption.clone();
    if !hidden.is_empty() {
        let names: Vec<&str> = hidden.iter().map(|(limit, _)| limit.name()).collect();
        caption.notes.insert(0, format!("under 1{THIN}% in every quarter: {}", names.join(", ")));
    }
    let mut layers = vec![Layer::Stack { x: input.quarters.ends.clone(), slices, bars: true }];
    let as_of = input.as_of.iter();
    layers.extend(as_of.map(|a| Layer::Marker { x: a.x, label: a.label.clone() }));
    Figure {
        title: caption.title.clone(),
        subtitle: subtitle(&y, &unit, &caption, "One bar per quarter"),
        footnote: footnote(&caption),
        description: description(input),
        layers,
        end_labels,
        x,
        y,
        ..Figure::default()
    }
}

fn clean(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 }
}

fn peak(values: &[f64]) -> f64 {
    values.iter().copied().map(clean).fold(0.0, f64::max)
}

fn slice(limit: Constraint, values: &[f64]) -> StackSlice {
    StackSlice {
        name: limit.name().into(),
        values: values.iter().copied().map(clean).collect(),
        role: limit.role(),
    }
}

fn percent(share: f64) -> String {
    format!("{}{THIN}%", fixed(share * 100.0, 0))
}

fn end_labels(slices: &[StackSlice]) -> Vec<EndLabel> {
    let mut below = 0.0;
    let mut labels = Vec::new();
    for (k, slice) in slices.iter().enumerate() {
        let share = slice.values.last().copied().unwrap_or(0.0);
        if share >= THIN_END {
            labels.push(EndLabel {
                text: format!("{} · {}", slice.name, percent(share)),
                y: below + share / 2.0,
                role: slice.role,
                bold: false,
                rank: 100 - (share * 98.0) as u8,
                slack: 2.5,
                group: None,
                slice: Some(k),
            });
        }
        below += share;
    }
    labels
}

fn description(input: &BindingInput) -> String {
    let at = |values: &[f64], i: usize| clean(values.get(i).copied().unwrap_or(0.0));
    let sentence = |i: usize| {
        let parts: Vec<String> = input
            .shares
            .iter()
            .filter(|(_, values)| at(values, i) >= 0.005)
            .map(|(limit, values)| format!("{} {}", limit.name(), percent(at(values, i))))
            .collect();
        let quarter = input.quarters.labels.get(i).map_or("", String::as_str);
        format!(" {quarter}: {}.", parts.join(", "))
    };
    let mut text = String::from("Stacked bars: probability that each limit binds.");
    let count = input.quarters.ends.len();
    if count > 0 {
        text += &sentence(0);
    }
    if count > 1 {
        text += &sentence(count - 1);
    }
    text
}
