//! From the layers of a figure to marks: areas first, then lines and points, labels inside the plot last.

use super::axes::zero;
use super::layout::{Canvas, Map, Style};
use super::page::{Anchor, Frame, Mark, Spot};
use super::placing::{Keep, around, least};
use super::shapes;
use super::{Figure, Layer, Point, StackSlice};
use crate::charts::theme::Role;

/// Radius of the points of reported values.
pub(super) const POINT: f64 = 6.0;
/// Half the height of a label's box over its size.
pub(super) const HALF_LINE: f64 = 0.58;

/// Bands and stacks.
pub(crate) fn draw_areas(canvas: &mut Canvas, figure: &Figure) {
    for layer in &figure.layers {
        match layer {
            Layer::Band { x, lower, upper, role, alpha } => {
                draw_band(canvas, x, (lower, upper), (*role, *alpha));
            }
            Layer::Bars(bars) => shapes::draw_bars(canvas, bars),
            Layer::Stack { x, slices, bars } => draw_stack(canvas, &Stack::new(x, slices, *bars)),
            _ => {}
        }
    }
}

/// Stretches of indices at which all curves are finite.
fn runs(x: &[f64], curves: &[&[f64]]) -> Vec<std::ops::Range<usize>> {
    let length = curves.iter().map(|c| c.len()).fold(x.len(), usize::min);
    let whole = |i: usize| x[i].is_finite() && curves.iter().all(|c| c[i].is_finite());
    let mut runs = Vec::new();
    let mut start = None;
    for i in 0..=length {
        match (i < length && whole(i), start) {
            (true, None) => start = Some(i),
            (false, Some(from)) => {
                runs.push(from..i);
                start = None;
            }
            _ => {}
        }
    }
    runs
}

/// A curve on the page; a single point is as wide as its quarter, so that it can be seen.
fn curve(map: &Map, x: &[f64], y: &[f64]) -> Vec<Spot> {
    match (x, y) {
        (&[x], &[y]) => vec![map.spot(x - 0.25, y), map.spot(x, y)],
        _ => x.iter().zip(y).map(|(&x, &y)| map.spot(x, y)).collect(),
    }
}

fn draw_band(
    canvas: &mut Canvas,
    x: &[f64],
    (lower, upper): (&[f64], &[f64]),
    (role, alpha): (Role, f64),
) {
    for run in runs(x, &[lower, upper]) {
        let mut points = curve(&canvas.map, &x[run.clone()], &upper[run.clone()]);
        let mut back = curve(&canvas.map, &x[run.clone()], &lower[run]);
        canvas.scene.add_line(&points, Keep::Edge);
        canvas.scene.add_line(&back, Keep::Edge);
        back.reverse();
        points.extend(back);
        canvas.marks.push(Mark::Area { points, color: canvas.color(role), alpha });
    }
}

/// A stack with its running sums.
struct Stack<'a> {
    x: &'a [f64],
    slices: &'a [StackSlice],
    bars: bool,
    /// `sums[k][i]`: the top of slice k - 1, so `sums[0]` is zero.
    sums: Vec<Vec<f64>>,
}

impl<'a> Stack<'a> {
    fn new(x: &'a [f64], slices: &'a [StackSlice], bars: bool) -> Self {
        let mut sums = vec![vec![0.0; x.len()]];
        for slice in slices {
            let below = &sums[sums.len() - 1];
            let add = |(i, below): (usize, &f64)| {
                let value = slice.values.get(i).copied().unwrap_or(0.0);
                below + if value.is_finite() { value.max(0.0) } else { 0.0 }
            };
            let next: Vec<f64> = below.iter().enumerate().map(add).collect();
            sums.push(next);
        }
        Self { x, slices, bars, sums }
    }

    /// The outline of the running sum `k` on the page, from left to right.
    fn outline(&self, map: &Map, k: usize) -> Vec<Spot> {
        if self.bars {
            let step = |(&x, &y): (&f64, &f64)| [map.spot(x - 0.25, y), map.spot(x, y)];
            self.x.iter().zip(&self.sums[k]).flat_map(step).collect()
        } else {
            curve(map, self.x, &self.sums[k])
        }
    }

