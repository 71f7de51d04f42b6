//! Short histories of lists that change between any two requests, read by the
//! real reader: whatever a vendor does, every call that existed throughout is
//! in the result, or the verdict says that this cannot be known.
//!
//! Two things leave no trace in any response. A row that moves to another place than the
//! head while another one vanishes from there: rows move to the head only, as in a list
//! sorted by the time of a change. And a vendor that announces nothing and gives, in both
//! passes, the same old response for the same page: of 10,000 random histories, less than one.

use crate::{
    Batches, Capability, Checkpoint, ListPaging, ListStart, ListedRecord, Query, ReadError,
    ResumeState, Source, SourcePages, SourcePlan, SourceSummary, StopRule, Verdict,
    account::{SourceLabel, source_pages},
    changing_list::{Change, Habits, List, Style, Total},
    fake::{UNORDERED, fake_plan, fake_source},
    read_batches,
};
use callfold_transport::{PageRequest, Pages};
use callfold_unify::model::{Call, CallId};
use futures_util::future::BoxFuture;
use proptest::{prelude::*, test_runner::RngSeed};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

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

const BY_TOKEN: Capability =
    Capability { paging: ListPaging::Token, stop: StopRule::NextToken, ..UNORDERED };
const BY_KEY: Capability = Capability { paging: ListPaging::Key { field: "key" }, ..UNORDERED };

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
    fake_source!();

    fn capability(&self) -> &'static Capability {
        match self.list().habits.style {
            Style::Numbered { .. } | Style::Offset => &UNORDERED,
            Style::Token => &BY_TOKEN,
            Style::Key { .. } => &BY_KEY,
        }
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        fake_plan("a", self.capability(), self.page_size, query)
    }

    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        let paging = self.list().paging();
        let list = self.list.clone();
        let fetch = move |at: PageRequest| {
            let list = list.clone();
            async move {
                let page = list.lock().unwrap_or_else(PoisonError::into_inner).serve(&at);
                Ok(page.map(|row| {
                    let id = CallId::new("fake", "a", row.get().unwrap().id.as_str());
                    ListedRecord::Call(Box::new(Call::new(id)))
                }))
            }
        };
        let pages = Pages::new(paging, fetch).prefetch(self.prefetch);
        source_pages(pages, plan, start, SourceLabel { vendor: "fake", account: "a".to_owned() })
    }
}

/// What reading a history gave.
struct Outcome {
    ids: Vec<String>,
    summary: SourceSummary,
}

/// Reads with the given stops; each run resumes where the last one stopped, after `between`.
fn read_with_stops(vendor: &Vendor, stops: &[u8], between: impl Fn(&Vendor)) -> Outcome {
    let query = Query::default();
    let (mut ids, mut seen, mut resume) = (Vec::new(), Vec::new(), None::<ResumeState>);
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
        summary = Some(batches.summary());
        between(vendor);
        let Some(checkpoint) = last else { continue };
        let text = serde_json::to_string(&checkpoint).unwrap();
        resume = Some(ResumeState {
            checkpoint: serde_json::from_str(&text).unwrap(),
            seen: seen.clone(),
        });
    }
    Outcome { ids, summary: summary.unwrap() }
}

/// Nothing here ever waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("an answer is there at once")
}

fn check(history: &History) -> Result<Verdict, TestCaseError> {
    let list = Arc::new(Mutex::new(List::new(&history.habits, history.rows, &history.changes)));
    let vendor = Vendor { list, page_size: history.page_size, prefetch: history.prefetch };
    let Outcome { ids, summary } = read_with_stops(&vendor, &history.stops, |_| {});
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
    let repeats = history.changes.iter().any(Change::is_old_answer);
    // A page that cannot be made large enough may hold rows of one key only.
    let may_be_stuck =
        matches!(history.habits.style, Style::Key { .. }) && history.habits.cap.is_some();
    if is_honest && history.habits.hides.is_none() && !repeats && !may_be_stuck {
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
    // Old responses among changes of the list leave no trace.
    let repeat = prop_oneof![
        3 => Just(Change::Nothing),
        1 => any::<u8>().prop_map(Change::RepeatAnswer),
    ];
    // One request of so many, in turns.
    let page_before = (3..6_usize, 0..6_usize).prop_map(|(every, at)| {
        let nth = |index| match index % every == at % every {
            true => Change::PageBefore,
            false => Change::Nothing,
        };
        (0..80).map(nth).collect()
    });
    prop_oneof![
        1 => Just(Vec::new()),
        1 => prop::collection::vec(repeat, 1..60),
        1 => page_before,
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
            // A page of hidden rows has no key to go on from.
            let has_key = matches!(style, Style::Key { .. });
            let hides = hides.filter(|_| !is_low && !has_key);
            Habits { style, total, has_flag, cap, fixed_size, hides }
        },
    )
}

