//! The tables of a run folder.

use super::headline::Headline;
use super::metric::{Described, long_table};
use super::{Table, TableFormat, binding_table, limits_table, posterior_table, targets_table};
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

/// Every table of a result: for each group of metrics (`capex` has `capex.total` and others of this
/// beginning) `tables/GROUP.csv` with all digits and `tables/GROUP.md` for people, `tables/all.csv`,
/// the limits and what they cost, the targets, and the headline.
pub fn run_files(result: &RunResult) -> Vec<TableFile> {
    let ranks = Ranks::of(result);
    let metrics = result.summaries.metrics.iter();
    let described: Vec<_> = metrics.map(|metric| Described::of(result, metric, &ranks)).collect();
    let mut files = Vec::new();
    let all = Csv.render(&long_table(&described), None);
    for (group, members) in groups(&described) {
        files.push(TableFile {
            path: format!("tables/{}.csv", file_name(group)),
            text: lines_of(&all, &members),
        });
        files.push(TableFile {
            path: format!("tables/{}.md", file_name(group)),
            text: sections(group, &members),
        });
    }
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
        let targets = targets_table(result);
        add("targets", &targets, &Csv);
        add("targets", &targets, &Markdown);
    }
    if let Some(posterior) = posterior_table(result) {
        add("posterior", &posterior, &Csv);
        add("posterior", &posterior, &Markdown);
    }
    let headline = Headline::of(result).markdown();
    files.push(TableFile { path: "tables/headline.md".to_owned(), text: headline });
    files
}

/// Metrics by the first part of their name, in order of the first of each group.
fn groups<'a, 'b>(described: &'a [Described<'b>]) -> Vec<(&'a str, Vec<&'a Described<'b>>)> {
    let mut groups: Vec<(&str, Vec<&Described<'_>>)> = Vec::new();
    for one in described {
        let name = one.metric.name.split('.').next().unwrap_or_default();
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, members)) => members.push(one),
            None => groups.push((name, vec![one])),
        }
    }
    groups
}

/// The lines of some metrics in the table of all: each has as many as it has periods.
fn lines_of(all: &str, members: &[&Described<'_>]) -> String {
    let mut lines = all.split_inclusive('\n');
    let mut text: String = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let metric = line.split(',').next().unwrap_or_default();
        if members.iter().any(|one| one.metric.name == metric) {
            text.push_str(line);
        }
    }
    text
}

/// One section for each metric.
fn sections(group: &str, members: &[&Described<'_>]) -> String {
    let mut text = format!("# {group}\n");
    for one in members {
        // Titles of tables are headings of the first level.
        text.push_str("\n#");
        text.push_str(&Markdown.render(&one.table(), None));
    }
    text
}

/// The name of a group as part of a file name: anything unusual becomes `_`.
fn file_name(group: &str) -> String {
    let usual = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    group.chars().map(|c| if usual(c) { c } else { '_' }).collect()
}
