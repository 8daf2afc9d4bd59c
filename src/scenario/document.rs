//! A text becomes a tree in which every key and value knows its place.

use std::fmt::Write as _;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::codes;
use super::mend::{Fault, Mended, mend};
use super::problems::{Problems, alike, may_begin};
use super::syntax::{advice, first_place, is_duplicate, newer_escapes, path_at, unquoted};
use crate::diag::{Diagnostic, Diagnostics, FileId, SourceFile, Span};
use crate::time::Date;

/// A parsed file.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) root: Table,
    /// Whether there are keys that cannot be read, and of which it is not known where they belong.
    pub(super) lost: bool,
    /// Paths of tables that cannot stand beside a value of that name: what is in them is not read.
    pub(super) crowded: Vec<String>,
}

/// Keys with their values, in the order of the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) node: Node,
}

/// A value and its place; of a table under a header, the place of the header.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) data: Data,
}

/// A value of TOML.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Text(String),
    Number(Number),
    Flag(bool),
    Date(Date),
    /// A time of day or a date with one.
    Time,
    List(Vec<Node>),
    Table(Table),
    /// What is not TOML, which was reported: a value, or (without a key) a line of which at most the
    /// first letters of a key are known.
    Lost {
        key: bool,
    },
}

/// A number, with the letters it was written in.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    pub(crate) value: f64,
    /// The number without a fraction, if it is written so and fits.
    pub(crate) whole: Option<i64>,
    pub(crate) text: String,
}

impl Document {
    /// Whether all of its text could be read.
    pub(crate) fn is_whole(&self) -> bool {
        !self.lost && self.crowded.is_empty() && !self.root.has_lost()
    }
}

impl Table {
    /// The entry of a key, if its value can be read.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key && !entry.node.is_lost())
    }

    /// Whether something in it cannot be read.
    pub(super) fn has_lost(&self) -> bool {
        self.entries.iter().any(|entry| entry.node.has_lost())
    }
}

impl Entry {
    /// Whether its key is, or was probably meant to be, a certain one.
    pub(super) fn may_be(&self, key: &str) -> bool {
        match self.node.data {
            Data::Lost { key: false } => may_begin(&self.key, key),
            _ => alike(&self.key, key),
        }
    }
}

impl Node {
    /// What it is, for messages.
    pub(crate) fn noun(&self) -> &'static str {
        match &self.data {
            Data::Text(_) => "a text",
            Data::Number(_) => "a number",
            Data::Flag(_) => "true or false",
            Data::Date(_) => "a date",
            Data::Time => "a time",
            Data::List(_) => "a list",
            Data::Table(_) => "a table",
            Data::Lost { .. } => "what cannot be read",
        }
    }

    /// Whether it cannot be read.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self.data, Data::Lost { .. })
    }

    /// Whether it, or something in it, cannot be read.
    pub(super) fn has_lost(&self) -> bool {
        match &self.data {
            Data::List(items) => items.iter().any(Node::has_lost),
            Data::Table(table) => table.has_lost(),
            _ => self.is_lost(),
        }
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The table, if it is one.
    pub(crate) fn table(&self) -> Option<&Table> {
        match &self.data {
            Data::Table(table) => Some(table),
            _ => None,
        }
    }
}

/// Parses a text. Syntax errors, keys given twice and what only newer TOML allows are reported.
pub(super) fn parse(file: FileId, source: &SourceFile, problems: &mut Problems) -> Document {
    let (mut tree, mut errors) = DeTable::parse_recoverable(source.text());
    let (mut text, mut mended) = (source.text(), Mended::default());
    if errors.iter().any(|error| !is_duplicate(error)) {
        mended = mend(text);
        text = &mended.text;
        (tree, errors) = DeTable::parse_recoverable(text);
    }
    let builder = Builder { file, source, mended: &mended, text };
    for fault in &mended.faults {
        problems.push(match fault {
            Fault::Syntax(range, message) => builder.syntax(range.clone(), message),
            Fault::Open(open) => builder.unclosed(*open),
        });
    }
    let mut crowded = Vec::new();
    for error in &errors {
        let range = error.span().unwrap_or(0..0);
        problems.push(if is_duplicate(error) {
            builder.duplicate(range)
        } else {
            crowded.push(path_at(text, range.clone()));
            builder.syntax(builder.mended.changes.origin(&range), error.message())
        });
    }
    let mut root = builder.table(tree.get_ref());
    builder.only_newer(&root, problems);
    builder.newer_escapes(problems);
    if !mended.changes.is_empty() {
        builder.relocate(&mut root);
    }
    Document { root, lost: mended.lost_section, crowded }
}

/// Parses a text that is no scenario, with what was found.
pub(crate) fn parse_alone(file: FileId, source: &SourceFile) -> (Document, Diagnostics) {
    let mut problems = Problems::default();
    let document = parse(file, source, &mut problems);
    (document, problems.list)
}

/// All whole numbers up to here are numbers of their own: 2^53.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

