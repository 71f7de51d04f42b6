#![doc = include_str!("../README.md")]

mod compress;
pub mod csv;
mod error;
mod format;
mod job;
mod journal;
mod json;
mod jsonl;
mod parquet;
mod partition;
mod privacy;
mod progress;
mod target;
pub mod vcon;

pub use error::{EncodeError, EncodeErrorKind};
pub use format::{Compression, EncodeOptions, Encoder, Format, Position, Shape, encoder};
pub use job::{
    End, Job, Left, Outcome,
    asked::TimeWords,
    error::{ExportError, ExportErrorKind},
};
pub use parquet::{ParquetField, merge_parquet, parquet_fields};
pub use partition::{PartitionBy, UnknownPartition};
pub use privacy::{PrivacyError, PrivacyMode, PrivacyPolicy};
pub use progress::{Event, Progress, SourceProgress, Uploaded, Written};
pub use target::{Target, private::replace_file, staging::Begin};
