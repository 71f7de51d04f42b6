//! Lists of which each page gives the position of the next: by a token, or by the
//! key of its last record. No request is made here.
//!
//! One page is requested after the other. Records that arrive or vanish do not
//! shift what follows, so that pages need no overlap. A key can be shared by
//! several records: they are requested again, and those that are known dropped.

use super::offsets::{MIN_PAGE_CAP, is_zero};
use super::pager::{Options, Recovery, cut, hashed, note_sizes, note_total};
use super::{Page, PageRequest, PageWarning, Paging, PagingStyle, Position, StopRule};
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What is said of a page that leads nowhere.
const STUCK: &str = "has only records that earlier pages had: the list is stuck";
/// Pages in a row without a new record that a list may have.
const MAX_IDLE_PAGES: u32 = 1_000;

/// The position that the previous page gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChainPosition {
    /// Pages before this position.
    pub(super) index: u64,
    /// Different records before this position.
    pub(super) records: u64,
    /// Page size.
    pub(super) size: u32,
    /// Records of the page at this position that were already emitted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) skip: usize,
    pub(super) position: Position,
    /// The ids, as hashes, of records before this position that the page at it
    /// shows again because they share its key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) known: Vec<u64>,
    /// The most records that a page holds, where the vendor allows fewer than
    /// are requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cap: Option<usize>,
}

/// How far a list is read.
#[derive(Debug)]
pub(super) struct ChainState {
    paging: Paging,
    /// The page to emit next.
    pub(super) next: ChainPosition,
    /// The page size where no page has to be larger.
    size: u32,
    /// The tokens or keys requested so far, as hashes.
    requested: HashSet<u64>,
    /// The ids so far, as hashes.
    seen: HashSet<u64>,
    /// The most records of a page.
    largest: usize,
    /// Pages in a row that brought nothing new.
    idle_pages: u32,
    wanted: Option<u64>,
    total: Option<u64>,
    /// Pages emitted.
    pub(super) pages: u64,
    /// Nothing more will be emitted.
    pub(super) finished: bool,
    /// The list has no more records.
    at_end: bool,
}

/// Where a list continues, and which of the records there are known.
type NextPosition = Option<(Position, Vec<u64>)>;

impl ChainState {
    pub(super) fn new(paging: Paging, options: &Options, resume: Option<ChainPosition>) -> Self {
        let position = match paging.style {
            PagingStyle::Key { is_inclusive, .. } => {
                Position::Key { after: None, inclusive: is_inclusive }
            }
            _ => Position::Token(None),
        };
        // A page that begins with the key of the last record has to hold another.
        let least = if matches!(paging.style, PagingStyle::Key { .. }) { 2 } else { 1 };
        let mut next = resume.unwrap_or_else(|| ChainPosition {
            index: 0,
            records: 0,
            size: options.page_size(&paging),
            skip: 0,
            position,
            known: Vec::new(),
            cap: None,
        });
        next.size = next.size.max(least).min(paging.max_size.max(least));
        Self {
            paging,
            size: next.size,
            requested: token_or_key(&next.position).map(hashed).into_iter().collect(),
            seen: next.known.iter().copied().collect(),
            largest: 0,
            idle_pages: 0,
            wanted: options.limit,
            total: None,
            pages: 0,
            finished: options.limit == Some(0),
            at_end: false,
            next,
        }
    }

    /// Where to resume; `None` if the list has ended.
    pub(super) fn cursor(&self) -> Option<ChainPosition> {
        (!self.at_end).then(|| self.next.clone())
    }

    /// The request for the page to emit next.
    pub(super) fn due(&self) -> PageRequest {
        let ChainPosition { index, size, ref position, .. } = self.next;
        PageRequest { index, size, position: position.clone() }
    }

    /// Whether [`due`](Self::due) should be requested in place of this response:
    /// larger, because all of its records share one key.
    pub(super) fn plan_refetch<R, T>(&mut self, page: &Page<R, T>) -> bool {
        let is_too_small = self.next.size < self.paging.max_size && self.is_one_key(page);
        if is_too_small {
            self.next.size = self.next.size.saturating_mul(2).min(self.paging.max_size);
        }
        is_too_small
    }

    /// Whether more records may share the one key of this page than it shows,
    /// so that no key leads on from it.
    fn is_one_key<R, T>(&self, page: &Page<R, T>) -> bool {
        let (Position::Key { after, inclusive }, Some(keys)) = (&self.next.position, &page.keys)
        else {
            return false;
        };
        let leads_on = match inclusive {
            true => after.as_ref() != Some(&keys.last),
            false => keys.is_unique,
        };
        keys.first == keys.last && !leads_on && self.is_full(page)
    }

    /// Whether the page holds as many records as it can, so that some may be
    /// cut off; the vendor may say so itself.
    fn is_full<R, T>(&self, page: &Page<R, T>) -> bool {
        let received = page.ids.len();
        page.has_more.unwrap_or_else(|| {
            received >= self.next.size as usize || self.next.cap.is_some_and(|cap| received >= cap)
        })
    }

    /// What to do after a failed request for the page to emit next.
    pub(super) fn recover(&mut self, error: &Error) -> Recovery {
        if error.kind() != ErrorKind::TooLarge || self.next.size <= 1 {
            return Recovery::Fail;
        }
        self.next.size /= 2;
        self.size = self.size.min(self.next.size);
        Recovery::Retry(self.due())
    }

