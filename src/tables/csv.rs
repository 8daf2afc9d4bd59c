//! CSV by RFC 4180, with line feeds: canonical units, numbers in full.

use std::fmt::Write as _;

use super::{Audience, Cell, Table, TableFormat};

/// The format.
pub(super) struct Csv;

/// Room for a row.
const ROW: usize = 512;

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
        out + &Self::lines(table)
    }
}

impl Csv {
    /// The rows of a table, without the line of names.
    pub(super) fn lines(table: &Table) -> String {
        let chosen = table.columns_for(Audience::Programs);
        // Most rows are a few hundred bytes, most tables many rows.
        let mut out = String::with_capacity(ROW * table.rows.len());
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
        Cell::Number(value, _) if !value.is_nan() => {
            push_number(out, *value);
            Ok(())
        }
        Cell::Count(count) => write!(out, "{count}"),
        Cell::Empty | Cell::Number(..) => Ok(()),
    };
}

/// The fewest digits that make the number again, as `{}` writes them, in a third of its time.
fn push_number(out: &mut String, value: f64) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format(value);
    let decimals = text.bytes().rev().position(|byte| byte == b'.').unwrap_or(0);
    if text.contains('e') || may_tie(value, decimals as i32) {
        // Without an exponent, and up from the middle.
        let _ = write!(out, "{value}");
    } else {
        out.push_str(text.strip_suffix(".0").unwrap_or(text));
    }
}

/// Whether a number may lie in the middle of two of so many decimals: twice as many units of the last
/// one are an odd number then, so that its lowest bit is known.
fn may_tie(value: f64, decimals: i32) -> bool {
    const MANTISSA: u32 = 52;
    let bits = value.to_bits();
    let exponent = (bits >> MANTISSA & 0x7ff) as i32 - 1075;
    let lowest = (bits | 1 << MANTISSA).trailing_zeros().min(MANTISSA) as i32;
    exponent + lowest == -1 - decimals
}

fn write_text(out: &mut String, text: &str) {
    if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::push_number;

    #[test]
    fn numbers_are_those_of_the_usual_format() {
        let shapes = (0..20_000_u64).map(|i| {
            let bits = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            // From 1e-30 to 1e30, and any bits at all.
            let size = f64::from_bits((bits >> 12) | (923 + bits % 200) << 52);
            // Few bits, as edges of bins have, and a few of them far below the others.
            let few = f64::from_bits(size.to_bits() >> 38 << 38);
            let apart = few + size.trunc() / 8.0 + few / (1_u64 << (bits % 50)) as f64;
            let single = f64::from(size as f32);
            [size, -size, single, (size * 64.0).floor() / 64.0, few, apart, f64::from_bits(bits)]
        });
        let ends = [0.0, -0.0, 1.0, 0.1, 1e15, 1e16, 1e17, 1e-5, 1e-4, 123456789.0, 36.21875];
        let rare = [f64::MAX, f64::MIN_POSITIVE, 5e-324, 9007199254740993.0, f64::INFINITY];
        let middle = [256801599595518.125, 1048576.00048828125, 1048577.00048828125, 0.5, 2.5];
        let rare = rare.into_iter().chain([f64::NEG_INFINITY, 2.0 / 3.0, 1.0 / 3.0, 1e23]);
        let rare = rare.chain(middle);
        for value in shapes.flatten().chain(ends).chain(rare).filter(|value| !value.is_nan()) {
            let mut text = String::new();
            push_number(&mut text, value);
            assert_eq!(text, value.to_string(), "{value:e}");
        }
    }
}
