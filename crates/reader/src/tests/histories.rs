//! Short histories of lists that change between any two requests, read by the
//! real reader: whatever a vendor does, every call that existed throughout is
//! in the answer, or the verdict says that this cannot be known.
//!
//! Rows move to the head of a list only, as in a list sorted by the time of a
//! change: a row that moves to any other place while another one vanishes from
//! there leaves no trace in any answer.

use crate::{
    Batches, Capability, Checkpoint, Completeness, Item, Query, ReadError, Resume, Source,
    SourcePages, SourcePlan, Verdict, Walk,
    account::{Label, source_pages},
    fake::UNORDERED,
    plan::{Standing, plan},
    read_batches,
};
use callfold_transport::{Lenient, Page, PageAt, Pages, Paging, Record};
use callfold_unify::model::{Call, CallId};
use futures_util::{StreamExt, future::BoxFuture};
use proptest::prelude::*;
use serde::Deserialize;
use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What happens to a list between two requests.
#[derive(Clone, Copy, Debug)]
enum Change {
    Nothing,
    InsertAtHead,
    InsertAtTail,
    /// Before the row at this place, in parts of the list's length.
    Insert(u8),
    Delete(u8),
    DeleteAndInsertAtHead(u8),
    MoveToHead(u8),
}

/// How a vendor announces the number of its rows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Total {
    None,
    Honest,
    /// Never more than this.
    AtMost(u64),
    MoreBy(u64),
    /// What it was at the first request.
    Constant,
}

#[derive(Clone, Copy, Debug)]
enum Style {
    Numbered { first: u64 },
    Offset,
}

/// A vendor's habits.
#[derive(Clone, Debug)]
struct Habits {
    style: Style,
    total: Total,
    /// Whether a page says whether more follow.
    has_flag: bool,
    /// Rows on a page at most, whatever is asked for.
    cap: Option<u32>,
    /// Numbered pages have this size, whatever is asked for.
    fixed_size: Option<u32>,
    /// Every so manyth row is counted and not shown.
    hides: Option<u32>,
}

#[derive(Clone, Debug)]
struct History {
    habits: Habits,
    rows: u32,
    page_size: u32,
    prefetch: usize,
    /// What happens before each request; nothing once they are used up.
    changes: Vec<Change>,
    /// Stops after so many batches, and resumes.
    stops: Vec<u8>,
}

/// The list as the vendor has it.
struct List {
    habits: Habits,
    rows: Vec<u32>,
    deleted: HashSet<u32>,
    next_id: u32,
    first_total: u64,
    changes: std::vec::IntoIter<Change>,
    requests: usize,
    /// Each request and its answer, to understand a failure.
    log: Vec<String>,
}

impl List {
    fn new(history: &History) -> Self {
        Self {
            habits: history.habits.clone(),
            rows: (0..history.rows).collect(),
            deleted: HashSet::new(),
            next_id: history.rows,
            first_total: history.rows.into(),
            changes: history.changes.clone().into_iter(),
            requests: 0,
            log: Vec::new(),
        }
    }

    fn place(&self, part: u8) -> usize {
        (usize::from(part) * self.rows.len()) / 256
    }

    fn insert(&mut self, place: usize) {
        self.rows.insert(place, self.next_id);
        self.next_id += 1;
    }

    fn delete(&mut self, part: u8) {
        let place = self.place(part);
        if place < self.rows.len() {
            self.deleted.insert(self.rows.remove(place));
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Nothing => {}
            Change::InsertAtHead => self.insert(0),
            Change::InsertAtTail => self.insert(self.rows.len()),
            Change::Insert(part) => self.insert(self.place(part)),
            Change::Delete(part) => self.delete(part),
            Change::DeleteAndInsertAtHead(part) => {
                self.delete(part);
                self.insert(0);
            }
            Change::MoveToHead(part) => {
                let place = self.place(part);
                if place < self.rows.len() {
                    let row = self.rows.remove(place);
                    self.rows.insert(0, row);
                }
            }
        }
    }

