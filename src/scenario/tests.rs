//! Tests of loading as a whole: layers, provenance, time, and the resolved file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;
use crate::diag::{Severity, Style, render};
use crate::dist::Prob;
use crate::time::Date;

/// Files in memory; `base.toml` is always there.
struct Files(BTreeMap<String, String>);

impl FileReader for Files {
    fn read(&self, path: &str) -> std::io::Result<String> {
        self.0.get(path).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}

const HEAD: &str = "fleetcast = \"scenario/1\"\nextends = [\"base.toml\"]\ncompany = \"example\"\n\
                    as_of = 2024-01-31\nrun = { from = \"2024Q1\", to = \"2026Q4\" }\n";

/// Rows of `base.toml`: what the model starts from.
const ROWS: usize = 8;

/// A catalog with every input that a scenario must give, by the examples of their declarations, and
/// the quarters before the first.
fn base() -> String {
    let mut text = String::from(
        "fleetcast = \"catalog/1\"\nsource = { judgment = { date = 2024-01-20, title = \"J\" }, \
         company = { date = 2024-01-15, title = \"C\" }, later = { date = 2025-06-01, title = \"L\" } }\n\
         site.stage.construction = { completion = { value = \"95 %\", source = \"judgment\", grade = \"D\" }, \
         slip = { value = \"20 / 90 / 300 d\", source = \"judgment\", grade = \"D\" } }\n",
    );
    let row = |metric: &str, quarter: u32| {
        format!(
            "{{ metric = \"{metric}\", at = \"2023Q{quarter}\", value = \"9 B USD\", \
             source = \"company\", grade = \"A\" }}"
        )
    };
    let rows = ["capex.total", "finance.revenue"].into_iter();
    let rows: Vec<String> =
        rows.flat_map(|metric| (1..=4).map(move |quarter| row(metric, quarter))).collect();
    let _ = writeln!(text, "observation = [{}]", rows.join(", "));
    for decl in crate::model::inputs() {
        if decl.need == crate::model::declare::Need::Always && !decl.key.contains('*') {
            let example = missing::example_value(decl);
            let (open, inner) = match example.strip_suffix(" }") {
                Some(table) => (String::new(), table.to_owned()),
                None => ("{ value = ".to_owned(), example),
            };
            let provenance = "source = \"judgment\", grade = \"D\"";
            let _ = writeln!(text, "{} = {open}{inner}, {provenance} }}", decl.key);
        }
    }
    text
}

fn load_files(files: &[(&str, &str)], overlays: &[&str], sets: &[&str]) -> Loaded {
    let mut all = BTreeMap::from([("base.toml".to_owned(), base())]);
    all.extend(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    load(&Files(all), "main.toml", &owned(overlays), &owned(sets))
}

fn messages(loaded: &Loaded) -> String {
    render(&loaded.diagnostics, &loaded.sources, Style::Plain, 100)
}

/// The scenario of a file that begins with [`HEAD`].
fn scenario(rest: &str) -> Scenario {
    with(rest, &[], &[])
}

fn with(rest: &str, overlays: &[(&str, &str)], sets: &[&str]) -> Scenario {
    let text = format!("{HEAD}{rest}");
    let mut files = vec![("main.toml", text.as_str())];
    files.extend(overlays);
    let names: Vec<&str> = overlays.iter().map(|(name, _)| *name).collect();
    let loaded = load_files(&files, &names, sets);
    let shown = messages(&loaded);
    loaded.result.unwrap_or_else(|_| panic!("{shown}"))
}

/// Codes of the diagnostics of a file that begins with [`HEAD`].
fn codes_of(rest: &str) -> Vec<&'static str> {
    let text = format!("{HEAD}{rest}");
    let loaded = load_files(&[("main.toml", &text)], &[], &[]);
    loaded.diagnostics.iter().map(|d| d.code).collect()
}

fn median(scenario: &Scenario, key: &str) -> f64 {
    match &scenario.inputs[key].value {
        InputValue::Dist(dist) => dist.quantile(Prob::from_lower(0.5)),
        other => panic!("{key}: {other:?}"),
    }
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a / b - 1.0).abs() < 1e-12
}

