//! The tables themselves.

use super::{differs, headline, moves, periods};
use crate::results::{
    Bridge, Comparison, DateDifference, Difference, InputChange, Interval, LEVELS,
    MetricDifference, OfDraws, Told,
};
use crate::tables::{Audience, Cell, Column, Show, Table, percent, scale_of};
use crate::units::Scale;

/// Only what differs of the inputs: key, old, new, unit, source, and where it was set.
pub fn changes_table(comparison: &Comparison) -> Table {
    let words = |name: &str, heading: &str| Column::words(name, heading);
    let programs = |name: &str| Column::words(name, name).only(Audience::Programs);
    let row = |change: &InputChange| {
        let [a, b] = [&change.first, &change.second].map(|told| told.as_ref());
        let text = |told: Option<&Told>, of: fn(&Told) -> &String| {
            Cell::Text(told.map_or_else(String::new, |told| of(told).clone()))
        };
        let set_at: Vec<&str> = [b, a]
            .into_iter()
            .flatten()
            .map(|told| told.set_at.as_str())
            .filter(|place| !place.is_empty())
            .take(1)
            .collect();
        let source = b.or(a).map_or_else(String::new, |told| told.source.clone());
        vec![
            Cell::Text(change.key.clone()),
            text(a, |told| &told.value),
            text(b, |told| &told.value),
            Cell::Text(change.unit.clone()),
            Cell::Text(source),
            Cell::Text(set_at.concat()),
            Cell::Text(change.kind.clone()),
            text(a, |told| &told.source),
            text(a, |told| &told.grade),
            text(a, |told| &told.set_at),
            text(b, |told| &told.source),
            text(b, |told| &told.grade),
            text(b, |told| &told.set_at),
            Cell::Text(change.value_differs.to_string()),
            Cell::Text(change.group.clone()),
        ]
    };
    Table {
        title: "What differs".to_owned(),
        columns: vec![
            words("key", "Key"),
            words("a", "A"),
            words("b", "B"),
            words("unit", "Unit"),
            words("source", "Source").only(Audience::People),
            words("set_at", "Set at").only(Audience::People),
            programs("kind"),
            programs("a_source"),
            programs("a_grade"),
            programs("a_set_at"),
            programs("b_source"),
            programs("b_grade"),
            programs("b_set_at"),
            programs("value_differs"),
            programs("group"),
        ],
        rows: comparison.changes.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

/// Heading of the ratio of medians, which a narrow terminal leaves out.
pub(super) const CHANGE: &str = "Change";

/// The headline metrics at a few year ends: medians, their difference with its error, ratio, and in which
/// share of the draws B is higher and lower.
pub fn headline_differences(comparison: &Comparison) -> Table {
    let mut rows = Vec::new();
    for (label, metric) in headline(comparison).filter(|(_, metric)| moves(metric)) {
        let found: Vec<&Difference> =
            periods(comparison).iter().filter_map(|period| metric.at(period)).collect();
        let medians = found.iter().flat_map(|one| [one.first.p50, one.second.p50]);
        let scale = scale_of(&metric.unit, medians);
        for (at, one) in found.iter().enumerate() {
            let name = if at == 0 { heading(label, &metric.unit, scale) } else { String::new() };
            let mut row = vec![Cell::Text(name)];
            row.extend(headline_cells(metric, one, scale));
            rows.push(row);
        }
    }
    let people = |name: &str| Column::numbers(name, name, "").only(Audience::People);
    let mut columns = vec![
        Column::words("Median", "Median").only(Audience::People),
        Column::words("Period", "Period").only(Audience::People),
    ];
    columns.extend(["A", "B", "B − A", CHANGE, "Higher", "Lower"].map(people));
    columns.extend(
        ["metric", "period"].map(|name| Column::words(name, name).only(Audience::Programs)),
    );
    columns.extend(
        ["a_p50", "b_p50", "difference", "difference_low", "difference_high", "ratio", "above"]
            .map(|name| Column::numbers(name, name, "").only(Audience::Programs)),
    );
    Table { title: "By how much".to_owned(), columns, rows, notes: Vec::new() }
}

fn headline_cells(metric: &MetricDifference, one: &Difference, scale: Scale) -> Vec<Cell> {
    let median = one.percentiles[1];
    let show = |interval: Interval| Show::interval(scale, interval);
    let exact = |value: f64| Cell::Number(value, Show { scale: plain(), error: 0.0 });
    let change = one.ratio.map_or_else(|| "–".to_owned(), super::signed_percent);
    let above = one.of_draws.as_ref().map(|draws| draws.above.value);
    let share = |of: fn(&OfDraws) -> u64| {
        let found = one.of_draws.as_ref().map(|draws| percent(draws.share(of(draws))));
        Cell::Text(found.unwrap_or_else(|| "–".to_owned()))
    };
    let digits = Show { scale, error: f64::NAN };
    vec![
        Cell::Text(one.period.clone()),
        Cell::Number(one.first.p50, digits),
        Cell::Number(one.second.p50, digits),
        Cell::Text(plus_minus(median, show(median))),
        Cell::Text(change),
        share(|draws| draws.draws_above),
        share(|draws| draws.draws_below),
        Cell::Text(metric.name.clone()),
        Cell::Text(one.period.clone()),
        exact(one.first.p50),
        exact(one.second.p50),
        exact(median.value),
        exact(median.low),
        exact(median.high),
        one.ratio.map_or(Cell::Empty, exact),
        above.map_or(Cell::Empty, exact),
    ]
}

/// A value in its own unit.
fn plain() -> Scale {
    Scale { factor: 1.0, unit: "" }
}

/// `-0.134 ± 0.004`.
pub fn plus_minus(interval: Interval, show: Show) -> String {
    let half = 0.5 * (interval.high - interval.low);
    let error = Show { scale: show.scale, error: half };
    let sign = if interval.value > 0.0 { "+" } else { "" };
    let value = show.text(interval.value);
    let sign = if value.bytes().any(|b| (b'1'..=b'9').contains(&b)) { sign } else { "" };
    if half > 0.0 {
        format!("{sign}{value} ± {}", error.text(half))
    } else {
        format!("{sign}{value}")
    }
}

pub(super) fn heading(label: &str, unit: &str, scale: Scale) -> String {
    let unit = if scale.unit.is_empty() { unit } else { scale.unit };
    if unit.is_empty() { label.to_owned() } else { format!("{label}, {unit}") }
}

/// Every metric and period, with all that is known of the difference.
pub fn differences_table(comparison: &Comparison) -> Table {
    let mut columns: Vec<Column> =
        ["metric", "label", "unit", "period"].map(|name| Column::words(name, name)).into();
    let mut names: Vec<String> = Vec::new();
    for side in ["a", "b"] {
        names.extend(["mean", "sd", "p5", "p50", "p95"].map(|what| format!("{side}_{what}")));
    }
    names.extend(
        ["mean", "p5", "p50", "p95"]
            .into_iter()
            .flat_map(|what| ["", "_low", "_high"].map(|end| format!("difference_of_{what}{end}"))),
    );
    names.push("difference_of_mean_error".to_owned());
    names.push("ratio_of_p50".to_owned());
    names.extend(LEVELS.map(|level| format!("differences_p{}", (100.0 * level).round())));
    names.extend(
        ["differences_p50_low", "differences_p50_high", "above", "above_low", "above_high"]
            .map(str::to_owned),
    );
    names
        .extend(["draws_above", "draws_equal", "draws_below", "variance_ratio"].map(str::to_owned));
    columns.extend(names.iter().map(|name| Column::numbers(name, name, "")));
    let mut rows = Vec::new();
    for metric in &comparison.metrics {
        for one in metric.quarters.iter().chain(&metric.years) {
            let mut row: Vec<Cell> = [&metric.name, &metric.label, &metric.unit, &one.period]
                .map(|text| Cell::Text(text.clone()))
                .into();
            row.extend(full(one));
            rows.push(row);
        }
    }
    Table { title: "Every metric and period".to_owned(), columns, rows, notes: Vec::new() }
}

fn full(one: &Difference) -> Vec<Cell> {
    let number = |value: f64| Cell::Number(value, Show { scale: plain(), error: f64::NAN });
    let mut cells = Vec::new();
    for f in [&one.first, &one.second] {
        cells.extend([f.mean, f.sd, f.p5, f.p50, f.p95].map(number));
    }
    for interval in std::iter::once(&one.mean).chain(&one.percentiles) {
        cells.extend([interval.value, interval.low, interval.high].map(number));
    }
    cells.push(number(one.mean_error));
    cells.push(one.ratio.map_or(Cell::Empty, number));
    let width = LEVELS.len() + 8;
    match &one.of_draws {
        Some(draws) => cells.extend(of_draws(draws)),
        None => cells.extend(std::iter::repeat_n(Cell::Empty, width)),
    }
    cells.push(one.variance_ratio.map_or(Cell::Empty, number));
    cells
}

fn of_draws(draws: &OfDraws) -> Vec<Cell> {
    let number = |value: f64| Cell::Number(value, Show { scale: plain(), error: f64::NAN });
    let mut cells: Vec<Cell> = draws.percentiles.map(number).into();
    let (median, above) = (draws.median, draws.above);
    cells.extend([median.low, median.high, above.value, above.low, above.high].map(number));
    cells.extend([draws.draws_above, draws.draws_equal, draws.draws_below].map(Cell::Count));
    cells
}

/// Chances of the questions in both runs, and their difference in percentage points.
pub fn chances_table(comparison: &Comparison) -> Table {
    let mut rows = Vec::new();
    for target in &comparison.targets {
        for date in &target.dates {
            let title = format!("{} {}", target.title, date.label);
            let mut row = vec![Cell::Text(title)];
            row.extend(chance_cells(date));
            row.extend([&target.name, &target.asked, &date.label].map(|t| Cell::Text(t.clone())));
            let number = |value: f64| Cell::Number(value, Show { scale: plain(), error: f64::NAN });
            for interval in [date.first, date.second, date.difference] {
                let ends = interval.map(|i| [i.value, i.low, i.high].map(number));
                row.extend(ends.unwrap_or([Cell::Empty, Cell::Empty, Cell::Empty]));
            }
            let counts = [date.both, date.only_first, date.only_second, date.neither];
            row.extend(counts.map(|count| count.map_or(Cell::Empty, Cell::Count)));
            rows.push(row);
        }
    }
    let people = |name: &str| Column::numbers(name, name, "").only(Audience::People);
    let mut columns = vec![Column::words("Question", "Question").only(Audience::People)];
    columns.extend(["A, %", "B, %", "B − A, points", "Only A", "Only B"].map(people));
    columns.extend(
        ["target", "asked", "when"].map(|name| Column::words(name, name).only(Audience::Programs)),
    );
    for side in ["a", "b", "difference"] {
        for end in ["", "_low", "_high"] {
            let name = format!("{side}{end}");
            columns.push(Column::numbers(&name, &name, "").only(Audience::Programs));
        }
    }
    columns.extend(
        ["both", "only_a", "only_b", "neither"]
            .map(|name| Column::numbers(name, name, "").only(Audience::Programs)),
    );
    Table { title: "Questions".to_owned(), columns, rows, notes: Vec::new() }
}

fn chance_cells(date: &DateDifference) -> Vec<Cell> {
    let hundred = Scale { factor: 0.01, unit: "" };
    let chance = |interval: Option<Interval>| {
        interval.map_or_else(
            || Cell::Text("–".to_owned()),
            |i| Cell::Text(Show::interval(hundred, i).text(i.value)),
        )
    };
    let difference = date
        .difference
        .map_or_else(|| "–".to_owned(), |i| plus_minus(i, Show::interval(hundred, i)));
    let draws = date.both.zip(date.neither).zip(date.only_first.zip(date.only_second));
    let share = |count: Option<u64>| match (count, draws) {
        (Some(count), Some(((both, neither), (a, b)))) => {
            percent(count as f64 / (both + neither + a + b).max(1) as f64)
        }
        _ => "–".to_owned(),
    };
    vec![
        chance(date.first),
        chance(date.second),
        Cell::Text(difference),
        Cell::Text(share(date.only_first)),
        Cell::Text(share(date.only_second)),
    ]
}

/// What each group of changes accounts for.
pub fn bridge_table(bridge: &Bridge) -> Table {
    let scale = bridge_scale(bridge);
    let show = |error: f64| Show { scale, error };
    let mut rows = vec![vec![
        Cell::Text("A".to_owned()),
        Cell::Number(bridge.from, show(bridge.error)),
        Cell::Empty,
        Cell::Empty,
    ]];
    for bar in &bridge.bars {
        rows.push(vec![
            Cell::Text(bar.name.clone()),
            Cell::Number(bar.value, show(bar.error)),
            Cell::Number(bar.error, show(bar.error)),
            Cell::Text(bar.keys.join("; ")),
        ]);
    }
    rows.push(vec![
        Cell::Text("B".to_owned()),
        Cell::Number(bridge.to, show(bridge.error)),
        Cell::Empty,
        Cell::Empty,
    ]);
    Table {
        title: heading(&bridge.label, &bridge.unit, scale),
        columns: vec![
            Column::words("group", "Change"),
            Column::numbers("value", "Accounts for", &bridge.unit),
            Column::numbers("error", "Error", &bridge.unit),
            Column::words("keys", "Keys"),
        ],
        rows,
        notes: bridge.notes.clone(),
    }
}

/// The unit of a bridge: percentage points for chances.
pub fn bridge_scale(bridge: &Bridge) -> Scale {
    if bridge.statistic == "probability" {
        return Scale { factor: 0.01, unit: "%" };
    }
    scale_of(&bridge.unit, [bridge.from, bridge.to])
}

/// Since when the headline metrics differ by more than the error.
pub fn apart_lines(comparison: &Comparison) -> Vec<String> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for (label, metric) in headline(comparison) {
        let Some(from) = &metric.apart_from else { continue };
        match found.iter_mut().find(|(quarter, _)| quarter == from) {
            Some((_, labels)) => labels.push(label),
            None => found.push((from.clone(), vec![label])),
        }
    }
    found.sort();
    found.into_iter().map(|(quarter, labels)| format!("{quarter}: {}", labels.join(", "))).collect()
}

/// Whether a date of a question comes out differently.
pub fn chance_differs(date: &DateDifference) -> bool {
    match (date.only_first, date.only_second) {
        (Some(a), Some(b)) => {
            a + b > 0 || date.difference.is_some_and(|difference| difference.value.abs() > 0.0)
        }
        _ => date.first != date.second,
    }
}

/// The headline metrics that do not move.
pub(super) fn still(comparison: &Comparison) -> Vec<&'static str> {
    let still =
        |metric: &MetricDifference| !metric.quarters.iter().chain(&metric.years).any(differs);
    headline(comparison).filter(|(_, metric)| still(metric)).map(|(label, _)| label).collect()
}
