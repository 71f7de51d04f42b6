//! Where encoded batches are written.

mod append;
mod durable_file;
mod file_per_call;
mod partitions;
mod segments;
mod stream;

pub(super) use append::AppendSink;
pub(super) use file_per_call::{CallFile, FilePerCall};
pub(super) use partitions::PartitionSink;
pub(super) use segments::SegmentSink;
pub(super) use stream::StreamSink;

use super::Calls;
use crate::{
    Compression, EncodeOptions, ExportError, ExportErrorKind, FilePosition, Shape, encoder,
    journal::{CommittedFile, CommittedFiles},
};
use arrow_array::RecordBatch;
use callfold_transport::PooledBuf;
use callfold_unify::model::Call;
use std::{
    fs::File,
    io::{Seek, SeekFrom},
    path::Path,
};

/// An encoded batch, in the form that the sink takes.
pub(super) enum EncodedContent {
    /// Bytes to append.
    Bytes(PooledBuf),
    /// Columns, which the sink collects into row groups.
    Columns(Vec<RecordBatch>),
    /// Calls, because only the sink knows the file of each.
    Calls(Calls),
    /// A file per call.
    Files(Vec<CallFile>),
}

/// The cost of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitCost {
    /// It syncs one file.
    Cheap,
    /// It syncs many files.
    Moderate,
    /// It ends a file, and many of them are bad for readers.
    EndsFile,
}

/// Writes encoded batches, in order.
pub(super) trait Sink: Send {
    fn put(&mut self, content: EncodedContent) -> Result<(), ExportError>;

    /// Makes everything so far durable.
    fn commit(&mut self) -> Result<CommittedFiles, ExportError>;

    /// Writes what ends the files, and commits.
    fn finish(&mut self) -> Result<CommittedFiles, ExportError> {
        self.commit()
    }

    fn commit_cost(&self) -> CommitCost {
        CommitCost::Cheap
    }

    /// Bytes and files so far.
    fn size(&self) -> (u64, u64);
}

/// A sink that ignores everything, until the real one is open.
pub(super) struct NullSink;

impl Sink for NullSink {
    fn put(&mut self, _: EncodedContent) -> Result<(), ExportError> {
        Ok(())
    }

    fn commit(&mut self) -> Result<CommittedFiles, ExportError> {
        Ok(CommittedFiles::default())
    }

    fn size(&self) -> (u64, u64) {
        (0, 0)
    }
}

/// How files are encoded.
#[derive(Clone, Debug)]
pub(super) struct EncodeConfig {
    pub(super) shape: Shape,
    pub(super) options: EncodeOptions,
}

impl EncodeConfig {
    /// Encodes calls in an appendable format.
    pub(super) fn encode(
        &self,
        calls: &[Box<Call>],
        position: FilePosition,
        out: &mut Vec<u8>,
    ) -> Result<(), ExportError> {
        let mut encoder = encoder(self.shape.format, &self.options, position)?;
        encoder.push(calls, out)?;
        encoder.finish(out)?;
        Ok(())
    }

    /// The start of a file, before any call.
    fn header(&self) -> Result<Vec<u8>, ExportError> {
        let mut header = Vec::new();
        self.encode(&[], FilePosition::Start, &mut header)?;
        Ok(header)
    }

    /// A complete file without calls. A compressed file is never zero bytes long.
    fn empty_file(&self) -> Result<Vec<u8>, ExportError> {
        let mut out = self.header()?;
        let compressed = match self.shape.compression {
            Compression::Gzip if out.is_empty() => {
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()).finish()
            }
            Compression::Zstd if out.is_empty() => zstd::bulk::compress(&[], 1),
            _ => Ok(Vec::new()),
        };
        // Writing to memory cannot fail.
        out.extend(compressed.unwrap_or_default());
        Ok(out)
    }
}

/// Reopens a committed file to append to it, and cuts off uncommitted bytes.
fn reopen(data: &Path, committed: &CommittedFile) -> Result<File, ExportError> {
    let path = data.join(&committed.path);
    let open = || {
        let mut file = File::options().write(true).open(&path)?;
        let length = file.metadata()?.len();
        if length >= committed.bytes {
            file.set_len(committed.bytes)?;
            file.seek(SeekFrom::End(0))?;
        }
        Ok((file, length))
    };
    match open() {
        Ok((file, length)) if length >= committed.bytes => Ok(file),
        Ok(_) => Err(damaged(&path)),
        Err(error) => Err(ExportError::io("resumed", &path, error)),
    }
}

/// Checks the size of a committed file that is not appended to.
fn check(data: &Path, committed: &CommittedFile) -> Result<(), ExportError> {
    let path = data.join(&committed.path);
    match path.metadata() {
        Ok(found) if found.len() == committed.bytes => Ok(()),
        Ok(_) => Err(damaged(&path)),
        Err(error) => Err(ExportError::io("resumed", &path, error)),
    }
}

fn damaged(path: &Path) -> ExportError {
    let problem = format!("{} was changed since, and cannot be resumed", path.display());
    ExportError::new(ExportErrorKind::NotResumable, problem, "")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::{Format, PartitionBy};
    use callfold_unify::model::CallId;
    use std::fs;

    fn config(format: Format) -> EncodeConfig {
        let shape = Shape { format, compression: Compression::None };
        EncodeConfig { shape, options: EncodeOptions::default() }
    }

    fn call() -> Box<Call> {
        Box::new(Call::new(CallId::new("vendor", "clinic", "1")))
    }

    /// Checks that a commit syncs the directory of a new file, which fails once it is gone.
    #[track_caller]
    fn check(mut sink: Box<dyn Sink>, directory: &Path, content: EncodedContent) {
        sink.put(content).expect("a batch is written");
        fs::rename(directory, directory.with_extension("moved")).expect("a name");
        let error = sink.commit().expect_err("the directory has gone");
        assert_eq!(error.kind(), ExportErrorKind::Io);
        assert!(error.to_string().contains("no such file"), "{error}");
    }

    #[test]
    fn new_file_counts_once_its_directory_is_durable() {
        let root = tempfile::tempdir().unwrap();
        let committed = CommittedFiles::default();
        let data = |name: &str| {
            let data = root.path().join(name);
            fs::create_dir(&data).unwrap();
            data
        };
        let appended = data("appended");
        let sink = AppendSink::open(&appended, &committed, config(Format::Jsonl)).unwrap();
        let bytes = callfold_transport::BufferPool::default().take();
        check(Box::new(sink), &appended, EncodedContent::Bytes(bytes));

        let segments = data("segments");
        let sink = SegmentSink::open(&segments, &committed, config(Format::Parquet)).unwrap();
        let columns =
            crate::parquet::ColumnEncoder::new(&EncodeOptions::default()).encode(&[call()]);
        check(Box::new(sink), &segments, EncodedContent::Columns(columns.unwrap()));

        let set = data("set");
        let by = vec![PartitionBy::Vendor];
        let sink = PartitionSink::open(&set, &committed, by, "run", config(Format::Jsonl)).unwrap();
        // Enough calls to be written at once.
        let calls = EncodedContent::Calls((0..1_000).map(|_| call()).collect());
        check(Box::new(sink), &set.join("vendor=vendor"), calls);
    }
}
