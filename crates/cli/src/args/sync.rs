//! `callfold sync`.

use super::{DETAIL, ProgressMode, ReportFormat};
use callfold_reader::Detail;
use callfold_sync::ScrubShare;
use clap::{Args, builder::PossibleValuesParser};
use std::{path::PathBuf, time::Duration};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  callfold sync --db calls.sqlite
  callfold sync --db calls.sqlite --detail full --recordings recordings/
  callfold sync --db postgres://ann@db.example/calls --watch 5m
  callfold sync --db calls.sqlite --full
  callfold sync --status --db calls.sqlite

The first sync reads everything, later ones what is new, what changed in the last days (--lookback)
and every call that was not over. It can be ended at any moment, and the next one goes on there.
Nothing is ever deleted. docs/sync.md describes the tables, with the queries people want.

Details and recordings that cannot be fetched are owed: each later sync tries them again, and ends
with exit code 3 until they are fetched or given up. Each sync also reads a share of the old calls
again (--scrub), to find what was lost or changed. --status shows both.

There are no filters but --source: a database that lacks calls would not know which. Leave the
filtering to the queries.

The password of a server is read from PGPASSWORD, or stands in the URL; the URL can be kept out of
sight as `[sync] db = { env = \"…\" }` in callfold.toml. A server elsewhere is spoken to by TLS with
a certificate that is verified, unless ?sslmode= says otherwise.")]
pub(crate) struct SyncArgs {
    /// The database: the path of an SQLite file, or postgres://USER@HOST/DATABASE; else what the
    /// configuration says
    #[arg(long, value_name = "DB")]
    pub(crate) db: Option<String>,
    /// Only these sources, by account or by vendor; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) source: Vec<String>,
    /// What to fetch beyond what the list holds: light, full, or any of transcript, recording,
    /// analysis, metrics
    #[arg(long, value_name = "PARTS", value_delimiter = ',', value_parser = PossibleValuesParser::new(DETAIL))]
    pub(crate) detail: Vec<String>,
    /// How far before the newest call to read again
    #[arg(long, value_name = "SPAN", default_value = "3d", value_parser = span)]
    pub(crate) lookback: Duration,
    /// How long to ask for a call that is not over after it changed last, and to retry what could
    /// not be fetched
    #[arg(long, value_name = "SPAN", default_value = "30d", value_parser = span)]
    pub(crate) give_up: Duration,
    /// Read everything once more, and mark the calls that are no longer listed
    #[arg(long)]
    pub(crate) full: bool,
    /// Share of a sync's requests that reads old calls again, such as 5%; 0 turns it off; else
    /// what the configuration says, else 5%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) scrub: Option<ScrubShare>,
    /// Download recordings to DIR
    #[arg(long, value_name = "DIR")]
    pub(crate) recordings: Option<PathBuf>,
    /// Leave longer recordings out
    #[arg(long, value_name = "SIZE", default_value = "500MB", value_parser = size, requires = "recordings")]
    pub(crate) recording_cap: u64,
    /// Go on, with one sync every SPAN or so, until Ctrl-C or SIGTERM
    #[arg(long, value_name = "SPAN", value_parser = pause)]
    pub(crate) watch: Option<Duration>,
    /// How long to wait for another sync of the same database
    #[arg(long, value_name = "SPAN", default_value = "0s", value_parser = span)]
    pub(crate) wait: Duration,
    /// How to show how far it is, on standard error; auto is bar on a terminal, otherwise none
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto, value_name = "HOW")]
    pub(crate) progress: ProgressMode,
    /// Write what became of each source to FILE, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "watch")]
    pub(crate) report: Option<PathBuf>,
    /// Show what the database holds and owes, what is verified and the last runs; sync nothing
    #[arg(long, conflicts_with_all = ["full", "source", "detail", "recordings", "scrub", "watch", "report"])]
    pub(crate) status: bool,
    /// How to write the status
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Table, value_name = "FORMAT", requires = "status")]
    pub(crate) output: ReportFormat,
}

impl SyncArgs {
    pub(crate) fn detail(&self) -> Detail {
        let wants = |part: &str| self.detail.iter().any(|word| word == part || word == "full");
        Detail {
            transcript: wants("transcript"),
            recording: wants("recording"),
            analysis: wants("analysis"),
            metrics: wants("metrics"),
        }
    }
}

fn span(text: &str) -> Result<Duration, String> {
    let span = humantime::parse_duration(text.trim());
    span.map_err(|_| "write a span such as 30s, 5m, 12h or 3d".to_owned())
}

fn share(text: &str) -> Result<ScrubShare, &'static str> {
    ScrubShare::parse(text)
}

/// A span between two syncs, which are not to follow without one.
fn pause(text: &str) -> Result<Duration, String> {
    let too_short = || "write a second or more, such as 5m".to_owned();
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
