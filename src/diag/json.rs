//! Diagnostics for programs.

use serde_json::{Value, json};

use super::{Diagnostic, Diagnostics, Label, SourceFile, Sources, Span};

/// All diagnostics as a JSON array, in their present order.
///
/// Each has `code`, `severity`, `message`, `file`, `line`, `column`, `end_line`, `end_column`
/// (counted from 1, columns in characters, the end just after the last character), `label`, `text`
/// (the offending text), `related` (the other places), `help` and `notes`. What does not apply is
/// null or an empty list.
pub fn to_json(diagnostics: &Diagnostics, sources: &Sources) -> Value {
    diagnostics.iter().map(|diagnostic| one(diagnostic, sources)).collect()
}

fn one(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let place = diagnostic.primary.as_ref().map_or_else(Place::default, |l| Place::new(l, sources));
    let related: Vec<Value> = diagnostic
        .secondary
        .iter()
        .map(|label| {
            let place = Place::new(label, sources);
            json!({
                "file": place.file, "line": place.line, "column": place.column,
                "end_line": place.end_line, "end_column": place.end_column,
                "label": place.label, "text": place.text,
            })
        })
        .collect();
    json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity.name(),
        "message": diagnostic.message,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "label": place.label,
        "text": place.text,
        "related": related,
        "help": diagnostic.help,
        "notes": diagnostic.notes,
    })
}

/// A label in the form in which JSON shows it.
#[derive(Default)]
struct Place<'a> {
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    label: Option<&'a str>,
    text: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn new(label: &'a Label, sources: &'a Sources) -> Self {
        let with_label = Self { label: Some(&label.text), ..Self::default() };
        match sources.get(label.span.file) {
            Some(file) => with_label.in_file(file, &label.span),
            None => with_label,
        }
    }

    fn in_file(self, file: &'a SourceFile, span: &Span) -> Self {
        let range = file.clamp(span);
        let (line, column) = file.line_col(range.start);
        let (end_line, end_column) = file.line_col(range.end);
        Self {
            file: Some(file.name()),
            line: Some(line),
            column: Some(column),
            end_line: Some(end_line),
            end_column: Some(end_column),
            text: Some(&file.text()[range]),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;

    #[test]
    fn a_diagnostic_tells_its_place_and_text() {
        let mut sources = Sources::new();
        let id = sources.add(SourceFile::new("s.toml", "a = 1\nb = \"300 MWh\"\n"));
        let list = Diagnostics::from(
            Diagnostic::error("S041", "`b` takes a power")
                .at(Span::new(id, 10..19), "energy (MWh)")
                .also(Span::new(id, 0..1), "first")
                .help("write a power"),
        );
        assert_eq!(
            to_json(&list, &sources),
            json!([{
                "code": "S041", "severity": "error", "message": "`b` takes a power",
                "file": "s.toml", "line": 2, "column": 5, "end_line": 2, "end_column": 14,
                "label": "energy (MWh)", "text": "\"300 MWh\"",
                "related": [{
                    "file": "s.toml", "line": 1, "column": 1, "end_line": 1, "end_column": 2,
                    "label": "first", "text": "a",
                }],
                "help": ["write a power"], "notes": [],
            }])
        );
    }

    #[test]
    fn a_diagnostic_without_a_known_place_has_nulls() {
        let list: Diagnostics = [
            Diagnostic::warning("S001", "w"),
            Diagnostic::error("S002", "e").at(Span::new(FileId(7), 0..1), "lost"),
        ]
        .into_iter()
        .collect();
        let value = to_json(&list, &Sources::new());
        assert_eq!(value[0]["file"], Value::Null);
        assert_eq!(value[0]["severity"], "warning");
        assert_eq!(value[1]["line"], Value::Null);
        assert_eq!(value[1]["label"], "lost");
    }
}
