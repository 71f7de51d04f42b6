//! Records have the keys of the documented samples and the values of the truth.

use std::collections::BTreeSet;

use super::{get_json, key_set, service};
use callfold_sandbox::{Direction, Service, Truth, TruthStatus};
use serde_json::Value;

const VAANI: &str = "call_id call_type call_status direction agent_name agent_id client_name \
    client_id from_number to_number Start_time End_time duration_ms call_cost call_summary \
    call_entity call_eval_tag call_conversation_quality post_processing_status call_dialing_at \
    call_ringing_at user_picked_up_at recording_api call_transcription call_metadata chat_history \
    callback_requested callback_id callback_status";
const RAVAN_HISTORY: &str = "id agent_id agent_name organization_id caller_number callee_number \
    caller_name caller_email channel status summary recording_url duration_sec cost_total \
    twilio_cost model_cost credit_breakdown disconnect_reason call_latency_ms error_message \
    post_call_analysis_result metadata started_at ended_at created_at transcripts";
const RAVAN_CAMEL: &str = "id agentId organizationId roomId callerNumber calleeNumber callerName \
    callerEmail channel status summary metadata errorMessage disconnectReason \
    promptDynamicVariables extractDynamicVariables callLatencyMs startedAt endedAt durationSec \
    createdAt recordingUrl costTotal agentName postCallAnalysisResult creditBreakdown";
const VOZAGENT: &str = "id contact_id assistant_id call_type call_status duration_seconds \
    call_started_at call_ended_at appointment_booked lead_qualification call_intent";
const VOZAGENT_GET: &str = "customer_phone_number assistant_phone_number transcript \
    analysis_summary recording_url cost";
const AGENTVOICE: &str = "id agent_id agent_name contact_id contact_first_name contact_last_name \
    contact_email phone_number phone_number_called_from call_type status call_success \
    went_to_voicemail call_duration started_at ended_at ended_reason recording_url campaign_id \
    campaign_name created_at";
const AGENTVOICE_RECENT: &str = "id agent_id agent_name contact_id contact_first_name \
    contact_last_name phone_number call_type status call_success call_duration started_at \
    ended_at created_at";
const AGENTVOICE_FULL: &str = "transcript transcript_formatted post_call_analysis \
    call_description custom_analysis structured_data_results notes action_executions \
    action_summary quality_metrics enhanced_context";
const ZUDU: &str = "id call_id agent_id organization_id call_status call_type direction \
    from_number to_number start_timestamp end_timestamp call_duration disconnection_reason \
    recording_url public_log_url opt_out_sensitive_data_storage metadata events transcript \
    transcript_object transcript_with_tool_calls latency call_analysis call_cost \
    telephony_identifier";

fn words(texts: &[&'static str]) -> BTreeSet<&'static str> {
    texts.iter().flat_map(|text| text.split_whitespace()).collect()
}

fn truth(service: &Service, vendor: &str, keep: impl Fn(&Truth) -> bool) -> Truth {
    let dataset = service.dataset();
    dataset.truths(vendor).find(|call| keep(call)).unwrap()
}

fn outbound(call: &Truth) -> bool {
    call.recorded && call.analysed && call.direction == Some(Direction::Outbound)
}

fn item<'a>(page: &'a Value, pointer: &str, key: &str, id: &str) -> &'a Value {
    let items = page.pointer(pointer).and_then(Value::as_array).unwrap();
    items.iter().find(|item| item[key] == id).unwrap()
}

#[test]
fn vaani_records_always_hold_every_key() {
    let service = service(200);
    let page = get_json(&service, "/vaani/api/call-history?page_size=200");
    assert_eq!(key_set(&page), words(&["data pagination"]));
    for record in page["data"].as_array().unwrap() {
        assert_eq!(key_set(record), words(&[VAANI]));
    }
    let call = truth(&service, "vaani", |call| outbound(call) && call.answered_at.is_some());
    let record = item(&page, "/data", "call_id", &call.id);
    let naive =
        |time: chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    assert_eq!(record["Start_time"], naive(call.started_at));
    assert_eq!(record["user_picked_up_at"], naive(call.answered_at.unwrap()));
    assert_eq!(record["to_number"], call.customer.number.as_deref().unwrap());
    assert!(call.id.starts_with(&format!("outbound-{}-", call.started_at.timestamp())));
    let inbound = truth(&service, "vaani", |call| call.direction == Some(Direction::Inbound));
    let record = item(&page, "/data", "call_id", &inbound.id);
    assert_eq!([&record["call_type"], &record["direction"]], ["Inbound", "Incoming"]);
}

