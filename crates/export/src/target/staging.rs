//! The directory beside the target where an export grows until it is whole.
//!
//! It holds a lock, the journal, the prints of what was read, and the data.

use super::private;
use crate::{
    job::error::{ExportError, ExportErrorKind},
    journal::Journal,
};
use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Held while an export runs.
const LOCK: &str = "lock";
/// A directory that had to make way, until the new one is in its place.
const OLD: &str = "old";

/// What to do about a partial export of the same target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Begin {
    /// Do not touch it: it is an error that there is one.
    #[default]
    New,
    /// Go on with it; begin where there is none.
    Resume,
    /// Throw it away.
    Restart,
}

/// A staging directory that is ours alone.
#[derive(Debug)]
pub(crate) struct Staging {
    directory: PathBuf,
    /// What the target is called, for messages.
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
    /// Takes the directory, makes it where there is none, and gives the
    /// journal of the export that was begun there.
    pub(crate) fn open(
        directory: PathBuf,
        target: &str,
        begin: Begin,
    ) -> Result<(Self, Option<Journal>), ExportError> {
        let lock = take(&directory, target)?;
        let staging = Self { directory, target: target.to_owned(), _lock: lock };
        let found = match begin {
            Begin::Restart => None,
            _ => staging.found(begin)?,
        };
        if found.is_none() {
            staging.clear()?;
        }
        make(&staging.data())?;
        sync_directory(&staging.directory)?;
        sync_directory(staging.directory.parent().unwrap_or(Path::new(".")))?;
        Ok((staging, found))
    }

    fn found(&self, begin: Begin) -> Result<Option<Journal>, ExportError> {
        let shown = self.directory.display();
        match (Journal::load(&self.directory), begin) {
            (Ok(None), _) => Ok(None),
            (Ok(found), Begin::Resume) => Ok(found),
            (Ok(Some(_)), _) => Err(ExportError::new(
                ExportErrorKind::PartialExists,
                format!(
                    "an export to {} was begun and is not whole: {shown} holds it",
                    self.target
                ),
                "go on with it by --resume, or throw it away and begin anew by --restart",
            )),
            (Err(why), _) => Err(ExportError::new(
                ExportErrorKind::Changed,
                format!("the partial export {shown} cannot be gone on with: {why}"),
                "throw it away and begin anew by --restart",
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

    /// Where it is.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the data is.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Where a directory that has to make way is put.
    pub(crate) fn old(&self) -> PathBuf {
        self.directory.join(OLD)
    }

    /// Removes it where it holds nothing to go on with. What cannot be removed
    /// stays: the next export clears it away.
    pub(crate) fn tidy(self) {
        if matches!(Journal::load(&self.directory), Ok(None)) {
            let _ = remove(&self.directory);
        }
    }

    /// Ends it, with everything in it. The journal goes first: what is left
    /// after a crash is taken for nothing.
    pub(crate) fn remove(self) -> Result<(), ExportError> {
        Journal::remove(&self.directory)?;
        remove(&self.directory)
    }
}

/// Makes the directory and takes its lock.
fn take(directory: &Path, target: &str) -> Result<File, ExportError> {
    loop {
        match private::create_directory(directory, false) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check(directory)?,
            Err(error) => return Err(ExportError::io("created", directory, error)),
        }
        let path = directory.join(LOCK);
        let lock = match private::options().create(true).append(true).open(&path) {
            Ok(lock) => lock,
            // The export that held it has just ended.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(ExportError::io("written", &path, error)),
        };
        match lock.try_lock() {
            Ok(()) if is_still(&lock, &path) => return Ok(lock),
            // The export that held it has just ended and removed it.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ExportError::new(
                    ExportErrorKind::Locked,
                    format!("another export to {target} is running"),
                    "wait until it ends, or name another target",
                ));
            }
            // Some network file systems know no locks: then nothing guards.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(lock);
            }
            Err(TryLockError::Error(error)) => {
                return Err(ExportError::io("locked", &path, error));
            }
        }
    }
}

/// Whether what stands there can be a staging directory of ours.
fn check(directory: &Path) -> Result<(), ExportError> {
    let refuse = |what: &str| {
        Err(ExportError::new(
            ExportErrorKind::InTheWay,
            format!("{} is needed while the export grows, and {what}", directory.display()),
            "move it away, or name another target",
        ))
    };
    let mut entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return refuse("a file has that name");
        }
        // Removed meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(ExportError::io("read", directory, error)),
    };
    if directory.join(LOCK).exists() || entries.next().is_none() {
        return Ok(());
    }
    refuse("it is a directory with something else in it")
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |found: fs::Metadata| (found.dev(), found.ino());
    matches!((file.metadata().map(id), fs::metadata(path).map(id)), (Ok(a), Ok(b)) if a == b)
}

/// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
fn is_still(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Makes a directory that may be there already, for nobody but its owner.
pub(crate) fn make(directory: &Path) -> Result<(), ExportError> {
    private::create_directory(directory, true)
        .map_err(|error| ExportError::io("created", directory, error))
}

/// Removes a file or a whole directory; one that is not there is fine.
pub(crate) fn remove(path: &Path) -> Result<(), ExportError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ExportError::io("removed", path, error))
        }
        _ => Ok(()),
    }
}

/// Makes what happened in a directory outlast a power cut, where the system
/// can.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), ExportError> {
    if cfg!(unix) {
        let synced = File::open(directory).and_then(|directory| directory.sync_all());
        synced.map_err(|error| ExportError::io("written", directory, error))?;
    }
    Ok(())
}
