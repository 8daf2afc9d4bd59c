//! The only file that knows the drawing library: one drawing function for SVG and PNG.
//!
//! The page is drawn on a grid of eighths of a pixel, since the library counts in whole units. SVG comes from the
//! library's own backend, with a new header; PNG from a backend on tiny-skia with the embedded font as outlines.

use std::cell::Cell;

use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon};
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color as _, FontFamily, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle,
};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use tiny_skia::{FillRule, IntSize, LineJoin, Paint, Path, PathBuilder, Pixmap, Transform};

use super::Figure;
use super::data::Plot;
use super::encode::encode;
use super::figure::layout::layout;
use super::figure::page::{Anchor, Mark, Page, Text};
use super::font::{FAMILY, Fonts, Stroke, css, more_css};
use super::theme::Color;

/// Grid units per pixel.
const GRID: f64 = 8.0;
/// The library's font size over the em (it counts the height of the line).
const SIZE_PER_EM: f64 = 1.24;
/// How far below a text's position the SVG backend puts the baseline for a text anchored at its top, in em.
const TOP_TO_BASELINE: f64 = 0.76;

/// File format of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Format {
    /// Scalable; carries its font, so that it looks the same everywhere.
    Svg,
    /// Scalable, without the font: for an HTML page that embeds [`font_css`] once.
    SvgInline,
    /// Pixels: `zoom` times the size of the figure.
    Png {
        /// Pixels of the image per CSS pixel.
        zoom: f64,
    },
}

impl Format {
    /// PNG for sharp screens and print: 2400 × 1350 for a figure of usual size.
    pub const PNG: Self = Self::Png { zoom: 2.0 };
}

/// Why a chart could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrawError {
    /// The embedded font cannot be read.
    Font(String),
    /// An image of this size cannot be made.
    Size(String),
    /// The drawing library failed.
    Backend(String),
    /// The image cannot be encoded.
    Encode(String),
}

impl std::fmt::Display for DrawError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Font(why) => write!(f, "cannot read the embedded font: {why}"),
            Self::Size(why) => write!(f, "cannot make an image of this size: {why}"),
            Self::Backend(why) => write!(f, "cannot draw the chart: {why}"),
            Self::Encode(why) => write!(f, "cannot encode the image: {why}"),
        }
    }
}

impl std::error::Error for DrawError {}

/// A figure laid out on its page, to be drawn in any format.
#[derive(Debug)]
pub struct Laid {
    page: Page,
    fonts: &'static Fonts,
}

impl Laid {
    /// Lays a figure out.
    pub fn new(figure: &Figure) -> Result<Self, DrawError> {
        let fonts = Fonts::embedded().map_err(DrawError::Font)?;
        Ok(Self { page: layout(figure, fonts), fonts })
    }

    /// Draws it: the same picture in every format, the same bytes for the same figure.
    pub fn draw(&self, format: Format) -> Result<Vec<u8>, DrawError> {
        let Self { page, fonts } = self;
        match format {
            Format::Svg => {
                let more = page.texts().any(|text| fonts.needs_more(text));
                let rules = css() + &if more { more_css() } else { String::new() };
                svg(page, &rules).map(String::into_bytes)
            }
            Format::SvgInline => svg(page, "").map(String::into_bytes),
            Format::Png { zoom } => png(page, fonts, zoom),
        }
    }

    /// Where its plots lie.
    pub fn plot(&self) -> Plot {
        let Page { width, height, ref plots, .. } = self.page;
        let frames = plots.iter().map(|frame| [frame.left, frame.top, frame.right, frame.bottom]);
        Plot { width, height, frames: frames.collect() }
    }
}

/// Draws a figure in one format; [`Laid`] draws one in several.
pub fn draw(figure: &Figure, format: Format) -> Result<Vec<u8>, DrawError> {
    Laid::new(figure)?.draw(format)
}

/// The CSS rules with the embedded font, once per HTML page with charts in [`Format::SvgInline`].
pub fn font_css() -> String {
    css()
}

