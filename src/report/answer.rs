//! The question of a run and its answer in three sentences.

use super::content::{Block, Section, Words, plain};
use super::run::{company, count, spelled};
use crate::results::{Limits, RunResult};
use crate::tables::{Headline, Question, counted, percent, percent_range, scale_of};

/// The question, the answer, and how far it carries.
pub(super) fn section(result: &RunResult, headline: &Headline) -> Section {
    let mut blocks = vec![Block::Lead(plain(question(result, headline)))];
    let sentences = [size(result, headline), chances(headline), limits(result, headline)];
    blocks.extend(sentences.into_iter().flatten().map(Block::Text));
    blocks.push(Block::Small(reach(result)));
    Section { id: "answer".to_owned(), title: "Question and answer".to_owned(), blocks }
}

fn question(result: &RunResult, headline: &Headline) -> String {
    let about = &result.about;
    let until = headline.periods.last().map_or_else(String::new, |p| format!(" by the end of {p}"));
    format!(
        "With what was known on {}: how large is {}’s AI fleet{until}, what does it take in power and \
         money, and what stands in the way?",
        spelled(about.as_of),
        company(result),
    )
}

/// Periods that the answer names: the first one, the last one and one soon after the first.
fn named(headline: &Headline) -> Vec<usize> {
    let Some(last) = headline.periods.len().checked_sub(1) else { return Vec::new() };
    let soon = if last > 2 { 2 } else { 1 };
    let mut named = vec![0, soon.min(last), last];
    named.dedup();
    named
}

/// A row of the headline: its unit, and its cells at these periods.
fn cells(headline: &Headline, metric: &str, periods: &[usize]) -> Option<(String, Vec<String>)> {
    let at = headline.rows.iter().position(|row| row.metric == metric)?;
    let table = headline.table(periods);
    let mut cells = table.rows.get(at)?.iter().map(crate::tables::Cell::shown);
    let heading = cells.next()?;
    let unit = heading.rsplit_once(", ").map_or("", |(_, unit)| unit).replace(' ', "\u{a0}");
    let cells: Vec<String> = cells.collect();
    cells.iter().any(|cell| cell != "–").then_some((unit, cells))
}

/// `0.51 (0.34–0.71)` as median and range.
pub(super) fn split(cell: &str) -> (&str, &str) {
    cell.split_once(" (")
        .map_or((cell, ""), |(median, range)| (median, range.trim_end_matches(')')))
}

/// `a, b and c`.
pub(super) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// How large the fleet is, and what it takes.
fn size(result: &RunResult, headline: &Headline) -> Option<Vec<Words>> {
    let periods = named(headline);
    let (unit, fleet) = cells(headline, "fleet.h100e", &periods)?;
    let mut words =
        vec![Words::plain(format!("The median of {}’s installed fleet is ", company(result)))];
    for (k, (cell, &period)) in fleet.iter().zip(&periods).enumerate() {
        let (median, range) = split(cell);
        let before = match k {
            0 => "",
            _ if k + 1 == periods.len() => " and ",
            _ => ", ",
        };
        let unit = if k == 0 { format!("\u{a0}{unit}") } else { String::new() };
        let at = &headline.periods[period];
        let which = if k == 0 { "at the end of " } else { "in " };
        words.push(Words::plain(before));
        words.push(Words::Strong(format!("{median}{unit}")));
        let range = match (k, range) {
            (_, "") => String::new(),
            (0, range) => format!(" (nine futures in ten: {range})"),
            (_, range) => format!(" ({range})"),
        };
        words.push(Words::plain(format!(" {which}{at}{range}")));
    }
    let medians = |metric: &str| {
        let (unit, cells) = cells(headline, metric, &periods)?;
        let cells: Vec<String> =
            cells.iter().map(|c| split(c).0.to_owned()).filter(|c| c != "–").collect();
        (cells.len() == periods.len()).then(|| format!("{}\u{a0}{unit}", listed(&cells)))
    };
    let power = medians("facility.power");
    let capex = medians("capex.total");
    words.push(Words::plain(match (power, capex) {
        (Some(power), Some(capex)) => {
            format!("; at the meter it takes {power}, with capex of {capex} in these years (medians, nominal).")
        }
        (Some(power), None) => format!("; at the meter it takes {power} (medians)."),
        (None, Some(capex)) => format!(", with capex of {capex} in these years (medians, nominal)."),
        (None, None) => ".".to_owned(),
    }));
    Some(words)
}

/// `Fleet of 600,000 H100e by 2024-12-31 (22 %)`.
fn told(question: &Question) -> Vec<Words> {
    let chance = question.chance.map_or(f64::NAN, |chance| chance.value);
    vec![
        Words::plain(format!("“{}” {} (", question.title, question.date)),
        Words::Strong(likely(chance)),
        Words::plain(")"),
    ]
}

/// A chance in percent, as finely next to all as next to none.
pub(super) fn likely(share: f64) -> String {
    let rest = 1.0 - share;
    if !share.is_finite() {
        "n/a".to_owned()
    } else if rest <= 0.0 || rest >= 0.0095 {
        percent(share).replace(' ', "\u{a0}")
    } else if rest < 0.001 {
        ">\u{a0}99.9\u{a0}%".to_owned()
    } else {
        format!("{:.1}\u{a0}%", 100.0 * share)
    }
}

