//! What a module needs and makes, declared once: the same rows serve validation, the JSON Schema,
//! the generated reference, table headings and axis labels.

use crate::units::Quantity;

/// When the value of an input is drawn and used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// A constant of the run: a plain number, never a distribution.
    Setting,
    /// Drawn once per draw and kept for the whole horizon; may join a rank-correlation group.
    Once,
    /// Drawn each quarter from a series that is an AR(1) with loadings on the named factors.
    Quarter,
    /// Drawn for the first quarter of each year from such a series.
    Year,
    /// Drawn at a date (a planned quarter) from such a series.
    Dated,
    /// Drawn afresh each quarter, independent of everything else.
    Fresh,
}

impl Use {
    /// Whether the input may carry loadings on the named factors.
    pub fn takes_loadings(self) -> bool {
        matches!(self, Use::Quarter | Use::Year | Use::Dated)
    }

    /// Word for the reference page.
    pub fn name(self) -> &'static str {
        match self {
            Use::Setting => "setting",
            Use::Once => "once",
            Use::Quarter => "each quarter",
            Use::Year => "each year",
            Use::Dated => "at a date",
            Use::Fresh => "each quarter, independent",
        }
    }
}

/// Whether a scenario must give an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Every scenario gives it.
    Always,
    /// Left out, the part of the model that reads it is off.
    Optional,
    /// Needed as soon as the named key is given (for `chip.*.x` keys: on the same chip).
    With(&'static str),
}

/// One input of the model. `key` has a `*` where the user's own name stands: `chip.*.price`.
#[derive(Clone, Copy, Debug)]
pub struct InputDecl {
    /// Dotted key in a scenario.
    pub key: &'static str,
    /// Dimension, meaning and canonical unit.
    pub quantity: Quantity,
    /// When it is drawn.
    pub used: Use,
    /// Smallest and largest legal value in the canonical unit.
    pub range: (f64, f64),
    /// Whether it may be left out.
    pub need: Need,
    /// One line of documentation.
    pub doc: &'static str,
    /// A right value, as it would stand in a scenario.
    pub example: &'static str,
}

/// How a metric aggregates over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// A level at period end: a year shows its last quarter.
    Stock,
    /// An amount per period: a year shows the sum.
    Flow,
    /// A ratio or a level that is not a stock: a year shows its last quarter.
    Ratio,
    /// 1 or 0 in each draw: the mean is a probability. A year shows its last quarter.
    Indicator,
}

impl Aggregation {
    /// Word for tables and the reference.
    pub fn name(self) -> &'static str {
        match self {
            Aggregation::Stock => "stock",
            Aggregation::Flow => "flow",
            Aggregation::Ratio => "ratio",
            Aggregation::Indicator => "indicator",
        }
    }
}

/// One metric that a module writes each quarter. `name` has a `*` where a chip's or site's name stands.
#[derive(Clone, Copy, Debug)]
pub struct MetricDecl {
    /// Dotted name, the same in TOML, CSV, charts and code.
    pub name: &'static str,
    /// Label for titles and axes.
    pub label: &'static str,
    /// Dimension, meaning and canonical unit.
    pub quantity: Quantity,
    /// Stock, flow or ratio.
    pub aggregation: Aggregation,
    /// One line of documentation.
    pub doc: &'static str,
    /// Whether it may be below zero, as a flow of cash may.
    pub signed: bool,
}

impl MetricDecl {
    /// The same, of a metric that may be below zero.
    pub(crate) const fn signed(self) -> Self {
        MetricDecl { signed: true, ..self }
    }
}

/// Shorthand for the tables of the modules.
pub(crate) const fn input(
    key: &'static str,
    quantity: Quantity,
    used: Use,
    range: (f64, f64),
    need: Need,
    doc: &'static str,
    example: &'static str,
) -> InputDecl {
    InputDecl { key, quantity, used, range, need, doc, example }
}

/// Shorthand for the tables of the modules.
pub(crate) const fn metric(
    name: &'static str,
    label: &'static str,
    quantity: Quantity,
    aggregation: Aggregation,
    doc: &'static str,
) -> MetricDecl {
    MetricDecl { name, label, quantity, aggregation, doc, signed: false }
}

/// Zero or more.
pub(crate) const NON_NEGATIVE: (f64, f64) = (0.0, f64::INFINITY);
/// A fraction.
pub(crate) const FRACTION: (f64, f64) = (0.0, 1.0);
