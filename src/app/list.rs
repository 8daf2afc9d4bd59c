//! `list`: what scenarios can say and what runs give.

use std::fmt::Write as _;

use serde_json::json;

use super::documents;
use super::exit::Failure;
use super::gallery;
use super::reference::{self, Section};
use super::terminal::{self, DIM, NAME, STRONG, styled};

pub use super::reference::What;

/// Options of `list`.
#[derive(Clone, Debug)]
pub struct Options {
    /// What to list; everything if none.
    pub what: Option<What>,
    /// Only rows with this text.
    pub filter: Option<String>,
    /// How to print it.
    pub form: Form,
}

/// How lists are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Tables for people, the most useful columns only.
    Terminal,
    /// The reference page, or a part of it.
    Markdown,
    /// One JSON document.
    Json,
}

/// Prints the lists.
pub(super) fn list(options: &Options) -> Result<(), Failure> {
    let documents = options.what == Some(What::Documents);
    let mut sections = if documents { documents::sections()? } else { reference::sections() };
    sections.retain(|section| options.what.is_none_or(|what| what == section.what));
    if let Some(filter) = &options.filter {
        for section in &mut sections {
            section.keep(filter);
        }
        sections.retain(|section| !section.rows.is_empty());
        if sections.is_empty() {
            terminal::note(&format!("nothing listed holds `{filter}`\n"));
        }
    }
    match options.form {
        Form::Terminal => terminal::print(&text(&sections, terminal::width())),
        Form::Markdown => {
            if options.what == Some(What::Charts) && options.filter.is_none() {
                return terminal::print(&gallery::page());
            }
            let whole = options.what.is_none() && options.filter.is_none();
            let heading = if documents { documents::HEADING } else { "" };
            terminal::print(&format!("{heading}{}", reference::markdown(&sections, whole)))
        }
        Form::Json => terminal::print_json(&as_json(&sections)),
    }
}

fn text(sections: &[Section], width: usize) -> String {
    let blocks: Vec<String> = sections.iter().map(|section| block(section, width)).collect();
    blocks.join("\n")
}

fn block(section: &Section, width: usize) -> String {
    let header: Vec<&str> = section.brief.iter().map(|&at| section.columns[at]).collect();
    let rows: Vec<Vec<String>> = section
        .rows
        .iter()
        .map(|row| section.brief.iter().map(|&at| row[at].clone()).collect())
        .collect();
    let count = styled(DIM, &format!("({})", rows.len()));
    let table = terminal::table(&header, &rows, width);
    format!("{} {count}\n{}", styled(STRONG, section.title), colored(&table, &rows))
}

/// The table with the first word of each row in the color of names.
fn colored(table: &str, rows: &[Vec<String>]) -> String {
    let mut names = rows.iter().map(|row| row[0].as_str()).peekable();
    let mut out = String::with_capacity(table.len());
    for line in table.lines() {
        let start = names.peek().copied().filter(|name| !name.is_empty());
        match start.and_then(|name| Some((name, line.trim_start().strip_prefix(name)?))) {
            Some((name, rest)) if line.starts_with("  ") => {
                names.next();
                let _ = writeln!(out, "  {}{rest}", styled(NAME, name));
            }
            _ => {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    out
}

/// Each list under its name: a list of objects, with the columns' names as keys.
fn as_json(sections: &[Section]) -> serde_json::Value {
    let mut out = serde_json::Map::new();
    for section in sections {
        let rows: Vec<serde_json::Value> = section
            .rows
            .iter()
            .map(|row| {
                let keys = section.columns.iter().map(|name| name.to_lowercase().replace(' ', "_"));
                keys.zip(row.iter().map(|cell| json!(cell))).collect()
            })
            .collect();
        out.insert(section.name.to_owned(), json!(rows));
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_rows_in_every_form() {
        let sections = reference::sections();
        let json = as_json(&sections);
        let text = anstream::adapter::strip_str(&text(&sections, 100)).to_string();
        for section in &sections {
            assert!(!section.rows.is_empty(), "{}", section.name);
            assert!(section.rows.iter().all(|row| row.len() == section.columns.len()));
            assert_eq!(json[section.name].as_array().map(Vec::len), Some(section.rows.len()));
            let title = format!("{} ({})", section.title, section.rows.len());
            assert!(text.contains(&title), "{title}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 100));
        assert_eq!(json["inputs"][0]["key"], "capex.guidance_error.first");
    }

    #[test]
    fn a_filter_keeps_rows_that_hold_it() {
        let mut sections = reference::sections();
        let inputs = sections.iter_mut().find(|section| section.name == "inputs").unwrap();
        inputs.keep("SUPPLY.LEAD");
        assert_eq!(inputs.rows.len(), 1);
    }
}