/// The chances of the questions by their last dates: the best, the closest, the worst.
fn chances(headline: &Headline) -> Option<Vec<Words>> {
    let groups = headline.questions.chunk_by(|a, b| a.target == b.target);
    let mut last: Vec<(f64, &Question)> = groups
        .filter_map(|group| group.iter().rev().find_map(|q| Some((q.chance?.value, q))))
        .collect();
    last.sort_by(|a, b| b.0.total_cmp(&a.0));
    let count = last.len();
    if let [only] = last.as_slice() {
        let range = only.1.chance.map_or_else(String::new, |chance| percent_range(chance));
        return Some(vec![
            Words::plain(format!("The chance of “{}” {} is ", only.1.title, only.1.date)),
            Words::Strong(likely(only.0)),
            Words::plain(format!(
                " ({range}).",
                range = range.split_once(" (").map_or("", |(_, r)| r.trim_end_matches(')'))
            )),
        ]);
    }
    let (best, worst) = (last.first()?, last.last()?);
    let more = last.iter().filter(|(chance, _)| *chance > 0.5).count();
    let more = match more {
        0 => "none is".to_owned(),
        1 => "one is".to_owned(),
        more => format!("{more} are"),
    };
    let mut words = vec![Words::plain(format!(
        "Of the {count} targets asked about, {more} likelier than not by the last date asked: the \
         likeliest is "
    ))];
    words.extend(told(best.1));
    let inner = &last[1..count - 1];
    let distance = |chance: f64| (chance - 0.5).abs();
    let closest = inner.iter().min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)));
    if let Some(closest) = closest {
        words.push(Words::plain(", the closest call "));
        words.extend(told(closest.1));
    }
    words.push(Words::plain(" and the least likely "));
    words.extend(told(worst.1));
    words.push(Words::plain("."));
    Some(words)
}

/// What sets the fleet, and of what more would help most.
fn limits(result: &RunResult, headline: &Headline) -> Option<Vec<Words>> {
    let told: Vec<usize> =
        named(headline).into_iter().filter(|&at| !headline.limits[at].is_empty()).collect();
    let first = *told.first()?;
    let limit = |at: usize| headline.limits[at][0].limit;
    let mut words = vec![Words::plain("What sets the fleet most often is ")];
    for (group, same) in told.chunk_by(|&a, &b| limit(a) == limit(b)).enumerate() {
        words.push(Words::plain(if group == 0 { "" } else { ", then " }));
        words.push(Words::Strong(limit(same[0]).to_owned()));
        let times: Vec<String> =
            same.iter().map(|&at| in_period(headline, at, at == first)).collect();
        words.push(Words::plain(format!(" in {}", listed(&times))));
    }
    let more = result.limits.as_ref().and_then(|limits| best_step(result, limits));
    words.push(Words::plain(more.map_or_else(|| ".".to_owned(), |more| format!("; {more}."))));
    Some(words)
}

/// `2024 (90 % of futures and quarters)`.
fn in_period(headline: &Headline, at: usize, first: bool) -> String {
    let share = percent(headline.limits[at][0].share).replace(' ', "\u{a0}");
    let of = if first { " of futures and quarters" } else { "" };
    format!("{} ({share}{of})", headline.periods[at])
}

/// "by 2030Q4, 10 % more power throughout would add most: 1.2 M H100e".
fn best_step(result: &RunResult, limits: &Limits) -> Option<String> {
    let step = limits.steps.last()?;
    let (name, effect) = limits
        .names
        .iter()
        .zip(&step.effects)
        .max_by(|a, b| a.1.since.mean.total_cmp(&b.1.since.mean))?;
    let since = effect.since;
    if since.mean <= 2.0 * since.error {
        return None;
    }
    let scale = scale_of("H100e", [since.mean]);
    let amount = crate::tables::Show { scale, error: since.error }.text(since.mean);
    Some(format!(
        "by {}, 10\u{a0}% more {name} in every quarter would add most, {amount}\u{a0}{} to the fleet",
        result.grid.quarter(step.step),
        scale.unit
    ))
}

/// How far the answer carries.
fn reach(result: &RunResult) -> Vec<Words> {
    let about = &result.about;
    let [.., d] = about.grades;
    let all: usize = about.grades.iter().sum();
    let mut words = vec![Words::plain(format!(
        "It holds if the assumptions hold: {d} of {} are judgment (grade\u{a0}D, ",
        count(all as u64)
    ))];
    words.push(Words::Jump { text: "weakest first below".to_owned(), id: "inputs".to_owned() });
    words.push(Words::plain(match about.hindsight.len() {
        0 => "), and none was known later than that day.".to_owned(),
        1 => "), and one became known only after that day (".to_owned(),
        n => format!("), and {n} became known only after that day ("),
    }));
    if !about.hindsight.is_empty() {
        words.push(Words::Jump { text: "hindsight".to_owned(), id: "hindsight".to_owned() });
        words.push(Words::plain(")."));
    }
    let were = if about.draws == 1 { "was" } else { "were" };
    let draws = format!(
        " {} {were} drawn; ranges hold nine in ten of them.",
        counted(about.draws, "future")
    );
    words.push(Words::plain(draws));
    words
}
