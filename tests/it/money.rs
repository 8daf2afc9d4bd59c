//! Running cost, carbon, water, use of the fleet, deals and returns, against arithmetic by hand.

use fleetcast::scenario::load;

use crate::support::library::{
    Folder, Run, Texts, analytic, close, planned, repository, simulated, valid,
};

fn run(name: &str, sets: &[&str], draws: u64) -> Run {
    simulated(&planned(&analytic(name, sets)), draws)
}

/// H100e in service and their IT power in the first quarter: see `analytic`.
fn first_quarter(run: &Run) -> (f64, f64) {
    let fleet = run.mean("fleet.h100e", 0);
    assert!(fleet > 40_000.0 && fleet < 60_000.0, "{fleet}");
    // 2 kW and 2 H100e a chip.
    close(run.mean("fleet.it_power", 0), fleet / 1e3, 1e-12, "MW");
    (fleet, fleet / 1e3)
}

#[test]
fn carbon_and_water_agree_with_arithmetic_by_hand() {
    let run = run("money.toml", &[], 64);
    let (fleet, power) = first_quarter(&run);
    let energy = power * 0.6 * 1.1 * 2_191.5;
    close(run.mean("carbon.location", 0), 0.4 * energy, 1e-12, "location-based");
    close(run.mean("carbon.market", 0), 0.1 * energy, 1e-12, "market-based");
    // 0.3 t a chip over 20 quarters.
    close(run.mean("carbon.embodied", 0), 0.015 * fleet / 2.0, 1e-12, "embodied");
    let sum: f64 =
        (0..12).map(|t| run.mean("carbon.location", t) + run.mean("carbon.embodied", t)).sum();
    close(run.mean("carbon.cumulative", 11), sum, 1e-12, "cumulative");
    // A fifth by liquid, half of the rest by evaporation: 0.1 + 0.4 + 0.04 L/kWh at the racks.
    let water = 0.54 * energy / 1.1 / 1_000.0;
    close(run.mean("water.total", 0), water, 1e-12, "water");
    assert!(run.summaries.metric("carbon.on_site").is_none(), "there is no gas");
}

/// 300 of the 500 MW of phases burn gas and are cooled by liquid; outside of them a tenth burns gas.
#[test]
fn phases_say_how_they_are_powered_and_cooled() {
    let sets = [
        "site.stage.likely.completion=100 %",
        "site.ohio.phase.certain.source_of_power=\"gas\"",
        "site.ohio.phase.certain.cooling=\"liquid\"",
        "site.ohio.phase.likely.cooling=\"evaporative\"",
        "carbon.grid=400 g/kWh",
        "carbon.unmatched=0 %",
        "carbon.gas=500 g/kWh",
        "carbon.gas_share=10 %",
        "water.air=0.1 L/kWh",
        "water.evaporative=1 L/kWh",
        "water.liquid=0.5 L/kWh",
        "water.liquid_share=0 %",
        "water.evaporative_share=50 %",
    ];
    let run = run("sites.toml", &sets, 64);
    close(run.mean("site.ready_power", 7), 1_000.0, 1e-12, "ready power");
    let energy = run.mean("energy.total", 7);
    let burnt = energy * 0.35 * 0.5;
    close(run.mean("carbon.on_site", 7), burnt, 1e-12, "gas on site");
    close(run.mean("carbon.location", 7), burnt + energy * 0.65 * 0.4, 1e-12, "location-based");
    close(run.mean("carbon.market", 7), burnt, 1e-12, "market-based");
    // Liquid 0.3, evaporation 0.2 and half of 0.5, air the rest.
    let each = 0.3 * 0.5 + 0.45 + 0.25 * 0.1;
    close(run.mean("water.total", 7), each * energy / 1.1 / 1e3, 1e-12, "water");
}

