//! The core as usually written in Rust: a loop over draws with f64, `rand_distr` and rayon; every
//! value is kept, and sorted for its percentiles. Written from MODEL.md, like the other peers.
//!
//! usage: `naive PARAMS.json DRAWS SEED [OUT.json]`, threads as `RAYON_NUM_THREADS` says.

mod inputs;
mod path;

use inputs::Model;
use path::{Sink, path};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rayon::prelude::*;
use serde_json::json;

const LEVELS: [f64; 7] = [0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95];

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).unwrap();
    let model = Model::read(&serde_json::from_str(&text).unwrap());
    let draws = args[2].parse::<f64>().unwrap() as usize;
    let seed: u64 = args[3].parse().unwrap();

    let mut names = Sink { names: Some(Vec::new()), ..Sink::default() };
    path(&model, &mut SmallRng::seed_from_u64(0), &mut names);
    let names = names.names.unwrap();
    let rows: Vec<Vec<f64>> = (0..draws as u64)
        .into_par_iter()
        .map(|draw| {
            let mut rng = SmallRng::seed_from_u64(seed << 40 ^ draw);
            let mut sink = Sink { values: Vec::with_capacity(names.len()), ..Sink::default() };
            path(&model, &mut rng, &mut sink);
            sink.values
        })
        .collect();
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
    if let Some(path) = args.get(4) {
        let names: Vec<&String> = names.iter().map(|(name, _)| name).collect();
        let text = json!({ "draws": draws, "names": names, "table": table }).to_string();
        std::fs::write(path, text).unwrap();
    }
    println!("{}", json!({ "draws": draws, "values": names.len() }));
}
