// Its recipes are tested in `examples/recipes`.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]

#[allow(dead_code, unused_macros, unused_imports, reason = "used by vendors, which are features")]
mod account;
mod batches;
mod capability;
mod change_detector;
mod checkpoint;
mod deduplicator;
mod enrichment;
mod error;
mod fingerprint;
mod mapping_settings;
mod merge;
mod order_tracker;
mod ordered_reader;
mod plan;
mod query;
mod record_stream;
mod settings;
mod source;
mod source_reader;
mod summary;
pub mod text;

#[cfg(test)]
#[path = "tests/changing_list.rs"]
mod changing_list;
#[cfg(test)]
#[path = "tests/fake.rs"]
mod fake;
#[cfg(test)]
#[path = "tests/histories.rs"]
mod histories;
#[cfg(test)]
#[path = "tests/restarts.rs"]
mod restarts;

pub use callfold_transport as transport;
pub use callfold_unify::{Context, model};

pub use batches::{Batch, BatchCall, Batches, ResumeState, read_batches, read_slice};
pub use callfold_transport::{Pace, PaceReason};
pub use capability::{
    Capability, DetailCost, DetailPart, DetailSupport, Filter, FilterField, ListPaging, Lookup,
    Operator, Ordering, Pushdown, StopRule,
};
pub use checkpoint::Checkpoint;
pub use error::ReadError;
pub use fingerprint::Fingerprint;
pub use mapping_settings::{MAPPING_SETTINGS, mapping_context};
pub use plan::{
    DetailStep, EarlyStop, LocalFilter, MAX_CONCURRENT_LOOKUPS, MAX_SORTED, OrderStrategy,
    ParameterValue, PlanEstimate, PushedFilter, SourcePlan, StopBound,
};
pub use query::{Detail, Order, Query};
pub use record_stream::{
    QueryResult, RecordStream, find_call, plans, read, read_calls, read_calls_until,
};
pub use settings::{
    Need, OpenError, Setting, SettingKind, SettingValue, SourceConfig, common_settings,
};
pub use source::{
    DetailFailure, Download, Enriched, Enricher, ListStart, ListedRecord, PageInfo, Source,
    SourcePage, SourcePages, VendorEntry,
};
pub use summary::{Restart, SourceSummary, Verdict};

pub mod agentvoice;
pub mod bland;
pub mod elevenlabs;
pub mod ravan;
pub mod retell;
pub mod vaani;
pub mod vapi;
pub mod vozagent;
pub mod zudu;

macro_rules! entries {
    ($($vendor:ident $feature:tt)*) => { &[$(#[cfg(feature = $feature)] &$vendor::ENTRY,)*] };
}

/// The vendors whose feature is on, by name.
pub fn vendors() -> &'static [&'static VendorEntry] {
    callfold_unify::each_vendor!(entries)
}
