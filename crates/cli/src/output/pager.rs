//! Long texts on a terminal, through a pager.

use super::print;
use std::{
    env,
    io::{self, Write},
    process::{Command, Stdio},
};

/// Prints a text; on a terminal that has fewer lines, through the program that `PAGER` names, or
/// less. An empty `PAGER` prints it.
pub(crate) fn page(text: &str, is_terminal: bool) -> io::Result<()> {
    let lines = terminal_size::terminal_size().map_or(usize::MAX, |(_, height)| height.0.into());
    let pager = env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
    if !is_terminal || pager.trim().is_empty() || text.lines().count() < lines {
        return print(text);
    }
    let mut command = Command::new(if cfg!(windows) { "cmd" } else { "sh" });
    command.args([if cfg!(windows) { "/C" } else { "-c" }, &pager]).stdin(Stdio::piped());
    if env::var_os("LESS").is_none() {
        // Show colours, do not clear the screen, end where the text fits.
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.spawn() else { return print(text) };
    if let Some(mut stdin) = child.stdin.take() {
        // A pager that was left early has seen enough.
        let _ = stdin.write_all(text.as_bytes());
    }
    match child.wait() {
        // The shell's codes for a program that it cannot run.
        Ok(status) if matches!(status.code(), Some(126 | 127)) => print(text),
        _ => Ok(()),
    }
}
