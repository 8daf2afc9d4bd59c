//! A chart as data: what is drawn at which values, before any position on a page is known.

mod axes;
pub(super) mod labels;
mod layers;
pub(super) mod layout;
pub(super) mod page;
mod placing;
mod shapes;
pub(super) mod ticks;

use super::data::Numbers;
use super::input::{Scale, Unit};
use super::number::{Prefix, compact, exponent, fixed};
use super::theme::{self, Role, Theme};

/// A chart: titles, axes, layers in drawing order, labels at the right end.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Width in units of the layout, in which texts have a fixed size.
    pub width: f64,
    /// Height in the same units.
    pub height: f64,
    /// CSS pixels of a unit.
    pub zoom: f64,
    /// Paper.
    pub theme: Theme,
    /// Headline.
    pub title: String,
    /// Unit and reading aid.
    pub subtitle: String,
    /// Provenance and credit.
    pub footnote: String,
    /// The chart in words, for readers who cannot see it.
    pub description: String,
    /// Time.
    pub x: XAxis,
    /// Values.
    pub y: YAxis,
    /// What is drawn, in order.
    pub layers: Vec<Layer>,
    /// Labels right of the plot.
    pub end_labels: Vec<EndLabel>,
    /// Charts side by side in place of one plot; axes, layers and labels are theirs then.
    pub panels: Vec<Figure>,
    /// What the chart says in numbers, where its layers do not tell them.
    pub numbers: Option<Numbers>,
}

impl Default for Figure {
    fn default() -> Self {
        Self {
            width: theme::WIDTH,
            height: theme::HEIGHT,
            zoom: 1.0,
            theme: Theme::Light,
            title: String::new(),
            subtitle: String::new(),
            footnote: String::new(),
            description: String::new(),
            x: XAxis::default(),
            y: YAxis::default(),
            layers: Vec::new(),
            end_labels: Vec::new(),
            panels: Vec::new(),
            numbers: None,
        }
    }
}

impl Figure {
    /// The same chart for a page of this many CSS pixels. Texts grow with the square root of the page, so that
    /// they can be read on a small one and do not shout on a large one.
    #[must_use]
    pub fn sized(self, width: f64, height: f64) -> Self {
        let share = (width / theme::WIDTH).min(height / theme::HEIGHT);
        let zoom = share.max(1e-3).sqrt();
        Self { width: width / zoom, height: height / zoom, zoom, ..self }
    }

    /// The same chart on this paper.
    #[must_use]
    pub fn themed(self, theme: Theme) -> Self {
        Self { theme, ..self }
    }
}

/// A labeled position on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Position in data.
    pub at: f64,
    /// Text.
    pub label: String,
}

/// A labeled stretch of the time axis, as a year.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Begin as a fractional year.
    pub from: f64,
    /// End as a fractional year.
    pub to: f64,
    /// Text in the middle.
    pub label: String,
}

/// The horizontal axis: time in fractional years, or values where it has ticks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct XAxis {
    /// Left end.
    pub min: f64,
    /// Right end.
    pub max: f64,
    /// Tick marks, at the bounds between spans.
    pub bounds: Vec<f64>,
    /// Labels, in the middle of their spans.
    pub labels: Vec<Span>,
    /// Ticks of an axis of values; none on a time axis.
    pub ticks: Vec<Tick>,
    /// Scale of an axis of values.
    pub scale: Scale,
}

impl XAxis {
    /// An axis of values with the range and ticks of `axis`.
    pub fn values(axis: YAxis) -> Self {
        Self {
            min: axis.min,
            max: axis.max,
            ticks: axis.ticks,
            scale: axis.scale,
            ..Self::default()
        }
    }
}

/// The value axis.
#[derive(Debug, Clone, PartialEq)]
pub struct YAxis {
    /// Bottom.
    pub min: f64,
    /// Top.
    pub max: f64,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Gridlines from the bottom up.
    pub ticks: Vec<Tick>,
    /// The power of ten taken out of the numbers.
    pub prefix: Prefix,
    /// Unit of the values, without prefix.
    pub unit: Unit,
    /// Whether the ticks are names of rows, which have no gridlines.
    pub rows: bool,
}

impl Default for YAxis {
    fn default() -> Self {
        let unit = Unit::plain("", "");
        let prefix = Prefix::for_largest(1.0, &unit);
        let (min, max, scale, ticks) = (0.0, 1.0, Scale::Linear, Vec::new());
        Self { min, max, scale, ticks, prefix, unit, rows: false }
    }
}

impl YAxis {
    /// Rows with these names, the first one at the top: row `i` of `n` is centered at `n - i - 1/2`.
    pub fn of_rows(names: impl Iterator<Item = String>) -> Self {
        let names: Vec<String> = names.collect();
        let count = names.len();
        let tick = |(i, label)| Tick { at: row(i, count), label };
        Self {
            max: count.max(1) as f64,
            ticks: names.into_iter().enumerate().map(tick).collect(),
            rows: true,
            ..Self::default()
        }
    }

