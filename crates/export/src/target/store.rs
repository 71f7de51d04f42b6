//! Object stores: what stands there, and carrying files to it.
//!
//! An object appears when it is whole, so a single file is replaced in one
//! step. A data set is many objects under names of its own run; the manifest
//! says which belong together, and is written after them and before those of
//! the run before are deleted.

mod open;
mod upload;

pub(crate) use open::open;

use super::{
    Layout,
    manifest::{MANIFEST, Manifest},
    origin,
};
use crate::job::error::{ExportError, ExportErrorKind};
use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture},
    stream,
};
use object_store::{Error, ObjectStore, ObjectStoreExt, path::Path};
use std::sync::Arc;
pub(crate) use upload::{Carrying, Load};

/// A place in an object store.
#[derive(Clone)]
pub(crate) struct Remote {
    store: Arc<dyn ObjectStore>,
    path: Path,
    shown: String,
    is_directory: bool,
}

/// What is known of the place before anything is read.
#[derive(Debug, Default)]
pub(crate) struct Before {
    manifest: Option<Manifest>,
}

impl Remote {
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

    /// Looks at the place: whether it can be reached, and whether what is
    /// there may be replaced.
    pub(crate) async fn inspect(
        &self,
        layout: &Layout,
        overwrite: bool,
    ) -> Result<Before, ExportError> {
        let mut found = self.store.list(Some(&self.path));
        let any = match found.next().await {
            None => false,
            Some(Ok(_)) => true,
            // Some may write and must not list: writing will tell.
            Some(Err(error)) if open::status(&error) == Some(403) => false,
            Some(Err(error)) => return Err(self.failed("looked at", &self.path, error)),
        };
        if *layout == Layout::File {
            self.check_object(overwrite).await?;
            return Ok(Before::default());
        }
        if !any {
            return Ok(Before::default());
        }
        let manifest = self.manifest().await?;
        if manifest.is_none() && !overwrite {
            return Err(ExportError::new(
                ExportErrorKind::InTheWay,
                format!("{} holds objects that callfold did not write", self.shown),
                "name another prefix, or write beside them by --overwrite; readers then see both",
            ));
        }
        Ok(Before { manifest })
    }

    /// Whether the object may be replaced: where there is none, or one that
    /// callfold wrote.
    async fn check_object(&self, overwrite: bool) -> Result<(), ExportError> {
        if overwrite {
            return Ok(());
        }
        let failed = |error| self.failed("read", &self.path, error);
        let found = match self.store.get(&self.path).await {
            Ok(found) => found,
            // Some may write and must not read: nobody can tell then.
            Err(error) if matches!(open::status(&error), Some(403 | 404)) => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        let size = found.meta.size;
        let mut head = Vec::new();
        let mut pieces = found.into_stream();
        while let Some(piece) = pieces.next().await {
            head.extend_from_slice(&piece.map_err(failed)?);
            if head.len() as u64 >= origin::LOOK {
                break;
            }
        }
        drop(pieces);
        let mut tail = Vec::new();
        if origin::is_columns(&head) {
            let range = size.saturating_sub(origin::LOOK)..size;
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

    /// Carries one file to its place.
    pub(crate) async fn publish_file(
        &self,
        load: &Load,
        carrying: &Carrying,
    ) -> Result<(), ExportError> {
        self.upload(load, &self.path, carrying).await
    }

    /// Carries a data set to its place, and deletes the one that was there.
    pub(crate) async fn publish_set<'a>(
        &'a self,
        loads: &'a [Load],
        mut manifest: Manifest,
        before: Before,
        carrying: &'a Carrying,
    ) -> Result<(), ExportError> {
        let key = |path: &str| {
            let key = Path::parse(format!("{}/{path}", self.path));
            key.map_err(|error| self.failed("written", &self.path, error.into()))
        };
        let upload = |load: &'a Load| -> BoxFuture<'a, Result<(), ExportError>> {
            match key(&load.name) {
                Ok(key) => async move { self.upload(load, &key, carrying).await }.boxed(),
                Err(error) => future::ready(Err(error)).boxed(),
            }
        };
        let uploads: Vec<_> = loads.iter().map(upload).collect();
        let mut uploads = stream::iter(uploads).buffer_unordered(upload::FILES_AT_ONCE);
        while let Some(uploaded) = uploads.next().await {
            uploaded?;
        }
        drop(uploads);
        if let Some(before) = before.manifest {
            let mut replaced: Vec<_> = before.files.into_iter().map(|file| file.path).collect();
            replaced.extend(before.replaced);
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
                        "; the new set is whole, but objects of the one before are still there",
                    );
                    return Err(failed);
                }
            }
        }
        Ok(())
    }

    /// The request failed. Neither the answer nor the address is repeated:
    /// both can hold keys.
    pub(crate) fn failed(&self, doing: &str, key: &Path, error: Error) -> ExportError {
        let (reason, cure) = open::reason(&error);
        let (root, _) = self.shown.split_at(self.root());
        let key = key.as_ref();
        ExportError::new(
            ExportErrorKind::Io,
            format!("{root}{key} cannot be {doing}: {reason}"),
            cure,
        )
    }

    /// How much of what is shown stands before the path.
    fn root(&self) -> usize {
        let shown = self.shown.trim_end_matches('/');
        shown.strip_suffix(self.path.as_ref()).map_or(shown.len(), str::len)
    }
}
