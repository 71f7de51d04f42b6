//! What can go wrong on request: the kinds, how often, and what becomes of an answer.

mod habits;
mod odd;
mod pages;
mod pick;
mod rate;
mod rules;
mod setting;
mod spoil;
mod text;
mod wire;

pub use odd::Odd;
pub use rate::{Frequency, Rate};
pub use rules::{Faults, OptionError};
pub use setting::Setting;

pub(crate) use habits::{Habits, Listed};
pub(crate) use odd::{Oddness, Told};
pub(crate) use pages::Turn;
pub(crate) use pick::{Picker, RECORDINGS};
pub(crate) use spoil::{Delivery, spoil};
pub(crate) use text::write_odd_text;
pub(crate) use wire::{Body, Closed, Wire};

use std::fmt;

use setting::Takes;

/// A kind of fault. All are off unless [`Faults`] name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// 429 with `Retry-After: 1`.
    RateLimit,
    /// 429 that does not say when to come back.
    RateLimitBare,
    /// 500 with a JSON body.
    Error500,
    /// 502 with a proxy's HTML page.
    Error502,
    /// 503 with one line of text.
    Error503,
    /// The connection is reset before an answer.
    Reset,
    /// `Content-Length` announces the whole body, half of it comes.
    CutBody,
    /// 200 with half of the JSON, announced as it is.
    HalfJson,
    /// 200 with an HTML page in place of JSON.
    Html,
    /// The body comes in 16 pieces, 40 ms apart.
    SlowDrip,
    /// The request is accepted and never answered.
    Stall,
    /// The page before the one that was asked for.
    DuplicatePage,
    /// The announced total is a third too small or too large; which of them, the seed decides for
    /// each vendor.
    WrongTotal,
    /// More pages are announced whatever follows.
    Endless,
    /// 302 to another address, where connections and credentials are counted.
    Redirect,
    /// 403 or 410 for a recording, until its call is asked for again.
    ExpiredLink,
    /// A correctly compressed body, for a client that accepts one.
    Gzip,
    /// The same, cut off in the middle and announced as it is.
    GzipCut,
    /// Records with unknown words, other types, missing and new fields, and nulls.
    Drift,
    /// Records without a usable id.
    BadId,
    /// Records without a usable start.
    BadTime,
    /// The oldest rows of a list come first, before the newest.
    OldRowFirst,
    /// Pages in mid-list hold half of the rows that were asked for.
    ShortPage,
    /// Pages in mid-list hold no row although more follow.
    EmptyPage,
    /// The announced total is smaller than the number of rows.
    LowTotal,
    /// The announced total is greater than the number of rows.
    HighTotal,
    /// The announced total stays the same while calls come and go.
    ConstantTotal,
    /// Between two page requests one call vanishes and one appears further back.
    DeleteAndInsert,
    /// Between two page requests one call vanishes.
    DeleteOnly,
    /// A record that is not JSON: NaN, Infinity, a raw newline or a bad escape in it.
    OddByte,
    /// Totals as strings, and 1 or 0 for whether more pages follow.
    OddPaging,
    /// 503 for the first requests of each single record or transcript.
    Detail503Once,
    /// 403 for the first requests of each recording.
    Recording403Once,
    /// Pages hold at most so many rows, whatever is asked for.
    PageCap,
}

/// A kind's name, whether a correct client gets every record nevertheless, what its setting is,
/// and what it is.
type About = (Fault, &'static str, bool, Takes, &'static str);

/// Old kinds, which want a rate and have no default.
const RATE: Takes = Takes::Rate(None);

