//! Training runs: published cases through the model's own formulas, runs against arithmetic by
//! hand, and the question of ten times Llama 3.

use fleetcast::model::formulas::formula;

use crate::support::library::{
    Folder, Run, Texts, close, planned, repository, simulated, statistics, valid,
};

#[track_caller]
fn call(name: &str, inputs: &[f64]) -> f64 {
    let formula = formula(name).unwrap_or_else(|| panic!("no formula `{name}`"));
    assert_eq!(formula.inputs.len(), inputs.len(), "{name} takes {:?}", formula.inputs);
    (formula.call)(inputs)
}

/// What a case is, the formula, its inputs in the formula's units, what was published, and to what
/// part of it that holds.
type Case = (&'static str, &'static str, &'static [f64], f64, f64);

const EXACT: f64 = 1e-12;
/// No limit on the length of a run, in days.
const NO_LIMIT: f64 = 1e9;
/// Chip-hours of Llama 3.1 405B: by its model card, and 16,384 chips for 2,142 hours by Epoch.
const CARD: f64 = 30.84e6;
const EPOCH: f64 = 16_384.0 * 2_142.0;

/// Sources: the papers and model cards of Llama 3 and 3.1, LLMCarbon (arXiv 2309.14393), Epoch's
/// training-cost-trends, Epoch on failures of large jobs.
const PUBLISHED: &[Case] = &[
    ("Llama 3.1 405B, FLOP", "transformer_compute", &[405e9, 15.6e12], 3.7908e25, EXACT),
    ("Llama 3.1 405B, days", "run_days", &[3.7908e25, 3.7908e25 / 78.43, NO_LIMIT], 78.43, 1e-3),
    ("Llama 3.1 405B, chip-hours", "run_chip_hours", &[16_384.0, 78.43], CARD, 1e-3),
    ("Llama 3.1 405B, TFLOP/s a chip", "sustained_rate", &[3.8e25, CARD], 342.3, 1e-3),
    ("Llama 3.1 405B, efficiency", "overall_efficiency", &[3.8e25, CARD, 989.4], 0.346, 1e-3),
    ("Llama 3.1 405B, MWh", "run_energy", &[0.7, CARD, 1.0, 1.0], 21_588.0, EXACT),
    ("Llama 3.1 405B, t CO2e", "emissions", &[413.7, 21_588.0], 8_930.0, 6e-3),
    // The card rounds to ten tonnes.
    ("Llama 3.1 8B, t CO2e", "emissions", &[413.7, 1.46e6 * 0.7e-3], 420.0, 7e-3),
    ("Llama 3.1 70B, t CO2e", "emissions", &[413.7, 7.0e6 * 0.7e-3], 2_040.0, 7e-3),
    ("Llama 3.1, t CO2e", "emissions", &[413.7, 39.3e6 * 0.7e-3], 11_390.0, 6e-3),
    ("GPT-3, FLOP", "transformer_compute", &[175e9, 300e9], 3.15e23, EXACT),
    ("GPT-3, MWh", "run_energy", &[0.33, 10_000.0 * 14.81 * 24.0, 1.0, 1.1], 1_289.8, 1e-3),
    ("GPT-3, t CO2e", "emissions", &[429.0, 1_289.8], 553.3, 1e-3),
    ("T5, MWh", "run_energy", &[0.31, 512.0 * 19.67 * 24.0, 1.0, 1.12], 83.9, 2e-3),
    ("T5, t CO2e", "emissions", &[545.0, 83.9], 45.7, 2e-3),
    // 432 days from 2022-12-19 to 2024-02-24.
    ("H100 server, k USD", "decayed_value", &[44.48988, 0.14, 432.0 / 365.25], 30.386, 1e-3),
    ("USD a chip-hour", "amortized_cost", &[30.386, 0.14, 1e9], 1.1174, 1e-3),
    ("405B, hardware, B USD", "amortized_cost", &[30.386, 0.14, EPOCH], 0.03922, 1e-3),
    ("405B, with network, B USD", "with_network", &[0.03922, 0.19], 0.03922 + 0.00920, 1e-3),
    ("405B, energy, MWh", "run_energy", &[1.275, EPOCH, 0.75, 1.1], 2.846e6 / 77.1, 1e-3),
    ("405B, energy, B USD", "energy_cost", &[77.1, 36_914.0], 0.002_846, 1e-3),
    ("405B, bought, B USD", "acquisition_cost", &[16_384.0, 44.48988, 0.19], 0.8999, 1e-3),
    ("405B, bought, later price", "acquisition_cost", &[16_384.0, 44.48988, 0.19], 0.896, 1e-2),
    ("405B, rented, B USD", "rental_cost", &[4.838, EPOCH, 1.0], 0.1698, 1e-3),
    // 50,000 hours a failure are 3.84 failures in 1,000 days of 8 chips.
    ("100,000 chips, min", "time_to_failure", &[100_000.0, 8.0, 3.84], 30.0, EXACT),
    (
        "Llama 3, min between failures",
        "time_to_failure",
        &[16_384.0, 8.0, 192_000.0 / 50_677.0],
        3.09 * 60.0,
        5e-3,
    ),
    ("Llama 3, 16.7 of 166.9 min lost", "goodput", &[16.7, 54.0 * 1_440.0 / 466.0, 0.3], 0.9, 5e-3),
];

#[test]
fn published_figures_come_out_of_the_model() {
    for (what, name, inputs, expected, relative) in PUBLISHED {
        close(call(name, inputs), *expected, *relative, what);
    }
}

/// Whole published rows, each step fed by the one before.
#[test]
fn published_rows_come_out_from_end_to_end() {
    // GPT-3 of LLMCarbon: 10,000 V100 at 125 TFLOP/s, 19.7 % used; T5: 512 TPUv3.
    for (flop, chips, rate, used, days) in [
        (call("transformer_compute", &[175e9, 300e9]), 10_000.0, 125.0, 0.197, 14.81),
        (call("transformer_compute", &[11e9, 600e9]), 512.0, 123.0, 0.37, 19.67),
    ] {
        let speed = call("job_speed", &[chips, rate, used]);
        close(call("run_days", &[flop, speed, NO_LIMIT]), days, 1e-3, "days");
    }
    // Llama 3.1 405B by Epoch: value, hardware, network and electricity together, 51.26 M USD.
    let value = call("decayed_value", &[44.48988, 0.14, 432.0 / 365.25]);
    let hardware = call("with_network", &[call("amortized_cost", &[value, 0.14, EPOCH]), 0.19]);
    let energy = call("energy_cost", &[77.1, call("run_energy", &[1.275, EPOCH, 0.75, 1.1])]);
    close(hardware + energy, 0.051_26, 1e-3, "cost");
    close(hardware + energy, 0.051_04, 1e-2, "cost, later price");
    // 50,677 chip-hours a failure: 419 interruptions of 16,384 chips in 54 days.
    let minutes = call("time_to_failure", &[16_384.0, 8.0, 192_000.0 / 50_677.0]);
    close(54.0 * 1_440.0 / minutes, 419.0, 1e-4, "interruptions");
}

fn hand(sets: &[&str]) -> Run {
    let folder = Folder(repository("tests/cases/analytic"));
    simulated(&planned(&valid(&folder, "training.toml", &[], sets)), 64)
}

/// What a run of `training.toml` gives, written out once more. `chips` are of 2,000 TFLOP/s.
struct Hand {
    mfu: f64,
    goodput: f64,
    speed: f64,
}

fn by_hand(chips: f64, factor: f64) -> Hand {
    let mfu = 0.4 * factor * libm::pow(chips / 10_000.0, -0.05);
    let mttf = 1_000.0 * 1_440.0 / (chips / 8.0 * 4.0);
    let shrink = libm::sqrt(10_000.0 / chips);
    let (checkpoint, restart) = (0.2 * shrink, 4.0 * shrink);
    let interval = libm::sqrt(2.0 * checkpoint * mttf);
    let goodput = 1.0 - (checkpoint / interval + (interval / 2.0 + restart) / mttf);
    Hand { mfu, goodput, speed: chips * 2e15 * mfu * goodput * 0.9 * 86_400.0 }
}

#[test]
fn a_run_agrees_with_arithmetic_by_hand() {
    let run = hand(&[]);
    let last = 11;
    let of = |metric: &str| run.mean(&format!("training.first.{metric}"), last);
    let same = |metric: &str, expected: f64| close(of(metric), expected, 1e-9, metric);

    // The earliest start opens the second quarter, preparation takes a quarter of it.
    let cluster = |t: usize| run.mean("cluster.largest", t);
    let at_start = cluster(0) + 0.25 * (cluster(1) - cluster(0));
    let job = 0.5 * at_start / 2.0;
    same("cluster_chips", at_start / 2.0);
    same("job_chips", job);
    same("job_h100e", 2.0 * job);
    let expected = by_hand(job, 1.0);
    same("mfu", expected.mfu);
    same("goodput", expected.goodput);

    // Four times six times 1e11 parameters and 1e12 tokens.
    let flop = 4.0 * 6e23;
    let days = flop / expected.speed;
    assert!(days < 60.0, "{days}");
    same("planned_compute", flop);
    same("days", days);
    same("efficiency", expected.mfu * expected.goodput * 0.9);
    let finish = 1.25 + days / 91.3125;
    let release = finish + (30.0 + 10.0 * libm::sqrt(2.4)) / 91.3125;
    for t in 0..12 {
        let end = t as f64 + 1.0;
        for (metric, time) in [("started", 1.25), ("finished", finish), ("released", release)] {
            let shown = run.mean(&format!("training.first.{metric}"), t);
            close(shown, f64::from(u8::from(time <= end)), 1e-15, metric);
        }
        let done = if finish <= end { flop } else { 0.0 };
        close(run.mean("training.first.compute", t), done, 1e-9, "compute");
        // The past run of the family, and the siblings of the planned one.
        let family = 6e23 + 1.25 * done;
        close(run.mean("training.family.series.compute", t), family, 1e-9, "family");
    }

    // 2 kW a chip; 1.3 at the peak, 1.1 over the year, of which the job draws 80 %.
    same("power", 2e-3 * job);
    same("facility_power", 1.3 * 2e-3 * job);
    let hours = job * days * 24.0;
    let energy = hours * 2e-3 * 0.8 * 1.1;
    same("energy", energy);
    same("cost_energy", energy * 80.0 / 1e9);
    same("emissions", energy * 0.4);
    // 20,000 USD a bare chip, half as much again with its server, a fifth of all for the network. A
    // quarter from purchase to operation, at 0.1 orders of magnitude a year.
    same("cost_acquisition", job * 30_000.0 / 0.8 / 1e9);
    let value = 30_000.0 * libm::pow(10.0, -0.1 * 0.25);
    let lost = value * 0.1 * std::f64::consts::LN_10 * hours / 8_766.0 / 0.8;
    same("cost_amortized", (lost + energy * 80.0) / 1e9);
    same("cost_rental", 2.0 * 2.0 * hours / 1e9);
}

#[test]
fn runs_wait_for_each_other_and_for_the_cluster() {
    let run = hand(&[]);
    let of = |name: &str, metric: &str| run.mean(&format!("training.{name}.{metric}"), 11);
    let cluster = |t: f64| {
        let (whole, part) = (t.floor() as usize, t - t.floor());
        let before = if whole == 0 { 1_000.0 } else { run.mean("cluster.largest", whole - 1) };
        let h100e = before + part * (run.mean("cluster.largest", whole) - before);
        0.5 * h100e
    };
    // The second starts as the first ends, is a mixture of experts in 8 bits, and reaches its limit.
    let end = 1.25 + of("first", "days") / 91.3125;
    close(of("second", "cluster_chips"), cluster(end), 1e-9, "cluster of the second");
    let expected = by_hand(cluster(end), 0.8 * 1.5);
    close(of("second", "mfu"), expected.mfu, 1e-9, "mfu of the second");
    close(of("second", "days"), 100.0, 1e-12, "days of the second");
    close(of("second", "compute"), 100.0 * expected.speed, 1e-9, "compute of the second");
    // The third starts when the cluster has 6,000 chips.
    close(of("third", "cluster_chips"), 6_000.0, 1e-9, "cluster of the third");
    let when = (0..12).find(|&t| cluster(f64::from(t) + 1.0) >= 6_000.0);
    let started = |t: i32| run.mean("training.third.started", t as usize);
    let when = when.filter(|&t| t > 0);
    assert!(when.is_some_and(|t| started(t) > 0.5 && started(t - 1) < 0.5), "{when:?}");
}

#[test]
fn chance_cancels_and_descopes() {
    let sets = [
        "training.first.cancel=\"80 %/year\"",
        "training.first.descope={ chance = \"30 %\", value = 0.5 }",
    ];
    let folder = Folder(repository("tests/cases/analytic"));
    let draws = 20_000;
    let run = simulated(&planned(&valid(&folder, "training.toml", &[], &sets)), draws);
    let certain = hand(&[]);
    let days = certain.mean("training.first.days", 11);
    let within = |metric: &str, p: f64| {
        let error = (p * (1.0 - p) / draws as f64).sqrt();
        let shown = run.mean(&format!("training.first.{metric}"), 11);
        assert!((shown - p).abs() <= 5.0 * error, "{metric}: {shown} is not {p}");
    };
    // At a rate of 0.8 a year, a run of so many days is not canceled with exp(-0.8 years).
    let lives = |days: f64| libm::exp(-0.8 * days / 365.25);
    within("finished", 0.7 * lives(days) + 0.3 * lives(days / 2.0));
    let after = 30.0 + 10.0 * libm::sqrt(2.4);
    let released = 0.7 * lives(days + after) + 0.3 * lives(days / 2.0 + after);
    within("released", released);
    within("canceled", 1.0 - released);
}

#[test]
fn a_run_known_later_is_not_seen() {
    let texts = Texts::shipped();
    let runs = |sets: &[&str]| -> Vec<String> {
        let scenario = valid(&texts, "meta-2024-07.toml", &[], sets);
        scenario.runs.iter().map(|run| run.name.clone()).collect()
    };
    let seen = runs(&[]);
    assert!(seen.iter().any(|name| name == "llama-3-1-405b"), "{seen:?}");
    for later in ["llama-4-scout", "llama-4-maverick", "llama-4-behemoth", "grok-3"] {
        assert!(!seen.iter().any(|name| name == later), "{later} is seen");
    }
    let seen = runs(&["as_of=2025-05-01"]);
    assert!(seen.iter().any(|name| name == "llama-4-behemoth"), "{seen:?}");
    let scenario = valid(&texts, "meta-2024-07.toml", &[], &["as_of=2025-05-01"]);
    let ratio =
        |a: &str, b: &str| scenario.run_compute(a).unwrap() / scenario.run_compute(b).unwrap();
    close(ratio("llama-4-behemoth", "llama-3-1-405b"), 1.36, 5e-3, "Behemoth over 405B");
}

/// A cluster of 100,000 H100 in November 2024, as it came to be.
const GIVEN_A_CLUSTER: [&str; 3] = [
    "cluster.largest=\"100_000 H100e\"",
    "cluster.share=0.001",
    "training.llama-4.earliest=2024-11-15",
];

fn ten_times(overlays: &[&str], sets: &[&str]) -> Run {
    let sets = [&GIVEN_A_CLUSTER[..], sets].concat();
    let scenario = valid(&Texts::shipped(), "meta-2024-07.toml", overlays, &sets);
    simulated(&planned(&scenario), 8_192)
}

/// Ten times Llama 3, given that cluster. A separate calculation with the same equations and priors
/// gave 175, 285 and 740 days with a job's usual share, 129, 154 and 188 with the whole cluster.
#[test]
fn ten_times_llama_3_takes_as_long_as_calculated_apart() {
    let days = |overlays: &[&str]| {
        let sets = ["training.llama-4.longest=\"3_650 d\"", "training.llama-4.descope.chance=0"];
        let days = statistics(ten_times(overlays, &sets).quarter("training.llama-4.days", 27));
        [0, 3, 6].map(|level| days.percentiles[level].value)
    };
    let (usual, whole) = (days(&[]), days(&["overlays/all-in-cluster.toml"]));
    // Chips other than H100 in the mix of late 2024 make both some percent shorter.
    for (shown, expected) in usual.iter().zip([175.0, 285.0, 740.0]) {
        close(*shown, expected, 0.06, "days with a usual share");
    }
    for (shown, expected) in whole.iter().zip([129.0, 154.0, 188.0]) {
        close(*shown, expected, 0.06, "days with the whole cluster");
    }
}

/// How likely the whole ten times is released, if a run may take as long as it needs: the same
/// calculation, with a limit of 270 days, gave about 0 by 2025-04-05, 0.11 and 0.41 (with the whole
/// cluster, which needs no limit) by the end of 2025, 0.26 and 0.64 by mid-2026.
#[test]
fn the_share_of_the_cluster_decides_on_ten_times_llama_3() {
    let released = |overlays: &[&str]| {
        let sets = ["training.llama-4.longest=\"3_650 d\"", "training.llama-4.descope.chance=0"];
        let run = ten_times(overlays, &sets);
        // Descoping, apart from all else, takes 15 of 100.
        [4, 7, 9].map(|t| 0.85 * run.mean("training.llama-4.released", t))
    };
    let (usual, whole) = (released(&[]), released(&["overlays/all-in-cluster.toml"]));
    let near = |shown: f64, expected: f64, error: f64| {
        assert!((shown - expected).abs() < error, "{usual:?} {whole:?}");
    };
    near(usual[0], 0.0, 0.005);
    near(whole[0], 0.0, 0.005);
    near(usual[1], 0.11, 0.03);
    near(whole[1], 0.41, 0.08);
    near(whole[2], 0.64, 0.08);
    // Without the limit, slow runs come out as well.
    assert!(usual[2] > 0.26 && usual[2] < 0.40, "{usual:?}");
    assert!(whole[1] > 2.5 * usual[1] && whole[2] > 1.5 * usual[2], "{usual:?} {whole:?}");
}
