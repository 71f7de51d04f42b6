//! One file that batches are appended to.

use super::{Content, Recipe, Sink, durable::DurableFile, reopen};
use crate::{
    job::error::ExportError,
    journal::{Kept, KeptFile},
    target::private::{self, UnsyncedDirectories},
};
use std::path::{Path, PathBuf};

pub(crate) const NAME: &str = "calls";

/// One file that batches are appended to.
pub(crate) struct Appended {
    path: PathBuf,
    file: DurableFile,
    bytes: u64,
    recipe: Recipe,
    unsynced: UnsyncedDirectories,
}

impl Appended {
    pub(crate) fn open(data: &Path, kept: &Kept, recipe: Recipe) -> Result<Self, ExportError> {
        let path = data.join(NAME);
        let mut unsynced = UnsyncedDirectories::default();
        let (file, bytes) = match kept.files.first() {
            Some(file) => (reopen(data, file)?, file.bytes),
            None => {
                unsynced.add(data, &path);
                let file = private::create(&path);
                (file.map_err(|error| ExportError::io("created", &path, error))?, 0)
            }
        };
        Ok(Self { path, file: DurableFile::new(file), bytes, recipe, unsynced })
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        if let Err(error) = self.file.write_all(bytes) {
            // Gives the room back that half a batch takes; what counts stays.
            let _ = self.file.cut(self.bytes);
            return Err(ExportError::io("written", &self.path, error));
        }
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

impl Sink for Appended {
    fn put(&mut self, content: Content) -> Result<(), ExportError> {
        match content {
            Content::Bytes(bytes) => {
                if self.bytes == 0 {
                    self.append(&self.recipe.head()?)?;
                }
                self.append(&bytes)
            }
            _ => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<Kept, ExportError> {
        let synced = self.file.sync();
        synced.map_err(|error| ExportError::io("written", &self.path, error))?;
        self.unsynced.sync()?;
        let file = KeptFile { path: NAME.to_owned(), bytes: self.bytes, calls: 0 };
        Ok(Kept { files: vec![file], listed: 0, begun: 1 })
    }

    fn finish(&mut self) -> Result<Kept, ExportError> {
        if self.bytes == 0 {
            let mut bytes = Vec::new();
            self.recipe.empty(&mut bytes)?;
            self.append(&bytes)?;
        }
        self.commit()
    }

    fn size(&self) -> (u64, u64) {
        (self.bytes, 1)
    }
}
