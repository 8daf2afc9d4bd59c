//! The cases that come with the program, built into it.

use std::io;

use super::Cases;
use crate::scenario::FileReader;

/// A file that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Path in the repository.
    pub path: &'static str,
    /// Text.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($path:literal),+ $(,)?) => {
        &[$(Shipped { path: $path, text: include_str!(concat!("../../", $path)) }),+]
    };
}

/// Files of cases.
pub const SHIPPED: &[Shipped] = shipped![
    "validation/published.toml",
    "validation/distributions.toml",
    "validation/dependence.toml",
    "validation/sampling.toml",
    "validation/statistics.toml",
    "validation/scores.toml",
    "validation/scenarios.toml",
];

/// Scenarios that cases run.
const SCENARIOS: &[Shipped] = shipped![
    "tests/cases/analytic/constant.toml",
    "tests/cases/analytic/constants.toml",
    "tests/cases/analytic/regimes.toml",
    "tests/cases/base.toml",
    "validation/scenarios/boom.toml",
    "scenarios/catalog/chips-2024.toml",
    "scenarios/catalog/chips-2026.toml",
    "scenarios/catalog/common-2026.toml",
    "scenarios/catalog/meta.toml",
    "scenarios/catalog/model.toml",
    "scenarios/catalog/mtia.toml",
    "scenarios/catalog/runs.toml",
    "scenarios/catalog/sources.toml",
    "scenarios/catalog/training.toml",
    "scenarios/meta-2024-07.toml",
    "scenarios/meta-2026-07.toml",
    "scenarios/observations/meta-accounts.toml",
    "scenarios/observations/meta-electricity.toml",
    "scenarios/observations/meta-evidence-2026.toml",
    "scenarios/observations/meta-fleet.toml",
    "scenarios/observations/meta-history.toml",
    "scenarios/observations/meta-runs.toml",
    "scenarios/observations/meta-sites.toml",
];

/// Reads what is built in, by paths from the root of the repository.
struct BuiltIn;

/// A path without steps back.
fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl FileReader for BuiltIn {
    fn read(&self, path: &str) -> io::Result<String> {
        let path = plain(path);
        let found = SCENARIOS.iter().find(|file| file.path == path);
        found.map(|file| file.text.to_owned()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// The cases that come with the program.
pub fn shipped() -> Cases {
    let mut cases = Cases::default();
    for file in SHIPPED {
        cases.read(file.path, file.text.to_owned(), &BuiltIn);
    }
    cases
}
