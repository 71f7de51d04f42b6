//! Fields that are much data and of use to few.
//!
//! A spec marks them with `x-bulk`. Whoever asks for answers without them gets
//! `None`: the value is checked as strictly as if it were decoded, but nothing
//! is made of it. One that would not decode makes the page be decoded with
//! care, and then with everything in it.

use super::{RawJson, RawNumber, in_place};
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use std::fmt;
use std::marker::PhantomData;

/// What can be checked without being made; for generated types.
pub trait Bulk {
    /// Fails where decoding would fail, or would find a member it does not know.
    ///
    /// # Errors
    ///
    /// The deserializer's.
    fn check<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error>;
}

/// Decodes a field that is bulk, or checks it and leaves it out; for generated
/// types.
///
/// # Errors
///
/// The deserializer's.
pub fn bulk<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de> + Bulk,
    D: Deserializer<'de>,
{
    if in_place::is_without_bulk() {
        Option::<Checked<T>>::deserialize(deserializer)?;
        return Ok(None);
    }
    Option::deserialize(deserializer)
}

/// A value that was checked.
pub struct Checked<T>(PhantomData<T>);

impl<'de, T: Bulk> Deserialize<'de> for Checked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::check(deserializer)?;
        Ok(Self(PhantomData))
    }
}

/// Reads a struct from nothing but an object; serde also takes an array.
pub struct AsObject<D>(pub D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for AsObject<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// Types that are as quickly made as checked.
macro_rules! made {
    ($($type:ty),+) => {
        $(impl Bulk for $type {
            fn check<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
                Self::deserialize(deserializer).map(drop)
            }
        })+
    };
}

made!(bool, i32, i64, u32, u64, f64, RawNumber, chrono::DateTime<chrono::Utc>);

impl Bulk for RawJson {
    fn check<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
        IgnoredAny::deserialize(deserializer).map(drop)
    }
}

impl Bulk for String {
    fn check<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
                Ok(())
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl<T: Bulk> Bulk for Box<T> {
    fn check<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
        T::check(deserializer)
    }
}

impl<T: Bulk> Bulk for Vec<T> {
    fn check<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
        struct Items<T>(PhantomData<T>);

        impl<'de, T: Bulk> Visitor<'de> for Items<T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
                while items.next_element::<Checked<T>>()?.is_some() {}
                Ok(())
            }
        }

        deserializer.deserialize_seq(Items(PhantomData::<T>))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::decode;
    use crate::{Lenient, Record};
    use bytes::Bytes;

    /// As codegen writes them.
    #[derive(Deserialize)]
    struct Call {
        id: String,
        #[serde(default, deserialize_with = "bulk")]
        words: Option<Vec<Word>>,
        #[serde(default, deserialize_with = "bulk")]
        note: Option<String>,
        #[serde(default, deserialize_with = "bulk")]
        free: Option<RawJson>,
    }

    #[derive(Deserialize)]
    struct Word {
        text: Option<String>,
        at: Option<i64>,
        #[serde(flatten)]
        extra: serde_json::Map<String, serde_json::Value>,
    }

    impl Bulk for Word {
        fn check<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Check {
                #[serde(rename = "text")]
                _0: Option<Checked<String>>,
                #[serde(rename = "at")]
                _1: Option<Checked<i64>>,
            }
            Check::deserialize(AsObject(deserializer)).map(drop)
        }
    }

    impl Record for Call {
        const ID_FIELD: &'static str = "id";

        fn id(&self) -> &str {
            &self.id
        }
    }

    /// The issues of a page's one record, and how much of its bulk is there.
    fn read(record: &str, without_bulk: bool) -> (Vec<String>, [bool; 3]) {
        let body = Bytes::from(format!("[{record}]"));
        let page = decode::<Vec<Lenient<Call>>>(&body, without_bulk);
        let page = page.unwrap_or_else(|_| panic!("{record} is lost")).value;
        let issues = page[0].issues().iter().map(ToString::to_string).collect();
        assert_eq!(page[0].raw().get(), record);
        let call = page[0].get().unwrap();
        assert_eq!(call.id, "a");
        (issues, [call.words.is_some(), call.note.is_some(), call.free.is_some()])
    }

    #[test]
    fn bulk_is_there_unless_asked_to_be_left_out() {
        let record = r#"{"id":"a","words":[{"text":"x","at":1}],"note":"n","free":{"b":[1]}}"#;
        assert_eq!(read(record, false), (vec![], [true; 3]));
        assert_eq!(read(record, true), (vec![], [false; 3]));
        assert_eq!(read(r#"{"id":"a"}"#, true), (vec![], [false; 3]));
        let nulls = r#"{"id":"a","words":null,"note":null,"free":null}"#;
        assert_eq!(read(nulls, true), (vec![], [false; 3]));
    }

    #[test]
    fn odd_bulk_is_noted_as_if_it_were_not_left_out() {
        for (value, issues) in [
            (r#""words":[{"text":1,"at":2}]"#, 1),
            (r#""words":[{"text":"x","at":2.5}]"#, 1),
            (r#""words":[{"text":"x","at":1,"at":2}]"#, 1),
            (r#""words":[["x",1]]"#, 1),
            (r#""words":["x",{"text":"y"}]"#, 1),
            (r#""words":{"text":"x"}"#, 1),
            (r#""note":[]"#, 1),
            (r#""note":"\ud800""#, 1),
            (r#""words":[{"text":"x","new":1}]"#, 0),
        ] {
            let record = format!("{{\"id\":\"a\",{value}}}");
            let all = read(&record, false);
            assert_eq!(read(&record, true), all, "{record}");
            assert_eq!(all.0.len(), issues, "{record} {:?}", all.0);
        }
    }

    #[test]
    fn what_the_spec_does_not_know_of_bulk_is_there() {
        let body = Bytes::from_static(br#"[{"id":"a","words":[{"text":"x","new":1}]}]"#);
        let page = decode::<Vec<Lenient<Call>>>(&body, true).map_err(drop).unwrap().value;
        let word = &page[0].get().unwrap().words.as_ref().unwrap()[0];
        assert_eq!((word.text.as_deref(), word.at), (Some("x"), None));
        assert!(word.extra.contains_key("new"));
    }
}
