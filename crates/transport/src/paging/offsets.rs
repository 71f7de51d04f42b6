//! Where a numbered list, or one read by offset, was left, and which page to
//! ask for there.

use super::{PageRequest, Paging, PagingStyle, Position};
use serde::{Deserialize, Serialize};

/// A position counted in records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Offsets {
    /// Pages before this position.
    pub(super) index: u64,
    /// Records of the list before this position.
    pub(super) offset: u64,
    /// Page size.
    pub(super) size: u32,
    /// Records of the page at this position that were already emitted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) skip: usize,
    /// The most records that a page turned out to hold; `None` before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<u64>,
    /// Whether the next page has to begin with a record of the page before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) overlaps: bool,
    /// Pages before this position as the vendor counts them, where it chooses
    /// the page size itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fixed_page: Option<u64>,
}

pub(super) fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// No vendor makes its largest page smaller than this: a shorter page says
/// nothing about how many records a page can hold.
pub(super) const MIN_PAGE_CAP: u64 = 5;

/// The part of a list that one request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Records of the list before it.
    pub(super) start: u64,
    pub(super) size: u32,
    /// The number of the page, from 0.
    pub(super) page: u64,
}

impl Window {
    /// The numbered page that holds record `from` and reaches furthest beyond
    /// `offset`. A page of `s` records may begin at any multiple of `s`, so a
    /// size a little below `max_size` often begins exactly at `from`.
    fn numbered(from: u64, max_size: u32, offset: u64, is_exact: bool) -> Self {
        let pages = (1..=max_size.max(1)).map(|size| {
            let page = from / u64::from(size);
            Self { start: page.saturating_mul(size.into()), size, page }
        });
        // What does not overlap has to begin exactly there.
        let brings_more = |window: &Self| window.end() > offset;
        let rank = |window: &Self| match is_exact {
            true => (brings_more(window), window.start, window.end()),
            false => (brings_more(window), window.end(), window.start),
        };
        pages.max_by_key(rank).unwrap_or(Self { start: from, size: 1, page: from })
    }

    pub(super) fn end(&self) -> u64 {
        self.start.saturating_add(self.size.into())
    }
}

impl Offsets {
    pub(super) fn start(size: u32) -> Self {
        Self { index: 0, offset: 0, size, skip: 0, step: None, overlaps: false, fixed_page: None }
    }

    /// Records before this position, as far as the vendor's pages were full.
    pub(super) fn records_before(&self) -> u64 {
        self.offset.saturating_add(self.skip as u64)
    }

    /// The same position, a number of records further back.
    #[must_use]
    pub(super) fn back_by(&self, records: u64) -> Self {
        let offset = self.offset.saturating_sub(records);
        let pages = records.div_ceil(self.per_page());
        let fixed_page = self.fixed_page.map(|page| page.saturating_sub(pages));
        let overlaps = self.overlaps && offset > 0;
        Self { offset, fixed_page, overlaps, skip: 0, ..self.clone() }
    }

    /// The same position once so many records were added before it: where the
    /// vendor chooses the page size, in whole pages and never further.
    #[must_use]
    pub(super) fn forward_by(&self, records: u64) -> Self {
        let pages = records / self.per_page();
        let fixed_page = self.fixed_page.map(|page| page.saturating_add(pages));
        Self { offset: self.offset.saturating_add(records), fixed_page, ..self.clone() }
    }

    /// The position behind the last of the records that a page requested here
    /// brought, where the list continues at `next`: that may leave out a part
    /// whose records are hidden, or the end of the list.
    #[must_use]
    pub(super) fn behind(&self, records: u64, next: &Self) -> Self {
        if next.fixed_page.is_some() {
            return next.clone();
        }
        let offset = self.offset.saturating_add(records);
        Self { offset, overlaps: offset > 0 && next.cap() > 1, skip: 0, ..next.clone() }
    }

    fn per_page(&self) -> u64 {
        self.step.unwrap_or(self.size.into()).max(1)
    }

    /// The most records that a page is known to hold; what was requested
    /// before the first page.
    pub(super) fn cap(&self) -> u64 {
        let size = u64::from(self.size);
        self.step.map_or(size, |step| step.max(MIN_PAGE_CAP)).min(size)
    }

