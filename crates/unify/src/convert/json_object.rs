//! JSON that has no schema: kept verbatim, put where it can be found.

use super::Warnings;
use crate::model::JsonObject;
use callfold_record::RawJson;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Visitor},
};
use serde_json::value::RawValue;
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt,
    ops::Deref,
};

/// Puts a value under `name`, unless it is `null`, `{}`, `[]` or an empty text.
pub(crate) fn put(object: &mut JsonObject, name: &str, value: Option<RawJson>) {
    if let Some(value) = value.filter(|value| !is_empty(value)) {
        object.entry(name.to_owned()).or_insert(value);
    }
}

/// Puts a value under `name` in place of what is there, unless it is empty.
pub(crate) fn replace(object: &mut JsonObject, name: &str, value: Option<RawJson>) {
    if let Some(value) = value.filter(|value| !is_empty(value)) {
        object.insert(name.to_owned(), value);
    }
}

/// Puts a typed value under `name`, if there is one.
pub(crate) fn put_value<T: Serialize>(object: &mut JsonObject, name: &str, value: Option<T>) {
    let raw = value.and_then(|value| serde_json::value::to_raw_value(&value).ok());
    put(object, name, raw.map(RawJson::from));
}

/// Puts the members of an object side by side with what is there already; a
/// value that is no object goes under `name`.
pub(crate) fn spread(object: &mut JsonObject, name: &str, value: Option<RawJson>) {
    let Some(value) = value else { return };
    match value.is_object().then(|| value.parse::<JsonObject>()) {
        Some(Ok(members)) if object.is_empty() => *object = members,
        Some(Ok(members)) => object.extend(members),
        _ => put(object, name, Some(value)),
    }
}

/// Puts the values that were left out of the call, each under its pointer without the first `/`:
/// of a field at the record's top that is its name. Without any, `record` is not cut out of its page.
pub(crate) fn put_left_out<'a>(
    facts: &mut JsonObject,
    record: impl Fn() -> &'a str,
    warnings: &Warnings,
) {
    let mut index = PointerIndex::default();
    for pointer in warnings.left_out() {
        let value = index.value(record(), pointer).map(|value| RawJson::from(value.to_owned()));
        put(facts, pointer.trim_start_matches('/'), value);
    }
}

/// The objects and lists of a record that were looked into, by their pointers: each is read once,
/// however many of its values are requested.
#[derive(Default)]
struct PointerIndex<'a>(HashMap<String, ParsedValue<'a>>);

#[derive(Default)]
struct ParsedValue<'a> {
    members: ObjectMembers<'a>,
    items: Vec<&'a RawValue>,
}

impl<'a> PointerIndex<'a> {
    fn value(&mut self, record: &'a str, pointer: &str) -> Option<&'a RawValue> {
        let (parent, name) = pointer.rsplit_once('/')?;
        if !self.0.contains_key(parent) {
            let text = if parent.is_empty() { record } else { self.value(record, parent)?.get() };
            let parsed = match text.trim_start().starts_with('[') {
                true => ParsedValue {
                    items: serde_json::from_str(text).ok()?,
                    ..ParsedValue::default()
                },
                false => ParsedValue {
                    members: serde_json::from_str(text).ok()?,
                    ..ParsedValue::default()
                },
            };
            self.0.insert(parent.to_owned(), parsed);
        }
        let parsed = self.0.get(parent)?;
        let name = name.replace("~1", "/").replace("~0", "~");
        let item = || parsed.items.get(name.parse::<usize>().ok()?);
        parsed.members.get(name.as_str()).or_else(item).copied()
    }
}

/// The text of a value that is a string.
pub(crate) fn string(value: &RawJson) -> Option<String> {
    value.is_string().then(|| value.parse().ok()).flatten()
}

/// The text of a member: a string, or the `value` of a `{type, value}` pair.
pub(crate) fn member_text(object: &RawJson, name: &str) -> Option<String> {
    if !object.is_object() || !object.get().contains(name) {
        return None;
    }
    let member = member(object.get(), name)?;
    let pair = member.get().starts_with('{').then(|| self::member(member.get(), "value"));
    text_of(pair.unwrap_or(Some(member))?)
}

/// The value of a member of an object.
fn member<'a>(object: &'a str, name: &str) -> Option<&'a RawValue> {
    serde_json::from_str::<ObjectMembers<'a>>(object).ok()?.remove(name)
}

