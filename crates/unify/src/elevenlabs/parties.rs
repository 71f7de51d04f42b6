//! Who called whom, over what.

use super::facts::put_filled;
use crate::{
    Context,
    convert::{Warnings, json_object, party, text, words},
    model::{Channel, Direction, JsonObject, Party, PartyRole},
};
use callfold_elevenlabs::types::{
    self, KnownDirection, KnownInitiationSource as Source, KnownPhoneCallType,
};
use callfold_record::{OpenEnum, RawJson};
use std::collections::BTreeMap;

/// The parties of a conversation, and what carried it.
#[derive(Default)]
pub(super) struct ConversationParties {
    pub(super) direction: Option<Direction>,
    pub(super) from: Option<Party>,
    pub(super) to: Option<Party>,
    pub(super) customer: Option<Party>,
    pub(super) agent_line: Option<Party>,
    pub(super) carrier: Option<Channel>,
    pub(super) alternate_ids: BTreeMap<String, String>,
}

impl ConversationParties {
    /// The parties of a telephone call. Messages have a direction only.
    pub(super) fn read(
        phone: Option<types::PhoneCall>,
        messages: [Option<&RawJson>; 2],
        context: &Context,
        facts: &mut JsonObject,
        warnings: &mut Warnings,
    ) -> Self {
        let Some(phone) = phone else {
            let mut words = messages.into_iter().flatten();
            let word = words.find_map(|message| json_object::member_text(message, "direction"));
            let direction = word.as_deref().and_then(words::find_direction);
            return Self { direction, ..Self::default() };
        };
        warnings.extra("/metadata/phone_call", &phone.extra);
        let direction = direction(phone.direction, "/metadata/phone_call/direction", warnings);
        let mut number = |value, pointer| party::phone(value, pointer, context, warnings);
        let external = number(phone.external_number, "/metadata/phone_call/external_number");
        let own = number(phone.agent_number, "/metadata/phone_call/agent_number");
        let customer = party::party(external, None, None, Some(PartyRole::Customer));
        let mut agent_line = party::party(own, None, None, Some(PartyRole::Agent));
        if let Some(id) = text(phone.phone_number_id) {
            let line = agent_line.get_or_insert_default();
            line.role = Some(PartyRole::Agent);
            line.id = Some(id);
        }
        let (from, to) = match direction {
            Some(Direction::Inbound) => (customer.clone(), agent_line.clone()),
            Some(Direction::Outbound) => (agent_line.clone(), customer.clone()),
            _ => (None, None),
        };
        let headers = phone.sip_header_dynamic_variables;
        put_filled(facts, "metadata/phone_call/sip_header_dynamic_variables", headers);
        let ids = [
            ("call_sid", phone.call_sid),
            ("stream_sid", phone.stream_sid),
            ("call_id", phone.call_id),
        ];
        let ids = ids.into_iter().filter_map(|(name, id)| Some((name.to_owned(), text(id)?)));
        let carrier = |word| match word {
            KnownPhoneCallType::Twilio | KnownPhoneCallType::Exotel => Channel::Phone,
            KnownPhoneCallType::SipTrunking => Channel::Sip,
        };
        let pointer = "/metadata/phone_call/type";
        Self {
            direction,
            from,
            to,
            customer,
            agent_line,
            carrier: warnings.map_enum(phone.type_, pointer, carrier, Channel::from),
            alternate_ids: ids.collect(),
        }
    }
}

/// Who called whom; `unknown` is none.
pub(super) fn direction(
    word: Option<OpenEnum<KnownDirection>>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<Direction> {
    match word? {
        OpenEnum::Known(KnownDirection::Inbound) => Some(Direction::Inbound),
        OpenEnum::Known(KnownDirection::Outbound) => Some(Direction::Outbound),
        OpenEnum::Known(KnownDirection::Unknown) => None,
        OpenEnum::Unknown(word) => words::direction(Some(word), pointer, warnings),
    }
}

/// The medium: what carried the telephone call, or else that it was a chat, or else where it was begun.
pub(super) fn channel(
    carrier: Option<Channel>,
    text_only: Option<bool>,
    source: Option<OpenEnum<Source>>,
    pointer: &'static str,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Option<Channel> {
    let word = source.as_ref().map(ToString::to_string);
    json_object::put_value(facts, pointer.trim_start_matches('/'), text(word));
    let known = |source: Source| match source {
        Source::Unknown => None,
        Source::Twilio | Source::Exotel => Some(Channel::Phone),
        Source::SipTrunk => Some(Channel::Sip),
        Source::Widget
        | Source::AndroidSdk
        | Source::NodeJsSdk
        | Source::ReactNativeSdk
        | Source::ReactSdk
        | Source::JsSdk
        | Source::PythonSdk
        | Source::SwiftSdk
        | Source::FlutterSdk => Some(Channel::Web),
        other => Some(Channel::Other(other.to_string())),
    };
    let by_source = warnings.map_enum(source, pointer, known, |word| Some(word.into())).flatten();
    let chat = text_only.filter(|is_chat| *is_chat).map(|_| Channel::Other("text_only".to_owned()));
    carrier.or(chat).or(by_source)
}