#[test]
fn running_cost_and_people_agree_with_arithmetic_by_hand() {
    let run = run("money.toml", &[], 64);
    let (_, power) = first_quarter(&run);
    close(run.mean("opex.site", 0), 0.1 * run.mean("site.ready_power", 0) / 1e3, 1e-12, "site");
    // In service: 0.9 B USD a quarter of older servers and what was bought last year, 0.4 of 5 B
    // USD, half a quarter of the last 2 B USD; over five years. A hundredth of it a quarter.
    let charge = 0.9 + 0.4 * (2.0 * 0.5 + 3.0) / 20.0;
    close(run.mean("opex.maintenance", 0), 0.01 * 20.0 * charge, 1e-12, "maintenance");
    let energy = power * 0.6 * 1.1 * 2_191.5 * 80.0 / 1e9;
    let total = run.mean("opex.site", 0) + run.mean("opex.maintenance", 0) + energy;
    close(run.mean("opex.total", 0), total, 1e-12, "in all");
    close(run.mean("opex.to_revenue", 0), total / 8.8, 1e-12, "over revenue");
    close(run.mean("people.cost", 0), 0.2, 1e-12, "pay");
    close(run.mean("people.cost", 8), 0.2 * 1.4641, 1e-12, "pay after two years");
}

#[test]
fn leases_and_economic_life_agree_with_arithmetic_by_hand() {
    let with = run("money.toml", &[], 64);
    let without = run("money.toml", &["finance.count_lease_principal=0.0"], 64);
    let capex = with.mean("capex.total", 3);
    close(with.mean("capex.purchases", 3), 0.95 * capex, 1e-12, "purchases");
    let free = |run: &Run| run.mean("finance.free_cash_flow", 3);
    close(free(&without) - free(&with), 0.05 * capex, 1e-11, "principal of leases");
    // Older servers, 0.9 B USD a quarter falling over 18, and 0.4 of last year's 5 B USD.
    let (start, kept) = (8.1 + 2.0, libm::exp(-0.08));
    close(with.mean("finance.economic_depreciation", 0), start * (1.0 - kept), 1e-12, "loss");
    let value = start * kept + 0.5 * with.mean("capex.total", 0);
    close(with.mean("finance.economic_value", 0), value, 1e-12, "value");
}

#[test]
fn the_cost_of_ownership_agrees_with_arithmetic_by_hand() {
    let run = run("money.toml", &[], 64);
    // 25,000 USD with network, 30,000 with server, 2 kW and 2 H100e a chip.
    close(run.mean("tco.capital", 0), 15.0 + 10.0, 1e-12, "up front");
    let recovery = |years: f64| 0.08 / (1.0 - libm::pow(1.08, -years));
    let running = 0.4 + 0.04 * 15.0 + 80.0 * 0.66 * 8_766.0 / 1e6;
    let year = 15.0 * recovery(5.0) + 10.0 * recovery(20.0) + running;
    close(run.mean("tco.year", 0), year, 1e-12, "a year");
    close(run.mean("tco.hour", 0), year * 1e3 / 8_766.0, 1e-12, "an hour");
}

#[test]
fn the_fleet_is_shared_by_its_uses() {
    let run = run("money.toml", &[], 64);
    let (fleet, power) = first_quarter(&run);
    let share = |name: &str, t: usize| run.mean(&format!("use.share.{name}"), t);
    close(run.mean("use.demand.ranking", 0), 5_000.0, 1e-12, "demand of ranking");
    close(share("ranking", 0), 5_000.0 / fleet, 1e-12, "ranking");
    close(share("inference", 0), 5_000.0 / fleet, 1e-12, "inference");
    close(share("research", 0), 0.3, 1e-12, "research");
    close(share("flagship", 0), 0.05, 1e-12, "half of a cluster of a tenth");
    let idle = 1.0 - 0.35 - 10_000.0 / fleet;
    close(share("idle", 0), idle, 1e-11, "idle");
    let draw = 0.35 * 0.75 + 10_000.0 / fleet * 0.5 + idle * 0.2;
    close(run.mean("use.power_utilization", 0), draw, 1e-12, "draw");
    let energy = power * 0.6 * 1.1 * 2_191.5;
    close(run.mean("energy.idle", 0), energy * idle * 0.2 / draw, 1e-11, "energy of idle chips");
    let worth = 0.05 * fleet * 2.0 * 2_191.5 / 1e9;
    close(run.mean("use.flagship_worth", 0), worth, 1e-12, "worth of the flagship's chips");
    close(run.mean("use.demand.inference", 8), 5_000.0 * 16.0, 1e-12, "demand of inference");
}

