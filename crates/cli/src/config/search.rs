//! The search for the configuration file.

use etcetera::BaseStrategy;
use std::path::{Path, PathBuf};

/// The name of the file.
pub(crate) const FILE_NAME: &str = "callfold.toml";

/// The environment variable that names the file.
pub(crate) const VARIABLE: &str = "CALLFOLD_CONFIG";

/// The configuration file in use, and what chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) path: PathBuf,
    pub(crate) origin: ConfigSource,
}

/// What chose a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConfigSource {
    /// `--config`.
    Option,
    /// `CALLFOLD_CONFIG`.
    Variable,
    /// The search.
    Search,
}

/// The file named by `--config` or `CALLFOLD_CONFIG`, or else the first one in the working
/// directory, the directories above it, and the user's configuration directory.
pub(crate) fn locate(named: Option<&Path>) -> Option<Location> {
    if let Some(path) = named {
        return Some(Location { path: path.to_owned(), origin: ConfigSource::Option });
    }
    if let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        return Some(Location { path: path.into(), origin: ConfigSource::Variable });
    }
    let path = candidates().find(|path| exists(path))?;
    Some(Location { path, origin: ConfigSource::Search })
}

/// The files to look for, in order. The one in the working directory has a relative path.
fn candidates() -> impl Iterator<Item = PathBuf> {
    let working = std::env::current_dir().ok();
    let above: Vec<_> = working
        .iter()
        .flat_map(|directory| directory.ancestors().skip(1))
        .map(|directory| directory.join(FILE_NAME))
        .collect();
    std::iter::once(PathBuf::from(FILE_NAME)).chain(above).chain(user_file())
}

/// The file in the user's configuration directory.
fn user_file() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("callfold").join(FILE_NAME))
}

/// Whether the user's configuration directory is known. A service often runs without `HOME`.
pub(crate) fn has_user_directory() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(windows) || is_set("HOME") || is_set("XDG_CONFIG_HOME")
}

/// The searched places, one per line, for messages.
pub(crate) fn searched() -> String {
    let working = std::env::current_dir().unwrap_or_default();
    let mut text = format!("{} and the directories above it", working.join(FILE_NAME).display());
    match user_file() {
        Some(path) => text.push_str(&format!("\n  {}", path.display())),
        None => text.push_str("\n  (no user configuration directory: HOME is not set)"),
    }
    text
}

/// Whether the path exists, readable or not: an unreadable file must not be skipped silently.
pub(super) fn exists(path: &Path) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    !path.symlink_metadata().is_err_and(|error| matches!(error.kind(), NotFound | NotADirectory))
}