struct Builder<'a> {
    file: FileId,
    source: &'a SourceFile,
    mended: &'a Mended,
    /// The text that was parsed.
    text: &'a str,
}

impl Builder<'_> {
    /// A place in the text that was parsed, as long as the tree is built.
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range)
    }

    /// The place in the file.
    fn place(&self, range: &Range<usize>) -> Span {
        Span::new(self.file, self.mended.changes.origin(range))
    }

    /// Makes places in the file of all places in a tree.
    fn relocate(&self, table: &mut Table) {
        for entry in &mut table.entries {
            let key = &entry.key_span;
            entry.key_span = self.place(&(key.start..key.end));
            self.relocate_node(&mut entry.node);
        }
    }

    fn relocate_node(&self, node: &mut Node) {
        node.span = self.place(&(node.span.start..node.span.end));
        match &mut node.data {
            Data::List(items) => items.iter_mut().for_each(|item| self.relocate_node(item)),
            Data::Table(table) => self.relocate(table),
            _ => {}
        }
    }

    /// What is not TOML at a place in the file.
    fn syntax(&self, range: Range<usize>, message: &str) -> Diagnostic {
        let text = self.source.text();
        let message = message.lines().next().unwrap_or("not TOML");
        let value =
            ["invalid boolean", "invalid float"].iter().any(|start| message.starts_with(start));
        let not_quoted = if value { unquoted(text, range.start) } else { None };
        let message = if not_quoted.is_some() { "a text without quotes" } else { message };
        // The one key that is a text in short and has tables of its own.
        let tables = text.get(range.start..).is_some_and(|rest| rest.starts_with("company."));
        let help = if tables || text.get(range.clone()) == Some("company") {
            "in a file with tables of companies, the company of the run is [run] company = \"meta\""
                .to_owned()
        } else if let Some(line) = not_quoted {
            format!("write it in straight quotes: {line}")
        } else {
            advice(text, range.start, message)
        };
        Diagnostic::error(codes::SYNTAX, format!("this is not TOML: {message}"))
            .at(Span::new(self.file, range), "")
            .help(help)
    }

    /// A bracket that nothing closes.
    fn unclosed(&self, open: usize) -> Diagnostic {
        let brace = self.source.text()[open..].starts_with('{');
        let (bracket, missing) = if brace { ("{", "}") } else { ("[", "]") };
        Diagnostic::error(codes::SYNTAX, format!("this is not TOML: `{bracket}` is not closed"))
            .at(Span::new(self.file, open..open + 1), format!("no `{missing}` belongs to it"))
            .help("headers and tables in { } stand on one line, lists in [ ] may take several")
    }

    fn duplicate(&self, range: Range<usize>) -> Diagnostic {
        let key = self.text.get(range.clone()).unwrap_or("").to_owned();
        let second = self.place(&range);
        let line = |span: &Span| self.source.line_col(span.start).0;
        let first = first_place(self.text, range).map(|at| self.place(&(at..at + key.len())));
        let d = Diagnostic::error(codes::DUPLICATE, format!("`{key}` is given twice"))
            .at(second.clone(), "the second time")
            .help("remove one of the two");
        match first {
            Some(first) if line(&first) != line(&second) => d.also(first, "the first time"),
            _ => d,
        }
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let entry = |key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>| {
            let (key_span, place) = (self.span(key.span()), value.span());
            let Some(start) = self.mended.lost_keys.get(&key_span.start) else {
                let node = self.node(value.get_ref(), place);
                return Entry { key: key.get_ref().to_string(), key_span, node };
            };
            let node = Node { span: self.span(place), data: Data::Lost { key: false } };
            Entry { key: start.clone(), key_span, node }
        };
        let mut entries: Vec<Entry> = table.iter().map(|(key, value)| entry(key, value)).collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Table { entries }
    }

    fn node(&self, value: &DeValue<'_>, range: Range<usize>) -> Node {
        let written = self.text.get(range.clone()).unwrap_or_default();
        let data = match value {
            _ if self.mended.lost.contains(&range.start) => Data::Lost { key: true },
            DeValue::String(text) => Data::Text(text.to_string()),
            DeValue::Integer(number) => {
                let whole = i64::from_str_radix(number.as_str(), number.radix()).ok();
                let value = whole.map_or_else(|| number.as_str().parse().ok(), |n| Some(n as f64));
                let value = value.unwrap_or(f64::NAN);
                Data::Number(Number { value, whole, text: written.to_owned() })
            }
            DeValue::Float(number) => {
                let value: f64 = number.as_str().parse().unwrap_or(f64::NAN);
                // 1e6 draws are a whole number of draws.
                let exact = value.fract() == 0.0 && value.abs() <= MOST_EXACT;
                let whole = exact.then_some(value as i64);
                Data::Number(Number { value, whole, text: written.to_owned() })
            }
            DeValue::Boolean(flag) => Data::Flag(*flag),
            DeValue::Datetime(time) => match (time.date, time.time) {
                (Some(date), None) => Date::new(i32::from(date.year), date.month, date.day)
                    .map_or(Data::Time, Data::Date),
                _ => Data::Time,
            },
            DeValue::Array(list) => {
                Data::List(list.iter().map(|item| self.node(item.get_ref(), item.span())).collect())
            }
            DeValue::Table(table) => Data::Table(self.table(table)),
        };
        Node { span: self.span(range), data }
    }

    /// Reports escapes that TOML 1.0 does not have.
    fn newer_escapes(&self, problems: &mut Problems) {
        for range in newer_escapes(self.text) {
            let escape = &self.text[range.clone()];
            let code = if escape == "\\e" { "\\u001B" } else { "\\u0041" };
            problems.push(
                Diagnostic::error(codes::NEWER_TOML, format!("an escape `{escape}` in a text"))
                    .at(self.place(&range), "here")
                    .help(format!("write the letter itself, or its code with four digits, {code}"))
                    .note("TOML 1.0 does not allow it, and many editors refuse it"),
            );
        }
    }

    /// Reports line breaks and trailing commas within `{ }`, which TOML 1.0 does not have.
    fn only_newer(&self, table: &Table, problems: &mut Problems) {
        for entry in &table.entries {
            self.only_newer_in(&entry.node, problems);
        }
    }

    fn only_newer_in(&self, node: &Node, problems: &mut Problems) {
        match &node.data {
            Data::List(items) => {
                for item in items {
                    self.only_newer_in(item, problems);
                }
            }
            Data::Table(table) => {
                if self.is_inline(node)
                    && let Some((at, what)) = self.newer_syntax(node, table)
                {
                    problems.push(
                        Diagnostic::error(codes::NEWER_TOML, format!("{what} within {{ }}"))
                            .at(self.place(&(at..at + 1)), "here")
                            .help(
                                "write the table on one line without a comma at its end, or \
                                 under a [header] of its own",
                            )
                            .note("TOML 1.0 does not allow it, and many editors refuse it"),
                    );
                    return;
                }
                self.only_newer(table, problems);
            }
            _ => {}
        }
    }

    fn is_inline(&self, node: &Node) -> bool {
        self.text.as_bytes().get(node.span.start) == Some(&b'{')
    }

    /// The first line break or the trailing comma between the entries of an inline table.
    fn newer_syntax(&self, node: &Node, table: &Table) -> Option<(usize, &'static str)> {
        let mut between = self.text.get(node.span.start..node.span.end)?.as_bytes().to_vec();
        self.blank(table, node.span.start, &mut between);
        if let Some(at) = between.iter().position(|b| *b == b'\n') {
            return Some((node.span.start + at, "a line break"));
        }
        let inner = &between[..between.len().saturating_sub(1)];
        let last = inner.iter().rposition(|b| !b.is_ascii_whitespace())?;
        (inner[last] == b',').then_some((node.span.start + last, "a comma after the last entry"))
    }

    /// Overwrites keys and values, so that only the signs between them are left.
    fn blank(&self, table: &Table, origin: usize, bytes: &mut [u8]) {
        let mut cover = |span: &Span| {
            let start = span.start.saturating_sub(origin);
            let end = span.end.saturating_sub(origin).min(bytes.len());
            bytes[start.min(end)..end].fill(b'x');
        };
        let mut dotted = Vec::new();
        for entry in &table.entries {
            cover(&entry.key_span);
            match &entry.node.data {
                Data::Table(inner) if !self.is_inline(&entry.node) => dotted.push(inner),
                _ => cover(&entry.node.span),
            }
        }
        for inner in dotted {
            self.blank(inner, origin, bytes);
        }
    }
}

/// The value as TOML on one line.
pub(crate) fn to_toml(node: &Node) -> String {
    match &node.data {
        Data::Text(text) => quoted(text),
        Data::Number(number) => number.text.clone(),
        Data::Flag(flag) => flag.to_string(),
        Data::Date(date) => date.to_string(),
        Data::Time => "00:00:00".to_owned(),
        Data::Lost { .. } => String::new(),
        Data::List(items) => {
            let items: Vec<String> = items.iter().map(to_toml).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Table(table) => {
            let mut entries: Vec<_> =
                table.entries.iter().map(|e| (e.key.as_str(), to_toml(&e.node))).collect();
            entries.sort_unstable();
            table_to_toml(entries.into_iter())
        }
    }
}

/// An inline table of these keys and ready values.
pub(crate) fn table_to_toml<'a>(entries: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut out = String::from("{");
    for (key, value) in entries {
        out.push_str(if out.len() > 1 { ", " } else { " " });
        out.push_str(&key_to_toml(key));
        out.push_str(" = ");
        out.push_str(&value);
    }
    out.push_str(if out.len() > 1 { " }" } else { "}" });
    out
}

/// One part of a key, quoted if need be.
pub(crate) fn key_to_toml(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

/// A text as a TOML basic string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
