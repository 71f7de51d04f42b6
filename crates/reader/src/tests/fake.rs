//! A source without a network.

use crate::{
    Capability, FilterField, ListPaging, ListStart, ListedRecord, Lookup, Ordering, PageInfo,
    Query, ReadError, Source, SourcePage, SourcePages, SourcePlan, StopRule,
    error::ReadErrorKind,
    plan::{PlanInput, plan},
};
use callfold_transport::Cursor;
use callfold_unify::{
    RejectedRecord,
    model::{Call, CallId, Status},
};
use futures_util::{StreamExt, future::BoxFuture, stream};
use serde_json::value::RawValue;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

pub(crate) const UNORDERED: Capability = Capability {
    list: "GET /calls",
    paging: ListPaging::Offset,
    default_page_size: 2,
    max_page_size: None,
    total: None,
    stop: StopRule::EmptyPage,
    filters: &[],
    unavailable_fields: &[FilterField::Campaign],
    detail_only: &[],
    order: Ordering::Unknown,
    lookup: Lookup::Scan,
    detail: &[],
};
pub(crate) const ORDERED: Capability = Capability { order: Ordering::NewestFirst, ..UNORDERED };

pub(crate) fn fake_plan(
    account: &str,
    capability: &'static Capability,
    page_size: u32,
    query: &Query,
) -> SourcePlan {
    let (vendor, rate, required) = ("fake", 20.0, &[][..]);
    let mapping = Vec::new();
    let max_rate = rate;
    plan(
        query,
        PlanInput { vendor, account, capability, page_size, rate, max_rate, required, mapping },
    )
}

/// The methods of a fake source that finds no single call.
macro_rules! fake_source {
    () => {
        fn vendor(&self) -> &'static str {
            "fake"
        }

        fn account(&self) -> &str {
            "a"
        }

        fn get(&self, _: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
            Box::pin(async { Ok(None) })
        }

        fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
            Box::pin(async { Ok(()) })
        }
    };
}
pub(crate) use fake_source;

/// A source with these calls: id and hour of their start. Counts what is
/// pulled from it.
pub(crate) struct Fake {
    pub(crate) account: &'static str,
    pub(crate) capability: &'static Capability,
    pub(crate) calls: Vec<(&'static str, Option<u32>)>,
    pub(crate) fails_at_end: bool,
    pub(crate) total: Option<u64>,
    /// Calls on a page.
    pub(crate) page: usize,
    pub(crate) pulled: Arc<AtomicUsize>,
}

impl Fake {
    pub(crate) fn boxed(self) -> Box<dyn Source> {
        Box::new(self)
    }
}

pub(crate) fn fake(
    account: &'static str,
    capability: &'static Capability,
    calls: &[(&'static str, Option<u32>)],
) -> Fake {
    let pulled = Arc::default();
    let calls = calls.to_vec();
    Fake { account, capability, calls, fails_at_end: false, total: None, page: 9, pulled }
}

fn call(account: &str, id: &str, hour: Option<u32>) -> Call {
    let mut call = Call::new(CallId::new("fake", account, id));
    call.started_at = hour.map(|hour| format!("2026-04-21T{hour:02}:00:00Z").parse().unwrap());
    call.status = if id.starts_with('f') { Status::Failed } else { Status::Ended };
    call.raw = RawValue::from_string("{\"id\":1}".to_owned()).unwrap();
    call
}

/// An id that begins with an exclamation mark is not usable.
fn item(account: &str, (id, hour): (&str, Option<u32>)) -> ListedRecord {
    if id.starts_with('!') {
        let (reason, account) = ("it has no id".to_owned(), account.to_owned());
        let raw = RawValue::from_string(format!("{id:?}")).unwrap();
        return ListedRecord::Rejected(RejectedRecord {
            vendor: "fake",
            account,
            reason,
            id: None,
            raw,
        });
    }
    ListedRecord::Call(Box::new(call(account, id, hour)))
}

/// The place after so many records.
fn cursor(records: usize) -> Cursor {
    let json = serde_json::json!({"index": records, "offset": records, "size": 9});
    serde_json::from_value(json).unwrap()
}

fn failure(account: &str) -> ReadError {
    let error = callfold_transport::Error::invalid_request("it broke");
    ReadError::new("fake", account, ReadErrorKind::Request(error))
}

impl Source for Fake {
    fn vendor(&self) -> &'static str {
        "fake"
    }

    fn account(&self) -> &str {
        self.account
    }

    fn capability(&self) -> &'static Capability {
        self.capability
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        fake_plan(self.account, self.capability, 2, query)
    }

    fn pages(&self, _: &SourcePlan, start: ListStart) -> SourcePages {
        let (account, total, pulled) = (self.account, self.total, self.pulled.clone());
        let from = start.from.map_or(0, |cursor| cursor.records_before() as usize);
        let (size, all) = (self.page, self.calls.len());
        let ends = if self.fails_at_end { all + size } else { all };
        let pages: Vec<_> = self.calls[from..].chunks(size).map(<[_]>::to_vec).collect();
        let pages = (1..).zip(pages).map(move |(page, calls)| {
            pulled.fetch_add(calls.len(), Relaxed);
            let after = from + page * size;
            let at = Some(cursor(after - size));
            let next = (after < ends).then(|| cursor(after.min(all)));
            let info = PageInfo { records: calls.len(), total, at, next, ..PageInfo::default() };
            Ok(SourcePage::new(info, calls.into_iter().map(|one| item(account, one)).collect()))
        });
        let end = self.fails_at_end.then(|| Err(failure(account)));
        stream::iter(pages.chain(end)).boxed()
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let found = self.calls.iter().find(|(known, _)| *known == id);
        let found = found.map(|(id, hour)| call(self.account, id, *hour));
        let answer = if self.fails_at_end { Err(failure(self.account)) } else { Ok(found) };
        Box::pin(async move { answer })
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        Box::pin(async { Ok(()) })
    }
}
