//! Publishes a complete result.

use super::{
    SINGLE_FILE,
    prepare::{Destination, PreparedJob, StagedResult},
};
use crate::{
    ExportError,
    fs::{self as private, sync_directory},
    journal::{CommittedFile, CommittedFiles},
    target::{
        Layout, local,
        manifest::{MANIFEST, Manifest},
        store::{UploadFile, UploadMonitor},
    },
};
use futures_util::future::FusedFuture;
use std::{
    fs,
    path::{Path, PathBuf},
    pin::{Pin, pin},
};
use tokio::{sync::watch, task::spawn_blocking};

/// A published result.
pub(super) struct PublishResult {
    pub(super) aside: Option<PathBuf>,
    pub(super) bytes: u64,
    pub(super) files: u64,
}

pub(super) async fn publish(
    job: &PreparedJob,
    staged: StagedResult,
    committed: CommittedFiles,
    (calls, bytes, files): (u64, u64, u64),
    mut cancel: Pin<&mut (impl FusedFuture<Output = ()> + Send)>,
) -> Result<PublishResult, ExportError> {
    let StagedResult { staging, destination, run } = staged;
    let data = staging.data();
    let manifest = Manifest::new(&run, job.config.shape, &job.layout, calls, &committed.files);
    let mut published = PublishResult { aside: None, bytes, files };
    let single = match job.layout {
        Layout::File => {
            let data = data.clone();
            let single = spawn_blocking(move || single_file(&data, &committed.files));
            Some(single.await.map_err(|error| ExportError::panicked(&error))??)
        }
        _ => None,
    };
    if let Some((_, bytes)) = &single {
        (published.bytes, published.files) = (*bytes, 1);
    }
    match (destination, single) {
        (Destination::Local(target), Some((path, _))) => {
            local::publish_file(&path, &target, job.overwrite)?;
        }
        (Destination::Local(target), None) => {
            write_manifest(&data, &manifest)?;
            published.aside = local::publish_directory(&staging, &target, &run, job.overwrite)?;
        }
        (Destination::Store(target, previous), single) => {
            let is_set = single.is_none();
            let uploads: Vec<_> = match single {
                Some((path, bytes)) => vec![UploadFile { name: String::new(), path, bytes }],
                None => manifest.files.iter().map(|file| upload_file(&data, file)).collect(),
            };
            let (stop, stopped) = watch::channel(false);
            let monitor = UploadMonitor::new(&uploads, job.progress.clone(), stopped);
            let uploaded = async {
                match uploads.as_slice() {
                    [file] if !is_set => target.publish_file(file, &monitor).await,
                    _ => target.publish_set(&uploads, manifest, previous, &monitor).await,
                }
            };
            let mut uploaded = pin!(uploaded);
            tokio::select! {
                done = &mut uploaded => done.map_err(|mut error| {
                    let directory = staging.directory().display();
                    error.explain(&format!("; the calls that were read stay in {directory}"));
                    error
                })?,
                () = &mut cancel, if !cancel.is_terminated() => {
                    stop.send_replace(true);
                    uploaded.await?;
                }
            }
        }
    }
    staging.remove()?;
    Ok(published)
}

fn upload_file(data: &Path, file: &CommittedFile) -> UploadFile {
    UploadFile { name: file.path.clone(), path: data.join(&file.path), bytes: file.bytes }
}

/// The path and size of the only file, merged from segments if there are several.
fn single_file(data: &Path, files: &[CommittedFile]) -> Result<(PathBuf, u64), ExportError> {
    let path = match files {
        [] => data.join(SINGLE_FILE),
        [one] => data.join(&one.path),
        several => {
            let merged = data.join("merged");
            let failed = |error| ExportError::io("written", &merged, error);
            let segments: Vec<_> = several.iter().map(|file| data.join(&file.path)).collect();
            let mut file = private::create(&merged).map_err(failed)?;
            crate::merge_parquet(&segments, &mut file)?;
            file.sync_all().map_err(failed)?;
            merged
        }
    };
    let bytes = fs::metadata(&path).map_err(|error| ExportError::io("read", &path, error))?.len();
    Ok((path, bytes))
}

fn write_manifest(data: &Path, manifest: &Manifest) -> Result<(), ExportError> {
    let path = data.join(MANIFEST);
    let written = private::write(&path, &manifest.to_text()).and_then(|file| file.sync_all());
    written.map_err(|error| ExportError::io("written", &path, error))?;
    sync_directory(data)
}
