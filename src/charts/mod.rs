//! Charts: plain input structs become a [`Figure`] (data only), a figure becomes SVG or PNG bytes.
//!
//! Three steps, each testable without the next: a builder ([`fan`], [`stacked_area`], [`binding`]) turns
//! numbers into a [`Figure`]; `figure::layout` turns a figure into marks on a page, measured with the
//! embedded font; [`draw()`] turns the marks into bytes. Only `draw.rs` knows the drawing library.

mod binding;
mod calibration;
pub mod draw;
mod fan;
pub mod figure;
mod font;
pub mod from_run;
pub mod input;
pub mod number;
mod pit;
mod stacked;
#[cfg(test)]
mod tests;
pub mod theme;

pub use binding::binding;
pub use calibration::calibration;
pub use draw::{DrawError, Format, draw};
pub use fan::fan;
pub use figure::Figure;
pub use pit::pit;
pub use stacked::stacked_area;

/// A chart that the program can draw: its name on the command line and what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChartDecl {
    /// Name on the command line and in file names.
    pub name: &'static str,
    /// One sentence: what the chart shows.
    pub doc: &'static str,
}

/// Every chart, in the order of listings.
pub const CHARTS: &[ChartDecl] = &[
    ChartDecl {
        name: "fan",
        doc: "One metric over time: median, central 50, 80 and 90 % bands, and the values reported since.",
    },
    ChartDecl {
        name: "fleet-by-generation",
        doc: "Mean fleet over time, stacked by accelerator generation.",
    },
    ChartDecl {
        name: "binding",
        doc: "Probability by quarter that money, chips, power or installation limits the fleet.",
    },
];