#[test]
fn later_layers_win_and_the_chain_is_kept() {
    let overlay = "fleetcast = \"overlay/1\"\ntitle = \"O\"\ncapex.carry = { value = 0.7, source = \
                   \"judgment\", grade = \"C\" }\n";
    let scenario = with(
        "capex.carry = { value = \"60 %\", source = \"company\", grade = \"A\" }\n",
        &[("low/over.toml", overlay)],
        &["capex.carry=80 %"],
    );
    assert!(near(median(&scenario, "capex.carry"), 0.8));
    assert_eq!(scenario.name, "main+over");
    // Of this scenario only the overlay has a title.
    assert_eq!(scenario.title, "main+over");
    let chain = &scenario.inputs["capex.carry"].chain;
    let files: Vec<(&str, usize)> = chain.iter().map(|s| (s.file.as_str(), s.line)).collect();
    assert_eq!(files[1..], [("main.toml", 6), ("low/over.toml", 3), ("--set 1", 1)]);
    assert_eq!(chain[1].text, "\"60 %\"");
    assert_eq!(chain[1].source, "company");
    let provenance = &scenario.inputs["capex.carry"].provenance;
    assert_eq!((provenance.source.as_str(), provenance.grade), ("set", Grade::D));
    assert_eq!(provenance.known, scenario.as_of);
    assert!(scenario.sources.contains_key("set"));
}

#[test]
fn set_takes_toml_or_plain_text() {
    let sets = [
        "run.draws=500",
        "h100e=bf16",
        "energy.price={ dist = \"uniform\", min = \"5 c/kWh\", max = \"7 c/kWh\" }",
        "fleet.life = 4 to 8 years",
        "as_of=2024-03-01",
        "title=\"x = y\"",
    ];
    let scenario = with("", &[], &sets);
    assert_eq!(scenario.run.draws, 500);
    assert_eq!(scenario.h100e, H100eBasis::Bf16);
    assert!(near(median(&scenario, "energy.price"), 60.0));
    assert!(near(median(&scenario, "fleet.life"), 32.0_f64.sqrt()));
    assert_eq!(scenario.as_of, date("2024-03-01"));
    assert_eq!(scenario.title, "x = y");
    for wrong in ["nonsense", "=5", "a b=5"] {
        let loaded = load_files(&[("main.toml", HEAD)], &[], &[wrong]);
        let codes: Vec<_> = loaded.diagnostics.iter().map(|d| d.code).collect();
        assert_eq!(codes, ["S008"], "{wrong}: {}", messages(&loaded));
    }
}

#[test]
fn a_mistake_in_set_points_into_its_text() {
    let loaded = load_files(&[("main.toml", HEAD)], &[], &["capex.carry=0.5 MW"]);
    assert_eq!(
        messages(&loaded),
        "error[S022]: `capex.carry` takes a share, this is a power\n --> --set 1:1:13\n  |\n1 | \
         capex.carry=0.5 MW\n  |             ^^^^^^ power (MW)\n  = help: write a share, for \
         example \"35 %\"\n"
    );
}

#[test]
fn one_text_after_set_that_stands_for_several_keys_is_told_once() {
    let stage = "[site.stage.late]\nsource = \"judgment\"\ngrade = \"D\"\ncompletion = \"95 %\"\n\
                 slip = \"30 / 90 / 300 d\"\n";
    let text = format!("{HEAD}{stage}");
    let loaded = load_files(&[("main.toml", &text)], &[], &["site.slip=30 to 400 MW"]);
    assert_eq!(loaded.diagnostics.len(), 1, "{}", messages(&loaded));
    // It names what was typed, and none of the keys that it stands for.
    assert!(messages(&loaded).contains("`site.slip` takes a duration"), "{}", messages(&loaded));
}

