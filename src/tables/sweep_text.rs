//! A sweep for the terminal: a matrix for two keys, rows for all else.

use std::ops::Range;

use super::round::{counted, median_and_range, percent, percent_range, scale_of, text_of};
use super::terminal::natural_width;
use super::{Align, Cell, Column, FORMATS, Show, Table};
use crate::results::{LEVELS, Sweep, SweptCell, SweptKey};
use crate::units::Scale;

/// Most points that are listed one by one; the rest is in the files.
const LISTED: usize = 24;

/// The sweep as text, no wider than `width` where it can be broken.
pub fn sweep_text(sweep: &Sweep, width: usize) -> String {
    let tables = match sweep.keys.as_slice() {
        [down, across] if sweep.design == "grid" && down.values.len() * across.values.len() > 1 => {
            let figures = 0..sweep.figures.len();
            let matrices: Vec<Table> =
                figures.map(|figure| matrix(sweep, figure, (down, across))).collect();
            let fits = |table: &Table| natural_width(table) <= width;
            if matrices.iter().all(fits) { matrices } else { lists(sweep, width) }
        }
        _ => lists(sweep, width),
    };
    let terminal = FORMATS.iter().find(|format| format.name() == "terminal");
    let text = |table: &Table| terminal.map(|format| format.render(table, Some(width)));
    tables.iter().filter_map(text).collect::<Vec<String>>().join("\n")
}

/// Medians, or chances, by the values of two keys.
fn matrix(sweep: &Sweep, figure: usize, (down, across): (&SweptKey, &SweptKey)) -> Table {
    let about = &sweep.figures[figure];
    let scale = scale(sweep, figure);
    let mut columns =
        vec![Column::words("down", &format!("{} ↓  {} →", down.column(), across.column()))];
    columns.extend(
        across.values.iter().map(|value| Column {
            align: Align::Right,
            ..Column::words(&value.text, &value.shown())
        }),
    );
    let count = across.values.len();
    let rows = down.values.iter().enumerate().map(|(i, value)| {
        let cells = (0..count).map(|j| {
            let cell = sweep.points.get(i * count + j).and_then(|point| point.cell(figure));
            Cell::Text(cell.map_or_else(|| "failed".to_owned(), |cell| middle(cell, scale)))
        });
        std::iter::once(Cell::Text(value.shown())).chain(cells).collect()
    });
    let rows = rows.collect();
    let what = if is_chance(sweep, figure) { "chance" } else { "median" };
    let title = format!("{}: {what}{}", text_of(&about.label), in_unit(scale.unit));
    Table { title, columns, rows, notes: Vec::new() }
}

/// Lists of points, each with as many figures as there is room for.
fn lists(sweep: &Sweep, width: usize) -> Vec<Table> {
    let (mut tables, mut first) = (Vec::new(), 0);
    while first < sweep.figures.len() {
        let fits = |end: &usize| natural_width(&rows(sweep, first..*end)) <= width;
        let end = (first + 2..=sweep.figures.len()).take_while(fits).last().unwrap_or(first + 1);
        tables.push(rows(sweep, first..end));
        first = end;
    }
    // What holds for all of them stands above and below the whole.
    let last = tables.len().saturating_sub(1);
    for (at, table) in tables.iter_mut().enumerate() {
        if at > 0 {
            table.title.clear();
        }
        if at < last {
            table.notes.clear();
        }
    }
    tables
}

/// One row for each point: its values, and figures with their ranges.
fn rows(sweep: &Sweep, figures: Range<usize>) -> Table {
    let right =
        |name: &str, heading: &str| Column { align: Align::Right, ..Column::words(name, heading) };
    let mut columns = vec![right("point", "Point")];
    columns.extend(sweep.keys.iter().map(|key| right(&key.name, &key.column())));
    let scales: Vec<Scale> = (0..sweep.figures.len()).map(|figure| scale(sweep, figure)).collect();
    for (at, figure) in figures.clone().map(|at| (at, &sweep.figures[at])) {
        let unit = if is_chance(sweep, at) { ", %".to_owned() } else { in_unit(scales[at].unit) };
        columns.push(right(&figure.name, &format!("{}{unit}", figure.label)));
    }
    let shown = sweep.points.iter().enumerate().take(LISTED);
    let rows = shown.map(|(at, point)| {
        let mut row = vec![Cell::Count(at as u64 + 1)];
        row.extend(point.values.iter().map(|value| Cell::Text(value.shown())));
        for (figure, scale) in figures.clone().map(|at| (at, &scales[at])) {
            let text = match (&point.outcome, point.cell(figure)) {
                (Err(_), _) => "failed".to_owned(),
                (_, None) => "n/a".to_owned(),
                (_, Some(cell)) => ranged(cell, *scale),
            };
            row.push(Cell::Text(text));
        }
        row
    });
    let rows = rows.collect();
    let mut notes = Vec::new();
    if sweep.points.len() > LISTED {
        let more = sweep.points.len() - LISTED;
        let (points, are) = (counted(more as u64, "point"), if more == 1 { "is" } else { "are" });
        notes.push(format!("{points} more {are} in sweep.csv."));
    }
    let title = "Medians with 5th and 95th percentile; chances with their 95 % interval".to_owned();
    Table { title, columns, rows, notes }
}

