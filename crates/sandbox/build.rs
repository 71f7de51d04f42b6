//! Finds the vendors: each is a directory in `src/vendors` with `profile.rs` and `mod.rs`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("src/vendors");
    println!("cargo::rerun-if-changed=src/vendors");
    // The generated text has absolute paths: rerun in a copy of the workspace that shares the
    // target directory.
    println!("cargo::rerun-if-changed={}", root.display());
    let entries = fs::read_dir(&root)?.collect::<Result<Vec<_>, _>>()?;
    let vendors = entries.iter().map(fs::DirEntry::path).filter(|path| path.is_dir());
    let mut vendors: Vec<_> = vendors.collect();
    vendors.sort();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let modules = |file: &str| -> String {
        let module = |path: &std::path::PathBuf| {
            let (name, path) = (name(path), path.join(file));
            format!("#[path = {path:?}]\npub(crate) mod {name};\n")
        };
        vendors.iter().map(module).collect()
    };
    let each = |prefix: &str, suffix: &str| -> String {
        vendors.iter().map(|path| format!("{prefix}{}{suffix},", name(path))).collect()
    };
    let count = vendors.len();
    let registry = format!(
        "{}/// All vendors, by name.\npub(crate) const VENDORS: [&VendorProfile; {count}] = [{}];\n",
        modules("profile.rs"),
        each("&", "::VENDOR"),
    );
    let handlers = format!(
        "{}const HANDLERS: [Handler; {count}] = [{}];\n",
        modules("mod.rs"),
        each("", "::respond"),
    );
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("registry.rs"), registry)?;
    fs::write(Path::new(&out).join("handlers.rs"), handlers)?;
    Ok(())
}
