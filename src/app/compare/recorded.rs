//! The folder of a comparison, read again: drawn and reported on without the scenarios.

use std::path::Path;

use crate::app::exit::Failure;
use crate::app::run_folder::{RUN_JSON, RunFolder};
use crate::charts::from_comparison;
use crate::charts::from_run::NamedFigure;
use crate::results::{Comparison, kind_of, read_comparison};

/// File with all numbers of a comparison.
pub(super) const COMPARISON_JSON: &str = "comparison.json";

/// The comparison in a folder; none if the folder holds a run.
pub(in crate::app) fn recorded(
    folder: &RunFolder,
    given: &Path,
) -> Result<Option<Comparison>, Failure> {
    let failed = |help: String| Failure::File {
        message: format!("cannot read the comparison in `{}`", given.display()),
        help,
    };
    let manifest = folder.read(RUN_JSON).map_err(|error| failed(error.to_string()))?;
    match kind_of(&String::from_utf8_lossy(&manifest)).as_deref() {
        Some("compare") => {}
        Some("sweep") => {
            return Err(Failure::Usage {
                message: format!("`{}` holds a sweep, not a run", given.display()),
                help: "its charts and tables are in the folder; name a run or a comparison"
                    .to_owned(),
            });
        }
        _ => return Ok(None),
    }
    let bytes = folder.read(COMPARISON_JSON).map_err(|error| failed(error.to_string()))?;
    read_comparison(&bytes).map(Some).map_err(failed)
}

/// A waterfall for each bridge, and what differs draw by draw of the main metrics.
pub(in crate::app) fn figures(comparison: &Comparison) -> Vec<NamedFigure> {
    let mut all = from_comparison::bridges(comparison);
    all.extend(from_comparison::differences(comparison));
    all
}
