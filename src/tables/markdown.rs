//! Markdown: a heading, a pipe table, remarks.

use super::{Align, Table, TableFormat, text_of};

/// The format.
pub(super) struct Markdown;

impl TableFormat for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn extension(&self) -> &'static str {
        "md"
    }

    fn render(&self, table: &Table, _width: Option<usize>) -> String {
        let (columns, rows) = table.shown();
        let mut out = String::new();
        if !table.title.is_empty() {
            out.push_str("# ");
            out.push_str(&text_of(&table.title));
            out.push_str("\n\n");
        }
        line(&mut out, columns.iter().map(|column| escaped(&column.heading)));
        line(&mut out, columns.iter().map(|column| rule(column.align).to_owned()));
        for row in &rows {
            line(&mut out, row.iter().map(|cell| escaped(cell)));
        }
        for note in &table.notes {
            out.push('\n');
            out.push_str(&text_of(note));
            out.push('\n');
        }
        out
    }
}

fn rule(align: Align) -> &'static str {
    match align {
        Align::Left => "---",
        Align::Right => "---:",
    }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    out.push('|');
    for cell in cells {
        out.push(' ');
        out.push_str(&cell);
        out.push_str(" |");
    }
    out.push('\n');
}

fn escaped(text: &str) -> String {
    text_of(text).replace('\\', "\\\\").replace('|', "\\|")
}
