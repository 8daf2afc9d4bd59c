//! The sections of a comparison's report.

use super::answer::{likely, listed};
use super::content::{Block, Grid, Section, Words, plain};
use super::picture::Picture;
use super::run::{count, section};
use crate::charts::from_comparison::{has_no_effect, statistic_in_words};
use crate::charts::number::{capitalized, company};
use crate::results::{Bar, Bridge, Comparison, Difference, InputChange, Interval, Side, Told};
use crate::tables::{
    Align, Show, apart_lines, bridge_scale, chance_differs, chances_table, counted,
    differing_entries, fraction_text, headline_differences, headline_metrics, percent, plus_minus,
    reading, scale_of, sharpness, signed_percent, unmoved,
};
use crate::units::Scale;

/// Changes that the first sentence names.
const NAMED: usize = 3;
/// Changes that are shown at once.
const MOST: usize = 24;
/// Beginning of the names of waterfalls.
const WATERFALL: &str = "waterfall";

/// The first lines of the page: what stands beside what, in short parts.
pub fn about_comparison(comparison: &Comparison) -> Vec<String> {
    let (a, b) = (&comparison.first, &comparison.second);
    let same = |one: String, other: String, what: &str| {
        if one == other { format!("{what}{one}") } else { format!("{what}{one} and {other}") }
    };
    let pairing =
        if comparison.paired { "same random numbers, draw by draw" } else { "independent runs" };
    vec![
        format!("A: {}", a.name),
        format!("B: {}", b.name),
        same(a.as_of.clone(), b.as_of.clone(), "as of "),
        same(counted(a.draws, "draw"), counted(b.draws, "draw"), ""),
        same(a.seed.to_string(), b.seed.to_string(), "seed "),
        pairing.to_owned(),
    ]
}

/// Every section of a comparison's report, in order. Pictures named `waterfall…` belong to the
/// bridges, the others to the charts.
pub fn comparison_sections(comparison: &Comparison, pictures: &[Picture]) -> Vec<Section> {
    let mut sections = vec![answer(comparison), changes(comparison), headline(comparison)];
    sections.push(bridges(comparison, pictures));
    sections.extend(charts(comparison, pictures));
    sections.extend(targets(comparison));
    sections.push(pairing(comparison));
    sections.push(warnings(comparison));
    sections.push(method(comparison));
    sections.push(origin(comparison));
    sections
}

fn answer(comparison: &Comparison) -> Section {
    let mut blocks = vec![Block::Lead(plain(question(comparison))), Block::Text(what(comparison))];
    if comparison.is_the_same() {
        blocks.push(Block::Text(plain("No draw of any metric differs.")));
    } else {
        blocks.extend(how_much(comparison).map(Block::Text));
        blocks.push(Block::Text(why(comparison)));
    }
    let reach = if comparison.paired {
        format!(
            "Differences are B less A over {} with the same random numbers; ± is 95\u{a0}% \
             Monte Carlo error. It says how well the futures were counted, not whether the \
             assumptions are right.",
            counted(comparison.first.draws, "future")
        )
    } else {
        "The runs do not share their random numbers: differences are B less A of independent runs, ± \
         is 95\u{a0}% Monte Carlo error."
            .to_owned()
    };
    blocks.push(Block::Small(plain(reach)));
    section("answer", "Question and answer", blocks)
}

fn question(comparison: &Comparison) -> String {
    let (a, b) = (&comparison.first, &comparison.second);
    let whose = if a.company == b.company {
        format!("{}’s AI fleet", company(&a.title, &a.company))
    } else {
        format!(
            "the AI fleets of {} and {}",
            company(&a.title, &a.company),
            company(&b.title, &b.company)
        )
    };
    format!(
        "What differs for {whose} between A ({}) and B ({}), and what accounts for it?",
        a.name, b.name
    )
}

pub(super) fn moving(comparison: &Comparison) -> Vec<&InputChange> {
    comparison.changes.iter().filter(|change| change.value_differs).collect()
}

