//! CSV by RFC 4180, with line feeds: canonical units, numbers in full.

use std::fmt::Write as _;

use super::{Audience, Cell, Table, TableFormat};

/// The format.
pub(super) struct Csv;

impl TableFormat for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extension(&self) -> &'static str {
        "csv"
    }

    fn render(&self, table: &Table, _width: Option<usize>) -> String {
        let chosen = table.columns_for(Audience::Programs);
        let mut out = String::new();
        line(&mut out, &chosen, |out, at| write_text(out, &table.columns[at].name));
        for row in &table.rows {
            line(&mut out, &chosen, |out, at| write_cell(out, row.get(at).unwrap_or(&Cell::Empty)));
        }
        out
    }
}

/// Each cell is written where it belongs: a run has some hundred thousand.
fn line(out: &mut String, columns: &[usize], cell: impl Fn(&mut String, usize)) {
    for (place, &at) in columns.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        cell(out, at);
    }
    out.push('\n');
}

fn write_cell(out: &mut String, cell: &Cell) {
    // Writing to a string cannot fail.
    let _ = match cell {
        Cell::Text(text) => {
            write_text(out, text);
            Ok(())
        }
        Cell::Number(value, _) if !value.is_nan() => write!(out, "{value}"),
        Cell::Count(count) => write!(out, "{count}"),
        Cell::Empty | Cell::Number(..) => Ok(()),
    };
}

fn write_text(out: &mut String, text: &str) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(text);
    }
}
