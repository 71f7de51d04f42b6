//! A record that never fails its page.

use super::in_place::{self, RecordSpan};
use super::{Record, malformed, redact, salvage, scan};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;

/// One record of a page: its JSON byte for byte, and what could be read of it.
///
/// A record that decodes is clean. One that does not is partly decoded: each value
/// that stands in the way is read as `null` and named in [`issues`], the rest
/// is kept. Only a record without a usable id (missing, null, empty, or of
/// another type than string or number) is rejected; its JSON is kept too.
///
/// A record of a page that is not valid JSON is rejected as well, and the rest
/// of the page is read. Its text is then kept as one JSON string.
///
/// Decoding fails only where the text is not JSON. `Debug` shows no values.
///
/// [`issues`]: Lenient::issues
///
/// A record that came in a page may keep the page's text in memory until
/// [`RawRecord::into_boxed`] takes its own out.
#[derive(Clone)]
pub struct Lenient<T> {
    raw: RawRecord,
    /// Boxed: a page of hundreds of large records would move them all whenever
    /// its vector grows.
    value: Result<Box<T>, UnusableRecord>,
    issues: Vec<Issue>,
}

/// A record's JSON, byte for byte as received.
///
/// It can be a slice of its page, which it then keeps in memory. Nothing is parsed
/// or copied until it is used.
#[derive(Clone)]
pub struct RawRecord(Raw);

#[derive(Clone)]
enum Raw {
    Boxed(Box<RawValue>),
    InPage { span: RecordSpan, raw: OnceLock<Box<RawValue>> },
}

impl RawRecord {
    /// The JSON.
    pub fn get(&self) -> &RawValue {
        match &self.0 {
            Raw::Boxed(raw) => raw,
            Raw::InPage { span, raw } => raw.get_or_init(|| span.extract_raw()),
        }
    }

    /// The JSON by itself, without its page.
    pub fn into_boxed(self) -> Box<RawValue> {
        match self.0 {
            Raw::Boxed(raw) => raw,
            Raw::InPage { span, raw } => raw.into_inner().unwrap_or_else(|| span.extract_raw()),
        }
    }
}

impl From<Box<RawValue>> for RawRecord {
    fn from(raw: Box<RawValue>) -> Self {
        Self(Raw::Boxed(raw))
    }
}

impl fmt::Debug for RawRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRecord").finish_non_exhaustive()
    }
}

/// A value of a record that was not what the spec says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Issue {
    /// JSON pointer (RFC 6901) of the value in the record.
    pub pointer: String,
    /// What was expected, in words.
    pub expected: String,
    /// The JSON type of what was there, or "repeated field"; never the value.
    pub found: String,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {}", self.pointer, self.expected, self.found)
    }
}

/// Why a record could not be used at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnusableRecord {
    /// The reason, in words, without any value of the record.
    pub reason: String,
    /// The record's id, where it can be read although the record cannot.
    pub id: Option<String>,
}

impl fmt::Display for UnusableRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for UnusableRecord {}

impl<T> Lenient<T> {
    /// The record's JSON, byte for byte as received.
    pub fn raw(&self) -> &RawValue {
        self.raw.get()
    }

    /// The record's value, complete or partly decoded.
    ///
    /// # Errors
    ///
    /// [`UnusableRecord`] if the record has no usable id.
    pub fn get(&self) -> Result<&T, &UnusableRecord> {
        self.value.as_deref()
    }

    /// The values that were not what the spec says, in the order found.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// Whether the record decoded as it came.
    pub fn is_clean(&self) -> bool {
        self.value.is_ok() && self.issues.is_empty()
    }

    /// The same record with its value turned into another; JSON and issues stay.
    pub fn map<U>(self, convert: impl FnOnce(Box<T>) -> U) -> Lenient<U> {
        let value = self.value.map(|value| Box::new(convert(value)));
        Lenient { raw: self.raw, value, issues: self.issues }
    }

    /// Puts together what [`into_parts`](Self::into_parts) took apart.
    pub fn from_parts(
        raw: impl Into<RawRecord>,
        value: Result<Box<T>, UnusableRecord>,
        issues: Vec<Issue>,
    ) -> Self {
        Self { raw: raw.into(), value, issues }
    }

