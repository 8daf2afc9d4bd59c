//! Runs set beside each other: pairing, the bridge, folders, and what a build can watch.

use std::collections::BTreeMap;

use fleetcast::engine::{Execution, Silent, simulate, simulate_pair};
use fleetcast::results::Summaries;
use fleetcast::vector::Isa;
use serde_json::Value;

use crate::support::library::{Folder, planned, repository, valid};
use crate::support::{STARTER, Sim, files_below};

fn shipped(path: &str) -> String {
    repository("scenarios").join(path).to_str().unwrap().to_owned()
}

/// A comparison as JSON.
fn compared(sim: Sim) -> Value {
    sim.args("--quiet --json --no-charts").run().exits(0).json()
}

fn period<'a>(comparison: &'a Value, metric: &str, period: &str) -> &'a Value {
    let metrics = comparison["metrics"].as_array().unwrap();
    let metric = metrics.iter().find(|one| one["name"] == metric).unwrap();
    let list = if period.contains('Q') { "quarters" } else { "years" };
    metric[list].as_array().unwrap().iter().find(|one| one["period"] == period).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

/// Change, sum of the bars, and bars by name with their errors.
fn bars(bridge: &Value) -> (f64, f64, BTreeMap<String, (f64, f64)>) {
    let bars = bridge["bars"].as_array().unwrap().iter();
    let bars: BTreeMap<String, (f64, f64)> = bars
        .map(|bar| {
            let name = bar["name"].as_str().unwrap().to_owned();
            (name, (number(&bar["value"]), number(&bar["error"])))
        })
        .collect();
    let change = number(&bridge["to"]) - number(&bridge["from"]);
    (change, bars.values().map(|(value, _)| value).sum(), bars)
}

#[test]
fn bridges_of_shipped_pairs_sum_to_the_difference() {
    let base = "meta-2024-07.toml";
    for (first, second, overlay) in [
        (base, "", "slow-grid"),
        (base, "", "tight-chips"),
        (base, "", "capex-low"),
        (base, "", "server-life-5"),
        ("meta-2024-02.toml", base, ""),
        ("amazon-2026-09.toml", "google-2026-09.toml", ""),
    ] {
        let mut sim = Sim::new().args("compare").arg(&shipped(first));
        if !second.is_empty() {
            sim = sim.arg(&shipped(second));
        }
        if !overlay.is_empty() {
            sim = sim.args("--with").arg(&shipped(&format!("overlays/{overlay}.toml")));
        }
        let figure = "finance.free_cash_flow@2028";
        let comparison = compared(sim.args("--draws 256 --bridge").arg(figure));
        let (change, sum, bars) = bars(&comparison["bridges"][0]);
        assert!(bars.len() > 1 || !overlay.is_empty(), "{bars:?}");
        let size = change.abs().max(number(&comparison["bridges"][0]["from"]).abs());
        assert!((change - sum).abs() <= 1e-9 * size, "{first} {second}{overlay}: {change} {sum}");
        // The same draws as those of the comparison: the same difference.
        let mean = number(&period(&comparison, "finance.free_cash_flow", "2028")["mean"]["value"]);
        assert!((change - mean).abs() <= 1e-9 * size, "{first}: {change} {mean}");
    }
}

/// The starter scenario with constants for the use and the price of electricity.
fn electricity(utilization: &str, price: &str) -> String {
    let text = STARTER
        .replace("{ dist = \"triangular\", min = 0.50, mode = 0.62, max = 0.75 }", utilization)
        .replace("\"5 / 8 / 11 c/kWh\"", &format!("\"{price} c/kWh\""));
    assert_ne!(text, STARTER);
    text
}

#[test]
fn a_planted_change_is_charged_to_its_input_alone() {
    let second =
        electricity("0.6", "8").replace("\"5 / 12 / 20 %/year\"", "\"5 / 12 / 21 %/year\"");
    let sim = Sim::new().file("a.toml", &electricity("0.5", "8")).file("b.toml", &second);
    let args = "compare a.toml b.toml --draws 512 --bridge energy.cost@2026Q1";
    let comparison = compared(sim.args(args));
    let (change, _, bars) = bars(&comparison["bridges"][0]);
    assert!(change > 0.0);
    // No chip has a successor in the first quarter, so that prices do not fall by then.
    assert_eq!(bars.len(), 2, "{bars:?}");
    assert!(bars["chip.price_decline"].0.abs() <= 1e-12 * change, "{bars:?}");
    assert!((bars["energy.utilization"].0 - change).abs() <= 1e-12 * change, "{bars:?}");
}

