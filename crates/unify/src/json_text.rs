//! Records and pages as text, without a network.
//!
//! Belongs here: finding the records in a text of any shape a vendor uses, and
//! what comes out of mapping them. Does not belong here: which shapes a vendor
//! uses, and what a record means.

use crate::{
    Context, Error,
    model::{Call, CallId},
};
use callfold_record::{Issue, Lenient, RawRecord, Record, member};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// What a text held.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct MappedRecords {
    /// The calls, in the text's order.
    pub calls: Vec<Call>,
    /// The records that could not be mapped.
    pub rejected: Vec<RejectedRecord>,
}

impl MappedRecords {
    pub(crate) fn one(result: Result<Call, RejectedRecord>) -> Self {
        let mut mapped = Self::default();
        mapped.push(result);
        mapped
    }

    pub(crate) fn push(&mut self, result: Result<Call, RejectedRecord>) {
        match result {
            Ok(call) => self.calls.push(call),
            Err(rejected) => self.rejected.push(rejected),
        }
    }
}

/// A record that could not be mapped, kept as it came.
pub struct RejectedRecord {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The name the user gave the source.
    pub account: String,
    /// Why, without any value of the record.
    pub reason: String,
    /// The vendor's id of the record, where it can be read although the record
    /// cannot.
    pub id: Option<String>,
    /// The record, byte for byte; one JSON string with its text where it is not
    /// valid JSON.
    pub raw: Box<RawValue>,
}

impl fmt::Debug for RejectedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RejectedRecord")
            .field("vendor", &self.vendor)
            .field("account", &self.account)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for RejectedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: record rejected: {}", self.vendor, self.account, self.reason)
    }
}

/// How one vendor's records are mapped.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Mapping {
    /// The vendor's name.
    pub vendor: &'static str,
    /// Maps a text that holds one record or one page.
    pub from_json_with: fn(&str, &Context) -> Result<MappedRecords, Error>,
    /// Where each field of a record goes: JSON pointer in the record, and the
    /// fields of the call, separated by `, `, or `raw: ` with the reason why it
    /// stays there.
    pub fields: &'static [(&'static str, &'static str)],
}

/// A decoded record: its raw text, its typed form and what had to be
/// dropped from it.
pub(crate) struct DecodedRecord<T> {
    pub(crate) raw: RawRecord,
    pub(crate) record: Box<T>,
    pub(crate) issues: Vec<Issue>,
}

/// The raw record that a call keeps, if it keeps any.
pub(crate) fn raw_for_call(raw: RawRecord, context: &Context) -> Box<RawValue> {
    if context.keep_raw { raw.into_boxed() } else { RawValue::NULL.to_owned() }
}

/// Decodes a record, or rejects it.
pub(crate) fn decode<T: Record>(
    vendor: &'static str,
    record: Lenient<T>,
    context: &Context,
) -> Result<DecodedRecord<T>, RejectedRecord> {
    let (raw, record, issues) = record.into_parts();
    match record {
        Ok(record) => Ok(DecodedRecord { raw, record, issues }),
        Err(rejected) => Err(RejectedRecord {
            vendor,
            account: context.account.clone(),
            reason: rejected.reason,
            id: rejected.id,
            raw: raw.into_boxed(),
        }),
    }
}

/// The key of a call.
pub(crate) fn id(vendor: &'static str, context: &Context, call_id: String) -> CallId {
    CallId::new(vendor, context.account.as_str(), call_id)
}

/// The shapes a vendor's records come in.
pub(crate) struct Shapes {
    pub(crate) vendor: &'static str,
    /// The members of which any makes an object a record.
    pub(crate) ids: &'static [&'static str],
    /// The paths at which a page holds its records, or an envelope its one
    /// record; the first that is there counts.
    pub(crate) paths: &'static [&'static [&'static str]],
    /// The shapes in words, for errors.
    pub(crate) known: &'static str,
}

impl Shapes {
    /// The records of a text: of a bare array, of a page, of an envelope, or
    /// the text itself.
    pub(crate) fn records<'a>(&self, text: &'a str) -> Result<Vec<&'a RawValue>, Error> {
        let whole: &RawValue =
            serde_json::from_str(text).map_err(|error| Error::not_json(self.vendor, error))?;
        if is(whole, b'[') {
            return self.items(whole);
        }
        if !is(whole, b'{') {
            return Err(self.unknown("neither an object nor an array".to_owned()));
        }
        let is_record = |object: &str| self.ids.iter().any(|id| has_member(object, id));
        if is_record(whole.get()) {
            return Ok(vec![whole]);
        }
        for path in self.paths {
            match follow(whole, path) {
                Some(found) if is(found, b'[') => return self.items(found),
                Some(found) if is(found, b'n') => return Ok(Vec::new()),
                Some(found) if is_record(found.get()) => return Ok(vec![found]),
                _ => {}
            }
        }
        Err(self.unknown(format!("an object with {}", member_names(whole.get()))))
    }

    fn items<'a>(&self, array: &'a RawValue) -> Result<Vec<&'a RawValue>, Error> {
        serde_json::from_str(array.get()).map_err(|error| Error::not_json(self.vendor, error))
    }

    fn unknown(&self, found: String) -> Error {
        Error::unknown_shape(self.vendor, found, self.known)
    }
}

/// Maps every record of a text.
pub(crate) fn read<T: Record>(
    shapes: &Shapes,
    text: &str,
    context: &Context,
    call: fn(Lenient<T>, &Context) -> Result<Call, RejectedRecord>,
) -> Result<MappedRecords, Error> {
    let mut mapped = MappedRecords::default();
    for record in shapes.records(text)? {
        mapped.push(call(Lenient::from_raw(record.to_owned()), context));
    }
    Ok(mapped)
}

/// The first names of an object's members, for errors. A name that is no plain
/// word could be personal data and is not shown.
fn member_names(object: &str) -> String {
    let plain = |name: &str| {
        name.len() <= 40
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let members: BTreeMap<Cow<'_, str>, IgnoredAny> =
        serde_json::from_str(object).unwrap_or_default();
    let names: Vec<_> =
        members.keys().filter(|name| plain(name)).take(5).map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "no known member".to_owned(),
        false => names.join(", "),
    }
}

/// Whether the value's text begins with `byte`.
fn is(value: &RawValue, byte: u8) -> bool {
    value.get().as_bytes().first() == Some(&byte)
}

/// The value at the end of a path of members.
fn follow<'a>(value: &'a RawValue, path: &[&str]) -> Option<&'a RawValue> {
    path.iter().try_fold(value, |value, name| member(value.get(), name))
}

/// The text, if it is a webhook's event: an object with a text in `event`.
pub(crate) fn event(text: &str) -> Option<&RawValue> {
    let whole: &RawValue = serde_json::from_str(text).ok()?;
    let is_event = is(whole, b'{') && whole.get().contains("\"event\"");
    let event = is_event.then(|| follow(whole, &["event"])).flatten()?;
    is(event, b'"').then_some(whole)
}

/// Whether the text is an object with a member of this name, whatever its value.
pub(crate) fn has_member(object: &str, name: &str) -> bool {
    // Most texts do not hold the name at all, and that is quickly seen.
    object.contains(name) && member(object, name).is_some()
}

#[cfg(test)]
#[path = "tests/json_text.rs"]
mod tests;
