//! How well a run knows its figures, by draws and way of sampling: the root mean square error over
//! independent runs, and the process CPU time of a run; the table of docs/sampling.md.
//!
//! `cargo bench --bench precision [-- SCENARIO [SEEDS [FIGURE …]]]`, with figures such as
//! `fleet.h100e@2026Q4`. For each figure: the error of its mean, its median and its 95th percentile in percent
//! of it, for independent draws, Latin hypercubes and Sobol points at 2^12 to 2^17 draws; then the
//! draws and the CPU time at which each comes to 1 %, 0.1 % and what the largest run of Sobol points
//! reaches. Runs have other seeds, and the estimate of all large runs stands for the true value, so
//! that nothing rests on the error that a run states of itself.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

#[path = "common/disk.rs"]
mod disk;

use std::collections::BTreeMap;

use cpu_time::ProcessTime;
use fleetcast::engine::{BLOCK, Execution, Silent, simulate, spread};
use fleetcast::plan::{Plan, compile};
use fleetcast::results::Summaries;
use fleetcast::sampling::Sampling;
use fleetcast::scenario::Scenario;
use fleetcast::time::Quarter;
use fleetcast::vector::Isa;

/// Draws of the runs, as powers of two.
const SIZES: std::ops::RangeInclusive<u32> = 12..=17;
const FIGURES: [&str; 10] = [
    "fleet.h100e@2024Q4",
    "fleet.h100e@2026Q4",
    "fleet.chips@2026Q4",
    "facility.power@2026Q4",
    "cluster.largest@2026Q4",
    "energy.cost@2026Q4",
    "capex.total@2026Q4",
    "finance.revenue@2026Q4",
    "finance.operating_cash@2026Q4",
    "finance.depreciation@2026Q4",
];
const METHODS: [Sampling; 3] = [Sampling::Independent, Sampling::Latin, Sampling::Sobol];

/// What is measured of each figure.
const STATISTICS: [&str; 3] = ["mean", "P50", "P95"];
/// Draws at which the table gives errors, as a power of two.
const SHOWN: u32 = 16;

/// The statistics of each figure in each run, and CPU seconds of a run.
#[derive(Default)]
struct Found {
    values: Vec<Vec<[f64; STATISTICS.len()]>>,
    seconds: f64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let path = args.first().map_or("scenarios/meta-2024-07.toml", String::as_str);
    let seeds: u64 = args.get(1).and_then(|text| text.parse().ok()).unwrap_or(16);
    let mut figures: Vec<&str> = args.iter().skip(2).map(String::as_str).collect();
    if figures.is_empty() {
        figures.extend(FIGURES);
    }
    let mut found: BTreeMap<(usize, u32), Found> = BTreeMap::new();
    for seed in 0..seeds {
        for (at, method) in METHODS.into_iter().enumerate() {
            for size in SIZES {
                let Some(scenario) = loaded(path, 1_000 * (at as u64 + 1) + seed) else {
                    println!("`{path}` gives no plan: see `fleetcast check {path}`");
                    return;
                };
                let one = found.entry((at, size)).or_default();
                let started = ProcessTime::now();
                let Some(summaries) = run(&scenario, method, 1 << size) else { return };
                one.seconds += started.elapsed().as_secs_f64() / seeds as f64;
                one.values
                    .push(figures.iter().map(|figure| of(&summaries, &scenario, figure)).collect());
            }
        }
        println!("seed {} of {seeds} done", seed + 1);
    }
    for (at, figure) in figures.iter().enumerate() {
        for (which, name) in STATISTICS.into_iter().enumerate() {
            table(figure, name, &errors(&found, at, which));
        }
    }
    println!();
    for line in rows(&found, &figures) {
        println!("{line}");
    }
    println!("\nCPU seconds of a run, its design included:");
    for ((method, size), one) in &found {
        println!("  {:<12} 2^{size}  {:.3}", METHODS[*method].name(), one.seconds);
    }
    for (which, name) in STATISTICS.into_iter().enumerate() {
        println!(
            "\nCPU time that independent draws take over that of Sobol points, same {name}, same error:"
        );
        for (at, figure) in figures.iter().enumerate() {
            let errors = errors(&found, at, which);
            let last = (2, *SIZES.end());
            let (Some(sobol), Some(random)) = (errors.get(&last), errors.get(&(0, last.1))) else {
                continue;
            };
            // The error of independent draws falls with the root of their number.
            let more = (random / sobol) * (random / sobol);
            let times = more * found[&(0, last.1)].seconds / found[&last].seconds;
            println!("  {figure:<32} {times:>8.0} at an error of {:.4} %", 100.0 * sobol);
        }
    }
}

fn loaded(path: &str, seed: u64) -> Option<Scenario> {
    disk::scenario(path, &[], &[format!("run.seed={seed}")])
}

fn run(scenario: &Scenario, method: Sampling, draws: u64) -> Option<Summaries> {
    let mut plan: Plan = compile(scenario).ok()?;
    let isa = Isa::detect();
    spread(&mut [&mut plan], method, draws, isa).ok()?;
    let execution = Execution { threads: 1, block: BLOCK, isa };
    simulate(&plan, draws, execution, &Silent).ok().map(|(summaries, _)| summaries)
}