#[test]
fn a_file_without_its_first_key_is_told_what_it_looks_like() {
    for (text, kind) in [
        ("remove = [\"chip.b200\"]\n", "overlay/1"),
        ("[[observation]]\nmetric = \"capex.total\"\n", "overlay/1"),
        ("scale = { \"capex.carry\" = 2.0 }\n", "overlay/1"),
        (HEAD.split_once('\n').unwrap_or_default().1, "scenario/1"),
    ] {
        let loaded = load_files(&[("main.toml", text)], &[], &[]);
        let kinds = loaded.diagnostics.iter().filter(|one| one.code == "S005");
        let help: Vec<&String> = kinds.flat_map(|one| &one.help).collect();
        assert!(help.len() == 1 && help[0].contains(kind), "{}", messages(&loaded));
        assert!(loaded.diagnostics.iter().all(|one| one.code != "S014"), "{}", messages(&loaded));
    }
}

#[test]
fn a_file_that_is_extended_twice_counts_once() {
    let row = "fleetcast = \"catalog/1\"\nextends = [\"base.toml\"]\nobservation = [{ metric = \
               \"capex.total\", at = \"2023Q4\", value = \"7.9 B USD\", source = \"company\", grade \
               = \"A\" }]\n";
    let a = "fleetcast = \"catalog/1\"\nextends = [\"row.toml\"]\n";
    let main = HEAD.replace("[\"base.toml\"]", "[\"a.toml\", \"./x/../row.toml\"]");
    let files = [("main.toml", main.as_str()), ("a.toml", a), ("row.toml", row)];
    let loaded = load_files(&files, &[], &[]);
    let shown = messages(&loaded);
    let scenario = loaded.result.unwrap_or_else(|_| panic!("{shown}"));
    assert_eq!(scenario.observations.len(), ROWS + 1);
}

#[test]
fn remove_takes_out_what_is_below_but_not_beside() {
    let rest = "remove = [\"site.stage\", \"capex.carry\"]\n\
                capex.carry = { value = 0.9, source = \"judgment\", grade = \"D\" }\n";
    let scenario = scenario(rest);
    assert!(near(median(&scenario, "capex.carry"), 0.9));
    assert_eq!(scenario.inputs["capex.carry"].chain.len(), 1);
    assert!(!scenario.inputs.contains_key("site.stage.construction.slip"));
    assert_eq!(codes_of("remove = [\"capex.carry\"]\n"), ["S016"]);
}

#[test]
fn scale_and_loading_of_site_slip_reach_all_stages() {
    let rest = "scale = { \"site.slip\" = 2.0, \"fleet.life\" = 0.5 }\n\
                [factor.loading]\n\"site.slip\" = { grid = 0.55, site = 0.63 }\n\
                \"supply.noise\" = { ai = 0.4, lag = { ai = 4 } }\n\
                [site.stage.permitted]\nsource = \"judgment\"\ngrade = \"D\"\n\
                completion = 0.75\nslip = \"200 d\"\n";
    let scenario = scenario(rest);
    for stage in ["construction", "permitted"] {
        let key = format!("site.stage.{stage}.slip");
        assert_eq!(scenario.inputs[&key].scale.to_bits(), 2.0_f64.to_bits());
        let loading = scenario.loadings[&key];
        assert_eq!(loading.weights.map(f64::to_bits), [0.0, 0.0, 0.55, 0.0, 0.0].map(f64::to_bits));
        assert_eq!(loading.site.to_bits(), 0.63_f64.to_bits());
    }
    assert_eq!(scenario.loadings["supply.noise"].lags, [4, 0, 0, 0, 0]);
    assert_eq!(scenario.inputs["fleet.life"].scale.to_bits(), 0.5_f64.to_bits());
    assert_eq!(scenario.inputs["capex.carry"].scale.to_bits(), 1.0_f64.to_bits());
}

