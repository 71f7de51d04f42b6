//! The dialogs of a call, or why there was none.

use super::{
    completed_at, date, is_writable,
    participants::{BOTH, Participants, transfers},
};
use callfold_unify::model::{
    Call, Disposition, EndReasonKind, Recording, Timestamp, TransferStatus, Turn, TurnKind,
};
use chrono::TimeDelta;
use serde::{Serialize, Serializer};
use std::{borrow::Cow, time::Duration};

/// A Dialog Object.
#[derive(Debug, Default, Serialize)]
pub(super) struct Dialog<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    start: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    duration: Option<Duration>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parties: Vec<usize>,
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
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    roles: Option<TransferRoles>,
    application: &'a str,
}

/// Who took part in a transfer, and the dialogs of it.
#[derive(Debug, Serialize)]
struct TransferRoles {
    transferee: usize,
    transferor: usize,
    transfer_target: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    original: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_dialog: Option<usize>,
}

/// Whole seconds as an integer, others as a decimal.
fn seconds<S: Serializer>(length: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match length {
        None => serializer.serialize_none(),
        Some(length) if length.subsec_millis() == 0 => serializer.serialize_u64(length.as_secs()),
        Some(length) => serializer.serialize_f64(length.as_secs_f64()),
    }
}

/// The dialogs of a call, how many they are, and after them those of its transfers.
pub(super) fn dialogs<'a>(
    original: &Call,
    call: &'a Call,
    participants: &Participants<'_>,
) -> (Vec<Dialog<'a>>, usize) {
    let mut dialogs = captured(original, call, participants);
    let count = dialogs.len();
    push_transfers(call, participants, &mut dialogs);
    (dialogs, count)
}

/// Adds the transfers of a call whose sides are known. One that failed has a dialog with its target,
/// which says why; of one that did not, nothing was captured.
fn push_transfers<'a>(
    call: &'a Call,
    participants: &Participants<'_>,
    dialogs: &mut Vec<Dialog<'a>>,
) {
    let (Some(transferee), Some(transferor)) = (participants.customer, participants.agent) else {
        return;
    };
    let Some(begin) = begin(call, true) else { return };
    let spoken = |dialog: &Dialog<'_>| matches!(dialog.kind, "recording" | "text");
    let original: Vec<usize> =
        dialogs.iter().enumerate().filter(|(_, one)| spoken(one)).map(|(at, _)| at).collect();
    for (transfer, target) in transfers(call).zip(&participants.targets) {
        let at = transfer.at.or(call.ended_at).filter(is_writable).unwrap_or(begin);
        let empty = |kind| Dialog {
            kind,
            start: date(at),
            application: &call.id.vendor,
            ..Dialog::default()
        };
        let disposition = failure(transfer.status);
        let target_dialog = disposition.map(|_| dialogs.len());
        dialogs.extend(disposition.map(|disposition| Dialog {
            parties: vec![transferor, *target],
            disposition: Some(disposition),
            ..empty("incomplete")
        }));
        let original = original.clone();
        let roles = TransferRoles {
            transferee,
            transferor,
            transfer_target: *target,
            original,
            target_dialog,
        };
        dialogs.push(Dialog { roles: Some(roles), ..empty("transfer") });
    }
}

/// Why a transfer failed; `None` if it did not, or if nothing tells.
fn failure(status: Option<&TransferStatus>) -> Option<&'static str> {
    match status? {
        TransferStatus::NoAnswer => Some("no-answer"),
        TransferStatus::Busy => Some("busy"),
        TransferStatus::Voicemail => Some("voicemail-no-message"),
        TransferStatus::Canceled => Some("hung-up"),
        TransferStatus::Failed => Some("failed"),
        _ => None,
    }
}

