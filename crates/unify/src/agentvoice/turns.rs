//! The turns of a call.

use super::LABELS;
use crate::{
    convert::transcript,
    model::{Speaker, Turn},
};
use callfold_record::{RawJson, datetime};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt};

/// Turns "with speaker labels and timestamps" whose names are not documented:
/// taken when every item names a speaker and has a text, which may be empty.
/// A time is taken when it is a date. Others are kept in the analysis.
pub(super) fn formatted(formatted: &RawJson) -> Option<Vec<Turn>> {
    let items: Vec<Item<'_>> = serde_json::from_str(formatted.get()).ok()?;
    let turn = |item: Item<'_>| {
        let at = item.timestamp.or(item.time).and_then(|at| datetime::instant(&at).ok());
        let role = speaker(item.speaker.or(item.role)?);
        Some(transcript::turn(role, Some(item.text.or(item.content)?.into_owned()), at))
    };
    let turns: Vec<Option<Turn>> = items.into_iter().map(turn).collect::<Option<_>>()?;
    let turns: Vec<Turn> = turns.into_iter().flatten().collect();
    (!turns.is_empty()).then_some(turns)
}

fn speaker(label: Cow<'_, str>) -> Speaker {
    transcript::speaker(&label, LABELS).unwrap_or_else(|| label.into_owned().into())
}

/// What a turn may have: the texts among the members that have these names.
#[derive(Default)]
struct Item<'a> {
    speaker: Option<Cow<'a, str>>,
    role: Option<Cow<'a, str>>,
    text: Option<Cow<'a, str>>,
    content: Option<Cow<'a, str>>,
    timestamp: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Name {
    Speaker,
    Role,
    Text,
    Content,
    Timestamp,
    Time,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Item<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Item<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item<'de>, A::Error> {
                let mut item = Item::default();
                while let Some(name) = map.next_key()? {
                    let place = match name {
                        Name::Speaker => &mut item.speaker,
                        Name::Role => &mut item.role,
                        Name::Text => &mut item.text,
                        Name::Content => &mut item.content,
                        Name::Timestamp => &mut item.timestamp,
                        Name::Time => &mut item.time,
                        Name::Other => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *place = map.next_value::<Text<'_>>()?.0;
                }
                Ok(item)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A text; none for a value of any other type.
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }

            fn visit_unit<E>(self) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Text<'de>, A::Error> {
                IgnoredAny.visit_seq(seq).map(|_| Text(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text<'de>, A::Error> {
                IgnoredAny.visit_map(map).map(|_| Text(None))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
