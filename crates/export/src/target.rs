//! Where an export goes, and how it gets there when it is whole.

pub(crate) mod local;
pub(crate) mod manifest;
mod origin;
pub(crate) mod private;
pub(crate) mod staging;
pub(crate) mod store;

use crate::{Compression, Format, PartitionBy, Shape, job::error::ExportError};
use object_store::ObjectStore;
use std::{
    fmt,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where an export goes.
pub struct Target(pub(crate) Place);

pub(crate) enum Place {
    Stream(Box<dyn Write + Send>),
    Local(PathBuf),
    Store(store::Remote),
}

/// How the result lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One file.
    File,
    /// A directory with one file for each call.
    Folder,
    /// A directory for each value.
    Set(Vec<PartitionBy>),
}

impl Target {
    /// A stream, such as standard output. It gets the calls as they come, and
    /// nothing can be resumed.
    pub fn stream(out: impl Write + Send + 'static) -> Self {
        Self(Place::Stream(Box::new(out)))
    }

    /// A file or directory on this machine.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(Place::Local(path.into()))
    }

    /// A path below the root of an object store. `shown` is what it is called
    /// in messages: without a credential.
    ///
    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`](crate::ExportErrorKind::Usage) when the path
    /// is not one.
    pub fn store(
        store: Arc<dyn ObjectStore>,
        path: &str,
        shown: impl Into<String>,
    ) -> Result<Self, ExportError> {
        Ok(Self(Place::Store(store::Remote::new(store, path, shown.into())?)))
    }

    /// What a person writes: `s3://`, `gs://`, `az://` or `file://` and what
    /// follows, otherwise a path on this machine. How an object store is
    /// reached comes from the environment variables that its own tools read.
    ///
    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`](crate::ExportErrorKind::Usage) when the
    /// address is not one, or the environment lacks what it takes.
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
            _ => store::open(text).map(|remote| Self(Place::Store(remote))),
        }
    }

    /// The path it has on this machine, if it is there.
    pub fn local_path(&self) -> Option<&Path> {
        match &self.0 {
            Place::Local(path) => Some(path),
            _ => None,
        }
    }

    /// How a result of this format lies there.
    pub(crate) fn layout(
        &self,
        shape: Shape,
        partition: &[PartitionBy],
    ) -> Result<Layout, ExportError> {
        let is_directory = match &self.0 {
            Place::Stream(_) => false,
            Place::Local(path) => ends_with_separator(path) || path.is_dir(),
            Place::Store(remote) => remote.is_directory(),
        };
        if !partition.is_empty() {
            return match &self.0 {
                Place::Stream(_) => Err(ExportError::usage(
                    "a partitioned set cannot go to a stream",
                    "name a directory with --to DIR/, or leave out --partition",
                )),
                _ => Ok(Layout::Set(partition.to_vec())),
            };
        }
        match (is_directory, shape.format, &self.0) {
            (false, ..) => Ok(Layout::File),
            (true, Format::Vcon, _) if shape.compression != Compression::None => {
                Err(ExportError::usage(
                    "a folder of vCons is not compressed",
                    "leave the compression out, or name a file such as calls.vcon.jsonl.gz",
                ))
            }
            (true, Format::Vcon, Place::Local(_)) => Ok(Layout::Folder),
            (true, Format::Vcon, _) => Err(ExportError::usage(
                format!(
                    "{self} is a directory, and single vCon files go to directories of this machine only"
                ),
                "name a file such as calls.vcon.jsonl, or partition the set with --partition",
            )),
            _ => Err(ExportError::usage(
                format!("{self} is a directory"),
                "name a file in it, or write a set of many files with --partition vendor,date",
            )),
        }
    }
}

/// What it is called.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Stream(_) => f.write_str("standard output"),
            Place::Local(path) => path.display().fmt(f),
            Place::Store(remote) => f.write_str(remote.shown()),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

fn ends_with_separator(path: &Path) -> bool {
    path.as_os_str().to_string_lossy().ends_with(std::path::is_separator)
}