/// What was captured of the conversation, or why there was none. A call that is not over
/// yet, or of which nothing was captured, has none; nor has a call without any time, because a dialog
/// needs one. Their kind depends on the `original` call, of which `call` is redacted.
fn captured<'a>(
    original: &Call,
    call: &'a Call,
    participants: &Participants<'_>,
) -> Vec<Dialog<'a>> {
    let recorded = !original.recordings.is_empty();
    let written = !original.transcript.turns.is_empty() || original.transcript.text.is_some();
    let incomplete = match &original.disposition {
        Some(Disposition::NoAnswer | Disposition::Declined) => Some("no-answer"),
        Some(Disposition::Busy) => Some("busy"),
        Some(Disposition::Canceled) => Some(canceled(original)),
        Some(Disposition::InvalidNumber | Disposition::Failed) => Some("failed"),
        Some(Disposition::Voicemail) if !recorded && !written => Some("voicemail-no-message"),
        _ => None,
    };
    let Some(start) = begin(call, incomplete.is_none()) else { return Vec::new() };
    let empty = |kind| Dialog {
        kind,
        start: date(start),
        parties: BOTH.to_vec(),
        application: &call.id.vendor,
        ..Dialog::default()
    };
    if incomplete.is_some() {
        return vec![Dialog { disposition: incomplete, ..empty("incomplete") }];
    }
    let turns = &call.transcript.turns;
    match &call.transcript.text {
        _ if !call.recordings.is_empty() => {
            let length = length(call);
            let recordings = call.recordings.iter();
            recordings.map(|one| recording(one, length, empty("recording"))).collect()
        }
        // The recordings were left out.
        _ if recorded => vec![Dialog { duration: length(call), ..empty("recording") }],
        _ if !turns.is_empty() => {
            // A tool without words says nothing.
            let spoken =
                turns.iter().filter(|turn| turn.kind == TurnKind::Speech || !turn.text.is_empty());
            spoken.map(|turn| said(turn, start, participants, empty("text"))).collect()
        }
        Some(text) => vec![text_of(text, empty("text"))],
        // The words were left out.
        None if written => vec![empty("text")],
        None => Vec::new(),
    }
}

/// A canceled call is `hung-up` if a party ended it.
fn canceled(call: &Call) -> &'static str {
    let by_party = |kind: &EndReasonKind| {
        matches!(kind, EndReasonKind::CustomerHangup | EndReasonKind::AgentHangup)
    };
    if call.end.as_ref().is_some_and(|end| by_party(&end.kind)) { "hung-up" } else { "failed" }
}

/// The start of the conversation if `spoken` is set, or of the call, or else the nearest known time;
/// `None` if no time is known.
fn begin(call: &Call, spoken: bool) -> Option<Timestamp> {
    let answered = call.answered_at.filter(|_| spoken);
    let times = [answered, call.started_at, call.dialing_at, call.ringing_at];
    times.into_iter().flatten().find(is_writable).or_else(|| completed_at(call))
}

/// From pick-up where that is known, otherwise that of the call.
fn length(call: &Call) -> Option<Duration> {
    let total = call.duration.or(call.reported_duration);
    if call.answered_at.is_some() { call.talk_time } else { total }
}

fn recording<'a>(
    recording: &'a Recording,
    duration: Option<Duration>,
    empty: Dialog<'a>,
) -> Dialog<'a> {
    Dialog {
        duration,
        mediatype: recording.media_type.as_deref().map(media_type),
        // The draft allows only https.
        url: Some(recording.url.as_str()).filter(|url| url.starts_with("https://")),
        ..empty
    }
}

fn said<'a>(
    turn: &'a Turn,
    begin: Timestamp,
    participants: &Participants<'_>,
    empty: Dialog<'a>,
) -> Dialog<'a> {
    let counted = turn.offset_ms.and_then(TimeDelta::try_milliseconds);
    let counted = counted.and_then(|offset| begin.checked_add_signed(offset));
    let start = turn.at.filter(is_writable).or(counted.filter(is_writable)).unwrap_or(begin);
    let speaker = participants.speaker(&turn.role);
    Dialog {
        start: date(start),
        parties: speaker.map_or_else(|| BOTH.to_vec(), |party| vec![party]),
        ..text_of(&turn.text, empty)
    }
}

fn text_of<'a>(text: &'a str, empty: Dialog<'a>) -> Dialog<'a> {
    Dialog {
        mediatype: Some("text/plain".into()),
        body: Some(text),
        encoding: Some("none"),
        ..empty
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
