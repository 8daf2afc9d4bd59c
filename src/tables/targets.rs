//! Questions about the future: the chance of each target by date, and what stood in the way.

use super::binding::word_of;
use super::round::{rounded, text_of};
use super::{
    Audience, Cell, Column, Share, Show, Table, TableFormat, markdown::Markdown, percent,
    percent_range, terminal,
};
use crate::results::{
    DateCounts, Interval, LEVELS, RunResult, Separating, Separator, Separators, TargetResult,
};
use crate::time::TimeGrid;
use crate::units::Scale;

/// Fewest failing draws of which shares are told.
const FEWEST: u64 = 100;

/// One question with its answer: data only.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Name of the target.
    pub target: String,
    /// The question in a few words, without its date.
    pub title: String,
    /// Its date: `by 2024-12-31`, and what is given.
    pub date: String,
    /// The chance with its interval; none if no draw meets what is given.
    pub chance: Option<Interval>,
    /// The chance in the run that this one stands beside, if there is one that asks the same.
    pub beside: Option<Interval>,
    /// How many draws fail.
    pub failed: u64,
    /// Of the draws that fail: how often each limit set the fleet, most often first.
    pub limits: Vec<Share>,
}

/// The questions of a result, by target and date.
pub(super) fn questions(result: &RunResult) -> Vec<Question> {
    let targets = &result.summaries.targets;
    let dates =
        targets.list.iter().flat_map(|target| target.dates.iter().map(move |d| (target, d)));
    dates
        .map(|(target, date)| Question {
            target: target.name.clone(),
            title: text_of(&target.title),
            date: text_of(&format!("{}{}", date.label, given(target))),
            chance: date.probability(),
            beside: result.beside.as_ref().and_then(|run| run.targets.chance(target, date)),
            failed: date.failed(),
            limits: limits(date, &targets.limits),
        })
        .collect()
}

fn given(target: &TargetResult) -> String {
    match target.given.as_slice() {
        [] => String::new(),
        given => format!(", given {}", given.join(" and ")),
    }
}

/// Limits of the draws that fail, in the words of the headline.
fn limits(date: &DateCounts, names: &[String]) -> Vec<Share> {
    let names = names.iter().map(String::as_str).chain(["none"]);
    let mut shares: Vec<Share> = Vec::new();
    for (name, &count) in names.zip(&date.failed_by).filter(|(_, count)| **count > 0) {
        let share = count as f64 / date.failed().max(1) as f64;
        let limit = word_of(name);
        match shares.iter_mut().find(|known| known.limit == limit) {
            Some(known) => known.share += share,
            None => shares.push(Share { limit, share }),
        }
    }
    shares.sort_by(|a, b| b.share.total_cmp(&a.share));
    shares
}

/// A share in percent, as finely next to all as next to none: `99.6 %`.
fn likely(share: f64) -> String {
    let rest = 100.0 * (1.0 - share);
    match rest {
        0.0 => percent(share),
        _ if rest < 0.1 => "> 99.9 %".to_owned(),
        _ if rest < 0.95 => format!("{:.1} %", 100.0 - rest),
        _ => percent(share),
    }
}

/// `21 % (20.8–21.3)`.
fn in_percent(chance: Interval) -> String {
    let range = percent_range(chance);
    let range = range.split_once(' ').map_or("", |(_, range)| range);
    format!("{} {range}", likely(chance.value))
}

impl Question {
    /// `Fleet of 600,000 H100e by 2024-12-31`.
    fn text(&self) -> String {
        format!("{} {}", self.title, self.date)
    }

    fn answer(&self) -> String {
        self.chance.map_or_else(|| "n/a".to_owned(), in_percent)
    }

    fn answer_beside(&self) -> String {
        self.beside.map(in_percent).unwrap_or_default()
    }

    /// `money 88 %, chips 12 %`; words alone where few draws fail.
    fn obstacles(&self) -> String {
        if self.failed < FEWEST {
            let words: Vec<&str> = self.limits.iter().map(|share| share.limit).collect();
            return words.join(", ");
        }
        let shown = self.limits.iter().filter(|share| share.share >= 0.005);
        let words: Vec<String> =
            shown.map(|share| format!("{} {}", share.limit, percent(share.share))).collect();
        words.join(", ")
    }
}

