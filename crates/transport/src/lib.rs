// Its code is tested in `tests/readme/guide.rs`.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]
//!
//! # What belongs here
//!
//! Here belong: credentials, retries, rate and time limits, safe errors,
//! tolerant records, and paging. Not here: anything that names a vendor (its
//! paths, fields and words are in its spec and its crate), and anything about
//! what a record means.
//!
//! Generated code asks for a client with one macro, [`vendor_client!`]. Each of
//! its operations is a builder that owns its share of the client and sends an
//! [`OperationRequest`] through [`Transport`].

mod auth;
mod buffer_pool;
mod builder;
mod decode;
mod error;
mod http_client;
mod macros;
mod paging;
mod path;
mod request;
mod response;
mod stats;
mod transport;

pub use auth::Auth;
#[doc(hidden)]
pub use buffer_pool::{BufferPool, PooledBuf};
pub use builder::{ClientBuilder, VendorClient};
#[doc(hidden)]
pub use callfold_record::{EnvelopeValue, envelope_object, envelope_value};
pub use callfold_record::{
    Issue, Lenient, OneOf, OpenEnum, RawJson, RawNumber, RawNumberError, RawRecord, Record,
    UnusableRecord, member,
};
pub use error::{Error, ErrorKind, FieldError};
/// The types of [`HttpClient::from_fn`], statuses and headers.
pub use http;
pub use http_client::HttpClient;
pub use paging::{
    Cursor, List, ListMetadata, ListOperation, ListOrder, Page, PageContents, PageRequest,
    PageWarning, Pages, Paging, PagingStyle, Position, Records, StopRule,
};
#[doc(hidden)]
pub use path::encode_path;
#[doc(hidden)]
pub use request::OperationRequest;
pub use response::{ByteStream, Response, ResponseValue};
pub use secrecy::SecretString;
pub use stats::Stats;
pub use transport::{Pace, PaceReason, RequestOptions, ResumePoint, Transport};
