//! What became of a run.

use crate::{
    OwedReport, ScanKind, ScrubReport, StoreError, VerifiedReport, Written, database::shown,
};
use callfold_reader::{ReadError, SourceSummary};
use callfold_unify::model::Timestamp;
use serde::{Serialize, Serializer};
use std::{fmt, sync::Arc};

/// What became of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunReport {
    /// Its number in the table of runs.
    pub run: i64,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What became of each source, in the order they were given.
    pub sources: Vec<SourceReport>,
}

impl RunReport {
    /// The report of a run that was told to end before it began.
    pub fn stopped() -> Self {
        Self { run: 0, outcome: RunOutcome::Stopped, sources: Vec::new() }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunOutcome {
    /// Everything asked for was done.
    Complete,
    /// Some of it; the reports of the sources say what is missing.
    Partial,
    /// Nothing of it: every source failed.
    Failed,
    /// It was told to end.
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

/// What became of one source.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SourceReport {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The name the user gave the source.
    pub account: String,
    /// The walks over its lists, one after the other.
    pub walks: Vec<ScanReport>,
    /// What was written.
    pub written: Written,
    /// Calls that the vendor lists no longer, or does not know any more, since
    /// this run.
    pub missing: u64,
    /// Calls that were not over and were asked for by themselves.
    pub reread: u64,
    /// Of these, calls that could not be had.
    pub reread_failed: u64,
    /// Calls that are not over now, and will be asked for again.
    pub open: u64,
    /// Calls that are not over and are not asked for any more, because they
    /// have not changed for so long.
    pub given_up: u64,
    /// What could not be fetched by now, and what of it was fetched later.
    pub owed: OwedReport,
    /// What reading old calls again came to; `None` where none were.
    pub scrub: Option<ScrubReport>,
    /// Up to when calls were read and compared, and how long ago at most.
    pub verified: VerifiedReport,
    /// What became of the recordings, where they were asked for.
    pub recordings: Option<RecordingReport>,
    /// Why records were set aside in this run; the table `set_aside` has them.
    pub set_aside: Vec<SetAsideReason>,
    /// Whether a list was empty where a stored call should be, which the vendor
    /// does not say is gone. Nothing is concluded from such a list.
    pub newest_unlisted: bool,
    /// Whether it was told to end before it was done.
    pub stopped: bool,
    /// Why calls that are not over could not be asked for.
    #[serde(skip)]
    pub error: Option<Arc<ReadError>>,
    /// Why the database took no more of this source.
    #[serde(serialize_with = "in_words", skip_serializing_if = "Option::is_none")]
    pub store_error: Option<StoreError>,
}

fn in_words<S: Serializer>(error: &Option<StoreError>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(&error.as_ref().map(StoreError::to_string))
}

/// Records that were set aside for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SetAsideReason {
    /// Why, without any value of a record.
    pub reason: String,
    /// How many.
    pub records: u64,
}

/// One walk over a source's lists.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ScanReport {
    /// Which calls it was after.
    pub kind: ScanKind,
    /// How far back it went; `None` is to the end.
    pub lookback_floor: Option<Timestamp>,
    /// Whether an earlier run began it.
    pub resumed: bool,
    /// How sure it is.
    pub summary: SourceSummary,
}

/// What became of recordings.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct RecordingReport {
    /// Recordings that were fetched.
    pub fetched: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Recordings that are longer than allowed: they are not asked for again.
    pub refused: u64,
    /// Recordings that the server does not have (404, or 410 in two syncs).
    /// Later syncs request them again for some days.
    pub absent: u64,
    /// Recordings that could not be fetched this time, and are owed.
    pub failed: u64,
    /// Why, for the last of them.
    pub reason: Option<String>,
}

impl SourceReport {
    pub(crate) fn new(vendor: &'static str, account: &str) -> Self {
        Self {
            vendor,
            account: account.to_owned(),
            walks: Vec::new(),
            written: Written::default(),
            missing: 0,
            reread: 0,
            reread_failed: 0,
            open: 0,
            given_up: 0,
            owed: OwedReport::default(),
            scrub: None,
            verified: VerifiedReport::default(),
            recordings: None,
            set_aside: Vec::new(),
            newest_unlisted: false,
            stopped: false,
            error: None,
            store_error: None,
        }
    }

