//! One call by its id, at every vendor.

use crate::support::{ACCOUNTS, Machine};
use serde_json::Value;

#[test]
fn call_is_found_by_its_whole_id_and_by_the_vendors() {
    let machine = Machine::with_sandbox();
    for (account, vendor) in ACCOUNTS {
        let listed = machine.stdout(&["list", "--source", account, "-o", "jsonl"]);
        let listed: Value = serde_json::from_str(listed.lines().nth(9).unwrap()).unwrap();
        for id in [&listed["id"], &listed["call_id"]] {
            let call = machine.stdout(&["get", id.as_str().unwrap(), "-o", "jsonl"]);
            let call: Value = serde_json::from_str(&call).unwrap();
            assert_eq!(call["id"], listed["id"], "{vendor}");
            assert_eq!(call["started_at"], listed["started_at"], "{vendor}");
            assert_ne!(call["transcript"]["state"], "not_requested", "{vendor}: in full");
        }
    }
}

#[test]
fn call_is_found_by_the_other_id_of_its_vendor() {
    let machine = Machine::with_sandbox();
    let listed = machine.stdout(&["list", "--source", "pilot", "-n", "1", "-o", "jsonl"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let other = listed["alternate_ids"]["id"].as_str().unwrap();
    assert!(machine.stdout(&["get", other]).contains(listed["call_id"].as_str().unwrap()));
}

#[test]
fn call_is_found_by_the_beginning_of_its_id_unless_several_begin_so() {
    let machine = Machine::with_sandbox();
    let listed = machine.stdout(&["list", "-o", "jsonl"]);
    let ids: Vec<(String, String)> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|call| ["id", "call_id"].map(|key| call[key].as_str().unwrap().to_owned()).into())
        .collect();
    for (account, vendor) in ACCOUNTS {
        let (whole, id) = ids.iter().find(|(whole, _)| whole.contains(account)).unwrap();
        let is_unique = |length: &usize| {
            ids.iter().filter(|(_, other)| other.starts_with(&id[..*length])).count() == 1
        };
        let shortest = (4..id.len()).find(is_unique).unwrap();
        let call = machine.stdout(&["get", &id[..shortest], "-o", "jsonl"]);
        let call: Value = serde_json::from_str(&call).unwrap();
        assert_eq!(call["id"], whole.as_str(), "{vendor}");
        assert_ne!(call["transcript"]["state"], "not_requested", "{vendor}: in full");
    }
    let shared = (ids.iter())
        .find(|(_, id)| ids.iter().filter(|(_, other)| other[..4] == id[..4]).count() > 1)
        .unwrap();
    let ran = machine.run(&["get", &shared.1[..4]]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains(&format!("error: {} begins ", &shared.1[..4])), "{}", ran.stderr);
    assert!(ran.stderr.contains("help: give more of the id"), "{}", ran.stderr);
    assert_eq!(machine.run(&["get", &shared.1[..3]]).code, Some(1), "too short to be looked up");
}

#[test]
fn call_is_shown_for_people() {
    let machine = Machine::with_sandbox();
    let listed = machine.stdout(&["list", "--source", "leads", "-o", "jsonl"]);
    let ended = listed.lines().find(|line| line.contains("\"status\":\"ended\"")).unwrap();
    let ended: Value = serde_json::from_str(ended).unwrap();
    let shown = machine.stdout(&["get", ended["id"].as_str().unwrap()]);
    for fact in
        ["agent ", "from ", "to ", "status ", "started ", "duration ", "cost ", "transcript "]
    {
        assert!(shown.lines().any(|line| line.starts_with(fact)), "{fact} in\n{shown}");
    }
}

#[test]
fn unknown_id_is_an_error_that_says_where_ids_come_from() {
    let ran = Machine::with_sandbox().run(&["get", "nobody-knows"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    insta::assert_snapshot!(ran.stderr, @r"
    error: no call nobody-knows in 5 sources
      help: `callfold list` shows the id of each call, and --output wide all of it
    ");
}
