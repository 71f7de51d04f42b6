#![doc = include_str!("../README.md")]

//!
//! # As a library
//!
//! The program calls [`main`]. The other public items are what the fuzzers run.

mod args;
mod commands;
mod completion;
pub mod config;
mod failure;
mod json_values;
mod newest;
mod one_off;
pub mod output;
mod pages;
mod shutdown;
mod sources;
mod streams;
pub mod time_arg;

use args::{Cli, Command};
use clap::CommandFactory;
use clap_complete::CompleteEnv;
use failure::{ExitOutcome, Failure};
use output::Stderr;
use std::{process::ExitCode, task::Poll};

/// Runs the command that the program's arguments name.
pub fn main() -> ExitCode {
    // Answers the shell where it asks for completions, and exits.
    CompleteEnv::with_factory(Cli::command).complete();
    let cli = args::parse();
    let stderr = Stderr::new(cli.global.color, cli.global.quiet).json(cli.command.is_json());
    shutdown::set_stderr(stderr);
    output::start_log(cli.global.verbose, cli.global.color);
    let code = match run(cli, &stderr) {
        Ok(outcome) => outcome.exit_code(),
        Err(failure) => failure.report(&stderr),
    };
    ExitCode::from(code)
}

fn run(cli: Cli, stderr: &Stderr) -> Result<ExitOutcome, Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::Schema => commands::schema(),
        Command::Completions { shell } => commands::completions(shell),
        Command::Man { directory } => commands::man(directory.as_deref()),
        Command::Help { words } => commands::help(&words),
        Command::Vendors(args) => commands::vendors(&args, &global, stderr),
        Command::List(args) => block_on(commands::list(*args, &global, stderr)),
        Command::Export(args) => block_on(commands::export(*args, &global, stderr)),
        Command::Sync(args) => block_on(commands::sync(*args, &global, stderr)),
        Command::Plan(args) => block_on(commands::plan(*args, &global, stderr)),
        Command::MergeReports(args) => commands::merge_reports(&args, stderr),
        Command::Airbyte(command) => block_on(commands::airbyte(command, &global, stderr)),
        Command::Singer(args) => block_on(commands::singer(args, &global, stderr)),
        Command::Lint(args) => block_on(commands::lint(args, &global, stderr)),
        Command::Map(args) => commands::map(&args, &global, stderr),
        Command::Init => block_on(commands::init(&global, stderr)),
        Command::Show(args) => block_on(commands::show(args, &global, stderr)),
        Command::Recording(args) => block_on(commands::recording(args, &global, stderr)),
        Command::Stats(args) => block_on(commands::stats(*args, &global, stderr)),
        Command::Report(args) => block_on(commands::report_page(*args, &global, stderr)),
        Command::Check(args) => block_on(commands::check(args, &global, stderr)),
        Command::Config(command) => commands::config(command, &global),
        Command::Sandbox(args) => block_on(commands::sandbox(args, stderr)),
    }
}

/// Runs a command that uses the network, until it ends or Ctrl-C.
fn block_on(
    command: impl Future<Output = Result<ExitOutcome, Failure>>,
) -> Result<ExitOutcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // Decoding a page takes a millisecond. Poll for I/O after each, not after dozens.
        .event_interval(1)
        .enable_all()
        .build();
    let runtime =
        runtime.map_err(|error| Failure::failed(format!("cannot start threads: {error}"), ""))?;
    let outcome = runtime.block_on(async {
        // Listen for Ctrl-C before the command prints anything, and on a task of its own, so that
        // a command blocked on a full pipe can be ended too.
        let mut interrupt = Box::pin(tokio::signal::ctrl_c());
        let pressed =
            std::future::poll_fn(|cx| Poll::Ready(interrupt.as_mut().poll(cx).is_ready()));
        if pressed.await {
            failure::exit_interrupted();
        }
        tokio::spawn(async {
            while interrupt.await.is_ok() {
                shutdown::request();
                interrupt = Box::pin(tokio::signal::ctrl_c());
            }
        });
        command.await
    });
    // The command has ended its work: do not wait for connections to close and memory to be freed.
    runtime.shutdown_background();
    outcome
}
