//! `callfold plan` and `callfold merge-reports`.

use super::{FilterArgs, ReportFormat, ZoneArgs};
use clap::Args;
use std::{path::PathBuf, time::Duration};

pub(crate) const PLAN_HELP: &str = "\
Examples:
  callfold plan --split 8 --since 2026-01-01 > parts.jsonl
  split -l 1 -d parts.jsonl part-
  parallel 'callfold export calls/{}.parquet --part {} --resume --report {}.json' ::: part-*
  callfold merge-reports part-*.json

Each line is a part: one source, a slice of time, and the filters. Parts do not overlap and leave
nothing out, so any number of machines can read them in any order, each as often as it takes. A
source whose API cannot select calls by time is one part, or one for each number of --phone. The
lines can hold phone numbers. docs/engines.md has recipes.";

#[derive(Args, Debug)]
pub(crate) struct PlanArgs {
    /// Parts to divide each source into, where its API can select calls by time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) split: u32,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) zone: ZoneArgs,
    /// How far back to divide time without --since; one part reads all that is older
    #[arg(long, value_name = "SPAN", default_value = "365d", value_parser = super::sync::span)]
    pub(crate) history: Duration,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold merge-reports part-*.json

The reports are those of `callfold export --part FILE --report FILE`. Of several reports of a part
one that is complete is enough. Exit code 0 means that every part of the plan was read completely,
3 that parts are missing or incomplete.")]
pub(crate) struct MergeReportsArgs {
    /// Reports of the parts of one plan
    #[arg(value_name = "FILE", required = true)]
    pub(crate) reports: Vec<PathBuf>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Table, value_name = "FORMAT")]
    pub(crate) output: ReportFormat,
}
