//! What sets one vendor apart from another.

use crate::calendar::Grid;
use crate::facts::{Facts, Stage};
use crate::fault::Turn;
use crate::media::Media;
use crate::truth::End;
use crate::world::WorldOptions;

/// One vendor.
pub(crate) struct Vendor {
    /// The name: first part of its paths, and the word in configurations.
    pub(crate) name: &'static str,
    /// Keys and values of a source's configuration that this sandbox accepts.
    pub(crate) credentials: &'static [(&'static str, &'static str)],
    /// The same as headers of a request.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// A path that lists calls.
    pub(crate) example: &'static str,
    pub(crate) grid: Grid,
    /// Whether a call is dispatched first, and dialing and ringing are told.
    pub(crate) dispatch: bool,
    /// Whether some calls come over the web or SIP.
    pub(crate) channels: bool,
    /// Whether a few durations fit none of the times.
    pub(crate) corrupt_durations: bool,
    /// Microseconds from a call's end until its analysis is done.
    pub(crate) analysis_lag: i64,
    /// `None` if the vendor tells no cost.
    pub(crate) price: Option<Price>,
    /// The agents' numbers without their last two digits.
    pub(crate) line_area: &'static str,
    /// Writes ids of agents, contacts and campaigns.
    pub(crate) party_id: fn(u128) -> String,
    /// Writes the ids of a call around its tag.
    pub(crate) call_id: fn(&Facts, u32) -> (String, Option<String>),
    /// Reads the tag out of either id.
    pub(crate) tag: fn(&str) -> Option<u32>,
    /// The word for the state of a call that ends like this.
    pub(crate) status_word: fn(Stage, End) -> Option<&'static str>,
    /// The word for an end.
    pub(crate) end_word: fn(End) -> Option<&'static str>,
    /// The kind of its recordings that lie in storage, where no key is wanted, and the ending
    /// of their links; `None` if the API itself serves them.
    pub(crate) storage: Option<(Media, &'static str)>,
    /// The fields of a record that hold the ids of its call.
    pub(crate) id_fields: &'static [&'static str],
    /// The fields of a record that hold the start of its call.
    pub(crate) start_fields: &'static [&'static str],
    /// How the page of a list is chosen.
    pub(crate) turn: Turn,
    /// Calls on a page, as clients usually ask for them.
    pub(crate) page: usize,
    /// Whether a page announces a total, and whether it says in any way that more follow.
    pub(crate) tells: fn(&WorldOptions) -> (bool, bool),
}

impl std::fmt::Debug for Vendor {
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
    pub(crate) fn of(self, facts: &Facts) -> i64 {
        let talk = facts.answered.map_or(0, |answered| facts.ended - answered);
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

/// Writes a UUID that begins with a call's tag.
pub(crate) fn tagged_uuid(facts: &Facts, tag: u32) -> String {
    uuid((u128::from(tag) << 96) | (facts.dice.wide("id") >> 32))
}

/// Reads eight hex digits.
pub(crate) fn hex_tag(text: Option<&str>) -> Option<u32> {
    u32::from_str_radix(text?, 16).ok()
}
