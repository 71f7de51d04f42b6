//! Where the reading of a source stands after a page, and how it is resumed.

use super::{ReadPhase, SourceReader};
use crate::{
    Fingerprint, ListStart, Order, ReadError, Restart, SourcePages, SourcePlan, SourceSummary,
    Verdict, change_detector::ChangeDetector, enrichment::page_chunks, order_tracker::RowStats,
};
use callfold_transport::{Cursor, ErrorKind};
use futures_util::StreamExt;
use serde::{Deserialize, Deserializer, Serialize};

/// What a run needs to know to resume after a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReaderState {
    pub(crate) list: usize,
    /// Which pass over the list it is in; 0 is the initial one.
    #[serde(deserialize_with = "pass")]
    pass: u32,
    /// Whether the list was read to its end, and only its head is read again.
    #[serde(default)]
    head_only: bool,
    /// Whether the list, or its head, was read to its end.
    #[serde(default)]
    listed: bool,
    /// Whether reading the list was stopped early.
    #[serde(alias = "settled")]
    stopped_early: bool,
    #[serde(alias = "facts")]
    changes: ChangeDetector,
    #[serde(default, alias = "initial_all")]
    previous_all: Fingerprint,
    /// Where the list was restarted.
    #[serde(default)]
    restart: Option<Restart>,
    rows: RowStats,
    /// Different records of the list.
    in_list: u64,
    counts: SummaryCounts,
}

/// Reads the number of a pass; earlier versions wrote a word.
fn pass<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Pass {
        Number(u32),
        Word(String),
    }
    Ok(match Pass::deserialize(deserializer)? {
        Pass::Number(pass) => pass,
        Pass::Word(word) => u32::from(!matches!(word.as_str(), "initial" | "first")),
    })
}

