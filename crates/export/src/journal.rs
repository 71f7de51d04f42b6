//! What a partial export was asked for and how far it is, on disk.
//!
//! Written after the data it speaks of, and replaced as a whole: whenever the
//! program is cut off, the journal describes something that is there. Data
//! beyond it is cut away when the export is resumed.

use crate::{
    job::{asked::Asked, error::ExportError},
    target::{private, staging::sync_directory},
};
use callfold_reader::{Checkpoint, Fingerprint, ResumeState};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

const STATE: &str = "state.json";
const SEEN: &str = "seen";
/// The format that this version writes and reads.
const FORMAT: u32 = 1;

/// How far an export is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Journal {
    format: u32,
    /// Part of the names of files in a data set.
    pub(crate) run: String,
    /// What was asked.
    pub(crate) asked: Asked,
    /// In the order of the sources.
    pub(crate) checkpoints: Vec<Option<Checkpoint>>,
    /// Whose turn it is.
    pub(crate) turn: usize,
    /// Calls written.
    pub(crate) calls: u64,
    /// For each source, how many of them lack their details, and why the last.
    #[serde(default)]
    pub(crate) lacking: Vec<Lacking>,
    /// Bytes of the prints that count.
    seen: u64,
    /// What was written.
    pub(crate) kept: Kept,
}

/// Calls whose details could not be fetched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lacking {
    pub(crate) calls: u64,
    pub(crate) reason: Option<String>,
}

impl Lacking {
    pub(crate) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.reason = other.reason.clone().or(self.reason.take());
    }
}

/// What was written, so that it can be gone on with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Files, by their path below the staging directory's data.
    pub(crate) files: Vec<KeptFile>,
    /// Bytes of the list of names that count, where files are too many to be
    /// named here.
    pub(crate) listed: u64,
    /// How many files were begun.
    pub(crate) begun: u64,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptFile {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) calls: u64,
}

impl Journal {
    pub(crate) fn new(run: String, asked: Asked, sources: usize) -> Self {
        Self {
            format: FORMAT,
            run,
            asked,
            checkpoints: vec![None; sources],
            turn: 0,
            calls: 0,
            lacking: vec![Lacking::default(); sources],
            seen: 0,
            kept: Kept::default(),
        }
    }

    /// The journal of the directory; `None` where there is none. An error is
    /// a clause that says why it is of no use.
    pub(crate) fn load(directory: &Path) -> Result<Option<Self>, String> {
        let text = match fs::read(directory.join(STATE)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("its journal cannot be read: {error}")),
        };
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        match serde_json::from_slice::<Version>(&text) {
            Ok(Version { format: FORMAT }) => {}
            Ok(_) => return Err("another version of callfold began it".to_owned()),
            Err(_) => return Err("its journal is damaged".to_owned()),
        }
        serde_json::from_slice(&text).map(Some).map_err(|_| "its journal is damaged".to_owned())
    }

    /// Puts the journal in the place of the one before.
    pub(crate) fn store(&self, directory: &Path) -> Result<(), ExportError> {
        let (path, new) = (directory.join(STATE), directory.join("state.new"));
        let failed = |error| ExportError::io("written", &new, error);
        let text = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        let file = private::write(&new, &text).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        drop(file);
        fs::rename(&new, &path).map_err(failed)?;
        sync_directory(directory)
    }

    /// Takes the journal away: nothing can be resumed any more.
    pub(crate) fn remove(directory: &Path) -> Result<(), ExportError> {
        crate::target::staging::remove(&directory.join(STATE))
    }

    /// What each source is to go on with.
    pub(crate) fn resume(&self, directory: &Path) -> Result<Vec<Option<ResumeState>>, ExportError> {
        let mut prints = Seen::read(&directory.join(SEEN), self.seen, self.checkpoints.len())?;
        let with = |(source, checkpoint): (usize, &Option<Checkpoint>)| {
            let checkpoint = checkpoint.clone()?;
            Some(ResumeState { checkpoint, seen: std::mem::take(&mut prints[source]) })
        };
        Ok(self.checkpoints.iter().enumerate().map(with).collect())
    }
}

/// The prints of the records that were read: beside the journal, because there
/// are many of them and they only become more. Each run of them is led by the
/// source and their number.
#[derive(Debug)]
pub(crate) struct Seen {
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl Seen {
    /// The prints that the journal counts; what is beyond is cut away.
    pub(crate) fn open(directory: &Path, journal: &Journal) -> Result<Self, ExportError> {
        let path = directory.join(SEEN);
        let open = || {
            let mut options = private::options();
            let mut file = options.create(true).truncate(false).write(true).open(&path)?;
            file.set_len(journal.seen)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().map_err(|error| ExportError::io("written", &path, error))?;
        sync_directory(directory)?;
        Ok(Self { path, file: BufWriter::new(file), bytes: journal.seen })
    }

    pub(crate) fn add(&mut self, source: usize, prints: &[Fingerprint]) -> Result<(), ExportError> {
        let (Ok(source), Ok(count)) = (u32::try_from(source), u32::try_from(prints.len())) else {
            return Err(self.failed(io::ErrorKind::InvalidInput.into()));
        };
        let mut write = || {
            self.file.write_all(&source.to_le_bytes())?;
            self.file.write_all(&count.to_le_bytes())?;
            prints.iter().try_for_each(|print| self.file.write_all(&print.to_bytes()))
        };
        write().map_err(|error| self.failed(error))?;
        self.bytes += 8 + 16 * u64::from(count);
        Ok(())
    }

    /// Makes the prints outlast a crash, and counts them in.
    pub(crate) fn commit(&mut self, journal: &mut Journal) -> Result<(), ExportError> {
        let mut sync = || {
            self.file.flush()?;
            self.file.get_ref().sync_data()
        };
        sync().map_err(|error| self.failed(error))?;
        journal.seen = self.bytes;
        Ok(())
    }

    fn failed(&self, error: io::Error) -> ExportError {
        ExportError::io("written", &self.path, error)
    }

    fn read(path: &Path, bytes: u64, sources: usize) -> Result<Vec<Vec<Fingerprint>>, ExportError> {
        let failed = |error| ExportError::io("read", path, error);
        let mut prints = vec![Vec::new(); sources];
        if bytes == 0 {
            return Ok(prints);
        }
        let mut file = io::BufReader::new(File::open(path).map_err(failed)?).take(bytes);
        let mut head = [0; 8];
        let mut one = [0; 16];
        while file.limit() > 0 {
            file.read_exact(&mut head).map_err(failed)?;
            let [a, b, c, d, e, f, g, h] = head;
            let source = u32::from_le_bytes([a, b, c, d]) as usize;
            let into = prints.get_mut(source).ok_or(io::ErrorKind::InvalidData.into());
            let into = into.map_err(failed)?;
            for _ in 0..u32::from_le_bytes([e, f, g, h]) {
                file.read_exact(&mut one).map_err(failed)?;
                into.push(Fingerprint::from_bytes(one));
            }
        }
        Ok(prints)
    }
}
