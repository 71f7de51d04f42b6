//! Retries details that could not be fetched, wherever in the list their calls
//! are by now.

use crate::{
    StoreError, WriteCounts,
    hosts::API,
    owed::{FailedTries, FetchFailure, OwedKey, OwedKind, RECORDING},
    prepare::enrich,
    record_hash::Hash,
    row::{DetailParts, PreparedCall, RecordOrigin, key},
    sql_value::SqlRow,
    store::WriteBatch,
    sync_run::{SourceSync, SyncRun},
};
use callfold_reader::{DetailFailure, Enricher, MAX_CONCURRENT_LOOKUPS, Query, read_batches};
use callfold_unify::model::Timestamp;
use futures_util::{StreamExt, stream};
use std::collections::HashMap;

/// Retries of a source in one run.
const MAX_RETRIES: i64 = 1_000;
/// Calls of one page.
const PAGE_SIZE: usize = 25;

/// Details of one call that could not be fetched.
struct PendingDetails {
    call: String,
    part: String,
    attempts: FailedTries,
    /// The parts that were wanted.
    wanted: DetailParts,
    list_hash: Option<Hash>,
    /// The list record, if it is stored.
    record: Option<String>,
    call_id: String,
}

/// The result of a retry; `None` if its host is paused.
type RetryResult = (PendingDetails, Option<Result<PreparedCall, FetchFailure>>);

impl SourceSync<'_> {
    /// Retries the details that are due, the longest due first.
    pub(crate) async fn retry_details(&mut self) -> Result<(), StoreError> {
        let pending = self.pending_details().await?;
        let mut enrichers = HashMap::new();
        for PendingDetails { wanted, .. } in &pending {
            enrichers.entry(wanted.to_text()).or_insert_with(|| self.enricher(*wanted));
        }
        let this = &*self;
        let retries = pending.into_iter().map(|pending| {
            let enricher = enrichers.get(&pending.wanted.to_text()).cloned().flatten();
            async move { this.retry(pending, enricher).await }
        });
        let retries = stream::iter(retries).buffered(MAX_CONCURRENT_LOOKUPS);
        let mut chunks = retries.ready_chunks(PAGE_SIZE);
        let (mut written, mut is_stopped) = (WriteCounts::default(), false);
        loop {
            let Some(chunk) = this.run.stop.run_until_cancelled(chunks.next()).await else {
                is_stopped = true;
                break;
            };
            let Some(chunk) = chunk else { break };
            written += this.write_retries(chunk).await?;
        }
        drop(chunks);
        self.report.written += written;
        self.report.stopped |= is_stopped;
        self.written.notify_one();
        Ok(())
    }

    async fn pending_details(&self) -> Result<Vec<PendingDetails>, StoreError> {
        let SyncRun { database, options, run, at, .. } = *self.run;
        let sql = "SELECT owed.call, owed.part, owed.tries, owed.first_failed_at, calls.detail, \
                   calls.list_hash, raw.record, calls.call_id \
                   FROM owed JOIN calls ON calls.id = owed.call \
                   LEFT JOIN raw ON raw.call = owed.call AND raw.shape = 'list' \
                   WHERE owed.vendor = $1 AND owed.account = $2 AND owed.part <> $3 \
                   AND owed.run < $4 AND ($5 OR owed.given_up_at IS NULL AND owed.next_try_at <= $6) \
                   ORDER BY owed.next_try_at, owed.call LIMIT $7";
        let mut parameters = self.key();
        parameters.extend([
            RECORDING.into(),
            run.into(),
            options.full.into(),
            at.into(),
            MAX_RETRIES.into(),
        ]);
        let pending = |row: &SqlRow| {
            Ok(PendingDetails {
                call: row.text(0)?.to_owned(),
                part: row.text(1)?.to_owned(),
                attempts: FailedTries {
                    tries: row.int(2)?,
                    first_failed_at: row.time(3)?.unwrap_or(at),
                },
                wanted: DetailParts::from_text(row.text(4)?).without_missed(),
                list_hash: row.bytes(5)?.try_into().ok(),
                record: row.option_text(6)?.map(str::to_owned),
                call_id: row.text(7)?.to_owned(),
            })
        };
        database.query(sql, parameters).await?.iter().map(pending).collect()
    }

    /// Adds these parts to a call; `None` if that needs no request of its own.
    fn enricher(&self, wanted: DetailParts) -> Option<Enricher> {
        let query = Query { detail: wanted.to_detail(), raw: true, ..Query::default() };
        // Nothing is requested until a batch is taken.
        read_batches(self.source, &query, None).enricher()
    }

    async fn retry(&self, pending: PendingDetails, enricher: Option<Enricher>) -> RetryResult {
        if self.hosts.pause_of(API, (self.run.options.clock)()).is_some() {
            return (pending, None);
        }
        let call = pending.record.as_deref().and_then(|record| self.source.map_record(record));
        let result = match (call.filter(|call| key(call) == pending.call), enricher) {
            (Some(call), Some(enricher)) => {
                let listed = PreparedCall::new(&call, RecordOrigin::List, DetailParts::default());
                let list_hash = pending.list_hash.or(listed.list_hash);
                let listed = PreparedCall { list_hash, ..listed };
                let (new, failure) = enrich(listed, call, &enricher, pending.wanted).await;
                failure.map_or(Ok(new), Err)
            }
            _ => self.look_up(&pending).await,
        };
        match &result {
            Err(failure) if failure.kind != OwedKind::Absent => {
                self.hosts.failed(API, &failure.reason, (self.run.options.clock)());
            }
            _ => self.hosts.succeeded(API),
        }
        (pending, Some(result))
    }

    /// The call's single record, if its list record is not stored.
    async fn look_up(&self, pending: &PendingDetails) -> Result<PreparedCall, FetchFailure> {
        match self.source.get(&pending.call_id).await {
            Ok(Some(call)) if key(&call) == pending.call => {
                Ok(PreparedCall::new(&call, RecordOrigin::Single, DetailParts::ALL))
            }
            Ok(_) => Err(DetailFailure::new(None).into()),
            Err(error) => Err(FetchFailure::from(&error)),
        }
    }

    async fn write_retries(&self, results: Vec<RetryResult>) -> Result<WriteCounts, StoreError> {
        let SyncRun { database, options, run, at, .. } = *self.run;
        let (mut calls, mut statements) = (Vec::new(), Vec::new());
        for (pending, result) in results {
            let key = OwedKey { call: &pending.call, part: &pending.part, position: 0 };
            match result {
                None => {}
                Some(Ok(new)) => {
                    calls.push(new);
                    statements.push(self.retries.resolve(key));
                }
                Some(Err(failure)) => {
                    let now: Timestamp = (options.clock)();
                    let attempts = pending.attempts;
                    statements.push(self.retries.record_failure(key, &failure, attempts, now));
                }
            }
        }
        statements.extend(self.hosts.take_changes());
        database.write(WriteBatch { run, at, calls, statements, ..WriteBatch::default() }).await
    }
}
