//! When a list has ended, and where to read on.

use super::offset_state::OffsetState;
use super::offsets::{Offsets, Window};
use super::{Page, PagingStyle, StopRule};
use crate::{Error, ErrorKind};

/// Pages in a row with the records of earlier pages before a list counts as stuck.
const MAX_REPEATED_PAGES: u8 = 3;
/// Pages in a row that bring a few records behind the announced end: the list
/// grows at its end as fast as it is read.
const MAX_LATE_PAGES: u8 = 5;
/// Pages in a row without a new record that a list may have before its end.
const MAX_IDLE_PAGES: u8 = 10;
/// The same for empty pages before the end that the total announces.
const MAX_EMPTY_PAGES: u8 = 100;

impl OffsetState {
    /// The stop rule, and the position after the page. A list ends with a page
    /// that brings nothing new, unless the vendor says that more follow.
    pub(super) fn next_position<R, T>(
        &mut self,
        page: &mut Page<R, T>,
        here: &Offsets,
        window: &Window,
        received: usize,
        repeats: bool,
    ) -> Result<(bool, Offsets), Error> {
        let end = window.start.saturating_add(received as u64);
        let overlaps = here.fixed_page.is_none();
        // The page shows the list as far as this, whatever was hidden from it.
        let full = window.start.saturating_add(self.next.cap().min(window.size.into()));
        let is_full = received as u64 >= here.cap().min(window.size.into());
        if !page.records.is_empty() {
            self.read = self.read.max(end);
            self.requested_to = self.requested_to.max(full);
            (self.idle_pages, self.refetches) = (0, 0);
            // Where each page holds that few, it is not tiny.
            let usual = here.step.unwrap_or_else(|| here.cap());
            let new = page.records.len() as u64;
            let is_tiny = new < usual && new <= (here.cap() / 20).max(1);
            let is_late = self.is_probing && is_tiny;
            self.late_pages = if is_late { self.late_pages + 1 } else { 0 };
            if self.late_pages > MAX_LATE_PAGES {
                let is_beyond_total = self.total.is_none_or(|total| total < self.read);
                if page.has_more.is_none() && is_beyond_total {
                    page.note_gap();
                }
                return Ok((false, here.clone()));
            }
            self.is_probing = !self.expects_more(page, end, is_full);
            let is_short = end < full && matches!(self.paging.style, PagingStyle::Numbered { .. });
            if is_short && overlaps {
                // Some records of a numbered page are hidden, or it is the last.
                return Ok((true, self.next.after(full, false)));
            }
            return Ok((true, self.next.after(end, overlaps)));
        }
        let announced = self.announces_more(page, here.offset);
        // Where the vendor says nothing that can be relied on, a part of the
        // list may be hidden: one more part is requested.
        let has_total = self.total.is_some_and(|total| total >= self.read);
        let is_silent = page.has_more.is_none() && !has_total;
        let may_be_hidden = is_silent && received > 0 && !(self.is_first_again && self.is_probing);
        let is_beyond = full.max(end) > self.requested_to || here.fixed_page.is_some();
        // A full page may have been requested from so far back that all of it is
        // known.
        let may_continue = is_full && (!repeats || self.idle_pages > 0);
        // Where pages hold one record each, a known one is a full page of them.
        let is_full_of_one =
            received == 1 && here.step == Some(1) && here.index > 1 && !self.is_first_again;
        let may_hide_more = received > 1 || is_full_of_one;
        if !announced && !may_be_hidden && !may_continue && is_beyond {
            if is_full_of_one {
                page.note_gap();
            }
            return Ok((false, here.clone()));
        }
        self.idle_pages += 1;
        let is_stuck = received > 1 && repeats && self.idle_pages > MAX_REPEATED_PAGES;
        let is_within_total = self.total.is_some_and(|total| here.offset < total);
        let max_idle_pages = match received == 0 && is_within_total {
            true => MAX_EMPTY_PAGES,
            false => MAX_IDLE_PAGES,
        };
        if is_stuck || self.idle_pages > max_idle_pages {
            if page.has_more == Some(true) || is_stuck {
                return Err(endless_list_error(page, is_stuck, max_idle_pages));
            }
            if may_hide_more {
                // Known records again and again: what follows was never shown.
                page.note_gap();
            }
            return Ok((false, here.clone()));
        }
        self.is_probing = !self.expects_more(page, here.offset, is_full);
        if may_continue && page.is_contiguous {
            return Ok((true, self.next.after(end, overlaps)));
        }
        // A part of the list without a visible record: on to the next part.
        let next_part = full.max(self.requested_to).max(here.offset);
        Ok((true, self.next.after(next_part, false)))
    }

    /// Whether the vendor says that more follow, or a full page suggests it
    /// where the vendor says nothing.
    fn expects_more<R, T>(&self, page: &Page<R, T>, end: u64, is_full: bool) -> bool {
        let is_silent = page.has_more.is_none() && self.total.is_none();
        self.announces_more(page, end) || (is_silent && is_full)
    }

    fn announces_more<R, T>(&self, page: &Page<R, T>, end: u64) -> bool {
        let by_total = || self.total.is_some_and(|total| end < total);
        match self.paging.stop {
            StopRule::TotalReached => by_total(),
            _ => page.has_more.unwrap_or_else(by_total),
        }
    }
}

fn endless_list_error<R, T>(page: &Page<R, T>, is_stuck: bool, pages: u8) -> Error {
    let number = page.index.saturating_add(1);
    let what = match is_stuck {
        true => format!(
            "page {number} has the same records as the pages before it: the parameter that \
             chooses the page has no effect"
        ),
        false => format!(
            "{pages} pages in a row up to page {number} are empty, yet the last says \
             that more follow"
        ),
    };
    Error::plain(&page.context, ErrorKind::Vendor, what)
}