#[test]
fn a_date_qualifies_the_source_beside_it() {
    let rest = "grade = \"C\"\n[supply]\nsource = \"company\"\nknown = 2024-01-02\nfade = \"16 quarters\"\n\
                growth_end = { value = 0.4, source = \"judgment\" }\n\
                share = { value = 0.2, known = 2024-01-03, grade = \"A\", note = \"n\" }\n";
    let scenario = scenario(rest);
    let known = |key: &str| scenario.inputs[key].provenance.known;
    assert_eq!(known("supply.fade"), date("2024-01-02"));
    assert_eq!(known("supply.growth_end"), date("2024-01-20"), "of its own source");
    assert_eq!(known("supply.share"), date("2024-01-03"));
    assert_eq!(scenario.inputs["supply.fade"].provenance.grade, Grade::C);
    assert_eq!(scenario.inputs["supply.share"].provenance.grade, Grade::A);
    assert_eq!(scenario.inputs["supply.share"].provenance.note, "n");
}

#[test]
fn provenance_of_a_table_does_not_reach_into_other_files() {
    let overlay = "fleetcast = \"overlay/1\"\ncapex.carry = 0.7\n";
    let main = format!("{HEAD}[capex]\nsource = \"judgment\"\ngrade = \"D\"\n");
    let loaded = load_files(&[("main.toml", &main), ("over.toml", overlay)], &["over.toml"], &[]);
    let codes: Vec<_> = loaded.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["S030"], "{}", messages(&loaded));
}

#[test]
fn what_was_known_later_is_refused_marked_or_not_seen() {
    assert_eq!(
        codes_of("capex.carry = { value = 0.7, source = \"later\", grade = \"B\" }\n"),
        ["S032"]
    );
    let rest = "capex.carry = { value = 0.7, source = \"later\", grade = \"B\", hindsight = true }\n\
                fleet.life = [\n  { value = \"5 years\", known = 2023-05-01, source = \"company\", grade = \"A\" },\n\
                \x20 { value = \"6 years\", known = 2024-01-30, source = \"company\", grade = \"A\" },\n\
                \x20 { value = \"7 years\", source = \"later\", grade = \"A\" },\n]\n\
                observation = [\n  { metric = \"capex.total\", at = 2023, value = \"28 B USD\", source = \"company\", grade = \"A\" },\n\
                \x20 { metric = \"capex.total\", at = 2024, value = \"36 / 38 / 40 B USD\", source = \"later\", grade = \"A\" },\n\
                \x20 { metric = \"capex.total\", at = 2025, value = \"50 B USD\", source = \"later\", grade = \"A\", hindsight = true },\n]\n";
    let scenario = scenario(rest);
    assert!(near(median(&scenario, "fleet.life"), 6.0));
    let chain: Vec<&str> =
        scenario.inputs["fleet.life"].chain.iter().map(|s| s.text.as_str()).collect();
    assert_eq!(chain[1..], ["\"5 years\"", "\"6 years\""]);
    assert_eq!(scenario.newest_used, date("2024-01-30"));
    let marks: Vec<(&str, Date)> =
        scenario.hindsight.iter().map(|mark| (mark.key.as_str(), mark.known)).collect();
    assert_eq!(marks, [("capex.carry", date("2025-06-01"))]);
    assert_eq!(scenario.observations.len(), ROWS + 2);
    assert!(scenario.observations[ROWS + 1].provenance.hindsight);
    assert_eq!(scenario.later.len(), 1);
    let later = &scenario.later[0];
    assert_eq!((later.low, later.high), (Some(36.0), Some(40.0)));
    assert!(near(later.value, 38.0));
}

