//! The page of charts with a picture of each, and `chart` as a user calls it.
//!
//! After a change of a chart, write page and pictures again with
//!
//! ```sh
//! FLEETCAST_ACCEPT=1 cargo test --test it gallery
//! ```
//!
//! Pictures are those of shipped scenarios with few draws; they need not follow every change of a number.

use std::path::{Path, PathBuf};

use fleetcast::charts::registry::Origin;
use fleetcast::charts::{CHARTS, without_font};

use crate::support::Sim;
use crate::support::library::{Texts, valid};

const ACCEPT: &str = "accept with: FLEETCAST_ACCEPT=1 cargo test --test it gallery";
/// Draws of the runs that the pictures show.
const DRAWS: &str = "--draws 4096";
/// Size of the pictures.
const SIZE: (u32, u32) = (900, 506);
/// Most bytes of all pictures.
const MOST: u64 = 1_500_000;

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn picture(name: &str) -> PathBuf {
    repository().join("docs/charts").join(format!("{name}.svg"))
}

#[test]
fn every_chart_has_its_place_and_picture_on_the_page() {
    let page = Sim::new().args("list charts --markdown").run().exits(0).stdout;
    let file = repository().join("docs/charts.md");
    if std::env::var_os("FLEETCAST_ACCEPT").is_some() {
        std::fs::write(&file, &page).unwrap();
        draw_all();
        draw_by_commands(&page);
    }
    let shipped = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(shipped == page, "docs/charts.md is out of date; {ACCEPT}");
    let mut total = 0;
    for chart in CHARTS {
        assert!(page.contains(&format!("\n## {}\n", chart.name)), "{}", chart.name);
        assert!(page.contains(&format!("](charts/{}.svg)", chart.name)), "{}", chart.name);
        let svg = std::fs::read_to_string(picture(chart.name)).unwrap_or_default();
        assert!(
            svg.starts_with("<svg ") && svg.contains("<title>"),
            "no picture of {}; {ACCEPT}",
            chart.name
        );
        assert!(svg.trim_end().ends_with("</svg>") && svg.len() > 2_000, "{}", chart.name);
        total += svg.len() as u64;
    }
    assert!(total < MOST, "all pictures have {total} bytes");
    for entry in std::fs::read_dir(repository().join("docs/charts")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = CHARTS.iter().any(|chart| format!("{}.svg", chart.name) == name);
        assert!(known, "docs/charts/{name} shows no chart");
    }
}

/// Draws the pictures of the page.
fn draw_all() {
    let run = |scenario: &str, more: &str| {
        let scenario = repository().join("scenarios").join(scenario);
        let sim = Sim::new().args("run --no-charts --quiet --out out").args(DRAWS);
        let sim = sim.arg(&scenario.display().to_string());
        let sim = if more.is_empty() {
            sim
        } else {
            let overlay = repository().join("scenarios/overlays").join(more);
            sim.args("--with").arg(&overlay.display().to_string())
        };
        sim.run().exits(0)
    };
    let meta = run("meta-2024-07.toml", "");
    let slow = run("meta-2024-07.toml", "slow-grid.toml");
    let later = run("meta-2026-07.toml", "");
    let other = run("xai-2026-09.toml", "");
    for chart in CHARTS.iter().filter(|chart| !matches!(chart.from, Origin::Command(_))) {
        let (folders, more) = match chart.name {
            "fan" => (vec![&meta], "--metric facility.power"),
            "spaghetti" => (vec![&meta], "--metric fleet.it_power"),
            "exceedance" | "histogram" => (vec![&meta], "--at 2027Q4"),
            "first-passage" => (vec![&meta], "--target power-1gw"),
            "capacity" => (vec![&other], ""),
            "clusters" | "use" | "cash" | "guidance" => (vec![&later], ""),
            "spend" => (vec![&later], "--at 2027"),
            "small-multiples" => (vec![&meta, &later, &other], ""),
            "difference-fan" => (vec![&meta, &slow], "--metric facility.power"),
            _ => (vec![&meta], ""),
        };
        let mut sim = Sim::new().args("chart --format svg-plain --out o --chart").args(chart.name);
        sim = sim.args(&format!("--size {}x{}", SIZE.0, SIZE.1)).args(more);
        for outcome in folders {
            sim = sim.arg(&outcome.path("out").display().to_string());
        }
        let drawn = sim.run().exits(0);
        let first = drawn.stdout.lines().next().unwrap().to_owned();
        std::fs::create_dir_all(repository().join("docs/charts")).unwrap();
        std::fs::write(picture(chart.name), drawn.text(&first)).unwrap();
    }
}

/// Draws the charts that other commands make, by the commands that the page names.
fn draw_by_commands(page: &str) {
    for (name, file) in [
        ("waterfall", "waterfall.svg"),
        ("tornado", "tornado"),
        ("heatmap", "heatmap-"),
        ("sweep-line", "line-"),
        ("pit", "meta-2024-07-pit"),
        ("calibration", "meta-2024-07-calibration"),
    ] {
        let section = page.split(&format!("\n## {name}\n")).nth(1).unwrap();
        let command = section.lines().find_map(|line| line.strip_prefix("    fleetcast ")).unwrap();
        let command = command.replace("scenarios/", &format!("{}/", scenarios().display()));
        let mut sim = Sim::new();
        for word in words(&command) {
            sim = sim.arg(&word);
        }
        let out = if command.contains("--charts") { "" } else { "--out out" };
        let made = sim.args(out).args("--quiet").args(DRAWS).run().exits(0);
        let path = found(&made.path("out"), file);
        let svg = without_font(&std::fs::read_to_string(path).unwrap());
        std::fs::write(picture(name), svg).unwrap();
    }
}

