//! Makes a vendor's own words safe to print.

use secrecy::{ExposeSecret, SecretString};

/// Longest message shown, in characters.
const MAX_CHARS: usize = 200;
/// So many digits in a row, spacing aside, may be somebody's number.
const MAX_DIGITS: usize = 6;

/// One line, at most [`MAX_CHARS`] characters, without control characters,
/// secrets, e-mail addresses, addresses' queries and long numbers.
pub(super) fn scrub(text: &str, secrets: &[SecretString]) -> String {
    // A vendor may quote a key whole, or cut: mask before cutting anything.
    let mut text = text.to_owned();
    for secret in secrets {
        let secret = secret.expose_secret();
        if secret.len() >= 4 {
            text = text.replace(secret, "***");
        }
    }
    let words: Vec<String> =
        text.split(|c: char| c.is_whitespace() || is_hidden(c)).map(mask_word).collect();
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

/// Control characters, and those that reorder or hide text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
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
    fn scrub_masks_people_and_keys() {
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
            assert_eq!(scrub(text, &secrets), line);
        }
    }

    #[test]
    fn scrub_caps_the_length() {
        let line = scrub(&"word ".repeat(100), &[]);
        assert_eq!(line.chars().count(), MAX_CHARS);
        assert!(line.ends_with('…'));
    }
}
