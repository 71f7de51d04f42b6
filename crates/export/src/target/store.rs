//! Object stores: checking the target, and uploading the result.
//!
//! An object appears when it is complete, so a single file is replaced in one step. The objects of a
//! set have names with the id of the run. The manifest lists them; it is written after them, and
//! before the objects of the run before are deleted.

mod open;
mod upload;

pub(crate) use open::open;

use super::{
    Layout,
    manifest::{MANIFEST, Manifest},
    origin,
};
use crate::{ExportError, ExportErrorKind};
use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture},
    stream,
};
use object_store::{Error, ObjectStore, ObjectStoreExt, path::Path};
use std::sync::Arc;
pub(crate) use upload::{UploadFile, UploadMonitor};

/// A path in an object store.
#[derive(Clone)]
pub(crate) struct StoreTarget {
    store: Arc<dyn ObjectStore>,
    path: Path,
    shown: String,
    is_directory: bool,
}

impl StoreTarget {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        path: &str,
        shown: String,
    ) -> Result<Self, ExportError> {
        let is_directory = path.is_empty() || path.ends_with('/');
        let path = Path::parse(path.trim_end_matches('/')).map_err(|_| {
            ExportError::usage(
                format!("{shown} is not a path in an object store"),
                "leave out empty parts, `.`, `..` and control characters",
            )
        })?;
        Ok(Self { store, path, shown, is_directory })
    }

    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    pub(crate) fn is_directory(&self) -> bool {
        self.is_directory
    }

    /// The last part of its name.
    pub(crate) fn name(&self) -> &str {
        self.path.filename().unwrap_or("bucket")
    }

    /// Checks that the store can be reached and written, and that what is there may be replaced. Returns the
    /// manifest of a set that is there.
    pub(crate) async fn inspect(
        &self,
        layout: &Layout,
        overwrite: bool,
    ) -> Result<Option<Manifest>, ExportError> {
        let mut found = self.store.list(Some(&self.path));
        let any = match found.next().await {
            None => false,
            Some(Ok(_)) => true,
            // The credentials may allow writing but not listing.
            Some(Err(error)) if open::status(&error) == Some(403) => false,
            Some(Err(error)) => return Err(self.failed("accessed", &self.path, error)),
        };
        self.check_write(layout).await?;
        if *layout == Layout::File {
            self.check_object(overwrite).await?;
            return Ok(None);
        }
        if !any {
            return Ok(None);
        }
        let manifest = self.manifest().await?;
        if manifest.is_none() && !overwrite {
            return Err(ExportError::new(
                ExportErrorKind::InTheWay,
                format!("{} holds objects that callfold did not write", self.shown),
                "name another prefix",
            ));
        }
        Ok(manifest)
    }

    /// Checks that the store takes an upload, by one that is aborted before it holds anything.
    async fn check_write(&self, layout: &Layout) -> Result<(), ExportError> {
        let key = match layout {
            Layout::File => self.path.clone(),
            _ => self.path.clone().join(MANIFEST),
        };
        let begun = self.store.put_multipart(&key).await;
        let mut begun = begun.map_err(|error| self.failed("written", &key, error))?;
        // A store drops what was never completed; credentials may not allow to drop it now.
        let _ = begun.abort().await;
        Ok(())
    }

    /// Checks that the object may be replaced: there is none, or callfold wrote it.
    async fn check_object(&self, overwrite: bool) -> Result<(), ExportError> {
        if overwrite {
            return Ok(());
        }
        let failed = |error| self.failed("read", &self.path, error);
        let found = match self.store.get(&self.path).await {
            Ok(found) => found,
            // The credentials may allow writing but not reading.
            Err(error) if matches!(open::status(&error), Some(403 | 404)) => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        let size = found.meta.size;
        let mut head = Vec::new();
        let mut pieces = found.into_stream();
        while let Some(piece) = pieces.next().await {
            head.extend_from_slice(&piece.map_err(failed)?);
            if head.len() as u64 >= origin::SAMPLE_BYTES {
                break;
            }
        }
        drop(pieces);
        let mut tail = Vec::new();
        if origin::is_parquet(&head) {
            let range = size.saturating_sub(origin::SAMPLE_BYTES)..size;
            let end = self.store.get_range(&self.path, range).await.map_err(failed)?;
            tail.extend_from_slice(&end);
        }
        match origin::is_written(&head, &tail) {
            true => Ok(()),
            false => Err(origin::foreign(&self.shown)),
        }
    }

    async fn manifest(&self) -> Result<Option<Manifest>, ExportError> {
        let key = self.path.clone().join(MANIFEST);
        let text = match self.store.get(&key).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        match text {
            Ok(text) => Ok(Manifest::parse(&text)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("read", &key, error)),
        }
    }

    /// Uploads one file.
    pub(crate) async fn publish_file(
        &self,
        file: &UploadFile,
        monitor: &UploadMonitor,
    ) -> Result<(), ExportError> {
        self.upload(file, &self.path, monitor).await
    }

    /// Uploads a partitioned set, and deletes the previous one.
    pub(crate) async fn publish_set<'a>(
        &'a self,
        files: &'a [UploadFile],
        mut manifest: Manifest,
        previous: Option<Manifest>,
        monitor: &'a UploadMonitor,
    ) -> Result<(), ExportError> {
        let key = |path: &str| {
            let key = Path::parse(format!("{}/{path}", self.path));
            key.map_err(|error| self.failed("written", &self.path, error.into()))
        };
        let upload = |file: &'a UploadFile| -> BoxFuture<'a, Result<(), ExportError>> {
            match key(&file.name) {
                Ok(key) => async move { self.upload(file, &key, monitor).await }.boxed(),
                Err(error) => future::ready(Err(error)).boxed(),
            }
        };
        let uploads: Vec<_> = files.iter().map(upload).collect();
        let mut uploads = stream::iter(uploads).buffer_unordered(upload::MAX_CONCURRENT_FILES);
        while let Some(uploaded) = uploads.next().await {
            uploaded?;
        }
        drop(uploads);
        if let Some(previous) = previous {
            let mut replaced: Vec<_> = previous.files.into_iter().map(|file| file.path).collect();
            replaced.extend(previous.replaced);
            replaced.retain(|path| manifest.files.iter().all(|file| file.path != *path));
            manifest.replaced = replaced;
        }
        let at = key(MANIFEST)?;
        let written = self.store.put(&at, manifest.to_text().into()).await;
        written.map_err(|error| self.failed("written", &at, error))?;
        self.delete(&manifest.replaced).await
    }

    async fn delete(&self, paths: &[String]) -> Result<(), ExportError> {
        let keys =
            paths.iter().filter_map(|path| Path::parse(format!("{}/{path}", self.path)).ok());
        let keys: Vec<_> = keys.map(Ok).collect();
        let mut deleted = self.store.delete_stream(stream::iter(keys).boxed());
        while let Some(done) = deleted.next().await {
            match done {
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(error) => {
                    let mut failed = self.failed("deleted", &self.path, error);
                    failed.explain(
                        "; the new set is complete, but objects of the previous one remain",
                    );
                    return Err(failed);
                }
            }
        }
        Ok(())
    }

    /// A failed request. The response and the address are left out: both can contain keys.
    pub(crate) fn failed(&self, doing: &str, key: &Path, error: Error) -> ExportError {
        let (reason, help, is_resumable) = open::reason(&error);
        let (root, _) = self.shown.split_at(self.root());
        let key = key.as_ref();
        let problem = match doing {
            "accessed" => format!("cannot access {root}{key}: {reason}"),
            _ => format!("{root}{key} cannot be {doing}: {reason}"),
        };
        let error = ExportError::new(ExportErrorKind::Io, problem, help);
        if is_resumable { error.resumable() } else { error }
    }

    /// The length of the shown name before the path.
    fn root(&self) -> usize {
        let shown = self.shown.trim_end_matches('/');
        shown.strip_suffix(self.path.as_ref()).map_or(shown.len(), str::len)
    }
}
