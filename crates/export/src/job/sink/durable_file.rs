//! A file that is synced in the background while it is written.
//!
//! A single sync at the end would take a tenth of an export's time.

use std::{
    fs::File,
    io::{self, Write},
    sync::Arc,
    thread::{self, JoinHandle},
};

/// Bytes after which a background sync starts.
const SYNC_BYTES: u64 = 16 << 20;

/// A file with background syncs.
#[derive(Debug)]
pub(crate) struct DurableFile {
    file: Arc<File>,
    /// Bytes written since the last sync started.
    unsynced: u64,
    background_sync: Option<JoinHandle<io::Result<()>>>,
}

impl DurableFile {
    pub(crate) fn new(file: File) -> Self {
        Self { file: Arc::new(file), unsynced: 0, background_sync: None }
    }

    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&*self.file).write_all(bytes)?;
        self.unsynced += bytes.len() as u64;
        let is_free = self.background_sync.as_ref().is_none_or(JoinHandle::is_finished);
        if self.unsynced >= SYNC_BYTES && is_free {
            self.wait()?;
            let file = self.file.clone();
            let sync = move || file.sync_data();
            // Without a thread, the sync at the end does it.
            self.background_sync = thread::Builder::new().name("sync".to_owned()).spawn(sync).ok();
            self.unsynced = 0;
        }
        Ok(())
    }

    /// Truncates the file.
    pub(crate) fn cut(&self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)
    }

    /// Makes everything written durable.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        // The system reports a failure only once, to the first sync.
        let waited = self.wait();
        let synced = self.file.sync_data();
        self.unsynced = 0;
        waited.and(synced)
    }

    /// Waits for the background sync.
    fn wait(&mut self) -> io::Result<()> {
        match self.background_sync.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(synced)) => synced,
            Some(Err(_)) => Err(io::Error::other("the sync thread panicked")),
        }
    }
}

impl Drop for DurableFile {
    fn drop(&mut self) {
        // No sync may run after the export has ended.
        drop(self.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn sync_waits_for_the_background_sync() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let mut file = DurableFile::new(File::create(&path).unwrap());
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..40 {
            file.write_all(&piece).unwrap();
        }
        assert!(file.background_sync.is_some(), "no background sync started");
        file.sync().unwrap();
        assert!(file.background_sync.is_none());
        assert_eq!(fs::metadata(&path).unwrap().len(), 40 << 20);
        file.cut(7).unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"xxxxxxx");
    }

    #[test]
    #[cfg(unix)]
    fn failure_of_a_background_sync_is_reported() {
        // A pipe cannot be made durable.
        let (_reader, writer) = io::pipe().unwrap();
        let file = File::from(std::os::fd::OwnedFd::from(writer));
        let mut file = DurableFile::new(file);
        file.background_sync = Some(thread::spawn(|| Err(io::ErrorKind::StorageFull.into())));
        assert_eq!(file.sync().unwrap_err().kind(), io::ErrorKind::StorageFull);
        file.background_sync = Some(thread::spawn(|| Err(io::ErrorKind::StorageFull.into())));
        file.unsynced = SYNC_BYTES;
        while !file.background_sync.as_ref().unwrap().is_finished() {
            thread::yield_now();
        }
        assert_eq!(file.write_all(b"x").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
