//! The target of an export, and how the result is published there.

pub(crate) mod local;
pub(crate) mod manifest;
mod origin;
pub(crate) mod staging;
pub(crate) mod store;

use crate::{Compression, ExportError, Format, PartitionBy, Shape};
use object_store::ObjectStore;
use std::{
    fmt,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The target of an export.
pub struct ExportTarget(pub(crate) TargetKind);

pub(crate) enum TargetKind {
    Stream(Box<dyn Write + Send>),
    Local(PathBuf),
    Store(store::StoreTarget),
}

/// How the result is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One file.
    File,
    /// A directory with one file per call.
    FilePerCall,
    /// Directories named after values.
    Partitioned(Vec<PartitionBy>),
}

impl ExportTarget {
    /// A stream, such as standard output. It receives the calls as they are read, and cannot be
    /// resumed.
    pub fn stream(out: impl Write + Send + 'static) -> Self {
        Self(TargetKind::Stream(Box::new(out)))
    }

    /// A file or directory on this machine.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(TargetKind::Local(path.into()))
    }

    /// A path in an object store. `shown` is its name in messages, without credentials.
    ///
    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`](crate::ExportErrorKind::Usage) if the path is invalid.
    pub fn store(
        store: Arc<dyn ObjectStore>,
        path: &str,
        shown: impl Into<String>,
    ) -> Result<Self, ExportError> {
        Ok(Self(TargetKind::Store(store::StoreTarget::new(store, path, shown.into())?)))
    }

    /// Parses an address with `s3://`, `gs://`, `az://` or `file://`, or else a local path. Object
    /// stores are configured by the environment variables of their own tools.
    ///
    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`](crate::ExportErrorKind::Usage) if the address is invalid, or the
    /// environment lacks the configuration.
    pub fn parse(text: &str) -> Result<Self, ExportError> {
        if text.is_empty() {
            return Err(ExportError::usage(
                "the target is empty",
                "name a file, or - for a stream",
            ));
        }
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(Self::path(text));
        };
        match scheme {
            "file" => local::of_url(text).map(Self::path),
            _ => store::open(text).map(|target| Self(TargetKind::Store(target))),
        }
    }

    /// The path, if it is local.
    pub fn local_path(&self) -> Option<&Path> {
        match &self.0 {
            TargetKind::Local(path) => Some(path),
            _ => None,
        }
    }

    /// The layout of a result with this shape and partitioning.
    pub(crate) fn layout(
        &self,
        shape: Shape,
        partition: &[PartitionBy],
    ) -> Result<Layout, ExportError> {
        let is_directory = match &self.0 {
            TargetKind::Stream(_) => false,
            TargetKind::Local(path) => ends_with_separator(path) || path.is_dir(),
            TargetKind::Store(target) => target.is_directory(),
        };
        if !partition.is_empty() {
            return match &self.0 {
                TargetKind::Stream(_) => Err(ExportError::usage(
                    "a partitioned set cannot go to a stream",
                    "name a directory, or write one file without partitions",
                )),
                _ => Ok(Layout::Partitioned(partition.to_vec())),
            };
        }
        match (is_directory, shape.format, &self.0) {
            (false, ..) => Ok(Layout::File),
            (true, Format::Vcon, _) if shape.compression != Compression::None => {
                Err(ExportError::usage(
                    "a directory of vCon files cannot be compressed",
                    "turn compression off, or name a file such as calls.vcon.jsonl.gz",
                ))
            }
            (true, Format::Vcon, TargetKind::Local(_)) => Ok(Layout::FilePerCall),
            (true, Format::Vcon, _) => Err(ExportError::usage(
                format!("{self} is a directory, and an object store takes no file per vCon"),
                "name a file such as calls.vcon.jsonl, or partition the set",
            )),
            _ => Err(ExportError::usage(
                format!("{self} is a directory"),
                "name a file in it, or partition the set, e.g. by vendor and date",
            )),
        }
    }
}

/// Its name in messages.
impl fmt::Display for ExportTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            TargetKind::Stream(_) => f.write_str("standard output"),
            TargetKind::Local(path) => path.display().fmt(f),
            TargetKind::Store(target) => f.write_str(target.shown()),
        }
    }
}

impl fmt::Debug for ExportTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

fn ends_with_separator(path: &Path) -> bool {
    path.as_os_str().to_string_lossy().ends_with(std::path::is_separator)
}
