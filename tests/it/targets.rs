//! Targets against chances and dates that are known.

use std::collections::BTreeMap;

use fleetcast::engine::{Execution, Silent, simulate};
use fleetcast::plan::compile;
use fleetcast::results::{DateCounts, Summaries, TargetResult};
use fleetcast::scenario::load;
use fleetcast::time::{Date, Quarter, TimeGrid};
use fleetcast::vector::Isa;

use crate::support::library::{Run, Texts, planned, repository, simulated, valid};

const CASE: &str = "constant.toml";

/// The scenario without anything uncertain, with more at its end: 2025Q1 to 2027Q4.
fn texts(more: &str) -> Texts {
    let read = |name: &str| {
        let path = repository("tests/cases/analytic").join(name);
        (name.to_owned(), std::fs::read_to_string(path).unwrap())
    };
    Texts(BTreeMap::from([read(CASE), read("constants.toml")])).with_more(CASE, more)
}

fn run(more: &str, sets: &[&str], draws: u64) -> Run {
    simulated(&planned(&valid(&texts(more), CASE, &[], sets)), draws)
}

#[track_caller]
fn target<'a>(summaries: &'a Summaries, name: &str) -> &'a TargetResult {
    let found = summaries.targets.list.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("no target `{name}`"))
}

/// Whether every draw meets the target, by date.
#[track_caller]
fn all_or_none(run: &Run, name: &str) -> Vec<bool> {
    let of = |date: &DateCounts| {
        assert!(date.met == 0 || date.met == date.condition, "{name}: {date:?}");
        assert_eq!(date.failed_by.iter().sum::<u64>(), date.failed(), "{name}: {date:?}");
        date.met > 0
    };
    target(&run.summaries, name).dates.iter().map(of).collect()
}

fn grid() -> TimeGrid {
    TimeGrid::new(Quarter::new(2025, 1).unwrap(), Quarter::new(2027, 4).unwrap()).unwrap()
}

#[test]
fn a_stock_is_met_between_quarter_ends() {
    // Ready power is 1,050 MW at the end of the first quarter and 50 · 1.1^(1 - 1/32) more at the end
    // of the second: 1,075 MW lie between.
    let added = 50.0 * libm::pow(1.1, 31.0 / 32.0);
    let time = 1.0 + 25.0 / added;
    let day = grid().date(time).unwrap();
    let before = Date::from_days(day.days() - 1).unwrap();
    let more = format!(
        "
[target.between]
metric = \"site.ready_power\"
at_least = \"1075 MW\"
by = [{before}, {day}, 2025-06-30]

[target.from-the-start]
metric = \"site.ready_power\"
at_least = \"1000 MW\"
by = [2025-03-30, 2025-03-31]

[target.never]
metric = \"site.ready_power\"
at_most = \"1000 MW\"
by = 2027-12-31

[target.then]
metric = \"site.ready_power\"
at_least = \"1075 MW\"
at = {day}

[target.not-yet]
metric = \"site.ready_power\"
at_least = \"1075 MW\"
at = {before}
"
    );
    let run = run(&more, &[], 70);
    assert_eq!(all_or_none(&run, "between"), [false, true, true]);
    let first = &target(&run.summaries, "between").first;
    assert!((first.low - time).abs() < 1e-12 && (first.high - time).abs() < 1e-12, "{first:?}");
    assert_eq!(first.date(0.5, grid()), Some(day));
    assert_eq!(first.never, 0);
    // What was before the first quarter's end is not known.
    assert_eq!(all_or_none(&run, "from-the-start"), [false, true]);
    assert_eq!(all_or_none(&run, "never"), [false]);
    assert_eq!(target(&run.summaries, "never").first.never, 70);
    assert_eq!(all_or_none(&run, "then"), [true]);
    assert_eq!(all_or_none(&run, "not-yet"), [false]);
}