macro_rules! counts {
    ($($(#[$meta:meta])* $field:ident: $type:ty,)*) => {
        /// The part of a [`SourceSummary`] that grows with each page.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        struct SummaryCounts { $($(#[$meta])* $field: $type,)* }

        impl SummaryCounts {
            fn new(summary: &SourceSummary) -> Self {
                Self { $($field: summary.$field,)* }
            }

            fn restore(&self, summary: &mut SourceSummary) {
                $(summary.$field = self.$field;)*
            }
        }
    };
}

counts! {
    verdict: Verdict,
    pages: u64,
    records: u64,
    #[serde(alias = "kept")]
    matched: u64,
    filtered: u64,
    duplicates: u64,
    #[serde(alias = "partly_decoded")]
    partly_decoded: u64,
    set_aside: u64,
    undecided: u64,
    total: Option<u64>,
    #[serde(alias = "moved")]
    changed_during_read: bool,
    #[serde(alias = "recovered")]
    found_on_reread: Option<u64>,
    #[serde(default)]
    relies_on_order: bool,
    #[serde(default)]
    has_gap: bool,
    #[serde(default)]
    history_ended: bool,
    #[serde(default)]
    beyond_total: u64,
    #[serde(default)]
    restart: Option<Restart>,
}

impl ReaderState {
    /// The positions that it holds.
    pub(crate) fn cursors(&self) -> impl Iterator<Item = &Cursor> {
        self.changes.cursors()
    }

    /// Whether every count is one that can have been reached by reading, so
    /// that adding to it cannot overflow.
    pub(crate) fn is_plausible(&self) -> bool {
        let (changes, counts) = (&self.changes, &self.counts);
        let missing = match counts.verdict {
            Verdict::ShortBy { records } => records,
            _ => 0,
        };
        let numbers = [
            missing,
            self.in_list,
            self.pass.into(),
            self.rows.beyond(),
            changes.count,
            changes.filled,
            changes.arrived,
            changes.total.unwrap_or(0),
            changes.min_stable_total.unwrap_or(0),
            counts.beyond_total,
            counts.pages,
            counts.records,
            counts.matched,
            counts.filtered,
            counts.duplicates,
            counts.partly_decoded,
            counts.set_aside,
            counts.undecided,
            counts.total.unwrap_or(0),
            counts.found_on_reread.unwrap_or(0),
        ];
        numbers.into_iter().all(|number| number < 1 << 48)
    }
}

impl SourceReader<'_> {
    /// Where reading stands, after a page.
    pub(crate) fn state(&self) -> ReaderState {
        ReaderState {
            list: self.start.list,
            pass: self.seen.pass(),
            head_only: self.head_only,
            listed: matches!(self.phase, ReadPhase::ListEnd { .. }),
            stopped_early: matches!(self.phase, ReadPhase::ListEnd { stopped_early: true }),
            changes: self.changes.clone(),
            previous_all: self.previous_all,
            restart: self.restart,
            rows: self.order.rows().clone(),
            in_list: self.seen.in_list(),
            counts: SummaryCounts::new(&self.summary.get()),
        }
    }

    /// Resumes from `state`; `seen` are all records that earlier runs read.
    pub(crate) fn restore(&mut self, state: ReaderState, seen: Vec<Fingerprint>) {
        let ReaderState { list, pass, head_only, listed, stopped_early, .. } = state;
        self.start = ListStart { list, from: state.changes.next.clone() };
        // What the earlier run met may be over, and two passes have to agree.
        self.passes_left = 2;
        self.seen.restore(seen, list, pass, state.in_list);
        self.order.restore(state.rows);
        (self.changes, self.previous_all) = (state.changes, state.previous_all);
        state.counts.restore(&mut self.summary.get());
        (self.head_only, self.restart) = (head_only, state.restart);
        if listed || stopped_early || (!head_only && self.changes.is_at_end()) {
            self.end_list(stopped_early);
        } else if head_only {
            self.read_head();
        } else if self.start.from.is_some() {
            self.summary.get().cursor = Some(self.start.clone());
            // Nothing shifts a list that is paged by token or key.
            self.is_resumed = !self.plan.paging.can_shift();
            self.phase = if self.is_resumed { ReadPhase::Reading } else { ReadPhase::Resuming };
        }
    }

    /// Restarts the list where the vendor refuses the stored position: from the
    /// start of the last call that was read, if the list is in order and the
    /// server filters by time, or else from its beginning. Known records are
    /// dropped.
    pub(super) fn restart_list(&mut self) {
        (self.chunks, self.is_resumed, self.start.from) = (None, false, None);
        let at = self.plan.stated_order.and_then(|order| self.order.reached(order));
        self.restart = at.map(|at| Restart::Time { at });
        if self.plan_since_restart().is_none() {
            self.restart = Some(Restart::Beginning);
        }
        self.summary.get().restart = self.restart;
    }

    /// The plan for the rest of the list after a restart by time; `None`
    /// without such a restart, or where the server does not filter by time.
    pub(super) fn plan_since_restart(&self) -> Option<SourcePlan> {
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

    /// Begins at a position in a list; nothing before it is known.
    pub(crate) fn begin_at(&mut self, list: usize, from: Option<Cursor>) {
        self.seen.begin_list(list);
        self.start = ListStart { list, from };
    }

    /// Requests the last page again and finds where to resume:
    ///
    /// - behind it, if it holds the same records;
    /// - at it, if it holds others but begins with a known record;
    /// - further back, if its first record is new: many records vanished.
    pub(super) async fn verify_position(&mut self) {
        let list = self.start.list;
        let mut at = self.changes.last_at.clone();
        let mut back = u64::from(self.plan.expected.page_size.max(1));
        loop {
            let start = ListStart { list, from: at.clone() };
            let mut pages = self.source.pages(&self.plan, start.clone());
            let page = match pages.next().await.transpose() {
                // A vendor may refuse a page that no longer exists.
                Err(error) if !is_position_refused(&error) => return self.fail(error),
                page => page.ok().flatten(),
            };
            let fingerprints = page.map(|page| {
                page.items.iter().map(|item| self.fingerprint(item)).collect::<Vec<_>>()
            });
            if fingerprints.as_ref().map(|all| self.key.of_all(all)) == self.changes.last
                && skip_empty_pages(&mut pages, self.changes.empty_pages()).await
            {
                self.chunks = Some(page_chunks(self.source, &self.plan, &self.query, pages));
                break;
            }
            self.changes.changed = true;
            let first = fingerprints.and_then(|all| all.first().copied());
            let is_beginning = at.as_ref().is_none_or(|at| at.records_before() == 0);
            if is_beginning || first.is_some_and(|first| self.seen.contains_in_list(first)) {
                (self.changes.next, self.start) = (at, start);
                break;
            }
            at = at.map(|at| at.back_by(back));
            back = back.saturating_mul(2);
        }
        self.phase = ReadPhase::Reading;
    }
}

/// Skips pages that were empty before; whether they still are.
async fn skip_empty_pages(pages: &mut SourcePages, count: u64) -> bool {
    for _ in 0..count {
        match pages.next().await {
            Some(Ok(page)) if page.items.is_empty() => {}
            _ => return false,
        }
    }
    true
}

/// Whether the vendor refused the position that was requested.
pub(super) fn is_position_refused(error: &ReadError) -> bool {
    let kind = error.request().map(callfold_transport::Error::kind);
    matches!(kind, Some(ErrorKind::NotFound | ErrorKind::InvalidRequest))
}
