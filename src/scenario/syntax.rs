//! What the text of a file tells beside its tree: what to write in place of what is not TOML, and where
//! a key that is given twice stands for the first time.

use std::ops::Range;

use super::headers;
use super::mend::PARTS;

/// Comments, texts in quotes and single other signs, in the order of a text; each by its place.
pub(super) struct Pieces<'a> {
    bytes: &'a [u8],
    /// Where the next one begins.
    pub(super) at: usize,
}

impl<'a> Pieces<'a> {
    /// Those from `at` on.
    pub(super) fn from(text: &'a str, at: usize) -> Self {
        Self { bytes: text.as_bytes(), at }
    }
}

impl Iterator for Pieces<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        self.at = match self.bytes.get(start)? {
            b'#' => end_of_line(self.bytes, start),
            b'"' | b'\'' => end_of_text(self.bytes, start),
            _ => start + 1,
        };
        Some(start..self.at)
    }
}

/// Escapes in texts that TOML 1.0 does not have: `\e` and `\x41`, each with its first two signs.
pub(super) fn newer_escapes(text: &str) -> Vec<Range<usize>> {
    // Most texts have none.
    if !text.contains('\\') {
        return Vec::new();
    }
    let bytes = text.as_bytes();
    let quoted = Pieces::from(text, 0).filter(|piece| bytes[piece.start] == b'"');
    quoted
        .flat_map(|piece| escapes(&bytes[piece.start..piece.end.min(bytes.len())], piece.start))
        .collect()
}

/// Newer escapes of one text in double quotes that begins at `from`.
fn escapes(quoted: &[u8], from: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + 1 < quoted.len() {
        if quoted[at] != b'\\' {
            at += 1;
            continue;
        }
        if matches!(quoted[at + 1], b'e' | b'x') {
            found.push(from + at..from + at + 2);
        }
        at += 2;
    }
    found
}

/// The line of a text that holds a byte, without its end.
pub(super) fn line_at(text: &str, at: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let at = at.min(bytes.len());
    // An error at the end of a line belongs to that line.
    let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |before| before + 1);
    start..end_of_line(bytes, start)
}

/// The value at a place, if it is a text that lacks its quotes, with the key before it: as it should be
/// written. The parser takes its first letter for that of a number or of `false`.
pub(super) fn unquoted(text: &str, at: usize) -> Option<String> {
    let line = line_at(text, at);
    let rest = text.get(at..line.end)?;
    let rest = rest.split_once(" #").map_or(rest, |(before, _)| before);
    let word = rest.split([',', '}', ']']).next().unwrap_or_default().trim_end();
    let letter = |c: char| c.is_alphanumeric() || " ._-/%+".contains(c);
    let meant = ["true", "false", "nan", "inf"].contains(&word.to_lowercase().as_str());
    if meant || !word.starts_with(char::is_alphabetic) || !word.chars().all(letter) {
        return None;
    }
    let before = text.get(line.start..at)?.rsplit(['{', ',', '[']).next()?.trim();
    Some(format!("{before} \"{word}\"").trim_start().to_owned())
}

/// Whether the parser met a key that is given twice, in a text that is TOML else.
pub(super) fn is_duplicate(error: &toml::de::Error) -> bool {
    error.message().starts_with("duplicate key")
}

