//! What a report needs beside a result: its charts for wide and narrow pages, its spreadsheet.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::exit::Failure;
use super::progress::Interrupt;
use crate::charts::from_run::NamedFigure;
use crate::report::{self, Picture};
use crate::results::RunResult;
use crate::tables::Table;

/// The charts as a report shows them, each with its file in a run folder. What is in `drawn`, by
/// file, is taken from there and not drawn again.
pub(super) fn pictures(
    figures: &[NamedFigure],
    drawn: &mut BTreeMap<String, Vec<u8>>,
    interrupt: &Interrupt,
) -> Result<Vec<Picture>, Failure> {
    let with_svg: Vec<_> = figures
        .iter()
        .map(|named| {
            let file = format!("charts/{}.svg", named.name);
            let svg = drawn.remove(&file);
            (named, file, svg)
        })
        .collect();
    with_svg
        .into_par_iter()
        .map(|(named, file, svg)| {
            interrupt.check()?;
            let failed = |error| Failure::Bug(format!("cannot draw `{}` ({error})", named.name));
            let picture = Picture::new(&named.name, &named.figure, svg).map_err(failed)?;
            Ok(picture.in_file(file))
        })
        .collect()
}

/// `report.xlsx`.
pub(super) fn spreadsheet(result: &RunResult, targets: &Table) -> Result<Vec<u8>, Failure> {
    report::xlsx(result, targets).map_err(|error| Failure::Bug(error.to_string()))
}
