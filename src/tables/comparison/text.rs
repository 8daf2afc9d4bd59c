//! A comparison as a text for a terminal, and as Markdown.

use std::fmt::Write as _;

use super::lists::{CHANGE, bridge_scale, chance_differs, heading, plus_minus, still};
use super::{apart_lines, bridge_table, chances_table, changes_table, headline_differences};
use crate::results::{Bridge, Comparison, InputChange, Interval};
use crate::tables::layout::{wrap, wrap_parts};
use crate::tables::round::{counted, grouped, text_of};
use crate::tables::{Show, Table, TableFormat, markdown::Markdown, quantity_of, terminal};
use crate::units::format_value;

/// Changes that a terminal shows; the tables have all.
const MOST_CHANGES: usize = 24;
/// Columns of the longest bar.
const BAR: usize = 24;

/// What a reader of the numbers should know; with the ratio of the medians, unless it is left out.
pub fn reading(with_change: bool) -> String {
    let change = if with_change { " Change: ratio of the medians." } else { "" };
    format!(
        "B − A: difference of the medians with its 95 % error.{change} Higher, lower: share of the draws in which B is; \
         in the others it is the same."
    )
}

/// Text for a terminal of this width.
pub fn comparison_text(comparison: &Comparison, width: usize) -> String {
    let width = width.max(40);
    let mut out = top(comparison, width);
    section(&mut out, "What differs");
    out.push_str(&changes(comparison, width));
    if comparison.is_the_same() {
        out.push_str("\nNo draw of any metric differs.\n");
        return out;
    }
    let mut table = headline_differences(comparison);
    if !table.rows.is_empty() {
        section(&mut out, "By how much");
        let room = terminal::natural_width(&table) <= width;
        if !room {
            // What follows from its neighbors goes before numbers break.
            table.drop_column(CHANGE);
        }
        out.push_str(&terminal::body(&table, Some(width)));
        line(&mut out, &reading(room), width);
    }
    for text in remarks(comparison) {
        line(&mut out, &text, width);
    }
    for bridge in &comparison.bridges {
        section(&mut out, "Bridge");
        out.push_str(&bridge_text(bridge, width));
    }
    if !comparison.no_bridge.is_empty() {
        section(&mut out, "Bridge");
        line(&mut out, &comparison.no_bridge, width);
    }
    let chances = moving_chances(comparison);
    if !chances.rows.is_empty() {
        section(&mut out, "Questions");
        out.push_str(&terminal::body(&chances, Some(width)));
    }
    let unmoved = unmoved(comparison);
    if !unmoved.is_empty() {
        line(&mut out, &unmoved, width);
    }
    out
}

fn section(out: &mut String, title: &str) {
    let _ = write!(out, "\n{title}\n");
}

fn line(out: &mut String, text: &str, width: usize) {
    out.push_str(&wrap(&text_of(text), Some(width), 0));
    out.push('\n');
}

fn top(comparison: &Comparison, width: usize) -> String {
    let mut out = String::new();
    for (letter, side) in [("A", &comparison.first), ("B", &comparison.second)] {
        let title = if side.title == side.name { "" } else { side.title.as_str() };
        let text = format!("{letter}  {}  {title}", side.name);
        out.push_str(&wrap(text_of(&text).trim_end(), Some(width), 3));
        out.push('\n');
    }
    out.push_str(&wrap_parts(&about(comparison), Some(width)));
    out.push('\n');
    for note in &comparison.notes {
        line(&mut out, note, width);
    }
    out
}

fn about(comparison: &Comparison) -> Vec<String> {
    let (a, b) = (&comparison.first, &comparison.second);
    let same = |one: String, other: String, what: &str| {
        if one == other { format!("{what}{one}") } else { format!("{what}{one} and {other}") }
    };
    vec![
        same(counted(a.draws, "draw"), counted(b.draws, "draw"), ""),
        same(a.seed.to_string(), b.seed.to_string(), "seed "),
        same(a.as_of.clone(), b.as_of.clone(), "as of "),
        if comparison.paired {
            "same random numbers, draw by draw".to_owned()
        } else {
            "independent runs".to_owned()
        },
    ]
}

