//! Proves that no call is lost: callfold against a sandbox with faults.
//!
//! `matrix` runs every fault against every vendor and every command that
//! reads calls, and compares the result with the ground truth. `soak` combines
//! random faults while calls arrive, change and vanish and runs are killed. Both
//! run the program as a user does, and connect to this machine only.

mod case;
mod judge;
mod matrix;
mod prepare;
mod program;
mod read_calls;
mod scenario;
mod soak;
mod table;
mod test_bed;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Prove that no call is lost
#[derive(Debug, Parser)]
#[command(name = "callfold-proof")]
struct Arguments {
    /// The callfold executable
    #[arg(long, value_name = "FILE")]
    program: PathBuf,
    #[command(subcommand)]
    proof: Proof,
}

#[derive(Debug, Subcommand)]
enum Proof {
    /// Every fault, vendor and command
    Matrix(matrix::Options),
    /// Random mixtures of faults, round after round
    Soak(soak::Options),
}

/// Why a proof could not run.
type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let program = program::Program::new(arguments.program);
    let proved = match arguments.proof {
        Proof::Matrix(options) => matrix::run(&program, &options).await,
        Proof::Soak(options) => soak::run(&program, &options).await,
    };
    match proved {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            print_line(&format!("the proof could not run: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a proof reports on stdout")]
fn print_line(line: &str) {
    println!("{line}");
}
