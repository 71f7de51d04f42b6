//! Texts in JSON that is harmless wherever it is shown.

use callfold_record::is_terminal_control;

/// Appends what stands between the quotes of a JSON string.
#[inline]
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    push(text, out, |c, out| match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\u{8}' => out.extend_from_slice(b"\\b"),
        '\u{c}' => out.extend_from_slice(b"\\f"),
        c => push_control(c, out),
    });
}

/// The same for a text whose quotes and backslashes are escaped already.
#[inline]
pub(super) fn escape_controls(text: &str, out: &mut Vec<u8>) {
    push(text, out, push_control);
}

/// Appends JSON that came as text: without the blanks between its values, and
/// with no terminal control character in its strings.
pub(super) fn compact(json: &str, out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(quote) = memchr::memchr(b'"', rest.as_bytes()) {
        push_without_blanks(&rest[..=quote], out);
        let string = &rest[quote + 1..];
        let (string, after) = string.split_at(end_of_string(string.as_bytes()));
        escape_controls(string, out);
        rest = after;
    }
    push_without_blanks(rest, out);
}

/// Where a string that was opened ends, its quote included.
fn end_of_string(string: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = string.get(from..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        if string[from + at] == b'"' {
            return from + at + 1;
        }
        from += at + 2;
    }
    string.len()
}

fn push_without_blanks(json: &str, out: &mut Vec<u8>) {
    if json.bytes().all(|byte| byte > b' ') {
        return out.extend_from_slice(json.as_bytes());
    }
    out.extend(json.bytes().filter(|byte| *byte > b' '));
}

/// Appends a text, and has `push_odd` append each character that is not plain.
#[inline]
fn push(mut text: &str, out: &mut Vec<u8>, push_odd: fn(char, &mut Vec<u8>)) {
    loop {
        let plain = plain_bytes(text.as_bytes());
        out.extend_from_slice(&text.as_bytes()[..plain]);
        text = &text[plain..];
        let Some(c) = text.chars().next() else { return };
        push_odd(c, out);
        text = &text[c.len_utf8()..];
    }
}

/// Appends a character, escaped where a terminal would act upon it.
fn push_control(c: char, out: &mut Vec<u8>) {
    if !is_terminal_control(c) {
        return out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
    }
}

/// How many bytes at the start stand for themselves. Looks at 16 together
/// without a branch, which the compiler does at once.
#[inline]
pub(super) fn plain_bytes(text: &[u8]) -> usize {
    let is_plain = |byte: &u8| (b' '..0x7f).contains(byte) & (*byte != b'"') & (*byte != b'\\');
    let (chunks, _) = text.as_chunks::<16>();
    let all = |chunk: &&[u8; 16]| chunk.iter().fold(true, |plain, byte| plain & is_plain(byte));
    let plain = chunks.iter().take_while(all).count() * 16;
    plain + text[plain..].iter().take_while(|byte| is_plain(byte)).count()
}