#[test]
fn demand_beyond_the_fleet_is_rented() {
    let run = run("money.toml", &["use.inference.growth=2000 %/year"], 64);
    let demand = 5_000.0 + 5_000.0 * libm::pow(21.0, 2.75);
    let lacks = demand - run.mean("fleet.h100e", 11);
    close(run.mean("use.unserved", 11), lacks, 1e-11, "unserved");
    close(run.mean("use.rented_cost", 11), lacks * 2.0 * 2_191.5 / 1e9, 1e-11, "rent");
    close(run.mean("use.utilization", 11), 1.0, 1e-12, "all is used");
    assert!(run.mean("use.share.flagship", 11) < 1e-12);
    // The flagship's floor comes first: half of its want, which is half of a cluster of a tenth.
    let sets = ["use.inference.growth=2000 %/year", "use.flagship.floor=50 %"];
    let run = self::run("money.toml", &sets, 64);
    let cluster = run.mean("cluster.largest", 11) / run.mean("fleet.h100e", 11);
    close(run.mean("use.share.flagship", 11), 0.25 * cluster, 1e-12, "the floor");
}

/// Demand that doubles at once is met half by conversion in the quarter, at a lag of one quarter.
#[test]
fn training_chips_are_converted_with_a_lag() {
    // 30,000 H100e of inference at the start, 51 times as many a year later.
    let sets = ["use.inference.users=51_840_000", "use.inference.growth=5_000 %/year"];
    let run = run("money.toml", &sets, 64);
    let fleet = |t| run.mean("fleet.h100e", t);
    let serving =
        |t| fleet(t) * (run.mean("use.share.ranking", t) + run.mean("use.share.inference", t));
    let at_once = serving(0) + fleet(1) - fleet(0);
    let want = 5_000.0 + 30_000.0 * libm::pow(51.0, 0.25);
    assert!(want > at_once && want < fleet(1), "{want} {at_once}");
    close(serving(1), 0.5 * (at_once + want), 1e-12, "serving");
}

#[test]
fn the_use_of_the_fleet_can_set_its_electricity() {
    let run = run("money.toml", &["energy.by_use=true"], 64);
    let (_, power) = first_quarter(&run);
    for t in [0, 7] {
        let draw = run.mean("use.power_utilization", t);
        let energy = run.mean("fleet.it_power", t) * draw * 1.1 * 2_191.5;
        close(run.mean("energy.total", t), energy, 1e-12, "energy");
    }
    assert!(power > 0.0);
}

/// Custom chips for all of the other budget: they rank first, then infer, and the rest is stranded.
#[test]
fn custom_chips_serve_and_do_not_train() {
    let sets = ["capex.other_share=10 %", "capex.custom_share=100 %"];
    let run = run("money.toml", &sets, 64);
    for t in [0, 3, 11] {
        let custom = run.mean("chip.custom.installed_h100e", t);
        let trains = run.mean("fleet.h100e", t) - custom;
        let (ranking, inference) = (5_000.0, 5_000.0 * libm::pow(4.0, 0.25 * t as f64));
        let used = custom.min(ranking);
        let next = (2.0 * inference).min(custom - used);
        close(run.mean("use.stranded", t) + used + next, custom, 1e-12, "custom chips");
        let want = ranking - used + inference - 0.5 * next;
        assert!(run.mean("use.share.research", t) <= 0.3 * trains / (trains + custom) + 1e-12);
        if t == 0 {
            let taken = want + used + next;
            let share = run.mean("use.share.ranking", t) + run.mean("use.share.inference", t);
            close(share * (trains + custom), taken, 1e-12, "serving");
        }
        // 0.1 t of a custom chip, 0.3 t of the other.
        let embodied = (0.3 * trains / 2.0 + 0.1 * custom / 0.5) / 20.0;
        close(run.mean("carbon.embodied", t), embodied, 1e-12, "embodied");
    }
    assert!(run.mean("use.stranded", 0) >= 0.0);
}

