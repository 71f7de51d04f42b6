//! A sandbox and a directory to run callfold in.

use crate::{Error, program::Reader, read_calls::ReadCalls};
use callfold_sandbox::{Faults, Sandbox, SandboxOptions, Truth};
use chrono::{DateTime, Utc};
use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};
use tempfile::TempDir;

/// A sandbox with its clients' configuration.
pub(crate) struct TestBed {
    pub(crate) sandbox: Sandbox,
    vendors: Vec<&'static str>,
    dir: TempDir,
}

impl TestBed {
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

    /// What a command wrote to the directory.
    pub(crate) fn read(&self, reader: Reader) -> Result<ReadCalls, Error> {
        ReadCalls::read(reader, self.dir(), self.sandbox.url())
    }

    /// The ids of all calls, as callfold writes them.
    pub(crate) fn truth(&self) -> BTreeSet<String> {
        self.truth_if(|_| true)
    }

    /// The ids of the calls that started at `since` or later.
    pub(crate) fn truth_since(&self, since: DateTime<Utc>) -> BTreeSet<String> {
        self.truth_if(|call| call.started_at >= since)
    }

    /// The ids of the calls for which `wanted` is true.
    pub(crate) fn truth_if(&self, wanted: impl Fn(&Truth) -> bool) -> BTreeSet<String> {
        let dataset = self.sandbox.dataset();
        let calls = self.vendors.iter().flat_map(|vendor| dataset.truths(vendor));
        calls.filter(|call| wanted(call)).map(|call| id(&call)).collect()
    }

    /// The ids of all calls that ever existed.
    pub(crate) fn all_ids(&self) -> BTreeSet<String> {
        let dataset = self.sandbox.dataset();
        let gone = self.vendors.iter().flat_map(|vendor| dataset.deleted(vendor));
        gone.map(|call| id(&call)).chain(self.truth()).collect()
    }

    /// Start of the first call that arrived while the sandbox ran.
    pub(crate) fn first_arrival(&self) -> Option<DateTime<Utc>> {
        let dataset = self.sandbox.dataset();
        let calls = self.vendors.iter().flat_map(|vendor| dataset.truths(vendor));
        calls.filter(|call| call.added_epoch > 0).map(|call| call.started_at).min()
    }

    /// Number of recordings that a sync must fetch: it waits while Vaani
    /// analyses a call.
    pub(crate) fn recordings(&self) -> usize {
        let dataset = self.sandbox.dataset();
        let calls = self.vendors.iter().flat_map(|vendor| dataset.truths(vendor));
        let is_over = |call: &Truth| call.vendor != "vaani" || call.analysed;
        calls.filter(|call| call.recorded && is_over(call)).count()
    }

    /// Credentials that reached the address a vendor redirected to.
    pub(crate) fn leaked(&self) -> u64 {
        self.sandbox.stats().redirects.credentials.values().sum()
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

/// A high rate, and a timeout that a busy machine does not reach.
fn configuration(sandbox: &Sandbox, vendors: &[&'static str]) -> String {
    let mut text = String::new();
    for vendor in vendors {
        let _ = writeln!(text, "[sources.{}]\nvendor = \"{vendor}\"", account(vendor));
        for (key, value) in sandbox.credentials(vendor) {
            let _ = writeln!(text, "{key} = \"{value}\"");
        }
        let _ = writeln!(text, "base_url = \"{}\"", sandbox.base_url(vendor));
        text.push_str("rate = \"1000/s\"\ntimeout = \"15s\"\n\n");
    }
    text
}
