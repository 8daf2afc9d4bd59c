//! What was found so far, and what it explains: one mistake is to give one message.

use std::collections::BTreeSet;

use strsim::damerau_levenshtein;

use crate::diag::{Diagnostic, Diagnostics, Span, may_be_near};

/// Diagnostics found so far, with the paths whose absence they explain.
#[derive(Debug, Default)]
pub(super) struct Problems {
    pub(super) list: Diagnostics,
    /// Unknown keys that were reported: path of their table, key.
    unknown: Vec<(String, String)>,
    /// Paths that were given, but wrongly.
    failed: BTreeSet<String>,
    /// Named things that lack keys.
    incomplete: BTreeSet<String>,
    /// Lines that are not TOML: path of their table, first letters of a key.
    lost: Vec<(String, String)>,
    /// Whether anything may stand in what cannot be read.
    pub(super) lost_all: bool,
    /// Every `source` that was read: where it is said of, the name, its place. A table may name one
    /// and have no value that rests on it.
    pub(super) sources: Vec<(String, String, Span)>,
    /// Whether nobody reads the messages: an example is tried, and advice may not try it again.
    pub(super) trial: bool,
}

impl Problems {
    /// Of an example that is tried.
    pub(super) fn of_a_trial() -> Self {
        Self { trial: true, ..Self::default() }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Reports that what stands at `path` is wrong; that it has no value needs no message more.
    pub(super) fn fail(&mut self, path: &str, diagnostic: Diagnostic) {
        self.failed.insert(path.to_owned());
        self.push(diagnostic);
    }

    /// Reports what a named thing lacks; what else it lacks needs no message more.
    pub(super) fn lacks(&mut self, thing: &str, diagnostic: Diagnostic) {
        self.incomplete.insert(thing.to_owned());
        self.push(diagnostic);
    }

    /// Marks a path as explained by a message that is given elsewhere.
    pub(super) fn mark_failed(&mut self, path: &str) {
        self.failed.insert(path.to_owned());
    }

    /// Whether a message points at this very place.
    pub(super) fn told_at(&self, span: &Span) -> bool {
        let at = |diagnostic: &Diagnostic| {
            diagnostic.primary.as_ref().is_some_and(|label| label.span == *span)
        };
        self.list.iter().any(at)
    }

    /// Reports an unknown key of a table.
    pub(super) fn unknown(&mut self, table: &str, key: &str, diagnostic: Diagnostic) {
        self.unknown.push((table.to_owned(), key.to_owned()));
        self.push(diagnostic);
    }

    /// Notes a line that is not TOML, and may have been any key that begins so; that was reported.
    pub(super) fn lose(&mut self, table: &str, start: &str) {
        self.lost.push((table.to_owned(), start.to_owned()));
    }

    /// Whether a message already explains why there is nothing at `path`: the value, or a table
    /// around it, is wrong or misspelled.
    pub(super) fn explains(&self, path: &str) -> bool {
        let lacking = || prefixes(path).any(|prefix| self.incomplete.contains(prefix));
        self.spoils(path) || !self.incomplete.is_empty() && lacking()
    }

    /// The same for what is there: a thing that lacks keys is not wrong in those that it has.
    pub(super) fn spoils(&self, path: &str) -> bool {
        if self.lost_all {
            return true;
        }
        if self.failed.is_empty() && self.unknown.is_empty() && self.lost.is_empty() {
            return false;
        }
        prefixes(path).any(|prefix| {
            let (table, key) = prefix.rsplit_once('.').unwrap_or(("", prefix));
            self.failed.contains(prefix)
                || self.unknown.iter().any(|(t, k)| t == table && alike(k, key))
                || self.lost.iter().any(|(t, k)| t == table && may_begin(k, key))
        })
    }
}

/// The paths of the tables around a path, and it.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
    ends.map(|end| &path[..end])
}

/// Whether a line that is not TOML and begins like this may have been a key.
pub(super) fn may_begin(start: &str, key: &str) -> bool {
    key.starts_with(start) || alike(start, key)
}

/// Whether a key was probably meant to be another: at most two edits, fewer in short words.
pub(super) fn alike(word: &str, key: &str) -> bool {
    let most = if key.chars().count() < 5 { 1 } else { 2 };
    may_be_near(word, key, most)
        && damerau_levenshtein(&word.to_lowercase(), &key.to_lowercase()) <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_table_explains_all_that_is_not_in_it() {
        let mut problems = Problems::default();
        problems.unknown("", "finacne", Diagnostic::error("S010", "m"));
        problems.unknown("run", "tx", Diagnostic::error("S010", "m"));
        problems.fail("capex.carry", Diagnostic::error("S011", "m"));
        for path in ["finance", "finance.cash", "run.to", "capex.carry", "capex.carry.value"] {
            assert!(problems.explains(path), "{path}");
        }
        for path in ["fleet.life", "run.from", "capex.rest_floor", "capex", "tx"] {
            assert!(!problems.explains(path), "{path}");
        }
        assert_eq!(problems.list.len(), 3);
    }

    #[test]
    fn what_a_thing_lacks_spoils_nothing_that_it_has() {
        let mut problems = Problems::default();
        problems.lacks("chip.next", Diagnostic::error("S041", "m"));
        assert!(problems.explains("chip.next.line") && problems.explains("chip.next"));
        assert!(!problems.spoils("chip.next.follows") && !problems.explains("chip.nextt"));
        problems.fail("chip.next.follows", Diagnostic::error("S040", "m"));
        assert!(problems.spoils("chip.next.follows"));
    }
}