fn svg(page: &Page, css: &str) -> Result<String, DrawError> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, grid_size(page)).into_drawing_area();
    area.fill(&rgb(page.paper)).map_err(|error| failed(&error))?;
    paint(page, &area)?;
    drop(area);
    let body = text.split_once('\n').map_or("", |(_, body)| body);
    let side = |length: f64| (length * page.zoom * 1e3).round() / 1e3;
    let (width, height) = (side(page.width), side(page.height));
    let (columns, rows) = grid_size(page);
    let style = if css.is_empty() { String::new() } else { format!("<style>{css}</style>\n") };
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {columns} {rows}\" role=\"img\" stroke-linejoin=\"round\">\n\
         <title>{}</title>\n<desc>{}</desc>\n{style}{body}",
        escaped(&page.title),
        escaped(&page.description),
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn png(page: &Page, fonts: &Fonts, zoom: f64) -> Result<Vec<u8>, DrawError> {
    let zoom = zoom * page.zoom;
    let side = |length: f64| (length * zoom).round().clamp(0.0, 20_000.0) as u32;
    let (width, height) = (side(page.width), side(page.height));
    let mut pixmap = blank((width, height), page.paper)
        .ok_or_else(|| DrawError::Size(format!("{width} × {height}")))?;
    let size = grid_size(page);
    let raster = Raster { pixmap: &mut pixmap, fonts, size, scale: (zoom / GRID) as f32 };
    paint(page, &raster.into_drawing_area())?;
    let encoded = encode(pixmap.data(), (width, height));
    SHEET.set(pixmap.take());
    encoded.map_err(|e| DrawError::Encode(e.to_string()))
}

thread_local! {
    /// The pixels of a thread's last image: the system takes longer to give new memory for the next
    /// one than it takes to draw most charts.
    static SHEET: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// An image of paper: all of it, also where the page ends between two rows of pixels.
fn blank((width, height): (u32, u32), Color { r, g, b }: Color) -> Option<Pixmap> {
    let size = IntSize::from_wh(width, height)?;
    let bytes = (width as usize).checked_mul(height as usize)?.checked_mul(4)?;
    let mut sheet = SHEET.take();
    sheet.resize(bytes, 0);
    sheet.as_chunks_mut::<4>().0.fill([r, g, b, u8::MAX]);
    Pixmap::from_vec(sheet, size)
}

fn grid_size(page: &Page) -> (u32, u32) {
    ((page.width * GRID).round() as u32, (page.height * GRID).round() as u32)
}

/// A length in grid units.
fn grid(length: f64) -> i32 {
    (length * GRID).round() as i32
}

fn failed(error: &dyn std::fmt::Display) -> DrawError {
    DrawError::Backend(error.to_string())
}

/// Draws all marks of a page on paper of any backend.
fn paint<DB: DrawingBackend>(page: &Page, area: &DrawingArea<DB, Shift>) -> Result<(), DrawError> {
    for mark in &page.marks {
        paint_mark(area, mark).map_err(|e| failed(&e))?;
    }
    area.present().map_err(|e| failed(&e))
}

type Outcome<DB> =
    Result<(), plotters::drawing::DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

fn paint_mark<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, mark: &Mark) -> Outcome<DB> {
    let spots = |points: &[(f64, f64)]| -> Vec<(i32, i32)> {
        points.iter().map(|&(x, y)| (grid(x), grid(y))).collect()
    };
    match mark {
        Mark::Area { points, color, alpha } => {
            let style = rgb(*color).mix(*alpha).filled();
            area.draw(&Polygon::new(spots(points), style))
        }
        Mark::Line { points, color, alpha, width } => {
            let style = ShapeStyle {
                color: rgb(*color).mix(*alpha),
                filled: false,
                stroke_width: grid(*width).max(1) as u32,
            };
            area.draw(&PathElement::new(spots(points), style))
        }
        Mark::Dot { at: (x, y), radius, color } => {
            area.draw(&Circle::new((grid(*x), grid(*y)), grid(*radius), filled(*color)))
        }
        Mark::Text(text) => paint_text(area, text),
    }
}

