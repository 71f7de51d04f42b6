//! A policy at work. Every field of a call is named here, so that a new one
//! cannot pass unseen.

use super::{Field, Guard, PrivacyMode, Rules, scrub::Scrub, text::words};
use callfold_unify::model::{
    Call, CallId, Cost, CostPart, EndReason, Entity, JsonObject, Latency, Outcome, Party,
    PartyRole, PhoneNumber, Recording, Speaker, Transcript, TranscriptState, Turn, Warning,
};
use serde_json::value::RawValue;

/// A word of a vocabulary: one that is not listed is foreign text.
macro_rules! word {
    ($pass:ident, $word:expr) => {
        match $word {
            word if word.is_other() => $pass.plain(word.as_str(), true).into(),
            word => word.clone(),
        }
    };
}

/// The account alone, as [`apply`] gives it.
pub(super) fn account(rules: &Rules, call: &Call) -> String {
    Pass { rules, scrub: Scrub::of(rules, call), call }.plain(&call.id.account, false)
}

pub(super) fn apply(rules: &Rules, call: &Call) -> Call {
    let pass = Pass { rules, scrub: Scrub::of(rules, call), call };
    Call {
        id: CallId {
            vendor: call.id.vendor.clone(),
            account: pass.plain(&call.id.account, false),
            call_id: pass.other(Field::CallId, &call.id.call_id).unwrap_or_default(),
        },
        alternate_ids: pass.alternate_ids(call),
        organization: pass.entity(
            &call.organization,
            Field::OrganizationId,
            Field::OrganizationName,
        ),
        agent: pass.entity(&call.agent, Field::AgentId, Field::AgentName),
        campaign: pass.entity(&call.campaign, Field::CampaignId, Field::CampaignName),
        contact_id: call.contact_id.as_ref().and_then(|id| pass.other(Field::ContactId, id)),
        direction: call.direction.as_ref().map(|word| word!(pass, word)),
        channel: call.channel.as_ref().map(|word| word!(pass, word)),
        from: pass.party(&call.from, [Field::FromNumber, Field::FromName, Field::FromEmail]),
        to: pass.party(&call.to, [Field::ToNumber, Field::ToName, Field::ToEmail]),
        status: word!(pass, &call.status),
        disposition: call.disposition.as_ref().map(|word| word!(pass, word)),
        answered_by: call.answered_by.as_ref().map(|word| word!(pass, word)),
        end: call.end.as_ref().map(|end| EndReason {
            kind: word!(pass, &end.kind),
            ended_by: word!(pass, &end.ended_by),
            raw: pass.plain(&end.raw, true),
        }),
        error_message: pass.text(Field::ErrorMessage, call.error_message.as_ref()),
        created_at: call.created_at,
        dialing_at: call.dialing_at,
        ringing_at: call.ringing_at,
        answered_at: call.answered_at,
        started_at: call.started_at,
        ended_at: call.ended_at,
        duration: call.duration,
        duration_basis: call.duration_basis.as_ref().map(|word| word!(pass, word)),
        talk_time: call.talk_time,
        ring_time: call.ring_time,
        reported_duration: call.reported_duration,
        cost: call.cost.as_ref().map(|cost| pass.cost(cost)),
        latency: call.latency.iter().map(|latency| pass.latency(latency)).collect(),
        transcript: pass.transcript(&call.transcript),
        recordings: pass.recordings(&call.recordings),
        summary: pass.text(Field::Summary, call.summary.as_ref()),
        sentiment: call.sentiment.as_ref().map(|word| word!(pass, word)),
        outcome: Outcome {
            success: call.outcome.success,
            label: call.outcome.label.as_ref().and_then(|text| pass.other(Field::Label, text)),
            intent: pass.text(Field::Intent, call.outcome.intent.as_ref()),
            appointment_booked: call.outcome.appointment_booked,
        },
        analysis: pass.json(Field::Analysis, &call.analysis),
        metadata: pass.json(Field::Metadata, &call.metadata),
        analysis_state: call.analysis_state.as_ref().map(|word| word!(pass, word)),
        warnings: call.warnings.iter().map(|warning| pass.warning(warning)).collect(),
        raw: RawValue::NULL.to_owned(),
    }
}

/// Who speaks where the vendor's label is none of the words there are.
const OTHER_SPEAKER: &str = "other";

fn name_words(name: &str) -> Vec<String> {
    words(name).map(|(_, word)| word).collect()
}

struct Pass<'a> {
    rules: &'a Rules,
    scrub: Scrub<'a>,
    call: &'a Call,
}

