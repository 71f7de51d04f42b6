//! Responses of a vendor: taken apart by its client, and mapped.

use crate::operations::{self, Operation, Seen, json};
use callfold_unify::model::{Call, CallId};

/// Takes any bytes for a response of each operation of a vendor.
pub(crate) fn of(vendor: &str, data: &[u8]) {
    for operation in operations::all().filter(|operation| operation.vendor == vendor) {
        check(operation, data);
    }
    for extra in operations::extras(vendor) {
        if let Err(error) = (extra.read)(data) {
            is_one_harmless_line(&error.to_string());
        }
    }
}

/// What must hold for any response; gives the number of its records, `None` if
/// the response is an error.
pub(crate) fn check(operation: &Operation, data: &[u8]) -> Option<Vec<Seen>> {
    let seen = match operation.read(data) {
        Ok(seen) => seen,
        Err(error) => {
            is_one_harmless_line(&error.to_string());
            assert!(format!("{error:?}").len() < 10_000, "an error that is a page long");
            return None;
        }
    };
    // A client replaces credentials before it reads a response.
    let secrets = seen.first().map_or(&[][..], |one| one.secrets);
    let redacted = callfold_record::runtime::redact(data, secrets);
    if redacted != data {
        return check(operation, &redacted);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        are_verbatim(text, &seen);
        by_text(operation, text);
    }
    for one in &seen {
        if let Ok(written) = &one.call {
            let id = survives(written);
            alone(operation, &one.raw, &id);
        }
    }
    Some(seen)
}

/// Checks that the response contains each raw record byte for byte, in the same order. A record
/// that is not valid JSON is kept as a string of its text.
fn are_verbatim(text: &str, seen: &[Seen]) {
    let mut rest = text;
    for one in seen {
        let malformed: Option<String> =
            serde_json::from_str(&one.raw).ok().filter(|_| one.call.is_err());
        let raw = std::iter::once(one.raw.as_str()).chain(malformed.as_deref());
        let found = raw.filter_map(|raw| Some(rest.find(raw)? + raw.len())).min();
        rest = &rest[found.expect("a raw record that is not in the response")..];
    }
}

/// The same without a client: calls that survive, and errors that are harmless.
fn by_text(operation: &Operation, text: &str) {
    match operation.by_text(text) {
        Ok(mapped) => {
            for call in &mapped.calls {
                survives(&json(call));
            }
            for rejected in &mapped.rejected {
                is_one_harmless_line(&rejected.to_string());
                assert!(text.contains(rejected.raw.get()), "rejected, and not as it came");
            }
        }
        Err(error) => is_one_harmless_line(&error.to_string()),
    }
}

/// A call that is written and read again is the same, and so is its id.
fn survives(written: &str) -> CallId {
    let call: Call = serde_json::from_str(written).expect("a written call is read back");
    assert_eq!(json(&call), written, "the call changes when it is read back");
    let text = call.id.to_string();
    assert_eq!(text.parse().as_ref(), Ok(&call.id), "the id cannot be taken apart");
    call.id
}

/// The record alone has the id that it has on its page.
fn alone(operation: &Operation, raw: &str, id: &CallId) {
    let Ok(mapped) = operation.by_text(raw) else { return };
    for call in &mapped.calls {
        assert_eq!(&call.id, id, "another id when alone");
    }
}

/// A message for people: one line, and nothing that acts upon a terminal.
pub(crate) fn is_one_harmless_line(text: &str) {
    assert!(!text.contains(callfold_unify::json::is_terminal_control), "not harmless: {text:?}");
    assert!(text.len() < 10_000, "a message of {} bytes", text.len());
}
