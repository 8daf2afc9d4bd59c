//! Many numbers as one: the weighted sum that goes along with an output best.

use crate::stats::{Matrix, cholesky};

/// What is added to a unit diagonal, so that columns which others determine do no harm.
const RIDGE: f64 = 1e-6;

/// Weights of a sum of columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// By column; 0 for a column that is the same in all draws.
    pub weights: Vec<f64>,
    /// Whether the weights were fitted. Where the columns say nothing of the output, which the fit
    /// would not tell from chance, all have the same weight in units of their standard deviation.
    pub fitted: bool,
}

/// The sum of `columns` that goes along with `output` best, by least squares; `output` has a mean of
/// zero, such as centered ranks. To be applied to other draws than it was fitted to: a sum fitted to
/// the same draws would go along with any output by chance.
///
/// It is turned so that it rises with the columns on the whole.
pub fn project(columns: &[Vec<f64>], output: &[f64]) -> Projection {
    let n = output.len() as f64;
    let scaled: Vec<(Vec<f64>, f64)> = columns.iter().map(|column| standardized(column)).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n;
    let matrix = Matrix::from_fn(columns.len(), |i, j| {
        let ridge = if i == j { RIDGE } else { 0.0 };
        // The lower triangle is all that is read.
        if j <= i { dot(&scaled[i].0, &scaled[j].0) + ridge } else { 0.0 }
    });
    let right: Vec<f64> = scaled.iter().map(|(column, _)| dot(column, output)).collect();
    let solved = cholesky(&matrix).map(|lower| solve(&lower, &right));
    let whole = dot(output, output);
    let clear = |weights: &Vec<f64>| {
        let explained: f64 = weights.iter().zip(&right).map(|(weight, right)| weight * right).sum();
        // By chance alone, each weight explains 1/n.
        explained > 2.0 * weights.len() as f64 / n * whole
    };
    let found = solved.filter(clear);
    let fitted = found.is_some();
    let mut weights = found.unwrap_or_else(|| vec![1.0; columns.len()]);
    let sign = if weights.iter().sum::<f64>() < 0.0 { -1.0 } else { 1.0 };
    for (weight, (_, sd)) in weights.iter_mut().zip(&scaled) {
        *weight = if *sd > 0.0 { sign * *weight / sd } else { 0.0 };
    }
    Projection { weights, fitted }
}

impl Projection {
    /// The sum of columns of any draws.
    pub fn of(&self, columns: &[Vec<f64>]) -> Vec<f64> {
        let mut sum = vec![0.0; columns.first().map_or(0, Vec::len)];
        for (column, weight) in columns.iter().zip(&self.weights) {
            for (sum, value) in sum.iter_mut().zip(column) {
                *sum += weight * value;
            }
        }
        sum
    }
}

/// The column with a mean of zero and a variance of one, and its standard deviation; all zeros where
/// it does not vary.
fn standardized(column: &[f64]) -> (Vec<f64>, f64) {
    let n = column.len() as f64;
    let around = column.first().copied().unwrap_or(0.0);
    let mean = around + column.iter().map(|x| x - around).sum::<f64>() / n;
    let variance = column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    let sd = variance.sqrt();
    if sd.is_finite() && sd > 0.0 {
        (column.iter().map(|x| (x - mean) / sd).collect(), sd)
    } else {
        (vec![0.0; column.len()], 0.0)
    }
}

/// Solves L Lᵀ w = right.
fn solve(lower: &Matrix, right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let mut w = right.to_vec();
    for i in 0..n {
        let known: f64 = (0..i).map(|j| lower.at(i, j) * w[j]).sum();
        w[i] = over(w[i] - known, lower.at(i, i));
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| lower.at(j, i) * w[j]).sum();
        w[i] = over(w[i] - known, lower.at(i, i));
    }
    w
}

fn over(a: f64, pivot: f64) -> f64 {
    if pivot > 0.0 { a / pivot } else { 0.0 }
}
