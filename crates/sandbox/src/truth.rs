//! The ground truth of a call, of which a vendor's API shows a part.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::hash_rng::HashRng;
use crate::people::NamedEntity;

/// Who started the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The customer called the agent.
    Inbound,
    /// The agent called the customer.
    Outbound,
}

/// What carried the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The telephone network.
    Phone,
    /// A browser; there are no numbers and no direction.
    Web,
    /// A direct SIP connection.
    Sip,
}

/// The phase of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthStatus {
    /// Not picked up yet.
    Ringing,
    /// Picked up and not over.
    InProgress,
    /// Over.
    Ended,
}

/// The exact phase of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Created and not dialed yet; initial calls are past it.
    Queued,
    Ringing,
    InProgress,
    Ended,
}

impl From<Stage> for TruthStatus {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Queued | Stage::Ringing => Self::Ringing,
            Stage::InProgress => Self::InProgress,
            Stage::Ended => Self::Ended,
        }
    }
}

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The customer hung up.
    CustomerHangup,
    /// The agent hung up.
    AgentHangup,
    /// The agent handed the call to a person.
    Transferred,
    /// A machine picked up and the agent left a message.
    Voicemail,
    /// The call reached the longest time allowed.
    MaxDuration,
    /// Both parties were silent for too long.
    Inactivity,
    /// The call was not picked up.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// The call was declined.
    Rejected,
    /// The call could not be set up.
    Failed,
}

impl End {
    /// Whether somebody or something picked up.
    pub fn is_connected(self) -> bool {
        !matches!(self, Self::NoAnswer | Self::Busy | Self::Rejected | Self::Failed)
    }
}

/// The result of a finished call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthOutcome {
    /// A person picked up.
    Answered,
    /// A person picked up and was handed to another.
    Transferred,
    /// A machine picked up.
    Voicemail,
    /// The call was not picked up.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// The call was declined.
    Rejected,
    /// The call could not be set up.
    Failed,
}

impl From<End> for TruthOutcome {
    fn from(end: End) -> Self {
        match end {
            End::CustomerHangup | End::AgentHangup | End::MaxDuration | End::Inactivity => {
                Self::Answered
            }
            End::Transferred => Self::Transferred,
            End::Voicemail => Self::Voicemail,
            End::NoAnswer => Self::NoAnswer,
            End::Busy => Self::Busy,
            End::Rejected => Self::Rejected,
            End::Failed => Self::Failed,
        }
    }
}

/// Who spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The voice agent.
    Agent,
    /// The person on the other end.
    Customer,
}

/// One turn of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TruthTurn {
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub text: String,
    /// Milliseconds from pick-up to its beginning.
    pub offset_ms: i64,
}

/// The person on the other end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Customer {
    /// The vendor's id of the person.
    pub contact_id: String,
    /// First name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// E-mail address; `None` if the vendor has none.
    pub email: Option<String>,
    /// Number in E.164; `None` on web calls. The same person has the same number at all vendors.
    pub number: Option<String>,
}

impl Customer {
    /// First name and family name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// How a call's records differ from what the vendor documents.
///
/// A record that drifts has one undocumented field, and about one field in six has another type,
/// an unknown enum value or null, or is missing. Its ids and its start are unchanged: the fields
/// listed under [`bad_id`](Self::bad_id) and [`bad_time`](Self::bad_time).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordFaults {
    /// Its records drift.
    pub drifts: bool,
    /// Its records have no usable id: missing, null, empty, or of another type.
    ///
    /// - Vaani: `call_id`. Zudu: `id` and `call_id`. All others: `id`.
    pub bad_id: bool,
    /// Its records have no usable start: missing, null, or not a time.
    ///
    /// - Vaani: `Start_time`. Ravan: `started_at` or `startedAt`. VozAgent: `call_started_at`.
    ///   AgentVoice: `started_at`. Zudu: `start_timestamp`.
    pub bad_time: bool,
    /// Its records are not JSON: a number is `NaN` or `Infinity`, or a text has a raw newline or
    /// the escape `\x`. Ids and start are unchanged.
    pub odd_byte: bool,
}

impl RecordFaults {
    pub(crate) fn is_any(self) -> bool {
        self.drifts || self.bad_id || self.bad_time || self.odd_byte
    }
}

