//! ElevenLabs's records: of the list, and single.

use serde_json::{Map, Value, json};

use super::{transcript, unix};
use crate::truth::{Direction, End, Truth, TruthOutcome, amount};

/// The state of a conversation; it is processed until its analysis is done.
pub(super) fn status(call: &Truth) -> &'static str {
    match call.vendor_status {
        Some("done") if !call.analysed => "processing",
        word => word.unwrap_or_default(),
    }
}

/// Whether the goal was reached.
pub(super) fn success(call: &Truth) -> &'static str {
    match call.success {
        Some(true) => "success",
        Some(false) => "failure",
        None => "unknown",
    }
}

/// Whether the call goes over a SIP trunk; one that never connected always does.
fn is_sip(call: &Truth) -> bool {
    call.end.is_some_and(|end| !end.is_connected()) || call.rng.one_in("trunk", 3)
}

fn direction(call: &Truth) -> Option<&'static str> {
    call.direction.map(|direction| match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    })
}

fn source(call: &Truth) -> &'static str {
    if is_sip(call) { "sip_trunk" } else { "twilio" }
}

fn version(call: &Truth) -> String {
    format!("agtvrsn_{}", &call.agent.id[..16])
}

/// A call of the list.
pub(super) fn listed(call: &Truth, has_summary: bool) -> Value {
    let sentiment = call.sentiment.map(|label| {
        let score = match label {
            "positive" => 0.6,
            "negative" => -0.5,
            _ => 0.1,
        };
        json!({
            "overall_label": label,
            "overall_sentiment_score": score,
            "overall_frustration_score": 0.2,
            "min_user_sentiment_score": score - 0.2,
            "max_user_frustration_score": 0.3,
            "num_scored_user_turns": call.turns.len() / 2,
        })
    });
    json!({
        "agent_id": call.agent.id,
        "branch_id": null,
        "version_id": version(call),
        "agent_name": call.agent.name,
        "conversation_id": call.id,
        "start_time_unix_secs": unix(call.started_at),
        "call_duration_secs": call.seconds().unwrap_or_default(),
        "message_count": call.turns.len(),
        "status": status(call),
        "termination_reason": call.vendor_end_reason.unwrap_or_default(),
        "call_successful": success(call),
        "call_success_score": call.success.map(|is_success| if is_success { 0.9 } else { 0.2 }),
        "transcript_summary": call.summary.as_deref().filter(|_| has_summary),
        "call_summary_title": call.intent,
        "main_language": (!call.turns.is_empty()).then_some("en"),
        "conversation_initiation_source": source(call),
        "tool_names": transcript::tool_names(call),
        "direction": direction(call),
        "rating": null,
        "sentiment_analysis": sentiment,
        "data_collection_results": null,
        "evaluation_criteria_results": null,
        "tag_ids": [],
    })
}

/// A single conversation.
pub(super) fn single(call: &Truth) -> Value {
    json!({
        "agent_id": call.agent.id,
        "agent_name": call.agent.name,
        "conversation_product": "agent",
        "status": status(call),
        "user_id": call.customer.contact_id,
        "branch_id": null,
        "version_id": version(call),
        "metadata": metadata(call),
        "analysis": analysis(call),
        "visited_agents": [{ "agent_id": call.agent.id, "branch_id": null }],
        "conversation_initiation_client_data": {
            "conversation_config_override": { "turn": null, "tts": null, "agent": null },
            "custom_llm_extra_body": {},
            "user_id": call.customer.contact_id,
            "source_info": { "source": source(call), "version": null },
            "branch_id": null,
            "environment": null,
            "starting_workflow_node_id": null,
            "procedure_ids": null,
            "dynamic_variables": variables(call),
        },
        "environment": "production",
        "conversation_id": call.id,
        "has_audio": call.recorded,
        "has_user_audio": call.recorded,
        "has_response_audio": call.recorded,
        "has_auxiliary_audio": false,
        "transcript": transcript::turns(call),
        "tag_ids": [],
    })
}

/// The caller's variables and the platform's.
fn variables(call: &Truth) -> Map<String, Value> {
    let mut variables = call.metadata();
    variables.extend([
        ("customer_name".to_owned(), call.customer.full_name().into()),
        ("system__caller_id".to_owned(), call.from_number().into()),
        ("system__called_number".to_owned(), call.to_number().into()),
        ("system__conversation_id".to_owned(), call.id.as_str().into()),
    ]);
    variables
}

