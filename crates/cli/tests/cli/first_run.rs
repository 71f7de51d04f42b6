//! What a stranger sees first.

use crate::support::{Machine, Ran};
use std::{
    fs::File,
    io::{BufRead, BufReader},
    process::Stdio,
};

#[test]
fn first_command_on_a_fresh_machine_prints_calls_of_every_vendor() {
    let ran = Machine::new().run(&["list"]);
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(ran.stderr);
    for vendor in callfold_reader::vendors().iter().map(|vendor| vendor.name) {
        assert!(ran.stdout.contains(vendor), "{vendor} in\n{}", ran.stdout);
    }
    let times: Vec<&str> = ran.stdout.lines().skip(1).map(|line| &line[..19]).collect();
    assert!(times.len() > 20 && times.is_sorted_by(|a, b| a >= b), "newest first: {times:?}");
}

#[test]
fn sandbox_on_request_wins_over_the_configuration() {
    let machine = Machine::with_config("nonsense");
    let ran = machine.run(&["--sandbox", "list", "--limit", "1"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 2));
    assert!(ran.stderr.starts_with("showing made-up calls from the built-in sandbox\n"));
    assert_eq!(machine.run(&["--sandbox", "--quiet", "list"]).stderr, "");
}

#[test]
fn span_finds_calls_in_the_built_in_sandbox() {
    let ran = Machine::new().run(&["list", "--since", "30d", "--output", "jsonl"]);
    assert!(ran.stdout.lines().count() > 10, "{}", ran.stdout);
}

#[test]
fn help_is_complete_and_names_the_exit_codes() {
    let help = Machine::new().stdout(&["--help"]);
    for word in [
        "list", "show", "stats", "report", "lint", "map", "vendors", "check", "config", "sandbox",
        "schema",
    ] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(word)), "{word} in\n{help}");
    }
    assert!(help.contains("Exit codes, ") && help.contains("130"), "{help}");
    let list = Machine::new().stdout(&["list", "--help"]);
    for option in [
        "--source",
        "--since",
        "--until",
        "--direction",
        "--status",
        "--phone",
        "--agent",
        "--limit",
        "--contact",
        "--campaign",
        "--order",
        "--detail",
        "--sort-limit",
        "--explain",
        "--report",
        "--output",
        "--unmask",
        "--config",
        "--sandbox",
        "--trust-config",
        "--color",
        "--verbose",
        "--quiet",
    ] {
        assert!(list.contains(option), "{option} in\n{list}");
    }
}

#[test]
fn schema_is_that_of_the_calls() {
    let schema: serde_json::Value =
        serde_json::from_str(&Machine::new().stdout(&["schema"])).unwrap();
    let call = Machine::new().stdout(&["--sandbox", "list", "-n", "1", "-o", "jsonl"]);
    let call: serde_json::Map<_, _> = serde_json::from_str(&call).unwrap();
    for name in call.keys() {
        assert!(schema["properties"].get(name).is_some(), "{name} is in no schema");
    }
}

#[test]
fn completions_ask_the_program() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(Machine::new().stdout(&["completions", shell]).contains("COMPLETE"), "{shell}");
    }
}

#[test]
fn vendors_are_listed_for_people_and_for_programs() {
    let machine = Machine::new();
    insta::assert_snapshot!(machine.stdout(&["vendors"]), @r"
    VENDOR      LIST                               PAGING         PAGE SIZE              TOTAL    ENDS WITH              ORDER         SERVER FILTERS BY                                                      ONE CALL
    agentvoice  GET /api/calls                     offset         50, maximum 100        if sent  has_more = false       selectable    start time, direction, status, phone number, agent, contact, campaign  by id
    bland       GET /v1/calls                      offset         1000, maximum unknown  if sent  total reached          selectable    start time, direction, status, phone number                            by id
    elevenlabs  GET /v1/convai/conversations       token          30, maximum 100        no       has_more = false       newest first  start time, agent, contact                                             by id
    ravan       GET /api/v1/calling/call-sessions  page, from 1   20, maximum unknown    if sent  total reached          unknown       start time, status, phone number, agent                                by id
    ravan       GET /api/v1/calling/phone-history  page, from 1   20, maximum 100        if sent  total reached          unknown       phone number (required), agent                                         by id
    retell      POST /v3/list-calls                token          50, maximum 1000       if sent  has_more = false       selectable    start time, direction, status, phone number, agent                     by id
    vaani       GET /api/call-history              page, from 1   50, maximum 200        if sent  has_next = false       unknown       nothing                                                                by searching the list
    vapi        GET /call                          key createdAt  100, maximum 1000      no       empty page             unknown       start time, agent                                                      by id
    vozagent    GET /v1/calls                      offset         50, maximum 100        no       empty page             unknown       direction, status, agent, contact                                      by id
    zudu        GET /api/calls                     page, from 0   20, maximum unknown    if sent  has_next_page = false  newest first  nothing                                                                by id
    ");
    let vendors: serde_json::Value =
        serde_json::from_str(&machine.stdout(&["vendors", "--output", "json"])).unwrap();
    let names: Vec<_> = vendors.as_array().unwrap().iter().map(|v| &v["name"]).collect();
    let expected: Vec<_> = callfold_reader::vendors().iter().map(|vendor| vendor.name).collect();
    assert_eq!(names, expected);
    let zudu = vendors.as_array().unwrap().iter().find(|v| v["name"] == "zudu").unwrap();
    assert_eq!(zudu["lists"][0]["paging"], serde_json::json!({"style": "page", "first": 0}));
    let ran = machine.run(&["vendors", "zuda"]);
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.stderr, @r#"
    error: unknown vendor "zuda"
      help: did you mean zudu? available: agentvoice, bland, elevenlabs, ravan, retell, vaani, vapi, vozagent, zudu
    "#);
}

#[test]
fn section_that_vendors_shows_is_a_valid_configuration() {
    for vendor in callfold_reader::vendors().iter().map(|vendor| vendor.name) {
        let shown = Machine::new().stdout(&["vendors", vendor]);
        let at = shown.find("[sources.").unwrap();
        let machine = Machine::with_config(&shown[at..]);
        let ran = machine.run(&["check"]);
        assert!(ran.stdout.contains("is not set"), "{vendor}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn sandbox_serves_what_its_printed_configuration_reads() {
    let machine = Machine::new();
    let config = File::create(machine.path().join("work/callfold.toml")).unwrap();
    let mut command = machine.command(&["sandbox", "--records", "3", "--seed", "7"]);
    let mut serving = command.stdout(config).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(serving.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let vendors = callfold_sandbox::vendors().len();
    assert!(line.starts_with(&format!("serving {vendors} vendors at http://127.0.0.1:")), "{line}");
    let ran = machine.run(&["list", "--output", "jsonl"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 3 * vendors), "{}", ran.stderr);
    let busy = Ran::of(machine.command(&["sandbox", "--port", &port(&line)]).output().unwrap());
    assert_eq!(busy.code, Some(1));
    assert!(busy.stderr.contains("address already in use"), "{}", busy.stderr);
    serving.kill().unwrap();
    serving.wait().unwrap();
}

fn port(line: &str) -> String {
    let rest = line.split("127.0.0.1:").nth(1).unwrap();
    rest.chars().take_while(char::is_ascii_digit).collect()
}
