//! `callfold export`.

use super::FilterArgs;
use callfold_export::{PartitionBy, PrivacyMode};
use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold export --to calls.parquet --since 2026-01-01 --detail transcript
  callfold export --to april.csv.gz --since 2026-04-01 --until 2026-05-01 --bom
  callfold export --to calls/ --partition vendor,date
  callfold export --to s3://bucket/calls/ --partition vendor,month --pii hash
  callfold export --to vcons/ --format vcon --pii-column summary=keep --pii mask
  callfold export --to - --format jsonl | jq -r .id

The file appears under its name when it is whole, and replaces an earlier export in one step; any
other file needs --overwrite. Until then it grows in PATH.partial beside it. When a source fails or
is skipped, or the run is interrupted (Ctrl-C or SIGTERM; twice ends at once), PATH is not replaced
and the same command with --resume goes on. What is made is readable by its owner only.

Calls come as they are read, a page of each source in turn, not newest first; there is no --limit:
narrow the question by time or by the other filters. Numbers and names are written in full unless
--pii says otherwise; --pii hash needs `[privacy] hash_key = { env = \"…\" }` in callfold.toml.

An object store is reached with what its own tools read from the environment: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL, AWS_ALLOW_HTTP; GOOGLE_*; AZURE_STORAGE_*. The
export grows on this machine (see --staging) and is carried there when it is whole.")]
pub(crate) struct ExportArgs {
    /// Where to: a file, DIR/, s3://, gs://, az:// or file://, or - for standard output
    #[arg(long, value_name = "PATH")]
    pub(crate) to: String,
    /// In which format; else by the name's ending: .jsonl, .csv, .parquet, .vcon.jsonl; parquet
    /// for a partitioned set
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<FileFormat>,
    /// How the file is compressed; else by the name's ending: .gz or .zst
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) compress: Option<Compress>,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Keep the vendor's record in `raw`
    #[arg(long)]
    pub(crate) raw: bool,
    /// Begin CSV with a byte order mark, for Excel
    #[arg(long)]
    pub(crate) bom: bool,
    /// How to treat phone numbers, names, e-mail addresses and transcripts
    #[arg(long, value_name = "MODE", default_value = "keep", value_parser = mode_parser())]
    pub(crate) pii: PrivacyMode,
    /// The same for one column; may be repeated
    #[arg(long, value_name = "NAME=MODE", value_parser = column)]
    pub(crate) pii_column: Vec<(String, PrivacyMode)>,
    /// Write a set of files in directories named after these, outermost first: vendor, account,
    /// date, month, year
    #[arg(long, value_name = "BY", value_delimiter = ',', value_parser = partition_parser())]
    pub(crate) partition: Vec<PartitionBy>,
    /// Go on with the partial export of the same PATH
    #[arg(long, conflicts_with = "restart")]
    pub(crate) resume: bool,
    /// Throw the partial export of the same PATH away and begin anew
    #[arg(long)]
    pub(crate) restart: bool,
    /// Publish the result even if a source failed or was skipped
    #[arg(long)]
    pub(crate) accept_partial: bool,
    /// Replace a file that callfold did not write; move such a directory aside (in an object
    /// store: write beside what is there)
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Where an export to an object store grows; else callfold/export in the user's directory for
    /// state, such as ~/.local/state
    #[arg(long, value_name = "DIR")]
    pub(crate) staging: Option<PathBuf>,
    /// How to show how far it is, on standard error; auto is bar on a terminal, otherwise none
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto, value_name = "HOW")]
    pub(crate) progress: ProgressMode,
    /// Say what would be asked of each source and what it takes, and ask nothing
    #[arg(long)]
    pub(crate) explain: bool,
    /// Write what became of each source and of the export to FILE, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    pub(crate) report: Option<PathBuf>,
}

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// One call a line, as JSON
    Jsonl,
    /// Flat columns with a header
    Csv,
    /// Typed columns, for engines
    Parquet,
    /// One vCon a call: a line each, or a file each in DIR/
    Vcon,
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compress {
    /// Not at all
    None,
    /// Gzip
    Gzip,
    /// Zstandard
    Zstd,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar on a terminal, otherwise nothing
    Auto,
    /// A bar for each source
    Bar,
    /// One JSON object a line, twice a second at most
    Json,
    /// Nothing
    None,
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