#[test]
fn an_interaction_is_shared_as_the_closed_form_says() {
    let sim = Sim::new()
        .file("a.toml", &electricity("0.5", "8"))
        .file("b.toml", &electricity("0.6", "12"));
    let comparison =
        compared(sim.args("compare a.toml b.toml --draws 1024 --bridge energy.cost@2027Q4"));
    let bridge = &comparison["bridges"][0];
    let (_, _, bars) = bars(bridge);
    // cost = M · utilization · price, with M what all else comes to.
    let m = number(&bridge["from"]) / (0.5 * 8.0);
    for (name, expected) in
        [("energy.utilization", m * 0.1 * 10.0), ("energy.price", m * 4.0 * 0.55)]
    {
        let (value, error) = bars[name];
        assert!((value - expected).abs() <= 5.0 * error, "{name}: {value} ± {error}, {expected}");
        assert!((value - expected).abs() <= 1e-9 * expected, "{name}: {value} {expected}");
        assert!(error > 0.0 && error < 0.1 * value, "{name}: {error}");
    }
}

#[test]
fn pairing_tells_cheaper_chips_five_times_more_sharply() {
    let mut sim = Sim::new().args("compare").arg(&shipped("meta-2024-07.toml"));
    for chip in ["h100", "b200", "b300", "rubin", "rubin-ultra", "next"] {
        sim = sim.args("--set").arg(&format!("scale.\"chip.{chip}.price\"=0.9"));
    }
    let run = sim.args("--draws 2048 --no-bridge --no-charts --quiet").run().exits(0);
    run.says("times more sharply than as many unpaired draws would");
    let mut sim = Sim::new().args("compare").arg(&shipped("meta-2024-07.toml"));
    for chip in ["h100", "b200", "b300", "rubin", "rubin-ultra", "next"] {
        sim = sim.args("--set").arg(&format!("scale.\"chip.{chip}.price\"=0.9"));
    }
    let comparison = compared(sim.args("--draws 2048 --no-bridge"));
    let one = period(&comparison, "facility.power", "2026Q4");
    let mean = &one["mean"];
    let width = number(&mean["high"]) - number(&mean["low"]);
    let error = |side: &str| number(&one[side]["sd"]) / 2048_f64.sqrt();
    let (a, b) = (error("first"), error("second"));
    let unpaired = 2.0 * 1.96 * (a * a + b * b).sqrt();
    assert!(unpaired > 5.0 * width, "{unpaired} {width}");
    assert!((number(&one["variance_ratio"]).sqrt() - unpaired / width).abs() < 0.01);
    assert!(number(&mean["low"]) > 0.0, "cheaper chips, more of them: {mean}");
}

#[test]
fn runs_in_lockstep_are_what_they_are_alone() {
    let folder = Folder(repository("scenarios"));
    let first = planned(&valid(&folder, "meta-2024-07.toml", &[], &[]));
    let second = planned(&valid(&folder, "meta-2024-07.toml", &["overlays/slow-grid.toml"], &[]));
    let draws = 1500;
    let execution = Execution { threads: 2, block: 256, isa: Isa::detect() };
    let pair = simulate_pair([&first, &second], draws, execution, &Silent).unwrap();
    let alone = |plan| simulate(plan, draws, execution, &Silent).unwrap();
    let same = |a: &Summaries, b: &Summaries| a == b;
    for (plan, found) in [(&first, &pair.first), (&second, &pair.second)] {
        let (summaries, kept) = alone(plan);
        assert!(same(&summaries, &found.0), "the summaries differ");
        assert!(kept == found.1, "the kept draws differ");
    }
    // Sums of differences are differences of sums.
    let power = pair.pairs.metrics.iter().find(|metric| metric.name == "facility.power").unwrap();
    let (_, last) = power.quarters.last().unwrap();
    let mean = |found: &Summaries| {
        found.metric("facility.power").unwrap().quarters.last().unwrap().moments.mean().unwrap()
    };
    let expected = mean(&pair.second.0) - mean(&pair.first.0);
    let found = last.difference.moments.mean().unwrap();
    assert!((found - expected).abs() < 1e-9 * mean(&pair.first.0), "{found} {expected}");
    assert_eq!(last.counts.count(), draws);
}

