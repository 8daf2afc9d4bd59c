//! One draw once more.

use fleetcast::engine::replay;
use fleetcast::vector::Isa;

use crate::support::Sim;
use crate::support::library::{Texts, planned, simulated, valid};

/// Inputs and year-end results of the kept draws come out bit for bit.
#[test]
fn a_replayed_draw_is_the_draw_of_the_run() {
    let texts = Texts::shipped();
    for (scenario, overlays) in
        [("meta-2024-07.toml", &["overlays/slow-grid.toml"][..]), ("xai-2026-09.toml", &[])]
    {
        let plan = planned(&valid(&texts, scenario, overlays, &[]));
        let run = simulated(&plan, 1_100);
        for draw in [0, 1, 63, 64, 700, 1_099] {
            let replayed = replay(&plan, draw, Isa::Portable);
            for (key, values) in &run.kept.inputs {
                let input = replayed.inputs.iter().find(|input| input.key == *key).unwrap();
                assert_eq!(input.value.to_bits(), values[draw as usize].to_bits(), "{key}");
                let share = input.percentile.unwrap();
                assert!((0.0..=1.0).contains(&share), "{key}: {share}");
            }
            assert!(run.kept.results.len() > 40);
            for (name, values) in &run.kept.results {
                let (metric, year) = name.split_once('@').unwrap();
                let path = replayed.metrics.iter().find(|path| path.name == metric).unwrap();
                let year: i32 = year.parse().unwrap();
                let step = plan.setup.quarters.iter().position(|&q| q == (year, 4)).unwrap();
                let sum = path.years.iter().find(|(known, _)| *known == year).map(|(_, sum)| *sum);
                let value = sum.or(path.values[step]).unwrap();
                assert_eq!(value.to_bits(), values[draw as usize].to_bits(), "{name}");
            }
            assert_eq!(replayed.left_range, None);
        }
    }
}

/// The percentile of an input is where its value lies among all draws.
#[test]
fn percentiles_are_ranks() {
    let plan = planned(&valid(&Texts::shipped(), "meta-2024-07.toml", &[], &[]));
    let run = simulated(&plan, 4_096);
    // Drawn alone, in a rank-correlation group or not: 4 standard errors of a share.
    let replayed = replay(&plan, 17, Isa::detect());
    for (key, values) in &run.kept.inputs {
        let share = replayed.inputs.iter().find(|i| i.key == *key).unwrap().percentile.unwrap();
        let count =
            |holds: &dyn Fn(f64) -> bool| values.iter().filter(|x| holds(**x)).count() as f64;
        let size = values.len() as f64;
        let (below, up_to) =
            (count(&|x| x < values[17]) / size, count(&|x| x <= values[17]) / size);
        let error = 4.0 * (share * (1.0 - share) / size).sqrt() + 1.0 / size;
        // What many draws share, such as no slip, has a range of percentiles.
        let falling = (1.0 - up_to - error..=1.0 - below + error).contains(&share);
        let rising = (below - error..=up_to + error).contains(&share);
        assert!(rising || falling, "{key}: {share} for {below} to {up_to}");
    }
}

#[test]
fn a_draw_far_beyond_a_run_can_be_had() {
    let plan = planned(&valid(&Texts::shipped(), "meta-2024-07.toml", &[], &[]));
    let (far, near) = (9_999_999_999, 3);
    let [far, near] = [far, near].map(|draw| replay(&plan, draw, Isa::detect()));
    assert_ne!(far.inputs, near.inputs);
    assert!(
        far.metrics.iter().flat_map(|path| path.values.iter().flatten()).all(|x| x.is_finite())
    );
}

fn sim(more: &str) -> Sim {
    let sim = Texts::shipped().0.iter().fold(Sim::new(), |sim, (path, text)| sim.file(path, text));
    sim.args("explain meta-2024-07.toml --with overlays/slow-grid.toml --draw 17").args(more)
}

#[test]
fn explain_prints_inputs_shocks_dates_and_the_path() {
    for width in ["80", "120"] {
        let explained = sim("").env("COLUMNS", width).run().exits(0);
        for text in [
            "draw 17 of meta-2024-07+slow-grid",
            "supply.share ",
            "factor.ai ",
            "training.llama-4 starts",
            "before the grid",
            "chip.rubin first volume",
            "2030Q4 ",
            "Limit",
        ] {
            assert!(explained.stdout.contains(text), "{text} in\n{}", explained.stdout);
        }
        let widest = explained.stdout.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width.parse().unwrap(), "{widest} columns for {width}");
        assert_eq!(explained.stderr, "");
    }
}

#[test]
fn explain_tells_machines_in_json() {
    let json = sim("--json").run().exits(0).json();
    assert_eq!((&json["draw"], &json["left_range"]), (&17.into(), &serde_json::Value::Null));
    let quarters = json["quarters"].as_array().unwrap().len();
    assert_eq!(quarters, 28);
    let metrics = json["metrics"].as_array().unwrap();
    let chips = metrics.iter().find(|metric| metric["metric"] == "fleet.chips").unwrap();
    assert_eq!(chips["values"].as_array().unwrap().len(), quarters);
    assert!(json["limits"].as_array().unwrap().iter().all(|limit| limit != ""));
    assert!(json["dates"]["training.llama-4 starts"].is_string(), "{}", json["dates"]);
    let other = sim("--json --seed 5").run().exits(0).json();
    assert_ne!(json["inputs"], other["inputs"]);
}

#[test]
fn explain_refuses_what_it_cannot_do() {
    Sim::starter().args("explain s.toml").run().exits(2).remarks("--draw");
    Sim::starter().args("explain s.toml --draw -1").run().exits(2);
    Sim::starter().args("explain nothing.toml --draw 1").run().exits(4);
    let typo = Sim::starter_with("ramp          = {", "rammp         = {");
    typo.args("explain s.toml --draw 1").run().exits(3).remarks("rammp");
}