fn is_chance(sweep: &Sweep, figure: usize) -> bool {
    let mut cells = sweep.points.iter().filter_map(|point| point.cell(figure));
    cells.any(|cell| matches!(cell, SweptCell::Chance(_)))
}

fn in_unit(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(", {unit}") }
}

/// One unit for all points.
fn scale(sweep: &Sweep, figure: usize) -> Scale {
    let cells = sweep.points.iter().filter_map(|point| point.cell(figure));
    scale_of(&sweep.figures[figure].unit, cells.map(SweptCell::middle))
}

fn middle(cell: &SweptCell, scale: Scale) -> String {
    match cell {
        SweptCell::Metric(_) => Show { scale, error: cell.error() }.text(cell.middle()),
        SweptCell::Chance(chance) => percent(chance.value),
    }
}

fn ranged(cell: &SweptCell, scale: Scale) -> String {
    match cell {
        SweptCell::Metric(statistics) => {
            let at = |k: usize| scale.apply(statistics.percentiles[k].value);
            let error = scale.apply(cell.error());
            median_and_range(at(LEVELS.len() / 2), at(0), at(LEVELS.len() - 1), error)
        }
        SweptCell::Chance(chance) => percent_range(*chance),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Interval, SweptFigure, SweptPoint, SweptValue};

    /// A sweep of `points` values of one key with `figures` chances, the second point failed.
    fn sweep(points: usize, figures: usize) -> Sweep {
        let value =
            |k: usize| SweptValue { text: format!("0.{k:02}"), number: Some(k as f64 / 100.0) };
        let chance = |k: usize| Interval { value: 0.2, low: 0.1, high: 0.3 + k as f64 / 1000.0 };
        let point = |k: usize| SweptPoint {
            values: vec![value(k)],
            outcome: match k {
                1 => Err("out of range".to_owned()),
                _ => Ok((0..figures).map(|k| Some(SweptCell::Chance(chance(k)))).collect()),
            },
        };
        let figure = |k: usize| SweptFigure {
            name: format!("target-{k}"),
            label: format!("Target {k} of some length"),
            unit: String::new(),
            chance: true,
        };
        Sweep {
            design: "sampled".to_owned(),
            keys: vec![SweptKey {
                name: "fleet.repaired".to_owned(),
                factor: false,
                unit: String::new(),
                numeric: true,
                values: Vec::new(),
            }],
            figures: (0..figures).map(figure).collect(),
            points: (0..points).map(point).collect(),
            ..Sweep::default()
        }
    }

    #[test]
    fn lists_too_wide_are_split_by_figures_and_every_part_has_the_keys() {
        let sweep = sweep(3, 5);
        let whole = rows(&sweep, 0..5);
        assert_eq!(lists(&sweep, natural_width(&whole)), std::slice::from_ref(&whole));
        let two = natural_width(&rows(&sweep, 0..2));
        assert!(two < natural_width(&whole));
        let parts = lists(&sweep, two);
        let names: Vec<Vec<&str>> = parts
            .iter()
            .map(|part| part.columns.iter().map(|column| column.name.as_str()).collect())
            .collect();
        let with = |rest: &[&'static str]| [&["point", "fleet.repaired"], rest].concat();
        assert_eq!(
            names,
            [with(&["target-0", "target-1"]), with(&["target-2", "target-3"]), with(&["target-4"])]
        );
        for part in &parts {
            assert!(natural_width(part) <= two);
            assert_eq!(part.rows.len(), 3);
            assert!(part.rows.iter().all(|row| row.len() == part.columns.len()));
            assert_eq!(part.rows[1][2].shown(), "failed");
        }
        // However narrow, a part has at least one figure.
        assert_eq!(lists(&sweep, 1).len(), 5);
    }

    #[test]
    fn what_holds_for_all_parts_stands_above_the_first_and_below_the_last() {
        let sweep = sweep(LISTED + 2, 3);
        let parts = lists(&sweep, 1);
        assert_eq!(parts.len(), 3);
        let titled: Vec<bool> = parts.iter().map(|part| !part.title.is_empty()).collect();
        assert_eq!(titled, [true, false, false]);
        let notes: Vec<&[String]> = parts.iter().map(|part| part.notes.as_slice()).collect();
        assert_eq!(notes[..2], [&[] as &[String], &[]]);
        assert_eq!(notes[2], ["2 points more are in sweep.csv."]);
        let one_more = super::lists(&self::sweep(LISTED + 1, 1), 80);
        assert_eq!(one_more[0].notes, ["1 point more is in sweep.csv."]);
        let text = sweep_text(&sweep, 40);
        assert_eq!(text.matches("Medians with 5th").count(), 1, "{text}");
    }
}