    /// Bottom and top of slice `k` on the page at page position `at`, if the stack is there.
    fn extent(&self, map: &Map, k: usize, at: f64) -> Option<(f64, f64)> {
        let height = |sums: &[f64]| {
            if self.bars {
                let i = self.x.iter().position(|&x| map.x(x) >= at && map.x(x - 0.25) <= at)?;
                return Some(map.y(sums[i]));
            }
            let i = self.x.windows(2).position(|w| map.x(w[0]) <= at && at <= map.x(w[1]))?;
            let share = (at - map.x(self.x[i])) / (map.x(self.x[i + 1]) - map.x(self.x[i]));
            Some(map.y(sums[i] + share * (sums[i + 1] - sums[i])))
        };
        Some((height(&self.sums[k])?, height(&self.sums[k + 1])?))
    }

    /// Page positions to try for the middle of a label.
    fn centers(&self, map: &Map) -> Vec<f64> {
        let shift = if self.bars { 0.125 } else { 0.0 };
        self.x.iter().map(|x| map.x(x - shift)).collect()
    }
}

fn draw_stack(canvas: &mut Canvas, stack: &Stack) {
    for (k, slice) in stack.slices.iter().enumerate() {
        let mut points = stack.outline(&canvas.map, k + 1);
        let mut floor = stack.outline(&canvas.map, k);
        floor.reverse();
        points.extend(floor);
        canvas.marks.push(Mark::area(points, canvas.color(slice.role)));
    }
    // Lines of paper between the slices also cover the seams.
    for k in 1..stack.slices.len() {
        let points = stack.outline(&canvas.map, k);
        canvas.marks.push(Mark::line(points, canvas.theme.paper(), 1.3));
    }
    if stack.bars {
        let Frame { top, bottom, .. } = canvas.map.plot;
        for pair in stack.x.windows(2) {
            let x = canvas.map.x(pair[0]);
            canvas.marks.push(Mark::line(vec![(x, top), (x, bottom)], canvas.theme.paper(), 2.0));
        }
    }
}

/// Markers, thresholds, curves and points.
pub(crate) fn draw_lines(canvas: &mut Canvas, figure: &Figure) {
    draw_markers(canvas, figure);
    for layer in &figure.layers {
        match layer {
            Layer::Threshold { y, .. } => draw_threshold(canvas, *y),
            Layer::Line { x, y, role, width, end_dot } => {
                draw_curve(canvas, (x, y), *role, *width, *end_dot);
            }
            _ => {}
        }
    }
    for layer in &figure.layers {
        match layer {
            Layer::Points { points, filled, .. } => {
                for point in shown(points, &canvas.map) {
                    draw_point(canvas, &point, *filled);
                }
            }
            Layer::Named(points) => {
                for (point, _) in points {
                    if canvas.map.shows(point.x) && point.y.is_finite() {
                        draw_point(canvas, point, true);
                    }
                }
            }
            Layer::Whiskers(whiskers) => shapes::draw_whiskers(canvas, whiskers),
            Layer::Flags(flags) => shapes::draw_flags(canvas, flags),
            _ => {}
        }
    }
}

fn shown(points: &[Point], map: &Map) -> Vec<Point> {
    points.iter().copied().filter(|p| map.shows(p.x) && p.y.is_finite()).collect()
}

/// Vertical lines that carry their labels above the plot like flags, at the left where the right has no room.
fn draw_markers(canvas: &mut Canvas, figure: &Figure) {
    let style = Style::new(canvas.sizes.label, canvas.theme.ink());
    for layer in &figure.layers {
        let Layer::Marker { x, label } = layer else { continue };
        if !canvas.map.shows(*x) {
            continue;
        }
        let (x, plot) = (canvas.map.x(*x), canvas.map.plot);
        let rise = canvas.sizes.label * 1.6;
        let points = vec![(x, plot.top - rise), (x, plot.bottom)];
        canvas.scene.add_line(&points, Keep::Marker);
        let color = canvas.theme.ink();
        canvas.marks.push(Mark::Line { points, color, alpha: 0.75, width: 1.2 });
        let fits = x + 8.0 + canvas.fonts.width(label, style.size, false)
            <= figure.width - canvas.sizes.margin;
        let (at, anchor) = if fits { (x + 8.0, Anchor::Start) } else { (x - 8.0, Anchor::End) };
        canvas.centered(label, (at, plot.top - 0.73 * rise), style.anchor(anchor));
    }
}

