//! The report of a run.

use crate::{OwedReport, ScanKind, StoreError, VerifiedReport, WriteCounts, database::shown};
use callfold_reader::{
    Pace, ReadError, SourceSummary,
    text::{counted, grouped},
};
use callfold_unify::model::Timestamp;
use serde::{Serialize, Serializer};
use std::{fmt, sync::Arc};

/// The report of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunReport {
    /// Its number in the table of runs.
    pub run: i64,
    /// How it ended.
    pub outcome: RunOutcome,
    /// The report of each source, in the order they were given.
    pub sources: Vec<SourceReport>,
}

impl RunReport {
    /// The report of a run that was cancelled before it began.
    pub fn stopped() -> Self {
        Self { run: 0, outcome: RunOutcome::Stopped, sources: Vec::new() }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunOutcome {
    /// Everything was done.
    Complete,
    /// Something is missing; the reports of the sources say what.
    Partial,
    /// Every source failed, and nothing was written.
    Failed,
    /// It was cancelled.
    Stopped,
}

impl RunOutcome {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// The report of one source.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct SourceReport {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The name the user gave the source.
    pub account: String,
    /// The scans of its lists, in order.
    pub scans: Vec<ScanReport>,
    /// What was written.
    pub written: WriteCounts,
    /// Calls that the vendor no longer lists or knows, since this run.
    pub missing: u64,
    /// Calls in progress that were looked up by their ids.
    pub lookups: u64,
    /// Of these, lookups that failed.
    pub lookups_failed: u64,
    /// Calls in progress, which later runs look up again.
    pub open: u64,
    /// Calls in progress that are no longer looked up, because they have not
    /// changed for so long.
    pub open_expired: u64,
    /// Details and recordings that could not be fetched, and retries of this run.
    pub owed: OwedReport,
    /// The result of re-reading old calls; `None` if none were.
    pub scrub: Option<ScrubReport>,
    /// Which calls were verified, and when.
    pub verified: VerifiedReport,
    /// The result of fetching recordings; `None` if they are not fetched.
    pub recordings: Option<RecordingReport>,
    /// Why this run rejected records; they are in the table `set_aside`.
    pub set_aside: Vec<RejectionReason>,
    /// Whether a list was empty although a stored call should be in it, and the
    /// vendor does not say that this call is gone. Such a list proves nothing.
    pub newest_unlisted: bool,
    /// The pace of its requests at the end; `None` where it never changed. The next
    /// run starts below what was too fast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    /// Whether it was cancelled before its end.
    pub stopped: bool,
    /// Why calls in progress could not be looked up.
    #[serde(skip)]
    pub error: Option<Arc<ReadError>>,
    /// Why the database accepts no more of this source.
    #[serde(serialize_with = "as_text", skip_serializing_if = "Option::is_none")]
    pub store_error: Option<StoreError>,
}

fn as_text<S: Serializer>(error: &Option<StoreError>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(&error.as_ref().map(StoreError::to_string))
}

/// Records that were rejected for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RejectionReason {
    /// Why; holds no value of a record.
    pub reason: String,
    /// How many.
    pub records: u64,
}

/// One scan of a source's lists.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ScanReport {
    /// Which calls it reads.
    pub kind: ScanKind,
    /// It reads calls since then; `None` is all.
    pub lookback_floor: Option<Timestamp>,
    /// Whether an earlier run began it.
    pub resumed: bool,
    /// What was read, and how complete it is.
    pub summary: SourceSummary,
}

/// The result of re-reading old calls.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct ScrubReport {
    /// Pages that were re-read.
    pub pages: u64,
    /// Records on them.
    pub records: u64,
    /// Calls that were not stored.
    pub recovered: u64,
    /// Calls that had changed.
    pub changed: u64,
    /// Calls that the vendor no longer lists.
    pub missing: u64,
    /// The start of the span that was read; `None` for pages of a list.
    pub from: Option<Timestamp>,
    /// Its end.
    pub to: Option<Timestamp>,
    /// Whether a span, or the list from its beginning to its end, was proven to be
    /// complete.
    pub proven: bool,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The result of fetching recordings.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct RecordingReport {
    /// Recordings that were fetched.
    pub fetched: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Recordings that are larger than allowed; they are not requested again.
    pub refused: u64,
    /// Recordings that the server does not have (404, or 410 in two syncs).
    /// Later syncs request them again for some days.
    pub absent: u64,
    /// Recordings that failed; later syncs retry them.
    pub failed: u64,
    /// Why the last of them failed.
    pub reason: Option<String>,
}

