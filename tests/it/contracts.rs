//! Companies, contracts and sites: worked by hand, and what they do to a run.

use fleetcast::model::setup::Side;

use crate::support::library::{Folder, Run, Texts, planned, repository, simulated, valid};

fn run(name: &str, sets: &[&str]) -> Run {
    let cases = Folder(repository("tests/cases/analytic"));
    simulated(&planned(&valid(&cases, name, &[], sets)), 300)
}

#[track_caller]
fn close(actual: f64, expected: f64, what: &str) {
    let error = (actual - expected).abs();
    assert!(error <= 1e-12 * expected.abs().max(1.0), "{what}: {actual} is not {expected}");
}

#[test]
fn contracts_move_power_between_companies() {
    let run = run("contracts.toml", &[]);
    for t in 0..12_u32 {
        let at = t as usize;
        let during = |from: u32, to: u32| f64::from(u8::from((from..to).contains(&t)));
        // A quarter of 400 MW for a year; half of 200 MW, and of 100 more; 100,000 chips of 2 kW.
        let let_power = 100.0 * during(2, 6);
        let used = 100.0 * during(4, 99) + 50.0 * during(6, 99) + 200.0 * during(4, 6);
        let what = |name: &str| format!("{name} in quarter {t}");
        close(run.mean("contract.let_power", at), let_power, &what("let"));
        close(run.mean("contract.used_power", at), used, &what("used"));
        let ready = 400.0 - let_power + used;
        close(run.mean("site.ready_power", at), ready, &what("ready"));
        // The fleet is where the power is; the largest site is its own.
        close(run.mean("site.ohio.ready_power", at), 400.0 - let_power, &what("at one site"));
        let abroad = 100.0 * during(4, 99) + 50.0 * during(6, 99);
        close(run.mean("site.abroad.ready_power", at), abroad, &what("at another's site"));

        let end = f64::from(t) + 1.0;
        close(run.mean("contract.revenue", at), 0.5 * during(2, 6), &what("revenue"));
        let backlog = 0.5 * (6.0 - end.max(2.0)).max(0.0);
        close(run.mean("contract.backlog", at), backlog, &what("backlog"));
        let commitments = 0.4 * 0.25 * (44.0 - end.max(4.0)) + 0.0;
        close(run.mean("contract.commitments", at), commitments, &what("commitments"));
        let own = [8.0, 9.0, 10.0, 13.0][at % 4] * libm::pow(1.1, (at / 4 + 1) as f64);
        let revenue = own + 0.5 * during(2, 6);
        close(run.mean("finance.revenue", at), revenue, &what("all revenue"));
        // Two fifths of a quarter's payment, and the rest as far as the power is in use.
        let part = run.mean("fleet.it_power", at) / (ready * (1.0 - 0.1));
        let paid = during(4, 99) * (0.1 + 0.15 * part.min(1.0));
        close(run.mean("contract.payments", at), paid, &what("payments"));
    }
}

#[test]
fn what_two_others_agree_on_changes_nothing() {
    let with = run("contracts.toml", &[]);
    let without = run("contracts.toml", &["remove=[\"contract.others\"]"]);
    assert_eq!(with.summaries.metrics.len(), without.summaries.metrics.len());
    for metric in &with.summaries.metrics {
        for (t, quarter) in metric.quarters.iter().enumerate() {
            let other = without.quarter(&metric.name, t);
            assert_eq!(quarter.high.to_bits(), other.high.to_bits(), "{} {t}", metric.name);
        }
    }
}

#[test]
fn a_contract_can_be_seen_from_either_side() {
    let texts = Texts::shipped();
    let seen = |scenario: &str, name: &str| {
        let plan = planned(&valid(&texts, scenario, &[], &[]));
        let contract = plan.setup.contracts.iter().find(|c| c.key == format!("contract.{name}"));
        contract.map(|c| (c.side, c.with_chips)).unwrap()
    };
    assert_eq!(seen("openai-2026-09.toml", "azure-2026"), (Side::User, false));
    assert_eq!(seen("microsoft-2026-09.toml", "openai-2026"), (Side::Provider, true));
    assert_eq!(seen("xai-2026-09.toml", "anthropic"), (Side::Provider, true));
}

#[test]
fn what_is_sold_with_chips_stays_in_the_fleet_and_earns() {
    let plan = |sets: &[&str]| planned(&valid(&Texts::shipped(), "xai-2026-09.toml", &[], sets));
    let with = simulated(&plan(&["contract.anthropic.termination=\"0 %/year\""]), 600);
    let without = simulated(&plan(&["remove=[\"contract.anthropic\"]"]), 600);
    // 2026Q4: all of Colossus 1 is sold, for 3.75 B USD.
    close(with.mean("contract.sold_power", 3), 340.0, "sold");
    close(with.mean("contract.revenue", 3), 3.75, "revenue");
    close(with.mean("fleet.h100e", 3), without.mean("fleet.h100e", 3), "fleet");
    assert!(with.mean("contract.own_h100e", 3) < 0.9 * with.mean("fleet.h100e", 3));
    // In 2029Q3 it is over, and what is left grew without it.
    close(with.mean("contract.revenue", 14), 0.0, "revenue after its end");
    assert!(with.mean("finance.revenue", 14) < 3.0, "{}", with.mean("finance.revenue", 14));
}

#[test]
fn a_run_on_a_site_waits_for_its_power_and_has_no_more_than_it_feeds() {
    let run = run("places.toml", &[]);
    close(run.mean("training.third.started", 3), 0.0, "no power before 2026");
    close(run.mean("training.third.started", 4), 1.0, "power from 2026 on");
    // 2 MW less a reserve of a tenth, at 2 kW a chip.
    close(run.mean("training.third.cluster_chips", 11), 900.0, "cluster");
    assert!(run.mean("cluster.chips", 4) > 900.0);
}

/// A company and tables of companies cannot stand under one key of one file: the resolved scenario
/// names it under `run`.
#[test]
fn a_resolved_scenario_with_companies_is_read_again() {
    let texts = Texts::shipped();
    let scenario = valid(&texts, "openai-2026-09.toml", &[], &[]);
    let mut again = Texts::shipped();
    again.0.insert("again.toml".to_owned(), scenario.resolved_toml().to_owned());
    let read = valid(&again, "again.toml", &[], &[]);
    assert_eq!(read.company, "openai");
    assert_eq!(read.companies, scenario.companies);
    assert_eq!(read.contracts, scenario.contracts);
    assert_eq!(read.sites, scenario.sites);
}
