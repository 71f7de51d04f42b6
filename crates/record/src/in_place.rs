//! Decoding records where they stand in their page.
//!
//! Capturing a record's JSON before decoding it means scanning it twice, which
//! costs a third of the decoding. While a page that we hold is decoded, the
//! record is decoded in place instead and only the place is noted; its JSON is
//! cut out of the page when somebody asks for it. Whatever is not as it should
//! be makes the whole attempt fail, and the page is decoded with care.

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;

/// The page being decoded on this thread.
struct Page {
    bytes: Bytes,
    without_bulk: bool,
    gave_up: bool,
}

thread_local! {
    static PAGE: RefCell<Option<Page>> = const { RefCell::new(None) };
}

/// Runs `decode`, which reads from `bytes`, with records decoded in place, on
/// request without what is bulk. Also tells whether a record asked for a
/// decoding with care.
pub(crate) fn in_place<R>(
    bytes: &Bytes,
    without_bulk: bool,
    decode: impl FnOnce() -> R,
) -> (R, bool) {
    /// Puts back what was there, also after a panic.
    struct Restore(Option<Page>);

    impl Drop for Restore {
        fn drop(&mut self) {
            PAGE.replace(self.0.take());
        }
    }

    let page = Page { bytes: bytes.clone(), without_bulk, gave_up: false };
    let restore = Restore(PAGE.replace(Some(page)));
    let result = decode();
    let gave_up = PAGE.with_borrow(|page| page.as_ref().is_some_and(|page| page.gave_up));
    drop(restore);
    (result, gave_up)
}

/// Whether a page is being decoded in place.
pub(super) fn is_active() -> bool {
    PAGE.with_borrow(Option::is_some)
}

/// Whether what is bulk is left out of the records.
pub(super) fn is_without_bulk() -> bool {
    PAGE.with_borrow(|page| page.as_ref().is_some_and(|page| page.without_bulk))
}

/// Asks for the page to be decoded with care.
pub(super) fn give_up() {
    PAGE.with_borrow_mut(|page| {
        if let Some(page) = page {
            page.gave_up = true;
        }
    });
}

/// Where a record stands: in which page, and from which byte on.
#[derive(Clone)]
pub(super) struct Place {
    page: Bytes,
    start: usize,
    /// Where the text of its id stands, if it stands there as it is.
    id: Option<Range<usize>>,
}

impl Place {
    /// The record's id, where it can be told without a look at the record.
    pub(super) fn id(&self) -> Option<&str> {
        str::from_utf8(&self.page[self.id.clone()?]).ok()
    }

    /// A copy of the record's JSON.
    pub(super) fn cut_out(&self) -> Box<RawValue> {
        let rest = serde_json::Deserializer::from_slice(&self.page[self.start..]);
        let raw = rest.into_iter::<Box<RawValue>>().next();
        // The page was decoded as a whole, so there is a value here.
        raw.and_then(Result::ok).unwrap_or_else(|| RawValue::NULL.to_owned())
    }
}

/// Decodes a record in place. It is boxed at once: a large one is not moved
/// more often than it has to be.
pub(super) fn decode<'de, T, D>(
    deserializer: D,
    id_field: &str,
) -> Result<(Box<T>, Place), D::Error>
where
    T: serde::Deserialize<'de>,
    D: Deserializer<'de>,
{
    let spy = Spy {
        id_field,
        first_key: Cell::new(None),
        at_id: Cell::new(false),
        id: Cell::new(false),
        id_text: Cell::new(None),
    };
    let decoded = T::deserialize(Object { inner: deserializer, spy: &spy }).map(Box::new);
    let place = spy.first_key.get().filter(|_| spy.id.get());
    let place = place.and_then(|first_key| place_of(first_key, spy.id_text.get()));
    match (decoded, place) {
        (Ok(value), Some(place)) => Ok((value, place)),
        (decoded, _) => {
            give_up();
            Err(decoded
                .err()
                .unwrap_or_else(|| D::Error::custom("the record is to be read with care")))
        }
    }
}

