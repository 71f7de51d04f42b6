//! A sandbox, and the program that reads it.

use callfold_reader::vendors;
use callfold_sandbox::{Sandbox, SandboxOptions};
use std::{
    fs,
    process::{Child, Command, Output, Stdio},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A sandbox with a directory whose configuration reads it.
pub(crate) struct Stand {
    pub(crate) sandbox: Sandbox,
    pub(crate) runtime: Runtime,
    directory: TempDir,
}

impl Stand {
    pub(crate) fn new(options: SandboxOptions) -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let mut text = String::new();
        for vendor in vendors() {
            let name = vendor.name;
            text.push_str(&format!("[sources.my-{name}]\nvendor = \"{name}\"\nrate = 1e6\n"));
            text.push_str(&format!("base_url = \"{}\"\n", sandbox.base_url(name)));
            for (key, value) in sandbox.credentials(name) {
                text.push_str(&format!("{key} = \"{value}\"\n"));
            }
        }
        fs::write(directory.path().join("callfold.toml"), text).unwrap();
        Self { sandbox, runtime, directory }
    }

    pub(crate) fn configure(&self, more: &str) {
        let path = self.directory.path().join("callfold.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{text}\n{more}")).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    /// The program, with nothing in its environment but where it lives.
    /// `CALLFOLD_TEST_PROGRAM` names another one, such as the one of a release.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let program = std::env::var_os("CALLFOLD_TEST_PROGRAM");
        let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_callfold").into());
        let mut command = Command::new(program);
        command.arg("sync").args(args).env_clear().current_dir(self.directory.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.directory.path());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// A sync that is under way, silent.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }
}

/// What a run left.
#[derive(Debug)]
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

pub(crate) fn send(child: &Child, signal: rustix::process::Signal) {
    let process = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(process, signal).unwrap();
}
