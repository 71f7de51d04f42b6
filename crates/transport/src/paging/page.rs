//! One page as it came.

use super::Cursor;
use crate::error::Context;
use crate::{Lenient, Record};
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
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
    /// What was odd about the page.
    pub notes: Vec<PageNote>,
    /// Size of the body in bytes, decompressed.
    pub bytes: usize,
    /// Where to resume after this page; `None` at the end of the list.
    pub next: Option<Cursor>,
    pub(crate) context: Context,
    /// What tells it from other pages; `None` for an empty one.
    pub(super) print: Option<u64>,
    pub(super) of: PhantomData<fn() -> R>,
}

impl<R: Record> Page<R> {
    /// A page of these records.
    pub fn new(records: Vec<Lenient<R>>) -> Self {
        Self {
            print: fingerprint(&records),
            records,
            index: 0,
            total: None,
            has_more: None,
            notes: Vec::new(),
            bytes: 0,
            next: None,
            context: Context::default(),
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
            notes: self.notes,
            bytes: self.bytes,
            next: self.next,
            context: self.context,
            print: self.print,
            of: PhantomData,
        }
    }
}

/// Tells pages apart by their first and last record and their length.
fn fingerprint<R: Record>(records: &[Lenient<R>]) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    records.len().hash(&mut hasher);
    for record in [records.first()?, records.last()?] {
        match record.id() {
            Some(id) => id.hash(&mut hasher),
            None => record.raw().get().hash(&mut hasher),
        }
    }
    Some(hasher.finish())
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

/// Something odd about a page that did not stop the walk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageNote {
    /// The body was a bare array where the spec has an object around it.
    BareArray,
    /// The vendor did not say whether more follow although the spec has it:
    /// the walk ends with the first page that is not full.
    NoPagination,
    /// The number of records changed while they were read: some may be
    /// missing, some may come twice.
    TotalChanged {
        /// What the page before said.
        from: u64,
        /// What this page says.
        to: u64,
    },
    /// The page is larger than asked.
    LargerThanAsked {
        /// Records asked for.
        asked: u32,
        /// Records received.
        received: usize,
    },
    /// This page, or the one before it, is shorter than asked although more
    /// follow: the vendor may have lowered its largest page.
    ShorterThanAsked {
        /// Records asked for.
        asked: u32,
        /// Records received.
        received: usize,
    },
    /// The page has the same records as one before it.
    Repeated {
        /// The earlier page's index.
        of: u64,
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