/// The place of the object whose first key, and whose id of so many bytes, lie
/// at these addresses.
fn place_of(first_key: usize, id: Option<(usize, usize)>) -> Option<Place> {
    PAGE.with_borrow(|page| {
        let page = &page.as_ref()?.bytes;
        let offset = |address: usize| {
            address.checked_sub(page.as_ptr() as usize).filter(|at| *at <= page.len())
        };
        let before = page[..offset(first_key)?].strip_suffix(b"\"")?.trim_ascii_end();
        let start = before.strip_suffix(b"{")?.len();
        let id = id.and_then(|(address, length)| {
            let from = offset(address)?;
            Some(from..from + length).filter(|id| id.end <= page.len())
        });
        Some(Place { page: page.clone(), start, id })
    })
}

/// What is to be seen of a record while it is decoded.
struct Spy<'s> {
    id_field: &'s str,
    /// The address of the first key's text.
    first_key: Cell<Option<usize>>,
    /// The next value is the id's.
    at_id: Cell<bool>,
    /// The id is a string that is not empty.
    id: Cell<bool>,
    /// The address of its text and its length, if it stands in the page.
    id_text: Cell<Option<(usize, usize)>>,
}

impl Spy<'_> {
    fn see_key(&self, key: &str) {
        if self.first_key.get().is_none() {
            self.first_key.set(Some(key.as_ptr() as usize));
        }
        self.at_id.set(key == self.id_field);
    }

    fn see_id(&self, id: &str, in_page: bool) {
        self.id.set(!id.is_empty());
        self.id_text.set(in_page.then_some((id.as_ptr() as usize, id.len())));
    }
}

/// Wraps the deserializer of the record.
struct Object<'s, D> {
    inner: D,
    spy: &'s Spy<'s>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Object<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Watch { inner: visitor, spy: self.spy })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_struct(name, fields, Watch { inner: visitor, spy: self.spy })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Wraps a visitor: of the record, of a key, or of the id.
struct Watch<'s, V> {
    inner: V,
    spy: &'s Spy<'s>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Watch<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Members { inner: map, spy: self.spy })
    }
}

/// Wraps the members of the record.
struct Members<'s, A> {
    inner: A,
    spy: &'s Spy<'s>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        if self.spy.id.get() {
            return self.inner.next_key_seed(seed);
        }
        self.inner.next_key_seed(Text { inner: seed, spy: self.spy, see: See::Key })
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        if self.spy.at_id.replace(false) {
            return self.inner.next_value_seed(Text { inner: seed, spy: self.spy, see: See::Id });
        }
        self.inner.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

#[derive(Clone, Copy)]
enum See {
    Key,
    Id,
}

/// Wraps a seed, a deserializer or a visitor of a text to be seen.
struct Text<'s, I> {
    inner: I,
    spy: &'s Spy<'s>,
    see: See,
}

impl<I> Text<'_, I> {
    fn note(&self, text: &str, in_page: bool) {
        match self.see {
            See::Key => self.spy.see_key(text),
            See::Id => self.spy.see_id(text, in_page),
        }
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Text<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Text { inner: deserializer, spy: self.spy, see: self.see })
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Text<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_str(Text { inner: visitor, spy: self.spy, see: self.see })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Text<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.note(text, true);
        self.inner.visit_borrowed_str(text)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<V::Value, E> {
        // Not in the page but in a buffer: as a first key it has no place there.
        self.note(text, false);
        self.inner.visit_str(text)
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
    fn id_is_told_in_its_page_as_it_is_of_the_record_alone() {
        let records = [
            r#"{"id":"a"}"#,
            r#"{"contact":{"id":"x"},"id":"b","after":{"id":"y"}}"#,
            r#"{"id":"c\u0064"}"#,
            r#"{"i\u0064":"e"}"#,
            r#"{ "id" : "\u00e4 f" }"#,
            "{\"id\":\"\u{e4}\"}",
        ];
        let body = Bytes::from(format!("[{}]", records.join(" , ")));
        let page = decode::<Vec<Lenient<Call>>>(&body, false).map_err(drop).unwrap().value;
        for (record, text) in page.iter().zip(records) {
            assert_eq!(record.id(), scan::id_text(text, "id"), "{text}");
            assert_eq!(record.raw().get(), text);
        }
    }
}
