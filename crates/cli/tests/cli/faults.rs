//! Sources that fail, readers that leave, disks that are full.

use crate::support::{Machine, sandbox_config, serve, source_config};
use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

/// A source at a server that gives this response to everything.
fn broken(status: &'static str, body: &str) -> String {
    let base = serve(status, body);
    format!(
        "[sources.broken]\nvendor = \"agentvoice\"\napi_key = \"sk-very-secret\"\n\
         organization_id = \"org\"\nbase_url = \"{base}\"\nretries = 0\n"
    )
}

#[test]
fn source_that_fails_is_named_and_the_others_are_listed() {
    let config = source_config("leads", "vozagent")
        + &broken("401 Unauthorized", r#"{"error":"Authentication failed"}"#);
    let ran = Machine::with_config(&config).run(&["list"]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.stdout.lines().count() > 10, "{}", ran.stdout);
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn vendor_that_answers_500_is_named_and_the_run_is_partial() {
    let config = source_config("pilot", "zudu")
        + &broken("500 Internal Server Error", r#"{"error":"oops"}"#);
    let machine = Machine::with_config(&config);
    for format in ["table", "jsonl"] {
        let ran = machine.run(&["list", "-n", "5", "-o", format, "--report", "report.json"]);
        assert_eq!(ran.code, Some(3), "{}", ran.stderr);
        assert!(ran.stdout.lines().count() >= 5, "{}", ran.stdout);
        let error = if format == "table" { "error: " } else { "{\"error\":\"" };
        let error = format!("{error}broken (agentvoice): ");
        assert!(ran.stderr.contains(&error), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("broken (agentvoice): incomplete: failed before the first record"),
            "{}",
            ran.stderr
        );
    }
    let report = std::fs::read_to_string(machine.path().join("work/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["complete"], false);
    assert_eq!(report["sources"][0]["verdict"]["is"], "stopped_early");
    assert_eq!(report["sources"][1]["verdict"]["is"], "partial");
    assert!(report["sources"][1]["error"].as_str().unwrap().contains("500"), "{report}");
}

#[test]
fn all_sources_failing_is_a_failure() {
    for (status, body) in
        [("500 Internal Server Error", "{}"), ("200 OK", "<html>"), ("404 Not Found", "")]
    {
        let ran = Machine::with_config(&broken(status, body)).run(&["list"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{status}");
        assert!(ran.stderr.starts_with("error: broken (agentvoice): "), "{}", ran.stderr);
    }
}

#[test]
fn refused_connection_is_an_error_with_help() {
    let config = "[sources.gone]\nvendor = \"vaani\"\napi_key = \"k\"\nbase_url = \"http://127.0.0.1:1\"\nretries = 0\n";
    let ran = Machine::with_config(config).run(&["list"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .contains("check the network, and the base_url of [sources.gone] in callfold.toml"),
        "{}",
        ran.stderr
    );
}

/// The help names the base URL only if the response is not the vendor's at all.
#[test]
fn page_that_is_cut_off_is_no_matter_of_the_base_url() {
    let cut = r#"{"data": [{"id": "call-1"}, {"id": "cal"#;
    for (body, help) in [
        (cut, "try again; if it fails again, the vendor is in trouble or changed its API"),
        ("<html>", "check the base_url of [sources.broken] in callfold.toml"),
    ] {
        let ran = Machine::with_config(&broken("200 OK", body)).run(&["list"]);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("  help: {help}\n")), "{}", ran.stderr);
    }
}

#[test]
fn record_without_an_id_is_rejected_and_makes_the_run_partial() {
    let page = r#"{"data": [{"id": null, "status": "completed"}, {"id": "call-1", "status": "completed", "started_at": "2026-04-21T12:00:00Z"}],
        "pagination": {"total": 2, "limit": 100, "offset": 0, "has_more": false}}"#;
    let ran = Machine::with_config(&broken("200 OK", page)).run(&["list"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(3), 2), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn check_tells_each_source_and_what_to_do() {
    let config = source_config("leads", "vozagent")
        + &broken("401 Unauthorized", "{}")
        + "[sources.unset]\nvendor = \"vaani\"\napi_key = { env = \"CALLFOLD_TEST_UNSET\" }\n";
    let ran = Machine::with_config(&config).run(&["check"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(3), ""));
    insta::assert_snapshot!(ran.stdout, @r#"
    ok      leads (vozagent)
    failed  broken (agentvoice)
            agentvoice list_calls: the vendor rejected the credentials (401); check the key
              help: the key is that of [sources.broken] in callfold.toml
    failed  unset (vaani)
            callfold.toml:14:11: sources.unset.api_key is missing: the environment variable CALLFOLD_TEST_UNSET is not set
                 |
              14 | api_key = { env = "CALLFOLD_TEST_UNSET" }
                 |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: export CALLFOLD_TEST_UNSET, or read the value from a file or a command
    "#);
    let ran = Machine::with_sandbox().run(&["check"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 5), "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.starts_with("ok ")), "{}", ran.stdout);
}

#[test]
fn secrets_are_in_no_message_at_any_verbosity() {
    let config = broken("500 Internal Server Error", r#"{"error":"key sk-very-secret is bad"}"#);
    for args in [&["-vvv", "list"][..], &["-vvv", "check"], &["-vvv", "get", "x"]] {
        let ran = Machine::with_config(&config).run(args);
        assert!(!ran.stderr.is_empty());
        assert!(!(ran.stdout + &ran.stderr).contains("very-secret"), "{args:?}");
    }
}

#[test]
fn reader_that_leaves_ends_the_run_quietly() {
    let machine = Machine::with_config(&sandbox_config());
    let mut command = machine.command(&["list", "-o", "json", "--raw"]);
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(run.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut stderr = String::new();
    run.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((run.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_is_an_error_that_names_standard_output() {
    let machine = Machine::with_sandbox();
    for args in [&["list"][..], &["list", "-o", "csv"], &["schema"], &["vendors"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = machine.command(args).stdout(full).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert_eq!(stderr, "error: cannot write to standard output: no space left on device\n");
    }
}

#[cfg(unix)]
#[test]
fn interrupt_ends_the_run_with_130() {
    let machine = Machine::new();
    let mut command = machine.command(&["sandbox"]);
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(run.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("until Ctrl-C"), "{line}");
    let pid = rustix::process::Pid::from_child(&run);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(130));
}
