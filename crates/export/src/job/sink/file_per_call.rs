//! A directory with one file per call.

use super::{CommitCost, EncodedContent, Sink};
use crate::{
    ExportError,
    fs::{private_options, remove, write},
    journal::CommittedFiles,
};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// The file of one call.
pub(in crate::job) struct CallFile {
    pub(in crate::job) name: String,
    pub(in crate::job) bytes: Vec<u8>,
}

/// A directory with one file per call. The names are logged before the files are created, so that
/// uncommitted files can be found and removed.
pub(in crate::job) struct FilePerCall {
    data: PathBuf,
    names_path: PathBuf,
    names: File,
    names_bytes: u64,
    bytes: u64,
    files: u64,
}

impl FilePerCall {
    pub(in crate::job) fn open(
        directory: &Path,
        data: &Path,
        committed: &CommittedFiles,
    ) -> Result<Self, ExportError> {
        let path = directory.join("names");
        let failed = |error| ExportError::io("written", &path, error);
        let mut options = private_options();
        let open = options.create(true).truncate(false).read(true).write(true).open(&path);
        let mut names = open.map_err(failed)?;
        names.seek(SeekFrom::Start(committed.names_bytes)).map_err(failed)?;
        for name in BufReader::new(&names).lines() {
            remove(&data.join(name.map_err(failed)?))?;
        }
        names.set_len(committed.names_bytes).map_err(failed)?;
        names.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut bytes = 0;
        for name in BufReader::new((&names).take(committed.names_bytes)).lines() {
            let path = data.join(name.map_err(failed)?);
            let found = path.metadata();
            bytes += found.map_err(|error| ExportError::io("resumed", &path, error))?.len();
        }
        names.seek(SeekFrom::Start(committed.names_bytes)).map_err(failed)?;
        let (data, names_bytes, files) =
            (data.to_owned(), committed.names_bytes, committed.created);
        Ok(Self { data, names_path: path, names, names_bytes, bytes, files })
    }
}

impl Sink for FilePerCall {
    fn put(&mut self, content: EncodedContent) -> Result<(), ExportError> {
        let EncodedContent::Files(files) = content else { return Ok(()) };
        let mut names = String::new();
        for file in &files {
            names.push_str(&file.name);
            names.push('\n');
        }
        let logged = self.names.write_all(names.as_bytes());
        logged.map_err(|error| ExportError::io("written", &self.names_path, error))?;
        for file in &files {
            let path = self.data.join(&file.name);
            let written = write(&path, &file.bytes);
            written.map_err(|error| ExportError::io("written", &path, error))?;
        }
        // Count only complete batches.
        self.names_bytes += names.len() as u64;
        self.bytes += files.iter().map(|file| file.bytes.len() as u64).sum::<u64>();
        self.files += files.len() as u64;
        Ok(())
    }

    fn commit(&mut self) -> Result<CommittedFiles, ExportError> {
        let synced = self.names.sync_data().and_then(|()| sync_all_below(&self.data));
        synced.map_err(|error| ExportError::io("written", &self.data, error))?;
        Ok(CommittedFiles { files: Vec::new(), names_bytes: self.names_bytes, created: self.files })
    }

    fn commit_cost(&self) -> CommitCost {
        CommitCost::Moderate
    }

    fn size(&self) -> (u64, u64) {
        (self.bytes, self.files)
    }
}

/// Makes many small files durable in one step. On other systems they survive a crash of the
/// program, but not a power cut.
#[cfg(target_os = "linux")]
fn sync_all_below(directory: &Path) -> std::io::Result<()> {
    rustix::fs::syncfs(File::open(directory)?)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn sync_all_below(_: &Path) -> std::io::Result<()> {
    Ok(())
}
