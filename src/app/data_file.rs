//! Files of columns for other programs, written a group of rows at a time: Parquet or CSV. The same rows
//! give the same bytes.

use std::io::{self, Write};

/// A format of such files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet, compressed with Snappy.
    Parquet,
    /// CSV, numbers in full.
    Csv,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// What it holds.
    pub(super) kind: Kind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole numbers.
    Counts,
    /// Numbers; not a number is one of them.
    Numbers,
    /// Numbers, or nothing.
    NumbersOrNot,
    /// Texts.
    Texts,
}

/// Values of a column in a group of rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values<'a> {
    /// Whole numbers.
    Counts(Vec<i64>),
    /// Numbers.
    Numbers(&'a [f64]),
    /// Numbers, or nothing.
    NumbersOrNot(Vec<Option<f64>>),
    /// Texts.
    Texts(Vec<String>),
}

impl Format {
    /// The ending of such files.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }

    /// Whether this program can write it.
    pub(super) fn is_available(self) -> bool {
        match self {
            Self::Parquet => cfg!(feature = "parquet"),
            Self::Csv => true,
        }
    }
}

/// A file that is being written.
pub(super) enum DataFile<W: Write + Send> {
    /// CSV.
    Csv(W),
    /// Parquet.
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet_file::ParquetFile<W>>),
}

impl<W: Write + Send> DataFile<W> {
    /// Begins it. `notes` are put into a Parquet file, by key.
    pub(super) fn begin(
        mut to: W,
        format: Format,
        columns: &[Column],
        notes: &[(&str, String)],
    ) -> io::Result<Self> {
        match format {
            Format::Csv => {
                line(&mut to, columns.iter().map(|column| quoted(&column.name)))?;
                Ok(Self::Csv(to))
            }
            #[cfg(feature = "parquet")]
            Format::Parquet => {
                let file = super::parquet_file::ParquetFile::begin(to, columns, notes)?;
                Ok(Self::Parquet(Box::new(file)))
            }
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => {
                let _ = notes;
                Err(io::Error::new(io::ErrorKind::Unsupported, "built without Parquet"))
            }
        }
    }

    /// Writes a group of rows: for each column as many values.
    pub(super) fn write(&mut self, values: &[Values<'_>]) -> io::Result<()> {
        match self {
            Self::Csv(to) => {
                let rows = values.first().map_or(0, Values::len);
                let mut group = Vec::new();
                for row in 0..rows {
                    line(&mut group, values.iter().map(|values| values.text(row)))?;
                }
                to.write_all(&group)
            }
            #[cfg(feature = "parquet")]
            Self::Parquet(file) => file.write(values),
        }
    }

    /// Ends it.
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Csv(mut to) => {
                to.flush()?;
                Ok(to)
            }
            #[cfg(feature = "parquet")]
            Self::Parquet(file) => file.finish(),
        }
    }
}

impl Values<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Counts(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::NumbersOrNot(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }

    fn text(&self, row: usize) -> String {
        let number = |x: f64| if x.is_nan() { String::new() } else { x.to_string() };
        match self {
            Self::Counts(values) => values[row].to_string(),
            Self::Numbers(values) => number(values[row]),
            Self::NumbersOrNot(values) => values[row].map_or_else(String::new, number),
            Self::Texts(values) => quoted(&values[row]),
        }
    }
}

fn line(to: &mut impl Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            to.write_all(b",")?;
        }
        to.write_all(cell.as_bytes())?;
    }
    to.write_all(b"\n")
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_has_a_line_for_each_row() {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let columns = [
            column("draw", Kind::Counts),
            column("a,b", Kind::Numbers),
            column("c", Kind::NumbersOrNot),
            column("d", Kind::Texts),
        ];
        let mut file = DataFile::begin(Vec::new(), Format::Csv, &columns, &[]).unwrap();
        let texts = vec!["x".to_owned(), "say \"y\"".to_owned()];
        file.write(&[
            Values::Counts(vec![0, 1]),
            Values::Numbers(&[1.5, f64::NAN]),
            Values::NumbersOrNot(vec![None, Some(1e-12)]),
            Values::Texts(texts),
        ])
        .unwrap();
        let text = String::from_utf8(file.finish().unwrap()).unwrap();
        assert_eq!(text, "draw,\"a,b\",c,d\n0,1.5,,x\n1,,0.000000000001,\"say \"\"y\"\"\"\n");
    }
}
