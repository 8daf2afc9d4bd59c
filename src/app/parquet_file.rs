//! Parquet files, without Arrow: one row group for each group of rows.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::data_file::{Column, Kind, Values};

/// A file that is being written.
pub(super) struct ParquetFile<W: Write + Send>(SerializedFileWriter<W>);

impl<W: Write + Send> ParquetFile<W> {
    pub(super) fn begin(to: W, columns: &[Column], notes: &[(&str, String)]) -> io::Result<Self> {
        let fields: Vec<_> = columns
            .iter()
            .map(|column| field(column).map(Arc::new))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        let schema =
            Type::group_type_builder("rows").with_fields(fields).build().map_err(failed)?;
        let notes = notes.iter().map(|(key, text)| KeyValue::new((*key).to_owned(), text.clone()));
        let properties = WriterProperties::builder()
            .set_created_by(concat!("fleetcast ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            // Numbers hardly ever come twice.
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            // Of no use for whole columns, and kept in memory to the end.
            .set_offset_index_disabled(true)
            .set_key_value_metadata(Some(notes.collect()))
            .build();
        let writer = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties));
        Ok(Self(writer.map_err(failed)?))
    }

    pub(super) fn write(&mut self, values: &[Values<'_>]) -> io::Result<()> {
        self.group(values).map_err(failed)
    }

    fn group(&mut self, values: &[Values<'_>]) -> Result<(), ParquetError> {
        let mut group = self.0.next_row_group()?;
        for values in values {
            let Some(mut column) = group.next_column()? else { break };
            match values {
                Values::Counts(values) => {
                    column.typed::<Int64Type>().write_batch(values, None, None)?;
                }
                Values::Numbers(values) => {
                    column.typed::<DoubleType>().write_batch(values, None, None)?;
                }
                Values::NumbersOrNot(values) => {
                    let there: Vec<i16> = values.iter().map(|x| i16::from(x.is_some())).collect();
                    let values: Vec<f64> = values.iter().copied().flatten().collect();
                    column.typed::<DoubleType>().write_batch(&values, Some(&there), None)?;
                }
                Values::Texts(values) => {
                    let texts: Vec<ByteArray> =
                        values.iter().map(|text| ByteArray::from(text.as_str())).collect();
                    column.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
                }
            }
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Writes what follows the rows.
    pub(super) fn finish(self) -> io::Result<W> {
        self.0.into_inner().map_err(failed)
    }
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let (physical, repetition) = match column.kind {
        Kind::Counts => (Physical::INT64, Repetition::REQUIRED),
        Kind::Numbers => (Physical::DOUBLE, Repetition::REQUIRED),
        Kind::NumbersOrNot => (Physical::DOUBLE, Repetition::OPTIONAL),
        Kind::Texts => (Physical::BYTE_ARRAY, Repetition::REQUIRED),
    };
    let text = (column.kind == Kind::Texts).then_some(LogicalType::String);
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(repetition)
        .with_logical_type(text)
        .build()
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::data_file::{DataFile, Format};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    #[test]
    fn a_file_is_read_back_as_it_was_written() {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let columns = [
            column("draw", Kind::Counts),
            column("fleet.h100e@2026Q4", Kind::Numbers),
            column("p50", Kind::NumbersOrNot),
            column("figure", Kind::Texts),
        ];
        let write = || {
            let notes = [("seed", "7".to_owned())];
            let mut file = DataFile::begin(Vec::new(), Format::Parquet, &columns, &notes).unwrap();
            for group in 0..3 {
                let number = f64::from(group as i32);
                file.write(&[
                    Values::Counts(vec![2 * group, 2 * group + 1]),
                    Values::Numbers(&[number, f64::NAN]),
                    Values::NumbersOrNot(vec![None, Some(1e-12)]),
                    Values::Texts(vec!["a".to_owned(), "é".to_owned()]),
                ])
                .unwrap();
            }
            file.finish().unwrap()
        };
        let bytes = write();
        assert_eq!(bytes, write());
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let meta = reader.metadata();
        assert_eq!((meta.num_row_groups(), meta.file_metadata().num_rows()), (3, 6));
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows[4].get_long(0).unwrap(), 4);
        assert!((rows[4].get_double(1).unwrap() - 2.0).abs() < 1e-15);
        assert!(rows[5].get_double(1).unwrap().is_nan());
        assert!(rows[4].get_double(2).is_err() && rows[5].get_double(2).is_ok());
        assert_eq!(rows[5].get_string(3).unwrap(), "é");
    }
}
