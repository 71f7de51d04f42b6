//! Values off the wire, and the tolerance around them; no network.
//!
//! Generated types are made of these: [`Lenient`] keeps a record's raw JSON
//! beside the decoded value or what was wrong with it, [`OpenEnum`] keeps
//! unlisted words, [`RawNumber`] keeps every digit, [`RawJson`] keeps free-form
//! JSON verbatim, [`OneOf`] is one of two documented shapes. One odd record
//! never costs its page. What a field means does not belong here.
//!
//! ```
//! # use callfold_record::{Lenient, Record};
//! # #[derive(Clone, serde::Deserialize)]
//! # struct Call { id: String, seconds: Option<f64> }
//! # impl Record for Call {
//! #     const ID_FIELD: &'static str = "id";
//! #     fn id(&self) -> &str { &self.id }
//! # }
//! let call: Lenient<Call> = serde_json::from_str(r#"{"id": "call-1", "seconds": "long"}"#)?;
//! assert_eq!(call.get().map(|call| call.seconds), Ok(None));
//! assert_eq!(call.issues()[0].to_string(), "/seconds: expected a number, found string");
//! assert_eq!(call.raw().get(), r#"{"id": "call-1", "seconds": "long"}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Decoding fails only where a text is not JSON. It takes one pass; a record
//! that does not decode is read again by itself. A record keeps its page's text
//! in memory until its own is taken out. No error and no `Debug` shows a value.

pub mod datetime;
mod decode_error;
mod envelope;
mod in_place;
mod json_edit;
mod lenient;
mod macros;
mod malformed;
mod number;
mod one_of;
mod open_enum;
mod page;
mod raw_json;
mod raw_number;
mod redact;
mod salvage;
mod scan;
mod terminal;

#[doc(hidden)]
pub use envelope::{EnvelopeValue, envelope_object, envelope_value};
pub use lenient::{Issue, Lenient, RawRecord, UnusableRecord};
#[doc(hidden)]
pub use number::number;
pub use one_of::OneOf;
pub use open_enum::OpenEnum;
pub use raw_json::RawJson;
#[doc(hidden)]
pub use raw_number::raw_number;
pub use raw_number::{RawNumber, RawNumberError};
pub use scan::member;
pub use terminal::is_terminal_control;

/// What the client's runtime needs to decode a page.
#[doc(hidden)]
pub mod runtime {
    pub use crate::decode_error::Mismatch;
    pub use crate::lenient::{DecodeStats, is_record};
    pub use crate::malformed::first_problem;
    pub use crate::page::{DecodedBody, SchemaMismatch, decode};
    pub use crate::redact::redact;
}

pub use macros::UnlistedWord;

use serde::de::DeserializeOwned;

/// A generated type that is one record of a list, with its own id.
///
/// Codegen implements it for each schema that the spec marks with
/// `x-record-id`.
pub trait Record: DeserializeOwned + Send + 'static {
    /// Name of the JSON property that holds the record's id.
    const ID_FIELD: &'static str;
    /// Name of the property whose text is the id of a record without a usable [`ID_FIELD`].
    ///
    /// [`ID_FIELD`]: Self::ID_FIELD
    const OTHER_ID_FIELD: Option<&'static str> = None;

    /// Names of the members, at any depth, that hold credentials. Their values are
    /// replaced by `"[redacted]"` before anything else is read.
    const SECRET_FIELDS: &'static [&'static str] = &[];

    /// The record's id.
    fn id(&self) -> &str;
}

/// A response that is one record: the record itself, or an object around it.
pub trait SingleRecord {
    /// The record's type.
    type Record: Record;

    /// The record; `None` if the object is empty.
    fn into_record(self) -> Option<Lenient<Self::Record>>;
}

impl<T: Record> SingleRecord for Lenient<T> {
    type Record = T;

    fn into_record(self) -> Option<Self> {
        Some(self)
    }
}
