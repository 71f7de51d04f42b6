//! One source's answer as a stream: reads its lists, drops what comes twice,
//! compares each call with the query, and reads again when a list moved.

use crate::{
    Completeness, Entry, Item, Order, PageInfo, Place, Query, ReadError, Source, SourcePlan,
    Verdict, Walk,
    candidate::{Candidate, Candidates, candidates},
    held::Held,
    observed::Observed,
    plan::Bound,
    rank::Ranked,
    seen::{Print, Seen, print},
};
use callfold_transport::{Cursor, PageNote};
use callfold_unify::model::{Call, WarningCode};
use futures_util::{Stream, StreamExt, stream};
use serde_json::value::RawValue;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A source's statement, which grows while it is read.
#[derive(Clone, Debug)]
pub(crate) struct Tally(Arc<Mutex<Completeness>>);

impl Tally {
    pub(crate) fn new(source: &dyn Source) -> Self {
        Self(Arc::new(Mutex::new(Completeness::new(source.vendor(), source.account()))))
    }

    pub(crate) fn get(&self) -> MutexGuard<'_, Completeness> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a lane hands on.
pub(crate) enum Found {
    Call(Ranked),
    Other(Entry),
}

/// The calls of one source that match a query, in its order as far as the plan
/// promises.
pub(crate) fn lane<'a>(
    source: &'a dyn Source,
    plan: SourcePlan,
    query: &'a Query,
    tally: Tally,
) -> impl Stream<Item = Found> + Send + 'a {
    let lane = Lane {
        out: VecDeque::new(),
        candidates: None,
        walk: Walk::default(),
        pass: Pass::First,
        observed: Observed::new(&plan, false),
        held: Held::new(&plan, query),
        seen: Seen::new(plan.expected.lists > 1),
        pages: Pages::default(),
        done: false,
        source,
        plan,
        query,
        tally,
    };
    stream::unfold(lane, |mut lane| async move { lane.next().await.map(|found| (found, lane)) })
}

/// Which reading of a list it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    First,
    /// Carefully, because it moved.
    Again,
    /// From its beginning to what is known, because it moved even then: what
    /// arrived meanwhile accounts for the total.
    Arrivals,
}

struct Lane<'a> {
    source: &'a dyn Source,
    plan: SourcePlan,
    query: &'a Query,
    tally: Tally,
    out: VecDeque<Found>,
    candidates: Option<Candidates>,
    walk: Walk,
    pass: Pass,
    observed: Observed,
    held: Held,
    seen: Seen,
    pages: Pages,
    done: bool,
}

/// What is remembered of the pages of one list, to tell whether it moved.
#[derive(Default)]
struct Pages {
    count: u64,
    first: Vec<Print>,
    last: Vec<Print>,
    last_at: Option<Cursor>,
    next: Option<Cursor>,
    total: Option<u64>,
    /// What the vendor announced first, less what vanished since: so many
    /// records there were all the time.
    lasting: Option<u64>,
    /// Whether the page that is being read holds anything new.
    any_new: bool,
    moved: bool,
}

