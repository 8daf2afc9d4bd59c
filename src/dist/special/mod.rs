//! Special functions that the families share.
//!
//! - [`normal`](normal_quantile): tails and quantile of the standard normal.
//! - [`log_gamma`](log_gamma_1p): log gamma near one, Stirling's error, deviances.
//! - [`IncompleteGamma`], [`IncompleteBeta`]: both tails of the regularized incomplete functions,
//!   and their inverses.
//! - [`integrate`]: composite Gauss-Legendre quadrature.
//!
//! Every function of a random variable returns both tails, each with full relative precision, so
//! that a quantile far out in either tail can be inverted.

mod expansion;
mod incomplete_beta;
mod incomplete_gamma;
mod invert;
mod log_gamma;
mod normal;
mod quadrature;

pub use incomplete_beta::{IncompleteBeta, Share};
pub use incomplete_gamma::IncompleteGamma;
pub use log_gamma::{deviance, log_gamma_1p, stirling_error};
pub use normal::{Z90, Z95, normal_density, normal_interval, normal_quantile, normal_upper_tail};
pub(super) use normal::{is_narrow, normal_strip, normal_strip_width};
pub use quadrature::integrate;
