//! vCons, against the schema written down from the draft.

use crate::support::{bare, encoded, full, lines, plain, time};
use callfold_export::{EncodeOptions, Format, PrivacyMode, PrivacyPolicy, vcon};
use callfold_unify::model::{
    Call, Direction, Disposition, EndReasonKind, Party, PhoneNumber, Status, TransferStatus,
};
use serde_json::{Value, json};

pub(crate) const SCHEMA: &str = include_str!("../../schemas/vcon.schema.json");

#[track_caller]
pub(crate) fn check(vcon: &Value) {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(vcon).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?} in {vcon:#}");
}

#[track_caller]
fn of(call: Box<Call>) -> Value {
    let vcon = lines(&plain(Format::Vcon, &[call])).remove(0);
    check(&vcon);
    vcon
}

#[test]
fn answered_call_becomes_parties_recordings_analyses_and_its_record() {
    let vcon = of(full());
    assert_eq!(vcon["vcon"], "0.4.0");
    assert_eq!(vcon["created_at"], "2026-04-21T12:00:37.250Z");
    assert_eq!(
        vcon["parties"],
        json!([
            {
                "tel": "tel:+19195550100", "mailto": "reception@example.com", "name": "Reception",
                "validation": "none", "uuid": "0b2f4a3e-1111-4222-8333-444455556666",
                "type": "bot", "org": "Northside Clinic",
            },
            {
                "tel": "tel:+19195550123", "mailto": "jane.doe@example.com", "name": "Jane Doe",
                "validation": "none", "type": "person",
            },
            { "name": "vendor", "validation": "none", "type": "organization" },
            { "tel": "tel:+19195550188" },
        ])
    );
    assert_eq!(
        vcon["dialog"][1],
        json!({
            "type": "recording", "start": "2026-04-21T12:00:04Z", "duration": 33.25,
            "parties": [0, 1], "mediatype": "audio/x-mp3",
            "url": "https://vendor.example.com/recordings/2.mp3", "application": "vendor",
        })
    );
    let analyses = vcon["analysis"].as_array().unwrap();
    let kinds: Vec<_> = analyses.iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["transcript", "summary", "sentiment", "report"]);
    assert!(analyses.iter().all(|one| one["vendor"] == "vendor" && one["dialog"] == json!([0, 1])));
    assert_eq!(
        vcon["dialog"].as_array().unwrap().len(),
        4,
        "two recordings and a transfer that failed"
    );
    assert_eq!(
        analyses[0]["body"][1],
        json!({
            "party": 1, "role": "customer", "text": "Hello, दीपिका here \u{1f44b}",
            "at": "2026-04-21T12:00:07Z", "offset_ms": 2500,
        })
    );
    let attachment = &vcon["attachments"][0];
    assert_eq!((&attachment["party"], &attachment["encoding"]), (&json!(2), &json!("json")));
    assert_eq!(attachment["body"], lines(&plain(Format::Jsonl, &[full()]))[0]);
}

#[test]
fn turns_without_a_recording_are_text_dialogs() {
    let mut call = full();
    call.recordings.clear();
    call.transcript.turns[1].at = None;
    call.transcript.turns[1].offset_ms = Some(-500);
    let vcon = of(call);
    let dialog = |place: usize| {
        let dialog = &vcon["dialog"][place];
        json!([dialog["type"], dialog["parties"], dialog["start"], dialog["body"]])
    };
    assert_eq!(
        [dialog(0), dialog(1), dialog(2)],
        [
            json!(["text", [0], "2026-04-21T12:00:04Z", "Good morning, Northside Clinic."]),
            json!(["text", [1], "2026-04-21T12:00:03.500Z", "Hello, दीपिका here \u{1f44b}"]),
            json!(["text", [2], "2026-04-21T12:00:13Z", "{\"slots\": 2}"]),
        ]
    );
}

