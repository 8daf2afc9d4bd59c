//! Where values come from: inheritance of `source`, `grade`, `known`, `hindsight` and `note`.

use super::codes;
use super::document::{Data, Entry, Table};
use super::keys::{GRADES, PROVENANCE, is_provenance};
use super::problems::{Problems, alike};
use super::types::Grade;
use crate::diag::{Diagnostic, Span, nearest};
use crate::time::Date;

/// What a table says on one point, or an outer one for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Slot<T> {
    /// Nothing.
    #[default]
    Empty,
    /// This, here.
    Given(T, Span),
    /// Something that was reported as wrong: nothing may be concluded from its absence.
    Bad,
}

/// Provenance as it holds in one table.
#[derive(Clone, Debug, Default)]
pub(super) struct Inherited {
    pub(super) source: Slot<String>,
    pub(super) grade: Slot<Grade>,
    pub(super) known: Slot<Date>,
    pub(super) hindsight: bool,
    pub(super) note: String,
}

impl Inherited {
    /// What holds within `table`: what it says itself, else what holds around it. `own` are keys
    /// that mean something else in this table; `path` is for messages.
    pub(super) fn enter(
        &self,
        table: &Table,
        own: &dyn Fn(&str) -> bool,
        path: &str,
        problems: &mut Problems,
    ) -> Self {
        let mut inner = self.clone();
        // A date qualifies the source it stands beside.
        let names_source = table.get("source").is_some_and(|e| e.node.table().is_none());
        if names_source && !own("source") {
            inner.known = Slot::Empty;
        }
        for entry in &table.entries {
            if own(&entry.key) {
                continue;
            }
            if entry.node.is_lost() {
                inner.lost(entry);
            } else if is_provenance(&entry.key) {
                inner.take(entry, path, problems);
            } else if entry.node.table().is_none() {
                inner.misspelled(&entry.key);
            }
        }
        inner
    }

    /// A misspelled key may have been meant for provenance.
    fn misspelled(&mut self, key: &str) {
        if alike(key, "source") {
            self.source = Slot::Bad;
        }
        if alike(key, "grade") {
            self.grade = Slot::Bad;
        }
        if alike(key, "known") {
            self.known = Slot::Bad;
        }
        if alike(key, "hindsight") {
            self.hindsight = true;
        }
    }

    /// What cannot be read may have been provenance.
    fn lost(&mut self, entry: &Entry) {
        if entry.may_be("source") {
            self.source = Slot::Bad;
        }
        if entry.may_be("grade") {
            self.grade = Slot::Bad;
        }
        if entry.may_be("known") || entry.may_be("source") {
            self.known = Slot::Bad;
        }
        self.hindsight |= entry.may_be("hindsight");
    }

    /// Nothing may be concluded from what is not given.
    pub(super) fn poison(&mut self) {
        if self.source == Slot::Empty {
            self.source = Slot::Bad;
        }
        if self.grade == Slot::Empty {
            self.grade = Slot::Bad;
        }
    }

    fn take(&mut self, entry: &Entry, path: &str, problems: &mut Problems) {
        let span = entry.node.span.clone();
        match (entry.key.as_str(), &entry.node.data) {
            ("source", Data::Text(name)) => {
                problems.sources.push((path.to_owned(), name.clone(), span.clone()));
                self.source = Slot::Given(name.clone(), span);
            }
            ("grade", Data::Text(word)) => {
                self.grade = read_grade(word).map_or(Slot::Bad, |grade| Slot::Given(grade, span));
                if self.grade == Slot::Bad {
                    problems.push(no_grade(entry, word));
                }
            }
            ("known", Data::Date(date)) => self.known = Slot::Given(*date, span),
            ("hindsight", Data::Flag(flag)) => self.hindsight = *flag,
            ("note", Data::Text(note)) => self.note.clone_from(note),
            (key, _) => {
                match key {
                    "source" => self.source = Slot::Bad,
                    "grade" => self.grade = Slot::Bad,
                    "known" => self.known = Slot::Bad,
                    "hindsight" => self.hindsight = true,
                    _ => {}
                }
                problems.push(wrong_type(entry, path));
            }
        }
    }
}

fn read_grade(word: &str) -> Option<Grade> {
    let grades = [Grade::A, Grade::B, Grade::C, Grade::D];
    GRADES.iter().position(|grade| *grade == word).and_then(|at| grades.get(at).copied())
}

fn no_grade(entry: &Entry, word: &str) -> Diagnostic {
    let near = nearest(word, GRADES.iter().copied());
    let help = near.map_or_else(
        || {
            "write \"A\" (reported by its owner), \"B\" (independent estimate), \"C\" (inference \
             from data) or \"D\" (judgment)"
                .to_owned()
        },
        |near| format!("did you mean \"{near}\"?"),
    );
    Diagnostic::error(codes::UNKNOWN_WORD, format!("no grade `{word}`"))
        .at(entry.node.span.clone(), "")
        .help(help)
}

fn wrong_type(entry: &Entry, path: &str) -> Diagnostic {
    let decl = PROVENANCE.iter().find(|decl| decl.name == entry.key);
    let (what, example) = match entry.key.as_str() {
        "source" => ("the name of a source", "\"meta-2024q2\""),
        "grade" => ("a grade", "\"B\""),
        "known" => ("a date", "2024-07-31"),
        "hindsight" => ("true or false", "true"),
        _ => ("a text", decl.map_or("", |decl| decl.example)),
    };
    let key = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
    let noun = entry.node.noun();
    Diagnostic::error(codes::WRONG_TYPE, format!("`{key}` takes {what}, this is {noun}"))
        .at(entry.node.span.clone(), noun)
        .help(format!("write {} = {example}", entry.key))
}