#[test]
fn deals_lower_cash_and_nothing_else() {
    const DRAWS: u64 = 4_000;
    let with = run("events.toml", &[], DRAWS);
    let without = run("money.toml", &[], 64);
    for name in ["finance.free_cash_flow", "capex.total", "finance.debt", "opex.total", "tco.hour"]
    {
        for t in 0..12 {
            close(with.mean(name, t), without.mean(name, t), 1e-12, name);
        }
    }
    // 4 B USD of packages over eight quarters from the third on, half of it in cash.
    close(with.mean("people.packages", 1) + 1.0, 1.0, 1e-12, "before");
    close(with.mean("people.packages", 5), 0.5, 1e-12, "packages");
    let paid: f64 = (0..12).map(|t| with.mean("deals.paid", t)).sum();
    // At a hazard of 0.2 a year, 1 - e^-0.6 of the draws have the deal in three years.
    let happens = 1.0 - libm::exp(-0.6);
    let error = (happens * (1.0 - happens) / DRAWS as f64).sqrt();
    assert!((paid - 14.0 - happens).abs() <= 5.0 * error, "{paid}");
    let cash = without.mean("finance.cash", 11) - with.mean("finance.cash", 11);
    close(cash, paid + 2.0, 1e-9, "cash");
}

#[test]
fn a_deal_beyond_spare_cash_is_borrowed() {
    let run =
        run("events.toml", &["event.stake.amount=100 B USD", "event.deal.amount=0 B USD"], 64);
    close(run.mean("finance.cash", 1), 5.0, 1e-12, "cash at its floor");
    let spendable = 0.8 * run.mean("finance.operating_cash", 1);
    let spare = run.mean("finance.cash", 0) - 5.0;
    let issue = run.mean("capex.total", 1) + 100.0 - spendable - spare;
    close(run.mean("finance.debt", 1), 2.0 + issue, 1e-12, "debt");
}

/// Eight years in place of five from 2026 on.
#[test]
fn a_longer_life_spreads_what_is_left() {
    let sets = ["policy.longer.date=2026-01-01", "policy.longer.server_life=8 years"];
    let (before, run) = (run("money.toml", &[], 64), run("money.toml", &sets, 64));
    for t in 0..4 {
        let (old, new) =
            (before.mean("finance.depreciation", t), run.mean("finance.depreciation", t));
        close(new, old, 1e-12, "before the change");
    }
    // Cost by quarter of spending, the newest last: entered service 8, 7, … quarters before.
    let older = [1.0, 1.0, 1.0, 2.0].map(|capex| 0.4 * capex);
    let newer: Vec<f64> = (0..4).map(|t| 0.5 * run.mean("capex.total", t)).collect();
    let costs: Vec<f64> = older.into_iter().chain(newer).collect();
    let mut charge = 0.0;
    for (position, cost) in costs.iter().enumerate() {
        let quarters = 7 - position;
        let age = quarters as f64 - 0.5;
        charge += match quarters {
            0 => cost * 0.5 / 32.0,
            _ => cost * (1.0 - age / 20.0) / (32.0 - age),
        };
    }
    // Older servers: 0.05 B USD a quarter for each of 14 vintages; other assets and new buildings.
    charge += (1..=14).map(|k| 0.05 * f64::from(k) / f64::from(k + 12)).sum::<f64>();
    charge += 0.6 * (1.0 - 4.0 / 60.0) + run.mean("capex.buildings", 0) * 0.5 / 100.0;
    close(run.mean("finance.depreciation", 4), charge, 1e-12, "after the change");
    assert!(charge < before.mean("finance.depreciation", 4));
}