/// The changes like a diff.
fn changes(comparison: &Comparison, width: usize) -> String {
    let mut out = String::new();
    let moving = || comparison.changes.iter().filter(|change| change.value_differs);
    for change in moving().take(MOST_CHANGES) {
        out.push_str(&one_change(change, width));
    }
    let more = moving().count().saturating_sub(MOST_CHANGES);
    if more > 0 {
        let _ = writeln!(out, "… and {more} more, in tables/changes.csv");
    }
    if moving().next().is_none() {
        out.push_str("No value of the inputs.\n");
    }
    let same = comparison.changes.len() - moving().count();
    if same > 0 {
        let noun = if same == 1 { "value rests" } else { "values rest" };
        let _ = writeln!(out, "{same} {noun} on another source, or became known on another day.");
    }
    out
}

fn one_change(change: &InputChange, width: usize) -> String {
    let mut out = String::new();
    let name = match change.unit.as_str() {
        "" => change.key.clone(),
        unit => format!("{}, {unit}", change.key),
    };
    let doc = if change.doc.is_empty() { String::new() } else { format!("  {}", change.doc) };
    line(&mut out, &shortened(&format!("{name}{doc}"), width), width);
    let [first, second] = [&change.first, &change.second]
        .map(|told| told.as_ref().map_or("", |told| told.value.as_str()));
    let [first, second] = differing_entries([first, second]);
    let widest = first.chars().count().max(second.chars().count()).min(width / 2);
    let rows = [("-", &change.first, first), ("+", &change.second, second)];
    for (sign, told, value) in rows {
        let Some(told) = told else { continue };
        let graded = match (told.source.as_str(), told.grade.as_str()) {
            ("", _) => String::new(),
            (source, "") => source.to_owned(),
            (source, grade) => format!("{source}, {grade}"),
        };
        let place = [graded, told.set_at.clone()];
        let place: Vec<&str> = place.iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
        let text = format!("{sign} {value:<widest$}  {}", place.join("  "));
        let text = wrap(text_of(&text).trim_end(), Some(width - 2), 4);
        for line in text.lines() {
            let _ = writeln!(out, "  {}", line.trim_end());
        }
    }
    out
}

/// Two values as written; of two tables only the entries that differ.
pub fn differing_entries([first, second]: [&str; 2]) -> [String; 2] {
    let (Some(a), Some(b)) = (entries(first), entries(second)) else {
        return [first.to_owned(), second.to_owned()];
    };
    let only = |own: &[&str], other: &[&str]| {
        let differing: Vec<&str> = own.iter().copied().filter(|one| !other.contains(one)).collect();
        let rest = if differing.len() < own.len() { "…, " } else { "" };
        format!("{{ {rest}{} }}", differing.join(", "))
    };
    [only(&a, &b), only(&b, &a)]
}

/// The entries of a table written in braces.
fn entries(text: &str) -> Option<Vec<&str>> {
    let inner = text.strip_prefix("{ ")?.strip_suffix(" }")?;
    let (mut found, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_usize, false);
    for (at, c) in inner.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                found.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(inner[start..].trim());
    Some(found)
}

/// A line cut at a width.
fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Since when metrics differ, how sharp the pairing makes it, and the two ways to take a median.
fn remarks(comparison: &Comparison) -> Vec<String> {
    let mut found = Vec::new();
    let apart = apart_lines(comparison);
    if !apart.is_empty() {
        let since = apart.join("; ");
        found.push(format!("Means apart by more than four standard errors since {since}."));
    }
    found.extend(sharpness(comparison));
    found
}

