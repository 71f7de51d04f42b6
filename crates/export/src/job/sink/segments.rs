//! One file in a format that is whole only with its end: written as segments,
//! each of them whole, which become one file at last.

use super::{Content, Pace, Recipe, Sink, check, durable::DurableFile};
use crate::{
    Encoder, Position,
    job::error::ExportError,
    journal::{Kept, KeptFile},
    parquet::Parquet,
    target::private::{self, UnsyncedDirectories},
};
use arrow_array::RecordBatch;
use std::path::{Path, PathBuf};

/// A file of a format that is not appendable, being written.
pub(crate) struct Whole {
    pub(crate) name: String,
    path: PathBuf,
    file: DurableFile,
    encoder: Parquet,
    out: Vec<u8>,
    bytes: u64,
    calls: u64,
}

impl Whole {
    pub(crate) fn create(data: &Path, name: String, recipe: &Recipe) -> Result<Self, ExportError> {
        let path = data.join(&name);
        let file =
            private::create(&path).map_err(|error| ExportError::io("created", &path, error))?;
        let encoder = Parquet::new(&recipe.options, Position::Start)?;
        let file = DurableFile::new(file);
        Ok(Self { name, path, file, encoder, out: Vec::new(), bytes: 0, calls: 0 })
    }

    pub(crate) fn push(
        &mut self,
        calls: &[Box<callfold_unify::model::Call>],
    ) -> Result<(), ExportError> {
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
        // A group of rows can be large, and the next one comes much later.
        self.out = Vec::new();
        Ok(())
    }

    pub(crate) fn end(mut self) -> Result<KeptFile, ExportError> {
        self.encoder.finish(&mut self.out)?;
        self.drain()?;
        let synced = self.file.sync();
        synced.map_err(|error| ExportError::io("written", &self.path, error))?;
        Ok(KeptFile { path: self.name, bytes: self.bytes, calls: self.calls })
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Segments of one file.
pub(crate) struct Segments {
    data: PathBuf,
    recipe: Recipe,
    kept: Kept,
    open: Option<Whole>,
    unsynced: UnsyncedDirectories,
}

impl Segments {
    pub(crate) fn open(data: &Path, kept: &Kept, recipe: Recipe) -> Result<Self, ExportError> {
        kept.files.iter().try_for_each(|file| check(data, file))?;
        let unsynced = UnsyncedDirectories::default();
        Ok(Self { data: data.to_owned(), recipe, kept: kept.clone(), open: None, unsynced })
    }

    fn current(&mut self) -> Result<&mut Whole, ExportError> {
        if self.open.is_none() {
            self.kept.begun += 1;
            let name = format!("segment-{:05}", self.kept.begun);
            self.unsynced.add(&self.data, &self.data.join(&name));
            self.open = Some(Whole::create(&self.data, name, &self.recipe)?);
        }
        // It was just made.
        self.open.as_mut().ok_or_else(|| super::damaged(&self.data))
    }
}

impl Sink for Segments {
    fn put(&mut self, content: Content) -> Result<(), ExportError> {
        match content {
            Content::Columns(columns) if !columns.is_empty() => {
                self.current()?.push_columns(&columns)
            }
            _ => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<Kept, ExportError> {
        if let Some(open) = self.open.take() {
            self.kept.files.push(open.end()?);
        }
        self.unsynced.sync()?;
        Ok(self.kept.clone())
    }

    fn finish(&mut self) -> Result<Kept, ExportError> {
        if self.kept.files.is_empty() {
            // Without a call it is still a file of its format.
            self.current()?;
        }
        self.commit()
    }

    fn pace(&self) -> Pace {
        Pace::Seldom
    }

    fn size(&self) -> (u64, u64) {
        let closed: u64 = self.kept.files.iter().map(|file| file.bytes).sum();
        (closed + self.open.as_ref().map_or(0, Whole::bytes), 1)
    }
}