    /// The JSON, which is left where it stands, the value or the reason why there
    /// is none, and the issues.
    pub fn into_parts(self) -> (RawRecord, Result<Box<T>, UnusableRecord>, Vec<Issue>) {
        (self.raw, self.value, self.issues)
    }
}

impl<T: Record> Lenient<T> {
    /// The record's id as text; `None` if it has no usable one.
    pub fn id(&self) -> Option<Cow<'_, str>> {
        match self.get() {
            Ok(value) => Some(value.id().into()),
            Err(UnusableRecord { id: Some(id), .. }) => Some(id.into()),
            Err(_) => scan::id_text(self.raw().get(), T::ID_FIELD),
        }
    }

    /// Reads one record from its raw JSON, of which the values of [`Record::SECRET_FIELDS`]
    /// are not kept.
    pub fn from_raw(raw: Box<RawValue>) -> Self {
        let raw = without_secrets(raw, T::SECRET_FIELDS);
        let text = raw.get();
        if let Ok(value) = serde_json::from_str(text)
            && (scan::id_is_plain(text, T::ID_FIELD) || scan::id_text(text, T::ID_FIELD).is_some())
        {
            let is_root = ROOT.get() == Some(text.len());
            count(DecodeStats { records: 1, roots: u64::from(is_root), ..DecodeStats::default() });
            return Self { raw: raw.into(), value: Ok(value), issues: Vec::new() };
        }
        if let Some(problem) = malformed::problem(text) {
            count(DecodeStats { records: 1, rejected: 1, isolated: 1, ..DecodeStats::default() });
            let reason = format!("the record is not valid JSON: {problem}");
            let id = malformed::id(text, T::ID_FIELD)
                .or_else(|| malformed::id(text, T::OTHER_ID_FIELD?));
            let value = Err(UnusableRecord { reason, id });
            return Self { raw: raw.into(), value, issues: Vec::new() };
        }
        let (value, issues) = salvage::salvage(text);
        let value = value.map(Box::new);
        count(DecodeStats {
            records: 1,
            partly_decoded: u64::from(value.is_ok()),
            rejected: u64::from(value.is_err()),
            roots: u64::from(value.is_ok() && ROOT.get() == Some(text.len())),
            isolated: 0,
        });
        Self { raw: raw.into(), value, issues }
    }
}

/// A copy without the credentials that the record holds, if it holds any.
fn without_secrets(raw: Box<RawValue>, names: &[&str]) -> Box<RawValue> {
    let Cow::Owned(redacted) = redact::redact(raw.get().as_bytes(), names) else { return raw };
    serde_json::from_slice(&redacted).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

impl<'de, T: Record> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !in_place::is_active() {
            return Box::<RawValue>::deserialize(deserializer).map(Self::from_raw);
        }
        let (value, span) = in_place::decode(deserializer)?;
        count(DecodeStats { records: 1, ..DecodeStats::default() });
        let raw = RawRecord(Raw::InPage { span, raw: OnceLock::new() });
        Ok(Self { raw, value: Ok(value), issues: Vec::new() })
    }
}

impl<T> Serialize for Lenient<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.get().serialize(serializer)
    }
}

impl<T> fmt::Debug for Lenient<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match (&self.value, self.issues.len()) {
            (Ok(_), 0) => "clean",
            (Ok(_), _) => "partly decoded",
            (Err(_), _) => "rejected",
        };
        f.debug_struct("Lenient")
            .field("state", &state)
            .field("issues", &self.issues.len())
            .finish_non_exhaustive()
    }
}

/// How many records were decoded, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecodeStats {
    /// Records decoded.
    pub records: u64,
    /// Records of which parts did not match the schema.
    pub partly_decoded: u64,
    /// Records without a usable value.
    pub rejected: u64,
    /// Records that are the whole text; counted by [`is_record`] only.
    roots: u64,
    /// Placeholders that were met where they belong; see [`malformed`].
    pub(super) isolated: u64,
}

