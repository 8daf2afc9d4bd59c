//! What is not TOML in a text is told and left out, so that all else can be read.
//!
//! Each statement is parsed by itself. One that fails is written so that it parses: a comma or a
//! bracket is added where only that is missing, and what cannot be read gives way to a sign that says so.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::de::{DeTable, Error};

use super::headers::{self, Gap};
use super::statements::{Item, Kind, Pair, Statement, statements};
use super::syntax::{is_duplicate, line_at};

/// A text that parses, and what was wrong with the one it was made from.
#[derive(Debug, Default)]
pub(super) struct Mended {
    pub(super) text: String,
    pub(super) faults: Vec<Fault>,
    /// Places in the new text of values that stand for what cannot be read.
    pub(super) lost: BTreeSet<usize>,
    /// The same of keys, with the first letters of the key that was meant.
    pub(super) lost_keys: BTreeMap<usize, String>,
    /// Whether it is not known to what table some lines belong.
    pub(super) lost_section: bool,
    pub(super) changes: Changes,
}

/// What is not TOML, by its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// What the parser says.
    Syntax(Range<usize>, String),
    /// A bracket or brace that nothing closes.
    Open(usize),
}

/// What was written in place of what: the place in the new text, and in the old one.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<(Range<usize>, Range<usize>)>);

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where something in the new text stands in the old one.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.origin_of(range.start);
        start..self.origin_of(range.end).max(start)
    }

    fn origin_of(&self, at: usize) -> usize {
        let before = self.0.partition_point(|(new, _)| new.start <= at);
        let Some((new, old)) = self.0[..before].last() else { return at };
        if at >= new.end { at - new.end + old.end } else { old.start }
    }

    /// Writes an edit at the end of the new text; where it begins there.
    fn write(&mut self, text: &mut String, edit: &Edit) -> usize {
        let start = text.len();
        text.push_str(&edit.with);
        self.0.push((start..text.len(), edit.range.clone()));
        start
    }
}

/// What is written in place of a part of the text.
#[derive(Clone, Debug, PartialEq)]
struct Edit {
    range: Range<usize>,
    with: String,
    /// What the new text stands for.
    sense: Sense,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Sense {
    /// What was meant.
    Meant,
    /// A value that cannot be read.
    Value,
    /// A key that cannot be read but for its first letters, with its value.
    Key(String),
}

impl Edit {
    fn value(range: Range<usize>, after: &str) -> Self {
        Self { range, with: format!("0{after}"), sense: Sense::Value }
    }

    fn blank(range: Range<usize>) -> Self {
        Self { range, with: String::new(), sense: Sense::Meant }
    }
}

/// Mends a text.
pub(super) fn mend(text: &str) -> Mended {
    let mut mender = Mender { text, faults: Vec::new(), edits: Vec::new(), lost_section: false };
    let mut nowhere = false;
    for statement in statements(text) {
        let from = mender.edits.len();
        match &statement.kind {
            Kind::Blank => mender.comment(&statement),
            Kind::Header => nowhere = !mender.header(&statement),
            Kind::Pair(pair) => mender.pair(&statement, pair),
            Kind::Other => mender.other(&statement),
        }
        if nowhere {
            mender.edits.truncate(from);
            mender.edits.push(Edit::blank(statement.range));
        }
    }
    mender.mended()
}

/// The parser's errors in a text, but for keys that are given twice.
fn errors(text: &str) -> Vec<Error> {
    let mut found = DeTable::parse_recoverable(text).1;
    found.retain(|error| !is_duplicate(error));
    found
}

/// What is told of a header whose parts do not stand between dots.
pub(super) const PARTS: &str = "dots stand between the parts of a header";

/// How often a statement is mended before all of it is left out.
const MOST_TRIES: usize = 20;

struct Mender<'a> {
    text: &'a str,
    faults: Vec<Fault>,
    /// In the order of the text.
    edits: Vec<Edit>,
    lost_section: bool,
}

