//! Retell's facts.

use http::StatusCode;
use serde_json::json;

use crate::calendar::{Grid, MILLISECOND, SECOND};
use crate::media::Media;
use crate::paging::PagingParams;
use crate::reply::json;
use crate::truth::{End, Stage};
use crate::vendor::{PagingHints, Price, VendorProfile, hex_tag};

pub(crate) const VENDOR: VendorProfile = VendorProfile {
    name: "retell",
    credentials: &[("api_key", "sandbox-key")],
    headers: &[("Authorization", "Bearer sandbox-key")],
    // The list is a POST: its body follows the address.
    example: "/v3/list-calls' -d '{\"limit\": 2}",
    grid: Grid { step: 10 * MILLISECOND, phase: 7 * MILLISECOND, resolution: MILLISECOND },
    has_dispatch: false,
    has_channels: true,
    has_corrupt_durations: false,
    analysis_lag: 30 * 60 * SECOND,
    price: Some(Price { per_minute: 110_000, round: 100, unit: None }),
    line_area: "+190755501",
    party_id: |bits| format!("agent_{:026x}", bits >> 24),
    call_id: |source| {
        let rest = source.rng.bits128("call id") >> 52;
        (format!("call_{:08x}{rest:019x}", source.tag), None)
    },
    tag: |id| hex_tag(id.strip_prefix("call_")?.get(..8)),
    status_word: |stage, end| {
        Some(match (stage, end) {
            (Stage::Queued, _) => "registered",
            (Stage::Ringing | Stage::InProgress, _) => "ongoing",
            (Stage::Ended, End::Failed) => "error",
            (Stage::Ended, end) if end.is_connected() => "ended",
            (Stage::Ended, _) => "not_connected",
        })
    },
    end_word: |end| {
        Some(match end {
            End::CustomerHangup => "user_hangup",
            End::AgentHangup => "agent_hangup",
            End::Transferred => "call_transfer",
            End::Voicemail => "voicemail_reached",
            End::MaxDuration => "max_duration_reached",
            End::Inactivity => "inactivity",
            End::NoAnswer => "dial_no_answer",
            End::Busy => "dial_busy",
            End::Rejected => "user_declined",
            End::Failed => "concurrency_limit_reached",
        })
    },
    storage: Some((Media::Wav, ".wav")),
    id_fields: &["call_id"],
    start_fields: &["start_timestamp"],
    paging: PagingParams::Token { parameter: "pagination_key", next: "/pagination_key" },
    rejection: Some(|| {
        let text = "Invalid request format, please check API reference.";
        json(StatusCode::BAD_REQUEST, &json!({ "status": "error", "message": text }))
    }),
    page_size: PAGE_SIZE,
    paging_hints: |_| PagingHints { has_total: true, has_end: true },
};

pub(crate) const DEFAULT_LIMIT: usize = 50;
pub(crate) const MAX_LIMIT: usize = 1_000;
const PAGE_SIZE: usize = 200;
