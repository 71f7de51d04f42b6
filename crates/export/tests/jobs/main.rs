//! Exports from beginning to end: files, sets and objects that appear whole or
//! not at all, and that can be resumed.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod directories;
mod files;
mod progress;
mod refusals;
mod resume;
mod store;
mod support;
