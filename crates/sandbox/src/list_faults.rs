//! Faults of a vendor's lists: which rows a page holds, in which order, and what total it announces.
//!
//! They belong to the list, not to a request: equal requests to equal datasets get equal pages.

use std::sync::Arc;

use crate::fault::{Fault, FaultSetting, Faults, Rate};
use crate::hash_rng::HashRng;
use crate::paging::PagingParams;
use crate::vendor::{PagingHints, VendorProfile};

/// The faults of one vendor's lists; none by default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ListFaults {
    old_first: Option<FaultSetting>,
    cap: Option<FaultSetting>,
    low: Option<FaultSetting>,
    high: Option<FaultSetting>,
    /// The constant total of a list without a filter.
    constant: Option<usize>,
    layout: RowLayout,
    /// How often an empty page lies between two others, in a list by token.
    empty_after_token: Option<Rate>,
    /// Whether a short page is followed by the row after its last one: everywhere but in a list of
    /// numbered pages.
    continues_after_last: bool,
    /// The fewest rows from which a client can go on: in a list by key, a page starts with the last
    /// row of the page before.
    min_rows: usize,
    /// Whether pages announce a total.
    has_total: bool,
}

/// How rows are spread over the positions of a list. Rows that are filtered out after a page was
/// cut leave empty positions. A block is the positions of a full page.
#[derive(Clone, Copy, Debug)]
struct RowLayout {
    short: Option<Rate>,
    empty: Option<Rate>,
    /// Positions in a block.
    page: usize,
    rng: HashRng,
}

impl Default for RowLayout {
    fn default() -> Self {
        Self { short: None, empty: None, page: 1, rng: HashRng::new(0) }
    }
}

/// A page of a list that was served.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServedPage {
    /// The serial numbers of its calls, of which one may be deleted now.
    pub(crate) serials: Arc<[u32]>,
    /// The list faults that it shows.
    pub(crate) faults: Vec<Fault>,
    /// Whether the token or key of the request is none, so that there is no such page.
    pub(crate) is_rejected: bool,
}

/// Where a page lies in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageRows {
    /// The index of the first row, and of the row behind the last.
    pub(crate) rows: (usize, usize),
    /// The offset of the page that follows.
    pub(crate) next: usize,
}

impl ListFaults {
    /// The faults of a vendor that lists so many calls now.
    pub(crate) fn new(
        faults: &Faults,
        vendor: &VendorProfile,
        calls: usize,
        hints: PagingHints,
    ) -> Self {
        let setting = |fault| faults.setting(fault, vendor.name);
        let is_by_key = matches!(vendor.paging, PagingParams::Key { .. });
        // An empty page looks like the end of a list that does not announce more.
        let empty = faults
            .rate(Fault::EmptyPage, vendor.name)
            .filter(|_| hints.has_end && setting(Fault::LowTotal).is_none());
        Self {
            // The key of an old row would lead past all newer ones.
            old_first: setting(Fault::OldRowFirst).filter(|_| !is_by_key),
            cap: setting(Fault::PageCap),
            low: setting(Fault::LowTotal),
            high: setting(Fault::HighTotal),
            constant: setting(Fault::ConstantTotal).map(|setting| setting.amount(calls)),
            layout: RowLayout {
                short: faults.rate(Fault::ShortPage, vendor.name),
                empty: empty.filter(|_| !vendor.paging.is_chained()),
                page: vendor.page_size,
                rng: HashRng::new(faults.seed).derive(vendor.name),
            },
            empty_after_token: empty
                .filter(|_| matches!(vendor.paging, PagingParams::Token { .. })),
            continues_after_last: !matches!(vendor.paging, PagingParams::Page { .. }),
            min_rows: if is_by_key { 2 } else { 1 },
            has_total: hints.has_total,
        }
    }

    /// The size of a page for which `size` rows were requested.
    pub(crate) fn page_size(&self, size: usize) -> usize {
        self.cap.map_or(size, |cap| size.min(cap.amount(size).max(self.min_rows)))
    }

    pub(crate) fn is_capped(&self, size: usize) -> bool {
        self.page_size(size) < size
    }

    /// How many of the oldest of `total` rows come first.
    pub(crate) fn old_first(&self, total: usize) -> usize {
        self.old_first.map_or(0, |number| number.amount(total).min(total))
    }