/// What differs of the inputs, in a sentence.
fn what(comparison: &Comparison) -> Vec<Words> {
    let moving = moving(comparison);
    if moving.is_empty() {
        return plain("No value of the inputs differs.");
    }
    let mut words = vec![Words::plain("B differs from A in ")];
    if moving.len() > NAMED {
        words.push(Words::Strong(format!("{} inputs", count(moving.len() as u64))));
        let mut parts: Vec<(&str, usize)> = Vec::new();
        for change in &moving {
            let part = part_of(change);
            match parts.iter_mut().find(|(known, _)| *known == part) {
                Some((_, n)) => *n += 1,
                None => parts.push((part, 1)),
            }
        }
        parts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let more = parts.len().saturating_sub(4);
        let mut named: Vec<String> =
            parts.iter().take(4).map(|(part, n)| format!("{n} of {part}")).collect();
        if more > 0 {
            let rest: usize = parts.iter().skip(4).map(|(_, n)| n).sum();
            named.push(format!("{rest} of other parts"));
        }
        words.push(Words::plain(format!(": {}. ", listed(&named))));
        words.push(Words::Jump { text: "All of them".to_owned(), id: "changes".to_owned() });
        words.push(Words::plain("."));
        return words;
    }
    for (at, change) in moving.iter().enumerate() {
        let before = match at {
            0 => "",
            at if at + 1 == moving.len() => " and ",
            _ => ", ",
        };
        words.push(Words::plain(before));
        words.push(Words::code(change.key.as_str()));
        let [old, new] = values(change);
        match (&change.first, &change.second) {
            (Some(_), Some(_)) => {
                words.extend([Words::plain(" ("), Words::code(old)]);
                words.extend([Words::plain(" becomes "), Words::code(new), Words::plain(")")]);
            }
            (None, _) => {
                words.extend([Words::plain(" (new: "), Words::code(new), Words::plain(")")]);
            }
            (_, None) => words.push(Words::plain(" (only in A)")),
        }
    }
    words.push(Words::plain("."));
    words
}

/// The part of a scenario that an input stands in.
fn part_of(change: &InputChange) -> &str {
    match change.kind.as_str() {
        "input" => change.key.split(['.', ' ']).next().unwrap_or_default(),
        "setting" => "settings",
        other => other,
    }
}

/// Both values as written, of tables only what differs, without quotes.
fn values(change: &InputChange) -> [String; 2] {
    let of = |told: &Option<Told>| told.as_ref().map_or("", |told| told.value.as_str()).to_owned();
    let [old, new] = [of(&change.first), of(&change.second)];
    differing_entries([&old, &new]).map(|text| super::inputs::bare(&text).to_owned())
}

/// The change of the headline with its interval.
fn how_much(comparison: &Comparison) -> Option<Vec<Words>> {
    if let Some(bridge) = comparison.bridges.first() {
        return Some(of_bridge(comparison, bridge));
    }
    let (metric, one) = headline_metrics(comparison).find_map(|(_, metric)| {
        let one = metric.quarters.last()?;
        (one.mean.value.abs() > 4.0 * one.mean_error).then_some((metric, one))
    })?;
    let ends = [one.first.mean, one.second.mean];
    let subject = format!("the mean of {} in {}", lowered(&metric.label), one.period);
    Some(moved(&subject, ends, one.mean, scale_of(&metric.unit, ends), Some(one)))
}

fn of_bridge(comparison: &Comparison, bridge: &Bridge) -> Vec<Words> {
    let half = 1.96 * bridge.error;
    let change = bridge.change();
    let interval = Interval { value: change, low: change - half, high: change + half };
    let one = bridge.headline.split_once('@').and_then(|(metric, period)| {
        let one = comparison.metric(metric)?.at(period)?;
        (bridge.statistic == "mean").then_some(one)
    });
    moved(&subject(bridge), [bridge.from, bridge.to], interval, bridge_scale(bridge), one)
}

/// `the mean of facility power in 2030`.
fn subject(bridge: &Bridge) -> String {
    let statistic = statistic_in_words(&bridge.statistic);
    if statistic.is_empty() {
        return format!("the chance of “{}”", bridge.label);
    }
    let (label, at) = bridge.label.rsplit_once(", ").unwrap_or((&bridge.label, ""));
    let at = if at.is_empty() { String::new() } else { format!(" in {at}") };
    format!("the {statistic} of {}{at}", lowered(label))
}

