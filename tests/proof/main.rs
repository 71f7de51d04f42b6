//! Shows that nothing is lost: callfold against a sandbox that misbehaves.
//!
//! `matrix` runs every fault against every vendor and every command that
//! reads calls, and compares what came with what is true. `soak` draws mixtures
//! of them, while calls arrive, change and vanish and runs are killed. Both run the program as a user
//! does, and talk to this machine only.

mod case;
mod given;
mod judge;
mod matrix;
mod mixture;
mod program;
mod scene;
mod soak;
mod stage;
mod table;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Shows that nothing is lost.
#[derive(Debug, Parser)]
#[command(name = "callfold-proof")]
struct Arguments {
    /// The callfold to look at
    #[arg(long, value_name = "FILE")]
    program: PathBuf,
    #[command(subcommand)]
    proof: Proof,
}

#[derive(Debug, Subcommand)]
enum Proof {
    /// Every fault, vendor and command
    Matrix(matrix::Options),
    /// Mixtures of faults, round after round, for a while
    Soak(soak::Options),
}

/// A proof that could not be carried out, or failed.
type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let program = program::Program::new(arguments.program);
    let shown = match arguments.proof {
        Proof::Matrix(options) => matrix::run(&program, &options).await,
        Proof::Soak(options) => soak::run(&program, &options).await,
    };
    match shown {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("the proof could not be carried out: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a proof reports on its standard output")]
fn say(line: &str) {
    println!("{line}");
}
