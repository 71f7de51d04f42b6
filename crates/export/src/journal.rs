//! The state of an unfinished export on disk: its options and how far it is.
//!
//! The journal is replaced in one step, after the data that it describes is durable. So it always
//! describes data that exists; data beyond it is cut off on resume.

use crate::{
    ExportError,
    fingerprint::ExportFingerprint,
    fs::{private_options, remove, sync_directory, write},
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
/// The format that this version writes and reads; another one where files have other columns.
const FORMAT: u32 = 3;

/// How far an export is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Journal {
    format: u32,
    /// The id of the first run, part of the file names of a partitioned set.
    pub(crate) run: String,
    pub(crate) fingerprint: ExportFingerprint,
    /// In the order of the sources.
    pub(crate) checkpoints: Vec<Option<Checkpoint>>,
    /// The source whose batch is written next.
    pub(crate) next_source: usize,
    /// Calls written.
    pub(crate) calls: u64,
    /// In the order of the sources.
    pub(crate) missing_details: Vec<MissingDetails>,
    /// Valid bytes of the fingerprint log.
    seen_bytes: u64,
    pub(crate) committed: CommittedFiles,
}

/// Calls whose details could not be fetched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MissingDetails {
    pub(crate) calls: u64,
    /// Of the last of them.
    pub(crate) reason: Option<String>,
}

impl MissingDetails {
    pub(crate) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.reason = other.reason.clone().or(self.reason.take());
    }
}

/// The durable files of an export.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommittedFiles {
    /// Paths are relative to the data directory.
    pub(crate) files: Vec<CommittedFile>,
    /// Valid bytes of the list of file names, if there are too many files for this journal.
    pub(crate) names_bytes: u64,
    /// The number of files created.
    pub(crate) created: u64,
}

/// A durable file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommittedFile {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) calls: u64,
}

impl Journal {
    pub(crate) fn new(run: String, fingerprint: ExportFingerprint, sources: usize) -> Self {
        Self {
            format: FORMAT,
            run,
            fingerprint,
            checkpoints: vec![None; sources],
            next_source: 0,
            calls: 0,
            missing_details: vec![MissingDetails::default(); sources],
            seen_bytes: 0,
            committed: CommittedFiles::default(),
        }
    }

    /// Reads the journal of a directory; `None` if there is none. The error says why it cannot be
    /// used.
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
            Ok(_) => return Err("it was started by another version of callfold".to_owned()),
            Err(_) => return Err("its journal is damaged".to_owned()),
        }
        serde_json::from_slice(&text).map(Some).map_err(|_| "its journal is damaged".to_owned())
    }

    /// Replaces the stored journal.
    pub(crate) fn store(&self, directory: &Path) -> Result<(), ExportError> {
        let (path, new) = (directory.join(STATE), directory.join("state.new"));
        let failed = |error| ExportError::io("written", &new, error);
        let text = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        let file = write(&new, &text).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        drop(file);
        fs::rename(&new, &path).map_err(failed)?;
        sync_directory(directory)
    }

    /// Removes the stored journal, so that nothing can be resumed.
    pub(crate) fn remove(directory: &Path) -> Result<(), ExportError> {
        remove(&directory.join(STATE))
    }

    /// Where each source resumes.
    pub(crate) fn resume(&self, directory: &Path) -> Result<Vec<Option<ResumeState>>, ExportError> {
        let sources = self.checkpoints.len();
        let mut seen = FingerprintLog::read(&directory.join(SEEN), self.seen_bytes, sources)?;
        let resume = |(source, checkpoint): (usize, &Option<Checkpoint>)| {
            let checkpoint = checkpoint.clone()?;
            Some(ResumeState { checkpoint, seen: std::mem::take(&mut seen[source]) })
        };
        Ok(self.checkpoints.iter().enumerate().map(resume).collect())
    }
}

/// The fingerprints of all records read: an append-only file beside the journal. Each chunk starts
/// with the source and the number of its fingerprints.
#[derive(Debug)]
pub(crate) struct FingerprintLog {
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl FingerprintLog {
    /// Opens the log, and cuts off what the journal does not count.
    pub(crate) fn open(directory: &Path, journal: &Journal) -> Result<Self, ExportError> {
        let path = directory.join(SEEN);
        let open = || {
            let mut options = private_options();
            let mut file = options.create(true).truncate(false).write(true).open(&path)?;
            file.set_len(journal.seen_bytes)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().map_err(|error| ExportError::io("written", &path, error))?;
        sync_directory(directory)?;
        Ok(Self { path, file: BufWriter::new(file), bytes: journal.seen_bytes })
    }

    pub(crate) fn append(
        &mut self,
        source: usize,
        fingerprints: &[Fingerprint],
    ) -> Result<(), ExportError> {
        let (source, count) = (u32::try_from(source), u32::try_from(fingerprints.len()));
        let (Ok(source), Ok(count)) = (source, count) else {
            return Err(self.failed(io::ErrorKind::InvalidInput.into()));
        };
        let mut write = || {
            self.file.write_all(&source.to_le_bytes())?;
            self.file.write_all(&count.to_le_bytes())?;
            fingerprints.iter().try_for_each(|one| self.file.write_all(&one.to_bytes()))
        };
        write().map_err(|error| self.failed(error))?;
        self.bytes += 8 + 16 * u64::from(count);
        Ok(())
    }

    /// Makes the log durable, and counts it in the journal.
    pub(crate) fn commit(&mut self, journal: &mut Journal) -> Result<(), ExportError> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_data());
        synced.map_err(|error| self.failed(error))?;
        journal.seen_bytes = self.bytes;
        Ok(())
    }

    fn failed(&self, error: io::Error) -> ExportError {
        ExportError::io("written", &self.path, error)
    }

    fn read(path: &Path, bytes: u64, sources: usize) -> Result<Vec<Vec<Fingerprint>>, ExportError> {
        let failed = |error| ExportError::io("read", path, error);
        let mut seen = vec![Vec::new(); sources];
        if bytes == 0 {
            return Ok(seen);
        }
        let mut file = io::BufReader::new(File::open(path).map_err(failed)?).take(bytes);
        let mut head = [0; 8];
        let mut one = [0; 16];
        while file.limit() > 0 {
            file.read_exact(&mut head).map_err(failed)?;
            let [a, b, c, d, e, f, g, h] = head;
            let source = u32::from_le_bytes([a, b, c, d]) as usize;
            let into = seen.get_mut(source).ok_or(io::ErrorKind::InvalidData.into());
            let into = into.map_err(failed)?;
            for _ in 0..u32::from_le_bytes([e, f, g, h]) {
                file.read_exact(&mut one).map_err(failed)?;
                into.push(Fingerprint::from_bytes(one));
            }
        }
        Ok(seen)
    }
}
