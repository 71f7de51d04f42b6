//! The exchanges under `fixtures/<vendor>/<operation>.<scenario>.json`.
//!
//! What belongs here: reading them. What they mean is the business of the tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::value::RawValue;

/// One answer of a vendor, and where it comes from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixture {
    /// The part of the file's name between the operation and `.json`.
    #[serde(skip)]
    pub(crate) scenario: String,
    /// The page that documents the answer.
    pub(crate) source: String,
    /// The day the page was read, `YYYY-MM-DD`.
    pub(crate) read: String,
    /// What was changed, or what was made up.
    pub(crate) note: String,
    /// `operationId` in the vendor's spec.
    pub(crate) operation: String,
    /// HTTP status of the answer.
    pub(crate) status: u16,
    /// Media type of the answer.
    pub(crate) content_type: String,
    /// Component of the spec that describes the body, `[Component]` for an
    /// array of it; `None` where the spec describes none.
    pub(crate) schema: Option<String>,
    /// Whether the body is a vendor's own sample.
    pub(crate) sample: bool,
    /// A JSON body, its numbers and spaces as they stand in the file.
    pub(crate) body: Option<Box<RawValue>>,
    /// A body that is not JSON.
    pub(crate) text: Option<String>,
}

impl Fixture {
    /// `operation.scenario`, the file's name without its ending.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.operation, self.scenario)
    }

    /// The body as it goes over the wire.
    pub(crate) fn payload(&self) -> &str {
        match (&self.body, &self.text) {
            (Some(body), None) => body.get(),
            (None, Some(text)) => text,
            _ => panic!("{}: either `body` or `text`", self.name()),
        }
    }
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests crate lies in the workspace root")
        .to_owned()
}

/// Every fixture of a vendor, by name.
pub(crate) fn load(vendor: &str) -> Vec<Fixture> {
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
