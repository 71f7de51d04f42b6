//! The log, copied into the file while more is written to it.
//!
//! By itself SQLite does both on the thread that writes: from time to time the
//! log is taken to the disk, copied into the file, and that taken to the disk.
//! Here a second connection does so on a thread of its own, and whoever writes
//! waits for it only where the log has become long.

use rusqlite::{Connection, DEFAULT_NAME, OpenFlags, hooks::Wal, wal::CheckpointMode};
use std::{
    ffi::c_int,
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

/// Pages that come to the log before it is copied again.
const PART: c_int = 1_000;
/// Pages of a log whose copy is waited for.
const LONG: c_int = 8_000;

/// The thread that copies a connection's log.
pub(super) struct Copier(JoinHandle<()>);

impl Copier {
    /// Has the log of this connection copied, which has to be told at its
    /// [`end`](Self::end). `None` where there is no log, or no thread: then
    /// SQLite does it by itself.
    pub(super) fn of(connection: &mut Connection) -> Option<Self> {
        let path = connection.path().filter(|path| !path.is_empty())?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let second = Connection::open_with_flags(Path::new(path), flags).ok()?;
        let (asked, next) = sync_channel(1);
        let copier = thread::Builder::new().name("callfold-log".to_owned());
        let thread = copier.spawn(move || copy(&second, &next)).ok()?;
        let mut copied = 0;
        let hook = move |_: &mut Wal, pages| {
            ask(&asked, pages, &mut copied);
            Ok(())
        };
        connection.wal_hook(Some(hook)).ok()?;
        Some(Self(thread))
    }

    /// Waits until nothing is copied any more.
    pub(super) fn end(self, connection: &mut Connection) {
        // With the hook goes the sender that the thread waits at.
        let _ = connection.wal_hook(None::<fn(&mut Wal, c_int) -> rusqlite::Result<()>>);
        let _ = self.0.join();
    }
}

/// Who waits for a copy, if anybody does.
type Asked = Option<SyncSender<()>>;

/// Asks for a copy of a log of so many pages, if it is time. `before` is how
/// many there were when it was asked for last.
fn ask(asked: &SyncSender<Asked>, pages: c_int, before: &mut c_int) {
    if pages < *before {
        // All of it was copied, and the log begun anew.
        *before = 0;
    }
    if pages >= LONG {
        let (done, copied) = sync_channel(1);
        if asked.send(Some(done)).is_ok() {
            let _ = copied.recv();
        }
    } else if pages - *before >= PART && asked.try_send(None).is_ok() {
        *before = pages;
    }
}

fn copy(connection: &Connection, asked: &Receiver<Asked>) {
    while let Ok(done) = asked.recv() {
        // What cannot be copied stays in the log, from which it is read as well. Where there is no
        // space for it, there is none for more log either, which whoever writes is told.
        if let Err(error) = connection.wal_checkpoint_v2(DEFAULT_NAME, CheckpointMode::PASSIVE) {
            tracing::debug!(%error, "the log could not be copied into the database");
        }
        if let Some(done) = done {
            let _ = done.send(());
        }
    }
}
