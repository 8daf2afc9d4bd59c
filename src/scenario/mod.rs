//! Scenario files: text → document → draft → [`Scenario`].
//!
//! `document` parses, `overlay` finds the layers, `walk` matches every key against the one table in
//! `keys`, `validate` checks what the layers say together. All problems of a phase are collected;
//! one mistake is to give one message. Nothing here reads files, prints or samples.

mod articles;
mod astray;
mod changes;
mod codes;
mod contracts;
mod dependence;
pub(crate) mod document;
mod examples;
mod family;
mod headers;
mod history;
mod keys;
mod linked_targets;
mod lone_value;
mod mend;
mod missing;
mod mixture;
mod overlay;
mod parts;
mod places;
mod problems;
mod provenance;
mod resolved;
mod row_checks;
mod rows;
mod schema;
mod show;
mod single;
mod sourcing;
mod statements;
mod structure;
mod syntax;
mod targets;
mod things;
mod training;
mod types;
mod unused;
mod validate;
mod value;
mod walk;

#[cfg(test)]
mod tests;

pub use articles::{Article, Articles, Became, Disagreement, Figure, articles};
pub use changes::{ChangeKind, Changed, Mixer, Stated};
pub use codes::CODES;
pub use keys::{EDITION, FILE_KINDS, KEYS, KeyDecl, KeyKind, OBSERVED, PROVENANCE, ProvenanceKey};
pub(crate) use lone_value::{lone_distribution, lone_number};
pub use overlay::FileReader;
pub use places::{Place, Places};
pub use schema::json_schema;
pub use show::{Explanation, PERCENTILES, Summary};
pub use targets::{Ask, Due, Target, When};
pub use types::{
    At, Chip, Company, Contract, Cooling, CorrelationGroup, Event, EventKind, EventRow, FACTORS,
    Grade, GuidanceRow, H100eBasis, HindsightMark, Input, InputValue, Lease, Line, Loading,
    ObservationRow, Ownership, Phase, Policy, PowerSource, Provenance, RunSettings, Scenario,
    Setting, Site, Source, TrainingRun, Uses,
};

use crate::diag::{Diagnostics, Sources};
use problems::Problems;

impl Scenario {
    /// Constant compute of a training run, FLOP: given, or from its parameters and tokens.
    pub fn run_compute(&self, name: &str) -> Option<f64> {
        training::base_compute(&self.inputs, name)
    }
}

/// Why there is no scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The scenario, a file that it extends or an overlay cannot be read.
    Unreadable,
    /// What they say is wrong.
    Invalid,
}

/// What came of loading a scenario.
#[derive(Debug)]
pub struct Loaded {
    /// The texts that were read.
    pub sources: Sources,
    /// The scenario, or why there is none.
    pub result: Result<Scenario, Failure>,
    /// Everything that was found, in the order of the texts; may hold warnings beside a scenario.
    pub diagnostics: Diagnostics,
}

/// Loads the scenario at `path` with overlays (paths) and single values (`key=value`) on top.
pub fn load(reader: &dyn FileReader, path: &str, overlays: &[String], sets: &[String]) -> Loaded {
    let mut sources = Sources::new();
    let mut problems = Problems::default();
    let mut layers = overlay::read(reader, path, overlays, sets, &mut sources, &mut problems);
    let mut scenario = None;
    if !layers.hopeless {
        let shelf = keys::Shelf::new();
        single::write_out(&mut layers, &shelf);
        let draft = walk::walk(&layers, &shelf, &mut problems);
        let before = problems.list.len();
        let names = std::iter::once(path).chain(overlays.iter().map(String::as_str));
        let name = names.map(overlay::stem).collect::<Vec<_>>().join("+");
        let stems = overlays.iter().flat_map(|path| ["+", overlay::stem(path)]);
        let context = validate::Context {
            draft: &draft,
            shelf: &shelf,
            layers: &layers,
            texts: &sources,
            name,
            overlays: stems.collect(),
        };
        scenario = validate::validate(&context, &mut problems);
        problems.list.retain_after(before, |diagnostic| !draft.doubts(diagnostic));
    }
    let mut diagnostics = problems.list;
    diagnostics.sort();
    diagnostics.dedup();
    let result = match scenario {
        Some(scenario) if !diagnostics.has_errors() => Ok(scenario),
        _ if layers.unreadable => Err(Failure::Unreadable),
        _ => Err(Failure::Invalid),
    };
    Loaded { sources, result, diagnostics }
}
