//! The decisions of reading a list: what to ask for next, what to make of a
//! page, when to stop. No request is made here.

use super::offsets::{Offsets, Window};
use super::pager::{Options, PrefetchAction, Recovery, cut, note_sizes, note_total};
use super::tail::{Continuation, Tail};
use super::{Page, PageRequest, PageWarning, Paging, PagingStyle};
use crate::{Error, ErrorKind};
use std::collections::{HashMap, VecDeque};

/// How far a list is read that is paged by number or offset.
#[derive(Debug)]
pub(super) struct OffsetState {
    pub(super) paging: Paging,
    pub(super) prefetch: usize,
    /// The page to emit next.
    pub(super) next: Offsets,
    /// The page to ask for next.
    pub(super) ahead: Offsets,
    /// Where each page that was requested is expected to end.
    pub(super) expected: VecDeque<Offsets>,
    /// Whether the page that only confirms the end was requested ahead.
    pub(super) end_prefetched: bool,
    /// Records still wanted.
    pub(super) wanted: Option<u64>,
    pub(super) total: Option<u64>,
    /// Records of the list before the end of the last page that brought any.
    pub(super) read: u64,
    /// The furthest record that a page with records was requested.
    pub(super) requested_to: u64,
    /// Pages emitted.
    pub(super) pages: u64,
    /// Every page so far by its fingerprint.
    pub(super) seen: HashMap<u64, u64>,
    pub(super) tail: Tail,
    /// Whether the vendor does not say that more records follow: the next page
    /// shows it.
    pub(super) is_probing: bool,
    /// A page that was shorter than the ones before: how many records it had.
    pub(super) short_page: Option<usize>,
    /// Pages in a row that brought nothing new although more were announced.
    pub(super) idle_pages: u8,
    /// Pages in a row that brought a few records behind the announced end.
    pub(super) late_pages: u8,
    pub(super) refetches: u8,
    /// Whether the page has the same records as the first of the list.
    pub(super) is_first_again: bool,
    /// How many records earlier than planned the next page has to begin.
    pub(super) back: u64,
    /// Nothing more will be emitted.
    pub(super) finished: bool,
    /// The list has no more records.
    pub(super) at_end: bool,
}

/// How often a page that repeats an earlier one is requested again.
const MAX_REFETCHES: u8 = 2;

impl OffsetState {
    pub(super) fn new(paging: Paging, options: &Options, resume: Option<Offsets>) -> Self {
        let mut start = resume.unwrap_or_else(|| Offsets::start(options.page_size(&paging)));
        start.size = start.size.clamp(1, paging.max_size.max(1));
        Self {
            paging,
            prefetch: options.prefetch.max(1),
            ahead: Offsets { skip: 0, ..start.clone() },
            expected: VecDeque::new(),
            end_prefetched: false,
            read: start.offset,
            next: start,
            wanted: options.limit,
            total: None,
            requested_to: 0,
            pages: 0,
            seen: HashMap::new(),
            tail: Tail::default(),
            is_probing: false,
            short_page: None,
            idle_pages: 0,
            late_pages: 0,
            refetches: 0,
            is_first_again: false,
            back: 0,
            finished: options.limit == Some(0),
            at_end: false,
        }
    }

    /// Where to resume; `None` if the list has ended.
    pub(super) fn cursor(&self) -> Option<Offsets> {
        (!self.at_end).then(|| self.next.clone())
    }

    /// The page to ask for now, if one should be.
    pub(super) fn plan(&mut self, in_flight: usize, max_pages: u64) -> Option<PageRequest> {
        let ahead_by = self.ahead.index.saturating_sub(self.next.index);
        let is_of_use = in_flight == 0 || {
            // How many there are shows on the first page: until then, one.
            let has_room = self.pages > 0 && !self.is_probing && in_flight < self.prefetch;
            let planned = self.ahead.offset.saturating_sub(self.next.records_before());
            let is_wanted = self.wanted.is_none_or(|wanted| planned < wanted);
            let exists = self.total.is_none_or(|total| {
                self.ahead.offset < total || (self.ahead.offset == total && !self.end_prefetched)
            });
            has_room && is_wanted && exists
        };
        if self.finished || !is_of_use || self.pages + ahead_by >= max_pages {
            return None;
        }
        let planned = self.ahead.clone();
        self.end_prefetched |= self.total.is_some_and(|total| planned.offset >= total);
        self.ahead = self.after_full_page(&planned);
        self.expected.push_back(self.ahead.clone());
        Some(planned.request(&self.paging, 0))
    }

    /// The position after a page that has all the records it can have.
    fn after_full_page(&self, cursor: &Offsets) -> Offsets {
        let window = cursor.window(self.paging.style, 0);
        let end = window.start.saturating_add(cursor.cap().min(window.size.into()));
        let end = self.total.map_or(end, |total| end.min(total.max(cursor.offset)));
        cursor.after(end, cursor.fixed_page.is_none())
    }

