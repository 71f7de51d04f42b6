//! Files and directories that only their owner can read.
//!
//! Everything an export makes holds people's data: it is made without any
//! permission for others, and gets those that stood at its target before.

use super::staging::sync_directory;
use crate::job::error::ExportError;
use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Opens files that, if they are made, are their owner's alone.
pub(crate) fn options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a file, or empties the one that is there.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    options().write(true).create(true).truncate(true).open(path)
}

/// Makes a file with these bytes.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = create(path)?;
    io::Write::write_all(&mut file, bytes)?;
    Ok(file)
}

/// Makes a directory that is its owner's alone, and those above it with `all`.
pub(crate) fn create_directory(path: &Path, all: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(all);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Replaces a file in one step: whoever reads it finds the old content or the
/// new one, also after a crash. A new file is its owner's alone, and one that
/// replaces another has its permissions. What is not a regular file, such as a
/// pipe, is written to as it is.
///
/// # Errors
///
/// When the directory or the file cannot be written.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = match fs::metadata(path) {
        Ok(found) if !found.is_file() || path.starts_with("/dev") => {
            return io::Write::write_all(&mut OpenOptions::new().write(true).open(path)?, bytes);
        }
        // A link stays, and what it leads to is replaced.
        Ok(_) => fs::canonicalize(path)?,
        Err(_) => std::path::absolute(path)?,
    };
    let new = target.with_file_name(format!(".callfold-{}.new", std::process::id()));
    let replaced = write(&new, bytes)
        .and_then(|file| file.sync_all())
        .and_then(|()| inherit(&new, &target))
        .and_then(|()| fs::rename(&new, &target));
    if let Err(error) = replaced {
        let _gone = fs::remove_file(&new);
        return Err(error);
    }
    match target.parent() {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// Gives a new file or directory the permissions of the one it replaces.
/// Where it replaces nothing, others have none.
#[cfg(unix)]
pub(crate) fn inherit(made: &Path, replaced: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let new = fs::metadata(made)?;
    match fs::metadata(replaced) {
        Ok(old) => grant(made, &new, old.mode(), old.gid()),
        Err(_) => grant(made, &new, new.mode() & 0o700, new.gid()),
    }
}

/// Gives what lies in a new set the permissions that everything in the old one
/// had: files those of its files, directories those of its directories.
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

/// What a group may do is meant for the group the old file had: where the new
/// one cannot have it, its group may do nothing.
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

/// Other systems keep other people's eyes off by what the directory above says.
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

/// Directories in which something was made whose name may not outlast a power
/// cut yet.
#[derive(Debug, Default)]
pub(crate) struct UnsyncedDirectories(BTreeSet<PathBuf>);

impl UnsyncedDirectories {
    /// Something was made at `path`, and perhaps the directories to it below `root`.
    pub(crate) fn add(&mut self, root: &Path, path: &Path) {
        let above = path.ancestors().skip(1).take_while(|directory| directory.starts_with(root));
        self.0.extend(above.map(Path::to_owned));
    }

    /// Makes the names outlast a power cut.
    pub(crate) fn sync(&mut self) -> Result<(), ExportError> {
        while let Some(directory) = self.0.first() {
            sync_directory(directory)?;
            self.0.pop_first();
        }
        Ok(())
    }
}