fn draw_threshold(canvas: &mut Canvas, y: f64) {
    let (y, Frame { left, right, .. }) = (canvas.map.y(y), canvas.map.plot);
    canvas.scene.add_line(&[(left, y), (right, y)], Keep::Line);
    let mut x = left;
    while x < right {
        let dash = vec![(x, y), ((x + 7.0).min(right), y)];
        canvas.marks.push(Mark::line(dash, canvas.color(Role::Threshold), 1.8));
        x += 12.0;
    }
}

fn draw_curve(canvas: &mut Canvas, (x, y): (&[f64], &[f64]), role: Role, width: f64, dot: bool) {
    let runs = runs(x, &[y]);
    for run in &runs {
        let points = curve(&canvas.map, &x[run.clone()], &y[run.clone()]);
        canvas.scene.add_line(&points, Keep::Line);
        canvas.marks.push(Mark::line(points, canvas.color(role), width));
    }
    let last = runs.last().map(|run| run.end - 1).filter(|&i| dot && i + 1 == x.len());
    if let Some(i) = last {
        let at = canvas.map.spot(x[i], y[i]);
        canvas.scene.add_dot(at, width * 2.0);
        canvas.marks.push(Mark::Dot {
            at,
            radius: width * 1.55 + 2.0,
            color: canvas.theme.paper(),
        });
        canvas.marks.push(Mark::Dot { at, radius: width * 1.55, color: canvas.color(role) });
    }
}

fn draw_point(canvas: &mut Canvas, point: &Point, filled: bool) {
    let (paper, ink) = (canvas.theme.paper(), canvas.theme.ink());
    let at = canvas.map.spot(point.x, point.y);
    let ends = point.whisker.filter(|(a, b)| a.is_finite() && b.is_finite());
    let ends = ends.map(|(low, high)| (canvas.map.y(high), canvas.map.y(low)));
    // A whisker that the point hides would look like a smudge.
    if let Some((top, bottom)) = ends.filter(|(top, bottom)| bottom - top > 2.0 * (POINT + 4.0)) {
        canvas.scene.boxes.push(Frame { left: at.0 - 6.0, top, right: at.0 + 6.0, bottom });
        for (color, width) in [(paper, 4.0), (ink, 1.8)] {
            canvas.marks.push(Mark::line(vec![(at.0, top), (at.0, bottom)], color, width));
            for y in [top, bottom] {
                let cap = vec![(at.0 - 5.0, y), (at.0 + 5.0, y)];
                canvas.marks.push(Mark::line(cap, color, width));
            }
        }
    }
    canvas.scene.add_dot(at, POINT + 2.0);
    canvas.marks.push(Mark::Dot { at, radius: POINT + 1.6, color: paper });
    canvas.marks.push(Mark::Dot { at, radius: POINT, color: ink });
    if !filled {
        canvas.marks.push(Mark::Dot { at, radius: POINT - 2.0, color: paper });
    }
}

/// Labels inside the plot; `named` are the slices that have a label at the right end.
pub(crate) fn draw_labels(canvas: &mut Canvas, figure: &Figure, named: &[usize]) {
    let zero = zero(figure).map(|x| canvas.map.x(x));
    for layer in &figure.layers {
        match layer {
            Layer::Threshold { y, label } => label_threshold(canvas, *y, label),
            Layer::Points { points, label, .. } => label_points(canvas, points, label),
            Layer::Named(points) => shapes::name_points(canvas, points),
            Layer::Notes(notes) => shapes::draw_notes(canvas, notes, zero),
            Layer::Stack { x, slices, bars } => {
                label_stack(canvas, &Stack::new(x, slices, *bars), named);
            }
            _ => {}
        }
    }
}