#[test]
fn returns_need_a_doubling_of_compute() {
    let sets = [
        "returns.uplift=4 %",
        "returns.elasticity=0.5",
        "returns.ad_share=100 %",
        "returns.margin=50 %",
    ];
    let run = run("constant.toml", &sets, 64);
    close(1.0 + run.mean("returns.engagement", 0), 1.0, 1e-12, "the first quarter");
    let doublings = libm::log2(run.mean("fleet.h100e", 11) / run.mean("fleet.h100e", 0));
    let uplift = libm::pow(1.04, doublings) - 1.0;
    close(run.mean("returns.engagement", 11), uplift, 1e-11, "engagement");
    let owed = run.mean("finance.revenue", 11) * 0.5 * uplift / (1.0 + 0.5 * uplift);
    close(run.mean("returns.revenue", 11), owed, 1e-11, "revenue");
    let sum = |names: &[&str]| -> f64 {
        names.iter().map(|name| (0..12).map(|t| run.mean(name, t)).sum::<f64>()).sum()
    };
    let outlay = sum(&["capex.chips", "capex.other_chips", "capex.buildings", "energy.cost"]);
    let payback = 0.5 * sum(&["returns.revenue"]) / outlay;
    close(run.mean("returns.payback", 11), payback, 1e-11, "payback");
    close(1.0 + run.mean("returns.paid_back", 11), 1.0, 1e-12, "not paid back");
}

#[test]
fn shares_of_use_sum_to_one_in_the_shipped_scenario() {
    let texts = Texts::shipped();
    let overlays: [&[&str]; 2] = [&[], &["overlays/energy-by-use.toml", "overlays/returns.toml"]];
    for overlays in overlays {
        let scenario = valid(&texts, "meta-2024-07.toml", overlays, &[]);
        let plan = planned(&scenario);
        for seed in 1..=4 {
            let seed = format!("run.seed={seed}");
            let one =
                simulated(&planned(&valid(&texts, "meta-2024-07.toml", overlays, &[&seed])), 1);
            parts_add_up(&one, 28);
        }
        parts_add_up(&simulated(&plan, 1_000), 28);
    }
}

fn parts_add_up(run: &Run, steps: usize) {
    for t in 0..steps {
        let sum = |names: &[&str]| names.iter().map(|name| run.mean(name, t)).sum::<f64>();
        let uses = ["ranking", "inference", "research", "flagship", "idle"];
        let uses = uses.map(|name| format!("use.share.{name}"));
        close(sum(&uses.each_ref().map(String::as_str)), 1.0, 1e-12, "shares of use");
        for name in &uses {
            assert!(run.quarter(name, t).low >= 0.0, "{name}");
        }
        let energy = sum(&["energy.training", "energy.serving", "energy.idle"]);
        close(energy, run.mean("energy.total", t), 1e-9, "electricity by use");
        let cost = sum(&["energy.cost", "opex.site", "opex.maintenance"]);
        close(cost, run.mean("opex.total", t), 1e-9, "running cost");
    }
}

/// A part that needs another one says so, with the line and what to write.
#[test]
fn parts_name_what_they_need() {
    let tco = [
        "tco.discount=8 %/year",
        "tco.compute_life=5 years",
        "tco.site_life=20 years",
        "tco.server_factor=1.2",
    ];
    let gas = [
        "carbon.grid=400 g/kWh",
        "carbon.unmatched=0 %",
        "site.ohio.phase.certain.source_of_power=\"gas\"",
    ];
    let cases: [(&str, &[&str], &str, &str); 3] = [
        ("constant.toml", &tco, "facility.site_cost", "11 M USD/MW"),
        ("constant.toml", &["energy.by_use=true"], "energy.by_use", "[use.ranking]"),
        ("sites.toml", &gas, "burns gas", "[carbon]: gas = "),
    ];
    for (name, sets, message, help) in cases {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        let folder = Folder(repository("tests/cases/analytic"));
        let text = format!("{:?}", load(&folder, name, &[], &sets).diagnostics);
        assert!(text.contains("S016") && text.contains(message) && text.contains(help), "{text}");
    }
}
