//! `callfold export`.

use super::{FilterArgs, ZoneArgs};
use crate::output::progress::ProgressMode;
use callfold_export::{Format, PartitionBy, PrivacyMode};
use clap::{
    Args, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold export calls.parquet --since 2026-01-01 --detail transcript
  callfold export april.csv.gz --since 2026-04-01 --until 2026-05-01 --bom
  callfold export calls/ --partition vendor,date
  callfold export s3://bucket/calls/ --partition vendor,month --pii hash
  callfold export vcons/ --format vcon --pii-column summary=keep --pii mask
  callfold export - --format jsonl | jq -r .id

The result is written to PATH.partial and moved to PATH in one step when it is complete. It replaces
an earlier export; any other file needs --overwrite. If a source fails or is skipped, or you
interrupt the run (Ctrl-C or SIGTERM), PATH is not replaced; run the same command with --resume to
continue. Only the owner can read the files.

Calls are written in the order they are read, one page of each source in turn, not newest first.
There is no --limit; use the filters. Numbers and names are written in full unless --pii is given;
--pii hash needs `[privacy] hash_key = { env = \"…\" }` in callfold.toml.

Object stores are configured by the environment variables of their own tools: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL, AWS_ALLOW_HTTP; GOOGLE_*; AZURE_STORAGE_*. The
result is built on this machine (see --staging) and uploaded when it is complete.")]
pub(crate) struct ExportArgs {
    /// Target: a file, DIR/, s3://, gs://, az:// or file://, or - for standard output
    #[arg(value_name = "PATH", required_unless_present = "to")]
    path: Option<String>,
    /// The same as PATH
    #[arg(long, value_name = "PATH", conflicts_with = "path")]
    to: Option<String>,
    /// File format [default: by the extension of PATH; parquet for a partitioned set]
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    pub(crate) format: Option<Format>,
    /// Compression [default: by the extension of PATH, .gz or .zst]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) compress: Option<Compress>,
    /// Read one part of `callfold plan`: a file with its line
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "vendor", "since", "until", "direction", "status", "phone", "agent", "contact", "campaign", "detail"])]
    pub(crate) part: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) zone: ZoneArgs,
    /// Include the vendor's record in `raw`, which is null or left out otherwise
    #[arg(long)]
    pub(crate) raw: bool,
    /// Start CSV with a byte order mark, for Excel
    #[arg(long)]
    pub(crate) bom: bool,
    /// How to treat phone numbers, names, e-mail addresses and transcripts
    #[arg(long, value_name = "MODE", default_value = "keep", value_parser = mode_parser())]
    pub(crate) pii: PrivacyMode,
    /// The same for one column, e.g. summary=drop; repeatable
    #[arg(long, value_name = "NAME=MODE", value_parser = column)]
    pub(crate) pii_column: Vec<(String, PrivacyMode)>,
    /// Write a partitioned set of files, with directories in this order (outermost first)
    #[arg(long, value_name = "BY", value_delimiter = ',', value_parser = partition_parser())]
    pub(crate) partition: Vec<PartitionBy>,
    /// Continue the unfinished export to the same PATH
    #[arg(long, conflicts_with = "restart")]
    pub(crate) resume: bool,
    /// Discard the unfinished export to the same PATH and start again
    #[arg(long)]
    pub(crate) restart: bool,
    /// Publish the result even if a source failed or was skipped
    #[arg(long)]
    pub(crate) accept_partial: bool,
    /// Replace a file that callfold did not write; move such a directory aside; in an object
    /// store, add to what is there
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Where to build an export to an object store [default: callfold/export in the user's state
    /// directory, e.g. ~/.local/state]
    #[arg(long, value_name = "DIR")]
    pub(crate) staging: Option<PathBuf>,
    /// How to show progress on stderr; auto shows bars on a terminal, otherwise nothing
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto, value_name = "HOW")]
    pub(crate) progress: ProgressMode,
    /// Print the query plan and its cost without sending a request
    #[arg(long)]
    pub(crate) explain: bool,
    /// Write a per-source result report to FILE, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    pub(crate) report: Option<PathBuf>,
}

impl ExportArgs {
    /// Where to export to.
    pub(crate) fn target(&self) -> &str {
        self.path.as_ref().or(self.to.as_ref()).map_or("", String::as_str)
    }
}

/// The compression of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compress {
    /// No compression
    None,
    /// Gzip
    Gzip,
    /// Zstandard
    Zstd,
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    let help = |format: &Format| match format {
        Format::Jsonl => "One JSON object per line",
        Format::Csv => "Flat columns with a header",
        Format::Parquet => "Typed columns, for query engines",
        _ => "One vCon per call: one per line, or one file each in DIR/",
    };
    let words =
        Format::ALL.iter().map(|format| PossibleValue::new(format.as_str()).help(help(format)));
    PossibleValuesParser::new(words).map(|word| word.parse().unwrap_or(Format::Jsonl))
}

fn mode_parser() -> impl TypedValueParser<Value = PrivacyMode> {
    let words = PrivacyMode::ALL.iter().map(|mode| mode.as_str());
    PossibleValuesParser::new(words).map(|word| word.parse().unwrap_or_default())
}

fn partition_parser() -> impl TypedValueParser<Value = PartitionBy> {
    let words = PartitionBy::ALL.iter().map(|by| by.as_str());
    PossibleValuesParser::new(words).map(|word| word.parse().unwrap_or(PartitionBy::Vendor))
}

fn column(text: &str) -> Result<(String, PrivacyMode), String> {
    let (name, mode) = text.split_once('=').ok_or("write it as in from_name=drop")?;
    let mode = mode.parse().map_err(|error: callfold_export::PrivacyError| error.to_string())?;
    Ok((name.to_owned(), mode))
}