impl Mender<'_> {
    fn mended(self) -> Mended {
        let mut mended =
            Mended { faults: self.faults, lost_section: self.lost_section, ..Mended::default() };
        let mut done = 0;
        for edit in self.edits {
            mended.text.push_str(&self.text[done..edit.range.start]);
            let start = mended.changes.write(&mut mended.text, &edit);
            done = edit.range.end;
            match edit.sense {
                Sense::Meant => {}
                Sense::Value => {
                    mended.lost.insert(start);
                }
                Sense::Key(key) => {
                    mended.lost_keys.insert(start, key);
                }
            }
        }
        mended.text.push_str(&self.text[done..]);
        mended
    }

    fn syntax(&mut self, range: Range<usize>, message: &str) {
        self.faults.push(Fault::Syntax(range, message.to_owned()));
    }

    /// Tells the first error in a part of the text that begins at `from`, if there is one.
    fn first_error(&mut self, from: usize, found: &[Error]) -> bool {
        let Some(error) = found.first() else { return false };
        let range = error.span().unwrap_or(0..0);
        self.syntax(range.start + from..range.end + from, error.message());
        true
    }

    /// A comment may hold signs that no text may.
    fn comment(&mut self, statement: &Statement) {
        let range = &statement.range;
        if self.first_error(range.start, &errors(&self.text[range.clone()])) {
            self.edits.push(Edit::blank(range.clone()));
        }
    }

    /// Whether it is known what table the header begins.
    fn header(&mut self, statement: &Statement) -> bool {
        let range = &statement.range;
        let own = &self.text[range.clone()];
        let found = errors(own);
        if found.is_empty() {
            return true;
        }
        let gaps = with_dots(own);
        let ways = [
            after_brackets(own).into_iter().collect(),
            missing_bracket(own).into_iter().collect(),
            gaps.clone(),
            gaps.iter().cloned().chain(after_brackets(own)).collect(),
            gaps.iter().cloned().chain(missing_bracket(own)).collect::<Vec<Edit>>(),
        ];
        let part = Part { range: 0..own.len(), around: ["", ""], quote: None };
        let parses = |edits: &Vec<Edit>| errors(&with_edits(own, &part, edits).0).is_empty();
        let Some(edits) = ways.into_iter().find(parses) else {
            self.first_error(range.start, &found);
            self.lost_section = true;
            return false;
        };
        if edits.first().is_some_and(|edit| gaps.contains(edit)) {
            let inner = edits[0].range.start + range.start;
            self.syntax(inner..edits[0].range.end + range.start, PARTS);
        } else {
            self.first_error(range.start, &found);
        }
        let place = |edit: &Edit| edit.range.start + range.start..edit.range.end + range.start;
        self.edits.extend(edits.into_iter().map(|edit| Edit { range: place(&edit), ..edit }));
        true
    }

    /// A line without `=`, of which only the first letters may be those of a key.
    fn other(&mut self, statement: &Statement) {
        self.first_error(statement.range.start, &errors(&self.text[statement.range.clone()]));
        self.lose_key(statement);
    }

    fn lose_key(&mut self, statement: &Statement) {
        let range = statement.range.clone();
        let own = self.text[range.clone()].trim_start();
        let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let end = own.find(|c| !bare(c)).unwrap_or(own.len());
        // A sign of a list, and no key.
        let key = own[..end].trim_start_matches('-').to_owned();
        let with = format!("\"lost key {}\" = 0", range.start);
        self.edits.push(Edit { range, with, sense: Sense::Key(key) });
    }

    fn pair(&mut self, statement: &Statement, pair: &Pair) {
        let range = &statement.range;
        let found = errors(&self.text[range.clone()]);
        if found.is_empty() {
            return;
        }
        let key = &self.text[range.start..pair.equals];
        if !errors(&format!("{key}=0")).is_empty() {
            self.first_error(range.start, &found);
            self.lose_key(statement);
            return;
        }
        let mut edits = Vec::new();
        for item in &pair.items {
            self.item(item, &mut edits);
        }
        // An open text in quotes holds the brackets behind it.
        let opens: Vec<usize> =
            pair.open.iter().copied().filter(|_| pair.quote.is_none()).collect();
        let whole = Part { range: range.clone(), around: ["", ""], quote: pair.quote };
        if !opens.is_empty() || !self.heal(&whole, &mut edits) {
            edits = vec![Edit::value(pair.equals + 1..range.end, "")];
        }
        self.faults.extend(opens.into_iter().map(Fault::Open));
        self.edits.append(&mut edits);
    }

    /// Tells what is wrong in an item of a list; what cannot be read of it is left out.
    fn item(&mut self, item: &Item, edits: &mut Vec<Edit>) {
        let range = item.range.clone();
        let open = item.open.filter(|_| item.quote.is_none());
        self.faults.extend(open.map(Fault::Open));
        let part = Part { range: range.clone(), around: ["x=[", "\n]"], quote: item.quote };
        let mut own = Vec::new();
        if open.is_none() && self.heal(&part, &mut own) {
            edits.append(&mut own);
        } else {
            edits.push(Edit::value(range, if item.cut { "," } else { "" }));
        }
    }

    /// Tells what is wrong in a part of the text and mends it until it parses; whether it does then.
    fn heal(&mut self, part: &Part, edits: &mut Vec<Edit>) -> bool {
        let (text, told) = (self.text, self.faults.len());
        for _ in 0..MOST_TRIES {
            let (mended, changes) = with_edits(text, part, edits);
            let found = errors(&mended);
            let Some(error) = part.first(&found) else { return true };
            let range = changes.origin(&error.span().unwrap_or(0..0));
            self.syntax(part.place(text, &range), error.message());
            let Some(edit) = small_edit(text, &range, error.message()) else { break };
            let overlaps = |other: &Edit| {
                other.range.start < edit.range.end && edit.range.start < other.range.end
            };
            let inside = part.range.start <= edit.range.start && edit.range.end <= part.range.end;
            if !inside || edits.iter().any(overlaps) {
                break;
            }
            // What is put in before a value comes before what is written in its place.
            let place = |edit: &Edit| (edit.range.start, edit.range.end);
            let at = edits.partition_point(|other| place(other) < place(&edit));
            edits.insert(at, edit);
        }
        self.one_for_a_line(told);
        false
    }

    /// One mistake makes the parser stumble several times in the same line.
    fn one_for_a_line(&mut self, from: usize) {
        let mut lines = Vec::new();
        let mut at = 0;
        let text = self.text;
        self.faults.retain(|fault| {
            at += 1;
            let Fault::Syntax(range, _) = fault else { return true };
            let line = line_at(text, range.start).start;
            let first = at <= from || !lines.contains(&line);
            if at > from {
                lines.push(line);
            }
            first
        });
    }
}

