//! Small multiples: the same fan of several runs, side by side on one scale.

use super::fan::{fan, footnote, subtitle, values};
use super::figure::Figure;
use super::figure::ticks::{time_axis, y_axis};
use super::input::{MultiplesInput, Unit};
use super::number::THIN;

/// One panel per run, all with the same axis of values.
pub fn small_multiples(input: &MultiplesInput) -> Figure {
    let Some((_, first)) = input.panels.first() else {
        return Figure { title: input.caption.title.clone(), ..Figure::default() };
    };
    let ends = |pick: fn(f64, f64) -> f64, start: f64| {
        let all = input.panels.iter().flat_map(|(_, panel)| panel.quarters.ends.iter().copied());
        all.fold(start, pick)
    };
    let span = (ends(f64::min, f64::INFINITY) - 0.25, ends(f64::max, f64::NEG_INFINITY));
    let all = input.panels.iter().flat_map(|(_, panel)| values(panel, span));
    let unit: Unit = first.unit.clone();
    let y = y_axis(all, &unit, first.scale);
    let x = time_axis(span);
    let bands =
        format!("Median with central 50{THIN}%, 80{THIN}% and 90{THIN}% of draws, on one scale");
    let panels: Vec<Figure> = input
        .panels
        .iter()
        .map(|(name, panel)| {
            let mut figure = fan(panel);
            // Only the median is named: the panels are small.
            figure.end_labels.retain(|label| label.bold);
            for label in &mut figure.end_labels {
                label.text = y.say_with_unit(label.y, &unit);
            }
            Figure {
                title: name.clone(),
                subtitle: String::new(),
                footnote: String::new(),
                x: x.clone(),
                y: y.clone(),
                ..figure
            }
        })
        .collect();
    let parts: Vec<String> =
        panels.iter().map(|panel| format!("{}: {}", panel.title, panel.description)).collect();
    Figure {
        title: input.caption.title.clone(),
        subtitle: subtitle(&y, &unit, &input.caption, &bands),
        footnote: footnote(&input.caption),
        description: parts.join(" "),
        y,
        panels,
        ..Figure::default()
    }
}
