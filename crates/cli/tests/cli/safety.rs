//! What must not happen: made-up calls taken for real ones, a file lost to a
//! mistyped name, a configuration of somebody else's obeyed, a command that
//! hangs for ever, a report or a line cut in two.

use crate::support::{Machine, Ran, source_config};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn interrupt(run: &Child) {
    kill_process(Pid::from_child(run), Signal::INT).unwrap();
}

#[test]
fn made_up_calls_are_never_stored_or_checked_unasked() {
    for args in [
        &["sync", "--db", "prod.sqlite"][..],
        &["-q", "sync", "--db", "prod.sqlite"],
        &["export", "--to", "calls.csv"],
        &["export", "--to", "-", "--format", "jsonl"],
        &["check"],
        &["lint"],
        &["config", "path"],
        &["config", "check"],
    ] {
        let machine = Machine::new();
        let ran = machine.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?}: {}", ran.stderr);
        assert_eq!(machine.names(), Vec::<String>::new(), "{args:?}");
        let home = fs::canonicalize(machine.path().join("home")).unwrap();
        let shown = ran.stderr.replace(&machine.work(), "/work");
        let shown = shown.replace(machine.path().join("home").to_str().unwrap(), "/home");
        assert_eq!(
            shown.replace(home.to_str().unwrap(), "/home"),
            "error: no configuration found; searched\n  \
             /work/callfold.toml and the directories above it\n  \
             /home/.config/callfold/callfold.toml\n  \
             help: write one with `callfold init`, name it with --config or CALLFOLD_CONFIG, use one \
             account with --vendor, or use --sandbox for made-up calls\n"
        );
    }
    for args in [
        &["--sandbox", "sync", "--db", "calls.sqlite"][..],
        &["--sandbox", "export", "--to", "calls.csv"],
        &["--sandbox", "check"],
        &["--sandbox", "lint"],
    ] {
        let ran = Machine::new().run(args);
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn made_up_calls_are_shown_with_a_warning_that_quiet_keeps() {
    let warning = "warning: no configuration found: showing made-up calls from the built-in \
                   sandbox; to read your own, run `callfold init`\n";
    let machine = Machine::new();
    let ran = machine.run(&["-q", "list", "-n", "1", "-o", "jsonl"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), warning));
    let call: Value = serde_json::from_str(&ran.stdout).unwrap();
    let ran = machine.run(&["-q", "get", call["id"].as_str().unwrap()]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), warning));
}

#[test]
fn service_without_a_home_is_shown_nothing_made_up() {
    let machine = Machine::new();
    let mut command = machine.command(&["list"]);
    let ran = Ran::of(command.env_remove("HOME").output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("error: no configuration found; searched\n"), "{}", ran.stderr);
}

#[test]
fn configuration_of_others_is_refused_unless_trusted() {
    let machine = Machine::with_config(&source_config("leads", "vozagent"));
    let file = machine.path().join("work/callfold.toml");
    let refused = |args: &[&str], why: &str| {
        let ran = machine.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
        let first = ran.stderr.lines().next().unwrap().replace(&machine.work(), "/work");
        assert_eq!(first, format!("error: {why}"));
        assert!(ran.stderr.contains("chmod go-w "), "{}", ran.stderr);
        assert!(ran.stderr.contains("--trust-config"), "{}", ran.stderr);
        let mut all = vec!["--trust-config"];
        all.extend(args);
        assert_eq!(machine.run(&all).code, Some(0), "{args:?}");
    };
    let list = ["list", "-n", "1"];
    assert_eq!(machine.run(&list).code, Some(0));
    set_mode(&file, 0o666);
    refused(&list, "callfold.toml: is writable by everybody");
    refused(&["check", "--config", "callfold.toml"], "callfold.toml: is writable by everybody");
    set_mode(&file, 0o600);
    set_mode(&machine.path().join("work"), 0o777);
    let why = "callfold.toml: can be replaced: the directory /work is writable by everybody";
    refused(&list, why);
    // There only the owner of a file can replace it.
    set_mode(&machine.path().join("work"), 0o1777);
    assert_eq!(machine.run(&list).code, Some(0));
    // A link leads to what has to be right as well.
    set_mode(&machine.path().join("work"), 0o755);
    fs::create_dir(machine.path().join("shared")).unwrap();
    let real = machine.path().join("shared/real.toml");
    fs::rename(&file, &real).unwrap();
    std::os::unix::fs::symlink("../shared/real.toml", &file).unwrap();
    assert_eq!(machine.run(&list).code, Some(0));
    set_mode(&real, 0o646);
    refused(&list, "callfold.toml: is writable by everybody");
}