/// One complete call at the dataset's present moment.
///
/// Times lie on the vendor's own resolution: seconds for Ravan and VozAgent, milliseconds for
/// AgentVoice and Zudu, microseconds for Vaani. What has not happened yet is `None`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Truth {
    /// Name of the vendor.
    pub vendor: &'static str,
    /// The vendor's id of the call.
    pub id: String,
    /// A second id of the call.
    ///
    /// - Zudu: `call_id`, while `id` is the record's id.
    pub alternate_id: Option<String>,
    /// Who started the call; `None` on web calls.
    pub direction: Option<Direction>,
    /// What carried the call.
    pub channel: Channel,
    /// The phase of the call.
    pub status: TruthStatus,
    /// Whether it still waits to be dialed; only calls that arrived while being served do.
    pub queued: bool,
    /// Its result; `None` until it is over.
    pub outcome: Option<TruthOutcome>,
    /// Why it ended; `None` until it is over.
    pub end: Option<End>,
    /// The vendor's word for the state; `None` if the vendor has no such field (Vaani).
    pub vendor_status: Option<&'static str>,
    /// The vendor's word for the end; `None` until it is over, and if the vendor has no such
    /// field (VozAgent) or no such word (Ravan, for calls that never connected).
    pub vendor_end_reason: Option<&'static str>,
    /// The person on the other end.
    pub customer: Customer,
    /// The voice agent.
    pub agent: NamedEntity,
    /// The number the agent answers and calls from, E.164; `None` on web calls.
    pub agent_line: Option<String>,
    /// The campaign of an outbound call.
    pub campaign: Option<NamedEntity>,
    /// The vendor's tenant.
    pub organization: NamedEntity,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// Start of the call, by which all lists are ordered. No two calls of a dataset share one.
    ///
    /// - Vaani: dispatch, about 30 s before the pick-up of an outbound call.
    pub started_at: DateTime<Utc>,
    /// Start of dialing; only for Vaani's outbound calls.
    pub dialing_at: Option<DateTime<Utc>>,
    /// Start of ringing; only for Vaani.
    pub ringing_at: Option<DateTime<Utc>>,
    /// Pick-up; only Vaani reports it.
    pub answered_at: Option<DateTime<Utc>>,
    /// End of the call.
    pub ended_at: Option<DateTime<Utc>>,
    /// What the vendor reports as the duration, in microseconds.
    ///
    /// - Vaani: a small share is corrupt and fits none of the times.
    pub reported_duration_us: Option<i64>,
    /// Cost in millionths of `cost_unit`; `None` until the call is over, and for vendors that
    /// report no cost (AgentVoice).
    pub cost_micros: Option<i64>,
    /// Unit of the cost, `credits` or `USD`; `None` if the vendor does not say.
    pub cost_unit: Option<&'static str>,
    /// Milliseconds the agent took for each of its answers.
    pub latencies_ms: Vec<u32>,
    /// The conversation so far.
    pub turns: Vec<TruthTurn>,
    /// Whether a recording can be fetched.
    pub recorded: bool,
    /// Whether the analysis is done. The fields from `summary` to `lead` are `None` before.
    pub analysed: bool,
    /// Summary of the conversation.
    pub summary: Option<String>,
    /// `positive`, `neutral` or `negative`.
    pub sentiment: Option<&'static str>,
    /// What the customer wanted; VozAgent reports the nearest of its own values.
    pub intent: Option<&'static str>,
    /// Whether the call reached its goal.
    pub success: Option<bool>,
    /// Whether an appointment was booked.
    pub appointment_booked: Option<bool>,
    /// Whether the customer wants to be called back.
    pub callback_requested: Option<bool>,
    /// `hot`, `warm` or `cold`.
    pub lead: Option<&'static str>,
    /// The caller's own keys.
    pub metadata: BTreeMap<&'static str, String>,
    /// The epoch in which the call appeared; 0 for initial calls.
    pub added_epoch: u32,
    /// The epoch in which the call was deleted; `None` for one that exists.
    pub deleted_epoch: Option<u32>,
    /// How its records differ from what the vendor documents.
    #[serde(flatten)]
    pub faults: RecordFaults,
    /// Draws for fields that only one vendor has.
    #[serde(skip)]
    pub(crate) rng: HashRng,
}

impl Truth {
    /// Whether the call is not over.
    pub fn is_in_progress(&self) -> bool {
        self.status != TruthStatus::Ended
    }

    /// The calling party's number; `None` on web calls.
    pub fn from_number(&self) -> Option<&str> {
        match self.direction? {
            Direction::Inbound => self.customer.number.as_deref(),
            Direction::Outbound => self.agent_line.as_deref(),
        }
    }

    /// The called party's number; `None` on web calls.
    pub fn to_number(&self) -> Option<&str> {
        match self.direction? {
            Direction::Inbound => self.agent_line.as_deref(),
            Direction::Outbound => self.customer.number.as_deref(),
        }
    }

    /// Seconds from start to end, rounded down; `None` until the call is over.
    pub(crate) fn seconds(&self) -> Option<i64> {
        Some((self.ended_at? - self.started_at).num_seconds())
    }

    /// Start of a turn.
    pub(crate) fn turn_at(&self, turn: &TruthTurn) -> DateTime<Utc> {
        self.answered_at.unwrap_or(self.started_at)
            + chrono::TimeDelta::milliseconds(turn.offset_ms)
    }

    /// The conversation as one text; each turn starts with the speaker's name.
    pub(crate) fn text(&self, agent: &str, customer: &str, between: &str) -> String {
        let line = |turn: &TruthTurn| {
            let speaker = match turn.role {
                Role::Agent => agent,
                Role::Customer => customer,
            };
            format!("{speaker}: {}", turn.text)
        };
        let lines: Vec<String> = self.turns.iter().map(line).collect();
        lines.join(between)
    }

    /// The caller's own keys as a JSON object.
    pub(crate) fn metadata(&self) -> Map<String, Value> {
        let pairs = self.metadata.iter();
        pairs.map(|(key, value)| ((*key).to_owned(), value.as_str().into())).collect()
    }

    /// The cost as a JSON number.
    pub(crate) fn cost(&self) -> Option<f64> {
        self.cost_micros.map(amount)
    }
}

/// Millionths as a number.
pub(crate) fn amount(micros: i64) -> f64 {
    micros as f64 / 1e6
}

/// A time in whole seconds.
pub(crate) fn to_second(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