fn label_threshold(canvas: &mut Canvas, y: f64, label: &str) {
    let color = canvas.theme.text(canvas.color(Role::Threshold));
    let style = Style::new(canvas.sizes.label, color);
    let (width, height) =
        (canvas.fonts.width(label, style.size, false), 2.0 * HALF_LINE * style.size);
    let (y, plot) = (canvas.map.y(y), canvas.map.plot);
    let room = plot.right - plot.left - width - 16.0;
    // From the ends inward; above the line before below.
    let candidates = [y - height - 2.0, y + 3.0].into_iter().flat_map(|top| {
        (0..=20).map(move |step| {
            let inward = f64::from(step / 2) / 20.0;
            let share = if step % 2 == 0 { inward } else { 1.0 - inward };
            let left = plot.left + 8.0 + share * room;
            Frame { left, top, right: left + width, bottom: top + height }
        })
    });
    let candidates: Vec<Frame> = candidates.collect();
    if let Some(frame) = least(&canvas.scene, &candidates) {
        let middle = f64::midpoint(frame.top, frame.bottom);
        canvas.centered(label, (frame.left, middle), style);
        canvas.scene.boxes.push(frame);
    }
}

fn label_points(canvas: &mut Canvas, points: &[Point], label: &str) {
    let style = Style::new(canvas.sizes.label, canvas.theme.ink());
    let size = (canvas.fonts.width(label, style.size, false), 2.0 * HALF_LINE * style.size);
    let anchors: Vec<(Spot, f64)> = shown(points, &canvas.map)
        .iter()
        .map(|p| (canvas.map.spot(p.x, p.y), POINT + 2.0))
        .collect();
    let Some(placed) = around(&canvas.scene, &anchors, size) else { return };
    let frame = placed.frame;
    if let Some(from) = placed.leader {
        let to = (from.0.clamp(frame.left, frame.right), from.1.clamp(frame.top, frame.bottom));
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = libm::hypot(dx, dy).max(1.0);
        let start = (from.0 + dx / length * (POINT + 3.0), from.1 + dy / length * (POINT + 3.0));
        canvas.marks.push(Mark::Line {
            points: vec![start, to],
            color: style.color,
            alpha: 0.7,
            width: 1.0,
        });
    }
    if !canvas.scene.is_free(&frame) {
        // Where no place is free, the lines behind give way.
        let Frame { left, top, right, bottom } = frame;
        let points = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        canvas.marks.push(Mark::area(points, canvas.theme.paper()));
    }
    canvas.centered(label, (frame.left, f64::midpoint(frame.top, frame.bottom)), style);
    canvas.scene.boxes.push(frame);
}

/// Names slices inside where they are thick enough, otherwise above the stack with a leader line.
fn label_stack(canvas: &mut Canvas, stack: &Stack, named: &[usize]) {
    for (k, slice) in stack.slices.iter().enumerate().filter(|(k, _)| !named.contains(k)) {
        let color = canvas.color(slice.role);
        let style = Style::new(canvas.sizes.label, color.text_on()).anchor(Anchor::Middle);
        let width = canvas.fonts.width(&slice.name, style.size, false);
        if let Some((x, y)) = inside(canvas, stack, k, (width + 10.0, style.size * 1.25)) {
            canvas.centered(&slice.name, (x, y), style);
            let (half, rise) = (width / 2.0, HALF_LINE * style.size);
            let frame = Frame { left: x - half, right: x + half, top: y - rise, bottom: y + rise };
            canvas.scene.boxes.push(frame);
        } else {
            callout(canvas, stack, k, width);
        }
    }
}

