//! One vendor's API, or all of them, and a directory to run callfold in.

use crate::{Error, given::Given, program::Reader};
use callfold_sandbox::{Faults, Sandbox, SandboxOptions};
use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};
use tempfile::TempDir;

/// A sandbox with its clients' configuration.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    vendors: Vec<&'static str>,
    dir: TempDir,
}

impl Scene {
    /// Starts a sandbox; the configuration names these vendors.
    pub(crate) async fn start(
        options: SandboxOptions,
        vendors: &[&'static str],
    ) -> Result<Self, Error> {
        let sandbox = Sandbox::start(options).await?;
        let dir = tempfile::tempdir()?;
        fs::write(dir.path().join("callfold.toml"), configuration(&sandbox, vendors))?;
        Ok(Self { sandbox, vendors: vendors.to_vec(), dir })
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What a command left in the directory.
    pub(crate) fn given(&self, reader: Reader) -> Result<Given, Error> {
        Given::read(reader, self.dir(), self.sandbox.url())
    }

    /// The ids of all calls there are, as callfold writes them.
    pub(crate) fn truth(&self) -> BTreeSet<String> {
        let world = self.sandbox.world();
        let of = |vendor: &&'static str| {
            let ids = world.truths(vendor).map(|truth| truth.id);
            ids.map(|id| format!("{vendor}:{}:{id}", account(vendor))).collect::<Vec<_>>()
        };
        self.vendors.iter().flat_map(of).collect()
    }

    /// Credentials that reached the address a vendor redirected to.
    pub(crate) fn leaked(&self) -> u64 {
        self.sandbox.stats().elsewhere.credentials.values().sum()
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.sandbox.set_faults(faults);
    }
}

fn account(vendor: &str) -> String {
    format!("{vendor}-account")
}

/// Fast, and soon tired of a server that says nothing.
fn configuration(sandbox: &Sandbox, vendors: &[&'static str]) -> String {
    let mut text = String::new();
    for vendor in vendors {
        let _ = writeln!(text, "[sources.{}]\nvendor = \"{vendor}\"", account(vendor));
        for (key, value) in sandbox.credentials(vendor) {
            let _ = writeln!(text, "{key} = \"{value}\"");
        }
        let _ = writeln!(text, "base_url = \"{}\"", sandbox.base_url(vendor));
        text.push_str("rate = 1000\ntimeout = \"5s\"\n\n");
    }
    text
}
