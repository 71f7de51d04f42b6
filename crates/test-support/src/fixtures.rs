//! The exchanges under `fixtures/<vendor>/<operation>.<scenario>.json`.
//!
//! Reads them; the tests say what they mean.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::value::RawValue;

/// One response of a vendor, and its source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// The part of the file's name between the operation and `.json`.
    #[serde(skip)]
    pub scenario: String,
    /// The page that documents the response.
    pub source: String,
    /// The day the page was read, `YYYY-MM-DD`.
    pub read: String,
    /// What was changed, or what was made up.
    pub note: String,
    /// `operationId` in the vendor's spec.
    pub operation: String,
    /// HTTP status of the response.
    pub status: u16,
    /// Media type of the response.
    pub content_type: String,
    /// Component of the spec that describes the body, `[Component]` for an
    /// array of it; `None` where the spec describes none.
    pub schema: Option<String>,
    /// Whether the body is a vendor's own sample.
    pub sample: bool,
    /// A JSON body, its numbers and spaces as they stand in the file.
    pub body: Option<Box<RawValue>>,
    /// A body that is not JSON.
    pub text: Option<String>,
}

impl Fixture {
    /// `operation.scenario`, the file's name without its ending.
    pub fn name(&self) -> String {
        format!("{}.{}", self.operation, self.scenario)
    }

    /// The body as sent.
    ///
    /// # Panics
    ///
    /// If the fixture has not exactly one body.
    pub fn payload(&self) -> &str {
        match (&self.body, &self.text) {
            (Some(body), None) => body.get(),
            (None, Some(text)) => text,
            _ => panic!("{}: either `body` or `text`", self.name()),
        }
    }
}

/// The workspace's root: that of the running test, also when this crate was built in another copy
/// of the workspace that shares the target directory.
///
/// # Panics
///
/// Outside a workspace with specs.
pub fn root() -> PathBuf {
    let start = std::env::var_os("CARGO_MANIFEST_DIR");
    let start = start.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let root = start.ancestors().find(|directory| directory.join("specs").is_dir());
    root.expect("a directory of the workspace").to_owned()
}

/// Every fixture of a vendor, by name.
///
/// # Panics
///
/// If a fixture cannot be read.
pub fn load(vendor: &str) -> Vec<Fixture> {
    let directory = root().join("tests/fixtures").join(vendor);
    let mut fixtures: Vec<Fixture> = fs::read_dir(&directory)
        .unwrap_or_else(|e| panic!("{}: {e}", directory.display()))
        .map(|entry| read(&entry.expect("a readable directory").path()))
        .collect();
    fixtures.sort_by_key(Fixture::name);
    fixtures
}

fn read(path: &Path) -> Fixture {
    let complain =
        |problem: &dyn std::fmt::Display| -> ! { panic!("{}: {problem}", path.display()) };
    let text = fs::read_to_string(path).unwrap_or_else(|e| complain(&e));
    let mut fixture: Fixture = serde_json::from_str(&text).unwrap_or_else(|e| complain(&e));
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let scenario = name
        .strip_prefix(&format!("{}.", fixture.operation))
        .and_then(|rest| rest.strip_suffix(".json"));
    match scenario {
        Some(scenario) if !scenario.contains('.') => fixture.scenario = scenario.to_owned(),
        _ => complain(&"the name is not <operation>.<scenario>.json with the operation inside"),
    }
    fixture
}
