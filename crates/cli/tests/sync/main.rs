//! `callfold sync` as a process: what it prints, and what is left when it is
//! ended by a signal, at any instant.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[allow(dead_code, reason = "the tests of callfold-sync use more of it")]
#[path = "../../../sync/tests/sync/database.rs"]
mod database;

mod kill;
mod messages;
mod program;
mod status;
