//! For the terminal: aligned columns with one line under the headings, no color.

use super::layout::wrap;
use super::{Align, Table, TableFormat, text_of};
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, TableStyle};

/// The format.
pub(super) struct Terminal;

/// Spaces between columns.
const GAP: usize = 2;

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

impl TableFormat for Terminal {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn extension(&self) -> &'static str {
        "txt"
    }

    fn render(&self, table: &Table, width: Option<usize>) -> String {
        let mut out = String::new();
        if !table.title.is_empty() {
            out.push_str(&wrap(&text_of(&table.title), width, 0));
            out.push('\n');
        }
        out.push_str(&body(table, width));
        for note in &table.notes {
            out.push_str(&wrap(&text_of(note), width, 0));
            out.push('\n');
        }
        out
    }
}

/// Headings and rows only.
pub(super) fn body(table: &Table, width: Option<usize>) -> String {
    let (columns, rows) = table.shown();
    let mut grid = comfy_table::Table::new();
    grid.load_style(STYLE).set_header(columns.iter().map(|column| text_of(&column.heading)));
    if let Some(width) = width.filter(|&width| natural_width(table) > width) {
        grid.set_content_arrangement(ContentArrangement::Dynamic);
        grid.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    for row in rows {
        grid.add_row(row);
    }
    let last = columns.len().saturating_sub(1);
    for (at, column) in grid.column_iter_mut().enumerate() {
        column.set_padding((0, if at == last { 0 } else { GAP as u16 }));
        column.set_cell_alignment(match columns[at].align {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        });
    }
    let mut out = String::new();
    for line in grid.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Width that the table takes if nothing is broken.
pub(super) fn natural_width(table: &Table) -> usize {
    let (columns, rows) = table.shown();
    let length = |text: &str| text.chars().count();
    let widest = |at: usize| {
        rows.iter().map(|row| length(&row[at])).fold(length(&columns[at].heading), usize::max)
    };
    (0..columns.len()).map(widest).sum::<usize>() + GAP * columns.len().saturating_sub(1)
}
