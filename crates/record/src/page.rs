//! From a page's body to a typed value, or to the place where it does not match
//! the schema.

use crate::decode_error::Mismatch;
use crate::in_place::in_place;
use crate::json_edit::push_step;
use crate::lenient::{DecodeStats, count_records};
use crate::malformed::isolate;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use std::borrow::Cow;

/// A value, and what was seen on the way.
#[non_exhaustive]
pub struct DecodedBody<T> {
    /// The value.
    pub value: T,
    /// How many records were decoded, and how.
    pub counts: DecodeStats,
    /// The body was not UTF-8 throughout.
    pub had_invalid_utf8: bool,
}

/// Where and how a body departs from the schema.
#[derive(Debug)]
pub struct SchemaMismatch {
    /// The place, as a JSON pointer.
    pub path: String,
    /// What is wrong there.
    pub mismatch: Mismatch,
    /// The id of the innermost object on the way that has one.
    pub record_id: Option<String>,
}

/// Decodes a JSON body.
///
/// # Errors
///
/// The first place that does not match the schema.
pub fn decode<T: DeserializeOwned>(body: &Bytes) -> Result<DecodedBody<T>, SchemaMismatch> {
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // One byte in one record must not cost the page. (Looking first is faster
    // than repairing what needs no repair.)
    let text = match std::str::from_utf8(json) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(json),
    };
    let had_invalid_utf8 = matches!(text, Cow::Owned(_));
    let error = 'failed: {
        if !had_invalid_utf8 {
            let ((result, counts), needs_fallback) =
                in_place(body, || count_records(|| serde_json::from_str(&text)));
            match result {
                Ok(value) => return Ok(DecodedBody { value, counts, had_invalid_utf8 }),
                Err(_) if needs_fallback => {}
                Err(error) => break 'failed error,
            }
        }
        match count_records(|| serde_json::from_str(&text)) {
            (Ok(value), counts) => return Ok(DecodedBody { value, counts, had_invalid_utf8 }),
            (Err(error), _) => error,
        }
    };
    if error.is_syntax()
        && let Some((value, counts)) = isolate(&text).and_then(|page| page.decode())
    {
        return Ok(DecodedBody { value, counts, had_invalid_utf8 });
    }
    Err(locate_mismatch::<T>(&text))
}

/// Decodes again, this time noting the way.
fn locate_mismatch<T: DeserializeOwned>(json: &str) -> SchemaMismatch {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let decoded: Result<T, _> = serde_path_to_error::deserialize(&mut deserializer);
    let Err(error) = decoded else {
        // The value is fine: something follows it.
        let mismatch = Mismatch::NotJson;
        return SchemaMismatch { path: String::new(), mismatch, record_id: None };
    };
    let mut path = String::new();
    for segment in error.path().iter() {
        match segment {
            Segment::Seq { index } => push_step(&mut path, &index.to_string()),
            Segment::Map { key } => push_step(&mut path, key),
            Segment::Enum { .. } | Segment::Unknown => break,
        }
    }
    let record_id = record_id(json, &path);
    SchemaMismatch { mismatch: Mismatch::of(error.inner()), path, record_id }
}

/// The id of the innermost object on the way that has one.
fn record_id(json: &str, path: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    let id = |pointer: &str| {
        let object = value.pointer(pointer)?.as_object()?;
        let id = object.get("id").or_else(|| object.get("call_id"))?.as_str()?;
        (!id.is_empty()).then(|| id.to_owned())
    };
    let ends = std::iter::once(path.len()).chain(path.rmatch_indices('/').map(|(at, _)| at));
    ends.filter_map(|end| id(&path[..end])).next()
}
