//! The sections of a run's report.

use super::answer::{self, likely, split};
use super::content::{Block, Grid, Section, Words, plain};
use super::inputs;
use super::picture::Picture;
use crate::results::{About, LeftRange, REPLICATES, RunResult, designs};
use crate::tables::{
    Align, Headline, Table, binding_table, counted, limits_table, percent, posterior_table,
};
use crate::time::Date;

/// The first lines of the page: what the run was made from, in short parts.
pub fn about_run(result: &RunResult) -> Vec<String> {
    Headline::of(result).about
}

/// Every section of a run's report, in order; the table of its targets is sorted out once for all that
/// show it.
pub fn run_sections(result: &RunResult, targets: &Table, pictures: &[Picture]) -> Vec<Section> {
    let headline = Headline::of(result);
    let mut sections =
        vec![answer::section(result, &headline), headline_section(&headline), charts(pictures)];
    sections.extend(questions(targets, &headline));
    sections.extend(limits(result, &headline));
    sections.extend(posterior(result));
    sections.push(inputs::section(result));
    sections.push(warnings(result));
    sections.push(hindsight(&result.about));
    sections.push(method(result));
    sections.push(origin(result));
    sections
}

pub(super) fn section(id: &str, title: &str, blocks: Vec<Block>) -> Section {
    Section { id: id.to_owned(), title: title.to_owned(), blocks }
}

/// The company as the scenario's title writes it.
pub(super) fn company(result: &RunResult) -> String {
    crate::charts::number::company(&result.about.title, &result.about.company)
}

/// A count with commas between thousands.
pub(super) fn count(number: u64) -> String {
    crate::tables::Cell::Count(number).shown()
}

/// `31 July 2024`.
pub(super) fn spelled(day: Date) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    format!("{} {} {}", day.day(), MONTHS[usize::from(day.month()) - 1], day.year())
}

fn headline_section(headline: &Headline) -> Section {
    let all: Vec<usize> = (0..headline.periods.len()).collect();
    let mut grid = Grid::of(&headline.table(&all));
    "Headline: medians, with nine futures in ten".clone_into(&mut grid.caption);
    "Median (P5–P95)".clone_into(&mut grid.columns[0].0);
    for row in &mut grid.rows {
        for cell in row.iter_mut().skip(1) {
            *cell = in_two_lines(cell);
        }
    }
    let notes = headline.notes.iter().filter(|note| !note.starts_with("Probability:"));
    let notes =
        notes.map(|note| note.replace(", with 5th", " and 5th").replace(" in parentheses:", ":"));
    let mut blocks = vec![Block::Grid(grid)];
    blocks.extend(notes.map(|note| Block::Small(plain(note))));
    blocks.push(Block::Small(plain("USD are nominal: of the day on which they are paid.")));
    section("headline", "Headline", blocks)
}

/// A median with its range below.
fn in_two_lines(cell: &[Words]) -> Vec<Words> {
    let [Words::Plain(text)] = cell else { return cell.to_vec() };
    let (median, range) = split(text);
    let mut words = plain(median);
    if !range.is_empty() {
        words.push(Words::Below(range.to_owned()));
    }
    words
}

fn charts(pictures: &[Picture]) -> Section {
    let mut blocks: Vec<Block> =
        pictures.iter().map(|picture| Block::Chart(Box::new(picture.clone()))).collect();
    if blocks.is_empty() {
        blocks.push(Block::Text(vec![
            Words::plain("The run was made without charts; "),
            Words::code("fleetcast report FOLDER"),
            Words::plain(" draws them from its folder."),
        ]));
    }
    section("charts", "Charts", blocks)
}

