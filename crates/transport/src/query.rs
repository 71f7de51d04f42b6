//! Small parts that generated code calls while it builds a request.

use crate::Error;
use reqwest::RequestBuilder;
use serde::ser::{self, Impossible, Serialize, Serializer};
use std::fmt::{self, Write};

/// One query parameter: serialises as a list of pairs, empty for `None`.
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
        let mut texts = Vec::new();
        self.value.serialize(Texts(&mut texts)).map_err(ser::Error::custom)?;
        serializer.collect_seq(texts.iter().map(|text| (self.name, text)))
    }
}

/// A parameter that is neither a word nor a number, nor a list of these.
#[derive(Debug)]
pub struct NotScalar;

impl fmt::Display for NotScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a query parameter must be a scalar or a list of scalars")
    }
}

impl std::error::Error for NotScalar {}

impl ser::Error for NotScalar {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Collects the text of each scalar.
struct Texts<'a>(&'a mut Vec<String>);

impl Texts<'_> {
    fn text(self, text: impl ToString) -> Result<(), NotScalar> {
        self.0.push(text.to_string());
        Ok(())
    }
}

macro_rules! scalars {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, value: $type) -> Result<(), NotScalar> {
            self.text(value)
        })*
    };
}

impl<'a> Serializer for Texts<'a> {
    type Ok = ();
    type Error = NotScalar;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Impossible<(), NotScalar>;
    type SerializeTupleStruct = Impossible<(), NotScalar>;
    type SerializeTupleVariant = Impossible<(), NotScalar>;
    type SerializeMap = Impossible<(), NotScalar>;
    type SerializeStruct = Impossible<(), NotScalar>;
    type SerializeStructVariant = Impossible<(), NotScalar>;

    scalars! {
        serialize_bool: bool, serialize_char: char, serialize_str: &str,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_f32: f32, serialize_f64: f64,
    }

    fn serialize_none(self) -> Result<(), NotScalar> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotScalar> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), NotScalar> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NotScalar> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, NotScalar> {
        Ok(Items(self.0))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), NotScalar> {
        Err(NotScalar)
    }

    fn serialize_unit(self) -> Result<(), NotScalar> {
        Err(NotScalar)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NotScalar> {
        Err(NotScalar)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), NotScalar> {
        Err(NotScalar)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, NotScalar> {
        Err(NotScalar)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NotScalar> {
        Err(NotScalar)
    }
}

/// A repeated parameter.
struct Items<'a>(&'a mut Vec<String>);

impl ser::SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = NotScalar;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotScalar> {
        value.serialize(Texts(self.0))
    }

    fn end(self) -> Result<(), NotScalar> {
        Ok(())
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

/// Generated code imports this name; form bodies are not in the specs' dialect.
pub trait RequestBuilderExt<E> {
    /// Refuses: no vendor's list takes a form.
    ///
    /// # Errors
    ///
    /// Always `InvalidRequest`.
    fn form_urlencoded<T: Serialize + ?Sized>(self, body: &T) -> Result<RequestBuilder, Error<E>>;
}

impl<E> RequestBuilderExt<E> for RequestBuilder {
    fn form_urlencoded<T: Serialize + ?Sized>(self, _body: &T) -> Result<Self, Error<E>> {
        Err(Error::InvalidRequest("form bodies are not supported".to_owned()))
    }
}

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
        assert_eq!(query(&Option::<i64>::None), "");
        assert_eq!(query(&true), "q=true");
        assert_eq!(query(&"+1 919 & co"), "q=%2B1+919+%26+co");
        assert_eq!(query(&Order::Newest), "q=newest+first");
        assert_eq!(query(&vec!["a", "b"]), "q=a&q=b");
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
