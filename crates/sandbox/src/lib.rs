#![doc = include_str!("../README.md")]

mod cache;
mod calendar;
mod compact_call;
mod connection;
mod dataset;
mod dataset_options;
mod dialogue;
mod fault;
mod hash_rng;
mod injection;
mod invalid_json;
mod list_faults;
mod list_mutation;
mod media;
mod options;
mod paging;
mod people;
mod record_faults;
mod redirect_target;
mod registry;
mod reply;
mod server;
mod service;
mod simulation;
mod stats;
mod truth;
mod truth_endpoint;
mod vendor;
mod vendor_request;
mod vendors;

pub use dataset::Dataset;
pub use dataset_options::{DatasetOptions, RavanShape};
pub use fault::{Fault, FaultSetting, Faults, Frequency, OptionError, Rate};
pub use options::SandboxOptions;
pub use paging::PagingParams;
pub use people::NamedEntity;
pub use reply::{HttpResponse, MatchedOperation, Request};
pub use server::{Error, Sandbox};
pub use service::Service;
pub use stats::{CallChanges, RedirectStats, SandboxStats};
pub use truth::{
    Channel, Customer, Direction, End, RecordFaults, Role, Truth, TruthOutcome, TruthStatus,
    TruthTurn,
};

/// Names of all vendors, as in paths and configurations.
pub fn vendors() -> impl ExactSizeIterator<Item = &'static str> {
    registry::VENDORS.iter().map(|vendor| vendor.name)
}

/// How the pages of a vendor's lists are selected; `None` for a name that is no vendor's.
pub fn paging(name: &str) -> Option<PagingParams> {
    registry::vendor(name).map(|vendor| vendor.paging)
}

/// Keys and values of a source's configuration that a vendor's API accepts; none for a name that
/// is no vendor's.
pub fn credentials(name: &str) -> &'static [(&'static str, &'static str)] {
    registry::vendor(name).map_or(&[], |vendor| vendor.credentials)
}
