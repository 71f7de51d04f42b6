//! A batch on its way from a source to the database: hashed, and completed
//! with details where they are wanted and not stored already.

use crate::{
    Database, StoreError, StoreErrorKind,
    open_calls::is_due,
    row::{Parts, Prepared, Shape, key, text_hash, unusable_key},
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
    vendor: &'static str,
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
            vendor: plan.vendor,
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
    let Batch { calls, mut set_aside, seen, checkpoint, records, total, .. } = batch;
    let (vendor, by_list, keep) = (details.vendor, details.by_list, details.by_call.is_some());
    // Off the thread that talks to the network.
    let hashing = tokio::spawn(async move { hashed(calls, vendor, by_list, keep) });
    let mut hashed = hashing.await.map_err(|_| {
        StoreError::new(StoreErrorKind::Broken, "the hashing of a page was broken off", "")
    })?;
    if keep {
        let calls = hashed.calls.into_iter().zip(hashed.kept);
        hashed.calls = completed(calls.collect(), details, database).await?;
    }
    let Hashed { calls, ids, open, newest, unusable, .. } = hashed;
    set_aside.extend(unusable);
    Ok(Ready { calls, set_aside, seen, ids, open, newest, checkpoint, records, total })
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
    unusable: Vec<SetAside>,
}

fn hashed(calls: Vec<BatchCall>, vendor: &'static str, by_list: Parts, keep: bool) -> Hashed {
    let newest = calls.iter().filter_map(|call| call.call.started_at).max();
    let (mut kept, mut ids, mut unusable) = (Vec::new(), Vec::new(), Vec::new());
    let prepared = |BatchCall { call, complete }: BatchCall| {
        let key = key(&call);
        ids.extend(text_hash(&key));
        if let Some(reason) = unusable_key(&key) {
            let (account, raw) = (call.id.account, call.raw);
            unusable.push(SetAside { vendor, account, id: Some(call.id.call_id), reason, raw });
            return None;
        }
        let (shape, detail) =
            if complete { (Shape::Single, Parts::ALL) } else { (Shape::List, by_list) };
        let prepared = Prepared::new(&call, shape, detail);
        kept.extend(keep.then_some(call));
        Some(prepared)
    };
    let calls: Vec<_> = calls.into_iter().filter_map(prepared).collect();
    let open = calls.iter().filter(|new| !new.is_final).map(|new| new.id.clone());
    Hashed { ids, open: open.collect(), newest, unusable, calls, kept }
}

/// Fetches details where they are not stored, or not of the record as it is
/// now.
async fn completed(
    calls: Vec<(Prepared, Box<Call>)>,
    details: &Details,
    database: &Database,
) -> Result<Vec<Prepared>, StoreError> {
    let calls = calls.into_iter();
    let Some((completer, wanted)) = &details.by_call else {
        return Ok(calls.map(|(new, _)| new).collect());
    };
    let ids = calls.as_slice().iter().map(|(new, _)| new.id.clone()).collect();
    let known = database.backend.known(ids).await?;
    let is_due = |changed| is_due(details.at, details.at - changed, details.before);
    let completing = calls.zip(known).map(|((new, call), known)| async move {
        match known {
            Some(known) if !known.lacks(*wanted, new.light, is_due) => new,
            _ => complete(new, call, completer, *wanted).await,
        }
    });
    Ok(stream::iter(completing).buffered(SINGLES_AT_ONCE).collect().await)
}

async fn complete(
    light: Prepared,
    call: Box<Call>,
    completer: &Completer,
    wanted: Parts,
) -> Prepared {
    let before = text_hash(call.raw.get());
    let Completed { call, missed } = completer(call).await;
    let same_record = text_hash(call.raw.get()) == before;
    let shape = if same_record { light.shape } else { Shape::Single };
    let detail = if missed { wanted.missed() } else { wanted };
    let new = Prepared::new(&call, shape, detail);
    Prepared { light: light.light, links: light.links.or(new.links), ..new }
}
