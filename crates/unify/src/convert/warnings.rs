//! The warnings of one call, as they come up.

use crate::model::{Warning, WarningCode};
use callfold_record::{Issue, OpenEnum};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::HashMap, fmt};

/// Collects what a mapping could not take at face value.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<Warning>);

impl Warnings {
    /// Starts with what had to be dropped from the record: one `field_dropped` each.
    pub(crate) fn new(issues: Vec<Issue>) -> Self {
        let dropped = |issue: Issue| {
            let fate = match issue.found.as_str() {
                "repeated field" => "the last one is taken",
                _ => "left out",
            };
            let message = format!("expected {}, found {}; {fate}", issue.expected, issue.found);
            Warning::new(WarningCode::FieldDropped, issue.pointer, message)
        };
        Self(issues.into_iter().map(dropped).collect())
    }

    /// Adds one warning.
    pub(crate) fn add(
        &mut self,
        code: WarningCode,
        pointer: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(Warning::new(code, pointer, message));
    }

    /// Says of the warnings at `pointer` what was done instead of dropping the value.
    pub(crate) fn reword(&mut self, pointer: &str, message: &'static str) {
        for warning in self.0.iter_mut().filter(|warning| warning.pointer == pointer) {
            warning.message = message.into();
        }
    }

    /// Adds `unknown_field` for each member of the object at `at` that the
    /// spec does not know. `at` is written only when there is one.
    pub(crate) fn extra(&mut self, at: impl fmt::Display, extra: &Map<String, Value>) {
        for name in extra.keys() {
            self.add(
                WarningCode::UnknownField,
                format!("{at}/{}", escape(name)),
                "the field is not documented; it is kept in facts",
            );
        }
    }

    /// The pointers of the values that no field of the call holds: fields the spec does not
    /// know, and those whose warning ends in `left out`.
    pub(crate) fn left_out(&self) -> impl Iterator<Item = &str> {
        let is_left_out = |warning: &&Warning| {
            warning.code == WarningCode::UnknownField || warning.message.ends_with("left out")
        };
        self.0.iter().filter(is_left_out).map(|warning| warning.pointer.as_ref())
    }

    /// Reads a word: `known` maps the documented ones, any other word is
    /// handed to `other` and leaves `unknown_value`. An empty word is none.
    /// `other` is the vocabulary's own `From`: a word that happens to be ours is
    /// read as that, as it would be when the call is read back.
    pub(crate) fn map_enum<K, M>(
        &mut self,
        word: Option<OpenEnum<K>>,
        pointer: &'static str,
        known: impl FnOnce(K) -> M,
        other: impl FnOnce(String) -> M,
    ) -> Option<M> {
        match word? {
            OpenEnum::Known(word) => Some(known(word)),
            OpenEnum::Unknown(word) if word.trim().is_empty() => None,
            OpenEnum::Unknown(word) => {
                self.unknown(pointer);
                Some(other(word))
            }
        }
    }

    /// Adds `unknown_value`: an unlisted word, which is kept as it came.
    pub(crate) fn unknown(&mut self, pointer: impl Into<Cow<'static, str>>) {
        self.add(
            WarningCode::UnknownValue,
            pointer,
            "the word is not listed; it is kept as it came",
        );
    }

    /// The warnings, in the order they came up. Those that say the same of
    /// several items of a list, or of several times, become one with their
    /// number, at the first place.
    pub(crate) fn finish(&mut self) -> Vec<Warning> {
        let found = std::mem::take(&mut self.0);
        if found.len() < 2 {
            return found;
        }
        let mut kept: Vec<(Warning, usize)> = Vec::new();
        let mut places = HashMap::new();
        for warning in found {
            let place = match warning.code {
                WarningCode::NaiveTimestamp => String::new(),
                _ => without_indexes(&warning.pointer),
            };
            let key = (warning.code.clone(), place, warning.message.clone());
            match places.get(&key) {
                Some(&index) => {
                    let (_, count): &mut (Warning, usize) = &mut kept[index];
                    *count += 1;
                }
                None => {
                    places.insert(key, kept.len());
                    kept.push((warning, 1));
                }
            }
        }
        let merged = |(mut warning, count): (Warning, usize)| {
            if count > 1 {
                warning.message = format!("{} ({count} values)", warning.message).into();
            }
            warning
        };
        kept.into_iter().map(merged).collect()
    }

    #[cfg(test)]
    pub(crate) fn codes(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|warning| (warning.code.as_str(), warning.pointer.as_ref())).collect()
    }
}

/// A pointer with `*` in place of the positions in lists.
fn without_indexes(pointer: &str) -> String {
    let is_index = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = pointer.split('/').map(|part| if is_index(part) { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Escapes a member's name for a JSON pointer (RFC 6901).
pub(crate) fn escape(name: &str) -> impl fmt::Display + '_ {
    if name.contains(['~', '/']) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_members_are_named_with_an_escaped_pointer() {
        let mut warnings = Warnings::default();
        let extra: Map<String, Value> = serde_json::from_str(r#"{"a/b~c": 1, "d": null}"#).unwrap();
        warnings.extra("/deep", &extra);
        assert_eq!(
            warnings.codes(),
            [("unknown_field", "/deep/a~1b~0c"), ("unknown_field", "/deep/d")]
        );
    }

    #[test]
    fn undocumented_value_is_kept_with_a_warning() {
        let mut warnings = Warnings::default();
        let mut read = |word| warnings.map_enum(word, "/w", |n: u8| n.to_string(), |word| word);
        assert_eq!(read(Some(OpenEnum::Known(7))).as_deref(), Some("7"));
        assert_eq!(read(Some(OpenEnum::Unknown("new".into()))).as_deref(), Some("new"));
        assert_eq!(read(Some(OpenEnum::Unknown(" ".into()))), None);
        assert_eq!(read(None), None);
        assert_eq!(warnings.codes(), [("unknown_value", "/w")]);
    }

    #[test]
    fn warnings_that_say_the_same_become_one_with_their_number() {
        let mut warnings = Warnings::default();
        for index in 0..1_000 {
            warnings.unknown(format!("/turns/{index}/role"));
        }
        warnings.unknown("/turns/7/mood");
        for pointer in ["/Start_time", "/End_time"] {
            warnings.add(WarningCode::NaiveTimestamp, pointer, "read as UTC");
        }
        let finished = warnings.finish();
        let shown: Vec<_> =
            finished.iter().map(|w| (w.pointer.as_ref(), w.message.as_ref())).collect();
        let word = "the word is not listed; it is kept as it came";
        assert_eq!(
            shown,
            [
                ("/turns/0/role", format!("{word} (1000 values)").as_str()),
                ("/turns/7/mood", word),
                ("/Start_time", "read as UTC (2 values)"),
            ]
        );
    }
}
