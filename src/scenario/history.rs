//! What the model must know of the quarters before the first one: it grows revenue on the same quarter
//! a year before, and capex on the year before.

use super::problems::Problems;
use super::rows::Rows;
use super::types::At;
use super::walk::Draft;
use super::{codes, contracts};
use crate::diag::{Diagnostic, Span};
use crate::time::{Quarter, TimeGrid};

/// Metrics that the model starts from, each with an example of a value.
const METRICS: [(&str, &str); 2] = [("finance.revenue", "30 B USD"), ("capex.total", "7 B USD")];

/// Quarters before the first that it starts from.
const QUARTERS: i32 = 4;

/// Reports metrics that are not known for all of these quarters.
pub(super) fn report(
    draft: &Draft,
    rows: &Rows,
    grid: Option<TimeGrid>,
    first: &Span,
    problems: &mut Problems,
) {
    // What is not there may be a row that could not be read.
    if rows.faulty || problems.explains("observation") {
        return;
    }
    let (Some(grid), Some(company)) = (grid, contracts::company(draft)) else { return };
    let before: Vec<Quarter> = (1..=QUARTERS).rev().map(|back| grid.from().plus(-back)).collect();
    let place = draft.last("run.from").map_or(first, |placed| &placed.node.span);
    for (metric, example) in METRICS {
        let known = |quarter: &Quarter| {
            rows.observations
                .iter()
                .any(|row| row.metric == metric && row.at == At::Quarter(*quarter))
        };
        let missing: Vec<String> =
            before.iter().filter(|quarter| !known(quarter)).map(Quarter::to_string).collect();
        let Some(one) = missing.first() else { continue };
        let message = format!(
            "`{metric}` of {company} is not known for {}, which the model starts from",
            missing.join(", ")
        );
        problems.push(
            Diagnostic::error(codes::HISTORY, message).at(place.clone(), "the first quarter").help(
                format!(
                    "add rows to `observation`, such as {{ metric = \"{metric}\", at = \"{one}\", \
                     value = \"{example}\", source = \"…\", grade = \"A\" }}"
                ),
            ),
        );
    }
}
