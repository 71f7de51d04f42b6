//! The call itself.

use super::{
    AnalysisState, AnsweredBy, CallId, Channel, Cost, Direction, Disposition, DurationBasis,
    EndReasonKind, EndedBy, Latency, Party, Recording, Sentiment, Status, Timestamp, Transcript,
    TranscriptState, Warning, time::option_millis,
};
use callfold_record::RawJson;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt, time::Duration};

/// A JSON object whose values are kept as the vendor wrote them.
pub type JsonObject = BTreeMap<String, RawJson>;

/// One call of one vendor, in the form that is the same for all.
///
/// A field is `None`, or empty, where the vendor does not say. `docs/fields.md`
/// in the repository shows which fields of each vendor's record fill it.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// Stable key of the call: vendor, account and the vendor's own id.
    #[serde(flatten)]
    pub id: CallId,
    /// Other identifiers of the same call, by the vendor's name for them.
    #[serde(default)]
    pub alternate_ids: BTreeMap<String, String>,
    /// The vendor's tenant.
    pub organization: Option<Entity>,
    /// The voice agent.
    pub agent: Option<Entity>,
    /// The outbound campaign.
    pub campaign: Option<Entity>,
    /// The customer's contact in the CRM.
    pub contact_id: Option<String>,
    /// Who called whom, seen from the company; by the record, or else by the source's
    /// `own_numbers`. None, with `direction_mismatch`, when two fields differ.
    pub direction: Option<Direction>,
    /// The medium.
    pub channel: Option<Channel>,
    /// The calling party.
    pub from: Option<Party>,
    /// The called party.
    pub to: Option<Party>,
    /// Where the call is in its life; `unknown` when neither a word nor a time
    /// tells.
    pub status: Status,
    /// Whether it connected; `None` when nothing proves it.
    ///
    /// Derived, from the strongest evidence to the weakest: a mailbox that picked up, a
    /// status word for one way of not connecting, the time of the pick-up, a turn of the
    /// customer, the end reason, a status word that says it went well or not.
    pub disposition: Option<Disposition>,
    /// What picked up. A mailbox is a machine; that none was met does not make it
    /// a person.
    pub answered_by: Option<AnsweredBy>,
    /// Why it ended, and by whom, by the rules of `end_reasons.toml`.
    pub end: Option<EndReason>,
    /// The vendor's error text; an empty text is `None`.
    pub error_message: Option<String>,
    /// When the vendor made the record.
    pub created_at: Option<Timestamp>,
    /// When dialling began.
    pub dialing_at: Option<Timestamp>,
    /// When it began to ring.
    pub ringing_at: Option<Timestamp>,
    /// When it was picked up.
    pub answered_at: Option<Timestamp>,
    /// What the vendor calls the start of the call; `duration_basis` says which step
    /// that is. A time without an offset is read at the source's `assume_offset`.
    pub started_at: Option<Timestamp>,
    /// When it was over; `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// `ended_at - started_at`, computed, in milliseconds; `None` when either
    /// is missing or the result would be negative.
    #[serde(rename = "duration_ms", with = "option_millis")]
    #[schemars(with = "Option<u64>")]
    pub duration: Option<Duration>,
    /// What `duration` counts from; `None` without a duration. Lengths of
    /// different bases do not compare; `talk_time` does.
    pub duration_basis: Option<DurationBasis>,
    /// `ended_at - answered_at`, in milliseconds: the length that compares between
    /// vendors.
    #[serde(rename = "talk_time_ms", with = "option_millis")]
    #[schemars(with = "Option<u64>")]
    pub talk_time: Option<Duration>,
    /// From `ringing_at` to `answered_at`, or to `ended_at` where nobody picked up, in
    /// milliseconds.
    #[serde(rename = "ring_time_ms", with = "option_millis")]
    #[schemars(with = "Option<u64>")]
    pub ring_time: Option<Duration>,
    /// What the vendor wrote as duration, in milliseconds. More than 1 s and more than
    /// 2 % away from every computed length it leaves `duration_mismatch`.
    #[serde(rename = "reported_duration_ms", with = "option_millis")]
    #[schemars(with = "Option<u64>")]
    pub reported_duration: Option<Duration>,
    /// What it cost, exact and with its unit.
    pub cost: Option<Cost>,
    /// Response latency by stage, in milliseconds.
    #[serde(default)]
    pub latency: Vec<Latency>,
    /// What was said.
    pub transcript: Transcript,
    /// Recordings of the call.
    #[serde(default)]
    pub recordings: Vec<Recording>,
    /// The vendor's summary.
    pub summary: Option<String>,
    /// The mood the vendor's analysis found.
    pub sentiment: Option<Sentiment>,
    /// What the call achieved.
    pub outcome: Outcome,
    /// The vendor's extraction, by the name of the record's field; empty values
    /// are left out.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub analysis: JsonObject,
    /// The caller's own keys, verbatim, and beside them the vendor's remaining
    /// facts by the name of their field. The caller's win where both have one.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub metadata: JsonObject,
    /// How far the vendor's analysis is: tells a sync what to read again. `None` too
    /// for a call that was not answered, which has nothing to analyse.
    pub analysis_state: Option<AnalysisState>,
    /// What was derived, assumed or dropped.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// The vendor's record, byte for byte; JSON `null` where it was left out.
    #[serde(default = "null")]
    #[schemars(with = "serde_json::Value")]
    pub raw: Box<RawValue>,
}

fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

impl Call {
    /// A call of which only the identity is known: the start of every mapping.
    pub fn new(id: CallId) -> Self {
        Self {
            id,
            alternate_ids: BTreeMap::new(),
            organization: None,
            agent: None,
            campaign: None,
            contact_id: None,
            direction: None,
            channel: None,
            from: None,
            to: None,
            status: Status::Other("unknown".to_owned()),
            disposition: None,
            answered_by: None,
            end: None,
            error_message: None,
            created_at: None,
            dialing_at: None,
            ringing_at: None,
            answered_at: None,
            started_at: None,
            ended_at: None,
            duration: None,
            duration_basis: None,
            talk_time: None,
            ring_time: None,
            reported_duration: None,
            cost: None,
            latency: Vec::new(),
            transcript: Transcript::empty(TranscriptState::Unavailable),
            recordings: Vec::new(),
            summary: None,
            sentiment: None,
            outcome: Outcome::default(),
            analysis: BTreeMap::new(),
            metadata: BTreeMap::new(),
            analysis_state: None,
            warnings: Vec::new(),
            raw: null(),
        }
    }

    /// Whether the conversation has ended. A call with an end has ended even if
    /// its status is an undocumented value.
    pub fn is_over(&self) -> bool {
        self.status.is_over(self.ended_at.is_some())
    }

    /// Whether the vendor will no longer change this call: it is over, and its
    /// analysis is not pending. A call that was not answered has nothing to analyze.
    pub fn is_final(&self) -> bool {
        let was_answered = match &self.disposition {
            Some(Disposition::Answered | Disposition::Voicemail | Disposition::Other(_)) => true,
            Some(_) => false,
            None => self.answered_at.is_some(),
        };
        self.is_over() && (self.analysis_state != Some(AnalysisState::Pending) || !was_answered)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("started_at", &self.started_at)
            .field("warnings", &self.warnings.len())
            .finish_non_exhaustive()
    }
}

/// Something with an identifier, a name, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entity {
    /// The vendor's identifier.
    pub id: Option<String>,
    /// The vendor's display name.
    pub name: Option<String>,
}

impl Entity {
    /// The two parts as one; `None` when both are missing or blank.
    pub fn of(id: Option<String>, name: Option<String>) -> Option<Self> {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        match (filled(id), filled(name)) {
            (None, None) => None,
            (id, name) => Some(Self { id, name }),
        }
    }
}

/// Why a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndReason {
    /// The reason, in the common vocabulary.
    pub kind: EndReasonKind,
    /// Who brought it about.
    #[serde(rename = "by")]
    pub ended_by: EndedBy,
    /// The vendor's own word.
    pub raw: String,
}

/// What a call achieved for the business.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// Whether the vendor counts it as a success.
    pub success: Option<bool>,
    /// The vendor's label, such as a lead's qualification.
    pub label: Option<String>,
    /// What the customer wanted.
    pub intent: Option<String>,
    /// Whether an appointment was made.
    pub appointment_booked: Option<bool>,
}
