//! `report.xlsx`: the answer, every metric by quarter and the inputs with their sources, for readers
//! who work in a spreadsheet. Values are in canonical units and not rounded; formats round them.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Url, Workbook, Worksheet,
    XlsxError as LibraryError,
};

use super::comparison::comparison_sections;
use super::content::{Block, Section, Words};
use super::inputs::{bare, file_of};
use super::markdown::is_web;
use super::run::run_sections;
use super::title::title_of_comparison;
use crate::results::{Comparison, Ranks, RunResult, Statistics};
use crate::tables::{
    Audience, Cell, Headline, Table, all_metrics_table, binding_table, bridge_table, chances_table,
    changes_table, differences_table, headline_differences, limits_table,
};
use crate::time::Date;

/// Why there is no spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XlsxError(pub String);

impl std::fmt::Display for XlsxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot make the spreadsheet: {}", self.0)
    }
}

impl std::error::Error for XlsxError {}

impl From<LibraryError> for XlsxError {
    fn from(error: LibraryError) -> Self {
        Self(error.to_string())
    }
}

/// Most characters of a cell.
const LONGEST: usize = 32_000;
/// Most characters of a link.
const LONGEST_LINK: usize = 2_000;
/// Parts of the page that stand on the first sheet; the others have sheets of their own.
const FIRST_SHEET: [&str; 5] = ["answer", "warnings", "hindsight", "method", "again"];
/// Columns of the tables for programs that are left out: `all.csv` has them.
const LEFT_OUT: [&str; 3] = ["draws", "nonfinite", "zeros"];

/// `report.xlsx` of a run with the table of its targets: the same bytes for the same result.
pub fn xlsx(result: &RunResult, targets: &Table) -> Result<Vec<u8>, XlsxError> {
    let about = &result.about;
    let mut book = Book::new(&about.title, &about.scenario, about.as_of)?;
    book.cover(&about.title, &run_sections(result, targets, &[]))?;
    book.headline(result)?;
    if !result.summaries.targets.list.is_empty() {
        book.table("Targets", targets)?;
    }
    book.medians(result)?;
    book.table("Metrics", &all_metrics_table(result))?;
    book.table("What binds", &binding_table(result))?;
    if let Some(limits) = limits_table(result) {
        book.table("Limits", &limits)?;
    }
    book.inputs(result)?;
    Ok(book.workbook.save_to_buffer()?)
}

/// `report.xlsx` of a comparison: what differs, by how much, what accounts for it.
pub fn comparison_xlsx(comparison: &Comparison) -> Result<Vec<u8>, XlsxError> {
    let title = title_of_comparison(comparison);
    let (a, b) = (&comparison.first, &comparison.second);
    let subject = format!("{} and {}", a.name, b.name);
    let day = Date::parse(&a.as_of)
        .ok_or_else(|| XlsxError(format!("A looks from `{}`, which is no day", a.as_of)))?;
    let mut book = Book::new(&title, &subject, day)?;
    book.cover(&title, &comparison_sections(comparison, &[]))?;
    book.table("What differs", &changes_table(comparison))?;
    book.table("Headline", &headline_differences(comparison))?;
    for (at, bridge) in comparison.bridges.iter().enumerate() {
        let name = if at == 0 { "Bridge".to_owned() } else { format!("Bridge {}", at + 1) };
        book.table(&name, &bridge_table(bridge))?;
    }
    if !comparison.targets.is_empty() {
        book.table("Targets", &chances_table(comparison))?;
    }
    book.table("Metrics", &differences_table(comparison))?;
    Ok(book.workbook.save_to_buffer()?)
}

struct Book {
    workbook: Workbook,
    formats: Formats,
}

struct Formats {
    title: Format,
    head: Format,
    text: Format,
    bold: Format,
    percent: Format,
    large: Format,
    middle: Format,
    small: Format,
    tiny: Format,
}

impl Formats {
    fn new() -> Self {
        let number =
            |format: &str| Format::new().set_num_format(format).set_align(FormatAlign::Top);
        Self {
            title: Format::new().set_bold().set_font_size(16),
            head: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top),
            text: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            bold: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top),
            percent: number("0.0%"),
            large: number("#,##0"),
            middle: number("0.00"),
            small: number("0.0000"),
            tiny: number("0.00E+00"),
        }
    }

    fn of(&self, value: f64) -> &Format {
        match value.abs() {
            0.0 | 1000.0..1e15 => &self.large,
            1.0..1000.0 => &self.middle,
            0.001..1.0 => &self.small,
            _ => &self.tiny,
        }
    }
}

