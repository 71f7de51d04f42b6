//! The metadata of a single conversation: times, cost, parties and how it was begun.

use super::{
    charging,
    facts::{put_filled, put_true},
    parties::{self, ConversationParties},
};
use crate::{
    Context,
    convert::{Warnings, json_object, text},
    model::{AnsweredBy, Channel, Cost, JsonObject},
};
use callfold_elevenlabs::types;
use callfold_record::RawJson;
use std::collections::BTreeMap;

/// What the metadata say.
#[derive(Default)]
pub(super) struct MetadataFields {
    pub(super) start_secs: Option<i64>,
    pub(super) accepted_secs: Option<i64>,
    pub(super) duration_secs: Option<f64>,
    /// The vendor's sentence about the end.
    pub(super) sentence: Option<String>,
    /// What failed.
    pub(super) error: Option<String>,
    pub(super) parties: ConversationParties,
    pub(super) channel: Option<Channel>,
    pub(super) alternate_ids: BTreeMap<String, String>,
    pub(super) batch_id: Option<String>,
    pub(super) answered_by: Option<AnsweredBy>,
    pub(super) cost: Option<Cost>,
    pub(super) language: Option<String>,
}

impl MetadataFields {
    pub(super) fn of(
        metadata: Option<types::ConversationMetadata>,
        context: &Context,
        facts: &mut JsonObject,
        warnings: &mut Warnings,
    ) -> Self {
        let Some(metadata) = metadata else { return Self::default() };
        warnings.extra("/metadata", &metadata.extra);
        let messages = [metadata.sms.as_ref(), metadata.whatsapp.as_ref()];
        let mut parties =
            ConversationParties::read(metadata.phone_call, messages, context, facts, warnings);
        let channel = parties::channel(
            parties.carrier.take(),
            metadata.text_only,
            metadata.conversation_initiation_source,
            "/metadata/conversation_initiation_source",
            facts,
            warnings,
        );
        let mut alternate_ids = std::mem::take(&mut parties.alternate_ids);
        let batch_id = batch(metadata.batch_call, &mut alternate_ids, warnings);
        let error = error(metadata.error, facts, warnings);
        let answered_by = answered_by(metadata.features_usage.as_ref());
        let cost =
            charging::cost(metadata.cost, metadata.cost_fiat, metadata.charging, facts, warnings);
        let version = metadata.conversation_initiation_source_version;
        for (name, value) in [
            ("authorization_method", metadata.authorization_method),
            ("initiator_id", metadata.initiator_id),
            ("conversation_initiation_source_version", version),
            ("timezone", metadata.timezone),
        ] {
            json_object::put_value(facts, &format!("metadata/{name}"), text(value));
        }
        for (name, value) in [
            ("deletion_settings", metadata.deletion_settings),
            ("feedback", metadata.feedback),
            ("warnings", metadata.warnings),
            ("rag_usage", metadata.rag_usage),
            ("features_usage", metadata.features_usage),
            ("eleven_assistant", metadata.eleven_assistant),
            ("initiation_trigger", metadata.initiation_trigger),
            ("async_metadata", metadata.async_metadata),
            ("whatsapp", metadata.whatsapp),
            ("sms", metadata.sms),
            ("voice_rewards", metadata.voice_rewards),
        ] {
            put_filled(facts, &format!("metadata/{name}"), value);
        }
        put_true(facts, "metadata/text_only", metadata.text_only);
        Self {
            start_secs: metadata.start_time_unix_secs,
            accepted_secs: metadata.accepted_time_unix_secs,
            duration_secs: metadata.call_duration_secs,
            sentence: text(metadata.termination_reason),
            error,
            parties,
            channel,
            alternate_ids,
            batch_id,
            answered_by,
            cost,
            language: text(metadata.main_language),
        }
    }
}

/// What failed; its number is of SIP or of the platform, and stays a fact.
fn error(
    error: Option<types::ConversationError>,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Option<String> {
    let error = error?;
    warnings.extra("/metadata/error", &error.extra);
    json_object::put_value(facts, "metadata/error/code", error.code);
    text(error.reason)
}

fn batch(
    batch: Option<types::BatchCall>,
    alternate_ids: &mut BTreeMap<String, String>,
    warnings: &mut Warnings,
) -> Option<String> {
    let batch = batch?;
    warnings.extra("/metadata/batch_call", &batch.extra);
    if let Some(recipient) = text(batch.batch_call_recipient_id) {
        alternate_ids.insert("batch_call_recipient_id".to_owned(), recipient);
    }
    text(batch.batch_call_id)
}

/// A mailbox that was detected is a machine; that none was does not make it a person.
fn answered_by(features: Option<&RawJson>) -> Option<AnsweredBy> {
    let feature = json_object::members(features?)?.remove("voicemail_detection")?.to_owned();
    let used = json_object::members(&RawJson::from(feature))?.remove("used")?.get() == "true";
    used.then_some(AnsweredBy::Machine)
}
