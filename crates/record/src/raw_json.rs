//! JSON without a schema, kept verbatim.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::fmt;

/// Any JSON value, byte for byte as received.
///
/// `null` decodes to `None` where the field is an `Option<RawJson>`. Equality
/// compares the text, so `1.0` differs from `1`. `Debug` shows the type and the
/// length only.
#[derive(Clone)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// The value's text, without surrounding space.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// The value as serde_json's raw type.
    pub fn as_raw(&self) -> &RawValue {
        &self.0
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.first() == b'n'
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.first() == b'{'
    }

    /// Whether the value is an array.
    pub fn is_array(&self) -> bool {
        self.first() == b'['
    }

    /// Whether the value is a string.
    pub fn is_string(&self) -> bool {
        self.first() == b'"'
    }

    /// Whether the value is a number.
    pub fn is_number(&self) -> bool {
        matches!(self.first(), b'-' | b'0'..=b'9')
    }

    /// Whether the value is `true` or `false`.
    pub fn is_boolean(&self) -> bool {
        matches!(self.first(), b't' | b'f')
    }

    /// Whether the value is an object without members.
    pub fn is_empty_object(&self) -> bool {
        self.is_object() && self.is_hollow()
    }

    /// Whether the value is an array without items.
    pub fn is_empty_array(&self) -> bool {
        self.is_array() && self.is_hollow()
    }

    /// Decodes the value as `T`.
    ///
    /// # Errors
    ///
    /// The decoder's own error. Its text may quote the value: do not log it.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get())
    }

    fn first(&self) -> u8 {
        self.get().as_bytes().first().copied().unwrap_or(b'n')
    }

    /// Nothing but space between the brackets.
    fn is_hollow(&self) -> bool {
        let text = self.get();
        text.get(1..text.len() - 1).is_some_and(|inner| inner.trim_ascii().is_empty())
    }
}

impl From<Box<RawValue>> for RawJson {
    fn from(raw: Box<RawValue>) -> Self {
        Self(raw)
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for RawJson {}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = super::decode_error::type_word(self.get());
        write!(f, "RawJson({word}, {} bytes)", self.get().len())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> RawJson {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn json_keeps_every_byte() {
        let text = r#"{ "a" : 1.10, "a": 1e400, "b":[ ] }"#;
        assert_eq!(json(&format!(" {text}\n")).get(), text);
        assert_eq!(serde_json::to_string(&json(text)).unwrap(), text);
    }

    #[test]
    fn json_null_is_none_in_an_option() {
        #[derive(Deserialize)]
        struct Holder {
            value: Option<RawJson>,
        }
        let holder: Holder = serde_json::from_str(r#"{"value":null}"#).unwrap();
        assert!(holder.value.is_none());
        let holder: Holder = serde_json::from_str(r#"{"value":{}}"#).unwrap();
        assert!(holder.value.unwrap().is_empty_object());
        let holder: Holder = serde_json::from_str("{}").unwrap();
        assert!(holder.value.is_none());
    }

    #[test]
    fn json_knows_its_type() {
        assert!(json("null").is_null());
        assert!(json("{ }").is_empty_object());
        assert!(!json("{\"a\":1}").is_empty_object());
        assert!(json("[\n]").is_empty_array());
        assert!(json("-1").is_number());
        assert!(json("\"x\"").is_string());
        assert!(json("false").is_boolean());
    }

    #[test]
    fn json_debug_hides_the_content() {
        assert_eq!(format!("{:?}", json("\"private\"")), "RawJson(string, 9 bytes)");
    }
}
