//! From a normal score to a value.

use crate::dist::{Distribution, Prob, Sampling, Scale};
use crate::vector::{Column, CubicTable, TILE, Tile, exp, logistic};

/// A distribution made ready for columns: one branch per column, none per draw.
#[derive(Clone, Debug)]
pub struct Transform {
    recipe: Recipe,
    floor: f64,
    ceiling: f64,
    /// Factor on every draw.
    scale: f64,
}

#[derive(Clone, Debug)]
enum Recipe {
    Constant(f64),
    TwoPiece { scale: Scale, center: f64, below: f64, above: f64 },
    Table(CubicTable),
    Steps { values: Vec<f64>, thresholds: Vec<f64> },
}

impl Transform {
    /// Prepares a distribution, every draw of which is multiplied by `scale`. `None` if its
    /// quantile is not finite somewhere on |z| ≤ 8.3.
    pub fn new(distribution: &dyn Distribution, scale: f64) -> Option<Self> {
        let (sampling, floor, ceiling) = match distribution.sampling() {
            Sampling::Clipped { base, floor, ceiling } => (*base, floor, ceiling),
            other => (other, f64::NEG_INFINITY, f64::INFINITY),
        };
        let recipe = match sampling {
            Sampling::Constant(value) => Recipe::Constant(value),
            Sampling::TwoPiece { scale, center, below, above } => {
                Recipe::TwoPiece { scale, center, below, above }
            }
            Sampling::Steps { values, thresholds } => Recipe::Steps { values, thresholds },
            Sampling::Tabulated | Sampling::Clipped { .. } => {
                Recipe::Table(CubicTable::new(|z| distribution.quantile(Prob::from_z(z)))?)
            }
        };
        Some(Self { recipe, floor, ceiling, scale })
    }

    /// The one value, if every draw is the same.
    pub fn constant(&self) -> Option<f64> {
        match self.recipe {
            Recipe::Constant(value) => Some(value.clamp(self.floor, self.ceiling) * self.scale),
            _ => None,
        }
    }

    /// Turns a column of normal scores into values.
    #[inline(always)]
    pub fn apply(&self, scores: &Column, out: &mut Column) {
        for (z, x) in scores.tiles().iter().zip(out.tiles_mut()) {
            self.apply_tile(z, x);
        }
    }

    #[inline(always)]
    fn apply_tile(&self, z: &Tile, out: &mut Tile) {
        match &self.recipe {
            Recipe::Constant(value) => out.fill(*value),
            Recipe::TwoPiece { scale, center, below, above } => {
                for lane in 0..TILE {
                    let slope = if z[lane] < 0.0 { *below } else { *above };
                    out[lane] = center + slope * z[lane];
                }
                match scale {
                    Scale::Linear => {}
                    Scale::Log => map(out, exp),
                    Scale::Logit => map(out, logistic),
                }
            }
            Recipe::Table(table) => table.lookup_tile(z, out),
            Recipe::Steps { values, thresholds } => {
                out.fill(values[0]);
                for (threshold, value) in thresholds.iter().zip(&values[1..]) {
                    for lane in 0..TILE {
                        out[lane] = if z[lane] >= *threshold { *value } else { out[lane] };
                    }
                }
            }
        }
        if self.floor == f64::NEG_INFINITY && self.ceiling == f64::INFINITY {
            map(
                out,
                #[inline(always)]
                |x| x * self.scale,
            );
            return;
        }
        for x in out.iter_mut() {
            let raised = if *x < self.floor { self.floor } else { *x };
            *x = if raised > self.ceiling { self.ceiling } else { raised } * self.scale;
        }
    }
}

#[inline(always)]
fn map(tile: &mut Tile, f: impl Fn(f64) -> f64) {
    for x in tile.iter_mut() {
        *x = f(*x);
    }
}
