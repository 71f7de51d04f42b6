//! Prepares a batch for the database: hashes its calls, and fetches details that
//! are wanted and not stored.

use crate::{
    Database, StoreError, StoreErrorKind,
    hosts::{API, Hosts},
    owed::{FetchFailure, OwedKey, OwedKind, RetryQueue},
    record_hash::{Hash, text_hash},
    row::{DetailParts, PreparedCall, RecordOrigin, key, unusable_key},
    store::Statement,
    sync_run::SourceSync,
};
use callfold_reader::{
    Batch, BatchCall, Batches, Checkpoint, DetailCost, Enriched, Enricher, Fingerprint,
    MAX_CONCURRENT_LOOKUPS,
};
use callfold_unify::{
    RejectedRecord,
    model::{Call, CallId, Timestamp},
};
use futures_util::{StreamExt, stream};

/// Which details are fetched beyond the list record, and how.
pub(crate) struct DetailPlan<'a> {
    vendor: &'static str,
    /// By parameters of the list.
    by_list: DetailParts,
    /// By a request for each call.
    by_call: Option<ByCall>,
    retries: &'a RetryQueue,
    hosts: &'a Hosts,
    clock: fn() -> Timestamp,
    /// Whether to fetch details of unchanged calls that are stored without.
    backfill: bool,
}

struct ByCall {
    enricher: Enricher,
    wanted: DetailParts,
    /// The name of what it fetches, as in `owed.part`.
    part: &'static str,
}

impl<'a> DetailPlan<'a> {
    /// As the options want them, for batches of this source.
    pub(crate) fn new(source: &SourceSync<'a>, batches: &Batches<'_>) -> Self {
        let options = source.run.options;
        let (wanted, plan) = (DetailParts::from(options.detail), batches.plan());
        let is_option =
            |cost: &Option<DetailCost>| matches!(cost, Some(DetailCost::ListOption { .. }));
        let by_list = plan.detail.iter().any(|step| is_option(&step.cost));
        let part = plan.part_per_call();
        Self {
            vendor: plan.vendor,
            by_list: if by_list { wanted } else { DetailParts::default() },
            by_call: batches.enricher().map(|enricher| ByCall { enricher, wanted, part }),
            retries: source.retries,
            hosts: source.hosts,
            clock: options.clock,
            backfill: true,
        }
    }

    /// The same, for new and changed calls only.
    pub(crate) fn without_backfill(self) -> Self {
        Self { backfill: false, ..self }
    }
}

/// A batch that can be written.
pub(crate) struct PreparedBatch {
    pub(crate) calls: Vec<PreparedCall>,
    pub(crate) rejected: Vec<RejectedRecord>,
    pub(crate) seen: Vec<Fingerprint>,
    /// The hashes of the ids of its calls and of its rejected records,
    /// 16 bytes each.
    pub(crate) ids: Vec<u8>,
    /// The ids of its calls in progress.
    pub(crate) open: Vec<String>,
    /// The newest start.
    pub(crate) newest: Option<Timestamp>,
    pub(crate) checkpoint: Checkpoint,
    /// Updates of `owed`.
    pub(crate) statements: Vec<Statement>,
    pub(crate) records: usize,
    pub(crate) total: Option<u64>,
}

/// Prepares a batch.
pub(crate) async fn prepare(
    batch: Batch,
    details: &DetailPlan<'_>,
    database: &Database,
) -> Result<PreparedBatch, StoreError> {
    let Batch { calls, mut rejected, seen, checkpoint, records, total, .. } = batch;
    let (vendor, by_list) = (details.vendor, details.by_list);
    let keeps_calls = details.by_call.is_some();
    // Not on the task that reads from the network.
    let hashing = tokio::spawn(async move { hash_calls(calls, vendor, by_list, keeps_calls) });
    let mut hashed = hashing.await.map_err(|_| {
        StoreError::new(StoreErrorKind::Broken, "the task that hashes a page panicked", "")
    })?;
    let mut statements = Vec::new();
    if let Some(by_call) = &details.by_call {
        let calls = hashed.calls.into_iter().zip(hashed.originals).collect();
        (hashed.calls, statements) = enrich_missing(calls, by_call, details, database).await?;
    }
    let HashedCalls { calls, mut ids, open, newest, unusable, .. } = hashed;
    // A record that cannot be decoded is listed nevertheless.
    ids.extend(rejected.iter().flat_map(listed_hash));
    rejected.extend(unusable);
    Ok(PreparedBatch {
        calls,
        rejected,
        seen,
        ids,
        open,
        newest,
        checkpoint,
        statements,
        records,
        total,
    })
}

/// The hash of a rejected record's key; of the record itself if it has no usable
/// id.
fn listed_hash(record: &RejectedRecord) -> Hash {
    let id = record.id.as_ref().map(|id| CallId::new(record.vendor, &*record.account, &**id));
    id.map_or_else(|| text_hash(record.raw.get()), |id| text_hash(&id.to_string()))
}

