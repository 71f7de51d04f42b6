//! Details that are owed: fetched when they are due, whatever page of the list
//! their calls are on by now.

use crate::{
    StoreError,
    hosts::API,
    owed::{Failure, Key, OwedKind, RECORDING, Tried},
    ready::complete,
    row::{Parts, Prepared, Shape, key},
    source_sync::{Run, SourceSync},
    store::Page,
};
use callfold_reader::{Enricher, MAX_CONCURRENT_LOOKUPS, Missing, Query, ReadError, read_batches};
use callfold_unify::model::Timestamp;
use futures_util::{StreamExt, stream};
use std::collections::HashMap;

/// Debts of a source that one run works off at most.
const MOST: i64 = 1_000;
/// Calls that are written at once.
const STEP: usize = 25;

/// Details that are owed.
struct Debt {
    call: String,
    part: String,
    tried: Tried,
    /// The parts that were wanted.
    wanted: Parts,
    light: Option<[u8; 16]>,
    /// The record of the list, where it is stored.
    record: Option<String>,
    call_id: String,
}

/// What came of a try; `None` where there was none.
type Answer = (Debt, Option<Result<Prepared, Failure>>);

impl SourceSync<'_> {
    /// Fetches the details that are owed and due, the longest due first.
    pub(crate) async fn pay(&mut self) -> Result<(), StoreError> {
        let debts = self.due().await?;
        let mut completers = HashMap::new();
        for debt in &debts {
            let wanted = debt.wanted;
            completers.entry(wanted.to_text()).or_insert_with(|| self.completer(wanted));
        }
        let this = &*self;
        let fetching = debts.into_iter().map(|debt| {
            let completer = completers.get(&debt.wanted.to_text()).cloned().flatten();
            async move { this.fetch(debt, completer).await }
        });
        let mut answers =
            stream::iter(fetching).buffered(MAX_CONCURRENT_LOOKUPS).ready_chunks(STEP);
        let mut written = crate::Written::default();
        let mut stopped = false;
        loop {
            let step = tokio::select! {
                biased;
                () = this.run.stop.wait() => {
                    stopped = true;
                    None
                }
                step = answers.next() => step,
            };
            let Some(step) = step else { break };
            written += this.settle(step).await?;
        }
        drop(answers);
        self.report.written += written;
        self.report.stopped |= stopped;
        self.written.notify_one();
        Ok(())
    }

    async fn due(&self) -> Result<Vec<Debt>, StoreError> {
        let Run { database, options, run, at, .. } = *self.run;
        let sql = "SELECT owed.call, owed.part, owed.tries, owed.first_failed_at, calls.detail, \
                   calls.light_hash, raw.record, calls.call_id \
                   FROM owed JOIN calls ON calls.id = owed.call \
                   LEFT JOIN raw ON raw.call = owed.call AND raw.shape = 'list' \
                   WHERE owed.vendor = $1 AND owed.account = $2 AND owed.part <> $3 \
                   AND owed.run < $4 AND ($5 OR owed.given_up_at IS NULL AND owed.next_try_at <= $6) \
                   ORDER BY owed.next_try_at, owed.call LIMIT $7";
        let (vendor, account) = (self.source.vendor(), self.source.account());
        let parameters = vec![
            vendor.into(),
            account.into(),
            RECORDING.into(),
            run.into(),
            options.full.into(),
            at.into(),
            MOST.into(),
        ];
        let rows = database.query(sql, parameters).await?;
        let debt = |row: &crate::datum::Record| {
            Ok(Debt {
                call: row.text(0)?.to_owned(),
                part: row.text(1)?.to_owned(),
                tried: Tried { tries: row.int(2)?, first_failed_at: row.time(3)?.unwrap_or(at) },
                wanted: Parts::from_text(row.text(4)?).without_missed(),
                light: row.bytes(5)?.try_into().ok(),
                record: row.option_text(6)?.map(str::to_owned),
                call_id: row.text(7)?.to_owned(),
            })
        };
        rows.iter().map(debt).collect()
    }

    /// What adds these parts; `None` where the vendor needs no request for it.
    fn completer(&self, wanted: Parts) -> Option<Enricher> {
        let query = Query { detail: wanted.to_detail(), raw: true, ..Query::default() };
        // Nothing is asked until a batch is taken.
        read_batches(self.source, &query, None).enricher()
    }

    async fn fetch(&self, debt: Debt, completer: Option<Enricher>) -> Answer {
        let now = (self.run.options.clock)();
        if self.hosts.pause_of(API, now).is_some() {
            return (debt, None);
        }
        let call = debt.record.as_deref().and_then(|record| self.source.map_record(record));
        let answer = match (call.filter(|call| key(call) == debt.call), completer) {
            (Some(call), Some(completer)) => {
                let light = Prepared::new(&call, Shape::List, Parts::default());
                let light = Prepared { light: debt.light.or(light.light), ..light };
                let (new, failure) = complete(light, call, &completer, debt.wanted).await;
                failure.map_or(Ok(new), Err)
            }
            _ => self.fetch_whole(&debt).await,
        };
        match &answer {
            Err(failure) if failure.kind != OwedKind::Absent => {
                self.hosts.failed(API, &failure.reason, (self.run.options.clock)());
            }
            _ => self.hosts.succeeded(API),
        }
        (debt, Some(answer))
    }

    /// The call as one record gives it, where the list's is not stored.
    async fn fetch_whole(&self, debt: &Debt) -> Result<Prepared, Failure> {
        match self.source.get(&debt.call_id).await {
            Ok(Some(call)) if key(&call) == debt.call => {
                Ok(Prepared::new(&call, Shape::Single, Parts::ALL))
            }
            Ok(_) => Err(Missing::new(None).into()),
            Err(error) => Err(reason(&error)),
        }
    }

    /// Writes what came of some tries.
    async fn settle(&self, answers: Vec<Answer>) -> Result<crate::Written, StoreError> {
        let Run { database, options, run, at, .. } = *self.run;
        let (mut calls, mut notes) = (Vec::new(), Vec::new());
        for (debt, answer) in answers {
            let key = Key { call: &debt.call, part: &debt.part, position: 0 };
            match answer {
                None => {}
                Some(Ok(new)) => {
                    calls.push(new);
                    notes.push(self.ledger.pay(key));
                }
                Some(Err(failure)) => {
                    let now: Timestamp = (options.clock)();
                    notes.push(self.ledger.failed_again(key, &failure, debt.tried, now));
                }
            }
        }
        notes.extend(self.hosts.take_changes());
        database.write(Page { run, at, calls, notes, ..Page::default() }).await
    }
}

/// Why a request failed.
pub(crate) fn reason(error: &ReadError) -> Failure {
    match error.request() {
        Some(request) => Missing::new(Some(request)).into(),
        None => Failure { kind: OwedKind::Failed, reason: error.reason() },
    }
}
