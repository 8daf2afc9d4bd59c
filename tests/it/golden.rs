//! Figures of every shipped scenario, beside what they were.
//!
//! `tests/golden/NAME.csv` holds, at each year end, mean and percentiles of the metrics that the
//! headline rests on. On one platform they come out to the last digit; the promise between
//! platforms is [`TOLERANCE`]. After a change of the model or of a scenario, accept the new figures
//! with
//!
//! ```sh
//! FLEETCAST_ACCEPT=1 cargo test --test it golden
//! ```
//!
//! and read the difference before it is committed.

use std::fmt::Write as _;

use fleetcast::scenario::Scenario;

use crate::support::library::{Run, Texts, planned, repository, simulated, statistics, valid};

const DRAWS: u64 = 2_000;
/// Largest relative difference between platforms.
const TOLERANCE: f64 = 1e-9;
const METRICS: [&str; 14] = [
    "fleet.h100e",
    "fleet.chips",
    "fleet.h100e_bought",
    "fleet.it_power",
    "cluster.largest",
    "site.ready_power",
    "facility.power",
    "capex.total",
    "finance.free_cash_flow",
    "finance.depreciation",
    "energy.total",
    "chip.price_index",
    "binds.money",
    "binds.power",
];
const HEADER: &str = "metric,period,mean,p5,p50,p95";

/// Scenarios that are run with each of their overlays, too: the first one, and one with phases.
const WITH_OVERLAYS: [&str; 2] = ["meta-2024-07.toml", "xai-2026-09.toml"];

/// Scenarios of `scenarios/`, alone and some with each overlay.
fn cases() -> Vec<(String, Vec<String>)> {
    let texts = Texts::shipped();
    let mut cases = Vec::new();
    for scenario in texts.0.keys().filter(|path| !path.contains('/')) {
        cases.push((scenario.clone(), Vec::new()));
        if WITH_OVERLAYS.contains(&scenario.as_str()) {
            let overlays = texts.overlays_of(scenario).into_iter();
            cases.extend(overlays.map(|path| (scenario.clone(), vec![path.to_owned()])));
        }
    }
    cases
}

fn figures(scenario: &Scenario, run: &Run) -> String {
    let mut out = format!("{HEADER}\n");
    let grid = scenario.run.grid;
    for name in METRICS {
        let metric = run.metric(name);
        for (t, quarter) in grid.quarters().enumerate().filter(|(_, quarter)| quarter.q() == 4) {
            let year = metric.years.iter().find(|(year, _)| *year == quarter.year());
            let summary = match (year, t.checked_sub(metric.from)) {
                (Some((_, summary)), _) => Some(summary),
                (None, Some(at)) => metric.quarters.get(at),
                (None, None) => None,
            };
            let Some(summary) = summary else { continue };
            let s = statistics(summary);
            let _ = write!(out, "{name},{},{:?}", quarter.year(), s.mean);
            for level in [0.05, 0.5, 0.95] {
                // An indicator has no percentiles.
                let value = s.percentile(level).unwrap().value;
                let text = if value.is_nan() { String::new() } else { format!("{value:?}") };
                let _ = write!(out, ",{text}");
            }
            out.push('\n');
        }
    }
    out
}

/// Rows that differ by more than the tolerance, or that are there only once, in words.
fn differences(old: &str, new: &str) -> Vec<String> {
    let columns: Vec<&str> = HEADER.split(',').skip(2).collect();
    let rows = |text: &str| -> Vec<((String, String), Vec<String>)> {
        text.lines()
            .skip(1)
            .filter_map(|line| {
                let mut cells = line.split(',').map(str::to_owned);
                Some(((cells.next()?, cells.next()?), cells.collect()))
            })
            .collect()
    };
    let (old, new) = (rows(old), rows(new));
    let mut found = Vec::new();
    for (key, cells) in &new {
        let Some((_, before)) = old.iter().find(|(other, _)| other == key) else {
            found.push(format!("{:24} {}  is new", key.0, key.1));
            continue;
        };
        for (k, column) in columns.iter().enumerate() {
            let (a, b) = (before.get(k).map_or("", |x| x), cells.get(k).map_or("", |x| x));
            if !agree(a, b) {
                found.push(format!("{:24} {}  {column:4}  {a} -> {b}", key.0, key.1));
            }
        }
    }
    let gone = old.iter().filter(|(key, _)| !new.iter().any(|(other, _)| other == key));
    found.extend(gone.map(|(key, _)| format!("{:24} {}  is gone", key.0, key.1)));
    found
}

fn agree(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()),
        _ => a == b,
    }
}

#[test]
fn figures_are_what_they_were() {
    let accept = std::env::var_os("FLEETCAST_ACCEPT").is_some();
    let texts = Texts::shipped();
    let mut wrong = Vec::new();
    let mut expected_files = Vec::new();
    for (path, overlays) in cases() {
        let overlays: Vec<&str> = overlays.iter().map(String::as_str).collect();
        let scenario = valid(&texts, &path, &overlays, &[]);
        let new = figures(&scenario, &simulated(&planned(&scenario), DRAWS));
        assert!(new.lines().count() > 12, "{new}");
        let name = format!("{}.csv", scenario.name);
        let file = repository("tests/golden").join(&name);
        expected_files.push(name);
        if accept {
            std::fs::write(&file, new).unwrap();
            continue;
        }
        let old = std::fs::read_to_string(&file).unwrap_or_default();
        let mut found = differences(&old, &new);
        if !found.is_empty() {
            let count = found.len();
            found.truncate(20);
            let name = &scenario.name;
            wrong.push(format!("{name}: {count} figures differ\n  {}", found.join("\n  ")));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nTo accept: FLEETCAST_ACCEPT=1 cargo test --test it golden",
        wrong.join("\n\n")
    );
    let mut there: Vec<String> = std::fs::read_dir(repository("tests/golden"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    expected_files.sort();
    assert_eq!(there, expected_files, "files of tests/golden");
}

#[test]
fn differences_are_told_in_words() {
    let old = format!("{HEADER}\na,2024,1.0,0.5,1.0,2.0\nb,2024,0.25,,,\n");
    assert_eq!(differences(&old, &old), [""; 0]);
    let near = old.replace("1.0,0.5", "1.0000000001,0.5");
    assert_eq!(differences(&old, &near), [""; 0]);
    let far = old.replace("1.0,0.5", "1.00000001,0.5");
    let found = differences(&old, &far);
    assert_eq!(found.len(), 1);
    for text in ["a ", "2024", "mean", "1.0 -> 1.00000001"] {
        assert!(found[0].contains(text), "{found:?}");
    }
    let fewer = format!("{HEADER}\na,2024,1.0,0.5,1.0,2.0\nc,2024,0.25,,,\n");
    let found = differences(&old, &fewer).join("\n");
    assert!(found.contains("is new") && found.contains("is gone"), "{found}");
}
