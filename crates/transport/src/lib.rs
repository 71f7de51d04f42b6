//! What every generated vendor client shares on the wire.
//!
//! Here belong: credentials, retries, rate and time limits, safe errors,
//! tolerant records, and paging. Not here: anything that names a vendor (its
//! paths, fields and words are in its spec and its crate), and anything about
//! what a record means.
//!
//! A vendor crate declares this crate under the name the generator expects and
//! asks for its client with one macro:
//!
//! ```text
//! extern crate callfold_transport as progenitor_client;
//!
//! callfold_transport::vendor_client! {
//!     client: Client,
//!     name: "example",
//!     credentials: Credentials,
//!     facts: generated::facts,
//! }
//! ```
//!
//! Every request of the client then goes through [`Transport`], in
//! [`ClientHooks::exec`].

mod auth;
mod buffer_pool;
mod builder;
mod client;
mod decode;
mod error;
mod macros;
mod paging;
mod query;
mod response;
mod stats;
mod transport;

pub use auth::Auth;
#[doc(hidden)]
pub use buffer_pool::{BufferPool, PooledBuf};
pub use builder::{ClientBuilder, Vendor};
#[doc(hidden)]
pub use callfold_record::{EnvelopeValue, envelope_object, envelope_value};
pub use callfold_record::{
    Issue, Lenient, OneOf, OpenEnum, RawJson, RawNumber, RawNumberError, RawRecord, Record,
    UnusableRecord, member,
};
pub use client::{ClientHooks, ClientInfo, OperationInfo};
pub use error::{Error, ErrorKind, FieldError};
pub use paging::{
    Cursor, List, ListMetadata, ListOperation, ListOrder, Page, PageContents, PageRequest,
    PageWarning, Pages, Paging, Position, Records, Style as PagingStyle,
};
#[doc(hidden)]
pub use query::{QueryParam, RequestBuilderExt, encode_path};
pub use response::{ByteStream, Response, ResponseValue};
pub use secrecy::SecretString;
pub use stats::Stats;
pub use transport::{RequestOptions, ResumePoint, Transport};

/// What the macros of this crate refer to.
#[doc(hidden)]
pub mod reexport {
    pub use reqwest;
}
