//! Scores of runs against observations, and the wall between what was known and what came later.

use fleetcast::results::digest;
use fleetcast::stats::{crps_lognormal, crps_normal, normal_cdf};

use crate::support::Sim;
use crate::support::library::{Folder, repository, valid};

/// Revenue of the first quarter is lognormal around 11 B USD with a log spread of 3 %: 10 % more than the
/// 10 of a year before. What it was became known three months after the scenario's day.
const TOY: &str = r#"fleetcast = "overlay/1"
title  = "A toy with a known answer"
grade  = "D"

observation = [
  { metric = "finance.revenue", at = "2026Q1", value = "11.5 B USD", source = "results" },
  { metric = "finance.revenue", at = "2026Q2", value = "12 B USD", error = 0.04, source = "results" },
  { metric = "fleet.h100e_bought", at = "2026Q1", value = "300 k H100e", h100e = "bf16", source = "results" },
  { metric = "fleet.h100e_bought", at = 2026-05-15, value = "300 k H100e", source = "results" },
  { metric = "finance.revenue", at = "2024Q1", value = "8 B USD", source = "results" },
]

[source.results]
date  = 2026-07-30
title = "Results"

[finance]
source         = "judgment"
revenue_growth = "10 %/year"
revenue_noise  = { dist = "normal", mean = 0.0, sd = 0.03 }

[target.eleven]
metric   = "finance.revenue"
at_least = "11 B USD"
at       = "2026Q1"

[target.never-known]
metric   = "fleet.h100e"
at_least = "1 k H100e"
by       = 2026-12-31
"#;

fn toy() -> Sim {
    Sim::starter().file("toy.toml", TOY)
}

fn near(actual: &serde_json::Value, expected: f64, tolerance: f64) {
    let actual = actual.as_f64().unwrap_or(f64::NAN);
    assert!((actual - expected).abs() <= tolerance, "{actual}, not {expected}");
}

