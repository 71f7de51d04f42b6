//! Which fields of a call may change with a field of a record: by the mapping's
//! own table, and by what is derived from each field.

use super::edits::Edit;
use callfold_tests::operations::Operation;
use callfold_unify::Mapping;

/// What follows from a field of a call, beside itself.
const DERIVED: &[(&str, &[&str])] = &[
    ("direction", &["from", "to", "customer", "agent_line", "disposition", "analysis_state"]),
    ("from", &["to", "transcript"]),
    ("to", &["from", "transcript"]),
    ("status", &["disposition", "answered_by", "transcript"]),
    ("end", &["disposition", "answered_by", "analysis_state"]),
    ("answered_by", &["disposition"]),
    ("started_at", &["duration_ms", "duration_basis", "disposition", "transcript"]),
    (
        "ended_at",
        &[
            "duration_ms",
            "duration_basis",
            "talk_time_ms",
            "ring_time_ms",
            "status",
            "end",
            "disposition",
            "analysis_state",
            "transcript",
        ],
    ),
    ("answered_at", &["talk_time_ms", "ring_time_ms", "status", "disposition", "analysis_state"]),
    ("ringing_at", &["ring_time_ms", "status", "disposition", "analysis_state"]),
    ("cost", &["transcript"]),
    ("recordings", &["transcript"]),
    ("summary", &["analysis", "transcript"]),
    ("transcript", &["analysis", "disposition", "analysis_state"]),
    ("analysis", &["sentiment", "latency"]),
    ("agent", &[]),
    ("reported_duration_ms", &["disposition"]),
    ("call_id", &["id", "alternate_ids"]),
];

/// The fields that may change when the value at this place does: `facts` among them, which hold a
/// value that no other field can.
pub(super) fn fields(operation: &Operation, pointer: &str) -> Vec<&'static str> {
    let pointer = plain(&operation.mapping, pointer);
    let mut fields = vec!["facts"];
    for (known, target) in operation.mapping.fields {
        if leads(known, &pointer) || leads(&pointer, known) {
            for target in target.split(", ") {
                let derived = DERIVED.iter().find(|(field, _)| *field == target);
                fields.push(target);
                fields.extend(derived.map(|(_, derived)| *derived).unwrap_or_default());
            }
        }
    }
    fields
}

/// Whether an added member stands beside members that the mapping knows.
pub(super) fn has_members(mapping: &Mapping, edit: &Edit, pointer: &str) -> bool {
    let parent = plain(mapping, pointer);
    let Some((parent, _)) = parent.rsplit_once('/') else { return false };
    edit.path.is_empty()
        || mapping.fields.iter().any(|(known, _)| {
            let next = known.split('/').nth(parent.split('/').count());
            next.is_some_and(|name| name != "*") && leads(parent, known)
        })
}

/// A pointer in the names of the mapping's table, which are in snake case.
fn plain(mapping: &Mapping, pointer: &str) -> String {
    let exact =
        mapping.fields.iter().any(|(known, _)| leads(known, pointer) || leads(pointer, known));
    if exact {
        return pointer.to_owned();
    }
    let mut plain = String::new();
    for c in pointer.chars() {
        if c.is_ascii_uppercase() {
            plain.push('_');
        }
        plain.push(c.to_ascii_lowercase());
    }
    plain
}

/// Whether `outer`, in which `*` stands for any step, is the start of `inner`.
fn leads(outer: &str, inner: &str) -> bool {
    let mut inner = inner.split('/');
    outer
        .split('/')
        .all(|step| inner.next().is_some_and(|other| step == other || step == "*" || other == "*"))
}