    fn serve(&mut self, at: PageAt) -> Page<Row> {
        self.requests += 1;
        if self.requests > 1 {
            let change = self.changes.next().unwrap_or(Change::Nothing);
            self.change(change);
        }
        let Habits { style, total, has_flag, cap, fixed_size, hides } = self.habits.clone();
        let size = cap.map_or(at.size, |cap| at.size.min(cap));
        let (start, size) = match style {
            Style::Offset => (at.offset, size),
            Style::Numbered { first } => {
                let size = fixed_size.unwrap_or(size);
                ((at.page - first) * u64::from(size), size)
            }
        };
        let start = usize::try_from(start).unwrap().min(self.rows.len());
        let end = (start + size as usize).min(self.rows.len());
        let is_shown = |row: &&u32| hides.is_none_or(|every| *row % every != every - 1);
        let shown: Vec<_> = self.rows[start..end].iter().filter(is_shown).collect();
        let json: Vec<_> = shown.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
        let records: Vec<Lenient<Row>> =
            serde_json::from_str(&format!("[{}]", json.join(","))).unwrap();
        self.log.push(format!(
            "{} rows; asked for {} at {start}: {shown:?}",
            self.rows.len(),
            at.size
        ));
        let mut page = Page::new(records);
        let rows = self.rows.len() as u64;
        page.total = match total {
            Total::None => None,
            Total::Honest => Some(rows),
            Total::AtMost(most) => Some(rows.min(most)),
            Total::MoreBy(more) => Some(rows + more),
            Total::Constant => Some(self.first_total),
        };
        page.has_more = has_flag.then_some(end < self.rows.len());
        page
    }

    /// The rows that the vendor showed all the time.
    fn throughout(&self, rows: u32) -> BTreeSet<String> {
        let hides = self.habits.hides;
        let is_shown = |row: &u32| hides.is_none_or(|every| row % every != every - 1);
        let ids = (0..rows).filter(|row| !self.deleted.contains(row)).filter(is_shown);
        ids.map(|row| row.to_string()).collect()
    }
}

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
}

impl Record for Row {
    const ID_FIELD: &'static str = "id";
}

/// A source whose list is read by the transport's paging, without a network.
struct Vendor {
    list: Arc<Mutex<List>>,
    page_size: u32,
    prefetch: usize,
}

impl Vendor {
    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Vendor {
    fn vendor(&self) -> &'static str {
        "fake"
    }

    fn account(&self) -> &str {
        "a"
    }

    fn capability(&self) -> &'static Capability {
        &UNORDERED
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        let standing = Standing {
            vendor: "fake",
            account: "a",
            capability: &UNORDERED,
            page_size: self.page_size,
            rate: 20.0,
            required: &[],
        };
        plan(query, &standing)
    }

    fn pages(&self, plan: &SourcePlan, walk: Walk) -> SourcePages {
        let paging = match self.list().habits.style {
            Style::Numbered { first } => Paging::pages(first),
            Style::Offset => Paging::offset(),
        };
        let list = self.list.clone();
        let fetch = move |at| {
            let list = list.clone();
            async move {
                let page = list.lock().unwrap_or_else(PoisonError::into_inner).serve(at);
                Ok(page.map(|row| {
                    let id = CallId::new("fake", "a", row.get().unwrap().id.as_str());
                    Item::Call(Box::new(Call::new(id)))
                }))
            }
        };
        let pages = Pages::new(paging.sizes(20, 100), fetch).prefetch(self.prefetch);
        source_pages(pages, plan, walk, Label { vendor: "fake", account: "a".to_owned() })
    }

    fn get(&self, _: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        Box::pin(async { Ok(None) })
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        Box::pin(async { Ok(()) })
    }
}

/// What reading a history gave.
struct Outcome {
    ids: Vec<String>,
    summary: Completeness,
}

/// Reads with the given stops; each run resumes where the last one stopped.
fn read_with_stops(vendor: &Vendor, stops: &[u8]) -> Outcome {
    let query = Query::default();
    let (mut ids, mut seen, mut resume) = (Vec::new(), Vec::new(), None::<Resume>);
    let limits = stops.iter().map(|stop| usize::from(*stop)).chain([usize::MAX]);
    let mut summary = None;
    for limit in limits {
        let mut batches: Batches<'_> = read_batches(vendor, &query, resume.clone());
        let mut read = 0;
        let mut last: Option<Checkpoint> = None;
        while read < limit
            && let Some(batch) = now(batches.next())
        {
            ids.extend(batch.calls.iter().map(|call| call.call.id.call_id.clone()));
            seen.extend(batch.seen);
            last = Some(batch.checkpoint);
            read += 1;
        }
        summary = Some(batches.statement());
        let Some(checkpoint) = last else { continue };
        let text = serde_json::to_string(&checkpoint).unwrap();
        resume =
            Some(Resume { checkpoint: serde_json::from_str(&text).unwrap(), seen: seen.clone() });
    }
    Outcome { ids, summary: summary.unwrap() }
}

/// Nothing here ever waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("an answer is there at once")
}

