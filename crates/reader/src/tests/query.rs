use super::*;
use callfold_unify::model::{Agent, CallId, Entity};

fn call() -> Call {
    let party =
        |number: &str| Some(Party { number: Some(PhoneNumber::new(number)), ..Party::default() });
    let mut call = Call::new(CallId::new("v", "a", "1"));
    call.started_at = Some(at("2026-04-21T12:00:00Z"));
    call.direction = Some(Direction::Inbound);
    call.status = Status::Ended;
    call.from = party("+1 919 555 0100");
    call.to = party("+0987654321");
    call.agent = Agent::of(Some("agent-1".into()), Some("Lena Straße".into()));
    call.contact_id = Some("contact-1".into());
    call.campaign = Entity::of(None, Some("Spring".into()));
    call
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn each_filter_holds_or_not() {
    type Change = fn(&mut Query);
    let with = |change: Change| {
        let mut query = Query::default();
        change(&mut query);
        query
    };
    let cases: [(&str, Change, bool); 29] = [
        ("no filter", |_| {}, true),
        ("since is included", |q| q.since = Some(at("2026-04-21T12:00:00Z")), true),
        ("before since", |q| q.since = Some(at("2026-04-21T12:00:00.001Z")), false),
        ("until is not included", |q| q.until = Some(at("2026-04-21T12:00:00Z")), false),
        ("before until", |q| q.until = Some(at("2026-04-21T12:00:00.001Z")), true),
        ("as far back", |q| q.lookback_floor = Some(at("2026-04-21T12:00:00Z")), true),
        ("not as far back", |q| q.lookback_floor = Some(at("2026-04-21T12:00:00.001Z")), false),
        ("direction", |q| q.direction = vec![Direction::Inbound], true),
        ("other direction", |q| q.direction = vec![Direction::Outbound], false),
        ("status", |q| q.status = vec![Status::Ended], true),
        ("one of two statuses", |q| q.status = vec![Status::Failed, Status::Ended], true),
        ("neither of two statuses", |q| q.status = vec![Status::Failed, Status::Queued], false),
        (
            "one of two numbers",
            |q| q.phone = ["+19195550101", "+19195550100"].map(PhoneNumber::new).to_vec(),
            true,
        ),
        ("one of two agents", |q| q.agent = vec!["agent-2".into(), "lena straße".into()], true),
        ("neither of two campaigns", |q| q.campaign = vec!["a".into(), "b".into()], false),
        ("other status", |q| q.status = vec![Status::Failed], false),
        ("number in another spelling", |q| q.phone = vec![PhoneNumber::new("+19195550100")], true),
        ("number without E.164", |q| q.phone = vec![PhoneNumber::new("+0987654321")], true),
        ("other number", |q| q.phone = vec![PhoneNumber::new("+19195550101")], false),
        ("part of a number", |q| q.phone = vec![PhoneNumber::new("9195550100")], false),
        ("agent's id", |q| q.agent = vec!["agent-1".into()], true),
        ("agent's id in capitals", |q| q.agent = vec!["AGENT-1".into()], false),
        ("agent's name in capitals", |q| q.agent = vec!["LENA STRAßE".into()], true),
        ("other agent", |q| q.agent = vec!["Lena".into()], false),
        ("contact", |q| q.contact = vec!["contact-1".into()], true),
        ("other contact", |q| q.contact = vec!["contact-2".into()], false),
        ("campaign", |q| q.campaign = vec!["spring".into()], true),
        ("other campaign", |q| q.campaign = vec!["summer".into()], false),
        (
            "all must hold",
            |q| {
                q.status = vec![Status::Ended];
                q.direction = vec![Direction::Outbound];
            },
            false,
        ),
    ];
    for (name, change, expect) in cases {
        assert_eq!(with(change).matches(&call()), expect, "{name}");
    }
}

#[test]
fn word_of_a_vendor_matches_in_either_spelling() {
    let call = Call { status: "no-answer".into(), ..call() };
    for (word, expect) in [("no-answer", true), ("No_Answer", true), ("answer", false)] {
        let query = Query { status: vec![word.into()], ..Query::default() };
        assert_eq!(query.matches(&call), expect, "{word}");
    }
}

#[test]
fn call_without_a_field_matches_no_filter_by_it() {
    let empty = Call::new(CallId::new("v", "a", "1"));
    assert!(Query::default().matches(&empty));
    let query = Query {
        since: Some(at("1970-01-01T00:00:00Z")),
        direction: vec![Direction::Inbound],
        status: vec![Status::Ended],
        phone: vec![PhoneNumber::new("+19195550100")],
        agent: vec!["agent-1".into()],
        contact: vec!["contact-1".into()],
        campaign: vec!["Spring".into()],
        ..Query::default()
    };
    assert_eq!(query.fields().count(), 7);
    for field in query.fields() {
        assert!(!query.matches_field(field, &empty), "{field:?}");
    }
}

#[test]
fn call_without_a_start_matches_every_look_back() {
    let empty = Call::new(CallId::new("v", "a", "1"));
    let lookback_floor = Some(at("2026-04-21T12:00:00Z"));
    let query = Query { lookback_floor, ..Query::default() };
    assert!(query.matches(&empty));
    assert_eq!(query.fields().count(), 0, "it bounds what is read and is no filter");
    assert!(!Query { since: lookback_floor, ..query }.matches(&empty));
}

#[test]
fn query_does_not_show_the_number() {
    let query = Query { phone: vec![PhoneNumber::new("+19195550100")], ..Query::default() };
    assert!(!format!("{query:?}").contains("5550"));
}
