//! What to make of a list that was read: whether to read it again, and how
//! sure the answer is.

use super::{Found, Phase, ReadPass, SourceReader};
use crate::{
    ListStart, ReadError, SourcePage, Verdict, change::ChangeDetector, fingerprint::Fingerprint,
    order_tracker::OrderTracker,
};
use std::sync::Arc;

impl SourceReader<'_> {
    pub(super) fn list_ends(&mut self, settled: bool) {
        self.input = None;
        self.phase = Phase::Listed { settled };
    }

    /// Continues with the head of the list, the list once more, the next list,
    /// or the end.
    pub(super) fn end_of_list(&mut self, settled: bool) {
        let is_whole = !settled && !self.held.is_full();
        if is_whole && !self.head_only && !self.is_one_page() {
            self.read_head();
            return;
        }
        if is_whole && self.pass == ReadPass::Initial && self.may_lack_records(settled) {
            self.read_again();
            return;
        }
        let list = self.walk.list;
        let more = list + 1 < self.plan.expected.lists && !self.held.is_full();
        self.judge(settled, more);
        if more {
            self.seen.begin_list(list + 1);
            self.restart(ListStart { list: list + 1, from: None }, ReadPass::Initial);
        } else {
            self.finish();
        }
    }

    /// Whether the first page held the whole list, which then cannot have
    /// changed while it was read.
    fn is_one_page(&self) -> bool {
        let changes = &self.changes;
        changes.filled <= 1 && !changes.changed && changes.total == Some(self.seen.in_list())
    }

    /// Whether a change can have hidden records, or the vendor announces more.
    fn may_lack_records(&self, settled: bool) -> bool {
        self.changes.gap || self.changes.unconfirmed || self.short(settled) > 0
    }

    /// Whether that still holds after a second reading: where pages cannot
    /// overlap, both have to show the same list.
    fn is_unverified(&self) -> bool {
        let ChangeDetector { gap, unconfirmed, all, .. } = &self.changes;
        *gap || (*unconfirmed && *all != self.initial_all)
    }

    /// Reads from the head of the list until a page brings nothing new: what
    /// arrived or moved there while the list was read.
    pub(super) fn read_head(&mut self) {
        (self.head_only, self.head_records) = (true, 0);
        (self.walk.from, self.restart) = (None, None);
        self.phase = Phase::Reading;
    }

    /// Reads the list once more from its beginning.
    fn read_again(&mut self) {
        {
            let mut summary = self.summary.get();
            summary.changed_during_read |= self.changes.changed;
            summary.found_on_reread.get_or_insert(0);
        }
        self.initial_all = self.changes.all;
        self.seen.begin_again();
        let list = self.walk.list;
        self.restart(ListStart { list, from: None }, ReadPass::Verify);
    }

    fn restart(&mut self, walk: ListStart, pass: ReadPass) {
        self.walk = walk;
        (self.pass, self.head_only, self.can_stop) = (pass, false, false);
        self.restart = None;
        self.order = OrderTracker::new(&self.plan, pass == ReadPass::Verify);
        self.changes = ChangeDetector::default();
        self.phase = Phase::Reading;
    }

    /// What is known of a list that was read.
    fn judge(&self, settled: bool, more: bool) {
        let mut summary = self.summary.get();
        if let Some(total) = self.changes.total {
            *summary.total.get_or_insert(0) += total;
            if !settled && !self.changes.changed {
                summary.beyond_total += self.seen.in_list().saturating_sub(total);
            }
        }
        summary.changed_during_read |= self.changes.changed;
        let short = self.short(settled);
        let is_unverified = !settled && self.is_unverified();
        summary.verdict = match (summary.verdict, settled, self.changes.total) {
            (Verdict::ShortBy { records }, ..) => Verdict::ShortBy { records: records + short },
            _ if short > 0 => Verdict::ShortBy { records: short },
            (Verdict::Unverified, ..) => Verdict::Unverified,
            _ if is_unverified => Verdict::Unverified,
            (Verdict::Unverifiable, ..) | (_, false, None) => Verdict::Unverifiable,
            (Verdict::StoppedEarly, ..) | (_, true, _) => Verdict::StoppedEarly,
            _ => Verdict::Complete,
        };
        if !more {
            summary.cursor = None;
        }
    }

    /// How many of the announced records were not listed.
    fn short(&self, settled: bool) -> u64 {
        let stable = self.changes.min_stable_total.filter(|_| !settled).unwrap_or(0);
        stable.saturating_sub(self.seen.in_list())
    }

    fn finish(&mut self) {
        let (rest, late) = self.held.drain();
        self.summary.get().out_of_order += late;
        self.found.extend(rest.into_iter().map(Found::Call));
        self.phase = Phase::Done;
    }

    /// Ends for good.
    pub(crate) fn fail(&mut self, error: ReadError) {
        self.input = None;
        {
            let mut summary = self.summary.get();
            summary.total = self.changes.total.or(summary.total);
            summary.verdict = Verdict::Partial;
            summary.error = Some(Arc::new(error));
        }
        self.finish();
    }

    /// What a page's records are known by.
    pub(super) fn print_of(&self, page: &SourcePage) -> Fingerprint {
        let prints: Vec<_> = page.items.iter().map(|item| self.print(item)).collect();
        self.key.of_all(&prints)
    }
}
