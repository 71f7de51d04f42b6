//! `callfold sandbox`: its options, and what `list` makes of a sandbox that misbehaves.

use crate::support::Machine;
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
};

/// A sandbox of the program itself, and a machine that is configured to read it.
struct Served {
    run: Child,
    machine: Machine,
    /// What it says once it serves.
    notes: String,
    address: String,
}

impl Served {
    fn start(args: &[&str]) -> Self {
        let machine = Machine::new();
        let mut command = machine.command(&[&["sandbox"], args].concat());
        let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(run.stderr.take().unwrap());
        let mut notes = String::new();
        // The configuration is written before the first note.
        while !notes.contains("until Ctrl-C") {
            assert_ne!(stderr.read_line(&mut notes).unwrap(), 0, "{notes}");
        }
        if args.iter().any(|arg| *arg != "--listen" && arg.starts_with("--")) {
            stderr.read_line(&mut notes).unwrap();
        }
        let mut stdout = BufReader::new(run.stdout.take().unwrap());
        let mut config = String::new();
        while config.matches("base_url").count() < callfold_sandbox::vendors().len() {
            assert_ne!(stdout.read_line(&mut config).unwrap(), 0, "{config}");
        }
        let address = config.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        machine.write("work/callfold.toml", &config.replace("\nvendor", "\nrate = 1e6\nvendor"));
        Self { run, machine, notes, address }
    }

    /// What one of its pages says.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.get(path)).unwrap()
    }

    /// Vendor and id of each call that there is.
    fn truth(&self) -> BTreeSet<(String, String)> {
        let text = self.get("/_truth");
        let calls = text.lines().map(|line| serde_json::from_str(line).unwrap());
        calls.map(|call: serde_json::Value| pair(&call["vendor"], &call["id"])).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.run.kill();
        let _ended = self.run.wait();
    }
}

fn pair(vendor: &serde_json::Value, id: &serde_json::Value) -> (String, String) {
    (vendor.as_str().unwrap().to_owned(), id.as_str().unwrap().to_owned())
}

/// Vendor and id of each call of a list, which has none twice.
fn listed(jsonl: &str) -> BTreeSet<(String, String)> {
    let calls = jsonl.lines().map(|line| serde_json::from_str(line).unwrap());
    let calls: Vec<serde_json::Value> = calls.collect();
    let pairs: BTreeSet<_> =
        calls.iter().map(|call| pair(&call["vendor"], &call["call_id"])).collect();
    assert_eq!(pairs.len(), calls.len());
    pairs
}

#[test]
fn help_names_each_option_fault_and_unit() {
    let help = Machine::new().stdout(&["sandbox", "--help"]);
    for option in [
        "--port",
        "--listen",
        "--records",
        "--seed",
        "--latency",
        "--grow",
        "--delete",
        "--drift",
        "--fault",
        "--fault-seed",
    ] {
        assert!(help.contains(option), "{option} in\n{help}");
    }
    for fault in callfold_sandbox::Fault::all() {
        let row = |line: &str| line.trim_start().split(' ').next() == Some(fault.name());
        assert!(help.lines().any(row), "{fault} in\n{help}");
    }
    for example in ["25ms", "10/s", "2%", "every:7", "recoverable", "/_stats", "/_truth"] {
        assert!(help.contains(example), "{example} in\n{help}");
    }
}

#[test]
fn unreadable_value_is_an_error_with_help() {
    for (args, problem) in [
        (["--fault", "cutbody=5%"], "unknown fault \"cutbody\": did you mean cut-body?"),
        (
            ["--fault", "reset"],
            "reset needs a rate: write a share as 2% or 0.5%, or every:7, or first:3",
        ),
        (["--fault", "reset=5%@nobody"], "unknown vendor \"nobody\": available: "),
        (
            ["--drift", "2"],
            "\"2\" is not a rate: write a share as 2% or 0.5%, or every:7, or first:3",
        ),
        (["--grow", "10"], "\"10\" is not a frequency: write 10/s, 0.5/s, 90/m or 20/h"),
        (["--delete", "1/d"], "\"1/d\" is not a frequency: write 10/s, 0.5/s, 90/m or 20/h"),
        (["--latency", "25"], "write a number with a unit, e.g. 25ms or 1s"),
        (
            ["--listen", "here"],
            "write an IP address, with or without a port, e.g. 0.0.0.0 or [::1]:8080",
        ),
    ] {
        let ran = Machine::new().run(&[&["sandbox"][..], &args].concat());
        assert_eq!(ran.code, Some(2), "{args:?}");
        let expected = format!("error: invalid value '{}' for '{} <", args[1], args[0]);
        assert!(ran.stderr.starts_with(&expected), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!(": {problem}")), "{}", ran.stderr);
    }
    let ran = Machine::new().run(&["sandbox", "--listen", "127.0.0.1:1", "--port", "2"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr,
        "error: --listen names port 1, and --port 2\n  help: remove one of them\n"
    );
}

