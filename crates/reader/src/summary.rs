//! How sure an answer is: what became of every record of a source.

use crate::ReadError;
use callfold_transport::Cursor;
use callfold_unify::model::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use std::{fmt, sync::Arc};

/// What became of one source.
#[derive(Clone, Debug, Serialize)]
pub struct SourceSummary {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The name the user gave the source.
    pub account: String,
    /// How sure the answer is.
    pub verdict: Verdict,
    /// Pages read.
    pub pages: u64,
    /// Records read for the first time, whatever became of them.
    pub records: u64,
    /// Calls that match the query, before its limit.
    pub matched: u64,
    /// Calls that do not.
    pub filtered: u64,
    /// Records that came again because pages had moved, without those of
    /// reading again.
    pub duplicates: u64,
    /// Calls of which a field had to be dropped; they are kept.
    pub partly_decoded: u64,
    /// Records that are no call, because they have no usable id.
    pub set_aside: u64,
    /// Calls that could not be compared with the query, because only their
    /// single record tells and it could not be had; they are left out.
    pub undecided: u64,
    /// Calls whose details could not be fetched; they carry a warning.
    pub without_detail: u64,
    /// Calls of which the vendor answered that it has no such details (404,
    /// 410): not counted in [`without_detail`](Self::without_detail). They
    /// carry a warning.
    pub detail_absent: u64,
    /// What a call lacks whose details could not be fetched: `transcript`, or
    /// `details` where it is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail_part: Option<&'static str>,
    /// Why details could not be fetched, for the last call of
    /// [`without_detail`](Self::without_detail).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail_reason: Option<String>,
    /// Calls that were found out of the order of their list, and so came after
    /// their place in a stream.
    pub out_of_order: u64,
    /// The number of records the vendor announced last; `None` when it does not.
    pub total: Option<u64>,
    /// Records that were listed beyond the announced total, while the list did
    /// not change.
    pub beyond_total: u64,
    /// Whether records arrived or vanished while the list was read.
    pub changed_during_read: bool,
    /// Whether reading ended before the list did because the list is in order:
    /// the vendor states it, or all rows so far showed it.
    pub relies_on_order: bool,
    /// Records that only reading again found; `None` when it was not needed.
    pub found_on_reread: Option<u64>,
    /// Where the list was begun again because the vendor refused the position
    /// at which an earlier run had left it; `None` where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart: Option<Restart>,
    /// Where to resume after a failure; `None` when there was none, or when only
    /// a restart helps.
    pub cursor: Option<ListCursor>,
    /// Why reading ended, when it failed.
    #[serde(serialize_with = "in_words", skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<ReadError>>,
}

fn in_words<S: Serializer>(
    error: &Option<Arc<ReadError>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(&error.as_ref().map(|error| error.reason()))
}

/// Where a list was begun again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
#[non_exhaustive]
pub enum Restart {
    /// At the start of the last call that was read, and a few minutes before.
    Time {
        /// What the server was asked for.
        at: Timestamp,
    },
    /// At its beginning: the vendor states no order, or its server does not
    /// filter by time.
    Beginning,
}

/// A place in one of a plan's lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListCursor {
    /// Which of the lists, from 0: [`ListStart::list`](crate::ListStart::list).
    pub list: usize,
    /// Where in it: [`ListStart::from`](crate::ListStart::from).
    pub at: Cursor,
}

/// How sure the answer of a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
#[non_exhaustive]
pub enum Verdict {
    /// Reading is not over.
    #[serde(alias = "reading")]
    InProgress,
    /// The list was read to its end, each page began with records of the page
    /// before or nothing changed meanwhile, and the vendor announced no more.
    Complete,
    /// Reading ended before the list did, because no later record could be
    /// among the wanted calls: complete for the query.
    StoppedEarly,
    /// The vendor announced more records than it listed, and a second reading
    /// did not find them.
    ShortBy {
        /// So many more.
        records: u64,
    },
    /// Read to the end like a complete list, but the vendor gives no total to
    /// compare with.
    #[serde(alias = "cannot_know")]
    Unverifiable,
    /// The list changed while it was read, also the second time, and the vendor
    /// gives no means to tell whether that hid a record.
    Unverified,
    /// Reading failed, and the calls read until then count.
    Partial,
    /// The vendor's records lack the field that the query filters by: nothing
    /// was read.
    #[serde(alias = "unanswerable")]
    Unsupported,
}

