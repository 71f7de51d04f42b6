//! `--explain`, `--order`, `--detail`, `lint` and `map`.

use crate::support::{ACCOUNTS, Machine, RECORDS, Ran, sandbox, source_config};
use serde_json::{Value, json};
use std::{io::Write, process::Stdio};

#[test]
fn explain_prints_the_plan_without_a_request() {
    // Nobody listens there, and nobody is asked.
    let source = |account: &str, vendor: &str| {
        let base = "base_url = \"http://127.0.0.1:1\"";
        format!("[sources.{account}]\nvendor = \"{vendor}\"\napi_key = \"k\"\n{base}\n")
    };
    let config = source("leads", "vozagent") + &source("support-in", "vaani");
    let machine = Machine::with_config(&config);
    let ran = machine.run(&["list", "--explain", "--since", "2026-06-20", "--agent", "a-1"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ran.stdout);
    let plans = machine.stdout(&["list", "--explain", "--phone", "+19195550100", "-o", "json"]);
    let plans: Value = serde_json::from_str(&plans).unwrap();
    assert_eq!(plans[0]["filtered_locally"][0]["field"], "phone");
    assert_eq!(plans[0]["expected"]["request_per_candidate"], true);
}

#[test]
fn calls_are_in_the_requested_order() {
    let machine = Machine::with_sandbox();
    let starts = |order: &str| -> Vec<String> {
        let lines = machine.stdout(&["-q", "list", "-o", "jsonl", "--order", order]);
        let calls = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        calls.map(|call| call["started_at"].as_str().unwrap().to_owned()).collect()
    };
    let (newest, mut oldest, mut read) = (starts("newest"), starts("oldest"), starts("read"));
    assert_eq!(newest.len(), ACCOUNTS.len() * RECORDS);
    assert!(newest.is_sorted_by(|a, b| a >= b) && oldest.is_sorted());
    oldest.reverse();
    read.sort_unstable_by(|a, b| b.cmp(a));
    assert!(newest == oldest && newest == read);
}

#[test]
fn exceeded_sort_limit_is_an_error_with_help() {
    let machine = Machine::with_config(&source_config("support-in", "vaani"));
    let ran = machine.run(&["list", "--sort-limit", "10", "-o", "jsonl"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(3), 10));
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn detail_brings_what_the_list_leaves_out() {
    let machine = Machine::with_sandbox();
    let inline = |detail: &str| {
        let args = ["-q", "list", "-n", "60", "--detail", detail, "-o", "jsonl"];
        let lines = machine.stdout(&args);
        let calls = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let with = calls.filter(|call| call["transcript"]["state"] == "inline");
        let mut vendors: Vec<_> =
            with.map(|call| call["vendor"].as_str().unwrap().to_owned()).collect();
        vendors.sort_unstable();
        vendors.dedup();
        vendors
    };
    assert_eq!(inline("light"), ["zudu"]);
    for detail in ["full", "transcript", "recording,transcript"] {
        assert_eq!(
            inline(detail),
            ["agentvoice", "ravan", "vaani", "vozagent", "zudu"],
            "{detail}"
        );
    }
}

#[test]
fn lint_tells_what_is_odd_vendor_by_vendor() {
    let machine = Machine::with_sandbox();
    let live = machine.run(&["lint", "-o", "json"]);
    assert_eq!(live.code, Some(0), "{}", live.stderr);
    let live: Value = serde_json::from_str(&live.stdout).unwrap();
    assert_eq!(live["vaani"]["calls"], RECORDS);
    assert_eq!(live["vaani"]["warnings"]["naive_timestamp"]["count"], RECORDS);
    assert_eq!(live["vaani"]["filled"]["started_at"], RECORDS);
    assert_eq!(live["ravan"]["filled"]["direction"], 0);
    let lines = machine.stdout(&["-q", "list", "--raw", "-o", "jsonl", "--order", "read"]);
    machine.write("work/calls.jsonl", &lines);
    let from_file: Value =
        serde_json::from_str(&machine.stdout(&["lint", "calls.jsonl", "-o", "json"])).unwrap();
    assert_eq!(from_file["zudu"]["filled"], live["zudu"]["filled"]);
    let text = machine.stdout(&["lint", "calls.jsonl"]);
    assert!(text.contains("vaani: 40 calls\n  warnings\n"), "{text}");
    machine.write("work/bad.jsonl", "{\"id\": 1}\n");
    let ran = machine.run(&["lint", "bad.jsonl"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.starts_with("error: bad.jsonl:1:"), "{}", ran.stderr);
}

/// Runs `map` with the input.
fn map(machine: &Machine, input: &str, args: &[&str]) -> Ran {
    let mut command = machine.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut run = command.spawn().unwrap();
    let mut stdin = run.stdin.take().unwrap();
    let input = input.to_owned();
    // The output is read meanwhile: a pipe holds only so much.
    let written = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = run.wait_with_output().unwrap();
    written.join().unwrap();
    Ran::of(output)
}

#[test]
fn lint_counts_what_a_rule_had_to_decide() {
    let machine = Machine::new();
    let record = |id: &str, more: &str| {
        format!(
            r#"{{"id":"{id}","call_status":"ENDED","start_timestamp":1776772800000,
               "end_timestamp":1776772860000,{more}}}"#
        )
    };
    let records = [
        record("1", r#""call_duration":60000"#),
        record("2", r#""call_duration":60000,"call_type":"fax +14155550177""#),
        record(
            "3",
            r#""call_duration":90000,"disconnection_reason":"USER_HANGUP","call_type":"FAX",
               "call_cost":{"combined_cost":1,"product_costs":[{"product":"llm","cost":0.5}]}"#,
        ),
    ];
    let input = format!("[{}]", records.join(","));
    let mapped = map(&machine, &input, &["map", "--vendor", "zudu", "--raw"]);
    assert_eq!(mapped.code, Some(0), "{}", mapped.stderr);
    machine.write("work/calls.jsonl", &mapped.stdout);
    let report = machine.stdout(&["lint", "calls.jsonl", "-o", "json"]);
    assert!(!report.contains("5550177"), "{report}");
    let report: Value = serde_json::from_str(&report).unwrap();
    let finding = |kind: &str, key: &str| report["zudu"][kind][key].clone();
    assert_eq!(
        finding("empty_dispositions", "status ended, no end reason, some length"),
        json!({ "count": 2, "example": "zudu:default:1" })
    );
    assert_eq!(
        finding("unexplained_lengths", "not since start"),
        json!({ "count": 1, "example": "zudu:default:3" })
    );
    assert_eq!(finding("cost_sums", "unspecified: parts are less than the total")["count"], 1);
    assert_eq!(finding("unknown_values", "/call_type: FAX")["count"], 1);
    let text = machine.stdout(&["lint", "calls.jsonl"]);
    assert!(text.contains("  unexplained lengths\n    not since start"), "{text}");
}

#[test]
fn map_maps_records_pages_and_lines_without_a_network() {
    let machine = Machine::new();
    let map = |input: &str, args: &[&str]| {
        map(&machine, input, &[&["map", "--vendor", "agentvoice"], args].concat())
    };
    let one = r#"{"id": "a", "status": "completed", "started_at": "2026-04-21T12:00:00Z"}"#;
    let page = format!("{{\"data\": [{one}, {one}], \"pagination\": {{\"total\": 2}}}}");
    for (input, calls) in [
        (one.to_owned(), 1),
        (format!("[{one},\n {one}]"), 2),
        (page.clone(), 2),
        (format!("{one}\n{one}\n\n{page}\n"), 4),
        (String::new(), 0),
    ] {
        let ran = map(&input, &["--account", "sales"]);
        assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), calls), "{}", ran.stderr);
        assert!(ran.stdout.lines().all(|line| line.contains("\"agentvoice:sales:a\"")));
        let noun = if calls == 1 { "call" } else { "calls" };
        assert_eq!(ran.stderr, format!("{calls} {noun} mapped, 0 records rejected\n"));
    }
    let rejected = map(r#"[{"id": null}, {"id": "b"}]"#, &[]);
    assert_eq!((rejected.code, rejected.stdout.lines().count()), (Some(3), 1));
    for (bad, problem) in [
        ("{\"id\": ", "line 2 of standard input: not valid JSON"),
        ("{\"id\" 1}", "line 2 of standard input: not valid JSON"),
        ("{\"call\": 1}", "value 2 of standard input: agentvoice: an object with `call`; expected"),
        ("null", "value 2 of standard input: agentvoice: neither an object nor an array; expected"),
    ] {
        let ran = map(&format!("{one}\n{bad}\n{one}\n"), &[]);
        assert_eq!((ran.code, ran.stdout.lines().count()), (Some(3), 2), "{bad}: {}", ran.stderr);
        assert!(ran.stderr.starts_with(&format!("warning: {problem}")), "{}", ran.stderr);
        assert!(ran.stderr.ends_with("\n2 calls mapped, 1 record rejected\n"), "{}", ran.stderr);
    }
    let many = map(&"{\"id\": null}\n".repeat(1_000), &[]);
    assert_eq!((many.code, many.stderr.lines().count()), (Some(1), 2), "{}", many.stderr);
    let first = "warning: 1,000 records, the first in value 1 of standard input: ";
    assert!(many.stderr.starts_with(first), "{}", many.stderr);
    let ran = machine.run(&["map", "--vendor", "zuda"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("did you mean zudu?"), "{}", ran.stderr);
}

/// Every setting of a source that changes how its records are read.
const SETTINGS: [(&str, &str); 5] = [
    ("assume_offset", "+05:30"),
    ("time_zone", "Asia/Kolkata"),
    ("number_region", "US"),
    ("own_numbers", "(415) 555-0100"),
    ("cost_unit", "INR-minor"),
];

#[test]
fn dump_maps_as_a_list_does_with_the_same_settings() {
    let config = |vendor: &str| {
        let settings = SETTINGS.map(|(key, value)| match key {
            "own_numbers" => format!("{key} = [\"{value}\"]\n"),
            _ => format!("{key} = \"{value}\"\n"),
        });
        source_config("clinic", vendor) + &settings.concat()
    };
    for vendor in callfold_reader::vendors() {
        let machine = Machine::with_config(&config(vendor.name));
        let list = ["-q", "list", "-o", "jsonl", "--raw", "--order", "read"];
        let listed = machine.stdout(&list);
        assert_eq!(listed.lines().count(), RECORDS, "{}", vendor.name);
        let raw = |line: &str| serde_json::from_str::<Value>(line).unwrap()["raw"].to_string();
        let dump: Vec<_> = listed.lines().map(raw).collect();
        let options = SETTINGS.map(|(key, value)| format!("--{}={value}", key.replace('_', "-")));
        let mut args = vec!["map", "--vendor", vendor.name, "--account", "clinic", "--raw"];
        args.extend(options.iter().map(String::as_str));
        let base_url = format!("--base-url={}", sandbox().base_url(vendor.name));
        args.push(&base_url);
        let mapped = map(&machine, &dump.join("\n"), &args);
        assert_eq!(mapped.code, Some(0), "{}", mapped.stderr);
        let calls = |lines: &str| -> Vec<Value> {
            let call = |line| {
                let mut call: Value = serde_json::from_str(line).unwrap();
                // Only who listed a record knows that its transcript was not requested.
                call["transcript"]["state"] = Value::Null;
                call
            };
            lines.lines().map(call).collect()
        };
        assert_eq!(calls(&mapped.stdout), calls(&listed), "{}", vendor.name);
        let local = calls(&listed)[0]["started_at_local"].as_str().unwrap().to_owned();
        assert!(local.ends_with("+05:30"), "{}: {local}", vendor.name);
    }
}

#[test]
fn wrong_setting_of_a_dump_names_the_option_the_value_and_what_is_allowed() {
    let machine = Machine::new();
    let output = |option: &str| {
        let ran = map(&machine, "", &["map", "--vendor", "zudu", option]);
        assert_eq!(ran.code, Some(2), "{option}");
        ran.stderr
    };
    insta::assert_snapshot!(output("--cost-unit=USC"), @r#"
    error: --cost-unit is not a unit of cost: "USC"
      help: write a currency's ISO 4217 code such as "USD", "USD-minor" where costs are in its minor unit, or "credits"
    "#);
    insta::assert_snapshot!(output("--number-region=UK"), @r#"
    error: --number-region is not a region: "UK"
      help: write a two-letter code of ISO 3166, such as "GB" or "IN"
    "#);
    insta::assert_snapshot!(output("--own-numbers=+19195550100,020 7946 0958"), @r#"
    error: --own-numbers number 2 has no country code
      help: write it as "+19195550100", or set number_region
    "#);
    insta::assert_snapshot!(output("--time-zone=Asia/Bombay"), @r#"
    error: --time-zone is not a time zone: "Asia/Bombay"
      help: write a name of the IANA database, such as "Asia/Kolkata" or "UTC"
    "#);
}
