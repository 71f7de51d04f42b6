//! The dataset: reproducible, varied, with the same people at all vendors.

use super::{BASE, get, service};
use callfold_sandbox::{
    Channel, Dataset, DatasetOptions, Direction, Service, Truth, TruthOutcome, TruthStatus,
};
use std::collections::{BTreeSet, HashMap, HashSet};

fn dump(options: DatasetOptions) -> Vec<u8> {
    let service = Service::new(Dataset::new(options), BASE);
    let mut all = get(&service, "/_truth").into_body().to_vec();
    for path in [
        "/vaani/api/call-history",
        "/ravan/api/v1/calling/call-sessions",
        "/vozagent/v1/calls",
        "/agentvoice/api/calls?fields=full&include=metrics,diagnostics",
        "/zudu/api/calls",
    ] {
        all.extend_from_slice(get(&service, path).body());
    }
    all
}

#[test]
fn equal_options_give_equal_bytes() {
    let options = DatasetOptions::default();
    assert!(dump(options.clone()) == dump(options.clone()));
    let other_seed = DatasetOptions { seed: 2, ..options.clone() };
    assert!(dump(options.clone()) != dump(other_seed));
    let other_time =
        DatasetOptions { anchor: options.anchor + chrono::TimeDelta::hours(5), ..options.clone() };
    assert!(dump(options) != dump(other_time));
}

#[test]
fn calls_are_newest_first_with_distinct_starts() {
    let dataset = Dataset::new(DatasetOptions { records: 3_000, ..DatasetOptions::default() });
    let mut starts = HashSet::new();
    let mut ids = HashSet::new();
    for vendor in callfold_sandbox::vendors() {
        let calls: Vec<Truth> = dataset.truths(vendor).collect();
        assert!(calls.windows(2).all(|two| two[0].started_at > two[1].started_at));
        for call in calls {
            assert!(call.started_at <= dataset.options().anchor);
            assert!(starts.insert(call.started_at), "{}", call.id);
            assert!(ids.insert(call.id.clone()), "{}", call.id);
            let found = dataset.find(vendor, &call.id).unwrap();
            assert_eq!(found.started_at, call.started_at);
        }
    }
    assert!(dataset.find("vaani", "outbound-1-zz").is_none());
    assert!(dataset.find("nobody", "x").is_none());
}

#[test]
fn times_of_a_call_are_ordered() {
    let dataset = service(2_000).dataset();
    for vendor in callfold_sandbox::vendors() {
        for call in dataset.truths(vendor) {
            if vendor != "vaani" {
                assert!(call.created_at < call.started_at);
            }
            let times = [
                Some(call.started_at),
                call.dialing_at,
                call.ringing_at,
                call.answered_at,
                call.ended_at,
            ];
            let times: Vec<_> = times.into_iter().flatten().collect();
            assert!(times.is_sorted(), "{vendor} {}", call.id);
            assert_eq!(call.ended_at.is_some(), call.status == TruthStatus::Ended);
            assert_eq!(call.ended_at.is_some(), call.end.is_some());
            let end = call.ended_at.unwrap_or(dataset.options().anchor);
            let mut said = call.turns.iter().map(|turn| turn.offset_ms);
            assert!(said.clone().is_sorted());
            if let (Some(last), Some(answered)) = (said.next_back(), call.answered_at) {
                assert!(answered + chrono::TimeDelta::milliseconds(last) <= end);
            }
        }
    }
}

#[test]
fn vaani_dispatches_outbound_calls_half_a_minute_before_pick_up() {
    let dataset = service(500).dataset();
    let outbound = |call: &Truth| call.direction == Some(Direction::Outbound);
    for call in dataset.truths("vaani").filter(outbound) {
        if let Some(answered) = call.answered_at {
            let wait = (answered - call.started_at).num_seconds();
            assert!((20..=36).contains(&wait), "{wait}");
        }
    }
}

#[test]
fn default_dataset_has_every_kind_of_call() {
    let dataset = Dataset::new(DatasetOptions::default());
    for vendor in callfold_sandbox::vendors() {
        let calls: Vec<Truth> = dataset.truths(vendor).collect();
        let outcomes: HashSet<TruthOutcome> =
            calls.iter().filter_map(|call| call.outcome).collect();
        assert_eq!(outcomes.len(), 7, "{vendor}: {outcomes:?}");
        let states: HashSet<TruthStatus> = calls.iter().map(|call| call.status).collect();
        assert_eq!(states.len(), 3, "{vendor}");
        let live = calls.iter().filter(|call| call.is_in_progress()).count();
        assert!((2..=5).contains(&live), "{vendor}: {live}");
        let agents: HashSet<&str> = calls.iter().map(|call| call.agent.id.as_str()).collect();
        assert_eq!(agents.len(), 6);
        let days: BTreeSet<_> = calls.iter().map(|call| call.started_at.date_naive()).collect();
        assert!(days.len() > 20, "{vendor}: {}", days.len());
        assert!(calls.iter().any(|call| call.campaign.is_some()));
        let web = calls.iter().any(|call| call.channel == Channel::Web);
        assert_eq!(web, matches!(vendor, "ravan" | "retell" | "vapi" | "zudu"));
    }
    assert!((28..=31).contains(&dataset.span().num_days()));
}

#[test]
fn people_have_one_number_at_all_vendors() {
    let dataset = Dataset::new(DatasetOptions::default());
    let mut vendors_of: HashMap<String, HashSet<&str>> = HashMap::new();
    let mut number_of: HashMap<String, String> = HashMap::new();
    for vendor in callfold_sandbox::vendors() {
        for call in dataset.truths(vendor) {
            let Some(number) = call.customer.number.clone() else {
                continue;
            };
            assert!(number.contains("555"), "{number}");
            assert!(call.agent_line.is_some_and(|line| line != number));
            vendors_of.entry(number.clone()).or_default().insert(vendor);
            let name = call.customer.full_name();
            assert_eq!(*number_of.entry(name).or_insert(number.clone()), number);
        }
    }
    let every = callfold_sandbox::vendors().count();
    let everywhere = vendors_of.values().filter(|vendors| vendors.len() == every).count();
    assert!(everywhere > 20, "{everywhere}");
}

#[test]
fn truth_is_served_as_json_lines_and_by_range() {
    let service = service(30);
    let lines = |path: &str| -> Vec<String> {
        let body = get(&service, path).into_body();
        let text = String::from_utf8(body.to_vec()).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    assert_eq!(lines("/_truth").len(), 30 * callfold_sandbox::vendors().count());
    let ravan = lines("/_truth?vendor=ravan");
    assert_eq!(ravan.len(), 30);
    assert_eq!(lines("/_truth?vendor=ravan&offset=10&limit=5"), ravan[10..15]);
    let first: serde_json::Value = serde_json::from_str(&ravan[0]).unwrap();
    let dataset = service.dataset();
    assert_eq!(first["id"], dataset.truths("ravan").next().unwrap().id.as_str());
    assert_eq!(get(&service, "/_truth?vendor=nobody").status(), 400);
}

#[test]
fn dataset_can_be_replaced_while_it_is_read() {
    let service = service(5);
    let before = service.dataset();
    service.set_dataset(Dataset::new(DatasetOptions { records: 8, ..DatasetOptions::default() }));
    assert_eq!(before.truths("zudu").len(), 5);
    assert_eq!(service.dataset().truths("zudu").len(), 8);
}
