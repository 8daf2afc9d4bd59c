//! From a figure to a page: margins from measured texts, titles, axes and the column of end labels.

use super::labels::{Wish, place};
use super::layers::{draw_areas, draw_labels, draw_lines};
use super::page::{Anchor, Frame, Mark, Page, Spot, Text};
use super::placing::{Keep, Scene};
use super::{Figure, Layer, YAxis};
use crate::charts::font::Fonts;
use crate::charts::input::Scale;
use crate::charts::theme::{self, Color, GRAY, INK};

/// Distance from the plot to the end labels, without and with leader lines.
const LABEL_GAP: (f64, f64) = (13.0, 30.0);
/// Opacity of gridlines; they are drawn over the areas.
const GRID_ALPHA: f64 = 0.13;
/// Height of capitals over the em of Inter: half of it centers a line on a height.
const CAPITAL: f64 = 0.727;

/// What the steps of the layout share.
pub(crate) struct Canvas<'a> {
    /// For measuring.
    pub(crate) fonts: &'a Fonts,
    /// From data to page.
    pub(crate) map: Map,
    /// Drawn so far.
    pub(crate) marks: Vec<Mark>,
    /// What labels must avoid.
    pub(crate) scene: Scene,
}

impl Canvas<'_> {
    /// Adds a text whose capitals are centered on the height `y`.
    pub(crate) fn centered(&mut self, content: &str, (x, y): Spot, style: Style) {
        let at = (x, y + CAPITAL * style.size / 2.0);
        self.marks.push(Mark::Text(style.text(content, at)));
    }
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Em in pixels.
    pub(crate) size: f64,
    /// Bold face.
    pub(crate) bold: bool,
    /// Color.
    pub(crate) color: Color,
    /// Which end is given.
    pub(crate) anchor: Anchor,
}

impl Style {
    /// A plain style, anchored at the left end.
    pub(crate) const fn new(size: f64, color: Color) -> Self {
        Self { size, bold: false, color, anchor: Anchor::Start }
    }

    /// The same in bold or not.
    pub(crate) const fn bold(self, bold: bool) -> Self {
        Self { bold, ..self }
    }

    /// The same with another anchor.
    pub(crate) const fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    fn text(self, content: &str, at: Spot) -> Text {
        let Self { size, bold, color, anchor } = self;
        Text { content: content.to_owned(), at, size, bold, color, anchor }
    }
}

/// From data to page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Map {
    /// The plot on the page.
    pub(crate) plot: Frame,
    x: (f64, f64),
    y: (f64, f64),
    scale: Scale,
}

impl Map {
    fn new(figure: &Figure, plot: Frame) -> Self {
        let YAxis { min, max, scale, .. } = figure.y;
        Self { plot, x: (figure.x.min, figure.x.max), y: (min, max), scale }
    }

    /// Page x of a time.
    pub(crate) fn x(&self, x: f64) -> f64 {
        let share = (x - self.x.0) / (self.x.1 - self.x.0);
        self.plot.left + share * (self.plot.right - self.plot.left)
    }

    /// Page y of a value. On a logarithmic axis what is not positive lies at the bottom.
    pub(crate) fn y(&self, y: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (y - self.y.0) / (self.y.1 - self.y.0),
            Scale::Log => libm::log(y.max(self.y.0) / self.y.0) / libm::log(self.y.1 / self.y.0),
        };
        self.plot.bottom - share * (self.plot.bottom - self.plot.top)
    }

    /// Page position of a time and a value.
    pub(crate) fn spot(&self, x: f64, y: f64) -> Spot {
        (self.x(x), self.y(y))
    }

    /// Whether a time is on the axis.
    pub(crate) fn shows(&self, x: f64) -> bool {
        x >= self.x.0 - 1e-9 && x <= self.x.1 + 1e-9
    }
}

/// Lays a figure out.
pub(crate) fn layout(figure: &Figure, fonts: &Fonts) -> Page {
    let mut marks = Vec::new();
    let head = heading(figure, fonts, &mut marks);
    let foot = footing(figure, fonts, &mut marks);
    let plot = plot_frame(figure, fonts, head, foot);
    let scene = Scene::new(plot);
    let mut canvas = Canvas { fonts, map: Map::new(figure, plot), marks, scene };
    let column = Column::new(figure, &canvas.map);
    draw_areas(&mut canvas, figure);
    draw_grid(&mut canvas, figure);
    draw_lines(&mut canvas, figure);
    draw_axes(&mut canvas, figure);
    let named = column.draw(&mut canvas, figure);
    draw_labels(&mut canvas, figure, &named);
    Page {
        width: figure.width,
        height: figure.height,
        title: figure.title.clone(),
        description: figure.description.clone(),
        plot,
        marks: canvas.marks,
    }
}

