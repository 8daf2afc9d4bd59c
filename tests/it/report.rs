//! Reports: in every run folder, and from a run folder alone.

use crate::support::{Outcome, Sim};

fn run(more: &str) -> Outcome {
    Sim::starter().args("run s.toml --draws 256 --quiet --out o").args(more).run().exits(0)
}

fn listed(run: &Outcome) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(&run.text("o/run.json")).unwrap();
    let files = json["files"].as_array().unwrap().iter();
    files.map(|file| file.as_str().unwrap().to_owned()).collect()
}

fn bytes(run: &Outcome, file: &str) -> Vec<u8> {
    std::fs::read(run.path(file)).unwrap()
}

#[test]
fn every_run_has_a_report_and_the_folder_alone_gives_it_again() {
    let run = run("");
    let made = ["report.html", "report.md"].map(|file| run.text(&format!("o/{file}")));
    assert!(listed(&run).contains(&"report.html".to_owned()));
    assert!(!run.path("o/report.xlsx").exists());
    assert!(made[0].contains("<svg") && made[1].contains("](<charts/fan.fleet.h100e.svg>)"));
    // Years later: the scenario is gone, and so are the pages.
    for file in ["s.toml", "o/report.html", "o/report.md", "o/scenario.resolved.toml"] {
        std::fs::remove_file(run.path(file)).unwrap();
    }
    let json = run.text("o/run.json");
    let again = run.then().args("report o").run().exits(0).remarks("report.html");
    assert!(again.text("o/report.html") == made[0], "the page is another one");
    assert!(again.text("o/report.md") == made[1]);
    assert_eq!(again.text("o/run.json"), json, "nothing new is in the folder");
}

#[test]
fn a_spreadsheet_is_written_when_asked_for_and_listed() {
    let first = run("--no-charts --xlsx");
    let sheet = bytes(&first, "o/report.xlsx");
    assert!(sheet.starts_with(b"PK") && listed(&first).contains(&"report.xlsx".to_owned()));
    // Zip archives tell times to two seconds.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let later = run("--no-charts");
    let before = listed(&later);
    let later = later.then().args("report o --xlsx").run().exits(0);
    assert!(bytes(&later, "o/report.xlsx") == sheet, "bytes depend on the clock");
    let mut after = listed(&later);
    assert_ne!(after, before);
    after.retain(|file| file != "report.xlsx");
    assert_eq!(after, before);
    // The next run does not leave the sheet of the last one behind.
    let next = later.then().args("run s.toml --draws 256 --quiet --no-charts --out o").run();
    assert!(!next.exits(0).path("o/report.xlsx").exists());
}

#[test]
fn a_report_goes_where_it_is_told_to() {
    let run = run("").then().args("report o --out page.html").run().exits(0);
    assert_eq!(run.text("page.html"), run.text("o/report.html"));
    std::fs::create_dir(run.path("sub")).unwrap();
    let run = run.then().args("report o --out sub/page.md").run().exits(0);
    assert!(run.text("sub/page.md").contains("](<../o/charts/fan.fleet.h100e.svg>)"));
    let run = run.then().args("report o --format md --out -").run().exits(0);
    assert!(run.stdout.contains("](<o/charts/fan.fleet.h100e.svg>)"), "{}", run.stderr);
    let run = run.then().args("report o --format html").run().exits(0);
    assert_eq!(run.stderr.matches("wrote").count(), 1);
    let run = run.then().args("report o --out page.pdf").run().exits(2).remarks("--format");
    let run = run.then().args("report o --format xlsx --out -").run().exits(2);
    run.then().args("report o --xlsx --out page.html").run().exits(2);
}

#[test]
fn what_is_no_run_has_no_report() {
    Sim::starter().args("report .").run().exits(4).remarks("not a run folder");
    Sim::new().args("report nothing").run().exits(4);
    let run = run("--no-charts");
    let mut damaged = bytes(&run, "o/summary.bin");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(run.path("o/summary.bin"), damaged).unwrap();
    run.then().args("report o").run().exits(4).remarks("damaged");
}

#[test]
fn a_run_without_charts_gets_them_from_its_folder() {
    let run = run("--no-charts");
    assert!(run.text("o/report.html").contains("was made without charts"));
    let run = run.then().args("report o").run().exits(0);
    assert!(run.text("o/report.html").contains("<svg xmlns"));
    // There are no files of charts to show in Markdown: their words stand for them.
    let text = run.text("o/report.md");
    assert!(!text.contains("![") && text.contains("Fan chart. The median goes from"), "{text}");
}
