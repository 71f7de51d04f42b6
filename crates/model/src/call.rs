//! The call itself.

use super::{
    AnalysisState, AnsweredBy, CallId, Channel, Cost, Direction, Disposition, DurationBasis,
    EndReasonKind, EndedBy, Latency, Party, PhoneNumber, Recording, Sentiment, Status, Timestamp,
    Transcript, TranscriptState, TransferKind, TransferStatus, Warning, time::option_millis,
};
use callfold_record::RawJson;
use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;
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
    /// The call this one belongs to, by the vendor's id: the first of several attempts, or
    /// the call that a helper's leg serves.
    #[serde(default)]
    pub parent_id: Option<String>,
    /// The vendor's tenant.
    pub organization: Option<Entity>,
    /// The voice agent.
    pub agent: Option<Agent>,
    /// The outbound campaign.
    pub campaign: Option<Entity>,
    /// The batch of calls that this one was started with.
    #[serde(default)]
    pub batch_id: Option<String>,
    /// Which attempt to reach the customer this is, counted from 1.
    #[serde(default)]
    pub attempt: Option<u32>,
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
    /// The customer's side, whoever called: by the direction, by the source's
    /// `own_numbers`, or by the vendor's own word for it. None when nothing tells.
    #[serde(default)]
    pub customer: Option<Party>,
    /// The voice agent's side, whoever called, by the same evidence as `customer`.
    #[serde(default)]
    pub agent_line: Option<Party>,
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
    /// Hand-overs that were tried, in the vendor's order.
    #[serde(default)]
    pub transfers: Vec<Transfer>,
    /// The vendor's error text; an empty text is `None`.
    pub error_message: Option<String>,
    /// When the vendor made the record.
    pub created_at: Option<Timestamp>,
    /// When the vendor last changed the record.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
    /// When dialling began.
    pub dialing_at: Option<Timestamp>,
    /// When it began to ring.
    pub ringing_at: Option<Timestamp>,
    /// When it was picked up.
    pub answered_at: Option<Timestamp>,
    /// What the vendor calls the start of the call; `duration_basis` says which step
    /// that is. A time without an offset is read at the source's `assume_offset`.
    pub started_at: Option<Timestamp>,
    /// The same instant in the source's `time_zone`, RFC 3339 with the offset that held
    /// then; `None` where the source has no time zone.
    #[serde(default)]
    pub started_at_local: Option<DateTime<FixedOffset>>,
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
    /// The language spoken, as the vendor writes it, such as `en-US`.
    #[serde(default)]
    pub language: Option<String>,
    /// The labels that were put on the call.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether the call was a test.
    #[serde(default)]
    pub is_test: Option<bool>,
    /// The mood the vendor's analysis found.
    pub sentiment: Option<Sentiment>,
    /// What the call achieved.
    pub outcome: Outcome,
    /// The vendor's extraction, by the name of the record's field; empty values
    /// are left out.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub analysis: JsonObject,
    /// The keys that whoever made the call gave it, verbatim, and no others.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub metadata: JsonObject,
    /// What the record states that no other field holds, by the name of the record's
    /// field; empty values are left out.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub facts: JsonObject,
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
            parent_id: None,
            organization: None,
            agent: None,
            campaign: None,
            batch_id: None,
            attempt: None,
            contact_id: None,
            direction: None,
            channel: None,
            from: None,
            to: None,
            customer: None,
            agent_line: None,
            status: Status::Other("unknown".to_owned()),
            disposition: None,
            answered_by: None,
            end: None,
            transfers: Vec::new(),
            error_message: None,
            created_at: None,
            updated_at: None,
            dialing_at: None,
            ringing_at: None,
            answered_at: None,
            started_at: None,
            started_at_local: None,
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
            language: None,
            tags: Vec::new(),
            is_test: None,
            sentiment: None,
            outcome: Outcome::default(),
            analysis: BTreeMap::new(),
            metadata: BTreeMap::new(),
            facts: BTreeMap::new(),
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
#[non_exhaustive]
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

/// The voice agent of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Agent {
    /// The vendor's identifier.
    pub id: Option<String>,
    /// The vendor's display name.
    pub name: Option<String>,
    /// The version of its configuration, as the vendor writes it.
    #[serde(default)]
    pub version: Option<String>,
}

impl Agent {
    /// The two parts as one, without a version; `None` when both are missing or blank.
    pub fn of(id: Option<String>, name: Option<String>) -> Option<Self> {
        let Entity { id, name } = Entity::of(id, name)?;
        Some(Self { id, name, version: None })
    }
}

/// A hand-over of a call to a person, another line or another agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Transfer {
    /// Where to: a number, a SIP address, or the vendor's name of the target.
    pub to: Option<PhoneNumber>,
    /// How it was handed over.
    pub kind: Option<TransferKind>,
    /// What came of it.
    pub status: Option<TransferStatus>,
    /// When it happened, by the vendor's stamp.
    pub at: Option<Timestamp>,
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
    /// The vendor's label of the lead, such as its qualification.
    pub label: Option<String>,
    /// The vendor's score of the lead, on the vendor's own scale; exact.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub score: Option<Decimal>,
    /// The tag that the vendor's evaluation gave the call.
    #[serde(default)]
    pub evaluation: Option<String>,
    /// What the customer wanted.
    pub intent: Option<String>,
    /// Whether an appointment was made.
    pub appointment_booked: Option<bool>,
    /// Whether the customer asked to be called back.
    #[serde(default)]
    pub callback_requested: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::{Agent, Entity};

    #[test]
    fn blank_ids_and_names_are_none() {
        let blank = || Some(" \t".to_owned());
        assert_eq!(Entity::of(blank(), None), None);
        assert_eq!(Agent::of(blank(), blank()), None);
        let agent = Agent::of(blank(), Some("Desk".to_owned())).unwrap();
        assert_eq!((agent.id, agent.name.as_deref()), (None, Some("Desk")));
    }
}
