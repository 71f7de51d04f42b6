//! The manifest of a directory: it tells the next export what it may replace, and readers which
//! files belong together.

use crate::{Shape, journal::CommittedFile, target::Layout};
use serde::{Deserialize, Serialize};

/// The file name. Query engines ignore names with an underscore.
pub(crate) const MANIFEST: &str = "_callfold.json";

/// The files of a partitioned set, or the number of files of a file-per-call directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The version that wrote it.
    pub(crate) callfold: String,
    pub(crate) run: String,
    /// The extension of its files.
    pub(crate) extension: String,
    pub(crate) partition: Vec<String>,
    pub(crate) calls: u64,
    /// Empty for a file-per-call directory.
    pub(crate) files: Vec<CommittedFile>,
    /// In an object store, files of the run before, which are no longer part of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) replaced: Vec<String>,
}

impl Manifest {
    pub(crate) fn new(
        run: &str,
        shape: Shape,
        layout: &Layout,
        calls: u64,
        files: &[CommittedFile],
    ) -> Self {
        let partition = match layout {
            Layout::Partitioned(by) => by.iter().map(|by| by.as_str().to_owned()).collect(),
            _ => Vec::new(),
        };
        Self {
            callfold: env!("CARGO_PKG_VERSION").to_owned(),
            run: run.to_owned(),
            extension: match layout {
                Layout::FilePerCall => "vcon.json".to_owned(),
                _ => shape.extension(),
            },
            partition,
            calls,
            files: files.to_vec(),
            replaced: Vec::new(),
        }
    }

    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    pub(crate) fn to_text(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }
}
