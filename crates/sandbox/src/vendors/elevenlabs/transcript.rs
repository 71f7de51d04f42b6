//! The turns of a conversation, and the tools between them.

use serde_json::{Value, json};

use crate::truth::{End, Role, Truth, TruthTurn};

/// The name of the tool that ended the conversation, and the word for what it did.
fn last_tool(call: &Truth) -> Option<(&'static str, &'static str)> {
    match call.end? {
        End::AgentHangup => Some(("end_call", "end_call_success")),
        End::Voicemail => Some(("voicemail_detection", "voicemail_detection_success")),
        End::Transferred => Some(("transfer_to_number", "transfer_to_number_twilio_success")),
        _ => None,
    }
}

/// Whether the agent looks something up before its last turn.
fn looks_up(call: &Truth) -> bool {
    call.turns.len() > 3 && call.rng.one_in("look up", 2)
}

/// The names of the tools that were used.
pub(super) fn tool_names(call: &Truth) -> Vec<&'static str> {
    let looked_up = looks_up(call).then_some("look_up");
    looked_up.into_iter().chain(last_tool(call).map(|(name, _)| name)).collect()
}

/// The turns of a conversation; none while it goes on.
pub(super) fn turns(call: &Truth) -> Vec<Value> {
    if call.is_in_progress() {
        return Vec::new();
    }
    let mut answers = call.latencies_ms.iter();
    let mut turns = Vec::new();
    for (index, said) in call.turns.iter().enumerate() {
        let waited = match said.role {
            Role::Agent if index > 0 => answers.next(),
            _ => None,
        };
        if index == 2 && looks_up(call) {
            turns.push(webhook(call, said));
        }
        turns.push(spoken(call, index, said, waited.copied()));
    }
    if let Some((name, word)) = last_tool(call) {
        let at = call.turns.last().map_or(0, |said| said.offset_ms / 1_000);
        turns.push(system(call, name, word, at));
    }
    turns
}

fn spoken(call: &Truth, index: usize, said: &TruthTurn, waited_ms: Option<u32>) -> Value {
    let is_agent = said.role == Role::Agent;
    let interrupted = is_agent && call.rng.nth(index as u64).one_in("interrupted", 12);
    let metrics = waited_ms.map(|ms| {
        let seconds = f64::from(ms) / 1e3;
        let model = f64::from(ms / 2) / 1e3;
        json!({
            "metrics": {
                "convai_llm_service_ttfb": { "elapsed_time": model },
                "convai_ttf_audio_since_silence": { "elapsed_time": seconds },
            },
            "convai_asr_provider": null,
            "convai_tts_model": "eleven_flash_v2",
            "convai_tts_cascade": null,
        })
    });
    json!({
        "role": if is_agent { "agent" } else { "user" },
        "message": said.text,
        "tool_calls": [],
        "tool_results": [],
        "feedback": null,
        "time_in_call_secs": said.offset_ms / 1_000,
        "conversation_turn_metrics": metrics,
        "rag_retrieval_info": null,
        "llm_usage": null,
        "interrupted": interrupted,
        "ignored_as_backchannel": false,
        "original_message": interrupted.then(|| format!("{} Is there more?", said.text)),
        "source_medium": (!is_agent).then_some("audio"),
    })
}

/// A turn of the agent without words, in which a tool is used.
fn tool(said_at: i64, call: Value, result: Value) -> Value {
    json!({
        "role": "agent",
        "message": null,
        "tool_calls": [call],
        "tool_results": [result],
        "time_in_call_secs": said_at,
        "conversation_turn_metrics": null,
        "interrupted": false,
    })
}

fn webhook(call: &Truth, said: &TruthTurn) -> Value {
    let id = format!("look_up_{:04x}", call.rng.bits("look up id") as u16);
    let failed = call.rng.one_in("look up fails", 6);
    let arguments = json!({ "name": call.customer.last_name }).to_string();
    let request = json!({
        "type": "webhook",
        "request_id": id,
        "tool_name": "look_up",
        "params_as_json": arguments,
        "tool_has_been_called": true,
        "tool_details": {
            "type": "webhook",
            "method": "POST",
            "url": "https://tools.example.com/look-up",
            "path_params": {},
            "query_params": {},
            "body": arguments,
        },
    });
    let result = json!({
        "type": "webhook",
        "request_id": id,
        "tool_name": "look_up",
        "result_value": if failed { "" } else { "{\"found\":true}" },
        "is_error": failed,
        "is_blocked": false,
        "tool_has_been_called": true,
        "tool_latency_secs": call.rng.between("look up time", 120, 900) as f64 / 1e3,
        "error_type": if failed { "timeout" } else { "" },
        "raw_error_message": "",
        "dynamic_variable_updates": [],
    });
    tool(said.offset_ms / 1_000, request, result)
}

fn system(call: &Truth, name: &str, word: &str, at: i64) -> Value {
    let id = format!("{name}_{:04x}", call.rng.bits("system id") as u16);
    let request = json!({
        "type": "system",
        "request_id": id,
        "tool_name": name,
        "params_as_json": "{\"reason\":\"The request was completed.\"}",
        "tool_has_been_called": true,
        "tool_details": null,
    });
    let result = json!({
        "type": "system",
        "request_id": id,
        "tool_name": name,
        "result_value": "",
        "is_error": false,
        "is_blocked": false,
        "tool_has_been_called": true,
        "tool_latency_secs": 0.0,
        "error_type": "",
        "raw_error_message": "",
        "dynamic_variable_updates": [],
        "result": { "result_type": word, "status": "success" },
    });
    tool(at, request, result)
}
