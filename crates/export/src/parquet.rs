//! Calls as Parquet: typed columns, written in row groups while calls come.

mod cells;
mod list;
mod merge;
mod properties;
mod schema;

use crate::{
    Compression, EncodeError, EncodeErrorKind, EncodeOptions, Encoder, Position, PrivacyPolicy,
    privacy::outgoing,
};
use arrow_array::RecordBatch;
use callfold_unify::model::Call;
pub use merge::merge_parquet;
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    errors::ParquetError,
};
use schema::Rows;
pub use schema::{ParquetField, parquet_fields};
use std::borrow::Cow;

/// The most calls of a row group, unless [`GROUP_BYTES`] is reached before.
const GROUP_ROWS: usize = 1 << 14;
/// When a row group is written, by the bytes it will have.
const GROUP_BYTES: usize = 4 << 20;
/// How many calls, and how many bytes of text, become columns at a time.
const BATCH_ROWS: usize = 4096;
const BATCH_BYTES: usize = 8 << 20;

/// Puts calls in columns.
pub(crate) struct Columns {
    rows: Rows,
    raw: bool,
    privacy: PrivacyPolicy,
}

impl Columns {
    pub(crate) fn new(options: &EncodeOptions) -> Self {
        let rows = Rows::new(options.raw, &options.omit);
        Self { rows, raw: options.raw, privacy: options.privacy.clone() }
    }

    /// The calls as columns: as many times as are not too large.
    pub(crate) fn of(&mut self, calls: &[Box<Call>]) -> Result<Vec<RecordBatch>, EncodeError> {
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

    /// Adds a call, and tells whether it is time to take what there is.
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
    columns: Columns,
    writer: ArrowWriter<Vec<u8>>,
}

impl Parquet {
    pub(crate) fn new(options: &EncodeOptions, position: Position) -> Result<Self, EncodeError> {
        let refuse = |what: &str| Err(EncodeError::new(EncodeErrorKind::Options, what));
        if options.compression != Compression::None {
            return refuse("Parquet compresses by itself: leave the other compression out");
        }
        if position != Position::Start {
            return refuse("Parquet cannot be appended to: merge files instead");
        }
        let columns = Columns::new(options);
        let rows = &columns.rows;
        let properties = properties::properties(rows);
        let properties = ArrowWriterOptions::new().with_properties(properties);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), rows.schema(), properties);
        let writer = writer.map_err(failed)?;
        Ok(Self { columns, writer })
    }

    /// Appends calls that are in columns already.
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
        self.hand_over(out);
        Ok(())
    }

    /// Writes the gathered calls, and ends a row group that is full.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.columns.rows.len() == 0 {
            return Ok(());
        }
        let batch = self.columns.take()?;
        self.push_columns(&batch, out)
    }

    fn hand_over(&mut self, out: &mut Vec<u8>) {
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
        self.hand_over(out);
        Ok(())
    }
}

fn failed(error: ParquetError) -> EncodeError {
    EncodeError::caused(EncodeErrorKind::Encoder, "calls could not be written as Parquet", error)
}

fn arrow_failed(error: arrow_schema::ArrowError) -> EncodeError {
    EncodeError::caused(EncodeErrorKind::Encoder, "calls could not be put in columns", error)
}
