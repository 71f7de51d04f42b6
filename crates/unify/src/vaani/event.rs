//! Webhook events: what one tells about a call.
//!
//! No page documents their bodies in full, so nothing is required but the
//! call's identifier, which is called `room_name` in most of them.

use super::{VENDOR, is_absence, labelled_turns};
use crate::{
    Context, RejectedRecord, batch,
    convert::{Warnings, end_reason, json_object, media, text, time, transcript},
    model::{AnalysisState, Call, JsonObject, Status, Transcript, TranscriptState},
};
use callfold_record::RawJson;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What every event has, and where the rest of some is.
#[derive(Deserialize)]
struct Event {
    event: String,
    timestamp: Option<String>,
    data: Option<Body>,
}

/// The facts of an event, at its top or in `data`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    call_id: Option<String>,
    room_name: Option<String>,
    phone_number: Option<String>,
    status: Option<String>,
    call_duration: Option<f64>,
    end_reason: Option<String>,
    summary: Option<String>,
    entities: Option<RawJson>,
    dispositions: Option<RawJson>,
    recording_url: Option<String>,
    transcript: Option<String>,
}

/// Maps one event of a webhook. The duration is in seconds, but in
/// milliseconds in `call_postprocessing`.
pub(super) fn call(raw: &RawValue, context: &Context) -> Result<Call, RejectedRecord> {
    let aside = |reason: &str| RejectedRecord {
        vendor: VENDOR,
        account: context.account.clone(),
        reason: reason.to_owned(),
        id: None,
        raw: raw.to_owned(),
    };
    let read = || {
        let event: Event = serde_json::from_str(raw.get()).ok()?;
        let top: Body = serde_json::from_str(raw.get()).ok()?;
        Some((event, top))
    };
    let (event, top) = read().ok_or_else(|| aside("a field of the event has another type"))?;
    let nested = event.data.is_some();
    let body = event.data.unwrap_or_default().or(top);
    let id = text(body.call_id).or(text(body.room_name));
    let id = id.ok_or_else(|| aside("the event names no call"))?;
    let mut warnings = Warnings::default();
    let n = &mut warnings;
    let at = |inside, top| if nested { inside } else { top };
    let status = status(&event.event, n);
    let reason = body.end_reason.or_else(|| ends_by_itself(&event.event));
    let pointer = match &reason {
        Some(reason) if *reason == event.event => "/event",
        _ => at("/data/end_reason", "/end_reason"),
    };
    let end = end_reason::end_reason(VENDOR, reason, pointer, n);
    let processed = event.event == "call_postprocessing";
    let pointer = at("/data/call_duration", "/call_duration");
    let reported_duration = match processed {
        true => time::millis(body.call_duration, pointer, n),
        false => time::seconds(body.call_duration, pointer, n),
    };
    let mut analysis = JsonObject::new();
    json_object::put(&mut analysis, "entities", body.entities);
    json_object::put(&mut analysis, "dispositions", body.dispositions);
    let mut metadata = JsonObject::new();
    json_object::put_value(&mut metadata, "event", Some(&event.event));
    json_object::put_value(&mut metadata, "timestamp", event.timestamp);
    json_object::put_value(&mut metadata, "phone_number", body.phone_number);
    json_object::put_value(&mut metadata, "status", body.status);
    let needs_auth = body.recording_url.as_deref().is_some_and(|url| url.contains("/api/stream/"));
    Ok(Call {
        disposition: end_reason::disposition(
            None,
            None,
            event.event == "user_picked_up_at",
            end.as_ref(),
        ),
        analysis_state: analysis_state(&status, processed),
        status,
        end,
        reported_duration,
        transcript: match processed {
            true => transcript(body.transcript),
            false => Transcript::empty(TranscriptState::NotRequested),
        },
        recordings: media::recording(body.recording_url, None, needs_auth),
        summary: text(body.summary).filter(|summary| !is_absence(summary)),
        analysis,
        metadata,
        warnings: warnings.into_warnings(),
        raw: raw.to_owned(),
        ..Call::new(batch::id(VENDOR, context, id))
    })
}

impl Body {
    /// Takes from `other` what is not here.
    fn or(self, other: Self) -> Self {
        Self {
            call_id: self.call_id.or(other.call_id),
            room_name: self.room_name.or(other.room_name),
            phone_number: self.phone_number.or(other.phone_number),
            status: self.status.or(other.status),
            call_duration: self.call_duration.or(other.call_duration),
            end_reason: self.end_reason.or(other.end_reason),
            summary: self.summary.or(other.summary),
            entities: self.entities.or(other.entities),
            dispositions: self.dispositions.or(other.dispositions),
            recording_url: self.recording_url.or(other.recording_url),
            transcript: self.transcript.or(other.transcript),
        }
    }
}

fn status(event: &str, warnings: &mut Warnings) -> Status {
    match event {
        "call_started" | "user_picked_up_at" => Status::InProgress,
        "human_transfer_initiated" | "human_transfer_successful" | "human_transfer_failed" => {
            Status::InProgress
        }
        "call_ringing" => Status::Ringing,
        "call_rejected" | "call_no_answer" | "call_ended" | "call_postprocessing" => Status::Ended,
        "call_failed" => Status::Failed,
        _ => {
            warnings.unknown("/event");
            Status::Other("unknown".to_owned())
        }
    }
}

/// The events that are the reason themselves.
fn ends_by_itself(event: &str) -> Option<String> {
    matches!(event, "call_rejected" | "call_no_answer" | "call_failed").then(|| event.to_owned())
}

/// The analysis comes after the end, with an event of its own.
fn analysis_state(status: &Status, processed: bool) -> Option<AnalysisState> {
    match (processed, status.is_final()) {
        (true, _) => Some(AnalysisState::Complete),
        (false, true) => Some(AnalysisState::Pending),
        (false, false) => None,
    }
}

fn transcript(running: Option<String>) -> Transcript {
    let running = text(running).filter(|running| !is_absence(running));
    transcript::inline(labelled_turns(running.as_deref(), None, None), running)
}