struct HashedCalls {
    calls: Vec<PreparedCall>,
    /// The calls themselves, if details may be added to them.
    #[expect(clippy::vec_box, reason = "batches and enrichers box their calls")]
    originals: Vec<Box<Call>>,
    ids: Vec<u8>,
    open: Vec<String>,
    newest: Option<Timestamp>,
    /// Calls whose id no database can store.
    unusable: Vec<RejectedRecord>,
}

fn hash_calls(
    calls: Vec<BatchCall>,
    vendor: &'static str,
    by_list: DetailParts,
    keeps_calls: bool,
) -> HashedCalls {
    let newest = calls.iter().filter_map(|call| call.call.started_at).max();
    let (mut originals, mut ids, mut unusable) = (Vec::new(), Vec::new(), Vec::new());
    let prepare = |BatchCall { call, is_enriched }: BatchCall| {
        let key = key(&call);
        ids.extend(text_hash(&key));
        if let Some(reason) = unusable_key(&key) {
            let (CallId { account, call_id, .. }, raw) = (call.id, call.raw);
            unusable.push(RejectedRecord { vendor, account, id: Some(call_id), reason, raw });
            return None;
        }
        let (origin, detail) = if is_enriched {
            (RecordOrigin::Single, DetailParts::ALL)
        } else {
            (RecordOrigin::List, by_list)
        };
        let prepared = PreparedCall::new(&call, origin, detail);
        originals.extend(keeps_calls.then_some(call));
        Some(prepared)
    };
    let calls: Vec<_> = calls.into_iter().filter_map(prepare).collect();
    let open = calls.iter().filter(|new| !new.is_final).map(|new| new.id.clone()).collect();
    HashedCalls { ids, open, newest, unusable, calls, originals }
}

/// Fetches details that are not stored, or are stored of an older record. Those
/// that cannot be fetched are added to `owed`.
async fn enrich_missing(
    calls: Vec<(PreparedCall, Box<Call>)>,
    by_call: &ByCall,
    details: &DetailPlan<'_>,
    database: &Database,
) -> Result<(Vec<PreparedCall>, Vec<Statement>), StoreError> {
    let ids = calls.iter().map(|(new, _)| new.id.clone()).collect();
    let stored = database.stored_states(ids).await?;
    let enriching = calls.into_iter().zip(stored).map(|((new, call), stored)| async move {
        match stored {
            Some(stored) if !stored.needs_detail(by_call.wanted, new.list_hash) => {
                (new, Vec::new())
            }
            Some(stored) if !details.backfill && stored.list_hash == new.list_hash => {
                (new, Vec::new())
            }
            stored => {
                let was_missed = stored.is_some_and(|stored| stored.detail.is_missed());
                by_call.enrich_or_postpone(new, call, was_missed, details).await
            }
        }
    });
    let done: Vec<_> = stream::iter(enriching).buffered(MAX_CONCURRENT_LOOKUPS).collect().await;
    let (calls, statements): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    Ok((calls, statements.into_iter().flatten().collect()))
}

impl ByCall {
    async fn enrich_or_postpone(
        &self,
        new: PreparedCall,
        call: Box<Call>,
        was_missed: bool,
        details: &DetailPlan<'_>,
    ) -> (PreparedCall, Vec<Statement>) {
        let DetailPlan { retries, hosts, clock, .. } = details;
        let id = new.id.clone();
        let key = OwedKey { call: &id, part: self.part, position: 0 };
        let now = clock();
        if let Some((until, reason)) = hosts.pause_of(API, now) {
            let failure = FetchFailure { kind: OwedKind::Failed, reason };
            let added = retries.add(key, API, &failure, 0, (now, until));
            return (PreparedCall { detail: self.wanted.missed(), ..new }, added.into());
        }
        let (new, failure) = enrich(new, call, &self.enricher, self.wanted).await;
        let Some(failure) = failure else {
            hosts.succeeded(API);
            return (new, was_missed.then(|| retries.resolve(key)).into_iter().collect());
        };
        match failure.kind {
            OwedKind::Absent => hosts.succeeded(API),
            _ => hosts.failed(API, &failure.reason, clock()),
        }
        (new, retries.add(key, API, &failure, 1, (now, now)).into())
    }
}

/// Adds details to a call by a request of its own.
pub(crate) async fn enrich(
    listed: PreparedCall,
    call: Box<Call>,
    enricher: &Enricher,
    wanted: DetailParts,
) -> (PreparedCall, Option<FetchFailure>) {
    let before = text_hash(call.raw.get());
    let Enriched { call, missing } = enricher(call).await;
    let is_same_record = text_hash(call.raw.get()) == before;
    let origin = if is_same_record { listed.origin } else { RecordOrigin::Single };
    let detail = if missing.is_some() { wanted.missed() } else { wanted };
    let new = PreparedCall::new(&call, origin, detail);
    let links = listed.links.or(new.links);
    (PreparedCall { list_hash: listed.list_hash, links, ..new }, missing.map(FetchFailure::from))
}
