//! `callfold show` and `callfold recording`.

use super::{OneOffArgs, ZoneArgs};
use crate::completion;
use clap::{Args, ValueEnum};
use clap_complete::ArgValueCandidates;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold show call-a1b2c3d4                  search every source
  callfold show vendor:account:call-a1b2c3d4   search that source, by the id of `list --output json`
  callfold show call-a1b2c3d4 --db calls.sqlite
  callfold show call-a1b2c3d4 --output html > call.html

The first characters of an id are enough, four or more: the call is then looked up among the first
1,000 calls that each source lists, which are its newest at most vendors.

On a terminal, phone numbers, people's names, e-mail addresses and what was said are masked, as in
`list`, unless --unmask is given or --output is json, jsonl or csv. A text longer than the terminal
goes through PAGER, or less; --no-pager or an empty PAGER prints it.")]
pub(crate) struct ShowArgs {
    /// vendor:account:call_id, the vendor's own id, or its first characters
    #[arg(add = ArgValueCandidates::new(completion::call_ids))]
    pub(crate) id: String,
    /// Only these sources, by account or vendor name
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', add = ArgValueCandidates::new(completion::sources))]
    pub(crate) source: Vec<String>,
    #[command(flatten)]
    pub(crate) one_off: OneOffArgs,
    /// Read a database that `sync` wrote: the path of an SQLite file, or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "DB", conflicts_with_all = ["vendor", "source"])]
    pub(crate) db: Option<String>,
    #[command(flatten)]
    pub(crate) zone: ZoneArgs,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ShowFormat::Table, value_name = "FORMAT")]
    pub(crate) output: ShowFormat,
    /// Include the vendor's record in `raw` (json and jsonl), which is null otherwise
    #[arg(long, conflicts_with = "db")]
    pub(crate) raw: bool,
    /// Show phone numbers, names, e-mail addresses and what was said in full on a terminal
    #[arg(long = "unmask", alias = "show-numbers")]
    pub(crate) show_numbers: bool,
    /// Print a text directly, however long it is
    #[arg(long)]
    pub(crate) no_pager: bool,
}

/// The format of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowFormat {
    /// Text: head, times, cost, warnings and transcript
    #[value(alias = "wide")]
    Table,
    /// The transcript only
    Transcript,
    /// One indented document, as described by `callfold schema`
    Json,
    /// One JSON object per line
    Jsonl,
    /// Flat columns with a header
    Csv,
    /// One HTML file that needs no other
    Html,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold recording call-a1b2c3d4                  write call-a1b2c3d4.mp3, or as its type is
  callfold recording call-a1b2c3d4 --to call.mp3
  callfold recording call-a1b2c3d4 --number 2

`callfold sync --recordings DIR` fetches those of all calls, and only what is missing.")]
pub(crate) struct RecordingArgs {
    /// vendor:account:call_id, the vendor's own id, or its first characters
    #[arg(add = ArgValueCandidates::new(completion::call_ids))]
    pub(crate) id: String,
    /// File to write [default: the call's id, with the extension of its type]
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Which of the call's recordings, from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) number: u32,
    /// Replace an existing file
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Only these sources, by account or vendor name
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', add = ArgValueCandidates::new(completion::sources))]
    pub(crate) source: Vec<String>,
    #[command(flatten)]
    pub(crate) one_off: OneOffArgs,
}
