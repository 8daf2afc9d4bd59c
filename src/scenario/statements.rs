//! A text that is not TOML, cut into its headers and keys with values: where one of them begins is told
//! by how its line looks, so that what is wrong in one cannot hide the next.

use std::ops::Range;

use super::syntax::{Pieces, end_of_line, line_at};

/// A header, or a key with its value: whole lines, without the last line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing, or a comment.
    Blank,
    Header,
    Pair(Pair),
    /// A line without `=`.
    Other,
}

/// A key with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pair {
    /// Where `=` stands.
    pub(super) equals: usize,
    /// Brackets and braces that nothing closes, but those within one item.
    pub(super) open: Vec<usize>,
    /// What stands in the list, if the value is one.
    pub(super) items: Vec<Item>,
    /// The last text in quotes that has no end.
    pub(super) quote: Option<usize>,
}

/// One value of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) range: Range<usize>,
    /// A bracket or brace in it that nothing closes.
    pub(super) open: Option<usize>,
    /// A text in quotes in it that has no end.
    pub(super) quote: Option<usize>,
    /// Whether another item begins where this one should have been closed.
    pub(super) cut: bool,
}

/// The statements of a text, in its order.
pub(super) fn statements(text: &str) -> Vec<Statement> {
    let mark = '\u{feff}';
    let mut at = if text.starts_with(mark) { mark.len_utf8() } else { 0 };
    let mut found = Vec::new();
    while at < text.len() {
        let statement = statement(text, at);
        at = statement.range.end + 1;
        found.push(statement);
    }
    found
}

fn statement(text: &str, start: usize) -> Statement {
    let line = start..end_of_line(text.as_bytes(), start);
    let own = text[line.clone()].trim_start();
    let kind = if own.is_empty() || own.starts_with('#') {
        Kind::Blank
    } else if own.starts_with('[') {
        Kind::Header
    } else {
        return pair_or_other(text, line);
    };
    Statement { range: line, kind }
}

fn pair_or_other(text: &str, line: Range<usize>) -> Statement {
    let bytes = text.as_bytes();
    let mut signs = Pieces::from(text, line.start).take_while(|piece| piece.start < line.end);
    let sign = signs.find(|piece| matches!(bytes[piece.start], b'=' | b'#' | b'[' | b'{'));
    let (range, kind) = match sign.map(|piece| (piece.start, bytes[piece.start])) {
        Some((equals, b'=')) => {
            let (pair, end) = Scanner::new(text, equals + 1).scan();
            (line.start..end, Kind::Pair(pair))
        }
        // A value without `=` may go over several lines, too.
        Some((bracket, b'[' | b'{')) => {
            (line.start..Scanner::new(text, bracket).scan().1, Kind::Other)
        }
        _ => (line, Kind::Other),
    };
    Statement { range, kind }
}

/// How a line within brackets looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// As a header.
    Header,
    /// As a key with a value.
    Key,
    Other,
}

/// The look of the line that begins at `start`.
fn look(text: &str, start: usize) -> Look {
    let line = line_at(text, start);
    let own = text[line.start..line.end].trim();
    if let Some(inner) = own.strip_prefix('[') {
        let inner = inner.strip_prefix('[').unwrap_or(inner).trim_start();
        let end = inner.find([']', '#', ',']).unwrap_or(inner.len());
        let name = inner[..end].trim_end();
        // Lists within lists begin with such a bracket too, but hold no bare words.
        let value = ["true", "false", "inf", "nan"].contains(&name);
        let bare = name.starts_with(|c: char| c.is_ascii_alphabetic()) && is_key(name);
        let rest = inner[end..].trim_start_matches(']').trim_start();
        let header = bare && !value && (rest.is_empty() || rest.starts_with('#'));
        return if header { Look::Header } else { Look::Other };
    }
    let key = own.split_once('=').is_some_and(|(key, _)| is_key(key.trim_end()));
    if key { Look::Key } else { Look::Other }
}

/// Whether it is a key: bare parts with dots between them, or parts in quotes.
fn is_key(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '"' | '\'');
    !text.is_empty() && text.chars().all(inside)
}

/// Reads one value to its end, or to the line that looks like the next key or header.
struct Scanner<'a> {
    text: &'a str,
    pieces: Pieces<'a>,
    pair: Pair,
    /// Brackets that are open, with their places.
    stack: Vec<(usize, u8)>,
    /// The item that is being read.
    item: Option<Item>,
    /// Where the last piece that says something ends, and its first byte.
    last: (usize, u8),
}

