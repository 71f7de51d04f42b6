//! Configurations that nobody would write on purpose, or only on purpose: each
//! is refused with what is wrong with it, and no value of it is shown.

use crate::support::{Machine, Ran, source_config};
use std::{fs, process::Command};

/// The error of a run that must end before it has done anything.
fn refusal(machine: &Machine, args: &[&str]) -> String {
    output(machine.run(args))
}

fn output(ran: Ran) -> String {
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    assert!(!ran.stderr.contains("s3cret"), "a secret in: {}", ran.stderr);
    let acts = |c: char| c.is_control() && c != '\n';
    assert!(!ran.stderr.contains(acts), "{:?}", ran.stderr);
    ran.stderr
}

#[test]
fn file_that_was_found_and_cannot_be_read_is_not_passed_over() {
    let machine = Machine::new();
    let path = machine.path().join("work/callfold.toml");
    std::os::unix::fs::symlink("nowhere.toml", &path).unwrap();
    insta::assert_snapshot!(refusal(&machine, &["list"]), @r"
    error: callfold.toml: cannot be read: no such file or directory
      help: it is a dangling link: correct or remove it
    ");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("callfold.toml", &path).unwrap();
    insta::assert_snapshot!(refusal(&machine, &["list"]), @r"
    error: callfold.toml: cannot be read: too many levels of symbolic links
      help: make it a readable file
    ");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    insta::assert_snapshot!(refusal(&machine, &["list"]), @r"
    error: callfold.toml: cannot be read: is a directory
      help: make it a readable file
    ");
    fs::remove_dir(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    insta::assert_snapshot!(refusal(&machine, &["list"]), @r"
    error: callfold.toml: is not a file
      help: make it a file, or name another one with --config
    ");
}

#[test]
fn named_file_that_does_not_exist_is_an_error() {
    let machine = Machine::new();
    let long = "x".repeat(300);
    let output: Vec<String> =
        ["", "..", "/dev/zero", "a\u{1b}[2J\u{202e}b.toml", "📞/%2e%2e", &long]
            .map(|path| refusal(&machine, &["list", "--config", path]))
            .into();
    let output = output.concat();
    insta::assert_snapshot!(output);
}

#[test]
fn mark_and_line_ends_of_another_system_are_no_hindrance() {
    let config = source_config("leads", "vozagent").replace('\n', "\r\n");
    let machine = Machine::with_config(&format!("\u{feff}{config}"));
    assert!(machine.stdout(&["list", "-n", "1"]).contains("leads"));
}

#[test]
fn duplicate_source_is_an_error_in_every_spelling() {
    for config in [
        "[sources.a]\nvendor = \"vaani\"\napi_key = \"s3cret\"\n[sources.\"a\"]\nvendor = \"ravan\"\n",
        "sources.a.vendor = \"vaani\"\nsources.a.api_key = \"s3cret\"\n[sources.a]\nvendor = \"ravan\"\n",
        "[sources]\na = { vendor = \"vaani\", api_key = \"s3cret\" }\n[sources.a]\nvendor = \"ravan\"\n",
        "[sources.a]\nvendor = \"vaani\"\napi_key = \"s3cret\"\n\"api_key\" = \"s3cret\"\n",
    ] {
        let output = refusal(&Machine::with_config(config), &["list"]);
        assert!(output.contains("is not valid TOML: "), "{output}");
        assert!(
            output.ends_with("give every source its own name, and write every key once\n"),
            "{output}"
        );
    }
}

/// The error for a source of which one setting is this.
fn setting(line: &str) -> String {
    let other = if line.starts_with("api_key") { "" } else { "api_key = \"s3cret\"\n" };
    let config = format!("[sources.a]\nvendor = \"vaani\"\n{other}{line}\n");
    let machine = Machine::with_config(&config);
    machine.write("work/two.txt", "s3cret\ns3cret too\n");
    machine.write("work/large.txt", &"s3cret".repeat(20_000));
    machine.write("work/blank.txt", "\r\n");
    fs::write(machine.path().join("work/binary.txt"), b"s3cret\xff\n").unwrap();
    fs::create_dir(machine.path().join("work/directory")).unwrap();
    std::os::unix::fs::symlink("nowhere", machine.path().join("work/dangling")).unwrap();
    let output = refusal(&machine, &["list"]);
    // Where it stands is the business of other tests.
    let lines = output.lines().filter(|line| !line.starts_with("  ") || line.contains("help: "));
    lines.map(|line| format!("{line}\n")).collect()
}

fn settings(lines: &[&str]) -> String {
    let shown = |line: &&str| match line.chars().count() > 100 {
        true => format!("{}…", line.chars().take(40).collect::<String>()),
        false => line.escape_debug().to_string().replace("\\\"", "\""),
    };
    lines.iter().map(|line| format!("{}\n{}\n", shown(line), setting(line))).collect()
}

#[test]
fn key_that_cannot_be_sent_is_an_error() {
    let long = format!("api_key = \"{}\"", "s3cret".repeat(5_000));
    let endless = format!("api_key = \"{}\"", "s3cret".repeat(20_000));
    let output = settings(&[
        "api_key = \" s3cret\"",
        "api_key = \"s3cret\\r\\nx-evil: 1\"",
        "api_key = \"s3cret\\u0000\"",
        "api_key = \"s3cret\\u001b[2J\"",
        "api_key = \"s3cret📞\"",
        "api_key = \"s3cret\\u202e\"",
        &long,
        &endless,
        "api_key = { file = \"two.txt\" }",
        "api_key = { file = \"blank.txt\" }",
        "api_key = { file = \"large.txt\" }",
        "api_key = { file = \"binary.txt\" }",
        "api_key = { file = \"directory\" }",
        "api_key = { file = \"dangling\" }",
        "api_key = { file = \"/dev/zero\" }",
        "api_key = { file = \"../../no\\u001b[2J/such\" }",
        "api_key = { env = \"A=B\" }",
        "api_key = { env = \"A\\u0000\\u001b[2J\" }",
    ]);
    insta::assert_snapshot!(output);
}

#[test]
fn command_without_a_key_is_an_error() {
    let output = settings(&[
        "api_key = { command = \"printf 's3cret\\\\ns3cret'\" }",
        "api_key = { command = \"true\" }",
        "api_key = { command = \"echo\" }",
        "api_key = { command = \"exit 7\" }",
        "api_key = { command = \"kill -9 $$\" }",
        "api_key = { command = \"exec no-such-program\" }",
        "api_key = { command = \"printf 's3cret\\\\377'\" }",
        "api_key = { command = \"yes s3cret | head -c 100000\" }",
        "api_key = { command = \"echo s3cret; echo 'no s3cret for you' >&2; exit 1\" }",
        "api_key = { command = \"printf '\\\\033[2Jgone\\\\007' >&2; exit 1\" }",
        "api_key = { command = \"yes no | tr -d '\\\\n' | head -c 100000 >&2; exit 1\" }",
    ]);
    insta::assert_snapshot!(output);
}

#[test]
fn invalid_base_url_is_an_error() {
    let long = format!("base_url = \"s3cret{}\"", "/x".repeat(50_000));
    let output = settings(&[
        "base_url = \"s3cret.example\"",
        "base_url = \"https://\"",
        "base_url = \"https://user:s3cret@api.example.com\"",
        "base_url = \"https://api.example.com?token=s3cret\"",
        "base_url = \"https://api.example.com/#s3cret\"",
        "base_url = \"http://api.example.com\"",
        "base_url = \"http://127.0.0.1.example.com\"",
        "base_url = \"http://127.0.0.1:99999\"",
        "base_url = \"http://[::1\"",
        "base_url = \"http://s3cret\\u202e127.0.0.1\"",
        "base_url = \"https://s3cret\\u001b[2J.example\"",
        "base_url = \"file:///etc/passwd\"",
        "base_url = \"javascript:alert(1)\"",
        "base_url = \"\\\\\\\\server\\\\share\"",
        "base_url = { command = \"printf 'https://a\\\\nhttps://b'\" }",
        &long,
    ]);
    insta::assert_snapshot!(output);
}

#[test]
fn value_of_the_wrong_type_is_an_error() {
    let output = settings(&[
        "api_key = 12345",
        "api_key = [\"s3cret\"]",
        "api_key = 2026-04-21",
        "api_key = { env = [\"s3cret\"] }",
        "api_key = {}",
        "allow_http = \"true\"",
        "timeout = 30",
        "timeout = \"-1s\"",
        "timeout = \"0s\"",
        "timeout = \"99999999999999999999s\"",
        "rate = inf",
        "rate = nan",
        "rate = -1",
        "rate = 1e400",
        "concurrency = 10001",
        "retries = -1",
        "retries = 99999999999999999999",
        "cost_unit = \"$; DROP TABLE calls\"",
        "assume_offset = \"+99:99\"",
        "assume_offset = \"📞\"",
        "\"api\\u001b[2J_key\" = \"s3cret\"",
    ]);
    insta::assert_snapshot!(output);
}

#[test]
fn source_name_that_would_break_ids_is_an_error() {
    let long = "x".repeat(101);
    for name in ["", "a:b", "a,b", "a\\u001b[2J", "a\\nb", "a\\u202eb", "a\\u0000", &long] {
        let config = format!("[sources.\"{name}\"]\nvendor = \"vaani\"\napi_key = \"s3cret\"\n");
        let output = refusal(&Machine::with_config(&config), &["list"]);
        assert!(
            output.ends_with(
                "\n  help: use 1 to 100 characters without colons, commas and control \
                 characters; the name is part of each call's id\n"
            ),
            "{output}"
        );
        assert!(output.len() < 700, "{output}");
    }
    let odd = "../../'; DROP TABLE calls; -- %s 📞 \\\"quoted\\\"";
    let config = source_config(&format!("\"{odd}\""), "vozagent");
    let calls = Machine::with_config(&config).stdout(&["list", "-n", "1", "-o", "jsonl"]);
    let call: serde_json::Value = serde_json::from_str(&calls).unwrap();
    assert_eq!(call["account"], odd.replace("\\\"", "\""));
}

#[test]
fn variable_that_is_not_text_is_an_error() {
    use std::os::unix::ffi::OsStrExt;
    let machine = Machine::with_config(
        "[sources.a]\nvendor = \"vaani\"\napi_key = { env = \"CALLFOLD_TEST_KEY\" }\n",
    );
    for (value, problem) in [
        (
            &b"s3cret\xff"[..],
            "is not text: the environment variable CALLFOLD_TEST_KEY is not UTF-8",
        ),
        (b"", "is missing: the environment variable CALLFOLD_TEST_KEY is empty"),
        (
            b"s3cret\n",
            "cannot be used: the credential for the header x-api-key contains a line break: trim it",
        ),
    ] {
        let mut command = machine.command(&["list"]);
        command.env("CALLFOLD_TEST_KEY", std::ffi::OsStr::from_bytes(value));
        let output = output(Ran::of(command.output().unwrap()));
        let first = format!("error: callfold.toml:3:11: sources.a.api_key {problem}");
        assert_eq!(output.lines().next(), Some(first.as_str()));
    }
}

#[test]
fn machine_without_root_certificates_reads_itself_and_nothing_else() {
    let config = source_config("leads", "vozagent")
        + "[sources.a]\nvendor = \"vaani\"\napi_key = \"s3cret\"\n";
    let machine = Machine::with_config(&config);
    let run = |source: &str| {
        let mut command = machine.command(&["list", "-n", "1", "--source", source]);
        command.env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere");
        Ran::of(command.output().unwrap())
    };
    assert_eq!(run("leads").code, Some(0));
    insta::assert_snapshot!(output(run("a")), @r"
    error: callfold.toml:6:10: sources.a cannot be opened: the HTTP client cannot be built: does this machine have root certificates?
        |
      6 | [sources.a]
        |          ^
      help: install the certificates, or name them with SSL_CERT_FILE
    ");
}