fn paint_text<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, text: &Text) -> Outcome<DB> {
    let weight = if text.bold { FontStyle::Bold } else { FontStyle::Normal };
    let em = text.size * GRID;
    let font = (FontFamily::Name(FAMILY), em * SIZE_PER_EM, weight).into_font();
    let side = match text.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let color = rgb(text.color);
    let style = TextStyle::from(font).color(&color).pos(Pos::new(side, VPos::Top));
    let top = text.at.1 * GRID - TOP_TO_BASELINE * em;
    area.draw_text(&text.content, &style, (grid(text.at.0), top.round() as i32))
}

fn rgb(color: Color) -> RGBColor {
    RGBColor(color.r, color.g, color.b)
}

fn filled(color: Color) -> ShapeStyle {
    rgb(color).filled()
}

/// A backend on a tiny-skia image, for sharp letters and positions between pixels.
struct Raster<'a> {
    pixmap: &'a mut Pixmap,
    fonts: &'a Fonts,
    size: (u32, u32),
    scale: f32,
}

impl Raster<'_> {
    fn paint(color: BackendColor) -> Paint<'static> {
        let mut paint = Paint { anti_alias: true, ..Paint::default() };
        let (r, g, b) = color.rgb;
        paint.set_color_rgba8(r, g, b, (color.alpha * 255.0).round().clamp(0.0, 255.0) as u8);
        paint
    }

    fn fill(&mut self, path: Option<Path>, color: BackendColor) {
        if let Some(path) = path {
            let transform = Transform::from_scale(self.scale, self.scale);
            self.pixmap.fill_path(&path, &Self::paint(color), FillRule::Winding, transform, None);
        }
    }

    fn stroke(&mut self, path: Option<Path>, color: BackendColor, width: u32) {
        if let Some(path) = path {
            let stroke = tiny_skia::Stroke {
                width: width as f32,
                line_join: LineJoin::Round,
                ..tiny_skia::Stroke::default()
            };
            let transform = Transform::from_scale(self.scale, self.scale);
            self.pixmap.stroke_path(&path, &Self::paint(color), &stroke, transform, None);
        }
    }
}

fn polyline(points: impl IntoIterator<Item = BackendCoord>, close: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (i, (x, y)) in points.into_iter().enumerate() {
        if i == 0 {
            builder.move_to(x as f32, y as f32);
        } else {
            builder.line_to(x as f32, y as f32);
        }
    }
    if close {
        builder.close();
    }
    builder.finish()
}

type Drawn = Result<(), DrawingErrorKind<std::convert::Infallible>>;

impl DrawingBackend for Raster<'_> {
    type ErrorType = std::convert::Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.fill(polyline([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)], true), color);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let path = polyline([(left, top), (right, top), (right, bottom), (left, bottom)], true);
        if fill {
            self.fill(path, style.color());
        } else {
            self.stroke(path, style.color(), style.stroke_width());
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.stroke(polyline(path, false), style.color(), style.stroke_width());
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let path = PathBuilder::from_circle(x as f32, y as f32, radius as f32);
        if fill {
            self.fill(path, style.color());
        } else {
            self.stroke(path, style.color(), style.stroke_width());
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.fill(polyline(path, true), style.color());
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let em = style.size() / SIZE_PER_EM;
        let bold = matches!(style.style(), FontStyle::Bold);
        let width = self.fonts.width(text, em, bold);
        let left = f64::from(x)
            - match style.anchor().h_pos {
                HPos::Left => 0.0,
                HPos::Center => width / 2.0,
                HPos::Right => width,
            };
        let mut builder = PathBuilder::new();
        let baseline = f64::from(y) + TOP_TO_BASELINE * em;
        self.fonts.outline(text, em, bold, (left, baseline), |stroke| match stroke {
            Stroke::Move(x, y) => builder.move_to(x, y),
            Stroke::Line(x, y) => builder.line_to(x, y),
            Stroke::Quad(cx, cy, x, y) => builder.quad_to(cx, cy, x, y),
            Stroke::Cubic(cx, cy, dx, dy, x, y) => builder.cubic_to(cx, cy, dx, dy, x, y),
        });
        self.fill(builder.finish(), style.color());
        Ok(())
    }
}
