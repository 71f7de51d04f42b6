//! Parts of texts that several crates write or check.

use std::io;

/// The counted noun, as in `2 records`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The text of an I/O error, without the number that the standard library appends.
pub fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// Whether this is a UUID with its four hyphens, in either case.
pub fn is_uuid(text: &str) -> bool {
    let is_expected = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_expected)
}
