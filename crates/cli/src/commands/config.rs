//! `callfold config`: which file is in use, and whether it is right.

use super::check::print_results;
use crate::args::{ConfigCommand, Global};
use crate::config;
use crate::failure::{Failure, Outcome};
use crate::output::{Look, Stdout, text::sanitise_lines};
use crate::sources::no_configuration;
use std::path::Path;

/// Prints the path of the configuration file, or checks it.
pub(crate) fn config(command: ConfigCommand, global: &Global) -> Result<Outcome, Failure> {
    match command {
        ConfigCommand::Path => {
            let location = config::locate(global.config.as_deref()).ok_or_else(no_configuration)?;
            print_path(&location.path)?;
            Ok(Outcome::Complete)
        }
        ConfigCommand::Check => check(global),
    }
}

/// Fetches every value and opens every source, without a request.
fn check(global: &Global) -> Result<Outcome, Failure> {
    let config = config::load(global.config.as_deref(), global.trust_config)?;
    let config = config.ok_or_else(no_configuration)?;
    print_path(config.path())?;
    let mut results = Vec::new();
    for source in &config.sources {
        let name = format!("{} ({})", source.account, source.vendor.name);
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
    print_results(&results, &Look::of_stdout(global.color, false))?;
    match results.iter().filter(|(_, result)| result.is_err()).count() {
        0 => Ok(Outcome::Complete),
        wrong => {
            let parts = if wrong == 1 { "part is" } else { "parts are" };
            let problem = format!("{}: {wrong} {parts} wrong", config.path().display());
            Err(Failure::Usage(problem, "standard output names each".to_owned()))
        }
    }
}

fn print_path(path: &Path) -> Result<(), Failure> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut stdout = Stdout::open();
    stdout.text(&format!("{}\n", sanitise_lines(&path.display().to_string())))?;
    stdout.finish()?;
    Ok(())
}
