//! Hashes records so that the order of keys, white space and signatures of links
//! are no change.

use callfold_reader::vendors;
use twox_hash::XxHash3_128;

/// 128 bits of some content.
pub(crate) type Hash = [u8; 16];

/// The hash of a text: 128 bits of XXH3, the same in every version.
pub fn text_hash(text: &str) -> [u8; 16] {
    XxHash3_128::oneshot(text.as_bytes()).to_be_bytes()
}

/// The hash of a vendor's record, whatever the order of its keys, its white space and the
/// signatures of its links.
pub fn content_hash(vendor: &str, record: &str) -> [u8; 16] {
    record_hash(record, volatile_fields(vendor)).content
}

/// Hashes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordHash {
    /// Of all but the signatures of links in volatile fields.
    pub(crate) content: Hash,
    /// Of the links in volatile fields; `None` if there are none.
    pub(crate) links: Option<Hash>,
}

/// The fields of a vendor's records with links that are signed newly in each
/// response.
pub(crate) fn volatile_fields(vendor: &str) -> &'static [&'static str] {
    let entry = vendors().iter().find(|entry| entry.name == vendor);
    entry.map_or(&[], |entry| entry.volatile_fields)
}

/// A link without its query and fragment, which hold signatures.
pub(crate) fn unsigned(link: &str) -> &str {
    link.split(['?', '#']).next().unwrap_or_default()
}

/// A container whose end has not been reached.
enum Open<'t> {
    Array(u128),
    /// The sum over the members, which is the same in any order, and the key of the
    /// current member.
    Object(u128, &'t str),
}

/// Hashes JSON; anything else is hashed as text.
pub(crate) fn record_hash(text: &str, volatile: &[&str]) -> RecordHash {
    let mut links = None;
    let content = value_hash(text, volatile, &mut links).unwrap_or_else(|| hash(text.as_bytes()));
    RecordHash { content: content.to_be_bytes(), links: links.map(u128::to_be_bytes) }
}

/// Iterative: a record may nest deeper than the stack allows.
fn value_hash(text: &str, volatile: &[&str], links: &mut Option<u128>) -> Option<u128> {
    let bytes = text.as_bytes();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut at = 0;
    loop {
        at = blank_end(bytes, at);
        let value = match bytes.get(at)? {
            b'{' | b'[' => {
                open.push(if bytes[at] == b'{' { Open::Object(0, "") } else { Open::Array(0) });
                at += 1;
                None
            }
            b'}' | b']' => {
                at += 1;
                Some(match open.pop()? {
                    Open::Array(all) => pair(b'[', 0, all),
                    Open::Object(all, _) => pair(b'{', 0, all),
                })
            }
            b',' => {
                at += 1;
                continue;
            }
            _ => {
                let end = token_end(bytes, at)?;
                let token = text.get(at..end)?;
                at = end;
                let after = blank_end(bytes, at);
                if let (Some(Open::Object(_, key)), Some(b':')) =
                    (open.last_mut(), bytes.get(after))
                {
                    (*key, at) = (token, after + 1);
                    continue;
                }
                Some(scalar(token, open.last(), volatile, links))
            }
        };
        let Some(value) = value else { continue };
        match open.last_mut() {
            Some(Open::Array(all)) => *all = pair(b',', *all, value),
            Some(Open::Object(all, key)) => {
                *all = all.wrapping_add(pair(b':', hash(key.as_bytes()), value));
            }
            None => return (blank_end(bytes, at) == bytes.len()).then_some(value),
        }
    }
}

fn scalar(
    token: &str,
    parent: Option<&Open<'_>>,
    volatile: &[&str],
    links: &mut Option<u128>,
) -> u128 {
    let key = match parent {
        Some(Open::Object(_, key)) => key.trim_matches('"'),
        _ => "",
    };
    if !token.starts_with('"') || !volatile.contains(&key) {
        return hash(token.as_bytes());
    }
    let link = pair(b'?', hash(key.as_bytes()), hash(token.as_bytes()));
    *links = Some(links.unwrap_or_default().wrapping_add(link));
    hash(unsigned(token.trim_end_matches('"')).as_bytes())
}

