//! Files to objects, in parts, with little in memory.

use super::Remote;
use crate::{
    job::error::{ExportError, ExportErrorKind},
    progress::{Event, Progress, Uploaded},
};
use object_store::{ObjectStoreExt, WriteMultipart, path::Path};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};
use tokio::{fs::File, io::AsyncReadExt, sync::watch};

/// Files that are carried at once.
pub(super) const FILES_AT_ONCE: usize = 3;
/// Bytes of a part; a file of no more goes in one.
const PART: usize = 8 << 20;
/// Parts of a file that are under way at once.
const PARTS_AT_ONCE: usize = 2;
/// A store takes 10,000 parts at most.
const PARTS: u64 = 9_000;

/// A file to carry.
#[derive(Debug)]
pub(crate) struct Load {
    /// Its name below the target.
    pub(crate) name: String,
    pub(crate) from: PathBuf,
    pub(crate) bytes: u64,
}

/// How carrying is watched, and ended.
pub(crate) struct Carrying {
    progress: Progress,
    done: AtomicU64,
    of: u64,
    stop: watch::Receiver<bool>,
}

impl Carrying {
    pub(crate) fn new(loads: &[Load], progress: Progress, stop: watch::Receiver<bool>) -> Self {
        let of = loads.iter().map(|load| load.bytes).sum();
        progress.tell(Event::Uploaded(Uploaded { bytes: 0, of }));
        Self { progress, done: AtomicU64::new(0), of, stop }
    }

    fn carried(&self, bytes: usize) {
        let done = self.done.fetch_add(bytes as u64, Relaxed) + bytes as u64;
        self.progress.tell(Event::Uploaded(Uploaded { bytes: done, of: self.of }));
    }

    fn check(&self, remote: &Remote) -> Result<(), ExportError> {
        if !*self.stop.borrow() {
            return Ok(());
        }
        Err(ExportError::new(
            ExportErrorKind::Interrupted,
            format!("interrupted while the result was carried to {}", remote.shown()),
            "go on by --resume: nothing is read again, and what was carried is carried anew",
        ))
    }
}

impl Remote {
    pub(super) async fn upload(
        &self,
        load: &Load,
        key: &Path,
        carrying: &Carrying,
    ) -> Result<(), ExportError> {
        let unread = |error| ExportError::io("read", &load.from, error);
        carrying.check(self)?;
        let mut file = File::open(&load.from).await.map_err(unread)?;
        if load.bytes <= PART as u64 {
            let mut bytes = Vec::with_capacity(usize::try_from(load.bytes).unwrap_or(PART));
            file.read_to_end(&mut bytes).await.map_err(unread)?;
            let length = bytes.len();
            let put = self.store.put(key, bytes.into()).await;
            put.map_err(|error| self.failed("written", key, error))?;
            carrying.carried(length);
            return Ok(());
        }
        let part = PART.max(usize::try_from(load.bytes / PARTS).unwrap_or(PART));
        let upload = self.store.put_multipart(key).await;
        let upload = upload.map_err(|error| self.failed("written", key, error))?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, part);
        match self.parts(&mut file, part, &mut upload, key, load, carrying).await {
            Ok(()) => {
                let finished = upload.finish().await;
                finished.map(drop).map_err(|error| self.failed("written", key, error))
            }
            Err(error) => {
                // The parts would cost money and never be seen. That they
                // cannot be removed does not change why it failed.
                let _aborted = upload.abort().await;
                Err(error)
            }
        }
    }

    async fn parts(
        &self,
        file: &mut File,
        part: usize,
        upload: &mut WriteMultipart,
        key: &Path,
        load: &Load,
        carrying: &Carrying,
    ) -> Result<(), ExportError> {
        loop {
            carrying.check(self)?;
            let capacity = upload.wait_for_capacity(PARTS_AT_ONCE).await;
            capacity.map_err(|error| self.failed("written", key, error))?;
            let mut bytes = Vec::with_capacity(part);
            let read = file.take(part as u64).read_to_end(&mut bytes).await;
            let length = read.map_err(|error| ExportError::io("read", &load.from, error))?;
            if length == 0 {
                return Ok(());
            }
            upload.put(bytes.into());
            carrying.carried(length);
        }
    }
}
