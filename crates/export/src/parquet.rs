//! Calls as Parquet: typed columns, written in row groups.

mod column_builder;
mod fields;
mod list_column;
mod merge;
mod properties;
mod read;
mod schema;

use crate::{
    Compression, EncodeError, EncodeErrorKind, EncodeOptions, Encoder, FilePosition, PrivacyPolicy,
    privacy::outgoing,
};
use arrow_array::RecordBatch;
use callfold_unify::model::Call;
pub use merge::merge_parquet;
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    errors::ParquetError,
};
pub(crate) use read::read_parquet;
use schema::RowBuffer;
pub use schema::{ParquetField, parquet_fields};
use std::borrow::Cow;

/// The most calls of a row group.
const GROUP_ROWS: usize = 1 << 14;
/// The encoded size at which a row group is written.
const GROUP_BYTES: usize = 4 << 20;
/// The most calls, and bytes of text, of a record batch.
const BATCH_ROWS: usize = 4096;
const BATCH_BYTES: usize = 8 << 20;

/// Encodes calls as record batches.
pub(crate) struct ColumnEncoder {
    rows: RowBuffer,
    raw: bool,
    privacy: PrivacyPolicy,
}

impl ColumnEncoder {
    pub(crate) fn new(options: &EncodeOptions) -> Self {
        let rows = RowBuffer::new(options.raw, &options.omit);
        Self { rows, raw: options.raw, privacy: options.privacy.clone() }
    }

    /// Encodes calls as record batches of limited size.
    pub(crate) fn encode(&mut self, calls: &[Box<Call>]) -> Result<Vec<RecordBatch>, EncodeError> {
        let mut batches = Vec::new();
        for call in calls {
            if self.push(call)? {
                batches.push(self.take()?);
            }
        }
        if self.rows.len() > 0 {
            batches.push(self.take()?);
        }
        Ok(batches)
    }

    /// Adds a call; returns whether the batch is full.
    fn push(&mut self, call: &Call) -> Result<bool, EncodeError> {
        let call: Cow<'_, Call> = outgoing(call, self.raw, &self.privacy);
        self.rows.push(&call)?;
        Ok(self.rows.len() >= BATCH_ROWS || self.rows.bytes() >= BATCH_BYTES)
    }

    fn take(&mut self) -> Result<RecordBatch, EncodeError> {
        RecordBatch::try_new(self.rows.schema(), self.rows.take()?).map_err(arrow_failed)
    }
}

pub(crate) struct Parquet {
    columns: ColumnEncoder,
    writer: ArrowWriter<Vec<u8>>,
}

impl Parquet {
    pub(crate) fn new(
        options: &EncodeOptions,
        position: FilePosition,
    ) -> Result<Self, EncodeError> {
        let refuse = |what: &str| Err(EncodeError::new(EncodeErrorKind::Options, what));
        if options.compression != Compression::None {
            return refuse("Parquet compresses by itself: leave the other compression out");
        }
        if position != FilePosition::Start {
            return refuse("Parquet cannot be appended to: merge files instead");
        }
        let columns = ColumnEncoder::new(options);
        let rows = &columns.rows;
        let properties = properties::properties(rows);
        let properties = ArrowWriterOptions::new().with_properties(properties);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), rows.schema(), properties);
        let writer = writer.map_err(failed)?;
        Ok(Self { columns, writer })
    }

    /// Appends a record batch.
    pub(crate) fn push_columns(
        &mut self,
        batch: &RecordBatch,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.writer.write(batch).map_err(failed)?;
        let rows = self.writer.in_progress_rows();
        if rows >= GROUP_ROWS || self.writer.in_progress_size() >= GROUP_BYTES {
            self.writer.flush().map_err(failed)?;
        }
        self.flush_to(out);
        Ok(())
    }

    /// Writes the buffered calls.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.columns.rows.len() == 0 {
            return Ok(());
        }
        let batch = self.columns.take()?;
        self.push_columns(&batch, out)
    }

    fn flush_to(&mut self, out: &mut Vec<u8>) {
        let written = self.writer.inner_mut();
        if out.is_empty() {
            std::mem::swap(out, written);
        } else {
            out.append(written);
        }
        *self.writer.inner_mut() = Vec::new();
    }
}

impl Encoder for Parquet {
    fn push(&mut self, calls: &[Box<Call>], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        for call in calls {
            if self.columns.push(call)? {
                self.write(out)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.write(out)?;
        self.writer.finish().map_err(failed)?;
        self.flush_to(out);
        Ok(())
    }
}

fn failed(error: ParquetError) -> EncodeError {
    EncodeError::caused_by(EncodeErrorKind::Encoder, "calls could not be written as Parquet", error)
}

fn arrow_failed(error: arrow_schema::ArrowError) -> EncodeError {
    EncodeError::caused_by(
        EncodeErrorKind::Encoder,
        "calls could not be converted to columns",
        error,
    )
}
