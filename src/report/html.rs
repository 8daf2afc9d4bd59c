//! One HTML file that needs nothing else: style, script, letters and charts are in it, and its
//! policy forbids any request.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::content::{Block, Grid, Section, Words};
use super::markdown::is_web;
use super::picture::{Drawing, Picture};
use crate::charts::{Column, font_css};
use crate::tables::Align;

const STYLE: &str = include_str!("page.css");
/// The only script that may run: the policy names its SHA-256.
const SCRIPT: &str = include_str!("page.js");
/// Base64 of the SHA-256 of [`SCRIPT`]; a test computes it anew.
const SCRIPT_HASH: &str = "J8HeSwFBBQZC4v8hhXkJ9C5q9Gu5HtxqCZmO6RWPYZs=";

/// A page of sections as one HTML file.
///
/// `title` becomes the heading of the page, `about` short parts below it. Names of sections must be
/// unique. The file opens from disk, prints, and works without its script, which adds values to
/// point at and tables to save.
pub fn page(title: &str, about: &[String], sections: &[Section]) -> String {
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{SCRIPT_HASH}'; style-src 'unsafe-inline'; \
         font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    );
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) " · Fleetcast" }
                style { (PreEscaped(font_css())) (PreEscaped(STYLE)) }
            }
            body {
                @if let Some(first) = sections.first() {
                    a.skip href={ "#" (first.id) } { "Skip to " (first.title) }
                }
                header {
                    p.kicker { "Fleetcast report" }
                    h1 { (title) }
                    ul.about { @for part in about { li { (part) } } }
                    nav aria-label="Contents" {
                        ul { @for section in sections {
                            li { a href={ "#" (section.id) } { (section.title) } }
                        } }
                    }
                }
                main { @for section in sections { (section_of(section)) } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let mut text = markup.into_string();
    text.push('\n');
    text
}

fn section_of(section: &Section) -> Markup {
    let heading = format!("{}-heading", section.id);
    html! {
        section id=(section.id) aria-labelledby=(heading) {
            h2 id=(heading) { (section.title) }
            @for block in &section.blocks { (one(block)) }
        }
    }
}

fn one(block: &Block) -> Markup {
    match block {
        Block::Lead(words) => html! { p.lead { (line(words)) } },
        Block::Text(words) => html! { p { (line(words)) } },
        Block::Small(words) => html! { p.small { (line(words)) } },
        Block::Heading(text) => html! { h3 { (text) } },
        Block::List(items) => html! { ul { @for item in items { li { (line(item)) } } } },
        Block::Facts(facts) => html! {
            dl { @for (name, words) in facts { div { dt { (name) } dd { (line(words)) } } } }
        },
        Block::Grid(grid) => table(grid),
        Block::Chart(picture) => chart(picture),
        Block::Command(command) => html! {
            pre tabindex="0" role="region" aria-label="Command" { code { (command) } }
        },
        Block::More { summary, blocks, open, printed } => html! {
            details open[*open] data-printed[*printed] {
                summary { (summary) }
                @for block in blocks { (one(block)) }
            }
        },
    }
}

fn line(words: &[Words]) -> Markup {
    html! { @for word in words { (word_of(word)) } }
}

fn word_of(word: &Words) -> Markup {
    match word {
        Words::Plain(text) => html! { (unbroken(text)) },
        Words::Strong(text) => html! { strong { (unbroken(text)) } },
        Words::Code(text) => html! { code { (text) } },
        Words::Below(text) => html! { " " span.below { (text) } },
        Words::Link { text, url } if is_web(url) => html! {
            a href=(url) rel="noopener noreferrer" { (text) }
        },
        Words::Link { text, .. } => html! { (text) },
        Words::Jump { text, id } => html! { a href={ "#" (id) } { (text) } },
        Words::Bar(share) => bar(*share),
    }
}

/// A text in which a number keeps its percent sign.
fn unbroken(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// Most letters of a cell that stays on one line.
const SHORT: usize = 12;

/// How a cell is set: with a bar, or on one line.
fn class_of(cell: &[Words]) -> Option<&'static str> {
    match cell {
        [Words::Bar(_), ..] => Some("share"),
        [Words::Plain(text)] if text.chars().count() <= SHORT => Some("short"),
        _ => None,
    }
}

fn is_blank(cell: &[Words]) -> bool {
    cell.iter().all(|words| matches!(words, Words::Plain(text) if text.is_empty()))
}

/// How the heading of a column is set: as its first cell, if that has a bar.
fn class_of_column(grid: &Grid, at: usize) -> Option<&'static str> {
    let first = grid.rows.first().and_then(|row| row.get(at));
    first.and_then(|cell| class_of(cell)).filter(|class| *class == "share")
}

/// A share as a bar: the words beside it say the same.
fn bar(share: f64) -> Markup {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let width = format!("{:.1}", 100.0 * share);
    html! {
        svg.bar viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
            rect.rail width="100" height="8" {}
            rect.part width=(width) height="8" {}
        }
    }
}

