//! The log on its way to the disk while more is written to it.
//!
//! SQLite copies the log into the file from time to time, and waits for the
//! disk before it does. Where the log is on the disk by then, the wait is
//! short.

use rusqlite::Connection;
use std::{
    fs::File,
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

/// Calls that are written before the disk is given the log again.
const CALLS: usize = 1_000;

/// Carries a database's log to the disk, on a thread of its own, which ends
/// with this.
pub(super) struct WalFlusher {
    wanted: SyncSender<()>,
    calls: usize,
}

impl WalFlusher {
    /// `None` where there is no log, or no thread: then SQLite does it by itself.
    ///
    /// The database itself must not be opened a second time: to close it again
    /// would end the locks that the connection has.
    pub(super) fn new(connection: &Connection) -> Option<Self> {
        let path = connection.path().filter(|path| !path.is_empty())?;
        let log = File::open(Path::new(&format!("{path}-wal"))).ok()?;
        let (wanted, next) = sync_channel(1);
        thread::Builder::new().name("log".to_owned()).spawn(move || carry(&log, &next)).ok()?;
        Some(Self { wanted, calls: 0 })
    }

    /// Tells that a transaction was committed.
    pub(super) fn committed(&mut self, calls: usize) {
        self.calls += calls;
        if self.calls >= CALLS {
            self.calls = 0;
            // While one is under way, the next one can wait for the next time.
            let _ = self.wanted.try_send(());
        }
    }
}

fn carry(log: &File, wanted: &Receiver<()>) {
    while wanted.recv().is_ok() {
        // A failure is told to SQLite as well, when it asks for the same.
        let _ = log.sync_data();
    }
}
