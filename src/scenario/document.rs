//! A text becomes a tree in which every key and value knows its place.

use std::fmt::Write as _;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::codes;
use super::problems::Problems;
use super::syntax::{
    advice, first_place, line_at, newer_escapes, section_at, stands_alone, unclosed, unquoted,
};
use crate::diag::{Diagnostic, Diagnostics, FileId, SourceFile, Span};
use crate::time::Date;

/// A parsed file.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) root: Table,
    /// Whether the text is not TOML at some place: the tree is then incomplete.
    pub(crate) broken: bool,
    /// Lines that are not TOML, where all else can be read.
    pub(super) bad_lines: Vec<Range<usize>>,
    /// What stands under the headers of such lines.
    pub(super) bad_sections: Vec<Range<usize>>,
    /// Whether what follows such a place may be read as something that it is not.
    pub(super) torn: bool,
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
}

/// A number, with the letters it was written in.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    pub(crate) value: f64,
    /// The number without a fraction, if it is written so and fits.
    pub(crate) whole: Option<i64>,
    pub(crate) text: String,
}

impl Table {
    /// The entry of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
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
    let builder = Builder { file, text: source.text() };
    let mut bad_lines = Vec::new();
    let first = DeTable::parse_recoverable(source.text());
    let text;
    let (tree, errors) = if lone_key(&first.1).is_some() {
        text = builder.without_lone_keys(&mut bad_lines, problems);
        DeTable::parse_recoverable(&text)
    } else {
        first
    };
    let (mut broken, mut torn) = (!bad_lines.is_empty(), false);
    let (mut lines, mut told) = (Vec::new(), false);
    let open = if errors.is_empty() { None } else { unclosed(source.text()) };
    for error in &errors {
        let range = error.span().unwrap_or(0..0);
        let line = source.line_col(range.start).0;
        let duplicate = error.message().starts_with("duplicate key");
        broken |= !duplicate;
        if let Some(open) = open.filter(|open| *open < range.start) {
            // All that follows is read as its content, which says nothing of what follows.
            torn = true;
            if !std::mem::replace(&mut told, true) {
                problems.push(builder.unclosed(open));
            }
            continue;
        }
        // One mistake makes the parser stumble several times in the same line.
        if lines.contains(&line) {
            continue;
        }
        lines.push(line);
        if !duplicate {
            let bad = line_at(source.text(), range.start);
            torn |= !stands_alone(source.text(), &bad);
            bad_lines.push(bad);
        }
        problems.push(if duplicate {
            builder.duplicate(range, source)
        } else {
            builder.syntax(range, error.message())
        });
    }
    let root = builder.table(tree.get_ref());
    if !broken {
        builder.only_newer(&root, problems);
        builder.newer_escapes(problems);
    }
    let bad_sections = bad_lines.iter().map(|line| section_at(source.text(), line.start)).collect();
    Document { root, broken, bad_lines, bad_sections, torn }
}

/// Parses a text that is no scenario, with what was found.
pub(crate) fn parse_alone(file: FileId, source: &SourceFile) -> (Document, Diagnostics) {
    let mut problems = Problems::default();
    let document = parse(file, source, &mut problems);
    (document, problems.list)
}

/// All whole numbers up to here are numbers of their own: 2^53.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

/// The first error about a key without `=`, and its place.
fn lone_key(errors: &[toml::de::Error]) -> Option<(&toml::de::Error, Range<usize>)> {
    let lone = errors.iter().find(|error| error.message().starts_with("key with no value"))?;
    Some((lone, lone.span()?))
}

/// Most lines without `=` that are looked behind.
const MOST_LONE_KEYS: usize = 50;

struct Builder<'a> {
    file: FileId,
    text: &'a str,
}

impl Builder<'_> {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.file, range)
    }

    /// The text with blanks in place of lines that are a key without `=`: the parser reads nothing that
    /// follows such a line. They are reported.
    fn without_lone_keys(
        &self,
        bad_lines: &mut Vec<Range<usize>>,
        problems: &mut Problems,
    ) -> String {
        let mut text = self.text.to_owned();
        for _ in 0..MOST_LONE_KEYS {
            let (_, errors) = DeTable::parse_recoverable(&text);
            let Some((error, at)) = lone_key(&errors) else { break };
            let line = line_at(&text, at.start);
            if !stands_alone(&text, &line) {
                break;
            }
            problems.push(self.syntax(at, error.message()));
            let blank = " ".repeat(line.len());
            text.replace_range(line.clone(), &blank);
            bad_lines.push(line);
        }
        text
    }

    fn syntax(&self, range: std::ops::Range<usize>, message: &str) -> Diagnostic {
        let message = message.lines().next().unwrap_or("not TOML");
        let value =
            ["invalid boolean", "invalid float"].iter().any(|start| message.starts_with(start));
        let not_quoted = if value { unquoted(self.text, range.start) } else { None };
        let message = if not_quoted.is_some() { "a text without quotes" } else { message };
        // The one key that is a text in short and has tables of its own.
        let tables = self.text.get(range.start..).is_some_and(|rest| rest.starts_with("company."));
        let help = if tables || self.text.get(range.clone()) == Some("company") {
            "in a file with tables of companies, the company of the run is [run] company = \"meta\""
                .to_owned()
        } else if let Some(line) = not_quoted {
            format!("write it in straight quotes: {line}")
        } else {
            advice(self.text, range.start, message)
        };
        Diagnostic::error(codes::SYNTAX, format!("this is not TOML: {message}"))
            .at(self.span(range), "")
            .help(help)
    }

    /// A bracket that nothing closes.
    fn unclosed(&self, open: usize) -> Diagnostic {
        let (bracket, missing) =
            if self.text[open..].starts_with('{') { ("{", "}") } else { ("[", "]") };
        Diagnostic::error(codes::SYNTAX, format!("this is not TOML: `{bracket}` is not closed"))
            .at(self.span(open..open + 1), format!("no `{missing}` belongs to it"))
            .help("headers and tables in { } stand on one line, lists in [ ] may take several")
    }

    fn duplicate(&self, range: std::ops::Range<usize>, source: &SourceFile) -> Diagnostic {
        let key = self.text.get(range.clone()).unwrap_or("").to_owned();
        let d = Diagnostic::error(codes::DUPLICATE, format!("`{key}` is given twice"))
            .at(self.span(range.clone()), "the second time")
            .help("remove one of the two");
        match first_place(self.text, range.clone()) {
            Some(at) if source.line_col(at).0 != source.line_col(range.start).0 => {
                d.also(self.span(at..at + key.len()), "the first time")
            }
            _ => d,
        }
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<Entry> = table
            .iter()
            .map(|(key, value)| Entry {
                key: key.get_ref().to_string(),
                key_span: self.span(key.span()),
                node: self.node(value.get_ref(), value.span()),
            })
            .collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Table { entries }
    }

    fn node(&self, value: &DeValue<'_>, range: std::ops::Range<usize>) -> Node {
        let written = self.text.get(range.clone()).unwrap_or_default();
        let data = match value {
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
                    .at(self.span(range), "here")
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
                            .at(self.span(at..at + 1), "here")
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
