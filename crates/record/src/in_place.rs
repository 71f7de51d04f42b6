//! Decoding records where they stand in their page.
//!
//! Capturing a record's JSON before decoding it means scanning it twice, which
//! costs a third of the decoding. While a page that we hold is decoded, the
//! record is decoded in place instead and only its span is noted; its JSON is
//! extracted from the page on demand. Whatever does not match
//! the schema makes the whole attempt fail, and the page is decoded by the slow
//! path: each record is captured first and decoded alone.

use super::Record;
use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;
use std::cell::{Cell, RefCell};
use std::fmt;

/// The page being decoded on this thread.
struct DecodingPage {
    bytes: Bytes,
    needs_fallback: bool,
}

thread_local! {
    static PAGE: RefCell<Option<DecodingPage>> = const { RefCell::new(None) };
}

/// Runs `decode`, which reads from `bytes`, with records decoded in place.
/// Also tells whether a record needs the slow path.
pub(crate) fn in_place<R>(bytes: &Bytes, decode: impl FnOnce() -> R) -> (R, bool) {
    /// Puts back what was there, also after a panic.
    struct RestorePage(Option<DecodingPage>);

    impl Drop for RestorePage {
        fn drop(&mut self) {
            PAGE.replace(self.0.take());
        }
    }

    let page = DecodingPage { bytes: bytes.clone(), needs_fallback: false };
    let restore = RestorePage(PAGE.replace(Some(page)));
    let result = decode();
    let needs_fallback =
        PAGE.with_borrow(|page| page.as_ref().is_some_and(|page| page.needs_fallback));
    drop(restore);
    (result, needs_fallback)
}

/// Whether a page is being decoded in place.
pub(super) fn is_active() -> bool {
    PAGE.with_borrow(Option::is_some)
}

/// Asks for the page to be decoded by the slow path.
pub(super) fn request_fallback() {
    PAGE.with_borrow_mut(|page| {
        if let Some(page) = page {
            page.needs_fallback = true;
        }
    });
}

/// Where a record stands: in which page, and from which byte on.
#[derive(Clone)]
pub(super) struct RecordSpan {
    page: Bytes,
    start: usize,
}

impl RecordSpan {
    /// A copy of the record's JSON.
    pub(super) fn extract_raw(&self) -> Box<RawValue> {
        let rest = serde_json::Deserializer::from_slice(&self.page[self.start..]);
        let raw = rest.into_iter::<Box<RawValue>>().next();
        // The page was decoded as a whole, so there is a value here.
        raw.and_then(Result::ok).unwrap_or_else(|| RawValue::NULL.to_owned())
    }
}

/// Decodes a record in place. It is boxed at once: a large one is not moved
/// more often than it has to be.
pub(super) fn decode<'de, T: Record, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<(Box<T>, RecordSpan), D::Error> {
    let first_key = Cell::new(None);
    let observed = KeyObserver { inner: deserializer, first_key: &first_key };
    let decoded = T::deserialize(observed).and_then(|value| {
        let span = first_key.get().filter(|_| !value.id().is_empty()).and_then(span_of);
        let span = span.ok_or_else(|| D::Error::custom("the record needs the slow path"))?;
        Ok((Box::new(value), span))
    });
    decoded.inspect_err(|_| request_fallback())
}

/// The span of the object whose first key has its text at this address.
fn span_of(first_key: usize) -> Option<RecordSpan> {
    PAGE.with_borrow(|page| {
        let page = &page.as_ref()?.bytes;
        let offset = first_key.checked_sub(page.as_ptr() as usize)?;
        let before = page.get(..offset)?.strip_suffix(b"\"")?.trim_ascii_end();
        let start = before.strip_suffix(b"{")?.len();
        Some(RecordSpan { page: page.clone(), start })
    })
}

/// Wraps whatever serde passes around while a record is decoded, from its
/// deserializer to its first key, to see the address of that key's text.
struct KeyObserver<'c, I> {
    inner: I,
    first_key: &'c Cell<Option<usize>>,
}

impl<'c, I> KeyObserver<'c, I> {
    fn wrap<J>(&self, inner: J) -> KeyObserver<'c, J> {
        KeyObserver { inner, first_key: self.first_key }
    }
}

/// Of the record, or of a key.
impl<'de, D: Deserializer<'de>> Deserializer<'de> for KeyObserver<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.wrap(visitor);
        self.inner.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = self.wrap(visitor);
        self.inner.deserialize_struct(name, fields, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Of the record, or of a key.
impl<'de, V: Visitor<'de>> Visitor<'de> for KeyObserver<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let map = self.wrap(map);
        self.inner.visit_map(map)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.first_key.set(Some(text.as_ptr() as usize));
        self.inner.visit_borrowed_str(text)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        // Not in the page but in a buffer, since it holds an escape.
        self.first_key.set(Some(text.as_ptr() as usize));
        self.inner.visit_str(text)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for KeyObserver<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        if self.first_key.get().is_some() {
            return self.inner.next_key_seed(seed);
        }
        let seed = self.wrap(seed);
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for KeyObserver<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        let deserializer = self.wrap(deserializer);
        self.inner.deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use crate::page::decode;
    use crate::scan;
    use crate::{Lenient, Record};
    use bytes::Bytes;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Call {
        id: String,
    }

    impl Record for Call {
        const ID_FIELD: &'static str = "id";

        fn id(&self) -> &str {
            &self.id
        }
    }

    #[test]
    fn id_is_the_same_in_a_page_and_in_a_record_alone() {
        let records = [
            r#"{"id":"a"}"#,
            r#"{"contact":{"id":"x"},"id":"b","after":{"id":"y"}}"#,
            r#"{"id":"c\u0064"}"#,
            r#"{"i\u0064":"e"}"#,
            r#"{ "id" : "\u00e4 f" }"#,
            "{\"id\":\"\u{e4}\"}",
        ];
        let body = Bytes::from(format!("[{}]", records.join(" , ")));
        let page = decode::<Vec<Lenient<Call>>>(&body).map_err(drop).unwrap().value;
        for (record, text) in page.iter().zip(records) {
            assert_eq!(record.id(), scan::id_text(text, "id"), "{text}");
            assert_eq!(record.raw().get(), text);
        }
    }
}
