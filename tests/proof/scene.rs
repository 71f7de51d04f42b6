//! One vendor's API, or all of them, and a directory to run callfold in.

use crate::{Error, given::Given, program::Reader};
use callfold_sandbox::{Faults, Sandbox, SandboxOptions, Truth};
use chrono::{DateTime, Utc};
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

    pub(crate) fn vendors(&self) -> &[&'static str] {
        &self.vendors
    }

    /// What a command left in the directory.
    pub(crate) fn given(&self, reader: Reader) -> Result<Given, Error> {
        Given::read(reader, self.dir(), self.sandbox.url())
    }

    /// The ids of all calls there are, as callfold writes them.
    pub(crate) fn truth(&self) -> BTreeSet<String> {
        self.truth_if(|_| true)
    }

    /// Those of the calls that began then or later.
    pub(crate) fn truth_since(&self, since: DateTime<Utc>) -> BTreeSet<String> {
        self.truth_if(|call| call.started_at >= since)
    }

    /// Those of the calls that are wanted.
    pub(crate) fn truth_if(&self, wanted: impl Fn(&Truth) -> bool) -> BTreeSet<String> {
        let world = self.sandbox.world();
        let calls = self.vendors.iter().flat_map(|vendor| world.truths(vendor));
        calls.filter(|call| wanted(call)).map(|call| id(&call)).collect()
    }

    /// The ids of all calls that were ever there.
    pub(crate) fn ever(&self) -> BTreeSet<String> {
        let world = self.sandbox.world();
        let gone = self.vendors.iter().flat_map(|vendor| world.deleted(vendor));
        gone.map(|call| id(&call)).chain(self.truth()).collect()
    }

    /// When the first of the calls began that arrived while the sandbox ran.
    pub(crate) fn first_arrival(&self) -> Option<DateTime<Utc>> {
        let world = self.sandbox.world();
        let calls = self.vendors.iter().flat_map(|vendor| world.truths(vendor));
        calls.filter(|call| call.added_epoch > 0).map(|call| call.started_at).min()
    }

    /// How many recordings there are that a sync has to fetch: it waits while
    /// Vaani says that the analysis of a call is under way.
    pub(crate) fn recordings(&self) -> usize {
        let world = self.sandbox.world();
        let calls = self.vendors.iter().flat_map(|vendor| world.truths(vendor));
        let is_over = |call: &Truth| call.vendor != "vaani" || call.analysed;
        calls.filter(|call| call.recorded && is_over(call)).count()
    }

    /// Credentials that reached the address a vendor redirected to.
    pub(crate) fn leaked(&self) -> u64 {
        self.sandbox.stats().elsewhere.credentials.values().sum()
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.sandbox.set_faults(faults);
    }
}

fn id(call: &Truth) -> String {
    format!("{}:{}:{}", call.vendor, account(call.vendor), call.id)
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
