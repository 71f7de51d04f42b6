//! One Parquet file, written as segments that are merged at the end: an unfinished Parquet file is
//! unreadable.

use super::{CommitCost, EncodeConfig, EncodedContent, Sink, check, durable_file::DurableFile};
use crate::{
    Encoder, ExportError, FilePosition,
    fs::{UnsyncedDirectories, create},
    journal::{CommittedFile, CommittedFiles},
    parquet::Parquet,
};
use arrow_array::RecordBatch;
use callfold_unify::model::Call;
use std::path::{Path, PathBuf};

/// An unfinished Parquet file.
pub(super) struct ParquetFile {
    name: String,
    path: PathBuf,
    file: DurableFile,
    encoder: Parquet,
    out: Vec<u8>,
    bytes: u64,
    calls: u64,
}

impl ParquetFile {
    pub(super) fn create(
        data: &Path,
        name: String,
        config: &EncodeConfig,
    ) -> Result<Self, ExportError> {
        let path = data.join(&name);
        let file = create(&path).map_err(|error| ExportError::io("created", &path, error))?;
        let encoder = Parquet::new(&config.options, FilePosition::Start)?;
        let file = DurableFile::new(file);
        Ok(Self { name, path, file, encoder, out: Vec::new(), bytes: 0, calls: 0 })
    }

    pub(super) fn push(&mut self, calls: &[Box<Call>]) -> Result<(), ExportError> {
        self.encoder.push(calls, &mut self.out)?;
        self.calls += calls.len() as u64;
        self.drain()
    }

    fn push_columns(&mut self, columns: &[RecordBatch]) -> Result<(), ExportError> {
        for batch in columns {
            self.encoder.push_columns(batch, &mut self.out)?;
            self.calls += batch.num_rows() as u64;
        }
        self.drain()
    }

    fn drain(&mut self) -> Result<(), ExportError> {
        let written = self.file.write_all(&self.out);
        written.map_err(|error| ExportError::io("written", &self.path, error))?;
        self.bytes += self.out.len() as u64;
        // Free the buffer: a row group is large, and the next one comes much later.
        self.out = Vec::new();
        Ok(())
    }

    pub(super) fn end(mut self) -> Result<CommittedFile, ExportError> {
        self.encoder.finish(&mut self.out)?;
        self.drain()?;
        let synced = self.file.sync();
        synced.map_err(|error| ExportError::io("written", &self.path, error))?;
        Ok(CommittedFile { path: self.name, bytes: self.bytes, calls: self.calls })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// The segments of one file.
pub(in crate::job) struct SegmentSink {
    data: PathBuf,
    config: EncodeConfig,
    committed: CommittedFiles,
    open: Option<ParquetFile>,
    unsynced: UnsyncedDirectories,
}

impl SegmentSink {
    pub(in crate::job) fn open(
        data: &Path,
        committed: &CommittedFiles,
        config: EncodeConfig,
    ) -> Result<Self, ExportError> {
        committed.files.iter().try_for_each(|file| check(data, file))?;
        let unsynced = UnsyncedDirectories::default();
        Ok(Self {
            data: data.to_owned(),
            config,
            committed: committed.clone(),
            open: None,
            unsynced,
        })
    }

    fn current(&mut self) -> Result<&mut ParquetFile, ExportError> {
        if self.open.is_none() {
            self.committed.created += 1;
            let name = format!("segment-{:05}", self.committed.created);
            self.unsynced.add(&self.data, &self.data.join(&name));
            self.open = Some(ParquetFile::create(&self.data, name, &self.config)?);
        }
        // It was just created.
        self.open.as_mut().ok_or_else(|| super::damaged(&self.data))
    }
}

impl Sink for SegmentSink {
    fn put(&mut self, content: EncodedContent) -> Result<(), ExportError> {
        match content {
            EncodedContent::Columns(columns) if !columns.is_empty() => {
                self.current()?.push_columns(&columns)
            }
            _ => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<CommittedFiles, ExportError> {
        if let Some(open) = self.open.take() {
            self.committed.files.push(open.end()?);
        }
        self.unsynced.sync()?;
        Ok(self.committed.clone())
    }

    fn finish(&mut self) -> Result<CommittedFiles, ExportError> {
        if self.committed.files.is_empty() {
            // A file without calls is still a Parquet file.
            self.current()?;
        }
        self.commit()
    }

    fn commit_cost(&self) -> CommitCost {
        CommitCost::EndsFile
    }

    fn size(&self) -> (u64, u64) {
        let closed: u64 = self.committed.files.iter().map(|file| file.bytes).sum();
        (closed + self.open.as_ref().map_or(0, ParquetFile::bytes), 1)
    }
}
