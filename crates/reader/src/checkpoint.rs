//! Where reading a source was left, in a form to store.

use crate::{
    Paging, Query, ReadError, SourcePlan,
    fingerprint::{Fingerprint, FingerprintKey, Of},
    source_reader::State,
};
use callfold_transport::{Cursor, Position};
use callfold_unify::json::is_terminal_control;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A name out of a checkpoint, which may come from anywhere.
fn harmless(name: &str) -> String {
    name.chars().filter(|c| !is_terminal_control(*c)).take(100).collect()
}

/// The format that this version writes and reads.
const FORMAT: u64 = 1;

/// Where reading a source was left: after a batch.
///
/// It is stored by whoever keeps the batch, in one step with it, as JSON or any
/// other self-describing format. It belongs to one question asked of one
/// source; [`read_batches`](crate::read_batches) refuses it for another. It
/// holds no number and no credential, and no id but a key or token that the
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
    /// What the query filters by, in no readable form: it can be a number.
    question: Fingerprint,
    key: FingerprintKey,
    state: State,
}

/// A checkpoint as it is stored, its format not looked at yet.
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
                    "the checkpoint is of format {other}, and this version knows format {FORMAT}: \
                     go on with the version that made it, or begin anew"
                ));
            }
            _ => return Err("this is no checkpoint: it names no format".to_owned()),
        }
        let body = serde_json::from_value(Value::Object(stored.rest))
            .map_err(|error| format!("the checkpoint cannot be read: {error}"))?;
        Ok(Self { format: FORMAT, body })
    }
}

impl Checkpoint {
    /// `state` is where reading is; the key is that of the prints given.
    pub(crate) fn new(
        plan: &SourcePlan,
        question: Fingerprint,
        key: FingerprintKey,
        state: State,
    ) -> Self {
        let body = Body {
            vendor: plan.vendor.to_owned(),
            account: plan.account.clone(),
            list: plan.list.to_owned(),
            page_size: plan.expected.page_size,
            question,
            key,
            state,
        };
        Self { format: FORMAT, body }
    }

    pub(crate) fn key(&self) -> FingerprintKey {
        self.body.key
    }

    /// Where reading was, if it is this plan that was followed.
    ///
    /// # Errors
    ///
    /// Says whose checkpoint it is, or what differs.
    pub(crate) fn open(self, plan: &SourcePlan, query: &Query) -> Result<State, ReadError> {
        let Body { vendor, account, list, page_size, question, key, state } = self.body;
        let differs = if vendor != plan.vendor || account != plan.account {
            format!("it was made for {} ({})", harmless(&account), harmless(&vendor))
        } else if list != plan.list {
            format!("it was made reading {}, and {} is read now", harmless(&list), plan.list)
        } else if page_size != plan.expected.page_size {
            format!("its pages have {page_size} records, and now {}", plan.expected.page_size)
        } else if !state.cursors().all(|at| is_position_of(plan.paging, at)) {
            "its list was paged in another way".to_owned()
        } else if question != self::question(key, plan, query) {
            "it was made with other filters or another detail".to_owned()
        } else if state.list >= plan.expected.lists || !state.is_plausible() {
            "it was damaged or changed".to_owned()
        } else {
            return Ok(state);
        };
        Err(ReadError::checkpoint(plan.vendor, &plan.account, differs))
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

/// What is asked, as one print: whatever changes the answer changes it.
pub(crate) fn question(key: FingerprintKey, plan: &SourcePlan, query: &Query) -> Fingerprint {
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
        ..
    } = query;
    let phone = phone.as_ref().map(|phone| phone.as_str());
    let asked = (since, until, lookback_floor, direction, status, phone, agent, contact, campaign);
    let lists: Vec<Vec<_>> =
        (0..plan.expected.lists).map(|list| plan.parameters(list).collect()).collect();
    let detail = query.detail;
    let detail = [detail.transcript, detail.recording, detail.analysis, detail.metrics];
    // Strings, words and times only: nothing that JSON cannot hold.
    let text = serde_json::to_string(&(asked, lists, detail)).unwrap_or_default();
    key.print(Of::Question, &text)
}
