//! Merges Parquet files without decoding them.

use crate::{EncodeError, EncodeErrorKind};
use parquet::{
    column::writer::ColumnCloseResult,
    errors::ParquetError,
    file::{
        metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader},
        properties::WriterProperties,
        writer::SerializedFileWriter,
    },
};
use std::{fs::File, io::Write, path::Path, sync::Arc};

/// Writes the row groups of all `segments` to one file, as they are.
///
/// # Errors
///
/// - [`EncodeErrorKind::Options`]: there are no segments.
/// - [`EncodeErrorKind::Segment`]: one is not a Parquet file, or its columns differ from the first.
/// - [`EncodeErrorKind::Io`]: one cannot be opened, or `out` cannot be written.
pub fn merge_parquet<P: AsRef<Path>>(
    segments: &[P],
    out: impl Write + Send,
) -> Result<(), EncodeError> {
    let Some(first) = segments.first() else {
        return Err(EncodeError::new(EncodeErrorKind::Options, "there is nothing to merge"));
    };
    let (_, first) = open(first.as_ref())?;
    let metadata = first.file_metadata();
    let mut properties =
        WriterProperties::builder().set_key_value_metadata(metadata.key_value_metadata().cloned());
    if let Some(by) = metadata.created_by() {
        properties = properties.set_created_by(by.to_owned());
    }
    let schema = metadata.schema_descr().root_schema_ptr();
    let properties = Arc::new(properties.build());
    let mut writer = SerializedFileWriter::new(out, schema, properties).map_err(unwritten)?;
    for path in segments {
        let (file, segment) = open(path.as_ref())?;
        if segment.file_metadata().schema() != metadata.schema() {
            let what = format!("{} has other columns", path.as_ref().display());
            return Err(EncodeError::new(EncodeErrorKind::Segment, what));
        }
        copy(&file, &segment, &mut writer).map_err(unwritten)?;
    }
    writer.close().map(drop).map_err(unwritten)
}

fn open(path: &Path) -> Result<(File, ParquetMetaData), EncodeError> {
    let file = File::open(path).map_err(|error| {
        let what = format!("{} cannot be opened", path.display());
        EncodeError::caused_by(EncodeErrorKind::Io, what, error)
    })?;
    let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Optional);
    let metadata = reader.parse_and_finish(&file).map_err(|error| {
        let what = format!("{} is not a complete Parquet file", path.display());
        EncodeError::caused_by(EncodeErrorKind::Segment, what, error)
    })?;
    Ok((file, metadata))
}

fn copy<W: Write + Send>(
    file: &File,
    segment: &ParquetMetaData,
    writer: &mut SerializedFileWriter<W>,
) -> Result<(), ParquetError> {
    let index = segment.page_index();
    for (place, group) in segment.row_groups().iter().enumerate() {
        let mut copied = writer.next_row_group()?;
        for (column, metadata) in group.columns().iter().enumerate() {
            let result = ColumnCloseResult {
                bytes_written: u64::try_from(metadata.compressed_size()).unwrap_or_default(),
                rows_written: u64::try_from(group.num_rows()).unwrap_or_default(),
                metadata: metadata.clone(),
                bloom_filter: None,
                column_index: index.and_then(|i| i.column_index(place, column)).cloned(),
                offset_index: index.and_then(|i| i.offset_index(place, column)).cloned(),
            };
            copied.append_column(file, result)?;
        }
        copied.close()?;
    }
    Ok(())
}

fn unwritten(error: ParquetError) -> EncodeError {
    EncodeError::caused_by(EncodeErrorKind::Io, "the merged file could not be written", error)
}
