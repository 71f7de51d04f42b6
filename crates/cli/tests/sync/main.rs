//! `callfold sync` as a process: what it prints, and what is left when it is
//! ended by a signal, at any instant.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use callfold_test_support::database;

mod figures;
mod kill;
mod messages;
mod program;
mod status;