#[test]
fn a_missing_source_can_be_a_warning() {
    let scenario_text = format!("{HEAD}unsourced = \"warn\"\ncapex.carry = 0.7\n");
    let loaded = load_files(&[("main.toml", &scenario_text)], &[], &[]);
    assert_eq!(loaded.diagnostics.len(), 1, "{}", messages(&loaded));
    assert!(loaded.diagnostics.iter().all(|d| d.severity == Severity::Warning));
    let scenario = loaded.result.unwrap();
    assert_eq!(scenario.inputs["capex.carry"].provenance.source, "none");
    let again = load_files(&[("main.toml", scenario.resolved_toml())], &[], &[]);
    assert!(again.diagnostics.is_empty(), "{}", messages(&again));
}

#[test]
fn chips_are_ordered_by_line_and_age() {
    let chip = |name: &str, rest: &str| {
        format!(
            "[chip.{name}]\nsource = \"judgment\"\ngrade = \"D\"\n{rest}\nh100e = 1.0\n\
             power = \"1 kW\"\nprice = \"30 k USD\"\n"
        )
    };
    let rest = [
        chip("zeta", "line = \"main\"\nrelease = 2020-01-01"),
        chip("alpha", "line = \"main\"\nfirst_volume = 2024-10-01\nuse = { training = 0.0 }"),
        "[chip.beyond-2]\nline = \"main\"\nfollows = \"beyond\"\n".to_owned(),
        "[chip.beyond]\nline = \"main\"\nfollows = \"alpha\"\n".to_owned(),
        chip("old", "line = \"stock\"\nrelease = 2010-01-01"),
        chip("else", "line = \"other\"\nlabel = \"E\"\npower_with = \"zeta\""),
    ]
    .concat();
    let scenario = scenario(&rest);
    let names: Vec<&str> = scenario.chips.iter().map(|chip| chip.name.as_str()).collect();
    assert_eq!(names, ["zeta", "alpha", "beyond", "beyond-2", "else", "old"]);
    assert_eq!(scenario.chips[1].uses.training.to_bits(), 0.0_f64.to_bits());
    assert_eq!(scenario.chips[4].label, "E");
    assert_eq!(scenario.chips[4].power_with.as_deref(), Some("zeta"));
}

const RICH: &str = r#"description = "quotes \" and\nlines"
repair_correlation = true
guidance = [{ metric = "capex.total", at = 2024, low = "30 B USD", high = "37 B USD", source = "company", grade = "A", note = "first" }]

[site.ohio]
source = "judgment"
grade = "D"
label = "Ohio"
phase.first = { power = "500 MW", planned = 2026-01-01, stage = "construction", cooling = "liquid" }

[lease.cloud]
source = "judgment"
grade = "D"
start = 2025-01-01
power = "100 MW"
payment = "1.2 B USD/year"
term = "5 years"

[correlation.c]
between = ["fleet.life", "energy.price"]
rank = 0.5

[factor.loading]
"capex.growth" = { ai = 0.75 }

[energy]
source = "company"
grade = "B"
price = { dist = "percentiles", p5 = "5 c/kWh", p50 = "8 c/kWh", p95 = "11 c/kWh", note = "n" }

[target.big]
metric = "fleet.h100e"
at_least = "600 k H100e"
by = 2024-12-31
"#;