impl SourceSummary {
    pub(crate) fn new(vendor: &'static str, account: &str) -> Self {
        Self {
            vendor,
            account: account.to_owned(),
            verdict: Verdict::InProgress,
            pages: 0,
            records: 0,
            matched: 0,
            filtered: 0,
            duplicates: 0,
            partly_decoded: 0,
            set_aside: 0,
            undecided: 0,
            without_detail: 0,
            detail_absent: 0,
            detail_part: None,
            detail_reason: None,
            out_of_order: 0,
            total: None,
            beyond_total: 0,
            changed_during_read: false,
            relies_on_order: false,
            found_on_reread: None,
            restart: None,
            cursor: None,
            error: None,
        }
    }

    /// The stream has ended: a source still being read was cut off by the
    /// limit.
    pub(crate) fn end(&mut self) {
        if self.verdict == Verdict::InProgress {
            self.verdict = Verdict::StoppedEarly;
            self.cursor = None;
        }
    }

    /// Whether the source failed: its error says why.
    pub fn is_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Whether something is missing or may be: the source failed, the list is
    /// short, it changed so that a record may be hidden, a record was left out
    /// that might have been wanted, or details could not be fetched.
    pub fn is_partial(&self) -> bool {
        self.is_failed()
            || self.set_aside > 0
            || self.undecided > 0
            || self.without_detail > 0
            || self.verdict.is_partial()
    }
}

impl Verdict {
    /// Whether something is missing or may be, so that a command ends with
    /// exit code 3.
    pub const fn is_partial(self) -> bool {
        match self {
            Self::Complete | Self::StoppedEarly | Self::Unverifiable | Self::InProgress => false,
            Self::ShortBy { .. } | Self::Unverified | Self::Partial | Self::Unsupported => true,
        }
    }
}

/// One line: what was read, and how sure that is.
impl fmt::Display for SourceSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): ", self.account, self.vendor)?;
        if self.verdict == Verdict::Unsupported {
            return f.write_str("skipped: its records lack the field you filter on");
        }
        write!(f, "{} of {} match", self.matched, counted(self.records, "record"))?;
        write!(f, ", {}", counted(self.pages, "page"))?;
        let notes = [
            (self.duplicates, "duplicate dropped", "duplicates dropped"),
            (self.partly_decoded, "partly decoded", "partly decoded"),
            (self.set_aside, "skipped (no usable id)", "skipped (no usable id)"),
            (
                self.undecided,
                "undecided (its details could not be fetched)",
                "undecided (their details could not be fetched)",
            ),
            (self.without_detail, "without details", "without details"),
            (self.detail_absent, "has no details yet", "have no details yet"),
            (self.out_of_order, "out of order", "out of order"),
        ];
        for (count, one, more) in notes {
            if count > 0 {
                write!(f, ", {count} {}", if count == 1 { one } else { more })?;
            }
        }
        if let Some(recovered) = self.found_on_reread {
            write!(f, ", read twice ({recovered} more found)")?;
        }
        if let Some(restart) = self.restart {
            f.write_str(", the vendor refused the stored position: read again from ")?;
            match restart {
                Restart::Time { at } => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%SZ"))?,
                Restart::Beginning => f.write_str("the beginning")?,
            }
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
                "incomplete: {records} of the {} that the vendor announces were not listed, \
                 also when the list was read again",
                counted(self.total.unwrap_or_default(), "record")
            ),
            Verdict::Unverifiable => f.write_str(
                "read to the end; the vendor gives no total, so completeness cannot be checked",
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

fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
