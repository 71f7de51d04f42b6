//! The transport against servers that behave, and servers that do not.

mod download;
mod errors;
mod limits;
mod options;
mod paging;
mod raw;
mod records;
mod retries;
mod safety;
mod tls;
mod vendor;