impl SourceReport {
    pub(crate) fn new(vendor: &'static str, account: &str) -> Self {
        Self { vendor, account: account.to_owned(), ..Self::default() }
    }

    /// Whether the source could not be read or written.
    pub fn is_failed(&self) -> bool {
        self.store_error.is_some() || self.scans.iter().any(|scan| scan.summary.is_failed())
    }

    /// Whether something is known to be missing. A record without a usable id
    /// counts in the run that finds it; details and recordings that failed
    /// count until they are fetched or given up.
    pub fn is_incomplete(&self) -> bool {
        let is_short = |scan: &ScanReport| {
            let summary = &scan.summary;
            summary.is_failed() || summary.undecided > 0 || summary.verdict.is_incomplete()
        };
        self.store_error.is_some()
            || self.newest_unlisted
            || self.scans.iter().any(is_short)
            || self.written.set_aside > 0
            || self.lookups_failed > 0
            || self.owed.details > 0
            || self.recordings.is_some() && self.owed.recordings > 0
            || self.recordings.as_ref().is_some_and(|recordings| recordings.failed > 0)
    }
}

/// A line on what changed, and below it one for each scan: what was read, and
/// how complete it is.
impl fmt::Display for SourceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = &self.written;
        write!(
            f,
            "{} ({}): {} new, {} changed, {} unchanged",
            self.account,
            self.vendor,
            grouped(written.new),
            grouped(written.changed),
            grouped(written.unchanged)
        )?;
        let notes = [
            (written.back, "listed again"),
            (self.missing, "no longer listed"),
            (written.set_aside, "rejected"),
            (self.lookups, "looked up"),
            (self.lookups_failed, "lookups failed"),
            (self.open, "in progress"),
            (self.open_expired, "in progress too long"),
            (self.owed.details, "without details"),
            (self.owed.recordings, "recordings owed"),
            (self.owed.absent, "not available yet"),
            (self.owed.resolved, "fetched late"),
            (self.owed.given_up, "given up for good"),
        ];
        for (count, words) in notes.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {} {words}", grouped(count))?;
        }
        if let Some(recordings) = &self.recordings {
            write!(f, ", {recordings}")?;
        }
        for RejectionReason { reason, records } in &self.set_aside {
            write!(f, "\n  {} rejected: {reason}", grouped(*records))?;
        }
        for scan in &self.scans {
            write!(f, "\n  {scan}")?;
        }
        if let Some(scrub) = &self.scrub {
            write!(f, "\n  {scrub}")?;
        }
        if self.newest_unlisted {
            f.write_str("\n  the list is empty, although it should hold a stored call")?;
        }
        if let Some(error) = &self.store_error {
            write!(f, "\n  stopped: {error}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ScanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.lookback_floor) {
            (ScanKind::Incremental, Some(at)) => write!(f, "since {}", shown(at))?,
            _ => f.write_str("full read")?,
        }
        f.write_str(if self.resumed { " (resumed): " } else { ": " })?;
        let summary = &self.summary;
        write!(f, "{}{}", counted(summary.records, "record"), summary.pages_and_verdict())
    }
}

impl fmt::Display for ScrubReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "re-read: {}", counted(self.pages, "page"))?;
        if let Some(to) = self.to {
            match self.from {
                Some(from) => write!(f, " ({} to {})", shown(from), shown(to))?,
                None => write!(f, " (up to {})", shown(to))?,
            }
        }
        let notes = [
            (self.recovered, "recovered"),
            (self.changed, "changed"),
            (self.missing, "no longer listed"),
        ];
        for (count, words) in notes.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {} {words}", grouped(count))?;
        }
        self.error.as_ref().map_or(Ok(()), |error| write!(f, "; failed: {error}"))
    }
}

impl fmt::Display for RecordingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (recordings, megabytes) = (counted(self.fetched, "recording"), self.bytes as f64 / 1e6);
        write!(f, "{recordings} ({megabytes:.1} MB)")?;
        let notes =
            [(self.refused, "too large"), (self.absent, "not available"), (self.failed, "failed")];
        for (count, words) in notes.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {} {words}", grouped(count))?;
        }
        Ok(())
    }
}
