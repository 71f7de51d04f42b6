//! ElevenLabs's facts.

use http::StatusCode;

use crate::calendar::{Grid, SECOND};
use crate::paging::PagingParams;
use crate::reply::json;
use crate::truth::{End, Stage};
use crate::vendor::{PagingHints, Price, VendorProfile, hex_tag};

pub(crate) const VENDOR: VendorProfile = VendorProfile {
    name: "elevenlabs",
    credentials: &[("api_key", "sandbox-key")],
    headers: &[("xi-api-key", "sandbox-key")],
    example: "/v1/convai/conversations?page_size=2",
    grid: Grid { step: SECOND, phase: 0, resolution: SECOND },
    has_dispatch: false,
    has_channels: false,
    has_corrupt_durations: false,
    analysis_lag: 0,
    price: Some(Price { per_minute: 80_000, round: 1_000, unit: Some("USD") }),
    line_area: "+190755501",
    party_id: |bits| format!("{:026x}", bits >> 24),
    call_id: |source| {
        let rest = source.rng.bits("conversation id") as u32;
        (format!("conv_{:08x}{rest:08x}", source.tag), None)
    },
    tag: |id| hex_tag(id.strip_prefix("conv_").and_then(|digits| digits.get(..8))),
    status_word: |stage, end| {
        Some(match stage {
            Stage::Queued | Stage::Ringing => "initiated",
            Stage::InProgress => "in-progress",
            Stage::Ended if end.is_connected() => "done",
            Stage::Ended => "failed",
        })
    },
    // A call that never connected has its cause elsewhere, and a hand-over has no sentence of its own.
    end_word: |end| {
        Some(match end {
            End::CustomerHangup | End::Transferred => "Call ended by remote party",
            End::AgentHangup => "end_call tool was called.",
            End::Voicemail => "voicemail_detection tool was called.",
            End::MaxDuration => "Max duration limit reached",
            End::Inactivity => "Ending conversation after 30 seconds of silence.",
            End::NoAnswer | End::Busy | End::Rejected | End::Failed => return None,
        })
    },
    storage: None,
    id_fields: &["conversation_id"],
    // A single conversation has its start in its metadata.
    start_fields: &["start_time_unix_secs", "metadata"],
    paging: PagingParams::Token { parameter: "cursor", next: "/next_cursor" },
    rejection: Some(|| {
        let message = "The cursor is invalid or expired.";
        json(StatusCode::BAD_REQUEST, &problem("validation_error", "invalid_cursor", message))
    }),
    page_size: MAX_PAGE_SIZE,
    paging_hints: |_| PagingHints { has_total: false, has_end: true },
};

pub(crate) const DEFAULT_PAGE_SIZE: usize = 30;
pub(crate) const MAX_PAGE_SIZE: usize = 100;

/// The body of an error; an older word for it stands in `status`.
pub(crate) fn problem(kind: &str, code: &str, message: &str) -> serde_json::Value {
    serde_json::json!({
        "detail": {
            "type": kind,
            "code": code,
            "message": message,
            "status": match code {
                "unauthorized" => "invalid_api_key",
                "conversation_not_found" => "conversation_history_not_found",
                other => other,
            },
            "request_id": "00000000000000000000000000000001",
            "param": null,
        },
    })
}
