//! Keys that are given and have no effect.

use std::collections::BTreeSet;

use fleetcast::model::declare::{Need, Use};
use fleetcast::model::{inputs, matches, wiring::Wiring};
use fleetcast::scenario::{Loaded, load};

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
