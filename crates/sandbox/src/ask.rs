//! A request to one vendor, taken apart.

use std::cell::RefCell;

use http::Method;
use serde::Serialize;

use crate::facts::Facts;
use crate::fault::{Fault, Listed, Told};
use crate::reply::{self, Request};
use crate::truth::Truth;
use crate::vendor::Vendor;
use crate::world::World;

/// A request to one vendor, and what is needed to answer it.
pub(crate) struct Ask<'a> {
    pub(crate) world: &'a World,
    pub(crate) vendor: &'static Vendor,
    /// The server's own URL, without a slash at its end.
    pub(crate) base: &'a str,
    pub(crate) request: &'a Request,
    path: Vec<String>,
    query: Vec<(String, String)>,
    listed: RefCell<Listed>,
}

/// Which calls are wanted, and in which order.
pub(crate) struct Wish<'a> {
    /// `None` takes all.
    pub(crate) keep: Option<&'a dyn Fn(&Facts) -> bool>,
    /// What to sort by; `None` is the start, by which the calls are sorted already.
    pub(crate) key: Option<&'a dyn Fn(&Facts) -> i64>,
    pub(crate) ascending: bool,
    pub(crate) skip: usize,
    pub(crate) take: usize,
}

/// Calls of one page.
pub(crate) struct Found {
    pub(crate) calls: Vec<Truth>,
    /// Number of calls in all pages, as it is announced.
    pub(crate) total: usize,
    /// Where the page after this one begins.
    pub(crate) next: usize,
    /// Number of places that all pages have; those of calls that are filtered out after the page
    /// was cut are empty.
    pub(crate) places: usize,
}

impl<'a> Ask<'a> {
    /// Takes a request apart; `path` is what follows the vendor's name.
    pub(crate) fn new(
        world: &'a World,
        vendor: &'static Vendor,
        base: &'a str,
        request: &'a Request,
        path: Vec<String>,
    ) -> Self {
        let (query, listed) = (reply::query(request), RefCell::default());
        Self { world, vendor, base, request, path, query, listed }
    }

    /// The parts of the path below the vendor's prefix.
    pub(crate) fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    pub(crate) fn is_post(&self) -> bool {
        self.request.method() == Method::POST
    }

    /// A query parameter; the first of several.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name)?;
        Some(&pair.1)
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// Whether all headers that the vendor wants are there and right.
    pub(crate) fn is_authorized(&self) -> bool {
        let wanted = self.vendor.headers;
        wanted.iter().all(|(name, value)| self.header(name) == Some(value))
    }

    /// A call by its id.
    pub(crate) fn find(&self, id: &str) -> Option<Truth> {
        self.world.find(self.vendor.name, id)
    }

    /// A call's record as it is sent.
    pub(crate) fn told<R: Serialize>(&self, call: &Truth, record: R) -> Told<R> {
        Told::new(self.vendor, call, record)
    }

    /// The size of a page for which `size` calls are asked for: less, if the vendor has the habit
    /// of giving less.
    pub(crate) fn capped(&self, size: usize) -> usize {
        let habits = self.world.habits(self.vendor);
        if habits.shows_cap(size) {
            self.listed.borrow_mut().shown.push(Fault::PageCap);
        }
        habits.capped(size)
    }

    /// The page that this request is answered with; nothing if it is no list.
    pub(crate) fn into_listed(self) -> Listed {
        self.listed.into_inner()
    }

    /// The calls that are wished for.
    pub(crate) fn select(&self, wish: &Wish<'_>) -> Found {
        let all = self.world.calls(self.vendor);
        let kept = self.kept(wish);
        let total = kept.as_ref().map_or(all.len(), Vec::len);
        let habits = self.world.habits(self.vendor);
        let (cut, short) = habits.cut(wish.skip, wish.take, total);
        let (from, to) = cut.rows;
        let old = if wish.ascending { 0 } else { habits.old_first(total) };
        // The oldest ones come first, then the others in their order.
        let first = (from.min(old), to.min(old));
        let then = (from.max(old), to.max(old));
        let ranges = [(total - old + first.0, total - old + first.1), (then.0 - old, then.1 - old)];
        let mut page: Vec<&Facts> = Vec::with_capacity(to - from);
        for (start, end) in ranges {
            match &kept {
                Some(kept) => page.extend(&kept[start..end]),
                None if wish.ascending => {
                    let calls: Vec<_> = all.range(total - end, total - start).collect();
                    page.extend(calls.into_iter().rev());
                }
                None => page.extend(all.range(start, end)),
            }
        }
        let wrong = habits.wrong_total(total, wish.keep.is_some());
        let announced = wrong.map_or(total, |(total, _)| total);
        let mut listed = self.listed.borrow_mut();
        listed.serials = page.iter().map(|facts| facts.serial).collect();
        listed.shown.extend(short);
        listed.shown.extend(wrong.map(|(_, fault)| fault));
        listed.shown.extend((first.1 > first.0 && old < total).then_some(Fault::OldRowFirst));
        Found {
            calls: page.iter().map(|facts| self.world.tell(self.vendor, facts)).collect(),
            total: announced,
            next: cut.next,
            places: announced.saturating_add(habits.places(total) - total),
        }
    }

    /// The calls that are wished for, if they are not all of them in their usual order.
    fn kept(&self, wish: &Wish<'_>) -> Option<Vec<&'a Facts>> {
        if wish.keep.is_none() && wish.key.is_none() {
            return None;
        }
        let all = self.world.calls(self.vendor).iter();
        let mut kept: Vec<&Facts> =
            all.filter(|facts| wish.keep.is_none_or(|keep| keep(facts))).collect();
        if let Some(key) = wish.key {
            // Calls that arrived may share a start; those stay in the order of the list.
            kept.sort_by_key(|facts| std::cmp::Reverse((key(facts), facts.started)));
        }
        if wish.ascending {
            kept.reverse();
        }
        Some(kept)
    }
}
