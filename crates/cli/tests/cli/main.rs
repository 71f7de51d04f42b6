//! The program as a user meets it: its output, its errors and its exit codes,
//! against the sandbox and against servers that misbehave.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod config_errors;
mod configuration;
mod faults;
mod filters;
mod first_run;
mod formats;
mod get;
mod planner;
mod support;
#[cfg(unix)]
mod terminal;
