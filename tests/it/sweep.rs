//! Sweeps: each point is the run that `--set` makes; order, threads, failures, folders.

use std::collections::BTreeMap;

use crate::support::Sim;

/// A row of a CSV text by the names of its columns.
type Row = BTreeMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row = |record: csv::StringRecord| {
        names.iter().cloned().zip(record.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// The mean, its error and the percentiles of a metric in a period of a run folder, as written.
fn run_figures(folder: &str, metric: &str, period: &str) -> Vec<String> {
    let found = rows(folder)
        .into_iter()
        .find(|row| row["metric"] == metric && row["period"] == period)
        .unwrap();
    NAMES.iter().map(|name| found[*name].clone()).collect()
}

const NAMES: [&str; 9] = ["mean", "mean_error", "p5", "p10", "p25", "p50", "p75", "p90", "p95"];

#[test]
fn each_point_is_a_run_with_set_byte_for_byte() {
    let swept = Sim::starter()
        .args("sweep s.toml --draws 1500 --quiet --no-charts --out out/w --threads 2")
        .args("--over chip.slip=x0.5,x2 --over capex.growth.stay=0.5..0.7:3")
        .args("--metric fleet.h100e@2028Q4 --metric capex.total@2028")
        .run()
        .exits(0);
    let table = rows(&swept.text("out/w/sweep.csv"));
    assert_eq!(table.len(), 2 * 3 * 2);
    let mut outcome = swept;
    for point in table.chunks(2) {
        let (factor, stay) = (&point[0]["chip.slip (factor)"], &point[0]["capex.growth.stay"]);
        outcome = outcome
            .then()
            .args("run s.toml --draws 1500 --quiet --no-charts --out out/r")
            .args("--set")
            .arg(&format!("scale.\"chip.slip\"={factor}"))
            .args("--set")
            .arg(&format!("capex.growth.stay={stay}"))
            .run()
            .exits(0);
        let all = outcome.text("out/r/tables/all.csv");
        for (row, (metric, period)) in
            point.iter().zip([("fleet.h100e", "2028Q4"), ("capex.total", "2028")])
        {
            let own: Vec<String> = NAMES.iter().map(|name| row[*name].clone()).collect();
            assert_eq!(own, run_figures(&all, metric, period), "{factor} {stay} {metric}");
        }
    }
    let different: std::collections::BTreeSet<&String> = table
        .iter()
        .filter(|row| row["figure"].starts_with("fleet"))
        .map(|row| &row["mean"])
        .collect();
    assert_eq!(different.len(), 6, "every point has its own mean");
}

#[test]
fn points_stand_in_order_and_do_not_depend_on_threads() {
    let sweep = |threads: &str| {
        let outcome = Sim::starter()
            .args("sweep s.toml --draws 600 --quiet --no-charts --out out/w")
            .args("--over fleet.repaired=0.7..0.9:3 --over chip.slip=x0.5,x1")
            .args("--metric fleet.h100e@2026Q4 --threads")
            .arg(threads)
            .run()
            .exits(0);
        (outcome.text("out/w/sweep.csv"), outcome.stdout.clone())
    };
    let one = sweep("1");
    // Seven threads have fewer points than they need: their draws are spread.
    for threads in ["2", "3", "7"] {
        assert!(one == sweep(threads), "{threads} threads");
    }
    let table = rows(&one.0);
    let at: Vec<(&str, &str)> = table
        .iter()
        .map(|row| (row["fleet.repaired"].as_str(), row["chip.slip (factor)"].as_str()))
        .collect();
    let expected =
        [("0.7", "0.5"), ("0.7", "1"), ("0.8", "0.5"), ("0.8", "1"), ("0.9", "0.5"), ("0.9", "1")];
    assert_eq!(at, expected);
}

#[test]
fn failed_points_are_told_and_the_rest_is_kept() {
    let outcome = Sim::starter()
        .args("sweep s.toml --draws 300 --no-charts --out out/w")
        .args("--over capex.growth.stay=0.3,0.5,0.95 --metric facility.power@2026Q4")
        .run()
        .exits(3)
        .says("failed")
        .remarks("point 1 failed, capex.growth.stay=0.3: ")
        .remarks("`stay` must lie between 0.4 and 0.9")
        .remarks("point 3 failed");
    let kept = rows(&outcome.text("out/w/sweep.csv"));
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0]["point"].as_str(), kept[0]["capex.growth.stay"].as_str()), ("2", "0.5"));
    let failed = rows(&outcome.text("out/w/failed.csv"));
    let numbers: Vec<&str> = failed.iter().map(|row| row["point"].as_str()).collect();
    assert_eq!(numbers, ["1", "3"]);
    assert!(failed[0]["reason"].contains("stay"), "{failed:?}");
    let none = outcome
        .then()
        .args("sweep s.toml --draws 300 --out out/none")
        .args("--over fleet.repired=0.7,0.8 --metric facility.power@2026Q4")
        .run()
        .exits(3)
        .remarks("none of the 2 points can be run")
        .remarks("did you mean `repaired`?");
    assert!(!none.path("out/none").exists());
}

