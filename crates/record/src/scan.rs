//! Looking at the top level of a record's raw JSON without decoding it.

use serde::Deserializer as _;
use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// A key, borrowed whenever it holds no escape. (`Cow<str>` always copies.)
/// JSON can spell half a surrogate pair, which is no text: it is replaced, so
/// that a member with such a name hides none of the others.
pub(super) struct Key<'a>(pub(super) Cow<'a, str>);

impl<'de> de::Deserialize<'de> for Key<'de> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, text: &'de [u8]) -> Result<Key<'de>, E> {
                Ok(Key(String::from_utf8_lossy(text)))
            }

            fn visit_bytes<E>(self, text: &[u8]) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(String::from_utf8_lossy(text).into_owned())))
            }
        }

        deserializer.deserialize_bytes(TextVisitor)
    }
}

/// The raw value of a top-level member of a JSON object; the last one if it is
/// there twice. `None` if the text is no object or has no such member.
pub fn member<'a>(object: &'a str, name: &str) -> Option<&'a RawValue> {
    struct Find<'n>(&'n str);

    impl<'de> Visitor<'de> for Find<'_> {
        type Value = Option<&'de RawValue>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = None;
            while let Some(Key(key)) = map.next_key()? {
                if key == self.0 {
                    found = Some(map.next_value()?);
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(found)
        }
    }

    serde_json::Deserializer::from_str(object).deserialize_map(Find(name)).ok().flatten()
}

/// The text of a record's id: a non-empty string, or the digits of a number.
pub(crate) fn id_text<'a>(record: &'a str, field: &str) -> Option<Cow<'a, str>> {
    let raw = member(record, field)?.get();
    match raw.as_bytes().first()? {
        b'"' => {
            let inside = raw.get(1..raw.len() - 1)?;
            let text = match inside.contains('\\') {
                false => Cow::Borrowed(inside),
                true => Cow::Owned(serde_json::from_str(raw).ok()?),
            };
            (!text.is_empty()).then_some(text)
        }
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(raw)),
        _ => None,
    }
}

/// Whether the id is certainly a non-empty string, judged by looking at the
/// text alone. `false` means "look properly", not "bad".
///
/// Wherever the id's name is followed by a colon, a string must follow that is
/// not empty; at least once it must be there. A member of the same name further
/// down only costs the proper look.
pub(super) fn id_is_plain(record: &str, field: &str) -> bool {
    let mut seen = false;
    for at in memchr::memmem::find_iter(record.as_bytes(), field.as_bytes()) {
        let (before, rest) = (&record.as_bytes()[..at], &record[at + field.len()..]);
        let (Some(b'"'), Some(rest)) = (before.last(), rest.strip_prefix('"')) else { continue };
        let Some(value) = rest.trim_ascii_start().strip_prefix(':') else { continue };
        let value = value.trim_ascii_start().as_bytes();
        if value.first() != Some(&b'"') || value.get(1) == Some(&b'"') {
            return false;
        }
        seen = true;
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_text_reads_the_last_top_level_member() {
        for (record, id) in [
            (r#"{"id":"a"}"#, Some("a")),
            (r#"{"inner":{"id":"x"},"id":"a"}"#, Some("a")),
            (r#"{"id":"a","id":"b"}"#, Some("b")),
            (r#"{"id":17}"#, Some("17")),
            (r#"{"\u0069d":"a\u0062"}"#, Some("ab")),
            (r#"{"id":""}"#, None),
            (r#"{"id":null}"#, None),
            (r#"{"id":[1]}"#, None),
            (r#"{"other":"a"}"#, None),
            (r#"{"id":"\ud800"}"#, None),
            (r#"{"half \ud800":1,"id":"a"}"#, Some("a")),
            (r#"["id"]"#, None),
        ] {
            assert_eq!(id_text(record, "id").as_deref(), id, "{record}");
        }
    }

    #[test]
    fn id_is_plain_never_passes_an_unusable_id() {
        for (record, plain) in [
            (r#"{"id":"a"}"#, true),
            ("{ \"id\" :\n\"a\"}", true),
            (r#"{"agent_id":"","id":"a"}"#, true),
            (r#"{"text":"id","id":"a"}"#, true),
            (r#"{"id":""}"#, false),
            (r#"{"id" : ""}"#, false),
            (r#"{"id":null}"#, false),
            (r#"{"id":7}"#, false),
            (r#"{"agent_id":"a"}"#, false),
            (r#"{"contact":{"id":"x"},"id":""}"#, false),
        ] {
            assert_eq!(id_is_plain(record, "id"), plain, "{record}");
        }
    }

    #[test]
    fn id_hidden_behind_a_nested_one_is_looked_at_properly() {
        // The nested id alone satisfies the look at the text: the record has
        // none of its own, but then it does not decode either.
        assert!(id_is_plain(r#"{"contact":{"id":"x"}}"#, "id"));
        assert_eq!(id_text(r#"{"contact":{"id":"x"}}"#, "id"), None);
    }
}
