//! What differs from vendor to vendor.

use crate::calendar::Grid;
use crate::dataset_options::DatasetOptions;
use crate::hash_rng::HashRng;
use crate::media::Media;
use crate::paging::PagingParams;
use crate::reply::HttpResponse;
use crate::truth::{Direction, End, Stage};

/// One vendor's facts; `vendors` holds its API.
pub(crate) struct VendorProfile {
    /// The name: first part of its paths, and the name in configurations.
    pub(crate) name: &'static str,
    /// Keys and values of a source's configuration that the sandbox accepts.
    pub(crate) credentials: &'static [(&'static str, &'static str)],
    /// The same as request headers.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// A path that lists calls.
    pub(crate) example: &'static str,
    pub(crate) grid: Grid,
    /// Whether a call is dispatched first, and dialing and ringing are reported.
    pub(crate) has_dispatch: bool,
    /// Whether some calls come over the web or SIP.
    pub(crate) has_channels: bool,
    /// Whether a few durations match none of the times.
    pub(crate) has_corrupt_durations: bool,
    /// Microseconds from a call's end until its analysis is done.
    pub(crate) analysis_lag: i64,
    /// `None` if the vendor reports no cost.
    pub(crate) price: Option<Price>,
    /// The agents' numbers without their last two digits.
    pub(crate) line_area: &'static str,
    /// Writes ids of agents, contacts and campaigns.
    pub(crate) party_id: fn(u128) -> String,
    /// Writes the ids of a call.
    pub(crate) call_id: fn(&IdSource) -> (String, Option<String>),
    /// Reads the tag out of either id.
    pub(crate) tag: fn(&str) -> Option<u32>,
    /// The vendor's value for a status.
    pub(crate) status_word: fn(Stage, End) -> Option<&'static str>,
    /// The vendor's value for an end reason.
    pub(crate) end_word: fn(End) -> Option<&'static str>,
    /// Media type and file suffix of recordings in storage, where no key is wanted; `None` if the
    /// API itself serves them.
    pub(crate) storage: Option<(Media, &'static str)>,
    /// The fields of a record that hold the ids of its call.
    pub(crate) id_fields: &'static [&'static str],
    /// The fields of a record that hold the start of its call.
    pub(crate) start_fields: &'static [&'static str],
    /// How a page of a list is selected.
    pub(crate) paging: PagingParams,
    /// The response to a token or key that is none, or that has expired; `None` for a vendor
    /// without them.
    pub(crate) rejection: Option<fn() -> HttpResponse>,
    /// Calls on a page, as clients usually request them.
    pub(crate) page_size: usize,
    pub(crate) paging_hints: fn(&DatasetOptions) -> PagingHints,
}

/// What a page says about the rest of its list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PagingHints {
    /// It announces a total.
    pub(crate) has_total: bool,
    /// It says in any way whether more pages follow.
    pub(crate) has_end: bool,
}

/// What the ids of a call are made from.
pub(crate) struct IdSource {
    pub(crate) rng: HashRng,
    pub(crate) direction: Option<Direction>,
    /// Unix microseconds.
    pub(crate) started: i64,
    /// Unique for each call of the vendor; leads back to it.
    pub(crate) tag: u32,
}

impl IdSource {
    /// 128 bits that begin with the tag.
    pub(crate) fn bits(&self) -> u128 {
        (u128::from(self.tag) << 96) | (self.rng.bits128("id") >> 32)
    }

    /// A UUID that begins with the tag.
    pub(crate) fn uuid(&self) -> String {
        uuid(self.bits())
    }
}

impl std::fmt::Debug for VendorProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What a call costs, in millionths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price {
    pub(crate) per_minute: i64,
    /// Costs are rounded up to a multiple of this.
    pub(crate) round: i64,
    pub(crate) unit: Option<&'static str>,
}

impl Price {
    /// The cost of a conversation of so many microseconds.
    pub(crate) fn of(self, talk: i64) -> i64 {
        let cost = i128::from(talk) * i128::from(self.per_minute) / 60_000_000;
        (cost as i64 + self.round - 1) / self.round * self.round
    }
}

/// Writes a number as a UUID of version 4.
pub(crate) fn uuid(bits: u128) -> String {
    let bits = bits & !(0xf << 76) & !(0b11 << 62) | (0x4 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    format!("{a}-{b}-{c}-{d}-{e}")
}

/// Reads eight hex digits.
pub(crate) fn hex_tag(text: Option<&str>) -> Option<u32> {
    u32::from_str_radix(text?, 16).ok()
}