#[test]
fn command_that_hangs_is_ended_with_what_it_started() {
    let config = "[sources.a]\nvendor = \"vaani\"\napi_key = { command = \"exec 3<>pipe; echo > \
                  started; sleep 600 & sleep 600\", timeout = \"1s\" }\n";
    let machine = Machine::with_config(config);
    let pipe = machine.path().join("work/pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let end = || {
        let pipe = pipe.clone();
        // Ends when nobody holds the pipe any more.
        thread::spawn(move || File::open(pipe).unwrap().read_to_end(&mut Vec::new()).unwrap())
    };
    let ended = end();
    let ran = machine.run(&["check"]);
    assert_eq!(ran.code, Some(2));
    let problem = "sources.a.api_key is missing: its command did not end within 1s";
    assert!(ran.stdout.contains(problem), "{}", ran.stdout);
    assert_eq!(ended.join().unwrap(), 0);
    // Neither does it outlast Ctrl-C.
    machine.write("work/callfold.toml", &config.replace("\"1s\"", "\"10m\""));
    fs::remove_file(machine.path().join("work/started")).unwrap();
    let ended = end();
    let mut command = machine.command(&["check"]);
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !machine.path().join("work/started").exists() {
        thread::yield_now();
    }
    interrupt(&run);
    assert_eq!(run.wait().unwrap().code(), Some(130));
    assert_eq!(ended.join().unwrap(), 0);
    let mut output = String::new();
    run.stderr.take().unwrap().read_to_string(&mut output).unwrap();
    assert_eq!(output, "interrupted\n");
    let wrong = Machine::with_config(&config.replace("\"1s\"", "\"soon\""));
    let ran = wrong.run(&["list"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("api_key has a timeout that is not a duration"), "{}", ran.stderr);
}

#[test]
fn file_that_callfold_did_not_write_is_not_overwritten() {
    let config = source_config("leads", "vozagent");
    let machine = Machine::with_config(&config);
    machine.write("work/thesis.csv", "mine");
    let ran = machine.run(&["export", "--to", "thesis.csv"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr.replace(&machine.work(), "/work"), @r"
    error: /work/thesis.csv was not written by callfold
      help: name another file, or use --overwrite
    ");
    assert_eq!(machine.read("thesis.csv"), b"mine");
    assert_eq!(machine.run(&["export", "--to", "thesis.csv", "--overwrite"]).code, Some(0));
    // The same export every day needs nothing.
    for file in ["thesis.csv", "new.parquet"] {
        for _ in 0..2 {
            let ran = machine.run(&["export", "--to", file]);
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        }
    }
    for args in [
        &["export", "--to", "callfold.toml", "--format", "csv", "--overwrite"][..],
        &["--sandbox", "export", "--to", "callfold.toml", "--format", "csv", "--overwrite"],
        &["export", "--to", "other.csv", "--report", "callfold.toml"],
        &["list", "--report", "../work/callfold.toml"],
        &["sync", "--db", "x.sqlite", "--report", "callfold.toml"],
    ] {
        let ran = machine.run(args);
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(" names the configuration file "), "{}", ran.stderr);
        assert_eq!(machine.read("callfold.toml"), config.as_bytes());
    }
}

#[test]
fn source_that_is_skipped_keeps_the_file_and_is_named() {
    let config = source_config("leads", "vozagent") + &source_config("sales", "agentvoice");
    let machine = Machine::with_config(&config);
    assert_eq!(machine.run(&["export", "--to", "mine.csv"]).code, Some(0));
    let before = machine.read("mine.csv");
    let args = ["export", "--to", "mine.csv", "--campaign", "x"];
    let ran = machine.run(&args);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(machine.read("mine.csv") == before);
    assert!(
        ran.stderr.contains("mine.csv was not replaced, because a source was skipped; "),
        "{}",
        ran.stderr
    );
    let mut all = args.to_vec();
    all.extend(["--resume", "--accept-partial"]);
    assert_eq!(machine.run(&all).code, Some(3));
    assert!(machine.read("mine.csv") != before);
}

#[test]
fn report_is_of_this_run_however_it_ends() {
    let machine = Machine::with_config(
        "[sources.a]\nvendor = \"vaani\"\napi_key = { env = \"CALLFOLD_TEST_UNSET\" }\n",
    );
    for args in [&["list"][..], &["export", "--to", "x.csv"], &["sync", "--db", "x.sqlite"]] {
        machine.write("work/report.json", "{\"complete\": true}");
        let ran = machine.run(&[args, &["--report", "report.json"]].concat());
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stderr);
        let report: Value = serde_json::from_slice(&machine.read("report.json")).unwrap();
        assert_eq!(report["complete"], false, "{args:?}");
        assert!(report["error"].as_str().unwrap().contains("CALLFOLD_TEST_UNSET"), "{report}");
        assert_eq!(report["sources"], serde_json::json!([]));
        assert_eq!(machine.names(), ["callfold.toml", "report.json"]);
    }
    let machine = Machine::with_config(&source_config("leads", "vozagent"));
    assert_eq!(machine.run(&["-q", "list", "--report", "report.json"]).code, Some(0));
    let path = machine.path().join("work/report.json");
    assert_eq!(mode_of(&path), 0o600);
    set_mode(&path, 0o640);
    fs::rename(&path, machine.path().join("work/real.json")).unwrap();
    std::os::unix::fs::symlink("real.json", &path).unwrap();
    assert_eq!(machine.run(&["-q", "list", "--report", "report.json"]).code, Some(0));
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    assert_eq!(mode_of(&path), 0o640);
    // A path that is not a file is written to.
    let ran = machine.run(&["-q", "export", "--to", "x.csv", "--report", "/dev/stdout"]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["complete"], true);
}

/// Serves one page of calls with transcripts of this length, and then nothing.
fn stuck(length: usize) -> (Machine, thread::JoinHandle<Vec<TcpStream>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let record = |id: u32| {
        serde_json::json!({ "id": format!("call-{id}"), "status": "completed",
            "started_at": "2026-04-21T12:00:00Z", "transcript": "x".repeat(length) })
    };
    let page = serde_json::json!({
        "data": (0..50).map(record).collect::<Vec<_>>(),
        "pagination": { "total": 150, "limit": 50, "offset": 0, "has_more": true },
    });
    let serving = thread::spawn(move || {
        let mut held = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            if !String::from_utf8_lossy(&request[..read]).contains("offset=0") {
                held.push(stream);
                return held;
            }
            let body = page.to_string();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    let machine = Machine::with_config(&format!(
        "[sources.a]\nvendor = \"agentvoice\"\napi_key = \"k\"\norganization_id = \"o\"\n\
         base_url = \"http://{address}\"\nrate = 1e6\nconcurrency = 1\n"
    ));
    (machine, serving)
}

#[test]
fn interrupt_leaves_whole_lines_and_a_report() {
    for (command, length) in [
        // More than a pipe holds: an export reads on while it writes.
        (&["export", "--to", "-", "--format", "jsonl"][..], 100_000),
        (&["export", "--to", "-", "--format", "csv"], 10),
        (&["list", "-o", "jsonl", "--order", "read"], 10),
    ] {
        let (machine, serving) = stuck(length);
        let args = [command, &["--report", "report.json"]].concat();
        let mut run = machine.command(&args);
        let mut run = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = run.stdout.take().unwrap();
        let mut text = vec![0; 1000];
        stdout.read_exact(&mut text).unwrap();
        let held = serving.join().unwrap();
        interrupt(&run);
        let mut stderr = BufReader::new(run.stderr.take().unwrap());
        let mut output = String::new();
        stderr.read_line(&mut output).unwrap();
        assert_eq!(output, "finishing up; press Ctrl-C again to quit now\n");
        stdout.read_to_end(&mut text).unwrap();
        stderr.read_to_string(&mut output).unwrap();
        assert_eq!(run.wait().unwrap().code(), Some(130), "{command:?}: {output}");
        drop(held);
        let text = String::from_utf8(text).unwrap();
        assert!(text.ends_with('\n'), "{command:?}: it ends in {:?}", &text[text.len() - 20..]);
        // An export writes what it has read; a list may stop after any line.
        if command.contains(&"export") {
            assert_eq!(text.matches("call-").count() % 50, 0, "{command:?}");
        }
        for line in text.lines().filter(|_| command.contains(&"jsonl")) {
            serde_json::from_str::<Value>(line).unwrap();
        }
        let report: Value = serde_json::from_slice(&machine.read("report.json")).unwrap();
        assert_eq!(
            (&report["complete"], &report["sources"][0]["records"]),
            (&false.into(), &50.into())
        );
    }
}

#[test]
fn interrupt_is_answered_with_one_line() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let machine = Machine::with_config(&format!(
        "[sources.a]\nvendor = \"vaani\"\napi_key = \"k\"\nbase_url = \"http://{address}\"\n"
    ));
    let line = "finishing up; press Ctrl-C again to quit now";
    for (command, output) in [
        (&["check"][..], "interrupted"),
        (&["lint"], "interrupted"),
        (&["get", "x"], "interrupted"),
        (&["list", "--report", "report.json"], line),
        (&["list", "-o", "csv", "--report", "report.json"], line),
        (&["export", "--to", "x.csv", "--report", "report.json"], line),
        (&["sync", "--db", "x.sqlite", "--report", "report.json"], line),
    ] {
        machine.write("work/report.json", "{\"complete\": true}");
        let mut run = machine.command(command);
        let mut run = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // It has asked, and is not answered.
        let held = listener.accept().unwrap();
        interrupt(&run);
        let mut stderr = BufReader::new(run.stderr.take().unwrap());
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        assert_eq!(first.trim_end(), output, "{command:?}");
        assert_eq!(run.wait().unwrap().code(), Some(130), "{command:?}");
        drop(held);
        if command.contains(&"--report") {
            let report: Value = serde_json::from_slice(&machine.read("report.json")).unwrap();
            assert_eq!(report["complete"], false, "{command:?}");
        }
    }
}
