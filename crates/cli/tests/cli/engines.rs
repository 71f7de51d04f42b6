//! `callfold airbyte`, `callfold singer`, and reads in parts. `tests/engines.sh` runs them under
//! programs that are not ours.

use crate::support::{Machine, Ran, serve, source_config};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    process::Stdio,
};

/// A configured catalog of these streams.
fn catalog(streams: &[&str]) -> String {
    let stream = |name: &&str| json!({ "stream": { "name": name }, "sync_mode": "incremental" });
    json!({ "streams": streams.iter().map(stream).collect::<Vec<_>>() }).to_string()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines of a run, without what differs between runs.
fn shown(text: &str) -> String {
    let shorten = |value: &mut Value| {
        let mut values = vec![value];
        while let Some(value) = values.pop() {
            match value {
                Value::Object(members) => {
                    for (name, value) in members {
                        match name.as_str() {
                            "emitted_at" => *value = json!(1.0),
                            "read_at" | "time_extracted" => *value = json!("now"),
                            "bookmarks" => *value = json!("…"),
                            "id" if value.as_str().is_some_and(|id| !id.contains(':')) => {
                                *value = json!("…");
                            }
                            _ => values.push(value),
                        }
                    }
                }
                Value::Array(items) => values.extend(items),
                _ => {}
            }
        }
    };
    let mut all = lines(text);
    all.iter_mut().for_each(shorten);
    all.iter().map(|line| format!("{line}\n")).collect()
}

/// A machine with a source of two calls and a record without an id.
fn machine_of_two_calls() -> Machine {
    let page = r#"{"data": [
        {"id": "call-1", "status": "completed", "started_at": "2026-04-21T12:00:00Z",
         "transcript": "Agent: Hello"},
        {"id": "call-2", "status": "completed", "started_at": "2026-04-21T11:00:00Z"}],
        "pagination": {"total": 2, "limit": 100, "offset": 0, "has_more": false}}"#;
    let base = serve("200 OK", page);
    let config = json!({ "sources": [{ "name": "sales", "vendor": "agentvoice", "api_key": "sk-secret",
        "organization_id": "org", "base_url": base, "retries": 0 }] });
    let machine = Machine::new();
    machine.write("work/config.json", &config.to_string());
    machine.write("work/catalog.json", &catalog(&["calls", "turns"]));
    machine
}

const READ: [&str; 6] = ["airbyte", "read", "--config", "config.json", "--catalog", "catalog.json"];

/// The last state of each stream, as the engine stores it.
fn states(ran: &Ran) -> String {
    let mut states = BTreeMap::new();
    for line in lines(&ran.stdout) {
        if line["type"] == "STATE" {
            let name = line["state"]["stream"]["stream_descriptor"]["name"].to_string();
            states.insert(name, line["state"].clone());
        }
    }
    json!(states.values().collect::<Vec<_>>()).to_string()
}

fn records<'a>(all: &'a [Value], stream: &str) -> Vec<&'a Value> {
    let is_one = |line: &&Value| line["type"] == "RECORD" && line["record"]["stream"] == stream;
    all.iter().filter(is_one).map(|line| &line["record"]["data"]).collect()
}

#[test]
fn read_sends_records_states_and_statuses() {
    let machine = machine_of_two_calls();
    let ran = machine.run(&READ);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let text = shown(&ran.stdout);
    let all = lines(&text);
    let calls = records(&all, "calls");
    assert_eq!(calls.len(), 2);
    assert_eq!((&calls[0]["status"], &calls[1]["call_id"]), (&json!("ended"), &json!("call-2")));
    let without_records: String = text
        .lines()
        .filter(|line| !line.contains("\"RECORD\""))
        .map(|line| format!("{line}\n"))
        .collect();
    insta::assert_snapshot!(without_records);
    // With the decimal point that the protocol asks for.
    assert!(ran.stdout.contains("\"sourceStats\":{\"recordCount\":2.0}"), "{}", ran.stdout);
}

#[test]
fn second_read_brings_nothing_and_a_changed_setting_everything() {
    let machine = machine_of_two_calls();
    machine.write("work/state.json", &states(&machine.run(&READ)));
    let again = machine.run(&[READ.as_slice(), &["--state", "state.json"]].concat());
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(!again.stdout.contains("\"RECORD\""), "{}", again.stdout);
    machine.write("work/state.json", &states(&again));
    let config: Value = serde_json::from_slice(&machine.read("config.json")).unwrap();
    let mut raw = config;
    raw["streams"] = json!({ "raw": true });
    machine.write("work/config.json", &raw.to_string());
    let ran = machine.run(&[READ.as_slice(), &["--state", "state.json"]].concat());
    let all = lines(&ran.stdout);
    let calls = records(&all, "calls");
    assert_eq!(calls.len(), 2);
    assert!(calls[0]["raw"].as_str().unwrap().contains("call-1"));
}

