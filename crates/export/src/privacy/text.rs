//! Runs of digits, words, and percent-decoding.

use percent_encoding::percent_decode_str;
use std::{borrow::Cow, ops::Range};

/// Whether a word is a placeholder for an unknown person.
pub(super) fn is_placeholder(word: &str) -> bool {
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

/// The zeros of all scripts, each followed by its other digits (Unicode 16, decimal numbers).
const ZEROS: &[u32] = &[
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
    0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8,
    0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// The value of a digit of any script.
fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let c = u32::from(c);
    let zero = ZEROS.get(ZEROS.partition_point(|zero| *zero <= c).checked_sub(1)?)?;
    char::from_digit(c - zero, 10)
}

/// A number with ASCII digits, signs and blanks, without invisible characters.
pub(super) fn plain_number(text: &str) -> Cow<'_, str> {
    let plain = |c: char| match c {
        '\u{ff0b}' => '+',
        c if !c.is_ascii() && is_separator(c) => ' ',
        c => digit(c).unwrap_or(c),
    };
    match text.is_ascii() {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).map(plain).collect()),
    }
}

/// The digits of a text in any script, as ASCII.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter_map(digit).collect()
}

/// The ranges of digits with at most two separators between them, and a plus sign before them.
pub(super) fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut between = usize::MAX;
    let mut plus = None;
    for (at, c) in text.char_indices() {
        let (is_digit, end) = (digit(c).is_some(), at + c.len_utf8());
        match runs.last_mut() {
            Some(run) if is_digit && between <= 2 => run.end = end,
            _ if is_digit => runs.push(plus.unwrap_or(at)..end),
            _ => {}
        }
        // Ignore invisible characters.
        if is_invisible(c) {
            continue;
        }
        plus = matches!(c, '+' | '\u{ff0b}').then_some(at);
        between = match is_digit {
            true => 0,
            false if is_separator(c) => between.saturating_add(1),
            false => usize::MAX,
        };
    }
    runs
}

/// Whether a character separates the digits of a number.
fn is_separator(c: char) -> bool {
    let plain = matches!(c, ' ' | '.' | '-' | '/' | '(' | ')' | '_' | '\u{a0}');
    plain
        || matches!(c, '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}') // spaces
        || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}') // hyphens
        || matches!(c, '\u{ff08}' | '\u{ff09}' | '\u{ff0e}' | '\u{ff0f}') // in full width
}

/// Whether a character is an invisible mark, such as a joiner or a direction mark, or a keycap.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{20e3}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The words of a text in lower case, with their ranges.
pub(super) fn words(text: &str) -> impl Iterator<Item = (Range<usize>, String)> + '_ {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(char::is_alphanumeric)?;
        let end = text[start..].find(|c: char| !c.is_alphanumeric());
        rest = end.map_or(text.len(), |end| start + end);
        Some((start..rest, text[start..rest].to_lowercase()))
    })
}

/// The text percent-decoded, up to three times.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..3 {
        let plain = percent_decode_str(&text).decode_utf8_lossy();
        if plain == text {
            break;
        }
        text = Cow::Owned(plain.into_owned());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_are_decoded() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            for value in 0..10 {
                let c = char::from_u32(zero + value).unwrap();
                assert!(c.is_numeric(), "{c:?}");
                assert_eq!(digit(c), char::from_digit(value, 10), "{c:?}");
            }
        }
        assert_eq!(digits("٩९9𝟗9²x½"), "99999");
        assert_eq!(plain_number("＋1\u{2060} ９1९\u{2011}٥٥٥"), "+1 919 555");
    }
}
