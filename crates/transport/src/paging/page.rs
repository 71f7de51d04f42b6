//! One page as it came.

use super::{Cursor, PageContents, Paging, PagingStyle, pager::hashed};
use crate::error::ErrorContext;
use crate::{Lenient, Record};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// One page of a list; `T` is what its records are made into.
#[non_exhaustive]
pub struct Page<R, T = Lenient<R>> {
    /// The records, in the vendor's order.
    pub records: Vec<T>,
    /// Pages before this one.
    pub index: u64,
    /// How many records the vendor says there are; `None` if it does not say.
    pub total: Option<u64>,
    /// Whether the vendor says more follow; `None` if it does not say.
    pub has_more: Option<bool>,
    /// What the next page is requested with; `None` if the page has none.
    pub next_token: Option<String>,
    /// Whether the vendor says that the records are sorted by start, newest
    /// first; `None` if it does not say.
    pub newest_first: Option<bool>,
    /// Problems of the page.
    pub notes: Vec<PageWarning>,
    /// Size of the body in bytes, decompressed.
    pub bytes: usize,
    /// Where this page was requested.
    pub at: Option<Cursor>,
    /// Where to resume after this page; `None` at the end of the list.
    pub next: Option<Cursor>,
    /// Whether nothing can be missing between the page before and this one:
    /// the response began with records of the page before, or it is the first
    /// page. Those records are not among [`records`](Self::records).
    pub is_contiguous: bool,
    pub(crate) context: ErrorContext,
    /// The id of each record in the response, as a hash.
    pub(super) ids: Vec<u64>,
    /// Of a list that is paged by key, where a record has one.
    pub(super) keys: Option<Keys>,
    pub(super) of: PhantomData<fn() -> R>,
}

/// The keys that a page begins and ends with.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) first: String,
    pub(super) last: String,
    /// Records from the first of those that have the last key to the end.
    pub(super) last_count: usize,
    /// The key of the record before these.
    pub(super) before_last: Option<String>,
    /// Whether the key is the record's id, which no two share.
    pub(super) is_unique: bool,
}

impl Keys {
    fn of<R: Record>(records: &[Lenient<R>], pointer: &str) -> Option<Self> {
        let key = |record: &Lenient<R>| match serde_json::from_str::<Value>(record.raw().get())
            .ok()?
            .pointer(pointer)?
        {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let first = records.iter().find_map(key)?;
        let (last, record) = records.iter().rev().find_map(|one| Some((key(one)?, one)))?;
        let is_unique = record.id().is_some_and(|id| id == last);
        let mut earlier = records.iter().enumerate().rev();
        let before_last =
            earlier.find_map(|(at, one)| Some((at, key(one).filter(|key| *key != last)?)));
        let last_count = records.len() - before_last.as_ref().map_or(0, |(at, _)| at + 1);
        let before_last = before_last.map(|(_, key)| key);
        Some(Self { first, last, last_count, before_last, is_unique })
    }
}

impl<R: Record> Page<R> {
    /// A page with these contents; `None` if its records are missing.
    pub fn from_contents(contents: PageContents<R>, paging: &Paging) -> Option<Self> {
        let mut page = Self::new(contents.items?);
        if let PagingStyle::Key { pointer, .. } = paging.style {
            page.keys = Keys::of(&page.records, pointer);
        }
        (page.total, page.has_more) = (contents.total, contents.has_more);
        (page.next_token, page.newest_first) = (contents.next_token, contents.newest_first);
        Some(page)
    }

    /// A page of these records.
    pub fn new(records: Vec<Lenient<R>>) -> Self {
        Self {
            ids: records.iter().map(id_hash).collect(),
            records,
            index: 0,
            total: None,
            has_more: None,
            next_token: None,
            newest_first: None,
            notes: Vec::new(),
            bytes: 0,
            at: None,
            next: None,
            is_contiguous: true,
            context: ErrorContext::default(),
            keys: None,
            of: PhantomData,
        }
    }

    /// Makes something else of each record, and keeps the rest.
    pub fn map<T>(self, make: impl FnMut(Lenient<R>) -> T) -> Page<R, T> {
        Page {
            records: self.records.into_iter().map(make).collect(),
            index: self.index,
            total: self.total,
            has_more: self.has_more,
            next_token: self.next_token,
            newest_first: self.newest_first,
            notes: self.notes,
            bytes: self.bytes,
            at: self.at,
            next: self.next,
            is_contiguous: self.is_contiguous,
            context: self.context,
            ids: self.ids,
            keys: self.keys,
            of: PhantomData,
        }
    }
}

impl<R, T> Page<R, T> {
    /// Identifies the records of the response; `None` for an empty one.
    pub(super) fn fingerprint(&self) -> Option<u64> {
        (!self.ids.is_empty()).then(|| hashed(&self.ids))
    }

    /// Notes, once, that records may be missing before this page.
    pub(super) fn note_gap(&mut self) {
        if !self.notes.contains(&PageWarning::Gap) {
            self.notes.push(PageWarning::Gap);
        }
    }
}

/// The id of a record as a hash; a record without one is hashed completely.
fn id_hash<R: Record>(record: &Lenient<R>) -> u64 {
    match record.id() {
        Some(id) => hashed(id),
        None => hashed(record.raw().get()),
    }
}

impl<R, T> fmt::Debug for Page<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("index", &self.index)
            .field("records", &self.records.len())
            .field("total", &self.total)
            .field("has_more", &self.has_more)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// A problem of a page that did not stop reading.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageWarning {
    /// The body was a bare array where the spec has an object around it.
    BareArray,
    /// The vendor did not say whether more follow although the spec has it.
    NoPagination,
    /// The number of records changed while they were read.
    TotalChanged {
        /// What the page before said.
        from: u64,
        /// What this page says.
        to: u64,
    },
    /// The page is larger than requested.
    LargerThanRequested {
        /// Records requested.
        requested: u32,
        /// Records received.
        received: usize,
    },
    /// This page, or the one before it, is shorter than requested although more
    /// follow: the vendor may have lowered its largest page.
    ShorterThanRequested {
        /// Records requested.
        requested: u32,
        /// Records received.
        received: usize,
    },
    /// The page has the same records as one before it.
    Repeated {
        /// The earlier page's index.
        of: u64,
    },
    /// Records vanished or arrived between this page and the one before. None
    /// was missed: the page was read from further back where that was needed.
    Shifted {
        /// Records that arrived, less those that vanished.
        by: i64,
    },
    /// So many records vanished before this page that some may be missing
    /// between the page before and this one.
    Gap,
    /// The list has more records than the vendor says there are.
    MoreThanTotal {
        /// What the vendor says.
        total: u64,
        /// Records received so far.
        received: u64,
    },
    /// The list ended before the number of records the vendor says there are.
    FewerThanTotal {
        /// What the vendor says.
        total: u64,
        /// Records received.
        received: u64,
    },
    /// The body held bytes that are not UTF-8; they were replaced.
    NotUtf8,
}
