//! The dialogs of a call, or why there was none.

use super::{
    completed_at, date, is_writable,
    participants::{BOTH, Participants},
};
use callfold_unify::model::{Call, Disposition, EndReasonKind, Recording, Status, Turn};
use chrono::TimeDelta;
use serde::{Serialize, Serializer};
use std::{borrow::Cow, time::Duration};

/// A Dialog Object; the empty one is an unknown dialog.
#[derive(Debug, Default, Serialize)]
pub(super) struct Dialog<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    duration: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parties: Option<Parties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mediatype: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disposition: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Parties {
    One(usize),
    Both([usize; 2]),
}

/// Whole seconds as an integer, others as a decimal.
fn seconds<S: Serializer>(length: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match length {
        None => serializer.serialize_none(),
        Some(length) if length.subsec_millis() == 0 => serializer.serialize_u64(length.as_secs()),
        Some(length) => serializer.serialize_f64(length.as_secs_f64()),
    }
}

/// The dialogs, one or more. Their kind depends on the `original` call, of which `call` is redacted.
pub(super) fn dialogs<'a>(
    original: &Call,
    call: &'a Call,
    participants: &Participants<'_>,
) -> Vec<Dialog<'a>> {
    let recorded = !original.recordings.is_empty();
    let spoken =
        recorded || !original.transcript.turns.is_empty() || original.transcript.text.is_some();
    let incomplete = match &original.disposition {
        Some(Disposition::NoAnswer | Disposition::Declined) => Some("no-answer"),
        Some(Disposition::Busy) => Some("busy"),
        Some(Disposition::Canceled) => Some(canceled(original)),
        Some(Disposition::InvalidNumber | Disposition::Failed) => Some("failed"),
        Some(Disposition::Voicemail) if !spoken => Some("voicemail-no-message"),
        _ => None,
    };
    if let Some(disposition) = incomplete {
        return vec![Dialog {
            kind: Some("incomplete"),
            start: Some(date(begin(call, false))),
            parties: Some(Parties::Both(BOTH)),
            disposition: Some(disposition),
            application: Some(&call.id.vendor),
            ..Dialog::default()
        }];
    }
    let connected = [Some(Disposition::Answered), Some(Disposition::Voicemail)];
    if !spoken
        && !connected.contains(&original.disposition)
        && original.status != Status::InProgress
    {
        return vec![Dialog::default()];
    }
    if recorded && !call.recordings.is_empty() {
        return call.recordings.iter().map(|one| recording(call, Some(one))).collect();
    }
    if recorded || call.transcript.turns.is_empty() {
        return vec![recording(call, None)];
    }
    call.transcript.turns.iter().map(|turn| text(call, turn, participants)).collect()
}

/// A canceled call is `hung-up` if a party ended it.
fn canceled(call: &Call) -> &'static str {
    let by_party = |kind: &EndReasonKind| {
        matches!(kind, EndReasonKind::CustomerHangup | EndReasonKind::AgentHangup)
    };
    if call.end.as_ref().is_some_and(|end| by_party(&end.kind)) { "hung-up" } else { "failed" }
}

/// The start of the conversation if `spoken` is set, or of the call.
fn begin(call: &Call, spoken: bool) -> callfold_unify::model::Timestamp {
    let answered = call.answered_at.filter(|_| spoken);
    let times = [answered, call.started_at, call.dialing_at, call.ringing_at];
    times.into_iter().flatten().find(is_writable).unwrap_or_else(|| completed_at(call))
}

fn recording<'a>(call: &'a Call, recording: Option<&'a Recording>) -> Dialog<'a> {
    let talked = call.answered_at.and(call.talk_time);
    let total = call.duration.or(call.reported_duration);
    Dialog {
        kind: Some("recording"),
        start: Some(date(begin(call, true))),
        duration: if call.answered_at.is_some() { talked } else { total },
        parties: Some(Parties::Both(BOTH)),
        mediatype: recording.and_then(|one| one.media_type.as_deref()).map(media_type),
        // The draft allows only https.
        url: recording.map(|one| one.url.as_str()).filter(|url| url.starts_with("https://")),
        application: Some(&call.id.vendor),
        ..Dialog::default()
    }
}

fn text<'a>(call: &'a Call, turn: &'a Turn, participants: &Participants<'_>) -> Dialog<'a> {
    let begin = begin(call, true);
    let counted = turn.offset_ms.and_then(TimeDelta::try_milliseconds);
    let counted = counted.and_then(|offset| begin.checked_add_signed(offset));
    let start = turn.at.filter(is_writable).or(counted.filter(is_writable)).unwrap_or(begin);
    Dialog {
        kind: Some("text"),
        start: Some(date(start)),
        parties: Some(participants.speaker(&turn.role).map_or(Parties::Both(BOTH), Parties::One)),
        mediatype: Some("text/plain".into()),
        body: Some(&turn.text),
        encoding: Some("none"),
        application: Some(&call.id.vendor),
        ..Dialog::default()
    }
}

/// The draft's name of a media type, if it has its own.
fn media_type(word: &str) -> Cow<'_, str> {
    let known = match word.to_ascii_lowercase().as_str() {
        "audio/mpeg" | "audio/mp3" | "audio/x-mpeg" => "audio/x-mp3",
        "audio/wav" | "audio/wave" | "audio/vnd.wave" => "audio/x-wav",
        "audio/mp4" | "audio/m4a" | "audio/x-m4a" => "audio/x-mp4",
        "video/mp4" => "video/x-mp4",
        _ => return word.into(),
    };
    known.into()
}
