//! AgentVoice's facts.

use crate::calendar::{Grid, MILLISECOND};
use crate::media::Media;
use crate::paging::PagingParams;
use crate::truth::{End, Stage};
use crate::vendor::{PagingHints, VendorProfile, hex_tag, uuid};

pub(crate) const VENDOR: VendorProfile = VendorProfile {
    name: "agentvoice",
    credentials: &[("api_key", "sandbox-key"), ("organization_id", "sandbox-org")],
    headers: &[("x-api-key", "sandbox-key"), ("x-organization-id", "sandbox-org")],
    example: "/api/calls?limit=2",
    grid: Grid { step: 10 * MILLISECOND, phase: 5 * MILLISECOND, resolution: MILLISECOND },
    has_dispatch: false,
    has_channels: false,
    has_corrupt_durations: false,
    analysis_lag: 0,
    price: None,
    line_area: "+155955501",
    party_id: uuid,
    call_id: |id| (id.uuid(), None),
    tag: |id| hex_tag(id.get(..8)),
    status_word: |stage, end| {
        Some(match (stage, end) {
            (Stage::Queued, _) => "queued",
            (Stage::Ringing, _) => "ringing",
            (Stage::InProgress, _) => "in-progress",
            (_, End::NoAnswer) => "no-answer",
            (_, End::Busy) => "busy",
            (_, End::Rejected | End::Failed) => "failed",
            _ => "completed",
        })
    },
    end_word: |end| {
        Some(match end {
            End::CustomerHangup => "customer-ended-call",
            End::AgentHangup => "assistant-ended-call",
            End::Transferred => "assistant-forwarded-call",
            End::Voicemail => "voicemail",
            End::MaxDuration => "exceeded-max-duration",
            End::Inactivity => "silence-timed-out",
            End::NoAnswer => "customer-did-not-answer",
            End::Busy => "customer-busy",
            End::Rejected => "call-rejected",
            End::Failed => "twilio-failed-to-connect-call",
        })
    },
    storage: Some((Media::Mp3, ".mp3")),
    id_fields: &["id"],
    start_fields: &["started_at"],
    paging: PagingParams::Offset {
        parameter: "offset",
        size: "limit",
        default_size: DEFAULT_LIMIT,
    },
    rejection: None,
    page_size: MAX_LIMIT,
    paging_hints: |_| PagingHints { has_total: true, has_end: true },
};

pub(crate) const DEFAULT_LIMIT: usize = 50;
pub(crate) const MAX_LIMIT: usize = 100;
