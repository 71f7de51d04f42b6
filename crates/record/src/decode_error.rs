//! What a decoder complained about, without the value it complained about.
//!
//! serde's messages quote the offending value. Here they are taken apart, and
//! only the words that came from a program are kept.

use std::fmt;

/// The JSON type of a value, in one word.
pub fn type_word(json: &str) -> &'static str {
    match json.trim_ascii_start().as_bytes().first() {
        Some(b'"') => "string",
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b't' | b'f') => "boolean",
        Some(b'-' | b'0'..=b'9') => "number",
        Some(b'n') => "null",
        _ => "nothing",
    }
}

/// Why a value did not decode.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "hidden: for the client's runtime")]
pub enum Mismatch {
    /// The value has another JSON type. `integral` tells `1` from `1.5`.
    Type { expected: String, found: &'static str, integral: bool },
    /// The type is right, the value is not.
    Value { expected: String },
    /// An object lacks a required member.
    Missing { field: String },
    /// An object has a member twice.
    Duplicate { field: String },
    /// The text ends before the value does.
    EndsEarly,
    /// The text is not JSON.
    NotJson,
    /// Anything else a decoder may say.
    Other,
}

impl Mismatch {
    /// Reads a decoder's error.
    pub fn of(error: &serde_json::Error) -> Self {
        if error.is_eof() {
            return Self::EndsEarly;
        }
        let text = error.to_string();
        // serde_json appends the place to every message.
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(head, _)| head);
        if let Some(rest) = text.strip_prefix("invalid type: ") {
            return Self::Type {
                expected: expected(rest),
                found: found(rest),
                integral: rest.starts_with("integer"),
            };
        }
        if let Some(rest) = text.strip_prefix("invalid value: ") {
            return Self::Value { expected: expected(rest) };
        }
        if let Some(field) = ticked(text, "missing field ") {
            return Self::Missing { field };
        }
        if let Some(field) = ticked(text, "duplicate field ") {
            return Self::Duplicate { field };
        }
        if text.starts_with("invalid length ") || text.starts_with("unknown variant ") {
            return Self::Value { expected: expected(text) };
        }
        if text == "number out of range" {
            return Self::Value { expected: "a number in range".to_owned() };
        }
        if is_time_error(text) {
            return Self::Value { expected: "a date and time with offset".to_owned() };
        }
        if text.starts_with("data did not match any variant") {
            return Self::Value { expected: "one of the listed shapes".to_owned() };
        }
        if let Some(shapes) = text.strip_prefix("neither shape fits: ") {
            // Written by `OneOf`, out of two of these.
            return Self::Value { expected: format!("one of two shapes ({shapes})") };
        }
        if error.is_syntax() {
            return Self::NotJson;
        }
        Self::Other
    }

    /// What was expected, in words.
    pub fn expected(&self) -> String {
        match self {
            Self::Type { expected, .. } | Self::Value { expected } => expected.clone(),
            Self::Missing { field } => format!("an object with the field `{field}`"),
            Self::Duplicate { field } => format!("the field `{field}` once"),
            Self::EndsEarly => "the rest of the value".to_owned(),
            Self::NotJson => "valid JSON".to_owned(),
            Self::Other => "a value of another form".to_owned(),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { expected, found, .. } => write!(f, "expected {expected}, found {found}"),
            Self::Value { expected } => write!(f, "expected {expected}"),
            Self::Missing { field } => write!(f, "the field `{field}` is missing"),
            Self::Duplicate { field } => write!(f, "the field `{field}` is there twice"),
            Self::EndsEarly => f.write_str("the text ends early"),
            Self::NotJson => f.write_str("the text is not valid JSON"),
            Self::Other => f.write_str("the value has another form"),
        }
    }
}

/// The words after the last ", expected ": they come from a program, while
/// what stands before may quote the value.
fn expected(text: &str) -> String {
    let Some((_, word)) = text.rsplit_once(", expected ") else {
        return "another value".to_owned();
    };
    let plain = match word {
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a non-negative integer",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "an integer",
        "f32" | "f64" => "a number",
        "string" | "a borrowed string" => "a string",
        "unit" => "null",
        "a map" => "an object",
        "sequence" | "a sequence" => "an array",
        word if word.starts_with("struct ") => "an object",
        word if word.starts_with("tuple ") => "an array",
        word => word,
    };
    plain.to_owned()
}

/// The JSON type serde names at the start of an "invalid type" message.
fn found(text: &str) -> &'static str {
    const WORDS: [(&str, &str); 10] = [
        ("boolean", "boolean"),
        ("integer", "number"),
        ("floating point", "number"),
        ("number", "number"),
        ("character", "string"),
        ("string", "string"),
        ("map", "object"),
        ("sequence", "array"),
        ("null", "null"),
        ("unit", "null"),
    ];
    WORDS.iter().find(|(word, _)| text.starts_with(word)).map_or("another type", |(_, json)| json)
}

/// The name between back-ticks; a field's name comes from the program.
fn ticked(text: &str, prefix: &str) -> Option<String> {
    text.strip_prefix(prefix)?.strip_prefix('`')?.strip_suffix('`').map(str::to_owned)
}

/// What chrono says about a date; none of these texts quotes the value.
fn is_time_error(text: &str) -> bool {
    matches!(
        text,
        "premature end of input"
            | "input contains invalid characters"
            | "trailing input"
            | "input is out of range"
            | "no possible date and time matching input"
            | "input is not enough for unique date and time"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    #[expect(dead_code, reason = "only its decoding errors matter")]
    struct Sample {
        id: String,
        count: Option<u32>,
        tags: Option<Vec<String>>,
        at: Option<chrono::DateTime<chrono::Utc>>,
    }

    fn mismatch(json: &str) -> String {
        Mismatch::of(&serde_json::from_str::<Sample>(json).unwrap_err()).to_string()
    }

    #[test]
    fn mismatch_keeps_the_words_and_drops_the_value() {
        for (json, words) in [
            (r#"{"id":5}"#, "expected a string, found number"),
            (
                r#"{"id":"x","count":"secret, expected u8"}"#,
                "expected a non-negative integer, found string",
            ),
            (r#"{"id":"x","count":-1}"#, "expected a non-negative integer"),
            (r#"{"id":"x","count":1.5}"#, "expected a non-negative integer, found number"),
            (r#"{"id":"x","tags":{"a":1}}"#, "expected an array, found object"),
            (r#"{"id":"x","at":"yesterday"}"#, "expected a date and time with offset"),
            (r#"{"count":1}"#, "the field `id` is missing"),
            (r#"{"id":"x","id":"y"}"#, "the field `id` is there twice"),
            (r#""text""#, "expected an object, found string"),
            (r#"{"id":"#, "the text ends early"),
            (r#"{"id" "x"}"#, "the text is not valid JSON"),
        ] {
            assert_eq!(mismatch(json), words, "{json}");
        }
    }
}
