//! Why a call ended: the words of `end_reasons.toml` and how they are looked up.
//!
//! Belongs here: reading the file once and finding the rule for a word. Does
//! not belong here: the words themselves, which are data.

use crate::model::{EndReason, EndReasonKind, EndedBy};
use serde::Deserialize;
use std::{collections::HashMap, sync::LazyLock};

/// The section every vendor falls back to.
const SHARED: &str = "shared";

static RULES: LazyLock<HashMap<String, Section>> = LazyLock::new(|| {
    read(include_str!("end_reasons.toml")).expect("the embedded file is read by this crate's tests")
});

/// Classifies a vendor's word for the end of a call.
///
/// The rules of the section `vendor` are asked first, then the shared ones.
/// Words are compared after lower-casing and turning `_` and spaces into `-`.
/// A word no rule fits has the kind [`EndReasonKind::Other`] and ends by
/// [`EndedBy::Unknown`]. `raw` stays as the vendor wrote it.
///
/// ```
/// use callfold_unify::{end_reason::classify, model::{EndReasonKind, EndedBy}};
///
/// let end = classify("example", "USER_HANGUP");
/// assert_eq!((end.kind, end.ended_by), (EndReasonKind::CustomerHangup, EndedBy::Customer));
/// assert_eq!(classify("example", "gremlins").kind, EndReasonKind::Other("gremlins".into()));
/// ```
pub fn classify(vendor: &str, raw: &str) -> EndReason {
    classify_owned(vendor, raw.to_owned())
}

/// [`classify`] for a word that is already owned.
pub(crate) fn classify_owned(vendor: &str, raw: String) -> EndReason {
    let word = normalize(&raw);
    let found = [vendor, SHARED]
        .iter()
        .filter_map(|section| RULES.get(*section))
        .find_map(|section| section.find(&word));
    match found {
        Some((kind, by)) => EndReason { kind: kind.clone(), ended_by: by.clone(), raw },
        None => {
            EndReason { kind: EndReasonKind::Other(raw.clone()), ended_by: EndedBy::Unknown, raw }
        }
    }
}

/// Lower-cases, trims, and turns `_` and spaces into `-`.
fn normalize(raw: &str) -> String {
    if raw.is_ascii() {
        let mut word = raw.trim().to_ascii_lowercase().into_bytes();
        for byte in &mut word {
            if *byte == b'_' || char::from(*byte).is_whitespace() {
                *byte = b'-';
            }
        }
        return String::from_utf8(word).unwrap_or_default();
    }
    raw.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == '_' || c.is_whitespace() { '-' } else { c })
        .collect()
}

/// One rule of the file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndReasonRule {
    #[serde(flatten)]
    words: Words,
    kind: EndReasonKind,
    by: EndedBy,
}

/// The words of a rule and how they are compared.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Words {
    Exact(Vec<String>),
    Prefix(Vec<String>),
    Contains(Vec<String>),
}

impl Words {
    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Exact(words) => words.iter().any(|w| word == w),
            Self::Prefix(words) => words.iter().any(|w| word.starts_with(w.as_str())),
            Self::Contains(words) => words.iter().any(|w| word.contains(w.as_str())),
        }
    }
}

/// The rules of one section, with its exact words in a map. That keeps the
/// order's meaning because no exact word stands behind a pattern that fits it,
/// which a test holds.
struct Section {
    exact: HashMap<String, (EndReasonKind, EndedBy)>,
    patterns: Vec<EndReasonRule>,
}

impl Section {
    fn new(rules: Vec<EndReasonRule>) -> Self {
        let mut section = Self { exact: HashMap::new(), patterns: Vec::new() };
        for rule in rules {
            match rule.words {
                Words::Exact(words) => {
                    for word in words {
                        let meaning = (rule.kind.clone(), rule.by.clone());
                        section.exact.entry(word).or_insert(meaning);
                    }
                }
                _ => section.patterns.push(rule),
            }
        }
        section
    }

    fn find(&self, word: &str) -> Option<(&EndReasonKind, &EndedBy)> {
        if let Some((kind, by)) = self.exact.get(word) {
            return Some((kind, by));
        }
        let rule = self.patterns.iter().find(|rule| rule.words.fits(word))?;
        Some((&rule.kind, &rule.by))
    }
}

fn read(text: &str) -> Result<HashMap<String, Section>, toml::de::Error> {
    let file: HashMap<String, Vec<EndReasonRule>> = toml::from_str(text)?;
    Ok(file.into_iter().map(|(name, rules)| (name, Section::new(rules))).collect())
}

#[cfg(test)]
#[path = "tests/end_reason.rs"]
mod tests;
