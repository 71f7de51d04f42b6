//! One file that batches are appended to.

use super::{
    super::SINGLE_FILE, EncodeConfig, EncodedContent, Sink, durable_file::DurableFile, reopen,
};
use crate::{
    ExportError,
    fs::{UnsyncedDirectories, create},
    journal::{CommittedFile, CommittedFiles},
};
use std::path::{Path, PathBuf};

/// One file that batches are appended to.
pub(in crate::job) struct AppendSink {
    path: PathBuf,
    file: DurableFile,
    bytes: u64,
    config: EncodeConfig,
    unsynced: UnsyncedDirectories,
}

impl AppendSink {
    pub(in crate::job) fn open(
        data: &Path,
        committed: &CommittedFiles,
        config: EncodeConfig,
    ) -> Result<Self, ExportError> {
        let path = data.join(SINGLE_FILE);
        let mut unsynced = UnsyncedDirectories::default();
        let (file, bytes) = match committed.files.first() {
            Some(file) => (reopen(data, file)?, file.bytes),
            None => {
                unsynced.add(data, &path);
                let file = create(&path);
                (file.map_err(|error| ExportError::io("created", &path, error))?, 0)
            }
        };
        Ok(Self { path, file: DurableFile::new(file), bytes, config, unsynced })
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        if let Err(error) = self.file.write_all(bytes) {
            // Cut off the half-written batch to free its space.
            let _ = self.file.cut(self.bytes);
            return Err(ExportError::io("written", &self.path, error));
        }
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

impl Sink for AppendSink {
    fn put(&mut self, content: EncodedContent) -> Result<(), ExportError> {
        let EncodedContent::Bytes(bytes) = content else { return Ok(()) };
        if self.bytes == 0 {
            self.append(&self.config.header()?)?;
        }
        self.append(&bytes)
    }

    fn commit(&mut self) -> Result<CommittedFiles, ExportError> {
        let synced = self.file.sync();
        synced.map_err(|error| ExportError::io("written", &self.path, error))?;
        self.unsynced.sync()?;
        let file = CommittedFile { path: SINGLE_FILE.to_owned(), bytes: self.bytes, calls: 0 };
        Ok(CommittedFiles { files: vec![file], names_bytes: 0, created: 1 })
    }

    fn finish(&mut self) -> Result<CommittedFiles, ExportError> {
        if self.bytes == 0 {
            self.append(&self.config.empty_file()?)?;
        }
        self.commit()
    }

    fn size(&self) -> (u64, u64) {
        (self.bytes, 1)
    }
}