/// A statement, or an item of a list, with what makes a text of its own of it.
struct Part {
    range: Range<usize>,
    around: [&'static str; 2],
    /// A text in quotes in it that has no end.
    quote: Option<usize>,
}

impl Part {
    /// Where an error is told: of a text of several lines, where it begins.
    fn place(&self, text: &str, range: &Range<usize>) -> Range<usize> {
        let begins =
            |at: &usize| ["\"\"\"", "'''"].iter().any(|quotes| text[*at..].starts_with(quotes));
        self.quote.filter(begins).map_or_else(|| range.clone(), |at| at..at + 3)
    }

    /// The error to tell first.
    fn first<'a>(&self, found: &'a [Error]) -> Option<&'a Error> {
        let of_quotes = |error: &&Error| {
            self.quote.is_some()
                && ["string", "quote"].iter().any(|word| error.message().contains(word))
        };
        found.iter().find(of_quotes).or_else(|| found.first())
    }
}

/// A part of a text with edits in it, as a text of its own.
fn with_edits(text: &str, part: &Part, edits: &[Edit]) -> (String, Changes) {
    let [before, after] = part.around;
    let (mut mended, mut changes) = (before.to_owned(), Changes::default());
    changes.0.push((0..mended.len(), 0..part.range.start));
    let mut done = part.range.start;
    for edit in edits {
        mended.push_str(&text[done..edit.range.start]);
        changes.write(&mut mended, edit);
        done = edit.range.end;
    }
    mended.push_str(&text[done..part.range.end]);
    let end = mended.len();
    mended.push_str(after);
    changes.0.push((end..mended.len(), part.range.end..part.range.end));
    (mended, changes)
}

