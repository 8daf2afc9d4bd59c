//! From a normal score to a value.

use crate::dist::{Distribution, Prob, Sampling, Scale};
use crate::vector::{
    Column, CubicTable, EXPONENT_END, TILE, Tile, exp, exponentials, logistic, max,
};

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
    TwoPiece {
        scale: Scale,
        center: f64,
        below: f64,
        above: f64,
    },
    /// The same on the log scale in single precision, which has as many digits as the scores.
    Exponential {
        median: f64,
        below: f64,
        above: f64,
    },
    Table(CubicTable),
    Fine(CubicTable<8192>),
    Steps {
        values: Vec<f64>,
        thresholds: Vec<f64>,
    },
}

/// No score is further from zero.
const REACH: f64 = 8.3;

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
            Sampling::TwoPiece { scale: Scale::Log, center, below, above }
                if REACH * max(below.abs(), above.abs()) <= EXPONENT_END =>
            {
                Recipe::Exponential { median: exp(center), below, above }
            }
            Sampling::TwoPiece { scale, center, below, above } => {
                Recipe::TwoPiece { scale, center, below, above }
            }
            Sampling::Steps { values, thresholds } => Recipe::Steps { values, thresholds },
            Sampling::FinelyTabulated => {
                Recipe::Fine(CubicTable::fine(|z| distribution.quantile(Prob::from_z(z)))?)
            }
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
                let (center, slopes) = (*center, (*below, *above));
                match scale {
                    Scale::Linear => self.finish(
                        out,
                        #[inline(always)]
                        |lane| two_piece(z[lane], center, slopes),
                    ),
                    Scale::Log => self.finish(
                        out,
                        #[inline(always)]
                        |lane| exp(two_piece(z[lane], center, slopes)),
                    ),
                    Scale::Logit => self.finish(
                        out,
                        #[inline(always)]
                        |lane| logistic(two_piece(z[lane], center, slopes)),
                    ),
                }
                return;
            }
            Recipe::Exponential { median, below, above } => {
                exponentials(
                    #[inline(always)]
                    |lane| two_piece(z[lane], 0.0, (*below, *above)),
                    out,
                );
                for x in out.iter_mut() {
                    *x *= *median;
                }
            }
            Recipe::Table(table) => table.lookup_tile(z, out),
            Recipe::Fine(table) => table.lookup_tile(z, out),
            Recipe::Steps { values, thresholds } => {
                out.fill(values[0]);
                for (threshold, value) in thresholds.iter().zip(&values[1..]) {
                    for lane in 0..TILE {
                        out[lane] = if z[lane] >= *threshold { *value } else { out[lane] };
                    }
                }
            }
        }
        let raw = *out;
        self.finish(
            out,
            #[inline(always)]
            |lane| raw[lane],
        );
    }

    /// Clips and scales what `value` gives for each lane, in one pass.
    #[inline(always)]
    fn finish(&self, out: &mut Tile, value: impl Fn(usize) -> f64) {
        let Self { floor, ceiling, scale, .. } = *self;
        for (lane, out) in out.iter_mut().enumerate() {
            let x = value(lane);
            let raised = if x < floor { floor } else { x };
            *out = if raised > ceiling { ceiling } else { raised } * scale;
        }
    }
}

