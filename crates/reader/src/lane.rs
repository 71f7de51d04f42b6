//! One source's answer, page by page: reads its lists, drops what comes twice,
//! compares each call with the query, and reads again when a list moved.

mod ends;
mod resume;

pub(crate) use resume::State;

use crate::{
    Completeness, Item, Order, PageInfo, Place, Query, ReadError, Source, SourcePlan, Verdict,
    Walk,
    candidate::{Candidate, Part, Parts, parts},
    facts::Facts,
    held::Held,
    observed::Observed,
    plan::Bound,
    print::{Print, PrintKey, known_by},
    rank::Ranked,
    seen::Seen,
};
use callfold_unify::{
    SetAside,
    model::{Call, WarningCode},
};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    SetAside(SetAside),
}

/// What a page, or a part of it, brought.
#[derive(Default)]
pub(crate) struct Step {
    /// In the order of the query as far as the plan promises.
    pub(crate) found: Vec<Found>,
    /// What was seen for the first time.
    pub(crate) seen: Vec<Print>,
    /// Whether the page ends with it.
    pub(crate) ends: bool,
}

/// Which reading of a list it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pass {
    First,
    /// Carefully, because it moved.
    Again,
    /// From its beginning to what is known, because it moved even then: what
    /// arrived meanwhile accounts for the total.
    Arrivals,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// To make sure that the list is as it was left.
    Resuming,
    Reading,
    /// To decide what to make of a list that was read: to its end, or as far
    /// as it is of use.
    Listed {
        settled: bool,
    },
    Done,
}

/// The reading of one source.
pub(crate) struct Lane<'a> {
    source: &'a dyn Source,
    plan: SourcePlan,
    query: Query,
    tally: Tally,
    key: PrintKey,
    phase: Phase,
    input: Option<Parts>,
    walk: Walk,
    pass: Pass,
    /// Pages that had been read when the list was begun again.
    pages_before: u64,
    observed: Observed,
    held: Held,
    seen: Seen,
    facts: Facts,
    page: OnePage,
    found: Vec<Found>,
}

/// The page that is being read.
#[derive(Default)]
struct OnePage {
    info: PageInfo,
    prints: Vec<Print>,
    /// Whether it holds anything that the list did not before.
    any_new: bool,
}

impl<'a> Lane<'a> {
    pub(crate) fn new(
        source: &'a dyn Source,
        plan: SourcePlan,
        query: Query,
        tally: Tally,
        key: PrintKey,
    ) -> Self {
        Self {
            phase: Phase::Reading,
            input: None,
            walk: Walk::default(),
            pass: Pass::First,
            pages_before: 0,
            observed: Observed::new(&plan, false),
            held: Held::new(&plan, &query),
            seen: Seen::new(key, plan.expected.lists),
            facts: Facts::default(),
            page: OnePage::default(),
            found: Vec::new(),
            source,
            plan,
            query,
            tally,
            key,
        }
    }

    /// The page that the last step was a part of.
    pub(crate) fn page_info(&self) -> &PageInfo {
        &self.page.info
    }

    /// Reads on, by a page or a part of it; `None` once all is read.
    pub(crate) async fn step(&mut self) -> Option<Step> {
        loop {
            match self.phase {
                Phase::Done if self.found.is_empty() => return None,
                Phase::Done => return Some(self.hand_out(false)),
                Phase::Listed { settled } => self.end_of_list(settled).await,
                Phase::Resuming => self.look_back().await,
                Phase::Reading => {
                    if let Some(step) = self.read().await {
                        return Some(step);
                    }
                }
            }
        }
    }

    async fn read(&mut self) -> Option<Step> {
        if let Some(field) = self.plan.impossible.first() {
            let error = ReadError::unanswerable(self.plan.vendor, &self.plan.account, *field);
            let mut tally = self.tally.get();
            tally.error = Some(Arc::new(error));
            tally.verdict = Verdict::Unanswerable;
            self.phase = Phase::Done;
            return None;
        }
        let input = self
            .input
            .get_or_insert_with(|| parts(self.source, &self.plan, &self.query, &self.walk));
        match input.next().await {
            Some(Ok(part)) => return self.take(part),
            Some(Err(error)) => self.fail(error),
            None => self.list_ends(false),
        }
        None
    }

