//! Detects that the database file was deleted or replaced while it is open.
//!
//! Such a file continues to exist without a name: what is written to it is lost
//! when it is closed.

use crate::{StoreError, StoreErrorKind};
use callfold_reader::text::io_reason;
use rusqlite::Connection;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// An open file: its name, and its number in the file system.
pub(super) struct FileIdentity {
    path: PathBuf,
    number: Number,
}

/// Device and inode.
type Number = (u64, u64);

impl FileIdentity {
    /// `None` if there is no file, or if the system does not number files; it then
    /// protects open files from deletion.
    pub(super) fn new(connection: &Connection) -> Option<Self> {
        let path = PathBuf::from(connection.path().filter(|path| !path.is_empty())?);
        let number = number(&path).ok()??;
        Some(Self { path, number })
    }

    /// Makes sure that the name still refers to the file.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let what = match number(&self.path) {
            Ok(now) if now == Some(self.number) => return Ok(()),
            Ok(_) => "replaced",
            Err(error) if error.kind() == io::ErrorKind::NotFound => "moved or deleted",
            Err(error) => {
                let reason = io_reason(&error);
                let problem = format!("cannot access {}: {reason}", self.path.display());
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
