use super::*;
use crate::model::{CallId, EndedBy, Timestamp, Turn};

/// A call with the evidence that a case names.
fn call(change: impl FnOnce(&mut Call)) -> Call {
    let mut call = Call::new(CallId::new("vendor", "account", "1"));
    change(&mut call);
    call
}

fn end(kind: EndReasonKind, raw: &str) -> Option<EndReason> {
    Some(EndReason { kind, ended_by: EndedBy::Unknown, raw: raw.to_owned() })
}

fn turn(role: Speaker) -> Turn {
    Turn::speech(role, "Hello.")
}

fn time() -> Option<Timestamp> {
    Some("2026-04-21T12:00:00Z".parse().unwrap())
}

fn found(word: Option<Disposition>, call: &Call) -> Option<Disposition> {
    ConnectionEvidence { word: word.as_ref(), reports_pick_up: false }.disposition(call)
}

#[test]
fn strongest_evidence_decides_the_disposition() {
    use Disposition::*;
    let machine = Some(AnsweredBy::Machine);
    let cases = [
        (None, None, false, None, None),
        (Some(Answered), machine, true, Some(EndReasonKind::CustomerHangup), Some(Voicemail)),
        (Some(Busy), None, true, Some(EndReasonKind::CustomerHangup), Some(Busy)),
        (Some(Answered), None, false, Some(EndReasonKind::Busy), Some(Busy)),
        (Some(Answered), None, false, Some(EndReasonKind::Voicemail), Some(Voicemail)),
        (None, None, true, Some(EndReasonKind::NoAnswer), Some(Answered)),
        (None, None, true, Some(EndReasonKind::Voicemail), Some(Voicemail)),
        (None, None, false, Some(EndReasonKind::CustomerHangup), Some(Answered)),
        (None, None, false, Some(EndReasonKind::LlmError), None),
        (Some(Failed), None, false, Some(EndReasonKind::LlmError), Some(Failed)),
        (Some(Failed), None, false, Some(EndReasonKind::Declined), Some(Declined)),
        (Some(Answered), None, false, None, Some(Answered)),
        (None, None, false, Some(EndReasonKind::Canceled), None),
        (None, None, false, Some(EndReasonKind::SpamBlocked), Some(Failed)),
    ];
    for (word, answered_by, answered, kind, expect) in cases {
        let call = call(|call| {
            call.answered_by = answered_by.clone();
            call.answered_at = time().filter(|_| answered);
            call.end = kind.clone().and_then(|kind| end(kind, ""));
        });
        assert_eq!(found(word.clone(), &call), expect, "{word:?} {answered_by:?} {kind:?}");
    }
}

#[test]
fn failed_call_with_a_customers_turn_was_answered() {
    let failed = || Some(Disposition::Failed);
    let with = |turns: Vec<Turn>, seconds: Option<u64>| {
        let call = call(|call| {
            call.status = Status::Failed;
            call.transcript.turns = turns;
            call.reported_duration = seconds.map(Duration::from_secs);
        });
        found(failed(), &call)
    };
    let answered = Some(Disposition::Answered);
    assert_eq!(with(vec![turn(Speaker::Customer)], Some(40)), answered);
    assert_eq!(with(vec![turn(Speaker::Customer)], None), answered);
    assert_eq!(with(vec![turn(Speaker::Agent)], Some(40)), None);
    assert_eq!(with(Vec::new(), Some(40)), None);
    assert_eq!(with(Vec::new(), Some(0)), failed());
    assert_eq!(with(vec![turn(Speaker::Agent)], None), failed());
}

#[test]
fn transfer_of_an_unanswered_call_proves_nothing() {
    let with = |raw: &str, status: Status, seconds: u64| {
        let call = call(|call| {
            call.end = end(EndReasonKind::Transferred, raw);
            call.status = status;
            call.reported_duration = Some(Duration::from_secs(seconds));
        });
        found(None, &call)
    };
    let ringing = "call.ringing.hook-executed-transfer";
    assert_eq!(with("call_transfer", Status::Ended, 9), Some(Disposition::Answered));
    assert_eq!(with(ringing, Status::Ended, 9), None);
    assert_eq!(with("call_transfer", Status::Failed, 9), None);
    assert_eq!(with("call_transfer", Status::Ended, 0), None);
}

#[test]
fn outbound_call_that_rang_and_ended_without_its_pick_up_is_no_answer() {
    let with = |direction: Option<Direction>, rang: bool, ended: bool, kind: EndReasonKind| {
        let call = call(|call| {
            call.direction = direction;
            call.ringing_at = time().filter(|_| rang);
            call.ended_at = time().filter(|_| ended);
            call.end = end(kind, "");
        });
        ConnectionEvidence { word: None, reports_pick_up: true }.disposition(&call)
    };
    let outbound = || Some(Direction::Outbound);
    let hung_up = || EndReasonKind::CustomerHangup;
    assert_eq!(with(outbound(), true, true, hung_up()), Some(Disposition::NoAnswer));
    assert_eq!(with(outbound(), false, true, hung_up()), None);
    assert_eq!(with(outbound(), true, false, hung_up()), None);
    assert_eq!(with(outbound(), true, true, EndReasonKind::Busy), Some(Disposition::Busy));
    assert_eq!(with(Some(Direction::Inbound), true, true, hung_up()), Some(Disposition::Answered));
}

#[test]
fn voicemail_is_a_machine_whoever_says_it() {
    for (word, kind) in [
        (Some(Disposition::Voicemail), EndReasonKind::CompletedUnspecified),
        (None, EndReasonKind::Voicemail),
    ] {
        let mut call = call(|call| call.end = end(kind, ""));
        ConnectionEvidence { word: word.as_ref(), reports_pick_up: false }.fill(&mut call);
        assert_eq!(call.disposition, Some(Disposition::Voicemail));
        assert_eq!(call.answered_by, Some(AnsweredBy::Machine));
    }
}
