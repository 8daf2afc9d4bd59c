//! Headers whose parts stand not between dots, such as `[chip h100]`: what was most likely meant.

use std::ops::Range;
use std::sync::LazyLock;

use super::keys::Shelf;

/// Most places of a header at which a dot, or a sign of a name, may be missing.
const MOST_GAPS: usize = 4;

/// What is to be written at a place of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) range: Range<usize>,
    pub(super) with: &'static str,
}

/// What makes the path of a table of a header that is none; nothing if no table of the format fits.
pub(super) fn meant(line: &str) -> Option<Vec<Gap>> {
    static SHELF: LazyLock<Shelf> = LazyLock::new(Shelf::new);
    let inner = inner(line)?;
    let gaps = gaps(line, inner.clone());
    let open: Vec<usize> = (0..gaps.len())
        .filter(|at| gaps[*at].start > inner.start && gaps[*at].end < inner.end)
        .collect();
    if gaps.is_empty() || open.len() > MOST_GAPS {
        return None;
    }
    // A dot rather than a sign of a name, the first ones most of all.
    let signs = [".", "-", "_"];
    let mut choices = (0..signs.len().pow(open.len() as u32)).map(|choice| {
        let sign = |at: usize| {
            let before = open.iter().rev().position(|other| *other == at)?;
            Some(signs[choice / signs.len().pow(before as u32) % signs.len()])
        };
        let gap = |(at, range): (usize, &Range<usize>)| Gap {
            range: range.clone(),
            with: sign(at).unwrap_or_default(),
        };
        gaps.iter().enumerate().map(gap).collect::<Vec<Gap>>()
    });
    choices.find(|gaps| {
        let path = filled(&line[inner.clone()], inner.start, gaps);
        SHELF.at(&path).is_some()
    })
}

/// The header as it should be written.
pub(super) fn written(line: &str) -> Option<String> {
    let inner = inner(line)?;
    let path = filled(&line[inner.clone()], inner.start, &meant(line)?);
    let brackets = if line.trim_start().starts_with("[[") { ["[[", "]]"] } else { ["[", "]"] };
    Some(brackets.join(&path))
}

/// What stands between the brackets, which may not be closed.
fn inner(line: &str) -> Option<Range<usize>> {
    let start = line.len() - line.trim_start().trim_start_matches('[').len();
    let end = start + line[start..].find([']', '#']).unwrap_or(line.len() - start);
    let own = &line[start..end];
    let start = end - own.trim_start().len();
    let end = start + line[start..end].trim_end().len();
    // A name in quotes says what it is.
    (start < end && !own.contains(['"', '\''])).then_some(start..end)
}

/// Places that are neither parts of a path nor the dot between two.
fn gaps(line: &str, inner: Range<usize>) -> Vec<Range<usize>> {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut gaps = Vec::new();
    let mut at = inner.start;
    while at < inner.end {
        let rest = &line[at..inner.end];
        let end = at + rest.find(bare).unwrap_or(rest.len());
        let sign = &line[at..end];
        let inside = at > inner.start && end < inner.end;
        if !sign.is_empty() && (sign.trim() != "." || !inside) {
            gaps.push(at..end);
        }
        let rest = &line[end..inner.end];
        at = end + rest.find(|c| !bare(c)).unwrap_or(rest.len());
    }
    gaps
}

/// A path with its gaps filled; `start` is where it begins in the line.
fn filled(path: &str, start: usize, gaps: &[Gap]) -> String {
    let (mut out, mut done) = (String::new(), 0);
    for gap in gaps {
        out.push_str(&path[done..gap.range.start - start]);
        out.push_str(gap.with);
        done = gap.range.end - start;
    }
    out.push_str(&path[done..]);
    out.split('.').map(str::trim).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_made_of_its_parts() {
        for (line, expected) in [
            ("[chip h100]", Some("[chip.h100]")),
            ("  [ chip  h100 ] # a chip", Some("[chip.h100]")),
            ("[chip/h100]", Some("[chip.h100]")),
            ("[chip:h100.price]", Some("[chip.h100.price]")),
            ("[.chip.h100]", Some("[chip.h100]")),
            ("[chip.h100.]", Some("[chip.h100]")),
            ("[chip..h100]", Some("[chip.h100]")),
            ("[chip . h100 price]", Some("[chip.h100.price]")),
            ("[site el paso]", Some("[site.el-paso]")),
            ("[site el paso phase one]", Some("[site.el-paso.phase.one]")),
            ("[capex guidance error]", Some("[capex.guidance_error]")),
            ("[[guidance,]]", Some("[[guidance]]")),
            ("[chip h100", Some("[chip.h100]")),
            ("[chip.\"h 100\"]", None),
            ("[my chip]", None),
            ("[chip.h100]", None),
            ("[]", None),
            ("[", None),
            ("[\u{e9}", None),
        ] {
            assert_eq!(written(line).as_deref(), expected, "{line}");
        }
    }
}
