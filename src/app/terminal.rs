//! What the user sees: results on standard output, everything else on standard error. Colors are
//! written always and removed on the way for `NO_COLOR` and where there is no terminal.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

use anstyle::{AnsiColor, Style};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use super::exit::Failure;
use crate::diag::{self, Diagnostics, Sources};

/// Columns where there is no terminal to ask.
const DEFAULT_WIDTH: usize = 100;
/// Columns below which nothing is narrowed further.
const LEAST_WIDTH: usize = 40;

/// Headings.
pub(super) const STRONG: Style = Style::new().bold();
/// What matters less.
pub(super) const DIM: Style = Style::new().dimmed();
/// Keys and names.
pub(super) const NAME: Style = AnsiColor::Cyan.on_default();
/// What went well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What went wrong.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
const CAUTION: Style = AnsiColor::Yellow.on_default().bold();

/// A text in a style.
pub(super) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes a result. A reader that went away ends the program quietly.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::OutputClosed,
        _ => Failure::File {
            message: "cannot write to standard output".to_owned(),
            help: error.to_string(),
        },
    })
}

/// Writes a JSON document as a result.
pub(super) fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    print(&format!("{value:#}\n"))
}

/// Writes a remark. That it cannot be written is no reason to stop.
pub(super) fn note(text: &str) {
    let mut err = anstream::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Writes a failure in the form of a diagnostic.
pub(super) fn error(message: &str, help: &str) {
    headed(BAD, "error", message, help);
}

/// Writes a warning in the form of a diagnostic.
pub(super) fn warning(message: &str) {
    headed(CAUTION, "warning", message, "");
}

fn headed(style: Style, word: &str, message: &str, help: &str) {
    let mut text = format!("{}: {message}\n", styled(style, word));
    if !help.is_empty() {
        let _ = writeln!(text, "  = help: {help}");
    }
    note(&text);
}

/// Writes what was found in scenarios.
pub(super) fn diagnostics(diagnostics: &Diagnostics, sources: &Sources) {
    if !diagnostics.is_empty() {
        note(&diag::render(diagnostics, sources, diag::Style::Color, width_of_remarks()));
    }
}

/// Whether someone watches standard error.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Columns of standard output.
pub(super) fn width() -> usize {
    usable(terminal_size::terminal_size_of(io::stdout()))
}

fn width_of_remarks() -> usize {
    usable(terminal_size::terminal_size_of(io::stderr()))
}

fn usable(size: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    let width = size.map(|(width, _)| usize::from(width.0)).or_else(wanted_width);
    width.map_or(DEFAULT_WIDTH, |width| width.max(LEAST_WIDTH))
}

/// Columns that the environment asks for where there is no terminal.
#[expect(clippy::disallowed_methods, reason = "how wide text is printed changes no result")]
fn wanted_width() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok()
}

/// A table without lines, fitted to `width` columns, each line indented by two.
pub(super) fn table(header: &[&str], rows: &[Vec<String>], width: usize) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width.saturating_sub(2)).unwrap_or(u16::MAX))
        .set_header(header.to_vec())
        .add_rows(rows.iter().cloned());
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    // Names are to be copied and searched for: they stay whole.
    if let Some(names) = table.column_mut(0) {
        names.set_constraint(ColumnConstraint::ContentWidth);
    }
    let mut out = String::new();
    for (at, line) in table.lines().enumerate() {
        let line = line.trim_end();
        let line = if at == 0 { styled(DIM, line) } else { line.to_owned() };
        let _ = writeln!(out, "  {line}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_its_width() {
        let rows = vec![
            vec!["chip.ramp".to_owned(), "word ".repeat(40)],
            vec!["fleet.life".to_owned(), "short".to_owned()],
        ];
        let text = table(&["Key", "Meaning"], &rows, 60);
        for line in anstream::adapter::strip_str(&text).to_string().lines() {
            assert!(line.chars().count() <= 60, "{line}");
            assert!(line.starts_with("  "), "{line}");
        }
        assert!(text.contains("fleet.life"));
    }
}
