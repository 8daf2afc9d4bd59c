//! Univariate distributions, named by family and built from named parameters.
//!
//! A parameter is a plain `f64` in the canonical unit of its quantity; units, sources and spans
//! belong to the scenario. A distribution is used through its quantile, at a probability known by
//! both tails ([`Prob`]), or through the recipe that [`Distribution::sampling`] names.
//!
//! To add a family: one file with its formula, citation and checks, and one line in [`FAMILIES`].
//! The conformance tests pick it up from there.

use std::fmt::Debug;

mod beta;
mod constant;
pub mod dirichlet;
mod discrete;
mod gamma;
mod lognormal;
mod metalog;
mod mixture;
mod normal;
mod params;
mod percentiles;
mod pert;
mod prob;
pub mod regimes;
pub mod special;
mod triangular;
mod truncation;
mod two_piece;
mod uniform;
mod weibull;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod mixed;
#[cfg(test)]
mod reference;

pub use beta::Beta;
pub use constant::constant;
pub use dirichlet::Dirichlet;
pub use gamma::Gamma;
pub use params::{Family, Param, ParamError, ParamKind, ParamValue, Params, Part};
pub use prob::Prob;
pub use regimes::{RegimeParams, Regimes};
pub use two_piece::{Scale, two_piece};
pub use uniform::unit_uniform;

/// Every family, in the order of help and documentation.
pub const FAMILIES: &[&Family] = &[
    &constant::FAMILY,
    &percentiles::FAMILY,
    &lognormal::FAMILY,
    &normal::FAMILY,
    &pert::FAMILY,
    &triangular::FAMILY,
    &uniform::FAMILY,
    &beta::FAMILY,
    &gamma::FAMILY,
    &weibull::FAMILY,
    &discrete::FAMILY,
    &metalog::FAMILY,
    &mixture::FAMILY,
];

/// The family of that name, exactly as written in a scenario after `dist =`.
pub fn family(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().copied().find(|family| family.name == name)
}

/// A distribution of one real quantity, in the unit its parameters had.
pub trait Distribution: Debug + Send + Sync {
    /// The value below which the draw falls with probability `p`; at a jump, the upper value.
    fn quantile(&self, p: Prob) -> f64;
    /// The probability of a draw at or below `x`.
    fn cdf(&self, x: f64) -> Prob;
    /// The mean; infinite where it does not exist.
    fn mean(&self) -> f64;
    /// The standard deviation; infinite where it does not exist.
    fn sd(&self) -> f64;
    /// The least and the greatest possible value, either of which may be infinite.
    fn support(&self) -> (f64, f64);
    /// How a column of normal scores becomes a column of values.
    fn sampling(&self) -> Sampling;
}

/// How the engine turns a normal score z into a value. Every recipe gives the quantile at Φ(z).
#[derive(Clone, Debug, PartialEq)]
pub enum Sampling {
    /// The same value in every draw.
    Constant(f64),
    /// `scale(center + (if z < 0 { below } else { above }) z)`.
    TwoPiece {
        /// The axis on which the two halves are normal.
        scale: Scale,
        /// The median on that axis.
        center: f64,
        /// Units of that axis for each normal score below the median.
        below: f64,
        /// Units of that axis for each normal score above the median.
        above: f64,
    },
    /// The quantile at Φ(z), smooth enough in z for cubic cells on |z| ≤ 8.3.
    Tabulated,
    /// The quantile at Φ(z), which may jump or bend anywhere: finer cells, and none across a jump.
    FinelyTabulated,
    /// `values[k]` where z first is below `thresholds[k]`, the last value above all of them.
    Steps {
        /// The possible values, ascending.
        values: Vec<f64>,
        /// Ascending normal scores, one fewer than the values.
        thresholds: Vec<f64>,
    },
    /// The draw of `base`, raised to `floor` and lowered to `ceiling`; either may be infinite.
    Clipped {
        /// The recipe before clipping, never itself clipped.
        base: Box<Sampling>,
        /// Least value.
        floor: f64,
        /// Greatest value.
        ceiling: f64,
    },
}
