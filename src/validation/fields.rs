//! Reading the keys of a case: every problem is reported at its place, and reading goes on.

use std::sync::Arc;

use super::codes;
use crate::diag::{Diagnostic, Diagnostics, Span, nearest};
use crate::dist::Distribution;
use crate::scenario::document::{Data, Entry, Node, Table};
use crate::scenario::{lone_distribution, lone_number};
use crate::units::Quantity;

/// A table of a case, and where problems go.
pub(super) struct Fields<'a> {
    pub(super) table: &'a Table,
    /// Where a message about the table as a whole points.
    pub(super) place: Span,
    /// What the table is, for messages: `case J01`.
    pub(super) what: String,
    /// Folder of the file, empty for the present one.
    pub(super) folder: String,
    pub(super) found: &'a mut Diagnostics,
}

/// `one of a, b, c`, or the nearest of them.
pub(super) fn did_you_mean(word: &str, words: &[&str]) -> String {
    nearest(word, words.iter().copied()).map_or_else(
        || format!("write one of {}", words.join(", ")),
        |near| format!("did you mean `{near}`?"),
    )
}

impl<'a> Fields<'a> {
    /// Another table within this one.
    pub(super) fn inner<'b>(&'b mut self, table: &'b Table, place: Span, what: &str) -> Fields<'b> {
        let what = format!("{what} of {}", self.what);
        let folder = self.folder.clone();
        Fields { table, place, what, folder, found: self.found }
    }

    /// Reports a problem.
    pub(super) fn fail<T>(
        &mut self,
        code: &'static str,
        place: &Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        let diagnostic = Diagnostic::error(code, message).at(place.clone(), "").help(help);
        self.found.push(diagnostic);
        None
    }