    /// Whether the source could not be read, or the database took no more of it.
    pub fn is_failed(&self) -> bool {
        self.store_error.is_some() || self.walks.iter().any(|walk| walk.summary.is_failed())
    }

    /// Whether something is known to be missing. A record without a usable id
    /// counts once, when it is stored; what is owed counts until it is fetched
    /// or given up, recordings where they are asked for.
    pub fn is_partial(&self) -> bool {
        let is_short = |walk: &ScanReport| {
            let summary = &walk.summary;
            summary.is_failed() || summary.undecided > 0 || summary.verdict.is_partial()
        };
        self.store_error.is_some()
            || self.newest_unlisted
            || self.walks.iter().any(is_short)
            || self.written.set_aside > 0
            || self.reread_failed > 0
            || self.owed.details > 0
            || self.recordings.is_some() && self.owed.recordings > 0
            || self.recordings.as_ref().is_some_and(|recordings| recordings.failed > 0)
    }
}

/// A line on what changed, and below it one for each walk: what was read, and
/// how sure that is.
impl fmt::Display for SourceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = &self.written;
        write!(
            f,
            "{} ({}): {} new, {} changed, {} as before",
            self.account, self.vendor, written.new, written.changed, written.unchanged
        )?;
        let notes = [
            (written.back, "listed again"),
            (self.missing, "no longer listed"),
            (written.set_aside, "set aside"),
            (self.reread, "asked for by itself"),
            (self.reread_failed, "not to be had"),
            (self.open, "not over"),
            (self.given_up, "given up as never over"),
            (self.owed.details, "without details"),
            (self.owed.recordings, "recordings owed"),
            (self.owed.absent, "not there yet"),
            (self.owed.paid, "fetched late"),
            (self.owed.given_up, "given up for good"),
        ];
        for (count, words) in notes.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {words}")?;
        }
        if let Some(recordings) = &self.recordings {
            write!(f, ", {recordings}")?;
        }
        for SetAsideReason { reason, records } in &self.set_aside {
            write!(f, "\n  {records} set aside: {reason}")?;
        }
        for walk in &self.walks {
            write!(f, "\n  {walk}")?;
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
            (ScanKind::Recent, Some(lookback_floor)) => {
                write!(f, "back to {}", shown(lookback_floor))?
            }
            (ScanKind::Full, _) => f.write_str("in full, once more")?,
            _ => f.write_str("in full")?,
        }
        f.write_str(if self.resumed { ", gone on with: " } else { ": " })?;
        // How many of the records match the question is said above in other words.
        let summary = self.summary.to_string();
        let records = self.summary.records;
        let noun = if records == 1 { "record" } else { "records" };
        match summary.split_once(" match, ") {
            Some((_, rest)) => write!(f, "{records} {noun}, {rest}"),
            None => f.write_str(&summary),
        }
    }
}

impl fmt::Display for ScrubReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pages = if self.pages == 1 { "page" } else { "pages" };
        write!(f, "read again: {} {pages}", self.pages)?;
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
            write!(f, ", {count} {words}")?;
        }
        self.error.as_ref().map_or(Ok(()), |error| write!(f, "; it failed: {error}"))
    }
}

impl fmt::Display for RecordingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = self.bytes.div_ceil(100_000);
        let (whole, tenth) = (megabytes / 10, megabytes % 10);
        let noun = if self.fetched == 1 { "recording" } else { "recordings" };
        write!(f, "{} {noun} ({whole}.{tenth} MB)", self.fetched)?;
        let notes =
            [(self.refused, "too long"), (self.absent, "not there"), (self.failed, "failed")];
        for (count, words) in notes {
            if count > 0 {
                write!(f, ", {count} {words}")?;
            }
        }
        Ok(())
    }
}
