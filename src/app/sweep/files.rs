//! Files that are read once, however many scenarios are made of them.

use std::collections::BTreeMap;
use std::io;
use std::sync::RwLock;

use crate::app::Disk;
use crate::app::data_file::{Column, DataFile, Format, Kind, Values};
use crate::scenario::FileReader;
use crate::tables::{Cell, Table};

/// Texts by path.
#[derive(Debug, Default)]
pub(super) struct Remembered(RwLock<BTreeMap<String, String>>);

impl FileReader for Remembered {
    fn read(&self, path: &str) -> io::Result<String> {
        // A thread that died holding the lock left whole texts behind.
        let known = self.0.read().ok().and_then(|texts| texts.get(path).cloned());
        if let Some(text) = known {
            return Ok(text);
        }
        let text = Disk.read(path)?;
        if let Ok(mut texts) = self.0.write() {
            texts.insert(path.to_owned(), text.clone());
        }
        Ok(text)
    }
}

/// A table as a Parquet file, its columns typed by what is in them.
pub(super) fn parquet_of(table: &Table) -> io::Result<Vec<u8>> {
    let typed: Vec<(Column, Values<'_>)> = (0..table.columns.len())
        .map(|at| {
            let cells: Vec<&Cell> = table.rows.iter().filter_map(|row| row.get(at)).collect();
            let (kind, values) = typed(&cells);
            (Column { name: table.columns[at].name.clone(), kind }, values)
        })
        .collect();
    let (columns, values): (Vec<_>, Vec<_>) = typed.into_iter().unzip();
    let mut file = DataFile::begin(Vec::new(), Format::Parquet, &columns, &[])?;
    file.write(&values)?;
    file.finish()
}

fn typed(cells: &[&Cell]) -> (Kind, Values<'static>) {
    let count = |cell: &&Cell| match cell {
        Cell::Count(count) => i64::try_from(*count).ok(),
        _ => None,
    };
    let number = |cell: &&Cell| match cell {
        Cell::Number(number, _) => Some(Some(*number)),
        Cell::Empty => Some(None),
        _ => None,
    };
    let text = |cell: &&Cell| match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(number, _) => number.to_string(),
        Cell::Count(count) => count.to_string(),
        Cell::Empty => String::new(),
    };
    if let Some(counts) = cells.iter().map(count).collect() {
        return (Kind::Counts, Values::Counts(counts));
    }
    if let Some(numbers) = cells.iter().map(number).collect() {
        return (Kind::NumbersOrNot, Values::NumbersOrNot(numbers));
    }
    (Kind::Texts, Values::Texts(cells.iter().map(text).collect()))
}