#[test]
fn wrong_requests_are_refused_before_anything_is_run() {
    for (arguments, message) in [
        ("--over fleet.repaired=0.9..0.7:3", "write fleet.repaired=0.7..0.9:3"),
        ("--over fleet.repaired=0.7..0.9", "does not say how many values"),
        ("--over fleet.repaired=0.8 --over fleet.repaired=0.9", "stands twice"),
        ("--over run.draws=10,20", "choose it with --draws"),
        ("--over fleet.repaired=0.8,0.9 --metric facility.pwr@2026Q4", "did you mean"),
        ("--over fleet.repaired=0.8,0.9 --metric facility.power@2051Q4", "lies outside of"),
        ("--over fleet.repaired=0.8,0.9 --target nothing", "no metric or target"),
        ("--design sampled:5", "--over"),
        ("--over fleet.repaired=0.8,0.9 --design latin:5", "sampled:N"),
    ] {
        let outcome = Sim::starter().args("sweep s.toml --draws 100").args(arguments).run();
        let outcome = outcome.exits(2).remarks(message);
        assert_eq!(outcome.entries(), ["s.toml"], "{arguments}");
    }
    // A range that needs a unit is shown with the one that the scenario writes there.
    for (over, told) in [
        ("chip.current.price=30..45:3", "--over 'chip.current.price=30..45 k USD:3'"),
        ("chip.slip=1..2:3", "--over 'chip.slip=1..2 quarters:3'"),
    ] {
        let outcome = Sim::starter().args("sweep s.toml --draws 100 --over").arg(over).run();
        outcome.exits(3).remarks("which needs a unit").remarks(told);
    }
    // A wrong unit has the message that it has after --set.
    Sim::starter()
        .args("sweep s.toml --draws 100")
        .arg("--over=chip.slip=1 MW,2 MW")
        .run()
        .exits(3)
        .remarks("MW");
}

#[test]
fn sampled_designs_and_tables_of_points() {
    let sampled = || {
        Sim::starter()
            .args("sweep s.toml --draws 100 --quiet --no-charts --out out/w --design sampled:8")
            .args("--over fleet.repaired=0.6..0.92 --over chip.slip=x0.5..x2")
            .args("--metric facility.power@2026Q4")
            .run()
            .exits(0)
    };
    let outcome = sampled();
    let text = outcome.text("out/w/sweep.csv");
    assert_eq!(text, sampled().text("out/w/sweep.csv"));
    let mut strata: Vec<usize> = rows(&text)
        .iter()
        .map(|row| ((row["fleet.repaired"].parse::<f64>().unwrap() - 0.6) / 0.04) as usize)
        .collect();
    strata.sort_unstable();
    assert_eq!(strata, (0..8).collect::<Vec<_>>());

    let table = Sim::starter()
        .file("p.csv", "fleet.repaired,chip.slip\n0.8,x2\n,x0.5\n")
        .args("sweep s.toml --points p.csv --draws 100 --quiet --no-charts --out out/w")
        .args("--metric facility.power@2026Q4")
        .run()
        .exits(0);
    let found = rows(&table.text("out/w/sweep.csv"));
    assert_eq!(found[0]["fleet.repaired"], "0.8");
    assert_eq!(
        (found[1]["fleet.repaired"].as_str(), found[1]["chip.slip (factor)"].as_str()),
        ("", "0.5")
    );
}

#[test]
fn a_folder_has_tables_and_charts_and_is_replaced_as_a_whole() {
    let outcome = Sim::starter()
        .args("sweep s.toml --draws 200 --quiet --out out/w")
        .args("--over fleet.repaired=0.7,0.8 --over chip.slip=x0.5,x1")
        .args("--metric facility.power@2026Q4")
        .run()
        .exits(0);
    for file in ["sweep.csv", "sweep.json", "run.json"] {
        assert!(outcome.path("out/w").join(file).is_file(), "{file}");
    }
    for ending in ["svg", "png"] {
        let file = format!("out/w/charts/heatmap-facility.power-2026Q4.{ending}");
        assert!(outcome.path(&file).is_file(), "{file}");
    }
    let json = outcome
        .then()
        .args("sweep s.toml --draws 200 --quiet --json --out out/w")
        .args("--over fleet.repaired=0.7,0.8 --metric facility.power@2026Q4")
        .run()
        .exits(0);
    let told = json.json();
    assert_eq!(told["points"][1]["values"]["fleet.repaired"], 0.8);
    assert!(told["points"][1]["figures"]["facility.power@2026Q4"]["p50"].as_f64().unwrap() > 0.0);
    assert!(json.path("out/w/charts/line-facility.power-2026Q4.svg").is_file());
    assert!(!json.path("out/w/charts/heatmap-facility.power-2026Q4.svg").exists());
}

#[cfg(unix)]
#[test]
fn an_interrupted_sweep_leaves_nothing_behind() {
    let first = Sim::starter()
        .args("sweep s.toml --draws 1e9 --over fleet.repaired=0.7..0.9:9")
        .args("--metric facility.power@2026Q4")
        .interrupted();
    assert!(first.contains("9 points"), "{first}");
}