#[test]
fn the_resolved_file_gives_the_same_scenario() {
    let first = with(RICH, &[], &["scale.\"fleet.life\"=1.5", "capex.carry=0.25"]);
    let loaded = load_files(&[("main.toml", first.resolved_toml())], &[], &[]);
    let shown = messages(&loaded);
    let second = loaded.result.unwrap_or_else(|_| panic!("{shown}\n{}", first.resolved_toml()));
    assert_eq!(first.resolved_toml(), second.resolved_toml());
    assert_eq!(first.description, "quotes \" and\nlines");
    assert_eq!(first.description, second.description);
    assert_eq!((&first.name, &first.title), (&second.name, &second.title));
    assert_eq!(first.sites, second.sites);
    assert_eq!(first.leases, second.leases);
    assert_eq!(first.loadings, second.loadings);
    assert_eq!(first.guidance, second.guidance);
    assert_eq!(first.sources, second.sources);
    let asked = |scenario: &Scenario| -> Vec<_> {
        scenario.targets.iter().map(|t| (t.asked.clone(), t.ask.clone(), t.due.clone())).collect()
    };
    assert_eq!(asked(&first)[0].0, "fleet.h100e at least 600 k H100e");
    assert_eq!(asked(&first), asked(&second));
    assert_eq!(first.unused, second.unused);
    assert_eq!(first.correlations[0].matrix, second.correlations[0].matrix);
    assert!(first.inputs.keys().eq(second.inputs.keys()));
    for (key, input) in &first.inputs {
        let other = &second.inputs[key];
        assert_eq!(input.text, other.text, "{key}");
        assert_eq!(input.provenance, other.provenance, "{key}");
        assert_eq!(input.scale.to_bits(), other.scale.to_bits(), "{key}");
        assert_eq!(format!("{:?}", input.value), format!("{:?}", other.value), "{key}");
    }
}

#[test]
fn rank_correlations_become_those_of_normal_scores() {
    let scenario = scenario(RICH);
    // 2 sin(π/12) = (√6 − √2)/2.
    let expected = f64::midpoint(6.0_f64.sqrt(), -(2.0_f64.sqrt()));
    assert!(near(scenario.correlations[0].matrix[0][1], expected));
    assert!(scenario.repair_correlation);
}

#[test]
fn percentiles_in_a_table_mean_what_they_mean_in_a_text() {
    let key = "energy.price";
    let provenance = "source = \"company\", grade = \"B\"";
    let table = scenario(&format!(
        "{key} = {{ dist = \"percentiles\", p5 = \"5 c/kWh\", p95 = \"11 c/kWh\", {provenance} }}\n"
    ));
    let text = scenario(&format!("{key} = {{ value = \"5 to 11 c/kWh\", {provenance} }}\n"));
    assert!(near(median(&table, key), median(&text, key)));
    assert!(near(median(&text, key), 5500.0_f64.sqrt()), "on the log scale");
}

#[test]
fn titles_of_overlays_stand_behind_that_of_the_scenario() {
    let overlay = |title: &str| format!("fleetcast = \"overlay/1\"\ntitle = \"{title}\"\n");
    let (first, second) = (overlay("First"), overlay("Second"));
    let title = |sets: &[&str]| {
        let overlays = [("a.toml", first.as_str()), ("b.toml", second.as_str())];
        with("title = \"Base\"\n", &overlays, sets).title
    };
    assert_eq!(title(&[]), "Base + First + Second");
    assert_eq!(title(&["title=Mine"]), "Mine");
}

#[test]
fn a_key_of_a_factor_or_loading_needs_no_quotes_after_set() {
    for set in ["scale.fleet.life=2.0", "scale.\"fleet.life\"=2.0", "scale.fleet.\"life\" = 2.0"] {
        let scenario = with(RICH, &[], &[set]);
        assert_eq!(scenario.inputs["fleet.life"].scale.to_bits(), 2.0_f64.to_bits(), "{set}");
    }
    let scenario = with(RICH, &[], &["factor.loading.supply.noise = { ai = 0.1 }"]);
    let weight = scenario.loadings["supply.noise"].weights[0];
    assert_eq!(weight.to_bits(), 0.1_f64.to_bits());
    // One weight leaves the others.
    let base = "[factor.loading]\n\"supply.noise\" = { ai = 0.4, chip = 0.5, lag = { ai = 4 } }\n";
    for set in ["factor.loading.supply.noise.ai=0.2", "factor.loading.\"supply.noise\".ai=0.2"] {
        let scenario = with(base, &[], &[set]);
        let loading = scenario.loadings["supply.noise"];
        assert_eq!((loading.weights[..2].to_vec(), loading.lags[0]), (vec![0.2, 0.5], 4), "{set}");
    }
    let text = format!("{HEAD}{RICH}");
    let loaded = load_files(&[("main.toml", &text)], &[], &["scale.fleet.lif=2.0"]);
    let said = messages(&loaded);
    assert!(said.starts_with("error[S014]") && said.contains("fleet.lif"), "{said}");
    assert_eq!(loaded.diagnostics.error_count(), 1, "{said}");
}

