//! The warnings of one call, as they come up.

use crate::model::{Warning, WarningCode};
use callfold_record::{Issue, OpenEnum};
use serde_json::{Map, Value};
use std::{borrow::Cow, fmt};

/// Collects what a mapping could not take at face value.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<Warning>);

impl Warnings {
    /// Starts with what had to be dropped from the record: one `field_dropped` each.
    pub(crate) fn of(issues: Vec<Issue>) -> Self {
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

    /// Adds `unknown_field` for each member of the object at `at` that the
    /// spec does not know. `at` is written only when there is one.
    pub(crate) fn extra(&mut self, at: impl fmt::Display, extra: &Map<String, Value>) {
        for name in extra.keys() {
            self.add(
                WarningCode::UnknownField,
                format!("{at}/{}", escape(name)),
                "the field is not documented; it is kept in raw only",
            );
        }
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

    /// Reads a word whose letter case does not matter: `known` is asked with
    /// it in lower case, a word it does not know is handed to `other` and
    /// leaves `unknown_value`. An empty word is none.
    pub(crate) fn map_enum_ignore_case<K: fmt::Display, M>(
        &mut self,
        word: Option<OpenEnum<K>>,
        pointer: &'static str,
        known: impl FnOnce(&str) -> Option<M>,
        other: impl FnOnce(String) -> M,
    ) -> Option<M> {
        let word = super::text(Some(word?.to_string()))?;
        Some(known(&word.to_ascii_lowercase()).unwrap_or_else(|| {
            self.unknown(pointer);
            other(word)
        }))
    }

    /// Adds `unknown_value`: a word nobody listed, which is kept as it came.
    pub(crate) fn unknown(&mut self, pointer: impl Into<Cow<'static, str>>) {
        self.add(
            WarningCode::UnknownValue,
            pointer,
            "the word is not listed; it is kept as it came",
        );
    }

    /// The warnings, in the order they came up.
    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.0
    }

    #[cfg(test)]
    pub(crate) fn codes(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|warning| (warning.code.as_str(), warning.pointer.as_ref())).collect()
    }
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
    fn word_nobody_listed_is_kept_and_noted() {
        let mut warnings = Warnings::default();
        let mut read = |word| warnings.map_enum(word, "/w", |n: u8| n.to_string(), |word| word);
        assert_eq!(read(Some(OpenEnum::Known(7))).as_deref(), Some("7"));
        assert_eq!(read(Some(OpenEnum::Unknown("new".into()))).as_deref(), Some("new"));
        assert_eq!(read(Some(OpenEnum::Unknown(" ".into()))), None);
        assert_eq!(read(None), None);
        assert_eq!(warnings.codes(), [("unknown_value", "/w")]);
        let mut read = |word: &str| {
            let word = Some(OpenEnum::<u8>::Unknown(word.into()));
            let known = |word: &str| (word == "known").then(|| "yes".to_owned());
            warnings.map_enum_ignore_case(word, "/x", known, |word| word)
        };
        assert_eq!(read("KNOWN").as_deref(), Some("yes"));
        assert_eq!(read("New").as_deref(), Some("New"));
        assert_eq!(read(""), None);
        assert_eq!(warnings.codes(), [("unknown_value", "/w"), ("unknown_value", "/x")]);
    }
}
