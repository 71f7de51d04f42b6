//! Output to a terminal: width, colour, masks.

use crate::support::Machine;
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use std::{
    ffi::OsStr,
    fs::File,
    io::{Read, Write},
    os::unix::ffi::OsStrExt,
    process::{Command, Stdio},
};

/// Both ends of a terminal of this width.
pub(crate) fn terminal(columns: u16) -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave =
        File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
    tcsetwinsize(&slave, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 })
        .unwrap();
    (File::from(master), slave)
}

/// What the command shows on a terminal that it was given.
fn shown(mut command: Command, mut master: File) -> String {
    let mut child = command.spawn().unwrap();
    // Closes our copy of the other side.
    drop(command);
    let mut output = Vec::new();
    // Ends with an error where the other side is closed.
    let _ = master.read_to_end(&mut output);
    child.wait().unwrap();
    String::from_utf8(output).unwrap()
}

/// Runs the command with its output on a terminal of this width.
fn on_terminal(mut command: Command, columns: u16) -> String {
    let (master, slave) = terminal(columns);
    command.stdout(slave).stderr(Stdio::null());
    shown(command, master)
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
    assert!(hidden.contains("***") && !hidden.contains("5550"), "{hidden}");
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

#[test]
fn export_shows_a_bar_for_each_source_unless_it_is_quiet() {
    let machine = Machine::with_sandbox();
    let export = |args: &[&str]| {
        let mut all = vec!["export", "--to", "calls.jsonl"];
        all.extend(args);
        let (master, slave) = terminal(120);
        let mut command = machine.command(&all);
        command.env("TERM", "xterm").stdout(Stdio::null()).stderr(slave);
        shown(command, master)
    };
    let bars = export(&[]);
    assert!(
        bars.contains("40 matched")
            && bars.contains(" records ")
            && bars.contains("support-in (vaani)"),
        "{bars:?}"
    );
    assert!(bars.contains("wrote 200 calls to calls.jsonl"), "{bars:?}");
    assert!(!export(&["--progress", "none"]).contains(" records "), "no bar");
    assert_eq!(export(&["--quiet"]), "");
}

#[test]
fn export_to_a_terminal_is_text_that_it_does_not_act_upon() {
    let machine = Machine::with_sandbox();
    let export = |format: &str| {
        let command = machine.command(&["-q", "export", "--to", "-", "--format", format]);
        on_terminal(command, 120)
    };
    assert_eq!(export("csv").lines().count(), 201);
    assert_eq!(export("parquet"), "", "it would be no text");
}

/// What a program asks on a terminal and how it ends, with these lines typed.
fn dialogue(mut command: Command, lines: &[&str]) -> (String, Option<i32>) {
    let (mut master, slave) = terminal(120);
    command.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(slave);
    let mut child = command.spawn().unwrap();
    drop(command);
    for line in lines {
        master.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
    let mut output = Vec::new();
    let _ = master.read_to_end(&mut output);
    let code = child.wait().unwrap().code();
    (String::from_utf8(output).unwrap().replace('\r', ""), code)
}

#[test]
fn init_writes_a_configuration_that_config_check_accepts() {
    let machine = Machine::new();
    let command = || {
        let mut command = machine.command(&["init", "--color", "never"]);
        command.env("TERM", "xterm");
        command
    };
    // The keys are not there yet, so that nothing is sent to a vendor.
    let (text, code) = dialogue(
        command(),
        &[
            "vani",
            "vaani",
            "a:b",
            "front desk",
            "s3cret-key!",
            "",
            "yes",
            "y",
            "ravan",
            "",
            "",
            "file:key",
            "y",
            "n",
        ],
    );
    assert_eq!(code, Some(0), "{text}");
    for said in [
        "did you mean vaani?",
        "without colons",
        "do not type the key itself",
        "VAANI_API_KEY is not set",
        "wrote ",
    ] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    let path = machine.path().join("work/callfold.toml");
    insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r#"
    [sources."front desk"]
    vendor = "vaani"
    api_key = { env = "VAANI_API_KEY" }

    [sources.ravan]
    vendor = "ravan"
    api_key = { file = "key" }
    "#);
    let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    machine.write("work/key", "s3cret\n");
    let mut check = machine.command(&["config", "check"]);
    let ran = crate::support::Ran::of(check.env("VAANI_API_KEY", "s3cret").output().unwrap());
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let (text, code) = dialogue(command(), &[]);
    assert_eq!(code, Some(2));
    assert!(text.contains("callfold.toml exists already"), "{text}");
}

#[test]
fn init_that_is_abandoned_writes_nothing() {
    let machine = Machine::new();
    // Ctrl-D ends the input.
    let (text, code) = dialogue(machine.command(&["init"]), &["vaani", "", "\u{4}"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("nothing was written: the input has ended"), "{text}");
    assert!(!machine.path().join("work/callfold.toml").exists());
}

#[test]
fn init_without_a_terminal_prints_a_template() {
    let machine = Machine::new();
    let template = machine.stdout(&["init"]);
    let sections = template.lines().filter(|line| line.starts_with("# [sources.")).count();
    assert_eq!(sections, callfold_sandbox::vendors().len());
    // Each section is valid once its comment signs are gone.
    let config: String = template
        .lines()
        .skip(2)
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.contains(" = ") || line.starts_with('['))
        .map(|line| format!("{line}\n"))
        .collect();
    let machine = Machine::with_config(&config);
    let ran = machine.run(&["config", "check"]);
    assert!(ran.stdout.contains("is not set") && !ran.stderr.contains("TOML"), "{}", ran.stderr);
    assert!(!machine.path().join("callfold.toml").exists());
}
