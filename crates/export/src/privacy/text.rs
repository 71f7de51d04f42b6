//! Texts taken apart: runs of digits, words, what is percent-encoded.

use std::{borrow::Cow, ops::Range};

/// What vendors write for a person they do not know.
pub(super) fn is_nobody(word: &str) -> bool {
    let words = [
        "agent",
        "anonymous",
        "blocked",
        "caller",
        "client",
        "contact",
        "customer",
        "guest",
        "human",
        "lead",
        "none",
        "null",
        "private",
        "restricted",
        "test",
        "unavailable",
        "unknown",
        "user",
        "withheld",
    ];
    words.contains(&word)
}

/// The digits of a text.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Where digits follow each other, with no more than two signs of punctuation
/// between two of them; with the plus sign before them.
pub(super) fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut between = usize::MAX;
    let mut plus = None;
    for (at, c) in text.char_indices() {
        match (c, runs.last_mut()) {
            ('0'..='9', Some(run)) if between <= 2 => run.end = at + 1,
            ('0'..='9', _) => runs.push(plus.unwrap_or(at)..at + 1),
            _ => {}
        }
        plus = (c == '+').then_some(at);
        between = match c {
            '0'..='9' => 0,
            ' ' | '.' | '-' | '/' | '(' | ')' | '_' | '\u{a0}' => between.saturating_add(1),
            _ => usize::MAX,
        };
    }
    runs
}

/// The words of a text in lower case, and where they are.
pub(super) fn words(text: &str) -> impl Iterator<Item = (Range<usize>, String)> + '_ {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(char::is_alphanumeric)?;
        let end = text[start..].find(|c: char| !c.is_alphanumeric());
        rest = end.map_or(text.len(), |end| start + end);
        Some((start..rest, text[start..rest].to_lowercase()))
    })
}

/// The text without percent-encoding, however often it was applied.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..3 {
        let bytes = text.as_bytes();
        let mut plain = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let hex = bytes.get(at + 1..at + 3).filter(|_| *byte == b'%');
            let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
            let value = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
            plain.push(value.unwrap_or(*byte));
            at += if value.is_some() { 3 } else { 1 };
        }
        if plain.len() == text.len() {
            break;
        }
        text = Cow::Owned(String::from_utf8_lossy(&plain).into_owned());
    }
    text
}
