//! Applies a policy. Every field of a call is listed here, so that a new one is not forgotten.

use super::{PrivacyMode, PrivateField, Redactor, Rules, text::words, text_scrubber::TextScrubber};
use callfold_unify::model::{
    Agent, Call, CallId, Cost, CostPart, EndReason, Entity, JsonObject, Latency, Outcome, Party,
    PartyRole, PhoneNumber, Recording, Speaker, Tool, Transcript, TranscriptState, Transfer, Turn,
    Warning,
};
use serde_json::value::RawValue;

/// A word of an enum; an unlisted one is text from the vendor.
macro_rules! word {
    ($pass:ident, $word:expr) => {
        match $word {
            word if word.is_other() => $pass.plain(word.as_str(), true).into(),
            word => word.clone(),
        }
    };
}

/// The account alone, redacted as by [`redact`].
pub(super) fn redact_account(rules: &Rules, call: &Call) -> String {
    Redaction { rules, scrubber: TextScrubber::new(rules, call), call }
        .plain(&call.id.account, false)
}

pub(super) fn redact(rules: &Rules, call: &Call) -> Call {
    let redaction = Redaction { rules, scrubber: TextScrubber::new(rules, call), call };
    let from = [
        PrivateField::ContactId,
        PrivateField::FromNumber,
        PrivateField::FromName,
        PrivateField::FromEmail,
    ];
    let to = [
        PrivateField::ContactId,
        PrivateField::ToNumber,
        PrivateField::ToName,
        PrivateField::ToEmail,
    ];
    let customer = [
        PrivateField::CustomerId,
        PrivateField::CustomerNumber,
        PrivateField::CustomerName,
        PrivateField::CustomerEmail,
    ];
    let agent_line = [
        PrivateField::AgentLineId,
        PrivateField::AgentLineNumber,
        PrivateField::AgentLineName,
        PrivateField::AgentLineEmail,
    ];
    Call {
        id: CallId {
            vendor: call.id.vendor.clone(),
            account: redaction.plain(&call.id.account, false),
            call_id: redaction.other(PrivateField::CallId, &call.id.call_id).unwrap_or_default(),
        },
        alternate_ids: redaction.alternate_ids(call),
        organization: redaction.entity(
            &call.organization,
            PrivateField::OrganizationId,
            PrivateField::OrganizationName,
        ),
        parent_id: call
            .parent_id
            .as_ref()
            .and_then(|id| redaction.other(PrivateField::ParentId, id)),
        agent: redaction.agent(&call.agent),
        campaign: redaction.entity(
            &call.campaign,
            PrivateField::CampaignId,
            PrivateField::CampaignName,
        ),
        batch_id: call.batch_id.as_ref().and_then(|id| redaction.other(PrivateField::BatchId, id)),
        attempt: call.attempt,
        contact_id: call
            .contact_id
            .as_ref()
            .and_then(|id| redaction.other(PrivateField::ContactId, id)),
        direction: call.direction.as_ref().map(|word| word!(redaction, word)),
        channel: call.channel.as_ref().map(|word| word!(redaction, word)),
        from: redaction.party(&call.from, from),
        to: redaction.party(&call.to, to),
        customer: redaction.party(&call.customer, customer),
        agent_line: redaction.party(&call.agent_line, agent_line),
        status: word!(redaction, &call.status),
        disposition: call.disposition.as_ref().map(|word| word!(redaction, word)),
        answered_by: call.answered_by.as_ref().map(|word| word!(redaction, word)),
        end: call.end.as_ref().map(|end| EndReason {
            kind: word!(redaction, &end.kind),
            ended_by: word!(redaction, &end.ended_by),
            raw: redaction.plain(&end.raw, true),
        }),
        transfers: call.transfers.iter().map(|it| redaction.transfer(it)).collect(),
        error_message: redaction.text(PrivateField::ErrorMessage, call.error_message.as_ref()),
        created_at: call.created_at,
        updated_at: call.updated_at,
        dialing_at: call.dialing_at,
        ringing_at: call.ringing_at,
        answered_at: call.answered_at,
        started_at: call.started_at,
        started_at_local: call.started_at_local,
        ended_at: call.ended_at,
        duration: call.duration,
        duration_basis: call.duration_basis.as_ref().map(|word| word!(redaction, word)),
        talk_time: call.talk_time,
        ring_time: call.ring_time,
        reported_duration: call.reported_duration,
        cost: call.cost.as_ref().map(|cost| redaction.cost(cost)),
        latency: call.latency.iter().map(|latency| redaction.latency(latency)).collect(),
        transcript: redaction.transcript(&call.transcript),
        recordings: redaction.recordings(&call.recordings),
        summary: redaction.text(PrivateField::Summary, call.summary.as_ref()),
        language: call.language.as_ref().map(|text| redaction.plain(text, true)),
        tags: call.tags.iter().filter_map(|tag| redaction.other(PrivateField::Tags, tag)).collect(),
        is_test: call.is_test,
        sentiment: call.sentiment.as_ref().map(|word| word!(redaction, word)),
        outcome: Outcome {
            success: call.outcome.success,
            label: call
                .outcome
                .label
                .as_ref()
                .and_then(|text| redaction.other(PrivateField::Label, text)),
            score: call.outcome.score,
            evaluation: call
                .outcome
                .evaluation
                .as_ref()
                .and_then(|text| redaction.other(PrivateField::Evaluation, text)),
            intent: redaction.text(PrivateField::Intent, call.outcome.intent.as_ref()),
            appointment_booked: call.outcome.appointment_booked,
            callback_requested: call.outcome.callback_requested,
        },
        analysis: redaction.json(PrivateField::Analysis, &call.analysis),
        metadata: redaction.json(PrivateField::Metadata, &call.metadata),
        facts: redaction.json(PrivateField::Facts, &call.facts),
        analysis_state: call.analysis_state.as_ref().map(|word| word!(redaction, word)),
        warnings: call.warnings.iter().map(|warning| redaction.warning(warning)).collect(),
        raw: RawValue::NULL.to_owned(),
    }
}

