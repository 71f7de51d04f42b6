//! The kinds of faults, how often they happen, and how they are written. What each does is in
//! `injection`, `list_faults`, `record_faults` and `list_mutation`.

mod rate;
mod rules;
mod setting;

pub use rate::{Frequency, Rate};
pub use rules::{Faults, OptionError};
pub use setting::FaultSetting;

use std::fmt;

use setting::FaultSettingKind::{self, Amount, Number, Rate as RateSetting};

/// What a fault changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One response.
    Response,
    /// Certain records, however often they are requested.
    Records,
    /// The paging of a vendor's lists.
    Lists,
    /// The calls themselves, after a page was served.
    Calls,
}

/// A row of the table of faults.
struct FaultEntry {
    fault: Fault,
    name: &'static str,
    scope: Scope,
    is_recoverable: bool,
    setting: FaultSettingKind,
    description: &'static str,
}

macro_rules! faults {
    ($($kind:ident $name:literal $scope:ident $recoverable:literal $setting:expr, $text:literal)*) => {
        /// A kind of fault. All are off unless [`Faults`] name them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Fault { $(#[doc = concat!("`", $name, "`: ", $text, ".")] $kind),* }

        const TABLE: &[FaultEntry] = &[$(FaultEntry {
            fault: Fault::$kind,
            name: $name,
            scope: Scope::$scope,
            is_recoverable: $recoverable,
            setting: $setting,
            description: $text,
        }),*];
    };
}

// Kind, name, scope, whether a correct client gets every record nevertheless, setting with its
// default, description.
faults! {
    RateLimit "rate-limit" Response true RateSetting(None), "429 with Retry-After: 1"
    RateLimitBare "rate-limit-bare" Response true RateSetting(None), "429 without Retry-After"
    Error500 "error-500" Response true RateSetting(None), "500 with a JSON body"
    Error502 "error-502" Response true RateSetting(None), "502 with a proxy's HTML page"
    Error503 "error-503" Response true RateSetting(None), "503 with a line of text"
    Reset "reset" Response true RateSetting(None), "the connection is reset before a response"
    CutBody "cut-body" Response true RateSetting(None), "half of the body that Content-Length announces"
    HalfJson "half-json" Response true RateSetting(None), "200 with half of the JSON and a matching Content-Length"
    Html "html" Response true RateSetting(None), "200 with an HTML page instead of JSON"
    SlowDrip "slow-drip" Response true RateSetting(None), "the body in 16 pieces, 40 ms apart"
    Stall "stall" Response false RateSetting(None), "accepts the request and never responds"
    DuplicatePage "duplicate-page" Response false RateSetting(None), "the page before the requested one"
    WrongTotal "wrong-total" Response false RateSetting(None), "a total that is a third too small or too large"
    Endless "endless" Response false RateSetting(None), "more pages are announced whatever follows"
    ExpiredToken "expired-token" Response false RateSetting(None), "the token of a page is refused as one that has expired"
    Redirect "redirect" Response false RateSetting(None), "302 to another address, which counts requests and credentials"
    ExpiredLink "expired-link" Response true RateSetting(None), "403 or 410 for a recording until its call is requested again"
    Gzip "gzip" Response true RateSetting(None), "a compressed body, if the client accepts one"
    GzipCut "gzip-cut" Response true RateSetting(None), "a compressed body that is cut off"
    Drift "drift" Records true RateSetting(None), "unknown enum values, other types, missing and new fields, nulls"
    BadId "bad-id" Records false RateSetting(None), "records without a usable id"
    BadTime "bad-time" Records false RateSetting(None), "records without a usable start"
    OldRowFirst "old-row-first" Lists true Amount("1"), "this many of the oldest rows of a list come first"
    ShortPage "short-page" Lists true RateSetting(Some("every:3")), "pages hold half of the requested rows, though more follow"
    EmptyPage "empty-page" Lists true RateSetting(Some("first:1")), "a page without rows that announces more"
    LowTotal "low-total" Lists true Amount("30%"), "totals end at this share of the rows, or at this number"
    HighTotal "high-total" Lists false Amount("3"), "totals exceed the number of rows by this many"
    ConstantTotal "constant-total" Lists false Amount("100%"), "the total stays at this share of the first, or this number"
    DeleteAndInsert "delete-and-insert" Calls false RateSetting(Some("every:1")), "after a page one of its calls vanishes, an older one appears"
    DeleteOnly "delete-only" Calls false RateSetting(Some("every:1")), "after a page one of its calls vanishes"
    OddByte "odd-byte" Records false RateSetting(Some("every:100")), "records with NaN, Infinity, a raw newline or a bad escape"
    OddPaging "odd-paging" Response true RateSetting(Some("every:1")), "totals as strings; 1 and 0 for whether more pages follow"
    Detail503Once "detail-503-once" Response true Number("1"), "503 for the first requests of each single record"
    Recording403Once "recording-403-once" Response true Number("1"), "403 for the first requests of each recording"
    PageCap "page-cap" Lists true Number("10"), "pages hold at most this many rows, whatever is requested"
}

impl Fault {
    /// All kinds.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TABLE.iter().map(|entry| entry.fault)
    }

    /// The name, as [`Faults`] are written.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it does, in a few words.
    pub fn description(self) -> &'static str {
        self.entry().description
    }

    /// The setting of a kind that can be named without one, as [`Faults`] are written: `10` for
    /// `page-cap`.
    pub fn default_setting(self) -> Option<&'static str> {
        self.setting_kind().default()
    }

    fn setting_kind(self) -> FaultSettingKind {
        self.entry().setting
    }

    /// Whether a correct client gets every record nevertheless, by retrying or by reading what is
    /// there, as long as the rate leaves it a chance. With the other kinds it can notice that
    /// something is wrong, and has to report it.
    pub fn is_recoverable(self) -> bool {
        self.entry().is_recoverable
    }

    /// Whether it affects records rather than responses: the same records are affected however
    /// often they are requested.
    pub fn affects_records(self) -> bool {
        self.scope() == Scope::Records
    }

    pub(crate) fn scope(self) -> Scope {
        self.entry().scope
    }

    fn entry(self) -> &'static FaultEntry {
        &TABLE[self as usize]
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