#[test]
fn whole_numbers_may_be_written_with_an_exponent() {
    let scenario = with(RICH, &[], &["run.draws=1e4"]);
    assert_eq!(scenario.run.draws, 10_000);
    let text = format!("{HEAD}{RICH}");
    for set in ["run.draws=1.5", "run.draws=1e17", "run.draws=inf"] {
        let loaded = load_files(&[("main.toml", &text)], &[], &[set]);
        assert!(messages(&loaded).starts_with("error[S015]"), "{}", messages(&loaded));
    }
}

#[test]
fn keys_are_explained_with_value_source_and_percentiles() {
    let scenario = with(RICH, &[], &["scale.\"fleet.life\"=2.0"]);
    let life = scenario.explain("fleet.life").unwrap();
    assert_eq!(life.scale.to_bits(), 2.0_f64.to_bits());
    assert_eq!(life.provenance.map(|p| p.source.as_str()), Some("judgment"));
    let summary = life.summary.unwrap();
    // "5 / 6.5 / 8 years", twice.
    for (at, expected) in [(1, 10.0), (3, 13.0), (5, 16.0)] {
        let x = summary.percentiles[at];
        let percent = PERCENTILES[at];
        assert!(percent == 90 || near(x, expected), "P{percent} {x}");
    }
    assert!(near(summary.percentiles[5], 16.0));
    assert!(summary.mean > 12.0 && summary.mean < 14.0);
    let draws = scenario.explain("run.draws").unwrap();
    assert_eq!((draws.text, draws.default), ("", "100_000"));
    assert_eq!(scenario.explain("run.from").unwrap().text, "\"2024Q1\"");
    assert!(scenario.explain("capex.growth").unwrap().summary.is_none());
    let wrong = scenario.explain("fleet.lief").unwrap_err();
    assert_eq!(wrong.as_deref(), Some("fleet.life"));
    assert_eq!(scenario.explain("nothing.like.it").unwrap_err(), None);
}

#[test]
fn line_breaks_are_allowed_where_toml_1_0_has_them() {
    let row = "observation = [\n  { metric = \"capex.total\", at = 2023, value = \"28 B USD\", \
               source = \"company\", grade = \"A\" }, # comma, }\n]\n";
    assert_eq!(codes_of(row), [""; 0]);
    let in_list = "capex.carry = { dist = \"discrete\", values = [\n 0.5,\n 0.7,\n], weights = [\n1, 1,\n], \
                   source = \"judgment\", grade = \"D\" }\n";
    assert!(!codes_of(in_list).contains(&"S004"));
    let sourced = "capex = { source = \"judgment\", grade = \"D\", carry = 0.5";
    assert_eq!(codes_of(&format!("{sourced} }}\n")), [""; 0]);
    assert_eq!(codes_of(&format!("{sourced}, }}\n")), ["S004"]);
    assert_eq!(codes_of(&format!("{sourced}\n}}\n")), ["S004"]);
    assert_eq!(codes_of("run2 = { a.b = \"x,\\n}\", c = 1 }\n"), ["S010"]);
}

#[test]
fn a_name_like_a_provenance_key_hides_nothing() {
    let rest = "[chip]\nsource = \"judgment\"\n[chip.grace]\nline = \"stock\"\nh100e = 1.0\npower = \"1 kW\"\n";
    assert_eq!(codes_of(rest), ["S030"]);
}