/// The speaker if the vendor's label is redacted.
const OTHER_SPEAKER: &str = "other";

fn name_words(name: &str) -> Vec<String> {
    words(name).map(|(_, word)| word).collect()
}

struct Redaction<'a> {
    rules: &'a Rules,
    scrubber: TextScrubber<'a>,
    call: &'a Call,
}

impl Redaction<'_> {
    fn redactor(&self, field: PrivateField) -> Redactor<'_> {
        self.rules.redactor(field)
    }

    /// A text without personal data, scrubbed in case a vendor put some there.
    fn plain(&self, text: &str, free: bool) -> String {
        self.scrubber.clean(text, free).unwrap_or_else(|| text.to_owned())
    }

    /// A kept text: unchanged if kept by name, or else scrubbed.
    fn kept(&self, field: PrivateField, text: &str, free: bool) -> String {
        let by_name = self.rules.is_kept_by_name(field);
        if by_name { text.to_owned() } else { self.plain(text, free) }
    }

    fn text(&self, field: PrivateField, text: Option<&String>) -> Option<String> {
        self.personal(field, text, |redactor, text| redactor.text(text))
    }

    fn other(&self, field: PrivateField, text: &str) -> Option<String> {
        let redactor = self.redactor(field);
        // An agent's name is wanted even if it shares a word with a person's name. A label or
        // campaign made for one customer is scrubbed of parts of the name too.
        let free = matches!(
            field,
            PrivateField::Label
                | PrivateField::Evaluation
                | PrivateField::Tags
                | PrivateField::OrganizationName
                | PrivateField::BatchId
                | PrivateField::CampaignId
                | PrivateField::CampaignName
        );
        match field {
            _ if redactor.keeps() => Some(self.kept(field, text, free)),
            PrivateField::OrganizationName
            | PrivateField::AgentName
            | PrivateField::CampaignName => redactor.name(text),
            _ => redactor.id(text),
        }
    }

    fn entity(
        &self,
        entity: &Option<Entity>,
        id: PrivateField,
        name: PrivateField,
    ) -> Option<Entity> {
        let entity = entity.as_ref()?;
        let part =
            |field, text: &Option<String>| text.as_ref().and_then(|text| self.other(field, text));
        Entity::of(part(id, &entity.id), part(name, &entity.name))
    }

    fn agent(&self, agent: &Option<Agent>) -> Option<Agent> {
        let Agent { id, name, version } = agent.as_ref()?;
        let part =
            |field, text: &Option<String>| text.as_ref().and_then(|text| self.other(field, text));
        let redacted =
            Agent::of(part(PrivateField::AgentId, id), part(PrivateField::AgentName, name))?;
        let version = version.as_ref().map(|text| self.plain(text, true));
        Some(Agent { version, ..redacted })
    }

    fn transfer(&self, transfer: &Transfer) -> Transfer {
        Transfer {
            to: transfer.to.as_ref().and_then(|to| self.number(PrivateField::Transfers, to)),
            kind: transfer.kind.as_ref().map(|word| word!(self, word)),
            status: transfer.status.as_ref().map(|word| word!(self, word)),
            at: transfer.at,
        }
    }

    fn party(&self, party: &Option<Party>, fields: [PrivateField; 4]) -> Option<Party> {
        let party = party.as_ref()?;
        let [id, number, name, email] = fields;
        Some(Party {
            id: party.id.as_ref().and_then(|text| self.other(id, text)),
            number: party.number.as_ref().and_then(|it| self.number(number, it)),
            withheld: party.withheld,
            name: self.personal(name, party.name.as_ref(), |redactor, text| redactor.name(text)),
            email: self
                .personal(email, party.email.as_ref(), |redactor, text| redactor.email(text)),
            role: party.role.as_ref().map(|role| word!(self, role)),
        })
    }

    fn number(&self, field: PrivateField, number: &PhoneNumber) -> Option<PhoneNumber> {
        let redactor = self.redactor(field);
        if !redactor.keeps() {
            return redactor.number(number);
        }
        let raw = self.kept(field, &number.raw, false);
        let e164 = number.e164.as_ref().map(|e164| self.kept(field, e164, false));
        let is_same = raw == number.raw && e164 == number.e164;
        Some(if is_same { number.clone() } else { PhoneNumber { raw, e164: None } })
    }

    fn personal(
        &self,
        field: PrivateField,
        text: Option<&String>,
        redact: fn(Redactor<'_>, &str) -> Option<String>,
    ) -> Option<String> {
        let (redactor, text) = (self.redactor(field), text?);
        if redactor.keeps() { Some(self.kept(field, text, true)) } else { redact(redactor, text) }
    }

    fn alternate_ids(&self, call: &Call) -> std::collections::BTreeMap<String, String> {
        let field = PrivateField::AlternateIds;
        let id = |(name, id): (&String, &String)| {
            Some((self.kept(field, name, false), self.other(field, id)?))
        };
        call.alternate_ids.iter().filter_map(id).collect()
    }

    fn cost(&self, cost: &Cost) -> Cost {
        let part = |part: &CostPart| CostPart {
            name: self.plain(&part.name, true),
            kind: word!(self, &part.kind),
            amount: part.amount,
            unit: part.unit.clone(),
        };
        let parts = cost.parts.iter().map(part).collect();
        Cost {
            total: cost.total,
            unit: cost.unit.clone(),
            parts,
            other_totals: cost.other_totals.clone(),
        }
    }

    fn latency(&self, latency: &Latency) -> Latency {
        Latency { stage: self.plain(&latency.stage, true), ..latency.clone() }
    }

    fn transcript(&self, transcript: &Transcript) -> Transcript {
        let turn = |turn: &Turn| {
            Some(Turn {
                role: self.speaker(&turn.role),
                kind: word!(self, &turn.kind),
                text: self.text(PrivateField::Turns, Some(&turn.text))?,
                tool: turn.tool.as_ref().map(|tool| self.tool(tool)),
                at: turn.at,
                offset_ms: turn.offset_ms,
                end_offset_ms: turn.end_offset_ms,
                interrupted: turn.interrupted,
                latency_ms: turn.latency_ms,
            })
        };
        let turns: Vec<_> = transcript.turns.iter().filter_map(turn).collect();
        let text = self.text(PrivateField::Turns, transcript.text.as_ref());
        let url =
            transcript.url.as_ref().filter(|url| self.keeps_url(PrivateField::TranscriptUrl, url));
        let gone = turns.len() < transcript.turns.len()
            || text.is_some() != transcript.text.is_some()
            || url.is_some() != transcript.url.is_some();
        let empty = turns.is_empty() && text.is_none() && url.is_none();
        let state = match &transcript.state {
            _ if gone && empty => TranscriptState::Unavailable,
            state => word!(self, state),
        };
        Transcript { state, turns, text, url: url.cloned() }
    }

    /// What was asked of a tool and what it returned can hold anything: kept by name only.
    fn tool(&self, tool: &Tool) -> Tool {
        let kept = self.rules.is_kept_by_name(PrivateField::Turns);
        Tool {
            id: tool.id.clone().filter(|_| kept),
            name: tool.name.as_ref().map(|name| self.plain(name, true)),
            arguments: tool.arguments.clone().filter(|_| kept),
            result: tool.result.clone().filter(|_| kept),
            ok: tool.ok,
            duration: tool.duration,
        }
    }

    /// The speaker, as a known role: a vendor's label is often a name.
    fn speaker(&self, role: &Speaker) -> Speaker {
        let Speaker::Other(label) = role else { return role.clone() };
        if self.rules.is_kept_by_name(PrivateField::Turns) {
            return role.clone();
        }
        let label = name_words(label);
        let matches_label = |name: Option<&String>| {
            let name = name.map(|name| name_words(name)).unwrap_or_default();
            !label.is_empty() && label.iter().all(|word| name.contains(word))
        };
        let agent = self.call.agent.as_ref().and_then(|agent| agent.name.as_ref());
        let Call { from, to, customer, agent_line, .. } = self.call;
        let parties = [from, to, customer, agent_line].into_iter().flatten();
        let spoken = parties.filter(|party| matches_label(party.name.as_ref()));
        let mut roles = spoken.filter_map(|party| party.role.as_ref());
        match roles.next() {
            Some(PartyRole::Agent) => Speaker::Agent,
            Some(PartyRole::Customer) => Speaker::Customer,
            _ if matches_label(agent) => Speaker::Agent,
            _ => Speaker::Other(OTHER_SPEAKER.to_owned()),
        }
    }

    fn recordings(&self, recordings: &[Recording]) -> Vec<Recording> {
        let leaves =
            |recording: &&Recording| self.keeps_url(PrivateField::RecordingUrl, &recording.url);
        let media_type = |text: &String| self.plain(text, false);
        let recording = |recording: &Recording| Recording {
            url: recording.url.clone(),
            media_type: recording.media_type.as_ref().map(media_type),
            needs_auth: recording.needs_auth,
        };
        recordings.iter().filter(leaves).map(recording).collect()
    }

    /// Whether a URL is kept; it is never changed.
    fn keeps_url(&self, field: PrivateField, url: &str) -> bool {
        let kept = self.rules.mode(field) == PrivacyMode::Keep;
        kept && (self.rules.is_kept_by_name(field) || self.scrubber.clean(url, false).is_none())
    }

    /// A JSON object of the vendor or the caller: kept or dropped.
    fn json(&self, field: PrivateField, object: &JsonObject) -> JsonObject {
        let kept = self.rules.mode(field) == PrivacyMode::Keep;
        if kept { object.clone() } else { JsonObject::new() }
    }

    /// The pointer is dropped: member names can be anything.
    fn warning(&self, warning: &Warning) -> Warning {
        Warning::new(word!(self, &warning.code), "", self.plain(&warning.message, true))
    }
}
