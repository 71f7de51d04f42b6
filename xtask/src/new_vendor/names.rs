//! Which names a new vendor may have.

use std::fs;
use std::path::Path;

use crate::workspace::Workspace;

/// Crates whose code names no vendor, or one in each file: a name must not be a word of it.
const SHARED: [&str; 10] = [
    "cli",
    "codegen",
    "export",
    "model",
    "reader",
    "record",
    "sync",
    "tables",
    "transport",
    "unify",
];

/// Refuses a name that is not one, or that something else has.
pub(super) fn check(workspace: &Workspace, vendors: &[String], name: &str) -> Result<(), String> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !starts_well || !plain || !(3..=32).contains(&name.len()) {
        return Err(format!(
            "`{name}` is not a name for a vendor; write 3 to 32 lower-case letters and digits, a \
             letter first, as in `vaani`"
        ));
    }
    if is_reserved(name) {
        return Err(format!("`{name}` is a word of Rust; choose another name"));
    }
    if vendors.iter().any(|known| known == name) {
        return Err(format!("there is a vendor `{name}` already; choose another name"));
    }
    let similar = vendors.iter().find(|known| known.contains(name) || name.contains(*known));
    if let Some(vendor) = similar {
        return Err(format!(
            "`{name}` cannot be told from the vendor `{vendor}`; choose a name of which neither is \
             a part"
        ));
    }
    if name == "callfold" || name == "tests" || is_crate(workspace, name) {
        return Err(format!("`{name}` is a crate that is used here; choose another name"));
    }
    for krate in SHARED {
        if let Some(file) = file_with(&workspace.path(&format!("crates/{krate}/src")), name) {
            return Err(format!(
                "`{name}` is a word of the code in {}, which tests would take for the vendor; \
                 choose another name",
                workspace.shown(&file)
            ));
        }
    }
    Ok(())
}

/// Whether Rust reads the word as something other than a name.
fn is_reserved(word: &str) -> bool {
    const WORDS: &str = "abstract alloc async await become bool box break char const continue core \
        crate dyn else enum extern f32 f64 false final fn for gen i128 i16 i32 i64 if impl in isize \
        let loop macro match mod move mut override priv proc pub ref return self static std str \
        struct super test trait true try type typeof u128 u16 u32 u64 union unsafe unsized use \
        usize virtual where while yield";
    WORDS.split_whitespace().any(|reserved| reserved == word)
}

/// Whether a package of the lock file has this name, with or without our prefix.
fn is_crate(workspace: &Workspace, name: &str) -> bool {
    let lock = fs::read_to_string(workspace.path("Cargo.lock")).unwrap_or_default();
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let ours = format!("callfold-{name}");
    names.into_iter().any(|known| known.replace('-', "_") == name || known == ours)
}

/// A source file whose code, without comments and tests, has the name in it.
fn file_with(directory: &Path, name: &str) -> Option<std::path::PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(directory).ok()?.flatten().map(|it| it.path()).collect();
    entries.sort();
    entries.into_iter().find_map(|path| {
        if path.is_dir() {
            return if path.ends_with("tests") { None } else { file_with(&path, name) };
        }
        let text =
            fs::read_to_string(&path).ok().filter(|_| path.extension() == Some("rs".as_ref()))?;
        let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
        let mut code = text[..end].lines().filter(|line| !line.trim_start().starts_with("//"));
        code.any(|line| line.to_lowercase().contains(name)).then_some(path)
    })
}
