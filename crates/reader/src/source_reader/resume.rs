//! Where the reading of a source is, and resuming from there.

use super::{Phase, ReadPass, SourceReader};
use crate::{
    Fingerprint, ListCursor, ListStart, Order, ReadError, Restart, SourcePages, SourcePlan,
    SourceSummary, Verdict, change::ChangeDetector, enriched_record::parts, order_tracker::Rows,
};
use callfold_transport::{Cursor, ErrorKind};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};

/// What resuming needs to know, after a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) list: usize,
    pub(crate) pass: ReadPass,
    /// Whether the list was read to its end, and only its head is read again.
    #[serde(default)]
    head_only: bool,
    /// Whether that, or the list, was read to its end.
    #[serde(default)]
    listed: bool,
    /// Whether the rest of the list is of no use.
    settled: bool,
    #[serde(alias = "facts")]
    changes: ChangeDetector,
    #[serde(default)]
    initial_all: Fingerprint,
    /// Where the list was begun again.
    #[serde(default)]
    restart: Option<Restart>,
    rows: Rows,
    /// Different records of the list.
    in_list: u64,
    counts: Counts,
}

/// The part of a [`SourceSummary`] that grows with each page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Counts {
    verdict: Verdict,
    pages: u64,
    records: u64,
    kept: u64,
    filtered: u64,
    duplicates: u64,
    salvaged: u64,
    set_aside: u64,
    undecided: u64,
    total: Option<u64>,
    moved: bool,
    recovered: Option<u64>,
    #[serde(default)]
    relies_on_order: bool,
    #[serde(default)]
    beyond_total: u64,
    #[serde(default)]
    restart: Option<Restart>,
}

impl State {
    /// The positions that it holds.
    pub(crate) fn cursors(&self) -> impl Iterator<Item = &Cursor> {
        self.changes.cursors()
    }

    /// Whether no count is beyond what anybody can have read, so that counting
    /// on cannot overflow.
    pub(crate) fn is_plausible(&self) -> bool {
        let (changes, counts) = (&self.changes, &self.counts);
        let short = match counts.verdict {
            Verdict::ShortBy { records } => Some(records),
            _ => None,
        };
        let numbers = [
            self.in_list,
            self.rows.beyond(),
            changes.count,
            changes.filled,
            changes.arrived,
            counts.beyond_total,
            counts.pages,
            counts.records,
            counts.kept,
            counts.filtered,
            counts.duplicates,
            counts.salvaged,
            counts.set_aside,
            counts.undecided,
        ];
        let unsure =
            [changes.total, changes.min_stable_total, counts.total, counts.recovered, short];
        numbers.into_iter().chain(unsure.into_iter().flatten()).all(|number| number < 1 << 48)
    }
}

