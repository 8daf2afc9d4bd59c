//! The tables of a run folder.

use super::headline::Headline;
use super::metric::{Described, long_table};
use super::{Table, TableFormat, binding_table, limits_table, posterior_table};
use super::{csv::Csv, markdown::Markdown};
use crate::results::{Metric, Ranks, RunResult};
use rayon::prelude::*;

/// A file of a run folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFile {
    /// Path within the folder, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Every table of a result: for each group of metrics (`capex` has `capex.total` and others of this
/// beginning) `tables/GROUP.csv` with all digits and `tables/GROUP.md` for people, `tables/all.csv`,
/// the limits and what they cost, the targets (their table, if there are any), and the headline.
pub fn run_files(result: &RunResult, targets: &Table) -> Vec<TableFile> {
    let ranks = Ranks::of(result);
    let metrics: Vec<&Metric> = result.summaries.metrics.iter().collect();
    let texts: Vec<Texts> = metrics
        .par_iter()
        .map(|metric| Texts::of(&Described::of(result, metric, &ranks)))
        .collect();
    let head = Csv.render(&long_table(&[]), None);
    let mut files = Vec::new();
    for (group, members) in groups(&metrics, &texts) {
        let name = file_name(group);
        files.push(TableFile {
            path: format!("tables/{name}.csv"),
            text: joined(head.clone(), members.iter().map(|texts| texts.lines.as_str())),
        });
        files.push(TableFile {
            path: format!("tables/{name}.md"),
            text: joined(
                format!("# {group}\n"),
                members.iter().map(|texts| texts.section.as_str()),
            ),
        });
    }
    let all = joined(head, texts.iter().map(|texts| texts.lines.as_str()));
    files.push(TableFile { path: "tables/all.csv".to_owned(), text: all });
    let mut add = |name: &str, table: &Table, format: &dyn TableFormat| {
        let path = format!("tables/{name}.{}", format.extension());
        files.push(TableFile { path, text: format.render(table, None) });
    };
    let binding = binding_table(result);
    add("binding", &binding, &Csv);
    add("binding", &binding, &Markdown);
    if let Some(limits) = limits_table(result) {
        add("limits", &limits, &Csv);
        add("limits", &limits, &Markdown);
    }
    if !result.summaries.targets.list.is_empty() {
        add("targets", targets, &Csv);
        add("targets", targets, &Markdown);
    }
    if let Some(posterior) = posterior_table(result) {
        add("posterior", &posterior, &Csv);
        add("posterior", &posterior, &Markdown);
    }
    let headline = Headline::of(result).markdown();
    files.push(TableFile { path: "tables/headline.md".to_owned(), text: headline });
    files
}

/// What the tables say of one metric.
struct Texts {
    /// Its lines in tables with all digits.
    lines: String,
    /// Its section in a table for people.
    section: String,
}

impl Texts {
    fn of(one: &Described<'_>) -> Self {
        let lines = Csv::lines(&long_table(std::slice::from_ref(one)));
        // Titles of tables are headings of the first level.
        Self { lines, section: format!("\n#{}", Markdown.render(&one.table(), None)) }
    }
}

/// Metrics by the first part of their name, in order of the first of each group.
fn groups<'a, 'b>(metrics: &[&'a Metric], texts: &'b [Texts]) -> Vec<(&'a str, Vec<&'b Texts>)> {
    let mut groups: Vec<(&str, Vec<&Texts>)> = Vec::new();
    for (metric, text) in metrics.iter().zip(texts) {
        let name = metric.name.split('.').next().unwrap_or_default();
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, members)) => members.push(text),
            None => groups.push((name, vec![text])),
        }
    }
    groups
}

fn joined<'a>(mut start: String, parts: impl Iterator<Item = &'a str> + Clone) -> String {
    // At once: some of these are megabytes.
    start.reserve_exact(parts.clone().map(str::len).sum());
    parts.fold(start, |text, part| text + part)
}

/// The name of a group as part of a file name: anything unusual becomes `_`.
fn file_name(group: &str) -> String {
    let usual = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    group.chars().map(|c| if usual(c) { c } else { '_' }).collect()
}
