//! Webhook events: what one tells about a call.
//!
//! No page documents their bodies in full, so nothing is required but the
//! call's identifier, which is called `room_name` in most of them.

use super::{VENDOR, is_absence, recordings};
use crate::{
    Context, RejectedRecord,
    convert::{
        ConnectionEvidence, Warnings, end_reason, finish, json_object, text, time, transcript,
    },
    json_text,
    model::{
        AnalysisState, Call, Disposition, JsonObject, Status, Transcript, TranscriptState,
        Transfer, TransferStatus,
    },
};
use callfold_record::{RawJson, RawNumber};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The members of an event that the fields of the call hold.
const READ: &[&str] = &[
    "call_id",
    "room_name",
    "call_duration",
    "end_reason",
    "summary",
    "entities",
    "dispositions",
    "recording_url",
    "transcript",
];

/// What every event has, and where the rest of some is.
#[derive(Deserialize)]
struct EventEnvelope {
    event: String,
    timestamp: Option<String>,
    data: Option<EventFacts>,
}

/// The facts of an event, at its top or in `data`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct EventFacts {
    call_id: Option<String>,
    room_name: Option<String>,
    call_duration: Option<RawNumber>,
    end_reason: Option<String>,
    summary: Option<String>,
    entities: Option<RawJson>,
    dispositions: Option<RawJson>,
    recording_url: Option<String>,
    transcript: Option<String>,
}

/// Maps one event of a webhook. The duration is in seconds, but in
/// milliseconds in `call_postprocessing`.
pub(super) fn map_event(raw: &RawValue, context: &Context) -> Result<Call, RejectedRecord> {
    let aside = |reason: &str| RejectedRecord {
        vendor: VENDOR,
        account: context.account.clone(),
        reason: reason.to_owned(),
        id: None,
        raw: raw.to_owned(),
    };
    let read = || {
        let event: EventEnvelope = serde_json::from_str(raw.get()).ok()?;
        let top: EventFacts = serde_json::from_str(raw.get()).ok()?;
        Some((event, top, facts(raw)?))
    };
    let (event, top, mut facts) =
        read().ok_or_else(|| aside("a field of the event has another type"))?;
    let nested = event.data.is_some();
    let body = event.data.unwrap_or_default().or(top);
    let id = text(body.call_id).or(text(body.room_name));
    let id = id.ok_or_else(|| aside("the event names no call"))?;
    let warnings = &mut Warnings::default();
    let at = |inside, top| if nested { inside } else { top };
    let status = status(&event.event, warnings);
    let reason = body.end_reason.or_else(|| ends_by_itself(&event.event));
    let pointer = match &reason {
        Some(reason) if *reason == event.event => "/event",
        _ => at("/data/end_reason", "/end_reason"),
    };
    let end = end_reason::end_reason(VENDOR, reason, pointer, warnings);
    let processed = event.event == "call_postprocessing";
    let pointer = at("/data/call_duration", "/call_duration");
    let length = body.call_duration.and_then(|length| length.as_str().parse::<f64>().ok());
    let reported_duration = match processed {
        true => time::millis(length, pointer, warnings),
        false => time::seconds(length, pointer, warnings),
    };
    let mut analysis = JsonObject::new();
    json_object::put(&mut analysis, "entities", body.entities);
    json_object::put(&mut analysis, "dispositions", body.dispositions);
    let transfers = transfers(&event.event, event.timestamp, context, warnings);
    json_object::put_left_out(&mut facts, || raw.get(), warnings);
    let word = is_picked_up(&event.event).then_some(Disposition::Answered);
    let mut call = Call {
        analysis_state: analysis_state(&status, processed),
        status,
        end,
        transfers,
        reported_duration,
        transcript: match processed {
            true => transcript(body.transcript),
            false => Transcript::empty(TranscriptState::NotRequested),
        },
        recordings: recordings(body.recording_url, context),
        summary: text(body.summary).filter(|summary| !is_absence(summary)),
        analysis,
        facts,
        warnings: warnings.finish(),
        raw: raw.to_owned(),
        ..Call::new(json_text::id(VENDOR, context, id))
    };
    let connection = ConnectionEvidence { word: word.as_ref(), reports_pick_up: false };
    finish(&mut call, connection, context);
    Ok(call)
}

/// What no field of the call holds, from the top of the event and from its `data`.
fn facts(raw: &RawValue) -> Option<JsonObject> {
    let mut top: JsonObject = serde_json::from_str(raw.get()).ok()?;
    let data = top.remove("data").and_then(|data| data.parse::<JsonObject>().ok());
    let inside = data.into_iter().flatten().map(|(name, value)| (format!("data/{name}"), value));
    let mut facts = JsonObject::new();
    for (name, value) in top.into_iter().chain(inside) {
        if !READ.contains(&name.trim_start_matches("data/")) {
            json_object::put(&mut facts, &name, Some(value));
        }
    }
    Some(facts)
}

/// The hand-over to a person that an event tells of.
fn transfers(
    event: &str,
    timestamp: Option<String>,
    context: &Context,
    warnings: &mut Warnings,
) -> Vec<Transfer> {
    let status = match event {
        "human_transfer_initiated" => TransferStatus::Started,
        "human_transfer_successful" => TransferStatus::Completed,
        "human_transfer_failed" => TransferStatus::Failed,
        _ => return Vec::new(),
    };
    let at = time::instant(timestamp, "/timestamp", context, warnings);
    vec![Transfer { status: Some(status), at, ..Transfer::default() }]
}

/// The events that only a call that was picked up has.
fn is_picked_up(event: &str) -> bool {
    event == "user_picked_up_at" || event.starts_with("human_transfer_")
}

impl EventFacts {
    /// Takes from `other` what is not here.
    fn or(self, other: Self) -> Self {
        Self {
            call_id: self.call_id.or(other.call_id),
            room_name: self.room_name.or(other.room_name),
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
        "call_started" => Status::Queued,
        "call_ringing" => Status::Ringing,
        event if is_picked_up(event) => Status::InProgress,
        "call_rejected"
        | "call_no_answer"
        | "call_ended"
        | "call_postprocessing"
        | "call.completed"
        | "call.no_answer" => Status::Ended,
        "call_failed" | "call.failed" => Status::Failed,
        _ => {
            warnings.unknown("/event");
            Status::Other("unknown".to_owned())
        }
    }
}

/// The events that are the reason themselves.
fn ends_by_itself(event: &str) -> Option<String> {
    const REASONS: &[&str] =
        &["call_rejected", "call_no_answer", "call_failed", "call.no_answer", "call.failed"];
    REASONS.contains(&event).then(|| event.to_owned())
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
    transcript::running(running, &[])
}
