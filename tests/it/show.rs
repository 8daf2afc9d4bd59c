//! Every value can be explained: where it stands, what it rests on, what it replaced, and what it
//! implies.

use fleetcast::scenario::{Explanation, InputValue, PERCENTILES, Scenario};
use fleetcast::units::parse_value;

use crate::support::Sim;
use crate::support::library::{Texts, valid};

const SCENARIO: &str = "meta-2024-07.toml";
const TIGHT: &str = "overlays/tight-chips.toml";
const SLOW: &str = "overlays/slow-grid.toml";

fn loaded(overlays: &[&str], sets: &[&str]) -> Scenario {
    valid(&Texts::shipped(), SCENARIO, overlays, sets)
}

fn explained<'a>(scenario: &'a Scenario, key: &str) -> Explanation<'a> {
    scenario.explain(key).unwrap_or_else(|near| panic!("{key}: {near:?}"))
}

fn percentile(e: &Explanation, percent: u32) -> f64 {
    let at = PERCENTILES.iter().position(|&p| p == percent).unwrap();
    e.summary.as_ref().unwrap().percentiles[at]
}

/// Fails unless a value is another one but for rounding.
#[track_caller]
fn is(actual: f64, expected: f64, what: &str) {
    let error = (actual - expected).abs();
    assert!(error <= 1e-12 * expected.abs(), "{what}: {actual} is not {expected}");
}

#[test]
fn every_value_names_its_place() {
    let texts = Texts::shipped();
    let scenario = loaded(&[], &[]);
    assert!(scenario.inputs.len() > 150);
    for key in scenario.inputs.keys() {
        let e = explained(&scenario, key);
        assert_eq!((e.key.as_str(), e.doc.is_empty()), (key.as_str(), false));
        let set = e.chain.last().unwrap_or_else(|| panic!("{key}: no place"));
        assert_eq!(set.text, e.text, "{key}");
        let text = texts.0.get(&set.file).unwrap_or_else(|| panic!("{key}: {}", set.file));
        let line = text.lines().nth(set.line - 1).unwrap_or_else(|| panic!("{key}: {}", set.line));
        let name = key.rsplit('.').next().unwrap();
        assert!(line.contains(name) || line.contains(e.text), "{key} in `{line}`");
    }
}

#[test]
fn every_value_names_its_source() {
    let scenario = loaded(&[], &[]);
    for key in scenario.inputs.keys() {
        let provenance = explained(&scenario, key).provenance.unwrap();
        let source = scenario.sources.get(&provenance.source);
        let source = source.unwrap_or_else(|| panic!("{key}: `{}`", provenance.source));
        assert!(!source.title.is_empty(), "{key}");
        assert!(provenance.known <= scenario.as_of || provenance.hindsight, "{key}");
        let marked = scenario.hindsight.iter().any(|mark| mark.key == *key);
        assert_eq!(marked, provenance.known > scenario.as_of, "{key}");
    }
}

#[test]
fn what_is_implied_agrees_with_what_is_written() {
    let scenario = loaded(&[], &[]);
    let (mut points, mut constants, mut families) = (0, 0, 0);
    for (key, input) in &scenario.inputs {
        let e = explained(&scenario, key);
        let InputValue::Dist(distribution) = &input.value else {
            assert!(e.summary.is_none() && key == "capex.growth", "{key}");
            continue;
        };
        let summary = e.summary.as_ref().unwrap();
        assert!(summary.mean.is_finite(), "{key}");
        assert!(summary.percentiles.iter().all(|x| x.is_finite()), "{key}: {summary:?}");
        assert!(summary.percentiles.is_sorted(), "{key}: {summary:?}");
        let (low, high) = distribution.support();
        let (lowest, highest) = (percentile(&e, 1), percentile(&e, 99));
        assert!(low <= lowest && highest <= high, "{key}: {summary:?} in {low} to {high}");
        let (least, most) = input.decl.range;
        assert!(least <= percentile(&e, 50) && percentile(&e, 50) <= most, "{key}");
        let Some(text) = e.text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
            families += 1;
            continue;
        };
        match parse_value(text, input.decl.quantity).unwrap().numbers[..] {
            [value] => {
                constants += 1;
                for x in summary.percentiles.iter().chain([&summary.mean]) {
                    is(*x, value, key);
                }
            }
            [p5, p95] => {
                points += 1;
                is(percentile(&e, 5), p5, key);
                is(percentile(&e, 95), p95, key);
            }
            [p5, p50, p95] => {
                points += 1;
                is(percentile(&e, 5), p5, key);
                is(percentile(&e, 50), p50, key);
                is(percentile(&e, 95), p95, key);
            }
            _ => panic!("{key}: {text}"),
        }
    }
    assert!(points > 30 && constants > 20 && families > 30, "{points} {constants} {families}");
}

#[test]
fn three_points_are_its_percentiles() {
    let scenario = loaded(&[], &[]);
    let e = explained(&scenario, "site.meta.power");
    assert_eq!(e.text, "\"340 / 450 / 600 MW\"");
    for (percent, megawatts) in [(5, 340.0), (50, 450.0), (95, 600.0)] {
        is(percentile(&e, percent), megawatts, "site.meta.power");
    }
}

