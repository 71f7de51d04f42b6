//! Vapi's record, the same in the list and alone.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::calendar::{SECOND, instant};
use crate::compact_call::CompactCall;
use crate::reply::omit_null;
use crate::truth::{Channel, Direction, End, Role, Truth, TruthTurn, amount};
use crate::vendor_request::VendorRequest;

/// What a record lacks where it does not apply; required are only ids and the times of the record.
const OPTIONAL: [&str; 19] = [
    "startedAt",
    "endedAt",
    "endedReason",
    "phoneNumberId",
    "phoneNumber",
    "phoneCallTransport",
    "campaignId",
    "customer",
    "destination",
    "cost",
    "costBreakdown",
    "costs",
    "analysis",
    "artifact",
    "messages",
    "monitor",
    "transport",
    "schedulePlan",
    "metadata",
];

/// From the end of a call until its record changes for the last time.
const AFTERMATH: i64 = 2 * SECOND;

/// A call.
pub(super) fn record(request: &VendorRequest<'_>, call: &Truth) -> Value {
    let is_phone = call.channel != Channel::Web;
    let is_over = call.end.is_some();
    let updated_at = call
        .ended_at
        .map_or(call.started_at, |at| at + TimeDelta::microseconds(AFTERMATH))
        .min(instant(request.dataset.now))
        .max(call.created_at);
    let record = json!({
        "id": call.id,
        "orgId": call.organization.id,
        "createdAt": millis(call.created_at),
        "updatedAt": millis(updated_at),
        "startedAt": millis(call.started_at),
        "endedAt": call.ended_at.map(millis),
        "type": match call.direction {
            None => "webCall",
            Some(Direction::Inbound) => "inboundPhoneCall",
            Some(Direction::Outbound) => "outboundPhoneCall",
        },
        "status": call.vendor_status,
        "endedReason": call.vendor_end_reason,
        "assistantId": call.agent.id,
        "phoneNumberId": is_phone.then(|| line_id(&call.agent.id)),
        "phoneNumber": call.agent_line.as_ref().map(|number| {
            let id = line_id(&call.agent.id);
            json!({ "id": id, "provider": "vapi", "number": number, "name": "Main line" })
        }),
        "phoneCallTransport": match call.channel {
            Channel::Web => None,
            Channel::Sip => Some("sip"),
            Channel::Phone => Some("pstn"),
        },
        "transport": transport(request, call),
        "campaignId": call.campaign.as_ref().map(|campaign| &campaign.id),
        "customer": customer(call),
        "destination": (call.end == Some(End::Transferred)).then(|| destination(call)),
        "cost": call.cost(),
        "costBreakdown": call.cost_micros.map(breakdown),
        "costs": call.cost_micros.map(costs),
        "analysis": is_over.then(|| analysis(call)),
        "artifact": artifact(request, call),
        "messages": messages(call),
        "monitor": call.is_in_progress().then(|| json!({
            "listenUrl": format!("{}/monitor/{}/listen", request.base, call.id),
            "controlUrl": format!("{}/monitor/{}/control", request.base, call.id),
        })),
        "metadata": call.metadata(),
    });
    omit_null(record, &OPTIONAL)
}

/// The time of the last change of a record, in microseconds.
pub(super) fn updated(call: &CompactCall, now: i64) -> i64 {
    let last = if call.ended <= now { call.ended + AFTERMATH } else { call.started };
    last.min(now).max(call.created)
}

/// The identifier of an assistant's number: the assistant's with another end.
pub(super) fn line_id(agent: &str) -> String {
    let head = agent.get(..agent.len().saturating_sub(4)).unwrap_or_default();
    format!("{head}c1c1")
}

/// The address of the recording in the storage, with a signature.
pub(super) fn signed(request: &VendorRequest<'_>, call: &Truth) -> String {
    let signature = call.rng.bits("signature") ^ request.dataset.now as u64;
    format!("{}?signature={signature:016x}", stored(request, call))
}

