//! The page of a report: what it holds for few, for many and for hostile calls.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use callfold_report::{CallReport, CallStats, GroupBy, ReportHead, SourceNote, report_html};
use callfold_tables::TurnFigures;
use callfold_unify::model::{
    Agent, Call, CallId, Cost, CostUnit, Direction, Disposition, EndReason, EndReasonKind, EndedBy,
    Entity, Party, PhoneNumber, Speaker, Status, Tool, Turn, TurnKind, Warning,
};
use chrono::{TimeDelta, Utc};
use chrono_tz::Tz;
use std::time::Duration;

fn call(id: &str) -> Call {
    let mut call = Call::new(CallId::new("acme", "sales", id));
    call.status = Status::Ended;
    call.direction = Some(Direction::Outbound);
    call.started_at = Some("2026-04-21T12:00:00Z".parse().unwrap());
    call
}

fn page_of<'a>(calls: impl IntoIterator<Item = &'a Call>) -> String {
    let mut report = CallReport::new(Tz::UTC);
    for call in calls {
        report.add(call, &TurnFigures::of(call));
    }
    report_html(&report, &ReportHead::default())
}

/// The cube in a page.
fn cube(page: &str) -> serde_json::Value {
    let start = page.find("id=\"cube\">").unwrap() + 10;
    serde_json::from_str(page[start..].split("</script>").next().unwrap()).unwrap()
}

const EVIL: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u{202e}";

fn hostile() -> Call {
    let mut call = call("<b>1</b>");
    call.id.account = EVIL.to_owned();
    call.agent = Agent::of(None, Some(EVIL.to_owned()));
    call.campaign = Entity::of(Some(EVIL.to_owned()), None);
    call.end = Some(EndReason {
        kind: EndReasonKind::from(EVIL),
        ended_by: EndedBy::Unknown,
        raw: EVIL.to_owned(),
    });
    call.disposition = Some(Disposition::from(EVIL));
    call.cost = Some(Cost::new("-0.10".parse().unwrap(), CostUnit::Currency("<b>".to_owned())));
    call.customer = Some(Party {
        number: Some(PhoneNumber::new("+19195550100")),
        name: Some("Jane Secret".to_owned()),
        ..Party::default()
    });
    call.summary = Some("She said secret words".to_owned());
    let mut tool = Turn::speech(Speaker::Tool, "");
    tool.kind = TurnKind::ToolCall;
    tool.tool = Some(Tool { name: Some(EVIL.repeat(50)), ..Tool::default() });
    call.transcript.turns =
        vec![tool, Turn::speech(Speaker::Customer, "secret words ".repeat(80_000))];
    call.warnings = vec![Warning::new(EVIL.into(), "/", "secret words")];
    call
}

#[test]
fn hostile_call_is_escaped_and_brings_no_word_of_a_person() {
    let page = page_of([&hostile()]);
    assert!(!page.contains("<img") && !page.contains("<script>alert"), "escaped");
    assert_eq!(page.matches("<script").count(), 2, "the cube, and our own");
    for secret in ["secret words", "Jane Secret", "5550100", "\u{202e}"] {
        assert!(!page.contains(secret), "{secret}");
    }
    assert!(page.len() < 150_000, "{} bytes", page.len());
    assert_eq!(cube(&page)["calls"], 1);
    assert!(page.contains("-0.1"), "a negative amount is shown");
}

#[test]
fn page_of_no_call_and_of_one_call_is_whole() {
    let none = page_of([]);
    assert!(none.contains("no dated call") && none.contains("No call has a cost."));
    assert_eq!(cube(&none)["calls"], 0);
    let mut undated = call("1");
    undated.started_at = None;
    let one = page_of([&undated]);
    assert!(one.contains("without a start"), "counted, though in no span");
    assert_eq!(cube(&one)["rows"][0][3], 0, "behind the last span, of which there is none");
}

#[test]
fn page_of_any_number_of_calls_is_small() {
    let mut report = CallReport::new(Tz::Asia__Kolkata);
    let first: chrono::DateTime<Utc> = "2023-01-01T00:00:00Z".parse().unwrap();
    for at in 0..60_000_u32 {
        let mut call = call(&at.to_string());
        // Numbers without a pattern.
        let random = at.wrapping_mul(2_654_435_761) >> 8;
        call.id.account = format!("account {}", random % 9);
        call.agent = Agent::of(None, Some(format!("agent {}", random % 300)));
        call.campaign = Entity::of(Some(format!("campaign {}", random % 2_000)), None);
        call.started_at = Some(first + TimeDelta::minutes(i64::from(at) * 25));
        call.disposition = Some(["answered", "no_answer", "busy"][random as usize % 3].into());
        call.talk_time = Some(Duration::from_millis(u64::from(random % 400_000)));
        let unit = ["USD", "EUR", "credits"][random as usize % 3].parse().unwrap();
        call.cost = Some(Cost::new(rust_decimal::Decimal::new(random.into(), 6), unit));
        report.add(&call, &TurnFigures::of(&call));
    }
    let page = report_html(&report, &ReportHead::default());
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    assert!(page.contains("Asia/Kolkata") && page.contains("(others)"));
}

