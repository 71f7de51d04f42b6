//! One of two shapes.

use super::decode_error::Mismatch;
use super::in_place;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::marker::PhantomData;
use std::{fmt, iter};

/// A value of one of two shapes: `A` is tried first, `B` if `A` does not decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OneOf<A, B> {
    /// The shape the spec names first.
    First(A),
    /// The shape the spec names second.
    Second(B),
}

impl<A, B> OneOf<A, B> {
    /// The value, if it has the first shape.
    pub fn first(&self) -> Option<&A> {
        match self {
            Self::First(value) => Some(value),
            Self::Second(_) => None,
        }
    }

    /// The value, if it has the second shape.
    pub fn second(&self) -> Option<&B> {
        match self {
            Self::First(_) => None,
            Self::Second(value) => Some(value),
        }
    }
}

impl<A: Serialize, B: Serialize> Serialize for OneOf<A, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::First(value) => value.serialize(serializer),
            Self::Second(value) => value.serialize(serializer),
        }
    }
}

impl<'de, A: DeserializeOwned, B: DeserializeOwned> Deserialize<'de> for OneOf<A, B> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if in_place::is_active() {
            return deserializer
                .deserialize_any(InPlace(PhantomData))
                .inspect_err(|_| in_place::request_fallback());
        }
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let first = match super::lenient::count_on_success(|| serde_json::from_str(raw.get())) {
            Ok(value) => return Ok(Self::First(value)),
            Err(error) => error,
        };
        serde_json::from_str(raw.get()).map(Self::Second).map_err(|second| {
            let (first, second) = (Mismatch::of(&first), Mismatch::of(&second));
            D::Error::custom(format_args!("neither shape fits: first {first}; second {second}"))
        })
    }
}

/// Decodes without reading twice, where a page is decoded in place: the shape
/// depends on whether an object or an array comes. Whatever does not fit then
/// takes the slow path.
struct InPlace<A, B>(PhantomData<fn() -> (A, B)>);

impl<'de, A: DeserializeOwned, B: DeserializeOwned> Visitor<'de> for InPlace<A, B> {
    type Value = OneOf<A, B>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
        A::deserialize(MapAccessDeserializer::new(map)).map(OneOf::First)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Self::Value, S::Error> {
        let nothing = SeqDeserializer::<_, de::value::Error>::new(iter::empty::<()>());
        let list = SeqAccessDeserializer::new(seq);
        match A::deserialize(nothing).is_ok() {
            true => A::deserialize(list).map(OneOf::First),
            false => B::deserialize(list).map(OneOf::Second),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::decode;
    use bytes::Bytes;

    #[derive(Deserialize, Debug, PartialEq)]
    struct Named {
        name: String,
        #[serde(flatten)]
        extra: serde_json::Map<String, serde_json::Value>,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    struct Numbered {
        number: u64,
        #[serde(flatten)]
        extra: serde_json::Map<String, serde_json::Value>,
    }

    type Numbers = Vec<u64>;

    /// The value as a body of its own, and as a member, which is never decoded
    /// in place.
    fn both<A: DeserializeOwned, B: DeserializeOwned>(json: &str) -> [Option<OneOf<A, B>>; 2] {
        let body = Bytes::copy_from_slice(json.as_bytes());
        let in_place = decode::<OneOf<A, B>>(&body).ok().map(|decoded| decoded.value);
        [in_place, serde_json::from_str(json).ok()]
    }

    #[test]
    fn shape_is_the_same_in_place_and_on_the_slow_path() {
        for json in [
            r#"{"name":"x"}"#,
            r#"{"number":1}"#,
            r#"{"number":1,"name":"x"}"#,
            r#"{"name":1,"number":1}"#,
            "[]",
            "[1,2]",
            r#"["x"]"#,
            "1",
            "null",
        ] {
            let [in_place, slow_path] = both::<Named, Numbered>(json);
            assert_eq!(in_place, slow_path, "{json}");
            let [in_place, slow_path] = both::<Named, Numbers>(json);
            assert_eq!(in_place, slow_path, "{json}");
            let [in_place, slow_path] = both::<Numbers, Named>(json);
            assert_eq!(in_place, slow_path, "{json}");
            let [in_place, slow_path] = both::<Numbers, Vec<String>>(json);
            assert_eq!(in_place, slow_path, "{json}");
        }
    }

    #[test]
    fn first_shape_wins_where_both_fit() {
        let [in_place, _] = both::<Named, Numbered>(r#"{"number":1,"name":"x"}"#);
        assert!(in_place.is_some_and(|value| value.first().is_some()));
        let [in_place, _] = both::<Named, Numbers>("[1,2]");
        assert_eq!(in_place.as_ref().and_then(OneOf::second), Some(&vec![1, 2]));
    }
}
