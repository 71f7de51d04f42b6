//! A page as a file.

use crate::{
    ExportError,
    fs::replace_file,
    target::{Layout, local},
};
use std::path::Path;

/// Writes a page in one step. It replaces an earlier page, or an export; any other file only with
/// `overwrite`. Only the owner can read a new file.
///
/// # Errors
///
/// [`InTheWay`](crate::ExportErrorKind::InTheWay) for another file, `Usage` for a path that is no
/// file, `Io`.
pub fn write_page(path: &Path, page: &[u8], overwrite: bool) -> Result<(), ExportError> {
    let target = check_page(path, overwrite)?;
    replace_file(&target, page).map_err(|error| ExportError::io("written", &target, error))
}

/// Checks that a page may be put there, and resolves links.
///
/// # Errors
///
/// As in [`write_page`].
pub fn check_page(path: &Path, overwrite: bool) -> Result<std::path::PathBuf, ExportError> {
    let target = local::resolve(path, &Layout::File)?;
    local::check_file(&target, overwrite)?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ExportErrorKind;
    use std::fs;

    #[test]
    fn page_replaces_only_what_callfold_wrote_unless_requested() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.html");
        let page = b"<!DOCTYPE html><html><head><meta name=\"generator\" content=\"callfold\">";
        write_page(&path, page, false).unwrap();
        write_page(&path, page, false).unwrap();
        fs::write(&path, "<!DOCTYPE html><title>mine</title>").unwrap();
        let error = write_page(&path, page, false).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::InTheWay);
        assert!(fs::read_to_string(&path).unwrap().contains("mine"));
        write_page(&path, page, true).unwrap();
        let error = write_page(directory.path(), page, true).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Usage);
        let error = write_page(&directory.path().join("no/r.html"), page, false).unwrap_err();
        assert!(error.to_string().contains("does not exist"), "{error}");
    }
}
