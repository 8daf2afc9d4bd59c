//! Tables of a result: built once as data, written in any format.
//!
//! A cell keeps its value in the canonical unit and knows how to show it. Formats for programs
//! (CSV, JSON) write values in full; formats for people (Markdown, terminal) write them rounded to
//! what the Monte Carlo error supports, in a unit picked once for a table or row.

mod binding;
mod comparison;
mod csv;
mod drivers;
mod files;
mod headline;
mod json;
mod layout;
mod limits;
mod markdown;
mod metric;
mod posterior;
mod round;
mod runs;
mod sweep;
mod sweep_text;
mod targets;
mod terminal;
mod tornado;

pub use binding::{Share, binding_table, limits_of_year};
pub use comparison::{
    apart_lines, bridge_scale, bridge_table, chance_differs, chances_table, changes_table,
    comparison_csv, comparison_files, comparison_markdown, comparison_text, differences_table,
    differing_entries, fraction_text, headline as headline_metrics, headline_differences,
    plus_minus, reading, sharpness, signed_percent, unmoved,
};
pub use drivers::DriversPage;
pub use files::{TableFile, run_files};
pub use headline::{Headline, Range, Row};
pub use limits::limits_table;
pub use metric::{all_metrics_table, metric_table};
pub use posterior::posterior_table;
pub use round::{Show, counted, percent, percent_range, quantity_of, scale_of};
pub use runs::{HeadlineDifference, Highlight, ListedRun, RunDifference, record_text, runs_table};
pub use sweep::{failed_points_table, sweep_csv, sweep_table};
pub use sweep_text::sweep_text;
pub use targets::{Question, targets_table};

use round::text_of;

/// Alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// Whom a column is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everyone.
    All,
    /// Programs: CSV and JSON.
    Programs,
    /// People: Markdown and terminal.
    People,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name in files, such as `p50_low`.
    pub name: String,
    /// Heading for people, with the shown unit where it is not said elsewhere.
    pub heading: String,
    /// Canonical unit of the values; empty for words and pure numbers.
    pub unit: String,
    /// Alignment.
    pub align: Align,
    /// Whom it is written for.
    pub audience: Audience,
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// Words.
    Text(String),
    /// A value in the canonical unit, and how people see it.
    Number(f64, Show),
    /// A count.
    Count(u64),
}

/// A table: data only.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    /// What it shows, with the unit of its values.
    pub title: String,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
    /// Remarks below the table.
    pub notes: Vec<String>,
}

impl Column {
    /// A column of words for everyone, with the same name and heading.
    pub fn words(name: &str, heading: &str) -> Self {
        Self {
            name: name.to_owned(),
            heading: heading.to_owned(),
            unit: String::new(),
            align: Align::Left,
            audience: Audience::All,
        }
    }

    /// A column of numbers for everyone.
    pub fn numbers(name: &str, heading: &str, unit: &str) -> Self {
        Self { unit: unit.to_owned(), align: Align::Right, ..Self::words(name, heading) }
    }

    /// The same column for some only.
    #[must_use]
    pub fn only(self, audience: Audience) -> Self {
        Self { audience, ..self }
    }
}

impl Cell {
    /// The text that people see.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text_of(text),
            Self::Number(value, show) => show.text(*value),
            Self::Count(count) => round::grouped(&count.to_string()),
        }
    }
}

impl Table {
    /// Numbers of the columns that are written for this audience.
    fn columns_for(&self, audience: Audience) -> Vec<usize> {
        let seen =
            |column: &Column| column.audience == Audience::All || column.audience == audience;
        (0..self.columns.len()).filter(|&at| seen(&self.columns[at])).collect()
    }

    /// Leaves out the column with this heading.
    fn drop_column(&mut self, heading: &str) {
        if let Some(at) = self.columns.iter().position(|column| column.heading == heading) {
            self.columns.remove(at);
            for row in self.rows.iter_mut().filter(|row| at < row.len()) {
                row.remove(at);
            }
        }
    }

    /// Headings and rows as people see them.
    pub fn shown(&self) -> (Vec<&Column>, Vec<Vec<String>>) {
        let chosen = self.columns_for(Audience::People);
        let row = |row: &Vec<Cell>| {
            chosen.iter().map(|&at| row.get(at).map_or_else(String::new, Cell::shown)).collect()
        };
        let rows = self.rows.iter().map(row).collect();
        (chosen.iter().map(|&at| &self.columns[at]).collect(), rows)
    }
}

/// A way of writing tables.
pub trait TableFormat: Sync {
    /// Name on the command line.
    fn name(&self) -> &'static str;
    /// Ending of file names, without the dot.
    fn extension(&self) -> &'static str;
    /// The table as text that ends with a line break; no wider than `width` if the format wraps.
    fn render(&self, table: &Table, width: Option<usize>) -> String;
}

/// Every format.
pub const FORMATS: &[&dyn TableFormat] =
    &[&csv::Csv, &markdown::Markdown, &json::Json, &terminal::Terminal];

/// The format with this name.
pub fn format_named(name: &str) -> Option<&'static dyn TableFormat> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

#[cfg(test)]
mod tests;
