//! The difference fan: the second run less the first, draw by draw.

use super::fan::{end_labels, footnote, subtitle};
use super::figure::ticks::{x_axis, y_axis};
use super::figure::{Figure, Layer, Note, Side};
use super::input::{DifferenceInput, Quantiles, Scale};
use super::number::{THIN, compact};
use super::theme::Role;

/// Median and bands of the difference, with a line at zero.
pub fn difference_fan(input: &DifferenceInput) -> Figure {
    let q = &input.quantiles;
    let x = x_axis(&input.quarters);
    let curves = [&q.p5, &q.p10, &q.p25, &q.p50, &q.p75, &q.p90, &q.p95];
    let y = y_axis(curves.into_iter().flatten().copied().chain([0.0]), &input.unit, Scale::Linear);
    let (first, second) = &input.names;
    let bands = format!(
        "{second} less {first}, draw by draw. Median with central 50{THIN}%, 80{THIN}% and 90{THIN}%"
    );
    let mut layers = bands_of(input, q);
    layers.extend(input.as_of.iter().map(|a| Layer::Marker { x: a.x, label: a.label.clone() }));
    layers.push(Layer::Line {
        x: input.quarters.ends.clone(),
        y: q.p50.clone(),
        role: Role::Difference,
        width: 4.0,
        end_dot: true,
    });
    // A marker near the left end would go through the words.
    let near = |at: f64| at > x.min && at < x.min + 0.4 * (x.max - x.min);
    let left = input.as_of.as_ref().map(|a| a.x).filter(|&at| near(at)).unwrap_or(x.min);
    layers.push(sides(input, (left, y.min, y.max)));
    let mut end_labels = end_labels(q, &y, &input.unit);
    for label in end_labels.iter_mut().filter(|label| label.role == Role::Median) {
        label.role = Role::Difference;
    }
    Figure {
        title: input.caption.title.clone(),
        subtitle: subtitle(&y, &input.unit, &input.caption, &bands),
        footnote: footnote(&input.caption),
        description: description(input),
        x,
        y,
        layers,
        end_labels,
        ..Figure::default()
    }
}

fn bands_of(input: &DifferenceInput, q: &Quantiles) -> Vec<Layer> {
    let band = |lower: &[f64], upper: &[f64], role| Layer::Band {
        x: input.quarters.ends.clone(),
        lower: lower.to_vec(),
        upper: upper.to_vec(),
        role,
        alpha: 1.0,
    };
    vec![
        band(&q.p5, &q.p95, Role::DifferenceOuter),
        band(&q.p10, &q.p90, Role::DifferenceMiddle),
        band(&q.p25, &q.p75, Role::DifferenceInner),
    ]
}

/// What above and below zero mean, at the left end.
fn sides(input: &DifferenceInput, (left, low, high): (f64, f64, f64)) -> Layer {
    let note = |y: f64, run: &str| Note {
        at: (left, y),
        side: Side::Right,
        text: format!("{run} higher"),
        role: Role::Gray,
        bold: false,
        dot: false,
    };
    // Near the ends of the axis, where the bands are not; where one side is a sliver, it needs no name.
    let (inset, least) = (0.06 * (high - low), 0.1 * (high - low));
    let mut notes = Vec::new();
    if high > least {
        notes.push(note(high - inset, &input.names.1));
    }
    if -low > least {
        notes.push(note(low + inset, &input.names.0));
    }
    Layer::Notes(notes)
}

fn description(input: &DifferenceInput) -> String {
    let q = &input.quantiles;
    let (first, second) = &input.names;
    let Some(end) = q.p50.iter().rposition(|v| v.is_finite()) else {
        return format!("Fan chart without values: {second} less {first}.");
    };
    let say = |curve: &[f64]| compact(curve.get(end).copied().unwrap_or(f64::NAN), &input.unit);
    let quarter = input.quarters.labels.get(end).map_or("", String::as_str);
    format!(
        "Fan chart of the difference {second} less {first}. In {quarter} the median is {}; nine draws of ten lie \
         between {} and {}.",
        say(&q.p50),
        say(&q.p5),
        say(&q.p95)
    )
}
