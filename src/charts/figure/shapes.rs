//! Bars, whiskers, flags, notes and points with names of their own.

use super::labels::{Wish, place};
use super::layers::{HALF_LINE, POINT};
use super::layout::{Canvas, Style};
use super::page::{Anchor, Frame, Mark, Spot};
use super::placing::{Keep, around};
use super::{Bar, Flag, Note, Point, Side};
use crate::charts::theme::Role;

/// Distance of a note from its spot.
const NOTE_GAP: f64 = 9.0;
/// Share of that distance at a corner, across and up.
const CORNER: f64 = 0.5;
/// No text stands nearer to the line at zero.
const ZERO_GAP: f64 = 3.0;
/// Distance between flags.
const FLAG_GAP: f64 = 14.0;

/// Rectangles; one without height or width is drawn as a line, so that it can be seen.
pub(crate) fn draw_bars(canvas: &mut Canvas, bars: &[Bar]) {
    for bar in bars {
        let ends = [bar.x.0, bar.x.1, bar.y.0, bar.y.1];
        if ends.iter().any(|end| !end.is_finite()) {
            continue;
        }
        let (a, b) = (canvas.map.spot(bar.x.0, bar.y.0), canvas.map.spot(bar.x.1, bar.y.1));
        let thick = |a: f64, b: f64| {
            let middle = f64::midpoint(a, b);
            let half = (0.5 * (b - a).abs()).max(0.75);
            (middle - half, middle + half)
        };
        let ((left, right), (top, bottom)) = (thick(a.0, b.0), thick(a.1, b.1));
        let points = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        canvas.marks.push(Mark::area(points, canvas.color(bar.role)));
        // The cells of a heat map bear their numbers.
        if !matches!(bar.role, Role::Heat { .. }) {
            canvas.scene.boxes.push(Frame { left, top, right, bottom });
        }
    }
}

/// Lines with caps at both ends.
pub(crate) fn draw_whiskers(canvas: &mut Canvas, whiskers: &[(f64, f64, f64)]) {
    for &(from, to, at) in whiskers {
        let (a, b) = (canvas.map.spot(from, at), canvas.map.spot(to, at));
        if b.0 - a.0 < 7.0 || !(a.0.is_finite() && b.0.is_finite()) {
            continue;
        }
        for (color, width) in [(canvas.theme.paper(), 3.6), (canvas.theme.ink(), 1.5)] {
            canvas.marks.push(Mark::line(vec![a, b], color, width));
            for end in [a, b] {
                let cap = vec![(end.0, end.1 - 4.5), (end.0, end.1 + 4.5)];
                canvas.marks.push(Mark::line(cap, color, width));
            }
        }
    }
}

/// Vertical lines with labels above the plot; lines bend to labels that had to make room.
pub(crate) fn draw_flags(canvas: &mut Canvas, flags: &[Flag]) {
    let size = canvas.sizes.label;
    let style = |flag: &Flag| {
        let color = canvas.theme.text(canvas.color(flag.role));
        Style::new(size, color).bold(flag.bold).anchor(Anchor::Middle)
    };
    let mut shown: Vec<&Flag> = flags.iter().filter(|flag| canvas.map.shows(flag.x)).collect();
    shown.sort_by(|a, b| a.x.total_cmp(&b.x));
    let wish = |flag: &&Flag| Wish {
        at: canvas.map.x(flag.x),
        height: canvas.fonts.width(&flag.label, size, flag.bold) + FLAG_GAP,
        rank: flag.rank,
        slack: 400.0,
    };
    let wishes: Vec<Wish> = shown.iter().map(wish).collect();
    let margin = canvas.sizes.margin - FLAG_GAP / 2.0;
    let places = place(&wishes, margin, canvas.sheet.right - margin);
    let styles: Vec<Style> = shown.iter().map(|flag| style(flag)).collect();
    let Frame { top, bottom, .. } = canvas.map.plot;
    for ((flag, wish), (at, style)) in shown.iter().zip(&wishes).zip(places.iter().zip(styles)) {
        let x = wish.at;
        let (color, width) = (style.color, if flag.bold { 2.6 } else { 1.3 });
        canvas.scene.add_line(&[(x, top), (x, bottom)], Keep::Marker);
        canvas.marks.push(Mark::line(vec![(x, bottom), (x, top)], color, width));
        if let Some(at) = at {
            let knee = vec![(x, top), (*at, top - 0.75 * size)];
            canvas.marks.push(Mark::Line { points: knee, color, alpha: 0.7, width: 1.0 });
            canvas.centered(&flag.label, (*at, top - 1.45 * size), style);
        }
    }
}

