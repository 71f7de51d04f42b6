//! Credentials inside records, which must not be kept.

use memchr::{memchr2, memmem};
use std::borrow::Cow;
use std::ops::Range;

/// What stands in place of a secret value.
const REDACTED: &[u8] = b"\"[redacted]\"";

/// Writes `"[redacted]"` in place of the value of each member that has one of these
/// names, at any depth; `null` and `""` stay. Every other byte stays, also in a text
/// that is not valid JSON.
pub fn redact<'a>(json: &'a [u8], names: &[&str]) -> Cow<'a, [u8]> {
    let mut values: Vec<_> = names.iter().flat_map(|name| secret_values(json, name)).collect();
    if values.is_empty() {
        return json.into();
    }
    values.sort_unstable_by_key(|value| value.start);
    let mut redacted = Vec::with_capacity(json.len());
    let mut end = 0;
    for value in values {
        // A secret may hold another.
        if value.start >= end {
            redacted.extend_from_slice(&json[end..value.start]);
            redacted.extend_from_slice(REDACTED);
            end = value.end;
        }
    }
    redacted.extend_from_slice(&json[end..]);
    redacted.into()
}

/// Where the values of the members of this name stand.
fn secret_values<'a>(json: &'a [u8], name: &str) -> impl Iterator<Item = Range<usize>> + use<'a> {
    let key = format!("\"{name}\"");
    let ends: Vec<usize> = memmem::find_iter(json, &key).map(|at| at + key.len()).collect();
    ends.into_iter().filter_map(|end| {
        let colon = skip_space(json, end);
        let start = (json.get(colon) == Some(&b':')).then(|| skip_space(json, colon + 1))?;
        let value = start..value_end(json, start);
        let is_secret = !matches!(&json[value.clone()], b"null" | b"\"\"" | REDACTED | b"");
        is_secret.then_some(value)
    })
}

fn skip_space(json: &[u8], from: usize) -> usize {
    let space = json[from..].iter().take_while(|byte| byte.is_ascii_whitespace());
    from + space.count()
}

/// The end of the value that begins at `start`; the end of the text if it is cut off.
fn value_end(json: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => {
                at = text_end(json, at + 1);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return at + depth,
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return at,
            _ if depth == 0 && byte.is_ascii_whitespace() => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

/// The position behind the quote that ends a text.
fn text_end(json: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr2(b'"', b'\\', &json[at.min(json.len())..]) {
        at += found + 1;
        if json[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(json: &str) -> String {
        String::from_utf8(redact(json.as_bytes(), &["token", "plan"]).into_owned()).unwrap()
    }

    #[test]
    fn only_values_of_the_named_members_are_replaced() {
        let cases = [
            (
                r#"{ "id":1, "token" : "a\"b\\", "x":2 }"#,
                r#"{ "id":1, "token" : "[redacted]", "x":2 }"#,
            ),
            (
                r#"[{"a":{"token":"s"}},{"token":7}]"#,
                r#"[{"a":{"token":"[redacted]"}},{"token":"[redacted]"}]"#,
            ),
            (r#"{"plan":{"token":"s","q":"}"},"x":1}"#, r#"{"plan":"[redacted]","x":1}"#),
            (r#"{"plan":["]",[1]] ,"x":1}"#, r#"{"plan":"[redacted]" ,"x":1}"#),
            (r#"{"token":true}"#, r#"{"token":"[redacted]"}"#),
            // Cut off, and not JSON.
            (r#"{"token":"abc"#, r#"{"token":"[redacted]""#),
            (r#"{"token":{"a":"b"#, r#"{"token":"[redacted]""#),
            (r#"{"token":"abc\"#, r#"{"token":"[redacted]""#),
            (r#"{"x":"a"b","token":"s"}"#, r#"{"x":"a"b","token":"[redacted]"}"#),
        ];
        for (json, expect) in cases {
            assert_eq!(redacted(json), expect);
            assert_eq!(redacted(expect), expect);
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for json in [
            r#"{"token":null,"plan":""}"#,
            r#"{"tokens":"s","atoken":"t","say":"token"}"#,
            r#"{"say":"\"token\": \"s\""}"#,
            r#"["token","plan"]"#,
            r#"{"token":"#,
            r#"{"token""#,
        ] {
            assert!(
                matches!(redact(json.as_bytes(), &["token", "plan"]), Cow::Borrowed(_)),
                "{json}"
            );
        }
    }
}
