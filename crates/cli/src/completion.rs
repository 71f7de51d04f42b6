//! What a shell completes beside options and their words.

use crate::{config, newest::newest_calls, output::text::sanitise, pages::PAGES};
use callfold_reader::vendors;
use callfold_unify::model::{Call, Status};
use clap_complete::CompletionCandidate;
use std::{collections::BTreeMap, time::Duration};

/// The newest calls of each source that a completion looks at.
const MAX_CALLS: usize = 50;

/// How long a completion may read calls.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The accounts of the configuration, and the vendors.
pub(crate) fn sources() -> Vec<CompletionCandidate> {
    let accounts = config::account_names()
        .into_iter()
        .map(|(account, vendor)| CompletionCandidate::new(account).help(Some(vendor.into())));
    accounts.chain(vendor_names()).collect()
}

/// The vendors.
pub(crate) fn vendor_names() -> Vec<CompletionCandidate> {
    let name = |vendor: &&callfold_reader::VendorEntry| {
        CompletionCandidate::new(vendor.name).help(Some(vendor.title.into()))
    };
    vendors().iter().map(name).collect()
}

/// The pages of `callfold help`.
pub(crate) fn pages() -> Vec<CompletionCandidate> {
    PAGES.iter().map(|(name, _)| CompletionCandidate::new(name)).collect()
}

/// The words of `--status`.
pub(crate) fn statuses() -> Vec<CompletionCandidate> {
    Status::WORDS.iter().map(CompletionCandidate::new).collect()
}

/// The ids of the newest calls.
pub(crate) fn call_ids() -> Vec<CompletionCandidate> {
    let candidate = |call: &Call| {
        let start = call.started_at.map(|at| at.format(" %Y-%m-%d %H:%M UTC").to_string());
        let help =
            format!("{} {}{}", call.id.vendor, call.status.as_str(), start.unwrap_or_default());
        CompletionCandidate::new(&call.id.call_id).help(Some(sanitise(&help).into_owned().into()))
    };
    calls().iter().filter(|call| is_plain(&call.id.call_id)).map(candidate).collect()
}

/// The agents of the newest calls, by name if they have one.
pub(crate) fn agents() -> Vec<CompletionCandidate> {
    let calls = calls();
    let agents = calls.iter().filter_map(|call| Some((call.agent.as_ref()?, &call.id.vendor)));
    let names = agents.filter_map(|(agent, vendor)| {
        Some((agent.name.as_deref().or(agent.id.as_deref())?, vendor.clone()))
    });
    let names: BTreeMap<_, _> = names.filter(|(name, _)| is_plain(name)).collect();
    let candidate =
        |(name, vendor): (&str, String)| CompletionCandidate::new(name).help(Some(vendor.into()));
    names.into_iter().map(candidate).collect()
}

/// Whether the text is safe to complete in a shell.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && sanitise(text) == text
}

/// The newest calls of the configured sources that arrive in time; none without a
/// configuration. Runs no command of the configuration.
fn calls() -> Vec<Call> {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return Vec::new();
    };
    runtime.block_on(async {
        let sources = config::sources_without_commands();
        let newest = newest_calls(&sources, MAX_CALLS);
        tokio::time::timeout(TIMEOUT, newest).await.map(|(calls, _)| calls).unwrap_or_default()
    })
}
