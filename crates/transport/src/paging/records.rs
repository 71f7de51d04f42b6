//! A list as a stream of records.

use super::{Cursor, PageWarning, Pages};
use crate::{Error, Lenient, Record};
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The records of a list, in the vendor's order.
///
/// The options may be set until the stream is first polled.
#[must_use = "a stream does nothing until it is polled"]
pub struct Records<'a, R: Record> {
    pages: Pages<'a, R>,
    page: std::vec::IntoIter<Lenient<R>>,
    /// Where the current page begins.
    page_at: Option<Cursor>,
    taken: usize,
    notes: Vec<PageWarning>,
}

impl<'a, R: Record> Records<'a, R> {
    pub(super) fn new(pages: Pages<'a, R>) -> Self {
        Self { pages, page: Vec::new().into_iter(), page_at: None, taken: 0, notes: Vec::new() }
    }

    /// See [`Pages::page_size`].
    pub fn page_size(mut self, records: u32) -> Self {
        self.pages = self.pages.page_size(records);
        self
    }

    /// See [`Pages::prefetch`].
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.pages = self.pages.prefetch(pages);
        self
    }

    /// See [`Pages::limit`].
    pub fn limit(mut self, records: u64) -> Self {
        self.pages = self.pages.limit(records);
        self
    }

    /// See [`Pages::max_pages`].
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.pages = self.pages.max_pages(pages);
        self
    }

    /// See [`Pages::resume`].
    pub fn resume(mut self, cursor: Cursor) -> Self {
        self.pages = self.pages.resume(cursor);
        self
    }

    /// Where to resume after the record that was returned last; `None` at the end.
    pub fn cursor(&self) -> Option<Cursor> {
        if self.page.len() == 0 {
            return self.pages.cursor();
        }
        Some(self.page_at.clone()?.skip(self.taken))
    }

    /// The next record; `None` at the end of the list.
    pub async fn next(&mut self) -> Option<Result<Lenient<R>, Error>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Warnings of the pages so far.
    pub fn notes(&self) -> &[PageWarning] {
        &self.notes
    }
}

// Records are handed out by value and never pinned.
impl<R: Record> Unpin for Records<'_, R> {}

impl<R: Record> Stream for Records<'_, R> {
    type Item = Result<Lenient<R>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(record) = self.page.next() {
                self.taken += 1;
                return Poll::Ready(Some(Ok(record)));
            }
            let at = self.pages.cursor();
            match ready!(Pin::new(&mut self.pages).poll_next(cx)) {
                Some(Ok(page)) => {
                    (self.page_at, self.taken) = (at, 0);
                    self.notes.extend(page.notes);
                    self.page = page.records.into_iter();
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}
