//! Markdown: for repositories, where charts stand beside it as files.

use std::fmt::Write as _;

use super::content::{Block, Grid, Section, Words};
use crate::tables::Align;

/// A page of sections as one Markdown file. Charts are shown where they have a file.
pub fn page(title: &str, about: &[String], sections: &[Section]) -> String {
    let mut out = format!("# {}\n\n{}\n", escaped(title), escaped(&about.join(" · ")));
    for section in sections {
        let _ = write!(out, "\n## {}\n", escaped(&section.title));
        blocks(&mut out, &section.blocks);
    }
    out
}

fn blocks(out: &mut String, all: &[Block]) {
    for block in all {
        out.push('\n');
        one(out, block);
    }
}

fn one(out: &mut String, block: &Block) {
    match block {
        Block::Lead(words) => {
            let _ = writeln!(out, "**{}**", line(words));
        }
        Block::Text(words) | Block::Small(words) => {
            let _ = writeln!(out, "{}", line(words));
        }
        Block::Heading(text) => {
            let _ = writeln!(out, "### {}", escaped(text));
        }
        Block::List(items) => {
            for item in items {
                let _ = writeln!(out, "- {}", line(item));
            }
        }
        Block::Facts(facts) => {
            for (name, words) in facts {
                let _ = writeln!(out, "- {}: {}", escaped(name), line(words));
            }
        }
        Block::Grid(grid) => table(out, grid),
        Block::Chart(picture) => {
            let title = escaped(&picture.title);
            match &picture.file {
                Some(file) => {
                    let _ = writeln!(out, "![{title}](<{file}>)");
                }
                None => {
                    let _ = writeln!(out, "{title}. {}", escaped(&picture.description));
                }
            }
        }
        Block::Command(command) => {
            let _ = writeln!(out, "```sh\n{command}\n```");
        }
        Block::More { summary, blocks: inner, .. } => {
            let _ = writeln!(out, "<details>\n<summary>{}</summary>", html_escaped(summary));
            blocks(out, inner);
            out.push_str("\n</details>\n");
        }
    }
}

fn table(out: &mut String, grid: &Grid) {
    let mut row = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    };
    row(&mut grid.columns.iter().map(|(name, _)| in_cell(&escaped(name))));
    row(&mut grid.columns.iter().map(|(_, align)| match align {
        Align::Left => "---".to_owned(),
        Align::Right => "---:".to_owned(),
    }));
    for cells in &grid.rows {
        row(&mut cells.iter().map(|words| in_cell(&line(words))));
    }
}

fn in_cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Words on one line.
fn line(words: &[Words]) -> String {
    words.iter().map(word).collect::<String>().trim().to_owned()
}

fn word(word: &Words) -> String {
    match word {
        Words::Strong(text) => format!("**{}**", escaped(text)),
        Words::Code(text) => code(text),
        Words::Below(text) if text.is_empty() => String::new(),
        Words::Below(text) => format!(" ({})", escaped(text)),
        Words::Link { text, url } if is_web(url) => {
            format!("[{}](<{}>)", escaped(text), url.replace(['<', '>', '\n', '|'], ""))
        }
        Words::Plain(text) | Words::Link { text, .. } | Words::Jump { text, .. } => escaped(text),
        Words::Bar(_) => String::new(),
    }
}

/// Whether an address is a page of the web: nothing else may be linked.
pub(super) fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// A text as code, between more backticks than it has in a row.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("{fence}{text}{fence}") } else { format!("{fence} {text} {fence}") }
}

/// A text with nothing in it that Markdown would act on.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '$' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