    /// The request for the page to emit next.
    pub(super) fn due(&self) -> PageRequest {
        self.next.request(&self.paging, self.back)
    }

    fn window(&self) -> Window {
        self.next.window(self.paging.style, self.back)
    }

    fn continuation<R, T>(&self, page: &Page<R, T>) -> Option<Continuation> {
        self.tail.continued_by(&page.ids)
    }

    /// Whether the page was to begin with a record of the page before.
    fn has_to_overlap(&self) -> bool {
        let planned = self.next.window(self.paging.style, 0);
        !self.tail.is_empty() && self.next.overlaps && planned.start < self.next.offset
    }

    /// Whether the page would end the list although its total is too low: one
    /// page without a new record does not show the end.
    fn is_unproven_end<R, T>(&self, page: &Page<R, T>, window: &Window) -> bool {
        let is_full = page.ids.len() as u64 >= self.next.cap().min(window.size.into());
        let is_beyond = |total: u64| match page.ids.len() {
            0 => total < self.read,
            1 => false,
            _ => total < self.read || (total == self.read && is_full),
        };
        window.start > 0
            && self.total.is_some_and(is_beyond)
            && page.ids.iter().all(|id| self.tail.contains(*id))
    }

    /// Whether an earlier page had the same records.
    pub(super) fn has_seen<R, T>(&self, page: &Page<R, T>) -> bool {
        page.fingerprint().is_some_and(|fingerprint| self.seen.contains_key(&fingerprint))
    }

    /// Whether [`due`](Self::due) should be requested in place of this response.
    pub(super) fn plan_refetch<R, T>(&mut self, page: &Page<R, T>) -> bool {
        let window = self.window();
        let is_silent = page.has_more.is_none() && self.total.is_none();
        let is_repeated = self.has_seen(page);
        let is_other_part = window.start > 0 && page.ids.len() > 1;
        let is_doubtful = is_repeated && (!self.is_probing || (is_silent && is_other_part))
            || self.is_unproven_end(page, &window);
        if is_doubtful && self.refetches < MAX_REFETCHES {
            // A vendor that is out of step mends that by itself.
            self.refetches += 1;
            return true;
        }
        if let PagingStyle::Numbered { .. } = self.paging.style
            && self.next.fixed_page.is_none()
            && page.ids.len() > window.size as usize
        {
            // The vendor chooses the size: only its own pages can be requested.
            let fixed = self.next.offset / page.ids.len() as u64;
            (self.next.fixed_page, self.back) = (Some(fixed), 0);
            self.next.step = Some(page.ids.len() as u64);
            return fixed != window.page;
        }
        if is_repeated && (!self.is_probing || self.back > 0) && self.switch_to_fixed_pages() {
            return true;
        }
        if self.has_to_overlap() && self.continuation(page).is_none() && window.start > 0 {
            // A little further back, a good deal, and as far as is remembered.
            let cap = self.next.cap().min(window.size.into());
            let steps = [(cap / 8).max(1), (cap / 2).max(2), 3 * cap.saturating_sub(1)];
            if let Some(step) = steps.into_iter().find(|step| *step > self.back) {
                self.back = step;
                return true;
            }
        }
        false
    }

    /// Asks for the vendor's own pages from now on, if that was not done yet.
    fn switch_to_fixed_pages(&mut self) -> bool {
        let can_change = matches!(self.paging.style, PagingStyle::Numbered { .. })
            && self.next.fixed_page.is_none()
            && self.pages > 0;
        if can_change {
            let page = self.next.offset / self.next.cap().max(1);
            (self.next.fixed_page, self.back) = (Some(page), 0);
        }
        can_change
    }

    /// What to do after a failed request for the page to emit next.
    pub(super) fn recover(&mut self, error: &Error) -> Recovery {
        let window = self.window();
        match error.kind() {
            ErrorKind::TooLarge if window.size > 1 && self.next.fixed_page.is_none() => {
                self.next.size = window.size / 2;
                self.next.step = self.next.step.map(|step| step.min(self.next.size.into()));
            }
            // Some vendors take only certain sizes.
            ErrorKind::InvalidRequest if self.switch_to_fixed_pages() => {}
            ErrorKind::InvalidRequest | ErrorKind::NotFound if self.is_probing => {
                (self.finished, self.at_end) = (true, true);
                return Recovery::End;
            }
            _ => return Recovery::Fail,
        }
        (self.ahead, self.end_prefetched) = (self.after_full_page(&self.next), false);
        self.expected = VecDeque::from([self.ahead.clone()]);
        Recovery::Retry(self.due())
    }

