//! Names of files that are on the disk before the database says that they are.

use std::{
    io,
    path::{Path, PathBuf},
};

/// The directories that lead to `file`, from its own up to `root`, which are
/// all that may have been made for it.
fn directories(root: &Path, file: &Path) -> Vec<PathBuf> {
    let parents = file.ancestors().skip(1).take_while(|parent| parent.starts_with(root));
    parents.map(Path::to_owned).collect()
}

/// Waits until the name of `file`, and of each directory below `root` that
/// leads to it, is on the disk.
pub(super) async fn keep_name(root: &Path, file: &Path) -> io::Result<()> {
    let directories = directories(root, file);
    let keeping = tokio::task::spawn_blocking(move || {
        directories.iter().try_for_each(|directory| keep_entries(directory))
    });
    keeping.await.map_err(io::Error::other)?
}

/// Waits until the entries of a directory are on the disk. Only Unix lets a
/// directory be opened for that.
pub(super) fn keep_entries(directory: &Path) -> io::Result<()> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    if cfg!(unix) { std::fs::File::open(directory)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_directory_up_to_the_root_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("acme/main");
        std::fs::create_dir_all(&directory).unwrap();
        let file = directory.join("1.mp3");
        std::fs::write(&file, b"sound").unwrap();
        let expect = [directory.clone(), root.path().join("acme"), root.path().to_owned()];
        assert_eq!(directories(root.path(), &file), expect);
        keep_name(root.path(), &file).await.unwrap();
        let lost = root.path().join("nowhere/2.mp3");
        let error = keep_name(root.path(), &lost).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "it is not passed over");
    }
}
