//! CSV by RFC 4180, with line feeds: canonical units, numbers in full.

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
        line(&mut out, chosen.iter().map(|&at| quoted(&table.columns[at].name)));
        for row in &table.rows {
            line(&mut out, chosen.iter().map(|&at| row.get(at).map_or_else(String::new, text)));
        }
        out
    }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&cell);
    }
    out.push('\n');
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => quoted(text),
        Cell::Number(value, _) if !value.is_nan() => value.to_string(),
        Cell::Count(count) => count.to_string(),
        Cell::Empty | Cell::Number(..) => String::new(),
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
