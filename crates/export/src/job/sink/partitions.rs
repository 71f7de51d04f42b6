//! A partitioned set: files in directories named after values.
//!
//! Calls are buffered per directory and written once a directory has enough, or all have too many.
//! The least recently used file is closed when too many are open.

use super::{
    super::batch_encoder::memory_size, CommitCost, EncodeConfig, EncodedContent, Sink, check,
    reopen, segments::ParquetFile,
};
use crate::{
    ExportError, FilePosition, PartitionBy,
    fs::{UnsyncedDirectories, create, ensure_directory, remove},
    job::Calls,
    journal::{CommittedFile, CommittedFiles},
    partition::directory,
    target::local::files_below,
};
use callfold_unify::model::Call;
use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

/// Most buffered calls of a directory.
const MAX_BUFFERED_CALLS: usize = 1_000;
/// Most bytes of all buffered calls, approximately.
const MAX_BUFFERED_BYTES: usize = 16 << 20;
/// Most open files.
const MAX_OPEN: usize = 64;
/// Most open Parquet files, which buffer rows in memory.
const MAX_OPEN_PARQUET: usize = 12;

/// A partitioned set.
pub(in crate::job) struct PartitionSink {
    data: PathBuf,
    by: Vec<PartitionBy>,
    config: EncodeConfig,
    run: String,
    /// In order, so that the order of writes depends only on the calls.
    pending: BTreeMap<String, PendingCalls>,
    /// The size of all of them in memory.
    pending_bytes: usize,
    /// Indexes into the committed files that calls can be appended to, by directory.
    files: HashMap<String, usize>,
    open: HashMap<String, OpenFile>,
    clock: u64,
    committed: CommittedFiles,
    unsynced: UnsyncedDirectories,
}

#[derive(Default)]
struct PendingCalls {
    calls: Calls,
    bytes: usize,
}

struct OpenFile {
    file: PartitionFile,
    last_used: u64,
}

enum PartitionFile {
    /// With its index into the committed files.
    AppendSink(File, usize),
    Parquet(Box<ParquetFile>),
}

impl PartitionSink {
    pub(in crate::job) fn open(
        data: &Path,
        committed: &CommittedFiles,
        by: Vec<PartitionBy>,
        run: &str,
        config: EncodeConfig,
    ) -> Result<Self, ExportError> {
        let appendable = config.shape.format.is_appendable();
        let mut files = HashMap::new();
        for (index, file) in committed.files.iter().enumerate() {
            if appendable {
                drop(reopen(data, file)?);
                let (directory, _) = file.path.rsplit_once('/').unwrap_or_default();
                files.insert(directory.to_owned(), index);
            } else {
                check(data, file)?;
            }
        }
        let known: Vec<_> = committed.files.iter().map(|file| data.join(&file.path)).collect();
        for file in files_below(data)? {
            if !known.contains(&file) {
                remove(&file)?;
            }
        }
        Ok(Self {
            data: data.to_owned(),
            by,
            config,
            run: run.to_owned(),
            pending: BTreeMap::new(),
            pending_bytes: 0,
            files,
            open: HashMap::new(),
            clock: 0,
            committed: committed.clone(),
            unsynced: UnsyncedDirectories::default(),
        })
    }

    fn add(&mut self, call: Box<Call>) -> Result<(), ExportError> {
        let directory = directory(&self.by, &call, &self.config.options.privacy);
        let bytes = memory_size(&call);
        self.pending_bytes += bytes;
        let pending = self.pending.entry(directory).or_default();
        pending.bytes += bytes;
        pending.calls.push(call);
        let is_full = pending.calls.len() >= MAX_BUFFERED_CALLS;
        if !is_full && self.pending_bytes < MAX_BUFFERED_BYTES {
            return Ok(());
        }
        let largest = self.pending.iter().max_by_key(|(_, pending)| pending.bytes);
        let Some(directory) = largest.map(|(directory, _)| directory.clone()) else {
            return Ok(());
        };
        self.write(&directory)
    }