/// Title and subtitle; answers where the plot may begin.
fn heading(figure: &Figure, fonts: &Fonts, marks: &mut Vec<Mark>) -> f64 {
    let room = figure.width - 2.0 * theme::MARGIN;
    let full = fonts.width(&figure.title, theme::TITLE, true);
    let size = (theme::TITLE * room / full.max(1.0)).clamp(theme::TITLE_MIN, theme::TITLE);
    let mut y = theme::MARGIN - 14.0;
    let mut block = |content: &str, style: Style, y: &mut f64| {
        for line in wrap(content, room, |text| fonts.width(text, style.size, style.bold)) {
            *y += style.size * 1.22;
            marks.push(Mark::Text(style.text(&line, (theme::MARGIN, *y - style.size * 0.2))));
        }
    };
    block(&figure.title, Style::new(size, INK).bold(true), &mut y);
    y += 7.0;
    block(&figure.subtitle, Style::new(theme::SUBTITLE, GRAY), &mut y);
    y
}

/// Footnote; answers where the time axis has to end.
fn footing(figure: &Figure, fonts: &Fonts, marks: &mut Vec<Mark>) -> f64 {
    let room = figure.width - 2.0 * theme::MARGIN;
    let style = Style::new(theme::FOOTNOTE, GRAY);
    let lines = wrap(&figure.footnote, room, |text| fonts.width(text, style.size, false));
    let step = style.size * theme::LINE_HEIGHT;
    let mut y = figure.height - 26.0 - step * (lines.len().max(1) - 1) as f64;
    let top = y - style.size;
    for line in &lines {
        marks.push(Mark::Text(style.text(line, (theme::MARGIN, y))));
        y += step;
    }
    top
}

/// Breaks a text into lines of at most `room`; a longer word stands alone.
///
/// A no-break space does not break; a middle dot never begins a line.
pub(crate) fn wrap(text: &str, room: f64, width: impl Fn(&str) -> f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer) <= room || line.is_empty() || word == "·" {
            line = longer;
        } else {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    for line in &mut lines {
        if let Some(rest) = line.strip_suffix(" ·") {
            *line = rest.to_owned();
        }
    }
    lines
}

/// The plot between heading, footing, tick labels and end labels.
fn plot_frame(figure: &Figure, fonts: &Fonts, head: f64, foot: f64) -> Frame {
    let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
    let ticks =
        widest(&mut figure.y.ticks.iter().map(|t| fonts.width(&t.label, theme::TICK, false)));
    let ends =
        widest(&mut figure.end_labels.iter().map(|l| fonts.width(&l.text, theme::LABEL, l.bold)));
    let inside = |x: f64| x >= figure.x.min && x <= figure.x.max;
    let marked =
        figure.layers.iter().any(|layer| matches!(layer, Layer::Marker { x, .. } if inside(*x)));
    let bottom = foot - 54.0;
    // Moving a label needs the plot's height, but not its width: the height is final here.
    let gap = if ends == 0.0 { 0.0 } else { label_gap(figure, head, bottom) };
    Frame {
        left: theme::MARGIN + ticks + 10.0,
        top: head + if marked { 50.0 } else { 30.0 },
        right: figure.width - theme::MARGIN - ends - gap,
        bottom,
    }
}

fn label_gap(figure: &Figure, top: f64, bottom: f64) -> f64 {
    let map = Map::new(figure, Frame { left: 0.0, top: top + 50.0, right: 1.0, bottom });
    let column = Column::new(figure, &map);
    if column.has_leaders() { LABEL_GAP.1 } else { LABEL_GAP.0 }
}

/// Gridlines, over the areas so that values can be read inside them.
fn draw_grid(canvas: &mut Canvas, figure: &Figure) {
    let Frame { left, right, .. } = canvas.map.plot;
    for tick in &figure.y.ticks {
        let y = canvas.map.y(tick.at);
        let points = vec![(left, y), (right, y)];
        canvas.marks.push(Mark::Line { points, color: INK, alpha: GRID_ALPHA, width: 1.0 });
    }
}