/// `Facility power` to `facility power`, `IT power` as it is.
fn lowered(label: &str) -> String {
    let mut letters = label.chars();
    let small = label.chars().nth(1).is_some_and(char::is_lowercase);
    match letters.next() {
        Some(first) if small => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

fn moved(
    subject: &str,
    [from, to]: [f64; 2],
    change: Interval,
    scale: Scale,
    one: Option<&Difference>,
) -> Vec<Words> {
    let chance = scale.unit == "%";
    let unit = match scale.unit {
        "" => String::new(),
        unit => format!("\u{a0}{unit}"),
    };
    let points = if chance { "\u{a0}points" } else { unit.as_str() };
    let error = 0.5 * (change.high - change.low);
    let show = Show { scale, error };
    let verb = if change.value < 0.0 { "falls" } else { "rises" };
    let size = Interval { value: change.value.abs(), ..change };
    let text = plus_minus(size, show);
    let mut words = vec![
        Words::plain(format!(
            "{} {verb} from {}{unit} to {}{unit}, by ",
            capitalized(subject),
            show.text(from),
            show.text(to)
        )),
        Words::Strong(format!("{}{points}", text.trim_start_matches('+'))),
    ];
    if !chance && from > 0.0 && to > 0.0 {
        words.push(Words::plain(format!(" ({})", signed_percent(to / from).replace('-', "−"))));
    }
    if let Some(draws) = one.and_then(|one| one.of_draws.as_ref()) {
        let above = ("higher", draws.draws_above);
        let below = ("lower", draws.draws_below);
        let mut parts = if change.value < 0.0 { vec![below, above] } else { vec![above, below] };
        parts.push(("the same", draws.draws_equal));
        parts.retain(|(_, n)| *n > 0);
        let told: Vec<String> = parts
            .iter()
            .map(|(word, n)| format!("{word} in {}", likely(draws.share(*n))))
            .collect();
        words.push(Words::plain(format!("; B is {} of the futures", listed(&told))));
    }
    words.push(Words::plain("."));
    words
}

/// What accounts for it.
fn why(comparison: &Comparison) -> Vec<Words> {
    let Some(bridge) = comparison.bridges.first() else {
        let why = if comparison.no_bridge.is_empty() {
            "No bridge was asked for: what accounts for the difference is not told."
        } else {
            &comparison.no_bridge
        };
        return plain(why);
    };
    let scale = bridge_scale(bridge);
    let unit = if scale.unit == "%" { "points" } else { scale.unit };
    let said = |value: f64, error: f64| {
        let half = 1.96 * error;
        let interval = Interval { value, low: value - half, high: value + half };
        let text = plus_minus(interval, Show { scale, error: half });
        format!("{}\u{a0}{unit}", text.replacen('-', "−", 1))
    };
    let bars: Vec<&Bar> = bridge.bars.iter().filter(|bar| !has_no_effect(bar)).collect();
    let still = match bridge.bars.len() - bars.len() {
        0 => "",
        1 => "; the other change does not move it",
        _ => "; the other changes do not move it",
    };
    if let [only] = bars.as_slice() {
        return vec![
            Words::plain("All of it is due to "),
            Words::code(only.name.as_str()),
            Words::plain(format!("{still}.")),
        ];
    }
    let mut words = vec![Words::plain("Of this, ")];
    let shown = bars.len().min(NAMED);
    let rest = &bars[shown..];
    for (at, bar) in bars[..shown].iter().enumerate() {
        let before = match at {
            0 => "",
            at if at + 1 == shown && rest.is_empty() => " and ",
            _ => ", ",
        };
        words.push(Words::plain(before));
        words.push(Words::code(bar.name.as_str()));
        words.push(Words::plain(if at == 0 { " accounts for " } else { " for " }));
        words.push(Words::Strong(said(bar.value, bar.error)));
    }
    if !rest.is_empty() {
        let value: f64 = rest.iter().map(|bar| bar.value).sum();
        let squares: f64 = rest.iter().map(|bar| bar.error * bar.error).sum();
        let who = if rest.len() == 1 { "the last change" } else { "all others together" };
        words.push(Words::plain(format!(" and {who} for {}", said(value, squares.sqrt()))));
    }
    words.push(Words::plain(" ("));
    words.push(Words::Jump { text: "the bridge".to_owned(), id: "bridge".to_owned() });
    words.push(Words::plain(format!("){still}.")));
    words
}

/// Only what differs, like a diff.
fn changes(comparison: &Comparison) -> Section {
    let moving = moving(comparison);
    let mut blocks = Vec::new();
    if moving.is_empty() {
        blocks.push(Block::Text(plain("No value of the inputs differs.")));
    } else {
        // What moves results comes first; of many, the others are folded.
        let (mut first, rest): (Vec<&InputChange>, Vec<&InputChange>) =
            moving.iter().partition(|change| change.kind == "input" || moving.len() <= MOST);
        let more = first.split_off(first.len().min(MOST));
        let more: Vec<&InputChange> = more.into_iter().chain(rest).collect();
        blocks.push(Block::Grid(diff("What differs of the inputs", &first)));
        if !more.is_empty() {
            blocks.push(Block::More {
                summary: format!("{} more", count(more.len() as u64)),
                blocks: vec![Block::Grid(diff("More that differs of the inputs", &more))],
                open: false,
                printed: false,
            });
        }
    }
    let sources: Vec<&InputChange> =
        comparison.changes.iter().filter(|change| !change.value_differs).collect();
    if !sources.is_empty() {
        let noun = if sources.len() == 1 { "value rests" } else { "values rest" };
        blocks.push(Block::More {
            summary: format!(
                "{} {noun} on another source, or became known on another day",
                count(sources.len() as u64)
            ),
            blocks: vec![Block::Grid(diff("Same value, other source", &sources))],
            open: false,
            printed: false,
        });
    }
    section("changes", "What differs of the inputs", blocks)
}

fn diff(caption: &str, changes: &[&InputChange]) -> Grid {
    let cell = |sign: &str, told: &Option<Told>, value: &str| match told {
        None => plain("–"),
        Some(told) => {
            let mut words = vec![Words::plain(format!("{sign}\u{a0}")), Words::code(value)];
            let grade = match told.grade.as_str() {
                "" => String::new(),
                grade => format!("grade {grade}"),
            };
            let place = told.set_at.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            let parts = [told.source.clone(), grade, place];
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            let parts: Vec<String> = parts.map(|part| part.replace(' ', "\u{a0}")).collect();
            if !parts.is_empty() {
                words.push(Words::Below(parts.join(", ")));
            }
            words
        }
    };
    let row = |change: &&InputChange| {
        let mut key = vec![Words::code(change.key.as_str())];
        let unit = match change.unit.as_str() {
            "" => String::new(),
            unit => format!(" ({unit})"),
        };
        let doc = format!("{}{unit}", change.doc.replace('`', ""));
        if !doc.is_empty() {
            key.push(Words::Below(doc.trim().to_owned()));
        }
        let [old, new] = values(change);
        vec![key, cell("−", &change.first, &old), cell("+", &change.second, &new)]
    };
    Grid {
        caption: caption.to_owned(),
        columns: ["Input", "A", "B"].map(|name| (name.to_owned(), Align::Left)).to_vec(),
        rows: changes.iter().map(row).collect(),
        saved: true,
    }
}

fn headline(comparison: &Comparison) -> Section {
    let mut grid = Grid::of(&headline_differences(comparison));
    let mut blocks = Vec::new();
    if grid.rows.is_empty() {
        blocks.push(Block::Text(plain("No headline metric differs in any draw.")));
    } else {
        "By how much: medians of both and their difference".clone_into(&mut grid.caption);
        // The name of each row says the period too: it is the only thing that a phone keeps in view.
        grid.columns.remove(1);
        "Median".clone_into(&mut grid.columns[0].0);
        let mut name: Vec<Words> = Vec::new();
        for row in &mut grid.rows {
            let period = row.remove(1);
            if !row[0].iter().all(|words| *words == Words::plain("")) {
                name.clone_from(&row[0]);
            }
            row[0].clone_from(&name);
            row[0].extend(period.into_iter().map(|words| match words {
                Words::Plain(text) => Words::Below(text),
                other => other,
            }));
        }
        blocks.push(Block::Grid(grid));
        blocks.push(Block::Small(plain(reading(true))));
    }
    let apart = apart_lines(comparison);
    if !apart.is_empty() {
        blocks.push(Block::Text(plain(
            "First quarter in which the means differ by more than four standard errors:",
        )));
        blocks.push(Block::List(apart.into_iter().map(plain).collect()));
    }
    let same = unmoved(comparison);
    if !same.is_empty() {
        blocks.push(Block::Text(plain(same)));
    }
    section("headline", "By how much", blocks)
}

fn bridges(comparison: &Comparison, pictures: &[Picture]) -> Section {
    let mut blocks = Vec::new();
    let drawn = || pictures.iter().filter(|picture| picture.name.starts_with(WATERFALL));
    for (at, bridge) in comparison.bridges.iter().enumerate() {
        if comparison.bridges.len() > 1 {
            blocks.push(Block::Heading(bridge.label.clone()));
        }
        if let Some(picture) = drawn().nth(at) {
            blocks.push(Block::Chart(Box::new(picture.clone())));
        }
        blocks.push(Block::Grid(bridge_grid(bridge)));
        blocks.push(Block::Small(plain(bridge_note(bridge))));
        blocks.extend(bridge.notes.iter().map(|note| Block::Small(plain(note.as_str()))));
    }
    if comparison.bridges.is_empty() {
        let why = match comparison.no_bridge.as_str() {
            "" => "None was asked for.",
            why => why,
        };
        blocks.push(Block::Text(plain(why)));
    }
    section("bridge", "What accounts for it", blocks)
}

fn bridge_note(bridge: &Bridge) -> String {
    let orders = match bridge.orders {
        0 => "all orders in which the changes could be made".to_owned(),
        n => format!("{} of the changes", counted(n as u64, "sampled order")),
    };
    format!(
        "A bar is what a change adds, as a mean over {orders} (the Shapley value), from {} of {}. \
         The bars sum to the difference; ± is 95\u{a0}% error.",
        counted(bridge.runs as u64, "run"),
        counted(bridge.draws, "draw")
    )
}

fn bridge_grid(bridge: &Bridge) -> Grid {
    let scale = bridge_scale(bridge);
    let chance = scale.unit == "%";
    let unit = match scale.unit {
        "" if bridge.unit.is_empty() => String::new(),
        "" => format!(", {}", bridge.unit),
        "%" => ", points".to_owned(),
        unit => format!(", {unit}"),
    };
    let change = bridge.change();
    let mut rows = Vec::new();
    let end = |letter: &str, value: f64| {
        let show = Show { scale, error: bridge.error };
        let text = format!("{}{}", show.text(value), if chance { " %" } else { "" });
        vec![vec![Words::Strong(letter.to_owned())], vec![Words::Strong(text)], plain("")]
    };
    rows.push(end("A", bridge.from));
    for bar in &bridge.bars {
        let half = 1.96 * bar.error;
        let interval = Interval { value: bar.value, low: bar.value - half, high: bar.value + half };
        let mut name = vec![Words::plain(bar.name.as_str())];
        if bar.keys.len() != 1 || bar.keys[0] != bar.name {
            name.push(Words::Below(bar.keys.join(", ")));
        }
        let share = if change.abs() > 4.0 * bridge.error {
            percent(bar.value / change)
        } else {
            "–".to_owned()
        };
        let value = plus_minus(interval, Show { scale, error: half });
        rows.push(vec![name, plain(value), plain(share)]);
    }
    rows.push(end("B", bridge.to));
    Grid {
        caption: format!("Bridge of {}", subject(bridge)),
        columns: vec![
            ("Change".to_owned(), Align::Left),
            (format!("Accounts for{unit}"), Align::Right),
            ("Share of the difference".to_owned(), Align::Right),
        ],
        rows,
        saved: true,
    }
}

fn charts(comparison: &Comparison, pictures: &[Picture]) -> Option<Section> {
    let drawn = pictures.iter().filter(|picture| !picture.name.starts_with(WATERFALL));
    let mut blocks: Vec<Block> =
        drawn.map(|picture| Block::Chart(Box::new(picture.clone()))).collect();
    if blocks.is_empty() {
        if comparison.is_the_same() {
            return None;
        }
        let why = if comparison.paired {
            "The comparison was made without charts."
        } else {
            "Differences draw by draw are not known of independent runs, so that there is nothing to \
             draw; both runs have charts of their own."
        };
        blocks.push(Block::Text(plain(why)));
    }
    Some(section("charts", "Differences over time", blocks))
}

fn targets(comparison: &Comparison) -> Option<Section> {
    let all = Grid::of(&chances_table(comparison));
    if all.rows.is_empty() {
        return None;
    }
    let dates = comparison
        .targets
        .iter()
        .flat_map(|target| target.dates.iter().map(move |date| (target.both_ask, date)));
    let moves: Vec<bool> = dates.map(|(both, date)| both && chance_differs(date)).collect();
    let of = |wanted: bool, caption: &str| {
        let rows = all.rows.iter().zip(&moves).filter(|(_, moves)| **moves == wanted);
        let rows: Vec<_> = rows.map(|(row, _)| row.clone()).collect();
        Grid { caption: caption.to_owned(), rows, ..all.clone() }
    };
    let (moved, still) = (of(true, "Chances that move"), of(false, "Other chances"));
    let mut blocks = Vec::new();
    if moved.rows.is_empty() {
        blocks.push(Block::Text(plain("No chance that both runs ask about moves.")));
    } else {
        blocks.push(Block::Grid(moved));
        if comparison.paired {
            blocks.push(Block::Small(plain(
                "Only A, only B: share of the futures in which only that run meets the target.",
            )));
        }
    }
    if !still.rows.is_empty() {
        let summary = match still.rows.len() {
            1 => "One chance that is the same, or asked in one run only".to_owned(),
            n => format!("{n} chances that are the same, or asked in one run only"),
        };
        let blocks_of = vec![Block::Grid(still)];
        blocks.push(Block::More { summary, blocks: blocks_of, open: false, printed: false });
    }
    Some(section("targets", "Targets", blocks))
}

/// How much sharper the pairing makes the difference.
fn pairing(comparison: &Comparison) -> Section {
    if !comparison.paired {
        return section(
            "pairing",
            "How sharply it is known",
            vec![Block::Text(plain(
                "The runs do not share their random numbers: nothing cancels, and the variance ratio \
                 is 1.",
            ))],
        );
    }
    let mut blocks = Vec::new();
    blocks.extend(sharpness(comparison).map(|text| Block::Text(plain(text))));
    let row = |(label, metric): (&'static str, &crate::results::MetricDifference)| {
        let last = metric.quarters.iter().rev().find(|one| one.period.ends_with("Q4"));
        let one = last.or_else(|| metric.quarters.last())?;
        let ratio = one.variance_ratio?;
        let name = vec![Words::plain(label), Words::Below(one.period.clone())];
        Some(vec![name, plain(fraction_text(ratio)), plain(fraction_text(ratio.sqrt()))])
    };
    let rows: Vec<_> = headline_metrics(comparison).filter_map(row).collect();
    if rows.is_empty() {
        blocks.push(Block::Text(plain("No draw of a headline metric differs.")));
    } else {
        blocks.push(Block::Grid(Grid {
            caption: "What pairing is worth, for differences of means".to_owned(),
            columns: ["Metric", "Variance ratio", "Times tighter"]
                .into_iter()
                .enumerate()
                .map(|(at, name)| {
                    (name.to_owned(), if at == 0 { Align::Left } else { Align::Right })
                })
                .collect(),
            rows,
            saved: false,
        }));
        blocks.push(Block::Small(plain(
            "Variance ratio: how many times the draws unpaired runs would need for the same interval. \
             Times tighter: its root, by which the interval of as many unpaired draws would be wider.",
        )));
    }
    section("pairing", "How sharply it is known", blocks)
}

fn warnings(comparison: &Comparison) -> Section {
    let mut all: Vec<Vec<Words>> = Vec::new();
    all.extend(comparison.notes.iter().map(|note| plain(note.as_str())));
    let only = [("A", &comparison.only_first), ("B", &comparison.only_second)];
    for (letter, names) in only.into_iter().filter(|(_, names)| !names.is_empty()) {
        let mut words = vec![Words::plain(format!("In {letter} only: "))];
        for (at, name) in names.iter().enumerate() {
            words.push(Words::plain(if at == 0 { "" } else { ", " }));
            words.push(Words::code(name.as_str()));
        }
        all.push(words);
    }
    let (a, b) = (&comparison.first.warnings, &comparison.second.warnings);
    for text in a {
        let who = if b.contains(text) { "Both" } else { "A" };
        all.push(plain(format!("{who}: {text}")));
    }
    all.extend(b.iter().filter(|text| !a.contains(text)).map(|text| plain(format!("B: {text}"))));
    let blocks = if all.is_empty() {
        vec![Block::Text(plain(
            "None: every value has a source, and every draw stayed in its range.",
        ))]
    } else {
        vec![Block::List(all)]
    };
    section("warnings", "Warnings", blocks)
}

fn method(comparison: &Comparison) -> Section {
    let text = if comparison.paired {
        "Fleetcast draws futures: each takes one value of every uncertain input and steps through the \
         quarters. A random number depends on the seed, the name of its input and the quarter only. So \
         draw i of A and draw i of B share every input that they have in common, and what they share \
         cancels in the difference. The difference of the medians and the median of the differences \
         are two things: the first compares two distributions, the second looks at the middle future. \
         Intervals of medians count how the draws of both lie near them (Bahadur 1966, Woodruff 1952), \
         those of chances are Newcombe’s for paired shares (1998). The bridge runs the scenarios that \
         lie between A and B on the same random numbers."
    } else {
        "Fleetcast draws futures: each takes one value of every uncertain input and steps through the \
         quarters. These two runs are compared by their summaries, as if they were strangers: \
         differences have the errors of both."
    };
    let mut blocks = vec![Block::Text(plain(text))];
    blocks
        .push(Block::Text(plain("Money is nominal US dollars: no price year, nothing deflated.")));
    section("method", "Method", blocks)
}

fn origin(comparison: &Comparison) -> Section {
    let side = |letter: &str, side: &Side| {
        let fact = |name: &str, words: Vec<Words>| (name.to_owned(), words);
        let mut facts = vec![
            fact(letter, vec![Words::code(side.name.as_str()), Words::Below(side.title.clone())]),
            fact("Looks from", plain(side.as_of.clone())),
            fact("Quarters", plain(format!("{} to {}", side.from, side.to))),
            fact("Draws", plain(count(side.draws))),
            fact("Seed", vec![Words::code(side.seed.to_string())]),
            fact("Digest of the scenario", vec![Words::code(side.digest.as_str())]),
            fact("Version", plain(format!("fleetcast {}, engine {}", side.version, side.engine))),
        ];
        if !side.credits.is_empty() {
            facts.push(fact("Credits", plain(side.credits.join(", "))));
        }
        Block::Facts(facts)
    };
    let blocks = vec![
        side("A", &comparison.first),
        side("B", &comparison.second),
        Block::Text(plain(
            "This command makes the comparison again. With the same version the files are the same to \
             the byte, on any machine and any number of threads:",
        )),
        Block::Command(format!("fleetcast {}", comparison.command)),
        Block::Small(vec![
            Words::code("a.resolved.toml"),
            Words::plain(" and "),
            Words::code("b.resolved.toml"),
            Words::plain(
                " in the folder of the comparison hold every value of both with its source and run as they are.",
            ),
        ]),
    ];
    section("again", "How to make it again", blocks)
}
