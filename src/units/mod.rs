//! Quantities of the scenario format: one table of units, one of quantities, parsing and display.
//!
//! A [`Quantity`] is a dimension with a meaning: a price per chip and a budget are both money, yet
//! each has its own canonical unit. The rest of the program computes in canonical units only;
//! conversion happens here.

mod catalogue;
mod display;
mod factor;
mod parse;
mod problem;
mod quantity;
pub mod typed;

pub use catalogue::{Base, Dimension, UNITS, Unit, UnitDecl, unit_named};
pub use display::{Scale, format_number, format_value, plural, scale_for};
pub use factor::Factor;
pub use parse::{Form, ValueText, number_and_unit, parse_value, to_canonical};
pub use problem::{ValueError, ValueErrorKind};
pub use quantity::{NaturalScale, QUANTITIES, Quantity, QuantityDecl};
