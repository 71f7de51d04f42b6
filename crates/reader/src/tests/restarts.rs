//! A list by token that is resumed, and a vendor that refuses the token.

use crate::{
    Capability, Checkpoint, Filter, FilterField, ListPaging, ListStart, ListedRecord, Operator,
    Ordering, ParameterValue, Pushdown, Query, ReadError, Restart, ResumeState, Source,
    SourcePages, SourcePlan, SourceSummary, StopRule, Verdict,
    account::{SourceLabel, source_pages},
    fake::{UNORDERED, fake_plan, fake_source},
    read_batches,
};
use callfold_transport::{Error, Lenient, Page, PageContents, PageRequest, Pages, Record};
use callfold_unify::model::{Call, CallId, Timestamp};
use chrono::TimeDelta;
use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

const CALLS: u32 = 100;
const SIZE: usize = 7;

const BY_TOKEN: Capability = Capability {
    paging: ListPaging::Token,
    stop: StopRule::NextToken,
    order: Ordering::NewestFirst,
    filters: &[Filter {
        field: FilterField::StartedAt,
        parameter: "until",
        operators: &[Operator::Until],
        required: false,
        push: Pushdown::Time { widen_by_s: 0 },
    }],
    ..UNORDERED
};
const UNFILTERED: Capability = Capability { filters: &[], ..BY_TOKEN };
const UNSORTED: Capability = Capability { order: Ordering::Unknown, ..BY_TOKEN };

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
}

impl Record for Row {
    const ID_FIELD: &'static str = "id";

    fn id(&self) -> &str {
        &self.id
    }
}

/// A list of calls, one every half an hour, newest first.
struct Vendor {
    capability: &'static Capability,
    /// Whether tokens of earlier runs are refused.
    forgets: Arc<AtomicBool>,
    requests: Arc<AtomicUsize>,
    total: Option<i64>,
}

fn started(number: u32) -> Timestamp {
    let newest: Timestamp = "2026-04-21T12:00:00Z".parse().unwrap();
    newest - TimeDelta::minutes(30 * i64::from(number))
}

impl Source for Vendor {
    fake_source!();

    fn capability(&self) -> &'static Capability {
        self.capability
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        fake_plan("a", self.capability(), SIZE as u32, query)
    }

    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        let until = plan.parameters(0).find(|(name, _)| *name == "until");
        let until = until.map(|(_, value)| match value {
            ParameterValue::Time(at) => *at,
            other => panic!("{other:?}"),
        });
        let listed: Vec<u32> =
            (0..CALLS).filter(|call| until.is_none_or(|until| started(*call) < until)).collect();
        let (forgets, requests, total) = (self.forgets.clone(), self.requests.clone(), self.total);
        let paging = callfold_transport::Paging::token();
        let fetch = move |request: PageRequest| {
            requests.fetch_add(1, Relaxed);
            let start = match request.token() {
                Some(_) if forgets.swap(false, Relaxed) => {
                    let error = Error::invalid_request("the token has expired");
                    return std::future::ready(Err(error));
                }
                token => token.map_or(0, |token| token.parse().unwrap()),
            };
            let end = (start + request.size as usize).min(listed.len());
            let json = listed[start..end].iter().map(|id| format!(r#"{{"id":"{id}"}}"#));
            let json = format!("[{}]", json.collect::<Vec<_>>().join(","));
            let records: Vec<Lenient<Row>> = serde_json::from_str(&json).unwrap();
            let token = (end < listed.len()).then(|| end.to_string());
            let contents = PageContents::new(records).next_token(token).total(total);
            let page: Page<Row> = Page::from_contents(contents, &paging).unwrap();
            std::future::ready(Ok(page.map(|row| {
                let id = row.get().unwrap().id.as_str();
                let mut call = Call::new(CallId::new("fake", "a", id));
                call.started_at = Some(started(id.parse().unwrap()));
                ListedRecord::Call(Box::new(call))
            })))
        };
        let label = SourceLabel { vendor: "fake", account: "a".to_owned() };
        source_pages(Pages::new(paging, fetch), plan, start, label)
    }
}

fn vendor(capability: &'static Capability) -> Vendor {
    Vendor { capability, forgets: Arc::default(), requests: Arc::default(), total: None }
}

/// Reads as far as `at_most` batches and adds the ids; where to go on.
fn read(
    vendor: &Vendor,
    query: &Query,
    resume: Option<ResumeState>,
    at_most: usize,
    ids: &mut Vec<String>,
) -> (Option<ResumeState>, SourceSummary) {
    let mut stored = resume.clone();
    let mut batches = read_batches(vendor, query, resume);
    for _ in 0..at_most {
        let Some(batch) = batches.next().now_or_never().unwrap() else { break };
        ids.extend(batch.calls.iter().map(|call| call.call.id.call_id.clone()));
        let text = serde_json::to_string(&batch.checkpoint).unwrap();
        let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
        let mut seen = stored.take().map(|stored| stored.seen).unwrap_or_default();
        seen.extend(batch.seen);
        stored = Some(ResumeState { checkpoint, seen });
    }
    (stored, batches.summary())
}

