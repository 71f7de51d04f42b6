//! `callfold man`: the help of each command as a man page.

use crate::args::Cli;
use crate::failure::{ExitOutcome, Failure};
use crate::output::print;
use callfold_reader::text::io_reason;
use clap::{Command, CommandFactory};
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};
use std::{fs, io, path::Path};

/// The day of the last release, which the pages show.
const RELEASED: &str = "2026-11-30";

/// Writes the page of each command into the directory, or prints that of the program.
pub(crate) fn man(directory: Option<&Path>) -> Result<ExitOutcome, Failure> {
    let mut program = Cli::command();
    program.build();
    let Some(directory) = directory else {
        print(&page(&program)?)?;
        return Ok(ExitOutcome::Complete);
    };
    let cannot = |path: &Path, error: io::Error| {
        let problem = format!("{} cannot be written: {}", path.display(), io_reason(&error));
        Failure::failed(problem, "name a directory that you may write to")
    };
    fs::create_dir_all(directory).map_err(|error| cannot(directory, error))?;
    for command in with_subcommands(&program) {
        let path = directory.join(format!("{}.1", name(command)));
        fs::write(&path, page(command)?).map_err(|error| cannot(&path, error))?;
    }
    Ok(ExitOutcome::Complete)
}

/// The command, and all commands below it that are not hidden.
fn with_subcommands(command: &Command) -> Vec<&Command> {
    let below =
        command.get_subcommands().filter(|below| !below.is_hide_set()).flat_map(with_subcommands);
    std::iter::once(command).chain(below).collect()
}

/// `callfold-list` for `callfold list`.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

fn page(command: &Command) -> io::Result<String> {
    let man = Man::new(command.clone())
        .title(name(command).to_uppercase())
        .date(RELEASED)
        .source(concat!("callfold ", env!("CARGO_PKG_VERSION")))
        .manual("callfold");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut notes = Roff::new();
    if let Some(text) = command.get_after_long_help().or(command.get_after_help()) {
        sections(&text.to_string(), &mut notes);
    }
    let see_also = match name(command) {
        "callfold" => "Long pages: callfold help formats, sync, fields or verdicts",
        _ => "callfold(1)",
    };
    notes.control("SH", ["SEE ALSO"]).text([roman(see_also)]);
    notes.to_writer(&mut page)?;
    Ok(tidy(&String::from_utf8_lossy(&page)))
}

/// The page as `mandoc -Tlint` likes it: no line of text beyond 80 bytes, also where it spells a character out, no space at its end, and
/// one request where breaks and empty lines follow each other.
fn tidy(page: &str) -> String {
    let mut tidied = String::new();
    let (mut breaks, mut is_filled) = (0, true);
    for line in page.lines().map(str::trim_end) {
        if matches!(line, "" | ".br") {
            breaks += 1;
            continue;
        }
        match breaks {
            0 => {}
            1 => tidied.push_str(".br\n"),
            _ => tidied.push_str(".sp\n"),
        }
        breaks = 0;
        is_filled = match line {
            ".nf" => false,
            ".fi" => true,
            _ => is_filled,
        };
        let mut rest = line;
        while is_filled && rest.len() > 72 && !rest.starts_with('.') {
            // A word that begins with a dot or a quote would be a request at the start of a line.
            let ends =
                rest.match_indices(' ').filter(|(at, _)| !rest[at + 1..].starts_with(['.', '\'']));
            let (fitting, beyond): (Vec<_>, Vec<_>) =
                ends.map(|(at, _)| at).partition(|at| *at <= 72);
            let Some(end) = fitting.last().or(beyond.first()) else { break };
            tidied.push_str(rest[..*end].trim_end());
            tidied.push('\n');
            rest = rest[end + 1..].trim_start();
        }
        tidied.push_str(rest);
        tidied.push('\n');
    }
    tidied
}

/// The text after the options. A line that ends with a colon is the heading of the indented lines
/// below it, which stay as they are; other paragraphs are filled.
fn sections(text: &str, roff: &mut Roff) {
    let mut is_in_notes = false;
    for block in text.split("\n\n") {
        match block.split_once(":\n") {
            Some((heading, lines)) if !heading.contains('\n') && lines.starts_with("  ") => {
                roff.control("SH", [heading.to_uppercase().as_str()]).control("nf", []);
                for line in lines.lines() {
                    roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
                }
                roff.control("fi", []);
                is_in_notes = false;
            }
            _ => {
                match is_in_notes {
                    true => roff.control("PP", []),
                    false => roff.control("SH", ["NOTES"]),
                };
                for line in block.lines() {
                    roff.text([roman(line)]);
                }
                is_in_notes = true;
            }
        }
    }
}
