//! A directory with one file for each call.

use super::{Content, Pace, Sink};
use crate::{
    job::error::ExportError,
    journal::Kept,
    target::{private, staging},
};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// A file of its own.
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// A directory with one file for each call. The names are noted down before
/// the files are made, so that a file that the journal does not count can be
/// found and removed.
pub(crate) struct Folder {
    data: PathBuf,
    names_path: PathBuf,
    names: File,
    listed: u64,
    bytes: u64,
    files: u64,
}

impl Folder {
    pub(crate) fn open(directory: &Path, data: &Path, kept: &Kept) -> Result<Self, ExportError> {
        let path = directory.join("names");
        let failed = |error| ExportError::io("written", &path, error);
        let mut options = private::options();
        let open = options.create(true).truncate(false).read(true).write(true).open(&path);
        let mut names = open.map_err(failed)?;
        names.seek(SeekFrom::Start(kept.listed)).map_err(failed)?;
        for name in BufReader::new(&names).lines() {
            staging::remove(&data.join(name.map_err(failed)?))?;
        }
        names.set_len(kept.listed).map_err(failed)?;
        names.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut bytes = 0;
        for name in BufReader::new((&names).take(kept.listed)).lines() {
            let path = data.join(name.map_err(failed)?);
            let found = path.metadata();
            bytes += found.map_err(|error| ExportError::io("gone on with", &path, error))?.len();
        }
        names.seek(SeekFrom::Start(kept.listed)).map_err(failed)?;
        let (data, listed, files) = (data.to_owned(), kept.listed, kept.begun);
        Ok(Self { data, names_path: path, names, listed, bytes, files })
    }
}

impl Sink for Folder {
    fn put(&mut self, content: Content) -> Result<(), ExportError> {
        let Content::Documents(documents) = content else { return Ok(()) };
        let mut names = String::new();
        for document in &documents {
            names.push_str(&document.name);
            names.push('\n');
        }
        let noted = self.names.write_all(names.as_bytes());
        noted.map_err(|error| ExportError::io("written", &self.names_path, error))?;
        for document in &documents {
            let path = self.data.join(&document.name);
            let written = private::write(&path, &document.bytes);
            written.map_err(|error| ExportError::io("written", &path, error))?;
        }
        // Only a batch that is there as a whole counts.
        self.listed += names.len() as u64;
        self.bytes += documents.iter().map(|document| document.bytes.len() as u64).sum::<u64>();
        self.files += documents.len() as u64;
        Ok(())
    }

    fn commit(&mut self) -> Result<Kept, ExportError> {
        let synced = self.names.sync_data().and_then(|()| sync_all_below(&self.data));
        synced.map_err(|error| ExportError::io("written", &self.data, error))?;
        Ok(Kept { files: Vec::new(), listed: self.listed, begun: self.files })
    }

    fn pace(&self) -> Pace {
        Pace::Sometimes
    }

    fn size(&self) -> (u64, u64) {
        (self.bytes, self.files)
    }
}

/// Makes many small files outlast a power cut in one step, where the system
/// can; elsewhere they outlast a crash of the program only.
#[cfg(target_os = "linux")]
fn sync_all_below(directory: &Path) -> std::io::Result<()> {
    rustix::fs::syncfs(File::open(directory)?)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn sync_all_below(_: &Path) -> std::io::Result<()> {
    Ok(())
}