impl Book {
    /// A book of the day that the run looks from, and not the clock: the same run, the same file.
    fn new(title: &str, subject: &str, day: Date) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        let year = u16::try_from(day.year()).unwrap_or(2000);
        let created = ExcelDateTime::from_ymd(year, day.month(), day.day())?;
        let properties = DocProperties::new()
            .set_title(title)
            .set_subject(subject)
            .set_author("fleetcast")
            .set_creation_datetime(&created);
        workbook.set_properties(&properties);
        Ok(Self { workbook, formats: Formats::new() })
    }

    /// The answer, warnings, method, and how to make the run again.
    fn cover(&mut self, title: &str, sections: &[Section]) -> Result<(), XlsxError> {
        let sheet = self.workbook.add_worksheet().set_name("Report")?;
        sheet.set_column_width(0, 28)?.set_column_width(1, 110)?;
        sheet.write_string_with_format(0, 0, title, &self.formats.title)?;
        let mut row = 2;
        for section in sections.iter().filter(|s| FIRST_SHEET.contains(&s.id.as_str())) {
            sheet.write_string_with_format(row, 0, &section.title, &self.formats.head)?;
            for (name, text) in lines(section) {
                row += 1;
                sheet.write_string_with_format(row, 0, &name, &self.formats.text)?;
                sheet.write_string_with_format(row, 1, cut(&text), &self.formats.text)?;
            }
            row += 2;
        }
        Ok(())
    }

    /// Median, 5th and 95th percentile by year.
    fn headline(&mut self, result: &RunResult) -> Result<(), XlsxError> {
        let headline = Headline::of(result);
        let formats = &self.formats;
        let sheet = self.workbook.add_worksheet().set_name("Headline")?;
        let mut heads = vec!["Metric".to_owned(), "Label".to_owned(), "Unit".to_owned()];
        for period in &headline.periods {
            heads.extend(["median", "P5", "P95"].map(|part| format!("{period} {part}")));
        }
        header(sheet, formats, &heads, 3)?;
        for (row, line) in (1..).zip(&headline.rows) {
            for (column, text) in (0..).zip([&line.metric, &line.label, &line.unit]) {
                sheet.write_string(row, column, text)?;
            }
            for (at, range) in line.values.iter().enumerate() {
                let Some(range) = range else { continue };
                for (part, value) in [range.median, range.p5, range.p95].into_iter().enumerate() {
                    number(sheet, formats, row, (3 + 3 * at + part) as u16, value)?;
                }
            }
        }
        Ok(())
    }

    /// One row for each metric: its median by quarter, or its probability.
    fn medians(&mut self, result: &RunResult) -> Result<(), XlsxError> {
        let formats = &self.formats;
        let ranks = Ranks::of(result);
        let sheet = self.workbook.add_worksheet().set_name("Medians by quarter")?;
        let heads = ["Metric", "Label", "Unit", "Value"].map(str::to_owned);
        let heads: Vec<String> = heads.into_iter().chain(result.grid.labels()).collect();
        header(sheet, formats, &heads, 4)?;
        for (row, metric) in (1..).zip(&result.summaries.metrics) {
            let indicator = metric.aggregation == "indicator";
            let kind = if indicator { "probability" } else { "median" };
            for (column, text) in (0..).zip([&metric.name, &metric.label, &metric.unit]) {
                sheet.write_string(row, column, text)?;
            }
            sheet.write_string(row, 3, kind)?;
            for (at, summary) in metric.quarters.iter().enumerate() {
                let column = (4 + metric.from + at) as u16;
                let stats = Statistics::of(summary, &ranks);
                if indicator {
                    percent(sheet, formats, row, column, stats.mean)?;
                } else if let Some(median) = stats.percentile(0.5) {
                    number(sheet, formats, row, column, median.value)?;
                }
            }
        }
        Ok(())
    }

    /// A table as programs see it, without the ends of intervals.
    fn table(&mut self, name: &str, table: &Table) -> Result<(), XlsxError> {
        let formats = &self.formats;
        let kept = |column: &crate::tables::Column| {
            let bound = column.name.ends_with("_low") || column.name.ends_with("_high");
            let chance = column.name.starts_with("probability");
            column.audience != Audience::People
                && (chance || !bound)
                && !LEFT_OUT.contains(&column.name.as_str())
        };
        let chosen: Vec<usize> =
            (0..table.columns.len()).filter(|&at| kept(&table.columns[at])).collect();
        let heads: Vec<String> = chosen.iter().map(|&at| table.columns[at].name.clone()).collect();
        let sheet = self.workbook.add_worksheet().set_name(name)?;
        header(sheet, formats, &heads, 1)?;
        for (row, cells) in (1..).zip(&table.rows) {
            for (column, &at) in (0..).zip(&chosen) {
                match cells.get(at) {
                    Some(Cell::Text(text)) => {
                        sheet.write_string(row, column, cut(text))?;
                    }
                    Some(Cell::Number(value, show)) if show.scale.unit == "%" => {
                        percent(sheet, formats, row, column, *value)?;
                    }
                    Some(Cell::Number(value, _)) => number(sheet, formats, row, column, *value)?,
                    Some(Cell::Count(count)) => {
                        number(sheet, formats, row, column, *count as f64)?;
                    }
                    Some(Cell::Empty) | None => {}
                }
            }
        }
        let end = (table.rows.len() as u32, chosen.len().saturating_sub(1) as u16);
        sheet.autofilter(0, 0, end.0, end.1)?;
        Ok(())
    }

    /// The assumptions, weakest first.
    fn inputs(&mut self, result: &RunResult) -> Result<(), XlsxError> {
        const HEADS: [(&str, u32); 12] = [
            ("Input", 34),
            ("Meaning", 48),
            ("Value", 34),
            ("Unit", 10),
            ("Drawn", 14),
            ("Scale", 8),
            ("Grade", 7),
            ("Known", 12),
            ("Hindsight", 10),
            ("Source", 44),
            ("Note", 30),
            ("Set in", 30),
        ];
        let formats = &self.formats;
        let sheet = self.workbook.add_worksheet().set_name("Inputs")?;
        header(sheet, formats, &HEADS.map(|(name, _)| name.to_owned()), 1)?;
        for (column, (_, width)) in (0..).zip(HEADS) {
            sheet.set_column_width(column, width)?;
        }
        let mut given: Vec<_> = result.given.iter().collect();
        given.sort_by(|a, b| b.grade.cmp(&a.grade).then_with(|| a.key.cmp(&b.key)));
        for (row, one) in (1..).zip(&given) {
            let title = if one.title.is_empty() { &one.source } else { &one.title };
            let cells = [
                one.key.as_str(),
                &one.doc,
                bare(&one.value),
                &one.unit,
                &one.drawn,
                &one.scale,
                &one.grade.to_string(),
                &one.known.to_string(),
                if one.hindsight { "yes" } else { "" },
                title,
                &one.note,
                file_of(one),
            ];
            for (column, text) in (0..).zip(cells) {
                sheet.write_string_with_format(row, column, cut(text), &formats.text)?;
            }
            if is_web(&one.url) && one.url.len() <= LONGEST_LINK {
                let title: String = title.chars().take(250).collect();
                sheet.write_url(row, 9, Url::new(one.url.as_str()).set_text(title))?;
            }
        }
        sheet.autofilter(0, 0, given.len() as u32, HEADS.len() as u16 - 1)?;
        Ok(())
    }
}

