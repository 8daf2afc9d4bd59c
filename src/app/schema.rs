//! `schema`: the JSON Schema of scenario files.

use super::exit::Failure;
use super::terminal;
use crate::scenario::json_schema;

/// Prints the schema.
pub(super) fn schema() -> Result<(), Failure> {
    terminal::print(&format!("{}\n", json_schema().trim_end()))
}
