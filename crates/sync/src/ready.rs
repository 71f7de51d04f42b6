//! A batch on its way from a source to the database: hashed, and completed
//! with details where they are wanted and not stored already.

use crate::{
    Database, StoreError, StoreErrorKind,
    open_calls::is_due,
    row::{Hash, Parts, Prepared, Shape, key, text_hash},
};
use callfold_reader::{
    Batch, BatchCall, Checkpoint, Completed, Completer, DetailCost, Print, SINGLES_AT_ONCE,
    SourcePlan,
};
use callfold_unify::{
    SetAside,
    model::{Call, Timestamp},
};
use futures_util::{StreamExt, stream};

/// What is fetched beyond the light record, and how.
pub(crate) struct Details {
    /// By parameters of the list.
    by_list: Parts,
    /// By a request for each call.
    by_call: Option<(Completer, Parts)>,
    /// What time it is, and when calls were asked for last.
    at: Timestamp,
    before: Option<Timestamp>,
}

impl Details {
    pub(crate) fn new(
        wanted: Parts,
        plan: &SourcePlan,
        completer: Option<Completer>,
        at: Timestamp,
        before: Option<Timestamp>,
    ) -> Self {
        let is_option =
            |cost: &Option<DetailCost>| matches!(cost, Some(DetailCost::ListOption { .. }));
        let by_list = plan.detail.iter().any(|step| is_option(&step.cost));
        Self {
            by_list: if by_list { wanted } else { Parts::default() },
            by_call: completer.map(|completer| (completer, wanted)),
            at,
            before,
        }
    }
}

/// A batch that is ready to be written.
pub(crate) struct Ready {
    pub(crate) calls: Vec<Prepared>,
    pub(crate) set_aside: Vec<SetAside>,
    pub(crate) seen: Vec<Print>,
    /// The hashes of the calls' ids, one after the other.
    pub(crate) ids: Vec<u8>,
    /// The ids of the calls that are not over.
    pub(crate) open: Vec<String>,
    /// The newest start.
    pub(crate) newest: Option<Timestamp>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) records: usize,
    pub(crate) total: Option<u64>,
}

/// Makes a batch ready.
pub(crate) async fn ready(
    batch: Batch,
    details: &Details,
    database: &Database,
) -> Result<Ready, StoreError> {
    let Batch { calls, set_aside, seen, checkpoint, records, total, .. } = batch;
    let by_list = details.by_list;
    // Off the thread that talks to the network.
    let hashing = tokio::spawn(async move { hashed(calls, by_list) });
    let mut hashed = hashing.await.map_err(|_| {
        StoreError::new(StoreErrorKind::Broken, "the hashing of a page was broken off", "")
    })?;
    if details.by_call.is_some() {
        hashed.calls = completed(hashed.calls, details, database).await?;
    }
    let Hashed { calls, ids, open, newest } = hashed;
    Ok(Ready { calls, set_aside, seen, ids, open, newest, checkpoint, records, total })
}

struct Hashed {
    calls: Vec<Prepared>,
    ids: Vec<u8>,
    open: Vec<String>,
    newest: Option<Timestamp>,
}

fn hashed(calls: Vec<BatchCall>, by_list: Parts) -> Hashed {
    let newest = calls.iter().filter_map(|call| call.call.started_at).max();
    let ids = calls.iter().flat_map(|call| id_hash(&call.call)).collect();
    let prepared = |BatchCall { call, complete }: BatchCall| match complete {
        true => Prepared::new(call, Shape::Single, Parts::ALL),
        false => Prepared::new(call, Shape::List, by_list),
    };
    let calls: Vec<_> = calls.into_iter().map(prepared).collect();
    let open = calls.iter().filter(|new| !new.is_final).map(|new| key(&new.call));
    Hashed { ids, open: open.collect(), newest, calls }
}

/// The hash by which a call is looked for among those that were listed.
pub(crate) fn id_hash(call: &Call) -> Hash {
    text_hash(&key(call))
}

/// Fetches details where they are not stored, or not of the record as it is
/// now.
async fn completed(
    calls: Vec<Prepared>,
    details: &Details,
    database: &Database,
) -> Result<Vec<Prepared>, StoreError> {
    let Some((completer, wanted)) = &details.by_call else { return Ok(calls) };
    let ids = calls.iter().map(|new| key(&new.call)).collect();
    let known = database.backend.known(ids).await?;
    let is_due = |changed| is_due(details.at, details.at - changed, details.before);
    let completing = calls.into_iter().zip(known).map(|(new, known)| async move {
        match known {
            Some(known) if !known.lacks(*wanted, new.light, is_due) => new,
            _ => complete(new, completer, *wanted).await,
        }
    });
    Ok(stream::iter(completing).buffered(SINGLES_AT_ONCE).collect().await)
}

async fn complete(light: Prepared, completer: &Completer, wanted: Parts) -> Prepared {
    let before = text_hash(light.call.raw.get());
    let Completed { call, missed } = completer(light.call).await;
    let same_record = text_hash(call.raw.get()) == before;
    let shape = if same_record { light.shape } else { Shape::Single };
    let detail = if missed { wanted.missed() } else { wanted };
    Prepared { light: light.light, ..Prepared::new(call, shape, detail) }
}