#[test]
fn a_toy_scores_as_by_hand() {
    let run =
        toy().args("score s.toml --with toy.toml --draws 50000 --quiet --json").run().exits(0);
    let json = run.json();
    let scores = &json["scores"][0];
    let rows = scores["observations"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{rows:?}");
    let row = &rows[0];
    assert_eq!((&row["metric"], &row["at"]), (&"finance.revenue".into(), &"2026Q1".into()));
    // Five standard errors: the spread of |X - y| over 50,000 draws is 0.33 B USD.
    let (mu, sigma) = (libm::log(11.0), 0.03);
    near(&row["crps"], crps_lognormal(mu, sigma, 11.5), 5.0 * 0.33 / 50_000_f64.sqrt());
    let z = (libm::log(11.5) - mu) / sigma;
    near(&row["pit"], normal_cdf(z), 5.0 * (0.25 / 50_000_f64).sqrt());
    near(&row["median"], 11.0, 0.01);
    let density = libm::exp(-0.5 * z * z) / (11.5 * sigma * (2.0 * std::f64::consts::PI).sqrt());
    near(&row["log_score"], -libm::log(density), 0.05);
    // The last value was 12.6; one quarter ahead it was off by three ratios.
    let last = &row["baselines"]["last value"];
    near(&last["forecast"], 12.6, 1e-12);
    near(&last["crps_as_point"], 12.6 - 11.5, 1e-12);
    let errors = [10.6 / 10.0, 11.1 / 10.6, 12.6 / 11.1]
        .map(|ratio: f64| libm::log(ratio) * libm::log(ratio));
    let sd = (errors.iter().sum::<f64>() / 3.0).sqrt();
    near(&last["crps_with_spread"], crps_lognormal(libm::log(12.6), sd, 11.5), 1e-12);
    assert!(row["baselines"]["last growth"].is_null(), "2024Q4 is not known");
    // The second row carries an error of 4 % on a scale of B USD.
    let row = &rows[1];
    let half =
        12.0 * (libm::exp(1.6448536 * 0.04) - libm::exp(-1.6448536 * 0.04)) / 2.0 / 1.6448536;
    let about = libm::hypot(11.66 * 0.03, half);
    near(&row["crps"], crps_normal(11.66, about, 12.0), 0.01);
    assert!(row["observed_interval"].is_array(), "{row}");
}

#[test]
fn questions_are_scored_and_what_cannot_be_is_said() {
    let run =
        toy().args("score s.toml --with toy.toml --draws 20000 --quiet --json").run().exits(0);
    let json = run.json();
    let scores = &json["scores"][0];
    let questions = scores["questions"].as_array().unwrap();
    let eleven = questions.iter().find(|question| question["name"] == "eleven").unwrap();
    near(&eleven["chance"], 0.5, 5.0 * (0.25 / 20_000_f64).sqrt());
    near(&eleven["outcome"], 1.0, 0.0);
    near(&eleven["brier"], 0.25, 0.02);
    near(&eleven["log_score"], std::f64::consts::LN_2, 0.04);
    let left = scores["not_scored"].to_string();
    for text in [
        "fleet.h100e_bought 2026Q1",
        "by another rate",
        "fleet.h100e_bought 2026-05-15",
        "a day within a quarter",
        "never-known by 2026-12-31",
        "no observation answers it",
    ] {
        assert!(left.contains(text), "no `{text}` in {left}");
    }
    assert!(!left.contains("2024Q1"), "a quarter before the grid is no forecast: {left}");
}

#[test]
fn what_became_known_later_moves_no_run() {
    let run = |overlay: &str| {
        let sim = Sim::starter().file("toy.toml", overlay);
        let run = sim.args("run s.toml --with toy.toml --draws 512 --quiet --json").run().exits(0);
        let json = run.json();
        assert!(json["headline"].as_array().is_some_and(|rows| !rows.is_empty()), "{json}");
        [json["headline"].clone(), json["targets"].clone(), json["newest_used"].clone()]
    };
    let from = TOY.find("observation = [").unwrap();
    let to = TOY.find("]\n\n[source").unwrap() + 2;
    let without = format!("{}{}", &TOY[..from], &TOY[to..]);
    assert_eq!(run(TOY), run(&without));
    let text = toy().args("score s.toml --with toy.toml --draws 512 -q").run().exits(0).stdout;
    assert!(text.contains("newest date used 2026-01-31"), "{text}");
}

/// What the check of a scenario with an overlay on top says.
fn refused(overlay: &str) -> String {
    let head = "fleetcast = \"overlay/1\"\ntitle = \"Planted\"\n";
    let source = "[source.later]\ndate = 2026-06-30\ntitle = \"Later\"\n";
    let text = format!("{head}{overlay}\n{source}");
    let run = Sim::starter().file("p.toml", &text).args("check s.toml --with p.toml").run();
    run.exits(3).stderr
}

#[test]
fn the_future_is_refused_by_name() {
    // An input, known later.
    let text =
        refused("[fleet]\nfailure = { value = \"9 %/year\", source = \"later\", grade = \"B\" }");
    assert!(text.contains("`fleet.failure` was not known on 2026-01-31"), "{text}");
    // A prior.
    let growth = "[capex.growth]\nsource = \"later\"\ngrade = \"B\"\ndist = \"normal\"\nmean = 0.2\nsd = 0.3";
    let text = refused(growth);
    assert!(text.contains("`capex.growth` was not known on 2026-01-31"), "{text}");
    // A source: the value says that it was known in time, its source had not been published.
    let early = "[fleet]\nfailure = { value = \"9 %/year\", source = \"later\", grade = \"B\", known = 2026-01-01 }";
    let text = refused(early);
    assert!(text.contains("known from 2026-06-30 (source `later`)"), "{text}");
    // An observation of a quarter that had not begun.
    let row = "observation = [{ metric = \"capex.total\", at = \"2026Q3\", value = \"9 B USD\", source = \"judgment\", grade = \"A\" }]";
    let text = refused(row);
    assert!(
        text.contains("`capex.total` of 2026Q3 cannot have been known on 2026-01-31"),
        "{text}"
    );
    // The same of an event.
    let event = "observation = [{ event = \"training.next.release\", at = 2026-03-01, source = \"judgment\", grade = \"A\" }]";
    let text = refused(event);
    assert!(
        text.contains("`training.next.release` of 2026-03-01 cannot have been known"),
        "{text}"
    );
}

#[test]
fn scores_do_not_depend_on_the_machine() {
    let run = |more: &str| {
        let command = format!("score s.toml --with toy.toml --draws 3000 -q {more}");
        toy().args(&command).run().exits(0).stdout
    };
    let one = run("--markdown --threads 1");
    assert_eq!(one, run("--markdown --threads 3 --block-size 64 --isa portable"));
    for text in
        ["# Scores", "### Skill by metric", "| finance.revenue | quarters | 2 |", "### Coverage"]
    {
        assert!(one.contains(text), "no `{text}` in:\n{one}");
    }
    let text = run("");
    assert!(text.contains("By part of the model") && !text.contains("| --- |"), "{text}");
}

#[test]
fn charts_of_calibration_are_drawn() {
    let run =
        toy().args("score s.toml --with toy.toml --draws 256 -q --charts pictures").run().exits(0);
    for name in ["pit", "calibration"] {
        let text = run.text(&format!("pictures/s+toy-{name}.svg"));
        assert!(text.contains("<svg") && text.contains("observations"), "{name}");
        assert!(run.path(format!("pictures/s+toy-{name}.png")).exists());
    }
}

#[test]
fn dated_scenarios_have_no_hindsight_but_their_initial_stock() {
    for name in ["meta-2024-02", "meta-2024-07"] {
        let scenario = valid(&Folder(repository("scenarios")), &format!("{name}.toml"), &[], &[]);
        let marked: Vec<&str> = scenario.hindsight.iter().map(|mark| mark.key.as_str()).collect();
        let stock = ["chip.a100.stock", "chip.h100.stock", "chip.v100-class.stock"];
        assert_eq!(marked, stock, "{name}");
        assert!(scenario.newest_used <= scenario.as_of);
    }
}

/// The published scores are of the scenarios as they are.
#[test]
fn published_scores_are_of_the_shipped_scenarios() {
    let text = std::fs::read_to_string(repository("docs/scores.md")).unwrap();
    for name in ["meta-2024-02", "meta-2024-07"] {
        let path = format!("{name}.toml");
        let scenario = valid(&Folder(repository("scenarios")), &path, &[], &["run.draws=100000"]);
        let line = format!("Scenario `{name}`, digest `{}`", digest(scenario.resolved_toml()));
        assert!(text.contains(&line), "make docs/scores.md again: no `{line}`");
    }
}

/// The published fits are what `fit` gives.
#[test]
fn published_fits_can_be_made_again() {
    let text = std::fs::read_to_string(repository("docs/fits.md")).unwrap();
    for name in ["meta-2024-02", "meta-2024-07"] {
        let file = repository("scenarios").join(format!("{name}.toml"));
        let run = Sim::new().args("fit --markdown").arg(file.to_str().unwrap()).run().exits(0);
        assert!(
            text.contains(run.stdout.trim_end()),
            "{name}: make docs/fits.md again:\n{}",
            run.stdout
        );
        assert!(run.stdout.contains("capex.season.q1"), "{}", run.stdout);
    }
    let json = Sim::starter().args("fit s.toml --json").run().exits(0).json();
    assert_eq!(json["as_of"], "2026-01-31");
    // Where there is nothing to make figures of, the table is not left empty: why is said, and what it takes.
    for (arguments, told) in [
        ("", "of what was known then, of 2025 alone.\nFrom --since 2018 on it takes"),
        ("--since 2030 --recent 2030", "of 2025 alone: take earlier years"),
        (
            "--markdown",
            "## A made-up company, to start from: what was known on 2026-01-31\n\nNo figure",
        ),
    ] {
        let said = Sim::starter().args("fit s.toml").args(arguments).run().exits(0).says(told);
        assert!(!said.stdout.contains("In the scenario"), "{}", said.stdout);
    }
}

/// A forecast on record is never edited.
#[test]
fn forecasts_on_record_are_of_the_shipped_scenarios() {
    let record = repository("docs/forecasts/meta-2026-11-21/run.json");
    let record: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(record).unwrap()).unwrap();
    let scenario = valid(&Folder(repository("scenarios")), "forecast-2026-11.toml", &[], &[]);
    assert_eq!(record["digest"], digest(scenario.resolved_toml()));
    assert!(scenario.newest_used <= scenario.as_of && scenario.hindsight.is_empty());
}

#[test]
fn a_page_has_fans_calibration_and_tables() {
    let command = "score s.toml --with toy.toml --draws 1000";
    let run = toy().args(command).run().exits(0).remarks("out/score-s+toy.html");
    let page = run.text("out/score-s+toy.html");
    for text in [
        "id=\"chart-s-toy-pit\"",
        "id=\"chart-s-toy-calibration\"",
        "id=\"chart-s-toy-fan-finance-revenue\"",
        "Skill by metric",
        "What was not scored, and why",
        "as forecast and as observed",
        "2 observations since 2026-01-31",
    ] {
        assert!(page.contains(text), "no `{text}`");
    }
    assert!(!page.contains("<link") && !page.contains("src="), "a page asks for nothing");
    // The same bytes wherever it is made; none if it is not wanted.
    let again = run.then().args(&format!("{command} --threads 1 --report b.html")).run().exits(0);
    assert!(again.text("b.html") == page);
    let none = toy().args(&format!("{command} --no-report")).run().exits(0);
    assert!(!none.entries().contains(&"out".to_owned()), "{:?}", none.entries());
    none.then().args(&format!("{command} --report x.html --no-report")).run().exits(2);
}
