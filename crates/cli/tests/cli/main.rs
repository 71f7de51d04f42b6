//! The program as a user meets it: its output, its errors and its exit codes,
//! against the sandbox and against servers that misbehave.

mod config_errors;
mod configuration;
mod faults;
mod filters;
mod first_run;
mod formats;
mod get;
mod support;
#[cfg(unix)]
mod terminal;
