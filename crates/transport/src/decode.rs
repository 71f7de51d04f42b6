//! From a body to a typed value, or to the place where it is not as specified.

use crate::Error;
use crate::error::{Context, ErrorKind, Failure, Place, read_complaint};
use crate::record::words::Mismatch;
use crate::record::{Tally, first_problem, in_place, is_record, isolate, push_step, tally};
use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use std::borrow::Cow;

/// A value, and what was seen on the way.
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    pub(crate) tally: Tally,
    /// The body was not UTF-8 throughout.
    pub(crate) repaired: bool,
}

/// Why there is no value.
#[derive(Debug)]
pub(crate) enum Undecoded {
    /// The answer says failure itself.
    Says(Failure),
    /// The answer is not as specified.
    Differs(Place),
}

/// Where an answer that says failure is looked for.
const HEAD: usize = 64 * 1024;

/// Decodes a JSON body, on request without what is bulk.
pub(crate) fn decode<T: DeserializeOwned>(
    body: &Bytes,
    without_bulk: bool,
) -> Result<Decoded<T>, Undecoded> {
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // One byte in one record must not cost the page. (Looking first is faster
    // than repairing what needs no repair.)
    let text = match std::str::from_utf8(json) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(json),
    };
    let repaired = matches!(text, Cow::Owned(_));
    // A record may have such a member of its own: a call that failed is no
    // answer that failed.
    if let Some(failure) = says_failure(json)
        && !is_record::<T>(&text)
    {
        return Err(Undecoded::Says(failure));
    }
    let error = 'failed: {
        if !repaired {
            let ((result, tally), gave_up) =
                in_place(body, without_bulk, || tally(|| serde_json::from_str(&text)));
            match result {
                Ok(value) => return Ok(Decoded { value, tally, repaired }),
                Err(_) if gave_up => {}
                Err(error) => break 'failed error,
            }
        }
        match tally(|| serde_json::from_str(&text)) {
            (Ok(value), tally) => return Ok(Decoded { value, tally, repaired }),
            (Err(error), _) => error,
        }
    };
    if error.is_syntax()
        && let Some((value, tally)) = isolate(&text).and_then(|page| page.decode())
    {
        return Ok(Decoded { value, tally, repaired });
    }
    Err(Undecoded::Differs(place::<T>(&text)))
}

/// Decodes again, this time noting the way.
fn place<T: DeserializeOwned>(json: &str) -> Place {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let decoded: Result<T, _> = serde_path_to_error::deserialize(&mut deserializer);
    let Err(error) = decoded else {
        // The value is fine: something follows it.
        let mismatch = Mismatch::NotJson;
        return Place { path: String::new(), mismatch, record_id: None };
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
    Place { mismatch: Mismatch::of(error.inner()), path, record_id }
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

/// Whether a body that came with a success status says failure. Cheap for a
/// body that does not.
fn says_failure(json: &[u8]) -> Option<Failure> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let head = &json[..json.len().min(HEAD)];
    let follows = |name: &[u8], accept: fn(&[u8]) -> bool| {
        memchr::memmem::find_iter(head, name).any(|at| {
            let rest = head[at + name.len()..].trim_ascii_start();
            rest.strip_prefix(b":").is_some_and(|value| accept(value.trim_ascii_start()))
        })
    };
    let suspicious = follows(b"\"success\"", |value| value.starts_with(b"false"))
        || follows(b"\"status\"", |value| value.starts_with(b"\"error\""))
        || follows(b"\"status_code\"", |value| matches!(value.first(), Some(b'4' | b'5')));
    if !suspicious {
        return None;
    }
    // Rare: an inner object may say so, and only the outermost counts.
    let top: TopLevel = serde_json::from_slice(json).ok()?;
    top.failure()
}

/// The members that tell, everything else skipped.
#[derive(serde::Deserialize)]
struct TopLevel {
    success: Option<serde_json::Value>,
    status: Option<serde_json::Value>,
    status_code: Option<serde_json::Value>,
    error: Option<serde_json::Value>,
    message: Option<serde_json::Value>,
}

impl TopLevel {
    fn failure(self) -> Option<Failure> {
        let members = [
            ("success", self.success),
            ("status", self.status),
            ("status_code", self.status_code),
            ("error", self.error),
            ("message", self.message),
        ];
        let members =
            members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        crate::error::failure(&members.collect())
    }
}

impl Undecoded {
    /// Whether the next answer may well be another: this one ends early, or is
    /// a page that something between here and the vendor wrote.
    pub(crate) fn may_pass(&self, body: &[u8]) -> bool {
        let Self::Differs(place) = self else { return false };
        matches!(place.mismatch, Mismatch::EndsEarly) || is_page(body)
    }

    pub(crate) fn into_error(self, context: &Context, body: Bytes) -> Error {
        match self {
            Self::Says(failure) => {
                let (kind, what) = match failure {
                    Failure::Plain => (ErrorKind::Vendor, "".into()),
                    Failure::Status(status) => (
                        kind_of_said(status),
                        format!("the body says status {}", status.as_u16()).into(),
                    ),
                };
                let what: Cow<'static, str> = what;
                Error::plain(context, kind, what)
                    .retryable(kind == ErrorKind::RateLimited)
                    .with_complaint(context, read_complaint(&body))
                    .with_body(body)
            }
            Self::Differs(place) => {
                let what = match place.mismatch {
                    _ if body.is_empty() => "the body is empty",
                    Mismatch::NotJson => {
                        first_problem(&String::from_utf8_lossy(&body)).unwrap_or_default()
                    }
                    _ => "",
                };
                let mut error = Error::plain(context, ErrorKind::Decode, what).with_place(place);
                if is_page(&body) {
                    // A login or error page: its title says which.
                    error = error.with_complaint(context, read_complaint(&body));
                }
                error.with_body(body)
            }
        }
    }
}

/// Whether the body is HTML or the like.
fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// The kind of a status that stands in a body.
fn kind_of_said(status: StatusCode) -> ErrorKind {
    match ErrorKind::of_status(status) {
        kind @ (ErrorKind::NotFound
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::RateLimited) => kind,
        _ => ErrorKind::Vendor,
    }
}
