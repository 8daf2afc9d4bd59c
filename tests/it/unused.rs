//! Keys that are given and have no effect.

use std::collections::BTreeSet;

use fleetcast::model::declare::{Need, Use};
use fleetcast::model::switches::{SWITCHES, switches};
use fleetcast::model::{inputs, matches, wiring::Wiring};
use fleetcast::scenario::{Loaded, Scenario, load};

use crate::support::library::{Texts, planned};

const SCENARIO: &str = "meta-2024-07.toml";

/// The scenario without one of its keys.
fn without(texts: &Texts, key: &str) -> Loaded {
    let mut texts = texts.clone();
    texts.0.insert(
        "less.toml".to_owned(),
        format!("fleetcast = \"overlay/1\"\nremove = [\"{key}\"]\n"),
    );
    load(&texts, SCENARIO, &["less.toml".to_owned()], &[])
}

/// Inputs of the scenario with which others belong, and these.
fn belonging(texts: &Texts) -> Vec<(&'static str, BTreeSet<String>)> {
    let scenario = load(texts, SCENARIO, &[], &[]).result.unwrap();
    let others: BTreeSet<&str> = inputs()
        .filter_map(|decl| match decl.need {
            Need::With(other) if !other.contains('*') => Some(other),
            _ => None,
        })
        .filter(|other| scenario.inputs.contains_key(*other))
        .collect();
    let with = |other: &str| {
        let own = inputs().filter(|decl| matches!(decl.need, Need::With(with) if with == other));
        let given = own
            .flat_map(|decl| scenario.inputs.keys().filter(|key| matches(decl.key, key)).cloned());
        given.collect()
    };
    others.into_iter().map(|other| (other, with(other))).collect()
}

#[test]
fn what_belongs_to_a_key_that_is_not_given_is_named_and_read_by_no_module() {
    let texts = Texts::shipped();
    let belonging = belonging(&texts);
    assert!(belonging.len() >= 6, "{belonging:?}");
    for (other, expected) in belonging {
        let loaded = without(&texts, other);
        let told: Vec<&str> = loaded.diagnostics.iter().map(|one| one.code).collect();
        assert_eq!(told, ["S018"], "{other}: {:?}", loaded.diagnostics);
        let scenario = loaded.result.unwrap();
        let unused: BTreeSet<String> = scenario.unused.iter().cloned().collect();
        assert_eq!(unused, expected, "{other}");
        let plan = planned(&scenario);
        let (_, wiring) = fleetcast::model::Model::wire(&plan.setup);
        let read = read(&wiring);
        let drawn = |key: &&String| fleetcast::model::input_decl(key).unwrap().used != Use::Setting;
        for key in unused.iter().filter(drawn) {
            assert!(!read.contains(key.as_str()), "{key} is read without {other}");
        }
    }
}

fn read<'a>(wiring: &'a Wiring) -> BTreeSet<&'a str> {
    wiring.inputs.iter().map(|input| input.key.as_str()).collect()
}

#[test]
fn no_shipped_scenario_has_a_key_without_effect() {
    let texts = Texts::shipped();
    for path in texts.0.keys().filter(|path| !path.contains('/')) {
        let scenario = load(&texts, path, &[], &[]).result.unwrap();
        assert_eq!(scenario.unused, [""; 0], "{path}");
    }
}

/// Names of the metrics that a scenario computes.
fn computed(scenario: &Scenario) -> Vec<String> {
    planned(scenario).metrics.into_iter().map(|metric| metric.name).collect()
}

#[test]
fn what_switches_a_metric_on_is_given_wherever_it_is_computed() {
    let texts = Texts::shipped();
    for path in texts.0.keys().filter(|path| !path.contains('/')) {
        let scenario = load(&texts, path, &[], &[]).result.unwrap();
        let given = |key: &&&str| match **key {
            "event" => !scenario.events.is_empty(),
            "contract" => !scenario.contracts.is_empty(),
            "lease" => !scenario.leases.is_empty(),
            key => scenario.inputs.contains_key(key),
        };
        for name in computed(&scenario) {
            for on in switches(&name) {
                assert!(on.iter().any(|key| given(&key)), "{path}: {name} without {on:?}");
            }
        }
    }
}

#[test]
fn a_metric_without_what_switches_it_on_is_not_computed() {
    let texts = Texts::shipped();
    let mut seen = BTreeSet::new();
    for path in texts.0.keys().filter(|path| !path.contains('/')) {
        let scenario = load(&texts, path, &[], &[]).result.unwrap();
        let before = computed(&scenario);
        for row in SWITCHES {
            let of_row = |name: &&String| row.metrics.iter().any(|one| matches(one, name));
            if !before.iter().any(|name| of_row(&name)) {
                continue;
            }
            // Other parts may need it, too: then there is no such scenario.
            let mut texts = texts.clone();
            let keys: Vec<&str> = row
                .on
                .iter()
                .copied()
                .filter(|key| {
                    let below = format!("{key}.");
                    scenario.inputs.keys().any(|one| one == key || one.starts_with(&below))
                })
                .collect();
            let remove = format!("fleetcast = \"overlay/1\"\nremove = {keys:?}\n");
            texts.0.insert("less.toml".to_owned(), remove);
            let Ok(less) = load(&texts, path, &["less.toml".to_owned()], &[]).result else {
                continue;
            };
            let left = computed(&less);
            let still: Vec<&String> = left.iter().filter(of_row).collect();
            assert!(still.is_empty(), "{path}: {still:?} without {:?}", row.on);
            seen.insert(row.metrics[0]);
        }
    }
    assert!(seen.len() >= 10, "{seen:?}");
}