    /// Writes the buffered calls of a directory to its file.
    fn write(&mut self, directory: &str) -> Result<(), ExportError> {
        let Some(PendingCalls { calls, bytes }) = self.pending.remove(directory) else {
            return Ok(());
        };
        self.pending_bytes -= bytes;
        self.clock += 1;
        if !self.open.contains_key(directory) {
            self.close_oldest()?;
            let file = self.open_file(directory)?;
            self.open.insert(directory.to_owned(), OpenFile { file, last_used: 0 });
        }
        let Some(open) = self.open.get_mut(directory) else { return Ok(()) };
        open.last_used = self.clock;
        match &mut open.file {
            PartitionFile::Parquet(whole) => whole.push(&calls),
            PartitionFile::AppendSink(file, index) => {
                let committed = &mut self.committed.files[*index];
                let position =
                    if committed.bytes == 0 { FilePosition::Start } else { FilePosition::After };
                let mut bytes = Vec::new();
                self.config.encode(&calls, position, &mut bytes)?;
                let written = file.write_all(&bytes);
                written.map_err(|error| {
                    ExportError::io("written", &self.data.join(&committed.path), error)
                })?;
                committed.bytes += bytes.len() as u64;
                committed.calls += calls.len() as u64;
                Ok(())
            }
        }
    }

    /// Closes the least recently used file, if too many are open.
    fn close_oldest(&mut self) -> Result<(), ExportError> {
        let appendable = self.config.shape.format.is_appendable();
        if self.open.len() < if appendable { MAX_OPEN } else { MAX_OPEN_PARQUET } {
            return Ok(());
        }
        let oldest = self.open.iter().min_by_key(|(_, open)| open.last_used);
        let Some(directory) = oldest.map(|(directory, _)| directory.clone()) else { return Ok(()) };
        match self.open.remove(&directory) {
            Some(open) => self.close(open.file),
            None => Ok(()),
        }
    }

    fn close(&mut self, file: PartitionFile) -> Result<(), ExportError> {
        match file {
            PartitionFile::AppendSink(file, index) => {
                sync(&file, &self.data, &self.committed.files[index])
            }
            PartitionFile::Parquet(whole) => {
                self.committed.files.push(whole.end()?);
                Ok(())
            }
        }
    }

    /// Opens the file of a directory.
    fn open_file(&mut self, directory: &str) -> Result<PartitionFile, ExportError> {
        if let Some(index) = self.files.get(directory) {
            return Ok(PartitionFile::AppendSink(
                reopen(&self.data, &self.committed.files[*index])?,
                *index,
            ));
        }
        ensure_directory(&self.data.join(directory))?;
        self.committed.created += 1;
        let extension = self.config.shape.extension();
        let path =
            format!("{directory}/part-{}-{:05}.{extension}", self.run, self.committed.created);
        self.unsynced.add(&self.data, &self.data.join(&path));
        if !self.config.shape.format.is_appendable() {
            let whole = ParquetFile::create(&self.data, path, &self.config)?;
            return Ok(PartitionFile::Parquet(Box::new(whole)));
        }
        let full = self.data.join(&path);
        let file = create(&full).map_err(|error| ExportError::io("created", &full, error))?;
        self.committed.files.push(CommittedFile { path, bytes: 0, calls: 0 });
        let index = self.committed.files.len() - 1;
        self.files.insert(directory.to_owned(), index);
        Ok(PartitionFile::AppendSink(file, index))
    }
}

fn sync(file: &File, data: &Path, committed: &CommittedFile) -> Result<(), ExportError> {
    let synced = file.sync_data();
    synced.map_err(|error| ExportError::io("written", &data.join(&committed.path), error))
}

impl Sink for PartitionSink {
    fn put(&mut self, content: EncodedContent) -> Result<(), ExportError> {
        match content {
            EncodedContent::Calls(calls) => calls.into_iter().try_for_each(|call| self.add(call)),
            _ => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<CommittedFiles, ExportError> {
        while let Some(directory) = self.pending.keys().next().cloned() {
            self.write(&directory)?;
        }
        let mut open: Vec<_> = std::mem::take(&mut self.open).into_iter().collect();
        open.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (directory, open) in open {
            match open.file {
                PartitionFile::AppendSink(file, index) => {
                    sync(&file, &self.data, &self.committed.files[index])?;
                    let file = PartitionFile::AppendSink(file, index);
                    self.open.insert(directory, OpenFile { file, last_used: open.last_used });
                }
                file => self.close(file)?,
            }
        }
        self.unsynced.sync()?;
        Ok(self.committed.clone())
    }

    fn commit_cost(&self) -> CommitCost {
        if self.config.shape.format.is_appendable() {
            CommitCost::Moderate
        } else {
            CommitCost::EndsFile
        }
    }

    fn size(&self) -> (u64, u64) {
        let closed: u64 = self.committed.files.iter().map(|file| file.bytes).sum();
        let open = self.open.values().map(|open| match &open.file {
            PartitionFile::AppendSink(..) => 0,
            PartitionFile::Parquet(whole) => whole.bytes(),
        });
        (closed + open.sum::<u64>(), self.committed.created)
    }
}