#[test]
fn threads_and_blocks_move_no_byte() {
    let mut all = Vec::new();
    for machine in ["--threads 1", "--threads 2 --block-size 64", "--threads 7 --block-size 1024"] {
        let run = Sim::starter()
            .args("compare s.toml --set fleet.repaired=0.5 --set energy.utilization=0.6")
            .args("--draws 3000 --bridge energy.cost@2027")
            .args(machine)
            .run()
            .exits(0);
        let mut found = files_below(&run.path("out/compare"));
        found.insert("printed".to_owned(), run.stdout.clone().into_bytes());
        all.push(found);
    }
    assert!(all[0].len() > 10, "{:?}", all[0].keys());
    for other in &all[1..] {
        assert_eq!(all[0].keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (name, bytes) in &all[0] {
            assert!(bytes == &other[name], "{name} differs");
        }
    }
}

#[test]
fn a_scenario_beside_itself_differs_in_nothing() {
    let run = Sim::starter().args("compare s.toml s.toml --draws 300").run().exits(0);
    let run = run.says("No value of the inputs.").says("No draw of any metric differs.");
    assert_eq!(run.entries(), ["out", "s.toml"]);
    let comparison = compared(Sim::starter().args("compare s.toml s.toml --draws 300"));
    assert_eq!(comparison["changes"], serde_json::json!([]));
    for metric in comparison["metrics"].as_array().unwrap() {
        for one in metric["quarters"].as_array().unwrap() {
            for interval in one["percentiles"].as_array().unwrap().iter().chain([&one["mean"]]) {
                for end in ["value", "low", "high"] {
                    let value = interval[end].as_f64();
                    // What no draw has is not a number, and written as nothing.
                    assert!(value.is_none_or(|x| x.abs() <= 0.0), "{metric}");
                }
            }
            assert_eq!(one["of_draws"]["draws_above"], 0, "{metric}");
        }
        assert_eq!(metric["apart_from"], Value::Null);
    }
}

#[test]
fn run_folders_are_compared_without_their_scenario_files() {
    let sim = Sim::starter();
    let run = |sim: Sim, args: &str| sim.args(args).run().exits(0);
    let first = run(sim, "run s.toml --draws 600 --no-charts --quiet --out out/a");
    let folder = first.path("");
    let again = |args: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_fleetcast"))
            .args(args.split_whitespace())
            .current_dir(&folder)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let second = "run s.toml --set fleet.repaired=0.5 --draws 600 --no-charts --quiet --out out/b";
    assert_eq!(again(second).0, Some(0));
    std::fs::remove_file(folder.join("s.toml")).unwrap();
    let paired = "compare out/a out/b --baseline out/a --quiet --json --no-charts";
    let (status, told, remarks) = again(paired);
    assert_eq!(status, Some(0), "{remarks}");
    let comparison: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(comparison["paired"], true);
    assert_eq!(comparison["changes"][0]["key"], "fleet.repaired");
    assert_eq!(comparison["changes"].as_array().unwrap().len(), 1);
    // Of another engine, only summaries can be compared, and that is said.
    let path = folder.join("out/b/run.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let engine = text.lines().find(|line| line.contains("\"engine\"")).unwrap().to_owned();
    std::fs::write(&path, text.replace(&engine, "  \"engine\": 999,")).unwrap();
    let (status, told, remarks) = again(paired);
    assert_eq!(status, Some(0), "{remarks}");
    let page = std::fs::read_to_string(folder.join("out/compare/a-vs-b/report.md")).unwrap();
    assert!(page.contains("B differs from A in `fleet.repaired`"), "{page}");
    assert!(page.contains("do not share their random numbers"), "{page}");
    let comparison: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(comparison["paired"], false);
    let notes = comparison["notes"].to_string();
    assert!(notes.contains("engine 999") && notes.contains("variance ratio is 1"), "{notes}");
    assert_eq!(comparison["changes"][0]["key"], "fleet.repaired");
    let one = period(&comparison, "fleet.h100e", "2027Q4");
    assert_eq!(one["variance_ratio"].to_string(), "1.0");
    assert_eq!(one["of_draws"], Value::Null);
    // A comparison is no run.
    let (status, _, remarks) = again("compare out/a out/compare/a-vs-b");
    assert_eq!(status, Some(2), "{remarks}");
    assert!(remarks.contains("holds a comparison"), "{remarks}");
}

