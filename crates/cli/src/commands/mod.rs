//! The commands.

mod airbyte;
mod check;
mod config;
mod engine;
mod export;
mod find_call;
mod follow;
mod help;
mod init;
mod input;
mod lint;
mod list;
mod man;
mod map;
mod merge_reports;
mod part;
mod recording;
mod report;
mod report_page;
mod sandbox;
mod search;
mod show;
mod singer;
mod stats;
mod stored_list;
mod sync;
mod vendors;

pub(crate) use airbyte::airbyte;
pub(crate) use check::check;
pub(crate) use config::config;
pub(crate) use export::export;
pub(crate) use help::help;
pub(crate) use init::init;
pub(crate) use lint::lint;
pub(crate) use list::list;
pub(crate) use man::man;
pub(crate) use map::map;
pub(crate) use merge_reports::merge_reports;
pub(crate) use part::plan;
pub(crate) use recording::recording;
pub(crate) use report_page::report_page;
pub(crate) use sandbox::sandbox;
pub(crate) use show::show;
pub(crate) use singer::singer;
pub(crate) use stats::stats;
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
