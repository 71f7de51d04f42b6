//! Vapi's facts.

use http::StatusCode;
use serde_json::json;

use crate::calendar::{Grid, MILLISECOND};
use crate::media::Media;
use crate::paging::PagingParams;
use crate::reply::json;
use crate::truth::{End, Stage};
use crate::vendor::{PagingHints, Price, VendorProfile, hex_tag, uuid};

pub(crate) const VENDOR: VendorProfile = VendorProfile {
    name: "vapi",
    credentials: &[("api_key", "sandbox-key")],
    headers: &[("authorization", "Bearer sandbox-key")],
    example: "/call?limit=2",
    grid: Grid { step: 10 * MILLISECOND, phase: 9 * MILLISECOND, resolution: MILLISECOND },
    has_dispatch: false,
    has_channels: true,
    has_corrupt_durations: false,
    analysis_lag: 0,
    price: Some(Price { per_minute: 94_200, round: 100, unit: Some("USD") }),
    line_area: "+190755501",
    party_id: uuid,
    call_id: |source| (source.uuid(), None),
    tag: |id| hex_tag(id.get(..8)),
    status_word: |stage, _| {
        Some(match stage {
            Stage::Queued => "queued",
            Stage::Ringing => "ringing",
            Stage::InProgress => "in-progress",
            Stage::Ended => "ended",
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
            End::Rejected => "vonage-rejected",
            End::Failed => "twilio-failed-to-connect-call",
        })
    },
    storage: Some((Media::Mp3, ".mp3")),
    id_fields: &["id"],
    start_fields: &["startedAt"],
    paging: PagingParams::Key { parameter: "createdAtLe", is_inclusive: true },
    rejection: Some(|| {
        let message = ["createdAtLe must be a valid ISO 8601 date string"];
        let body = json!({ "message": message, "error": "Bad Request", "statusCode": 400 });
        json(StatusCode::BAD_REQUEST, &body)
    }),
    page_size: DEFAULT_LIMIT,
    paging_hints: |_| PagingHints { has_total: false, has_end: false },
};

pub(crate) const DEFAULT_LIMIT: usize = 100;
pub(crate) const MAX_LIMIT: usize = 1000;