    /// Checks the next page, records warnings about it, removes the records
    /// that were emitted already, and moves on.
    pub(super) fn accept<R, T>(&mut self, page: &mut Page<R, T>) -> Result<PrefetchAction, Error> {
        let (here, window) = (self.next.clone(), self.window());
        let received = page.records.len();
        page.index = here.index;
        page.at = Some(here.back_by(self.back).into());
        note_sizes(page, self.total, here.size);
        self.check_continuation(page, &window);
        let repeats = self.is_repeated(page);
        self.remove_known(page, &window, repeats);
        self.total = page.total.or(self.total);
        self.pages += 1;
        let is_first = self.pages == 1 && here.step.is_none();
        let step = here.step.unwrap_or(0).max(received as u64);
        self.next.step = (step > 0).then_some(step);
        let (more, after) = self.next_position(page, &here, &window, received, repeats)?;
        self.note_short_page(page, &here, &window, received);
        // Pages requested on a wrong assumption about this one would leave a gap.
        let place = |cursor: &Offsets| (cursor.offset, cursor.overlaps, cursor.fixed_page);
        let as_planned = self.expected.pop_front().is_some_and(|at| place(&at) == place(&after));
        let ahead = if more && (is_first || self.back > 0 || !as_planned) {
            (self.ahead, self.end_prefetched) = (after.clone(), false);
            self.expected.clear();
            PrefetchAction::Discard
        } else {
            PrefetchAction::Keep
        };
        self.back = 0;
        self.emit(page, &here, after, more);
        Ok(ahead)
    }

    /// Notes whether the page continues the one before it.
    fn check_continuation<R, T>(&self, page: &mut Page<R, T>, window: &Window) {
        if self.tail.is_empty() {
            page.is_contiguous = self.next.offset == 0;
            return;
        }
        let found = self.continuation(page).filter(|_| self.next.fixed_page.is_none());
        let is_empty_part = page.ids.is_empty() && !self.next.overlaps;
        let end = window.start.saturating_add(page.ids.len() as u64);
        if end > self.next.offset && page.ids.len() > 1 && self.tail.is_earlier_part(&page.ids) {
            // The vendor answered with another part of the list.
            page.note_gap();
        }
        page.is_contiguous =
            found.is_some() || is_empty_part || (window.start == 0 && self.back > 0);
        let planned = self.next.offset.saturating_sub(window.start);
        match found {
            Some(found) if self.has_to_overlap() && found.reaches_back != planned => {
                page.notes.push(PageWarning::Shifted {
                    by: i64::try_from(found.reaches_back).unwrap_or(i64::MAX)
                        - i64::try_from(planned).unwrap_or(i64::MAX),
                });
            }
            None if self.has_to_overlap() && !page.is_contiguous => {
                page.note_gap();
            }
            _ => {}
        }
    }

    /// Keeps the records that were not emitted with one of the last pages.
    fn remove_known<R, T>(&mut self, page: &mut Page<R, T>, window: &Window, is_end: bool) {
        if is_end && self.is_probing {
            page.records.clear();
            return;
        }
        if self.tail.is_empty() {
            // After a resume: the record that the page was to begin with.
            let known = self.next.offset.saturating_sub(window.start);
            let known = usize::try_from(known).unwrap_or(usize::MAX);
            page.records.drain(..known.min(page.records.len()));
        } else {
            let mut ids = page.ids.iter();
            let tail = &self.tail;
            page.records.retain(|_| !ids.next().is_some_and(|id| tail.contains(*id)));
        }
        self.tail.extend(&page.ids, self.next.size as usize);
    }

    /// Notes a page that was shorter than it could be although more follow.
    fn note_short_page<R, T>(
        &mut self,
        page: &mut Page<R, T>,
        here: &Offsets,
        window: &Window,
        received: usize,
    ) {
        let requested = here.size;
        if let Some(received) = self.short_page.take().filter(|_| !page.records.is_empty()) {
            page.notes.push(PageWarning::ShorterThanRequested { requested, received });
        }
        if received > 0 && (received as u64) < here.cap().min(window.size.into()) {
            if page.has_more == Some(true) {
                page.notes.push(PageWarning::ShorterThanRequested { requested, received });
            } else {
                self.short_page = Some(received);
            }
        }
    }

    /// Whether an earlier page had the same records.
    fn is_repeated<R, T>(&mut self, page: &mut Page<R, T>) -> bool {
        let Some(fingerprint) = page.fingerprint() else { return false };
        let of = *self.seen.entry(fingerprint).or_insert(page.index);
        let repeats = of != page.index && self.back == 0;
        self.is_first_again = repeats && of == 0;
        // A page that is requested to show the end may hold the last records
        // again, or all of a list that is one page.
        if repeats && !self.is_probing {
            page.notes.push(PageWarning::Repeated { of });
            if self.window().start > 0 && page.ids.len() > 1 {
                page.note_gap();
            }
        }
        repeats
    }

    /// Cuts the page to what is wanted, and decides whether it is the last.
    fn emit<R, T>(&mut self, page: &mut Page<R, T>, here: &Offsets, after: Offsets, more: bool) {
        note_total(page, self.total, self.read, more);
        (self.next, self.at_end) = (after, !more);
        if let Some(skip) = cut(page, here.skip, &mut self.wanted) {
            (self.next, self.at_end) = (Offsets { skip, ..here.clone() }, false);
        }
        self.finished = !more || self.wanted == Some(0);
        page.next = self.cursor().map(Into::into);
    }
}
