//! A result that is whole, on its way to its place.

use super::{
    begin::{Begun, Destination, Staged},
    error::ExportError,
    sink::appended,
};
use crate::{
    journal::{Kept, KeptFile},
    target::{
        Layout, local,
        manifest::{MANIFEST, Manifest},
        private,
        staging::sync_directory,
        store::{Carrying, Load},
    },
};
use futures_util::future::FusedFuture;
use std::{
    fs,
    path::{Path, PathBuf},
    pin::{Pin, pin},
};
use tokio::{sync::watch, task::spawn_blocking};

/// Where it is now, and how much it is.
pub(super) struct Published {
    pub(super) aside: Option<PathBuf>,
    pub(super) bytes: u64,
    pub(super) files: u64,
}

pub(super) async fn publish(
    begun: &Begun,
    staged: Staged,
    kept: Kept,
    (calls, bytes, files): (u64, u64, u64),
    cancel: Pin<&mut (impl FusedFuture<Output = ()> + Send)>,
) -> Result<Published, ExportError> {
    let Staged { staging, to, run } = staged;
    let data = staging.data();
    let (layout, shape, overwrite) = (begun.layout.clone(), begun.recipe.shape, begun.overwrite);
    let manifest = Manifest::new(&run, shape, &layout, calls, &kept.files);
    let mut published = Published { aside: None, bytes, files };
    let made = match layout {
        Layout::File => {
            let made = spawn_blocking(move || one_file(&data, &kept.files));
            Some(made.await.map_err(|error| super::run::panicked(&error))??)
        }
        _ => None,
    };
    if let Some((_, bytes)) = &made {
        (published.bytes, published.files) = (*bytes, 1);
    }
    match (to, made) {
        (Destination::Local(target), Some((made, _))) => {
            local::publish_file(&made, &target, overwrite)?;
        }
        (Destination::Local(target), None) => {
            write_manifest(&staging.data(), &manifest)?;
            published.aside = local::publish_directory(&staging, &target, &run, overwrite)?;
        }
        (Destination::Store(remote, before), made) => {
            let data = staging.data();
            let loads = match &made {
                Some((made, bytes)) => {
                    vec![Load { name: String::new(), from: made.clone(), bytes: *bytes }]
                }
                None => manifest.files.iter().map(|file| load(&data, file)).collect(),
            };
            let (stop, stopped) = watch::channel(false);
            let carrying = Carrying::new(&loads, begun.progress.clone(), stopped);
            let carried = async {
                match loads.as_slice() {
                    [load] if made.is_some() => remote.publish_file(load, &carrying).await,
                    _ => remote.publish_set(&loads, manifest, before, &carrying).await,
                }
            };
            let mut carried = pin!(carried);
            let mut cancel = cancel;
            tokio::select! {
                done = &mut carried => done?,
                () = &mut cancel, if !cancel.is_terminated() => {
                    stop.send_replace(true);
                    carried.await?;
                }
            }
        }
    }
    staging.remove()?;
    Ok(published)
}

fn load(data: &Path, file: &crate::target::manifest::ManifestFile) -> Load {
    Load { name: file.path.clone(), from: data.join(&file.path), bytes: file.bytes }
}

/// The one file that was written, put together where it is in segments.
fn one_file(data: &Path, files: &[KeptFile]) -> Result<(PathBuf, u64), ExportError> {
    let made = match files {
        [] => data.join(appended::NAME),
        [one] => data.join(&one.path),
        several => {
            let whole = data.join("whole");
            let failed = |error| ExportError::io("written", &whole, error);
            let segments: Vec<_> = several.iter().map(|file| data.join(&file.path)).collect();
            let mut file = private::create(&whole).map_err(failed)?;
            crate::merge_parquet(&segments, &mut file)?;
            file.sync_all().map_err(failed)?;
            whole
        }
    };
    let bytes = fs::metadata(&made).map_err(|error| ExportError::io("read", &made, error))?.len();
    Ok((made, bytes))
}

fn write_manifest(data: &Path, manifest: &Manifest) -> Result<(), ExportError> {
    let path = data.join(MANIFEST);
    let written = private::write(&path, &manifest.to_text()).and_then(|file| file.sync_all());
    written.map_err(|error| ExportError::io("written", &path, error))?;
    sync_directory(data)
}
