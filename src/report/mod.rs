//! Reports: one page that explains a result to somebody who did not make it.
//!
//! Two steps. [`run_sections`] turns a result into [`Section`]s: words, tables and pictures as data,
//! the same for every format. [`page`] makes one HTML file of any list of sections, and
//! [`markdown_page`] a Markdown file; so a comparison, or anything else that has sections, gets a
//! report by building them. Spreadsheets have no sections: [`xlsx`] reads the result itself.
//!
//! A report rests on what is in `summary.bin` and on nothing else: the same result gives the same
//! bytes, now or years later.

mod answer;
mod comparison;
mod content;
mod html;
mod inputs;
mod markdown;
mod picture;
mod run;
mod title;
mod xlsx;

pub use comparison::{about_comparison, comparison_sections};
pub use content::{Block, Grid, Section, Words, plain};
pub use html::page;
pub use markdown::page as markdown_page;
pub use picture::{Drawing, Picture};
pub use run::{about_run, run_sections};
pub use title::title_of_comparison;
pub use xlsx::{XlsxError, comparison_xlsx, xlsx};

use crate::results::{Comparison, RunResult};
use crate::tables::Table;

/// `report.html` and `report.md` of a run with the table of its targets.
pub fn documents(result: &RunResult, targets: &Table, pictures: &[Picture]) -> (String, String) {
    let (title, about) = (&result.about.title, about_run(result));
    let sections = run_sections(result, targets, pictures);
    (page(title, &about, &sections), markdown_page(title, &about, &sections))
}

/// `report.html` and `report.md` of a comparison.
pub fn comparison_documents(comparison: &Comparison, pictures: &[Picture]) -> (String, String) {
    let (title, about) = (title_of_comparison(comparison), about_comparison(comparison));
    let sections = comparison_sections(comparison, pictures);
    (page(&title, &about, &sections), markdown_page(&title, &about, &sections))
}

#[cfg(test)]
mod tests;
