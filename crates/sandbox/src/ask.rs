//! A request to one vendor, taken apart.

use http::Method;
use serde::Serialize;

use crate::facts::Facts;
use crate::fault::Told;
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
    /// Number of calls in all pages.
    pub(crate) total: usize,
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
        Self { world, vendor, base, request, path, query: reply::query(request) }
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

    /// The calls that are wished for.
    pub(crate) fn select(&self, wish: &Wish<'_>) -> Found {
        let all = self.world.calls(self.vendor);
        let tell = |facts: &Facts| self.world.tell(self.vendor, facts);
        if wish.keep.is_none() && wish.key.is_none() {
            let start = wish.skip.min(all.len());
            let end = wish.skip.saturating_add(wish.take).min(all.len());
            let calls = if wish.ascending {
                let page = all.range(all.len() - end, all.len() - start);
                let mut calls: Vec<Truth> = page.map(tell).collect();
                calls.reverse();
                calls
            } else {
                all.range(start, end).map(tell).collect()
            };
            return Found { calls, total: all.len() };
        }
        let mut kept: Vec<&Facts> =
            all.iter().filter(|facts| wish.keep.is_none_or(|keep| keep(facts))).collect();
        if let Some(key) = wish.key {
            // Calls that arrived may share a start; those stay in the order of the list.
            kept.sort_by_key(|facts| std::cmp::Reverse((key(facts), facts.started)));
        }
        if wish.ascending {
            kept.reverse();
        }
        let page = kept.iter().skip(wish.skip).take(wish.take);
        Found { calls: page.map(|facts| tell(facts)).collect(), total: kept.len() }
    }
}
