//! Contracts and sites as the company of the run sees them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::setup::{ContractPower, ContractSetup, Side};
use crate::scenario::{Contract, Scenario, Site};

/// The contracts that the company is a side of; what others agree on has no part in the run.
pub(super) fn contracts(
    scenario: &Scenario,
    settings: &BTreeMap<String, f64>,
) -> Vec<ContractSetup> {
    let of = |contract: &Contract| {
        let side = match (contract.user == scenario.company, contract.provider == scenario.company)
        {
            (true, _) => Side::User,
            (_, true) => Side::Provider,
            _ => return None,
        };
        let key = format!("contract.{}", contract.name);
        let site = contract.site.as_ref().and_then(|name| site_position(scenario, name));
        let chip = contract.chip.as_ref();
        let chip = chip.and_then(|name| scenario.chips.iter().position(|c| c.name == *name));
        let years = settings.get(&format!("{key}.term")).copied().unwrap_or(0.0);
        Some(ContractSetup {
            side,
            with_chips: contract.with_chips,
            power: match (site, chip) {
                (Some(site), _) => ContractPower::Site(site),
                (None, Some(chip)) => ContractPower::Chips(chip),
                (None, None) => ContractPower::Given,
            },
            start: scenario.run.grid.position(contract.start),
            term: 4.0 * years,
            key,
        })
    };
    scenario.contracts.iter().filter_map(of).collect()
}

fn site_position(scenario: &Scenario, name: &str) -> Option<usize> {
    scenario.sites.iter().position(|site| site.name == name)
}

/// Positions of the sites of other companies.
pub(super) fn foreign(scenario: &Scenario) -> BTreeSet<usize> {
    let other = |site: &Site| site.owner.as_ref().is_some_and(|owner| *owner != scenario.company);
    let sites = scenario.sites.iter().enumerate();
    sites.filter(|(_, site)| other(site)).map(|(position, _)| position).collect()
}

/// Whether the company uses a site by contract.
pub(super) fn used(scenario: &Scenario, site: &str) -> bool {
    let uses = |contract: &Contract| {
        contract.user == scenario.company && contract.site.as_deref() == Some(site)
    };
    scenario.contracts.iter().any(uses)
}

/// Groups of sites that one network connects; sites that stand for several places are in none.
pub(super) fn groups(scenario: &Scenario) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
    for (position, site) in scenario.sites.iter().enumerate().filter(|(_, site)| !site.scattered) {
        let word = site.group.as_deref();
        let known = groups.iter_mut().find(|(other, _)| word.is_some() && *other == word);
        match known {
            Some((_, group)) => group.push(position),
            None => groups.push((word, vec![position])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
