//! What the limits of the fleet cost.

use fleetcast::engine::{Execution, Silent, limits};
use fleetcast::plan::Plan;
use fleetcast::results::{LimitEffect, LimitStep, Limits};
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
