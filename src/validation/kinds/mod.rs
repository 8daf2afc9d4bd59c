//! The kinds of cases.

mod dependence;
mod distribution;
mod formula;
mod functions;
mod generator;
mod genz;
mod integration;
mod process;
mod sample;
mod scenario;
mod score;
mod sensitivity;
mod statistic;

use super::fields::Fields;
use super::{Expectation, Subject};
use crate::scenario::FileReader;

/// One key of a kind of case.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What stands there.
    pub doc: &'static str,
}

/// What reading a case gives.
pub(super) type Found = (Box<dyn Subject>, Vec<Expectation>);

/// A kind of case.
#[derive(Clone, Copy)]
pub struct Kind {
    /// The word after `kind =`.
    pub name: &'static str,
    /// What it checks.
    pub doc: &'static str,
    /// Its own keys.
    pub keys: &'static [Key],
    /// What can be expected of it.
    pub gives: &'static str,
    /// A right case.
    pub example: &'static str,
    pub(super) read: fn(&mut Fields, &dyn FileReader) -> Option<Found>,
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kind").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Every kind, in the order of the page.
pub const KINDS: &[Kind] = &[
    formula::KIND,
    distribution::KIND,
    dependence::KIND,
    process::KIND,
    integration::KIND,
    sensitivity::KIND,
    generator::KIND,
    statistic::KIND,
    score::KIND,
    scenario::KIND,
];

const fn key(name: &'static str, doc: &'static str) -> Key {
    Key { name, doc }
}

const EXPECT: Key = key("expect", "the expected values by name, or one value where there is one");
const TOLERANCE: Key = key("tolerance", "how far they may be missed");
const DRAWS: Key = key("draws", "number of draws");
const SEED: Key = key("seed", "seed of the draws; 1 if it is left out");
