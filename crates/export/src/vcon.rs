//! Calls as vCons, the IETF's container for conversations.
//!
//! One call is one vCon in the unsigned form of draft-ietf-vcon-vcon-core-04
//! (syntax 0.4.0). Which field goes where, and what the draft leaves open, is
//! in `docs/formats.md`.

mod analysis;
mod dialog;
mod parties;

use crate::{
    EncodeError, EncodeOptions, Encoder, PrivacyPolicy, compress::Compress, json::write_json,
    privacy::outgoing,
};
use analysis::Analysis;
use callfold_unify::model::{Call, Timestamp};
use chrono::{DateTime, Datelike, SecondsFormat};
use dialog::Dialog;
use parties::{Cast, Party};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The version of the syntax, from the draft.
const SYNTAX: &str = "0.4.0";

/// One vCon as a file of its own: its name and its bytes.
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

/// vCons as JSON Lines.
pub(crate) struct Vcon {
    compress: Compress,
    raw: bool,
    privacy: PrivacyPolicy,
}

impl Vcon {
    pub(crate) fn new(options: &EncodeOptions) -> Self {
        let compress = Compress::new(options.compression);
        Self { compress, raw: options.raw, privacy: options.privacy.clone() }
    }
}

impl Encoder for Vcon {
    fn push(&mut self, calls: &[Box<Call>], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Self { compress, raw, privacy } = self;
        compress.whole(out, |out| {
            calls.iter().try_for_each(|call| {
                write(out, call, *raw, privacy)?;
                out.push(b'\n');
                Ok(())
            })
        })
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(())
    }
}

/// All but the attachments, which come last.
#[derive(Serialize)]
struct Container<'a> {
    vcon: &'static str,
    uuid: &'a str,
    created_at: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    redacted: Option<Redacted>,
    parties: Vec<Party<'a>>,
    dialog: Vec<Dialog<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    analysis: Vec<Analysis<'a>>,
}

#[derive(Serialize)]
struct Redacted {
    #[serde(rename = "type")]
    kind: String,
}

/// The vendor's and our part of a call: its record.
#[derive(Serialize)]
struct Attachment<'a> {
    purpose: &'static str,
    start: &'a str,
    party: usize,
    dialog: usize,
    mediatype: &'static str,
    encoding: &'static str,
}

fn write(
    out: &mut Vec<u8>,
    whole: &Call,
    raw: bool,
    privacy: &PrivacyPolicy,
) -> Result<String, EncodeError> {
    let call = outgoing(whole, raw, privacy);
    let uuid = uuid(&call, privacy);
    let created_at = date(moment(&call));
    let cast = Cast::of(&call);
    let dialog = dialog::dialogs(whole, &call, &cast);
    let analysis = analysis::analyses(&call, &cast, dialog.len());
    let platform = cast.platform;
    let container = Container {
        vcon: SYNTAX,
        uuid: &uuid,
        created_at: &created_at,
        redacted: privacy.redaction().map(|kind| Redacted { kind }),
        parties: cast.parties,
        dialog,
        analysis,
    };
    write_json(out, &container)?;
    // The record is written the quick way, as the last member of the last member.
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

/// A version 8 UUID of the SHA-256 of the call's id: whoever exports the call
/// gives it the same, and a version with less in it has one of its own.
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

/// When a call was all there, or what comes nearest to it. Where no time is
/// known, and the draft wants one, it is the beginning of 1970.
fn moment(call: &Call) -> Timestamp {
    let times = [call.ended_at, call.created_at, call.answered_at, call.started_at];
    times.into_iter().flatten().find(is_writable).unwrap_or(DateTime::UNIX_EPOCH)
}

/// Whether RFC 3339 can write the time: its years have four digits.
fn is_writable(at: &Timestamp) -> bool {
    (0..=9999).contains(&at.year())
}

fn date(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