impl<'a> Scanner<'a> {
    /// Reads what begins at `start`, behind `=` if there is one.
    fn new(text: &'a str, start: usize) -> Self {
        Self {
            text,
            pieces: Pieces::from(text, start),
            pair: Pair { equals: start.saturating_sub(1), ..Pair::default() },
            stack: Vec::new(),
            item: None,
            last: (start, b'='),
        }
    }

    /// The pair, and where its last line ends.
    fn scan(mut self) -> (Pair, usize) {
        let text = self.text;
        let bytes = text.as_bytes();
        while let Some(piece) = self.pieces.next() {
            let byte = bytes[piece.start];
            match byte {
                b'\n' if self.stack.is_empty() || self.begins_anew(piece.end) => {
                    return self.end(piece.start);
                }
                b'\n' => self.break_of_line(),
                b' ' | b'\t' | b'\r' | b'#' => {}
                _ => {
                    if matches!(byte, b'"' | b'\'') && !closed(&bytes[piece.clone()]) {
                        self.no_end(&piece);
                    } else {
                        self.piece(piece.start, byte);
                    }
                    self.last = (self.pieces.at, byte);
                }
            }
        }
        self.end(text.len())
    }

    fn end(mut self, at: usize) -> (Pair, usize) {
        self.end_of_item();
        let mut lines = Vec::new();
        for (open, _) in self.stack {
            let line = line_at(self.text, open).start;
            // One that stands in an open one of the same line is the same mistake.
            if !lines.contains(&line) {
                lines.push(line);
                self.pair.open.push(open);
            }
        }
        (self.pair, at)
    }

    /// Whether the line at `start` can only stand outside of the brackets that are open.
    fn begins_anew(&self, start: usize) -> bool {
        let Some((open, byte)) = self.stack.last() else { return true };
        match look(self.text, start) {
            Look::Header => true,
            Look::Other => false,
            // A table may go over several lines, if each but the last ends with a comma.
            Look::Key => *byte == b'[' || self.last.0 != open + 1 && self.last.1 != b',',
        }
    }

    /// A text that has no end.
    fn no_end(&mut self, piece: &Range<usize>) {
        self.begin_item(piece.start);
        self.pair.quote = Some(piece.start);
        if let Some(item) = &mut self.item {
            item.quote = Some(piece.start);
        }
        let bytes = self.text.as_bytes();
        let mut at = end_of_line(bytes, piece.start);
        // One in three quotes would go on to the end of the file.
        while at < piece.end && look(self.text, at + 1) == Look::Other {
            at = end_of_line(bytes, at + 1);
        }
        if at < piece.end {
            self.stack.clear();
        }
        self.pieces.at = at.min(piece.end);
    }

    fn piece(&mut self, at: usize, byte: u8) {
        match byte {
            b'[' | b'{' => {
                // In a table, values stand behind `=`: this begins the next row.
                if self.stack.last().is_some_and(|top| top.1 == b'{') && self.last.1 != b'=' {
                    self.cut();
                }
                self.begin_item(at);
                self.stack.push((at, byte));
            }
            b']' | b'}' => self.close(byte),
            b',' if self.stack.len() == 1 => self.end_of_item(),
            _ => self.begin_item(at),
        }
    }

    /// Begins an item, if it is directly in the list.
    fn begin_item(&mut self, at: usize) {
        if self.item.is_none() && matches!(self.stack[..], [(_, b'[')]) {
            self.item = Some(Item { range: at..at, open: None, quote: None, cut: false });
        }
    }

    fn end_of_item(&mut self) {
        if let Some(mut item) = self.item.take() {
            item.range.end = self.last.0;
            self.pair.items.push(item);
        }
    }

    /// The innermost table ends here, though nothing closes it.
    fn cut(&mut self) {
        let Some((open, _)) = self.stack.pop() else { return };
        self.not_closed(open);
        if self.stack.len() == 1
            && let Some(item) = &mut self.item
        {
            item.cut = true;
            self.end_of_item();
        }
    }

    fn not_closed(&mut self, open: usize) {
        match &mut self.item {
            Some(item) => item.open = item.open.or(Some(open)),
            None => self.pair.open.push(open),
        }
    }