/// Zero line, tick marks, tick labels.
fn draw_axes(canvas: &mut Canvas, figure: &Figure) {
    let Frame { left, right, bottom, .. } = canvas.map.plot;
    let style = Style::new(theme::TICK, GRAY).anchor(Anchor::End);
    for tick in &figure.y.ticks {
        let y = canvas.map.y(tick.at);
        canvas.centered(&tick.label, (left - 10.0, y), style);
    }
    let linear = figure.y.scale == Scale::Linear;
    let zero = linear && figure.y.min <= 0.0 && figure.y.max >= 0.0;
    let base = canvas.map.y(if zero { 0.0 } else { figure.y.min });
    let color = if zero { INK } else { GRAY };
    let line = vec![(left, base), (right, base)];
    if base < bottom {
        canvas.scene.add_line(&line, Keep::Line);
    }
    canvas.marks.push(Mark::line(line, color, 1.5));
    for &bound in figure.x.bounds.iter().filter(|&&x| canvas.map.shows(x)) {
        let x = canvas.map.x(bound);
        canvas.marks.push(Mark::line(vec![(x, bottom), (x, bottom + 7.0)], GRAY, 1.0));
    }
    draw_times(canvas, figure);
}

/// Labels of years, as many as fit, each in the middle of its stretch.
fn draw_times(canvas: &mut Canvas, figure: &Figure) {
    let style = Style::new(theme::TICK, GRAY).anchor(Anchor::Middle);
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
    let y = canvas.map.plot.bottom + 24.0;
    for (x, label) in shown.iter().rev() {
        canvas.centered(label, (*x, y), style);
    }
}

/// The labels right of the plot, placed; wanted and given heights of each that is kept.
struct Column {
    kept: Vec<(usize, f64, f64)>,
}

impl Column {
    fn new(figure: &Figure, map: &Map) -> Self {
        let labels = &figure.end_labels;
        let line = theme::LABEL * 1.22;
        let height = |i: usize| map.y(labels[i].y);
        let mut order: Vec<usize> =
            (0..labels.len()).filter(|&i| labels[i].y.is_finite()).collect();
        order.sort_by(|&a, &b| height(a).total_cmp(&height(b)));
        loop {
            let wish = |&i: &usize| {
                let slack = labels[i].slack * line;
                Wish { at: height(i), height: line, rank: labels[i].rank, slack }
            };
            let wishes: Vec<Wish> = order.iter().map(wish).collect();
            // Half a line beyond the plot, so that a label can stand on its ends.
            let places = place(&wishes, map.plot.top - line / 2.0, map.plot.bottom + line / 2.0);
            let dropped =
                |&(&i, at): &(&usize, &Option<f64>)| at.is_none() && labels[i].group.is_some();
            let Some((&lost, _)) = order.iter().zip(&places).find(dropped) else {
                let kept = order.iter().zip(places);
                return Self {
                    kept: kept.filter_map(|(&i, at)| Some((i, height(i), at?))).collect(),
                };
            };
            order.retain(|&i| labels[i].group != labels[lost].group);
        }
    }

    fn has_leaders(&self) -> bool {
        self.kept.iter().any(|(_, wanted, at)| (wanted - at).abs() > 5.0)
    }

    /// Draws the column; answers the slices that it names.
    fn draw(&self, canvas: &mut Canvas, figure: &Figure) -> Vec<usize> {
        let right = canvas.map.plot.right;
        let leaders = self.has_leaders();
        let x = right + if leaders { LABEL_GAP.1 } else { LABEL_GAP.0 };
        let mut named = Vec::new();
        for &(i, wanted, at) in &self.kept {
            let label = &figure.end_labels[i];
            if leaders {
                let bend = vec![
                    (right + 7.0, wanted),
                    (right + 11.0, wanted),
                    (x - 9.0, at),
                    (x - 5.0, at),
                ];
                canvas.marks.push(Mark::Line { points: bend, color: GRAY, alpha: 0.6, width: 1.0 });
            }
            let color = label.role.color().as_text();
            let style = Style::new(theme::LABEL, color).bold(label.bold);
            canvas.centered(&label.text, (x, at), style);
            named.extend(label.slice);
        }
        named
    }
}
