//! The directory beside the target in which an export is built.
//!
//! It holds a lock, the journal, the fingerprints of what was read, and the data.

use crate::{
    ExportError, ExportErrorKind,
    fs::{create_directory, ensure_directory, private_options, remove, sync_directory},
    journal::Journal,
};
use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Locked while an export runs.
const LOCK: &str = "lock";
/// The old directory, until the new one has replaced it.
const OLD: &str = "old";

/// What to do about an unfinished export to the same target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnPartial {
    /// Fail.
    #[default]
    Refuse,
    /// Continue it; start a new one if there is none.
    Resume,
    /// Discard it and start a new one.
    Discard,
}

/// A locked staging directory.
#[derive(Debug)]
pub(crate) struct Staging {
    directory: PathBuf,
    /// The name of the target, for messages.
    target: String,
    /// Holds the lock.
    _lock: File,
}

/// The staging directory of a target: its name with `.partial`.
pub(crate) fn beside(target: &Path) -> PathBuf {
    let mut name = OsString::from(target.file_name().unwrap_or_default());
    name.push(".partial");
    target.with_file_name(name)
}

impl Staging {
    /// Locks the directory, after creating it if needed, and returns the journal of an unfinished
    /// export in it.
    pub(crate) fn open(
        directory: PathBuf,
        target: &str,
        on_partial: OnPartial,
    ) -> Result<(Self, Option<Journal>), ExportError> {
        let lock = lock(&directory, target)?;
        let staging = Self { directory, target: target.to_owned(), _lock: lock };
        let found = match on_partial {
            OnPartial::Discard => None,
            _ => staging.unfinished(on_partial)?,
        };
        if found.is_none() {
            staging.clear()?;
        }
        ensure_directory(&staging.data())?;
        sync_directory(&staging.directory)?;
        sync_directory(staging.directory.parent().unwrap_or(Path::new(".")))?;
        Ok((staging, found))
    }

    fn unfinished(&self, on_partial: OnPartial) -> Result<Option<Journal>, ExportError> {
        let shown = self.directory.display();
        match (Journal::load(&self.directory), on_partial) {
            (Ok(None), _) => Ok(None),
            (Ok(found), OnPartial::Resume) => Ok(found),
            (Ok(Some(_)), _) => Err(ExportError::new(
                ExportErrorKind::PartialExists,
                format!("an unfinished export to {} exists in {shown}", self.target),
                "",
            )),
            (Err(why), _) => Err(ExportError::new(
                ExportErrorKind::NotResumable,
                format!("the unfinished export in {shown} cannot be resumed: {why}"),
                "",
            )),
        }
    }

    /// Removes everything but the lock.
    fn clear(&self) -> Result<(), ExportError> {
        let failed = |error| ExportError::io("read", &self.directory, error);
        for entry in fs::read_dir(&self.directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name() != LOCK && entry.file_name() != OLD {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The directory of the data.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The path of the old directory while it is replaced.
    pub(crate) fn old(&self) -> PathBuf {
        self.directory.join(OLD)
    }

    /// Removes it if it holds nothing to resume. The next export clears what cannot be removed.
    pub(crate) fn remove_if_empty(self) {
        if matches!(Journal::load(&self.directory), Ok(None)) {
            let _ = remove(&self.directory);
        }
    }

    /// Removes it with its content. The journal goes first, so that a crash leaves nothing to
    /// resume.
    pub(crate) fn remove(self) -> Result<(), ExportError> {
        Journal::remove(&self.directory)?;
        remove(&self.directory)
    }
}

/// Creates the directory and locks it.
fn lock(directory: &Path, target: &str) -> Result<File, ExportError> {
    loop {
        match create_directory(directory, false) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check(directory)?,
            Err(error) => return Err(ExportError::io("created", directory, error)),
        }
        let path = directory.join(LOCK);
        let lock = match private_options().create(true).append(true).open(&path) {
            Ok(lock) => lock,
            // The export that held the lock has just ended.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(ExportError::io("written", &path, error)),
        };
        match lock.try_lock() {
            Ok(()) if is_same_file(&lock, &path) => return Ok(lock),
            // The export that held the lock has just ended and removed it.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ExportError::new(
                    ExportErrorKind::Locked,
                    format!("another export to {target} is running"),
                    "wait until it ends, or name another target",
                ));
            }
            // Some network file systems have no locks.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(lock);
            }
            Err(TryLockError::Error(error)) => {
                return Err(ExportError::io("locked", &path, error));
            }
        }
    }
}

/// Checks that an existing path can be used as the staging directory.
fn check(directory: &Path) -> Result<(), ExportError> {
    let refuse = |what: &str| {
        Err(ExportError::new(
            ExportErrorKind::StagingInTheWay,
            format!("{} is needed to build the export, but {what}", directory.display()),
            "move it away, or name another target",
        ))
    };
    let mut entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return refuse("a file has that name");
        }
        // Removed in the meantime.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(ExportError::io("read", directory, error)),
    };
    if directory.join(LOCK).exists() || entries.next().is_none() {
        return Ok(());
    }
    refuse("it is a directory with other content")
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |found: fs::Metadata| (found.dev(), found.ino());
    matches!((file.metadata().map(id), fs::metadata(path).map(id)), (Ok(a), Ok(b)) if a == b)
}

/// On other systems an open file cannot be removed.
#[cfg(not(unix))]
fn is_same_file(_: &File, path: &Path) -> bool {
    path.exists()
}
