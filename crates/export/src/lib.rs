#![doc = include_str!("../README.md")]

mod compress;
pub mod csv;
mod encode_error;
mod export_error;
mod exported_call;
mod fingerprint;
mod format;
mod fs;
mod job;
mod journal;
mod json;
mod json_lines;
mod page_file;
mod parquet;
mod partition;
mod privacy;
mod progress;
mod read;
mod target;
pub mod vcon;
mod word_enum;

pub use encode_error::{EncodeError, EncodeErrorKind};
pub use export_error::{ExportError, ExportErrorKind};
pub use exported_call::{ExportedCall, FileSummary};
pub use fingerprint::TimeTexts;
pub use format::{Compression, EncodeOptions, Encoder, FilePosition, Format, Shape, encoder};
pub use fs::replace_file;
pub use job::{ExportEnd, ExportOutcome, Job, Leftover};
pub use page_file::{check_page, write_page};
pub use parquet::{ParquetField, merge_parquet, parquet_fields};
pub use partition::{PartitionBy, UnknownPartition};
pub use privacy::{PrivacyError, PrivacyMode, PrivacyPolicy};
pub use progress::{ExportEvent, ExportProgress, SourceProgress, UploadProgress, WriteProgress};
pub use read::{call_files, read_call_file, read_call_lines};
pub use target::{ExportTarget, staging::OnPartial};
