//! Databases as a sync leaves them, on SQLite and, where
//! `CALLFOLD_TEST_POSTGRES` names a server, on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use callfold_test_support::database;

mod changed;
mod flaky;
mod support;

mod content;
mod detail;
mod docs;
mod failures;
mod links;
mod migration;
mod missing_calls;
mod owed;
mod recordings;
mod refused;
mod scrub;
mod search;
mod state;
mod status;
