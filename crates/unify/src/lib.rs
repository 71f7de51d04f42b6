// Its recipes are tested in `examples/recipes`.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "lint-unused"),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "each mapping uses a part of what they share"
    )
)]

mod context;
mod convert;
pub mod end_reason;
mod error;
mod json_text;

pub mod agentvoice;
pub mod bland;
pub mod elevenlabs;
pub mod ravan;
pub mod retell;
pub mod vaani;
pub mod vapi;
pub mod vozagent;
pub mod zudu;

#[cfg(test)]
#[path = "tests/support.rs"]
mod support;

pub use callfold_model::{self as model, json, schema};

pub use context::Context;
pub use error::{Error, ErrorKind};
pub use json_text::{MappedRecords, Mapping, RejectedRecord};

/// The one list of vendors: gives `$with!` each vendor's name, as a word and as its feature.
#[doc(hidden)]
#[macro_export]
macro_rules! each_vendor {
    ($with:ident) => {
        $with! {
            agentvoice "agentvoice"
            bland "bland"
            elevenlabs "elevenlabs"
            ravan "ravan"
            retell "retell"
            vaani "vaani"
            vapi "vapi"
            vozagent "vozagent"
            zudu "zudu"
        }
    };
}

macro_rules! mappings {
    ($($vendor:ident $feature:tt)*) => { &[$(#[cfg(feature = $feature)] $vendor::MAPPING,)*] };
}

/// The mappings that are switched on, in the order of their vendors' names.
///
/// ```
/// let names: Vec<_> = callfold_unify::mappings().iter().map(|mapping| mapping.vendor).collect();
/// assert!(names.is_sorted());
/// ```
pub fn mappings() -> &'static [Mapping] {
    each_vendor!(mappings)
}