#[test]
fn one_wrong_date_does_not_spoil_the_page() {
    let mut calls: Vec<_> = (0..30).map(|at| call(&at.to_string())).collect();
    for (at, call) in calls.iter_mut().enumerate() {
        call.started_at = Some(call.started_at.unwrap() + TimeDelta::days(at as i64));
    }
    calls[0].started_at = Some("0001-01-01T00:00:00Z".parse().unwrap());
    calls[1].started_at = Some("9999-12-31T23:59:59Z".parse().unwrap());
    let page = page_of(&calls);
    assert!(page.contains("per day"), "the others are shown by day");
    assert!(page.contains("Each day without a call is left out."));
}

#[test]
fn costs_of_different_units_are_never_added() {
    let mut calls = Vec::new();
    for (id, vendor, amount, unit) in [
        ("1", "acme", "0.1", "USD"),
        ("2", "acme", "0.2", "USD"),
        ("3", "acme", "5", "credits"),
        ("4", "other", "7", "credits"),
        ("5", "other", "79228162514264337593543950335", "EUR"),
        ("6", "other", "79228162514264337593543950335", "EUR"),
    ] {
        let mut call = call(id);
        call.id.vendor = vendor.to_owned();
        call.cost = Some(Cost::new(amount.parse().unwrap(), unit.parse().unwrap()));
        calls.push(call);
    }
    calls.push(call("7"));
    let mut stats = CallStats::new(vec![GroupBy::Vendor], Tz::UTC);
    calls.iter().for_each(|call| stats.add(call, &TurnFigures::of(call)));
    let total = stats.total();
    let costs: Vec<_> = total
        .costs
        .iter()
        .map(|cost| {
            let vendor = cost.vendor.as_deref().unwrap_or("-");
            format!("{} {} {vendor} {}", cost.total, cost.unit, cost.calls)
        })
        .collect();
    let most = "79228162514264337593543950335 EUR - 2";
    assert_eq!(costs, [most, "0.3 USD - 2", "5 credits acme 1", "7 credits other 1"]);
    assert_eq!(total.without_cost, 1);
    assert!(page_of(&calls).contains("1 amounts are too large to be added"));
}

#[test]
fn unknown_is_neither_yes_nor_no() {
    let cases = [
        // Disposition, turns of the customer, success; then answered, talked and goal.
        (Some("answered"), Some(2), Some(true), ["yes", "yes", "yes"]),
        (Some("answered"), Some(0), Some(true), ["yes", "no", "no"]),
        (Some("answered"), None, Some(true), ["yes", "unknown", "unknown"]),
        (Some("answered"), Some(1), None, ["yes", "yes", "unknown"]),
        (Some("no_answer"), None, Some(true), ["no", "no", "no"]),
        (Some("voicemail"), Some(1), Some(true), ["no", "no", "no"]),
        (Some("odd word"), Some(1), Some(true), ["unknown", "unknown", "unknown"]),
        (None, None, Some(false), ["unknown", "unknown", "no"]),
        (None, Some(0), None, ["unknown", "no", "no"]),
    ];
    for (disposition, customer_turns, success, expect) in cases {
        let mut call = call("1");
        call.disposition = disposition.map(Disposition::from);
        call.outcome.success = success;
        let mut stats = CallStats::new(Vec::new(), Tz::UTC);
        stats.add(&call, &TurnFigures { customer_turns, latency_p50_ms: None });
        let it = stats.total();
        let word = |yes: u64, unknown: u64| match (yes, unknown) {
            (1, 0) => "yes",
            (0, 1) => "unknown",
            _ => "no",
        };
        let found = [
            word(it.answered, it.answered_unknown),
            word(it.talked, it.talked_unknown),
            word(it.goal, it.goal_unknown),
        ];
        assert_eq!(found, expect, "{disposition:?} {customer_turns:?} {success:?}");
    }
}

#[test]
fn incomplete_source_cannot_be_overlooked() {
    let head = ReportHead {
        sources: vec![SourceNote {
            name: "clinic (acme)".to_owned(),
            note: "incomplete: failed before the end".to_owned(),
            is_incomplete: true,
        }],
        ..ReportHead::default()
    };
    let page = report_html(&CallReport::new(Tz::UTC), &head);
    let alert = page.find("class=\"alert\"").unwrap();
    assert!(alert < page.find("<main").unwrap(), "above the figures");
    assert!(page.contains("clinic (acme)"));
    assert!(!page_of([]).contains("class=\"alert\""));
}

#[test]
fn period_before_is_compared_and_counts_nowhere_else() {
    let start = "2026-04-20T00:00:00Z".parse().unwrap();
    let mut report = CallReport::new(Tz::UTC).compared_since(start);
    for (id, day) in [("1", "19"), ("2", "19"), ("3", "21")] {
        let mut call = call(id);
        call.started_at = Some(format!("2026-04-{day}T12:00:00Z").parse().unwrap());
        report.add(&call, &TurnFigures::of(&call));
    }
    assert_eq!(report.calls(), 1);
    let page = report_html(&report, &ReportHead::default());
    assert!(page.contains("Change against the period before") && page.contains("−50.0\u{a0}%"));
    assert!(page.contains("<h1>Calls, 2026-04-21</h1>"));
}