impl Lane<'_> {
    async fn next(&mut self) -> Option<Found> {
        loop {
            if let Some(found) = self.out.pop_front() {
                return Some(found);
            }
            if self.done {
                return None;
            }
            if self.candidates.is_none() {
                if self.begin_is_impossible() {
                    continue;
                }
                self.candidates = Some(candidates(self.source, &self.plan, self.query, &self.walk));
            }
            let Some(candidates) = &mut self.candidates else { continue };
            match candidates.next().await {
                Some(Ok(candidate)) => self.take(candidate).await,
                Some(Err(error)) => self.fail(error),
                None => self.end_of_list(false).await,
            }
        }
    }

    fn begin_is_impossible(&mut self) -> bool {
        let Some(field) = self.plan.impossible.first() else { return false };
        let error = ReadError::unanswerable(self.plan.vendor, &self.plan.account, *field);
        let mut tally = self.tally.get();
        tally.error = Some(Arc::new(error));
        tally.verdict = Verdict::Unanswerable;
        drop(tally);
        self.done = true;
        true
    }

    async fn take(&mut self, candidate: Candidate) {
        let print = match candidate.item {
            Item::Page(_) if self.has_all_arrivals() => return self.end_of_list(false).await,
            Item::Page(page) => return self.take_page(page),
            Item::Call(ref call) => print(&call.id.call_id),
            Item::SetAside(ref record) => print(record.raw.get()),
        };
        self.pages.last.push(print);
        if self.pages.count == 1 && self.pass == Pass::First {
            self.pages.first.push(print);
        }
        let sight = self.seen.see(print);
        self.pages.moved |= sight.twice_in_list && self.pass == Pass::First;
        self.pages.any_new |= !sight.twice_in_list;
        self.count(sight.is_new);
        match candidate.item {
            Item::Call(call) => {
                // A careful walk looks at some records twice.
                let is_again = self.pass != Pass::First && sight.twice_in_list;
                if !is_again && self.is_settled_by(&call) {
                    return self.end_of_list(true).await;
                }
                if sight.is_new {
                    self.take_call(call, candidate.complete, candidate.undecided);
                }
            }
            Item::SetAside(record) if sight.is_new => {
                self.tally.get().set_aside += 1;
                self.out.push_back(Found::Other(Entry::SetAside(record)));
            }
            _ => {}
        }
    }

    fn count(&self, is_new: bool) {
        let mut tally = self.tally.get();
        if !is_new {
            tally.duplicates += u64::from(self.pass == Pass::First);
            return;
        }
        tally.records += 1;
        if let (Pass::Again, Some(recovered)) = (self.pass, &mut tally.recovered) {
            *recovered += 1;
        }
    }

    fn take_page(&mut self, page: PageInfo) {
        self.pages.moved |= page.notes.iter().any(|note| {
            let repeated = matches!(note, PageNote::Repeated { .. }) && self.pass == Pass::First;
            repeated || matches!(note, PageNote::TotalChanged { .. })
        });
        self.pages.any_new = false;
        self.pages.count += 1;
        if let Some(now) = page.total {
            let vanished = self.pages.total.map_or(0, |before| before.saturating_sub(now));
            let lasting = self.pages.lasting.unwrap_or(now);
            self.pages.lasting = Some(lasting.saturating_sub(vanished));
            self.pages.total = Some(now);
        }
        self.pages.last.clear();
        self.pages.last_at = std::mem::replace(&mut self.pages.next, page.next.clone());
        let mut tally = self.tally.get();
        tally.pages += 1;
        // A careful walk counts records twice: no other walk can go on from it.
        let at = page.next.filter(|_| !self.walk.careful);
        tally.cursor = at.map(|at| Place { list: self.walk.list, at });
    }

    fn take_call(&mut self, mut call: Box<Call>, complete: bool, undecided: bool) {
        let mut tally = self.tally.get();
        let is_salvaged = |call: &Call| {
            call.warnings.iter().any(|warning| warning.code == WarningCode::FieldDropped)
        };
        tally.salvaged += u64::from(is_salvaged(&call));
        if undecided {
            tally.undecided += 1;
            return;
        }
        if !self.query.matches(&call) {
            tally.filtered += 1;
            return;
        }
        tally.kept += 1;
        if !self.query.raw {
            call.raw = RawValue::NULL.to_owned();
        }
        let ranked = Ranked::new(call, self.query.order, tally.kept, complete);
        drop(tally);
        match self.held.offer(ranked, &self.observed, self.pass != Pass::First) {
            Ok(ready) => self.out.extend(ready.into_iter().map(Found::Call)),
            Err(at_most) => {
                let (vendor, account) = (self.plan.vendor, &self.plan.account);
                let error = ReadError::too_many(vendor, account, at_most);
                self.fail(error);
            }
        }
    }

    /// Whether no call from `call` on can be wanted.
    fn is_settled_by(&mut self, call: &Call) -> bool {
        if self.held.is_full() {
            return true;
        }
        let Some(at) = call.started_at else { return false };
        self.observed.row(at);
        let (query, held) = (self.query, &self.held);
        self.observed.settles(&self.plan.early_stop, |bound| match bound {
            Bound::Since => query.since.map(|at| (Order::NewestFirst, at)),
            Bound::Until => query.until.map(|at| (Order::OldestFirst, at)),
            Bound::Limit => held.worst_of_full().map(|at| (query.order, at)),
        })
    }

    /// Goes on with reading the list again, with the next list, or to the end.
    async fn end_of_list(&mut self, settled: bool) {
        self.candidates = None;
        let list = self.walk.list;
        if self.pass == Pass::First && self.has_moved(settled).await {
            self.read_again();
            self.restart(Walk { list, careful: true, ..Walk::default() }, Pass::Again);
            return;
        }
        if self.pass == Pass::Again && self.pages.moved && self.short(settled) > 0 {
            self.restart(Walk { list, careful: true, ..Walk::default() }, Pass::Arrivals);
            return;
        }
        let more = self.walk.list + 1 < self.plan.expected.lists && !self.held.is_full();
        self.judge(settled, more);
        if more {
            self.restart(Walk { list: list + 1, ..Walk::default() }, Pass::First);
        } else {
            self.finish();
        }
    }

    fn read_again(&self) {
        let mut tally = self.tally.get();
        tally.moved |= self.pages.moved;
        tally.recovered.get_or_insert(0);
    }

    /// What is known of a list that was read.
    fn judge(&self, settled: bool, more: bool) {
        let mut tally = self.tally.get();
        if let Some(total) = self.pages.total {
            *tally.total.get_or_insert(0) += total;
        }
        let short = self.short(settled);
        tally.verdict = match (tally.verdict, settled, self.pages.total) {
            (Verdict::ShortBy { records }, ..) => Verdict::ShortBy { records: records + short },
            _ if short > 0 => Verdict::ShortBy { records: short },
            (Verdict::CannotKnow, ..) | (_, false, None) => Verdict::CannotKnow,
            (Verdict::StoppedEarly, ..) | (_, true, _) => Verdict::StoppedEarly,
            _ => Verdict::Complete,
        };
        if !more {
            tally.cursor = None;
        }
    }

    /// How many of the announced records were not listed.
    fn short(&self, settled: bool) -> u64 {
        let lasting = self.pages.lasting.filter(|_| !settled).unwrap_or(0);
        lasting.saturating_sub(self.seen.in_list())
    }

    fn has_all_arrivals(&self) -> bool {
        self.pass == Pass::Arrivals && self.pages.count > 0 && !self.pages.any_new
    }

    fn restart(&mut self, walk: Walk, pass: Pass) {
        self.walk = walk;
        self.pass = pass;
        self.observed = Observed::new(&self.plan, pass != Pass::First);
        self.pages = Pages::default();
        if pass != Pass::Arrivals {
            self.seen.begin_list();
        }
    }

    fn finish(&mut self) {
        let (rest, late) = self.held.drain();
        self.tally.get().late += late;
        self.out.extend(rest.into_iter().map(Found::Call));
        self.done = true;
    }

    fn fail(&mut self, error: ReadError) {
        self.candidates = None;
        {
            let mut tally = self.tally.get();
            tally.total = self.pages.total.or(tally.total);
            tally.verdict = Verdict::Partial;
            tally.error = Some(Arc::new(error));
        }
        self.finish();
    }

    /// Whether records may have been missed because the list moved. Where the
    /// vendor announces no total, its first and last page are looked at again.
    async fn has_moved(&mut self, settled: bool) -> bool {
        if self.pages.count < 2 || self.held.is_full() {
            return false;
        }
        if self.pages.moved || self.short(settled) > 0 {
            return true;
        }
        if self.pages.total.is_some() || settled {
            return false;
        }
        let list = self.walk.list;
        let first = self.page(Walk { list, ..Walk::default() }).await;
        let last = self.page(Walk { list, from: self.pages.last_at.clone(), careful: false }).await;
        self.pages.moved = first.is_some_and(|prints| prints != self.pages.first)
            || last.is_some_and(|prints| prints != self.pages.last);
        self.pages.moved
    }

    /// The first page of a walk; `None` when it cannot be had.
    async fn page(&mut self, walk: Walk) -> Option<Vec<Print>> {
        let mut items = self.source.calls(&self.plan, walk);
        let mut prints = Vec::new();
        let mut left = match items.next().await? {
            Ok(Item::Page(page)) => page.records,
            _ => return None,
        };
        while left > 0 {
            left -= 1;
            prints.push(match items.next().await?.ok()? {
                Item::Call(call) => print(&call.id.call_id),
                Item::SetAside(record) => print(record.raw.get()),
                Item::Page(_) => return None,
            });
        }
        Some(prints)
    }
}
