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
/// A field is `None`, or empty, where the vendor does not say. Which of a
/// record's fields goes where is in the `FIELDS` table of each vendor's module.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// Stable key of the call: vendor, account and the vendor's own id.
    ///
    /// - Vaani: `call_id`; all others: `id`. Zudu's `call_id` is an alternate id.
    #[serde(flatten)]
    pub id: CallId,
    /// Other identifiers of the same call, by the vendor's name for them.
    ///
    /// - Zudu: `call_id`, `call_sid`, `conference_sid`. The others have none.
    #[serde(default)]
    pub alternate_ids: BTreeMap<String, String>,
    /// The vendor's tenant.
    ///
    /// - Vaani: the client, with its name. Ravan, Zudu: the id alone.
    /// - VozAgent, AgentVoice: not in the record.
    pub organization: Option<Entity>,
    /// The voice agent.
    ///
    /// - VozAgent: the assistant, id alone. Zudu: id alone.
    pub agent: Option<Entity>,
    /// The outbound campaign; AgentVoice only.
    pub campaign: Option<Entity>,
    /// The customer's contact in the CRM; VozAgent and AgentVoice only.
    pub contact_id: Option<String>,
    /// Who called whom, seen from the company; never inferred.
    ///
    /// - Vaani: `direction` and `call_type`; none, with `direction_mismatch`,
    ///   when they differ.
    /// - Ravan: not in the record.
    pub direction: Option<Direction>,
    /// The medium.
    ///
    /// - Ravan: `voice` beside `web` and `sip` is the telephone.
    /// - Vaani, VozAgent, AgentVoice: not in the record.
    pub channel: Option<Channel>,
    /// The calling party.
    ///
    /// - Ravan: without a role, because there is no direction.
    /// - VozAgent: in the single record only; the customer on an inbound call,
    ///   the assistant on an outbound one.
    /// - AgentVoice: the contact on an inbound call, otherwise
    ///   `phone_number_called_from`.
    pub from: Option<Party>,
    /// The called party.
    ///
    /// - VozAgent: in the single record only, the other side of `from`.
    /// - AgentVoice: the contact on an outbound call; on an inbound one the
    ///   vendor does not say.
    pub to: Option<Party>,
    /// Where the call is in its life; `unknown` when neither a word nor a time
    /// tells.
    ///
    /// - Vaani: by the steps that have a time: `ended` with `End_time` or a known reason,
    ///   `in_progress` after the pick-up, `ringing` after the first ring,
    ///   otherwise `queued`.
    /// - Ravan: `no_answer`, `busy` and `voicemail` are `ended`.
    pub status: Status,
    /// Whether it connected; `None` when nothing proves it.
    ///
    /// Derived, from the strongest evidence to the weakest: a mailbox that
    /// picked up, a status word for one way of not connecting, the time of the
    /// pick-up, the end reason, a status word that says it went well or not.
    ///
    /// - Vaani: an outbound call without a time of pick-up is not taken as
    ///   answered because somebody hung up.
    pub disposition: Option<Disposition>,
    /// What picked up; AgentVoice and Zudu only. A mailbox is a machine; that
    /// none was met does not make it a person.
    pub answered_by: Option<AnsweredBy>,
    /// Why it ended, and by whom, by the rules of `end_reasons.toml`.
    ///
    /// - Vaani: `call_status`, with `status_is_end_reason`.
    /// - VozAgent: not in the record.
    pub end: Option<EndReason>,
    /// The vendor's error text; an empty text is `None`. Ravan only.
    pub error_message: Option<String>,
    /// When the vendor made the record.
    ///
    /// - Vaani, VozAgent: not in the record. Zudu: on some pages only.
    pub created_at: Option<Timestamp>,
    /// When dialling began; Vaani only.
    pub dialing_at: Option<Timestamp>,
    /// When it began to ring; Vaani only.
    pub ringing_at: Option<Timestamp>,
    /// When it was picked up; Vaani only.
    pub answered_at: Option<Timestamp>,
    /// When the call began.
    ///
    /// - Vaani: when it was dispatched, half a minute before the pick-up in the
    ///   vendor's sample. Its times carry no offset and are read at
    ///   the source's `assume_offset`.
    /// - Zudu: from milliseconds since 1970.
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
    /// `ended_at - answered_at`, in milliseconds; Vaani only.
    #[serde(rename = "talk_time_ms", with = "option_millis")]
    #[schemars(with = "Option<u64>")]
    pub talk_time: Option<Duration>,
    /// `answered_at - ringing_at`, in milliseconds; Vaani only.
    #[serde(rename = "ring_time_ms", with = "option_millis")]
    #[schemars(with = "Option<u64>")]
    pub ring_time: Option<Duration>,
    /// What the vendor wrote as duration, in milliseconds. More than 1 s and
    /// more than 2 % away from `duration` it leaves `duration_mismatch`.
    ///
    /// - Vaani, Zudu: written in milliseconds, taken as it is.
    /// - Ravan, VozAgent, AgentVoice: written in seconds, times 1000.
    #[serde(rename = "reported_duration_ms", with = "option_millis")]
    #[schemars(with = "Option<u64>")]
    pub reported_duration: Option<Duration>,
    /// What it cost, exact and with its unit.
    ///
    /// - Vaani: credits. VozAgent: US dollars, in the single record only.
    /// - Ravan, Zudu: no unit is stated; the source's configuration can name it.
    ///   Ravan's `credit_breakdown` is in credits whatever the total is in.
    /// - AgentVoice: not in the record.
    pub cost: Option<Cost>,
    /// Response latency by stage, in milliseconds.
    ///
    /// - Ravan: one number of an unreliable statistic, as `value` of the stage `call`.
    /// - AgentVoice: the members of `latency_metrics` named `<stage>_ms`, as `value`.
    /// - Vaani, VozAgent: not in the record.
    #[serde(default)]
    pub latency: Vec<Latency>,
    /// What was said.
    ///
    /// - Vaani: a URL; text and turns come from there.
    /// - Ravan: with `include_transcripts`, or in the single record.
    /// - VozAgent: in the single record only.
    /// - AgentVoice: with `fields=full` or `include=transcript`.
    pub transcript: Transcript,
    /// Recordings of the call.
    ///
    /// - Vaani and Ravan: need the vendor's key, except for a Ravan URL that
    ///   carries a token or is not of its API. The others' must never get it.
    #[serde(default)]
    pub recordings: Vec<Recording>,
    /// The vendor's summary.
    ///
    /// - VozAgent: in the single record only. AgentVoice: `call_description`,
    ///   with `fields=full`.
    pub summary: Option<String>,
    /// The mood the vendor's analysis found; Ravan and Zudu only.
    ///
    /// - Ravan: `sentiment` of the analysis, a text or a pair of type and value.
    pub sentiment: Option<Sentiment>,
    /// What the call achieved.
    ///
    /// - Vaani: `label` is `call_eval_tag`; "not enough data" is none.
    /// - VozAgent: `label` is the lead's qualification.
    /// - AgentVoice, Zudu: `success` alone. Ravan: nothing.
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
    /// How far the vendor's analysis is: tells a sync what to read again. Vaani only.
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

    /// Whether the vendor will not change this call any more: it is over and
    /// its analysis is not pending.
    pub fn is_final(&self) -> bool {
        self.status.is_final() && self.analysis_state != Some(AnalysisState::Pending)
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
