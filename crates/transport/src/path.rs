//! The path of a request.

use std::fmt::Write;

/// What stands in a path for an id that would lead elsewhere: an empty one
/// names the list, and `..` the directory above. [`Transport`] refuses it.
///
/// [`Transport`]: crate::Transport
pub(crate) const BAD_SEGMENT: &str = "%00";

/// Percent-encodes one segment of a path: all but RFC 3986's unreserved
/// characters and those sub-delimiters that cannot change the path.
pub fn encode_path(segment: &str) -> String {
    if matches!(segment, "" | "." | "..") {
        return BAD_SEGMENT.to_owned();
    }
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b':' | b'@' | b'!' | b'$' | b'\'' => {
                out.push(char::from(byte))
            }
            b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b'&' => out.push(char::from(byte)),
            // Writing to a String cannot fail.
            byte => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encode_path_keeps_a_segment_a_segment() {
        for (id, encoded) in [
            ("outbound-1776774443-ab12", "outbound-1776774443-ab12"),
            ("a/b", "a%2Fb"),
            ("a?b#c", "a%3Fb%23c"),
            ("100%", "100%25"),
            ("a b", "a%20b"),
            ("\\", "%5C"),
            ("é", "%C3%A9"),
            ("", "%00"),
            ("..", "%00"),
            ("...", "..."),
        ] {
            assert_eq!(encode_path(id), encoded);
        }
    }
}
