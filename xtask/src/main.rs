//! The project's own tasks, as `cargo xtask`.
//!
//! What is generated and committed is written here, and checked here: the
//! vendors' clients from their specs, the schema of the unified call, and the
//! table of where its fields come from. The
//! skeleton of a new vendor is written here too, and what callfold costs is
//! measured here.

mod bench;
mod codegen;
mod fields;
mod files;
mod new_vendor;
mod proof;
mod schema;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use bench::BenchArgs;
use new_vendor::PagingStyle;
use workspace::Workspace;

/// Tasks of the callfold workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Write the vendors' clients from their specs.
    Codegen {
        /// Write nothing; fail, with the difference, if a client is stale.
        #[arg(long)]
        check: bool,
        /// Vendors to generate; all, if none is named.
        vendors: Vec<String>,
    },
    /// Check the specs against the dialect, without generating.
    Lint {
        /// Vendors whose specs are checked; all, if none is named.
        vendors: Vec<String>,
    },
    /// Check a vendor's spec and client, and run the tests of its client, mapping and reader.
    Test {
        /// The vendor.
        vendor: String,
    },
    /// Write schemas/call.json, the JSON Schema of the unified call.
    Schema {
        /// Write nothing; fail, with the difference, if the schema is stale.
        #[arg(long)]
        check: bool,
    },
    /// Write docs/fields.md, the table of where each field of a call comes from.
    Fields {
        /// Write nothing; fail, with the difference, if the table is stale.
        #[arg(long)]
        check: bool,
    },
    /// Measure callfold beside a hand-written client; see docs/performance.md.
    Bench(BenchArgs),
    /// Run a program and print the time and memory it took.
    #[command(hide = true)]
    Measured {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        words: Vec<OsString>,
    },
    /// Write a new vendor with an invented API; it compiles and passes its tests.
    NewVendor {
        /// Its name: lower-case letters and digits, as in `vaani`.
        name: String,
        /// Add its lines to the files that all vendors share too; without it they are printed.
        #[arg(long)]
        apply: bool,
        /// How its lists are paged.
        #[arg(long, value_enum, default_value_t = PagingStyle::Page)]
        paging: PagingStyle,
    },
    /// Run every fault against every vendor and command; print each result.
    Matrix {
        /// Options of the matrix; `-- --help` shows them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Read under random mixtures of faults, with kills and resumes; lose no call.
    Soak {
        /// Options of the soak, such as `--for 10m`; `-- --help` shows them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let workspace = Workspace::here();
    let outcome = match &arguments.task {
        Task::Codegen { check, vendors } => codegen::codegen(&workspace, vendors, *check),
        Task::Lint { vendors } => codegen::lint(&workspace, vendors),
        Task::Test { vendor } => proof::test(&workspace, vendor),
        Task::Schema { check } => schema::schema(&workspace, *check),
        Task::Fields { check } => fields::fields(&workspace, *check),
        Task::Bench(arguments) => bench::bench(&workspace, arguments),
        Task::Measured { words } => bench::measured(words),
        Task::NewVendor { name, apply, paging } => {
            new_vendor::new_vendor(&workspace, name, *paging, *apply)
        }
        Task::Matrix { options } => proof::proof(&workspace, "matrix", options),
        Task::Soak { options } => proof::proof(&workspace, "soak", options),
    };
    match outcome {
        Ok(report) => {
            print_report(&report);
            ExitCode::SUCCESS
        }
        Err(message) => {
            print_error(&message);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a task reports on standard output")]
fn print_report(report: &str) {
    println!("{}", report.trim_end());
}

#[expect(clippy::print_stderr, reason = "errors go to standard error")]
fn print_error(message: &str) {
    eprintln!("error: {}", message.trim_end());
}
