//! Makes a vendor's own words safe to print.

use callfold_record::is_terminal_control;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashSet;
use std::fmt::Write;

/// Longest message shown, in characters.
const MAX_CHARS: usize = 200;
/// So many digits in a row, spacing aside, may be a phone number.
const MAX_DIGITS: usize = 6;

/// One line, at most [`MAX_CHARS`] characters, without control characters,
/// secrets, e-mail addresses, addresses' queries and long numbers.
pub(super) fn mask(text: &str, secrets: &[SecretString]) -> String {
    // A vendor may quote a key completely or in part. Parts of one are masked too, so
    // it may be cut here.
    let text = mask_secrets(start(text), secrets);
    let words: Vec<String> =
        text.split(|c: char| c.is_whitespace() || is_terminal_control(c)).map(mask_word).collect();
    let mut line = mask_digits(&words.join(" "));
    while line.contains("  ") {
        line = line.replace("  ", " ");
    }
    let line = line.trim().trim_end_matches('.');
    match line.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => format!("{}…", line[..at].trim_end()),
        None => line.to_owned(),
    }
}

/// Longest id shown, in characters.
const MAX_ID: usize = 80;

/// An id as it can be searched for. One that holds a secret, or a part of one,
/// is not shown; one of unusual length or characters is shortened.
pub(crate) fn id(text: &str, secrets: &[SecretString]) -> String {
    let start = start(text);
    if mask_secrets(start, secrets) != start {
        return "***".to_owned();
    }
    let usual = |c: char| c.is_ascii_alphanumeric() || "-_.:;=/+|#".contains(c);
    let length = text.chars().take_while(|c| usual(*c)).take(MAX_ID).count();
    // Usual characters are one byte each.
    let ellipsis = if length < text.len() { "…" } else { "" };
    format!("{}{ellipsis}", &text[..length])
}

/// More than anybody is shown of a text.
fn start(text: &str) -> &str {
    const MAX_BYTES: usize = 4096;
    &text[..text.floor_char_boundary(MAX_BYTES)]
}

/// So much of a secret in a row is a part that may not be shown.
const PART: usize = 8;
/// Shorter secrets are words that may stand anywhere.
const SHORTEST_SECRET: usize = 4;

/// The text without secrets, in whatever letters' case: whole, in parts of
/// [`PART`] characters and more, and in the forms that URLs and headers give
/// them.
pub(super) fn mask_secrets(text: &str, secrets: &[SecretString]) -> String {
    let lower = text.to_ascii_lowercase();
    let mut hidden = vec![false; lower.len()];
    for secret in secrets {
        let secret = secret.expose_secret();
        if secret.len() < SHORTEST_SECRET {
            continue;
        }
        for (form, part) in forms(secret) {
            let form = form.to_ascii_lowercase();
            let part = part.min(form.len()).max(1);
            let parts: HashSet<&[u8]> = form.as_bytes().windows(part).collect();
            for (at, window) in lower.as_bytes().windows(part).enumerate() {
                if parts.contains(window) {
                    hidden[at..at + part].fill(true);
                }
            }
        }
    }
    // What is hidden is ASCII, as secrets are: no character is cut.
    let mut out = String::with_capacity(text.len());
    let mut before = false;
    for (at, c) in text.char_indices() {
        match hidden[at] {
            false => out.push(c),
            true if !before => out.push_str("***"),
            true => {}
        }
        before = hidden[at];
    }
    out
}

/// The forms that a secret may be quoted in, each with the length of a part.
fn forms(secret: &str) -> Vec<(String, usize)> {
    let mut forms = vec![(secret.to_owned(), PART)];
    let (mut percent, mut hex) = (String::new(), String::new());
    for byte in secret.bytes() {
        // Writing to a string cannot fail.
        let _written = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                write!(percent, "{}", char::from(byte))
            }
            _ => write!(percent, "%{byte:02x}"),
        };
        let _written = write!(hex, "{byte:02x}");
    }
    forms.push((hex, 2 * PART));
    if percent != secret {
        forms.push((percent, PART));
    }
    // What base64 makes of it depends on how many bytes stand before it.
    for before in 0..3 {
        let encoded = base64(&[&[0; 2][..before], secret.as_bytes()].concat());
        let from = [0, 2, 3][before];
        let to = encoded.len() - usize::from(!(before + secret.len()).is_multiple_of(3));
        let encoded = encoded.get(from..to).unwrap_or_default();
        if encoded.len() >= SHORTEST_SECRET {
            forms.push((encoded.to_owned(), PART));
            forms.push((encoded.replace('+', "-").replace('/', "_"), PART));
        }
    }
    forms
}

