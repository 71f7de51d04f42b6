//! The first number an analyst asks for is the same whatever the vendor's words.

use callfold_unify::{Context, mappings, model::Disposition};
use serde_json::{Value, json};

/// Ten outbound calls of a vendor, of which four were answered.
fn ten_calls(vendor: &str) -> Option<Vec<Value>> {
    let answered = 4;
    let word = |words: [&str; 3], index: usize| words[index % 3].to_owned();
    let records = (0..10).map(|index| {
        let is_answered = index < answered;
        let id = index.to_string();
        match vendor {
            "vaani" => json!({
                "call_id": id, "direction": "Outbound",
                "call_status": match is_answered {
                    true => "User disconnected".to_owned(),
                    false => word(["User disconnected", "Call not answered", "Switched off"], index),
                },
                "call_ringing_at": "2026-04-21T12:00:00",
                "user_picked_up_at": is_answered.then_some("2026-04-21T12:00:10"),
                "Start_time": "2026-04-21T11:59:30", "End_time": "2026-04-21T12:01:00",
            }),
            "ravan" | "vozagent" | "agentvoice" => json!({
                "id": id, "call_type": "outbound",
                (if vendor == "vozagent" { "call_status" } else { "status" }): match is_answered {
                    true => "completed".to_owned(),
                    false => word(["no-answer", "Busy", "canceled"], index),
                },
            }),
            "zudu" => json!({
                "id": id, "direction": "OUTBOUND",
                "call_status": if is_answered { "ENDED" } else { "ERROR" },
                "disconnection_reason": is_answered.then_some("USER_HANGUP"),
            }),
            _ => Value::Null,
        }
    });
    let records: Vec<Value> = records.collect();
    records.iter().all(Value::is_object).then_some(records)
}

#[test]
fn four_of_ten_calls_are_a_pick_up_rate_of_forty_percent() {
    let mut vendors = 0;
    for mapping in mappings() {
        let Some(records) = ten_calls(mapping.vendor) else { continue };
        let text = Value::from(records).to_string();
        let calls = (mapping.from_json_with)(&text, &Context::default()).unwrap().calls;
        let known = calls.iter().filter(|call| call.disposition.is_some()).count();
        let answered = Some(Disposition::Answered);
        let answered = calls.iter().filter(|call| call.disposition == answered).count();
        assert_eq!((answered, known), (4, 10), "{}", mapping.vendor);
        vendors += 1;
    }
    assert!(vendors >= 5 || mappings().len() < 5, "{vendors}");
}
