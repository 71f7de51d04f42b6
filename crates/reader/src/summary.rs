//! The summary of a source: what was read, and how complete it is.

use crate::{
    DetailFailure, ListStart, ReadError, Source,
    text::{counted, grouped},
};
use callfold_transport::Pace;
use callfold_unify::model::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The summary of a source, which grows while the source is read.
#[derive(Clone, Debug)]
pub(crate) struct SharedSummary(Arc<Mutex<SourceSummary>>);

impl SharedSummary {
    pub(crate) fn new(source: &dyn Source) -> Self {
        let (vendor, account) = (source.vendor(), source.account().to_owned());
        let summary = SourceSummary { vendor, account, ..SourceSummary::default() };
        Self(Arc::new(Mutex::new(summary)))
    }

    pub(crate) fn get(&self) -> MutexGuard<'_, SourceSummary> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was read from one source, and how complete that is.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct SourceSummary {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The name the user gave the source.
    pub account: String,
    /// How complete the answer is.
    pub verdict: Verdict,
    /// Pages read.
    pub pages: u64,
    /// Different records read.
    pub records: u64,
    /// Calls that match the query, before its limit.
    pub matched: u64,
    /// Calls that do not match.
    pub filtered: u64,
    /// Records that came again because pages had shifted, without those of a
    /// second pass.
    pub duplicates: u64,
    /// Calls of which a field was dropped as it could not be decoded; they are
    /// returned.
    pub partly_decoded: u64,
    /// Records that are not calls, as they have no usable id.
    pub set_aside: u64,
    /// Calls that could not be compared with the query, because their details
    /// could not be fetched; they are left out.
    pub undecided: u64,
    /// Calls whose details could not be fetched; they carry a warning.
    pub without_detail: u64,
    /// Calls whose details the vendor does not have (404, 410): not counted in
    /// [`without_detail`](Self::without_detail). They carry a warning.
    pub detail_absent: u64,
    /// What such a call lacks: `transcript`, or `details` where it is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail_part: Option<&'static str>,
    /// Why details could not be fetched, for the last call of
    /// [`without_detail`](Self::without_detail).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail_reason: Option<String>,
    /// Calls that a stream emitted out of order, because they were listed out
    /// of order.
    pub out_of_order: u64,
    /// The number of records that the vendor announced last; `None` when it
    /// does not.
    pub total: Option<u64>,
    /// Records that were listed beyond the announced total, while the list did
    /// not change.
    pub beyond_total: u64,
    /// Whether records arrived or vanished while the list was read.
    pub changed_during_read: bool,
    /// Whether, in the last pass, a page did not continue the one before it, so that
    /// records between them may be missing.
    pub has_gap: bool,
    /// Whether the list ended where the vendor refuses to list calls, because they are
    /// older than it keeps them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub history_ended: bool,
    /// Whether reading ended before the list did because the list is in order:
    /// the vendor states it, or all rows so far showed it.
    pub relies_on_order: bool,
    /// Records that only a second pass found; `None` when it was not needed.
    pub found_on_reread: Option<u64>,
    /// Where the list was restarted because the vendor refused the position at
    /// which an earlier run had left it; `None` where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart: Option<Restart>,
    /// Where to resume after a failure; `None` when there was none, or when only
    /// a restart helps.
    pub cursor: Option<ListStart>,
    /// The pace of its requests after the last page; `None` where it never changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    /// Why reading failed.
    #[serde(serialize_with = "error_reason", skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<ReadError>>,
}

fn error_reason<S: Serializer>(
    error: &Option<Arc<ReadError>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(&error.as_ref().map(|error| error.reason()))
}

/// Where a list was restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
#[non_exhaustive]
pub enum Restart {
    /// At the start of the last call that was read, with a few minutes of overlap.
    Time {
        /// The time bound that was sent.
        at: Timestamp,
    },
    /// At its beginning: the vendor states no order, or its server does not
    /// filter by time.
    Beginning,
}

/// How complete the answer of a source is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
#[non_exhaustive]
pub enum Verdict {
    /// The source was not read to its end yet.
    #[default]
    #[serde(alias = "reading")]
    InProgress,
    /// The list was read to its end, each page began with records of the page
    /// before or nothing changed meanwhile, and the vendor announced no more.
    Complete,
    /// Reading ended before the list did, because no later record could match:
    /// complete for the query.
    StoppedEarly,
    /// The vendor announced more records than it listed, and a second reading
    /// did not find them.
    ShortBy {
        /// The difference.
        records: u64,
    },
    /// Read to the end like a complete list, but the vendor gives no total to
    /// compare with.
    #[serde(alias = "cannot_know")]
    Unverifiable,
    /// The list changed while it was read, also the second time, and the vendor
    /// gives no means to tell whether that hid a record.
    Unverified,
    /// Reading failed; the calls read until then are returned.
    Partial,
    /// The vendor's records lack the field that the query filters by: nothing
    /// was read.
    #[serde(alias = "unanswerable")]
    Unsupported,
}

