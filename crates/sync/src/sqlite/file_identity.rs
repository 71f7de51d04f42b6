//! The file that was opened, and whether its name still leads to it.
//!
//! A file that is deleted or replaced while it is open goes on to exist
//! without a name: what is written to it then is gone when it is closed.

use crate::{StoreError, StoreErrorKind};
use rusqlite::Connection;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A file that is open: its name, and its number in the file system.
pub(super) struct FileIdentity {
    path: PathBuf,
    number: Number,
}

/// Device and inode.
type Number = (u64, u64);

impl FileIdentity {
    /// `None` where there is no file, or where the system does not number
    /// files; it then keeps open files from being deleted.
    pub(super) fn new(connection: &Connection) -> Option<Self> {
        let path = PathBuf::from(connection.path().filter(|path| !path.is_empty())?);
        let number = number(&path).ok()??;
        Some(Self { path, number })
    }

    /// Makes sure that the name still leads to the file.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let what = match number(&self.path) {
            Ok(now) if now == Some(self.number) => return Ok(()),
            Ok(_) => "replaced",
            Err(error) if error.kind() == io::ErrorKind::NotFound => "moved or deleted",
            Err(error) => {
                let reason = super::reason(&error);
                let problem = format!("{} cannot be looked at: {reason}", self.path.display());
                let help = "the next sync resumes where this one ended";
                return Err(StoreError::new(StoreErrorKind::Broken, problem, help).caused_by(error));
            }
        };
        let path = self.path.display();
        let problem = format!("{path} was {what} while the sync was writing to it");
        let help = "what this sync wrote last is not in that file: run it again, and stop callfold \
                    before you replace its database";
        Err(StoreError::new(StoreErrorKind::Broken, problem, help))
    }
}

#[cfg(unix)]
fn number(path: &Path) -> io::Result<Option<Number>> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).map(|file| Some((file.dev(), file.ino())))
}

#[cfg(not(unix))]
fn number(path: &Path) -> io::Result<Option<Number>> {
    fs::metadata(path).map(|_| None)
}