/// The targets: chances with what stood in the way, then dates and what tells success from failure.
fn questions(table: &Table, headline: &Headline) -> Option<Section> {
    if headline.questions.is_empty() {
        return None;
    }
    let mut chances = columns_of(table, &["Question", "Probability", "What stood in the way"]);
    "Chances of the targets".clone_into(&mut chances.caption);
    for (row, question) in chances.rows.iter_mut().zip(&headline.questions) {
        if let Some(chance) = question.chance {
            let range = crate::tables::percent_range(chance);
            let range = split(&range).1.to_owned();
            row[1] = vec![
                Words::Bar(chance.value),
                Words::plain(likely(chance.value)),
                Words::Below(range),
            ];
        }
    }
    let mut dates =
        columns_of(table, &["Question", "First met", "Never", "What tells success from failure"]);
    "When targets are first met, and what tells success from failure"
        .clone_into(&mut dates.caption);
    let notes =
        |from: usize| table.notes.iter().skip(from).map(|note| Block::Small(plain(note.as_str())));
    let mut more = vec![Block::Grid(dates)];
    more.extend(notes(1));
    let mut blocks = vec![Block::Grid(chances)];
    blocks.extend(notes(0).take(1));
    blocks.push(Block::More {
        summary: "When they are first met, and what tells success from failure".to_owned(),
        blocks: more,
        open: false,
        printed: true,
    });
    Some(section("targets", "Targets", blocks))
}

/// Some columns of a table, by their headings for people.
fn columns_of(table: &Table, headings: &[&str]) -> Grid {
    let all = Grid::of(table);
    let chosen: Vec<usize> = headings
        .iter()
        .filter_map(|heading| all.columns.iter().position(|(name, _)| name == heading))
        .collect();
    Grid {
        columns: chosen.iter().map(|&at| all.columns[at].clone()).collect(),
        rows: all
            .rows
            .iter()
            .map(|row| chosen.iter().map(|&at| row[at].clone()).collect())
            .collect(),
        ..all
    }
}

/// What sets the fleet by year and quarter, and what its limits cost.
fn limits(result: &RunResult, headline: &Headline) -> Option<Section> {
    let by_year = limits_by_year(headline)?;
    let mut blocks = vec![
        Block::Text(plain(
            "Share of futures and quarters in which each limit sets the fleet. At most one limit \
             sets it in a draw and quarter.",
        )),
        Block::Grid(by_year),
    ];
    let mut quarters = Grid::of(&binding_table(result));
    "What sets the fleet, by quarter".clone_into(&mut quarters.caption);
    blocks.push(Block::More {
        summary: "By quarter, with 95 % confidence intervals".to_owned(),
        blocks: vec![Block::Grid(quarters)],
        open: false,
        printed: true,
    });
    if let Some(table) = limits_table(result) {
        blocks.extend(costs(&table));
    }
    Some(section("binds", "What binds", blocks))
}

/// What the limits cost: at the last quarter, and on demand at all.
fn costs(table: &Table) -> Vec<Block> {
    let all = Grid::of(table);
    let Some(last) = all.rows.last().and_then(|row| row.first()).cloned() else {
        return Vec::new();
    };
    let rows = all.rows.iter().filter(|row| row.first() == Some(&last));
    let period = match last.as_slice() {
        [Words::Plain(text)] => text.clone(),
        _ => String::new(),
    };
    let at_last = Grid {
        caption: format!("What the limits cost at {period}"),
        columns: all.columns[1..].to_vec(),
        rows: rows.map(|row| row[1..].to_vec()).collect(),
        saved: false,
    };
    let mut blocks = vec![
        Block::Heading(format!("What the limits cost at {period}")),
        Block::Grid(at_last),
        Block::More {
            summary: "In every year".to_owned(),
            blocks: vec![Block::Grid(all)],
            open: false,
            printed: false,
        },
    ];
    let notes = table.notes.iter().filter(|note| !note.starts_with("Warning:"));
    blocks.extend(notes.map(|note| Block::Small(plain(note.as_str()))));
    blocks
}

