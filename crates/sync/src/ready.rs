//! A batch on its way from a source to the database: hashed, and completed
//! with details where they are wanted and not stored already.

use crate::{
    Database, StoreError, StoreErrorKind,
    hosts::{API, Hosts},
    owed::{Failure, Key, Ledger, OwedKind},
    row::{Hash, Parts, Prepared, Shape, key, text_hash, unusable_key},
    store::Statement,
};
use callfold_reader::{
    Batch, BatchCall, Checkpoint, DetailCost, Enriched, Enricher, Fingerprint,
    MAX_CONCURRENT_LOOKUPS, SourcePlan,
};
use callfold_unify::{
    RejectedRecord,
    model::{Call, CallId, Timestamp},
};
use futures_util::{StreamExt, stream};

/// What is fetched beyond the light record, and how.
pub(crate) struct Details<'a> {
    vendor: &'static str,
    /// By parameters of the list.
    by_list: Parts,
    /// By a request for each call.
    by_call: Option<ByCall>,
    /// What is owed, and who is not asked at present.
    pub(crate) ledger: &'a Ledger,
    pub(crate) hosts: &'a Hosts,
    pub(crate) clock: fn() -> Timestamp,
    /// Whether details are fetched too for stored calls that never had them.
    backfill: bool,
}

struct ByCall {
    completer: Enricher,
    wanted: Parts,
    /// What it brings, in a word.
    part: &'static str,
}

impl<'a> Details<'a> {
    pub(crate) fn new(
        wanted: Parts,
        plan: &SourcePlan,
        completer: Option<Enricher>,
        (ledger, hosts): (&'a Ledger, &'a Hosts),
        clock: fn() -> Timestamp,
    ) -> Self {
        let is_option =
            |cost: &Option<DetailCost>| matches!(cost, Some(DetailCost::ListOption { .. }));
        let by_list = plan.detail.iter().any(|step| is_option(&step.cost));
        Self {
            vendor: plan.vendor,
            by_list: if by_list { wanted } else { Parts::default() },
            by_call: completer.map(|completer| {
                let part = plan.part_per_call();
                ByCall { completer, wanted, part }
            }),
            ledger,
            hosts,
            clock,
            backfill: true,
        }
    }

    /// The same, for new and changed calls only.
    pub(crate) fn without_backfill(self) -> Self {
        Self { backfill: false, ..self }
    }
}

/// A batch that is ready to be written.
pub(crate) struct Ready {
    pub(crate) calls: Vec<Prepared>,
    pub(crate) set_aside: Vec<RejectedRecord>,
    pub(crate) seen: Vec<Fingerprint>,
    /// The hashes of the calls' ids, one after the other, and of the records
    /// that are set aside.
    pub(crate) ids: Vec<u8>,
    /// The ids of the calls that are not over.
    pub(crate) open: Vec<String>,
    /// The newest start.
    pub(crate) newest: Option<Timestamp>,
    pub(crate) checkpoint: Checkpoint,
    /// What is noted of details that could not be fetched, or were owed.
    pub(crate) notes: Vec<Statement>,
    pub(crate) records: usize,
    pub(crate) total: Option<u64>,
}

/// Makes a batch ready.
pub(crate) async fn ready(
    batch: Batch,
    details: &Details<'_>,
    database: &Database,
) -> Result<Ready, StoreError> {
    let Batch { calls, mut set_aside, seen, checkpoint, records, total, .. } = batch;
    let (vendor, by_list, keep) = (details.vendor, details.by_list, details.by_call.is_some());
    // Off the thread that talks to the network.
    let hashing = tokio::spawn(async move { hashed(calls, vendor, by_list, keep) });
    let mut hashed = hashing.await.map_err(|_| {
        StoreError::new(StoreErrorKind::Broken, "the hashing of a page was broken off", "")
    })?;
    let mut notes = Vec::new();
    if keep {
        let calls = hashed.calls.into_iter().zip(hashed.kept);
        (hashed.calls, notes) = completed(calls.collect(), details, database).await?;
    }
    let Hashed { calls, mut ids, open, newest, unusable, .. } = hashed;
    // A record that cannot be read is listed all the same.
    ids.extend(set_aside.iter().flat_map(listed_as));
    set_aside.extend(unusable);
    let ready =
        Ready { calls, set_aside, seen, ids, open, newest, checkpoint, notes, records, total };
    Ok(ready)
}

/// What a record that is set aside is listed as: its call, where the id can be
/// read, else itself.
fn listed_as(record: &RejectedRecord) -> Hash {
    let id = record.id.as_ref().map(|id| CallId::new(record.vendor, &*record.account, &**id));
    id.map_or_else(|| text_hash(record.raw.get()), |id| text_hash(&id.to_string()))
}

