#![doc = include_str!("../README.md")]

#[allow(dead_code, reason = "used by the vendors' files, and none may be switched on")]
mod account;
mod batches;
mod capability;
mod change;
#[cfg(test)]
#[path = "tests/changing_list.rs"]
mod changing_list;
mod checkpoint;
mod enriched_record;
mod error;
#[cfg(test)]
#[path = "tests/fake.rs"]
mod fake;
#[cfg(test)]
#[path = "tests/histories.rs"]
mod histories;
mod reorder_buffer;
mod summary;

mod deduplicator;
mod fingerprint;
mod merge;
mod order_tracker;
mod ordered_call;
mod plan;
mod query;
mod read;
#[cfg(test)]
#[path = "tests/restarts.rs"]
mod restarts;
mod settings;
mod source;
mod source_reader;

pub use batches::{Batch, BatchCall, Batches, Resume, read_batches, read_slice};
pub use capability::{
    Capability, DetailCost, Detailing, Field, Filter, Lookup, Operator, Ordering, Paging, Part,
    Push, StopRule,
};
pub use checkpoint::Checkpoint;
pub use error::ReadError;
pub use fingerprint::Fingerprint;
pub use plan::{
    Bound, DetailStep, EarlyStop, Expected, FilteredHere, MAX_CONCURRENT_LOOKUPS, MAX_SORTED,
    OrderStrategy, Pushed, SourcePlan, Value,
};
pub use query::{Detail, Order, Query};
pub use read::{
    Answer, Entry, Reading, find_call, plans, read, read_calls, read_calls_until, streams,
};
pub use settings::{
    COMMON_SETTINGS, Need, OpenError, Setting, SettingKind, SettingValue, SourceConfig,
};
pub use source::{
    Download, Enriched, Enricher, Item, ListStart, Missing, PageInfo, Source, SourcePage,
    SourcePages, VendorEntry,
};
pub use summary::{ListCursor, Restart, SourceSummary, Verdict};

mod agentvoice;
mod ravan;
mod vaani;
mod vozagent;
mod zudu;

macro_rules! entries {
    ($($vendor:ident $feature:tt)*) => { &[$(#[cfg(feature = $feature)] &$vendor::ENTRY,)*] };
}

/// The vendors whose feature is on, by name.
pub fn vendors() -> &'static [&'static VendorEntry] {
    callfold_unify::each_vendor!(entries)
}
