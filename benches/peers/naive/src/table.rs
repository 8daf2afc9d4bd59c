//! Summaries of values that were all kept: mean, standard deviation, and percentiles by sorting.

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::inputs::Model;
use crate::path::{Sink, path};

const LEVELS: [f64; 7] = [0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95];

/// Names of the values of a draw, and which are 0 or 1.
pub fn names(model: &Model) -> Vec<(String, bool)> {
    let mut sink = Sink { names: Some(Vec::new()), ..Sink::default() };
    path(model, &mut SmallRng::seed_from_u64(0), &mut sink);
    sink.names.unwrap()
}

/// Summaries of values by draw.
pub fn summarize(names: &[(String, bool)], rows: &[Vec<f64>]) -> Value {
    let draws = rows.len();
    let table: Vec<Vec<f64>> = names
        .par_iter()
        .enumerate()
        .map(|(column, (_, indicator))| {
            let mut values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
            let mean = values.iter().sum::<f64>() / draws as f64;
            if *indicator {
                return vec![mean];
            }
            let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws as f64;
            values.sort_unstable_by(f64::total_cmp);
            let quantile = |level: f64| {
                let at = level * (draws - 1) as f64;
                let low = values[at.floor() as usize];
                low + (values[at.ceil() as usize] - low) * at.fract()
            };
            [mean, variance.sqrt()].into_iter().chain(LEVELS.map(quantile)).collect()
        })
        .collect();
    let names: Vec<&String> = names.iter().map(|(name, _)| name).collect();
    json!({ "draws": draws, "names": names, "table": table })
}
