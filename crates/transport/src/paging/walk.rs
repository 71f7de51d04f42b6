//! The decisions of a walk: what to ask for next, what to make of a page,
//! when to stop. No request is made here.

use super::{Cursor, Page, PageNote, Paging, Style};
use crate::{Error, ErrorKind};
use std::collections::HashMap;

/// What the user asked for.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) size: Option<u32>,
    pub(super) prefetch: usize,
    pub(super) limit: Option<u64>,
    pub(super) max_pages: u64,
    pub(super) resume: Option<Cursor>,
}

/// Where a walk is.
#[derive(Debug)]
pub(super) struct Walk {
    paging: Paging,
    prefetch: usize,
    max_pages: u64,
    /// The page to hand out next.
    next: Cursor,
    /// The page to ask for next.
    ahead: Cursor,
    /// Records a page holds: as asked, or as the first page shows.
    step: u64,
    /// Whether an earlier walk has seen what a page holds.
    knows_step: bool,
    /// Records still wanted.
    wanted: Option<u64>,
    total: Option<u64>,
    /// Pages handed out.
    pages: u64,
    seen: HashMap<u64, u64>,
    /// The page before had the same records as an earlier one.
    repeating: bool,
    /// The next page is asked for only to make sure that there is none, after
    /// one with so many records.
    doubtful: Option<usize>,
    /// How often the page to hand out next was asked for again.
    asked_again: u8,
    /// Nothing more will be handed out.
    pub(super) finished: bool,
    /// The list has no more records.
    at_end: bool,
}

/// A page that repeats an earlier one is asked for again so often.
const AGAIN_AT_MOST: u8 = 2;

/// No vendor makes its largest page smaller than this.
const LEAST_MAXIMUM: usize = 5;

/// Whether more records follow.
#[derive(Clone, Copy)]
enum More {
    Yes,
    No,
    /// The next page tells.
    Perhaps,
}

/// Whether pages asked for ahead are still of use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ahead {
    Keep,
    Discard,
}

impl Walk {
    pub(super) fn new(paging: Paging, options: &Options) -> Self {
        let largest = paging.max_size.max(1);
        let size = match (options.size, options.limit) {
            (Some(size), _) => size,
            (None, Some(limit)) => {
                u32::try_from(limit).unwrap_or(u32::MAX).min(paging.default_size)
            }
            (None, None) => paging.default_size,
        };
        let mut start = Cursor::start(size.clamp(1, largest));
        if let Some(cursor) = &options.resume {
            start = cursor.clone();
            start.size = start.size.clamp(1, largest);
        }
        Self {
            paging,
            prefetch: options.prefetch.max(1),
            max_pages: options.max_pages.max(1),
            step: start.step.unwrap_or(start.size.into()).max(1),
            knows_step: start.step.is_some(),
            ahead: Cursor { skip: 0, ..start.clone() },
            next: start,
            wanted: options.limit,
            total: None,
            pages: 0,
            seen: HashMap::new(),
            repeating: false,
            doubtful: None,
            asked_again: 0,
            finished: options.limit == Some(0),
            at_end: false,
        }
    }