fn history(style: impl Strategy<Value = Style>) -> impl Strategy<Value = History> {
    let stops = prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::collection::vec(1..6_u8, 1..4),
        1 => prop::collection::vec(Just(1_u8), 1..40),
    ];
    let rows = prop_oneof![5 => 0..90_u32, 1 => 90..400_u32];
    (habits(style), rows, 6..20_u32, 1..13_usize, changes(), stops).prop_map(
        |(mut habits, rows, page_size, prefetch, changes, mut stops)| {
            if changes.iter().any(Change::is_old_answer) {
                // An old response behind the announced end passes for the end.
                (habits.hides, habits.fixed_size, habits.cap) = (None, None, None);
                if let Total::AtMost(_) = habits.total {
                    habits.total = Total::Honest;
                }
                stops.clear();
            }
            History { habits, rows, page_size, prefetch, changes, stops }
        },
    )
}

/// 2,048 histories, the same in each run; `PROPTEST_CASES=N` reads 8 N others.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let rng_seed = match std::env::var_os("PROPTEST_CASES") {
        None => RngSeed::Fixed(16),
        Some(_) => default.rng_seed,
    };
    ProptestConfig { cases: 8 * default.cases, rng_seed, failure_persistence: None, ..default }
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

    #[test]
    fn list_read_by_token_loses_nothing_in_silence(history in history(Just(Style::Token))) {
        check(&history)?;
    }

    #[test]
    fn list_read_by_key_loses_nothing_in_silence(
        history in history(any::<bool>().prop_map(|is_inclusive| Style::Key { is_inclusive }))
    ) {
        check(&history)?;
    }
}

/// What an earlier run met in its second pass may be over: the run that resumes it reads
/// the list until two passes agree.
#[test]
fn list_that_calmed_down_is_complete_for_the_run_that_resumes() {
    // Three of five, so that asking again does not always help.
    let change = |index: u32| match (index.wrapping_mul(2_654_435_761) >> 9) % 5 {
        0..3 => Change::PageBefore,
        _ => Change::Nothing,
    };
    for (total, fixed_size) in [(Total::Honest, None), (Total::None, Some(30))] {
        let habits = Habits {
            style: Style::Numbered { first: 1 },
            total,
            has_flag: true,
            cap: None,
            fixed_size,
            hides: None,
        };
        for stop in 1..40 {
            let changes: Vec<_> = (0..1000).map(change).collect();
            let list = Arc::new(Mutex::new(List::new(&habits, 300, &changes)));
            let vendor = Vendor { list, page_size: 30, prefetch: 2 };
            let calm_down = |vendor: &Vendor| vendor.list().changes = Vec::new().into_iter();
            let Outcome { ids, summary } = read_with_stops(&vendor, &[stop], calm_down);
            let is_sure = matches!(summary.verdict, Verdict::Complete | Verdict::Unverifiable);
            assert!(is_sure && ids.len() == 300, "{habits:?}, stopped after {stop}: {summary}");
        }
    }
}

/// Nothing is announced, and some requests are answered with the page before the
/// requested one, in turns.
#[test]
fn pages_in_the_place_of_others_are_noticed_without_a_total() {
    for first in 0..2 {
        let style = Style::Numbered { first };
        let habits = Habits {
            style,
            total: Total::None,
            has_flag: false,
            cap: None,
            fixed_size: None,
            hides: None,
        };
        for (every, at, prefetch, rows) in (3..6).flat_map(|every| {
            (0..every).flat_map(move |at| {
                [1, 2, 5]
                    .into_iter()
                    .flat_map(move |prefetch| [60, 62].map(move |rows| (every, at, prefetch, rows)))
            })
        }) {
            let nth = |index| match index % every == at {
                true => Change::PageBefore,
                false => Change::Nothing,
            };
            let history = History {
                habits: habits.clone(),
                rows,
                page_size: 10,
                prefetch,
                changes: (0..200).map(nth).collect(),
                stops: Vec::new(),
            };
            if let Err(error) = check(&history) {
                panic!("one of {every}, from {at}, {prefetch} ahead, {rows} rows: {error}");
            }
        }
    }
}
