//! Accounting identities in every draw and quarter of what is shipped, and draws that leave their
//! physical range.

use fleetcast::engine::{Broken, Execution, Silent, check_identities, replay};
use fleetcast::plan::Plan;
use fleetcast::vector::Isa;

use crate::support::Sim;
use crate::support::library::{Folder, Texts, planned, repository, simulated, valid};

fn checked(plan: &Plan, draws: u64) -> Result<usize, Broken> {
    let execution = Execution { threads: 2, block: 256, isa: Isa::detect() };
    check_identities(plan, draws, execution, &Silent).unwrap()
}

/// Each scenario with its overlays, one by one and together: all identities hold and no draw
/// leaves its range.
fn holds(draws: (u64, u64)) {
    let texts = Texts::shipped();
    for scenario in texts.0.keys().filter(|path| !path.contains('/')) {
        let overlays = texts.overlays_of(scenario);
        let mut layers: Vec<(Vec<&str>, u64)> = vec![(Vec::new(), draws.0)];
        layers.extend(overlays.iter().map(|overlay| (vec![*overlay], draws.1)));
        // What the core takes out, others change.
        let together = overlays.iter().copied().filter(|path| *path != "overlays/core.toml");
        layers.push((together.collect(), draws.1));
        for (with, draws) in layers {
            let plan = planned(&valid(&texts, scenario, &with, &[]));
            let checked = checked(&plan, draws);
            assert!(checked.as_ref().is_ok_and(|&n| n >= 16), "{scenario} {with:?}: {checked:?}");
            let left = simulated(&plan, draws).summaries.left_range;
            assert!(left.is_empty(), "{scenario} {with:?}: {left:?}");
        }
    }
}

#[test]
fn identities_hold_in_every_shipped_scenario_and_overlay() {
    holds((3_000, 500));
}

#[test]
#[ignore = "a minute or more: before a release"]
fn identities_hold_in_a_hundred_thousand_draws() {
    holds((100_000, 100_000));
}

#[test]
fn identities_hold_in_the_worked_cases() {
    let cases = Folder(repository("tests/cases/analytic"));
    for case in ["constant.toml", "sites.toml", "money.toml", "events.toml", "contracts.toml"] {
        let plan = planned(&valid(&cases, case, &[], &[]));
        assert!(checked(&plan, 200).is_ok(), "{case}");
    }
}

/// A checker that looks at the wrong column must say so: each identity can fail.
#[test]
fn what_does_not_add_up_is_found() {
    let texts = Texts::shipped();
    let scenario = valid(&texts, "meta-2024-07.toml", &["overlays/server-life-2025.toml"], &[]);
    let expect = |name: &str, other: &str, words: &str| {
        let mut plan = planned(&scenario);
        let column = plan.names[other];
        assert!(plan.names.insert(name.to_owned(), column).is_some(), "{name}");
        let broken = checked(&plan, 300).expect_err(words);
        assert!(broken.identity.contains(words), "{name}: {broken:?}");
        assert!(broken.draw < 300 && broken.step < 28, "{broken:?}");
        broken
    };
    for (name, other, words) in [
        ("capex.rest", "capex.chips", "sum of its parts"),
        ("capex.shortfall", "capex.rest", "spent or cut"),
        ("capex.~released", "capex.rest", "released"),
        ("finance.depreciation", "capex.rest", "rolls forward"),
        ("finance.operating_cash", "finance.revenue", "free cash flow"),
        ("use.share.idle", "use.share.ranking", "idle"),
        ("use.share.research", "use.share.ranking", "sum to one"),
        ("chip.h100.installed", "chip.h100.~waiting", "over chips"),
        ("chip.h100.~kept", "chip.h100.~counted", "retired"),
        ("chip.b200.purchases", "chip.h100.purchases", "price"),
        ("input fleet.failure", "input fleet.repaired", "units of"),
        ("fleet.retired", "fleet.chips", "retired early"),
        ("facility.~peak", "capex.~chip_share", "peak ratio"),
        ("finance.~issue", "capex.rest", "debt rolls"),
        ("finance.~buyback", "capex.rest", "cash rolls"),
        ("carbon.cumulative", "carbon.location", "add up"),
        ("input carbon.grid", "carbon.embodied", "of the grid"),
        ("carbon.market", "carbon.location", "no contract matches"),
        ("input carbon.chip", "carbon.location", "making chips"),
        ("water.~liquid", "capex.~chip_share", "kinds of cooling"),
        ("fleet.~power_before", "facility.power", "falls until"),
        ("site.ready_power", "capex.~chip_share", "energized"),
    ] {
        expect(name, other, words);
    }
    let broken = expect("facility.~peak", "capex.~chip_share", "peak ratio");
    assert_eq!((broken.draw, broken.step), (0, 0), "the first draw and quarter are named");
    assert!(broken.left > broken.right, "{broken:?}");
}