    /// What to ask for, beginning `back` records earlier than planned.
    pub(super) fn window(&self, style: PagingStyle, back: u64) -> Window {
        let planned = self.offset.saturating_sub(u64::from(self.overlaps));
        let from = planned.saturating_sub(back);
        let PagingStyle::Numbered { .. } = style else {
            return Window { start: from, size: self.size, page: self.index };
        };
        if let Some(page) = self.fixed_page {
            return Window { start: self.offset, size: self.size, page };
        }
        let max_size = u32::try_from(self.cap()).unwrap_or(self.size);
        let numbered = |from, is_exact| Window::numbered(from, max_size, self.offset, is_exact);
        let window = numbered(from, !self.overlaps);
        let is_of_use = back > 0 || window.end() > self.offset;
        if is_of_use { window } else { numbered(self.offset, true) }
    }

    /// The request for the page at this position.
    pub(super) fn request(&self, paging: &Paging, back: u64) -> PageRequest {
        let Window { start, size, page } = self.window(paging.style, back);
        let position = match paging.style {
            PagingStyle::Numbered { first } => Position::Page(first.saturating_add(page)),
            _ => Position::Offset(start),
        };
        PageRequest { index: self.index, size, position }
    }

    /// The position after a page that ends before record `offset`.
    pub(super) fn after(&self, offset: u64, overlaps: bool) -> Self {
        Self {
            index: self.index.saturating_add(1),
            offset,
            skip: 0,
            overlaps: overlaps && offset > 0 && self.cap() > 1,
            fixed_page: self.fixed_page.map(|page| page.saturating_add(1)),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_window_begins_with_the_last_record_and_brings_most_of_a_page() {
        let mut cursor = Offsets::start(100).after(100, true);
        let mut requests = 1;
        while cursor.offset < 100_000 {
            let window = cursor.window(PagingStyle::Numbered { first: 1 }, 0);
            assert_eq!(window.start, window.page * u64::from(window.size));
            assert!(window.start < cursor.offset, "{window:?} does not overlap {cursor:?}");
            assert!(window.end() > cursor.offset && window.size <= 100, "{window:?}");
            cursor = cursor.after(window.end(), true);
            requests += 1;
        }
        assert!((1_000..1_250).contains(&requests), "{requests} requests for 1,000 pages");
    }

    #[test]
    fn page_too_small_to_overlap_is_requested_without_overlap() {
        for size in 1..5 {
            let mut cursor = Offsets::start(size);
            while cursor.offset < 200 {
                let window = cursor.window(PagingStyle::Numbered { first: 0 }, 0);
                assert!(window.end() > cursor.offset, "{size}: {window:?}");
                assert!(window.start <= cursor.offset, "{size}: {window:?}");
                cursor = cursor.after(window.end(), true);
            }
        }
    }

    #[test]
    fn position_moves_by_records_and_by_whole_pages_where_the_vendor_chooses_them() {
        let here = Offsets { step: Some(20), ..Offsets::start(50) }.after(60, true);
        let places = |cursor: &Offsets| (cursor.offset, cursor.fixed_page);
        assert_eq!(places(&here.forward_by(45)), (105, None));
        assert_eq!(here.forward_by(45).back_by(45), here);
        let fixed = Offsets { fixed_page: Some(3), ..here };
        assert_eq!(places(&fixed.forward_by(45)), (105, Some(5)), "never further");
        assert_eq!(places(&fixed.back_by(1)), (59, Some(2)), "never too far");
        assert_eq!(places(&fixed.back_by(100)), (0, Some(0)));
    }

    #[test]
    fn position_behind_a_short_page_is_where_its_records_end() {
        let here = Offsets { step: Some(20), ..Offsets::start(50) }.after(60, true);
        let behind = here.behind(7, &here.after(80, false));
        assert_eq!((behind.offset, behind.overlaps, behind.index), (67, true, 2));
        let next = Offsets { fixed_page: Some(4), ..here.after(67, false) };
        assert_eq!(here.behind(7, &next), next, "the vendor chooses the pages");
    }
}
