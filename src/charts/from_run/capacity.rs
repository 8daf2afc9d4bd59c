//! The pipeline of power: announced, contracted, energized, used.

use super::headline::percent;
use super::{NamedFigure, Page, unit};
use crate::charts::fan::{footnote, subtitle};
use crate::charts::figure::ticks::{x_axis, y_axis};
use crate::charts::figure::{EndLabel, Figure, Layer, StackSlice};
use crate::charts::input::Scale;
use crate::charts::number::compact;
use crate::charts::registry::{ChartDecl, Choice, Lack, Origin};
use crate::charts::theme::Role;

pub(in crate::charts) const CHART: ChartDecl = ChartDecl {
    name: "capacity",
    doc: "The pipeline of IT power by quarter: in use, energized but not yet in use and, of sites whose phases the scenario lists, contracted (permitted or further) and announced but not yet energized.",
    takes: &[],
    always: true,
    from: Origin::Run(build),
};

fn build(page: &Page, _choice: &Choice) -> Result<Vec<NamedFigure>, Lack> {
    let (unit, factor) = unit("MW");
    let used = page.means(page.metric("fleet.it_power")?, factor);
    let ready = page.means(page.metric("site.ready_power")?, factor);
    let planned = page.metric("site.planned_power").ok().map(|m| page.means(m, factor));
    let signed = page.metric("site.contracted_power").ok().map(|m| page.means(m, factor));
    let rest = |above: &[f64], below: &[f64]| -> Vec<f64> {
        above.iter().zip(below).map(|(above, below)| (above - below).max(0.0)).collect()
    };
    let waiting = rest(&ready, &used);
    let mut slices = vec![
        StackSlice { name: "In use".to_owned(), values: used.clone(), role: Role::Used },
        StackSlice {
            name: "Energized, not in use".to_owned(),
            values: waiting,
            role: Role::Energized,
        },
    ];
    // Sites that the scenario only lets grow have no phases: nobody announced or signed anything, and
    // there is nothing above.
    let mut below = ready.clone();
    let steps = [
        ("Contracted, not energized", signed, Role::Contracted),
        ("Announced only", planned, Role::Announced),
    ];
    for (name, power, role) in steps {
        let Some(power) = power else { continue };
        let open = rest(&power, &below);
        below = below.iter().zip(&open).map(|(below, open)| below + open).collect();
        if open.iter().any(|power| *power > 0.0) {
            slices.push(StackSlice { name: name.to_owned(), values: open, role });
        }
    }
    let total =
        |i: usize| slices.iter().map(|slice| slice.values.get(i).copied().unwrap_or(0.0)).sum();
    let totals: Vec<f64> = (0..page.quarters.ends.len()).map(total).collect();
    let y = y_axis(totals.iter().copied(), &unit, Scale::Linear);
    let end = totals.len().saturating_sub(1);
    let at = |values: &[f64]| values.get(end).copied().unwrap_or(0.0);
    let (running, there) = (at(&used), at(&ready));
    let quarter = page.quarters.labels.get(end).map_or("", String::as_str);
    let title = format!(
        "{}: {} of {} energized IT power is in use in {quarter}",
        page.company(),
        percent(running / there.max(f64::MIN_POSITIVE)),
        compact(there, &unit)
    );
    let caption = page.caption(title, "of IT power at quarter end");
    let mut layers =
        vec![Layer::Stack { x: page.quarters.ends.clone(), slices: slices.clone(), bars: true }];
    layers.extend(page.as_of.iter().map(|a| Layer::Marker { x: a.x, label: a.label.clone() }));
    let parts: Vec<String> =
        slices.iter().map(|s| format!("{}: {}.", s.name, compact(at(&s.values), &unit))).collect();
    let figure = Figure {
        subtitle: subtitle(&y, &unit, &caption, "Mean over all draws, one bar per quarter"),
        footnote: footnote(&caption),
        description: format!("Stacked bars of IT power. In {quarter}: {}", parts.join(" ")),
        title: caption.title,
        x: x_axis(&page.quarters),
        layers,
        end_labels: end_labels(&slices, |value| y.say_with_unit(value, &unit)),
        y,
        ..Figure::default()
    };
    Ok(vec![NamedFigure { name: CHART.name.to_owned(), figure }])
}

fn end_labels(slices: &[StackSlice], say: impl Fn(f64) -> String) -> Vec<EndLabel> {
    let mut below = 0.0;
    let mut labels = Vec::new();
    for (k, slice) in slices.iter().enumerate() {
        let height = slice.values.last().copied().unwrap_or(0.0);
        let said = say(height);
        // What has come by the end says nothing there.
        if height > 0.0 && !said.starts_with("0\u{a0}") {
            labels.push(EndLabel {
                text: format!("{} · {said}", slice.name),
                y: below + height / 2.0,
                role: slice.role,
                bold: k == 0,
                rank: k as u8,
                slack: 3.0,
                group: None,
                slice: Some(k),
            });
        }
        below += height;
    }
    labels
}