#[test]
fn what_was_replaced_is_told_oldest_first() {
    let scenario = loaded(&[TIGHT, SLOW], &["supply.share=12 %"]);
    let chain = |key: &str| -> Vec<(String, String)> {
        let chain = explained(&scenario, key).chain;
        chain.iter().map(|set| (set.file.clone(), set.text.clone())).collect()
    };
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
    };
    let share =
        [(SCENARIO, "\"14 / 20 / 28 %\""), (TIGHT, "\"10 / 14 / 20 %\""), ("--set 1", "\"12 %\"")];
    assert_eq!(chain("supply.share"), pairs(&share));
    let growth = [(SCENARIO, "\"1.04 / 1.10 / 1.17\""), (TIGHT, "\"1.00 / 1.04 / 1.08\"")];
    assert_eq!(chain("supply.growth"), pairs(&growth));
    // Two dated rows of one list: the later one holds.
    let chips = "catalog/chips-2024.toml";
    let rate = [(chips, "\"1.7 / 2.3 / 3.0\""), (chips, "\"2.4 / 2.5 / 2.6\"")];
    assert_eq!(chain("chip.b200.h100e"), pairs(&rate));
    let share = explained(&scenario, "supply.share");
    assert_eq!(share.provenance.unwrap().source, "set");
    is(share.summary.unwrap().mean, 0.12, "12 %");
    // Half the additions: every percentile is halved.
    let growth = explained(&scenario, "site.meta.growth");
    is(growth.scale, 0.5, "scale");
    for (percent, megawatts) in [(5, 55.0), (50, 82.5), (95, 125.0)] {
        is(percentile(&growth, percent), megawatts, "site.meta.growth");
    }
}

#[test]
fn the_program_shows_it() {
    let sim = || {
        let texts = Texts::shipped();
        texts.0.iter().fold(Sim::new(), |sim, (path, text)| sim.file(path, text))
    };
    let line = |start: &str| {
        let texts = Texts::shipped();
        1 + texts.0[SCENARIO].lines().position(|line| line.starts_with(start)).unwrap()
    };
    let power = format!("{SCENARIO}:{}", line("power         ="));
    for (key, texts) in [
        (
            "site.meta.power",
            &["340 / 450 / 600 MW", &power, "judgment", "grade C", "P50", "450"][..],
        ),
        ("chip.h100.stock", &["initial-stock", "hindsight", "2026-11-21", "P95"]),
        ("finance.cash", &["meta-10k-2023", "grade A", "constant", "65.4 B USD"]),
        ("chip.b200.h100e", &["replaced", "1.7 / 2.3 / 3.0", "catalog/chips-2024.toml:"]),
        ("capex.growth", &["regimes", "meta-2024q2", "Mean"]),
        ("site.slip", &["site.stage.construction.slip", "20 / 90 / 300 d", "judgment"]),
        ("run", &["run.from", "2024Q1", "run.to", "run, set in meta-2024-07.toml", "Line"]),
        ("source.meta-2024q2", &["source.meta-2024q2.date", "2024-07-31", "sources.toml"]),
        ("correlation.price_level", &["correlation.price_level.rank", "0.5"]),
        ("capex.growth.stay", &["capex.growth.stay = 0.6", "part of capex.growth = {", "Mean"]),
        ("chip.h100.price.value", &["chip.h100.price = \"25 to 32 k USD\"", "P95"]),
        ("chip.*.price", &["chip.b200.price", "chip.rubin.price", "40 to 80 k USD"]),
        ("capex.source", &["capex.building_share", "judgment", "omdia-2023"]),
        ("training.llama-4.compute", &["training.llama-4.compute.of", "compute.times", "10"]),
    ] {
        let shown = sim().args("show").arg(SCENARIO).arg(key).run().exits(0);
        for text in texts {
            assert!(shown.stdout.contains(text), "{key}: no `{text}` in\n{}", shown.stdout);
        }
    }
    for wrong in ["capex.growth.foo", "foo.source", "nothing.*.price"] {
        let refused = sim().args("show").arg(SCENARIO).arg(wrong).run().exits(2);
        assert!(refused.stderr.contains(&format!("no key `{wrong}`")), "{}", refused.stderr);
    }
    let all = sim().args("show").arg(SCENARIO).args("--json").run().exits(0).json();
    let listed: Vec<&str> =
        all["inputs"].as_array().unwrap().iter().filter_map(|row| row["key"].as_str()).collect();
    let scenario = loaded(&[], &[]);
    assert_eq!(listed, scenario.inputs.keys().map(String::as_str).collect::<Vec<_>>());
    let json = sim().args("show").arg(SCENARIO).args("supply.share --json --with").arg(TIGHT);
    let json = json.run().exits(0).json();
    assert_eq!(json["chain"][1]["file"], TIGHT);
    assert_eq!(json["chain"][0]["source"], "omdia-2023");
}