thread_local! {
    /// Decoding runs to its end on one thread, so counting here needs neither
    /// a lock nor a way to hand a counter through serde.
    static COUNTS: Cell<DecodeStats> = const {
        Cell::new(DecodeStats { records: 0, partly_decoded: 0, rejected: 0, roots: 0, isolated: 0 })
    };

    /// The length of a text that may be one record; `None` unless [`is_record`] is running.
    static ROOT: Cell<Option<usize>> = const { Cell::new(None) };
}

fn count(more: DecodeStats) {
    COUNTS.with(|counts| {
        let now = counts.get();
        counts.set(DecodeStats {
            records: now.records + more.records,
            partly_decoded: now.partly_decoded + more.partly_decoded,
            rejected: now.rejected + more.rejected,
            roots: now.roots + more.roots,
            isolated: now.isolated + more.isolated,
        });
    });
}

/// Notes that a placeholder stood where a value of an envelope belongs.
pub(super) fn count_isolated() {
    count(DecodeStats { isolated: 1, ..DecodeStats::default() });
}

/// Whether the text, read as a `T`, is one record with a usable id.
pub fn is_record<T: DeserializeOwned>(text: &str) -> bool {
    ROOT.set(Some(text.trim_ascii().len()));
    let (result, counts) = count_records(|| serde_json::from_str::<T>(text));
    ROOT.set(None);
    result.is_ok() && counts.roots == 1
}

/// Runs `decode` and returns how many records it decoded.
pub(crate) fn count_records<R>(decode: impl FnOnce() -> R) -> (R, DecodeStats) {
    let before = COUNTS.with(|counts| counts.replace(DecodeStats::default()));
    let result = decode();
    let counted = COUNTS.with(|counts| counts.replace(before));
    (result, counted)
}

/// Runs `decode` and forgets the records it counted if it fails.
pub(super) fn count_on_success<R, E>(decode: impl FnOnce() -> Result<R, E>) -> Result<R, E> {
    let (result, counted) = count_records(decode);
    if result.is_ok() {
        count(counted);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Call {
        call_id: String,
        id: Option<String>,
        seconds: Option<u32>,
    }

    impl Record for Call {
        const ID_FIELD: &'static str = "call_id";
        const OTHER_ID_FIELD: Option<&'static str> = Some("id");
        fn id(&self) -> &str {
            &self.call_id
        }
    }

    #[test]
    fn other_id_stands_in_for_one_that_is_not_usable() {
        for (text, id, issues) in [
            (r#"{"call_id": "a", "id": "b", "seconds": 1}"#, Some("a"), 0),
            (r#"{"id": "b", "seconds": 1}"#, Some("b"), 0),
            (r#"{"call_id": null, "id": "b", "seconds": 1}"#, Some("b"), 0),
            (r#"{"call_id": "", "seconds": 1, "id": "b\\\"c"}"#, Some("b\\\"c"), 0),
            (r#"{"id": "b", "seconds": "one"}"#, Some("b"), 1),
            (r#"{"call_id": ["x"], "id": "b", "seconds": 1}"#, Some("b"), 1),
            (r#"{"call_id": "a", "id": 7, "seconds": 1}"#, Some("a"), 1),
            (r#"{"call_id": null, "id": "", "seconds": 1}"#, None, 0),
            (r#"{"seconds": 1}"#, None, 0),
        ] {
            let record = Lenient::<Call>::from_raw(RawValue::from_string(text.into()).unwrap());
            assert_eq!(record.id().as_deref(), id, "{text}");
            assert_eq!(record.issues().len(), issues, "{text}");
            assert_eq!(record.raw().get(), text);
            if let Ok(call) = record.get() {
                assert_eq!(call.seconds.is_none(), text.contains("one"), "{text}");
                assert_eq!(call.id.is_none(), text.contains('7'), "{text}");
            }
        }
        let unusable = Lenient::<Call>::from_raw(RawValue::from_string("{}".into()).unwrap());
        let reason = unusable.get().err().unwrap().reason.clone();
        assert_eq!(reason, "the id `call_id` is missing");
    }
}