/// Base64 without padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..=chunk.len() {
            out.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    out
}

fn mask_word(word: &str) -> String {
    if let Some(at) = word.find('@')
        && at > 0
        && word[at..].contains('.')
    {
        return "***@***".to_owned();
    }
    if let (Some(scheme), Some(query)) = (word.find("://"), word.find('?'))
        && scheme < query
    {
        return format!("{}?***", &word[..query]);
    }
    word.to_owned()
}

/// Masks runs of more than [`MAX_DIGITS`] digits, counting across the spaces,
/// dots, dashes and brackets that telephone numbers are written with.
fn mask_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        if run.bytes().filter(u8::is_ascii_digit).count() > MAX_DIGITS {
            let tail = run.trim_end_matches([' ', '.', '-', '(', ')']).len();
            out.push_str("***");
            out.push_str(&run[tail..]);
        } else {
            out.push_str(run);
        }
        run.clear();
    };
    for c in text.chars() {
        let digit = c.is_ascii_digit();
        if digit
            || (!run.is_empty() && matches!(c, ' ' | '.' | '-' | '(' | ')'))
            || (run.is_empty() && c == '+')
        {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_keys_are_masked() {
        let secrets = [SecretString::from("sk-abc123")];
        for (text, line) in [
            ("Invalid key sk-abc123.", "Invalid key ***"),
            ("no call for +1 (919) 555-0100 today", "no call for *** today"),
            ("number 9195550100 unknown", "number *** unknown"),
            ("mail jo@example.com bounced", "mail ***@*** bounced"),
            ("page must be <= 200", "page must be <= 200"),
            ("see https://x.example/a?token=1", "see https://x.example/a?***"),
            ("two\nlines\u{1b}[31m red\u{202e}", "two lines [31m red"),
            ("hid\u{61c}den\u{fffb} words\u{e0041}", "hid den words"),
            ("status 500, code 503", "status 500, code 503"),
        ] {
            assert_eq!(mask(text, &secrets), line);
        }
    }

    #[test]
    fn secrets_are_masked_in_parts_and_in_other_forms() {
        let secrets = [SecretString::from("sk-live/9f8e7d6c5b4a"), SecretString::from("org-555")];
        for (text, line) in [
            ("key sk-live/9f8e7d6c5b4a is unknown", "key *** is unknown"),
            ("key SK-LIVE/9F8E7D6C5B4A is unknown", "key *** is unknown"),
            ("key sk-live/9f8e7d… is unknown", "key ***… is unknown"),
            ("key …8e7d6c5b4a is unknown", "key …*** is unknown"),
            ("key sk-live%2F9f8e7d6c5b4a is unknown", "key *** is unknown"),
            // The key; "u:" and the key; "us:" and the key.
            ("c2stbGl2ZS85ZjhlN2Q2YzViNGE=", "***E="),
            ("dTpzay1saXZlLzlmOGU3ZDZjNWI0YQ==", "dTp***Q=="),
            ("dXM6c2stbGl2ZS85ZjhlN2Q2YzViNGE=", "dXM6***E="),
            ("736b2d6c6976652f3966386537643663356234 61", "*** 61"),
            ("org-555 and org-556", "*** and org-556"),
            ("sk-live is a prefix", "sk-live is a prefix"),
        ] {
            assert_eq!(mask_secrets(text, &secrets), line, "{text}");
        }
        assert_eq!(mask_secrets("abc ä", &[SecretString::from("abc")]), "abc ä");
    }

    #[test]
    fn id_shows_no_secret_and_nothing_unusual() {
        let secrets = [SecretString::from("sk-live-9f8e7d6c5b4a")];
        for (text, shown) in [
            ("req-42", "req-42"),
            (
                "Root=1-67891233-abcdef012345678912345678",
                "Root=1-67891233-abcdef012345678912345678",
            ),
            ("sk-live-9f8e7d6c5b4a", "***"),
            ("r-1;key=9f8e7d6c", "***"),
            ("r-1 for ann@example.com", "r-1…"),
            ("r-1\u{1b}[2J", "r-1…"),
            ("\u{e4}", "…"),
        ] {
            assert_eq!(id(text, &secrets), shown, "{text}");
        }
        let long = id(&"x".repeat(1_000_000), &secrets);
        assert_eq!((long.chars().count(), long.ends_with('…')), (MAX_ID + 1, true));
    }

    #[test]
    fn masked_line_is_capped() {
        let line = mask(&"word ".repeat(100), &[]);
        assert_eq!(line.chars().count(), MAX_CHARS);
        assert!(line.ends_with('…'));
    }
}
