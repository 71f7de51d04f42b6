//! Where reading a source stands, in a form to store.

use crate::{
    ListPaging, Query, ReadError, SourcePlan,
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
    body: CheckpointBody,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CheckpointBody {
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
        let body = CheckpointBody {
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
        let CheckpointBody { vendor, account, list, page_size, query: fingerprint, key, state } =
            self.body;
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
fn is_position_of(paging: ListPaging, cursor: &Cursor) -> bool {
    match cursor.position() {
        Some(Position::Token(_)) => paging == ListPaging::Token,
        Some(Position::Key { .. }) => matches!(paging, ListPaging::Key { .. }),
        _ => paging.can_shift(),
    }
}

/// The values of a filter, none or one in the form of the versions that took no more, so that
/// their checkpoints resume.
fn values<T: Serialize>(values: &[T]) -> Value {
    let value = match values {
        [] => return Value::Null,
        [value] => serde_json::to_value(value),
        values => serde_json::to_value(values),
    };
    value.unwrap_or_default()
}

/// The fingerprint of a query and its plan: whatever changes the answer changes it.
pub(crate) fn query_fingerprint(
    key: FingerprintKey,
    plan: &SourcePlan,
    query: &Query,
) -> Fingerprint {
    // Without `..`: a new filter that is forgotten here does not compile.
    let Query {
        since,
        until,
        lookback_floor,
        direction,
        status,
        phone,
        agent,
        contact,
        campaign,
        detail,
        order: _,
        limit: _,
        max_sorted: _,
        raw: _,
    } = query;
    let phone: Vec<_> = phone.iter().map(|phone| phone.as_str()).collect();
    let (direction, status, phone) = (values(direction), values(status), values(&phone));
    let (agent, contact, campaign) = (values(agent), values(contact), values(campaign));
    let filters =
        (since, until, lookback_floor, direction, status, phone, agent, contact, campaign);
    let lists: Vec<Vec<_>> = (0..plan.expected.lists)
        .map(|list| plan.parameters(list).map(|(name, value)| (name, value.to_text())).collect())
        .collect();
    // Without the last parts where they are not wanted: a checkpoint of a version
    // without them resumes.
    let mut detail = detail.parts().to_vec();
    while detail.len() > 4 && detail.last() == Some(&false) {
        detail.pop();
    }
    // Strings, words and times only: nothing that JSON cannot hold.
    let text = serde_json::to_string(&(filters, lists, detail)).unwrap_or_default();
    key.fingerprint(FingerprintDomain::Query, &text)
}
