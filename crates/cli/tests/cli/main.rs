//! The program as a user meets it: its output, its errors and its exit codes,
//! against the sandbox and against servers that misbehave.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod config_errors;
mod configuration;
mod details;
mod engines;
mod export;
#[cfg(unix)]
mod export_cut;
mod faults;
mod figures;
mod filters;
mod first_run;
mod formats;
mod get;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod hostile_config;
mod hostile_files;
mod hostile_records;
mod manual;
#[cfg(unix)]
mod operator;
mod planner;
#[cfg(unix)]
mod safety;
mod sandbox;
mod support;
#[cfg(unix)]
mod terminal;
