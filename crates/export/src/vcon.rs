//! Calls as vCons, the IETF's container for conversations.
//!
//! One call is one vCon in the unsigned form of draft-ietf-vcon-vcon-core-04 (syntax 0.4.0).
//! `docs/formats.md` documents the mapping and what the draft leaves open.

mod analysis;
mod dialog;
mod participants;

use crate::{EncodeError, EncodeOptions, PrivacyPolicy, json::write_json, privacy::outgoing};
use analysis::VconAnalysis;
use callfold_unify::model::{Call, Timestamp};
use chrono::{Datelike, SecondsFormat, SubsecRound, Utc};
use dialog::Dialog;
use participants::{Participants, VconParty};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The version of the syntax, from the draft.
const SYNTAX: &str = "0.4.0";

/// One vCon as a file: its name and its bytes.
///
/// # Errors
///
/// [`EncodeErrorKind::Encoder`](crate::EncodeErrorKind::Encoder).
pub fn document(call: &Call, options: &EncodeOptions) -> Result<(String, Vec<u8>), EncodeError> {
    let mut bytes = Vec::new();
    let uuid = write(&mut bytes, call, options.raw, &options.privacy)?;
    bytes.push(b'\n');
    Ok((format!("{uuid}.vcon.json"), bytes))
}

/// A vCon without its attachments, which come last.
#[derive(Serialize)]
struct Container<'a> {
    vcon: &'static str,
    uuid: &'a str,
    created_at: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    redacted: Option<RedactedObject>,
    parties: Vec<VconParty<'a>>,
    dialog: Vec<Dialog<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    analysis: Vec<VconAnalysis<'a>>,
}

#[derive(Serialize)]
struct RedactedObject {
    #[serde(rename = "type")]
    kind: String,
}

/// The call record.
#[derive(Serialize)]
struct Attachment<'a> {
    purpose: &'static str,
    start: &'a str,
    party: usize,
    dialog: usize,
    mediatype: &'static str,
    encoding: &'static str,
}

/// Appends a vCon as JSON on one line, and returns its UUID.
pub(crate) fn write(
    out: &mut Vec<u8>,
    original: &Call,
    raw: bool,
    privacy: &PrivacyPolicy,
) -> Result<String, EncodeError> {
    let call = outgoing(original, raw, privacy);
    let uuid = uuid(&call, privacy);
    // The draft requires a time.
    let created_at = date(completed_at(&call).unwrap_or_else(now));
    let participants = Participants::new(&call);
    let (dialog, captured) = dialog::dialogs(original, &call, &participants);
    let analysis = analysis::analyses(&call, &participants, captured);
    let platform = participants.platform;
    let container = Container {
        vcon: SYNTAX,
        uuid: &uuid,
        created_at: &created_at,
        redacted: privacy.redaction().map(|kind| RedactedObject { kind }),
        parties: participants.parties,
        dialog,
        analysis,
    };
    write_json(out, &container)?;
    // The record is the last member, appended by the fast JSON writer.
    out.pop();
    out.extend_from_slice(b",\"attachments\":[");
    let attachment = Attachment {
        purpose: "call record",
        start: &created_at,
        party: platform,
        dialog: 0,
        mediatype: "application/json",
        encoding: "json",
    };
    write_json(out, &attachment)?;
    out.pop();
    out.extend_from_slice(b",\"body\":");
    call.write_json(out);
    out.extend_from_slice(b"}]}");
    Ok(uuid)
}

/// A version 8 UUID from the SHA-256 of the call's id and the privacy policy: every export of the
/// same call with the same policy has the same.
fn uuid(call: &Call, privacy: &PrivacyPolicy) -> String {
    let mut hash = Sha256::new_with_prefix(call.id.to_string());
    if !privacy.keeps_all() {
        hash.update(b"\n");
        hash.update(privacy.fingerprint());
    }
    let mut bytes: [u8; 16] = std::array::from_fn({
        let hash = hash.finalize();
        move |place| hash[place]
    });
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// When the call was complete, or the nearest known time.
fn completed_at(call: &Call) -> Option<Timestamp> {
    let times = [
        call.ended_at,
        call.created_at,
        call.answered_at,
        call.started_at,
        call.ringing_at,
        call.dialing_at,
    ];
    let said = call.transcript.turns.iter().rev().map(|turn| turn.at);
    times.into_iter().chain(said).flatten().find(is_writable)
}

/// Whether RFC 3339 can write the time: its year has four digits.
fn is_writable(at: &Timestamp) -> bool {
    (0..=9999).contains(&at.year())
}

/// The present second.
fn now() -> Timestamp {
    Utc::now().trunc_subsecs(0)
}

fn date(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
