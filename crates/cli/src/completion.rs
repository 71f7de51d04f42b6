//! What a shell completes beside options and their words.

use crate::{commands::PAGES, config};
use callfold_reader::vendors;
use callfold_unify::model::Status;
use clap_complete::CompletionCandidate;

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
