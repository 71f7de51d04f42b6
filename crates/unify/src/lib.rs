#![cfg_attr(feature = "vaani", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "vaani"),
    doc = "One exact `Call` for the call records of several voice-agent vendors."
)]
//!
//! # What belongs here
//!
//! The meaning of a vendor's fields: units, words, which value wins when two
//! disagree. One file per vendor, behind the feature of its name, maps the
//! vendor crate's generated types to [`model::Call`]. Nothing here touches a
//! network, a clock or a log: the same record and [`Context`] always give the
//! same call.

#![cfg_attr(
    not(all(
        feature = "agentvoice",
        feature = "ravan",
        feature = "vaani",
        feature = "vozagent",
        feature = "zudu"
    )),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "each mapping uses a part of what they share"
    )
)]

mod batch;
mod context;
mod convert;
pub mod end_reason;
mod error;

#[cfg(feature = "agentvoice")]
pub mod agentvoice;
#[cfg(feature = "ravan")]
pub mod ravan;
#[cfg(feature = "vaani")]
pub mod vaani;
#[cfg(feature = "vozagent")]
pub mod vozagent;
#[cfg(feature = "zudu")]
pub mod zudu;

#[cfg(test)]
#[path = "tests/support.rs"]
mod support;

pub use callfold_model::{self as model, json, schema};

pub use batch::{Batch, Mapping, RejectedRecord};
pub use context::Context;
pub use error::{Error, ErrorKind};

/// The mappings that are switched on, in the order of their vendors' names.
///
/// ```
/// let names: Vec<_> = callfold_unify::mappings().iter().map(|mapping| mapping.vendor).collect();
/// assert!(names.is_sorted());
/// ```
pub fn mappings() -> &'static [Mapping] {
    &[
        #[cfg(feature = "agentvoice")]
        agentvoice::MAPPING,
        #[cfg(feature = "ravan")]
        ravan::MAPPING,
        #[cfg(feature = "vaani")]
        vaani::MAPPING,
        #[cfg(feature = "vozagent")]
        vozagent::MAPPING,
        #[cfg(feature = "zudu")]
        zudu::MAPPING,
    ]
}