#[test]
fn state_that_is_none_of_ours_is_an_error_that_says_what_to_do() {
    let machine = machine_of_two_calls();
    for state in [
        json!({ "cursor": 5 }),
        json!([{ "type": "GLOBAL", "global": {} }]),
        json!([{ "type": "STREAM", "stream": { "stream_descriptor": { "name": "calls" },
            "stream_state": { "cursor": 5 } } }]),
    ] {
        machine.write("work/state.json", &state.to_string());
        let ran = machine.run(&[READ.as_slice(), &["--state", "state.json"]].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        let all = lines(&ran.stdout);
        assert_eq!(all.len(), 1);
        let error = &all[0]["trace"]["error"];
        assert_eq!(error["failure_type"], "config_error");
        assert!(error["message"].as_str().unwrap().contains("reset the stream"), "{error}");
    }
    for nothing in ["[]", "{}", "null"] {
        machine.write("work/state.json", nothing);
        let ran = machine.run(&[READ.as_slice(), &["--state", "state.json"]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
}

#[test]
fn source_that_fails_is_an_error_and_leaves_the_streams_incomplete() {
    let base = serve("401 Unauthorized", r#"{"error":"Authentication failed"}"#);
    let config = source_config("leads", "vozagent")
        + &format!(
            "[sources.broken]\nvendor = \"agentvoice\"\napi_key = \"sk-very-secret\"\n\
             organization_id = \"org\"\nbase_url = \"{base}\"\nretries = 0\n"
        );
    let machine = Machine::with_config(&config);
    machine.write("work/catalog.json", &catalog(&["calls"]));
    let ran =
        machine.run(&["airbyte", "read", "--config", "callfold.toml", "--catalog", "catalog.json"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let all = lines(&ran.stdout);
    assert!(records(&all, "calls").len() > 10);
    let tail: String = shown(&ran.stdout)
        .lines()
        .filter(|line| line.contains("\"TRACE\""))
        .map(|line| format!("{line}\n"))
        .collect();
    insta::assert_snapshot!(tail);
    assert!(!(ran.stdout + &ran.stderr).contains("secret"));
    let check = machine.run(&["airbyte", "check", "--config", "callfold.toml"]);
    assert_eq!((check.code, check.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(check.stdout);
}

#[test]
fn spec_needs_no_configuration_and_has_the_settings_of_each_vendor() {
    let machine = Machine::new();
    let ran = machine.run(&["airbyte", "spec"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let all = lines(&ran.stdout);
    let properties = &all[0]["spec"]["connectionSpecification"]["properties"];
    let sources = properties["sources"]["items"]["oneOf"].as_array().unwrap();
    let vendors = machine.stdout(&["vendors", "--output", "json"]);
    let vendors: Vec<Value> = serde_json::from_str(&vendors).unwrap();
    assert_eq!(sources.len(), vendors.len());
    for (source, vendor) in sources.iter().zip(&vendors) {
        let properties = source["properties"].as_object().unwrap();
        assert_eq!(properties["vendor"]["const"], vendor["name"]);
        let settings = vendor["settings"].as_array().unwrap();
        assert_eq!(properties.len(), settings.len() + ["vendor", "name"].len());
        for setting in settings {
            let is_secret = properties[setting["key"].as_str().unwrap()]["airbyte_secret"] == true;
            assert_eq!(is_secret, setting["kind"] == "secret", "{setting}");
        }
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&properties["streams"]).unwrap());
}

#[test]
fn reference_in_the_configuration_of_an_engine_needs_trust() {
    let config = json!({ "sources": { "pilot": { "vendor": "zudu", "api_secret": "s",
        "api_key": { "command": "touch owned; echo k" }, "base_url": "http://127.0.0.1:1", "retries": 0 } } });
    let machine = Machine::new();
    machine.write("work/config.json", &config.to_string());
    let ran = machine.run(&["airbyte", "check", "--config", "config.json"]);
    insta::assert_snapshot!(ran.stdout);
    assert_eq!(machine.names(), ["config.json"]);
    let ran = machine.run(&["airbyte", "check", "--config", "config.json", "--trust-config"]);
    assert!(ran.stdout.contains("connection refused"), "{}", ran.stdout);
    assert_eq!(machine.names(), ["config.json", "owned"]);
}

#[test]
fn problems_of_the_configuration_are_messages_too() {
    let machine = Machine::new();
    machine.write("work/catalog.json", &catalog(&["calls"]));
    for (config, says) in [
        ("{\"sources\": ", "config.json: is not valid JSON at line 1"),
        ("{\"sources\": [{\"vendor\": \"zudu\"}]}", "sources[0].name is missing"),
        ("{\"sources\": []}", "has no sources"),
        (
            "{\"sources\": [{\"name\": \"a\", \"vendor\": \"zudu\", \"api_key\": \"k\", \"api_secret\": \"s\"}, \
             {\"name\": \"a\", \"vendor\": \"zudu\"}]}",
            "sources[1].name is the name of another source",
        ),
        ("{\"streams\": {\"sincee\": \"1d\"}}", "streams.sincee is not a known key"),
        (
            "{\"sources\": {\"a\": {\"vendor\": \"zudu\", \"api_key\": \"k\", \"api_secret\": \"s\"}}, \
             \"streams\": {\"detail\": [\"all\"]}}",
            "streams.detail has an unknown word",
        ),
    ] {
        machine.write("work/config.json", config);
        let ran = machine.run(&READ);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        let all = lines(&ran.stdout);
        let message = all[0]["trace"]["error"]["message"].as_str().unwrap();
        assert!(message.contains(says), "{message}");
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    }
}

#[test]
fn reader_that_leaves_ends_the_stream_quietly() {
    let machine = Machine::with_sandbox();
    machine.write("work/catalog.json", &catalog(&["calls", "turns", "warnings"]));
    let words = ["airbyte", "read", "--config", "callfold.toml", "--catalog", "catalog.json"];
    let mut child =
        machine.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 100]).unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "");
}

#[test]
fn tap_sends_the_selected_streams_and_fields() {
    let machine = machine_of_two_calls();
    let discovered = machine.stdout(&["singer", "--config", "config.json", "--discover"]);
    let mut catalog: Value = serde_json::from_str(&discovered).unwrap();
    for stream in catalog["streams"].as_array_mut().unwrap() {
        let is_calls = stream["stream"] == "calls";
        for item in stream["metadata"].as_array_mut().unwrap() {
            let breadcrumb = item["breadcrumb"].as_array().unwrap();
            let is_wanted = match breadcrumb.last() {
                None => is_calls,
                Some(name) => name == "status" || name == "cost_total",
            };
            item["metadata"]["selected"] = is_wanted.into();
        }
    }
    machine.write("work/singer.json", &catalog.to_string());
    let words = ["singer", "--config", "config.json", "--catalog", "singer.json"];
    let ran = machine.run(&words);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    insta::assert_snapshot!(shown(&ran.stdout));
    let last = lines(&ran.stdout).pop().unwrap();
    machine.write("work/state.json", &last["value"].to_string());
    let again = machine.run(&[words.as_slice(), &["--state", "state.json"]].concat());
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(!again.stdout.contains("\"RECORD\""), "{}", again.stdout);
}

#[test]
fn parts_are_the_set_of_one_export_and_a_report_that_is_missing_is_named() {
    let machine = Machine::with_config(&source_config("sales", "agentvoice"));
    machine.stdout(&["--quiet", "export", "one.jsonl"]);
    let plan =
        machine.stdout(&["plan", "--split", "3", "--history", "20d", "--until", "2030-01-01"]);
    assert_eq!(plan.lines().count(), 3, "{plan}");
    let plan =
        machine.stdout(&["plan", "--split", "3", "--since", "2026-04-10", "--until", "2026-04-20"]);
    let whole = ["--since", "2026-04-10", "--until", "2026-04-20"];
    machine.stdout(&[["--quiet", "export", "some.jsonl"].as_slice(), &whole].concat());
    let mut found = BTreeSet::new();
    for (number, part) in plan.lines().enumerate() {
        let name = format!("part-{number}");
        machine.write(&format!("work/{name}"), part);
        let (file, report) = (format!("{name}.jsonl"), format!("{name}.json"));
        machine.stdout(&["--quiet", "export", &file, "--part", &name, "--report", &report]);
        let text = String::from_utf8(machine.read(&file)).unwrap();
        for line in text.lines() {
            assert!(found.insert(line.to_owned()), "{line} is in two parts");
        }
    }
    let some = String::from_utf8(machine.read("some.jsonl")).unwrap();
    assert_eq!(found, some.lines().map(str::to_owned).collect());
    let merged = machine.stdout(&["merge-reports", "part-0.json", "part-1.json", "part-2.json"]);
    assert!(merged.starts_with("complete: 3 of 3 parts complete, "), "{merged}");
    let lacking = machine.run(&["merge-reports", "part-0.json", "part-2.json"]);
    assert_eq!(lacking.code, Some(3));
    assert!(lacking.stdout.contains("\n  part 2: no report\n"), "{}", lacking.stdout);
    machine.write(
        "work/other.json",
        &String::from_utf8(machine.read("part-1.json")).unwrap().replace("\"of\": 3", "\"of\": 4"),
    );
    let mixed = machine.run(&["merge-reports", "part-0.json", "other.json"]);
    assert_eq!(mixed.code, Some(2));
    assert!(mixed.stderr.contains("other.json is of another plan"), "{}", mixed.stderr);
}