#[test]
fn list_has_every_call_of_a_sandbox_whose_faults_pass() {
    let served = Served::start(&[
        "--records",
        "250",
        "--drift",
        "5%",
        "--latency",
        "1ms",
        "--fault",
        "cut-body=10%, reset=every:5, gzip=10%",
        "--fault",
        "error-503=first:1",
    ]);
    let ran = served.machine.run(&["list", "-o", "jsonl"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(listed(&ran.stdout), served.truth());
    assert_eq!(ran.stdout.lines().count(), callfold_sandbox::vendors().len() * 250);
    let stats = served.json("/_stats");
    let faults = stats["faults"].as_object().unwrap();
    assert!(
        faults.len() == callfold_sandbox::vendors().len()
            && faults.values().all(|kinds| kinds["error-503"] == 1),
        "{stats}"
    );
    let output = "misbehaviour: latency 1ms, cut-body=10%, reset=every:5, gzip=10%, \
                error-503=first:1, drift=5%; ";
    assert!(served.notes.contains(output), "{}", served.notes);
}

#[test]
fn calls_arrive_and_vanish_at_the_requested_rate() {
    // With a latency that leaves time for changes while the list is read.
    let served = Served::start(&[
        "--records",
        "30",
        "--grow",
        "600/m",
        "--delete",
        "5/s",
        "--latency",
        "500ms",
    ]);
    while served.json("/_stats")["calls"].as_object().is_none_or(|calls| {
        calls.values().any(|moved| moved["added"] == 0 || moved["deleted"] == 0)
    }) {
        std::thread::yield_now();
    }
    let before = served.truth();
    let ran = served.machine.run(&["list", "-o", "jsonl"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let after = served.truth();
    let lasting: BTreeSet<_> = before.intersection(&after).cloned().collect();
    assert!(!lasting.is_empty() && before != after);
    let lost: Vec<_> = lasting.difference(&listed(&ran.stdout)).cloned().collect();
    assert!(lost.is_empty(), "{lost:?}\n{}", ran.stderr);
}

#[test]
fn redirection_is_refused_and_no_credential_leaves() {
    let served = Served::start(&["--records", "5", "--fault", "redirect=every:1"]);
    let ran = served.machine.run(&["list"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(
        ran.stderr.matches("redirected; redirects are not followed").count(),
        callfold_sandbox::vendors().len(),
        "{}",
        ran.stderr
    );
    let redirects = &served.json("/_stats")["redirects"];
    let nothing = serde_json::json!({ "connections": 0, "requests": 0, "credentials": {} });
    assert_eq!(*redirects, nothing);
}

#[test]
fn address_beyond_this_machine_is_warned_of() {
    let served = Served::start(&["--listen", "0.0.0.0"]);
    assert!(served.notes.starts_with("warning: 0.0.0.0:"), "{}", served.notes);
    assert!(served.address.starts_with("127.0.0.1:"), "{}", served.address);
    let served = Served::start(&["--listen", "127.0.0.1"]);
    let vendors = callfold_sandbox::vendors().len();
    assert!(
        served.notes.starts_with(&format!("serving {vendors} vendors at ")),
        "{}",
        served.notes
    );
}

#[cfg(unix)]
#[test]
fn interrupt_ends_a_sandbox_that_stalls() {
    let mut served = Served::start(&["--fault", "stall=every:1"]);
    let mut stream = TcpStream::connect(&served.address).unwrap();
    let example = served.get("/").lines().find_map(|line| {
        let path = line.split("curl").nth(1)?.split(&served.address).nth(1)?;
        Some(path.trim_end_matches('\'').to_owned())
    });
    let request = format!("GET {} HTTP/1.1\r\nhost: x\r\n\r\n", example.unwrap());
    stream.write_all(request.as_bytes()).unwrap();
    while served.json("/_stats")["faults"].as_object().is_none_or(serde_json::Map::is_empty) {
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&served.run);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(served.run.wait().unwrap().code(), Some(130));
    let mut nothing = Vec::new();
    assert!(stream.read_to_end(&mut nothing).is_err() || nothing.is_empty());
}
