//! Files and directories: created for their owner alone, made durable, removed.
//!
//! An export holds personal data. What it creates has no permissions for others, except those of
//! the files that it replaces.

use crate::ExportError;
use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Options that create files with mode 0600.
pub(crate) fn private_options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates or truncates a file.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    private_options().write(true).create(true).truncate(true).open(path)
}

/// Creates or truncates a file, and writes these bytes.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = create(path)?;
    io::Write::write_all(&mut file, bytes)?;
    Ok(file)
}

/// Creates a directory with mode 0700; with `recursive`, parents too, and it may exist.
pub(crate) fn create_directory(path: &Path, recursive: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Replaces a file in one step: readers see the old or the new content, even after a crash. A new
/// file has mode 0600; one that replaces another keeps its permissions. What is not a regular file,
/// such as a pipe, is written directly.
///
/// # Errors
///
/// The directory or the file cannot be written.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = match fs::metadata(path) {
        Ok(found) if !found.is_file() || path.starts_with("/dev") => {
            return io::Write::write_all(&mut OpenOptions::new().write(true).open(path)?, bytes);
        }
        // A link stays; its target is replaced.
        Ok(_) => fs::canonicalize(path)?,
        Err(_) => std::path::absolute(path)?,
    };
    let new = target.with_file_name(format!(".callfold-{}.new", std::process::id()));
    let replaced = write(&new, bytes)
        .and_then(|file| file.sync_all())
        .and_then(|()| inherit(&new, &target))
        .and_then(|()| fs::rename(&new, &target));
    if let Err(error) = replaced {
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    match target.parent() {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// Gives a new file or directory the permissions of the one it replaces, if any.
#[cfg(unix)]
pub(crate) fn inherit(made: &Path, replaced: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let new = fs::metadata(made)?;
    match fs::metadata(replaced) {
        Ok(old) => grant(made, &new, old.mode(), old.gid()),
        Err(_) => grant(made, &new, new.mode() & 0o700, new.gid()),
    }
}

/// Gives the files of a new set the permissions that all files of the old set had, and directories
/// likewise.
#[cfg(unix)]
pub(crate) fn inherit_set(made: &Path, replaced: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let old = fs::metadata(replaced)?;
    let (mut files, mut directories) = (old.mode() & 0o666, old.mode() & 0o777);
    each_below(replaced, &mut |_, found| {
        let granted = if found.is_dir() { &mut directories } else { &mut files };
        *granted &= found.mode();
        Ok(())
    })?;
    if (files | directories) & 0o077 != 0 {
        each_below(made, &mut |path, found| {
            let mode = if found.is_dir() { 0o700 | directories } else { 0o600 | files };
            grant(path, found, mode, old.gid())
        })?;
    }
    inherit(made, replaced)
}

/// Sets the mode and the group. If the group cannot be set, group permissions are dropped.
#[cfg(unix)]
fn grant(path: &Path, found: &fs::Metadata, mode: u32, group: u32) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let other = found.gid() != group && chown(path, None, Some(group)).is_err();
    let mode = mode & if other { 0o707 } else { 0o777 };
    if found.mode() & 0o7777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// On other systems the parent directory decides who can read.
#[cfg(not(unix))]
pub(crate) fn inherit(made: &Path, replaced: &Path) -> io::Result<()> {
    match fs::metadata(replaced) {
        Ok(old) if old.is_file() => fs::set_permissions(made, old.permissions()),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
pub(crate) fn inherit_set(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn each_below(
    directory: &Path,
    visit: &mut dyn FnMut(&Path, &fs::Metadata) -> io::Result<()>,
) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (path, found) = (entry.path(), entry.metadata()?);
        visit(&path, &found)?;
        if found.is_dir() {
            each_below(&path, visit)?;
        }
    }
    Ok(())
}

/// Directories with new entries that may not survive a power cut yet.
#[derive(Debug, Default)]
pub(crate) struct UnsyncedDirectories(BTreeSet<PathBuf>);

impl UnsyncedDirectories {
    /// Adds the parents of `path` up to `root`.
    pub(crate) fn add(&mut self, root: &Path, path: &Path) {
        let above = path.ancestors().skip(1).take_while(|directory| directory.starts_with(root));
        self.0.extend(above.map(Path::to_owned));
    }

    /// Makes the entries durable.
    pub(crate) fn sync(&mut self) -> Result<(), ExportError> {
        while let Some(directory) = self.0.first() {
            sync_directory(directory)?;
            self.0.pop_first();
        }
        Ok(())
    }
}

/// Creates a directory, which may exist, and its parents, with mode 0700.
pub(crate) fn ensure_directory(directory: &Path) -> Result<(), ExportError> {
    create_directory(directory, true).map_err(|error| ExportError::io("created", directory, error))
}

/// Removes a file or a directory with its content; it may be missing.
pub(crate) fn remove(path: &Path) -> Result<(), ExportError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ExportError::io("removed", path, error))
        }
        _ => Ok(()),
    }
}

/// Makes changes of a directory's entries durable, where the system can.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), ExportError> {
    if cfg!(unix) {
        let synced = File::open(directory).and_then(|directory| directory.sync_all());
        synced.map_err(|error| ExportError::io("written", directory, error))?;
    }
    Ok(())
}
