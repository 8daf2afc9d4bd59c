//! Quantiles of whole runs, against the draws themselves: where distributions are awkward.

use fleetcast::results::{LEVELS, Summary};
use fleetcast::stats::percentile;

use crate::support::library::{Run, analytic, planned, simulated, statistics};

/// All of them are kept.
const DRAWS: u64 = 8192;

/// A run of the scenario without uncertainty, with one value on top.
fn run(set: &str) -> Run {
    simulated(&planned(&analytic("constant.toml", &[set])), DRAWS)
}

/// The summary of a kept result, `name@year`.
fn summary<'a>(run: &'a Run, name: &str) -> &'a Summary {
    let (metric, year) = name.split_once('@').unwrap();
    let year: i32 = year.parse().unwrap();
    let metric = run.metric(metric);
    let sums = metric.years.iter().find(|(of, _)| *of == year).map(|(_, summary)| summary);
    // The grid starts in 2025.
    sums.unwrap_or_else(|| &metric.quarters[(year - 2025) as usize * 4 + 3 - metric.from])
}

/// Fails unless each percentile lies between those of the draws a little below and above it, or within a
/// hundredth of a standard deviation of them; and the mean and the standard deviation are those of the draws.
#[track_caller]
fn right(run: &Run, name: &str) {
    within(run, name, 0.01);
}

/// The same within another part of a standard deviation.
#[track_caller]
fn within(run: &Run, name: &str, room: f64) {
    let statistics = statistics(summary(run, name));
    let mut draws = run.result(name).to_vec();
    draws.sort_by(f64::total_cmp);
    let sd = fleetcast::stats::sd(&draws).unwrap();
    assert!(sd > 0.0, "{name} is uncertain");
    for (level, interval) in LEVELS.iter().zip(&statistics.percentiles) {
        let near = |p: f64| percentile(&draws, p).unwrap();
        let (low, high) = (near(level - 0.002) - room * sd, near(level + 0.002) + room * sd);
        let value = interval.value;
        assert!(
            (low..=high).contains(&value),
            "{name} P{}: {value} not in {low}..={high}",
            100.0 * level
        );
        assert!(interval.low <= value && value <= interval.high, "{name} {interval:?}");
    }
    let mean = fleetcast::stats::mean(&draws).unwrap();
    assert!(
        (statistics.mean - mean).abs() <= 1e-9 * sd + 4.0 * f64::EPSILON * mean.abs(),
        "{name}"
    );
    // Of a spread near the last digits, those digits are left.
    assert!((statistics.sd / sd - 1.0).abs() < 1e-3, "{name}: {} {sd}", statistics.sd);
}

#[test]
fn next_to_an_atom_of_zeros() {
    for share in [0.3, 0.5, 0.6, 0.9] {
        let run = run(&format!(
            "energy.price={{ dist = \"mixture\", parts = [{{ weight = {share}, value = \"0 USD/MWh\" }}, \
             {{ weight = {}, value = {{ dist = \"lognormal\", median = \"80 USD/MWh\", sd_log = 1.0 }} }}] }}",
            1.0 - share
        ));
        right(&run, "energy.cost@2025");
        right(&run, "energy.cost@2027");
        let zeros = statistics(summary(&run, "energy.cost@2025")).zeros;
        assert!((zeros - share).abs() < 0.03, "{zeros} of {share}");
    }
}

#[test]
fn across_a_gap() {
    let run = run("capex.guidance_error.first={ dist = \"mixture\", parts = [\
         { weight = 0.5, value = { dist = \"uniform\", min = 0.3, max = 0.31 } }, \
         { weight = 0.5, value = { dist = \"uniform\", min = 3.0, max = 4.0 } }] }");
    // A 64th of the distance from P10 to P90: what bins are chosen for.
    within(&run, "capex.total@2025", 0.04);
    within(&run, "fleet.h100e@2025", 0.04);
}

#[test]
fn of_both_signs() {
    let run = run(
        "capex.guidance_error.first={ dist = \"normal\", mean = 1.6, sd = 0.35, min = 0.3, max = 4 }",
    );
    let flows = run.result("finance.free_cash_flow@2025");
    let below = flows.iter().filter(|x| **x < 0.0).count();
    assert!((100..8_000).contains(&below), "{below} draws below zero");
    right(&run, "finance.free_cash_flow@2025");
}

#[test]
fn from_tiny_to_huge() {
    for price in ["1e-12", "1e-3", "1e9", "1e30"] {
        let run = run(&format!(
            "energy.price={{ dist = \"lognormal\", median = \"{price} USD/MWh\", sd_log = 1.0 }}"
        ));
        right(&run, "energy.cost@2025");
        right(&run, "energy.cost@2026");
    }
}

#[test]
fn narrow_and_far_from_zero() {
    for sd in ["1e-3", "1e-5", "1e-7", "1e-9"] {
        let run = run(&format!(
            "capex.guidance_error.first={{ dist = \"normal\", mean = 1.0, sd = {sd} }}"
        ));
        right(&run, "capex.total@2025");
        right(&run, "fleet.h100e@2026");
    }
}
