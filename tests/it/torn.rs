//! Every line of the shipped scenario is made something that is not TOML in turn: each such mistake
//! must give exactly one diagnostic, at its line, whatever stands around it.

use std::ops::Range;

use super::mutations::{Spot, line_of, messages, shipped, spoil_spots};

/// Lines are much alike: one in so many is torn.
const SPOTS: usize = 5;
/// The same of keys in rows.
const ROWS: usize = 85;

/// Tears each spot in the way that `tear` says, and fails with all that went wrong.
fn tear_all(tear: impl Fn(&str, &Spot) -> Option<(Range<usize>, String)>) {
    let picked = |index: usize, spot: &Spot| {
        let header = spot.kind == "table" && !is_inline(spot);
        header || index.is_multiple_of(if spot.row { ROWS } else { SPOTS })
    };
    let lines = |text: &str, spot: &Spot, range: &Range<usize>| {
        vec![line_of(text, spot.value.start), line_of(text, range.start)]
    };
    spoil_spots(picked, tear, lines);
}

/// Whether a key and its value stand in one place, and not under a header.
fn is_inline(spot: &Spot) -> bool {
    spot.value.start > spot.key.end
}

#[test]
fn a_value_that_is_not_toml_gives_one_diagnostic() {
    tear_all(|_, spot| is_inline(spot).then(|| (spot.value.clone(), "3 4".to_owned())));
}

#[test]
fn a_missing_value_gives_one_diagnostic() {
    tear_all(|_, spot| is_inline(spot).then(|| (spot.value.clone(), String::new())));
}

#[test]
fn a_line_without_an_equals_sign_gives_one_diagnostic() {
    tear_all(|text, spot| {
        let between = spot.key.end..spot.value.start;
        let own = is_inline(spot) && !spot.row && text[between.clone()].contains('=');
        own.then(|| (between, " ".to_owned()))
    });
}

#[test]
fn what_is_not_closed_gives_one_diagnostic() {
    tear_all(|text, spot| {
        let last = spot.value.end - 1..spot.value.end;
        let closes = matches!(&text[last.clone()], "\"" | "]" | "}");
        (is_inline(spot) && closes).then(|| (last, String::new()))
    });
}

#[test]
fn a_header_that_is_not_closed_gives_one_diagnostic() {
    tear_all(|text, spot| {
        let header = text[..spot.key.end].rsplit('\n').next()?.starts_with('[');
        let end = spot.key.end..spot.key.end + 1;
        (header && !spot.row && &text[end.clone()] == "]").then(|| (end, String::new()))
    });
}

#[test]
fn a_header_without_dots_gives_one_diagnostic() {
    tear_all(|text, spot| {
        let start = text[..spot.key.end].rfind('\n').map_or(0, |at| at + 1);
        let header = text[start..spot.key.end].strip_prefix('[')?;
        let whole = text[spot.key.end..].starts_with(']') && header.contains('.');
        (whole && !spot.row).then(|| (start + 1..spot.key.end, header.replace('.', " ")))
    });
}

#[test]
fn a_strange_line_gives_one_diagnostic() {
    let lines = ["foo bar\n", "// foo\n", "= 5\n", "- x = 3\n", "<<<<<<< HEAD\n"];
    tear_all(|text, spot| {
        let start = text[..spot.key.start].rfind('\n').map_or(0, |at| at + 1);
        let own = !spot.row && !text[start..].starts_with([' ', '\t']);
        own.then(|| (start..start, lines[start % lines.len()].to_owned()))
    });
}

#[test]
fn a_file_that_cannot_be_read_gives_one_diagnostic() {
    let files = shipped();
    for name in files.0.keys().filter(|name| name.contains('/')) {
        let mut fewer = files.clone();
        fewer.0.remove(name);
        let list = messages(&fewer);
        assert_eq!(list.len(), 1, "{name}: {list:?}");
    }
}
