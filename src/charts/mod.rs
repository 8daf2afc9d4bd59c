//! Charts: plain input structs become a [`Figure`] (data only), a figure becomes SVG or PNG bytes.
//!
//! Three steps, each testable without the next: a builder ([`fan()`], [`stacked_area`], [`waterfall()`]) turns
//! numbers into a [`Figure`]; `figure::layout` turns a figure into marks on a page, measured with the
//! embedded font; [`draw()`] turns the marks into bytes. Only `draw.rs` knows the drawing library.

mod binding;
mod calibration;
pub mod data;
mod difference;
pub mod draw;
mod encode;
mod fan;
pub mod figure;
mod font;
pub mod from_comparison;
pub mod from_drivers;
pub mod from_run;
#[cfg(test)]
mod gallery_tests;
pub mod heatmap;
pub mod input;
mod multiples;
pub mod number;
mod pit;
pub mod registry;
mod stacked;
pub mod sweep_line;
#[cfg(test)]
mod tests;
pub mod theme;
mod tornado;
mod waterfall;

pub use binding::binding;
pub use calibration::calibration;
pub use data::{Column, Data, Numbers, Plot, data, without_font};
pub use difference::difference_fan;
pub use draw::{DrawError, Format, Laid, draw, font_css};
pub use fan::fan;
pub use figure::Figure;
pub use from_run::sweep_figures;
pub use heatmap::heatmap;
pub use multiples::small_multiples;
pub use pit::pit;
pub use registry::{CHARTS, ChartDecl, Choice, Lack, Takes, chart};
pub use stacked::stacked_area;
pub use sweep_line::sweep_line;
pub use theme::Theme;
pub use tornado::tornado;
pub use waterfall::waterfall;