#[test]
fn flows_count_by_quarter_or_year() {
    // Capex is 10 B USD in 2025, and more each year; revenue 8.8 B USD in the first quarter.
    let run = run(
        "
[target.year]
metric = \"capex.total\"
at_least = \"9.99 B USD\"
at_most = \"10.01 B USD\"
during = 2025

[target.other-year]
metric = \"capex.total\"
at_least = \"9.99 B USD\"
at_most = \"10.01 B USD\"
at = 2026

[target.quarter]
metric = \"finance.revenue\"
at_least = \"8.7 B USD\"
at_most = \"8.9 B USD\"
at = \"2025Q1\"

[target.by]
metric = \"finance.revenue\"
at_least = \"9 B USD\"
by = [2025-03-31, 2025-06-29, 2025-06-30]

[target.throughout]
metric = \"finance.revenue\"
at_least = \"8.7 B USD\"
throughout = 2025

[target.not-throughout]
metric = \"finance.revenue\"
at_least = \"9 B USD\"
throughout = 2025
",
        &[],
        64,
    );
    assert_eq!(all_or_none(&run, "year"), [true]);
    assert_eq!(all_or_none(&run, "other-year"), [false]);
    assert_eq!(all_or_none(&run, "quarter"), [true]);
    // 9.9 B USD in the second quarter: known at its end.
    assert_eq!(all_or_none(&run, "by"), [false, false, true]);
    assert_eq!(all_or_none(&run, "throughout"), [true]);
    assert_eq!(all_or_none(&run, "not-throughout"), [false]);
    assert_eq!(target(&run.summaries, "year").dates[0].label, "in 2025");
    assert_eq!(target(&run.summaries, "throughout").dates[0].date.to_string(), "2025-12-31");
    // Money binds in every draw.
    let targets = &run.summaries.targets;
    let money = targets.limits.iter().position(|limit| limit == "money").unwrap();
    assert_eq!(target(&run.summaries, "other-year").dates[0].failed_by[money], 64);
}

/// Two inputs that are uniform and independent: what is asked of the first, of the second, and of
/// both.
const UNIFORM: &str = "
[target.cash]
metric = \"finance.operating_cash\"
at_least = \"23.76 B USD\"
during = 2025

[target.little-cash]
metric = \"finance.operating_cash\"
at_least = \"19.36 B USD\"
during = 2025

[target.power]
metric = \"energy.cost\"
at_least = \"COST B USD\"
during = 2025