fn stored(request: &VendorRequest<'_>, call: &Truth) -> String {
    format!("{}/recordings/vapi/{}.mp3", request.base, call.id)
}

fn millis(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn customer(call: &Truth) -> Value {
    let customer = json!({
        "number": call.customer.number,
        "name": call.customer.full_name(),
        "email": call.customer.email,
        "externalId": call.customer.contact_id,
        "sipUri": (call.channel == Channel::Sip)
            .then(|| format!("sip:{}@pbx.example.com", call.customer.last_name.to_lowercase())),
    });
    omit_null(customer, &["number", "email", "sipUri"])
}

fn transport(request: &VendorRequest<'_>, call: &Truth) -> Value {
    let id = |name: &'static str| format!("{:032x}", call.rng.bits128(name));
    match call.channel {
        Channel::Phone => json!({
            "provider": "twilio",
            "conversationType": "voice",
            "accountSid": format!("AC{}", id("account")),
            "callSid": format!("CA{}", id("call sid")),
            "callToken": id("call token"),
        }),
        Channel::Sip => json!({
            "provider": "vapi.sip",
            "conversationType": "voice",
            "sbcCallSid": id("sbc"),
        }),
        Channel::Web => json!({
            "provider": "daily",
            "conversationType": "voice",
            "callUrl": format!("{}/rooms/{}", request.base, call.id),
        }),
    }
}

fn destination(call: &Truth) -> Value {
    let number = format!("+1907555{:04}", call.rng.below("operator", 10_000));
    json!({ "type": "number", "number": number, "message": "One moment, please." })
}

/// The prompt, what was said, and in some calls the use of a tool in between.
fn messages(call: &Truth) -> Vec<Value> {
    let start = call.started_at;
    let mut messages = vec![json!({
        "role": "system",
        "message": format!("You are {} of {}.", call.agent.name, call.organization.name),
        "time": start.timestamp_millis(),
        "secondsFromStart": 0,
    })];
    let uses_tool = call.turns.len() > 3 && call.rng.one_in("tool", 3);
    for (index, turn) in call.turns.iter().enumerate() {
        if uses_tool && index == 2 {
            messages.extend(tool(call, turn));
        }
        messages.push(message(call, turn));
    }
    messages
}

fn message(call: &Truth, turn: &TruthTurn) -> Value {
    let at = call.turn_at(turn);
    let spoken = 300 + 55 * turn.text.chars().count() as i64;
    let mut message = json!({
        "role": match turn.role {
            Role::Agent => "bot",
            Role::Customer => "user",
        },
        "message": turn.text,
        "time": at.timestamp_millis(),
        "endTime": at.timestamp_millis() + spoken,
        "secondsFromStart": seconds(call, at),
        "duration": spoken - 100,
    });
    if turn.role == Role::Agent {
        message["source"] = "".into();
        message["assistantName"] = call.agent.name.as_str().into();
    }
    message
}

/// A tool that is called before this turn, and its result.
fn tool(call: &Truth, before: &TruthTurn) -> [Value; 2] {
    let at = call.turn_at(before) - TimeDelta::milliseconds(200);
    let id = format!("call_{:08x}", call.rng.bits("tool id") as u32);
    let called = json!({
        "role": "tool_calls",
        "time": at.timestamp_millis(),
        "secondsFromStart": seconds(call, at),
        "toolCalls": [{
            "id": id,
            "type": "function",
            "function": { "name": "find_slot", "arguments": "{\"day\":\"Tuesday\"}" },
        }],
    });
    let returned = json!({
        "role": "tool_call_result",
        "toolCallId": id,
        "name": "find_slot",
        "result": "{\"slot\":\"10:00\"}",
        "time": at.timestamp_millis() + 150,
        "secondsFromStart": seconds(call, at + TimeDelta::milliseconds(150)),
    });
    [called, returned]
}

fn seconds(call: &Truth, at: DateTime<Utc>) -> f64 {
    (at - call.started_at).num_milliseconds() as f64 / 1e3
}

fn artifact(request: &VendorRequest<'_>, call: &Truth) -> Value {
    let mut artifact = json!({
        "messages": messages(call),
        "messagesOpenAIFormatted": [],
        "transcript": call.text("AI", "User", "\n"),
        "assistantActivations":
            [{ "assistantName": call.agent.name, "assistantId": call.agent.id }],
        "transfers": [],
    });
    if call.end == Some(End::Transferred) {
        let transfer = json!({
            "destination": destination(call),
            "mode": "blind-transfer",
            "status": "completed",
        });
        artifact["transfers"] = json!([transfer]);
    }
    if call.recorded {
        let url = stored(request, call);
        artifact["recording"] = json!({ "mono": { "combinedUrl": url } });
        artifact["recordingUrl"] = url.into();
        artifact["presignedMonoUrl"] = signed(request, call).into();
        let expires_at = instant(request.dataset.now) + TimeDelta::hours(1);
        artifact["presignedUrlsExpiresAt"] = millis(expires_at).into();
    }
    if !call.latencies_ms.is_empty() {
        artifact["performanceMetrics"] = metrics(call);
    }
    artifact
}

fn metrics(call: &Truth) -> Value {
    const STAGES: [(&str, u32); 5] =
        [("turn", 100), ("model", 45), ("voice", 20), ("transcriber", 10), ("endpointing", 25)];
    let share = |ms: u32, percent: u32| f64::from(ms * percent / 10) / 10.0;
    let turns: Vec<Value> = call
        .latencies_ms
        .iter()
        .map(|ms| {
            let of = |(stage, percent)| (format!("{stage}Latency"), share(*ms, percent).into());
            Value::Object(STAGES.map(of).into_iter().collect())
        })
        .collect();
    let count = call.latencies_ms.len() as f64;
    let mean = |percent| {
        let all: f64 = call.latencies_ms.iter().map(|ms| share(*ms, percent)).sum();
        (all / count * 100.0).round() / 100.0
    };
    let mut metrics = Map::from_iter([("turnLatencies".to_owned(), turns.into())]);
    for (stage, percent) in STAGES {
        metrics.insert(format!("{stage}LatencyAverage"), mean(percent).into());
    }
    metrics.insert("numUserInterrupted".to_owned(), call.rng.below("interrupted", 3).into());
    metrics.into()
}

/// An empty array stands where there is none.
fn analysis(call: &Truth) -> Value {
    let Some(summary) = &call.summary else { return json!([]) };
    json!({
        "summary": summary,
        "successEvaluation": (call.success == Some(true)).to_string(),
        "structuredData": {
            "intent": call.intent,
            "appointmentBooked": call.appointment_booked,
            "callbackRequested": call.callback_requested,
        },
    })
}

/// The parts of a cost, in millionths: each is rounded to 4 decimals.
fn parts(micros: i64) -> [(&'static str, i64); 5] {
    let share = |percent: i64| micros * percent / 10_000 * 100;
    let (stt, llm, tts) = (share(15), share(5), share(30));
    [("transport", 0), ("stt", stt), ("llm", llm), ("tts", tts), ("vapi", micros - stt - llm - tts)]
}

fn breakdown(micros: i64) -> Value {
    let parts = parts(micros).map(|(name, micros)| (name.to_owned(), amount(micros).into()));
    let mut breakdown: Map<String, Value> = parts.into_iter().collect();
    breakdown.insert("total".to_owned(), amount(micros).into());
    breakdown.into()
}

fn costs(micros: i64) -> Value {
    let item = |(name, micros): (&str, i64)| {
        let kind = match name {
            "stt" => "transcriber",
            "llm" => "model",
            "tts" => "voice",
            other => other,
        };
        let mut item = json!({ "type": kind, "cost": amount(micros) });
        if kind == "vapi" {
            item["subType"] = "normal".into();
        }
        item
    };
    parts(micros).map(item).into_iter().collect()
}
