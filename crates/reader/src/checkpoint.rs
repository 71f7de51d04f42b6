//! Where reading a source stands, in a form to store.

use crate::{
    Paging, Query, ReadError, SourcePlan,
    error::ReadErrorKind,
    fingerprint::{Fingerprint, FingerprintDomain, FingerprintKey},
    source_reader::ReaderState,
};
use callfold_transport::{Cursor, Position};
use callfold_unify::json::is_terminal_control;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A name from a checkpoint, which is untrusted input, without control characters.
fn sanitise(name: &str) -> String {
    name.chars().filter(|c| !is_terminal_control(*c)).take(100).collect()
}

/// The format that this version writes and reads.
const FORMAT: u64 = 1;

/// Where reading a source stands after a batch.
///
/// Store it with the batch, in one step, as JSON or any other self-describing
/// format. It belongs to one query over one source;
/// [`read_batches`](crate::read_batches) refuses it for another. It holds no
/// telephone number and no credential, and no id but a key or token that the
/// vendor pages by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Checkpoint {
    format: u64,
    #[serde(flatten)]
    body: Body,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Body {
    vendor: String,
    account: String,
    list: String,
    page_size: u32,
    /// The query and its plan. A fingerprint, as a query can hold a number.
    #[serde(alias = "question")]
    query: Fingerprint,
    key: FingerprintKey,
    state: ReaderState,
}

/// A stored checkpoint whose format is not checked yet.
#[derive(Deserialize)]
struct Stored {
    format: Option<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl TryFrom<Stored> for Checkpoint {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        match stored.format.as_ref().map(Value::as_u64) {
            Some(Some(FORMAT)) => {}
            Some(Some(other)) => {
                return Err(format!(
                    "the checkpoint has format {other}, and this version reads format {FORMAT}: \
                     resume with the version that wrote it, or restart without it"
                ));
            }
            _ => return Err("not a checkpoint: the format is missing".to_owned()),
        }
        let body = serde_json::from_value(Value::Object(stored.rest))
            .map_err(|error| format!("the checkpoint cannot be read: {error}"))?;
        Ok(Self { format: FORMAT, body })
    }
}

impl Checkpoint {
    /// `key` is the key of all fingerprints so far.
    pub(crate) fn new(
        plan: &SourcePlan,
        query: Fingerprint,
        key: FingerprintKey,
        state: ReaderState,
    ) -> Self {
        let body = Body {
            vendor: plan.vendor.to_owned(),
            account: plan.account.clone(),
            list: plan.list.to_owned(),
            page_size: plan.expected.page_size,
            query,
            key,
            state,
        };
        Self { format: FORMAT, body }
    }

    pub(crate) fn key(&self) -> FingerprintKey {
        self.body.key
    }

    /// The state of the reader, if the checkpoint was made with this plan.
    ///
    /// # Errors
    ///
    /// [`ReadError`] with what differs.
    pub(crate) fn open(self, plan: &SourcePlan, query: &Query) -> Result<ReaderState, ReadError> {
        let Body { vendor, account, list, page_size, query: fingerprint, key, state } = self.body;
        let differs = if vendor != plan.vendor || account != plan.account {
            format!("it was made for {} ({})", sanitise(&account), sanitise(&vendor))
        } else if list != plan.list {
            format!("it was made for the list {}, and {} is read now", sanitise(&list), plan.list)
        } else if page_size != plan.expected.page_size {
            format!("its pages have {page_size} records, and now {}", plan.expected.page_size)
        } else if !state.cursors().all(|at| is_position_of(plan.paging, at)) {
            "its list was paged in another way".to_owned()
        } else if fingerprint != query_fingerprint(key, plan, query) {
            "it was made with other filters or another detail".to_owned()
        } else if state.list >= plan.expected.lists || !state.is_plausible() {
            "it was damaged or changed".to_owned()
        } else {
            return Ok(state);
        };
        let kind = ReadErrorKind::CheckpointMismatch(differs);
        Err(ReadError::new(plan.vendor, &plan.account, kind))
    }
}

/// Whether a list that is paged like this can be resumed at `cursor`.
fn is_position_of(paging: Paging, cursor: &Cursor) -> bool {
    match cursor.position() {
        Some(Position::Token(_)) => paging == Paging::Token,
        Some(Position::Key { .. }) => matches!(paging, Paging::Key { .. }),
        _ => paging.can_shift(),
    }
}

/// The fingerprint of a query and its plan: whatever changes the answer changes it.
pub(crate) fn query_fingerprint(
    key: FingerprintKey,
    plan: &SourcePlan,
    query: &Query,
) -> Fingerprint {
    let phone = query.phone.as_ref().map(|phone| phone.as_str());
    let filters = (
        &query.since,
        &query.until,
        &query.lookback_floor,
        &query.direction,
        &query.status,
        phone,
        &query.agent,
        &query.contact,
        &query.campaign,
    );
    let lists: Vec<Vec<_>> = (0..plan.expected.lists)
        .map(|list| plan.parameters(list).map(|(name, value)| (name, value.to_text())).collect())
        .collect();
    let detail = query.detail.parts();
    // Strings, words and times only: nothing that JSON cannot hold.
    let text = serde_json::to_string(&(filters, lists, detail)).unwrap_or_default();
    key.fingerprint(FingerprintDomain::Query, &text)
}
