//! Filters return what a comparison with every call finds.

use super::{column, escape, get_json, search, service};
use callfold_sandbox::{Direction, Service, Truth, TruthStatus};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const RECORDS: usize = 400;

fn expect(service: &Service, vendor: &str, keep: impl Fn(&Truth) -> bool) -> Vec<String> {
    let dataset = service.dataset();
    let kept = dataset.truths(vendor).filter(|call| keep(call));
    kept.map(|call| call.id).collect()
}

/// Calls to take filter values from: the newest that is over, and some older ones.
fn examples(service: &Service, vendor: &str) -> Vec<Truth> {
    let dataset = service.dataset();
    let over = dataset.truths(vendor).filter(|call| call.status == TruthStatus::Ended);
    over.step_by(61).take(6).collect()
}

/// Collects the ids of all pages of VozAgent or AgentVoice.
fn all(service: &Service, path: &str, pointer: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    loop {
        let page = get_json(service, &format!("{path}&limit=100&offset={}", found.len()));
        let ids = column(page.pointer(pointer).unwrap(), "/id");
        found.extend(ids.iter().map(|id| (*id).to_owned()));
        if ids.len() < 100 {
            return found;
        }
    }
}

#[test]
fn agentvoice_filters_equal_brute_force() {
    let service = service(RECORDS);
    let check = |query: String, keep: &dyn Fn(&Truth) -> bool| {
        let found = all(&service, &format!("/agentvoice/api/calls?{query}"), "/data");
        let expected = expect(&service, "agentvoice", keep);
        assert_eq!(found, expected, "{query}");
        assert!(query.contains("nothing") || !found.is_empty(), "{query}");
    };
    for one in examples(&service, "agentvoice") {
        let number = one.customer.number.clone().unwrap();
        check(format!("phone_number={}", escape(&number)), &|call| {
            call.customer.number.as_ref() == Some(&number)
        });
        check(format!("contact_id={}", one.customer.contact_id), &|call| {
            call.customer.contact_id == one.customer.contact_id
        });
        check(format!("agent_id={}", one.agent.id), &|call| call.agent == one.agent);
        if let Some(campaign) = &one.campaign {
            check(format!("campaign_id={}", campaign.id), &|call| {
                call.campaign.as_ref() == Some(campaign)
            });
        }
        let status = one.vendor_status.unwrap();
        check(format!("status={status}"), &|call| call.vendor_status == Some(status));
        let (from, to) = (one.started_at - TimeDelta::days(3), one.started_at);
        // Both ends count.
        check(format!("from={}&to={}", time(from), time(to)), &|call| {
            (from..=to).contains(&call.started_at)
        });
        check(format!("from={}&agent_id={}", time(to), one.agent.id), &|call| {
            call.started_at >= to && call.agent == one.agent
        });
    }
    for (word, direction) in [("inbound", Direction::Inbound), ("outbound", Direction::Outbound)] {
        check(format!("call_type={word}"), &|call| call.direction == Some(direction));
    }
    check("status=nothing-such".to_owned(), &|_| false);
    check("phone_number=%2B1nothing".to_owned(), &|_| false);
    check("campaign_id=nothing".to_owned(), &|_| false);
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[test]
fn agentvoice_sorts_as_requested() {
    let service = service(RECORDS);
    let ids = |query: &str| all(&service, &format!("/agentvoice/api/calls?{query}"), "/data");
    let dataset = service.dataset();
    let mut calls: Vec<Truth> = dataset.truths("agentvoice").collect();
    let check = |calls: &[Truth], order_by: &str| {
        let mut expected: Vec<String> = calls.iter().map(|call| call.id.clone()).collect();
        assert_eq!(ids(&format!("order_by={order_by}&order=desc")), expected);
        expected.reverse();
        assert_eq!(ids(&format!("order_by={order_by}&order=asc")), expected);
    };
    check(&calls, "started_at");
    calls.sort_by_key(|call| std::cmp::Reverse((call.created_at, call.started_at)));
    check(&calls, "created_at");
    // Calls without an end come first in descending order, as nulls do.
    calls.sort_by_key(|call| {
        std::cmp::Reverse((call.ended_at.is_none(), call.ended_at, call.started_at))
    });
    assert!(calls[0].ended_at.is_none());
    check(&calls, "ended_at");
}

#[test]
fn agentvoice_most_recent_returns_one_call_without_a_list() {
    let service = service(RECORDS);
    let one = examples(&service, "agentvoice").remove(3);
    let query = format!("most_recent=true&agent_id={}&order=asc", one.agent.id);
    let call = get_json(&service, &format!("/agentvoice/api/calls?{query}"));
    let expected = expect(&service, "agentvoice", |call| call.agent == one.agent);
    assert_eq!(call["id"], expected[0].as_str());
    assert!(call.get("recording_url").is_none() && call.get("ended_reason").is_none());
}

#[test]
fn vozagent_filters_equal_brute_force() {
    let service = service(RECORDS);
    let check = |query: String, keep: &dyn Fn(&Truth) -> bool| {
        let found = all(&service, &format!("/vozagent/v1/calls?{query}"), "");
        assert_eq!(found, expect(&service, "vozagent", keep), "{query}");
        assert!(!found.is_empty(), "{query}");
    };
    for status in ["completed", "in-progress", "failed"] {
        check(format!("status={status}"), &|call| call.vendor_status == Some(status));
    }
    for one in examples(&service, "vozagent") {
        check(format!("contact_id={}", one.customer.contact_id), &|call| {
            call.customer.contact_id == one.customer.contact_id
        });
        check(format!("assistant_id={}&call_type=inbound", one.agent.id), &|call| {
            call.agent == one.agent && call.direction == Some(Direction::Inbound)
        });
    }
}

fn sessions(service: &Service, query: &str) -> Vec<String> {
    let path = format!("/ravan/api/v1/calling/call-sessions?page_size=5000&{query}");
    let page = get_json(service, &path);
    let ids = column(&page["data"]["callSessions"], "/id");
    ids.into_iter().map(str::to_owned).collect()
}

#[test]
fn ravan_filters_equal_brute_force() {
    let service = service(RECORDS);
    let check = |query: String, keep: &dyn Fn(&Truth) -> bool| {
        let found = sessions(&service, &query);
        assert_eq!(found, expect(&service, "ravan", keep), "{query}");
        assert!(!found.is_empty(), "{query}");
    };
    for one in examples(&service, "ravan") {
        check(format!("agent_id={}", one.agent.id), &|call| call.agent == one.agent);
        let status = one.vendor_status.unwrap();
        check(format!("status={status}"), &|call| call.vendor_status == Some(status));
        if let Some(from) = one.from_number() {
            check(format!("caller_number={}", escape(from)), &|call| {
                call.from_number() == Some(from)
            });
        }
        let (after, before) = (one.started_at - TimeDelta::days(2), one.started_at);
        let query = format!("started_after={}&started_before={}", time(after), time(before));
        check(query, &|call| (after..=before).contains(&call.started_at));
        let name = one.customer.full_name();
        check(format!("search={}", urlencoded(&name)), &|call| call.customer.full_name() == name);
    }
    for (word, channel) in [
        ("phone", callfold_sandbox::Channel::Phone),
        ("web", callfold_sandbox::Channel::Web),
        ("sip", callfold_sandbox::Channel::Sip),
    ] {
        check(format!("channel={word}"), &|call| call.channel == channel);
    }
    let mut oldest_first = expect(&service, "ravan", |_| true);
    oldest_first.reverse();
    assert_eq!(sessions(&service, "sort_by=started_at&sort_order=asc"), oldest_first);
}

fn urlencoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn ravan_history_finds_either_party() {
    let service = service(RECORDS);
    let one = examples(&service, "ravan").into_iter().find_map(|call| call.agent_line).unwrap();
    let path = format!("/ravan/api/v1/calling/phone-history?page_size=100&phone={}", escape(&one));
    let page = get_json(&service, &path);
    let expected = expect(&service, "ravan", |call| call.agent_line.as_ref() == Some(&one));
    assert_eq!(page["total_count"], expected.len());
    assert_eq!(column(&page["calls"], "/id"), expected);
}

#[test]
fn zudu_criteria_equal_brute_force() {
    let service = service(RECORDS);
    let check = |criteria: Value, keep: &dyn Fn(&Truth) -> bool| {
        let mut found = Vec::new();
        for page in 0.. {
            let body = json!({ "page": page, "limit": 100, "filter_criteria": criteria });
            let answer = search(&service, &body);
            assert_eq!(answer["data"]["applied_filters"], criteria);
            let ids = column(&answer["data"]["calls"], "/call_id");
            found.extend(ids.into_iter().map(str::to_owned));
            if answer["data"]["pagination"]["has_next_page"] == false {
                break;
            }
        }
        assert_eq!(found, expect(&service, "zudu", keep), "{criteria}");
        assert!(!found.is_empty(), "{criteria}");
    };
    check(json!({}), &|_| true);
    // Values match in either letter case.
    check(json!({ "call_status": ["ended", "ERROR"] }), &|call| {
        matches!(call.vendor_status, Some("ENDED" | "ERROR"))
    });
    check(json!({ "call_type": ["web_call"] }), &|call| call.direction.is_none());
    check(
        json!({ "duration_ms": { "lower_threshold": 60_000, "upper_threshold": 90_000 } }),
        &|call| {
            call.reported_duration_us
                .is_some_and(|micros| (60_000..=90_000).contains(&(micros / 1_000)))
        },
    );
    check(json!({ "transcript_search": "LAB FEE" }), &|call| {
        call.turns.iter().any(|turn| turn.text.contains("lab fee"))
    });
    let examples = examples(&service, "zudu");
    let (one, two) = (&examples[0].agent, &examples[1].agent);
    check(json!({ "agent_id": one.id }), &|call| call.agent == *one);
    check(json!({ "agent_id": [one.id, two.id] }), &|call| {
        call.agent == *one || call.agent == *two
    });
}

#[test]
fn zudu_sorts_as_requested_and_echoes_it() {
    let service = service(50);
    let page = get_json(&service, "/zudu/api/calls?limit=100&sort_order=ascending");
    let mut expected = expect(&service, "zudu", |_| true);
    expected.reverse();
    assert_eq!(column(&page["data"]["calls"], "/call_id"), expected);
    assert_eq!(page["data"]["sort_order"], "ascending");
    assert_eq!(page["data"]["sort_by"], "start_timestamp");
    assert_eq!(page["data"]["applied_filters"], json!({}));
    let page = get_json(&service, "/zudu/api/calls?sort_by=created_at");
    assert_eq!(page["data"]["sort_by"], "created_at");
}
