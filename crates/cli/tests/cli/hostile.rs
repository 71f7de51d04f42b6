//! Command lines and environments that nobody would type on purpose: what is
//! wrong is reported, and what was typed does not come back to act upon a terminal.

use crate::support::{Machine, Ran};
use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

fn is_harmless(text: &str) -> bool {
    !text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}')
}

/// Exit code and error of a run over the shared sandbox.
fn ran(args: &[&str]) -> (Option<i32>, String) {
    let ran = Machine::with_sandbox().run(args);
    assert!(is_harmless(&ran.stderr), "{args:?}: {:?}", ran.stderr);
    assert!(ran.stderr.len() < 4_000, "{args:?}: {} bytes", ran.stderr.len());
    assert_eq!(ran.stdout, "", "{args:?}");
    (ran.code, ran.stderr)
}

const WHERE: &str =
    "\n  help: `callfold list` shows the id of each call, and --output wide all of it\n";

#[test]
fn invalid_id_is_an_error() {
    let long = "9".repeat(100_000);
    for (id, problem) in [
        ("", "the id is empty"),
        (".", "the id consists of dots"),
        ("..", "the id consists of dots"),
        ("vaani:support-in:..", "the id consists of dots"),
        (long.as_str(), "the id has 100000 characters"),
    ] {
        assert_eq!(ran(&["get", id]), (Some(2), format!("error: {problem}{WHERE}")));
    }
}

#[test]
fn id_that_tries_to_be_more_is_looked_for_as_it_is() {
    for (id, shown) in [
        ("../../etc/passwd", "../../etc/passwd"),
        ("%2e%2e%2fcalls", "%2e%2e%2fcalls"),
        ("x?limit=1&y=2#z", "x?limit=1&y=2#z"),
        ("'; DROP TABLE calls; --", "'; DROP TABLE calls; --"),
        ("%s%n%00", "%s%n%00"),
        ("📞 \"quoted\"", "📞 \"quoted\""),
        ("a\r\nx-evil: 1", "a  x-evil: 1"),
        ("\u{1b}[2J\u{202e}x", "\u{fffd}[2J\u{fffd}x"),
        ("vaani:support-in:", "vaani:support-in:"),
    ] {
        let (code, output) = ran(&["get", id]);
        let output = output.replace("\n", " ").replace("  ", " ");
        let expected = format!("error: no call {shown} in 5 sources{WHERE}");
        assert_eq!(output, expected.replace("\n", " ").replace("  ", " "), "{id}");
        assert_eq!(code, Some(1));
    }
}

#[test]
fn invalid_number_is_an_error() {
    let long = format!("+{}", "1".repeat(100));
    for number in ["+1\u{1b}[2J919", "+1919\n555", "+1919📞", "+", "%2B19195550100", &long] {
        let (code, output) = ran(&["list", "--phone", number]);
        assert_eq!(code, Some(2), "{number}");
        assert!(
            output.contains(": write it with + and the country code, as in +19195550100\n"),
            "{output}"
        );
    }
    // Odd, but some vendor may have it so.
    let machine = Machine::with_sandbox();
    for number in ["+1 (919) 555/0100;ext=5", "+00", "+1=1"] {
        let (code, output) = ran(&["--quiet", "list", "--phone", number]);
        assert_eq!((code, output.as_str()), (Some(0), ""), "{number}");
    }
    drop(machine);
}

#[test]
fn what_was_typed_comes_back_harmless_and_short() {
    let long = "9".repeat(100_000);
    let output: Vec<String> = [
        &["list", "--since", "7d\u{1b}[2J"][..],
        &["list", "--since", &long],
        &["list", "--status", "\u{9b}2Jended"],
        &["list", "--source", "\u{1b}]0;owned\u{7}"],
        &["list", "--\u{1b}[2J"],
        &["\u{1b}[2J"],
        &["vendors", "\u{1b}[2J"],
        &["map", "--vendor", "\u{1b}[2J"],
        &["map", "--vendor", "vaani", "--account", "a\u{1b}[2Jb"],
        &["list", "--report", "/nowhere\u{1b}[2J/%s", "-n", "1", "--status", "scheduled"],
    ]
    .iter()
    .map(|args| format!("{}\n", ran(args).1))
    .collect();
    let output = output.concat();
    insta::assert_snapshot!(output);
}

#[test]
fn argument_that_is_not_text_is_an_error() {
    let machine = Machine::with_sandbox();
    let mut command = machine.command(&["list", "--agent"]);
    command.arg(OsStr::from_bytes(b"\xff\x1b[2J"));
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.starts_with("error: invalid UTF-8 was detected in one or more arguments\n"));
    let mut command = machine.command(&["list", "--config"]);
    command.arg(OsStr::from_bytes(b"\xff\x1b[2J.toml"));
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.stderr, @"
    error: ��[2J.toml: cannot be read: no such file or directory
      help: check the path, or leave --config out to search for callfold.toml
    ");
}

#[test]
fn environment_of_any_content_is_borne() {
    let machine = Machine::with_sandbox();
    for (name, value) in [
        ("COLUMNS", &b"0"[..]),
        ("COLUMNS", b"-1"),
        ("COLUMNS", b"99999999999999999999"),
        ("COLUMNS", b"4294967295"),
        ("COLUMNS", b"\xff"),
        ("HOME", b"\xff\x1b[2J"),
        ("HOME", b""),
        ("XDG_CONFIG_HOME", b"\xff"),
        ("XDG_CONFIG_HOME", b"../../relative"),
        ("NO_COLOR", b"\xff"),
        ("TERM", b"\x1b[2J"),
        ("LANG", b"\xff"),
        ("TZ", b"Nowhere/\xff"),
        ("RUST_LOG", b"trace"),
        ("HTTPS_PROXY", b"http://\xff"),
        ("SSL_CERT_FILE", b"/nowhere/\xff"),
    ] {
        let mut command = machine.command(&["--quiet", "list", "-n", "1"]);
        let ran = Ran::of(command.env(name, OsStr::from_bytes(value)).output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{name}={value:?}");
        assert_eq!(ran.stdout.lines().count(), 2, "{name}={value:?}");
    }
}
