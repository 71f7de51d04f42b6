//! Uploads files in parts, with little in memory.

use super::StoreTarget;
use crate::{
    ExportError, ExportErrorKind,
    progress::{ExportEvent, ExportProgress, UploadProgress},
};
use object_store::{ObjectStoreExt, WriteMultipart, path::Path};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};
use tokio::{fs::File, io::AsyncReadExt, sync::watch};

/// Most concurrent files.
pub(super) const MAX_CONCURRENT_FILES: usize = 3;
/// Bytes of a part; smaller files are uploaded in one request.
const PART_BYTES: usize = 8 << 20;
/// Most concurrent parts of a file.
const MAX_CONCURRENT_PARTS: usize = 2;
/// Most parts of a file; stores allow 10,000.
const MAX_PARTS: u64 = 9_000;

/// A file to upload.
#[derive(Debug)]
pub(crate) struct UploadFile {
    /// Its path below the target.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

/// Reports the progress of an upload, and cancels it.
pub(crate) struct UploadMonitor {
    progress: ExportProgress,
    uploaded: AtomicU64,
    total: u64,
    stop: watch::Receiver<bool>,
}

impl UploadMonitor {
    pub(crate) fn new(
        files: &[UploadFile],
        progress: ExportProgress,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let total = files.iter().map(|file| file.bytes).sum();
        progress.report(ExportEvent::Uploaded(UploadProgress { bytes: 0, of: total }));
        Self { progress, uploaded: AtomicU64::new(0), total, stop }
    }

    fn add(&self, bytes: usize) {
        let bytes = bytes as u64;
        let uploaded = self.uploaded.fetch_add(bytes, Relaxed) + bytes;
        self.progress
            .report(ExportEvent::Uploaded(UploadProgress { bytes: uploaded, of: self.total }));
    }

    fn check_stop(&self, target: &StoreTarget) -> Result<(), ExportError> {
        if !*self.stop.borrow() {
            return Ok(());
        }
        let problem = format!("interrupted during the upload to {}", target.shown());
        Err(ExportError::new(ExportErrorKind::Interrupted, problem, "").resumable())
    }
}

impl StoreTarget {
    pub(super) async fn upload(
        &self,
        source: &UploadFile,
        key: &Path,
        monitor: &UploadMonitor,
    ) -> Result<(), ExportError> {
        let unread = |error| ExportError::io("read", &source.path, error);
        monitor.check_stop(self)?;
        let mut file = File::open(&source.path).await.map_err(unread)?;
        if source.bytes <= PART_BYTES as u64 {
            let mut bytes = Vec::with_capacity(usize::try_from(source.bytes).unwrap_or(PART_BYTES));
            file.read_to_end(&mut bytes).await.map_err(unread)?;
            let length = bytes.len();
            let put = self.store.put(key, bytes.into()).await;
            put.map_err(|error| self.failed("written", key, error))?;
            monitor.add(length);
            return Ok(());
        }
        let part = PART_BYTES.max(usize::try_from(source.bytes / MAX_PARTS).unwrap_or(PART_BYTES));
        let upload = self.store.put_multipart(key).await;
        let upload = upload.map_err(|error| self.failed("written", key, error))?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, part);
        match self.parts(&mut file, part, &mut upload, key, source, monitor).await {
            Ok(()) => {
                let finished = upload.finish().await;
                finished.map(drop).map_err(|error| self.failed("written", key, error))
            }
            Err(error) => {
                // Invisible parts would cost money. A failed abort does not change the error.
                let _ = upload.abort().await;
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
        source: &UploadFile,
        monitor: &UploadMonitor,
    ) -> Result<(), ExportError> {
        loop {
            monitor.check_stop(self)?;
            let capacity = upload.wait_for_capacity(MAX_CONCURRENT_PARTS).await;
            capacity.map_err(|error| self.failed("written", key, error))?;
            let mut bytes = Vec::with_capacity(part);
            let read = file.take(part as u64).read_to_end(&mut bytes).await;
            let length = read.map_err(|error| ExportError::io("read", &source.path, error))?;
            if length == 0 {
                return Ok(());
            }
            upload.put(bytes.into());
            monitor.add(length);
        }
    }
}
