//! A laid-out chart: marks with positions on the page, in units of the layout, y down.

use crate::charts::theme::Color;

/// A position on the page.
pub(crate) type Spot = (f64, f64);

/// Which end of a text its x is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// Left end.
    Start,
    /// Middle.
    Middle,
    /// Right end.
    End,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    /// The words.
    pub(crate) content: String,
    /// Position of the anchor on the baseline.
    pub(crate) at: Spot,
    /// Em in pixels.
    pub(crate) size: f64,
    /// Bold face.
    pub(crate) bold: bool,
    /// Color.
    pub(crate) color: Color,
    /// Which end `at` is.
    pub(crate) anchor: Anchor,
}

/// Something with a place on the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// A filled polygon.
    Area {
        /// Corners.
        points: Vec<Spot>,
        /// Color.
        color: Color,
        /// Opacity from 0 to 1.
        alpha: f64,
    },
    /// An open line.
    Line {
        /// Corners.
        points: Vec<Spot>,
        /// Color.
        color: Color,
        /// Opacity from 0 to 1.
        alpha: f64,
        /// Width.
        width: f64,
    },
    /// A filled circle.
    Dot {
        /// Center.
        at: Spot,
        /// Radius.
        radius: f64,
        /// Color.
        color: Color,
    },
    /// A text.
    Text(Text),
}

impl Mark {
    /// An opaque line.
    pub(crate) fn line(points: Vec<Spot>, color: Color, width: f64) -> Self {
        Self::Line { points, color, alpha: 1.0, width }
    }

    /// An opaque area.
    pub(crate) fn area(points: Vec<Spot>, color: Color) -> Self {
        Self::Area { points, color, alpha: 1.0 }
    }

    /// The mark made `factor` times as large and then moved by `offset`.
    #[must_use]
    pub(crate) fn placed(mut self, factor: f64, offset: Spot) -> Self {
        let place = |spot: &mut Spot| {
            *spot = (spot.0 * factor + offset.0, spot.1 * factor + offset.1);
        };
        match &mut self {
            Self::Area { points, .. } => points.iter_mut().for_each(place),
            Self::Line { points, width, .. } => {
                points.iter_mut().for_each(place);
                *width *= factor;
            }
            Self::Dot { at, radius, .. } => {
                place(at);
                *radius *= factor;
            }
            Self::Text(text) => {
                place(&mut text.at);
                text.size *= factor;
            }
        }
        self
    }
}

/// A rectangle on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    /// Left.
    pub(crate) left: f64,
    /// Top.
    pub(crate) top: f64,
    /// Right.
    pub(crate) right: f64,
    /// Bottom.
    pub(crate) bottom: f64,
}

impl Frame {
    /// Whether two rectangles share more than an edge.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Whether `inner` lies in this rectangle.
    pub(crate) fn holds(&self, inner: &Self) -> bool {
        inner.left >= self.left
            && inner.right <= self.right
            && inner.top >= self.top
            && inner.bottom <= self.bottom
    }

    /// Whether a straight line from `a` to `b` touches this rectangle (clipping by Liang and Barsky).
    pub(crate) fn meets(&self, a: Spot, b: Spot) -> bool {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for (p, q) in [
            (-dx, a.0 - self.left),
            (dx, self.right - a.0),
            (-dy, a.1 - self.top),
            (dy, self.bottom - a.1),
        ] {
            if p == 0.0 {
                if q < 0.0 {
                    return false;
                }
            } else if p < 0.0 {
                enter = enter.max(q / p);
            } else {
                leave = leave.min(q / p);
            }
        }
        enter <= leave
    }
}

/// A page of marks in drawing order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    /// Width in units of the layout.
    pub(crate) width: f64,
    /// Height in the same units.
    pub(crate) height: f64,
    /// CSS pixels of a unit.
    pub(crate) zoom: f64,
    /// Color of the paper.
    pub(crate) paper: Color,
    /// Title for screen readers.
    pub(crate) title: String,
    /// The chart in words.
    pub(crate) description: String,
    /// The plot inside the axes.
    pub(crate) plot: Frame,
    /// The plots of all panels; the same where there is one only.
    pub(crate) plots: Vec<Frame>,
    /// What is drawn.
    pub(crate) marks: Vec<Mark>,
}

impl Page {
    /// All texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.marks.iter().filter_map(|mark| match mark {
            Mark::Text(text) => Some(text.content.as_str()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Frame;

    #[test]
    fn lines_and_frames_meet_where_they_cross() {
        let frame = Frame { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };
        assert!(frame.meets((-5.0, 5.0), (15.0, 5.0)));
        assert!(frame.meets((5.0, 5.0), (6.0, 6.0)));
        assert!(!frame.meets((-5.0, 12.0), (15.0, 11.0)));
        assert!(!frame.meets((-5.0, 5.0), (-1.0, 5.0)));
        assert!(!frame.meets((11.0, -5.0), (11.0, 15.0)));
    }
}
