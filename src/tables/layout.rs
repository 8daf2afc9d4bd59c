//! Lines of words.

/// The words broken into lines no wider than `width`, where a word is no wider itself. Lines after
/// the first start with `indent` spaces.
pub(super) fn wrap(text: &str, width: Option<usize>, indent: usize) -> String {
    broken(text.split(' '), " ", width, indent)
}

/// The same for parts that are not broken themselves: a mark between those on one line.
pub(super) fn wrap_parts(parts: &[String], width: Option<usize>) -> String {
    broken(parts.iter().map(String::as_str), " · ", width, 0)
}

fn broken<'a>(
    parts: impl Iterator<Item = &'a str>,
    between: &str,
    width: Option<usize>,
    indent: usize,
) -> String {
    let width = width.unwrap_or(usize::MAX);
    let (mut out, mut used) = (String::new(), 0);
    for part in parts {
        let length = part.chars().count();
        if used > 0 && used + between.chars().count() + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            used = indent;
        } else if used > 0 {
            out.push_str(between);
            used += between.chars().count();
        }
        out.push_str(part);
        used += length;
    }
    out
}

/// The text cut to `most` characters, with a mark where something is missing.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}