/// The members of an object.
pub(crate) type ObjectMembers<'a> = BTreeMap<Name<'a>, &'a RawValue>;

/// The members of a value, in the order of their names; none if it is no object.
pub(crate) fn members(object: &RawJson) -> Option<ObjectMembers<'_>> {
    object.is_object().then(|| serde_json::from_str(object.get()).ok()).flatten()
}

/// The value as a number, if it is one.
pub(crate) fn number(value: &RawValue) -> Option<f64> {
    let is_number = matches!(value.get().as_bytes().first(), Some(b'-' | b'0'..=b'9'));
    is_number.then(|| serde_json::from_str(value.get()).ok()).flatten()
}

/// Takes a member that can be read out of the members; one that cannot stays.
pub(crate) fn take<T>(
    members: &mut ObjectMembers<'_>,
    name: &str,
    read: impl FnOnce(&RawValue) -> Option<T>,
) -> Option<T> {
    let value = read(members.get(name)?)?;
    members.remove(name);
    Some(value)
}

/// The text of a value that is a string.
pub(crate) fn text_of(value: &RawValue) -> Option<String> {
    value.get().starts_with('"').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

/// A member's name, borrowed where it holds no escape.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name<'a>(Cow<'a, str>);

impl Deref for Name<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Name<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// Whether a value is `null`, `{}`, `[]` or an empty text.
pub(crate) fn is_empty(value: &RawJson) -> bool {
    value.is_null() || value.is_empty_object() || value.is_empty_array() || value.get() == "\"\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WarningCode;

    fn json(text: &str) -> Option<RawJson> {
        Some(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn values_are_put_verbatim_and_empty_ones_are_not() {
        let mut object = JsonObject::new();
        for (name, text) in [("a", "null"), ("b", "{ }"), ("c", "[]"), ("d", "\"\"")] {
            put(&mut object, name, json(text));
        }
        assert!(object.is_empty());
        put(&mut object, "e", json(r#"{"x": 1.10}"#));
        put_value(&mut object, "f", Some(false));
        assert_eq!(serde_json::to_string(&object).unwrap(), r#"{"e":{"x": 1.10},"f":false}"#);
    }

    #[test]
    fn members_are_spread_and_other_values_go_under_the_name() {
        let mut object = JsonObject::new();
        spread(&mut object, "metadata", json(r#"{"a": 1, "b": null}"#));
        spread(&mut object, "other", json("[1]"));
        put_value(&mut object, "a", Some("taken"));
        assert_eq!(serde_json::to_string(&object).unwrap(), r#"{"a":1,"b":null,"other":[1]}"#);
    }

    #[test]
    fn values_that_were_left_out_are_put_under_their_pointers() {
        let record = r#"{"a/b~": 1.10, "turns": [{"mood": "calm"}, {"mood": null}], "c": "x"}"#;
        let mut warnings = Warnings::default();
        let mut add = |code, pointer: &'static str, message: &'static str| {
            warnings.add(code, pointer, message);
        };
        for pointer in ["/a~1b~0", "/turns/0/mood", "/turns/1/mood", "/gone/x", "/turns/7/x"] {
            add(WarningCode::UnknownField, pointer, "");
        }
        add(WarningCode::InvalidValue, "/c", "no time; left out");
        add(WarningCode::InvalidValue, "/turns", "kept");
        let mut facts = JsonObject::new();
        put_left_out(&mut facts, || record, &warnings);
        let expect = r#"{"a~1b~0":1.10,"c":"x","turns/0/mood":"calm"}"#;
        assert_eq!(serde_json::to_string(&facts).unwrap(), expect);
    }

    #[test]
    fn member_text_reads_strings_and_pairs() {
        let object = json(r#"{"a":"x","b":{"type":"string","value":"y"},"c":1}"#).unwrap();
        assert_eq!(member_text(&object, "a").as_deref(), Some("x"));
        assert_eq!(member_text(&object, "b").as_deref(), Some("y"));
        assert_eq!(member_text(&object, "c"), None);
        assert_eq!(member_text(&object, "d"), None);
        assert_eq!(member_text(&json("[\"a\"]").unwrap(), "a"), None);
    }
}
