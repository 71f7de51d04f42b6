//! The transport against servers that behave, and servers that do not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics, and says where")]

mod download;
mod drift;
mod errors;
mod limits;
mod malformed;
mod options;
mod paging;
mod records;
mod requests;
mod retries;
mod safety;
mod styles;
mod tasks;
mod tls;
mod traces;
mod vendor;