    fn take(&mut self, part: Part) -> Option<Step> {
        let shared = self.tally.clone();
        let mut tally = shared.get();
        if let Some(info) = part.begins {
            if self.has_all_arrivals() {
                self.list_ends(false);
                return None;
            }
            self.take_page(info, &mut tally);
        }
        let mut failure = None;
        for candidate in part.records {
            match self.take_record(candidate, &mut tally) {
                Ok(false) => {}
                Ok(true) => {
                    self.list_ends(true);
                    break;
                }
                Err(at_most) => {
                    failure = Some(at_most);
                    break;
                }
            }
        }
        drop(tally);
        if let Some(at_most) = failure {
            self.fail(ReadError::too_many(self.plan.vendor, &self.plan.account, at_most));
        }
        let ends = part.ends || self.phase != Phase::Reading;
        if ends {
            self.facts.records(self.key, &self.page.prints);
        }
        Some(self.hand_out(ends))
    }

    fn take_page(&mut self, page: PageInfo, tally: &mut Completeness) {
        self.facts.page(&page, self.pass != Pass::First);
        tally.pages += 1;
        // A careful walk counts records twice: no other walk can go on from it.
        let at = page.next.clone().filter(|_| !self.walk.careful);
        tally.cursor = at.map(|at| Place { list: self.walk.list, at });
        self.page.prints.clear();
        self.page.any_new = false;
        self.page.info = page;
    }

    /// Takes the next record, and tells whether none from it on can be wanted.
    ///
    /// # Errors
    ///
    /// The bound, when more calls would have to be held.
    fn take_record(
        &mut self,
        candidate: Candidate,
        tally: &mut Completeness,
    ) -> Result<bool, usize> {
        let print = self.print(&candidate.item);
        self.page.prints.push(print);
        let sight = self.seen.see(print);
        self.facts.moved |= sight.twice_in_list && self.pass == Pass::First;
        self.page.any_new |= !sight.twice_in_list;
        self.count(sight.is_new, tally);
        match candidate.item {
            Item::Call(call) => {
                // A careful walk looks at some records twice.
                let is_again = self.pass != Pass::First && sight.twice_in_list;
                if !is_again && self.is_settled_by(&call) {
                    return Ok(true);
                }
                if sight.is_new {
                    self.take_call(call, candidate.complete, candidate.undecided, tally)?;
                }
            }
            Item::SetAside(record) if sight.is_new => {
                tally.set_aside += 1;
                self.found.push(Found::SetAside(record));
            }
            Item::SetAside(_) => {}
        }
        Ok(false)
    }

    fn print(&self, item: &Item) -> Print {
        let (of, text) = known_by(item);
        self.key.print(of, text)
    }

    fn count(&self, is_new: bool, tally: &mut Completeness) {
        if !is_new {
            tally.duplicates += u64::from(self.pass == Pass::First);
            return;
        }
        tally.records += 1;
        if let (Pass::Again, Some(recovered)) = (self.pass, &mut tally.recovered) {
            *recovered += 1;
        }
    }

    fn take_call(
        &mut self,
        mut call: Box<Call>,
        complete: bool,
        undecided: bool,
        tally: &mut Completeness,
    ) -> Result<(), usize> {
        let is_salvaged =
            call.warnings.iter().any(|warning| warning.code == WarningCode::FieldDropped);
        tally.salvaged += u64::from(is_salvaged);
        if undecided {
            tally.undecided += 1;
            return Ok(());
        }
        if !self.query.matches(&call) {
            tally.filtered += 1;
            return Ok(());
        }
        tally.kept += 1;
        if !self.query.raw && call.raw.get() != RawValue::NULL.get() {
            call.raw = RawValue::NULL.to_owned();
        }
        let ranked = Ranked::new(call, self.query.order, tally.kept, complete);
        let again = self.pass != Pass::First;
        let found = &mut self.found;
        self.held.offer(ranked, &self.observed, again, |call| found.push(Found::Call(call)))
    }

    /// Whether no call from `call` on can be wanted.
    fn is_settled_by(&mut self, call: &Call) -> bool {
        if self.held.is_full() {
            return true;
        }
        let Some(at) = call.started_at else { return false };
        self.observed.row(at);
        let (query, held) = (&self.query, &self.held);
        self.observed.settles(&self.plan.early_stop, |bound| match bound {
            Bound::Since => query.since.map(|at| (Order::NewestFirst, at)),
            Bound::BackTo => query.back_to.map(|at| (Order::NewestFirst, at)),
            Bound::Until => query.until.map(|at| (Order::OldestFirst, at)),
            Bound::Limit => held.worst_of_full().map(|at| (query.order, at)),
        })
    }

    fn has_all_arrivals(&self) -> bool {
        self.pass == Pass::Arrivals && self.facts.count > 0 && !self.page.any_new
    }

    fn hand_out(&mut self, ends: bool) -> Step {
        Step { found: std::mem::take(&mut self.found), seen: self.seen.take_fresh(), ends }
    }
}
