//! What to make of a list that was read: whether it moved, and how sure the
//! answer is.

use super::{Found, Lane, Pass, Phase};
use crate::{ReadError, SourcePage, Verdict, Walk, facts::Facts, observed::Observed, print::Print};
use futures_util::{StreamExt, future::join};
use std::sync::Arc;

impl Lane<'_> {
    pub(super) fn list_ends(&mut self, settled: bool) {
        self.input = None;
        self.phase = Phase::Listed { settled };
    }

    /// Goes on with reading the list again, with the next list, or to the end.
    pub(super) async fn end_of_list(&mut self, settled: bool) {
        let list = self.walk.list;
        if self.pass == Pass::First && self.has_moved(settled).await {
            self.read_again();
            return;
        }
        if self.pass == Pass::Again && self.facts.moved && self.short(settled) > 0 {
            self.restart(Walk { list, careful: true, ..Walk::default() }, Pass::Arrivals);
            return;
        }
        let more = list + 1 < self.plan.expected.lists && !self.held.is_full();
        self.judge(settled, more);
        if more {
            self.seen.begin_list(list + 1);
            self.restart(Walk { list: list + 1, ..Walk::default() }, Pass::First);
        } else {
            self.finish();
        }
    }

    /// Reads the list once more from its beginning, carefully.
    pub(super) fn read_again(&mut self) {
        {
            let mut tally = self.tally.get();
            tally.moved |= self.facts.moved;
            tally.recovered.get_or_insert(0);
            self.pages_before = tally.pages;
        }
        self.begin_again();
    }

    pub(super) fn begin_again(&mut self) {
        self.seen.begin_again();
        let list = self.walk.list;
        self.restart(Walk { list, careful: true, ..Walk::default() }, Pass::Again);
    }

    fn restart(&mut self, walk: Walk, pass: Pass) {
        self.walk = walk;
        self.pass = pass;
        self.observed = Observed::new(&self.plan, pass != Pass::First);
        self.facts = Facts::default();
        self.phase = Phase::Reading;
    }

    /// What is known of a list that was read.
    fn judge(&self, settled: bool, more: bool) {
        let mut tally = self.tally.get();
        if let Some(total) = self.facts.total {
            *tally.total.get_or_insert(0) += total;
        }
        let short = self.short(settled);
        tally.verdict = match (tally.verdict, settled, self.facts.total) {
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
        let lasting = self.facts.lasting.filter(|_| !settled).unwrap_or(0);
        lasting.saturating_sub(self.seen.in_list())
    }

    fn finish(&mut self) {
        let (rest, late) = self.held.drain();
        self.tally.get().late += late;
        self.found.extend(rest.into_iter().map(Found::Call));
        self.phase = Phase::Done;
    }

    /// Ends for good.
    pub(crate) fn fail(&mut self, error: ReadError) {
        self.input = None;
        {
            let mut tally = self.tally.get();
            tally.total = self.facts.total.or(tally.total);
            tally.verdict = Verdict::Partial;
            tally.error = Some(Arc::new(error));
        }
        self.finish();
    }

    /// Whether records may have been missed because the list moved. Where the
    /// vendor announces no total, its first and last page are looked at again.
    async fn has_moved(&mut self, settled: bool) -> bool {
        if self.facts.count < 2 || self.held.is_full() {
            return false;
        }
        if self.facts.moved || self.short(settled) > 0 {
            return true;
        }
        if self.facts.total.is_some() || settled {
            return false;
        }
        let list = self.walk.list;
        let at = self.facts.last_at.clone();
        let [first, last] = [None, at].map(|from| Walk { list, from, careful: false });
        let (first, last) = join(self.look_at(first), self.look_at(last)).await;
        let differs = |known: Option<Print>, now: Result<Option<SourcePage>, ReadError>| {
            now.ok().flatten().is_some_and(|page| Some(self.print_of(&page)) != known)
        };
        let moved = differs(self.facts.first, first) || differs(self.facts.last, last);
        self.facts.moved = moved;
        moved
    }

    /// The first page of a walk; `None` when it has none.
    pub(super) fn look_at(
        &self,
        walk: Walk,
    ) -> impl Future<Output = Result<Option<SourcePage>, ReadError>> + use<> {
        let mut pages = self.source.pages(&self.plan, walk);
        async move { pages.next().await.transpose() }
    }

    /// What a page's records are known by.
    pub(super) fn print_of(&self, page: &SourcePage) -> Print {
        let prints: Vec<_> = page.items.iter().map(|item| self.print(item)).collect();
        self.key.of_all(&prints)
    }
}