impl Pass<'_> {
    fn guard(&self, field: Field) -> Guard<'_> {
        self.rules.guard(field)
    }

    /// A text that is nobody's data, without what a vendor put there all the same.
    fn plain(&self, text: &str, free: bool) -> String {
        self.scrub.clean(text, free).unwrap_or_else(|| text.to_owned())
    }

    /// A text of a field that is kept, by name or with what is protected replaced.
    fn kept(&self, field: Field, text: &str, free: bool) -> String {
        let by_name = self.rules.is_kept_by_name(field);
        if by_name { text.to_owned() } else { self.plain(text, free) }
    }

    fn text(&self, field: Field, text: Option<&String>) -> Option<String> {
        self.personal(field, text, |guard, text| guard.text(text))
    }

    fn other(&self, field: Field, text: &str) -> Option<String> {
        let guard = self.guard(field);
        // An agent's name can hold a word of a person's, and is wanted. What is
        // made for one call or customer is a person's even by a part of a name.
        let free = matches!(
            field,
            Field::Label | Field::OrganizationName | Field::CampaignId | Field::CampaignName
        );
        match field {
            _ if guard.keeps() => Some(self.kept(field, text, free)),
            Field::OrganizationName | Field::AgentName | Field::CampaignName => guard.name(text),
            _ => guard.id(text),
        }
    }

    fn entity(&self, entity: &Option<Entity>, id: Field, name: Field) -> Option<Entity> {
        let entity = entity.as_ref()?;
        let part =
            |field, text: &Option<String>| text.as_ref().and_then(|text| self.other(field, text));
        Entity::of(part(id, &entity.id), part(name, &entity.name))
    }

    fn party(&self, party: &Option<Party>, fields: [Field; 3]) -> Option<Party> {
        let party = party.as_ref()?;
        let [number, name, email] = fields;
        Some(Party {
            number: party.number.as_ref().and_then(|it| self.number(number, it)),
            withheld: party.withheld,
            name: self.personal(name, party.name.as_ref(), |guard, text| guard.name(text)),
            email: self.personal(email, party.email.as_ref(), |guard, text| guard.email(text)),
            role: party.role.as_ref().map(|role| word!(self, role)),
        })
    }

    fn number(&self, field: Field, number: &PhoneNumber) -> Option<PhoneNumber> {
        let guard = self.guard(field);
        if !guard.keeps() {
            return guard.number(number);
        }
        let raw = self.kept(field, &number.raw, false);
        let e164 = number.e164.as_ref().map(|e164| self.kept(field, e164, false));
        let is_same = raw == number.raw && e164 == number.e164;
        Some(if is_same { number.clone() } else { PhoneNumber { raw, e164: None } })
    }

    fn personal(
        &self,
        field: Field,
        text: Option<&String>,
        guarded: fn(Guard<'_>, &str) -> Option<String>,
    ) -> Option<String> {
        let (guard, text) = (self.guard(field), text?);
        if guard.keeps() { Some(self.kept(field, text, true)) } else { guarded(guard, text) }
    }

    fn alternate_ids(&self, call: &Call) -> std::collections::BTreeMap<String, String> {
        let field = Field::AlternateIds;
        let id = |(name, id): (&String, &String)| {
            Some((self.kept(field, name, false), self.other(field, id)?))
        };
        call.alternate_ids.iter().filter_map(id).collect()
    }

    fn cost(&self, cost: &Cost) -> Cost {
        let part = |part: &CostPart| CostPart {
            name: self.plain(&part.name, true),
            amount: part.amount,
            unit: part.unit.clone(),
        };
        let parts = cost.parts.iter().map(part).collect();
        Cost { total: cost.total, unit: cost.unit.clone(), parts }
    }

    fn latency(&self, latency: &Latency) -> Latency {
        Latency { stage: self.plain(&latency.stage, true), ..latency.clone() }
    }

    fn transcript(&self, transcript: &Transcript) -> Transcript {
        let turn = |turn: &Turn| {
            Some(Turn {
                role: self.speaker(&turn.role),
                text: self.text(Field::Turns, Some(&turn.text))?,
                at: turn.at,
                offset_ms: turn.offset_ms,
            })
        };
        let turns: Vec<_> = transcript.turns.iter().filter_map(turn).collect();
        let text = self.text(Field::Turns, transcript.text.as_ref());
        let url = transcript.url.as_ref().filter(|url| self.keeps_url(Field::TranscriptUrl, url));
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

    /// Who speaks, in a word of ours: a label of the vendor's is often a name.
    fn speaker(&self, role: &Speaker) -> Speaker {
        let Speaker::Other(label) = role else { return role.clone() };
        if self.rules.is_kept_by_name(Field::Turns) {
            return role.clone();
        }
        let label = name_words(label);
        let is_meant = |name: Option<&String>| {
            let name = name.map(|name| name_words(name)).unwrap_or_default();
            !label.is_empty() && label.iter().all(|word| name.contains(word))
        };
        let agent = self.call.agent.as_ref().and_then(|agent| agent.name.as_ref());
        let parties = [&self.call.from, &self.call.to].into_iter().flatten();
        let spoken = parties.filter(|party| is_meant(party.name.as_ref()));
        let mut roles = spoken.filter_map(|party| party.role.as_ref());
        match roles.next() {
            Some(PartyRole::Agent) => Speaker::Agent,
            Some(PartyRole::Customer) => Speaker::Customer,
            _ if is_meant(agent) => Speaker::Agent,
            _ => Speaker::Other(OTHER_SPEAKER.to_owned()),
        }
    }

    fn recordings(&self, recordings: &[Recording]) -> Vec<Recording> {
        let leaves = |recording: &&Recording| self.keeps_url(Field::RecordingUrl, &recording.url);
        let media_type = |text: &String| self.plain(text, false);
        let recording = |recording: &Recording| Recording {
            url: recording.url.clone(),
            media_type: recording.media_type.as_ref().map(media_type),
            needs_auth: recording.needs_auth,
        };
        recordings.iter().filter(leaves).map(recording).collect()
    }

    /// Whether an address may stay: as it is, or not at all.
    fn keeps_url(&self, field: Field, url: &str) -> bool {
        let kept = self.rules.mode(field) == PrivacyMode::Keep;
        kept && (self.rules.is_kept_by_name(field) || self.scrub.clean(url, false).is_none())
    }

    /// Members of a vendor's or a caller's own making: as they are, or not at all.
    fn json(&self, field: Field, object: &JsonObject) -> JsonObject {
        let kept = self.rules.mode(field) == PrivacyMode::Keep;
        if kept { object.clone() } else { JsonObject::new() }
    }

    /// A pointer is made of members' names, which can be anything.
    fn warning(&self, warning: &Warning) -> Warning {
        Warning::new(word!(self, &warning.code), "", self.plain(&warning.message, true))
    }
}