    /// Reports every key that is not one of these.
    pub(super) fn only(&mut self, known: &[&str]) {
        for entry in &self.table.entries {
            if !known.contains(&entry.key.as_str()) {
                let message = format!("{} has no key `{}`", self.what, entry.key);
                let help = did_you_mean(&entry.key, known);
                self.fail::<()>(codes::UNKNOWN_KEY, &entry.key_span, message, help);
            }
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Entry> {
        self.table.get(key)
    }

    /// The entry of a key that must be there.
    pub(super) fn need(&mut self, key: &str, example: &str) -> Option<&'a Entry> {
        if let Some(entry) = self.table.get(key) {
            return Some(entry);
        }
        let place = self.place.clone();
        let message = format!("{} lacks `{key}`", self.what);
        self.fail(codes::MISSING, &place, message, format!("for example {key} = {example}"))
    }

    pub(super) fn wrong<T>(&mut self, entry: &Entry, wants: &str, example: &str) -> Option<T> {
        let message = format!("`{}` takes {wants}, this is {}", entry.key, entry.node.noun());
        let help = format!("for example {} = {example}", entry.key);
        self.fail(codes::WRONG_TYPE, &entry.node.span, message, help)
    }

    /// A text that may be missing.
    pub(super) fn text_if(&mut self, key: &str) -> Option<String> {
        let entry = self.get(key)?;
        match entry.node.text() {
            Some(text) => Some(text.to_owned()),
            None => self.wrong(entry, "a text", "\"...\""),
        }
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, key: &str, example: &str) -> Option<String> {
        self.need(key, example)?;
        self.text_if(key)
    }

    /// One of some words.
    pub(super) fn word(&mut self, key: &str, words: &[&'static str]) -> Option<&'static str> {
        let entry = self.need(key, &format!("\"{}\"", words.first().unwrap_or(&"")))?;
        let Some(text) = entry.node.text() else { return self.wrong(entry, "a word", "\"...\"") };
        if let Some(word) = words.iter().find(|word| **word == text) {
            return Some(word);
        }
        let message = format!("`{key}` cannot be `{text}`");
        self.fail(codes::UNKNOWN_WORD, &entry.node.span, message, did_you_mean(text, words))
    }

    /// The number of a node, with or without a percent sign.
    pub(super) fn plain(&mut self, key: &str, node: &Node) -> Option<f64> {
        match lone_number(key, node, Quantity::Signed) {
            Ok((x, None)) if x.is_finite() => Some(x),
            Ok(_) => {
                let message = format!("`{key}` takes one finite number");
                self.fail(codes::RANGE, &node.span, message, format!("for example {key} = 0.5"))
            }
            Err(diagnostic) => {
                self.found.push(*diagnostic);
                None
            }
        }
    }

    /// A number that may be missing; `Some(None)` if it is.
    pub(super) fn number_if(&mut self, key: &str) -> Option<Option<f64>> {
        match self.get(key) {
            None => Some(None),
            Some(entry) => self.plain(key, &entry.node).map(Some),
        }
    }

    /// A number that must be there.
    pub(super) fn number(&mut self, key: &str) -> Option<f64> {
        let entry = self.need(key, "0.5")?;
        self.plain(key, &entry.node)
    }

    /// A number within a range.
    pub(super) fn number_in(&mut self, key: &str, low: f64, high: f64) -> Option<f64> {
        let x = self.number(key)?;
        if (low..=high).contains(&x) {
            return Some(x);
        }
        let entry = self.get(key)?;
        let range = match (low.is_finite(), high.is_finite()) {
            (true, true) => format!("between {low} and {high}"),
            (true, false) => format!("at least {low}"),
            _ => format!("at most {high}"),
        };
        let message = format!("`{key}` must be {range}, this is {x}");
        self.fail(codes::RANGE, &entry.node.span, message, "")
    }

    /// A whole number within a range; `fallback` if it is missing.
    pub(super) fn whole(&mut self, key: &str, range: (u64, u64), fallback: u64) -> Option<u64> {
        let Some(entry) = self.get(key) else { return Some(fallback) };
        let Data::Number(number) = &entry.node.data else {
            return self.wrong(entry, "a whole number", &fallback.to_string());
        };
        let whole = number.whole.and_then(|n| u64::try_from(n).ok());
        if let Some(n) = whole.filter(|n| (range.0..=range.1).contains(n)) {
            return Some(n);
        }
        let message = format!("`{key}` must be a whole number from {} to {}", range.0, range.1);
        self.fail(codes::RANGE, &entry.node.span, message, format!("for example {fallback}"))
    }

    /// The items of a list.
    pub(super) fn items(&mut self, entry: &'a Entry, example: &str) -> Option<&'a [Node]> {
        match &entry.node.data {
            Data::List(items) => Some(items),
            _ => self.wrong(entry, "a list", example),
        }
    }

    /// A list of numbers.
    pub(super) fn numbers(&mut self, key: &str) -> Option<Vec<f64>> {
        let entry = self.need(key, "[1, 2, 3]")?;
        let items = self.items(entry, "[1, 2, 3]")?;
        let numbers: Vec<Option<f64>> = items.iter().map(|node| self.plain(key, node)).collect();
        numbers.into_iter().collect()
    }

    /// A distribution, in any form that a scenario takes.
    pub(super) fn dist(
        &mut self,
        key: &str,
        node: &Node,
        place: &Span,
        quantity: Quantity,
    ) -> Option<Arc<dyn Distribution>> {
        match lone_distribution(key, node, place, quantity) {
            Ok(dist) => Some(dist),
            Err(problems) => {
                if problems.is_empty() {
                    let message = format!("`{key}` is no distribution of one number");
                    return self.fail(codes::IMPOSSIBLE, place, message, "");
                }
                self.found.extend(problems);
                None
            }
        }
    }

    /// The quantity named by `quantity`; a number of any sign if it is missing.
    pub(super) fn quantity(&mut self) -> Option<Quantity> {
        let Some(entry) = self.get("quantity") else { return Some(Quantity::Signed) };
        let Some(name) = entry.node.text() else {
            return self.wrong(entry, "the name of a quantity", "\"money\"");
        };
        if let Some(quantity) = Quantity::from_name(name).filter(|q| *q != Quantity::Date) {
            return Some(quantity);
        }
        let names: Vec<&str> = crate::units::QUANTITIES.iter().map(|decl| decl.name).collect();
        let message = format!("no quantity `{name}`");
        self.fail(codes::UNKNOWN_WORD, &entry.node.span, message, did_you_mean(name, &names))
    }
}
