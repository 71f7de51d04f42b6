//! Habits of a vendor's lists: which rows a page holds, in which order, and what total is announced.
//!
//! A habit belongs to the list, not to a request: equal requests to an equal world are answered
//! alike.

use std::sync::Arc;

use super::{Fault, Faults, Rate, Setting, Turn};
use crate::dice::Dice;
use crate::vendor::Vendor;

/// The habits of one vendor's lists; none by default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Habits {
    old_first: Option<Setting>,
    cap: Option<Setting>,
    low: Option<Setting>,
    high: Option<Setting>,
    /// The total that stays, of a list without a filter.
    constant: Option<usize>,
    slots: Slots,
    /// Whether a short page of this vendor is followed by the row after its last one, as in a list
    /// whose pages are chosen by an offset.
    honest_offset: bool,
    /// Whether pages announce a total.
    tells_total: bool,
}

/// The rows of a list, and the places of rows that are filtered out after the page was cut.
#[derive(Clone, Copy, Debug)]
struct Slots {
    short: Option<Rate>,
    empty: Option<Rate>,
    /// Rows on a full page, which is the length of a stretch.
    page: usize,
    dice: Dice,
}

impl Default for Slots {
    fn default() -> Self {
        Self { short: None, empty: None, page: 1, dice: Dice::new(0) }
    }
}

/// A page of a list, and what a page after it needs to know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listed {
    /// The serial numbers of its calls.
    pub(crate) serials: Arc<[u32]>,
    /// The habits that show in it.
    pub(crate) shown: Vec<Fault>,
}

/// Where a page lies in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The first row of the page, and the one behind its last.
    pub(crate) rows: (usize, usize),
    /// The offset of the page that follows.
    pub(crate) next: usize,
}

impl Habits {
    /// The habits of a vendor that lists so many calls now. `tells_total` and `tells_end` say
    /// whether its pages announce a total, and whether they say in any way that more follow.
    pub(crate) fn new(
        faults: &Faults,
        vendor: &Vendor,
        calls: usize,
        (tells_total, tells_end): (bool, bool),
    ) -> Self {
        let setting = |fault| faults.setting(fault, vendor.name);
        Self {
            old_first: setting(Fault::OldRowFirst),
            cap: setting(Fault::PageCap),
            low: setting(Fault::LowTotal),
            high: setting(Fault::HighTotal),
            constant: setting(Fault::ConstantTotal).map(|setting| setting.of(calls)),
            slots: Slots {
                short: faults.rate(Fault::ShortPage, vendor.name),
                // Nobody could tell an empty page from the end of a list that does not say
                // whether more follow.
                empty: faults.rate(Fault::EmptyPage, vendor.name).filter(|_| tells_end),
                page: vendor.page,
                dice: Dice::new(faults.seed).of(vendor.name),
            },
            honest_offset: matches!(vendor.turn, Turn::Offset { .. }),
            tells_total,
        }
    }

    /// The size of a page for which `size` rows were asked for.
    pub(crate) fn capped(&self, size: usize) -> usize {
        self.cap.map_or(size, |cap| size.min(cap.of(size).max(1)))
    }

    pub(crate) fn shows_cap(&self, size: usize) -> bool {
        self.capped(size) < size
    }

    /// How many of the oldest of `total` rows come first.
    pub(crate) fn old_first(&self, total: usize) -> usize {
        self.old_first.map_or(0, |number| number.of(total).min(total))
    }

    /// The total that is announced, if it is not the right one, and the habit that makes it so.
    pub(crate) fn wrong_total(&self, total: usize, filtered: bool) -> Option<(usize, Fault)> {
        let constant = self.constant.filter(|_| !filtered).map(|all| (all, Fault::ConstantTotal));
        let low = |low: Setting| match low {
            Setting::Rate(_) => (low.of(total), Fault::LowTotal),
            Setting::Number(_) => (low.of(total).min(total), Fault::LowTotal),
        };
        let high = |high: Setting| (total.saturating_add(high.of(total)), Fault::HighTotal);
        let wrong = constant.or_else(|| self.low.map(low)).or_else(|| self.high.map(high))?;
        (self.tells_total && wrong.0 != total).then_some(wrong)
    }

    /// Which rows a page from the place `skip` on holds, for which `take` were asked for; and the
    /// habit that shows in it.
    pub(crate) fn cut(&self, skip: usize, take: usize, total: usize) -> (Cut, Option<Fault>) {
        let slots = &self.slots;
        let mut end = skip.saturating_add(take);
        let short = self.honest_offset && slots.is_short(skip / slots.page) && take > 1;
        if short {
            end = skip.saturating_add(take.div_ceil(2));
        }
        let (hides_half, places) = (!self.honest_offset, self.places(total));
        let row = |place: usize| slots.rows_before(place.min(places), hides_half).min(total);
        let (from, to) = (row(skip), row(end));
        let next = match self.honest_offset && slots.empty.is_none() {
            true => skip.saturating_add(to - from),
            false => end,
        };
        let left = total - from;
        let fault = match to - from {
            rows if rows >= left.min(take) => None,
            0 => Some(Fault::EmptyPage),
            // A stretch without rows can lie in the middle of a long page.
            _ if slots.short.is_none() => Some(Fault::EmptyPage),
            _ => Some(Fault::ShortPage),
        };
        (Cut { rows: (from, to), next }, fault)
    }

    /// The number of places that so many rows take up, with those that are filtered out.
    pub(crate) fn places(&self, total: usize) -> usize {
        self.slots.places(total, !self.honest_offset)
    }
}

impl Slots {
    fn hits(&self, rate: Option<Rate>, name: &str, number: usize) -> bool {
        let number = number as u64;
        rate.is_some_and(|rate| rate.hits(number, self.dice.of(name).nth(number)))
    }

    fn is_short(&self, stretch: usize) -> bool {
        self.hits(self.short, "short page", stretch)
    }

    /// The first stretch always has rows, and so has the one after a stretch without any.
    fn is_empty(&self, stretch: usize) -> bool {
        stretch % 2 == 1 && self.hits(self.empty, "empty page", stretch / 2)
    }

    fn is_plain(&self) -> bool {
        self.short.is_none() && self.empty.is_none()
    }

    /// How many of the first places of a stretch hold a row that is shown.
    fn rows_in(&self, stretch: usize, places: usize, hides_half: bool) -> usize {
        if self.is_empty(stretch) {
            0
        } else if hides_half && self.is_short(stretch) {
            places.div_ceil(2)
        } else {
            places
        }
    }

    fn rows_before(&self, place: usize, hides_half: bool) -> usize {
        if self.is_plain() {
            return place;
        }
        let last = place / self.page;
        let before = (0..last).map(|stretch| self.rows_in(stretch, self.page, hides_half));
        before.sum::<usize>() + self.rows_in(last, place % self.page, hides_half)
    }

    fn places(&self, rows: usize, hides_half: bool) -> usize {
        if self.is_plain() {
            return rows;
        }
        let (mut left, mut stretch) = (rows, 0);
        loop {
            let here = self.rows_in(stretch, self.page, hides_half);
            if left <= here {
                let within = (0..=self.page)
                    .find(|places| self.rows_in(stretch, *places, hides_half) >= left);
                return stretch * self.page + within.unwrap_or(self.page);
            }
            left -= here;
            stretch += 1;
        }
    }
}
