//! `callfold stats` and `callfold report`.

use super::{FilterArgs, ZoneArgs};
use callfold_report::GroupBy;
use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use std::path::PathBuf;

/// Where calls are read from, unless from the sources.
#[derive(Args, Debug)]
pub(crate) struct InputArgs {
    /// Files or directories as written by `export` (jsonl, csv, parquet); - for JSON lines on
    /// standard input [default: read the sources]
    #[arg(value_name = "FILE", conflicts_with_all = ["db", "vendor", "detail"])]
    pub(crate) files: Vec<PathBuf>,
    /// Read a database that `sync` wrote: the path of an SQLite file, or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "DB", conflicts_with_all = ["vendor", "detail"])]
    pub(crate) db: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold stats --since 7d                        one figure per line
  callfold stats --db calls.sqlite --by agent      a row for each agent, the one with most calls first
  callfold stats april.parquet --by day,vendor --output csv
  callfold stats --since 2026-04 --direction outbound --by hour --tz Asia/Kolkata

Each share is of all calls that are over. Where a vendor does not say whether a call was answered, the
share is a range: from none of these calls to all of them. Costs are exact, and different units are
never added. docs/report.md defines each figure. Days and hours are UTC, or those of --tz.")]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// A row for each: vendor, account, agent, campaign, direction, day, week, month, weekday, hour,
    /// end, disposition or outcome
    #[arg(long, value_name = "WORD,…", value_delimiter = ',', hide_possible_values = true, value_parser = group_parser())]
    pub(crate) by: Vec<GroupBy>,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) zone: ZoneArgs,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = StatsFormat::Table, value_name = "FORMAT")]
    pub(crate) output: StatsFormat,
}

/// The format of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatsFormat {
    /// A table that fits the terminal, with bars there
    Table,
    /// One JSON document, with what was read
    Json,
    /// All figures with a header
    Csv,
}

fn group_parser() -> impl TypedValueParser<Value = GroupBy> {
    let words = GroupBy::ALL.iter().map(|by| by.as_str());
    PossibleValuesParser::new(words).map(|word| {
        let found = GroupBy::ALL.iter().find(|by| by.as_str() == word);
        found.copied().unwrap_or(GroupBy::Vendor)
    })
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold report --to report.html --since 30d
  callfold report --to april.html --since 2026-04 --until 2026-05 --compare previous
  callfold report --db calls.sqlite --to report.html --tz America/New_York
  callfold report calls/ --to report.html --direction outbound

The page is one file. It sends no request, has no number, name or word of a person, and says how
complete each source is. If something is missing the page is written all the same, and the exit code
is 3. A file that callfold did not write needs --overwrite. docs/report.md defines each figure.")]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// The page to write, or - for standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// Compare with the period of the same length before --since
    #[arg(long, value_enum, value_name = "WITH", requires = "since")]
    pub(crate) compare: Option<CompareWith>,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) zone: ZoneArgs,
    /// Replace a file that callfold did not write
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// What a report is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompareWith {
    /// The period of the same length before
    Previous,
}