#[test]
fn an_overlay_may_not_be_a_scenario() {
    let loaded = load_files(&[("main.toml", HEAD), ("b.toml", HEAD)], &["b.toml"], &[]);
    let codes: Vec<_> = loaded.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["S005"], "{}", messages(&loaded));
    let loaded = load_files(&[("main.toml", HEAD)], &["gone.toml"], &[]);
    assert_eq!(loaded.result.err(), Some(Failure::Unreadable));
}

#[test]
fn the_schema_knows_every_key_and_family() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    for path in keys::all_paths() {
        let mut at = &schema;
        for part in path.split('.') {
            // A table that may stand in place of a value.
            if at["anyOf"][1]["properties"].is_object() {
                at = &at["anyOf"][1];
            }
            at = match part {
                "*" => &at["additionalProperties"],
                name => &at["properties"][name],
            };
            // The table of sources stands beside the source of a whole file.
            if part == "source" {
                at = &at["oneOf"][1];
            }
        }
        assert!(at["description"].is_string(), "{path}: {at}");
    }
    for family in crate::dist::FAMILIES {
        assert!(
            schema["$defs"][format!("family-{}", family.name)]["properties"]["dist"].is_object()
        );
    }
    assert_eq!(schema["required"], serde_json::Value::Null);
}

#[test]
fn what_would_change_nothing_cannot_be_set() {
    let files = [("main.toml", HEAD)];
    for (set, advice) in [
        ("extends=[\"x.toml\"]", "`--with`"),
        ("fleetcast=\"overlay/1\"", "it belongs to a file"),
        ("observation=[]", "remove=[\"observation\"]"),
        ("guidance=[]", "remove=[\"guidance\"]"),
    ] {
        let loaded = load_files(&files, &[], &[set]);
        let said = messages(&loaded);
        assert!(said.starts_with("error[S008]") && said.contains(advice), "{set}: {said}");
        assert_eq!(loaded.diagnostics.error_count(), 1, "{set}");
    }
}

#[test]
fn an_unknown_source_of_a_table_without_values_is_reported() {
    let files = [("main.toml", HEAD)];
    let loaded = load_files(&files, &[], &["fleet.source=nobody"]);
    assert!(messages(&loaded).starts_with("error[S031]: no source `nobody`"), "{loaded:?}");
}

#[test]
fn a_removed_table_may_rest_on_a_removed_source() {
    let main = format!(
        "{HEAD}[source.old]\ndate = 2024-01-01\ntitle = \"O\"\n[supply]\nsource = \"old\"\n"
    );
    let over = "fleetcast = \"overlay/1\"\nremove = [\"source.old\", \"supply\"]\n[supply]\nsource = \"judgment\"\n";
    let loaded = load_files(&[("main.toml", &main), ("over.toml", over)], &["over.toml"], &[]);
    assert!(!messages(&loaded).contains("S031"), "{}", messages(&loaded));
}

#[test]
fn a_later_file_may_correct_a_row_and_observations_may_name_what_was_removed() {
    let row = |metric: &str, value: &str| {
        format!(
            "{{ metric = \"{metric}\", at = \"2023Q4\", value = \"{value}\", source = \"company\", grade = \"A\" }}"
        )
    };
    let revenue = |value: &str| row("finance.revenue", value);
    let chips = row("chip.old.installed", "1 k chips");
    let main = format!(
        "{HEAD}observation = [{}, {chips}]\n[chip.old]\nsource = \"company\"\n",
        revenue("1 B USD")
    );
    let over = format!(
        "fleetcast = \"overlay/1\"\nremove = [\"chip.old\"]\nobservation = [{}]\n",
        revenue("2 B USD")
    );
    let loaded = load_files(&[("main.toml", &main), ("over.toml", &over)], &["over.toml"], &[]);
    assert!(loaded.result.is_ok(), "{}", messages(&loaded));
}
