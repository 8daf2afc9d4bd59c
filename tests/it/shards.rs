//! Parts of a run: merged, they are the run to the last byte; what does not fit is named and refused.

use std::path::Path;

use fleetcast::vector::Isa;

use crate::support::{Outcome, Sim, files_below};

/// Enough for what the limits cost to be told, and no whole number of leaves for each part.
const DRAWS: &str = "17001";

/// Runs all parts of the starter scenario, each in another way.
fn parts(mut outcome: Outcome, of: usize, more: &str) -> Outcome {
    let ways = ["--threads 1", "--threads 2 --block-size 64", "--threads 7 --block-size 1024"];
    let sets = Isa::available();
    for number in 1..=of {
        outcome = outcome
            .then()
            .args("run s.toml --no-charts --quiet --draws")
            .arg(DRAWS)
            .args(more)
            .args(&format!("--shard {number}/{of} --isa {}", sets[number % sets.len()].name()))
            .args(ways[number % ways.len()])
            .run()
            .exits(0);
    }
    outcome
}

/// Folders of all parts, the last first: their order does not matter.
fn folders(name: &str, of: usize) -> String {
    let all = (1..=of).rev().map(|number| format!("out/{name}~shard-{number}-of-{of}"));
    all.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn same(expected: &Path, actual: &Path) {
    let [expected, actual] = [expected, actual].map(|folder| {
        let mut files = files_below(folder);
        // How long the run took.
        assert!(files.remove("timings.json").is_some());
        files
    });
    assert!(expected.keys().eq(actual.keys()), "{:?} {:?}", expected.keys(), actual.keys());
    assert!(expected.len() > 20);
    let other: Vec<&String> = expected
        .iter()
        .filter(|(name, bytes)| actual[*name] != **bytes)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(other, [""; 0], "files that differ");
}

const TARGET: &str = "
[target.large]
metric = \"fleet.h100e\"
at_least = \"300 k H100e\"
by = [2027-12-31, 2029-12-31]
";

#[test]
fn merged_parts_are_the_run_to_the_last_byte() {
    let whole = Sim::new()
        .file("s.toml", &format!("{}{TARGET}", crate::support::STARTER))
        .args("run s.toml --quiet --out whole --draws")
        .arg(DRAWS)
        .run()
        .exits(0);
    let headline = whole.stdout.clone();
    for of in [1, 5, 17] {
        let outcome = parts(whole_again(&whole), of, "");
        let merged = outcome.then().args("merge --quiet").args(&folders("s", of)).run().exits(0);
        assert_eq!(merged.stdout, headline);
        same(&whole.path("whole"), &merged.path("out/s"));
    }
}

/// The same scenario in a folder of its own.
fn whole_again(whole: &Outcome) -> Outcome {
    Sim::new().file("s.toml", &whole.text("s.toml")).args("check s.toml").run().exits(0)
}

#[test]
fn what_a_run_stands_beside_is_merged_too() {
    let set = "--set fleet.repaired=0.8";
    let whole = Sim::new()
        .file("s.toml", &format!("{}{TARGET}", crate::support::STARTER))
        .args("run s.toml --quiet --no-charts --out whole --draws")
        .arg(DRAWS)
        .args(set)
        .run()
        .exits(0)
        .says("s alone");
    let headline = whole.stdout.clone();
    let outcome = parts(whole, 3, set);
    let name = outcome.entries_of("out").into_iter().find(|name| name.contains("shard")).unwrap();
    let name = name.split_once("~shard").unwrap().0.to_owned();
    let merged =
        outcome.then().args("merge --quiet --no-charts").args(&folders(&name, 3)).run().exits(0);
    assert_eq!(merged.stdout, headline);
    same(&merged.path("whole"), &merged.path(format!("out/{name}")));
}

#[test]
fn a_part_says_that_it_is_one() {
    let part =
        Sim::starter().args("run s.toml --draws 9000 --no-charts --shard 2/3").run().exits(0);
    let part = part
        .says("shard 2/3 with 3,072 draws")
        .says("This is shard 2 of a run")
        .remarks("shard 2 of 3 of `s`");
    let listed = part.then().args("runs").run().exits(0).says("2 of 3");
    let shown = listed.then().args("runs show s~shard-2-of-3").run().exits(0);
    let shown = shown.says("shard 2 of 3 of a run of 9,000");
    let mut outcome = shown;
    // What is made of a run is not made of a part, nor of the whole that its scenario would give.
    for command in [
        "chart out/s~shard-2-of-3",
        "report out/s~shard-2-of-3",
        "drivers out/s~shard-2-of-3 --metric fleet.h100e --at 2026",
        "compare out/s~shard-2-of-3 s.toml",
        "compare s.toml out/s~shard-2-of-3",
        "compare out/s~shard-2-of-3 --set site.slip=90d",
    ] {
        outcome = outcome.then().args(command).run().exits(2).remarks("is shard 2 of 3 of a run");
        outcome = outcome.remarks("merge all its shards first");
        assert_eq!(outcome.entries_of("out"), ["s~shard-2-of-3"], "{command}");
    }
}

#[test]
fn numbers_of_parts_must_make_sense() {
    for (shard, text) in [
        ("0/16", "counted from 1"),
        ("17/16", "16 shards only"),
        ("3/0", "at least one shard"),
        ("three", "write N/M"),
        ("1/10", "at most 9, --shard 1/9 and so on, or at least 9217 draws"),
    ] {
        let sim = Sim::starter().args("run s.toml --draws 9000 --shard").arg(shard);
        let outcome = sim.run().exits(2).remarks(text);
        assert_eq!(outcome.entries(), ["s.toml"], "{shard}");
    }
    for other in ["--condition", "--xlsx", "--chart fan", "--check-identities"] {
        let sim = Sim::starter().args("run s.toml --shard 1/2").args(other);
        sim.run().exits(2).remarks("cannot be used with");
    }
}

#[test]
fn parts_that_do_not_fit_are_named() {
    let mut outcome = Sim::starter().args("check s.toml").run().exits(0);
    for more in [
        "--shard 1/3",
        "--shard 2/3",
        "--shard 3/3",
        "--shard 2/3 --seed 7 --out seed",
        "--shard 1/2 --out half",
        "--shard 2/3 --draws 5000 --out draws",
        "--shard 2/3 --set fleet.repaired=0.7 --out other",
        "--out whole",
    ] {
        let draws = if more.contains("--draws") { "" } else { "--draws 4000" };
        outcome = outcome
            .then()
            .args("run s.toml --quiet --no-charts")
            .args(draws)
            .args(more)
            .run()
            .exits(0);
    }
    let s = |number: u32| format!("out/s~shard-{number}-of-3");
    let (one, two, three) = (s(1), s(2), s(3));
    std::fs::create_dir(outcome.path("empty")).unwrap();
    for (folders, status, text) in [
        (format!("{one} {three}"), 2, "shard 2 of 3 is missing".to_owned()),
        (format!("{one} {three}"), 2, "fleetcast run s.toml --draws 4000 --shard 2/3".to_owned()),
        (format!("{one} {two} {three} {two}"), 2, "shard 2 is there more than once".to_owned()),
        (format!("{one} seed {three}"), 2, "`seed` has seed 7, not 1".to_owned()),
        (format!("half {two} {three}"), 2, "`half` is one of 2 shards, not one of 3".to_owned()),
        (format!("{one} draws {three}"), 2, "`draws` is of a run of 5,000 draws".to_owned()),
        (format!("{one} other {three}"), 2, "`other` was made from another scenario".to_owned()),
        (format!("{one} whole {three}"), 2, "`whole` is a whole run".to_owned()),
        (format!("{one} empty {three}"), 4, "has no run.json".to_owned()),
        (format!("{one} nothing {three}"), 4, "there is no such folder".to_owned()),
        (format!("{one} {two} {three} --out {two}"), 2, "is the folder of shard 2".to_owned()),
    ] {
        outcome = outcome.then().args("merge --no-charts").args(&folders).run();
        outcome = outcome.exits(status).remarks(&text);
        assert!(!outcome.path("out/s").exists(), "{folders}");
    }
    outcome.then().args("merge --no-charts").args(&format!("{one} {two} {three}")).run().exits(0);
}

#[cfg(unix)]
#[test]
fn an_interrupted_part_leaves_nothing_behind() {
    let first = Sim::starter().args("run s.toml --draws 1e9 --shard 2/3").interrupted();
    assert!(first.contains("shard 2 of 3"), "{first}");
}
