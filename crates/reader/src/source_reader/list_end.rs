//! What follows a list: its head once more, the whole list once more, the next
//! list, or the end with a verdict.

use super::{ReadPhase, SourceReader};
use crate::{ListStart, Verdict, change_detector::ChangeDetector, order_tracker::OrderTracker};

impl SourceReader<'_> {
    pub(super) fn after_list(&mut self, stopped_early: bool) {
        if !stopped_early && !self.head_only && !self.is_one_page() {
            return self.read_head();
        }
        if !stopped_early && self.passes_left > 0 && self.may_lack_records() {
            return self.reread_list();
        }
        let list = self.start.list;
        let has_next = list + 1 < self.plan.expected.lists && !self.has_enough;
        self.record_verdict(stopped_early, has_next);
        if has_next {
            self.seen.begin_list(list + 1);
            self.begin_pass(list + 1);
        } else {
            self.phase = ReadPhase::Done;
        }
    }

    /// Whether the first page held the whole list, which then cannot have
    /// changed while it was read.
    fn is_one_page(&self) -> bool {
        let changes = &self.changes;
        changes.filled <= 1 && !changes.changed && changes.total == Some(self.seen.in_list())
    }

    /// Whether a change can have hidden records, or the vendor announces more.
    fn may_lack_records(&self) -> bool {
        (self.seen.pass() == 0 && self.changes.unconfirmed)
            || self.is_unverified()
            || self.missing_records() > 0
    }

    /// Whether records may be missing after the last pass: where pages
    /// cannot overlap, the last two passes have to list the same records.
    fn is_unverified(&self) -> bool {
        let ChangeDetector { gap, unconfirmed, all, .. } = &self.changes;
        *gap || (*unconfirmed && *all != self.previous_all)
    }

    /// How many of the announced records were not listed.
    fn missing_records(&self) -> u64 {
        self.changes.min_stable_total.unwrap_or(0).saturating_sub(self.seen.in_list())
    }

    /// Reads from the head of the list until a page brings nothing new.
    pub(super) fn read_head(&mut self) {
        (self.head_only, self.head_records) = (true, 0);
        (self.start.from, self.restart) = (None, None);
        self.phase = ReadPhase::Reading;
    }

    /// Reads the whole list once more.
    fn reread_list(&mut self) {
        {
            let mut summary = self.summary.get();
            summary.changed_during_read |= self.changes.changed;
            summary.found_on_reread.get_or_insert(0);
        }
        self.passes_left -= 1;
        self.previous_all = self.changes.all;
        self.seen.begin_reread();
        self.begin_pass(self.start.list);
    }

    fn begin_pass(&mut self, list: usize) {
        self.start = ListStart { list, from: None };
        (self.head_only, self.can_stop) = (false, false);
        self.restart = None;
        self.order = OrderTracker::new(&self.plan, self.seen.pass() > 0);
        self.changes = ChangeDetector::default();
        self.phase = ReadPhase::Reading;
    }

    /// Adds what is known about a list to the summary.
    fn record_verdict(&self, stopped_early: bool, has_next: bool) {
        let mut summary = self.summary.get();
        if let Some(total) = self.changes.total {
            *summary.total.get_or_insert(0) += total;
            if !stopped_early && !self.changes.changed {
                summary.beyond_total += self.seen.in_list().saturating_sub(total);
            }
        }
        summary.changed_during_read |= self.changes.changed;
        let missing = if stopped_early { 0 } else { self.missing_records() };
        let is_unverified = !stopped_early && self.is_unverified();
        summary.has_gap |= !stopped_early && self.changes.gap;
        summary.verdict = match (summary.verdict, stopped_early, self.changes.total) {
            (Verdict::ShortBy { records }, ..) => Verdict::ShortBy { records: records + missing },
            _ if missing > 0 => Verdict::ShortBy { records: missing },
            (Verdict::Unverified, ..) => Verdict::Unverified,
            _ if is_unverified => Verdict::Unverified,
            (Verdict::Unverifiable, ..) | (_, false, None) => Verdict::Unverifiable,
            (Verdict::StoppedEarly, ..) | (_, true, _) => Verdict::StoppedEarly,
            _ => Verdict::Complete,
        };
        if !has_next {
            summary.cursor = None;
        }
    }
}