    /// Checks the next page, records warnings about it, removes the records
    /// that were emitted already, and moves on.
    pub(super) fn accept<R, T>(&mut self, page: &mut Page<R, T>) -> Result<(), Error> {
        let here = self.next.clone();
        page.index = here.index;
        page.at = Some(here.clone().into());
        note_sizes(page, self.total, here.size);
        let (mut ids, seen) = (page.ids.iter(), &mut self.seen);
        page.records.retain(|_| ids.next().is_none_or(|id| seen.insert(*id)));
        self.total = page.total.or(self.total);
        self.pages += 1;
        self.idle_pages = if page.records.is_empty() { self.idle_pages + 1 } else { 0 };
        if page.records.is_empty() && !begins_at_key(page, &here.position) {
            page.notes.push(PageWarning::Repeated { of: here.index.saturating_sub(1) });
        }
        let next = match self.paging.style {
            PagingStyle::Key { pointer, .. } => self.after_key(page, &here, pointer)?,
            _ => self.after_token(page)?,
        };
        let read = here.records.saturating_add(page.records.len() as u64);
        note_total(page, self.total, read, next.is_some());
        self.at_end = next.is_none();
        if let Some((position, known)) = next {
            let (index, cap) = (here.index.saturating_add(1), self.next.cap);
            let (records, size) = (read, self.size);
            self.next = ChainPosition { index, records, size, skip: 0, position, known, cap };
        }
        if let Some(skip) = cut(page, here.skip, &mut self.wanted) {
            (self.next, self.at_end) = (ChainPosition { skip, ..here }, false);
        }
        self.finished = self.at_end || self.wanted == Some(0);
        page.next = self.cursor().map(Into::into);
        Ok(())
    }

    fn is_last<R, T>(&self, page: &Page<R, T>) -> bool {
        matches!(self.paging.stop, StopRule::Flag { .. }) && page.has_more == Some(false)
    }

    /// A list ends with the page that has no token, or that says so.
    fn after_token<R, T>(&mut self, page: &Page<R, T>) -> Result<NextPosition, Error> {
        if self.is_last(page) {
            return Ok(None);
        }
        let Some(token) = &page.next_token else {
            return match page.has_more {
                Some(true) => Err(contradiction(
                    page,
                    "announces more records but has no token to request them",
                )),
                _ if self.is_full(page) && page.notes.contains(&PageWarning::BareArray) => {
                    Err(contradiction(page, "is a bare array without the token of the next page"))
                }
                _ => Ok(None),
            };
        };
        if !self.requested.insert(hashed(token)) {
            return Err(contradiction(
                page,
                "has a token that an earlier page had: the list is stuck",
            ));
        }
        if page.records.is_empty() && page.ids.len() > 1 {
            return Err(contradiction(page, STUCK));
        }
        if self.idle_pages > MAX_IDLE_PAGES {
            let what = format!(
                "is the last of {} in a row without a new record, and has a token for another",
                self.idle_pages
            );
            return Err(contradiction(page, &what));
        }
        Ok(Some((Position::Token(Some(token.clone())), Vec::new())))
    }

    /// A list ends with a page that is empty, or brings nothing new and cannot
    /// have been cut off.
    fn after_key<R, T>(
        &mut self,
        page: &Page<R, T>,
        here: &ChainPosition,
        pointer: &str,
    ) -> Result<NextPosition, Error> {
        let is_full = self.is_full(page);
        if self.is_last(page) || (page.records.is_empty() && !is_full) {
            return Ok(None);
        }
        if page.keys.is_none() && !is_full {
            // The same page again shows whether that was all.
            let known = here.known.iter().chain(&page.ids).copied().collect();
            return Ok(Some((here.position.clone(), known)));
        }
        let (Position::Key { after, inclusive }, Some(keys)) = (&here.position, &page.keys) else {
            let what = format!("has no record with {pointer} to continue from");
            return Err(contradiction(page, &what));
        };
        if self.is_one_key(page) {
            let what = format!(
                "has {} records and all have the same {pointer}: no page is large enough to read \
                 beyond them",
                page.ids.len()
            );
            return Err(contradiction(page, &what));
        }
        if page.records.is_empty() {
            return Err(contradiction(page, STUCK));
        }
        let key = match (inclusive, keys.is_unique) {
            (true, _) | (false, true) => Some(&keys.last),
            // The records that share the last key come again, with any that
            // were cut off.
            (false, false) => keys.before_last.as_ref().or(after.as_ref()),
        };
        let mut known = Vec::new();
        if *inclusive || !keys.is_unique {
            known.extend_from_slice(&page.ids[page.ids.len() - keys.last_count..]);
        }
        if key == after.as_ref() {
            known.extend(&here.known);
        } else {
            if !key.is_some_and(|key| self.requested.insert(hashed(key))) {
                let what = format!(
                    "ends with a {pointer} that an earlier page ended with: the list is stuck"
                );
                return Err(contradiction(page, &what));
            }
            let received = page.ids.len();
            if received == self.largest && received as u64 >= MIN_PAGE_CAP {
                self.next.cap = Some(received);
            } else if received > self.largest {
                (self.largest, self.next.cap) = (received, None);
            }
        }
        Ok(Some((Position::Key { after: key.cloned(), inclusive: *inclusive }, known)))
    }
}

/// Whether a page that has records begins with the key that it was requested with, as it does
/// unless the vendor ignores the key.
fn begins_at_key<R, T>(page: &Page<R, T>, position: &Position) -> bool {
    match (position, &page.keys) {
        (Position::Key { after: Some(after), inclusive: true }, Some(keys)) => keys.first == *after,
        _ => true,
    }
}

/// The token or key of a position.
fn token_or_key(position: &Position) -> Option<&str> {
    match position {
        Position::Token(text) | Position::Key { after: text, .. } => text.as_deref(),
        _ => None,
    }
}

fn contradiction<R, T>(page: &Page<R, T>, what: &str) -> Error {
    let number = page.index.saturating_add(1);
    Error::plain(&page.context, ErrorKind::Vendor, format!("page {number} {what}"))
}
