//! One sync at a time: a lock on a file beside the database.
//!
//! The operating system releases it when the process ends, however it ends. The
//! database file itself is not locked: SQLite has locks of its own on it, which
//! closing another handle of the file would release.

use crate::{StoreError, StoreErrorKind};
use callfold_reader::text::io_reason;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// The interval between two attempts.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// The lock; dropping it releases it.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Waits at most `wait` for its holder.
    pub(super) async fn take(database: &Path, wait: Duration) -> Result<Self, StoreError> {
        let path = lock_path(database);
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(|error| {
            let reason = io_reason(&error);
            let problem = format!("cannot create the lock file {}: {reason}", path.display());
            let help = "name a database in a directory that you can write to";
            StoreError::new(StoreErrorKind::Unreachable, problem, help).caused_by(error)
        })?;
        let begin = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begin.elapsed() < wait => {
                    tokio::time::sleep(RETRY_DELAY).await;
                }
                Err(TryLockError::WouldBlock) => return Err(busy(database, &mut file)),
                Err(TryLockError::Error(error)) => {
                    let problem =
                        format!("{} cannot be locked: {}", path.display(), io_reason(&error));
                    let help = "keep the database on a local disk";
                    let error = StoreError::new(StoreErrorKind::Unreachable, problem, help)
                        .caused_by(error);
                    return Err(error);
                }
            }
        }
        // The process id is for messages; nothing depends on it.
        let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.set_len(0);
    }
}

fn busy(database: &Path, file: &mut File) -> StoreError {
    let mut text = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let who = match text.trim().parse::<u32>() {
        Ok(process) => format!(" (process {process})"),
        Err(_) => String::new(),
    };
    let problem = format!("another sync{who} is at work on {}", database.display());
    StoreError::busy(problem)
}

fn lock_path(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}
