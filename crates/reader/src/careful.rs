//! Reading a list that moves while it is read.
//!
//! Where records are skipped by number, each page begins some records before
//! the end of the last. Where pages are numbered that cannot be asked for:
//! when a record may have moved to the page before, that page is read again.

use callfold_transport::{Error, Page, PageAt, Pages, Paging, Record};
use std::sync::{Arc, Mutex, PoisonError};

/// Records that two pages have in common.
const OVERLAP: u64 = 10;

/// Records of pages that were read again, until the next page is handed on.
pub(crate) struct Again<T>(Arc<Mutex<Vec<T>>>);

impl<T> Default for Again<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Again<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Again<T> {
    pub(crate) fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, records: Vec<T>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(records);
    }
}

/// The pages of a list, one after the other.
pub(crate) fn careful<R, T, F, G>(
    paging: Paging,
    style: crate::Paging,
    fetch: F,
    again: Again<T>,
) -> Pages<'static, R, T>
where
    R: Record + Send + 'static,
    T: Send + 'static,
    F: Fn(PageAt) -> G + Send + Sync + 'static,
    G: Future<Output = Result<Page<R, T>, Error>> + Send + 'static,
{
    let fetch = Arc::new(fetch);
    let last_total: Arc<Mutex<Option<u64>>> = Arc::default();
    let pages = Pages::new(paging, move |mut at: PageAt| {
        let (fetch, again, last_total) = (fetch.clone(), again.clone(), last_total.clone());
        async move {
            if style == crate::Paging::Offset {
                at.offset = at.offset.saturating_sub(at.index.saturating_mul(OVERLAP));
                return fetch(at).await;
            }
            let page = fetch(at).await?;
            let before = {
                let mut last = last_total.lock().unwrap_or_else(PoisonError::into_inner);
                std::mem::replace(&mut *last, page.total)
            };
            // Only a record that vanished pulls others back by one place.
            let may_have_moved = match (before, page.total) {
                (Some(before), Some(now)) => now < before,
                _ => true,
            };
            if at.index > 0 && may_have_moved {
                let offset = at.offset.saturating_sub(at.size.into());
                (at.index, at.page, at.offset) = (at.index - 1, at.page - 1, offset);
                again.add(fetch(at).await?.records);
            }
            Ok(page)
        }
    });
    pages.prefetch(1)
}
