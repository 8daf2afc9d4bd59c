//! What the points of a sweep cost: CPU time by part, with a few figures and with all of them.
//!
//! `cargo bench --bench sweep [-- SCENARIO [POINTS [DRAWS]]]`. The time of 1,000 points of 10,000 draws on
//! two threads is then told: by scale where fewer points were run.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[path = "common/clock.rs"]
mod clock;
#[path = "common/disk.rs"]
mod disk;

use std::time::Instant;

use clock::median;
use cpu_time::ProcessTime;
use fleetcast::engine::{
    BLOCK, Execution, Parts, SharedDraws, Silent, Watched, measure, on_each, summarize,
};
use fleetcast::plan::{Plan, compile};
use fleetcast::vector::Isa;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let path = args.first().map_or("scenarios/meta-2024-07.toml", String::as_str);
    let number =
        |at: usize, usual: u64| args.get(at).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (points, draws) = (number(1, 40), number(2, 10_000));
    let Some(plan) = planned(path, &[]) else {
        println!("`{path}` gives no plan: see `fleetcast check {path}`");
        return;
    };
    println!("{path}: {points} points of {draws} draws, {} metrics", plan.metrics.len());
    fixed(path, &plan);
    let last = plan.setup.steps() - 1;
    let three = plan.metrics.iter().filter(|m| m.shown(last)).take(3);
    let three: Vec<_> =
        three.map(|m| Some(Watched::Column { step: last, column: m.column })).collect();
    let all: Vec<_> = (0..plan.setup.steps())
        .flat_map(|step| {
            let shown = plan.metrics.iter().filter(move |metric| metric.shown(step));
            shown.map(move |metric| Some(Watched::Column { step, column: metric.column }))
        })
        .collect();
    for (what, watched) in [("three figures", &three), ("all metrics", &all)] {
        for shared in [false, true] {
            run(path, &plan, what, watched, (points, draws), shared);
        }
    }
}

fn planned(path: &str, sets: &[String]) -> Option<Plan> {
    compile(&disk::scenario(path, &[], sets)?).ok()
}

/// What a point costs before its first draw, and what a draw costs by part.
fn fixed(path: &str, plan: &Plan) {
    let cpu = |work: &dyn Fn()| median((0..7).map(|_| clock::cpu(work)).collect());
    let planning = cpu(&|| drop(std::hint::black_box(planned(path, &[]))));
    let pilot = cpu(&|| measure(plan, 0, BLOCK, Isa::detect(), Parts::All));
    println!("a point: {:.2} ms to load and plan, {:.2} ms of pilot", 1e3 * planning, 1e3 * pilot);
    let each = [Parts::Sampling, Parts::Model, Parts::All].map(|parts| {
        1e6 * (cpu(&|| measure(plan, 10_240, BLOCK, Isa::detect(), parts)) - pilot) / 10_240.0
    });
    println!(
        "a draw: {:.2} us sampling, {:.2} us model, {:.2} us to summarize all metrics",
        each[0],
        each[1] - each[0],
        each[2] - each[1]
    );
}

fn run(
    path: &str,
    base: &Plan,
    what: &str,
    watched: &[Option<Watched>],
    (points, draws): (u64, u64),
    shared: bool,
) {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let common = shared.then(|| SharedDraws::of(base, watched, draws, Isa::detect()));
    let execution = Execution { threads: 1, block: BLOCK, isa: Isa::detect() };
    let point = |at: usize| {
        let factor = 0.5 + 1.5 * at as f64 / points as f64;
        let plan = planned(path, &[format!("scale.\"chip.slip\"={factor}")]);
        plan.is_some_and(|plan| {
            summarize(&plan, watched, (draws, common.as_ref()), execution, &Silent).is_ok()
        })
    };
    let done = on_each(points as usize, 2, &Silent, point).unwrap_or_default();
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
    let whole = 1e7 / (points * draws) as f64;
    println!(
        "{what}, random numbers {}: {:.2} us CPU a draw; 1,000 points of 10,000 draws take {:.0} s on two threads \
         ({:.0} s CPU); {} of {points} points",
        if shared { "shared" } else { "of each point" },
        1e6 * cpu / (points * draws) as f64,
        wall * whole,
        cpu * whole,
        done.iter().filter(|done| **done).count()
    );
}