/// Mean, median and 95th percentile.
fn of(summaries: &Summaries, scenario: &Scenario, figure: &str) -> [f64; STATISTICS.len()] {
    let found = figure.split_once('@').and_then(|(name, quarter)| {
        let metric = summaries.metric(name)?;
        let step = scenario.run.grid.step(Quarter::parse(quarter)?)?;
        metric.quarters.get(step.checked_sub(metric.from)?)
    });
    let mean = found.and_then(|summary| summary.moments.mean()).unwrap_or(f64::NAN);
    let percentile =
        |level: f64| found.and_then(|summary| summary.sketch.quantile(level)).unwrap_or(f64::NAN);
    [mean, percentile(0.50), percentile(0.95)]
}

/// Relative root mean square errors by method and size.
fn errors(
    found: &BTreeMap<(usize, u32), Found>,
    at: usize,
    which: usize,
) -> BTreeMap<(usize, u32), f64> {
    let of = |one: &Found| one.values.iter().map(|run| run[at][which]).collect::<Vec<f64>>();
    // What the largest Latin and Sobol runs say together stands for the truth.
    let large: Vec<f64> = found
        .iter()
        .filter(|((method, size), _)| *method > 0 && *size == *SIZES.end())
        .flat_map(|(_, one)| of(one))
        .collect();
    let truth = large.iter().sum::<f64>() / large.len() as f64;
    let errors = found.iter().map(|(key, one)| {
        let values = of(one);
        let squares: f64 = values.iter().map(|x| (x - truth) * (x - truth)).sum();
        (*key, (squares / values.len() as f64).sqrt() / truth.abs())
    });
    errors.collect()
}

fn table(figure: &str, name: &str, errors: &BTreeMap<(usize, u32), f64>) {
    println!("\n{figure} {name}, root mean square error in %");
    let sizes: Vec<String> = SIZES.map(|size| format!("{:>8}", 1_u64 << size)).collect();
    println!("  draws       {}   draws for 1 %", sizes.join(" "));
    for (at, method) in METHODS.into_iter().enumerate() {
        let of = |size: u32| errors.get(&(at, size)).copied().unwrap_or(f64::NAN);
        let cells: Vec<String> = SIZES.map(|size| format!("{:>8.4}", 100.0 * of(size))).collect();
        println!("  {:<11} {}   {:.0}", method.name(), cells.join(" "), needed(&of));
    }
}

/// The table of the docs: draws needed for 1 %, and 1.96 errors at so many draws.
fn rows(found: &BTreeMap<(usize, u32), Found>, figures: &[&str]) -> Vec<String> {
    let names = METHODS.map(Sampling::name);
    let [first, rest @ ..] = &names;
    let list = |what: &str| format!("{what}: {first} | {}", rest.join(" | "));
    let shown = format!("error at {} draws", 1_u64 << SHOWN);
    let mut rows = vec![
        format!("| figure | statistic | {} | {} |", list("1 %"), list(&shown)),
        format!("| --- | ---{} |", " | ---:".repeat(2 * names.len())),
    ];
    for (at, figure) in figures.iter().enumerate() {
        for (which, name) in STATISTICS.into_iter().enumerate() {
            let errors = errors(found, at, which);
            let of =
                |method: usize, size: u32| errors.get(&(method, size)).copied().unwrap_or(f64::NAN);
            let few = |draws: f64| match draws {
                draws if draws < 100.0 => "under 100".to_owned(),
                draws => format!("{}", two_digits(draws)),
            };
            let mut cells: Vec<String> =
                (0..names.len()).map(|method| few(needed(&|size| of(method, size)))).collect();
            let errors = (0..names.len()).map(|method| 196.0 * of(method, SHOWN));
            cells.extend(errors.map(|error| format!("{} %", two_digits(error))));
            rows.push(format!("| `{figure}` | {name} | {} |", cells.join(" | ")));
        }
    }
    rows
}

/// A number to two digits.
fn two_digits(x: f64) -> f64 {
    format!("{x:.1e}").parse().unwrap_or(x)
}

/// Draws at which 1.96 errors come to 1 %, on a line between the logarithms; the first and the last two
/// sizes are drawn on.
fn needed(of: &dyn Fn(u32) -> f64) -> f64 {
    let log = |size: u32| libm::log2(1.96 * of(size) / 0.01);
    let sizes: Vec<u32> = SIZES.collect();
    let crossing = |a: u32, b: u32| {
        let slope = log(b) - log(a);
        f64::from(a) - log(a) / slope * f64::from(b - a)
    };
    let at = if log(sizes[0]) <= 0.0 {
        crossing(sizes[0], sizes[2])
    } else {
        let pair = sizes.windows(2).find(|pair| log(pair[1]) <= 0.0);
        pair.map_or_else(
            || crossing(sizes[sizes.len() - 3], sizes[sizes.len() - 1]),
            |p| crossing(p[0], p[1]),
        )
    };
    libm::exp2(at)
}
