//! Vaani's facts.

use crate::calendar::{Grid, SECOND};
use crate::paging::PagingParams;
use crate::truth::{Direction, End};
use crate::vendor::{PagingHints, Price, VendorProfile, hex_tag, uuid};

pub(crate) const VENDOR: VendorProfile = VendorProfile {
    name: "vaani",
    credentials: &[("api_key", "sandbox-key")],
    headers: &[("X-API-Key", "sandbox-key")],
    example: "/api/call-history?page_size=2",
    grid: Grid { step: 10, phase: 3, resolution: 1 },
    has_dispatch: true,
    has_channels: false,
    has_corrupt_durations: true,
    analysis_lag: 3 * 3_600 * SECOND,
    price: Some(Price { per_minute: 3_500_000, round: 100_000, unit: Some("credits") }),
    line_area: "+9155500000",
    party_id: uuid,
    call_id: |source| {
        let kind = match source.direction {
            Some(Direction::Inbound) => "inbound",
            _ => "outbound",
        };
        let id = format!("{kind}-{}-{:08x}", source.started.div_euclid(SECOND), source.tag);
        (id, None)
    },
    tag: |id| hex_tag(id.rsplit('-').next()),
    status_word: |_, _| None,
    end_word: |end| {
        Some(match end {
            End::CustomerHangup => "User disconnected",
            End::AgentHangup => "Agent disconnected",
            End::Transferred => "Human transfer successful",
            End::Voicemail => "Voicemail detected",
            End::MaxDuration => "Max duration reached",
            End::Inactivity => "Inactivity timeout",
            End::NoAnswer => "No answer",
            End::Busy => "Busy",
            End::Rejected => "Call rejected",
            End::Failed => "Call failed",
        })
    },
    storage: None,
    id_fields: &["call_id"],
    start_fields: &["Start_time"],
    paging: PagingParams::Page { parameter: "page", first: 1 },
    rejection: None,
    page_size: MAX_PAGE_SIZE,
    paging_hints: |_| PagingHints { has_total: true, has_end: true },
};

pub(crate) const DEFAULT_PAGE_SIZE: usize = 50;
pub(crate) const MAX_PAGE_SIZE: usize = 200;