/// What to write in place of what is not TOML, where the parser met it with `message`.
pub(super) fn advice(text: &str, at: usize, message: &str) -> String {
    let line = line_at(text, at);
    let own = &text[line.clone()];
    let own = own.split_once(" #").map_or(own, |(before, _)| before).trim_end();
    let rest = text.get(at..line.start + own.len()).unwrap_or_default().trim();
    let before = text.get(line.start..at).unwrap_or_default().trim();
    let said = |word: &str| message.contains(word);
    let header = if said(PARTS) { headers::written(own) } else { None };
    if let Some(header) = header {
        format!("write {header}")
    } else if own.trim_start().starts_with("//") {
        "comments begin with `#`".to_owned()
    } else if said("must be quoted") && rest.is_empty() {
        "write a value behind `=`".to_owned()
    } else if said("must be quoted") {
        let straight = rest.trim_matches(['\u{201c}', '\u{201d}', '\u{201e}', '\'', '"']);
        let word = straight.split([',', '}', ']']).next().unwrap_or_default().trim_end();
        format!("write it in straight quotes: \"{word}\"")
    } else if said("cannot extend value") {
        "a key above gives this a value, so it cannot be a table as well: take one of them out"
            .to_owned()
    } else if said("invalid boolean") {
        "write true or false, in small letters".to_owned()
    } else if said("invalid date") {
        "dates are written 2024-07-31, without quotes".to_owned()
    } else if said("fraction") || said("mantissa") {
        "a number has digits on both sides of its point: 0.5".to_owned()
    } else if said("multi-line") {
        "a text of several lines ends with the three quotes that it begins with".to_owned()
    } else if said("opening quote") || said("invalid") && said("string") {
        "a text ends with the quote that it begins with, on the same line".to_owned()
    } else if said("unclosed table") || said("unclosed array table") {
        "a header ends with the brackets that it begins with: [name] or [[name]]".to_owned()
    } else if said("missing assignment") {
        "write `=` between a key and its value".to_owned()
    } else if said("missing comma") {
        "put a comma between the two".to_owned()
    } else if said("no value") && before.contains(':') {
        "write `=` in place of `:`".to_owned()
    } else if said("no value") {
        "write key = value".to_owned()
    } else if said("expected newline") && rest.starts_with(',') {
        "write a decimal point as `.`, and texts with several parts in quotes".to_owned()
    } else if said("expected newline") {
        "one key and its value stand on a line; texts of several words stand in quotes".to_owned()
    } else if said("recurs") {
        "lists and tables lie within each other too deep".to_owned()
    } else {
        "texts stand in quotes, lists in [ ], tables in { } on one line".to_owned()
    }
}

pub(super) fn end_of_line(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |length| from + length)
}

/// The end of a text in quotes: of one line, or between three quotes.
fn end_of_text(bytes: &[u8], from: usize) -> usize {
    let quote = bytes[from];
    let three = [quote; 3];
    if bytes[from..].starts_with(&three) {
        let rest = &bytes[from + 3..];
        let end = rest.windows(3).position(|window| window == three);
        return end.map_or(bytes.len(), |length| from + length + 6);
    }
    let mut at = from + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' && bytes.get(at + 1) != Some(&b'\n') => at += 2,
            b'\n' => return at,
            b if b == quote => return at + 1,
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}

/// A line with the header that it stands under, and the number of that header among all of the text.
struct Line<'a> {
    start: usize,
    text: &'a str,
    header: &'a str,
    section: usize,
    is_header: bool,
}

impl<'a> Line<'a> {
    /// All lines up to the one that holds a byte.
    fn up_to(text: &'a str, at: usize) -> Vec<Self> {
        let (mut header, mut section, mut start) = ("", 0, 0);
        let mut lines = Vec::new();
        for line in text.split_inclusive('\n') {
            if start > at {
                break;
            }
            let named = header_of(line);
            if let Some(name) = named {
                (header, section) = (name, section + 1);
            }
            lines.push(Self { start, text: line, header, section, is_header: named.is_some() });
            start += line.len();
        }
        lines
    }

    /// Where a key of this line stands, if it starts with it.
    fn starts_with(&self, key: &str) -> Option<usize> {
        let trimmed = self.text.trim_start();
        let rest = trimmed.strip_prefix(key)?.trim_start();
        let given = !self.is_header && rest.starts_with(['=', '.']);
        given.then(|| self.start + self.text.len() - trimmed.len())
    }

    /// Whether it is a header in two brackets, of which there may be several alike.
    fn is_one_of_many(&self) -> bool {
        self.text.trim_start().starts_with("[[")
    }
}

/// The name in a header.
fn header_of(line: &str) -> Option<&str> {
    let inner = line.trim_start().strip_prefix('[')?;
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    Some(inner.split_once(']')?.0.trim())
}