/// A line on each side of the center.
#[inline(always)]
fn two_piece(z: f64, center: f64, (below, above): (f64, f64)) -> f64 {
    center + z * if z < 0.0 { below } else { above }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::dist::{ParamValue, Params, Part, family};
    use crate::sampling::{Address, Stream};
    use crate::vector::normal_cdf;

    fn built(name: &str, entries: &[(&str, ParamValue)]) -> Box<dyn Distribution> {
        let entries: BTreeMap<String, ParamValue> =
            entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        (family(name).unwrap().build)(&Params::new(&entries)).unwrap()
    }

    fn numbers(name: &str, entries: &[(&str, f64)]) -> Arc<dyn Distribution> {
        let entries: Vec<(&str, ParamValue)> =
            entries.iter().map(|(key, x)| (*key, ParamValue::Number(*x))).collect();
        Arc::from(built(name, &entries))
    }

    fn mixture(parts: [(f64, Arc<dyn Distribution>); 2]) -> Box<dyn Distribution> {
        let parts = parts.map(|(weight, dist)| Part { weight, dist }).to_vec();
        built("mixture", &[("parts", ParamValue::Parts(parts))])
    }

    /// A million draws, ascending.
    fn draws(dist: &dyn Distribution) -> Vec<f64> {
        let mut scores = Column::new(15_625);
        Stream::new(20240731, "draws").normals(Address { time: 0, first_draw: 0 }, &mut scores);
        let mut out = Column::new(15_625);
        Transform::new(dist, 1.0).unwrap().apply(&scores, &mut out);
        let mut draws = out.as_slice().to_vec();
        draws.sort_by(f64::total_cmp);
        draws
    }

    /// Dvoretzky-Kiefer-Wolfowitz: at a million draws 0.003 is passed by chance once in 3e7.
    fn fits(draws: &[f64], (low, high): (f64, f64), cdf: impl Fn(f64) -> f64) {
        let n = draws.len() as f64;
        assert!((n - 1e6).abs() < 0.5);
        for step in 0..=2000 {
            let x = low + (high - low) * f64::from(step) / 2000.0;
            let share = draws.partition_point(|draw| *draw <= x) as f64 / n;
            assert!((share - cdf(x)).abs() < 0.003, "{x}: {share} not {}", cdf(x));
        }
    }

    #[test]
    fn draws_of_mixtures_fit_their_distribution_function() {
        let near = numbers("normal", &[("mean", 1.0), ("sd", 0.5)]);
        let far = numbers("normal", &[("mean", 9.0), ("sd", 0.1)]);
        let two_hills = draws(mixture([(0.7, near), (0.3, far)]).as_ref());
        fits(&two_hills, (-1.0, 10.0), |x| {
            0.7 * normal_cdf((x - 1.0) / 0.5) + 0.3 * normal_cdf((x - 9.0) / 0.1)
        });

        // None in three of ten, else lognormal with median 4 and log-sd 0.7.
        let none = numbers("constant", &[("value", 0.0)]);
        let slip = numbers("lognormal", &[("median", 4.0), ("sd_log", 0.7)]);
        let slips = draws(mixture([(0.3, none), (0.7, slip)]).as_ref());
        fits(&slips, (0.0, 30.0), |x| {
            if x > 0.0 { 0.3 + 0.7 * normal_cdf(libm::log(x / 4.0) / 0.7) } else { 0.3 }
        });

        let low = numbers("uniform", &[("min", 0.0), ("max", 1.0)]);
        let high = numbers("uniform", &[("min", 5.0), ("max", 7.0)]);
        let gap = draws(mixture([(0.45, low), (0.55, high)]).as_ref());
        fits(&gap, (-1.0, 8.0), |x| 0.45 * x.clamp(0.0, 1.0) + 0.275 * (x - 5.0).clamp(0.0, 2.0));
        let inside = gap.iter().filter(|x| **x > 1.0 && **x < 5.0).count();
        assert_eq!(inside, 0, "no draw falls into the gap");
    }

    #[test]
    fn draws_of_a_metalog_of_five_terms_fit_its_distribution_function() {
        let metalog = built(
            "metalog",
            &[
                ("probabilities", ParamValue::List(vec![0.05, 0.25, 0.5, 0.75, 0.95])),
                ("values", ParamValue::List(vec![8.0, 13.0, 20.0, 33.0, 62.0])),
                ("lower", ParamValue::Number(0.0)),
            ],
        );
        let draws = draws(metalog.as_ref());
        fits(&draws, (0.0, 200.0), |x| metalog.cdf(x).lower());
        // The percentiles it was given; the standard error of the share below each is 0.0005 at most.
        for (p, x) in [(0.05, 8.0), (0.25, 13.0), (0.5, 20.0), (0.75, 33.0), (0.95, 62.0)] {
            let share = draws.partition_point(|draw| *draw <= x) as f64 / 1e6;
            assert!((share - p).abs() < 0.0025, "{x}: {share}");
        }
    }
}