fn metadata(call: &Truth) -> Value {
    let voicemail = call.outcome == Some(TruthOutcome::Voicemail);
    let handed_over = call.end == Some(End::Transferred);
    let batch = call.campaign.as_ref().map(|campaign| {
        let recipient = format!("rcpt_{}", &call.customer.contact_id[..12]);
        json!({ "batch_call_id": campaign.id, "batch_call_recipient_id": recipient })
    });
    json!({
        "start_time_unix_secs": unix(call.started_at),
        "accepted_time_unix_secs": call.answered_at.map(unix),
        "call_duration_secs": call.seconds().unwrap_or_default(),
        "cost": credits(call),
        "cost_fiat": call.cost().filter(|cost| *cost > 0.0),
        "deletion_settings": { "deletion_time_unix_secs": null, "delete_audio": false },
        "feedback": { "type": null, "overall_score": null, "likes": 0, "dislikes": 0 },
        "authorization_method": "authorization_header",
        "charging": charging(call),
        "phone_call": phone_call(call),
        "batch_call": batch,
        "termination_reason": call.vendor_end_reason.unwrap_or_default(),
        "error": call.end.and_then(|end| error(call, end)),
        "warnings": [],
        "main_language": (!call.turns.is_empty()).then_some("en"),
        "rag_usage": null,
        "text_only": false,
        "features_usage": {
            "transfer_to_number": { "enabled": true, "used": handed_over },
            "voicemail_detection": { "enabled": true, "used": voicemail },
            "is_livekit": false,
        },
        "eleven_assistant": { "is_eleven_assistant": false },
        "initiator_id": null,
        "conversation_initiation_source": source(call),
        "conversation_initiation_source_version": null,
        "timezone": null,
        "async_metadata": null,
        "whatsapp": null,
        "sms": null,
        "agent_created_from": "ui",
        "agent_last_updated_from": "api",
        "voice_rewards": [],
    })
}

fn phone_call(call: &Truth) -> Value {
    let sid = call.rng.bits128("call sid");
    let mut phone = json!({
        "direction": direction(call),
        "phone_number_id": format!("phnum_{}", &call.agent.id[..16]),
        "agent_number": call.agent_line,
        "external_number": call.customer.number,
    });
    let more = match is_sip(call) {
        true => json!({
            "type": "sip_trunking",
            "call_sid": format!("SCL_{:012x}", sid >> 80),
            "call_id": format!("otb_{:016x}", sid as u64),
            "sip_header_dynamic_variables": {},
        }),
        false => json!({
            "type": "twilio",
            "call_sid": format!("CA{sid:032x}"),
            "stream_sid": format!("MZ{:032x}", call.rng.bits128("stream sid")),
        }),
    };
    crate::reply::extend(&mut phone, more);
    phone
}

/// Why a call never connected: the code of SIP and its text.
fn error(call: &Truth, end: End) -> Option<Value> {
    let (code, text) = match end {
        End::NoAnswer => (480, "Temporarily Unavailable"),
        End::Busy => (486, "Busy here"),
        End::Rejected => (603, "Decline"),
        End::Failed if call.rng.one_in("domain", 2) => (404, "Domain unavailable"),
        End::Failed => (404, "Invalid destination number"),
        _ => return None,
    };
    let reason = format!("INVITE failed: sip status: {code}: {text} (SIP {code})");
    Some(json!({ "code": code, "reason": reason }))
}

/// Credits: 5,000 for a dollar, rounded down.
fn credits(call: &Truth) -> i64 {
    call.cost_micros.unwrap_or_default() / 200
}

fn charging(call: &Truth) -> Value {
    let Some(micros) = call.cost_micros.filter(|micros| *micros > 0) else {
        return json!({ "dev_discount": false, "is_burst": false, "tier": null, "llm_price": null });
    };
    let (llm_micros, llm_credits) = (micros / 4, credits(call) / 4);
    let usage = json!({ "model_usage": { "gemini-2.5-flash": {
        "input": { "tokens": 400 * call.turns.len(), "price": amount(llm_micros / 2) },
        "output_total": { "tokens": 30 * call.turns.len(), "price": amount(llm_micros / 2) },
    } } });
    json!({
        "dev_discount": false,
        "is_burst": call.rng.one_in("burst", 20),
        "tier": "creator",
        "llm_usage": { "irreversible_generation": usage, "initiated_generation": usage },
        "llm_price": amount(llm_micros),
        "llm_charge": llm_credits,
        "call_charge": credits(call) - llm_credits,
        "platform_charge": credits(call) - llm_credits,
        "platform_price": amount(micros - llm_micros),
        "free_minutes_consumed": 0.0,
        "free_llm_dollars_consumed": 0.0,
        "tts_usage": null,
        "asr_usage": null,
        "analysis": null,
    })
}

fn analysis(call: &Truth) -> Option<Value> {
    let intent = call.intent?;
    let goal = json!({
        "criteria_id": "goal",
        "result": success(call),
        "rationale": "Judged by the last turns.",
    });
    let value = json!({
        "data_collection_id": "intent",
        "value": intent,
        "json_schema": { "type": "string" },
        "rationale": "Named by the customer.",
    });
    Some(json!({
        "evaluation_criteria_results": { "goal": goal },
        "data_collection_results": { "intent": value },
        "evaluation_criteria_results_list": [goal],
        "data_collection_results_list": [value],
        "call_successful": success(call),
        "call_success_score": if call.success == Some(true) { 0.9 } else { 0.2 },
        "transcript_summary": call.summary,
        "call_summary_title": intent,
        "scoped": [],
    }))
}
