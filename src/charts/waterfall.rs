//! The waterfall: how a first total becomes a second one, part by part.
//!
//! The length of a bar is read as its value. So totals are bars only where the axis starts at zero;
//! where it does not, they are dots, and the subtitle says so.

use super::data::{NumberRow, Numbers};
use super::fan::{footnote, subtitle};
use super::figure::ticks::y_axis;
use super::figure::{Bar, Figure, Layer, Note, Side, XAxis, YAxis, row};
use super::from_run::headline::{checkable, supported};
use super::input::{Scale, Step, WaterfallInput};
use super::number::{THIN, compact};
use super::theme::Role;
use crate::results::Interval;

/// Half the height of a bar, in rows.
const HALF: f64 = 0.34;
/// How far an axis that does not start at zero begins before the smallest value, as a share of all.
const AHEAD: f64 = 0.1;
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
    let axis = values_axis(input, &steps, &sums, begin);
    let x = XAxis::values(axis.clone());
    let names = input.start.iter().map(|(name, _)| name.clone());
    let names = names.chain(steps.iter().map(|step| step.label.clone()));
    let y = YAxis::of_rows(names.chain([input.end.0.clone()]));
    let cut = x.min > 0.0;
    let mut bars = Vec::new();
    let mut whiskers = Vec::new();
    let mut links = Vec::new();
    let mut notes = Vec::new();
    let note = |at: (f64, f64), text: String, bold: bool| {
        let (side, role) = (Side::Right, Role::Ink);
        Note { at, side, text, role, bold, dot: bold && cut }
    };
    let total = |i: usize, value: f64| {
        let at = row(i, count);
        // As finely as the axis: two totals that differ must not read the same.
        let text = axis.say_with_unit(value, &input.unit);
        let bar = Bar { x: (0.0, value), y: (at - HALF, at + HALF), role: Role::Total };
        ((!cut).then_some(bar), note((value.max(0.0), at), text, true))
    };
    if let Some((_, value)) = &input.start {
        let (bar, note) = total(0, *value);
        bars.extend(bar);
        notes.push(note);
    }
    // From the edge of a total's bar, or from its dot.
    let edge = if cut { 0.0 } else { HALF };
    let mut before = begin;
    for (i, (step, &after)) in steps.iter().zip(&sums).enumerate() {
        let role = step.role.unwrap_or(if step.value < 0.0 { Role::Down } else { Role::Up });
        let reach = 1.96 * step.error;
        let end = before.max(after).max(after + reach);
        let at = row(first + i, count);
        bars.push(Bar { x: (before, after), y: (at - HALF, at + HALF), role });
        notes.push(note((end, at), part_text(step, input, &axis), false));
        if reach > 0.0 {
            whiskers.push((after - reach, after + reach, at));
        }
        let last = i + 1 == steps.len();
        links.push(link(after, (at - HALF, at - 1.0 + if last { edge } else { HALF })));
        before = after;
    }
    if first > 0 && !steps.is_empty() {
        links.push(link(begin, (row(0, count) - edge, row(1, count) + HALF)));
    }
    let (bar, note) = total(count - 1, input.end.1);
    bars.extend(bar);
    notes.push(note);
    let mut layers = links;
    layers.extend([Layer::Bars(bars), Layer::Whiskers(whiskers), Layer::Notes(notes)]);
    let errors = steps.iter().any(|step| step.error > 0.0);
    Figure {
        title: input.caption.title.clone(),
        subtitle: subtitle(&axis, &input.unit, &input.caption, &reading(cut, errors)),
        footnote: footnote(&input.caption),
        description: description(input, &steps, &axis),
        numbers: Some(numbers(input, &steps, &sums, &axis)),
        x,
        y,
        layers,
        ..Figure::default()
    }
}