impl SourceSummary {
    /// Counts a call whose details could not be fetched.
    pub(crate) fn count_missing(&mut self, missing: &DetailFailure) {
        if missing.is_absent {
            self.detail_absent += 1;
        } else {
            self.without_detail += 1;
            self.detail_reason = Some(missing.reason.clone());
        }
    }

    /// Notes that the stream has ended: a source that is still being read then
    /// was cut off by the limit.
    pub(crate) fn end(&mut self) {
        if self.verdict == Verdict::InProgress {
            self.verdict = Verdict::StoppedEarly;
            self.cursor = None;
        }
    }

    /// Whether reading failed: [`error`](Self::error) says why.
    pub fn is_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Whether something is missing or may be: the source failed, the list is
    /// short, it changed so that a record may be hidden, a record was left out
    /// that might have been wanted, or details could not be fetched.
    pub fn is_incomplete(&self) -> bool {
        self.is_failed()
            || self.set_aside > 0
            || self.undecided > 0
            || self.without_detail > 0
            || self.verdict.is_incomplete()
    }
}

impl Verdict {
    /// Whether something is missing or may be, so that a command ends with
    /// exit code 3.
    pub const fn is_incomplete(self) -> bool {
        match self {
            Self::Complete | Self::StoppedEarly | Self::Unverifiable | Self::InProgress => false,
            Self::ShortBy { .. } | Self::Unverified | Self::Partial | Self::Unsupported => true,
        }
    }
}

impl SourceSummary {
    /// The end of a summary line, from the number of pages to the verdict:
    /// `, 2 pages, 1 out of order; complete`. For a line that says by other words
    /// than [`Display`](fmt::Display) which records were read.
    pub fn pages_and_verdict(&self) -> impl fmt::Display + '_ {
        fmt::from_fn(|f| self.write_pages_and_verdict(f))
    }

    /// The line without the name of the source: how many calls match and how many records were
    /// read and announced, and what [`pages_and_verdict`](Self::pages_and_verdict) says.
    pub fn counts_and_verdict(&self) -> impl fmt::Display + '_ {
        fmt::from_fn(|f| {
            write!(f, "{} matched, {} read", grouped(self.matched), grouped(self.records))?;
            if let Some(total) = self.total {
                write!(f, ", {} announced", grouped(total))?;
            }
            self.write_pages_and_verdict(f)
        })
    }

    fn write_pages_and_verdict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", {}", counted(self.pages, "page"))?;
        let notes = [
            (self.duplicates, "duplicates dropped"),
            (self.partly_decoded, "partly decoded"),
            (self.set_aside, "skipped (no usable id)"),
            (self.undecided, "undecided: details could not be fetched"),
            (self.without_detail, "without details"),
            (self.detail_absent, "details not available yet"),
            (self.out_of_order, "out of order"),
        ];
        for (count, note) in notes.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {} {note}", grouped(count))?;
        }
        if let Some(found) = self.found_on_reread {
            write!(f, ", read twice ({} more found)", grouped(found))?;
        }
        if let Some(restart) = self.restart {
            f.write_str(", the vendor refused the stored position: read again from ")?;
            match restart {
                Restart::Time { at } => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%SZ"))?,
                Restart::Beginning => f.write_str("the beginning")?,
            }
        }
        if self.history_ended {
            f.write_str(", the vendor does not keep calls that are older")?;
        }
        f.write_str("; ")?;
        match self.verdict {
            Verdict::InProgress => f.write_str("not read to the end"),
            Verdict::Complete if self.beyond_total > 0 => write!(
                f,
                "complete ({} more than the vendor announces)",
                counted(self.beyond_total, "record")
            ),
            Verdict::Complete => f.write_str("complete"),
            Verdict::StoppedEarly if self.relies_on_order => f.write_str(
                "complete (stopped early: by the order of the list, the rest is outside the query)",
            ),
            Verdict::StoppedEarly => {
                f.write_str("complete (stopped early: the rest is outside the query)")
            }
            Verdict::ShortBy { records } => write!(
                f,
                "incomplete: {} of the {} that the vendor announces were not listed, \
                 also when the list was read again",
                grouped(records),
                counted(self.total.unwrap_or_default(), "record")
            ),
            Verdict::Unverifiable => f.write_str(
                "read to the end; the vendor gave no total, so completeness cannot be checked",
            ),
            Verdict::Unverified => f.write_str(
                "unverified: the list changed while it was read, also the second time, and a \
                 record may be missing; read again later",
            ),
            Verdict::Partial => f.write_str("incomplete: failed before the end"),
            Verdict::Unsupported => Ok(()),
        }
    }
}

/// One line: what was read, and how complete it is.
impl fmt::Display for SourceSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): ", self.account, self.vendor)?;
        if self.verdict == Verdict::Unsupported {
            return f.write_str("skipped: its records lack the field you filter on");
        }
        if self.verdict == Verdict::Partial && self.records == 0 {
            return f.write_str("incomplete: failed before the first record");
        }
        write!(f, "{}", self.counts_and_verdict())
    }
}