/// The headings; they and the first columns stay in view.
fn header(
    sheet: &mut Worksheet,
    formats: &Formats,
    heads: &[String],
    columns: u16,
) -> Result<(), XlsxError> {
    for (column, head) in (0..).zip(heads) {
        sheet.write_string_with_format(0, column, head, &formats.bold)?;
        let width = if column < columns { 30 } else { 12 };
        sheet.set_column_width(column, width)?;
    }
    sheet.set_freeze_panes(1, columns)?;
    Ok(())
}

fn number(
    sheet: &mut Worksheet,
    formats: &Formats,
    row: u32,
    column: u16,
    value: f64,
) -> Result<(), XlsxError> {
    if value.is_finite() {
        sheet.write_number_with_format(row, column, value, formats.of(value))?;
    }
    Ok(())
}

fn percent(
    sheet: &mut Worksheet,
    formats: &Formats,
    row: u32,
    column: u16,
    value: f64,
) -> Result<(), XlsxError> {
    if value.is_finite() {
        sheet.write_number_with_format(row, column, value, &formats.percent)?;
    }
    Ok(())
}

/// A text that fits into a cell.
fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// The words of a section, line by line, with their names where they have any.
fn lines(section: &Section) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for block in &section.blocks {
        match block {
            Block::Lead(words) | Block::Text(words) | Block::Small(words) => {
                out.push((String::new(), text_of(words)));
            }
            Block::Heading(text) | Block::Command(text) => out.push((String::new(), text.clone())),
            Block::List(items) => {
                out.extend(items.iter().map(|item| (String::new(), text_of(item))));
            }
            Block::Facts(facts) => {
                out.extend(facts.iter().map(|(name, words)| (name.clone(), text_of(words))));
            }
            Block::Grid(grid) => out.extend(grid.rows.iter().map(|row| {
                let cells: Vec<String> = row.iter().map(|cell| text_of(cell)).collect();
                (String::new(), cells.join(" · "))
            })),
            Block::Chart(_) | Block::More { .. } => {}
        }
    }
    out
}

fn text_of(words: &[Words]) -> String {
    let word = |word: &Words| match word {
        Words::Plain(text)
        | Words::Strong(text)
        | Words::Code(text)
        | Words::Link { text, .. }
        | Words::Jump { text, .. } => text.clone(),
        Words::Below(text) => format!(" ({text})"),
        Words::Bar(_) => String::new(),
    };
    words.iter().map(word).collect()
}
