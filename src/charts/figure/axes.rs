//! Gridlines, ticks and their labels.

use super::Figure;
use super::layout::{Canvas, Style, cut};
use super::page::{Anchor, Frame, Mark};
use super::placing::Keep;
use crate::charts::input::Scale;

/// Opacity of gridlines; they are drawn over the areas.
const GRID_ALPHA: f64 = 0.13;
/// Opacity of vertical ones.
const VERTICAL_ALPHA: f64 = 0.09;

/// Gridlines, over the areas so that values can be read inside them.
pub(crate) fn draw_grid(canvas: &mut Canvas, figure: &Figure) {
    let Frame { left, right, top, bottom } = canvas.map.plot;
    let color = canvas.theme.ink();
    let mut line = |points, alpha| {
        canvas.marks.push(Mark::Line { points, color, alpha, width: 1.0 });
    };
    let map = canvas.map;
    for tick in figure.y.ticks.iter().filter(|_| !figure.y.rows) {
        let y = map.y(tick.at);
        line(vec![(left, y), (right, y)], GRID_ALPHA);
    }
    for tick in &figure.x.ticks {
        let x = map.x(tick.at);
        line(vec![(x, top), (x, bottom)], if figure.y.rows { GRID_ALPHA } else { VERTICAL_ALPHA });
    }
}

/// Zero lines, tick marks, tick labels.
pub(crate) fn draw_axes(canvas: &mut Canvas, figure: &Figure) {
    draw_heights(canvas, figure);
    let Frame { bottom, .. } = canvas.map.plot;
    if figure.x.ticks.is_empty() {
        let color = canvas.theme.gray();
        for &bound in figure.x.bounds.iter().filter(|&&x| canvas.map.shows(x)) {
            let x = canvas.map.x(bound);
            canvas.marks.push(Mark::line(vec![(x, bottom), (x, bottom + 7.0)], color, 1.0));
        }
        draw_times(canvas, figure);
    } else {
        draw_values(canvas, figure);
    }
}

/// Labels left of the plot, the top one first, as many as have room; and the line they stand on.
fn draw_heights(canvas: &mut Canvas, figure: &Figure) {
    let Frame { left, right, bottom, .. } = canvas.map.plot;
    let style = Style::new(canvas.sizes.tick, canvas.theme.gray()).anchor(Anchor::End);
    let mut free = f64::NEG_INFINITY;
    for tick in figure.y.ticks.iter().rev() {
        let y = canvas.map.y(tick.at);
        let label = if figure.y.rows {
            let room = left - 10.0 - canvas.sizes.margin;
            cut(&tick.label, room + 0.5, |text| canvas.fonts.width(text, style.size, false))
        } else {
            tick.label.clone()
        };
        // Rows count from the bottom too, so that their ticks come from below here.
        let clear = if figure.y.rows { true } else { y - free >= 1.2 * style.size };
        if clear {
            canvas.centered(&label, (left - 10.0, y), style);
            free = y;
        }
    }
    if figure.y.rows {
        return;
    }
    let linear = figure.y.scale == Scale::Linear;
    let zero = linear && figure.y.min <= 0.0 && figure.y.max >= 0.0;
    let base = canvas.map.y(if zero { 0.0 } else { figure.y.min });
    let color = if zero { canvas.theme.ink() } else { canvas.theme.gray() };
    let line = vec![(left, base), (right, base)];
    if base < bottom {
        canvas.scene.add_line(&line, Keep::Line);
    }
    canvas.marks.push(Mark::line(line, color, 1.5));
}

/// Where a chart of rows has a line at zero.
pub(crate) fn zero(figure: &Figure) -> Option<f64> {
    (figure.y.rows && figure.x.min <= 0.0 && figure.x.max >= 0.0 && !figure.x.ticks.is_empty())
        .then_some(0.0)
}

/// Labels below an axis of values, the last one first, as many as have room.
fn draw_values(canvas: &mut Canvas, figure: &Figure) {
    let Frame { left, right, top, bottom } = canvas.map.plot;
    let style = Style::new(canvas.sizes.tick, canvas.theme.gray()).anchor(Anchor::Middle);
    let mut free = f64::INFINITY;
    for tick in figure.x.ticks.iter().rev() {
        let x = canvas.map.x(tick.at);
        let half = canvas.fonts.width(&tick.label, style.size, false) / 2.0;
        if x + half + 10.0 <= free {
            canvas.centered(&tick.label, (x, bottom + 1.33 * style.size), style);
            free = x - half;
        }
    }
    let (ink, gray) = (canvas.theme.ink(), canvas.theme.gray());
    if let Some(zero) = zero(figure) {
        let zero = canvas.map.x(zero);
        canvas.marks.push(Mark::line(vec![(zero, top), (zero, bottom)], ink, 1.5));
    } else if figure.y.rows {
        canvas.marks.push(Mark::line(vec![(left, bottom), (right, bottom)], gray, 1.0));
    }
}

/// Labels of years, as many as fit, each in the middle of its stretch.
fn draw_times(canvas: &mut Canvas, figure: &Figure) {
    let style = Style::new(canvas.sizes.tick, canvas.theme.gray()).anchor(Anchor::Middle);
    let spans = &figure.x.labels;
    let width = |i: usize| canvas.fonts.width(&spans[i].label, style.size, false);
    let place = |i: usize| {
        let middle = canvas.map.x(f64::midpoint(spans[i].from, spans[i].to));
        (middle - width(i) / 2.0, middle + width(i) / 2.0)
    };
    let clear = |stride: usize| {
        let shown: Vec<usize> = (0..spans.len()).rev().step_by(stride).collect();
        // The first and the last may be parts of years; they are left out below if they do not fit.
        let inner: Vec<usize> =
            shown.iter().copied().filter(|&i| i > 0 && i + 1 < spans.len()).collect();
        inner.windows(2).all(|pair| place(pair[1]).1 + 12.0 <= place(pair[0]).0)
    };
    let stride = (1..=spans.len()).find(|&s| clear(s)).unwrap_or(spans.len().max(1));
    let mut shown = Vec::new();
    let mut free = f64::INFINITY;
    for i in (0..spans.len()).rev().step_by(stride) {
        let (from, to) = place(i);
        let own = canvas.map.x(spans[i].to) - canvas.map.x(spans[i].from);
        let whole = stride > 1 || own + 8.0 >= to - from;
        if whole && to + 12.0 <= free {
            shown.push((f64::midpoint(from, to), spans[i].label.clone()));
            free = from;
        }
    }
    let y = canvas.map.plot.bottom + 1.33 * style.size;
    for (x, label) in shown.iter().rev() {
        canvas.centered(label, (*x, y), style);
    }
}