/// How much sharper the difference is known than from unpaired runs, and the two medians; of the
/// first bridge if it is one of a metric, else of the facility's power.
pub fn sharpness(comparison: &Comparison) -> Option<String> {
    let bridged = comparison.bridges.iter().find_map(|bridge| bridge.headline.split_once('@'));
    let usual = comparison.metric("facility.power")?.quarters.last();
    let usual = usual.map(|one| ("facility.power", one.period.as_str()));
    let (name, period) = bridged.filter(|(name, _)| comparison.metric(name).is_some()).or(usual)?;
    let metric = comparison.metric(name)?;
    let one = metric.at(period)?;
    let draws = one.of_draws.as_ref()?;
    let ratio = one.variance_ratio?;
    let quantity = quantity_of(&metric.unit);
    Some(format!(
        "{} in {}: difference of the medians {}, median of the differences {}. Paired draws tell the \
         mean difference {} times more sharply than as many unpaired draws would (variance ratio \
         {}).",
        metric.label,
        one.period,
        format_value(one.percentiles[1].value, quantity),
        format_value(draws.median.value, quantity),
        fraction_text(ratio.sqrt()),
        fraction_text(ratio),
    ))
}

/// A factor in three digits at most.
pub fn fraction_text(value: f64) -> String {
    match value {
        value if value >= 100.0 => grouped(&format!("{value:.0}")),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// A ratio as a change: `+12.3 %`.
pub fn signed_percent(ratio: f64) -> String {
    let change = 100.0 * (ratio - 1.0);
    let text = match change.abs() {
        size if size >= 100.0 => format!("{change:+.0} %"),
        _ => format!("{change:+.1} %"),
    };
    if text == "+0.0 %" || text == "-0.0 %" { "0.0 %".to_owned() } else { text }
}

fn moving_chances(comparison: &Comparison) -> Table {
    let mut table = chances_table(comparison);
    let dates = comparison
        .targets
        .iter()
        .flat_map(|target| target.dates.iter().map(move |date| (target.both_ask, date)));
    let moving: Vec<bool> = dates.map(|(both, date)| both && chance_differs(date)).collect();
    let mut at = moving.iter();
    table.rows.retain(|_| at.next().copied().unwrap_or(true));
    table
}

/// What comes out the same.
pub fn unmoved(comparison: &Comparison) -> String {
    let still = still(comparison);
    let dates = comparison.targets.iter().flat_map(|target| &target.dates);
    let same = dates.filter(|date| !chance_differs(date)).count();
    let alone = comparison.targets.iter().filter(|target| !target.both_ask).count();
    let mut parts: Vec<String> = still.into_iter().map(str::to_owned).collect();
    match same {
        0 => {}
        1 => parts.push("1 answer".to_owned()),
        n => parts.push(format!("{n} answers")),
    }
    let mut said = Vec::new();
    if !parts.is_empty() {
        said.push(format!("The same in every draw: {}.", parts.join(", ")));
    }
    if alone > 0 {
        let noun = if alone == 1 { "question is" } else { "questions are" };
        said.push(format!("{alone} {noun} asked in one of the two only, or in other words."));
    }
    said.join(" ")
}

/// The bridge as bars.
fn bridge_text(bridge: &Bridge, width: usize) -> String {
    let scale = bridge_scale(bridge);
    let show = Show { scale, error: bridge.error };
    let mut out = String::new();
    let orders = match bridge.orders {
        0 => "all orders".to_owned(),
        n => counted(n as u64, "sampled order"),
    };
    let first = format!(
        "{}: {} of {}, mean over {orders}",
        heading(&bridge.label, &bridge.unit, scale),
        bridge.statistic,
        counted(bridge.draws, "draw"),
    );
    line(&mut out, &first, width);
    let names = bridge.bars.iter().map(|bar| bar.name.chars().count()).max().unwrap_or(0);
    let names = names.max("A".len()).min(width / 2 - 6);
    let most = bridge.bars.iter().map(|bar| bar.value.abs()).fold(0.0, f64::max);
    let _ = writeln!(out, "  {:<names$}  {:>18}", "A", show.text(bridge.from));
    for bar in &bridge.bars {
        let half = 1.96 * bar.error;
        let interval = Interval { value: bar.value, low: bar.value - half, high: bar.value + half };
        let value = plus_minus(interval, Show::interval(scale, interval));
        let room = width.saturating_sub(names + 24).min(BAR);
        let share = if most > 0.0 { bar.value.abs() / most } else { 0.0 };
        let length = (share * room as f64).round() as usize;
        let mark = if bar.value < 0.0 { "░" } else { "█" };
        let name = shortened(&bar.name, names);
        let text = format!("  {name:<names$}  {value:>18}  {}", mark.repeat(length));
        let _ = writeln!(out, "{}", text.trim_end());
    }
    let _ = writeln!(out, "  {:<names$}  {:>18}", "B", show.text(bridge.to));
    for note in &bridge.notes {
        line(&mut out, note, width);
    }
    out
}

/// The whole comparison as Markdown.
pub fn comparison_markdown(comparison: &Comparison) -> String {
    let mut out = String::new();
    let (a, b) = (&comparison.first, &comparison.second);
    let _ = write!(out, "# {} beside {}\n\n", text_of(&b.name), text_of(&a.name));
    let _ = write!(
        out,
        "A: {}, {}\\\nB: {}, {}\n\n",
        a.name,
        text_of(&a.title),
        b.name,
        text_of(&b.title)
    );
    let _ = write!(out, "{}\n\n", about(comparison).join(" · "));
    for note in &comparison.notes {
        let _ = write!(out, "{}\n\n", text_of(note));
    }
    let part = |out: &mut String, title: &str, table: Table| {
        let table = Table { title: String::new(), ..table };
        let _ = write!(out, "## {title}\n\n{}\n", Markdown.render(&table, None));
    };
    part(&mut out, "What differs", changes_table(comparison));
    let headline = headline_differences(comparison);
    if headline.rows.is_empty() {
        out.push_str("No headline metric differs in any draw.\n\n");
    } else {
        part(&mut out, "By how much", headline);
        let _ = write!(out, "{}\n\n", reading(true));
    }
    for text in remarks(comparison) {
        let _ = write!(out, "{text}\n\n");
    }
    if !comparison.targets.is_empty() {
        part(&mut out, "Questions", chances_table(comparison));
    }
    for bridge in &comparison.bridges {
        let table = bridge_table(bridge);
        let title = format!("Bridge: {} ({})", table.title, bridge.statistic);
        part(&mut out, &title, table);
    }
    if !comparison.no_bridge.is_empty() {
        let _ = write!(out, "{}\n\n", comparison.no_bridge);
    }
    let _ = writeln!(out, "Make it again: `fleetcast {}`", comparison.command);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_tables_only_what_differs_is_shown() {
        let a = "{ dist = \"regimes\", boom = { start = 0.5, weight = 0.3 }, stay = 0.6 }";
        let b = "{ dist = \"regimes\", boom = { start = 0.5, weight = 0.3 }, stay = 0.5 }";
        assert_eq!(differing_entries([a, b]), ["{ …, stay = 0.6 }", "{ …, stay = 0.5 }"]);
        assert_eq!(differing_entries([a, "3"]), [a, "3"]);
        assert_eq!(
            differing_entries(["{ a = 1 }", "{ b = \"x, y\" }"]),
            ["{ a = 1 }", "{ b = \"x, y\" }"]
        );
    }

    #[test]
    fn ratios_are_changes_and_factors_have_three_digits() {
        assert_eq!(signed_percent(1.1234), "+12.3 %");
        assert_eq!(signed_percent(0.5), "-50.0 %");
        assert_eq!(signed_percent(3.0), "+200 %");
        assert_eq!(signed_percent(1.0001), "0.0 %");
        assert_eq!([12.345, 1.5, 1234.5].map(fraction_text), ["12.3", "1.50", "1,234"]);
    }
}