/// Where the key at `second` stands for the first time: under the same header, or as a header.
pub(super) fn first_place(text: &str, second: Range<usize>) -> Option<usize> {
    let key = text.get(second.clone())?;
    let lines = Line::up_to(text, second.start);
    let (last, earlier) = lines.split_last()?;
    if !last.is_header {
        // Elements of a list of tables have keys of their own.
        let many = earlier.iter().any(|l| l.section == last.section && l.is_one_of_many());
        let under = |line: &&Line<'_>| {
            if many { line.section == last.section } else { line.header == last.header }
        };
        return earlier.iter().filter(under).find_map(|line| line.starts_with(key));
    }
    let name = last.start + last.text.find(last.header)?;
    let path = text.get(name..second.end)?;
    let parent = path.strip_suffix(key).map_or("", |parent| parent.trim_end_matches('.'));
    earlier.iter().find_map(|line| {
        if line.is_header && (line.header == path || below(line.header, path)) {
            let name = line.start + line.text.find(line.header)?;
            return Some(name + path.len() - key.len());
        }
        (line.header == parent).then(|| line.starts_with(key)).flatten()
    })
}

/// The path of a key at some place, as a header or under one.
pub(super) fn path_at(text: &str, key: Range<usize>) -> String {
    let line = line_at(text, key.start);
    let own = text.get(line.start..key.end).unwrap_or_default().trim_start();
    let parts = own.trim_start_matches('[').trim();
    let lines = Line::up_to(text, key.start);
    match lines.last().map_or("", |line| line.header) {
        header if own.starts_with('[') || header.is_empty() => parts.to_owned(),
        header => format!("{header}.{parts}"),
    }
}

/// Whether a header is that of a table within another one.
fn below(header: &str, path: &str) -> bool {
    header.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_escapes_are_found_in_texts_of_double_quotes_only() {
        let cases: [(&str, &[usize]); 6] = [
            (r#"a = "\x41""#, &[5]),
            (r#"a = "\e\t\x41" # "\e""#, &[5, 9]),
            (r#""\e" = '\e'"#, &[1]),
            (r#"a = "\\e \u0041 \"""#, &[]),
            ("a = \"\"\"\n\\e\n\"\"\"", &[8]),
            ("a = '''\n\\e\n'''", &[]),
        ];
        for (text, expected) in cases {
            let starts: Vec<usize> = newer_escapes(text).iter().map(|range| range.start).collect();
            assert_eq!(starts, expected, "{text}");
        }
    }

    #[test]
    fn a_text_without_quotes_is_written_with_them() {
        let unquoted = |text: &str| unquoted(text, text.find("= ").unwrap() + 2);
        for (text, expected) in [
            ("metric = fleet.h100e\n", Some("metric = \"fleet.h100e\"")),
            ("x = { dist = 1 }", None),
            ("stage = construction # a word", Some("stage = \"construction\"")),
            ("flag = True", None),
            ("x = 0.5", None),
        ] {
            assert_eq!(unquoted(text).as_deref(), expected, "{text}");
        }
        let text = "waiting_cap = { dist = normal, mean = 0.5 }";
        assert_eq!(super::unquoted(text, 23).as_deref(), Some("dist = \"normal\""));
    }

    #[test]
    fn the_path_of_a_key_begins_with_its_header() {
        for (text, path) in [
            ("a = 1\n[b.X.c]\n", "b.X"),
            ("X = 1\n", "X"),
            ("[a]\nb = 1\nc.X.d = 1\n", "a.c.X"),
            ("[a.b]\n[[c.X]]\n", "c.X"),
        ] {
            let at = text.find('X').unwrap();
            assert_eq!(path_at(text, at..at + 1), path, "{text:?}");
        }
    }

    #[test]
    fn the_first_place_of_a_key_is_under_its_own_header() {
        let place = |text: &str, key: &str| {
            let second = text.rfind(key).unwrap();
            first_place(text, second..second + key.len())
        };
        let text = "[chip.next]\nprice = 1\n[chip.after-next]\nprice = 2\n[chip.next]\n";
        assert_eq!(place(text, "next"), Some(6));
        let text = "[a]\nprice = 1\n[b]\nprice = 2\n[a]\nprice = 3\n";
        assert_eq!(place(text, "price"), Some(4));
        let text = "[[row]]\nx = 1\n[[row]]\nx = 2\nx = 3\n";
        assert_eq!(place(text, "x"), Some(22));
        assert_eq!(place("a.b = 1\na = 2\n", "a"), Some(0));
        assert_eq!(place("[chip]\nh100 = 1\n[chip.h100]\n", "h100"), Some(7));
        assert_eq!(place("[chip.h100.x]\n[chip]\nh100 = 1\n", "h100"), None);
    }
}
