//! What a scenario fixes before any draw, as the model's plain data.

use std::collections::BTreeMap;

use super::contracts;
use super::training;
use crate::dist::Prob;
use crate::model::declare::Use;
use crate::model::setup::{
    Basis, CapexRange, ChipSetup, Cooling, EventKind, EventSetup, LeaseSetup, Line, PhaseSetup,
    PolicySetup, Setup,
};
use crate::scenario::{self, At, H100eBasis, InputValue, Ownership, PowerSource, Scenario};
use crate::time::Date;

/// The chip that H100-equivalents are counted in.
pub(super) const YARDSTICK: &str = "h100";

/// Setup of a scenario.
pub(super) fn setup(scenario: &Scenario) -> Setup {
    let grid = scenario.run.grid;
    let (settings, medians) = constants(scenario);
    Setup {
        quarters: grid.quarters().map(|q| (q.year(), u32::from(q.q()))).collect(),
        chips: chips(scenario, &settings),
        oldest_first: oldest_first(scenario, &settings),
        basis: match scenario.h100e {
            H100eBasis::Dense8 => Basis::Dense8,
            H100eBasis::Bf16 => Basis::Bf16,
            H100eBasis::Sustained => Basis::Sustained,
        },
        energy_by_use: scenario.energy_by_use,
        sites: scenario.sites.iter().map(|site| site.name.clone()).collect(),
        phases: phases(scenario),
        leases: leases(scenario, &settings),
        site_labels: scenario.sites.iter().map(|site| site.label.clone()).collect(),
        site_groups: contracts::groups(scenario),
        foreign: contracts::foreign(scenario),
        contracts: contracts::contracts(scenario, &settings),
        yardstick_rate: training::yardstick_rate(&settings),
        families: training::families(scenario),
        runs: training::runs(scenario),
        events: events(scenario),
        policies: policies(scenario),
        capex_ranges: capex_ranges(scenario),
        capex: quarterly(scenario, "capex.total"),
        revenue: quarterly(scenario, "finance.revenue"),
        revenue_guidance: revenue_guidance(scenario),
        operating_cash: quarterly(scenario, "finance.operating_cash"),
        depreciation: quarterly(scenario, "finance.depreciation"),
        settings,
        given: scenario.inputs.keys().cloned().collect(),
        medians,
    }
}

/// Constant inputs and medians of the others, with their factors.
fn constants(scenario: &Scenario) -> (BTreeMap<String, f64>, BTreeMap<String, f64>) {
    let (mut settings, mut medians) = (BTreeMap::new(), BTreeMap::new());
    for (key, input) in &scenario.inputs {
        if let InputValue::Dist(distribution) = &input.value {
            let median = distribution.quantile(Prob::from_lower(0.5)) * input.scale;
            let (low, high) = distribution.support();
            if input.decl.used == Use::Setting || low >= high {
                settings.insert(key.clone(), median);
            }
            medians.insert(key.clone(), median);
        }
    }
    (settings, medians)
}

fn chips(scenario: &Scenario, settings: &BTreeMap<String, f64>) -> Vec<ChipSetup> {
    let position = |name: &String| scenario.chips.iter().position(|chip| &chip.name == name);
    let rate =
        |chip: &str, quantity: &str| settings.get(&format!("chip.{chip}.{quantity}")).copied();
    let grid = scenario.run.grid;
    let chips = scenario.chips.iter().map(|chip| {
        let over = |quantity: &str| Some(rate(&chip.name, quantity)? / rate(YARDSTICK, quantity)?);
        let (dense8, bf16) = (over("dense8"), over("bf16"));
        let server =
            settings.get("chip.server_overhead").zip(settings.get("chip.network_overhead"));
        let power = rate(&chip.name, "tdp")
            .zip(server)
            .map(|(tdp, (server, network))| tdp * server * network);
        ChipSetup {
            name: chip.name.clone(),
            label: chip.label.clone(),
            line: match chip.line {
                scenario::Line::Main => Line::Main,
                scenario::Line::Other => Line::Other,
                scenario::Line::Custom => Line::Custom,
                scenario::Line::Stock => Line::Stock,
            },
            // Also before the grid: its ramp may not be over by then.
            first_volume: chip.first_volume.map(|date: Date| grid.position(date)),
            follows: chip.follows.as_ref().and_then(position),
            power_with: chip.power_with.as_ref().and_then(position),
            dense8_ratio: dense8,
            bf16_ratio: bf16.zip(dense8).map(|(bf16, dense8)| bf16 / dense8),
            power,
            trains: chip.uses.training > 0.0,
            serves: [chip.uses.ranking, chip.uses.inference],
        }
    });
    chips.collect()
}

