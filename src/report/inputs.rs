//! The assumptions of a run with their sources, weakest first.

use super::content::{Block, Grid, Section, Words, plain};
use super::run::count;
use crate::results::{Given, RunResult};
use crate::tables::{Align, counted};

/// Grades from the weakest on, with what they mean.
const GRADES: [(char, &str); 4] = [
    ('D', "judgment"),
    ('C', "analyst, or our inference from data"),
    ('B', "independent estimate with a published method"),
    ('A', "reported or measured by its owner"),
];

pub(super) fn section(result: &RunResult) -> Section {
    let given = &result.given;
    let mut blocks = Vec::new();
    if given.is_empty() {
        blocks.push(Block::Text(plain(
            "The run was made by a version that did not keep its inputs; they are in \
             scenario.resolved.toml in its folder.",
        )));
    } else {
        let counts: Vec<String> = GRADES
            .iter()
            .map(|&(grade, _)| format!("{} of grade {grade}", of_grade(given, grade).count()))
            .collect();
        blocks.push(Block::Text(plain(format!(
            "{}, weakest first: {}. Each with its value as written, its source and the day on \
             which it became known.",
            counted(given.len() as u64, "input"),
            counts.join(", ")
        ))));
    }
    for (grade, meaning) in GRADES {
        let rows: Vec<_> = of_grade(given, grade).map(row).collect();
        if rows.is_empty() {
            continue;
        }
        let summary = format!("Grade {grade}, {meaning}: {}", count(rows.len() as u64));
        let heading = |name: &str| (name.to_owned(), Align::Left);
        let grid = Grid {
            caption: format!("Inputs of grade {grade}"),
            columns: ["Input", "Value", "Grade", "Known", "Source"].map(heading).to_vec(),
            rows,
            saved: true,
        };
        let blocks_of = vec![Block::Grid(grid)];
        blocks.push(Block::More { summary, blocks: blocks_of, open: false, printed: true });
    }
    Section { id: "inputs".to_owned(), title: "Inputs and their sources".to_owned(), blocks }
}

fn of_grade(given: &[Given], grade: char) -> impl Iterator<Item = &Given> {
    given.iter().filter(move |one| one.grade == grade)
}

fn row(given: &Given) -> Vec<Vec<Words>> {
    let mut input = vec![Words::code(given.key.as_str())];
    input.push(Words::Below(given.doc.replace('`', "")));
    let mut value = vec![Words::code(bare(&given.value))];
    let mut remarks = Vec::new();
    if given.drawn != "setting" {
        remarks.push(format!("drawn {}", given.drawn));
    }
    if !given.scale.is_empty() {
        remarks.push(format!("times {}", given.scale));
    }
    if !given.note.is_empty() {
        remarks.push(given.note.clone());
    }
    if !remarks.is_empty() {
        value.push(Words::Below(remarks.join("; ")));
    }
    let mut known = plain(given.known.to_string());
    if given.hindsight {
        known.push(Words::Below("hindsight".to_owned()));
    }
    vec![input, value, plain(given.grade.to_string()), known, source(given)]
}

/// The title of the source, linked where it has an address, and the file that set the value.
fn source(given: &Given) -> Vec<Words> {
    let title = if given.title.is_empty() { &given.source } else { &given.title };
    let title = if given.url.is_empty() {
        Words::plain(title.as_str())
    } else {
        Words::Link { text: title.clone(), url: given.url.clone() }
    };
    let file = file_of(given);
    let mut words = vec![title];
    if !file.is_empty() {
        words.push(Words::Below(format!("set in {file}")));
    }
    words
}

/// The name of the file that set a value: where it lay is of no use elsewhere.
pub(super) fn file_of(given: &Given) -> &str {
    given.set_by.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// A text without its quotes.
pub(super) fn bare(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|text| !text.contains(['"', '\\'])).unwrap_or(value)
}