/// Inputs before and after the observations.
fn posterior(result: &RunResult) -> Option<Section> {
    /// Inputs that are shown at once.
    const FIRST: usize = 10;
    let table = posterior_table(result)?;
    let all = Grid::of(&table);
    let first = Grid {
        caption: "Inputs that moved most".to_owned(),
        columns: all.columns.clone(),
        rows: all.rows.iter().take(FIRST).cloned().collect(),
        saved: false,
    };
    let more = Block::More {
        summary: "All inputs that are drawn".to_owned(),
        blocks: vec![Block::Grid(all)],
        open: false,
        printed: false,
    };
    let mut blocks = vec![Block::Grid(first)];
    blocks.extend(table.notes.iter().map(|note| Block::Small(plain(note.as_str()))));
    blocks.push(more);
    Some(section("posterior", "What the observations say", blocks))
}

fn limits_by_year(headline: &Headline) -> Option<Grid> {
    let mut names: Vec<&str> = Vec::new();
    for share in headline.limits.iter().flatten().filter(|share| share.share >= 0.0005) {
        if !names.contains(&share.limit) {
            names.push(share.limit);
        }
    }
    if names.is_empty() {
        return None;
    }
    let mut columns = vec![("Year".to_owned(), Align::Left)];
    columns
        .extend(names.iter().map(|name| (crate::charts::number::capitalized(name), Align::Right)));
    let row = |(period, shares): (&String, &Vec<crate::tables::Share>)| {
        let mut row = vec![plain(period.as_str())];
        row.extend(names.iter().map(|name| {
            let share = shares.iter().find(|share| share.limit == *name).map_or(0.0, |s| s.share);
            vec![Words::Bar(share), Words::plain(percent(share))]
        }));
        row
    };
    Some(Grid {
        caption: "What sets the fleet, by year".to_owned(),
        columns,
        rows: headline.periods.iter().zip(&headline.limits).map(row).collect(),
        saved: true,
    })
}

fn warnings(result: &RunResult) -> Section {
    let mut all: Vec<String> = result.about.warnings.clone();
    all.extend(result.limits.iter().flat_map(|limits| limits.warnings.clone()));
    all.extend(result.summaries.left_range.iter().map(|left| left_range(result, left)));
    let broken = result.summaries.metrics.iter().filter_map(|metric| {
        let count_of: u64 = metric.quarters.iter().map(|summary| summary.moments.nonfinite).sum();
        (count_of > 0).then(|| {
            format!(
                "{} values of {} were not finite and are left out",
                count(count_of),
                metric.name
            )
        })
    });
    all.extend(broken);
    let blocks = if all.is_empty() {
        vec![Block::Text(plain(
            "None: every value has a source, and every draw stayed in its range.",
        ))]
    } else {
        let one = |text: String| plain(crate::charts::number::capitalized(&text));
        vec![Block::List(all.into_iter().map(one).collect())]
    };
    section("warnings", "Warnings", blocks)
}

fn left_range(result: &RunResult, left: &LeftRange) -> String {
    let first = left.first.first().map_or_else(String::new, |&(draw, step)| {
        format!(", first in draw {draw} in {}", result.grid.quarter(step))
    });
    let (their, are) = if left.draws == 1 { ("its", "is") } else { ("their", "are") };
    format!(
        "{} left {their} physical range and {are} left out from that quarter on: {}{first}",
        counted(left.draws, "draw"),
        left.cause
    )
}

fn hindsight(about: &About) -> Section {
    let newest = format!(
        "The run looks from {}; the newest date of what it used without a mark is {}.",
        about.as_of, about.newest_used
    );
    let mut blocks = vec![Block::Text(plain(newest))];
    if about.hindsight.is_empty() {
        blocks.push(Block::Text(plain("No value is marked as hindsight.")));
    } else {
        let row = |mark: &crate::results::Hindsight| {
            vec![
                vec![Words::code(mark.key.as_str())],
                plain(mark.known.to_string()),
                plain(mark.source.as_str()),
            ]
        };
        let heading = |name: &str| (name.to_owned(), Align::Left);
        blocks.push(Block::Text(plain(
            "These values became known later and are used all the same, marked as such:",
        )));
        blocks.push(Block::Grid(Grid {
            caption: "Values of hindsight".to_owned(),
            columns: vec![heading("Input"), heading("Known"), heading("Source")],
            rows: about.hindsight.iter().map(row).collect(),
            saved: false,
        }));
    }
    section("hindsight", "Hindsight", blocks)
}

