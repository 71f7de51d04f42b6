//! Where encoded calls are put while an export grows.

pub(crate) mod appended;
mod durable;
mod folder;
mod partitions;
mod segments;
mod stream;

pub(crate) use appended::Appended;
pub(crate) use folder::{Document, Folder};
pub(crate) use partitions::Partitions;
pub(crate) use segments::Segments;
pub(crate) use stream::Stream;

use crate::{
    Compression, EncodeOptions, Position, Shape, encoder,
    job::{
        Calls,
        error::{ExportError, ExportErrorKind},
    },
    journal::{Kept, KeptFile},
};
use arrow_array::RecordBatch;
use callfold_transport::PooledBuf;
use callfold_unify::model::Call;
use std::{
    fs::File,
    io::{Seek, SeekFrom},
    path::Path,
};

/// What a batch became.
pub(crate) enum Content {
    /// Bytes to append.
    Bytes(PooledBuf),
    /// Calls in columns, which the sink gathers in groups of rows.
    Columns(Vec<RecordBatch>),
    /// Calls, because only the sink knows which file they belong in.
    Calls(Calls),
    /// Files of their own.
    Documents(Vec<Document>),
}

/// How often a sink should make what it has durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// It costs little.
    Often,
    /// It writes small pieces.
    Sometimes,
    /// It ends files, which then are many.
    Seldom,
}

/// Takes what batches became, in order.
pub(crate) trait Sink: Send {
    fn put(&mut self, content: Content) -> Result<(), ExportError>;

    /// Makes everything so far outlast a crash, and says what it is.
    fn commit(&mut self) -> Result<Kept, ExportError>;

    /// The same, once all calls are there.
    fn finish(&mut self) -> Result<Kept, ExportError> {
        self.commit()
    }

    fn pace(&self) -> Pace {
        Pace::Often
    }

    /// Bytes and files so far.
    fn size(&self) -> (u64, u64);
}

/// Takes nothing: stands where the sink is not open yet.
pub(crate) struct Nowhere;

impl Sink for Nowhere {
    fn put(&mut self, _: Content) -> Result<(), ExportError> {
        Ok(())
    }

    fn commit(&mut self) -> Result<Kept, ExportError> {
        Ok(Kept::default())
    }

    fn size(&self) -> (u64, u64) {
        (0, 0)
    }
}

/// How files are encoded.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) shape: Shape,
    pub(crate) options: EncodeOptions,
}

impl Recipe {
    /// The bytes of calls in a format where they stand by themselves.
    pub(crate) fn encode(
        &self,
        calls: &[Box<Call>],
        position: Position,
        out: &mut Vec<u8>,
    ) -> Result<(), ExportError> {
        let mut encoder = encoder(self.shape.format, &self.options, position)?;
        encoder.push(calls, out)?;
        encoder.finish(out)?;
        Ok(())
    }
}

impl Recipe {
    /// What a file begins with, before any call.
    fn head(&self) -> Result<Vec<u8>, ExportError> {
        let mut head = Vec::new();
        self.encode(&[], Position::Start, &mut head)?;
        Ok(head)
    }

    /// A whole file without a call. What is compressed is never without a byte.
    fn empty(&self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        self.encode(&[], Position::Start, out)?;
        let compressed = match self.shape.compression {
            Compression::Gzip if out.is_empty() => {
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()).finish()
            }
            Compression::Zstd if out.is_empty() => zstd::bulk::compress(&[], 1),
            _ => Ok(Vec::new()),
        };
        // Nothing is written anywhere but to memory.
        out.extend(compressed.unwrap_or_default());
        Ok(())
    }
}

/// Opens a file of an earlier run for going on: what the journal does not
/// count is cut away.
fn reopen(data: &Path, kept: &KeptFile) -> Result<File, ExportError> {
    let path = data.join(&kept.path);
    let open = || {
        let mut file = File::options().write(true).open(&path)?;
        let length = file.metadata()?.len();
        if length >= kept.bytes {
            file.set_len(kept.bytes)?;
            file.seek(SeekFrom::End(0))?;
        }
        Ok((file, length))
    };
    match open() {
        Ok((file, length)) if length >= kept.bytes => Ok(file),
        Ok(_) => Err(damaged(&path)),
        Err(error) => Err(ExportError::io("gone on with", &path, error)),
    }
}

/// Checks a file of an earlier run that is not gone on with.
fn check(data: &Path, kept: &KeptFile) -> Result<(), ExportError> {
    let path = data.join(&kept.path);
    match path.metadata() {
        Ok(found) if found.len() == kept.bytes => Ok(()),
        Ok(_) => Err(damaged(&path)),
        Err(error) => Err(ExportError::io("gone on with", &path, error)),
    }
}

fn damaged(path: &Path) -> ExportError {
    ExportError::new(
        ExportErrorKind::Changed,
        format!("{} is not as it was left, and cannot be gone on with", path.display()),
        "throw the partial export away and begin anew by --restart",
    )
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::{Format, PartitionBy, job::error::ExportErrorKind};
    use callfold_unify::model::CallId;
    use std::fs;

    fn recipe(format: Format) -> Recipe {
        let shape = Shape { format, compression: Compression::None };
        Recipe { shape, options: EncodeOptions::default() }
    }

    fn call() -> Box<Call> {
        Box::new(Call::new(CallId::new("vendor", "clinic", "1")))
    }

    /// Whether the directory of a new file is made durable before the file
    /// counts: one that has gone cannot be.
    #[track_caller]
    fn check(mut sink: Box<dyn Sink>, directory: &Path, content: Content) {
        sink.put(content).expect("a batch is written");
        fs::rename(directory, directory.with_extension("moved")).expect("a name");
        let error = sink.commit().expect_err("the directory has gone");
        assert_eq!(error.kind(), ExportErrorKind::Io);
        assert!(error.to_string().contains("no such file"), "{error}");
    }

    #[test]
    fn new_file_counts_once_its_directory_is_durable() {
        let root = tempfile::tempdir().unwrap();
        let kept = Kept::default();
        let data = |name: &str| {
            let data = root.path().join(name);
            fs::create_dir(&data).unwrap();
            data
        };
        let appended = data("appended");
        let sink = Appended::open(&appended, &kept, recipe(Format::Jsonl)).unwrap();
        let bytes = callfold_transport::BufferPool::default().take();
        check(Box::new(sink), &appended, Content::Bytes(bytes));

        let segments = data("segments");
        let sink = Segments::open(&segments, &kept, recipe(Format::Parquet)).unwrap();
        let columns = crate::parquet::Columns::new(&EncodeOptions::default()).of(&[call()]);
        check(Box::new(sink), &segments, Content::Columns(columns.unwrap()));

        let set = data("set");
        let by = vec![PartitionBy::Vendor];
        let sink = Partitions::open(&set, &kept, by, "run".into(), recipe(Format::Jsonl)).unwrap();
        // So many are written at once.
        let calls = Content::Calls((0..1_000).map(|_| call()).collect());
        check(Box::new(sink), &set.join("vendor=vendor"), calls);
    }
}
