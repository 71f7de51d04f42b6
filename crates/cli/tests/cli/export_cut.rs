//! `export` that is cut off: by Ctrl-C, by kill -9, by a full disk.

use crate::support::Machine;
use callfold_sandbox::{DatasetOptions, Sandbox, SandboxOptions};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
};
use tokio::runtime::Runtime;

/// Calls of each vendor.
const RECORDS: usize = 2000;

/// A sandbox of many pages, which only these tests read.
fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<(Runtime, Sandbox)> = OnceLock::new();
    let start = || {
        let runtime = Runtime::new().unwrap();
        let dataset = DatasetOptions { records: RECORDS, ..DatasetOptions::default() };
        let options = SandboxOptions { dataset, ..SandboxOptions::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        (runtime, sandbox)
    };
    &SANDBOX.get_or_init(start).1
}

/// Three sources, asked so many times a second each.
fn config(rate: u32) -> String {
    let source = |(name, vendor): (&str, &str)| {
        let mut text = format!("[sources.{name}]\nvendor = \"{vendor}\"\n");
        for (key, value) in sandbox().credentials(vendor) {
            text.push_str(&format!("{key} = \"{value}\"\n"));
        }
        let base = sandbox().base_url(vendor);
        text + &format!("base_url = \"{base}\"\nrate = {rate}\nconcurrency = 1\n")
    };
    [("clinic", "ravan"), ("leads", "vozagent"), ("second", "ravan")].map(source).concat()
}