fn scenarios() -> PathBuf {
    repository().join("scenarios")
}

/// The words of a command as a shell takes them apart.
fn words(command: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in command.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => all.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    all.push(word);
    all
}

/// The SVG file somewhere in a folder whose name begins so.
fn found(folder: &Path, name: &str) -> PathBuf {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let own = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if own.starts_with(name) && path.extension().is_some_and(|end| end == "svg") {
                return path;
            }
        }
    }
    panic!("no {name} in {}", folder.display());
}

#[test]
fn a_run_folder_is_charted_without_its_scenario() {
    let run =
        Sim::starter().args("run s.toml --draws 256 --quiet --no-charts --out out").run().exits(0);
    std::fs::remove_file(run.path("s.toml")).unwrap();
    let folder = run.path("out").display().to_string();
    let drawn = Sim::new()
        .args("chart --size 640x360 --theme dark --out pictures")
        .arg(&folder)
        .run()
        .exits(0);
    let files: Vec<&str> = drawn.stdout.lines().collect();
    assert!(files.len() >= 20, "{files:?}");
    for file in &files {
        let bytes = std::fs::read(drawn.path(file)).unwrap();
        let png = Path::new(file).extension().is_some_and(|ending| ending == "png");
        assert!(
            bytes.len() > 2_000 && bytes.starts_with(if png { b"\x89PNG" } else { b"<svg" }),
            "{file}"
        );
    }
    let name = |file: &str| Path::new(file).file_name().unwrap().to_string_lossy().into_owned();
    assert!(files.iter().any(|file| name(file) == "fan.facility.power.svg"), "{files:?}");
    // The run folder itself is left as it was.
    assert!(!run.path("out/charts").exists());
    let again = Sim::new()
        .args("chart --chart histogram --metric capex.total --at 2027")
        .arg(&folder)
        .run()
        .exits(0);
    again.says("charts/out/histogram.capex.total@2027.svg").says("histogram.capex.total@2027.png");
}

#[test]
fn what_cannot_be_drawn_is_said_with_the_nearest_name() {
    let run =
        Sim::starter().args("run s.toml --draws 64 --quiet --no-charts --out out").run().exits(0);
    let folder = run.path("out").display().to_string();
    for (arguments, message) in [
        ("--chart exceedence", "did you mean `exceedance`?"),
        ("--metric facility.powr", "did you mean `facility.power`?"),
        ("--metric capex.machines", "it has capex."),
        ("--chart histogram --at 2051Q4", "there is"),
        ("--chart fan --at 2026Q4", "does not take --at"),
        ("--chart tornado", "fleetcast drivers"),
        ("--chart small-multiples", "several runs"),
        ("--size 10x10", "480 to 8000 pixels wide"),
        ("--chart use", "does not say what the fleet is used for"),
    ] {
        Sim::new().args("chart").arg(&folder).args(arguments).run().exits(2).remarks(message);
    }
    Sim::new().args("chart nowhere").run().exits(4).remarks("nowhere");
    let twice =
        Sim::new().args("chart --format svg --out o").arg(&folder).arg(&folder).run().exits(0);
    twice.says("small-multiples.facility.power.svg");
}

#[test]
fn a_run_can_choose_its_charts() {
    let run = Sim::starter()
        .args("run s.toml --draws 64 --quiet --out out --chart exceedance --metric fleet.it_power --at 2027Q4")
        .run()
        .exits(0);
    assert!(run.path("out/charts/exceedance.fleet.it_power@2027Q4.png").exists());
    assert!(!run.path("out/charts/binding.svg").exists());
    Sim::starter()
        .args("run s.toml --draws 64 --metric fleet.it_powr")
        .run()
        .exits(2)
        .remarks("did you mean `fleet.it_power`?");
    Sim::starter()
        .args("run s.toml --no-charts --chart fan")
        .run()
        .exits(2)
        .remarks("cannot be used with");
}

#[test]
fn the_example_of_a_difference_has_runs_of_one_seed() {
    let page = std::fs::read_to_string(repository().join("docs/charts.md")).unwrap();
    let example = page.lines().find(|line| line.contains("--chart difference-fan")).unwrap();
    let texts = Texts::shipped();
    let seed = |run: &str| {
        let (scenario, overlay) = run.split_once('+').unwrap_or((run, ""));
        let overlay = (!overlay.is_empty()).then(|| format!("overlays/{overlay}.toml"));
        let overlays: Vec<&str> = overlay.iter().map(String::as_str).collect();
        valid(&texts, &format!("{scenario}.toml"), &overlays, &[]).run.seed
    };
    let runs = example.split_whitespace().filter_map(|word| word.strip_prefix("out/"));
    let seeds: Vec<u64> = runs.map(seed).collect();
    assert!(seeds.len() == 2 && seeds[0] == seeds[1], "{example}: {seeds:?}");
}
