//! Bland's facts.

use crate::calendar::{Grid, MILLISECOND, SECOND};
use crate::paging::PagingParams;
use crate::truth::{End, Stage};
use crate::vendor::{PagingHints, Price, VendorProfile, hex_tag, uuid};

pub(crate) const VENDOR: VendorProfile = VendorProfile {
    name: "bland",
    credentials: &[("api_key", "sandbox-key")],
    headers: &[("authorization", "sandbox-key")],
    example: "/v1/calls?limit=2",
    grid: Grid { step: 10 * MILLISECOND, phase: 2137, resolution: 1 },
    has_dispatch: false,
    has_channels: false,
    has_corrupt_durations: false,
    analysis_lag: 30 * SECOND,
    price: Some(Price { per_minute: 90_000, round: 1_000, unit: Some("USD") }),
    line_area: "+190755501",
    party_id: uuid,
    call_id: |source| (source.uuid(), None),
    tag: |id| hex_tag(id.get(..8)),
    status_word: |stage, _| {
        Some(match stage {
            Stage::Queued => "queued",
            Stage::Ringing | Stage::InProgress => "started",
            Stage::Ended => "complete",
        })
    },
    end_word: |end| {
        Some(match end {
            End::CustomerHangup => "USER",
            End::AgentHangup | End::MaxDuration | End::Inactivity => "ASSISTANT",
            End::Transferred => "MERGED",
            End::Voicemail => "voicemail",
            End::NoAnswer => "no-answer",
            End::Busy | End::Rejected => "busy",
            End::Failed => "failed",
        })
    },
    storage: None,
    id_fields: &["call_id"],
    start_fields: &["created_at", "started_at"],
    paging: PagingParams::Offset { parameter: "from", size: "limit", default_size: DEFAULT_LIMIT },
    rejection: None,
    page_size: 100,
    paging_hints: |_| PagingHints { has_total: true, has_end: false },
};

/// The largest page is not stated: a greater limit brings as many.
pub(crate) const DEFAULT_LIMIT: usize = 1_000;