/// A machine that reads slowly, and the bytes of an export that was not cut.
fn slow(file: &str, rate: u32) -> (Machine, Vec<u8>) {
    let fast = Machine::with_config(&config(100_000));
    let ran = fast.run(&["export", "--to", file]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    (Machine::with_config(&config(rate)), fast.read(file))
}

fn spawn(machine: &Machine, args: &[&str]) -> Child {
    let mut command = machine.command(args);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until the export reports that so many calls were written.
fn wait_for(stderr: &mut impl BufRead, calls: u64) -> bool {
    let mut line = String::new();
    loop {
        line.clear();
        if stderr.read_line(&mut line).unwrap() == 0 {
            return false;
        }
        let output: Option<serde_json::Value> = serde_json::from_str(&line).ok();
        if output.is_some_and(|output| output["written"]["calls"].as_u64().unwrap_or(0) >= calls) {
            return true;
        }
    }
}

#[test]
fn killed_export_resumes_to_the_same_bytes() {
    for file in ["calls.jsonl", "calls.csv.gz"] {
        let (machine, whole) = slow(file, 20);
        let mut rng = fastrand::Rng::with_seed(7);
        let data = machine.path().join("work").join(format!("{file}.partial/data/calls"));
        let length = |path: &std::path::Path| fs::metadata(path).map_or(0, |found| found.len());
        let mut kills = 0;
        loop {
            let args = ["-q", "export", "--to", file, "--resume"];
            let mut run = spawn(&machine, &args);
            let mut stderr = BufReader::new(run.stderr.take().unwrap());
            // Some moment, known by how much was written.
            let grown = length(&data) + rng.u64(1..whole.len() as u64 / 4);
            while length(&data) < grown && run.try_wait().unwrap().is_none() {
                thread::yield_now();
            }
            if kills < 10 && run.try_wait().unwrap().is_none() {
                run.kill().unwrap();
                run.wait().unwrap();
                kills += 1;
                continue;
            }
            let mut output = String::new();
            stderr.read_to_string(&mut output).unwrap();
            assert_eq!(run.wait().unwrap().code(), Some(0), "{output}");
            break;
        }
        assert!(kills > 2, "it was killed {kills} times");
        assert!(machine.read(file) == whole, "{file} after {kills} kills");
        assert_eq!(machine.names(), ["callfold.toml", file]);
    }
}

#[test]
fn interrupt_keeps_what_was_read_and_says_how_to_go_on() {
    let (machine, whole) = slow("calls.jsonl", 4);
    machine.write("work/calls.jsonl", "");
    for (signal, resume) in [(Signal::INT, "--restart"), (Signal::TERM, "--resume")] {
        let args = ["export", "--to", "calls.jsonl", resume, "--progress", "json"];
        let mut run = spawn(&machine, &args);
        let mut stderr = BufReader::new(run.stderr.take().unwrap());
        assert!(wait_for(&mut stderr, 20));
        kill_process(Pid::from_child(&run), signal).unwrap();
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        assert_eq!(run.wait().unwrap().code(), Some(130), "{rest}");
        assert!(rest.contains("finishing up; press Ctrl-C again to quit now"), "{rest}");
        assert!(rest.contains("interrupted: calls.jsonl was not replaced; "), "{rest}");
        assert!(rest.contains("help: run the same command with --resume to continue"), "{rest}");
        assert_eq!(machine.read("calls.jsonl"), b"");
    }
    // What differs is named, and nothing is lost by trying.
    let ran =
        machine.run(&["export", "--to", "calls.jsonl", "--resume", "--phone", "+19195550100"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr.replace(&machine.work(), "/work"));
    machine.write("work/callfold.toml", &config(100_000));
    let ran = machine.run(&["export", "--to", "calls.jsonl", "--resume"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(machine.read("calls.jsonl") == whole);
    assert_eq!(machine.names(), ["callfold.toml", "calls.jsonl"]);
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_is_an_error_that_names_the_file_and_can_be_resumed() {
    let (machine, whole) = slow("calls.jsonl", 100_000);
    machine.write("work/calls.jsonl", "");
    // A file can have 128 KiB at most; the signal that comes with it is ignored.
    let command = machine.command(&["export", "--to", "calls.jsonl"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 256; exec \"$0\" \"$@\""]);
    limited.arg(command.get_program()).args(command.get_args());
    limited.current_dir(command.get_current_dir().unwrap());
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = crate::support::Ran::of(limited.output().unwrap());
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr.replace(&machine.work(), "/work"));
    assert_eq!(machine.read("calls.jsonl"), b"");
    let ran = machine.run(&["export", "--to", "calls.jsonl", "--resume"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!ran.stderr.contains("started a new one"), "{}", ran.stderr);
    assert!(machine.read("calls.jsonl") == whole);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = machine.command(&["-q", "export", "--to", "-", "--format", "csv"]);
    let ran = crate::support::Ran::of(command.stdout(full).output().unwrap());
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.stderr, "error: cannot write to standard output: no space left on device\n");
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// A store that holds nothing, begins uploads, and answers to no part of one.
fn silent_store() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut held = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            let request = &request[..read];
            let (is_get, is_list) = (request.starts_with(b"GET "), contains(request, b"list-type"));
            if is_get && !is_list {
                let head =
                    "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                stream.write_all(head.as_bytes()).unwrap();
            } else if request.starts_with(b"DELETE ") {
                let head = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
                stream.write_all(head.as_bytes()).unwrap();
            } else if is_get || request.starts_with(b"POST ") {
                let body = match is_get {
                    true => {
                        "<ListBucketResult><Name>b</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"
                    }
                    false => {
                        "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId></InitiateMultipartUploadResult>"
                    }
                };
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
            } else {
                held.push(stream);
            }
        }
    });
    format!("http://{address}")
}

#[test]
fn second_interrupt_ends_at_once() {
    let machine = Machine::with_config(&config(100_000));
    let args = ["export", "--to", "s3://bucket/calls.jsonl", "--progress", "json"];
    let mut command = machine.command(&args);
    command.env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "key");
    command.env("AWS_ENDPOINT_URL", silent_store()).env("AWS_ALLOW_HTTP", "true");
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(run.stderr.take().unwrap());
    // Everything was read, and the store does not answer.
    let mut line = String::new();
    while !line.contains("\"uploaded\"") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0);
    }
    kill_process(Pid::from_child(&run), Signal::INT).unwrap();
    while !line.contains("press Ctrl-C again") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0);
    }
    kill_process(Pid::from_child(&run), Signal::INT).unwrap();
    let mut output = String::new();
    stderr.read_to_string(&mut output).unwrap();
    assert_eq!((run.wait().unwrap().code(), output.as_str()), (Some(130), "interrupted\n"));
}