/// The roomiest place for a box of the given size inside slice `k`, away from vertical lines.
fn inside(canvas: &Canvas, stack: &Stack, k: usize, (width, height): (f64, f64)) -> Option<Spot> {
    let mut best: Option<(f64, Spot)> = None;
    for center in stack.centers(&canvas.map) {
        let extents: Option<Vec<(f64, f64)>> = (0..=8)
            .map(|step| center + width * (f64::from(step) / 8.0 - 0.5))
            .map(|x| stack.extent(&canvas.map, k, x))
            .collect();
        let Some(extents) = extents else { continue };
        let floor = extents.iter().map(|e| e.0).fold(f64::INFINITY, f64::min);
        let ceiling = extents.iter().map(|e| e.1).fold(f64::NEG_INFINITY, f64::max);
        let room = floor - ceiling;
        let y = f64::midpoint(floor, ceiling);
        let frame = Frame {
            left: center - width / 2.0,
            right: center + width / 2.0,
            top: y - height / 2.0,
            bottom: y + height / 2.0,
        };
        if room >= height
            && canvas.scene.is_free(&frame)
            && best.is_none_or(|(most, _)| room > most)
        {
            best = Some((room, (center, y)));
        }
    }
    best.map(|(_, spot)| spot)
}

/// A label over the stack with a line down to the slice where it is thickest.
fn callout(canvas: &mut Canvas, stack: &Stack, k: usize, width: f64) {
    let map = canvas.map;
    let thick = |x: f64| stack.extent(&map, k, x).map_or(0.0, |(low, high)| low - high);
    // Thick, but not deep below the top of the stack: a long line hides other slices.
    let last = stack.slices.len() - 1;
    let good = |x: f64| {
        let depth = stack.extent(&map, last, x).zip(stack.extent(&map, k, x));
        thick(x) - depth.map_or(0.0, |(top, own)| 0.2 * (own.1 - top.1))
    };
    let visible = stack.centers(&map).into_iter().filter(|&x| thick(x) >= 3.0);
    let Some(x) = visible.max_by(|a, b| good(*a).total_cmp(&good(*b))) else { return };
    let (Some((low, high)), Some(top)) = (stack.extent(&map, k, x), stack.extent(&map, last, x))
    else {
        return;
    };
    let end = (x, f64::midpoint(low, high));
    let scene = &canvas.scene;
    let fits = |f: &Frame| scene.is_free(f) && !scene.strikes((x, f.bottom + 1.0), end);
    let Some(frame) = above(stack, &map, (x, top.1), (width, 2.0 * HALF_LINE * canvas.sizes.label))
        .into_iter()
        .find(fits)
    else {
        return;
    };
    let points = vec![(x, frame.bottom + 1.0), end];
    canvas.scene.add_line(&points, Keep::Line);
    let ink = canvas.theme.ink();
    canvas.marks.push(Mark::line(points, ink, 1.0));
    canvas.marks.push(Mark::Dot { at: end, radius: 2.6, color: ink });
    let color = canvas.theme.text(canvas.color(stack.slices[k].role));
    canvas.centered(
        &stack.slices[k].name,
        (frame.left, f64::midpoint(frame.top, frame.bottom)),
        Style::new(canvas.sizes.label, color),
    );
    canvas.scene.boxes.push(frame);
}

/// Boxes of the given width near a spot on the top of the stack that hide nothing of it, the closest first.
fn above(stack: &Stack, map: &Map, (x, top): Spot, (width, height): (f64, f64)) -> Vec<Frame> {
    let clear = |frame: &Frame| {
        (0..=4).all(|i| {
            let at = frame.left + width * f64::from(i) / 4.0;
            let surface = stack.extent(map, stack.slices.len() - 1, at);
            surface.is_none_or(|(_, top)| frame.bottom < top - 4.0)
        })
    };
    let candidates = (0..20).flat_map(|step| {
        let bottom = top - 14.0 - f64::from(step) * height * 0.5;
        [0.5, 1.0, 0.0].map(|share| {
            let left = x - width * share;
            Frame { left, right: left + width, top: bottom - height, bottom }
        })
    });
    candidates.filter(clear).collect()
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn gaps_split_curves() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        let y = [1.0, f64::NAN, 1.0, 1.0, 1.0];
        assert_eq!(runs(&x, &[&y]), [0..1, 2..5]);
        assert_eq!(runs(&x, &[&y, &y[..4]]), [0..1, 2..4]);
        assert!(runs(&x, &[&[]]).is_empty());
    }
}
