//! `callfold sync`.

use super::{DETAIL, OneOffArgs, ReportFormat};
use crate::completion;
use crate::output::progress::ProgressMode;
use crate::time_arg::parse_zone;
use callfold_reader::Detail;
use callfold_sync::ScrubShare;
use chrono_tz::Tz;
use clap::{Args, builder::PossibleValuesParser};
use clap_complete::ArgValueCandidates;
use std::{path::PathBuf, time::Duration};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold sync calls.sqlite
  callfold sync calls.sqlite --detail full --recordings recordings/
  callfold sync postgres://ann@db.example/calls --watch 5m
  callfold sync calls.sqlite --full
  callfold sync calls.sqlite --status

The first sync reads everything. Later syncs read new calls, calls of the last days (--lookback) and
calls still in progress. You can stop a sync at any time; the next one resumes. Nothing is ever
deleted. `callfold help sync` describes the tables and has example queries.

Details and recordings that cannot be fetched are owed: every later sync retries them and exits with
code 3 until they are fetched or given up. Every sync also re-reads a share of the old calls
(--scrub) to find missing or changed ones. --status shows both.

The only filter is --source, because a filtered database could not tell which calls it lacks. Filter
in your queries instead.

The password of a database server comes from PGPASSWORD or the URL; to hide the URL, write
`[sync] db = { env = \"…\" }` in callfold.toml. Remote servers are reached over TLS with a verified
certificate, unless ?sslmode= says otherwise.")]
pub(crate) struct SyncArgs {
    /// Path of an SQLite file, or postgres://USER@HOST/DATABASE [default: db of the configuration]
    #[arg(value_name = "DB")]
    database: Option<String>,
    /// The same as DB
    #[arg(long, value_name = "DB", conflicts_with = "database")]
    db: Option<String>,
    /// Only these sources, by account or vendor name
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', add = ArgValueCandidates::new(completion::sources))]
    pub(crate) source: Vec<String>,
    #[command(flatten)]
    pub(crate) one_off: OneOffArgs,
    /// Details to fetch beyond the list: light (none), full, or any of transcript, recording,
    /// analysis, metrics
    #[arg(long, value_name = "PARTS", value_delimiter = ',', value_parser = PossibleValuesParser::new(DETAIL))]
    pub(crate) detail: Vec<String>,
    /// Re-read window before the newest stored call
    #[arg(long, value_name = "SPAN", default_value = "3d", value_parser = span)]
    pub(crate) lookback: Duration,
    /// How long to refresh an unchanged call in progress, and to retry what could not be fetched
    #[arg(long, value_name = "SPAN", default_value = "30d", value_parser = span)]
    pub(crate) give_up: Duration,
    /// Read everything again and mark calls that are no longer listed
    #[arg(long)]
    pub(crate) full: bool,
    /// Share of requests that re-read old calls, e.g. 5%; 0 turns it off [default: scrub of the
    /// configuration, or 5%]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) scrub: Option<ScrubShare>,
    /// Download recordings to DIR
    #[arg(long, value_name = "DIR")]
    pub(crate) recordings: Option<PathBuf>,
    /// Skip recordings larger than SIZE
    #[arg(long, value_name = "SIZE", default_value = "500MB", value_parser = size, requires = "recordings")]
    pub(crate) recording_cap: u64,
    /// Repeat every SPAN until interrupted
    #[arg(long, value_name = "SPAN", value_parser = pause)]
    pub(crate) watch: Option<Duration>,
    /// How long to wait for another sync of the same database
    #[arg(long, value_name = "SPAN", default_value = "0s", value_parser = span)]
    pub(crate) wait: Duration,
    /// How to show progress on stderr; auto shows bars on a terminal, otherwise nothing
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto, value_name = "HOW")]
    pub(crate) progress: ProgressMode,
    /// Write a per-source result report to FILE, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "watch")]
    pub(crate) report: Option<PathBuf>,
    /// Show what the database holds and owes, what is verified and the last runs, without syncing
    #[arg(long, conflicts_with_all = ["full", "source", "vendor", "detail", "recordings", "scrub", "watch", "report"])]
    pub(crate) status: bool,
    /// Time zone of the times of --status: an IANA name, or local [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = parse_zone, requires = "status")]
    pub(crate) tz: Option<Tz>,
    /// Output format of --status
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Table, value_name = "FORMAT", requires = "status")]
    pub(crate) output: ReportFormat,
}

impl SyncArgs {
    /// The database that the command line names.
    pub(crate) fn database(&self) -> Option<&str> {
        self.database.as_deref().or(self.db.as_deref())
    }
}

impl SyncArgs {
    pub(crate) fn detail(&self) -> Detail {
        super::detail(&self.detail)
    }
}

pub(super) fn span(text: &str) -> Result<Duration, String> {
    let span = humantime::parse_duration(text.trim());
    span.map_err(|_| "write a duration such as 30s, 5m, 12h or 3d".to_owned())
}

fn share(text: &str) -> Result<ScrubShare, &'static str> {
    ScrubShare::parse(text)
}

/// The pause between two syncs: a second at least.
pub(super) fn pause(text: &str) -> Result<Duration, String> {
    let too_short = || "write a duration of at least one second, e.g. 5m".to_owned();
    span(text).and_then(|span| (span.as_secs() > 0).then_some(span).ok_or_else(too_short))
}

fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit: u64 = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(SIZE.to_owned()),
    };
    digits.parse::<u64>().ok().and_then(|count| count.checked_mul(unit)).ok_or(SIZE.to_owned())
}

const SIZE: &str = "write a size such as 500MB, 2GB or 64MiB";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_a_number_with_a_unit() {
        let cases = [
            ("500MB", Ok(500_000_000)),
            ("2 GB", Ok(2_000_000_000)),
            ("64MiB", Ok(64 << 20)),
            ("1024", Ok(1024)),
            ("1.5GB", Err(SIZE.to_owned())),
            ("MB", Err(SIZE.to_owned())),
            ("5XB", Err(SIZE.to_owned())),
            ("99999999999999GB", Err(SIZE.to_owned())),
        ];
        for (text, expect) in cases {
            assert_eq!(size(text), expect, "{text}");
        }
    }
}
