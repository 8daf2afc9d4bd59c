//! From a figure to a page: margins from measured texts, titles, panels and the column of end labels.

use super::axes::{draw_axes, draw_grid};
use super::labels::{Wish, place};
use super::layers::{draw_areas, draw_labels, draw_lines};
use super::page::{Anchor, Frame, Mark, Page, Spot, Text};
use super::placing::Scene;
use super::{Figure, Layer, YAxis};
use crate::charts::font::Fonts;
use crate::charts::input::Scale;
use crate::charts::theme::{self, Color, Role, Sizes, Theme};

/// Distance from the plot to the end labels, without and with leader lines.
const LABEL_GAP: (f64, f64) = (13.0, 30.0);
/// Largest part of the width that names of rows may take.
const NAMES: f64 = 0.42;
/// Space between panels, and how much smaller their texts are.
const PANEL_GAP: f64 = 22.0;
const PANEL_ZOOM: f64 = 0.86;
/// A last line shorter than this share of the room is an orphan.
const ORPHAN: f64 = 0.25;
/// Height of capitals over the em of Inter: half of it centers a line on a height.
const CAPITAL: f64 = 0.727;

/// What the steps of the layout share.
pub(crate) struct Canvas<'a> {
    /// For measuring.
    pub(crate) fonts: &'a Fonts,
    /// Paper and ink.
    pub(crate) theme: Theme,
    /// Sizes of texts.
    pub(crate) sizes: Sizes,
    /// The whole page.
    pub(crate) sheet: Frame,
    /// From data to page.
    pub(crate) map: Map,
    /// Drawn so far.
    pub(crate) marks: Vec<Mark>,
    /// What labels must avoid.
    pub(crate) scene: Scene,
}

impl Canvas<'_> {
    /// How a role looks on this paper.
    pub(crate) fn color(&self, role: Role) -> Color {
        role.color(self.theme)
    }

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
    x_scale: Scale,
}

/// Share of the way from `ends.0` to `ends.1`. On a logarithmic axis what is too small lies at the begin.
pub(in crate::charts) fn share(value: f64, ends: (f64, f64), scale: Scale) -> f64 {
    match scale {
        Scale::Linear => (value - ends.0) / (ends.1 - ends.0),
        Scale::Log => libm::log(value.max(ends.0) / ends.0) / libm::log(ends.1 / ends.0),
    }
}

impl Map {
    fn new(figure: &Figure, plot: Frame) -> Self {
        let YAxis { min, max, scale, .. } = figure.y;
        let x = (figure.x.min, figure.x.max);
        Self { plot, x, y: (min, max), scale, x_scale: figure.x.scale }
    }

    /// Page x of a time or value.
    pub(crate) fn x(&self, x: f64) -> f64 {
        self.plot.left + share(x, self.x, self.x_scale) * (self.plot.right - self.plot.left)
    }

