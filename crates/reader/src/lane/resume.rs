//! Where a lane is, and going on from there.

use super::{Lane, Pass, Phase};
use crate::{
    Completeness, Place, Print, ReadError, SourcePage, Verdict, Walk, facts::Facts, observed::Rows,
};
use callfold_transport::{Cursor, ErrorKind};
use serde::{Deserialize, Serialize};

/// What going on needs to know, after a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) list: usize,
    pub(crate) pass: Pass,
    /// Whether the rest of the list is of no use.
    settled: bool,
    facts: Facts,
    rows: Rows,
    /// Different records of the list.
    in_list: u64,
    counts: Counts,
}

/// The part of a [`Completeness`] that grows with each page.
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
}

impl State {
    /// Whether no count is beyond what anybody can have read, so that counting
    /// on cannot overflow.
    pub(crate) fn is_plausible(&self) -> bool {
        let (facts, counts) = (&self.facts, &self.counts);
        let short = match counts.verdict {
            Verdict::ShortBy { records } => Some(records),
            _ => None,
        };
        let numbers = [
            self.in_list,
            self.rows.beyond(),
            facts.count,
            counts.pages,
            counts.records,
            counts.kept,
            counts.filtered,
            counts.duplicates,
            counts.salvaged,
            counts.set_aside,
            counts.undecided,
        ];
        let unsure = [facts.total, facts.lasting, counts.total, counts.recovered, short];
        numbers.into_iter().chain(unsure.into_iter().flatten()).all(|number| number < 1 << 48)
    }
}

impl Lane<'_> {
    /// Where it is, after a page.
    pub(crate) fn state(&self) -> State {
        let tally = self.tally.get();
        let is_again = self.pass != Pass::First;
        State {
            list: self.walk.list,
            // What is read carefully is read so from its beginning.
            pass: if is_again { Pass::Again } else { Pass::First },
            settled: matches!(self.phase, Phase::Listed { settled: true }),
            facts: if is_again { Facts::default() } else { self.facts.clone() },
            rows: if is_again { Rows::default() } else { self.observed.rows().clone() },
            in_list: if is_again { 0 } else { self.seen.in_list() },
            counts: Counts {
                verdict: tally.verdict,
                pages: if is_again { self.pages_before } else { tally.pages },
                records: tally.records,
                kept: tally.kept,
                filtered: tally.filtered,
                duplicates: tally.duplicates,
                salvaged: tally.salvaged,
                set_aside: tally.set_aside,
                undecided: tally.undecided,
                total: tally.total,
                moved: tally.moved,
                recovered: tally.recovered,
            },
        }
    }

    /// Goes on from there, with the prints of all that was seen.
    pub(crate) fn restore(&mut self, state: State, seen: Vec<Print>) {
        let State { list, pass, settled, facts, rows, in_list, counts } = state;
        self.walk = Walk { list, from: facts.next.clone(), careful: false };
        self.seen.restore(seen, list, in_list);
        self.observed.restore(rows);
        self.facts = facts;
        counts.restore(&mut self.tally.get());
        if pass != Pass::First {
            self.pages_before = counts.pages;
            self.begin_again();
        } else if settled || self.facts.is_at_end() {
            self.list_ends(settled);
        } else if let Some(at) = self.walk.from.clone() {
            self.tally.get().cursor = Some(Place { list, at });
            self.phase = Phase::Resuming;
        }
    }

    /// Begins amid a list, of which nothing before is known.
    pub(crate) fn begin_at(&mut self, list: usize, from: Option<Cursor>) {
        self.seen.begin_list(list);
        self.walk = Walk { list, from, careful: false };
    }

    /// Looks at the first page again, and at that after which reading was left.
    /// Where the latter holds the same records, none of those that follow can
    /// have gone to a page that was read; where it begins with one that was
    /// read, those that follow come after that. Otherwise the list is read from
    /// its beginning. Whatever differs, the list moved.
    pub(super) async fn look_back(&mut self) {
        let (list, at) = (self.walk.list, self.facts.last_at.clone());
        let last = self.look_at(Walk { list, from: at.clone(), careful: false }).await;
        let last = match last {
            // A page that is no more may be refused.
            Err(error) if !is_refused(&error) => return self.fail(error),
            last => last.ok().flatten(),
        };
        let first = match &at {
            None => None,
            Some(_) => match self.look_at(Walk { list, ..Walk::default() }).await {
                Err(error) => return self.fail(error),
                first => first.ok().flatten(),
            },
        };
        let is_same = |print: Option<Print>, page: &Option<SourcePage>| {
            page.as_ref().is_some_and(|page| Some(self.print_of(page)) == print)
        };
        let total = last.as_ref().and_then(|page| page.info.total);
        let same_last = is_same(self.facts.last, &last);
        let same = same_last
            && (at.is_none() || is_same(self.facts.first, &first))
            && (total.is_none() || total == self.facts.total);
        self.facts.moved |= !same;
        let begins = last.and_then(|page| Some(self.print(page.items.first()?)));
        if same_last {
            self.phase = Phase::Reading;
        } else if at.is_none() || begins.is_some_and(|print| self.seen.contains_in_list(print)) {
            (self.facts.next, self.walk.from) = (at.clone(), at);
            self.phase = Phase::Reading;
        } else {
            self.read_again();
        }
    }
}

fn is_refused(error: &ReadError) -> bool {
    let kind = error.request().map(callfold_transport::Error::kind);
    matches!(kind, Some(ErrorKind::NotFound | ErrorKind::InvalidRequest))
}

impl Counts {
    fn restore(&self, tally: &mut Completeness) {
        tally.verdict = self.verdict;
        tally.pages = self.pages;
        tally.records = self.records;
        tally.kept = self.kept;
        tally.filtered = self.filtered;
        tally.duplicates = self.duplicates;
        tally.salvaged = self.salvaged;
        tally.set_aside = self.set_aside;
        tally.undecided = self.undecided;
        tally.total = self.total;
        tally.moved = self.moved;
        tally.recovered = self.recovered;
    }
}