/// The questions for a terminal: a table where that fits, else what stood in the way below the last
/// date of each target.
pub(super) fn text(questions: &[Question], beside: Option<&str>, width: usize) -> String {
    let table = by_target(questions, beside, true);
    if terminal::natural_width(&table) <= width {
        return terminal::body(&table, Some(width)).replace(INDENT, " ");
    }
    let narrow = by_target(questions, beside, false);
    let mut out = terminal::body(&narrow, Some(width)).replace(INDENT, " ");
    out.push('\n');
    out += &terminal::body(&obstacles(questions), Some(width));
    out
}

/// What stood in the way of each target, by its last date.
fn obstacles(questions: &[Question]) -> Table {
    let columns = vec![
        Column::words("question", "In the way, by the last date"),
        Column::words("obstacles", ""),
    ];
    let rows = groups(questions).filter_map(|group| {
        let words = group.last()?.obstacles();
        (!words.is_empty()).then(|| vec![Cell::Text(group[0].title.clone()), Cell::Text(words)])
    });
    Table { rows: rows.collect(), columns, ..Table::default() }
}

/// Questions of the same target.
fn groups(questions: &[Question]) -> impl Iterator<Item = &[Question]> {
    questions.chunk_by(|a, b| a.target == b.target)
}

/// Stands for a space at the start of a cell, which would be cut.
const INDENT: &str = "\u{a0}";

/// The questions as a table: a target with several dates has its title on a line of its own.
fn by_target(questions: &[Question], beside: Option<&str>, obstacles: bool) -> Table {
    let mut columns = vec![Column::words("question", "Questions")];
    columns.push(Column::words("probability", "Probability"));
    if let Some(run) = beside {
        columns.push(Column::words("beside", run));
    }
    if obstacles {
        columns.push(Column::words("obstacles", "What stood in the way"));
    }
    let row = |asked: String, question: &Question| {
        let mut cells = vec![asked, question.answer()];
        cells.extend(beside.map(|_| question.answer_beside()));
        cells.extend(obstacles.then(|| question.obstacles()));
        cells.into_iter().map(Cell::Text).collect::<Vec<_>>()
    };
    let mut rows = Vec::new();
    for group in groups(questions) {
        if let [question] = group {
            rows.push(row(question.text(), question));
            continue;
        }
        let mut title = vec![Cell::Text(group[0].title.clone())];
        title.resize(columns.len(), Cell::Empty);
        rows.push(title);
        let dates = group.iter().map(|q| row(format!("{}{}", INDENT.repeat(2), q.date), q));
        rows.extend(dates);
    }
    Table { columns, rows, ..Table::default() }
}

/// The questions as Markdown.
pub(super) fn markdown(questions: &[Question], beside: Option<&str>) -> String {
    let mut columns = vec![Column::words("question", "Question")];
    columns.push(Column::words("probability", "Probability"));
    columns.extend(beside.map(|run| Column::words("beside", run)));
    columns.push(Column::words("obstacles", "What stood in the way"));
    let row = |question: &Question| {
        let mut cells = vec![question.text(), question.answer()];
        cells.extend(beside.map(|_| question.answer_beside()));
        cells.push(question.obstacles());
        cells.into_iter().map(Cell::Text).collect()
    };
    Markdown.render(
        &Table { columns, rows: questions.iter().map(row).collect(), ..Table::default() },
        None,
    )
}

/// How to read the questions.
pub(super) const NOTE: &str = "Probability: share of the futures in which the target is met, with its \
     95 % confidence interval. What stood in the way: what set the fleet in the futures that fail, in \
     the last quarter that had ended by then.";

/// All targets: counts, first dates, what tells success from failure.
pub fn targets_table(result: &RunResult) -> Table {
    let targets = &result.summaries.targets;
    let separating = Separating::new(result);
    let questions = questions(result);
    let mut asked = questions.iter();
    let mut rows = Vec::new();
    for target in &targets.list {
        for date in &target.dates {
            let Some(question) = asked.next() else { continue };
            let separators = separating.of(target, date);
            let mut row = counts(target, date, question);
            row.extend(first_dates(target, result.grid));
            row.extend(separator_cells(&separators));
            rows.push(row);
        }
    }
    Table {
        title: "Questions".to_owned(),
        columns: columns(&targets.limits),
        rows,
        notes: vec![
            NOTE.to_owned(),
            "First met: the days by which 5, 50 and 95 % of all futures have met it for the first \
             time; never: not within the run."
                .to_owned(),
            "What tells success from failure: of all pairs of one future that succeeds and one that \
             fails, the share in which the first has the higher (or lower) value of the input. 50 % \
             would say nothing; what is within two standard errors of it is left out. Among the \
             first 8,192 futures, and only where 30 of them succeed and 30 fail."
                .to_owned(),
        ],
    }
}

