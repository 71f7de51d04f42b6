//! `callfold config`: which file is in use, and whether it is valid.

use super::check::print_results;
use crate::args::{ConfigCommand, Global};
use crate::config;
use crate::failure::{ExitOutcome, Failure};
use crate::output::{OutputStyle, print, text::sanitise_lines};
use crate::sources::{no_configuration, title};
use std::path::Path;

/// Prints the path of the configuration file, or validates it.
pub(crate) fn config(command: ConfigCommand, global: &Global) -> Result<ExitOutcome, Failure> {
    match command {
        ConfigCommand::Path => {
            let location = config::locate(global.config.as_deref()).ok_or_else(no_configuration)?;
            print_path(&location.path)?;
            Ok(ExitOutcome::Complete)
        }
        ConfigCommand::Check => check(global),
    }
}

/// Fetches every value and opens every source, without a request to a vendor.
fn check(global: &Global) -> Result<ExitOutcome, Failure> {
    let config = config::load(global.config.as_deref(), global.trust_config)?;
    let config = config.ok_or_else(no_configuration)?;
    print_path(config.path())?;
    let mut results = Vec::new();
    for source in &config.sources {
        let name = title(&source.account, source.vendor.name);
        results.push((name, config.open(source).map(drop).map_err(|error| error.to_string())));
    }
    let sections = [("[privacy]", config.hash_key()), ("[sync]", config.database())];
    for (section, value) in sections {
        let result = match value {
            Ok(None) => continue,
            Ok(Some(_)) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        results.push((section.to_owned(), result));
    }
    print_results(&results, &OutputStyle::of_stdout(global.color, false))?;
    match results.iter().filter(|(_, result)| result.is_err()).count() {
        0 => Ok(ExitOutcome::Complete),
        wrong => {
            let parts = if wrong == 1 { "section" } else { "sections" };
            let problem = format!("{}: {wrong} invalid {parts}", config.path().display());
            Err(Failure::usage(problem, "see the list on standard output"))
        }
    }
}

fn print_path(path: &Path) -> Result<(), Failure> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Ok(print(&format!("{}\n", sanitise_lines(&path.display().to_string())))?)
}
