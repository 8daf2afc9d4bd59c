//! Diagnostics for people: a snippet of the text with carets under the mistake.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, FileId, Label, Severity, SourceFile, Sources};

/// Whether the text may carry colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Letters only.
    Plain,
    /// ANSI escape codes.
    Color,
}

/// All diagnostics in their present order, with an empty line between them.
///
/// Lines longer than `width` columns are cut around the mistake. Of a place that spans several
/// lines only the first is shown.
pub fn render(diagnostics: &Diagnostics, sources: &Sources, style: Style, width: usize) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Color => Renderer::styled(),
    }
    .term_width(width);
    let blocks: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| tightened(&renderer.render(&[group(diagnostic, sources)])))
        .collect();
    blocks.join("\n")
}

/// The rendered text without the empty bar that the renderer puts between snippet and advice.
fn tightened(rendered: &str) -> String {
    let mut out = String::with_capacity(rendered.len() + 1);
    let mut lines = rendered.lines().peekable();
    while let Some(line) = lines.next() {
        let before_advice =
            lines.peek().is_some_and(|next| visible(next).trim_start().starts_with("= "));
        if !(before_advice && visible(line).trim() == "|") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// A line without its escape codes (`ESC [ … m`).
fn visible(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    out
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = Group::with_title(title).elements(snippets(diagnostic, sources));
    for text in &diagnostic.help {
        group = group.element(Level::HELP.message(text.as_str()));
    }
    for text in &diagnostic.notes {
        group = group.element(Level::NOTE.message(text.as_str()));
    }
    group
}

type Annotation<'a> = annotate_snippets::Annotation<'a>;

/// One snippet for each text that the diagnostic points at, the text of the mistake first.
fn snippets<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
) -> Vec<Snippet<'a, Annotation<'a>>> {
    let labels: Vec<(&Label, AnnotationKind)> = diagnostic
        .primary
        .iter()
        .map(|label| (label, AnnotationKind::Primary))
        .chain(diagnostic.secondary.iter().map(|label| (label, AnnotationKind::Context)))
        .collect();
    let mut files: Vec<FileId> = Vec::new();
    for (label, _) in &labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
        .into_iter()
        .filter_map(|id| {
            let here = labels.iter().copied().filter(|(label, _)| label.span.file == id);
            sources.get(id).map(|file| snippet(file, &here.collect::<Vec<_>>()))
        })
        .collect()
}

/// The lines of `file` from the first label to the last.
///
/// The renderer gets only these lines, and only ranges that lie in one line: it walks through every
/// line it is given, and panics on a range outside of its text.
fn snippet<'a>(
    file: &'a SourceFile,
    labels: &[(&'a Label, AnnotationKind)],
) -> Snippet<'a, Annotation<'a>> {
    let lines = || labels.iter().map(|(label, _)| file.line_of(file.clamp(&label.span).start));
    let first = lines().min().unwrap_or(0);
    let last = lines().max().unwrap_or(0);
    let mut window = file.line_range(first).start..file.line_range(last).end;
    // A byte order mark takes no place on the screen.
    let mark = '\u{feff}';
    if file.text()[window.clone()].starts_with(mark) {
        window.start += mark.len_utf8();
    }
    let annotations = labels.iter().map(|(label, kind)| {
        let range = file.clamp(&label.span);
        let line = file.line_range(file.line_of(range.start));
        let start = range.start.min(line.end).max(window.start);
        let end = range.end.clamp(start, line.end);
        let text = (!label.text.is_empty()).then_some(label.text.as_str());
        kind.span(start - window.start..end - window.start).label(text)
    });
    Snippet::source(&file.text()[window.clone()])
        .line_start(first + 1)
        .path(file.name())
        .annotations(annotations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Span;

    const WIDE: usize = 100;

    fn plain(text: &str, range: std::ops::Range<usize>, width: usize) -> String {
        let mut sources = Sources::new();
        let id = sources.add(SourceFile::new("a.toml", text));
        let d = Diagnostic::error("S001", "wrong").at(Span::new(id, range), "here");
        render(&d.into(), &sources, Style::Plain, width)
    }

    fn sample() -> (Diagnostics, Sources) {
        let text = format!("{}power  = \"300 MWh\"\n", "\n".repeat(56));
        let start = 56 + 9;
        let mut sources = Sources::new();
        let id = sources.add(SourceFile::new("scenarios/meta-2024-07.toml", text));
        let list = Diagnostics::from(
            Diagnostic::error("S041", "`site.existing.power` takes a power, this is an energy")
                .at(Span::new(id, start..start + 9), "energy (MWh)")
                .help("write a power, for example \"300 MW\""),
        );
        (list, sources)
    }

    #[test]
    fn a_byte_order_mark_takes_no_place() {
        let first = plain("\u{feff}a = 1\n", 3..4, WIDE);
        assert_eq!(first, plain("a = 1\n", 0..1, WIDE));
        assert_eq!(first, plain("\u{feff}a = 1\n", 0..4, WIDE));
        assert!(plain("\u{feff}", 0..0, WIDE).contains("a.toml:1:1"));
    }

    const SAMPLE: &str = r#"error[S041]: `site.existing.power` takes a power, this is an energy
  --> scenarios/meta-2024-07.toml:57:10
   |
57 | power  = "300 MWh"
   |          ^^^^^^^^^ energy (MWh)
   = help: write a power, for example "300 MW"
"#;

    #[test]
    fn the_sample_of_the_design_is_printed() {
        let (list, sources) = sample();
        assert_eq!(render(&list, &sources, Style::Plain, WIDE), SAMPLE);
    }

    #[test]
    fn color_changes_nothing_but_color() {
        let (list, sources) = sample();
        let colored = render(&list, &sources, Style::Color, WIDE);
        assert!(colored.contains('\u{1b}'));
        let letters: Vec<String> = colored.lines().map(visible).collect();
        assert_eq!(letters, SAMPLE.lines().collect::<Vec<_>>());
    }

    #[test]
    fn several_labels_notes_and_texts_are_shown() {
        let mut sources = Sources::new();
        let base = sources.add(SourceFile::new("base.toml", "[site]\nslip = 1\n"));
        let set = sources.add(SourceFile::new("--set 2", "site.slip = 2\n"));
        let list: Diagnostics = [
            Diagnostic::warning("S007", "`site.slip` is set twice")
                .at(Span::new(set, 12..13), "")
                .also(Span::new(base, 14..15), "first here")
                .note("the last one holds")
                .help("remove one"),
            Diagnostic::error("S008", "no scenario given"),
        ]
        .into_iter()
        .collect();
        let expected = "\
warning[S007]: `site.slip` is set twice
 --> --set 2:1:13
  |
1 | site.slip = 2
  |             ^
  |
 ::: base.toml:2:8
  |
2 | slip = 1
  |        - first here
  = help: remove one
  = note: the last one holds

error[S008]: no scenario given
";
        assert_eq!(render(&list, &sources, Style::Plain, WIDE), expected);
    }

    #[test]
    fn a_place_of_several_lines_shows_its_first() {
        let expected = "\
error[S001]: wrong
 --> a.toml:1:5
  |
1 | a = [
  |     ^ here
";
        assert_eq!(plain("a = [\n  1,\n  2,\n]\n", 4..14, WIDE), expected);
    }

    #[test]
    fn line_breaks_of_windows_and_wide_letters_keep_the_carets_in_place() {
        let expected = "\
error[S001]: wrong
 --> a.toml:2:6
  |
2 | é = \"β MW\"
  |      ^^^^ here
";
        assert_eq!(plain("a = 1\r\né = \"β MW\"\r\nb = 2\r\n", 13..18, WIDE), expected);
    }

    #[test]
    fn a_tab_is_as_wide_as_the_carets_think() {
        let expected = "\
error[S001]: wrong
 --> a.toml:1:4
  |
1 | a        = 1
  |          ^ here
";
        assert_eq!(plain("a\t\t= 1", 3..4, WIDE), expected);
    }

    #[test]
    fn places_at_and_after_the_end_are_shown_at_the_end() {
        let at_end = "\
error[S001]: wrong
 --> a.toml:1:6
  |
1 | a = 1
  |      ^ here
";
        assert_eq!(plain("a = 1", 5..5, WIDE), at_end);
        assert_eq!(plain("a = 1", 900..950, WIDE), at_end);
        let empty = "\
error[S001]: wrong
 --> a.toml:1:1
  |
1 |
  | ^ here
";
        assert_eq!(plain("", 0..0, WIDE), empty);
        assert_eq!(plain("", 5..9, WIDE), empty);
    }

    #[test]
    fn a_long_line_is_cut_around_the_mistake() {
        let text = format!("a = \"{}WRONG{}\"", "x".repeat(5_000), "y".repeat(5_000));
        let shown = plain(&text, 5_005..5_010, 60);
        assert!(shown.contains("WRONG"), "{shown}");
        assert!(shown.contains(":1:5006"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() < 120), "{shown}");
    }

    #[test]
    fn any_range_in_any_text_is_rendered() {
        let texts = [
            "",
            "\n",
            "\r\n",
            "\r",
            "\t",
            "a",
            "é",
            "日本\n語",
            "a\r\nb\r\n",
            "a = \"\u{200b}x\"",
            "👩‍👩‍👧 = 1\n\n\n",
            "\u{feff}a\n",
            "e\u{301}\te\u{301}",
            "\u{0}\u{7}\u{1b}[31m",
        ];
        for text in texts {
            for start in 0..=text.len() + 2 {
                for end in 0..=text.len() + 3 {
                    for width in [0, 1, 7, 80] {
                        let shown = plain(text, start..end, width);
                        assert!(
                            shown.starts_with("error[S001]: wrong\n"),
                            "{text:?} {start} {end}"
                        );
                        assert!(shown.contains("a.toml:"), "{text:?} {start} {end}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_place_in_an_unknown_text_leaves_the_message() {
        let d = Diagnostic::error("S001", "wrong").at(Span::new(FileId(9), 0..4), "here");
        let shown = render(&d.into(), &Sources::new(), Style::Plain, WIDE);
        assert_eq!(shown, "error[S001]: wrong\n");
    }
}
