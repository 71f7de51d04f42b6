//! The commands.

mod check;
mod config;
mod export;
mod follow;
mod get;
mod help;
mod init;
mod lint;
mod list;
mod man;
mod map;
mod report;
mod sandbox;
mod sync;
mod vendors;

pub(crate) use check::check;
pub(crate) use config::config;
pub(crate) use export::export;
pub(crate) use get::get;
pub(crate) use help::{PAGES, help};
pub(crate) use init::init;
pub(crate) use lint::lint;
pub(crate) use list::list;
pub(crate) use man::man;
pub(crate) use map::map;
pub(crate) use sandbox::sandbox;
pub(crate) use sync::sync;
pub(crate) use vendors::vendors;

use crate::failure::{ExitOutcome, Failure};
use crate::output::{json_text, print};
use clap_complete::env::Shells;

/// Prints the JSON Schema of a call.
pub(crate) fn schema() -> Result<ExitOutcome, Failure> {
    print(&json_text(&callfold_unify::schema::call_schema(), true))?;
    Ok(ExitOutcome::Complete)
}

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<ExitOutcome, Failure> {
    let mut script = Vec::new();
    let (shell, name) = (shell.to_string(), "callfold");
    if let Some(shell) = Shells::builtins().completer(&shell) {
        shell.write_registration("COMPLETE", name, name, name, &mut script)?;
    }
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitOutcome::Complete)
}
