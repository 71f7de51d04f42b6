//! A conversation as the list has it: without numbers, cost and transcript, but alone with the sentiment.

use super::{
    VENDOR, agent,
    analysis::{self, AnalysisFields},
    parties,
    state::{self, ConversationState, StateWords},
};
use crate::{
    Context, RejectedRecord,
    convert::{ConnectionEvidence, Warnings, finish, json_object, text, words},
    json_text,
    model::{Call, JsonObject, Sentiment, Transcript, TranscriptState},
};
use callfold_elevenlabs::types;
use callfold_record::Lenient;

/// The facts of a call that only the list states.
const LISTED_FACTS: &[&str] = &["message_count", "tool_names", "rating"];

/// Where the list states the sentiment.
const SENTIMENT: &str = "sentiment_analysis";

/// Maps one record of the list.
///
/// # Errors
///
/// [`RejectedRecord`] when the record has no usable `conversation_id`.
pub fn map_listed(
    record: Lenient<types::ConversationItem>,
    context: &Context,
) -> Result<Call, RejectedRecord> {
    let json_text::DecodedRecord { raw, record, issues } =
        json_text::decode(VENDOR, record, context)?;
    let warnings = &mut Warnings::new(issues);
    warnings.extra("", &record.extra);
    let mut facts = JsonObject::new();
    let words = StateWords {
        status: record.status.map(|word| word.to_string()),
        start_secs: record.start_time_unix_secs,
        accepted_secs: None,
        duration_secs: record.call_duration_secs,
    };
    let state = ConversationState::read(words, &state::LISTED, warnings);
    let channel = parties::channel(
        None,
        None,
        record.conversation_initiation_source,
        "/conversation_initiation_source",
        &mut facts,
        warnings,
    );
    let direction = parties::direction(record.direction, "/direction", warnings);
    let end = match text(record.termination_reason) {
        Some(sentence) => state::end(Some(sentence), "/termination_reason", warnings),
        None => state::end(state.done_word(), "/status", warnings),
    };
    let analysis = AnalysisFields {
        summary: text(record.transcript_summary),
        outcome: analysis::outcome(
            record.call_successful,
            record.call_success_score,
            ["/call_successful", "/call_success_score"],
            warnings,
        ),
        rest: analysis::rest([
            ("evaluation_criteria_results", record.evaluation_criteria_results),
            ("data_collection_results", record.data_collection_results),
        ]),
    };
    let sentiment = sentiment(record.sentiment_analysis, &mut facts, warnings);
    json_object::put_value(&mut facts, "branch_id", text(record.branch_id));
    json_object::put_value(&mut facts, "call_summary_title", text(record.call_summary_title));
    json_object::put_value(&mut facts, "message_count", record.message_count);
    json_object::put_value(&mut facts, "tool_names", record.tool_names);
    json_object::put_value(&mut facts, "rating", record.rating);
    json_object::put_left_out(&mut facts, || raw.get().get(), warnings);
    let word = state.word.clone();
    let mut call = Call {
        agent: agent(record.agent_id, record.agent_name, record.version_id),
        direction,
        channel,
        end,
        transcript: Transcript::empty(TranscriptState::NotRequested),
        summary: analysis.summary,
        language: text(record.main_language),
        tags: record.tag_ids.unwrap_or_default(),
        sentiment,
        outcome: analysis.outcome,
        analysis: analysis.rest,
        facts,
        warnings: warnings.finish(),
        raw: json_text::raw_for_call(raw, context),
        ..state.into_call(json_text::id(VENDOR, context, record.conversation_id))
    };
    let connection = ConnectionEvidence { word: word.as_ref(), ..ConnectionEvidence::default() };
    finish(&mut call, connection, context);
    Ok(call)
}

/// Adds to a single conversation what only the list states: the sentiment and a few facts.
pub fn keep_listed(single: &mut Call, listed: &Call) {
    single.sentiment = single.sentiment.take().or_else(|| listed.sentiment.clone());
    let is_listed = |name: &str| LISTED_FACTS.contains(&name) || name.starts_with(SENTIMENT);
    for (name, value) in listed.facts.iter().filter(|(name, _)| is_listed(name)) {
        json_object::put(&mut single.facts, name, Some(value.clone()));
    }
}

fn sentiment(
    found: Option<types::SentimentAnalysis>,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Option<Sentiment> {
    let found = found?;
    warnings.extra(format_args!("/{SENTIMENT}"), &found.extra);
    for (name, score) in [
        ("overall_sentiment_score", found.overall_sentiment_score),
        ("overall_frustration_score", found.overall_frustration_score),
        ("min_user_sentiment_score", found.min_user_sentiment_score),
        ("max_user_frustration_score", found.max_user_frustration_score),
    ] {
        json_object::put_value(facts, &format!("{SENTIMENT}/{name}"), score);
    }
    let turns = found.num_scored_user_turns;
    json_object::put_value(facts, &format!("{SENTIMENT}/num_scored_user_turns"), turns);
    words::sentiment(found.overall_label, || format!("/{SENTIMENT}/overall_label"), warnings)
}
