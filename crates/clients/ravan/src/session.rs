//! A call session in either of the two shapes that the list has.

use crate::types::{CallSession, CallSessionItem};
use callfold_record::{Lenient, OneOf, Record};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

/// A call session as `list_call_sessions` sends it: the spec's two shapes of
/// the list spell its fields differently.
#[derive(Clone, Debug)]
pub enum Session {
    /// Camel case, from the object shape of the list.
    Item(Box<CallSessionItem>),
    /// Snake case, from the array shape of the list.
    Session(Box<CallSession>),
}

impl Record for Session {
    const ID_FIELD: &'static str = "id";

    fn id(&self) -> &str {
        match self {
            Self::Item(item) => item.id(),
            Self::Session(session) => session.id(),
        }
    }
}

impl Session {
    /// The record under the shape it has. One without a value counts as snake
    /// case.
    pub fn split(record: Lenient<Self>) -> OneOf<Lenient<CallSessionItem>, Lenient<CallSession>> {
        let (raw, value, issues) = record.into_parts();
        match value.map(|value| *value) {
            Ok(Self::Item(item)) => OneOf::First(Lenient::from_parts(raw, Ok(item), issues)),
            Ok(Self::Session(one)) => OneOf::Second(Lenient::from_parts(raw, Ok(one), issues)),
            Err(reason) => OneOf::Second(Lenient::from_parts(raw, Err(reason), issues)),
        }
    }
}

/// A session outside any envelope: it has the shape that knows more of its
/// fields.
impl<'de> Deserialize<'de> for Session {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let session: Box<CallSession> =
            serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        let item: Box<CallSessionItem> =
            serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(match item.extra.len() < session.extra.len() {
            true => Self::Item(item),
            false => Self::Session(session),
        })
    }
}
