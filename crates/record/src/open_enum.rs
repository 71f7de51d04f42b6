//! String enums that survive an unlisted word.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, convert::Infallible, fmt, marker::PhantomData, str::FromStr};

/// A word that is typed if the spec lists it, and kept as it came if not.
///
/// `K` is the closed enum generated from the spec. A value that is not a
/// string does not decode: inside a [`Lenient`](crate::Lenient) record it then
/// becomes an issue of that record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OpenEnum<K> {
    /// A word the spec lists.
    Known(K),
    /// Any other word, exactly as received.
    Unknown(String),
}

impl<K> OpenEnum<K> {
    /// The typed word; `None` if the spec does not list it.
    pub fn known(&self) -> Option<&K> {
        match self {
            Self::Known(known) => Some(known),
            Self::Unknown(_) => None,
        }
    }
}

impl<K: fmt::Display> OpenEnum<K> {
    /// The word as it is written on the wire.
    pub fn as_str(&self) -> Cow<'_, str> {
        match self {
            Self::Known(known) => Cow::Owned(known.to_string()),
            Self::Unknown(raw) => Cow::Borrowed(raw),
        }
    }
}

impl<K> From<K> for OpenEnum<K> {
    fn from(known: K) -> Self {
        Self::Known(known)
    }
}

impl<K: FromStr> FromStr for OpenEnum<K> {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(K::from_str(word).map_or_else(|_| Self::Unknown(word.to_owned()), Self::Known))
    }
}

impl<K: fmt::Display> fmt::Display for OpenEnum<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => known.fmt(f),
            Self::Unknown(raw) => f.write_str(raw),
        }
    }
}

impl<K: fmt::Display> Serialize for OpenEnum<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: FromStr> Deserialize<'de> for OpenEnum<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordVisitor<K>(PhantomData<fn() -> K>);

        impl<K: FromStr> de::Visitor<'_> for WordVisitor<K> {
            type Value = OpenEnum<K>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<OpenEnum<K>, E> {
                Ok(match K::from_str(word) {
                    Ok(known) => OpenEnum::Known(known),
                    Err(_) => OpenEnum::Unknown(word.to_owned()),
                })
            }
        }

        deserializer.deserialize_str(WordVisitor(PhantomData))
    }
}
