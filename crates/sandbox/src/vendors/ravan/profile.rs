//! Ravan's facts.

use crate::calendar::{Grid, SECOND};
use crate::dataset_options::RavanShape;
use crate::paging::PagingParams;
use crate::truth::{End, Stage};
use crate::vendor::{PagingHints, Price, VendorProfile, hex_tag, uuid};

pub(crate) const VENDOR: VendorProfile = VendorProfile {
    name: "ravan",
    credentials: &[("api_key", "sandbox-key")],
    headers: &[("X-Api-Key", "sandbox-key")],
    example: "/api/v1/calling/call-sessions?page_size=2",
    grid: Grid { step: 2 * SECOND, phase: SECOND, resolution: SECOND },
    has_dispatch: false,
    has_channels: true,
    has_corrupt_durations: false,
    analysis_lag: 0,
    price: Some(Price { per_minute: 3_000_000, round: 50_000, unit: None }),
    line_area: "+120255501",
    party_id: uuid,
    call_id: |id| (id.uuid(), None),
    tag: |id| hex_tag(id.get(..8)),
    status_word: |stage, end| {
        Some(match (stage, end) {
            (Stage::Queued | Stage::Ringing | Stage::InProgress, _) => "in-progress",
            (_, End::Voicemail) => "voicemail",
            (_, End::NoAnswer) => "no_answer",
            (_, End::Busy) => "busy",
            (_, End::Rejected | End::Failed) => "failed",
            _ => "completed",
        })
    },
    // Four words are documented; what never connected has none of them.
    end_word: |end| match end {
        End::CustomerHangup => Some("user_hangup"),
        End::Rejected => Some("customer_hangup"),
        End::AgentHangup
        | End::Transferred
        | End::Voicemail
        | End::MaxDuration
        | End::Inactivity => Some("agent_hangup"),
        End::NoAnswer | End::Busy => None,
        End::Failed => Some("error"),
    },
    storage: None,
    id_fields: &["id"],
    start_fields: &["started_at", "startedAt"],
    paging: PagingParams::Page { parameter: "page", first: 1 },
    rejection: None,
    page_size: MAX_HISTORY_PAGE_SIZE,
    paging_hints: |options| {
        let has_total = options.ravan_shape != RavanShape::CamelCase;
        PagingHints { has_total, has_end: has_total }
    },
};

pub(crate) const DEFAULT_PAGE_SIZE: usize = 20;
pub(crate) const MAX_HISTORY_PAGE_SIZE: usize = 100;
/// No maximum is stated for sessions; clients request this many.
pub(crate) const MAX_SESSIONS_PAGE_SIZE: usize = 10_000;
