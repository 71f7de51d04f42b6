//! Reads what can be read of a record that does not decode.
//!
//! The decoder names the place it stumbled over; that place is edited in the
//! raw text, and the text is decoded again. Only containers on the way to a
//! failure are taken apart, so every other byte stays as it came.

use super::decode_error::{self, Mismatch};
use super::json_edit::{Edit, EditableRecord, JsonNode, PathSegment, push_step};
use super::{Issue, Record, UnusableRecord, scan};
use serde_path_to_error::{Segment, Track};

/// After so many edits the record is put together member by member instead.
/// One edit covers all items of an array that fail in the same way, so only a
/// record that is wrong nearly everywhere comes here.
const MAX_EDITS: usize = 64;

/// What could be read of `text`, and what was in the way.
pub(super) fn salvage<T: Record>(text: &str) -> (Result<T, UnusableRecord>, Vec<Issue>) {
    let mut issues = Vec::new();
    let value = match unusable_id(text, T::ID_FIELD) {
        Some(reason) => match with_other_id::<T>(text) {
            Some(edited) => {
                issues.extend(discarded_id(text, T::ID_FIELD));
                edit_until_read(&edited, &mut issues)
            }
            None => Err(UnusableRecord { reason, id: None }),
        },
        None => edit_until_read(text, &mut issues),
    };
    (value, issues)
}

/// The record with its other id in place of the one that is not usable.
fn with_other_id<T: Record>(text: &str) -> Option<String> {
    let id = scan::id_text(text, T::OTHER_ID_FIELD?)?;
    let id = serde_json::to_string(&id).ok()?;
    let rest = EditableRecord::new(text).without(T::ID_FIELD).render();
    Some(format!("{{\"{}\":{id},{}", T::ID_FIELD, rest.strip_prefix('{')?))
}

/// What was in place of an id, if that was more than nothing.
fn discarded_id(text: &str, field: &str) -> Option<Issue> {
    let id = scan::member(text, field)?.get();
    let mut pointer = String::new();
    push_step(&mut pointer, field);
    let found = decode_error::type_word(id).to_owned();
    let is_hollow = matches!(id, "null" | "\"\"" | "[]" | "{}");
    (!is_hollow).then(|| Issue { pointer, expected: "a string".to_owned(), found })
}

/// Why the record cannot be told apart from others; `None` if it can.
fn unusable_id(text: &str, field: &str) -> Option<String> {
    let word = decode_error::type_word(text);
    if word != "object" {
        return Some(format!("the record is not an object but {}", with_article(word)));
    }
    let Some(id) = scan::member(text, field) else {
        return Some(format!("the id `{field}` is missing"));
    };
    match decode_error::type_word(id.get()) {
        "number" => None,
        "string" if scan::id_text(text, field).is_some() => None,
        "string" if id.get() == "\"\"" => Some(format!("the id `{field}` is empty")),
        "string" => Some(format!("the id `{field}` is not readable text")),
        "null" => Some(format!("the id `{field}` is null")),
        word => Some(format!("the id `{field}` is {}", with_article(word))),
    }
}

fn with_article(word: &str) -> String {
    match word {
        "null" | "nothing" => word.to_owned(),
        "object" | "array" => format!("an {word}"),
        _ => format!("a {word}"),
    }
}

fn edit_until_read<T: Record>(text: &str, issues: &mut Vec<Issue>) -> Result<T, UnusableRecord> {
    let mut doc = EditableRecord::new(text);
    for edits in 0..MAX_EDITS {
        let edited = doc.render();
        // Noting the way makes decoding slower: done only where it fails.
        if edits > 0
            && let Ok(value) = serde_json::from_str(&edited)
        {
            return Ok(value);
        }
        let (mismatch, steps) = match decode::<T>(&edited) {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        if !edit(&mut doc, &steps, &mismatch, T::ID_FIELD, issues) {
            break;
        }
    }
    member_by_member(&doc, issues)
}

fn decode<T: Record>(text: &str) -> Result<T, (Mismatch, Vec<PathSegment>)> {
    let mut track = Track::new();
    let mut json = serde_json::Deserializer::from_str(text);
    T::deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track)).map_err(|error| {
        let mut steps = Vec::new();
        for segment in track.path().iter() {
            match segment {
                Segment::Seq { index } => steps.push(PathSegment::Item(*index)),
                Segment::Map { key } => steps.push(PathSegment::Member(key.clone())),
                // Further down nothing is known: the place is the one so far.
                Segment::Enum { .. } | Segment::Unknown => break,
            }
        }
        (Mismatch::of(&error), steps)
    })
}

/// Edits the place that failed; `false` if there is nothing to edit there.
fn edit(
    doc: &mut EditableRecord<'_>,
    steps: &[PathSegment],
    mismatch: &Mismatch,
    id_field: &str,
    issues: &mut Vec<Issue>,
) -> bool {
    if let Mismatch::Duplicate { field } = mismatch {
        return doc.keep_last(steps, field, &mut |pointer| {
            issues.push(Issue {
                pointer: pointer.to_owned(),
                expected: mismatch.expected(),
                found: "repeated field".to_owned(),
            });
        });
    }
    let is_id = matches!(steps, [PathSegment::Member(name)] if name == id_field);
    if steps.is_empty() {
        return false;
    }
    let mut edited = false;
    doc.edit(steps, &mut |node, pointer, exact| {
        if !exact && !fails_alike(node, mismatch) {
            return Edit::Keep;
        }
        let act = match node {
            JsonNode::Raw(text) if is_id && decode_error::type_word(text) == "number" => {
                Edit::Replace(JsonNode::Text(format!("\"{text}\"")))
            }
            _ if is_id => return Edit::Keep,
            _ if node.type_word() == "null" => Edit::Remove,
            _ => Edit::Replace(JsonNode::Null),
        };
        edited = true;
        if !matches!(node, JsonNode::Null) {
            issues.push(Issue {
                pointer: pointer.to_owned(),
                expected: mismatch.expected(),
                found: node.type_word().to_owned(),
            });
        }
        act
    });
    edited
}

/// Whether a value at the same place of a neighbouring item fails in the same
/// way. It must be certain: what is edited without need would be lost.
fn fails_alike(node: &mut JsonNode<'_>, mismatch: &Mismatch) -> bool {
    match mismatch {
        Mismatch::Type { found, integral, .. } => {
            node.type_word() == *found && (*found != "number" || node.is_integral() == *integral)
        }
        Mismatch::Missing { field } => node.lacks_member(field),
        _ => false,
    }
}

/// The last resort: starts from the id alone and adds each member that does
/// not make decoding fail.
fn member_by_member<T: Record>(
    doc: &EditableRecord<'_>,
    issues: &mut Vec<Issue>,
) -> Result<T, UnusableRecord> {
    let mut kept = doc.only(|name| name == T::ID_FIELD);
    let mut value = decode::<T>(&kept.render()).map_err(|(mismatch, _)| UnusableRecord {
        reason: format!("the record does not decode: {mismatch}"),
        id: None,
    })?;
    for (pointer, member) in doc.members(T::ID_FIELD) {
        let found = member.type_word();
        kept.push(member.clone());
        match decode::<T>(&kept.render()) {
            Ok(better) => value = better,
            Err((mismatch, _)) => {
                kept.pop();
                issues.push(Issue {
                    pointer,
                    expected: mismatch.expected(),
                    found: found.to_owned(),
                });
            }
        }
    }
    Ok(value)
}