impl SourceReader<'_> {
    /// Where it is, after a page.
    pub(crate) fn state(&self) -> State {
        let summary = self.summary.get();
        State {
            list: self.walk.list,
            pass: self.pass,
            head_only: self.head_only,
            listed: matches!(self.phase, Phase::Listed { .. }),
            settled: matches!(self.phase, Phase::Listed { settled: true }),
            changes: self.changes.clone(),
            initial_all: self.initial_all,
            restart: self.restart,
            rows: self.order.rows().clone(),
            in_list: self.seen.in_list(),
            counts: Counts {
                verdict: summary.verdict,
                pages: summary.pages,
                records: summary.records,
                kept: summary.matched,
                filtered: summary.filtered,
                duplicates: summary.duplicates,
                salvaged: summary.partly_decoded,
                set_aside: summary.set_aside,
                undecided: summary.undecided,
                total: summary.total,
                moved: summary.changed_during_read,
                recovered: summary.found_on_reread,
                relies_on_order: summary.relies_on_order,
                beyond_total: summary.beyond_total,
                restart: summary.restart,
            },
        }
    }

    /// Resumes from there, with the prints of all that was seen.
    pub(crate) fn restore(&mut self, state: State, seen: Vec<Fingerprint>) {
        let State { list, pass, head_only, listed, settled, .. } = state;
        let State { changes, initial_all, rows, in_list, counts, restart, .. } = state;
        self.walk = ListStart { list, from: changes.next.clone() };
        self.pass = pass;
        self.seen.restore(seen, list, pass == ReadPass::Verify, in_list);
        self.order.restore(rows);
        (self.changes, self.initial_all) = (changes, initial_all);
        counts.restore(&mut self.summary.get());
        (self.head_only, self.restart) = (head_only, restart);
        if listed || settled || (!head_only && self.changes.is_at_end()) {
            self.list_ends(settled);
        } else if head_only {
            self.read_head();
        } else if let Some(at) = self.walk.from.clone() {
            self.summary.get().cursor = Some(ListCursor { list, at });
            // Nothing shifts a list that is paged by token or key.
            self.is_resumed = !self.plan.paging.can_shift();
            self.phase = if self.is_resumed { Phase::Reading } else { Phase::Resuming };
        }
    }

    /// Reads the list again where the vendor refuses the position at which it
    /// was left: from the start of the last call that was read, where the list
    /// is in order and the server filters by time, or else from its beginning.
    /// Known records are dropped.
    pub(super) fn begin_again(&mut self) {
        (self.input, self.is_resumed, self.walk.from) = (None, false, None);
        let at = self.plan.stated_order.and_then(|order| self.order.reached(order));
        self.restart = at.map(|at| Restart::Time { at });
        if self.bounded_plan().is_none() {
            self.restart = Some(Restart::Beginning);
        }
        self.summary.get().restart = self.restart;
    }

    /// What to ask the server for after a restart by time.
    pub(super) fn bounded_plan(&self) -> Option<SourcePlan> {
        let Some(Restart::Time { at }) = self.restart else { return None };
        let mut query = self.query.clone();
        match self.plan.stated_order? {
            Order::NewestFirst => query.until = Some(query.until.map_or(at, |until| until.min(at))),
            _ => query.since = Some(query.since.map_or(at, |since| since.max(at))),
        }
        let plan = self.source.plan(&query);
        let is_bounded = plan.list == self.plan.list && plan.pushed != self.plan.pushed;
        is_bounded.then_some(plan)
    }

    /// Begins amid a list, of which nothing before is known.
    pub(crate) fn begin_at(&mut self, list: usize, from: Option<Cursor>) {
        self.seen.begin_list(list);
        self.walk = ListStart { list, from };
    }

    /// Asks for the page after which reading was left. Where it holds the same
    /// records, reading continues behind it. Where it holds others, but begins
    /// with one that was read, it is read again. Where it begins with one that
    /// was not read, so many records vanished that reading has to begin further
    /// back.
    pub(super) async fn look_back(&mut self) {
        let list = self.walk.list;
        let mut at = self.changes.last_at.clone();
        let mut back = u64::from(self.plan.expected.page_size.max(1));
        loop {
            let walk = ListStart { list, from: at.clone() };
            let mut pages = self.source.pages(&self.plan, walk.clone());
            let page = match pages.next().await.transpose() {
                // A page that is no more may be refused.
                Err(error) if !is_refused(&error) => return self.fail(error),
                page => page.ok().flatten(),
            };
            if page.as_ref().map(|page| self.print_of(page)) == self.changes.last
                && skip_empty_pages(&mut pages, self.changes.empty_pages()).await
            {
                self.input = Some(parts(self.source, &self.plan, &self.query, pages));
                break;
            }
            self.changes.changed = true;
            let begins = page.and_then(|page| Some(self.print(page.items.first()?)));
            let is_beginning = at.as_ref().is_none_or(|at| at.records_before() == 0);
            if is_beginning || begins.is_some_and(|print| self.seen.contains_in_list(print)) {
                (self.changes.next, self.walk) = (at, walk);
                break;
            }
            at = at.map(|at| at.back_by(back));
            back = back.saturating_mul(2);
        }
        self.phase = Phase::Reading;
    }
}

/// Skips pages that were read and brought nothing; whether they still do not.
async fn skip_empty_pages(pages: &mut SourcePages, count: u64) -> bool {
    for _ in 0..count {
        match pages.next().await {
            Some(Ok(page)) if page.items.is_empty() => {}
            _ => return false,
        }
    }
    true
}

pub(super) fn is_refused(error: &ReadError) -> bool {
    let kind = error.request().map(callfold_transport::Error::kind);
    matches!(kind, Some(ErrorKind::NotFound | ErrorKind::InvalidRequest))
}

impl Counts {
    fn restore(&self, summary: &mut SourceSummary) {
        summary.verdict = self.verdict;
        summary.pages = self.pages;
        summary.records = self.records;
        summary.matched = self.kept;
        summary.filtered = self.filtered;
        summary.duplicates = self.duplicates;
        summary.partly_decoded = self.salvaged;
        summary.set_aside = self.set_aside;
        summary.undecided = self.undecided;
        summary.total = self.total;
        summary.changed_during_read = self.moved;
        summary.found_on_reread = self.recovered;
        summary.relies_on_order = self.relies_on_order;
        summary.beyond_total = self.beyond_total;
        summary.restart = self.restart;
    }
}
