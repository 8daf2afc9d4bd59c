//! How cost grows: with quarters, chips and sites, which must be linear, and by company and module.
//!
//! `cargo bench --bench slopes [-- DRAWS]`. CPU time a draw for sizes measured in turn, medians of the
//! rounds, with a straight line through them and how far the points lie from it. A module that is off
//! must cost nothing: a run of the core costs the same whether the scenario once had the module or not.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

#[path = "common/clock.rs"]
mod clock;

use std::collections::BTreeMap;
use std::fmt::Write;

use clock::{cpu, median};
use fleetcast::engine::{BLOCK, Parts, measure};
use fleetcast::plan::{Plan, compile};
use fleetcast::scenario::{FileReader, load};
use fleetcast::vector::Isa;

const SCENARIO: &str = "scenarios/meta-2024-07.toml";
const CORE: &str = "scenarios/overlays/core.toml";
const ROUNDS: usize = 5;

/// Files on the disk, and overlays that are made here.
struct Files(BTreeMap<String, String>);

impl FileReader for Files {
    fn read(&self, path: &str) -> std::io::Result<String> {
        self.0.get(path).cloned().map_or_else(|| std::fs::read_to_string(path), Ok)
    }
}

/// A case: its size, and the plan of it.
type Case = (f64, Plan);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let draws: u64 = args.first().and_then(|text| text.parse().ok()).unwrap_or(16_384);
    println!("{SCENARIO}, core: {draws} draws, {}", Isa::detect().name());
    line("quarters", draws, &quarters());
    line("chips", draws, &sized(&[0, 6, 12, 24], extra_chips, |plan| plan.setup.chips.len()));
    line("sites", draws, &sized(&[0, 8, 16, 32], extra_sites, |plan| plan.setup.sites.len()));
    companies(draws);
    modules(draws);
}

fn plan(path: &str, overlays: &[(&str, String)], sets: &[String]) -> Option<Plan> {
    let files = overlays.iter().filter(|(_, text)| !text.is_empty());
    let files = Files(files.map(|(name, text)| ((*name).to_owned(), text.clone())).collect());
    let names: Vec<String> = overlays.iter().map(|(name, _)| (*name).to_owned()).collect();
    let loaded = load(&files, path, &names, sets);
    let Ok(scenario) = loaded.result else {
        println!("{path} with {names:?} and {sets:?} is not valid");
        return None;
    };
    compile(&scenario).ok()
}

fn core() -> (&'static str, String) {
    (CORE, String::new())
}

fn quarters() -> Vec<Case> {
    let to = |year: usize| plan(SCENARIO, &[core()], &[format!("run.to=\"{year}Q4\"")]);
    let years = [2026, 2028, 2030, 2032, 2034];
    years.into_iter().filter_map(to).map(|plan| (plan.setup.steps() as f64, plan)).collect()
}

fn sized(counts: &[usize], overlay: fn(usize) -> String, size: fn(&Plan) -> usize) -> Vec<Case> {
    let of = |&count: &usize| plan(SCENARIO, &[core(), ("extra.toml", overlay(count))], &[]);
    counts.iter().filter_map(of).map(|plan| (size(&plan) as f64, plan)).collect()
}

/// Chips of another vendor, all on sale from before the grid.
fn extra_chips(count: usize) -> String {
    let mut text = String::from("fleetcast = \"overlay/1\"\n");
    for k in 0..count {
        let month = 1 + k % 12;
        let year = 2020 + k / 12;
        let input = |name: &str, value: &str| {
            format!("{name} = {{ value = \"{value}\", source = \"judgment\", grade = \"D\" }}\n")
        };
        let _ = write!(
            text,
            "[chip.extra-{k}]\nline = \"other\"\nfirst_volume = {year}-{month:02}-01\n{}{}{}{}{}",
            input("slip", "0 quarters"),
            input("h100e", "1.2 / 1.3 / 1.4"),
            input("bf16_ratio", "1.0"),
            input("power", "1.5 kW"),
            input("price", "10 to 18 k USD"),
        );
    }
    text
}

/// Sites with one phase each.
fn extra_sites(count: usize) -> String {
    let mut text = String::from("fleetcast = \"overlay/1\"\n");
    for k in 0..count {
        let (year, month) = (2025 + k / 12, 1 + k % 12);
        let _ = write!(
            text,
            "[site.extra-{k}.phase.first]\npower = {{ value = \"20 MW\", source = \"judgment\", grade = \"D\" }}\n\
             announced = 2024-01-01\nplanned = {year}-{month:02}-01\nstage = \"construction\"\n"
        );
    }
    text
}

