//! Test functions of sensitivity analysis: inputs with their distributions, and an output.

use std::f64::consts::PI;

/// A function whose moments and shares of variance are known.
#[derive(Clone, Debug)]
pub(super) enum Function {
    /// sin x₁ + a sin² x₂ + b x₃⁴ sin x₁, x uniform on −π to π (Ishigami and Homma 1990).
    Ishigami { a: f64, b: f64 },
    /// Π (|4xᵢ − 2| + aᵢ)/(1 + aᵢ), x uniform on 0 to 1 (Saltelli and Sobol 1995).
    SobolG { a: Vec<f64> },
    /// Σ aᵢ xᵢ, x normal with mean 0, standard deviations and correlations.
    Linear { a: Vec<f64>, sd: Vec<f64>, factor: Vec<Vec<f64>> },
    /// Π xᵢ, x independent normal with means and standard deviations.
    Product { mean: Vec<f64>, sd: Vec<f64> },
}

impl Function {
    /// Number of inputs.
    pub(super) fn inputs(&self) -> usize {
        match self {
            Self::Ishigami { .. } => 3,
            Self::SobolG { a } | Self::Linear { a, .. } => a.len(),
            Self::Product { mean, .. } => mean.len(),
        }
    }

    /// Least and greatest value of the inputs, where they are uniform; else they are normal.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        match self {
            Self::Ishigami { .. } => Some((-PI, PI)),
            Self::SobolG { .. } => Some((0.0, 1.0)),
            _ => None,
        }
    }

    /// Value of input `k` from a standard normal.
    pub(super) fn value(&self, k: usize, z: f64) -> f64 {
        match self {
            Self::Linear { sd, .. } => sd[k] * z,
            Self::Product { mean, sd } => mean[k] + sd[k] * z,
            _ => z,
        }
    }

    /// The output.
    pub(super) fn at(&self, x: &[f64]) -> f64 {
        match self {
            Self::Ishigami { a, b } => {
                let (first, second) = (libm::sin(x[0]), libm::sin(x[1]));
                let square = x[2] * x[2];
                first + a * second * second + b * square * square * first
            }
            Self::SobolG { a } => {
                a.iter().zip(x).map(|(a, x)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a)).product()
            }
            Self::Linear { a, .. } => a.iter().zip(x).map(|(a, x)| a * x).sum(),
            Self::Product { .. } => x.iter().product(),
        }
    }
}
