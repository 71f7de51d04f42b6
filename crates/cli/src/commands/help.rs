//! `callfold help`: the pages of docs/, and the help of a command.

use crate::args::Cli;
use crate::config::closest;
use crate::failure::{ExitOutcome, Failure};
use crate::output::print;
use crate::pages::PAGES;
use clap::CommandFactory;

/// Prints the page with this name, or else the help of the command that the words name.
pub(crate) fn help(words: &[String]) -> Result<ExitOutcome, Failure> {
    if let [word] = words
        && let Some((_, page)) = PAGES.iter().find(|(name, _)| name == word)
    {
        print(page)?;
        return Ok(ExitOutcome::Complete);
    }
    let mut command = Cli::command();
    command.build();
    let mut found = &command;
    for word in words {
        found = found.find_subcommand(word).ok_or_else(|| unknown(word, found))?;
    }
    let args = ["callfold"].into_iter().chain(words.iter().map(String::as_str)).chain(["--help"]);
    if let Err(help) = Cli::command().try_get_matches_from(args) {
        help.print()?;
    }
    Ok(ExitOutcome::Complete)
}

fn unknown(word: &str, command: &clap::Command) -> Failure {
    let names = command.get_subcommands().map(clap::Command::get_name);
    let pages = PAGES.iter().map(|(name, _)| *name);
    let help = match closest(word, names.chain(pages)) {
        Some(name) => format!("did you mean {name}?"),
        None => {
            let pages: Vec<_> = PAGES.iter().map(|(name, _)| *name).collect();
            format!("`callfold help` lists the commands; the pages are {}", pages.join(", "))
        }
    };
    Failure::usage(format!("no command or page is called {word:?}"), help)
}
