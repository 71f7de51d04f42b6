#![doc = include_str!("../README.md")]

#[allow(dead_code, reason = "used by the vendors' files, and none may be switched on")]
mod account;
mod capability;
mod error;
mod merge;
mod query;
mod rank;
mod settings;
mod source;

pub use capability::{
    Capability, DetailCost, Detailing, Field, Filter, Lookup, Operator, Ordering, Paging, Part,
    StopRule,
};
pub use error::ReadError;
pub use merge::{Reading, SourceReport, find_call, read_calls};
pub use query::{Detail, Order, Query};
pub use settings::{
    COMMON_SETTINGS, Need, OpenError, Setting, SettingKind, SettingValue, SourceConfig,
};
pub use source::{Item, PageInfo, Source, VendorEntry};

#[cfg(feature = "agentvoice")]
mod agentvoice;
#[cfg(feature = "ravan")]
mod ravan;
#[cfg(feature = "vaani")]
mod vaani;
#[cfg(feature = "vozagent")]
mod vozagent;
#[cfg(feature = "zudu")]
mod zudu;

/// The vendors whose feature is on, by name.
pub fn vendors() -> &'static [&'static VendorEntry] {
    &[
        #[cfg(feature = "agentvoice")]
        &agentvoice::ENTRY,
        #[cfg(feature = "ravan")]
        &ravan::ENTRY,
        #[cfg(feature = "vaani")]
        &vaani::ENTRY,
        #[cfg(feature = "vozagent")]
        &vozagent::ENTRY,
        #[cfg(feature = "zudu")]
        &zudu::ENTRY,
    ]
}
