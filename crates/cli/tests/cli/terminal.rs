//! Output to a terminal: width, colour, masks.

use crate::support::Machine;
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use std::{
    ffi::OsStr,
    fs::File,
    io::Read,
    os::unix::ffi::OsStrExt,
    process::{Command, Stdio},
};

/// Runs the command with its output on a terminal of this width.
fn on_terminal(mut command: Command, columns: u16) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave =
        File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
    tcsetwinsize(&slave, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 })
        .unwrap();
    let mut child = command.stdout(slave).stderr(Stdio::null()).spawn().unwrap();
    drop(command);
    let mut output = Vec::new();
    // Ends with an error where the other side is closed.
    let _ = File::from(master).read_to_end(&mut output);
    child.wait().unwrap();
    String::from_utf8(output).unwrap()
}

fn list(args: &[&str], columns: u16, environment: &[(&str, &str)]) -> String {
    let machine = Machine::with_sandbox();
    let mut all = vec!["list", "-n", "20"];
    all.extend(args);
    let mut command = machine.command(&all);
    command.env("TERM", "xterm").envs(environment.iter().copied());
    on_terminal(command, columns)
}

#[test]
fn lines_fit_the_terminal() {
    for columns in [200, 120, 100, 80, 60] {
        let text = list(&["--color", "never"], columns, &[]);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(columns), "{columns}:\n{text}");
        assert_eq!(text.lines().count(), 21, "{text}");
    }
    let stated = list(&["--color", "never"], 200, &[("COLUMNS", "90")]);
    assert!(stated.lines().all(|line| line.chars().count() <= 90), "{stated}");
}

#[test]
fn numbers_are_hidden_unless_shown() {
    let hidden = list(&[], 200, &[]);
    assert!(hidden.contains("***") && !hidden.contains("555"), "{hidden}");
    let shown = list(&["--show-numbers"], 200, &[]);
    assert!(!shown.contains("***") && shown.contains("555"), "{shown}");
    let json = list(&["-o", "jsonl"], 200, &[]);
    assert!(!json.contains("***"), "data is never masked");
}

#[test]
fn colour_follows_the_terminal_and_the_environment() {
    let colored = |args: &[&str], environment: &[(&str, &str)]| {
        list(args, 200, environment).contains('\u{1b}')
    };
    assert!(colored(&[], &[]));
    assert!(!colored(&[], &[("NO_COLOR", "1")]));
    assert!(!colored(&[], &[("CLICOLOR", "0")]));
    assert!(!colored(&[], &[("TERM", "dumb")]));
    assert!(!colored(&["--color", "never"], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
}
