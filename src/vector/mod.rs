//! Arithmetic on columns of draws: `exp`, `ln`, the normal quantile, lookup tables, keyed random
//! words, and the choice of instruction set.
//!
//! Everything but what `single` says is `f64`, branch-free and forced inline, written with plain `+ - * / sqrt` and never a
//! fused multiply-add. A loop over a [`Tile`] therefore vectorizes at every instruction set and gives
//! the same bits on each; [`dispatch`] picks the widest set once per block.

mod column;
mod isa;
mod math;
mod normal;
mod philox;
mod single;
mod table;

pub use column::{Aligned, Column, TILE, Tile};
pub use isa::{Isa, Kernel, dispatch, lines, prefetch, prefetch_line};
pub use math::{exp, floor, ln, logistic, max, min, normal_cdf};
pub use normal::{normal_from_uniform, normal_quantile, normals_from_uniforms, uniform_from_bits};
pub use philox::{StreamKey, fill_words, philox4x32_10};
pub use single::{EXPONENT_END, exponentials, normal_from_word, normals, uniform_from_word};
pub use table::CubicTable;