fn blank_end(bytes: &[u8], at: usize) -> usize {
    let blank = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'\r' | b'\n');
    at + bytes.get(at..).unwrap_or_default().iter().take_while(blank).count()
}

/// Where the string, number or word at `at` ends.
fn token_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        let is_in =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'+' | b'-' | b'.');
        let length = bytes.get(at..)?.iter().take_while(is_in).count();
        return (length > 0).then_some(at + length);
    }
    at += 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

fn hash(bytes: &[u8]) -> u128 {
    XxHash3_128::oneshot(bytes)
}

fn pair(kind: u8, one: u128, other: u128) -> u128 {
    let mut bytes = [kind; 33];
    bytes[1..17].copy_from_slice(&one.to_le_bytes());
    bytes[17..].copy_from_slice(&other.to_le_bytes());
    hash(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOLATILE: &[&str] = &["url"];

    fn content(text: &str) -> Hash {
        record_hash(text, VOLATILE).content
    }

    #[test]
    fn order_of_keys_and_white_space_are_no_change() {
        let text = r#"{"a":1,"b":{"c":[1,{"d":"x y","e":null}],"f":"\"}"}}"#;
        let same =
            "\n{ \"b\" : {\"f\":\"\\\"}\",\"c\":[ 1 ,{\"e\":null,\n\"d\":\"x y\"}]}, \"a\":\t1 }\n";
        assert_eq!(content(text), content(same));
        let others = [
            r#"{"a":1,"b":{"c":[{"d":"x y","e":null},1],"f":"\"}"}}"#,
            r#"{"a":1,"b":{"c":[1,{"d":"x  y","e":null}],"f":"\"}"}}"#,
            r#"{"a":1,"b":{"c":[1,{"d":"x y","e":null}]},"f":"\"}"}"#,
            r#"{"b":1,"a":{"c":[1,{"d":"x y","e":null}],"f":"\"}"}}"#,
            r#"{"a":"1","b":{"c":[1,{"d":"x y","e":null}],"f":"\"}"}}"#,
            r#"{"a":1.0,"b":{"c":[1,{"d":"x y","e":null}],"f":"\"}"}}"#,
        ];
        for other in others {
            assert_ne!(content(text), content(other), "{other}");
        }
        for (one, other) in [("[]", "{}"), ("[[]]", "[]"), ("[1,2]", "[[1],2]"), ("1", "\"1\"")] {
            assert_ne!(content(one), content(other), "{one} {other}");
        }
    }

    #[test]
    fn signature_of_a_volatile_link_is_no_change_and_changes_its_hash() {
        let one = record_hash(r#"{"url":"https://x.example/a?sig=1","id":1}"#, VOLATILE);
        let other = record_hash(r#"{"id":1,"url":"https://x.example/a?sig=2"}"#, VOLATILE);
        assert_eq!(one.content, other.content);
        assert!(one.links.is_some() && one.links != other.links);
        let moved = record_hash(r#"{"id":1,"url":"https://x.example/b?sig=2"}"#, VOLATILE);
        let gone = record_hash(r#"{"id":1,"url":null}"#, VOLATILE);
        assert_ne!(one.content, moved.content, "it leads to something else");
        assert_ne!(one.content, gone.content);
        assert_eq!(gone.links, None);
        let plain = |text| record_hash(text, &[]).content;
        let (one, other) = (r#"{"url":"a?1"}"#, r#"{"url":"a?2"}"#);
        assert_ne!(plain(one), plain(other), "nobody says that it is volatile");
    }

    #[test]
    fn hash_is_the_same_in_every_process() {
        let hex = format!("{:032x}", u128::from_be_bytes(text_hash("callfold")));
        assert_eq!(
            hex, "9d8ea498a2c8e320b5fcb5652b8a26ed",
            "stored hashes would not be found again"
        );
    }

    #[test]
    fn any_text_has_a_hash() {
        for text in ["", "{", "]", "[1", "\"a", "{\"a\":}", "{\"a\" 1}", "[1] 2", "\u{e9}", "\\"] {
            assert_ne!(content(text), content(&format!("{text}!")), "{text}");
        }
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_ne!(content(&deep), content("[]"));
    }
}
