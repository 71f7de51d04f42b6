//! Flushes the WAL in the background.
//!
//! A checkpoint of SQLite first waits until the WAL is on the disk; if it is there
//! by then, the wait is short.

use rusqlite::Connection;
use std::{
    fs::File,
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

/// Calls between two flushes.
const CALLS_PER_FLUSH: usize = 1_000;

/// Flushes a database's WAL on a thread, which ends when this is dropped.
pub(super) struct WalFlusher {
    requests: SyncSender<()>,
    calls: usize,
}

impl WalFlusher {
    /// `None` without a WAL or a thread: then SQLite does all of it.
    ///
    /// The database file itself must not be opened a second time: closing it would
    /// release the locks of the connection.
    pub(super) fn new(connection: &Connection) -> Option<Self> {
        let path = connection.path().filter(|path| !path.is_empty())?;
        let wal = File::open(Path::new(&format!("{path}-wal"))).ok()?;
        let (requests, next) = sync_channel(1);
        thread::Builder::new().name("wal".to_owned()).spawn(move || flush(&wal, &next)).ok()?;
        Some(Self { requests, calls: 0 })
    }

    /// Called after each commit.
    pub(super) fn committed(&mut self, calls: usize) {
        self.calls += calls;
        if self.calls >= CALLS_PER_FLUSH {
            self.calls = 0;
            // While a flush is running, this one is skipped.
            let _ = self.requests.try_send(());
        }
    }
}

fn flush(wal: &File, requests: &Receiver<()>) {
    while requests.recv().is_ok() {
        // SQLite gets the same error at its checkpoint.
        let _ = wal.sync_data();
    }
}
