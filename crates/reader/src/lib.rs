#![doc = include_str!("../README.md")]

#[allow(dead_code, reason = "used by the vendors' files, and none may be switched on")]
mod account;
mod batches;
mod candidate;
mod capability;
mod change;
#[cfg(test)]
#[path = "tests/changing_list.rs"]
mod changing_list;
mod checkpoint;
mod completeness;
mod error;
#[cfg(test)]
#[path = "tests/fake.rs"]
mod fake;
mod held;
#[cfg(test)]
#[path = "tests/histories.rs"]
mod histories;

mod lane;
mod merge;
mod order_tracker;
mod plan;
mod print;
mod query;
mod rank;
mod read;
#[cfg(test)]
#[path = "tests/restarts.rs"]
mod restarts;
mod seen;
mod settings;
mod source;

pub use batches::{Batch, BatchCall, Batches, Resume, read_batches, read_slice};
pub use capability::{
    Capability, DetailCost, Detailing, Field, Filter, Lookup, Operator, Ordering, Paging, Part,
    Push, StopRule,
};
pub use checkpoint::Checkpoint;
pub use completeness::{Completeness, Place, Restart, Verdict};
pub use error::ReadError;
pub use plan::{
    Arrangement, Bound, DetailStep, EarlyStop, Expected, FilteredHere, Pushed, SINGLES_AT_ONCE,
    SORT_AT_MOST, SourcePlan, Value,
};
pub use print::Print;
pub use query::{Detail, Order, Query};
pub use read::{
    Answer, Entry, Reading, find_call, plans, read, read_calls, read_calls_until, streams,
};
pub use settings::{
    COMMON_SETTINGS, Need, OpenError, Setting, SettingKind, SettingValue, SourceConfig,
};
pub use source::{
    Completed, Completer, Download, Item, Missing, PageInfo, Source, SourcePage, SourcePages,
    VendorEntry, Walk,
};

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