[target.both]
all = [\"cash\", \"power\"]

[target.either]
any = [\"cash\", { metric = \"energy.cost\", at_least = \"COST B USD\", during = 2025 }]

[target.cash-given-little]
metric = \"finance.operating_cash\"
at_least = \"23.76 B USD\"
during = 2025
given = [\"little-cash\"]

[target.cash-given-power]
all = [\"cash\"]
given = [\"power\"]
";

fn uniform() -> Texts {
    let cost = run("", &[], 64).metric("energy.cost").years[0].1.moments.mean().unwrap();
    let more = UNIFORM.replace("COST", &format!("{cost:?}"));
    // 44 B USD of revenue: 23.76 B USD are a margin of 0.54, 19.36 one of 0.44.
    let margin = "cash_margin = { dist = \"uniform\", min = 0.40, max = 0.60 }";
    let price = "price = { dist = \"uniform\", min = \"6 c/kWh\", max = \"10 c/kWh\" }";
    let mut texts = texts(&more);
    let constants = texts.0.get_mut("constants.toml").unwrap();
    let energy = constants.find("[energy]").unwrap();
    let old = constants[energy..].lines().find(|line| line.starts_with("price = ")).unwrap();
    *constants = constants.replace(old, price).replace("cash_margin = 0.5", margin);
    texts
}

#[track_caller]
fn chance(summaries: &Summaries, name: &str, expected: f64) {
    let date = &target(summaries, name).dates[0];
    let interval = date.probability().unwrap();
    let error = (expected * (1.0 - expected) / date.condition as f64).sqrt();
    let errors = (interval.value - expected) / error;
    assert!(errors.abs() < 5.0, "{name}: {} is {errors:.1} errors from {expected}", interval.value);
    assert!(interval.low < interval.value && interval.value < interval.high, "{interval:?}");
    assert!(
        (interval.high - interval.low - 2.0 * 1.96 * error).abs() < 0.2 * error,
        "{interval:?}"
    );
}

#[test]
fn chances_of_uniform_inputs() {
    const DRAWS: u64 = 20_000;
    let run = simulated(&planned(&valid(&uniform(), CASE, &[], &[])), DRAWS);
    let of = |name: &str, expected: f64| chance(&run.summaries, name, expected);
    of("cash", 0.3);
    of("little-cash", 0.8);
    of("power", 0.5);
    of("both", 0.15);
    of("either", 0.65);
    // What is given cuts the range; what is independent changes nothing.
    of("cash-given-little", 0.3 / 0.8);
    of("cash-given-power", 0.3);
    let counts = |name: &str| target(&run.summaries, name).dates[0].clone();
    let given = counts("cash-given-little");
    assert_eq!(given.condition, counts("little-cash").met);
    assert_eq!((given.met, given.both), (counts("cash").met, counts("cash").met));
    assert_eq!(counts("cash-given-power").both, counts("both").met);
    let union = counts("cash").met + counts("power").met - counts("both").met;
    assert_eq!(counts("either").met, union);
    assert_eq!(target(&run.summaries, "cash").first.never, DRAWS - counts("cash").met);
    // Parts that are written in place are not reported.
    assert_eq!(run.summaries.targets.list.len(), 7);
    // The kept draws say the same as the inputs.
    let input = |key: &str| &run.kept.inputs.iter().find(|(known, _)| known == key).unwrap().1;
    let first = |name: &str| &run.kept.targets.iter().find(|(known, _)| known == name).unwrap().1;
    assert_eq!(first("cash").len(), 8_192);
    for (margin, first) in input("finance.cash_margin").iter().zip(first("cash")) {
        assert_eq!(*margin >= 0.54, first.is_finite(), "{margin} {first}");
    }
}

#[test]
fn threads_blocks_and_instruction_sets_move_no_count() {
    const DRAWS: u64 = 9_100;
    let plan = planned(&valid(&uniform(), CASE, &[], &[]));
    let run = |threads: usize, block: usize, isa: Isa| {
        let execution = Execution { threads, block, isa };
        let (summaries, kept) = simulate(&plan, DRAWS, execution, &Silent).unwrap();
        (summaries.targets, kept.targets)
    };
    let base = run(1, 64, Isa::Portable);
    assert!(base.0.list.iter().all(|target| target.dates[0].met > 0));
    for isa in Isa::available() {
        for (threads, block) in [(1, 1024), (2, 256), (3, 64), (7, 128)] {
            assert!(run(threads, block, isa) == base, "{threads} {block} {}", isa.name());
        }
    }
}

#[test]
fn what_the_scenario_does_not_compute_is_reported() {
    let asked = |metric: &str, when: &str| {
        let more = format!("\n[target.x]\nmetric = \"{metric}\"\nat_least = 1\n{when}\n");
        let loaded = load(&texts(&more.replace("= 1\n", "= \"1 MW\"\n")), CASE, &[], &[]);
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        let problems = compile(&loaded.result.unwrap()).unwrap_err();
        let found: Vec<_> = problems.iter().map(|one| (one.code, one.message.clone())).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(problems.iter().all(|one| !one.help.is_empty() && one.primary.is_some()));
        found[0].clone()
    };
    let (code, message) = asked("site.planned_power", "by = 2026-12-31");
    assert_eq!(code, "P006");
    assert_eq!(message, "`site.planned_power` is not computed by this scenario");
}

#[test]
fn a_scenario_without_targets_has_none() {
    let run = run("", &[], 64);
    assert!(run.summaries.targets.list.is_empty() && run.kept.targets.is_empty());
}
