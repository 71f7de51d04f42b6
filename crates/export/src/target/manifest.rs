//! What a directory of ours says about itself, so that the next export knows
//! what it may replace, and a reader what belongs together.

use crate::{Shape, journal::KeptFile, target::Layout};
use serde::{Deserialize, Serialize};

/// Its name. Engines that read a directory leave out names that begin so.
pub(crate) const MANIFEST: &str = "_callfold.json";

/// Which files make up a data set, or how many a folder has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The version that wrote it.
    pub(crate) callfold: String,
    pub(crate) run: String,
    /// What the names of its files end in.
    pub(crate) extension: String,
    pub(crate) partition: Vec<String>,
    pub(crate) calls: u64,
    /// The files of a set; empty for a folder, which has one for each call.
    pub(crate) files: Vec<ManifestFile>,
    /// Files of the run before, in an object store: no longer part of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) replaced: Vec<String>,
}

/// A file of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ManifestFile {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) calls: u64,
}

impl Manifest {
    pub(crate) fn new(
        run: &str,
        shape: Shape,
        layout: &Layout,
        calls: u64,
        files: &[KeptFile],
    ) -> Self {
        let partition = match layout {
            Layout::Set(by) => by.iter().map(|by| by.as_str().to_owned()).collect(),
            _ => Vec::new(),
        };
        let file = |file: &KeptFile| ManifestFile {
            path: file.path.clone(),
            bytes: file.bytes,
            calls: file.calls,
        };
        Self {
            callfold: env!("CARGO_PKG_VERSION").to_owned(),
            run: run.to_owned(),
            extension: match layout {
                Layout::Folder => "vcon.json".to_owned(),
                _ => shape.extension(),
            },
            partition,
            calls,
            files: files.iter().map(file).collect(),
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
