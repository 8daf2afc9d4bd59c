//! A sweep as tables: tidy, one row for each point and figure; and the points that failed.

use super::{Cell, Column, FORMATS, Table};
use crate::results::{LEVELS, Sweep, SweptCell, SweptKey, SweptPoint, SweptValue};
use crate::units::Scale;

use super::round::Show;

/// Numbers in full: only programs read these tables.
const EXACT: Show = Show { scale: Scale { factor: 1.0, unit: "" }, error: 0.0 };

/// One row for each point and figure.
pub fn sweep_table(sweep: &Sweep) -> Table {
    let mut columns = vec![Column::numbers("point", "Point", "")];
    columns.extend(keys(sweep));
    for name in ["figure", "unit"] {
        columns.push(Column::words(name, name));
    }
    for name in ["mean", "mean_error"] {
        columns.push(Column::numbers(name, name, ""));
    }
    for level in LEVELS {
        let name = format!("p{}", (100.0 * level).round());
        columns.push(Column::numbers(&name, &name, ""));
    }
    for name in ["chance", "chance_low", "chance_high"] {
        columns.push(Column::numbers(name, name, ""));
    }
    let mut rows = Vec::new();
    for (at, point) in sweep.points.iter().enumerate() {
        for (position, figure) in sweep.figures.iter().enumerate() {
            let Some(cell) = point.cell(position) else { continue };
            let mut row = values(sweep, at, point);
            row.push(Cell::Text(figure.name.clone()));
            row.push(Cell::Text(figure.unit.clone()));
            row.extend(numbers(cell));
            rows.push(row);
        }
    }
    Table { title: "Points of the sweep".to_owned(), columns, rows, notes: Vec::new() }
}

/// The points that could not be run, with the reason.
pub fn failed_points_table(sweep: &Sweep) -> Table {
    let mut columns = vec![Column::numbers("point", "Point", "")];
    columns.extend(keys(sweep));
    columns.push(Column::words("reason", "Reason"));
    let rows = sweep.failed().map(|(number, point, why)| {
        let mut row = values(sweep, number - 1, point);
        row.push(Cell::Text(why.to_owned()));
        row
    });
    let rows = rows.collect();
    Table { title: "Points that failed".to_owned(), columns, rows, notes: Vec::new() }
}

/// A table of a sweep as CSV.
pub fn sweep_csv(table: &Table) -> String {
    let csv = FORMATS.iter().find(|format| format.name() == "csv");
    csv.map_or_else(String::new, |format| format.render(table, None))
}

fn keys(sweep: &Sweep) -> impl Iterator<Item = Column> + '_ {
    sweep.keys.iter().map(|key| Column::words(&key.column(), &key.name))
}

fn values(sweep: &Sweep, at: usize, point: &SweptPoint) -> Vec<Cell> {
    let value = |(key, value): (&SweptKey, &SweptValue)| match value.number {
        Some(number) if key.numeric || key.factor => Cell::Number(number, EXACT),
        _ => Cell::Text(value.text.clone()),
    };
    let number = Cell::Count(at as u64 + 1);
    std::iter::once(number).chain(sweep.keys.iter().zip(&point.values).map(value)).collect()
}

/// Mean, error, percentiles, chance with its interval: empty where a figure has none.
fn numbers(cell: &SweptCell) -> Vec<Cell> {
    let exact = |x: f64| Cell::Number(x, EXACT);
    match cell {
        SweptCell::Metric(statistics) => {
            let mut row = vec![exact(statistics.mean), exact(statistics.mean_error)];
            row.extend(statistics.percentiles.iter().map(|interval| exact(interval.value)));
            row.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
            row
        }
        SweptCell::Chance(chance) => {
            let mut row = vec![Cell::Empty; 2 + LEVELS.len()];
            row.extend([exact(chance.value), exact(chance.low), exact(chance.high)]);
            row
        }
    }
}