/// Where both sides of each change were set, by key.
fn places(comparison: &Value) -> BTreeMap<String, [String; 2]> {
    let of =
        |change: &Value, side: &str| change[side]["set_at"].as_str().unwrap_or_default().to_owned();
    let changes = comparison["changes"].as_array().unwrap().iter();
    changes
        .map(|change| {
            let key = change["key"].as_str().unwrap().to_owned();
            (key, [of(change, "first"), of(change, "second")])
        })
        .collect()
}

/// A key of the starter scenario, and how it stands there.
const KEY: &str = "finance.book_value";
const BOOK_VALUE: &str = "book_value                 = \"40 B USD\"";

/// The first line of the starter scenario that holds this, from 1.
fn line(of: &str) -> usize {
    STARTER.lines().position(|line| line.contains(of)).unwrap() + 1
}

#[test]
fn changes_between_run_folders_are_placed_in_the_files_of_the_user() {
    let changed = STARTER
        .replace(BOOK_VALUE, "book_value                 = \"41 B USD\"")
        .replace("\"12.6 B USD\"", "\"12.7 B USD\"");
    let sim = Sim::starter().file("sub/mine.toml", &changed);
    let run = "--draws 128 --no-charts --quiet --out";
    let first = sim.args("run s.toml").args(run).arg("out/a").run().exits(0);
    let second = first.then().args("run sub/mine.toml --set fleet.repaired=0.5").args(run);
    let second = second.arg("out/b").run().exits(0);
    let compare = "compare out/a out/b --quiet --json --no-charts --no-bridge";
    let of_folders = second.then().args(compare).args("--out kept").run().exits(0);
    let found = places(&of_folders.json());
    let place = |key: &str| found[key].clone();
    let own = line(BOOK_VALUE);
    let expected = [format!("s.toml:{own}"), format!("sub/mine.toml:{own}")];
    assert_eq!(place(KEY), expected);
    assert_eq!(place("fleet.repaired")[1], "--set 1");
    assert!(found.keys().any(|key| key.starts_with("observation ")), "{found:?}");
    // They are those of the files themselves.
    let files = "compare s.toml sub/mine.toml --quiet --json --no-charts --no-bridge --draws 128";
    let of_files = of_folders.then().args(files).run().exits(0);
    for (key, sides) in places(&of_files.json()) {
        assert_eq!(sides, place(&key), "{key}");
    }
    // The folder of the comparison keeps them, too.
    let again = of_files.then().args("compare kept/s-vs-mine --quiet --json --no-charts");
    let again = again.arg("--no-bridge").run().exits(0);
    assert_eq!(places(&again.json()), found);
    // What is laid over a folder keeps its own place.
    let over = again.then().args("compare out/a --quiet --json --no-charts --no-bridge --set");
    let over = over.arg(&format!("{KEY}=42 B USD")).run().exits(0);
    assert_eq!(places(&over.json())[KEY], [expected[0].as_str(), "--set 1"]);
    // A folder of an earlier version has its own lines only, as has one whose scenario was changed.
    std::fs::remove_file(over.path("out/a/scenario.places.json")).unwrap();
    let resolved = over.text("out/b/scenario.resolved.toml");
    let resolved = format!("# mine\n{resolved}");
    std::fs::write(over.path("out/b/scenario.resolved.toml"), resolved).unwrap();
    let before = over.then().args(compare).run().exits(0);
    let [a, b] = &places(&before.json())[KEY];
    assert!(a.starts_with("out/a/scenario.resolved.toml:"), "{a}");
    assert!(b.starts_with("out/b/scenario.resolved.toml:"), "{b}");
}

#[test]
fn a_build_can_watch_a_forecast() {
    let watch = |condition: &str| {
        Sim::starter()
            .args("compare s.toml --set energy.utilization=0.9 --draws 256 --no-bridge --quiet")
            .args("--no-charts --fail-if")
            .arg(condition)
            .run()
    };
    watch("energy.cost@2027 > 5%").exits(5).remarks("fails: energy.cost@2027 > 5%");
    watch("energy.cost@2027 > 500%").exits(0);
    watch("energy.cost@2027 mean >= 1 k USD").exits(5);
    watch("energy.cost@2027Q1 < 0%").exits(0);
    watch("energy.cost@2027 abs > 5%").exits(5);
    watch("energy.cost@2027 > 5").exits(2).remarks("has no unit");
    watch("energy.csot@2027 > 5%").exits(2).remarks("did you mean `energy.cost`?");
    watch("energy.cost@1999 > 5%").exits(2).remarks("lies outside of");
    watch("energy.cost@2027").exits(2).remarks("write for example");
}