/// The box of a text whose edge is `gap` from a spot.
fn beside(spot: Spot, side: Side, (width, height): (f64, f64), gap: f64) -> Frame {
    let middle = match side {
        Side::Left => (spot.0 - gap - width / 2.0, spot.1),
        Side::Right => (spot.0 + gap + width / 2.0, spot.1),
        Side::AboveRight => {
            (spot.0 + CORNER * gap + width / 2.0, spot.1 - CORNER * gap - height / 2.0)
        }
        Side::Above => (spot.0, spot.1 - gap - height / 2.0),
        Side::Below => (spot.0, spot.1 + gap + height / 2.0),
        Side::Middle => spot,
    };
    Frame {
        left: middle.0 - width / 2.0,
        right: middle.0 + width / 2.0,
        top: middle.1 - height / 2.0,
        bottom: middle.1 + height / 2.0,
    }
}

/// The sides to try, each with a number of lines further off: the other side, then below and above.
/// What belongs above or below a bar would be lost inside of it on the other side.
fn places(side: Side) -> Vec<(Side, f64)> {
    let corner = [0.0, 1.0, 2.0].map(|lines| (Side::AboveRight, lines));
    let [below, above] = [(Side::Below, 0.0), (Side::Above, 0.0)];
    match side {
        Side::Left => vec![(side, 0.0), (Side::Right, 0.0), below, above],
        Side::Right => {
            let [first, second, third] = corner;
            vec![(side, 0.0), (Side::Left, 0.0), first, second, third, below, above]
        }
        Side::AboveRight => corner.to_vec(),
        Side::Middle => vec![(side, 0.0)],
        Side::Above | Side::Below => [0.0, 1.0, 2.0, 3.0].map(|lines| (side, lines)).to_vec(),
    }
}

/// The box of a text above and to the right of its spot, moved back as far as the room ends.
fn pushed_back(frame: Frame, side: Side, room: &Frame) -> Frame {
    let over = (frame.right - room.right).max(0.0);
    if side != Side::AboveRight {
        return frame;
    }
    Frame { left: frame.left - over, right: frame.right - over, ..frame }
}

/// The box of a text beside a bar; where the line at zero would run through the text, on the far side of
/// that line.
fn past_zero(frame: Frame, side: Side, zero: Option<f64>) -> Frame {
    let struck = |x: &f64| frame.left - ZERO_GAP < *x && *x < frame.right + ZERO_GAP;
    let Some(zero) = zero.filter(struck) else { return frame };
    let by = match side {
        Side::Left => zero - NOTE_GAP - frame.right,
        Side::Right => zero + NOTE_GAP - frame.left,
        _ => 0.0,
    };
    Frame { left: frame.left + by, right: frame.right + by, ..frame }
}