fn columns(limits: &[String]) -> Vec<Column> {
    let words = |name: &str| Column::words(name, name).only(Audience::Programs);
    let number = |name: &str| Column::numbers(name, name, "").only(Audience::Programs);
    let people = |heading: &str| Column::words(heading, heading).only(Audience::People);
    let mut columns =
        vec![people("Question"), people("Probability"), people("What stood in the way")];
    columns.extend(["target", "title", "asked", "given", "date", "when"].map(words));
    columns
        .extend(["draws", "met", "probability", "probability_low", "probability_high"].map(number));
    let names = limits.iter().map(String::as_str).chain(["none"]);
    columns.extend(names.map(|name| number(&format!("failed_{name}"))));
    columns.push(people("First met"));
    columns.push(people("Never"));
    columns.extend(LEVELS.map(|level| words(&format!("first_p{}", (100.0 * level).round()))));
    columns.push(number("never"));
    columns.push(people("What tells success from failure"));
    for k in 1..=NAMED {
        columns.push(words(&format!("input_{k}")));
        columns.extend(
            ["auc", "auc_error", "met", "failed"].map(|part| number(&format!("input_{k}_{part}"))),
        );
    }
    columns
}

/// Inputs in the table.
const NAMED: usize = 3;

fn counts(target: &TargetResult, date: &DateCounts, question: &Question) -> Vec<Cell> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let mut row = vec![
        Cell::Text(question.text()),
        Cell::Text(question.answer()),
        Cell::Text(question.obstacles()),
        text(&target.name),
        text(&target.title),
        text(&target.asked),
        Cell::Text(target.given.join(" ")),
        Cell::Text(date.date.to_string()),
        text(&date.label),
        Cell::Count(date.condition),
        Cell::Count(date.both),
    ];
    row.extend(match date.probability() {
        Some(chance) => [chance.value, chance.low, chance.high].map(exact),
        None => [Cell::Empty, Cell::Empty, Cell::Empty],
    });
    row.extend(date.failed_by.iter().map(|&count| Cell::Count(count)));
    row
}

fn exact(value: f64) -> Cell {
    Cell::Number(value, Show { scale: Scale { factor: 1.0, unit: "" }, error: 0.0 })
}

fn first_dates(target: &TargetResult, grid: TimeGrid) -> Vec<Cell> {
    let day = |level: f64| target.first.date(level, grid).map(|day| day.to_string());
    let shown = |level: f64| day(level).unwrap_or_else(|| "never".to_owned());
    let never = target.first.never_share();
    let words = format!("{} ({} to {})", shown(0.5), shown(0.05), shown(0.95));
    let mut cells = vec![Cell::Text(words), Cell::Text(percent(never))];
    cells.extend(LEVELS.map(|level| day(level).map_or(Cell::Empty, Cell::Text)));
    cells.push(exact(never));
    cells
}

fn separator_cells(separators: &Separators) -> Vec<Cell> {
    let Separators::Best(best) = separators else {
        let mut cells = vec![Cell::Text("not enough futures".to_owned())];
        cells.resize(1 + 5 * NAMED, Cell::Empty);
        return cells;
    };
    let known: Vec<String> = best.iter().map(in_words).collect();
    let words = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
    let mut cells = vec![Cell::Text(words)];
    for one in best {
        let s = one.separation;
        cells.push(Cell::Text(one.key.clone()));
        cells.extend([s.auc, s.error, s.first, s.second].map(exact));
    }
    cells.resize(1 + 5 * NAMED, Cell::Empty);
    cells
}

/// `higher capex.chip_share 82 %`.
fn in_words(one: &Separator) -> String {
    let auc = one.separation.auc;
    let (word, share) = if auc < 0.5 { ("lower", 1.0 - auc) } else { ("higher", auc) };
    format!("{word} {} {} %", one.key, rounded(100.0 * share, 100.0 * one.separation.error))
}
