//! A message to the user, and a list of them.

use std::collections::BTreeSet;

use super::{FileId, Span};

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input can be used, but is probably not what the user meant.
    Warning,
}

impl Severity {
    /// The word shown to the user.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A place in a text with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The words; may be empty.
    pub text: String,
}

/// One message: what is wrong, where, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A letter and three digits, such as `S041`; the same for every message of one check.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// One lower-case sentence without a full stop, with backticks around literals.
    pub message: String,
    /// Where the mistake is.
    pub primary: Option<Label>,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// What the user can do.
    pub help: Vec<String>,
    /// Background.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// A warning without a place.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Self {
            code,
            severity,
            message,
            primary: None,
            secondary: Vec::new(),
            help: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Sets the place of the mistake.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds advice; an empty text adds nothing.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.help.push(text);
        }
        self
    }

    /// Adds background; an empty text adds nothing.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.notes.push(text);
        }
        self
    }

    /// What diagnostics are sorted by: messages without a place come first.
    fn order(&self) -> (Option<(FileId, usize)>, &'static str) {
        (self.primary.as_ref().map(|label| (label.span.file, label.span.start)), self.code)
    }
}

/// Messages, in the order in which they were found until they are sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No message.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.error_count() > 0
    }

    /// Number of errors.
    pub fn error_count(&self) -> usize {
        self.0.iter().filter(|d| d.severity == Severity::Error).count()
    }

    /// Number of warnings.
    pub fn warning_count(&self) -> usize {
        self.0.len() - self.error_count()
    }

    /// Number of messages.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The messages in their present order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Sorts by text, place and code; equal ones keep their order.
    pub fn sort(&mut self) {
        self.0.sort_by_key(Diagnostic::order);
    }

    /// Keeps the first `from` messages, and of the others those that `keep` says.
    pub fn retain_after(&mut self, from: usize, keep: impl Fn(&Diagnostic) -> bool) {
        let mut position = 0;
        self.0.retain(|diagnostic| {
            position += 1;
            position <= from || keep(diagnostic)
        });
    }

    /// Removes every message that repeats an earlier one exactly.
    pub fn dedup(&mut self) {
        let mut kept: Vec<Diagnostic> = Vec::with_capacity(self.0.len());
        let mut seen: BTreeSet<(Option<(FileId, usize)>, &'static str)> = BTreeSet::new();
        for diagnostic in self.0.drain(..) {
            let new_key = seen.insert(diagnostic.order());
            if new_key || !kept.contains(&diagnostic) {
                kept.push(diagnostic);
            }
        }
        self.0 = kept;
    }
}

impl From<Vec<Diagnostic>> for Diagnostics {
    fn from(list: Vec<Diagnostic>) -> Self {
        Self(list)
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Self {
        Self(vec![one])
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, more: I) {
        self.0.extend(more);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(list: I) -> Self {
        Self(list.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(code: &'static str, file: u32, start: usize) -> Diagnostic {
        Diagnostic::error(code, "m").at(Span::new(FileId(file), start..start + 1), "here")
    }

    #[test]
    fn sorting_goes_by_text_then_place_then_code() {
        let mut list = Diagnostics::from(vec![
            at("S002", 1, 0),
            at("S003", 0, 5),
            at("S001", 0, 5),
            at("S009", 0, 1),
            Diagnostic::warning("S010", "no place"),
        ]);
        list.sort();
        let codes: Vec<&str> = list.iter().map(|d| d.code).collect();
        assert_eq!(codes, ["S010", "S009", "S001", "S003", "S002"]);
    }

    #[test]
    fn only_exact_repetitions_are_removed() {
        let mut list: Diagnostics = [
            at("S001", 0, 1),
            at("S002", 0, 1),
            at("S001", 0, 1),
            at("S001", 0, 1).note("another"),
            at("S001", 0, 1).note("another"),
        ]
        .into_iter()
        .collect();
        list.dedup();
        assert_eq!(list.len(), 3);
        assert_eq!(list.iter().filter(|d| d.notes.is_empty()).count(), 2);
    }

    #[test]
    fn only_errors_count_as_errors() {
        let mut list = Diagnostics::from(Diagnostic::warning("S001", "w"));
        assert!(!list.has_errors());
        list.extend([Diagnostic::error("S002", "e")]);
        assert!(list.has_errors());
        assert_eq!((list.error_count(), list.warning_count(), list.len()), (1, 1, 2));
    }

    #[test]
    fn empty_advice_is_left_out() {
        let d = Diagnostic::error("S001", "m").help("").help("do").note("");
        assert_eq!(d.help, ["do"]);
        assert!(d.notes.is_empty());
    }
}
