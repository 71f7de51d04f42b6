//! What each command does.

mod calls;
mod check;
mod config;
mod export;
mod lint;
mod list;
mod map;
mod report;
mod sandbox;
mod sync;
mod vendors;

pub(crate) use calls::get;
pub(crate) use check::check;
pub(crate) use config::config;
pub(crate) use export::export;
pub(crate) use lint::lint;
pub(crate) use list::list;
pub(crate) use map::map;
pub(crate) use sandbox::sandbox;
pub(crate) use sync::sync;
pub(crate) use vendors::vendors;

use crate::args::Cli;
use crate::failure::{Failure, Outcome};
use crate::output::Stdout;
use clap::CommandFactory;

/// Prints the JSON Schema of a call.
pub(crate) fn schema() -> Result<Outcome, Failure> {
    let mut stdout = Stdout::open();
    stdout.json(&callfold_unify::schema::call_schema(), true)?;
    stdout.finish()?;
    Ok(Outcome::Complete)
}

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "callfold", &mut script);
    let mut stdout = Stdout::open();
    stdout.text(&String::from_utf8_lossy(&script))?;
    stdout.finish()?;
    Ok(Outcome::Complete)
}
