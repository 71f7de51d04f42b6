//! Texts in JSON that is harmless wherever it is shown.

/// Whether a terminal would act upon the character instead of showing it:
/// control characters, line and paragraph separators, what changes the
/// direction of writing, and what is invisible.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // direction of writing
            | '\u{2028}' | '\u{2029}' // line and paragraph
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}') // annotations and tags
}

/// Bytes that are looked at together.
const STRIDE: usize = 16;

/// Appends what stands between the quotes of a JSON string.
#[inline]
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    let plain = plain_bytes(text.as_bytes());
    out.extend_from_slice(&text.as_bytes()[..plain]);
    if plain < text.len() {
        escape_rest(&text[plain..], out);
    }
}

/// The same for a text whose first character is not plain.
fn escape_rest(mut text: &str, out: &mut Vec<u8>) {
    while let Some(c) = text.chars().next() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            _ => push(c, out),
        }
        text = &text[c.len_utf8()..];
        let plain = plain_bytes(text.as_bytes());
        out.extend_from_slice(&text.as_bytes()[..plain]);
        text = &text[plain..];
    }
}

/// Appends JSON that came as text: without the blanks between its values, and
/// with nothing unsafe in its strings.
pub(super) fn compact(json: &str, out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(quote) = memchr::memchr(b'"', rest.as_bytes()) {
        push_without_blanks(&rest[..quote], out);
        let string = &rest[quote + 1..];
        let end = closing_quote(string.as_bytes());
        out.push(b'"');
        push_string(&string[..end], out);
        out.push(b'"');
        rest = string.get(end + 1..).unwrap_or_default();
    }
    push_without_blanks(rest, out);
}

/// Where a string that was opened ends.
fn closing_quote(string: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = string.get(from..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        if string[from + at] == b'"' {
            return from + at;
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

/// Appends what stands between the quotes of a JSON string, whose escapes stay
/// as they are.
fn push_string(mut string: &str, out: &mut Vec<u8>) {
    loop {
        let plain = plain_bytes(string.as_bytes());
        out.extend_from_slice(&string.as_bytes()[..plain]);
        string = &string[plain..];
        let Some(c) = string.chars().next() else { return };
        push(c, out);
        string = &string[c.len_utf8()..];
    }
}

/// Appends a character, escaped where it is unsafe.
fn push(c: char, out: &mut Vec<u8>) {
    if !is_unsafe(c) {
        return out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.extend_from_slice(b"\\u");
        for place in [12, 8, 4, 0] {
            out.push(b"0123456789abcdef"[usize::from(*unit >> place & 0xf)]);
        }
    }
}

/// How many bytes at the start need no look of their own.
#[inline]
fn plain_bytes(text: &[u8]) -> usize {
    let (strides, rest) = text.as_chunks::<STRIDE>();
    let plain = strides.iter().take_while(|stride| all_plain(*stride)).count();
    let doubtful = match strides.get(plain) {
        Some(stride) => stride,
        None if ends_plain(text) => return text.len(),
        None => rest,
    };
    plain * STRIDE + doubtful.iter().take_while(|byte| is_plain(**byte)).count()
}

/// Whether the bytes of a last, broken stride are plain. To look at many bytes
/// at once, some are looked at twice.
#[inline]
fn ends_plain(text: &[u8]) -> bool {
    fn ends<const N: usize>(text: &[u8]) -> Option<bool> {
        let (first, last) = (text.first_chunk::<N>()?, text.last_chunk::<N>()?);
        Some(all_plain(first) & all_plain(last))
    }
    match text.last_chunk::<STRIDE>() {
        Some(last) => all_plain(last),
        None => ends::<8>(text).or_else(|| ends::<4>(text)).unwrap_or_else(|| all_plain(text)),
    }
}

/// Without a branch: the compiler compares bytes of a known number at once.
#[inline]
fn all_plain(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |plain, byte| plain & is_plain(*byte))
}

/// Whether the byte is a character that stands for itself.
#[inline]
fn is_plain(byte: u8) -> bool {
    (b' '..0x7f).contains(&byte) & (byte != b'"') & (byte != b'\\')
}