/// Texts at spots, on the other side where the one wished for has no room; `zero` is where the line at
/// zero of a chart of rows runs.
pub(crate) fn draw_notes(canvas: &mut Canvas, notes: &[Note], zero: Option<f64>) {
    let plot = canvas.map.plot;
    // A note may stand beyond the ends of the plot, but not on the labels of its axes.
    let room = Frame {
        left: plot.left,
        right: canvas.sheet.right - canvas.sizes.margin.min(8.0),
        top: plot.top - 2.0 * canvas.sizes.label,
        bottom: plot.bottom,
    };
    for note in notes {
        let spot = canvas.map.spot(note.at.0, note.at.1);
        if !(spot.0.is_finite() && spot.1.is_finite()) {
            continue;
        }
        if note.dot {
            canvas.marks.push(Mark::Dot { at: spot, radius: 6.6, color: canvas.theme.paper() });
            canvas.marks.push(Mark::Dot { at: spot, radius: 5.0, color: canvas.color(note.role) });
        }
        let color = canvas.theme.text(canvas.color(note.role));
        let style = Style::new(canvas.sizes.label, color).bold(note.bold).anchor(Anchor::Middle);
        let width = canvas.fonts.width(&note.text, style.size, note.bold);
        let size = (width, 2.0 * HALF_LINE * style.size);
        let free = |frame: &Frame| {
            let wide = Frame { left: frame.left - 5.0, right: frame.right + 5.0, ..*frame };
            room.holds(frame) && !canvas.scene.boxes.iter().any(|b| b.overlaps(&wide))
        };
        let gap = if note.dot { 1.6 * NOTE_GAP } else { NOTE_GAP };
        let places = places(note.side).into_iter();
        let frames: Vec<(Frame, f64)> = places
            .map(|(side, lines)| {
                let frame = beside(spot, side, size, gap + lines * size.1);
                (pushed_back(past_zero(frame, side, zero), side, &room), lines)
            })
            .collect();
        // Best where no line runs through it, within the plot; or at least where none does.
        let clear = |frame: &Frame| free(frame) && canvas.scene.is_free(frame);
        let unstruck = |frame: &Frame| free(frame) && !canvas.scene.is_struck(frame);
        let find = |good: &dyn Fn(&Frame) -> bool| frames.iter().find(|(frame, _)| good(frame));
        let frame = find(&clear).or_else(|| find(&unstruck)).or_else(|| find(&free));
        if let Some(&(frame, lines)) = frame {
            if lines > 0.0 {
                let x = spot.0.clamp(frame.left, frame.right);
                let end = if frame.bottom < spot.1 { frame.bottom } else { frame.top };
                let start = (spot.0, spot.1 + 0.3 * (end - spot.1).signum() * gap);
                let points = vec![(x, end), start];
                canvas.marks.push(Mark::Line { points, color, alpha: 0.7, width: 1.0 });
            }
            let middle =
                (f64::midpoint(frame.left, frame.right), f64::midpoint(frame.top, frame.bottom));
            canvas.centered(&note.text, middle, style);
            canvas.scene.boxes.push(frame);
        }
    }
}

/// Names beside points, each where it hides least; a name without a place is left out.
pub(crate) fn name_points(canvas: &mut Canvas, points: &[(Point, String)]) {
    let style = Style::new(canvas.sizes.label, canvas.theme.ink());
    for (point, name) in points {
        if !canvas.map.shows(point.x) || !point.y.is_finite() {
            continue;
        }
        let size = (canvas.fonts.width(name, style.size, false), 2.0 * HALF_LINE * style.size);
        let spot = canvas.map.spot(point.x, point.y);
        let Some(placed) = around(&canvas.scene, &[(spot, POINT + 2.0)], size) else { continue };
        let frame = placed.frame;
        if canvas.scene.boxes.iter().any(|b| b.overlaps(&frame)) {
            continue;
        }
        if let Some(from) = placed.leader {
            let to = (from.0.clamp(frame.left, frame.right), from.1.clamp(frame.top, frame.bottom));
            let points = vec![from, to];
            canvas.marks.push(Mark::Line { points, color: style.color, alpha: 0.7, width: 1.0 });
        }
        canvas.centered(name, (frame.left, f64::midpoint(frame.top, frame.bottom)), style);
        canvas.scene.boxes.push(frame);
    }
}
