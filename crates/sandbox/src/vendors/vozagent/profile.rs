//! VozAgent's facts.

use crate::calendar::{Grid, SECOND};
use crate::media::Media;
use crate::paging::PagingParams;
use crate::truth::Stage;
use crate::vendor::{PagingHints, Price, VendorProfile, hex_tag};

pub(crate) const VENDOR: VendorProfile = VendorProfile {
    name: "vozagent",
    credentials: &[("api_key", "sandbox-key")],
    headers: &[("Authorization", "Bearer sandbox-key")],
    example: "/v1/calls?limit=2",
    grid: Grid { step: 2 * SECOND, phase: 0, resolution: SECOND },
    has_dispatch: false,
    has_channels: false,
    has_corrupt_durations: false,
    analysis_lag: 0,
    price: Some(Price { per_minute: 92_000, round: 100, unit: Some("USD") }),
    line_area: "+165055501",
    party_id: groups,
    call_id: |source| (format!("call-{}", groups(source.bits())), None),
    tag: |id| hex_tag(id.get(5..13)),
    status_word: |stage, end| {
        Some(match stage {
            Stage::Queued => "queued",
            Stage::Ringing | Stage::InProgress => "in-progress",
            Stage::Ended if end.is_connected() => "completed",
            Stage::Ended => "failed",
        })
    },
    end_word: |_| None,
    storage: Some((Media::Mp3, ".mp3")),
    id_fields: &["id"],
    start_fields: &["call_started_at"],
    paging: PagingParams::Offset {
        parameter: "offset",
        size: "limit",
        default_size: DEFAULT_LIMIT,
    },
    rejection: None,
    page_size: MAX_LIMIT,
    paging_hints: |_| PagingHints { has_total: false, has_end: false },
};

pub(crate) const DEFAULT_LIMIT: usize = 50;
pub(crate) const MAX_LIMIT: usize = 100;

/// Hex digits in groups of 8, 4, 4 and 4, as this vendor's ids are written.
fn groups(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20])
}
