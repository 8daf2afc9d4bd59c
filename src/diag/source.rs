//! The texts of one execution and places in them.

use std::ops::Range;

/// Text of one input, with the name it is shown by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    name: String,
    text: String,
    /// Byte offset at which each line starts; the first is 0.
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// A text with its display name: a path as the user gave it, or a name such as `--set 2`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), text, line_starts }
    }

    /// The display name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both counted from 1, the column in characters.
    ///
    /// An offset beyond the end counts as the end, one inside a character as its first byte.
    pub fn line_col(&self, offset: usize) -> (usize, usize) {
        let offset = floor_boundary(&self.text, offset);
        let line = self.line_of(offset);
        let start = self.line_range(line).start;
        // A byte order mark takes no place.
        let before = self.text[start..offset].chars().filter(|c| *c != '\u{feff}');
        (line + 1, before.count() + 1)
    }

    /// Index, from 0, of the line that holds a byte offset.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// Bytes of the line with this index (from 0), without its line break.
    pub(super) fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.line_starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let end = end.max(start);
        let line_text = &self.text[start..end];
        start..start + line_text.strip_suffix('\r').unwrap_or(line_text).len()
    }

    /// The bytes of a span that lie within the text, moved out to whole characters.
    pub(super) fn clamp(&self, span: &Span) -> Range<usize> {
        let start = floor_boundary(&self.text, span.start);
        let end = ceil_boundary(&self.text, span.end);
        start..end.max(start)
    }
}

/// The last start of a character at or before `offset`, at most the length of the text.
fn floor_boundary(text: &str, offset: usize) -> usize {
    let last = offset.min(text.len());
    (0..=last).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The first start of a character at or after `offset`, at most the length of the text.
fn ceil_boundary(text: &str, offset: usize) -> usize {
    (offset..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
}

/// Number of a text in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes, from `start` up to but without `end`, in one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset just after the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes `range` of the text `file`.
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        Self { file, start: range.start, end: range.end }
    }

    /// The bytes `range` counted from the start of this span: for a mistake inside a value.
    #[must_use]
    pub fn inside(&self, range: Range<usize>) -> Self {
        Self { file: self.file, start: self.start + range.start, end: self.start + range.end }
    }
}

/// All texts of one execution, in the order in which they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// No text yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and returns its number.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(file);
        id
    }

    /// The text with this number; none if the number was made by another `Sources`.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// All texts with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let file = SourceFile::new("a.toml", "a = 1\r\nβ = \"é\"\n");
        assert_eq!(file.line_col(0), (1, 1));
        assert_eq!(file.line_col(4), (1, 5));
        assert_eq!(file.line_col(7), (2, 1));
        assert_eq!(file.line_col(9), (2, 2), "β has two bytes");
        assert_eq!(file.line_col(8), (2, 1), "inside β");
        assert_eq!(file.line_col(file.text().len()), (3, 1));
        assert_eq!(file.line_col(usize::MAX), (3, 1));
    }

    #[test]
    fn lines_leave_out_their_breaks() {
        let file = SourceFile::new("a.toml", "one\r\ntwo\n\nfour");
        let lines: Vec<&str> = (0..5).map(|line| &file.text()[file.line_range(line)]).collect();
        assert_eq!(lines, ["one", "two", "", "four", ""]);
    }

    #[test]
    fn an_empty_text_has_one_empty_line() {
        let file = SourceFile::new("empty.toml", "");
        assert_eq!(file.line_col(3), (1, 1));
        assert_eq!(file.line_range(0), 0..0);
        assert_eq!(file.clamp(&Span::new(FileId(0), 5..9)), 0..0);
    }

    #[test]
    fn a_span_grows_to_whole_characters_and_stays_in_the_text() {
        let file = SourceFile::new("a.toml", "βγ");
        assert_eq!(file.clamp(&Span::new(FileId(0), 1..3)), 0..4);
        assert_eq!(file.clamp(&Span::new(FileId(0), 4..99)), 4..4);
        assert_eq!(file.clamp(&Span { file: FileId(0), start: 3, end: 1 }), 2..2);
    }

    #[test]
    fn texts_keep_their_numbers() {
        let mut sources = Sources::new();
        let first = sources.add(SourceFile::new("a", "1"));
        let second = sources.add(SourceFile::new("b", "2"));
        assert_eq!((first, second), (FileId(0), FileId(1)));
        assert_eq!(sources.get(second).map(SourceFile::name), Some("b"));
        assert_eq!(sources.get(FileId(2)), None);
        assert_eq!(sources.iter().count(), 2);
    }

    #[test]
    fn a_span_inside_another_is_counted_from_its_start() {
        assert_eq!(
            Span::new(FileId(1), 10..20).inside(2..5),
            Span { file: FileId(1), start: 12, end: 15 }
        );
    }
}