/// Letters and digits of a name, for the names of files and of parts of the page.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// A table. Tables of numbers scroll where they are too wide; tables of words become a list of cards
/// on narrow pages, and say what their parts are, since browsers then forget it.
fn table(grid: &Grid) -> Markup {
    let words = grid.columns.iter().skip(1).any(|(_, align)| *align == Align::Left);
    html! {
        div.table {
            @if words { (cards(grid)) } @else { (numbers(grid)) }
            @if grid.saved { (save_button(&slug(&grid.caption), &grid.caption)) }
        }
    }
}

fn numbers(grid: &Grid) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(grid.caption) {
            table {
                caption { (grid.caption) }
                thead { tr { @for (at, (name, _)) in grid.columns.iter().enumerate() {
                    th scope="col" class=[class_of_column(grid, at)] { (name) }
                } } }
                tbody { @for row in &grid.rows {
                    tr { @for (at, cell) in row.iter().enumerate() {
                        @if at == 0 { th scope="row" { (line(cell)) } }
                        @else { td class=[class_of(cell).filter(|class| *class == "share")] { (line(cell)) } }
                    } }
                } }
            }
        }
    }
}

fn cards(grid: &Grid) -> Markup {
    html! {
        table.cards role="table" {
            caption { (grid.caption) }
            thead role="rowgroup" { tr role="row" { @for (name, align) in &grid.columns {
                th scope="col" role="columnheader" class=[right(*align)] { (name) }
            } } }
            tbody role="rowgroup" { @for row in &grid.rows { (card(grid, row)) } }
        }
    }
}

fn card(grid: &Grid, row: &[Vec<Words>]) -> Markup {
    html! {
        tr role="row" {
            @for (at, (cell, (name, align))) in row.iter().zip(&grid.columns).enumerate() {
                @if at == 0 { th scope="row" role="rowheader" class=[class_of(cell)] { (line(cell)) } }
                @else if is_blank(cell) { td role="cell" {} }
                @else {
                    td role="cell" data-name=(name) class=[right(*align).or_else(|| class_of(cell))] {
                        (line(cell))
                    }
                }
            }
        }
    }
}

fn right(align: Align) -> Option<&'static str> {
    (align == Align::Right).then_some("right")
}

/// Shown by the script.
fn save_button(name: &str, what: &str) -> Markup {
    html! {
        button.save type="button" hidden data-file={ (name) ".csv" } {
            "Save as CSV" span.unseen { ": " (what) }
        }
    }
}

fn chart(picture: &Picture) -> Markup {
    let data = &picture.data;
    let has_data = !data.rows.is_empty();
    html! {
        figure.chart id={ "chart-" (slug(&picture.name)) } {
            figcaption.unseen { (picture.title) }
            (drawing(&picture.wide, "wide"))
            (drawing(&picture.narrow, "narrow"))
            @if has_data {
                p.readout role="status" hidden {}
                details.data {
                    summary { "Data" span.unseen { ": " (picture.title) } }
                    (numbers_behind(picture))
                    (save_button(&slug(&picture.name), &picture.title))
                }
            }
        }
    }
}

fn drawing(drawing: &Drawing, kind: &str) -> Markup {
    let plot = &drawing.plot;
    let share = |x: f64, of: f64| format!("{:.3}", 100.0 * x / of);
    let place = |[left, top, right, bottom]: &[f64; 4]| {
        [
            share(*left, plot.width),
            share(*top, plot.height),
            share(right - left, plot.width),
            share(bottom - top, plot.height),
        ]
        .join(" ")
    };
    let places: Vec<String> = plot.frames.iter().map(place).collect();
    html! {
        div class={ "plot " (kind) } data-plot=(places.join(";")) { (PreEscaped(&drawing.svg)) }
    }
}

/// The numbers of a chart: rounded to read, with all digits to save.
fn numbers_behind(picture: &Picture) -> Markup {
    let data = &picture.data;
    let caption = format!("{}. {}", picture.title, data.spelled);
    let place = |share: Option<f64>| share.map(|share| format!("{share:.4}"));
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table data-order=[data.from_below.then_some("up")] {
                caption { (caption) }
                thead { tr {
                    th scope="col" { (data.heading) }
                    @if !data.panels.is_empty() { th scope="col" { "Run" } }
                    @for column in &data.columns { (column_head(column)) }
                } }
                tbody { @for row in &data.rows {
                    tr data-across=[place(row.across)] data-down=[place(row.down)]
                        data-panel=[data.panels.get(row.panel).map(|_| row.panel)] {
                        th scope="row" { (row.label) }
                        @if let Some(name) = data.panels.get(row.panel) { td.run { (name) } }
                        @for (value, shown) in row.values.iter().zip(&row.shown) {
                            @if value.is_finite() { td data-value=(exact(*value)) { (shown) } }
                            @else { td { (shown) } }
                        }
                    }
                } }
            }
        }
    }
}

fn column_head(column: &Column) -> Markup {
    let Column { name, unit } = column;
    let comma = if unit.is_empty() { "" } else { ", " };
    html! { th scope="col" data-name=(name) data-unit=(unit) { (name) (comma) (unit) } }
}

/// A value with the nine digits that a histogram of draws can carry, and no more.
fn exact(value: f64) -> String {
    let rounded: f64 = format!("{value:.8e}").parse().unwrap_or(value);
    rounded.to_string()
}
