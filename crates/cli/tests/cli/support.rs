//! A machine of one's own: a home, a working directory, a sandbox, servers.

use callfold_sandbox::{DatasetOptions, Sandbox, SandboxOptions};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output},
    sync::OnceLock,
    thread,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Calls of each vendor in the shared sandbox.
pub(crate) const RECORDS: usize = 40;

/// The accounts of the shared sandbox, and their vendors.
pub(crate) const ACCOUNTS: [(&str, &str); 5] = [
    ("support-in", "vaani"),
    ("clinic", "ravan"),
    ("leads", "vozagent"),
    ("sales", "agentvoice"),
    ("pilot", "zudu"),
];

/// A machine on which nothing is configured.
pub(crate) struct Machine(TempDir);

impl Machine {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("work")).unwrap();
        fs::create_dir_all(dir.path().join("home/.config/callfold")).unwrap();
        Self(dir)
    }

    /// A machine whose working directory holds `callfold.toml`.
    pub(crate) fn with_config(text: &str) -> Self {
        let machine = Self::new();
        machine.write("work/callfold.toml", text);
        machine
    }

    /// A machine that reads the shared sandbox.
    pub(crate) fn with_sandbox() -> Self {
        Self::with_config(&sandbox_config())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.path().join(path), text).unwrap();
    }

    /// The program, with nothing in its environment but where it lives.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callfold"));
        command.args(args).env_clear().current_dir(self.path().join("work"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path().join("home"));
        // A pager would wait for a key.
        command.env("PAGER", "");
        command
    }

    /// The working directory.
    pub(crate) fn work(&self) -> String {
        let work = fs::canonicalize(self.path().join("work")).unwrap();
        work.into_os_string().into_string().unwrap()
    }

    /// What lies in the working directory, by name.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path().join("work")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    /// A file of the working directory.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join("work").join(name)).unwrap()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Standard output of a run that must succeed.
    pub(crate) fn stdout(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.stderr);
        ran.stdout
    }
}

/// What a run left.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A sandbox that all tests read and none changes.
pub(crate) fn sandbox() -> &'static Sandbox {
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

pub(crate) fn sandbox_config() -> String {
    ACCOUNTS.iter().map(|(account, vendor)| source_config(account, vendor)).collect()
}

/// The section of one account of the shared sandbox.
pub(crate) fn source_config(account: &str, vendor: &str) -> String {
    let mut text = format!("[sources.{account}]\nvendor = \"{vendor}\"\n");
    for (key, value) in sandbox().credentials(vendor) {
        text.push_str(&format!("{key} = \"{value}\"\n"));
    }
    text.push_str(&format!("base_url = \"{}\"\nrate = 1e6\n", sandbox().base_url(vendor)));
    text
}

/// Answers every request with the same status and JSON body, for as long as
/// the test runs, and gives its address.
pub(crate) fn serve(status: &'static str, body: impl Into<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let body = body.into();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let body = body.clone();
            thread::spawn(move || answer(stream, status, &body));
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: TcpStream, status: &str, body: &str) {
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&chunk[..read]),
        }
    }
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}
