//! Cases from outside that the program is checked against: published results, closed forms, known
//! answers. A case is data in a TOML file; each kind of case runs the modules that the simulator
//! uses, and nothing is written for one case.
//!
//! To add a kind: one file in `kinds/` and one line in [`KINDS`].

#![expect(
    clippy::option_option,
    reason = "what may be missing is read as none if it is wrong, as some none if it is not there"
)]

mod codes;
mod expect;
mod fields;
mod kinds;
mod shipped;

pub use codes::CODES;
pub use expect::{Expectation, Measured, Reference, Row, Tolerance, brief};
pub use kinds::{KINDS, Key, Kind};
pub use shipped::{SHIPPED, Shipped, shipped};

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Diagnostics, SourceFile, Sources, Span};
use crate::scenario::FileReader;
use crate::scenario::document::{Data, Entry, Node, Table, parse_alone};
use fields::{Fields, did_you_mean};

/// What a file of cases says at its head.
pub const FILE_KIND: &str = "validation/1";

/// What is checked in a case: the values that it expects, worked out by the program.
pub trait Subject: std::fmt::Debug {
    /// The values of each expectation: usually one, two if it is found in two ways.
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>>;
}

/// A case that has been read.
#[derive(Debug)]
pub struct Case {
    /// Short name, unique among all cases.
    pub id: String,
    /// Kind.
    pub kind: &'static str,
    /// What it is about.
    pub title: String,
    /// Where its expected values come from.
    pub source: String,
    /// Remark for the reader; may be empty.
    pub note: String,
    /// File it stands in.
    pub file: String,
    expectations: Vec<Expectation>,
    subject: Box<dyn Subject>,
}

/// A published result that no case checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Where it stands.
    pub source: String,
    /// Why it is left out.
    pub reason: String,
}

/// Files of cases that have been read.
#[derive(Debug, Default)]
pub struct Cases {
    /// Their texts.
    pub sources: Sources,
    /// What was found in them.
    pub diagnostics: Diagnostics,
    /// The cases, in order.
    pub cases: Vec<Case>,
    /// What they leave out.
    pub left_out: Vec<LeftOut>,
    ids: BTreeMap<String, Span>,
}

impl Case {
    /// Runs it: one row for each value.
    pub fn check(&self) -> Vec<Row> {
        let measured = self.subject.measure(&self.expectations);
        let mut rows = Vec::new();
        for (at, expectation) in self.expectations.iter().enumerate() {
            let values = measured.get(at).map_or(&[][..], Vec::as_slice);
            // What gives no value is wrong, not absent.
            let nothing = [Measured::exact(f64::NAN)];
            let values = if values.is_empty() { &nothing[..] } else { values };
            rows.extend(values.iter().map(|value| expectation.judge(*value)));
        }
        rows
    }

    /// What it expects.
    pub fn expectations(&self) -> &[Expectation] {
        &self.expectations
    }
}

impl Cases {
    /// Reads one more file. Problems are collected; `reader` gives the files that cases name.
    pub fn read(&mut self, name: &str, text: String, reader: &dyn FileReader) {
        let source = SourceFile::new(name, text);
        let file = self.sources.add(source.clone());
        let (document, problems) = parse_alone(file, &source);
        self.diagnostics.extend(problems);
        if !document.is_whole() {
            return;
        }
        let place = Span::new(file, 0..source.text().lines().next().map_or(0, str::len));
        self.head(&document.root, &place);
        for entry in &document.root.entries {
            match entry.key.as_str() {
                "case" => self.list(entry, name, reader, Self::case),
                "left_out" => self.list(entry, name, reader, |cases, table, span, _, _| {
                    cases.leave_out(table, span);
                }),
                _ => {}
            }
        }
        self.diagnostics.sort();
        self.diagnostics.dedup();
    }

