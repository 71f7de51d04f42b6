//! What must hold for every mapping, on the fixtures of its vendor.

mod fields;
mod no_loss;
mod pick_up_rate;
mod round_trip;
mod settings;
mod sides;
mod spelling;
mod warnings;

use callfold_unify::{Context, MappedRecords, Mapping};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{fs, path::PathBuf};

#[derive(Deserialize)]
struct File {
    sample: bool,
    body: Box<RawValue>,
}

/// A fixture that a mapping can read.
struct Fixture {
    name: String,
    /// Whether the body is a sample of the vendor's own page.
    sample: bool,
    mapped: MappedRecords,
}

/// The fixtures of a vendor. Bodies that hold no records (errors, audio,
/// details) are left out.
fn fixtures(mapping: &Mapping) -> Vec<Fixture> {
    fixtures_with(mapping, &Context::default())
}

/// The same, read with the settings of a source.
fn fixtures_with(mapping: &Mapping, context: &Context) -> Vec<Fixture> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let folder = fs::read_dir(root.join(mapping.vendor)).expect("every vendor has fixtures");
    let mut files: Vec<_> = folder.map(|entry| entry.expect("a readable folder").path()).collect();
    files.sort();
    let read = |file: PathBuf| {
        let name = file.file_stem()?.to_string_lossy().into_owned();
        let text = fs::read_to_string(file).expect("a readable file");
        let file: File = serde_json::from_str(&text).ok()?;
        let mapped = (mapping.from_json_with)(file.body.get(), context).ok()?;
        Some(Fixture { name, sample: file.sample, mapped })
    };
    files.into_iter().filter_map(read).collect()
}
