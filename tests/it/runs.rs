//! The runs so far.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{ESCAPE, Outcome, STARTER, Sim};

const LEAD: &str = "supply.lead=\"2 to 3 quarters\"";

/// Two runs in `out`, the second with another lead time and more draws.
fn two_runs() -> Outcome {
    let first = Sim::starter().args("run s.toml --draws 1024 --no-charts -q").run().exits(0);
    let mut second = first.command();
    second.args(["run", "s.toml", "--draws", "2048", "--no-charts", "-q", "--out", "out/lead"]);
    second.stdout(std::process::Stdio::null());
    assert!(second.args(["--set", LEAD]).status().unwrap().success());
    first
}

fn json(outcome: &Outcome, arguments: &[&str]) -> Value {
    let mut command = outcome.command();
    let output = command.args(arguments).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(outcome: &Outcome, width: &str, arguments: &[&str]) -> String {
    let output = outcome.command().env("COLUMNS", width).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let limit: usize = width.parse().unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= limit), "{text}");
    assert!(!text.contains(ESCAPE));
    text
}

#[test]
fn runs_are_listed_filtered_and_shown() {
    let runs = two_runs();
    let all = json(&runs, &["runs"]);
    let names = |list: &Value| -> Vec<String> {
        let mut names: Vec<String> = list["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&all), ["lead", "s"]);
    assert_eq!(all["left_out"], serde_json::json!([]));
    assert_eq!(names(&json(&runs, &["runs", "--scenario", "LEAD"])), ["lead"]);
    assert_eq!(names(&json(&runs, &["runs", "out/lead"])), ["lead"]);
    assert!(names(&json(&runs, &["runs", "--since", "2200-01-01"])).is_empty());
    assert_eq!(names(&json(&runs, &["runs", "--since", "2020-01-01"])).len(), 2);
    let last = json(&runs, &["runs", "show", "s"]);
    let period = last["headline"]["fleet.h100e"]["values"].as_object().unwrap();
    let (period, range) = period.iter().next_back().unwrap();
    let metric = format!("fleet.h100e@{period}");
    let listed = json(&runs, &["runs", "--metric", &metric, "--scenario", "s"]);
    let row = listed["runs"].as_array().unwrap().iter().find(|run| run["name"] == "s").unwrap();
    assert_eq!(row[&metric], *range);
    for width in ["80", "120"] {
        let list = text(&runs, width, &["runs", "--metric", &metric]);
        assert!(
            list.contains("lead") && list.contains("H100e") && list.contains("2,048"),
            "{list}"
        );
        let page = text(&runs, width, &["runs", "show", "lead"]);
        assert!(page.contains("2,048 draws") && page.contains("Fleet"), "{page}");
    }
}

#[test]
fn the_headline_is_that_of_the_run() {
    let run = Sim::starter().args("run s.toml --draws 2000 --no-charts -q --json --out out/s");
    let run = run.run().exits(0);
    let record: Value = serde_json::from_str(&run.text("out/s/run.json")).unwrap();
    let mut compared = 0;
    for row in run.json()["headline"].as_array().unwrap() {
        for (period, range) in row["values"].as_object().unwrap() {
            let own = &record["headline"][row["metric"].as_str().unwrap()]["values"][period];
            assert_eq!(own, range, "{row}");
            compared += 1;
        }
    }
    assert!(compared > 10);
}

#[test]
fn a_diff_names_what_was_changed_and_nothing_else() {
    let runs = two_runs();
    let diff = json(&runs, &["runs", "diff", "s", "lead"]);
    let inputs = diff["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 1, "{inputs:?}");
    assert_eq!(inputs[0]["key"], "supply.lead");
    assert_eq!(inputs[0]["new"]["value"], "\"2 to 3 quarters\"");
    let settings: Vec<&str> = diff["settings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["setting"].as_str().unwrap())
        .collect();
    assert_eq!(settings, ["draws", "digest"]);
    for headline in diff["headline"].as_array().unwrap() {
        let number = |key: &str| headline[key].as_f64().unwrap();
        assert!(
            (number("new") - number("old") - number("change")).abs() <= 1e-9 * number("new").abs()
        );
        assert!(number("error") >= 0.0);
    }
    for width in ["80", "120"] {
        let page = text(&runs, width, &["runs", "diff", "s", "lead"]);
        assert!(page.contains("supply.lead") && page.contains("2 to 3 quarters"), "{page}");
    }
    let same = text(&runs, "100", &["runs", "diff", "s", "s"]);
    assert!(same.contains("Inputs\nThe same."), "{same}");
}

#[test]
fn what_is_no_run_is_named_and_stops_nothing() {
    let runs = two_runs();
    for (folder, text) in [
        ("broken", "{\"fleetcast\": \"run/1\", \"version\": \"0.1"),
        ("foreign", "{\"name\": \"something else\"}"),
        ("old", "{\"fleetcast\": \"run/1\", \"version\": \"0.0.1\"}"),
        ("binary", "\u{0}\u{1}"),
    ] {
        std::fs::create_dir_all(runs.path(format!("out/{folder}"))).unwrap();
        std::fs::write(runs.path(format!("out/{folder}/run.json")), text).unwrap();
    }
    std::fs::create_dir_all(runs.path("out/empty")).unwrap();
    std::fs::create_dir_all(runs.path("out/.lead.partial-1/new")).unwrap();
    std::fs::write(runs.path("out/README.md"), "mine").unwrap();
    let all = json(&runs, &["runs"]);
    assert_eq!(all["runs"].as_array().unwrap().len(), 2);
    let why = |name: &str| {
        let left = all["left_out"].as_array().unwrap();
        left.iter()
            .find(|out| out["name"] == name)
            .map(|out| out["why"].as_str().unwrap().to_owned())
    };
    for (name, part) in [
        ("broken", "damaged"),
        ("foreign", "another program"),
        ("old", "lacks something"),
        ("binary", "damaged"),
        ("empty", "no run.json"),
    ] {
        assert!(why(name).is_some_and(|why| why.contains(part)), "{name}: {:?}", why(name));
    }
    assert_eq!(all["left_out"].as_array().unwrap().len(), 5);
    let output = runs.command().args(["runs"]).output().unwrap();
    assert!(output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("left out broken: its run.json is damaged")
    );
    let one = runs.command().args(["runs", "show", "foreign"]).output().unwrap();
    assert_eq!(one.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&one.stderr).contains("another program"));
}

#[test]
fn a_thousand_runs_are_read() {
    let run = Sim::starter().args("run s.toml --draws 512 --no-charts -q --out one").run().exits(0);
    let record = run.text("one/run.json");
    assert_eq!(record.matches("\"draws\": 512,").count(), 1);
    for number in 0..1_000 {
        let folder = run.path(format!("many/r{number:04}"));
        std::fs::create_dir_all(&folder).unwrap();
        let mut draws = String::new();
        write!(draws, "\"draws\": {},", 1_000 + number).unwrap();
        std::fs::write(folder.join("run.json"), record.replace("\"draws\": 512,", &draws)).unwrap();
    }
    let all = json(&run, &["runs", "many"]);
    let list = all["runs"].as_array().unwrap();
    assert_eq!(list.len(), 1_000);
    let mut draws: Vec<u64> = list.iter().map(|run| run["draws"].as_u64().unwrap()).collect();
    draws.sort_unstable();
    assert_eq!(draws, (1_000..2_000).collect::<Vec<u64>>());
    assert!(list.iter().all(|run| {
        let number: u64 = run["name"].as_str().unwrap()[1..].parse().unwrap();
        run["draws"] == 1_000 + number
    }));
}

#[test]
fn what_cannot_be_listed_is_refused() {
    let none = || Sim::new().file("s.toml", STARTER);
    none().args("runs").run().exits(4).remarks("cannot read the folder `out`");
    none().args("runs show nothing").run().exits(4).remarks("there is no run `nothing`");
    none().args("runs diff a b").run().exits(4);
    let runs = || none().args("runs .");
    runs().args("--since yesterday").run().exits(2).remarks("--since 2026-11-22");
    runs().args("--metric fleet.h100e").run().exits(2).remarks("fleet.h100e@2026");
    let one = Sim::starter().args("run s.toml --draws 512 --no-charts -q").run().exits(0);
    let output = one.command().args(["runs", "--metric", "fleet.h100f@2026"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("headlines have"));
}
