//! `cargo xtask bench`: what callfold costs, beside a hand-written client.
//!
//! Every figure is of a process of its own, taken by the operating system. The programs of one row
//! take turns, and what is compared is compared within a repetition, so that a machine that becomes
//! slower meanwhile makes all of them slower.

mod build;
mod measure;
mod programs;
mod report;
mod rows;
mod server;

pub(crate) use measure::measured;

use crate::workspace::Workspace;
use programs::Programs;
use report::BenchReport;
use std::path::PathBuf;

/// What is measured, and how often.
#[derive(Debug, clap::Args)]
pub(crate) struct BenchArgs {
    /// How often each program runs; the median counts.
    #[arg(long, default_value_t = 7, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    repetitions: u16,
    /// A tenth of the calls, each program once: to see that everything runs. Says nothing about
    /// the goals.
    #[arg(long)]
    quick: bool,
    /// Only what has this in its name; may be repeated.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Also measure what building costs, from nothing: takes minutes.
    #[arg(long)]
    build: bool,
    /// Write the figures as JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Measure this callfold instead of the one of this workspace.
    #[arg(long, value_name = "PROGRAM")]
    callfold: Option<PathBuf>,
}

impl BenchArgs {
    fn repetitions(&self) -> usize {
        if self.quick { 1 } else { usize::from(self.repetitions) }
    }

    /// A number of calls at each vendor.
    fn records(&self, records: usize) -> usize {
        if self.quick { records / 10 } else { records }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|text| name.contains(text.as_str()))
    }
}

/// Measures, and says what was measured.
pub(crate) fn bench(workspace: &Workspace, args: &BenchArgs) -> Result<String, String> {
    let mut report = BenchReport::default();
    if rows::NAMES.iter().any(|name| args.wants(name)) {
        let programs = Programs::build(workspace, args.callfold.clone())?;
        rows::measure(&programs, args, &mut report)?;
    }
    if args.build {
        build::measure(workspace, &mut report)?;
    }
    if args.json { report.to_json() } else { Ok(report.to_string()) }
}
