//! Types that records are made of, and the tolerance around them.
//!
//! Here belongs what lets one odd record pass without losing its page: the
//! record wrapper, open enums, exact numbers, raw JSON. The meaning of a field
//! does not belong here.

mod bulk;
mod decimal;
mod doc;
mod envelope;
mod inline;
pub mod iso;
mod json;
mod lenient;
mod malformed;
mod one_of;
mod open;
mod salvage;
mod scan;
pub(crate) mod words;

pub use bulk::{AsObject, Bulk, Checked, bulk};
pub use decimal::{Decimal, DecimalError};
pub(crate) use doc::push_step;
pub use envelope::{EnvelopeValue, envelope_object, envelope_value};
pub(crate) use inline::in_place;
pub use json::Json;
pub use lenient::{Issue, Lenient, RawRecord, SetAside};
pub(crate) use lenient::{Tally, is_record, tally};
pub(crate) use malformed::{first_problem, isolate};
pub use one_of::OneOf;
pub use open::Open;
pub use scan::member;

use serde::de::DeserializeOwned;

/// A generated type that is one record of a list, with its own id.
///
/// Codegen implements it for each schema that the spec marks with
/// `x-record-id`.
pub trait Record: DeserializeOwned + Send + 'static {
    /// Name of the JSON property that holds the record's id.
    const ID_FIELD: &'static str;
}
