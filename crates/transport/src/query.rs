//! Small parts that generated code calls while it builds a request.

use serde::{Serialize, Serializer};
use std::fmt::Write;

/// One query parameter, for reqwest's own `query`, which leaves `None` out and
/// refuses lists; so does the specs' dialect.
#[derive(Clone, Copy)]
pub struct QueryParam<'a, T> {
    name: &'a str,
    value: &'a T,
}

impl<'a, T> QueryParam<'a, T> {
    /// Pairs a name with a value.
    pub fn new(name: &'a str, value: &'a T) -> Self {
        Self { name, value }
    }
}

impl<T: Serialize> Serialize for QueryParam<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [(self.name, self.value)].serialize(serializer)
    }
}

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
            _ if byte.is_ascii_alphanumeric() || b"-._~:@!$'()*+,;=&".contains(&byte) => {
                out.push(char::from(byte));
            }
            // Writing to a String cannot fail.
            byte => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

/// Generated code imports this name for form bodies, which the specs' dialect
/// does not have.
pub trait RequestBuilderExt {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    enum Order {
        #[serde(rename = "newest first")]
        Newest,
    }

    fn query(value: &impl Serialize) -> String {
        let request =
            reqwest::Client::new().get("http://127.0.0.1/x").query(&QueryParam::new("q", value));
        request.build().unwrap().url().query().unwrap_or_default().to_owned()
    }

    #[test]
    fn query_param_writes_scalars_and_leaves_none_out() {
        crate::transport::install_crypto_provider();
        assert_eq!(query(&Some(7_i64)), "q=7");
        assert_eq!(query(&Some(7_u32)), "q=7");
        assert_eq!(query(&Option::<i64>::None), "");
        assert_eq!(query(&true), "q=true");
        assert_eq!(query(&"+1 919 & co"), "q=%2B1+919+%26+co");
        assert_eq!(query(&Order::Newest), "q=newest+first");
        let time: chrono::DateTime<chrono::Utc> = "2026-04-21T12:27:23Z".parse().unwrap();
        assert_eq!(query(&Some(time)), "q=2026-04-21T12%3A27%3A23Z");
    }

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
