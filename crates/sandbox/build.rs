//! Finds the vendors: each is a file in `src/vendors`, or a directory with its `mod.rs`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("src/vendors");
    println!("cargo::rerun-if-changed=src/vendors");
    // The text has the whole path: a copy of the workspace that shares the
    // target directory leaves one behind that leads nowhere.
    println!("cargo::rerun-if-changed={}", root.display());
    let mut vendors = Vec::new();
    for entry in fs::read_dir(&root)? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        match path.is_dir() {
            true => vendors.push((name, path.join("mod.rs"))),
            false if name != "mod" => vendors.push((name, path)),
            false => {}
        }
    }
    vendors.sort();
    let each = |write: &dyn Fn(&str) -> String| {
        vendors.iter().map(|(name, _)| write(name)).collect::<String>()
    };
    let modules: String =
        vendors.iter().map(|(name, path)| format!("#[path = {path:?}]\nmod {name};\n")).collect();
    let text = format!(
        "{modules}\
         /// All vendors, by name.\n\
         pub(crate) const VENDORS: [&Vendor; {count}] = [{}];\n\
         const RESPOND: [Respond; {count}] = [{}];\n",
        each(&|name| format!("&{name}::VENDOR,")),
        each(&|name| format!("{name}::respond,")),
        count = vendors.len(),
    );
    fs::write(Path::new(&env::var("OUT_DIR")?).join("vendors.rs"), text)?;
    Ok(())
}
