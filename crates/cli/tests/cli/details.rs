//! Details that cannot be fetched: exit code 3, how many, and what to do.

use crate::support::{Machine, sandbox, serve, source_config};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// The sandbox's VozAgent behind a proxy that refuses single records while it
/// is told to: of the calls whose id ends with one of these.
const REFUSED: [u8; 4] = *b"048c";

struct Proxy {
    base: String,
    refuses: Arc<AtomicBool>,
}

impl Proxy {
    fn start() -> Self {
        let base = sandbox().base_url("vozagent").to_string();
        let (authority, path) = base.split_once("://").unwrap().1.split_once('/').unwrap();
        let (authority, path) = (authority.to_owned(), path.to_owned());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let refuses = Arc::new(AtomicBool::new(true));
        let shared = refuses.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (authority, refuses) = (authority.clone(), shared.clone());
                thread::spawn(move || forward(stream, &authority, &refuses));
            }
        });
        Self { base: format!("http://{address}/{path}"), refuses }
    }

    fn config(&self) -> String {
        let config = source_config("leads", "vozagent");
        let own = sandbox().base_url("vozagent").to_string();
        config.replace(&own, &self.base) + "retries = 0\n"
    }

    fn machine(&self) -> Machine {
        Machine::with_config(&self.config())
    }
}

fn forward(mut client: TcpStream, authority: &str, refuses: &AtomicBool) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match client.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let target = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    let is_single = target.windows(7).any(|part| part == b"/calls/");
    let is_refused = target.last().is_some_and(|last| REFUSED.contains(last));
    if is_single && is_refused && refuses.load(Ordering::SeqCst) {
        let answer = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\
                      connection: close\r\n\r\n";
        let _written = client.write_all(answer.as_bytes());
        return;
    }
    let Ok(mut server) = TcpStream::connect(authority) else { return };
    head.truncate(head.len() - 2);
    head.extend_from_slice(b"connection: close\r\n\r\n");
    if server.write_all(&head).is_ok() {
        let _copied = std::io::copy(&mut server, &mut client);
    }
}

#[test]
fn export_that_lacks_details_ends_with_3_and_says_how_many_and_what_to_do() {
    let proxy = Proxy::start();
    let machine = proxy.machine();
    let args =
        ["export", "--to", "calls.jsonl", "--detail", "transcript", "--report", "report.json"];
    let ran = machine.run(&args);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_slice(&machine.read("report.json")).unwrap();
    let lacking = report["sources"][0]["without_detail"].as_u64().unwrap();
    assert!((2..38).contains(&lacking), "{lacking}");
    assert_eq!(report["complete"], false);
    assert_eq!(report["export"]["published"], true);
    assert_eq!(report["sources"][0]["detail_reason"], "status 503");
    let line = format!(
        "warning: leads (vozagent): {lacking} of 40 calls lack their transcript (status 503)"
    );
    assert!(ran.stderr.contains(&line), "{}", ran.stderr);
    assert!(ran.stderr.contains("help: run the same command again"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`callfold sync --detail`"), "{}", ran.stderr);
    proxy.refuses.store(false, Ordering::SeqCst);
    let ran = machine.run(&args);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let text = String::from_utf8(machine.read("calls.jsonl")).unwrap();
    assert!(!text.contains("detail_unavailable"));
}

#[test]
fn export_that_is_resumed_counts_what_lacked_its_details_before() {
    let proxy = Proxy::start();
    let whole = source_config("pilot", "zudu") + "retries = 0\n";
    let own = sandbox().base_url("zudu").to_string();
    let broken = whole.replace(&own, &serve("500 Internal Server Error", "{}"));
    let machine = Machine::with_config(&(proxy.config() + &broken));
    let args = ["export", "--to", "calls.jsonl", "--detail", "transcript", "--report", "r.json"];
    let report =
        || -> serde_json::Value { serde_json::from_slice(&machine.read("r.json")).unwrap() };
    let ran = machine.run(&args);
    assert_eq!((ran.code, &report()["export"]["published"]), (Some(3), &false.into()));
    let lacking = report()["sources"][0]["without_detail"].as_u64().unwrap();
    assert!(lacking > 0);
    proxy.refuses.store(false, Ordering::SeqCst);
    machine.write("work/callfold.toml", &(proxy.config() + &whole));
    let ran = machine.run(&[&args[..], &["--resume"]].concat());
    assert_eq!(report()["export"]["published"], true, "{}", ran.stderr);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let line = format!("{lacking} of 40 calls lack their transcript (status 503)");
    assert!(ran.stderr.contains(&line), "{}", ran.stderr);
}

#[test]
fn list_that_lacks_details_ends_with_3() {
    let proxy = Proxy::start();
    let ran = proxy.machine().run(&["list", "--detail", "full", "-o", "jsonl"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 40, "all calls are there");
    assert!(ran.stderr.contains("calls lack their details (status 503)"), "{}", ran.stderr);
}

#[test]
fn vendor_that_has_no_details_of_a_call_does_not_make_an_export_partial() {
    let machine = Machine::with_config(&source_config("support-in", "vaani"));
    let args = ["export", "--to", "calls.jsonl", "--detail", "transcript", "--report", "r.json"];
    let ran = machine.run(&args);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_slice(&machine.read("r.json")).unwrap();
    assert!(report["sources"][0]["detail_absent"].as_u64().unwrap() > 0);
}

#[test]
fn sync_that_lacks_details_ends_with_3_until_it_has_them() {
    let proxy = Proxy::start();
    let machine = proxy.machine();
    let args = ["sync", "--db", "calls.sqlite", "--detail", "full", "--report", "report.json"];
    let report =
        || -> serde_json::Value { serde_json::from_slice(&machine.read("report.json")).unwrap() };
    let ran = machine.run(&args);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let owed = report()["sources"][0]["owed"]["details"].as_u64().unwrap();
    let line = format!("leads (vozagent): {owed} calls lack their details: status 503");
    assert!(ran.stderr.contains(&line), "{}", ran.stderr);
    assert_eq!(report()["complete"], false);
    proxy.refuses.store(false, Ordering::SeqCst);
    let ran = machine.run(&args);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(report()["sources"][0]["owed"]["resolved"], owed);
    assert!(report()["sources"][0]["verified"]["everything_since"].is_string());
}