    fn head(&mut self, root: &Table, place: &Span) {
        let mut fields = Fields {
            table: root,
            place: place.clone(),
            what: "a file of validation cases".to_owned(),
            folder: String::new(),
            found: &mut self.diagnostics,
        };
        fields.only(&["fleetcast", "title", "case", "left_out"]);
        fields.text_if("title");
        match root.get("fleetcast") {
            Some(entry) if entry.node.text() == Some(FILE_KIND) => {}
            Some(entry) => {
                let message = "this is no file of validation cases";
                let help = format!("it begins with fleetcast = \"{FILE_KIND}\"");
                fields.fail::<()>(codes::KIND, &entry.node.span, message, help);
            }
            None => {
                let message = "the file does not say that it holds validation cases";
                let help = format!("begin with fleetcast = \"{FILE_KIND}\"");
                fields.fail::<()>(codes::KIND, place, message, help);
            }
        }
        if root.get("case").is_none() && root.get("left_out").is_none() {
            let help = "write [[case]] with id, kind, source and expect";
            fields.fail::<()>(codes::KIND, place, "there is no case", help);
        }
    }

    fn list(
        &mut self,
        entry: &Entry,
        name: &str,
        reader: &dyn FileReader,
        each: impl Fn(&mut Self, &Table, &Span, &str, &dyn FileReader),
    ) {
        let Data::List(items) = &entry.node.data else {
            let message = format!("`{}` is a list of tables", entry.key);
            let diagnostic = Diagnostic::error(codes::WRONG_TYPE, message)
                .at(entry.key_span.clone(), "")
                .help(format!("write [[{}]]", entry.key));
            return self.diagnostics.push(diagnostic);
        };
        for item in items {
            if let Node { data: Data::Table(table), span } = item {
                each(self, table, span, name, reader);
            } else {
                let message = format!("`{}` is a list of tables", entry.key);
                let diagnostic = Diagnostic::error(codes::WRONG_TYPE, message)
                    .at(item.span.clone(), item.noun())
                    .help(format!("write [[{}]]", entry.key));
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn leave_out(&mut self, table: &Table, span: &Span) {
        let mut fields = Fields {
            table,
            place: span.clone(),
            what: "what is left out".to_owned(),
            folder: String::new(),
            found: &mut self.diagnostics,
        };
        fields.only(&["id", "title", "source", "reason"]);
        let (id, title) = (fields.text("id", "\"V99\""), fields.text("title", "\"...\""));
        let (source, reason) = (fields.text("source", "\"...\""), fields.text("reason", "\"...\""));
        if let (Some(id), Some(title), Some(source), Some(reason)) = (id, title, source, reason) {
            self.left_out.push(LeftOut { id, title, source, reason });
        }
    }

    fn case(&mut self, table: &Table, span: &Span, file: &str, reader: &dyn FileReader) {
        let what = match table.get("id").and_then(|entry| entry.node.text()) {
            Some(id) => format!("case `{id}`"),
            None => "a case".to_owned(),
        };
        let folder = file.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder).to_owned();
        let mut fields =
            Fields { table, place: span.clone(), what, folder, found: &mut self.diagnostics };
        let id = fields.text("id", "\"J01\"");
        let title = fields.text_if("title").unwrap_or_default();
        let source = fields.text("source", "\"who says so, where\"");
        let note = fields.text_if("note").unwrap_or_default();
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        let Some(kind) = fields.word("kind", &names) else { return };
        let Some(kind) = KINDS.iter().find(|known| known.name == kind) else { return };
        let mut known = vec!["id", "kind", "title", "source", "note"];
        known.extend(kind.keys.iter().map(|key| key.name));
        fields.only(&known);
        let read = (kind.read)(&mut fields, reader);
        let (Some(id), Some(source), Some((subject, expectations))) = (id, source, read) else {
            return;
        };
        if !self.is_new(&id, table, span) {
            return;
        }
        let file = file.to_owned();
        let kind = kind.name;
        self.cases.push(Case { id, kind, title, source, note, file, expectations, subject });
    }

    /// Reports an id that stands twice.
    fn is_new(&mut self, id: &str, table: &Table, span: &Span) -> bool {
        let place = table.get("id").map_or_else(|| span.clone(), |entry| entry.node.span.clone());
        match self.ids.get(id) {
            None => {
                self.ids.insert(id.to_owned(), place);
                true
            }
            Some(first) => {
                let diagnostic =
                    Diagnostic::error(codes::REPEATED, format!("there are two cases `{id}`"))
                        .at(place, "the second")
                        .also(first.clone(), "the first")
                        .help("give each its own id");
                self.diagnostics.push(diagnostic);
                false
            }
        }
    }

    /// Keeps the cases of one kind, given by its name; what is wrong with the name, if there is none.
    pub fn keep(&mut self, kind: &str) -> Result<(), String> {
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        if !names.contains(&kind) {
            return Err(did_you_mean(kind, &names));
        }
        self.cases.retain(|case| case.kind == kind);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far a check must be off, at least, to be off beyond doubt.
    fn far(expectation: &Expectation, measured: Measured) -> f64 {
        let Reference { low, high, .. } = expectation.reference;
        if low < high {
            let width = if (high - low).is_finite() { high - low } else { 0.0 };
            return 2.0 * width + measured.value.abs() + low.abs().min(high.abs()) + 1.0;
        }
        // 20 standard errors and half of the value: no tolerance of a shipped case is as wide.
        20.0 * measured.error.unwrap_or(0.0) + 0.5 * low.abs() + 1.0
    }

    /// Every check of every shipped case turns red when what it expects is moved beyond its tolerance:
    /// a check that cannot fail proves nothing.
    #[test]
    fn every_check_can_fail() {
        let mut failed: BTreeMap<&str, usize> = BTreeMap::new();
        for case in shipped().cases {
            let measured = case.subject.measure(&case.expectations);
            for (expectation, values) in case.expectations.iter().zip(&measured) {
                assert!(!values.is_empty(), "{} {}", case.id, expectation.name);
                for value in values {
                    assert!(expectation.judge(*value).pass, "{} {}", case.id, expectation.name);
                    let far = far(expectation, *value);
                    for shift in [far, -far] {
                        let mut moved = expectation.clone();
                        moved.reference.low += shift;
                        moved.reference.high += shift;
                        // A range without an end on one side is not left by moving it there.
                        let open = if shift > 0.0 {
                            moved.reference.low.is_infinite()
                        } else {
                            moved.reference.high.is_infinite()
                        };
                        let row = moved.judge(*value);
                        assert!(open || !row.pass, "{} moved by {shift}: {row:?}", case.id);
                        *failed.entry(case.kind).or_default() += usize::from(!open);
                    }
                }
            }
        }
        for kind in KINDS {
            assert!(failed.get(kind.name).is_some_and(|count| *count > 1), "{}", kind.name);
        }
    }

    /// Just within and just beyond each tolerance.
    #[test]
    fn tolerances_end_where_they_say() {
        let reference = Reference {
            low: 200.0,
            high: 200.0,
            half_digit: 0.5,
            text: "200".to_owned(),
            factor: 1.0,
            shown: 3,
            unit: String::new(),
            hexadecimal: false,
        };
        let pass = |tolerance, value: f64, error: Option<f64>| {
            let name = "x".to_owned();
            let expectation = Expectation { name, reference: reference.clone(), tolerance };
            expectation.judge(Measured { value, error, beside: false }).pass
        };
        for (tolerance, error, most) in [
            (Some(Tolerance::Exact), None, 2e-10),
            (Some(Tolerance::Digits), None, 0.5),
            (None, None, 0.5),
            (Some(Tolerance::Relative(0.01)), None, 2.0),
            (Some(Tolerance::Relative(0.01)), Some(7.0), 2.0),
            (Some(Tolerance::Absolute(3.0)), None, 3.0),
            (Some(Tolerance::Errors(4.0)), Some(2.0), 8.5),
            (None, Some(2.0), 10.5),
            (Some(Tolerance::Errors(4.0)), None, 0.5),
        ] {
            for sign in [-1.0, 1.0] {
                assert!(pass(tolerance, 200.0 + sign * most * 0.99, error), "{tolerance:?}");
                assert!(!pass(tolerance, 200.0 + sign * most * 1.01, error), "{tolerance:?}");
            }
            assert!(!pass(tolerance, f64::NAN, error), "{tolerance:?}");
            assert!(
                !pass(tolerance, 200.0, Some(f64::NAN))
                    || error.is_none()
                    || matches!(tolerance, Some(Tolerance::Relative(_)))
            );
        }
    }
}
