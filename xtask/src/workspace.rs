//! Where things are in the workspace.

use std::path::{Path, PathBuf};

/// The root of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace that `cargo xtask` was called in. Cargo says at run time which
    /// one: a program built in one copy of the workspace may be run in another.
    pub(crate) fn here() -> Self {
        let package = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        Self::at(package.parent().unwrap_or(&package))
    }

    /// The workspace with this root.
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// A file by its path from the root.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The spec of a vendor.
    pub(crate) fn spec(&self, vendor: &str) -> PathBuf {
        self.path(&format!("specs/{vendor}.yaml"))
    }

    /// The path from the root, with `/` between its parts; for messages.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        relative.to_string_lossy().replace('\\', "/")
    }

    /// Names of the vendors, those that have a spec, in order.
    pub(crate) fn vendors(&self) -> Result<Vec<String>, String> {
        let directory = self.path("specs");
        let entries = std::fs::read_dir(&directory).map_err(|cause| {
            format!("specs cannot be listed ({cause}); run this in a checkout of the repository")
        })?;
        let mut names = Vec::new();
        for entry in entries {
            let path = entry.map_err(|cause| format!("specs cannot be listed ({cause})"))?.path();
            if path.extension().is_some_and(|extension| extension == "yaml")
                && let Some(name) = path.file_stem()
            {
                names.push(name.to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// The requested vendors, or all if none is requested.
    pub(crate) fn chosen(&self, requested: &[String]) -> Result<Vec<String>, String> {
        let known = self.vendors()?;
        if requested.is_empty() {
            return Ok(known);
        }
        match requested.iter().find(|name| !known.contains(name)) {
            Some(unknown) => {
                Err(format!("there is no vendor `{unknown}`; the vendors are {}", known.join(", ")))
            }
            None => Ok(known.into_iter().filter(|name| requested.contains(name)).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_vendor_error_lists_the_known_ones() {
        let workspace = Workspace::here();
        let error = workspace.chosen(&["nobody".to_owned()]).unwrap_err();
        let known = workspace.vendors().unwrap();
        assert_eq!(
            error,
            format!("there is no vendor `nobody`; the vendors are {}", known.join(", "))
        );
        assert_eq!(workspace.chosen(&known[..1]).unwrap(), known[..1]);
    }
}