#[test]
fn the_flag_checks_and_writes_nothing() {
    let sim = || Sim::starter().args("run s.toml --draws 300 --check-identities");
    let held = sim().run().exits(0).says("identities hold in 300 draws and");
    assert_eq!(held.entries(), ["s.toml"]);
    let json = sim().args("--json").run().exits(0).json();
    assert_eq!((&json["draws"], &json["broken"]), (&300.into(), &serde_json::Value::Null));
    let short = Sim::new().args("run -h").run().exits(0);
    assert!(!short.stdout.contains("--check-identities"));
    Sim::new().args("run --help").run().exits(0).says("--check-identities");
}

/// So many chips that their power is infinite in about a sixth of the draws.
const TOO_MANY: [&str; 2] = [
    "chip.a100.stock={ dist = \"lognormal\", median = \"1e306 chips\", sd_log = 0.6 }",
    "chip.a100.power=\"100 kW\"",
];

fn too_many() -> Plan {
    planned(&valid(&Texts::shipped(), "meta-2024-07.toml", &[], &TOO_MANY))
}

#[test]
fn draws_that_leave_their_range_are_counted_and_left_out() {
    let (plan, draws) = (too_many(), 3_001);
    let run = simulated(&plan, draws);
    let left = &run.summaries.left_range;
    let power = left.iter().find(|left| left.cause.starts_with("fleet.it_power")).unwrap();
    let share = power.draws as f64 / draws as f64;
    // ln(1.8e308 / 1e308) / 0.6 is 0.98 standard deviations: 16.4 %, less what waits to be installed.
    assert!((0.1..0.2).contains(&share), "{share}");
    let all: u64 = left.iter().map(|left| left.draws).sum();
    for name in ["fleet.it_power", "fleet.chips", "capex.total", "finance.revenue", "binds.money"] {
        for step in [0, 27] {
            let moments = &run.quarter(name, step).moments;
            assert_eq!(moments.count + moments.nonfinite, draws, "{name}");
            assert!(moments.nonfinite >= power.draws, "{name}: {}", moments.nonfinite);
        }
    }
    // What is finite in size is left out too, and of the year.
    assert_eq!(run.quarter("capex.total", 27).moments.nonfinite, all);
    let years = &run.metric("capex.total").years;
    assert_eq!(years.last().unwrap().1.moments.nonfinite, all);
    for target in &run.summaries.targets.list {
        for date in target.dates.iter().filter(|_| target.given.is_empty()) {
            assert_eq!(date.condition, draws - all, "{}", target.name);
        }
    }
    // The first draws are named, and a replay says why.
    let &(draw, step) = power.first.first().unwrap();
    let replayed = replay(&plan, draw, Isa::detect());
    assert_eq!(replayed.left_range, Some((step, power.cause.clone())));
    assert_eq!(
        replay(&plan, 0, Isa::detect()).left_range.is_some(),
        run.result("capex.total@2024")[0].is_nan()
    );
}

/// A run of it, with the shipped files beside.
fn run_too_many(more: &str) -> Sim {
    let sim = Texts::shipped().0.iter().fold(Sim::new(), |sim, (path, text)| sim.file(path, text));
    let sim = sim.args("run meta-2024-07.toml --no-charts --out o").args(more);
    TOO_MANY.iter().fold(sim, |sim, set| sim.arg("--set").arg(set))
}

#[test]
fn what_is_left_out_does_not_depend_on_threads_or_blocks() {
    let of = |more: &str| {
        let run = run_too_many(&format!("--draws 3001 {more}")).run().exits(0);
        ["summary.bin", "run.json"].map(|file| std::fs::read(run.path("o").join(file)).unwrap())
    };
    let one = of("--threads 1 --block-size 256");
    for more in ["--threads 3", "--threads 1 --block-size 64", "--block-size 1024 --isa portable"] {
        assert!(of(more) == one, "{more}");
    }
}

#[test]
fn the_headline_and_run_json_say_what_was_left_out() {
    let sim = run_too_many("--draws 500");
    let run = sim.run().exits(0).says("left their physical range").says("fleetcast explain");
    let json: serde_json::Value = serde_json::from_str(&run.text("o/run.json")).unwrap();
    let first = &json["left_range"][0];
    assert!(first["draws"].as_u64().unwrap() > 10 && first["cause"].is_string(), "{first}");
    assert!(first["first"][0]["quarter"].is_string(), "{first}");
}