fn whole() -> Vec<String> {
    (0..CALLS).map(|id| id.to_string()).collect()
}

#[test]
fn list_by_token_is_resumed_at_every_page() {
    let query = Query::default();
    for stop in 1..=CALLS as usize / SIZE + 2 {
        let vendor = vendor(&BY_TOKEN);
        let mut ids = Vec::new();
        let (resume, _) = read(&vendor, &query, None, stop, &mut ids);
        let (_, summary) = read(&vendor, &query, resume, usize::MAX, &mut ids);
        assert_eq!(ids, whole(), "stopped after {stop}: {summary}");
        assert_eq!((summary.restart, summary.changed_during_read), (None, false));
        assert_eq!(summary.verdict, Verdict::Unverifiable);
        // The pages of the list, and its head once more.
        assert_eq!(vendor.requests.load(Relaxed), CALLS as usize / SIZE + 2, "after {stop}");
    }
}

#[test]
fn refused_token_restarts_at_the_start_of_the_last_call() {
    let query = Query::default();
    for (stop, total) in
        (1..CALLS as usize / SIZE).flat_map(|stop| [(stop, None), (stop, Some(100))])
    {
        let vendor = Vendor { total, ..vendor(&BY_TOKEN) };
        let mut ids = Vec::new();
        let (resume, _) = read(&vendor, &query, None, stop, &mut ids);
        vendor.forgets.store(true, Relaxed);
        // It is stopped once more, amid the part that is read by time.
        let (resume, summary) = read(&vendor, &query, resume, 1, &mut ids);
        let at = started((stop * SIZE) as u32 - 1) + TimeDelta::seconds(600);
        assert_eq!(summary.restart, Some(Restart::Time { at }), "after {stop}");
        let (_, summary) = read(&vendor, &query, resume, usize::MAX, &mut ids);
        assert_eq!(ids, whole(), "stopped after {stop}: {summary}");
        assert!(
            !summary.changed_during_read
                && summary.duplicates == 0
                && summary.found_on_reread.is_none()
        );
        let expected = if total.is_some() { Verdict::Complete } else { Verdict::Unverifiable };
        assert_eq!(summary.verdict, expected, "{summary}");
        let pages = CALLS as usize / SIZE + 4;
        assert!(vendor.requests.load(Relaxed) <= pages, "the rest only, after {stop}");
        let expected_text = format!(
            ", the vendor refused the stored position: read again from {}; ",
            at.format("%Y-%m-%dT%H:%M:%SZ")
        );
        assert!(summary.to_string().contains(&expected_text), "{summary}");
    }
}

#[test]
fn refused_token_restarts_the_list_where_time_cannot_help() {
    for capability in [&UNFILTERED, &UNSORTED] {
        let vendor = vendor(capability);
        let query = Query::default();
        let mut ids = Vec::new();
        let (resume, _) = read(&vendor, &query, None, 3, &mut ids);
        vendor.forgets.store(true, Relaxed);
        let (_, summary) = read(&vendor, &query, resume, usize::MAX, &mut ids);
        assert_eq!(ids, whole(), "{summary}");
        assert_eq!((summary.restart, summary.duplicates), (Some(Restart::Beginning), 0));
        let expected_text =
            "the vendor refused the stored position: read again from the beginning; ";
        assert!(summary.to_string().contains(expected_text), "{summary}");
    }
}

#[test]
fn token_refused_in_mid_run_is_an_error() {
    let vendor = vendor(&BY_TOKEN);
    vendor.forgets.store(true, Relaxed);
    let (_, summary) = read(&vendor, &Query::default(), None, usize::MAX, &mut Vec::new());
    assert_eq!((summary.verdict, summary.pages), (Verdict::Partial, 1));
}

#[test]
fn checkpoint_of_another_paging_style_is_refused() {
    let (old, query) = (vendor(&BY_TOKEN), Query::default());
    let (resume, _) = read(&old, &query, None, 2, &mut Vec::new());
    const BY_OFFSET: Capability = Capability { paging: ListPaging::Offset, ..BY_TOKEN };
    let new = vendor(&BY_OFFSET);
    let (_, summary) = read(&new, &query, resume, usize::MAX, &mut Vec::new());
    let error = summary.error.unwrap();
    assert!(
        error.is_checkpoint_mismatch() && error.reason().contains("paged in another way"),
        "{error}"
    );
    assert_eq!(new.requests.load(Relaxed), 0);
}
