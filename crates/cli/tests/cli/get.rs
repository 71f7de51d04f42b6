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
      help: `callfold list --output jsonl` prints the id of each call
    ");
}
