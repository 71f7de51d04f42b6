//! Reading a list that moves while it is read.
//!
//! Where records are skipped by number, each page begins some records before
//! the end of the last, and has to begin with one of the last's: otherwise it is
//! not the page that was asked for, or records vanished in between. Where pages
//! are numbered that cannot be asked for: when a record may have moved to the
//! page before, that page is read again.

use crate::{Item, print::known_by};
use callfold_transport::{Error, Page, PageAt, Pages, Paging, Record};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

/// Records that two pages have in common.
const OVERLAP: u64 = 10;
/// How often a page is asked for again that does not follow the last.
const AGAIN_AT_MOST: usize = 4;

/// Records of pages that were read again, until the next page is handed on.
#[derive(Clone, Default)]
pub(crate) struct Again(Arc<Mutex<Vec<Item>>>);

impl Again {
    pub(crate) fn take(&self) -> Vec<Item> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, records: Vec<Item>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(records);
    }
}

/// The records of the last page, by what is known of each.
#[derive(Clone, Default)]
struct Last(Arc<Mutex<HashSet<String>>>);

impl Last {
    /// Whether a page goes on where the last one ended. The first one does,
    /// and one without records: there the list has ended.
    fn is_followed_by(&self, records: &[Item]) -> bool {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_empty() || records.first().is_none_or(|first| last.contains(known_by(first).1))
    }

    fn set(&self, records: &[Item]) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = records.iter().map(|record| known_by(record).1.to_owned()).collect();
    }
}

/// The pages of a list, one after the other.
pub(crate) fn careful<R, F, G>(
    paging: Paging,
    style: crate::Paging,
    fetch: F,
    again: Again,
) -> Pages<'static, R, Item>
where
    R: Record + Send + 'static,
    F: Fn(PageAt) -> G + Send + Sync + 'static,
    G: Future<Output = Result<Page<R, Item>, Error>> + Send + 'static,
{
    let fetch = Arc::new(fetch);
    let last_page = Last::default();
    let last_total: Arc<Mutex<Option<u64>>> = Arc::default();
    let pages = Pages::new(paging, move |mut at: PageAt| {
        let (fetch, again, last_total) = (fetch.clone(), again.clone(), last_total.clone());
        let last_page = last_page.clone();
        async move {
            if style == crate::Paging::Offset {
                at.offset = at.offset.saturating_sub(at.index.saturating_mul(OVERLAP));
                let mut page = fetch(at).await?;
                for _ in 0..AGAIN_AT_MOST {
                    if last_page.is_followed_by(&page.records) {
                        break;
                    }
                    page = fetch(at).await?;
                }
                if !last_page.is_followed_by(&page.records) {
                    // So many vanished that it begins behind where the last ended.
                    at.offset = at.offset.saturating_sub(at.size.into());
                    again.add(fetch(at).await?.records);
                }
                last_page.set(&page.records);
                return Ok(page);
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
