//! What the limits of the fleet cost.

use fleetcast::engine::{Execution, Silent, limits};
use fleetcast::plan::Plan;
use fleetcast::results::{Estimate, LimitEffect, LimitStep, Limits};
use fleetcast::vector::Isa;

use crate::support::library::{Folder, Texts, planned, repository, simulated, valid};

fn one_thread() -> Execution {
    Execution { threads: 1, block: 256, isa: Isa::detect() }
}

fn found(plan: &Plan, draws: u64) -> Limits {
    limits(plan, draws, one_thread(), &Silent).unwrap().unwrap()
}

/// The case without anything uncertain, with what is set.
fn case(sets: &[&str]) -> (Plan, Limits) {
    let folder = Folder(repository("tests/cases/analytic"));
    let plan = planned(&valid(&folder, "constant.toml", &[], sets));
    let limits = found(&plan, 130);
    (plan, limits)
}

fn effect<'a>(limits: &'a Limits, step: &'a LimitStep, name: &str) -> &'a LimitEffect {
    let at = limits.names.iter().position(|limit| limit == name);
    &step.effects[at.unwrap_or_else(|| panic!("no limit `{name}`"))]
}

#[track_caller]
fn close(actual: f64, expected: f64, what: &str) {
    let error = (actual - expected).abs();
    assert!(error <= 1e-9 * expected.abs().max(1.0), "{what}: {actual} is not {expected}");
}

#[test]
fn where_money_alone_binds_only_money_has_a_price() {
    let (_, limits) = case(&[]);
    assert_eq!(limits.names, ["money", "chips", "power"]);
    assert_eq!(limits.steps.iter().map(|step| step.step).collect::<Vec<_>>(), [3, 7, 11]);
    for step in &limits.steps {
        let of = |name| effect(&limits, step, name);
        for other in [of("chips"), of("power")] {
            close(other.quarter.mean, 0.0, "quarter");
            close(other.since.mean, 0.0, "since the start");
        }
        assert!(of("money").quarter.mean > 0.0, "{step:?}");
        assert!(of("money").since.mean > of("money").quarter.mean, "{step:?}");
        close(step.joint.mean, 0.0, "joint");
        let split: f64 = step.effects.iter().map(|effect| effect.lost.mean).sum();
        close(split, step.lost.mean, "split");
        assert!(step.effects.iter().all(|effect| effect.lost.error == 0.0), "{step:?}");
        let causes: Vec<_> = step.causes.iter().map(|c| (&*c.limit, &*c.what, c.draws)).collect();
        assert_eq!(causes, [("money", "guidance", 130)]);
    }
}

/// Fails unless no limit but this one has a price, and gives the last step.
#[track_caller]
fn only(limits: &Limits, name: &str) -> LimitStep {
    let step = limits.steps.last().unwrap().clone();
    for (other, effect) in limits.names.iter().zip(&step.effects) {
        let quarter = effect.quarter.mean;
        if other == name {
            assert!(quarter > 1.0, "{name}: {effect:?}");
        } else {
            assert!(quarter.abs() < 1e-6, "{other} beside {name}: {effect:?}");
        }
    }
    let split: f64 = step.effects.iter().map(|effect| effect.lost.mean).sum();
    close(split, step.lost.mean, "split");
    // Crews that let deliveries pile up slow buying, which counts as power in the names.
    let named = if name == "installation" { "power" } else { name };
    assert!(step.causes.iter().all(|cause| cause.limit == named), "{:?}", step.causes);
    step
}

#[test]
fn where_one_limit_alone_binds_the_others_are_free() {
    let (_, chips) = case(&["supply.share=\"0.01 %\""]);
    let step = only(&chips, "chips");
    assert_eq!(step.causes.len(), 1, "{:?}", step.causes);
    let (_, power) = case(&["site.all.power=\"40 MW\"", "site.all.growth=\"2 MW/quarter\""]);
    assert_eq!(only(&power, "power").causes[0].what, "additions");
    let (_, crews) = case(&["fleet.max_installs=\"5 k chips\""]);
    assert_eq!(crews.names, ["money", "chips", "power", "installation"]);
    let step = only(&crews, "installation");
    // A limit that is relaxed since the start is one that is so much wider.
    let fleet = |set: &str| {
        let (plan, _) = case(&[set]);
        simulated(&plan, 64).result("fleet.h100e@2027")[0]
    };
    let wider =
        fleet("fleet.max_installs=\"5_500 chips\"") - fleet("fleet.max_installs=\"5 k chips\"");
    close(effect(&crews, &step, "installation").since.mean, wider, "10 % more crews");
}

#[test]
fn the_fleet_of_every_shipped_scenario_is_that_of_its_run() {
    let texts = Texts::shipped();
    let scenarios = texts.0.iter().filter(|(path, _)| !path.contains('/') && path.contains("-20"));
    let mut seen = 0;
    for (path, _) in scenarios {
        let plan = planned(&valid(&texts, path, &[], &[]));
        let (limits, run) = (found(&plan, 200), simulated(&plan, 200));
        for step in &limits.steps {
            let (year, quarter) = plan.setup.quarters[step.step];
            let scale = step.lost.mean.abs();
            let split: f64 = step.effects.iter().map(|effect| effect.lost.mean).sum();
            assert!((split - step.lost.mean).abs() <= 1e-9 * scale, "{path} {year}: {step:?}");
            if plan.closes_whole_year(step.step) && quarter == 4 {
                let fleet = run.result(&format!("fleet.h100e@{year}"));
                assert_eq!(Estimate::of(fleet), step.fleet, "{path} {year}");
                seen += 1;
            }
            let named: u64 = step.causes.iter().map(|cause| cause.draws).sum();
            assert_eq!(named, 200, "{path} {year}: {:?}", step.causes);
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn threads_and_instruction_sets_change_nothing() {
    let texts = Texts::shipped();
    let plan = planned(&valid(&texts, "meta-2024-07.toml", &[], &[]));
    let one = found(&plan, 700);
    let many = Execution { threads: 3, block: 64, isa: Isa::Portable };
    assert_eq!(limits(&plan, 700, many, &Silent).unwrap().unwrap(), one);
    assert!(one.steps.iter().all(|s| s.effects.iter().all(|e| e.lost.error > 0.0)), "{one:?}");
}

#[test]
fn a_warning_names_weak_inputs_that_move_the_fleet() {
    let texts = Texts::shipped();
    let plan = planned(&valid(&texts, "meta-2024-07.toml", &[], &[]));
    let (mut limits, run) = (found(&plan, 400), simulated(&plan, 400));
    let count = |limits: &Limits, weak: bool| {
        let found = limits.find_warnings(&run.kept, |_| weak);
        found.iter().filter(|warning| warning.contains("weak ground")).count()
    };
    assert_eq!((count(&limits, true), count(&limits, false)), (1, 0));
    // Two limits that cost the same are not told apart; a clear gap is.
    let last = limits.steps.last_mut().unwrap();
    for (at, effect) in last.effects.iter_mut().enumerate() {
        effect.lost = Estimate { mean: 10.0 + at as f64, error: 1.0 };
    }
    let unsettled = |limits: &Limits| !limits.find_warnings(&run.kept, |_| false).is_empty();
    assert!(unsettled(&limits));
    limits.steps.last_mut().unwrap().effects[0].lost.mean = 20.0;
    assert!(!unsettled(&limits));
}
