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
const GROUP_ROWS: usize = 1 << 15;
/// When a row group is written, by the bytes it will have.
const GROUP_BYTES: usize = 8 << 20;
/// How many calls, and how many bytes of text, become columns at a time.
const BATCH_ROWS: usize = 4096;
const BATCH_BYTES: usize = 8 << 20;

pub(crate) struct Parquet {
    rows: Rows,
    writer: ArrowWriter<Vec<u8>>,
    raw: bool,
    privacy: PrivacyPolicy,
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
        let rows = Rows::new(options.raw, &options.omit);
        let properties = properties::properties(&rows);
        let properties = ArrowWriterOptions::new().with_properties(properties);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), rows.schema(), properties);
        let (raw, privacy) = (options.raw, options.privacy.clone());
        Ok(Self { rows, writer: writer.map_err(failed)?, raw, privacy })
    }

    /// Hands the gathered calls to the columns, and ends a row group that is full.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.rows.len() == 0 {
            return Ok(());
        }
        let schema = self.rows.schema();
        let batch = RecordBatch::try_new(schema, self.rows.take()?).map_err(arrow_failed)?;
        self.writer.write(&batch).map_err(failed)?;
        let rows = self.writer.in_progress_rows();
        if rows >= GROUP_ROWS || self.writer.in_progress_size() >= GROUP_BYTES {
            self.writer.flush().map_err(failed)?;
        }
        self.hand_over(out);
        Ok(())
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
            let call: Cow<'_, Call> = outgoing(call, self.raw, &self.privacy);
            self.rows.push(&call)?;
            if self.rows.len() >= BATCH_ROWS || self.rows.bytes() >= BATCH_BYTES {
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