    /// A value as a label beside the axis says it: in the prefix of a linear axis, a tenth of the distance between
    /// gridlines at the finest; on a logarithmic axis with a prefix of its own.
    pub fn say(&self, value: f64, unit: &Unit) -> String {
        if self.scale == Scale::Log {
            let bare = Unit { before: String::new(), after: String::new(), ..unit.clone() };
            return compact(value, &bare);
        }
        let text = fixed(value / self.prefix.factor, self.decimals().max(0) as usize);
        if text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { text } else { "0".into() }
    }

    /// Decimals of its numbers; below zero where it counts in tens.
    fn decimals(&self) -> i32 {
        let step = self.ticks.windows(2).map(|w| w[1].at - w[0].at).next().unwrap_or(1.0);
        1 - exponent(step / self.prefix.factor)
    }

    /// What the last digit of a number beside a linear axis is worth.
    pub fn finest(&self) -> f64 {
        libm::exp10(f64::from(-self.decimals().max(0))) * self.prefix.factor
    }

    /// The same with the unit.
    pub fn say_with_unit(&self, value: f64, unit: &Unit) -> String {
        match self.scale {
            Scale::Log => compact(value, unit),
            Scale::Linear => self.prefix.with_unit(&self.say(value, unit), unit),
        }
    }
}

/// The height of the middle of row `i` of `count`.
pub fn row(i: usize, count: usize) -> f64 {
    count as f64 - i as f64 - 0.5
}

/// A rectangle in data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Left and right end.
    pub x: (f64, f64),
    /// Lower and upper end.
    pub y: (f64, f64),
    /// Color.
    pub role: Role,
}

/// Where a note stands beside its spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Above, to the right.
    AboveRight,
    /// Above.
    Above,
    /// Below.
    Below,
    /// On the spot.
    Middle,
}

/// A text at a spot of the plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The spot in data.
    pub at: (f64, f64),
    /// Where the text stands.
    pub side: Side,
    /// Text.
    pub text: String,
    /// Color of the text (darkened as far as needed).
    pub role: Role,
    /// Bold face.
    pub bold: bool,
    /// Whether the spot carries a dot.
    pub dot: bool,
}

/// A labeled vertical line.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// Position.
    pub x: f64,
    /// Text above the plot.
    pub label: String,
    /// Color.
    pub role: Role,
    /// Bold face and a thicker line.
    pub bold: bool,
    /// Importance: the highest numbers go first when there is no room.
    pub rank: u8,
}

/// A point with an optional whisker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Time.
    pub x: f64,
    /// Value.
    pub y: f64,
    /// Lower and upper end of the whisker.
    pub whisker: Option<(f64, f64)>,
}

/// One slice of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct StackSlice {
    /// Label inside the slice, where it has none at the right end.
    pub name: String,
    /// Height of the slice at each x, never negative.
    pub values: Vec<f64>,
    /// Color.
    pub role: Role,
}

/// Something drawn on the plot. Values that are not finite leave a gap.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// The area between two curves.
    Band {
        /// Times.
        x: Vec<f64>,
        /// Lower curve.
        lower: Vec<f64>,
        /// Upper curve.
        upper: Vec<f64>,
        /// Color.
        role: Role,
        /// Opacity from 0 to 1: bands that cross let each other be seen.
        alpha: f64,
    },
    /// A curve.
    Line {
        /// Times.
        x: Vec<f64>,
        /// Values.
        y: Vec<f64>,
        /// Color.
        role: Role,
        /// Width in pixels.
        width: f64,
        /// Whether the last point carries a dot.
        end_dot: bool,
    },
    /// Points with one common label.
    Points {
        /// The points, oldest first.
        points: Vec<Point>,
        /// Filled or hollow.
        filled: bool,
        /// Label, placed once where there is room.
        label: String,
    },
    /// Parts of a whole, from the bottom up.
    Stack {
        /// Times.
        x: Vec<f64>,
        /// Slices from the bottom up.
        slices: Vec<StackSlice>,
        /// Bars over the quarter before each x, or else areas between the x.
        bars: bool,
    },
    /// Rectangles.
    Bars(Vec<Bar>),
    /// Horizontal whiskers: left end, right end and height.
    Whiskers(Vec<(f64, f64, f64)>),
    /// Texts at spots; one that has no room is left out, the last first.
    Notes(Vec<Note>),
    /// Points with a label each, placed where there is room.
    Named(Vec<(Point, String)>),
    /// Vertical lines with labels above the plot, moved apart.
    Flags(Vec<Flag>),
    /// A vertical line at a date, labeled above the plot.
    Marker {
        /// Date.
        x: f64,
        /// Label.
        label: String,
    },
    /// A dashed horizontal line.
    Threshold {
        /// Value.
        y: f64,
        /// Label.
        label: String,
    },
}

/// A label right of the plot that belongs to a value at the right end.
#[derive(Debug, Clone, PartialEq)]
pub struct EndLabel {
    /// Text.
    pub text: String,
    /// The value it belongs to.
    pub y: f64,
    /// Color of the text (darkened as far as needed).
    pub role: Role,
    /// Bold face.
    pub bold: bool,
    /// Importance: the highest numbers go first when there is no room.
    pub rank: u8,
    /// How far it may be moved, in lines, before it is dropped rather.
    pub slack: f64,
    /// Labels of one group stand or fall together.
    pub group: Option<u8>,
    /// The slice of a stack that it names; such a slice needs no label inside.
    pub slice: Option<usize>,
}