fn method(result: &RunResult) -> Section {
    let about = &result.about;
    let text = format!(
        "Fleetcast draws {}. Each takes one value of every uncertain input, and steps through \
         {} from {} to {}: money for chips comes from the capex plan and what cash allows, \
         chips from the vendors’ supply and lead times, room from sites and their power; the fleet \
         grows by the least of what these limits leave. Power, energy, depreciation, cash and \
         training runs follow from the fleet. Every figure is a percentile or a share over all \
         futures, rounded to what its Monte Carlo error supports; {} The intervals say how well the futures were counted and not whether the \
         assumptions are right. A random number depends on the seed, the name of its input and the \
         quarter only, so that a changed input moves no other. H100e are H100-equivalents by {}. \
         Money is nominal US dollars: no price year, nothing deflated.",
        counted(about.draws, "future"),
        counted(result.grid.steps() as u64, "quarter"),
        result.grid.from(),
        result.grid.to(),
        errors_from(about),
        match about.h100e.as_str() {
            "dense8" => "peak dense 8-bit rate",
            "bf16" => "peak dense 16-bit rate",
            "sustained" => "sustained training rate",
            other => other,
        },
    );
    section("method", "Method", vec![Block::Text(plain(text))])
}

/// How many draws, how they are spread, and why there are no more.
fn drawn(result: &RunResult) -> String {
    let about = &result.about;
    let mut text = count(about.draws);
    if let Some(spread) = designs(about.sampling()) {
        text.push_str(", ");
        text.push_str(spread);
    }
    if let Some(precision) = &result.precision {
        text.push_str("; ");
        text.push_str(&precision.ended_in_words());
    }
    text
}

/// Where the errors of a run come from.
fn errors_from(about: &About) -> String {
    let Some(spread) = designs(about.sampling()) else {
        return "chances have Wilson intervals at 95\u{a0}% confidence.".to_owned();
    };
    format!(
        "the futures are {REPLICATES} independent replicates of {spread}, and errors and intervals at \
         95\u{a0}% confidence come from how far these lie apart."
    )
}

/// What the run was made from, and how to make it again.
fn origin(result: &RunResult) -> Section {
    let about = &result.about;
    let fact = |name: &str, words: Vec<Words>| (name.to_owned(), words);
    let mut facts = vec![
        fact("Scenario", vec![Words::code(about.scenario.as_str())]),
        fact("Looks from", plain(about.as_of.to_string())),
        fact("Draws", plain(drawn(result))),
        fact("Seed", vec![Words::code(about.seed.to_string())]),
        fact("Digest of the scenario", vec![Words::code(about.digest.as_str())]),
        fact("Version", plain(format!("fleetcast {}, engine {}", about.version, about.engine))),
    ];
    if !about.credits.is_empty() {
        facts.push(fact("Credits", plain(about.credits.join(", "))));
    }
    let mut blocks = Vec::new();
    if !about.description.is_empty() {
        blocks.push(Block::Text(plain(about.description.as_str())));
    }
    blocks.push(Block::Facts(facts));
    if about.command.is_empty() {
        blocks
            .push(Block::Text(plain("The command was not kept by the version that made the run.")));
    } else {
        blocks.push(Block::Text(plain(
            "This command makes the run again. With the same version the files are the same to the \
             byte, on any machine and any number of threads:",
        )));
        blocks.push(Block::Command(format!("fleetcast {}", about.command)));
    }
    blocks.push(Block::Small(vec![
        Words::code("scenario.resolved.toml"),
        Words::plain(" in the run’s folder holds every value with its source and runs as it is; "),
        Words::code("fleetcast report FOLDER"),
        Words::plain(" makes this page again."),
    ]));
    section("again", "How to make it again", blocks)
}
