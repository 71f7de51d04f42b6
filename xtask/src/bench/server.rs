//! The sandbox as a process of its own, and the configuration that reads it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The name of the configuration that callfold looks for.
pub(super) const CONFIGURATION: &str = "callfold.toml";

/// A source of each vendor, without its address.
const SOURCES: [(&str, &str, &str, &[&str]); 5] = [
    (
        "agentvoice",
        "api_key = \"sandbox-key\"\norganization_id = \"sandbox-org\"",
        "/api/calls?limit=20",
        &["x-api-key: sandbox-key", "x-organization-id: sandbox-org"],
    ),
    (
        "ravan",
        "api_key = \"sandbox-key\"",
        "/api/v1/calling/call-sessions?page_size=20",
        &["x-api-key: sandbox-key"],
    ),
    (
        "vaani",
        "api_key = \"sandbox-key\"",
        "/api/call-history?page_size=20",
        &["x-api-key: sandbox-key"],
    ),
    (
        "vozagent",
        "api_key = \"sandbox-key\"",
        "/v1/calls?limit=20",
        &["authorization: Bearer sandbox-key"],
    ),
    (
        "zudu",
        "api_key = \"sandbox-key\"\napi_secret = \"sandbox-secret\"",
        "/api/calls?limit=20",
        &["x-api-key: sandbox-key", "x-api-secret: sandbox-secret"],
    ),
];

/// A running sandbox. It ends when it is dropped.
pub(super) struct SandboxServer {
    child: Child,
    pub(super) url: String,
}

impl SandboxServer {
    /// Starts the program with so many calls of each vendor, whose responses wait
    /// so many milliseconds. With `light` in `more`, its lists are as the vendors document them.
    pub(super) fn start(
        program: &Path,
        records: usize,
        latency: u32,
        more: &[&str],
    ) -> Result<Self, String> {
        let mut child = Command::new(program)
            .args([records.to_string(), latency.to_string()])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|cause| format!("the sandbox cannot be started: {cause}"))?;
        let mut url = String::new();
        let said = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut url));
        let server = Self { child, url: url.trim().to_owned() };
        match said {
            Some(Ok(_)) if !server.url.is_empty() => Ok(server),
            _ => Err("the sandbox ended before it said where it listens".to_owned()),
        }
    }

    /// Writes the configuration that reads it into a directory.
    pub(super) fn configure(&self, directory: &Path, default_pace: bool) -> Result<(), String> {
        let rate = if default_pace { "" } else { "rate = \"100000/s\"\n" };
        let source = |(vendor, credentials, ..): &(&str, &str, &str, &[&str])| {
            format!(
                "[sources.{vendor}]\nvendor = \"{vendor}\"\n{credentials}\n{rate}\
                 base_url = \"{}/{vendor}\"\n",
                self.url
            )
        };
        let text: String = SOURCES.iter().map(source).collect();
        let path = directory.join(CONFIGURATION);
        std::fs::write(&path, text).map_err(|cause| format!("{}: {cause}", path.display()))
    }

    /// The processor time it has taken so far, in seconds; `None` where the
    /// operating system has no `/proc`.
    pub(super) fn cpu(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let ticks: u64 = fields.next()?.parse().ok()?;
        let more: u64 = fields.next()?.parse().ok()?;
        // The unit is fixed to a hundredth of a second on all that Rust runs on.
        Some((ticks + more) as f64 / 100.0)
    }

    /// How long the slowest vendor takes for one page of twenty calls, on a
    /// connection of its own.
    pub(super) fn slowest_request(&self) -> Result<Duration, String> {
        let mut slowest = Duration::ZERO;
        for (vendor, _, target, headers) in SOURCES {
            slowest = slowest.max(self.request(vendor, target, headers)?);
        }
        Ok(slowest)
    }

    fn request(&self, vendor: &str, target: &str, headers: &[&str]) -> Result<Duration, String> {
        let address = self.url.trim_start_matches("http://");
        let ask = || -> std::io::Result<(Duration, Vec<u8>)> {
            let begun = Instant::now();
            let mut stream = TcpStream::connect(address)?;
            let headers = headers.join("\r\n");
            let request = format!(
                "GET /{vendor}{target} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(request.as_bytes())?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok((begun.elapsed(), answer))
        };
        match ask() {
            Ok((took, answer)) if answer.starts_with(b"HTTP/1.1 200") => Ok(took),
            Ok((_, answer)) => {
                let line = String::from_utf8_lossy(&answer);
                Err(format!("{vendor} answered {}", line.lines().next().unwrap_or("nothing")))
            }
            Err(cause) => Err(format!("{vendor} did not answer: {cause}")),
        }
    }
}

impl Drop for SandboxServer {
    fn drop(&mut self) {
        // It ends when its standard input does.
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}