/// CPU time a draw of each plan, measured in turn: medians of the rounds.
fn costs(draws: u64, plans: &[&Plan]) -> Vec<f64> {
    let mut times: Vec<Vec<f64>> = plans.iter().map(|_| Vec::new()).collect();
    for round in 0..=ROUNDS {
        for (plan, times) in plans.iter().zip(&mut times) {
            let seconds = cpu(|| measure(plan, draws, BLOCK, Isa::detect(), Parts::All));
            if round > 0 {
                times.push(1e6 * seconds / draws as f64);
            }
        }
    }
    times.into_iter().map(median).collect()
}

/// Prints the cost by size, with the least-squares line through it.
fn line(what: &str, draws: u64, cases: &[Case]) {
    let costs = costs(draws, &cases.iter().map(|(_, plan)| plan).collect::<Vec<_>>());
    let count = cases.len() as f64;
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / count;
    let (size, cost) =
        (mean(&mut cases.iter().map(|case| case.0)), mean(&mut costs.iter().copied()));
    let both = cases.iter().zip(&costs);
    let covariance: f64 = both.clone().map(|(case, y)| (case.0 - size) * (y - cost)).sum();
    let variance: f64 = cases.iter().map(|case| (case.0 - size) * (case.0 - size)).sum();
    let slope = covariance / variance;
    let at = |x: f64| cost + slope * (x - size);
    println!("{what}: {slope:.3} us a draw for each, {:.2} us for none", at(0.0));
    for (case, y) in both {
        println!(
            "  {:4}: {y:7.2} us a draw, {:+5.1} % from the line; {} values a draw, {:.2} ns each",
            case.0,
            100.0 * (y / at(case.0) - 1.0),
            values(&case.1),
            1e3 * y / values(&case.1) as f64
        );
    }
}

/// Summaries of quarters.
fn values(plan: &Plan) -> usize {
    let steps = plan.setup.steps();
    plan.metrics.iter().map(|metric| (0..steps).filter(|&t| metric.shown(t)).count()).sum()
}

/// A run has one company; several are several runs.
fn companies(draws: u64) {
    let names =
        ["amazon-2026-09", "google-2026-09", "microsoft-2026-09", "openai-2026-09", "xai-2026-09"];
    let plans: Vec<(&str, Plan)> = names
        .into_iter()
        .filter_map(|name| Some((name, plan(&format!("scenarios/{name}.toml"), &[], &[])?)))
        .collect();
    let costs = costs(draws, &plans.iter().map(|(_, plan)| plan).collect::<Vec<_>>());
    let mut sum = 0.0;
    println!("companies, each a run with everything on:");
    for ((name, plan), cost) in plans.iter().zip(costs) {
        sum += cost;
        let values = values(plan);
        println!(
            "  {name:20} {cost:7.2} us a draw, {sum:7.2} so far; {values} values, {:.2} ns each",
            1e3 * cost / values as f64
        );
    }
}

/// Beginnings of the names of what the core has no part of.
const OFF_IN_CORE: [&str; 6] = ["training.", "use.", "tco.", "carbon.", "water.", "opex."];

/// What each removal saves, and that what is off has no columns, so that nothing computes it.
fn modules(draws: u64) {
    let without = |tables: &[&str]| {
        let list: Vec<String> = tables.iter().map(|table| format!("\"{table}\"")).collect();
        format!("fleetcast = \"overlay/1\"\nremove = [{}]\n", list.join(", "))
    };
    let cases = [
        ("everything", String::new()),
        ("without targets", without(&["target"])),
        ("without carbon and water", without(&["carbon", "water"])),
        ("without cost of ownership", without(&["tco"])),
    ];
    let mut plans: Vec<(String, Plan)> = Vec::new();
    for (name, text) in cases {
        let overlay = if text.is_empty() { Vec::new() } else { vec![("without.toml", text)] };
        plans.extend(plan(SCENARIO, &overlay, &[]).map(|plan| (name.to_owned(), plan)));
    }
    plans.extend(plan(SCENARIO, &[core()], &[]).map(|plan| ("the core".to_owned(), plan)));
    let costs = costs(draws, &plans.iter().map(|(_, plan)| plan).collect::<Vec<_>>());
    println!("modules:");
    for ((name, plan), cost) in plans.iter().zip(costs) {
        let columns =
            OFF_IN_CORE.map(|name| plan.names.keys().filter(|key| key.starts_with(name)).count());
        println!(
            "  {name:26} {cost:7.2} us a draw; {} columns, {} of them of modules that the core has off; {} values",
            plan.columns,
            columns.iter().sum::<usize>(),
            values(plan)
        );
    }
}
