//! One of two shapes.

use super::inline;
use super::words::Mismatch;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, de::Error as _,
};
use serde_json::value::RawValue;

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
        // A page decoded in place is a slice: no copy is needed to read twice.
        let own;
        let raw: &RawValue = if inline::is_active() {
            Deserialize::deserialize(deserializer)?
        } else {
            own = Box::<RawValue>::deserialize(deserializer)?;
            &own
        };
        let first = match super::lenient::tally_undo(|| serde_json::from_str(raw.get())) {
            Ok(value) => return Ok(Self::First(value)),
            Err(error) => error,
        };
        serde_json::from_str(raw.get()).map(Self::Second).map_err(|second| {
            let (first, second) = (Mismatch::of(&first), Mismatch::of(&second));
            D::Error::custom(format_args!("neither shape fits: first {first}; second {second}"))
        })
    }
}
