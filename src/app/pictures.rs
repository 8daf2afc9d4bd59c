//! What a report needs beside a result: its charts for wide and narrow pages, its spreadsheet.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::drawing::{LaidOut, undrawn};
use super::exit::Failure;
use super::progress::Interrupt;
use crate::report::{self, Picture};
use crate::results::RunResult;
use crate::tables::Table;

/// The charts as a report shows them, each with its file in a run folder. What is in `drawn`, by
/// file, is taken from there and not drawn again.
pub(super) fn pictures(
    pages: &[LaidOut<'_>],
    drawn: &mut BTreeMap<String, Vec<u8>>,
    interrupt: &Interrupt,
) -> Result<Vec<Picture>, Failure> {
    let with_svg: Vec<_> = pages
        .iter()
        .map(|page| {
            let file = format!("charts/{}.svg", page.named.name);
            let svg = drawn.remove(&file);
            (page, file, svg)
        })
        .collect();
    with_svg
        .into_par_iter()
        .with_max_len(1)
        .map(|(LaidOut { named, laid }, file, svg)| {
            interrupt.check()?;
            let picture = Picture::new(&named.name, &named.figure, laid, svg)
                .map_err(|error| undrawn(named, &error))?;
            Ok(picture.in_file(file))
        })
        .collect()
}

/// `report.xlsx`.
pub(super) fn spreadsheet(result: &RunResult, targets: &Table) -> Result<Vec<u8>, Failure> {
    report::xlsx(result, targets).map_err(|error| Failure::Bug(error.to_string()))
}
