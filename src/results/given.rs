//! What a run was given: its assumptions, as written, with where they come from.

use serde::{Deserialize, Serialize};

use super::date_text;
use crate::time::Date;

/// An assumption of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Full key, such as `chip.h100.price`.
    pub key: String,
    /// What it means, in one line.
    pub doc: String,
    /// The value as written.
    pub value: String,
    /// Canonical unit; empty for ratios and counts.
    pub unit: String,
    /// When it is drawn: once, each quarter and so on; a constant is drawn once.
    pub drawn: String,
    /// Factor on every draw, as text; empty if there is none.
    pub scale: String,
    /// Name of the source.
    pub source: String,
    /// Title of the source; empty if it has none.
    pub title: String,
    /// Address of the source; empty if it has none.
    pub url: String,
    /// When the value became known.
    #[serde(with = "date_text")]
    pub known: Date,
    /// How good it is: `A` to `D`.
    pub grade: char,
    /// Whether it may be known later than the scenario looks from.
    pub hindsight: bool,
    /// A remark; may be empty.
    pub note: String,
    /// The file that set it. Its line is left out: the order of keys moves no byte of a result.
    pub set_by: String,
}