/// The edit that makes up for an error without the loss of more than a value, if there is one.
fn small_edit(text: &str, range: &Range<usize>, message: &str) -> Option<Edit> {
    if message.starts_with("missing comma") {
        let at = range.start..range.start;
        return Some(Edit { range: at, with: ",".to_owned(), sense: Sense::Meant });
    }
    let value = message.starts_with("string values must be quoted")
        || message.starts_with("invalid") && !message.contains("key");
    let own = text.get(range.clone())?;
    let plain =
        !own.is_empty() && !own.contains(['\n', '"', '\'', '[', ']', '{', '}', '=', '#', ',']);
    (value && plain).then(|| Edit::value(range.clone(), ""))
}

/// A header whose parts stand between dots.
fn with_dots(own: &str) -> Vec<Edit> {
    let edit = |gap: Gap| Edit { range: gap.range, with: gap.with.to_owned(), sense: Sense::Meant };
    headers::meant(own).unwrap_or_default().into_iter().map(edit).collect()
}

/// A header without what stands behind its brackets.
fn after_brackets(own: &str) -> Option<Edit> {
    let end = if own.trim_start().starts_with("[[") { "]]" } else { "]" };
    let at = own.find(end)? + end.len();
    Some(Edit::blank(at..own.len()))
}

/// A header with the brackets that are missing at its end.
fn missing_bracket(own: &str) -> Option<Edit> {
    let before = own.split('#').next()?.trim_end();
    let opened = if before.trim_start().starts_with("[[") { 2 } else { 1 };
    let closed = before.len() - before.trim_end_matches(']').len();
    let with = "]".repeat(usize::checked_sub(opened, closed)?);
    Some(Edit { range: before.len()..before.len(), with, sense: Sense::Meant })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of many statements, each of which something may befall.
    const TEXT: &str = include_str!("../app/starter.toml");

    /// The next number of Knuth's linear congruential generator, below `most`.
    fn next(state: &mut u64, most: usize) -> usize {
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*state >> 33) as usize) % most
    }

    #[test]
    fn whatever_befalls_a_text_its_places_are_found_again() {
        let signs =
            ["\"", "'", "{", "}", "[", "]", "=", ",", "\n", "\"\"\"", "#", "\u{e9}", "0", "a.b"];
        let mut state = 1;
        for _ in 0..1500 {
            let mut text = TEXT.to_owned();
            for _ in 0..=next(&mut state, 4) {
                let mut at = next(&mut state, text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                if next(&mut state, 2) == 0 {
                    text.remove(at);
                } else {
                    text.insert_str(at, signs[next(&mut state, signs.len())]);
                }
            }
            let mended = mend(&text);
            for at in (0..=mended.text.len()).step_by(7) {
                let origin = mended.changes.origin(&(at..at + 3));
                assert!(origin.start <= origin.end && origin.end <= text.len() + 3, "{text}");
            }
            let inside = |at: &usize| *at < mended.text.len();
            assert!(
                mended.lost.iter().all(inside) && mended.lost_keys.keys().all(inside),
                "{text}"
            );
            if errors(&text).is_empty() {
                assert!(mended.faults.is_empty() && mended.text == text, "{text}");
            } else {
                assert!(!mended.faults.is_empty(), "{text}");
            }
        }
    }
}
