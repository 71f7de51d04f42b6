//! `export`: files, their names, refusals and messages.

use crate::support::{ACCOUNTS, Machine, RECORDS, serve, source_config};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

fn last_line(stderr: &str) -> &str {
    stderr.lines().last().unwrap_or_default()
}

#[test]
fn first_export_on_a_fresh_machine_writes_a_file() {
    let machine = Machine::new();
    let ran = machine.run(&["--sandbox", "export", "--to", "calls.csv"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    let calls = 12 * callfold_sandbox::vendors().len();
    let said = format!("wrote {calls} calls to calls.csv (");
    assert!(last_line(&ran.stderr).starts_with(&said), "{}", ran.stderr);
    let text = fs::read_to_string(machine.path().join("work/calls.csv")).unwrap();
    assert!(text.starts_with("id,vendor,account,"));
    assert_eq!(machine.names(), ["calls.csv"]);
}

#[test]
fn name_or_option_tells_the_format() {
    let machine = Machine::with_config(&source_config("leads", "vozagent"));
    let begins = |file: &str, args: &[&str]| {
        let mut all = vec!["-q", "export", "--to", file];
        all.extend(args);
        let ran = machine.run(&all);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{file}");
        fs::read(machine.path().join("work").join(file)).unwrap()[..4].to_vec()
    };
    assert_eq!(begins("a.parquet", &[]), b"PAR1");
    assert_eq!(begins("a.csv", &["--bom"]), b"\xef\xbb\xbfi");
    assert_eq!(begins("a.jsonl.gz", &[])[..2], [0x1f, 0x8b]);
    assert_eq!(begins("a.jsonl.zst", &[]), [0x28, 0xb5, 0x2f, 0xfd]);
    assert_eq!(begins("a.vcon.jsonl", &[]), b"{\"vc");
    assert_eq!(begins("plain", &["--format", "jsonl"])[..2], *b"{\"");
    assert_eq!(begins("small", &["--format", "csv", "--compress", "gzip"])[..2], [0x1f, 0x8b]);
    let ran = machine.run(&["export", "--to", "calls.xlsx"]);
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.stderr, @r#"
    error: cannot tell the format from "calls.xlsx"
      help: use --format jsonl, csv, parquet or vcon, or a name that ends in .jsonl, .csv, .parquet or .vcon.jsonl (and .gz or .zst)
    "#);
}

#[test]
fn stream_is_what_list_gives_in_the_order_it_is_read() {
    let machine = Machine::with_sandbox();
    let export = machine.stdout(&["-q", "export", "--to", "-", "--format", "jsonl"]);
    let list = machine.stdout(&["-q", "list", "--output", "jsonl", "--order", "read"]);
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(export.lines().count(), ACCOUNTS.len() * RECORDS);
    assert_eq!(sorted(&export), sorted(&list));
    for args in [&["--resume"][..], &["--restart"], &["--partition", "vendor"]] {
        let mut all = vec!["export", "--to", "-", "--format", "jsonl"];
        all.extend(args);
        assert_eq!(machine.run(&all).code, Some(2), "{args:?}");
    }
}

#[test]
fn filters_are_those_of_list() {
    let machine = Machine::with_sandbox();
    for filter in [
        &["--direction", "inbound"][..],
        &["--status", "ended", "--source", "pilot,sales"],
        &["--since", "2026-01-01", "--until", "2026-06-15"],
    ] {
        let count = |command: &[&str]| {
            let all: Vec<_> = ["-q"].iter().chain(command).chain(filter).copied().collect();
            Machine::run(&machine, &all).stdout.lines().count()
        };
        let exported = count(&["export", "--to", "-", "--format", "jsonl"]);
        assert_eq!(exported, count(&["list", "-o", "jsonl"]), "{filter:?}");
    }
    let ran = machine.run(&["export", "--to", "x.csv", "--since", "1d", "--until", "2d"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("is not before --until"), "{}", ran.stderr);
    let plan = machine.stdout(&["export", "--to", "x.csv", "--explain", "--source", "leads"]);
    assert!(plan.contains("leads"), "{plan}");
    assert_eq!(machine.names(), ["callfold.toml"]);
}

#[test]
fn source_that_fails_keeps_the_file_from_being_replaced() {
    let broken = serve("401 Unauthorized", "{}");
    let config = source_config("pilot", "zudu")
        + &format!(
            "[sources.broken]\nvendor = \"vaani\"\napi_key = \"sk-very-secret\"\nbase_url = \"{broken}\"\n"
        );
    let machine = Machine::with_config(&config);
    machine.write("work/calls.jsonl", "");
    let ran = machine.run(&["export", "--to", "calls.jsonl", "--report", "report.json"]);
    assert_eq!(ran.code, Some(3));
    let stderr = ran.stderr.replace(&machine.work(), "/work");
    insta::assert_snapshot!(stderr);
    assert_eq!(machine.read("calls.jsonl"), b"");
    let report: Value = serde_json::from_slice(&machine.read("report.json")).unwrap();
    assert_eq!(
        (&report["complete"], &report["export"]["published"]),
        (&false.into(), &false.into())
    );
    assert_eq!(report["export"]["calls"], RECORDS);
    let again = machine.run(&["export", "--to", "calls.jsonl"]);
    assert_eq!(again.code, Some(1));
    insta::assert_snapshot!(again.stderr.replace(&machine.work(), "/work"));
    let ran = machine.run(&["export", "--to", "calls.jsonl", "--resume", "--accept-partial"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(machine.read("calls.jsonl").split(|byte| *byte == b'\n').count(), RECORDS + 1);
    assert_eq!(machine.names(), ["callfold.toml", "calls.jsonl", "report.json"]);
    let ran = machine.run(&["export", "--to", "calls.jsonl", "--source", "broken"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(machine.names(), ["callfold.toml", "calls.jsonl", "report.json"]);
}

#[test]
fn privacy_flags_keep_people_out_of_the_file() {
    let machine = Machine::with_config(&source_config("sales", "agentvoice"));
    let text = |args: &[&str]| {
        let mut all = vec!["-q", "export", "--to", "-", "--format", "jsonl"];
        all.extend(args);
        machine.stdout(&all)
    };
    let personal = |text: &str| {
        let calls = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let values = calls.flat_map(|call| {
            let party = call["to"].clone();
            [party["number"]["raw"].clone(), party["name"].clone(), party["email"].clone()]
        });
        let texts = values.filter_map(|value| value.as_str().map(str::to_owned));
        texts.collect::<std::collections::BTreeSet<_>>()
    };
    let kept = personal(&text(&[]));
    assert!(kept.len() > 10, "{kept:?}");
    for mode in ["mask", "drop"] {
        let text = text(&["--pii", mode]);
        assert!(personal(&text).is_disjoint(&kept), "{mode}");
        assert!(!kept.iter().any(|value| text.contains(value)), "{mode}");
    }
    let kept = text(&["--pii", "drop", "--pii-column", "to_email=keep"]);
    assert!(kept.contains("@example.com") && !kept.contains("+1919"));
    let output = [
        machine.run(&["export", "--to", "x.csv", "--pii-column", "to_emial=drop"]),
        machine.run(&["export", "--to", "x.csv", "--pii-column", "vendor=drop"]),
        machine.run(&["export", "--to", "x.jsonl", "--pii", "mask", "--raw"]),
    ];
    assert!(output.iter().all(|ran| ran.code == Some(2)));
    let first_lines = output.map(|ran| ran.stderr.lines().next().unwrap().to_owned());
    insta::assert_snapshot!(first_lines.join("\n"));
}

#[test]
fn target_may_stand_without_its_option() {
    let machine = Machine::with_sandbox();
    let named = machine.run(&["export", "--to", "a.jsonl"]);
    let bare = machine.run(&["export", "b.jsonl"]);
    assert_eq!((named.code, bare.code), (Some(0), Some(0)), "{}{}", named.stderr, bare.stderr);
    let file = |name| std::fs::read(machine.path().join("work").join(name)).unwrap();
    assert!(!file("a.jsonl").is_empty() && file("a.jsonl") == file("b.jsonl"));
    let ran = machine.run(&["export", "--to", "a.jsonl", "b.jsonl"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    let ran = machine.run(&["check", "zudu", "leads"]);
    let names: Vec<_> = ran.stdout.lines().map(|line| &line[8..]).collect();
    assert_eq!((ran.code, names.len()), (Some(0), 2), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn hashing_needs_a_key_that_the_configuration_gives() {
    let key = "[privacy]\nhash_key = { env = \"CALLFOLD_TEST_KEY\" }\n";
    let source = source_config("sales", "agentvoice");
    let args = ["-q", "export", "--to", "-", "--format", "jsonl", "--pii", "hash"];
    let run = |config: &str, value: Option<&str>| {
        let machine = Machine::with_config(config);
        let mut command = machine.command(&args);
        command.envs(value.map(|value| ("CALLFOLD_TEST_KEY", value)));
        crate::support::Ran::of(command.output().unwrap())
    };
    let output = [
        run(&source, None),
        run(&(key.to_owned() + &source), None),
        run(&(key.to_owned() + &source), Some("short")),
        run(&("[privacy]\nhash_keys = \"0123456789abcdef\"\n".to_owned() + &source), None),
    ];
    for ran in &output {
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    }
    insta::assert_snapshot!(output.map(|ran| ran.stderr).concat());
    let secret = "a-key-that-is-long-enough";
    let one = run(&(key.to_owned() + &source), Some(secret));
    assert_eq!(one.code, Some(0), "{}", one.stderr);
    assert!(one.stdout.contains("hmac:") && !one.stdout.contains("@example.com"));
    assert_eq!(one.stdout, run(&(key.to_owned() + &source), Some(secret)).stdout);
    assert_ne!(one.stdout, run(&(key.to_owned() + &source), Some("another-key-as-long")).stdout);
}

#[test]
fn progress_is_json_on_request_and_nothing_otherwise() {
    let machine = Machine::with_sandbox();
    let ran = machine.run(&["-q", "export", "--to", "a.jsonl", "--progress", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let lines: Vec<Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.last().unwrap();
    assert_eq!(last["event"], "finished");
    assert_eq!(last["written"]["calls"], ACCOUNTS.len() * RECORDS);
    assert_eq!(last["sources"].as_array().unwrap().len(), ACCOUNTS.len());
    for source in last["sources"].as_array().unwrap() {
        assert_eq!((&source["finished"], &source["matched"]), (&true.into(), &RECORDS.into()));
    }
    assert_eq!(machine.run(&["-q", "export", "--to", "a.jsonl"]).stderr, "");
}

#[test]
fn reader_of_the_stream_that_leaves_ends_the_run_quietly() {
    let machine = Machine::with_sandbox();
    let mut command = machine.command(&["export", "--to", "-", "--format", "jsonl", "--raw"]);
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(run.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut stderr = String::new();
    run.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((run.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn address_of_an_object_store_is_checked_without_repeating_a_secret() {
    let machine = Machine::with_config(&source_config("sales", "agentvoice"));
    let run = |to: &str, environment: &[(&str, &str)]| {
        let mut command = machine.command(&["export", "--format", "csv", "--to", to]);
        let output = command.envs(environment.iter().copied()).output().unwrap();
        crate::support::Ran::of(output)
    };
    let nobody = "http://127.0.0.1:1";
    let reached = [
        ("AWS_ACCESS_KEY_ID", "id-very-secret"),
        ("AWS_SECRET_ACCESS_KEY", "key-very-secret"),
        ("AWS_ENDPOINT_URL", nobody),
        ("AWS_ALLOW_HTTP", "true"),
    ];
    let output = [
        (run("s3://id:key-very-secret@bucket/calls.csv", &[]), 2),
        (run("az://bucket/calls.csv", &[]), 2),
        (run("ftp://host/calls.csv", &[]), 2),
        (run("s3://bucket/calls.csv", &reached), 1),
    ];
    for (ran, code) in &output {
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(*code), ""), "{}", ran.stderr);
        assert!(!ran.stderr.contains("very-secret"), "{}", ran.stderr);
    }
    insta::assert_snapshot!(output.map(|(ran, _)| ran.stderr).concat());
}