    fn close(&mut self, byte: u8) {
        let opener = if byte == b']' { b'[' } else { b'{' };
        let Some(at) = self.stack.iter().rposition(|(_, other)| *other == opener) else { return };
        for (open, _) in self.stack.split_off(at).into_iter().skip(1) {
            self.not_closed(open);
        }
        if at == 0 {
            self.end_of_item();
        }
    }

    /// Items are values: none goes over the end of a line, but in brackets.
    fn break_of_line(&mut self) {
        if self.stack.len() == 1 {
            self.end_of_item();
        }
    }
}

/// Whether a text in quotes has its end.
fn closed(quoted: &[u8]) -> bool {
    let quote = quoted[0];
    let three = [quote; 3];
    if quoted.starts_with(&three) {
        return quoted.len() >= 6 && quoted.ends_with(&three);
    }
    // A quote at the end may be escaped: then the text goes on to the end of the line.
    let escapes = quoted[..quoted.len() - 1].iter().rev().take_while(|byte| **byte == b'\\');
    quoted.len() > 1 && quoted.ends_with(&[quote]) && (quote == b'\'' || escapes.count() % 2 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of all statements but blank ones.
    fn texts(text: &str) -> Vec<&str> {
        let all = statements(text).into_iter().filter(|s| s.kind != Kind::Blank);
        all.map(|s| &text[s.range]).collect()
    }

    fn pair(text: &str) -> Pair {
        match statements(text).remove(0).kind {
            Kind::Pair(pair) => pair,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_end_where_the_next_key_or_header_begins() {
        for (text, expected) in [
            ("a = 1\n\n# b\n[c]\nd.e = [\n1,\n]\n", &["a = 1", "[c]", "d.e = [\n1,\n]"][..]),
            ("a = [1, 2\nb = 3\n", &["a = [1, 2", "b = 3"]),
            ("a = [\n  [1, 2],\n  [b]\n]\n", &["a = [\n  [1, 2],", "  [b]", "]"]),
            ("a = { b = 1\nc = 2\n", &["a = { b = 1", "c = 2"]),
            ("a = {\n b = 1,\n c = 2\n}\nd = 1", &["a = {\n b = 1,\n c = 2\n}", "d = 1"]),
            ("a = \"b\nc = 1\n", &["a = \"b", "c = 1"]),
            ("a = \"\"\"b\nc d\ne = 1\n", &["a = \"\"\"b\nc d", "e = 1"]),
            ("a = '''b\nc = 1\n'''\nd = 1", &["a = '''b\nc = 1\n'''", "d = 1"]),
            ("a [\n 1,\n]\n{ b = 1 }\n", &["a [\n 1,\n]", "{ b = 1 }"]),
            ("foo bar\n[a\nb: 1 # c = 1\n", &["foo bar", "[a", "b: 1 # c = 1"]),
        ] {
            assert_eq!(texts(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_row_that_is_not_closed_ends_where_the_next_one_begins() {
        let text = "a = [\n { b = 1 },\n { b = 2,\n { b = [3 },\n { b = \"4 },\n]\n";
        let pair = pair(text);
        let items: Vec<&str> = pair.items.iter().map(|i| &text[i.range.clone()]).collect();
        assert_eq!(items, ["{ b = 1 }", "{ b = 2,", "{ b = [3 }", "{ b = \"4 },"]);
        let open = |item: &Item| item.open.map(|at| &text[at..=at]);
        let opens: Vec<_> = pair.items.iter().map(open).collect();
        assert_eq!(opens, [None, Some("{"), Some("["), Some("{")]);
        let cut: Vec<_> = pair.items.iter().map(|item| (item.cut, item.quote.is_some())).collect();
        assert_eq!(cut, [(false, false), (true, false), (false, false), (false, true)]);
        assert!(pair.open.is_empty());
    }

    #[test]
    fn of_brackets_that_stay_open_the_first_of_each_line_is_named() {
        for (text, expected) in [
            ("a = { b = [1, 2\n", &[4][..]),
            ("a = [\n { b = 1\n[c]\n", &[4, 7]),
            ("a = { b = [1 }\n", &[10]),
            ("a = [1, 2]\n", &[]),
            ("a = 1]\n", &[]),
        ] {
            assert_eq!(pair(text).open, expected, "{text:?}");
        }
    }
}