/// How to read the chart.
fn reading(cut: bool, errors: bool) -> String {
    let cut = cut.then(|| "Axis does not start at zero".to_owned());
    let errors = errors.then(|| format!("Whiskers: 95{THIN}% Monte Carlo error"));
    cut.into_iter().chain(errors).collect::<Vec<String>>().join(". ")
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
fn values_axis(input: &WaterfallInput, steps: &[Step], sums: &[f64], begin: f64) -> YAxis {
    let reach =
        steps.iter().zip(sums).flat_map(|(s, sum)| [sum - 1.96 * s.error, sum + 1.96 * s.error]);
    let all: Vec<f64> = sums.iter().copied().chain(reach).chain([begin, input.end.1]).collect();
    let high = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let low = all.iter().copied().fold(f64::INFINITY, f64::min);
    let from_zero = input.start.is_none() || low <= 0.0 || high - low > 0.12 * high;
    let low = if from_zero { low.min(0.0) } else { low - AHEAD * (high - low).max(1e-3 * high) };
    let high = high.max(0.0) + ROOM * (high.max(0.0) - low).max(f64::MIN_POSITIVE);
    y_axis([low, high].into_iter(), &input.unit, Scale::Linear)
}

/// What a part adds: between two totals "+1.2 GW", so that a reader can check that it leads from one
/// to the other; from zero without a sign, as exactly as the error supports.
fn part_text(step: &Step, input: &WaterfallInput, axis: &YAxis) -> String {
    let half = 1.96 * step.error;
    if input.start.is_some() {
        return signed(step, checkable(step.value, half, axis.finest(), &input.unit));
    }
    let interval = Interval { value: step.value, low: step.value - half, high: step.value + half };
    supported(interval, 1.0, &input.unit)
}

fn signed(step: &Step, text: String) -> String {
    if step.value > 0.0 { format!("+{text}") } else { text }
}

fn description(input: &WaterfallInput, steps: &[Step], axis: &YAxis) -> String {
    // Totals that the usual digits cannot tell apart are said as on the chart.
    let say = |value: f64| {
        if axis.min > 0.0 {
            axis.say_with_unit(value, &input.unit)
        } else {
            compact(value, &input.unit)
        }
    };
    let start = input.start.as_ref();
    let start =
        start.map_or_else(String::new, |(name, value)| format!(" {name}: {}.", say(*value)));
    let parts: Vec<String> = steps
        .iter()
        .map(|step| {
            let text = part_text(step, input, axis);
            let text = if input.start.is_some() { text } else { signed(step, text) };
            format!("{}: {text}.", step.label)
        })
        .collect();
    let parts = parts.join(" ");
    format!("Waterfall chart.{start} {parts} {}: {}.", input.end.0, say(input.end.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::input::{Caption, RowsThatFit, Unit};

    /// From `begin` watts by parts in megawatts, each with a 95 % error of 20.6 MW.
    fn bridge(begin: f64, parts: &[f64]) -> WaterfallInput {
        let step = |(i, part): (usize, &f64)| Step {
            label: format!("part.{i}"),
            value: part * 1e6,
            error: 20.6e6 / 1.96,
            role: None,
        };
        let end = begin + 1e6 * parts.iter().sum::<f64>();
        WaterfallInput {
            caption: Caption {
                title: "A bridge".into(),
                measure: "mean".into(),
                ..Caption::default()
            },
            unit: Unit::metric("W", "watts"),
            start: Some(("A".into(), begin)),
            steps: parts.iter().enumerate().map(step).collect(),
            end: ("B".into(), end),
            most: RowsThatFit::default(),
        }
    }

    fn bars(figure: &Figure) -> Vec<Bar> {
        let of = |layer: &Layer| if let Layer::Bars(bars) = layer { bars.clone() } else { vec![] };
        figure.layers.iter().flat_map(of).collect()
    }

    fn notes(figure: &Figure) -> Vec<Note> {
        let of =
            |layer: &Layer| if let Layer::Notes(notes) = layer { notes.clone() } else { vec![] };
        figure.layers.iter().flat_map(of).collect()
    }

    fn plain(text: &str) -> String {
        text.replace(['\u{202f}', '\u{a0}'], " ")
    }

    /// Positions of the links: their value and both heights.
    fn links(figure: &Figure) -> Vec<(f64, f64, f64)> {
        let of = |layer: &Layer| match layer {
            Layer::Line { x, y, .. } => Some((x[0], y[0], y[1])),
            _ => None,
        };
        figure.layers.iter().filter_map(of).collect()
    }

    #[test]
    fn from_zero_totals_are_bars_whose_lengths_are_their_values() {
        let figure = waterfall(&bridge(3e9, &[-900.0, 50.0]));
        assert!(figure.x.min <= 0.0, "{:?}", figure.x);
        let bars = bars(&figure);
        assert_eq!(bars.len(), 4);
        assert_eq!((bars[0].x, bars[0].role), ((0.0, 3e9), Role::Total));
        assert_eq!((bars[3].x, bars[3].role), ((0.0, 2.15e9), Role::Total));
        assert!(notes(&figure).iter().all(|note| !note.dot));
        assert!(!figure.subtitle.contains("zero"), "{}", figure.subtitle);
    }

    #[test]
    fn on_a_cut_axis_totals_are_dots_and_no_bar_begins_at_the_cut() {
        let figure = waterfall(&bridge(10.881e9, &[-96.2, 12.0]));
        assert!(figure.x.min > 0.0, "{:?}", figure.x);
        let bars = bars(&figure);
        assert_eq!(bars.len(), 2, "parts only");
        assert!(bars.iter().all(|bar| bar.role != Role::Total));
        assert!(bars.iter().all(|bar| bar.x.0.min(bar.x.1) > figure.x.min), "{bars:?}");
        let dots: Vec<(f64, f64)> =
            notes(&figure).iter().filter(|note| note.dot).map(|note| note.at).collect();
        assert_eq!(dots, [(10.881e9, 3.5), (10.881e9 - 84.2e6, 0.5)]);
        // The links reach the middle of the dots.
        let links = links(&figure);
        assert!(links.contains(&(10.881e9, 3.5, 2.5 + HALF)), "{links:?}");
        assert!(links.iter().any(|&(_, from, to)| (from, to) == (1.5 - HALF, 0.5)), "{links:?}");
        assert!(figure.subtitle.contains("Axis does not start at zero. Whiskers"));
    }

    #[test]
    fn numbers_of_parts_lead_from_one_total_to_the_other() {
        let figure = waterfall(&bridge(10.881e9, &[-96.2]));
        let texts: Vec<String> = notes(&figure).iter().map(|note| plain(&note.text)).collect();
        // 10.881 − 0.096 = 10.785, though the error would leave one digit, 100 MW.
        assert_eq!(texts, ["10.881 GW", "−96 MW", "10.785 GW"]);
        let words = plain(&figure.description);
        assert!(words.contains("A: 10.881 GW. part.0: −96 MW. B: 10.785 GW."), "{words}");
    }

    #[test]
    fn an_axis_is_cut_closely_so_that_parts_are_long() {
        let figure = waterfall(&bridge(10.881e9, &[-96.2]));
        let part = &bars(&figure)[0];
        let share = (part.x.0 - part.x.1).abs() / (figure.x.max - figure.x.min);
        assert!(share > 0.3, "{share}");
    }
}
