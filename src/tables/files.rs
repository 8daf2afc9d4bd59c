//! The tables of a run folder.

use super::headline::Headline;
use super::metric::{Described, long_table};
use super::{Table, TableFormat, binding_table, limits_table, targets_table};
use super::{csv::Csv, markdown::Markdown};
use crate::results::{Ranks, RunResult};

/// A file of a run folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFile {
    /// Path within the folder, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Every table of a result: `tables/METRIC.csv` with all digits and `tables/METRIC.md` for people,
/// `tables/all.csv`, the limits and what they cost, the targets, and the headline.
pub fn run_files(result: &RunResult) -> Vec<TableFile> {
    let ranks = Ranks::new(result.about.draws);
    let metrics = result.summaries.metrics.iter();
    let described: Vec<_> = metrics.map(|metric| Described::of(result, metric, &ranks)).collect();
    let mut files = Vec::new();
    let mut add = |name: &str, table: &Table, format: &dyn TableFormat| {
        let path = format!("tables/{}.{}", file_name(name), format.extension());
        files.push(TableFile { path, text: format.render(table, None) });
    };
    for metric in &described {
        let table = metric.table();
        add(&metric.metric.name, &table, &Csv);
        add(&metric.metric.name, &table, &Markdown);
    }
    add("all", &long_table(&described), &Csv);
    let binding = binding_table(result);
    add("binding", &binding, &Csv);
    add("binding", &binding, &Markdown);
    if let Some(limits) = limits_table(result) {
        add("limits", &limits, &Csv);
        add("limits", &limits, &Markdown);
    }
    if !result.summaries.targets.list.is_empty() {
        let targets = targets_table(result);
        add("targets", &targets, &Csv);
        add("targets", &targets, &Markdown);
    }
    let headline = Headline::of(result).markdown();
    files.push(TableFile { path: "tables/headline.md".to_owned(), text: headline });
    files
}

/// A metric's name as part of a file name: anything unusual becomes `_`.
fn file_name(metric: &str) -> String {
    let usual = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    metric.chars().map(|c| if usual(c) { c } else { '_' }).collect()
}
