//! What a draw costs: CPU time by part, draws per second by threads, and how much is vector code.
//!
//! `cargo bench --bench cost [-- SCENARIO [DRAWS]]`. For the scenario that ships, also what it costs
//! over its core, `overlays/core.toml`. Times are process CPU time, so other load on
//! the machine moves them little; parts are measured in turn and the median of the rounds counts.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[path = "common/clock.rs"]
mod clock;
#[path = "common/disk.rs"]
mod disk;

use std::time::Instant;

use clock::{cpu, median};
use fleetcast::engine::{BLOCK, Execution, Parts, Silent, measure, simulate};
use fleetcast::plan::{Plan, compile};
use fleetcast::vector::Isa;

const ROUNDS: usize = 7;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let path = args.first().map_or("scenarios/meta-2024-07.toml", String::as_str);
    let draws: u64 = args.get(1).and_then(|text| text.parse().ok()).unwrap_or(65_536);
    let Some(plan) = planned(path, &[]) else {
        println!("`{path}` gives no plan: see `fleetcast check {path}`");
        return;
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "{path}: {draws} draws, {} metrics, {} steps, {cores} cores",
        plan.metrics.len(),
        plan.setup.steps()
    );
    for isa in Isa::available() {
        parts(&plan, draws, isa);
    }
    if let Some(core) = planned(path, &["scenarios/overlays/core.toml".to_owned()]) {
        modules(&plan, &core, draws);
    }
    blocks(&plan, draws);
    threads(&plan, draws);
}

fn planned(path: &str, overlays: &[String]) -> Option<Plan> {
    compile(&disk::scenario(path, overlays, &[])?).ok()
}

/// Everything on over the core, in turn.
fn modules(plan: &Plan, core: &Plan, draws: u64) {
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (plan, times) in [plan, core].into_iter().zip(&mut times) {
            let seconds = cpu(|| measure(plan, draws, BLOCK, Isa::detect(), Parts::All));
            if round > 0 {
                times.push(1e6 * seconds / draws as f64);
            }
        }
    }
    let [all, core] = times.map(median);
    println!("core: {core:6.2} us CPU a draw; everything on costs {:.2} times that", all / core);
}

/// Sampling alone, sampling and model, and everything; the rest by difference.
fn parts(plan: &Plan, draws: u64, isa: Isa) {
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (part, times) in [Parts::Sampling, Parts::Model, Parts::All].into_iter().zip(&mut times)
        {
            let seconds = cpu(|| measure(plan, draws, BLOCK, isa, part));
            if round > 0 {
                times.push(1e6 * seconds / draws as f64);
            }
        }
    }
    let [sampling, model, all] = times.map(median);
    println!(
        "{:>9}: {all:6.2} us CPU a draw; sampling {:4.1} %, model {:4.1} %, aggregation {:4.1} %",
        isa.name(),
        100.0 * sampling / all,
        100.0 * (model - sampling) / all,
        100.0 * (all - model) / all
    );
}

fn blocks(plan: &Plan, draws: u64) {
    for block in [64, 128, 256, 512, 1024] {
        let times =
            (0..ROUNDS).map(|_| cpu(|| measure(plan, draws, block, Isa::detect(), Parts::All)));
        println!(
            "block {block:5}: {:6.2} us CPU a draw",
            1e6 * median(times.collect()) / draws as f64
        );
    }
}

fn threads(plan: &Plan, draws: u64) {
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (threads, rates) in [1, 2].into_iter().zip(&mut rates) {
            let start = Instant::now();
            let execution = Execution { threads, block: BLOCK, isa: Isa::detect() };
            if simulate(plan, draws, execution, &Silent).is_ok() {
                rates.push(draws as f64 / start.elapsed().as_secs_f64());
            }
        }
    }
    let [one, two] = rates.map(median);
    println!("1 thread: {one:8.0} draws a second; 2 threads: {two:8.0} ({:.2} times)", two / one);
}
