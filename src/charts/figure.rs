//! A chart as data: what is drawn at which values, before any position on a page is known.

pub(super) mod labels;
mod layers;
pub(super) mod layout;
pub(super) mod page;
mod placing;
pub(super) mod ticks;

use super::input::{Scale, Unit};
use super::number::{Prefix, compact, exponent, fixed};
use super::theme::Role;

/// A chart: titles, axes, layers in drawing order, labels at the right end.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Width in CSS pixels.
    pub width: f64,
    /// Height in CSS pixels.
    pub height: f64,
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

/// The time axis, in fractional years.
#[derive(Debug, Clone, PartialEq)]
pub struct XAxis {
    /// Left end.
    pub min: f64,
    /// Right end.
    pub max: f64,
    /// Tick marks, at the bounds between spans.
    pub bounds: Vec<f64>,
    /// Labels, in the middle of their spans.
    pub labels: Vec<Span>,
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
}

impl YAxis {
    /// A value as a label beside the axis says it: in the prefix of a linear axis, a tenth of the distance between
    /// gridlines at the finest; on a logarithmic axis with a prefix of its own.
    pub fn say(&self, value: f64, unit: &Unit) -> String {
        if self.scale == Scale::Log {
            let bare = Unit { before: String::new(), after: String::new(), ..unit.clone() };
            return compact(value, &bare);
        }
        let step = self.ticks.windows(2).map(|w| w[1].at - w[0].at).next().unwrap_or(1.0);
        let decimals = 1 - exponent(step / self.prefix.factor);
        let text = fixed(value / self.prefix.factor, decimals.max(0) as usize);
        if text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { text } else { "0".into() }
    }

    /// The same with the unit.
    pub fn say_with_unit(&self, value: f64, unit: &Unit) -> String {
        match self.scale {
            Scale::Log => compact(value, unit),
            Scale::Linear => self.prefix.with_unit(&self.say(value, unit), unit),
        }
    }
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