    /// The announced total and the fault that changes it, if it is wrong.
    pub(crate) fn wrong_total(&self, total: usize, filtered: bool) -> Option<(usize, Fault)> {
        let constant = self.constant.filter(|_| !filtered).map(|all| (all, Fault::ConstantTotal));
        let low = |low: FaultSetting| match low {
            FaultSetting::Rate(_) => (low.amount(total), Fault::LowTotal),
            FaultSetting::Number(_) => (low.amount(total).min(total), Fault::LowTotal),
        };
        let high =
            |high: FaultSetting| (total.saturating_add(high.amount(total)), Fault::HighTotal);
        let wrong = constant.or_else(|| self.low.map(low)).or_else(|| self.high.map(high))?;
        (self.has_total && wrong.0 != total).then_some(wrong)
    }

    /// The rows of a page that starts at the position `skip` and for which `take` rows were
    /// requested, and the fault that it shows.
    pub(crate) fn page_rows(
        &self,
        skip: usize,
        take: usize,
        total: usize,
    ) -> (PageRows, Option<Fault>) {
        let layout = &self.layout;
        let mut end = skip.saturating_add(take);
        let short = self.continues_after_last
            && layout.is_short(skip / layout.page)
            && take > self.min_rows;
        if short {
            end = skip.saturating_add(take.div_ceil(2));
        }
        let (hides_half, positions) = (!self.continues_after_last, self.positions(total));
        let row =
            |position: usize| layout.rows_before(position.min(positions), hides_half).min(total);
        let (from, to) = (row(skip), row(end));
        let next = match self.continues_after_last && layout.empty.is_none() {
            true => skip.saturating_add(to - from),
            false => end,
        };
        let left = total - from;
        let fault = match to - from {
            rows if rows >= left.min(take) => None,
            0 => Some(Fault::EmptyPage),
            // An empty block can lie in the middle of a long page.
            _ if layout.short.is_none() => Some(Fault::EmptyPage),
            _ => Some(Fault::ShortPage),
        };
        (PageRows { rows: (from, to), next }, fault)
    }

    /// Whether the page of a list by token that starts behind so many rows is empty, although more
    /// follow.
    pub(crate) fn is_empty_after_token(&self, rows: usize, total: usize) -> bool {
        let empty = RowLayout { empty: self.empty_after_token, ..self.layout };
        rows < total && empty.is_empty(rows / empty.page)
    }

    /// The number of positions that so many rows take up.
    pub(crate) fn positions(&self, total: usize) -> usize {
        self.layout.positions(total, !self.continues_after_last)
    }
}

impl RowLayout {
    fn hits(&self, rate: Option<Rate>, name: &str, number: usize) -> bool {
        let number = number as u64;
        rate.is_some_and(|rate| rate.hits(number, self.rng.derive(name).nth(number)))
    }

    fn is_short(&self, block: usize) -> bool {
        self.hits(self.short, "short page", block)
    }

    /// The first block always has rows, and so has the one after an empty block.
    fn is_empty(&self, block: usize) -> bool {
        block % 2 == 1 && self.hits(self.empty, "empty page", block / 2)
    }

    fn is_plain(&self) -> bool {
        self.short.is_none() && self.empty.is_none()
    }

    /// How many of the first positions of a block hold a row.
    fn rows_in(&self, block: usize, positions: usize, hides_half: bool) -> usize {
        if self.is_empty(block) {
            0
        } else if hides_half && self.is_short(block) {
            positions.div_ceil(2)
        } else {
            positions
        }
    }

    fn rows_before(&self, position: usize, hides_half: bool) -> usize {
        if self.is_plain() {
            return position;
        }
        let last = position / self.page;
        let before = (0..last).map(|block| self.rows_in(block, self.page, hides_half));
        before.sum::<usize>() + self.rows_in(last, position % self.page, hides_half)
    }

    fn positions(&self, rows: usize, hides_half: bool) -> usize {
        if self.is_plain() {
            return rows;
        }
        let (mut left, mut block) = (rows, 0);
        loop {
            let here = self.rows_in(block, self.page, hides_half);
            if left <= here {
                let within = (0..=self.page)
                    .find(|positions| self.rows_in(block, *positions, hides_half) >= left);
                return block * self.page + within.unwrap_or(self.page);
            }
            left -= here;
            block += 1;
        }
    }
}
