//! Makes file names durable before the database refers to them.

use std::{
    io,
    path::{Path, PathBuf},
};

/// The directories of `file`, from its own up to `root`: all that may have been
/// created for it.
fn directories(root: &Path, file: &Path) -> Vec<PathBuf> {
    let parents = file.ancestors().skip(1).take_while(|parent| parent.starts_with(root));
    parents.map(Path::to_owned).collect()
}

/// Flushes the name of `file`, and of its directories below `root`, to the disk.
pub(super) async fn sync_name(root: &Path, file: &Path) -> io::Result<()> {
    let directories = directories(root, file);
    let keeping = tokio::task::spawn_blocking(move || {
        directories.iter().try_for_each(|directory| sync_entries(directory))
    });
    keeping.await.map_err(io::Error::other)?
}

/// Flushes the entries of a directory to the disk. Only Unix can open a directory
/// for that.
pub(super) fn sync_entries(directory: &Path) -> io::Result<()> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    if cfg!(unix) { std::fs::File::open(directory)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_directory_up_to_the_root_is_flushed() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("acme/main");
        std::fs::create_dir_all(&directory).unwrap();
        let file = directory.join("1.mp3");
        std::fs::write(&file, b"sound").unwrap();
        let expect = [directory.clone(), root.path().join("acme"), root.path().to_owned()];
        assert_eq!(directories(root.path(), &file), expect);
        sync_name(root.path(), &file).await.unwrap();
        let lost = root.path().join("nowhere/2.mp3");
        let error = sync_name(root.path(), &lost).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "the error is returned");
    }
}