#[test]
fn unanswered_call_has_its_disposition() {
    let cases = [
        (Disposition::NoAnswer, "incomplete", json!("no-answer")),
        (Disposition::Declined, "incomplete", json!("no-answer")),
        (Disposition::Busy, "incomplete", json!("busy")),
        (Disposition::Failed, "incomplete", json!("failed")),
        (Disposition::InvalidNumber, "incomplete", json!("failed")),
        (Disposition::Canceled, "incomplete", json!("hung-up")),
        (Disposition::Voicemail, "recording", Value::Null),
        (Disposition::Answered, "recording", Value::Null),
    ];
    for (disposition, kind, expect) in cases {
        let mut call = full();
        call.disposition = Some(disposition);
        let vcon = of(call);
        assert_eq!(
            (&vcon["dialog"][0]["type"], &vcon["dialog"][0]["disposition"]),
            (&json!(kind), &expect)
        );
    }
    let mut call = bare("mailbox");
    call.disposition = Some(Disposition::Voicemail);
    call.started_at = Some(time("2026-04-21T12:00:00Z"));
    let expect = json!([{
        "type": "incomplete", "start": "2026-04-21T12:00:00Z", "parties": [0, 1],
        "disposition": "voicemail-no-message", "application": "vendor",
    }]);
    assert_eq!(of(call)["dialog"], expect);
}

#[test]
fn call_of_which_nothing_was_captured_has_no_dialog() {
    let mut ringing = bare("call-1");
    ringing.status = Status::Ringing;
    ringing.ringing_at = Some(time("2026-04-21T12:00:02Z"));
    let vcon = of(ringing);
    assert_eq!(vcon["dialog"], json!([]));
    assert_eq!(vcon["created_at"], "2026-04-21T12:00:02Z");
    assert_eq!(vcon["parties"][0], json!({ "type": "bot" }));
    let mut going_on = bare("call-2");
    going_on.status = Status::InProgress;
    going_on.direction = Some(Direction::Inbound);
    going_on.started_at = Some(time("2026-04-21T12:00:00Z"));
    let vcon = of(going_on);
    assert_eq!(vcon["dialog"], json!([]), "what is not recorded is no recording");
    assert_eq!(vcon["parties"][1]["type"], "bot", "the caller is the customer");
}

#[test]
fn unknown_time_is_not_1970() {
    let before = chrono::Utc::now() - chrono::TimeDelta::seconds(1);
    let mut call = full();
    (call.created_at, call.dialing_at, call.ringing_at) = (None, None, None);
    (call.answered_at, call.started_at, call.ended_at) = (None, None, None);
    let vcon = of(call.clone());
    assert_eq!(vcon["created_at"], "2026-04-21T12:00:13Z", "the last turn");
    assert_eq!(vcon["dialog"][0]["start"], vcon["created_at"]);
    call.transcript.turns.iter_mut().for_each(|turn| turn.at = None);
    let vcon = of(call);
    assert!(time(vcon["created_at"].as_str().unwrap()) >= before, "when it is exported");
    assert_eq!(vcon["dialog"], json!([]), "a dialog needs a time");
    assert_eq!(vcon["analysis"][0]["body"][1]["text"], "Hello, दीपिका here \u{1f44b}");
}

#[test]
fn running_text_alone_is_a_text_dialog() {
    let mut call = full();
    call.recordings.clear();
    call.transcript.turns.clear();
    call.transfers.clear();
    let dialog = json!([{
        "type": "text", "start": "2026-04-21T12:00:04Z", "parties": [0, 1],
        "mediatype": "text/plain", "body": "agent: Good morning", "encoding": "none",
        "application": "vendor",
    }]);
    assert_eq!(of(call)["dialog"], dialog);
}

