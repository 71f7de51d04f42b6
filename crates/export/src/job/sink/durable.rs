//! A file that is carried to the disk while it is written.
//!
//! Asked for at the end only, that takes a tenth of an export's time, in which
//! nobody else has anything to do.

use std::{
    fs::File,
    io::{self, Write},
    sync::Arc,
    thread::{self, JoinHandle},
};

/// Bytes after which the disk is given what was written.
const AT_ONCE: u64 = 16 << 20;

/// A file whose bytes go to disk beside the writing.
#[derive(Debug)]
pub(crate) struct DurableFile {
    file: Arc<File>,
    /// Bytes that nobody has asked the disk to keep.
    waiting: u64,
    under_way: Option<JoinHandle<io::Result<()>>>,
}

impl DurableFile {
    pub(crate) fn new(file: File) -> Self {
        Self { file: Arc::new(file), waiting: 0, under_way: None }
    }

    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&*self.file).write_all(bytes)?;
        self.waiting += bytes.len() as u64;
        let is_free = self.under_way.as_ref().is_none_or(JoinHandle::is_finished);
        if self.waiting >= AT_ONCE && is_free {
            self.settle()?;
            let file = self.file.clone();
            let sync = move || file.sync_data();
            // Without a thread it is done at the end, as ever.
            self.under_way = thread::Builder::new().name("durable".to_owned()).spawn(sync).ok();
            self.waiting = 0;
        }
        Ok(())
    }

    /// Cuts the file to so many bytes.
    pub(crate) fn cut(&self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)
    }

    /// Makes all that was written outlast a crash.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        // The system tells of a failure once: whoever asked first has it.
        let settled = self.settle();
        let synced = self.file.sync_data();
        self.waiting = 0;
        settled.and(synced)
    }

    /// Waits for what is under way.
    fn settle(&mut self) -> io::Result<()> {
        match self.under_way.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(synced)) => synced,
            Some(Err(_)) => Err(io::Error::other("the thread that does it broke off")),
        }
    }
}

impl Drop for DurableFile {
    fn drop(&mut self) {
        // Whoever needed it has asked; nothing may go on behind an export's back.
        drop(self.settle());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn file_is_whole_and_durable_whatever_was_under_way() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let mut file = DurableFile::new(File::create(&path).unwrap());
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..40 {
            file.write_all(&piece).unwrap();
        }
        assert!(file.under_way.is_some(), "nothing was carried to disk beside the writing");
        file.sync().unwrap();
        assert!(file.under_way.is_none());
        assert_eq!(fs::metadata(&path).unwrap().len(), 40 << 20);
        file.cut(7).unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"xxxxxxx");
    }

    #[test]
    #[cfg(unix)]
    fn failure_beside_the_writing_is_told() {
        // A pipe cannot be made durable.
        let (_reader, writer) = io::pipe().unwrap();
        let file = File::from(std::os::fd::OwnedFd::from(writer));
        let mut file = DurableFile::new(file);
        file.under_way = Some(thread::spawn(|| Err(io::ErrorKind::StorageFull.into())));
        assert_eq!(file.sync().unwrap_err().kind(), io::ErrorKind::StorageFull);
        file.under_way = Some(thread::spawn(|| Err(io::ErrorKind::StorageFull.into())));
        file.waiting = AT_ONCE;
        while !file.under_way.as_ref().unwrap().is_finished() {
            thread::yield_now();
        }
        assert_eq!(file.write_all(b"x").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
