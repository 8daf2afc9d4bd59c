//! Markdown: a heading, a pipe table, remarks.

use super::{Align, Audience, Cell, Table, TableFormat, text_of};

/// The format.
pub(super) struct Markdown;

/// Room for a cell.
const CELL: usize = 9;

impl TableFormat for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn extension(&self) -> &'static str {
        "md"
    }

    fn render(&self, table: &Table, _width: Option<usize>) -> String {
        let chosen = table.columns_for(Audience::People);
        let columns = || chosen.iter().map(|&at| &table.columns[at]);
        let mut out = String::with_capacity(CELL * chosen.len() * (table.rows.len() + 2));
        if !table.title.is_empty() {
            out.push_str("# ");
            out.push_str(&text_of(&table.title));
            out.push_str("\n\n");
        }
        line(&mut out, columns(), |out, column| push_escaped(out, &column.heading));
        line(&mut out, columns(), |out, column| out.push_str(rule(column.align)));
        for row in &table.rows {
            line(&mut out, chosen.iter(), |out, &at| push_cell(out, row.get(at)));
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

/// Each cell is written where it belongs: a run has some fifty thousand.
fn line<T>(out: &mut String, cells: impl Iterator<Item = T>, push: impl Fn(&mut String, T)) {
    out.push('|');
    for cell in cells {
        out.push(' ');
        push(out, cell);
        out.push_str(" |");
    }
    out.push('\n');
}

fn push_cell(out: &mut String, cell: Option<&Cell>) {
    match cell {
        None | Some(Cell::Empty) => {}
        Some(Cell::Text(text)) => push_escaped(out, text),
        // Digits, and words such as `n/a`.
        Some(number) => out.push_str(&number.shown()),
    }
}

fn push_escaped(out: &mut String, text: &str) {
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) && byte != b'\\' && byte != b'|';
    if text.bytes().all(plain) {
        out.push_str(text);
    } else {
        out.push_str(&text_of(text).replace('\\', "\\\\").replace('|', "\\|"));
    }
}
