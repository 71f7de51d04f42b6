//! Local files and directories: what may be replaced, and how.

use super::{
    Layout,
    manifest::{MANIFEST, Manifest},
    origin,
    staging::Staging,
};
use crate::{
    ExportError, ExportErrorKind,
    fs::{inherit, inherit_set, remove, sync_directory},
};
use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

/// The path of a `file://` address.
pub(crate) fn of_url(text: &str) -> Result<PathBuf, ExportError> {
    let path = url::Url::parse(text).ok().and_then(|url| url.to_file_path().ok());
    path.ok_or_else(|| {
        ExportError::usage(
            format!("{text} is not a valid file address"),
            "write file:///path/to/file",
        )
    })
}

/// Resolves links, so that one place has one name, and checks that a result of this layout can be
/// put there.
pub(crate) fn resolve(path: &Path, layout: &Layout) -> Result<PathBuf, ExportError> {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) => {
            let file = *layout == Layout::File;
            if file && !found.is_file() {
                return Err(ExportError::usage(
                    format!("{shown} is not a regular file and cannot be replaced"),
                    format!("write to standard output, and redirect it to {shown}"),
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
                return Err(ExportError::usage(format!("{shown} has no file name"), "name a file"));
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

/// What is at the path of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TargetState {
    /// Nothing, or an empty directory.
    Free,
    /// A directory written by an export, without other files.
    Ours,
    /// Something else.
    Foreign,
}

fn target_state(path: &Path) -> Result<TargetState, ExportError> {
    let failed = |error| ExportError::io("read", path, error);
    let mut entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(TargetState::Free),
        Err(error) => return Err(failed(error)),
    };
    if entries.next().is_none() {
        return Ok(TargetState::Free);
    }
    let manifest = fs::read(path.join(MANIFEST)).ok().and_then(|text| Manifest::parse(&text));
    let Some(manifest) = manifest else { return Ok(TargetState::Foreign) };
    let ours = if manifest.files.is_empty() && manifest.partition.is_empty() {
        let ending = format!(".{}", manifest.extension);
        let mut count = 0;
        for entry in fs::read_dir(path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_string_lossy();
            if name != MANIFEST && !name.ends_with(&ending) {
                return Ok(TargetState::Foreign);
            }
            count += u64::from(name != MANIFEST);
        }
        count <= manifest.calls
    } else {
        let known: HashSet<_> = manifest.files.iter().map(|file| path.join(&file.path)).collect();
        let marker = path.join(MANIFEST);
        files_below(path)?.into_iter().all(|file| file == marker || known.contains(&file))
    };
    Ok(if ours { TargetState::Ours } else { TargetState::Foreign })
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

/// Checks that a directory may be put at `path`.
pub(crate) fn check_directory(path: &Path, overwrite: bool) -> Result<(), ExportError> {
    if overwrite || target_state(path)? != TargetState::Foreign {
        return Ok(());
    }
    Err(ExportError::new(
        ExportErrorKind::InTheWay,
        format!("{} holds files that callfold did not write", path.display()),
        "name a new or empty directory",
    ))
}

/// Restores a directory that was moved away by an interrupted replacement.
pub(crate) fn recover(staging: &Staging, target: &Path) -> Result<(), ExportError> {
    let old = staging.old();
    if !old.exists() {
        return Ok(());
    }
    if target.exists() {
        return remove(&old);
    }
    fs::rename(&old, target).map_err(|error| ExportError::io("restored", target, error))
}

/// Checks that a file may be put at `path`: it is free, or callfold wrote the file there.
pub(crate) fn check_file(path: &Path, overwrite: bool) -> Result<(), ExportError> {
    let failed = |error| ExportError::io("read", path, error);
    if overwrite || origin::is_ours(path).map_err(failed)? {
        return Ok(());
    }
    Err(origin::foreign(&path.display().to_string()))
}

/// Replaces the target with the new file.
pub(crate) fn publish_file(new: &Path, target: &Path, overwrite: bool) -> Result<(), ExportError> {
    // Another file may have appeared since the first check.
    check_file(target, overwrite)?;
    inherit(new, target).map_err(|error| ExportError::io("written", new, error))?;
    fs::rename(new, target).map_err(|error| ExportError::io("replaced", target, error))?;
    sync_directory(target.parent().unwrap_or(Path::new(".")))
}

/// Replaces the target with the new directory. Returns where a directory was moved that callfold
/// did not write.
pub(crate) fn publish_directory(
    staging: &Staging,
    target: &Path,
    run: &str,
    overwrite: bool,
) -> Result<Option<PathBuf>, ExportError> {
    let data = staging.data();
    let failed = |error| ExportError::io("replaced", target, error);
    let aside = match target_state(target)? {
        TargetState::Free => {
            inherit(&data, target).map_err(failed)?;
            // Not every system renames over an empty directory.
            let _ = fs::remove_dir(target);
            fs::rename(&data, target).map_err(failed)?;
            None
        }
        TargetState::Ours => {
            inherit_set(&data, target).map_err(failed)?;
            swap(&data, target, &staging.old()).map_err(failed)?;
            None
        }
        TargetState::Foreign => {
            check_directory(target, overwrite)?;
            inherit(&data, target).map_err(failed)?;
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

/// Exchanges the two in one step, so that the target is never missing.
#[cfg(target_os = "linux")]
fn swap(data: &Path, target: &Path, old: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, data, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // Not every file system supports it.
        Err(_) => rename_both(data, target, old),
    }
}

#[cfg(not(target_os = "linux"))]
fn swap(data: &Path, target: &Path, old: &Path) -> io::Result<()> {
    rename_both(data, target, old)
}

fn rename_both(data: &Path, target: &Path, old: &Path) -> io::Result<()> {
    fs::rename(target, old)?;
    fs::rename(data, target)
}
