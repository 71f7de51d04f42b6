//! Zudu's facts.

use crate::calendar::{Grid, MILLISECOND};
use crate::media::Media;
use crate::paging::PagingParams;
use crate::truth::{End, Stage};
use crate::vendor::{PagingHints, Price, VendorProfile, hex_tag};

pub(crate) const VENDOR: VendorProfile = VendorProfile {
    name: "zudu",
    credentials: &[("api_key", "sandbox-key"), ("api_secret", "sandbox-secret")],
    headers: &[("X-API-KEY", "sandbox-key"), ("X-API-SECRET", "sandbox-secret")],
    example: "/api/calls?page=0&limit=2",
    grid: Grid { step: 10 * MILLISECOND, phase: 2 * MILLISECOND, resolution: MILLISECOND },
    has_dispatch: false,
    has_channels: true,
    has_corrupt_durations: false,
    analysis_lag: 0,
    price: Some(Price { per_minute: 25_000, round: 100, unit: None }),
    line_area: "+173755501",
    party_id: |bits| format!("{:016x}", (bits >> 64) as u64),
    call_id: |source| {
        let public = format!("call_{:08x}{:08x}", source.tag, source.rng.bits("public id") as u32);
        (public, Some(source.uuid()))
    },
    tag: |id| {
        let digits = id.strip_prefix("call_").unwrap_or(id);
        hex_tag(digits.get(..8))
    },
    status_word: |stage, end| {
        Some(match (stage, end) {
            (Stage::Queued | Stage::Ringing, _) => "REGISTERED",
            (Stage::InProgress, _) => "ONGOING",
            (_, End::Failed) => "ERROR",
            _ => "ENDED",
        })
    },
    end_word: |end| {
        Some(match end {
            End::CustomerHangup => "USER_HANGUP",
            End::AgentHangup => "AGENT_HANGUP",
            End::Transferred => "CALL_TRANSFER",
            End::Voicemail => "VOICEMAIL_REACHED",
            End::MaxDuration => "MAX_DURATION_REACHED",
            End::Inactivity => "INACTIVITY",
            End::NoAnswer => "DIAL_NO_ANSWER",
            End::Busy => "DIAL_BUSY",
            End::Rejected => "USER_DECLINED",
            End::Failed => "DIAL_FAILED",
        })
    },
    storage: Some((Media::Mp4, ".mp4")),
    id_fields: &["call_id", "id"],
    start_fields: &["start_timestamp"],
    paging: PagingParams::Page { parameter: "page", first: 0 },
    rejection: None,
    page_size: MAX_LIMIT,
    paging_hints: |_| PagingHints { has_total: true, has_end: true },
};

pub(crate) const DEFAULT_LIMIT: usize = 20;
/// No maximum is stated for calls; this is the one of the batch lists.
pub(crate) const MAX_LIMIT: usize = 100;