fn check(history: &History) -> Result<Verdict, TestCaseError> {
    let list = Arc::new(Mutex::new(List::new(history)));
    let vendor = Vendor { list, page_size: history.page_size, prefetch: history.prefetch };
    let Outcome { ids, summary } = read_with_stops(&vendor, &history.stops);
    let list = vendor.list();
    let distinct: BTreeSet<_> = ids.iter().cloned().collect();
    prop_assert_eq!(distinct.len(), ids.len(), "a call came twice");
    let is_known = |id: &String| id.parse::<u32>().is_ok_and(|id| id < list.next_id);
    prop_assert!(ids.iter().all(is_known), "a call was invented");
    let most = 60 + 12 * (history.rows as usize + history.changes.len());
    prop_assert!(
        list.requests < most,
        "{} requests: {summary}\n{}",
        list.requests,
        list.log.join("\n")
    );
    let throughout = list.throughout(history.rows);
    let lost: Vec<_> = throughout.difference(&distinct).collect();
    let is_sure = matches!(
        summary.verdict,
        Verdict::Complete | Verdict::StoppedEarly | Verdict::Unverifiable
    );
    prop_assert!(lost.is_empty() || !is_sure, "lost {lost:?}: {summary}\n{}", list.log.join("\n"));
    let is_honest = matches!(history.habits.total, Total::None | Total::Honest);
    if is_honest && history.habits.hides.is_none() {
        let error = &summary.error;
        prop_assert!(error.is_none(), "{summary} {error:?}\n{}", list.log.join("\n"));
    }
    if history.changes.iter().all(|change| matches!(change, Change::Nothing))
        && history.habits.hides.is_none()
    {
        prop_assert!(
            lost.is_empty(),
            "a list that stood still lost {lost:?}: {summary}\n{}",
            list.log.join("\n")
        );
        let is_high = matches!(history.habits.total, Total::MoreBy(_));
        prop_assert!(
            is_sure || is_high,
            "a list that stood still: {summary} {:?}\n{}",
            summary.error,
            list.log.join("\n")
        );
    }
    Ok(summary.verdict)
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        3 => Just(Change::Nothing),
        2 => Just(Change::InsertAtHead),
        1 => Just(Change::InsertAtTail),
        1 => any::<u8>().prop_map(Change::Insert),
        3 => any::<u8>().prop_map(Change::Delete),
        2 => any::<u8>().prop_map(Change::DeleteAndInsertAtHead),
        1 => any::<u8>().prop_map(Change::MoveToHead),
    ];
    prop_oneof![
        1 => Just(Vec::new()),
        4 => prop::collection::vec(change.clone(), 1..30),
        1 => prop::collection::vec(change, 30..200),
    ]
}

fn habits(style: impl Strategy<Value = Style>) -> impl Strategy<Value = Habits> {
    let total = prop_oneof![
        2 => Just(Total::None),
        3 => Just(Total::Honest),
        1 => (0..40_u64).prop_map(Total::AtMost),
        1 => (1..5_u64).prop_map(Total::MoreBy),
        1 => Just(Total::Constant),
    ];
    let cap = prop_oneof![3 => Just(None), 1 => (5..12_u32).prop_map(Some)];
    let fixed = prop_oneof![5 => Just(None), 1 => (5..15_u32).prop_map(Some)];
    let hides = prop_oneof![5 => Just(None), 1 => (2..7_u32).prop_map(Some)];
    (style, total, any::<bool>(), cap, fixed, hides).prop_map(
        |(style, total, has_flag, cap, fixed_size, hides)| {
            let fixed_size = fixed_size.filter(|_| matches!(style, Style::Numbered { .. }));
            // Hidden rows behind a total that is too low leave no trace.
            let is_low = matches!(total, Total::AtMost(_));
            let hides = hides.filter(|_| !is_low);
            Habits { style, total, has_flag, cap, fixed_size, hides }
        },
    )
}

fn history(style: impl Strategy<Value = Style>) -> impl Strategy<Value = History> {
    let stops = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(1..6_u8, 1..4), 1 => prop::collection::vec(Just(1_u8), 1..40)];
    (
        habits(style),
        prop_oneof![5 => 0..90_u32, 1 => 90..400_u32],
        6..20_u32,
        1..13_usize,
        changes(),
        stops,
    )
        .prop_map(|(habits, rows, page_size, prefetch, changes, stops)| History {
            habits,
            rows,
            page_size,
            prefetch,
            changes,
            stops,
        })
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn list_read_by_offset_loses_nothing_in_silence(history in history(Just(Style::Offset))) {
        check(&history)?;
    }

    #[test]
    fn list_of_numbered_pages_loses_nothing_in_silence(
        history in history((0..2_u64).prop_map(|first| Style::Numbered { first }))
    ) {
        check(&history)?;
    }
}