/// Positions of the chips by the date from which they could be had, without slips.
fn oldest_first(scenario: &Scenario, settings: &BTreeMap<String, f64>) -> Vec<usize> {
    let interval = settings.get("chip.trend.interval").copied().unwrap_or(0.0);
    let date = |position: usize| {
        let (mut chip, mut after) = (&scenario.chips[position], 0.0);
        // No chain of followers is longer than the list.
        for _ in 0..scenario.chips.len() {
            let before =
                scenario.chips.iter().find(|other| chip.follows.as_ref() == Some(&other.name));
            let Some(before) = before else { break };
            (chip, after) = (before, after + interval);
        }
        let date = chip.first_volume.or(chip.release);
        date.map_or(f64::NEG_INFINITY, |date| scenario.run.grid.position(date) + after)
    };
    let mut order: Vec<usize> = (0..scenario.chips.len()).collect();
    order.sort_by(|&a, &b| date(a).total_cmp(&date(b)));
    order
}

fn phases(scenario: &Scenario) -> Vec<PhaseSetup> {
    let grid = scenario.run.grid;
    let foreign = contracts::foreign(scenario);
    let counts = |(position, site): &(usize, &scenario::Site)| {
        !foreign.contains(position) || contracts::used(scenario, &site.name)
    };
    let of = |(position, site): (usize, &scenario::Site)| {
        let (name, own) = (site.name.clone(), !foreign.contains(&position));
        site.phases
            .iter()
            .map(move |phase| PhaseSetup {
                key: format!("site.{name}.phase.{}", phase.name),
                site: position,
                planned: grid.position(phase.planned),
                stage: phase.stage.clone(),
                cooling: match phase.cooling {
                    scenario::Cooling::Air => Cooling::Air,
                    scenario::Cooling::Evaporative => Cooling::Evaporative,
                    scenario::Cooling::Liquid => Cooling::Liquid,
                },
                gas: phase.power_source == PowerSource::Gas,
                owned: own && phase.ownership == Ownership::Owned,
            })
            .collect::<Vec<_>>()
    };
    scenario.sites.iter().enumerate().filter(counts).flat_map(of).collect()
}

fn leases(scenario: &Scenario, settings: &BTreeMap<String, f64>) -> Vec<LeaseSetup> {
    let of = |lease: &scenario::Lease| {
        let key = format!("lease.{}", lease.name);
        let years = settings.get(&format!("{key}.term")).copied().unwrap_or(0.0);
        LeaseSetup { start: scenario.run.grid.position(lease.start), term: 4.0 * years, key }
    };
    scenario.leases.iter().map(of).collect()
}

fn events(scenario: &Scenario) -> Vec<EventSetup> {
    let of = |event: &scenario::Event| EventSetup {
        key: format!("event.{}", event.name),
        date: scenario.run.grid.position(event.date),
        kind: match event.kind {
            scenario::EventKind::Acquisition | scenario::EventKind::Stake => EventKind::Deal,
            scenario::EventKind::Pay => EventKind::Pay,
        },
    };
    scenario.events.iter().map(of).collect()
}

fn policies(scenario: &Scenario) -> Vec<PolicySetup> {
    let of = |policy: &scenario::Policy| PolicySetup {
        key: format!("policy.{}", policy.name),
        date: scenario.run.grid.position(policy.date),
    };
    let mut policies: Vec<PolicySetup> = scenario.policies.iter().map(of).collect();
    policies.sort_by(|a, b| a.date.total_cmp(&b.date));
    policies
}

/// Reported quarters of a flow: the last row known for each.
fn quarterly(scenario: &Scenario, metric: &str) -> BTreeMap<(i32, u32), f64> {
    let mut rows: Vec<_> =
        scenario.observations.iter().filter(|row| row.metric == metric).collect();
    rows.sort_by_key(|row| row.provenance.known);
    rows.iter()
        .filter_map(|row| match row.at {
            At::Quarter(quarter) => Some(((quarter.year(), u32::from(quarter.q())), row.value)),
            At::Year(_) | At::Day(_) => None,
        })
        .collect()
}

/// The last range known for each year's capex.
fn capex_ranges(scenario: &Scenario) -> BTreeMap<i32, CapexRange> {
    let mut rows: Vec<_> =
        scenario.guidance.iter().filter(|row| row.metric == "capex.total").collect();
    rows.sort_by_key(|row| row.provenance.known);
    rows.iter()
        .filter_map(|row| match row.at {
            At::Year(year) => {
                let season = season(year, row.provenance.known);
                Some((year, CapexRange { low: row.low, high: row.high, season }))
            }
            At::Quarter(_) | At::Day(_) => None,
        })
        .collect()
}

/// Season in which a range for a year was given: 0 before April of that year, then by quarter.
fn season(year: i32, known: Date) -> usize {
    match known.year().cmp(&year) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => usize::from(known.quarter().q()) - 1,
        std::cmp::Ordering::Greater => 3,
    }
}

fn revenue_guidance(scenario: &Scenario) -> BTreeMap<(i32, u32), f64> {
    let mut rows: Vec<_> =
        scenario.guidance.iter().filter(|row| row.metric == "finance.revenue").collect();
    rows.sort_by_key(|row| row.provenance.known);
    rows.iter()
        .filter_map(|row| match row.at {
            At::Quarter(quarter) => {
                Some(((quarter.year(), u32::from(quarter.q())), 0.5 * (row.low + row.high)))
            }
            At::Year(_) | At::Day(_) => None,
        })
        .collect()
}
