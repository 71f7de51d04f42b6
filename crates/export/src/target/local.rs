//! Files and directories of this machine: what may be replaced, and how.

use super::{
    Layout,
    manifest::{MANIFEST, Manifest},
    origin, private,
    staging::{Staging, remove, sync_directory},
};
use crate::job::error::{ExportError, ExportErrorKind};
use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

/// The path that a `file://` address means.
pub(crate) fn of_url(text: &str) -> Result<PathBuf, ExportError> {
    let path = url::Url::parse(text).ok().and_then(|url| url.to_file_path().ok());
    path.ok_or_else(|| {
        ExportError::usage(
            format!("{text} is not the address of a file"),
            "write file:///path/to/file",
        )
    })
}

/// The target with every link on the way to it resolved, so that the same
/// place has one name; whether something can be put there at all is checked.
pub(crate) fn resolve(path: &Path, layout: &Layout) -> Result<PathBuf, ExportError> {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) => {
            let file = *layout == Layout::File;
            if file && !found.is_file() {
                return Err(ExportError::usage(
                    format!("{shown} is not a regular file, and cannot be replaced by one"),
                    format!("write to standard output, and send that there: --to - > {shown}"),
                ));
            }
            if !file && !found.is_dir() {
                return Err(ExportError::usage(
                    format!("{shown} is a file, not a directory"),
                    "name a directory for a set of files",
                ));
            }
            fs::canonicalize(path).map_err(|error| ExportError::io("read", path, error))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Some(name) = path.file_name() else {
                return Err(ExportError::usage(format!("{shown} names no file"), "name one"));
            };
            let parent = match path.parent() {
                Some(parent) if parent != Path::new("") => parent,
                _ => Path::new("."),
            };
            let parent = fs::canonicalize(parent).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => ExportError::usage(
                    format!("the directory {} does not exist", parent.display()),
                    "create it, or name another",
                ),
                _ => ExportError::io("read", parent, error),
            })?;
            Ok(parent.join(name))
        }
        Err(error) => Err(ExportError::io("read", path, error)),
    }
}

/// What stands where a directory is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing, or an empty directory.
    Free,
    /// A directory that an export wrote, and nobody added to.
    Ours,
    /// Something else.
    Foreign,
}

fn standing(path: &Path) -> Result<Standing, ExportError> {
    let failed = |error| ExportError::io("read", path, error);
    let mut entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Free),
        Err(error) => return Err(failed(error)),
    };
    if entries.next().is_none() {
        return Ok(Standing::Free);
    }
    let manifest = fs::read(path.join(MANIFEST)).ok().and_then(|text| Manifest::parse(&text));
    let Some(manifest) = manifest else { return Ok(Standing::Foreign) };
    let ours = if manifest.files.is_empty() && manifest.partition.is_empty() {
        let ending = format!(".{}", manifest.extension);
        let mut count = 0;
        for entry in fs::read_dir(path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_string_lossy();
            if name != MANIFEST && !name.ends_with(&ending) {
                return Ok(Standing::Foreign);
            }
            count += u64::from(name != MANIFEST);
        }
        count <= manifest.calls
    } else {
        let known: HashSet<_> = manifest.files.iter().map(|file| path.join(&file.path)).collect();
        let marker = path.join(MANIFEST);
        files_below(path)?.into_iter().all(|file| file == marker || known.contains(&file))
    };
    Ok(if ours { Standing::Ours } else { Standing::Foreign })
}

/// All files below a directory.
pub(crate) fn files_below(path: &Path) -> Result<Vec<PathBuf>, ExportError> {
    let failed = |error| ExportError::io("read", path, error);
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            files.extend(files_below(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// Whether a directory may be put at `path`.
pub(crate) fn check_directory(path: &Path, overwrite: bool) -> Result<(), ExportError> {
    if overwrite || standing(path)? != Standing::Foreign {
        return Ok(());
    }
    Err(ExportError::new(
        ExportErrorKind::InTheWay,
        format!("{} holds files that callfold did not write", path.display()),
        "name a new or empty directory, or move it aside by --overwrite",
    ))
}

/// Puts a directory back that had to make way for one that never came.
pub(crate) fn recover(staging: &Staging, target: &Path) -> Result<(), ExportError> {
    let old = staging.old();
    if !old.exists() {
        return Ok(());
    }
    if target.exists() {
        return remove(&old);
    }
    fs::rename(&old, target).map_err(|error| ExportError::io("put back", target, error))
}

/// Whether a file may be put at `path`: in place of nothing, or of a file that
/// callfold wrote.
pub(crate) fn check_file(path: &Path, overwrite: bool) -> Result<(), ExportError> {
    let failed = |error| ExportError::io("read", path, error);
    if overwrite || origin::is_ours(path).map_err(failed)? {
        return Ok(());
    }
    Err(origin::foreign(&path.display().to_string()))
}

/// Puts the whole file in place of the old one.
pub(crate) fn publish_file(made: &Path, target: &Path, overwrite: bool) -> Result<(), ExportError> {
    // It may have been put there meanwhile.
    check_file(target, overwrite)?;
    private::inherit(made, target).map_err(|error| ExportError::io("written", made, error))?;
    fs::rename(made, target).map_err(|error| ExportError::io("replaced", target, error))?;
    sync_directory(target.parent().unwrap_or(Path::new(".")))
}

/// Puts the whole directory in place of the old one. Gives where a directory
/// that is not ours was moved.
pub(crate) fn publish_directory(
    staging: &Staging,
    target: &Path,
    run: &str,
    overwrite: bool,
) -> Result<Option<PathBuf>, ExportError> {
    let data = staging.data();
    let failed = |error| ExportError::io("replaced", target, error);
    let aside = match standing(target)? {
        Standing::Free => {
            private::inherit(&data, target).map_err(failed)?;
            // An empty directory makes way by itself, but not on every system.
            let _ = fs::remove_dir(target);
            fs::rename(&data, target).map_err(failed)?;
            None
        }
        Standing::Ours => {
            private::inherit_set(&data, target).map_err(failed)?;
            swap(&data, target, &staging.old()).map_err(failed)?;
            None
        }
        Standing::Foreign => {
            check_directory(target, overwrite)?;
            private::inherit(&data, target).map_err(failed)?;
            let mut name = target.file_name().unwrap_or_default().to_owned();
            name.push(format!(".replaced-{run}"));
            let aside = target.with_file_name(name);
            fs::rename(target, &aside).map_err(failed)?;
            fs::rename(&data, target).map_err(failed)?;
            Some(aside)
        }
    };
    sync_directory(target.parent().unwrap_or(Path::new(".")))?;
    Ok(aside)
}

/// Exchanges the two in one step, so that nobody finds the target missing.
#[cfg(target_os = "linux")]
fn swap(data: &Path, target: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, data, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // Not every file system can.
        Err(_) => swap_in_turn(data, target, old),
    }
}

#[cfg(not(target_os = "linux"))]
fn swap(data: &Path, target: &Path, old: &Path) -> io::Result<()> {
    swap_in_turn(data, target, old)
}

fn swap_in_turn(data: &Path, target: &Path, old: &Path) -> io::Result<()> {
    fs::rename(target, old)?;
    fs::rename(data, target)
}