#[test]
fn few_vaani_durations_are_corrupt() {
    let service = service(1_000);
    let dataset = service.dataset();
    let ended = dataset.truths("vaani").filter(|call| call.ended_at.is_some());
    let (mut right, mut wrong) = (0, 0);
    for call in ended {
        let true_length = (call.ended_at.unwrap() - call.started_at).num_microseconds();
        if call.reported_duration_us == true_length { right += 1 } else { wrong += 1 }
    }
    assert!(wrong > 0 && wrong * 15 < right, "{wrong} of {right}");
}

#[test]
fn vaani_details_are_placeholders_until_processed() {
    let service = service(200);
    let call = truth(&service, "vaani", outbound);
    let details = get_json(&service, &format!("/vaani/api/call_details/{}", call.id));
    let keys = "transcription entity conversation_eval summary call_eval_tag";
    assert_eq!(key_set(&details), words(&[keys]));
    assert_eq!(details["summary"], call.summary.unwrap().as_str());
    assert!(details["entity"].is_object());
    let early = truth(&service, "vaani", |call| call.is_in_progress());
    let details = get_json(&service, &format!("/vaani/api/call_details/{}", early.id));
    assert!(details["entity"].is_string());
    assert_eq!(details["call_eval_tag"], Value::Null);
}

#[test]
fn ravan_has_a_camel_and_a_snake_case_shape() {
    let service = service(200);
    let page = get_json(&service, "/ravan/api/v1/calling/call-sessions?page_size=200");
    for record in page["data"]["callSessions"].as_array().unwrap() {
        assert_eq!(key_set(record), words(&[RAVAN_CAMEL]));
    }
    let call = truth(&service, "ravan", outbound);
    let number = call.customer.number.as_ref().unwrap();
    let path =
        format!("/ravan/api/v1/calling/phone-history?phone=%2B{}&page_size=100", &number[1..]);
    let with = get_json(&service, &format!("{path}&include_transcripts=true"));
    let record = item(&with, "/calls", "id", &call.id);
    assert_eq!(key_set(record), words(&[RAVAN_HISTORY]));
    assert!(record["cost_total"].is_string());
    assert_eq!(record["transcripts"].as_array().unwrap().len(), call.turns.len());
    let without = get_json(&service, &path);
    assert!(item(&without, "/calls", "id", &call.id).get("transcripts").is_none());
    let camel = item(&page, "/data/callSessions", "id", &call.id);
    assert_eq!(camel["costTotal"], record["cost_total"]);
    assert_eq!(camel["callerNumber"], record["caller_number"]);
    let detail =
        get_json(&service, &format!("/ravan/api/v1/calling/call-sessions-detail/{}", call.id));
    assert_eq!(detail["data"]["transcripts"], record["transcripts"]);
}

#[test]
fn vozagent_lists_omit_fields_of_the_single_record() {
    let service = service(100);
    let list = get_json(&service, "/vozagent/v1/calls?limit=100");
    let mut without_intent = 0;
    for record in list.as_array().unwrap() {
        let mut keys = key_set(record);
        without_intent += usize::from(keys.insert("call_intent"));
        assert_eq!(keys, words(&[VOZAGENT]));
    }
    assert!((1..90).contains(&without_intent), "{without_intent}");
    let call = truth(&service, "vozagent", outbound);
    let record = get_json(&service, &format!("/vozagent/v1/calls/{}", call.id));
    assert_eq!(key_set(&record), words(&[VOZAGENT, VOZAGENT_GET]));
    let cost = call.cost_micros.unwrap() as f64 / 1e6;
    assert_eq!(record["cost"], cost);
    assert_eq!(record["customer_phone_number"], call.customer.number.unwrap());
}

