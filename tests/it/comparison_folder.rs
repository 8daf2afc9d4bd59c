//! The folder of a comparison, years later: its scenarios are gone, and it is reported on, charted and
//! compared all the same.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Outcome, Sim};

/// A comparison of the starter scenario with two changes, without the file of the scenario.
fn made(more: &str) -> (Outcome, String) {
    let compared = Sim::starter()
        .args("compare s.toml --set fleet.repaired=0.5 --set")
        .arg("supply.share=\"5 to 10 %\"")
        .args("--draws 512 --quiet")
        .args(more)
        .run()
        .exits(0);
    std::fs::remove_file(compared.path("s.toml")).unwrap();
    let folder = std::fs::read_dir(compared.path("out/compare")).unwrap().next().unwrap().unwrap();
    let name = folder.file_name().into_string().unwrap();
    (compared, format!("out/compare/{name}"))
}

#[test]
fn its_page_is_made_again_to_the_byte() {
    let (made, folder) = made("");
    let pages = ["report.html", "report.md"].map(|file| format!("{folder}/{file}"));
    let before = [made.text(&pages[0]), made.text(&pages[1])];
    for page in &pages {
        std::fs::remove_file(made.path(page)).unwrap();
    }
    for side in ["a", "b"] {
        std::fs::remove_file(made.path(format!("{folder}/{side}.resolved.toml"))).unwrap();
    }
    let manifest = made.text(&format!("{folder}/run.json"));
    let again = made.then().args("report").arg(&folder).run().exits(0).remarks("report.html");
    assert!(again.text(&pages[0]) == before[0], "the page is another one");
    assert!(again.text(&pages[1]) == before[1]);
    assert_eq!(again.text(&format!("{folder}/run.json")), manifest, "nothing new is in the folder");
    let sheet = again.then().args("report --xlsx").arg(&folder).run().exits(0);
    let bytes = std::fs::read(sheet.path(format!("{folder}/report.xlsx"))).unwrap();
    assert!(bytes.starts_with(b"PK"));
    assert!(sheet.text(&format!("{folder}/run.json")).contains("\"report.xlsx\""));
}

#[test]
fn its_charts_are_drawn_in_other_sizes_and_of_other_metrics() {
    let (made, folder) = made("--no-charts");
    let drawn = made.then().args("chart --out c --size 800x450").arg(&folder).run().exits(0);
    drawn.path("c/waterfall.svg").metadata().unwrap();
    drawn.path("c/difference-fan.facility.power.png").metadata().unwrap();
    let one = drawn.then().args("chart --out d --format svg --metric fleet.chips").arg(&folder);
    let one = one.run().exits(0);
    assert_eq!(one.stdout.lines().collect::<Vec<_>>(), ["d/difference-fan.fleet.chips.svg"]);
    let mut last = one;
    for (arguments, message) in [
        ("--chart fan", "no chart of a comparison"),
        ("--chart waterfal", "did you mean `waterfall`?"),
        ("--metric fleet.chip", "did you mean `fleet.chips`?"),
        ("--at 2026Q4", "--bridge"),
        ("--chart waterfall --metric fleet.chips", "does not take --metric"),
    ] {
        last = last.then().args("chart").args(arguments).arg(&folder).run().exits(2);
        last = last.remarks(message);
    }
}

#[test]
fn both_sides_are_run_again_for_other_questions() {
    let (made, folder) = made("--no-charts");
    let command = made.text(&format!("{folder}/report.md"));
    let first: Value =
        serde_json::from_str(&made.text(&format!("{folder}/comparison.json"))).unwrap();
    let again = made.then().args("compare --quiet --json --no-charts --bridge fleet.h100e@2027Q4");
    let again = again.arg(&folder).run().exits(0);
    let second = again.json();
    assert_eq!(second["metrics"], first["metrics"], "the same draws give the same differences");
    assert_eq!(second["first"]["name"], first["first"]["name"]);
    assert_eq!(second["bridges"][0]["headline"], "fleet.h100e@2027Q4");
    assert!(again.path(format!("{folder}-again/run.json")).is_file());
    assert_eq!(again.text(&format!("{folder}/report.md")), command, "the record stays");
    let watch = again.then().args("compare --quiet --no-charts --no-bridge --fail-if");
    watch.arg("fleet.h100e@2027Q4 abs > 0.01%").arg(&folder).run().exits(5);
}

#[test]
fn folders_of_other_kinds_are_told_apart() {
    let (made, folder) = made("--no-charts --no-bridge");
    let chart = made.then().args("chart --chart waterfall").arg(&folder).run().exits(2);
    let two = chart.remarks("without a bridge").then().args("chart").arg(&folder).arg(&folder);
    let listed = two.run().exits(2).remarks("holds a comparison").then().args("runs out/compare");
    let listed = listed.run().exits(0).remarks("it holds a comparison");
    let damaged: PathBuf = listed.path(format!("{folder}/comparison.json"));
    std::fs::write(&damaged, "{\"fleetcast\": \"comparison/9\"}").unwrap();
    listed.then().args("report").arg(&folder).run().exits(4).remarks("comparison/9");
}
