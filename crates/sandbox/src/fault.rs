//! What can go wrong on request: the kinds, how often, and what becomes of an answer.

mod odd;
mod pages;
mod pick;
mod rate;
mod rules;
mod spoil;
mod wire;

pub use odd::Odd;
pub use rate::{Frequency, Rate};
pub use rules::{Faults, OptionError};

pub(crate) use odd::{Oddness, Told};
pub(crate) use pages::Turn;
pub(crate) use pick::{Picker, RECORDINGS};
pub(crate) use spoil::{Delivery, spoil};
pub(crate) use wire::{Body, Closed, Wire};

use std::fmt;

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
}

/// A kind's name, whether a correct client gets every record nevertheless, and what it is.
type About = (Fault, &'static str, bool, &'static str);

const ALL: [About; 21] = [
    (Fault::RateLimit, "rate-limit", true, "429 with Retry-After: 1"),
    (Fault::RateLimitBare, "rate-limit-bare", true, "429 without Retry-After"),
    (Fault::Error500, "error-500", true, "500 with a JSON body"),
    (Fault::Error502, "error-502", true, "502 with a proxy's HTML page"),
    (Fault::Error503, "error-503", true, "503 with a line of text"),
    (Fault::Reset, "reset", true, "the connection is reset before an answer"),
    (Fault::CutBody, "cut-body", true, "half of the body that Content-Length announces"),
    (Fault::HalfJson, "half-json", true, "200 with half of the JSON, announced as it is"),
    (Fault::Html, "html", true, "200 with an HTML page in place of JSON"),
    (Fault::SlowDrip, "slow-drip", true, "the body in 16 pieces, 40 ms apart"),
    (Fault::Stall, "stall", false, "accepts the request and never answers"),
    (Fault::DuplicatePage, "duplicate-page", false, "the page before the one asked for"),
    (Fault::WrongTotal, "wrong-total", false, "a total that is a third too small or too large"),
    (Fault::Endless, "endless", false, "more pages are announced whatever follows"),
    (Fault::Redirect, "redirect", false, "302 to another address, which counts what reaches it"),
    (Fault::ExpiredLink, "expired-link", true, "403 or 410 until the call is asked for again"),
    (Fault::Gzip, "gzip", true, "a compressed body, if the client accepts one"),
    (Fault::GzipCut, "gzip-cut", true, "a compressed body that is cut off"),
    (Fault::Drift, "drift", true, "unknown words, other types, missing and new fields, nulls"),
    (Fault::BadId, "bad-id", false, "records without a usable id"),
    (Fault::BadTime, "bad-time", false, "records without a usable start"),
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
        matches!(self, Self::Drift | Self::BadId | Self::BadTime)
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
        assert_eq!(Fault::BadTime as usize + 1, ALL.len());
    }
}