const ALL: [About; 34] = [
    (Fault::RateLimit, "rate-limit", true, RATE, "429 with Retry-After: 1"),
    (Fault::RateLimitBare, "rate-limit-bare", true, RATE, "429 without Retry-After"),
    (Fault::Error500, "error-500", true, RATE, "500 with a JSON body"),
    (Fault::Error502, "error-502", true, RATE, "502 with a proxy's HTML page"),
    (Fault::Error503, "error-503", true, RATE, "503 with a line of text"),
    (Fault::Reset, "reset", true, RATE, "the connection is reset before an answer"),
    (Fault::CutBody, "cut-body", true, RATE, "half of the body that Content-Length announces"),
    (Fault::HalfJson, "half-json", true, RATE, "200 with half of the JSON, announced as it is"),
    (Fault::Html, "html", true, RATE, "200 with an HTML page in place of JSON"),
    (Fault::SlowDrip, "slow-drip", true, RATE, "the body in 16 pieces, 40 ms apart"),
    (Fault::Stall, "stall", false, RATE, "accepts the request and never answers"),
    (Fault::DuplicatePage, "duplicate-page", false, RATE, "the page before the one asked for"),
    (
        Fault::WrongTotal,
        "wrong-total",
        false,
        RATE,
        "a total that is a third too small or too large",
    ),
    (Fault::Endless, "endless", false, RATE, "more pages are announced whatever follows"),
    (
        Fault::Redirect,
        "redirect",
        false,
        RATE,
        "302 to another address, which counts what reaches it",
    ),
    (
        Fault::ExpiredLink,
        "expired-link",
        true,
        RATE,
        "403 or 410 until the call is asked for again",
    ),
    (Fault::Gzip, "gzip", true, RATE, "a compressed body, if the client accepts one"),
    (Fault::GzipCut, "gzip-cut", true, RATE, "a compressed body that is cut off"),
    (
        Fault::Drift,
        "drift",
        true,
        RATE,
        "unknown words, other types, missing and new fields, nulls",
    ),
    (Fault::BadId, "bad-id", false, RATE, "records without a usable id"),
    (Fault::BadTime, "bad-time", false, RATE, "records without a usable start"),
    (
        Fault::OldRowFirst,
        "old-row-first",
        true,
        Takes::Amount("1"),
        "so many of the oldest rows of a list come first",
    ),
    (
        Fault::ShortPage,
        "short-page",
        true,
        Takes::Rate(Some("every:3")),
        "pages hold half of the rows asked for, though more follow",
    ),
    (
        Fault::EmptyPage,
        "empty-page",
        true,
        Takes::Rate(Some("first:1")),
        "a page without rows, which says that more follow",
    ),
    (
        Fault::LowTotal,
        "low-total",
        true,
        Takes::Amount("30%"),
        "totals end at this share of the rows, or at this number",
    ),
    (
        Fault::HighTotal,
        "high-total",
        false,
        Takes::Amount("3"),
        "totals are greater than the number of rows, by so many",
    ),
    (
        Fault::ConstantTotal,
        "constant-total",
        false,
        Takes::Amount("100%"),
        "the total stays at this share of the first, or this number",
    ),
    (
        Fault::DeleteAndInsert,
        "delete-and-insert",
        false,
        Takes::Rate(Some("every:1")),
        "after a page one of its calls vanishes, an older one appears",
    ),
    (
        Fault::DeleteOnly,
        "delete-only",
        false,
        Takes::Rate(Some("every:1")),
        "after a page one of its calls vanishes",
    ),
    (
        Fault::OddByte,
        "odd-byte",
        false,
        Takes::Rate(Some("every:100")),
        "records with NaN, Infinity, a raw newline or a bad escape",
    ),
    (
        Fault::OddPaging,
        "odd-paging",
        true,
        Takes::Rate(Some("every:1")),
        "totals in quotes; 1 and 0 for whether more follow",
    ),
    (
        Fault::Detail503Once,
        "detail-503-once",
        true,
        Takes::Number("1"),
        "503 for the first requests of each single record",
    ),
    (
        Fault::Recording403Once,
        "recording-403-once",
        true,
        Takes::Number("1"),
        "403 for the first requests of each recording",
    ),
    (
        Fault::PageCap,
        "page-cap",
        true,
        Takes::Number("10"),
        "pages hold at most so many rows, whatever is asked for",
    ),
];

impl Fault {
    /// All kinds.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        ALL.iter().map(|(fault, ..)| *fault)
    }

    /// The name, as [`Faults`] are written.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// What it is, in a few words.
    pub fn about(self) -> &'static str {
        self.entry().4
    }

    /// The setting of a kind that can be named without one, as [`Faults`] are written: `10` for
    /// `page-cap`.
    pub fn default_setting(self) -> Option<&'static str> {
        self.takes().default()
    }

    fn takes(self) -> Takes {
        self.entry().3
    }

    /// Whether a correct client gets every record nevertheless, by asking again or by reading
    /// what is there, as long as the rate leaves it a chance. With the other kinds it can notice
    /// that something is wrong, and has to say so.
    pub fn is_recoverable(self) -> bool {
        self.entry().2
    }

    /// Whether it concerns records, and not the answers they come in: the same records are
    /// concerned however often they are asked for.
    pub fn is_of_records(self) -> bool {
        matches!(self, Self::Drift | Self::BadId | Self::BadTime | Self::OddByte)
    }

    fn entry(self) -> &'static About {
        // The table has a row for each kind, as a test makes sure.
        ALL.iter().find(|(fault, ..)| *fault == self).unwrap_or(&ALL[0])
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl serde::Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Fault};

    #[test]
    fn each_kind_has_its_own_row_and_name() {
        for (row, (fault, name, ..)) in ALL.iter().enumerate() {
            assert_eq!(*fault as usize, row);
            assert_eq!(fault.name(), *name);
            assert_eq!(fault.to_string(), *name);
        }
        assert_eq!(Fault::PageCap as usize + 1, ALL.len());
    }
}
