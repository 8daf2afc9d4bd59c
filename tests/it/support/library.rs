//! Scenarios loaded, compiled and simulated through the library.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fleetcast::engine::{Execution, Silent, simulate};
use fleetcast::plan::{Plan, compile};
use fleetcast::results::{Kept, Metric, Ranks, Statistics, Summaries, Summary};
use fleetcast::scenario::{FileReader, Scenario, load};
use fleetcast::vector::Isa;

/// A path in the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Reads files below a folder.
pub(crate) struct Folder(pub(crate) PathBuf);

impl FileReader for Folder {
    fn read(&self, path: &str) -> std::io::Result<String> {
        std::fs::read_to_string(self.0.join(path))
    }
}

/// Files in memory, by path.
#[derive(Clone)]
pub(crate) struct Texts(pub(crate) BTreeMap<String, String>);

impl FileReader for Texts {
    fn read(&self, path: &str) -> std::io::Result<String> {
        self.0.get(path).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}

impl Texts {
    /// All TOML files of `scenarios/`, by their path in it.
    pub(crate) fn shipped() -> Self {
        let mut texts = BTreeMap::new();
        for folder in ["", "catalog/", "observations/", "overlays/"] {
            let path = repository("scenarios").join(folder);
            for entry in std::fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "toml") {
                    let name = path.file_name().unwrap().to_str().unwrap();
                    let text = std::fs::read_to_string(&path).unwrap();
                    texts.insert(format!("{folder}{name}"), text);
                }
            }
        }
        assert!(texts.len() >= 9, "{:?}", texts.keys());
        Self(texts)
    }

    /// Overlays that are meant for a scenario: all of them are for Meta's, and some for any company.
    pub(crate) fn overlays_of(&self, scenario: &str) -> Vec<&str> {
        const FOR_ANY: [&str; 3] =
            ["overlays/count-bf16.toml", "overlays/late-sites.toml", "overlays/supply-shock.toml"];
        // What these change, not every scenario has.
        const ONLY_WITH: [(&str, &str); 5] = [
            ("overlays/core.toml", "[training.llama-4]"),
            ("overlays/cluster-100k.toml", "[training.llama-4]"),
            ("overlays/all-in-cluster.toml", "[training]"),
            ("overlays/energy-by-use.toml", "[use.ranking]"),
            ("overlays/returns.toml", "[use.ranking]"),
        ];
        let has = |path: &str| {
            let needed = ONLY_WITH.iter().find(|(overlay, _)| *overlay == path);
            needed.is_none_or(|(_, table)| {
                self.0.get(scenario).is_some_and(|text| text.contains(table))
            })
        };
        let overlays =
            self.0.keys().map(String::as_str).filter(|path| path.starts_with("overlays/"));
        overlays
            .filter(|path| scenario.starts_with("meta-") || FOR_ANY.contains(path))
            .filter(|path| has(path))
            .collect()
    }

    /// The same with one more text at the end of a file.
    pub(crate) fn with_more(mut self, path: &str, more: &str) -> Self {
        let text = self.0.get_mut(path).unwrap();
        text.push_str(more);
        self
    }
}

/// Loads what must be valid and without warnings.
#[track_caller]
pub(crate) fn valid(
    reader: &dyn FileReader,
    path: &str,
    overlays: &[&str],
    sets: &[&str],
) -> Scenario {
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let loaded = load(reader, path, &owned(overlays), &owned(sets));
    assert!(loaded.diagnostics.is_empty(), "{path}: {:?}", loaded.diagnostics);
    loaded.result.unwrap()
}

/// The plan of a scenario that can be compiled.
#[track_caller]
pub(crate) fn planned(scenario: &Scenario) -> Plan {
    compile(scenario).unwrap_or_else(|problems| panic!("{}: {problems:?}", scenario.name))
}

/// Runs a plan on this thread.
pub(crate) fn simulated(plan: &Plan, draws: u64) -> Run {
    let execution = Execution { threads: 1, block: 256, isa: Isa::detect() };
    let (summaries, kept) = simulate(plan, draws, execution, &Silent).unwrap();
    Run { summaries, kept }
}

/// Summaries and kept draws.
pub(crate) struct Run {
    pub(crate) summaries: Summaries,
    pub(crate) kept: Kept,
}

impl Run {
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> &Metric {
        self.summaries.metric(name).unwrap_or_else(|| panic!("no metric `{name}`"))
    }

    /// The summary of a quarter, counted from the start of the grid.
    #[track_caller]
    pub(crate) fn quarter(&self, name: &str, step: usize) -> &Summary {
        let metric = self.metric(name);
        &metric.quarters[step - metric.from]
    }

    #[track_caller]
    pub(crate) fn mean(&self, name: &str, step: usize) -> f64 {
        self.quarter(name, step).moments.mean().unwrap()
    }

    /// A metric's kept draws, as `name@year`.
    #[track_caller]
    pub(crate) fn result(&self, name: &str) -> &[f64] {
        let found = self.kept.results.iter().find(|(given, _)| given == name);
        &found.unwrap_or_else(|| panic!("`{name}` is not kept")).1
    }
}

/// Mean and percentiles of a summary.
pub(crate) fn statistics(summary: &Summary) -> Statistics {
    Statistics::of(summary, &Ranks::new(summary.moments.count))
}

/// A case of `tests/cases/analytic` with single values on top.
pub(crate) fn analytic(name: &str, sets: &[&str]) -> Scenario {
    valid(&Folder(repository("tests/cases/analytic")), name, &[], sets)
}

/// Fails unless a number is the expected one but for rounding.
#[track_caller]
pub(crate) fn close(actual: f64, expected: f64, relative: f64, what: &str) {
    let error = (actual - expected).abs();
    assert!(error <= relative * expected.abs(), "{what}: {actual} is not {expected}");
}
