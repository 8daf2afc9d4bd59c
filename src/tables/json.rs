//! JSON: an object with the columns, their units, and a list of rows by column name.

use super::{Audience, Cell, Table, TableFormat};
use serde_json::{Map, Value, json};

/// The format.
pub(super) struct Json;

impl TableFormat for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn render(&self, table: &Table, _width: Option<usize>) -> String {
        let chosen = table.columns_for(Audience::Programs);
        let column = |&at: &usize| {
            let column = &table.columns[at];
            json!({ "name": column.name, "heading": column.heading, "unit": column.unit })
        };
        let row = |row: &Vec<Cell>| {
            let cells = chosen.iter().map(|&at| {
                (table.columns[at].name.clone(), row.get(at).map_or(Value::Null, value))
            });
            Value::Object(cells.collect::<Map<_, _>>())
        };
        let value = json!({
            "title": table.title,
            "columns": chosen.iter().map(column).collect::<Vec<_>>(),
            "rows": table.rows.iter().map(row).collect::<Vec<_>>(),
            "notes": table.notes,
        });
        format!("{value:#}\n")
    }
}

/// What is not finite has no number in JSON: null.
fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Number(value, _) => json!(value),
        Cell::Count(count) => json!(count),
    }
}
