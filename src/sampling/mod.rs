//! Addressed random numbers: streams by name, quantile transforms, correlated groups, regimes.
//!
//! A draw is addressed, not drawn in turn. The stream of an input depends on the engine number,
//! the seed, its stable name and the calendar quarter; the position in it on the draw number.
//! Adding an input, reordering a file or changing the number of threads leaves every other draw
//! alone. Each variate takes one uniform, by quantile.

mod copula;
mod design;
mod latin;
mod regime;
mod sobol;
mod source;
mod stream;
mod transform;

pub use copula::mix;
pub use design::{Design, Sampling};
pub use latin::LatinHypercube;
pub use regime::RegimeSampler;
pub use sobol::{Directions, Order, REPLICATES, SOBOL_DIMENSIONS, Scrambling};
pub use source::{Normals, Variate};
pub use stream::{Address, Stream};
pub use transform::Transform;

/// Number of the engine: it rises when the same scenario and seed give other numbers than before.
pub const ENGINE: u32 = 2;