    /// Where to resume; `None` if the list has ended.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        (!self.at_end).then(|| self.next.clone())
    }

    /// The page to ask for now, if one should be.
    pub(super) fn plan(&mut self, in_flight: usize) -> Option<Cursor> {
        let ahead_by = self.ahead.index - self.next.index;
        let useful = in_flight == 0 || {
            // How many there are shows on the first page: until then, one.
            let room = self.pages > 0 && self.doubtful.is_none() && in_flight < self.prefetch;
            let planned = ahead_by.saturating_mul(self.step).saturating_sub(self.next.skip as u64);
            let wanted = self.wanted.is_none_or(|wanted| planned < wanted);
            let exists = self.total.is_none_or(|total| !self.is_past(&self.ahead, total));
            room && wanted && exists
        };
        if self.finished || !useful || self.pages + ahead_by >= self.max_pages {
            return None;
        }
        let planned = self.ahead.clone();
        self.ahead = planned.after(self.step);
        Some(planned)
    }

    /// Whether a page lies behind the last of `total` records.
    fn is_past(&self, cursor: &Cursor, total: u64) -> bool {
        match self.paging.style {
            Style::Offset => cursor.offset >= total,
            Style::Numbered { .. } => cursor.index.saturating_mul(self.step) >= total,
        }
    }

    /// Whether to ask for the next page once more: it holds the records of an
    /// earlier one, which a vendor that is out of step mends by itself.
    pub(super) fn wants_again<R, T>(&mut self, page: &Page<R, T>) -> bool {
        let repeats = page.print.is_some_and(|print| self.seen.contains_key(&print));
        let again = repeats && self.doubtful.is_none() && self.asked_again < AGAIN_AT_MOST;
        self.asked_again = if again { self.asked_again + 1 } else { 0 };
        again
    }

    /// The page that is handed out next.
    pub(super) fn due(&self) -> Cursor {
        self.next.clone()
    }

    /// Looks at the next page, notes what is odd about it, cuts it to what is
    /// wanted and moves on.
    pub(super) fn accept<R, T>(&mut self, page: &mut Page<R, T>) -> Result<Ahead, Error> {
        let here = self.next.clone();
        let first = self.pages == 0 && !self.knows_step;
        let assumed = self.step;
        page.index = here.index;
        if let (Some(from), Some(to)) = (self.total, page.total)
            && from != to
        {
            page.notes.push(PageNote::TotalChanged { from, to });
        }
        if page.records.len() > here.size as usize {
            let received = page.records.len();
            page.notes.push(PageNote::LargerThanAsked { asked: here.size, received });
        }
        let repeats = self.guard_repetition(page)?;
        let doubtful = self.doubtful.take();
        if doubtful.is_some() && repeats {
            // It was asked for only to make sure: the list had ended.
            page.records.clear();
            page.has_more = None;
        }
        let received = page.records.len();
        let mut after = here.after(received as u64);
        self.total = page.total.or(self.total);
        self.pages += 1;
        let more = match self.says_more(page, &after, first)? {
            More::Yes => true,
            More::No => false,
            More::Perhaps => {
                let another = self.pages < self.max_pages;
                self.doubtful = another.then_some(received);
                another
            }
        };
        if let Some(received) = doubtful.filter(|_| received > 0) {
            page.notes.push(PageNote::ShorterThanAsked { asked: here.size, received });
        } else if more && self.doubtful.is_none() && (received as u64) < assumed {
            page.notes.push(PageNote::ShorterThanAsked { asked: here.size, received });
        }
        if first && received > 0 {
            self.step = received as u64;
        }
        after.step = Some(self.step);
        // Offsets count records: pages asked for on a wrong assumption about
        // this one would leave a gap, or come twice.
        let shifted = self.paging.style == Style::Offset && received as u64 != assumed;
        let ahead = if more && (first || shifted) { Ahead::Discard } else { Ahead::Keep };
        if ahead == Ahead::Discard {
            self.ahead = after.clone();
        }
        self.hand_out(page, &here, after, more);
        Ok(ahead)
    }

    /// The stop rule: the vendor's word if there is one, else its total, else
    /// a page that is not full.
    fn says_more<R, T>(
        &self,
        page: &Page<R, T>,
        after: &Cursor,
        first: bool,
    ) -> Result<More, Error> {
        if page.records.is_empty() {
            if page.has_more != Some(true) {
                return Ok(More::No);
            }
            let number = page.index.saturating_add(1);
            let what = format!("page {number} is empty, yet it says that more follow");
            return Err(Error::plain(&page.context, ErrorKind::Vendor, what));
        }
        Ok(match (page.has_more, self.total) {
            (Some(true), _) => More::Yes,
            (Some(false), _) => More::No,
            (None, Some(total)) if after.offset >= total => More::No,
            (None, Some(total)) if !self.is_past(after, total) => More::Yes,
            // By the number of pages the list has ended, by the number of
            // records it has not: some are hidden, or pages became smaller.
            (None, Some(_)) => More::Perhaps,
            (None, None) if page.records.len() as u64 >= self.step => More::Yes,
            // A vendor may have lowered its largest page without a word: then
            // the first page shows it, and the next one proves it.
            (None, None) if first && page.records.len() >= LEAST_MAXIMUM => More::Perhaps,
            (None, None) => More::No,
        })
    }

    /// Finds out whether an earlier page had the same records. Once may be
    /// records that moved on by a page; with an unchanged total, or twice in a
    /// row, the vendor does not look at the page asked for.
    fn guard_repetition<R, T>(&mut self, page: &mut Page<R, T>) -> Result<bool, Error> {
        let Some(print) = page.print else { return Ok(false) };
        let Some(&of) = self.seen.get(&print) else {
            self.seen.insert(print, page.index);
            self.repeating = false;
            return Ok(false);
        };
        let same_total = page.total.is_some() && page.total == self.total;
        if self.doubtful.is_none() && (self.repeating || same_total) {
            let what = format!(
                "page {} has the same records as page {}: the parameter that chooses the page \
                 has no effect",
                page.index.saturating_add(1),
                of.saturating_add(1)
            );
            return Err(Error::plain(&page.context, ErrorKind::Vendor, what));
        }
        self.repeating = true;
        page.notes.push(PageNote::Repeated { of });
        Ok(true)
    }

    /// Cuts the page to what is wanted, and decides whether it is the last.
    fn hand_out<R, T>(&mut self, page: &mut Page<R, T>, here: &Cursor, after: Cursor, more: bool) {
        let received = page.records.len();
        if !more
            && let Some(total) = self.total
            && total > after.offset
        {
            page.notes.push(PageNote::FewerThanTotal { total, received: after.offset });
        }
        let skip = here.skip.min(received);
        drop(page.records.drain(..skip));
        (self.next, self.at_end) = (after, !more);
        if let Some(wanted) = self.wanted {
            let keep = usize::try_from(wanted).unwrap_or(usize::MAX).min(page.records.len());
            if keep < page.records.len() {
                page.records.truncate(keep);
                self.next = Cursor { skip: skip + keep, ..here.clone() };
                self.at_end = false;
            }
            self.wanted = Some(wanted - keep as u64);
        }
        self.finished = !more || self.wanted == Some(0);
        page.next = self.cursor();
    }

    /// An error once the list has more pages than allowed.
    pub(super) fn over_limit(&self) -> Option<String> {
        (!self.finished && self.pages >= self.max_pages).then(|| {
            format!(
                "the list goes on after {} pages: raise max_pages, or resume from the cursor",
                self.pages
            )
        })
    }
}
