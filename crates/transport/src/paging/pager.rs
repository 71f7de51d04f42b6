//! Which page to ask for next and what to make of it, for each style of list.

use super::chain::ChainState;
use super::cursor::CursorKind;
use super::offset_state::OffsetState;
use super::{Cursor, Page, PageRequest, PageWarning, Paging, PagingStyle};
use crate::Error;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// What the user requested.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) size: Option<u32>,
    pub(super) prefetch: usize,
    pub(super) limit: Option<u64>,
    pub(super) max_pages: Option<u64>,
    pub(super) resume: Option<Cursor>,
}

impl Options {
    /// Records to ask for.
    pub(super) fn page_size(&self, paging: &Paging) -> u32 {
        let limit = self.limit.map(|limit| u32::try_from(limit).unwrap_or(u32::MAX));
        let default = limit.map_or(paging.default_size, |limit| limit.min(paging.default_size));
        self.size.unwrap_or(default).clamp(1, paging.max_size.max(1))
    }
}

/// Whether pages requested ahead are still of use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PrefetchAction {
    Keep,
    Discard,
}

/// What to do after a request that failed.
pub(super) enum Recovery {
    /// Send this request instead.
    Retry(PageRequest),
    /// The list has ended: the vendor refuses pages behind the last.
    End,
    Fail,
}

/// How far a list is read.
pub(super) struct Pager {
    max_pages: u64,
    state: PagerState,
}

enum PagerState {
    /// By numbered pages or by offset: pages can be requested ahead.
    Counted(Box<OffsetState>),
    /// By token or key.
    Chain(Box<ChainState>),
}

impl Pager {
    /// Begins at the beginning where the cursor is of a list of another style.
    pub(super) fn new(paging: Paging, options: &Options) -> Self {
        let resume = options.resume.clone().filter(|cursor| cursor.is_of(paging.style));
        let state = match (paging.style, resume.map(|cursor| cursor.0)) {
            (PagingStyle::Token | PagingStyle::Key { .. }, Some(CursorKind::Chain(position))) => {
                PagerState::Chain(Box::new(ChainState::new(paging, options, Some(position))))
            }
            (PagingStyle::Token | PagingStyle::Key { .. }, _) => {
                PagerState::Chain(Box::new(ChainState::new(paging, options, None)))
            }
            (_, Some(CursorKind::Offsets(offsets))) => {
                PagerState::Counted(Box::new(OffsetState::new(paging, options, Some(offsets))))
            }
            _ => PagerState::Counted(Box::new(OffsetState::new(paging, options, None))),
        };
        Self { max_pages: options.max_pages.unwrap_or(u64::MAX).max(1), state }
    }

    /// Where to resume; `None` if the list has ended.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        match &self.state {
            PagerState::Counted(state) => state.cursor().map(Into::into),
            PagerState::Chain(state) => state.cursor().map(Into::into),
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        match &self.state {
            PagerState::Counted(state) => state.finished,
            PagerState::Chain(state) => state.finished,
        }
    }

    /// Emits nothing more.
    pub(super) fn finish(&mut self) {
        match &mut self.state {
            PagerState::Counted(state) => state.finished = true,
            PagerState::Chain(state) => state.finished = true,
        }
    }

    /// The page to ask for now, if one should be.
    pub(super) fn plan(&mut self, in_flight: usize) -> Option<PageRequest> {
        match &mut self.state {
            PagerState::Counted(state) => state.plan(in_flight, self.max_pages),
            PagerState::Chain(state) => {
                let is_due = in_flight == 0 && !state.finished && state.pages < self.max_pages;
                is_due.then(|| state.due())
            }
        }
    }

    /// The request for the page to emit next.
    pub(super) fn due(&self) -> PageRequest {
        match &self.state {
            PagerState::Counted(state) => state.due(),
            PagerState::Chain(state) => state.due(),
        }
    }

    /// The index of the page to emit next.
    pub(super) fn due_index(&self) -> u64 {
        match &self.state {
            PagerState::Counted(state) => state.next.index,
            PagerState::Chain(state) => state.next.index,
        }
    }

    /// Whether [`due`](Self::due) should be requested in place of this response.
    pub(super) fn plan_refetch<R, T>(&mut self, page: &Page<R, T>) -> bool {
        match &mut self.state {
            PagerState::Counted(state) => state.plan_refetch(page),
            PagerState::Chain(state) => state.plan_refetch(page),
        }
    }

    /// The records, by their ids as hashes, that a response holds and no page before it,
    /// when another is requested in its place. A list by token or key shows them again.
    pub(super) fn new_records<R, T>(&self, page: Page<R, T>) -> Vec<(u64, T)> {
        match &self.state {
            PagerState::Counted(state) if !state.has_seen(&page) => {
                let records = page.ids.into_iter().zip(page.records);
                records.filter(|(id, _)| !state.tail.contains(*id)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What to do after a failed request for the page to emit next.
    pub(super) fn recover(&mut self, error: &Error) -> Recovery {
        match &mut self.state {
            PagerState::Counted(state) => state.recover(error),
            PagerState::Chain(state) => state.recover(error),
        }
    }

    /// Checks the next page, records warnings about it, removes the records
    /// that were emitted already, and moves on.
    pub(super) fn accept<R, T>(&mut self, page: &mut Page<R, T>) -> Result<PrefetchAction, Error> {
        match &mut self.state {
            PagerState::Counted(state) => state.accept(page),
            PagerState::Chain(state) => state.accept(page).map(|()| PrefetchAction::Keep),
        }
    }

    /// What to say once the list has more pages than allowed.
    pub(super) fn over_limit(&self) -> String {
        format!(
            "the list has more than {} pages: raise max_pages, or resume from the cursor",
            self.max_pages
        )
    }
}

/// Notes a total that changed, and a page that is larger than requested.
pub(super) fn note_sizes<R, T>(page: &mut Page<R, T>, total: Option<u64>, requested: u32) {
    if let (Some(from), Some(to)) = (total, page.total)
        && from != to
    {
        page.notes.push(PageWarning::TotalChanged { from, to });
    }
    let received = page.records.len();
    if received > requested as usize {
        page.notes.push(PageWarning::LargerThanRequested { requested, received });
    }
}

/// Notes a total that is not the number of records `read`.
pub(super) fn note_total<R, T>(page: &mut Page<R, T>, total: Option<u64>, read: u64, more: bool) {
    match total {
        Some(total) if !more && total > read => {
            page.notes.push(PageWarning::FewerThanTotal { total, received: read });
        }
        Some(total) if !page.records.is_empty() && read > total => {
            page.notes.push(PageWarning::MoreThanTotal { total, received: read });
        }
        _ => {}
    }
}

/// Drops the first `skip` records, and all beyond those that are still wanted:
/// then gives how many of the page were emitted in all.
pub(super) fn cut<R, T>(
    page: &mut Page<R, T>,
    skip: usize,
    wanted: &mut Option<u64>,
) -> Option<usize> {
    let skip = skip.min(page.records.len());
    drop(page.records.drain(..skip));
    let left = wanted.as_mut()?;
    let keep = usize::try_from(*left).unwrap_or(usize::MAX).min(page.records.len());
    let is_cut = keep < page.records.len();
    page.records.truncate(keep);
    *left -= keep as u64;
    is_cut.then_some(skip + keep)
}

pub(super) fn hashed(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