struct Hashed {
    calls: Vec<Prepared>,
    /// The calls themselves, where more may be fetched of them.
    #[expect(clippy::vec_box, reason = "they come in boxes, and go on in them")]
    kept: Vec<Box<Call>>,
    ids: Vec<u8>,
    open: Vec<String>,
    newest: Option<Timestamp>,
    /// Calls whose id no database can store.
    unusable: Vec<RejectedRecord>,
}

fn hashed(calls: Vec<BatchCall>, vendor: &'static str, by_list: Parts, keep: bool) -> Hashed {
    let newest = calls.iter().filter_map(|call| call.call.started_at).max();
    let (mut kept, mut ids, mut unusable) = (Vec::new(), Vec::new(), Vec::new());
    let prepared = |BatchCall { call, is_enriched }: BatchCall| {
        let key = key(&call);
        ids.extend(text_hash(&key));
        if let Some(reason) = unusable_key(&key) {
            let (account, raw) = (call.id.account, call.raw);
            unusable.push(RejectedRecord {
                vendor,
                account,
                id: Some(call.id.call_id),
                reason,
                raw,
            });
            return None;
        }
        let (shape, detail) =
            if is_enriched { (Shape::Single, Parts::ALL) } else { (Shape::List, by_list) };
        let prepared = Prepared::new(&call, shape, detail);
        kept.extend(keep.then_some(call));
        Some(prepared)
    };
    let calls: Vec<_> = calls.into_iter().filter_map(prepared).collect();
    let open = calls.iter().filter(|new| !new.is_final).map(|new| new.id.clone());
    Hashed { ids, open: open.collect(), newest, unusable, calls, kept }
}

/// Fetches details where they are not stored, or not of the record as it is
/// now. What cannot be fetched is owed.
async fn completed(
    calls: Vec<(Prepared, Box<Call>)>,
    details: &Details<'_>,
    database: &Database,
) -> Result<(Vec<Prepared>, Vec<Statement>), StoreError> {
    let calls = calls.into_iter();
    let Some(by_call) = &details.by_call else {
        return Ok((calls.map(|(new, _)| new).collect(), Vec::new()));
    };
    let ids = calls.as_slice().iter().map(|(new, _)| new.id.clone()).collect();
    let known = database.backend.known(ids).await?;
    let completing = calls.zip(known).map(|((new, call), known)| async move {
        match known {
            Some(known) if !known.lacks(by_call.wanted, new.light) => (new, Vec::new()),
            Some(known) if !details.backfill && known.light == new.light => (new, Vec::new()),
            known => {
                let was_missed = known.is_some_and(|known| known.detail.is_missed());
                by_call.complete(new, call, was_missed, details).await
            }
        }
    });
    let done: Vec<_> = stream::iter(completing).buffered(MAX_CONCURRENT_LOOKUPS).collect().await;
    let (calls, notes): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    Ok((calls, notes.into_iter().flatten().collect()))
}

impl ByCall {
    async fn complete(
        &self,
        new: Prepared,
        call: Box<Call>,
        was_missed: bool,
        details: &Details<'_>,
    ) -> (Prepared, Vec<Statement>) {
        let Details { ledger, hosts, clock, .. } = details;
        let id = new.id.clone();
        let key = Key { call: &id, part: self.part, position: 0 };
        let now = clock();
        if let Some((until, reason)) = hosts.pause_of(API, now) {
            // It is not asked for while the vendor gives nothing.
            let failure = Failure { kind: OwedKind::Failed, reason };
            let debt = ledger.add(key, API, &failure, 0, (now, until));
            return (Prepared { detail: self.wanted.missed(), ..new }, debt.into());
        }
        let (new, missing) = complete(new, call, &self.completer, self.wanted).await;
        let Some(failure) = missing else {
            hosts.succeeded(API);
            return (new, was_missed.then(|| ledger.pay(key)).into_iter().collect());
        };
        match failure.kind {
            OwedKind::Absent => hosts.succeeded(API),
            _ => hosts.failed(API, &failure.reason, clock()),
        }
        (new, ledger.add(key, API, &failure, 1, (now, now)).into())
    }
}

/// Adds details to a call by a request of its own.
pub(crate) async fn complete(
    light: Prepared,
    call: Box<Call>,
    completer: &Enricher,
    wanted: Parts,
) -> (Prepared, Option<Failure>) {
    let before = text_hash(call.raw.get());
    let Enriched { call, missing } = completer(call).await;
    let same_record = text_hash(call.raw.get()) == before;
    let shape = if same_record { light.shape } else { Shape::Single };
    let detail = if missing.is_some() { wanted.missed() } else { wanted };
    let new = Prepared::new(&call, shape, detail);
    let new = Prepared { light: light.light, links: light.links.or(new.links), ..new };
    (new, missing.map(Failure::from))
}