#[test]
fn what_cannot_be_compared_is_said() {
    Sim::starter().args("compare s.toml").run().exits(2).remarks("there is one run only");
    let with = "compare s.toml --set fleet.repaired=0.5 --draws 128";
    Sim::starter().args(with).args("--bridge fleet.h100").run().exits(2).remarks("--bridge");
    let group = Sim::starter().args(with).args("--group a=chip.* --bridge fleet.h100e@2027Q4");
    let group = group.run().exits(2).remarks("what differs: fleet.repaired");
    assert_eq!(group.entries(), ["s.toml"], "nothing is left behind");
    Sim::starter().args(with).args("--baseline x").run().exits(2).remarks("none of the 2 runs");
    Sim::starter().args("compare s.toml missing.toml").run().exits(4).remarks("missing.toml");
    let bad = Sim::starter().args("compare s.toml --set fleet.repaired=high").run().exits(3);
    assert_eq!(bad.entries(), ["s.toml"], "nothing is left behind");
}

#[test]
fn every_format_is_written() {
    let with = "compare s.toml --set fleet.repaired=0.5 --draws 512 --quiet --format";
    let run = |format: &str| Sim::starter().args(with).args(format).run().exits(0);
    run("terminal").says("What differs").says("fleet.repaired").says("Bridge");
    run("markdown").says("## What differs").says("| fleet.repaired |").says("Make it again");
    run("csv").says("metric,label,unit,period,a_mean");
    let html = run("html").says("<!DOCTYPE html>").says("fleet.repaired").says("<svg");
    assert!(!html.stdout.contains("href=\"http"), "no request to any network");
    let folder = std::fs::read_dir(html.path("out/compare")).unwrap().next().unwrap().unwrap();
    let file = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(file("report.html") == html.stdout, "the page of the folder is printed");
    let markdown = file("report.md");
    assert!(markdown.contains("](<charts/waterfall.svg>)"), "{markdown}");
    for part in [
        "## Question and answer",
        "## What accounts for it",
        "Variance ratio",
        "sh\nfleetcast compare",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    let two = "compare s.toml s.toml s.toml --draws 128 --format html";
    Sim::starter().args(two).run().exits(2).remarks("prints one page");
    for line in Sim::starter().env("COLUMNS", "80").args(with).args("terminal").run().stdout.lines()
    {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn slips_that_are_set_at_once_are_one_bar_unless_told_apart() {
    let bridged = |more: &str| {
        let sim = Sim::new().args("compare").arg(&shipped("xai-2026-09.toml"));
        let sim =
            sim.args("--draws 256 --bridge facility.power@2028Q4 --set").arg("site.slip=90 d");
        let comparison = compared(sim.args(more));
        bars(&comparison["bridges"][0])
    };
    let (change, sum, one) = bridged("");
    assert_eq!(one.keys().collect::<Vec<_>>(), ["site.slip"]);
    assert!(change != 0.0 && (sum - change).abs() < 1e-9 * change.abs());
    let (same, _, each) = bridged("--each");
    assert!(each.len() > 1 && each.keys().all(|key| key.starts_with("site.stage.")), "{each:?}");
    assert!((same - change).abs() < 1e-12 * change.abs());
}

#[test]
fn single_values_reach_parameters_and_all_slips() {
    let show = |set: &str, key: &str| {
        let scenario = shipped("meta-2024-07.toml");
        Sim::new().args("show").arg(&scenario).arg(key).args("--set").arg(set).run().exits(0)
    };
    show("capex.growth.stay=0.5", "capex.growth").says("stay = 0.5").says("mean_log = 0.60");
    show("capex.growth.boom.mean_log=0.4", "capex.growth").says("mean_log = 0.4,");
    for stage in ["announced", "construction"] {
        show("site.slip=30 to 400 d", &format!("site.stage.{stage}.slip")).says("30 to 400 d");
    }
    let scenario = shipped("meta-2024-07.toml");
    let wrong = Sim::new().args("check").arg(&scenario).args("--set").arg("capex.growth.stays=0.5");
    wrong.run().exits(3);
}