#[test]
fn transfer_names_its_roles_and_dialogs() {
    let vcon = of(full());
    let failed = json!({
        "type": "incomplete", "start": "2026-04-21T12:00:30Z", "parties": [0, 3],
        "disposition": "no-answer", "application": "vendor",
    });
    let transfer = json!({
        "type": "transfer", "start": "2026-04-21T12:00:30Z", "transferee": 1, "transferor": 0,
        "transfer_target": 3, "original": [0, 1], "target_dialog": 2, "application": "vendor",
    });
    assert_eq!((&vcon["dialog"][2], &vcon["dialog"][3]), (&failed, &transfer));

    let mut call = full();
    call.transfers[0].status = Some(TransferStatus::Completed);
    call.transfers[0].to = Some(PhoneNumber::new("Front desk"));
    let vcon = of(call.clone());
    assert_eq!(vcon["parties"][3], json!({ "name": "Front desk", "validation": "none" }));
    assert_eq!(vcon["dialog"][2]["target_dialog"], Value::Null, "nothing of it was captured");
    call.transfers.clear();
    call.end.as_mut().unwrap().kind = EndReasonKind::Transferred;
    let vcon = of(call.clone());
    assert_eq!((&vcon["dialog"][2]["type"], &vcon["parties"][3]), (&json!("transfer"), &json!({})));
    assert_eq!(vcon["dialog"][2]["start"], "2026-04-21T12:00:37.250Z", "when it ended");
    (call.direction, call.from, call.to) = (None, None, None);
    assert_eq!(of(call)["parties"][1]["tel"], "tel:+19195550123", "the customer is known");
}

#[test]
fn what_is_no_number_is_no_tel_url() {
    let cases = [
        ("+1 (919) 555-0100", json!("tel:+19195550100")),
        ("4055", json!("4055")),
        ("anonymous", Value::Null),
        ("Restricted", Value::Null),
        ("+19*******23", Value::Null),
        ("hmac:00ff", Value::Null),
        ("", Value::Null),
    ];
    for (number, expect) in cases {
        let mut call = full();
        call.from.as_mut().unwrap().number = Some(PhoneNumber::new(number));
        assert_eq!(of(call)["parties"][0]["tel"], expect, "{number:?}");
    }
    let mut call = full();
    call.from = Some(Party { withheld: true, ..Party::default() });
    (call.to, call.direction) = (None, Some(Direction::Inbound));
    assert_eq!(of(call)["parties"][0], json!({ "type": "person" }));
}

#[test]
fn only_what_can_be_fetched_by_https_is_a_url() {
    let mut call = full();
    call.recordings.truncate(1);
    call.recordings[0].url = "http://vendor.example.com/1.mp3".into();
    let vcon = of(call);
    assert_eq!(vcon["dialog"][0]["type"], "recording");
    assert_eq!(vcon["dialog"][0]["url"], Value::Null);
}

#[test]
fn uuid_is_the_calls_own_and_a_redacted_one_has_another() {
    let (name, bytes) = vcon::document(&full(), &EncodeOptions::default()).unwrap();
    let vcon: Value = serde_json::from_slice(&bytes).unwrap();
    let uuid = vcon["uuid"].as_str().unwrap();
    // printf vendor:clinic:call-1 | sha256sum, with version and variant set.
    assert_eq!(uuid, "4c1f856f-e9c3-88a1-addf-fadf64449eb0");
    assert_eq!(name, format!("{uuid}.vcon.json"));
    assert_eq!(bytes, plain(Format::Vcon, &[full()]));
    let mut options = EncodeOptions::default();
    options.privacy = PrivacyPolicy::new(PrivacyMode::Mask, &[], None).unwrap();
    let masked = lines(&encoded(Format::Vcon, &options, &[&[full()]])).remove(0);
    check(&masked);
    assert_ne!(masked["uuid"], vcon["uuid"]);
    assert_eq!(masked["redacted"], json!({ "type": "pii mask" }));
    assert_eq!(masked["dialog"][0]["type"], "recording", "it was recorded all the same");
    assert_eq!(masked["parties"][1]["name"], "J. D.");
}