    /// Page y of a value. On a logarithmic axis what is not positive lies at the bottom.
    pub(crate) fn y(&self, y: f64) -> f64 {
        self.plot.bottom - share(y, self.y, self.scale) * (self.plot.bottom - self.plot.top)
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
    let sizes = Sizes::of(figure.height);
    if figure.panels.is_empty() { single(figure, fonts, sizes) } else { grid(figure, fonts, sizes) }
}

/// A page with one plot.
fn single(figure: &Figure, fonts: &Fonts, sizes: Sizes) -> Page {
    let mut marks = Vec::new();
    let head = heading(figure, fonts, sizes, &mut marks);
    let foot = footing(figure, fonts, sizes, &mut marks);
    let plot = plot_frame(figure, fonts, sizes, (head, foot));
    let mut canvas = Canvas {
        fonts,
        theme: figure.theme,
        sizes,
        sheet: Frame { left: 0.0, top: 0.0, right: figure.width, bottom: figure.height },
        map: Map::new(figure, plot),
        marks,
        scene: Scene::new(plot),
    };
    let column = Column::new(figure, &canvas.map, sizes);
    draw_areas(&mut canvas, figure);
    draw_grid(&mut canvas, figure);
    draw_lines(&mut canvas, figure);
    draw_axes(&mut canvas, figure);
    let named = column.draw(&mut canvas, figure);
    draw_labels(&mut canvas, figure, &named);
    finished(figure, (plot, vec![plot]), canvas.marks)
}

fn finished(figure: &Figure, (plot, plots): (Frame, Vec<Frame>), marks: Vec<Mark>) -> Page {
    Page {
        width: figure.width,
        height: figure.height,
        zoom: figure.zoom,
        paper: figure.theme.paper(),
        title: figure.title.clone(),
        description: figure.description.clone(),
        plot,
        plots,
        marks,
    }
}

/// A page with several plots under one title.
fn grid(figure: &Figure, fonts: &Fonts, sizes: Sizes) -> Page {
    let mut marks = Vec::new();
    let top = heading(figure, fonts, sizes, &mut marks) + 14.0;
    let bottom = footing(figure, fonts, sizes, &mut marks) - 6.0;
    let plot = Frame { left: sizes.margin, top, right: figure.width - sizes.margin, bottom };
    let count = figure.panels.len();
    let room = (plot.right - plot.left, plot.bottom - plot.top);
    let columns = columns(count, room);
    let rows = count.div_ceil(columns);
    let cell = (
        (room.0 + PANEL_GAP) / columns as f64 - PANEL_GAP,
        (room.1 + PANEL_GAP) / rows as f64 - PANEL_GAP,
    );
    let mut plots = Vec::new();
    for (i, panel) in figure.panels.iter().enumerate() {
        let (row, column) = (i / columns, i % columns);
        let offset = (
            plot.left + column as f64 * (cell.0 + PANEL_GAP),
            plot.top + row as f64 * (cell.1 + PANEL_GAP),
        );
        let panel = Figure {
            width: cell.0 / PANEL_ZOOM,
            height: cell.1 / PANEL_ZOOM,
            theme: figure.theme,
            ..panel.clone()
        };
        let page = single(&panel, fonts, Sizes::PANEL);
        let at = |x: f64, y: f64| (offset.0 + PANEL_ZOOM * x, offset.1 + PANEL_ZOOM * y);
        let (left, top) = at(page.plot.left, page.plot.top);
        let (right, bottom) = at(page.plot.right, page.plot.bottom);
        plots.push(Frame { left, top, right, bottom });
        marks.extend(page.marks.into_iter().map(|mark| mark.placed(PANEL_ZOOM, offset)));
    }
    finished(figure, (plot, plots), marks)
}

/// As many columns as bring the panels nearest to three parts wide and two high.
fn columns(count: usize, (width, height): (f64, f64)) -> usize {
    let off = |columns: usize| {
        let rows = count.div_ceil(columns) as f64;
        // A page with holes looks unfinished.
        let holes = rows * columns as f64 - count as f64;
        libm::log(width / columns as f64 / (height / rows) / 1.5).abs() + 0.6 * holes / count as f64
    };
    (1..=count).min_by(|&a, &b| off(a).total_cmp(&off(b))).unwrap_or(1)
}

/// Title and subtitle; answers where the plot may begin.
fn heading(figure: &Figure, fonts: &Fonts, sizes: Sizes, marks: &mut Vec<Mark>) -> f64 {
    let room = figure.width - 2.0 * sizes.margin;
    let full = fonts.width(&figure.title, sizes.title, true);
    let size = (sizes.title * room / full.max(1.0)).clamp(sizes.title_min, sizes.title);
    let mut y = (sizes.margin - 14.0).max(0.0);
    let mut block = |content: &str, style: Style, y: &mut f64| {
        for line in wrap_evenly(content, room, |text| fonts.width(text, style.size, style.bold)) {
            *y += style.size * 1.22;
            marks.push(Mark::Text(style.text(&line, (sizes.margin, *y - style.size * 0.2))));
        }
    };
    let (ink, gray) = (figure.theme.ink(), figure.theme.gray());
    block(&figure.title, Style::new(size, ink).bold(true), &mut y);
    y += if figure.subtitle.is_empty() { 0.0 } else { 7.0 };
    block(&figure.subtitle, Style::new(sizes.subtitle, gray), &mut y);
    y
}

/// Footnote; answers where the time axis has to end.
fn footing(figure: &Figure, fonts: &Fonts, sizes: Sizes, marks: &mut Vec<Mark>) -> f64 {
    let room = figure.width - 2.0 * sizes.margin;
    let style = Style::new(sizes.footnote, figure.theme.gray());
    let lines = wrap(&figure.footnote, room, |text| fonts.width(text, style.size, false));
    if lines.is_empty() {
        return figure.height;
    }
    let step = style.size * theme::LINE_HEIGHT;
    let mut y = figure.height - 0.65 * sizes.margin - step * (lines.len() - 1) as f64;
    let top = y - style.size;
    for line in &lines {
        marks.push(Mark::Text(style.text(line, (sizes.margin, y))));
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

/// The same; where a word or two would be left for the last line, all lines share the words evenly.
fn wrap_evenly(text: &str, room: f64, width: impl Fn(&str) -> f64) -> Vec<String> {
    let lines = wrap(text, room, &width);
    let orphan = lines.len() > 1 && lines.last().is_some_and(|last| width(last) < ORPHAN * room);
    if !orphan {
        return lines;
    }
    // The narrowest lines that are no more than these.
    let (mut narrow, mut wide) = (room / lines.len() as f64, room);
    while wide - narrow > 1.0 {
        let middle = f64::midpoint(narrow, wide);
        if wrap(text, middle, &width).len() > lines.len() {
            narrow = middle;
        } else {
            wide = middle;
        }
    }
    wrap(text, wide, &width)
}

/// The plot between heading, footing, tick labels and end labels.
fn plot_frame(figure: &Figure, fonts: &Fonts, sizes: Sizes, (head, foot): (f64, f64)) -> Frame {
    let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
    let ticks =
        widest(&mut figure.y.ticks.iter().map(|t| fonts.width(&t.label, sizes.tick, false)));
    let ticks = if figure.y.rows { ticks.min(NAMES * figure.width) } else { ticks };
    let ends =
        widest(&mut figure.end_labels.iter().map(|l| fonts.width(&l.text, sizes.label, l.bold)));
    let inside = |x: f64| x >= figure.x.min && x <= figure.x.max;
    let marked = figure.layers.iter().any(|layer| match layer {
        Layer::Marker { x, .. } => inside(*x),
        Layer::Flags(flags) => !flags.is_empty(),
        _ => false,
    });
    let bottom = foot - 2.0 * sizes.tick - 0.45 * sizes.margin;
    // Moving a label needs the plot's height, but not its width: the height is final here.
    let gap = if ends == 0.0 { 0.0 } else { label_gap(figure, sizes, head, bottom) };
    // The last tick of an axis of values is centered on the right end.
    let last = figure.x.ticks.last().map_or(0.0, |t| fonts.width(&t.label, sizes.tick, false));
    Frame {
        left: sizes.margin + ticks + 10.0,
        top: head + sizes.tick * if marked { 2.8 } else { 1.4 },
        right: figure.width - sizes.margin - (ends + gap).max(0.5 * last - 0.7 * sizes.margin),
        bottom,
    }
}

fn label_gap(figure: &Figure, sizes: Sizes, top: f64, bottom: f64) -> f64 {
    let map = Map::new(figure, Frame { left: 0.0, top: top + 50.0, right: 1.0, bottom });
    let column = Column::new(figure, &map, sizes);
    if column.has_leaders() { LABEL_GAP.1 } else { LABEL_GAP.0 }
}

/// The text, cut short with an ellipsis where it is wider than `room`.
pub(crate) fn cut(text: &str, room: f64, width: impl Fn(&str) -> f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let shorter = (0..letters.len()).rev().map(|n| {
        let start: String = letters[..n].iter().collect();
        format!("{}…", start.trim_end())
    });
    shorter.into_iter().find(|text| width(text) <= room).unwrap_or_default()
}

/// The labels right of the plot, placed; wanted and given heights of each that is kept.
struct Column {
    kept: Vec<(usize, f64, f64)>,
}

impl Column {
    fn new(figure: &Figure, map: &Map, sizes: Sizes) -> Self {
        let labels = &figure.end_labels;
        let line = sizes.label * 1.22;
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
                let color = canvas.theme.gray();
                canvas.marks.push(Mark::Line { points: bend, color, alpha: 0.6, width: 1.0 });
            }
            let color = canvas.theme.text(canvas.color(label.role));
            let style = Style::new(canvas.sizes.label, color).bold(label.bold);
            canvas.centered(&label.text, (x, at), style);
            named.extend(label.slice);
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::{wrap, wrap_evenly};

    /// Every letter as wide as a unit.
    fn width(text: &str) -> f64 {
        text.chars().count() as f64
    }

    #[test]
    fn a_word_alone_on_the_last_line_gets_company() {
        let text = "Median with central fifty, eighty and ninety percent";
        assert_eq!(wrap(text, 46.0, width).last().unwrap(), "percent");
        let even = wrap_evenly(text, 46.0, width);
        assert_eq!(even, ["Median with central fifty,", "eighty and ninety percent"]);
    }

    #[test]
    fn other_lines_are_as_full_as_they_can_be() {
        let text = "Median with central fifty, eighty and ninety percent of all draws";
        for room in [20.0, 46.0, 55.0, 100.0] {
            let full = wrap(text, room, width);
            let even = wrap_evenly(text, room, width);
            assert_eq!(even.len(), full.len(), "{room}");
            assert_eq!(even.join(" "), text, "{room}");
            if full.len() == 1 || width(full.last().unwrap()) >= 0.25 * room {
                assert_eq!(even, full, "{room}");
            }
        }
        assert!(wrap_evenly("", 10.0, width).is_empty());
    }
}
