//! The core as usually written in Rust: a loop over draws with f64, `rand_distr` and rayon; every
//! value is kept, and sorted for its percentiles. Written from MODEL.md, like the other peers.
//!
//! usage: `naive PARAMS.json DRAWS SEED [OUT.json]`, threads as `RAYON_NUM_THREADS` says.

mod inputs;
mod path;
mod table;

use inputs::Model;
use path::{Sink, path};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rayon::prelude::*;
use serde_json::json;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).unwrap();
    let model = Model::read(&serde_json::from_str(&text).unwrap());
    let draws = args[2].parse::<f64>().unwrap() as usize;
    let seed: u64 = args[3].parse().unwrap();

    let names = table::names(&model);
    let rows: Vec<Vec<f64>> = (0..draws as u64)
        .into_par_iter()
        .map(|draw| {
            let mut rng = SmallRng::seed_from_u64(seed << 40 ^ draw);
            let mut sink = Sink { values: Vec::with_capacity(names.len()), ..Sink::default() };
            path(&model, &mut rng, &mut sink);
            sink.values
        })
        .collect();
    let table = table::summarize(&names, &rows);
    if let Some(path) = args.get(4) {
        std::fs::write(path, table.to_string()).unwrap();
    }
    println!("{}", json!({ "draws": draws, "values": names.len() }));
}