#[test]
fn agentvoice_records_gain_fields_on_request() {
    let service = service(200);
    let light = words(&[AGENTVOICE]);
    let page = get_json(&service, "/agentvoice/api/calls?limit=100");
    let records = page["data"].as_array().unwrap();
    assert!(records.iter().all(|record| key_set(record).is_subset(&light)));
    assert!(records.iter().any(|record| key_set(record) == light));

    let call = truth(&service, "agentvoice", outbound);
    let get =
        |query: &str| get_json(&service, &format!("/agentvoice/api/calls/{}?{query}", call.id));
    let plain = get("fields=light");
    let added = |query: &str| -> BTreeSet<String> {
        let record = get(query);
        let plain = key_set(&plain);
        key_set(&record).into_iter().filter(|key| !plain.contains(key)).map(str::to_owned).collect()
    };
    let check = |query: &str, keys: &[&'static str]| {
        let expected: BTreeSet<String> = words(keys).into_iter().map(str::to_owned).collect();
        assert_eq!(added(query), expected, "{query}");
    };
    check("fields=full", &[AGENTVOICE_FULL]);
    check("include=transcript", &["transcript transcript_formatted"]);
    check("include=metrics", &["quality_metrics latency_metrics audio_metrics"]);
    check("include=diagnostics", &["turn_events interruptions tool_usage"]);
    check(
        "include=actions,transcript",
        &["action_executions action_summary transcript transcript_formatted"],
    );
    let more = "latency_metrics audio_metrics turn_events interruptions tool_usage";
    check("fields=full&include=metrics,diagnostics", &[AGENTVOICE_FULL, more]);

    let recent = get_json(&service, "/agentvoice/api/calls?most_recent=true&status=completed");
    assert_eq!(key_set(&recent), words(&[AGENTVOICE_RECENT]));
}

#[test]
fn zudu_records_have_every_key_and_nulls_while_ongoing() {
    let service = service(200);
    let page = get_json(&service, "/zudu/api/calls?limit=100");
    assert_eq!(key_set(&page), words(&["message status error data"]));
    let data = "organization_id calls pagination returned_count sort_order sort_by applied_filters";
    assert_eq!(key_set(&page["data"]), words(&[data]));
    let numbers = ["direction", "from_number", "to_number"];
    for record in page["data"]["calls"].as_array().unwrap() {
        let mut expected = words(&[ZUDU]);
        if record["call_type"] == "WEB_CALL" {
            expected.retain(|key| !numbers.contains(key));
        }
        assert_eq!(key_set(record), expected);
        let ongoing = matches!(record["call_status"].as_str(), Some("ONGOING" | "REGISTERED"));
        for key in ["end_timestamp", "call_duration", "disconnection_reason", "call_analysis"] {
            assert_eq!(record[key].is_null(), ongoing, "{key}");
        }
        if !ongoing {
            let number = |key: &str| record[key].as_i64().unwrap();
            let length = number("end_timestamp") - number("start_timestamp");
            assert_eq!(number("call_duration"), length);
        }
    }
}

#[test]
fn calls_in_progress_have_a_null_end() {
    let service = service(200);
    let live =
        |vendor: &str| truth(&service, vendor, |call| call.status == TruthStatus::InProgress);
    let page = get_json(&service, "/vaani/api/call-history");
    let record = item(&page, "/data", "call_id", &live("vaani").id);
    for key in ["End_time", "duration_ms", "call_cost", "call_summary", "call_eval_tag"] {
        assert!(record[key].is_null(), "{key}");
    }
    assert_eq!(record["post_processing_status"], "not_processed");
    let page = get_json(&service, "/vozagent/v1/calls");
    let record = item(&page, "", "id", &live("vozagent").id);
    assert!(record["call_ended_at"].is_null() && record["duration_seconds"].is_null());
    let page = get_json(&service, "/agentvoice/api/calls");
    let record = item(&page, "/data", "id", &live("agentvoice").id);
    assert!(record["ended_at"].is_null() && record.get("ended_reason").is_none());
}
