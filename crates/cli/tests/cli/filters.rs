//! Every filter, compared with the same filter over the whole list.

use crate::support::Machine;
use serde_json::Value;

fn calls(machine: &Machine, args: &[&str]) -> Vec<Value> {
    let mut all = vec!["--quiet", "list", "-o", "jsonl"];
    all.extend(args);
    let ran = machine.run(&all);
    assert!(matches!(ran.code, Some(0 | 3)), "{args:?}: {}", ran.stderr);
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids<'a>(calls: impl IntoIterator<Item = &'a Value>) -> Vec<&'a str> {
    calls.into_iter().map(|call| call["id"].as_str().unwrap()).collect()
}

#[test]
fn filter_gives_what_it_gives_over_the_whole_list() {
    let machine = Machine::with_sandbox();
    let all = calls(&machine, &[]);
    type Wanted = fn(&Value) -> bool;
    let cases: [(&[&str], Wanted); 14] = [
        (&["--source", "sales"], |c| c["account"] == "sales"),
        (&["--source", "zudu,leads"], |c| c["vendor"] == "zudu" || c["account"] == "leads"),
        (&["--direction", "inbound"], |c| c["direction"] == "inbound"),
        (&["--status", "failed"], |c| c["status"] == "failed"),
        (&["--status", "failed,in-progress"], |c| {
            c["status"] == "failed" || c["status"] == "in_progress"
        }),
        (&["--status", "Ended"], |c| c["status"] == "ended"),
        (&["--direction", "inbound,outbound"], |c| !c["direction"].is_null()),
        (&["--agent", "renewal DESK,Survey Caller"], |c| {
            ["Renewal Desk", "Survey Caller"].iter().any(|name| c["agent"]["name"] == *name)
        }),
        (&["--agent", "nobody, at all", "--agent", "Renewal Desk"], |c| {
            c["agent"]["name"] == "Renewal Desk"
        }),
        (&["--agent", "renewal DESK"], |c| c["agent"]["name"] == "Renewal Desk"),
        (&["--since", "2026-06-28"], |c| c["started_at"].as_str() >= Some("2026-06-28")),
        (&["--until", "2026-06-20T12:00:00Z"], |c| {
            c["started_at"].as_str().is_some_and(|at| at < "2026-06-20T12:00:00")
        }),
        (&["--since", "2026-06-10", "--until", "2026-06-25", "--direction", "outbound"], |c| {
            let at = c["started_at"].as_str().unwrap_or_default();
            c["direction"] == "outbound" && ("2026-06-10".."2026-06-25").contains(&at)
        }),
        (&["--status", "in_progress", "--source", "clinic"], |c| {
            c["status"] == "in_progress" && c["account"] == "clinic"
        }),
    ];
    for (args, wanted) in cases {
        let expected = ids(all.iter().filter(|call| wanted(call)));
        assert!(
            !expected.is_empty() && expected.len() < all.len(),
            "{args:?} distinguishes nothing"
        );
        let found = calls(&machine, args);
        assert_eq!(ids(&found), expected, "{args:?}");
    }
}

#[test]
fn limit_gives_the_newest_of_all_sources() {
    let machine = Machine::with_sandbox();
    let all = calls(&machine, &[]);
    for limit in ["1", "7", "150", "9999"] {
        let found = calls(&machine, &["--limit", limit]);
        let count = limit.parse::<usize>().unwrap().min(all.len());
        assert_eq!(ids(&found), ids(&all[..count]), "--limit {limit}");
    }
    let found = calls(&machine, &["--limit", "3", "--status", "failed"]);
    assert_eq!(ids(&found), &ids(all.iter().filter(|call| call["status"] == "failed"))[..3]);
}

#[test]
fn phone_matches_either_party_in_any_spelling_at_every_vendor() {
    let machine = Machine::with_sandbox();
    let found = calls(&machine, &["--phone", "+1 (919) 555-0100"]);
    let parties = |call: &Value| {
        ["from", "to"].map(|party| call[party]["number"]["e164"].as_str().map(str::to_owned))
    };
    let number = Some("+19195550100".to_owned());
    assert!(found.iter().all(|call| parties(call).contains(&number)), "{found:?}");
    let mut vendors: Vec<_> = found.iter().map(|call| call["vendor"].as_str().unwrap()).collect();
    vendors.sort_unstable();
    vendors.dedup();
    assert!(vendors.contains(&"vozagent"), "whose list holds no numbers: {vendors:?}");
    let all: Vec<_> = calls(&machine, &[]);
    let all = all.iter().filter(|call| parties(call).contains(&number));
    assert!(ids(all).iter().all(|id| ids(&found).contains(id)));
}

#[test]
fn source_that_cannot_answer_is_named_and_the_others_answer() {
    let ran = Machine::with_sandbox().run(&["list", "--direction", "inbound"]);
    assert_eq!(ran.code, Some(3));
    insta::assert_snapshot!(ran.stderr);
    assert!(ran.stdout.contains("inbound") && !ran.stdout.contains("clinic"));
}

#[test]
fn nothing_found_is_said_in_words() {
    let machine = Machine::with_sandbox();
    let ran = machine.run(&["list", "--since", "2031-01-01"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    assert!(ran.stderr.ends_with("no calls match; try removing a filter\n"));
    assert_eq!(ran.stderr.lines().count(), 6, "one line a source: {}", ran.stderr);
    assert_eq!(machine.stdout(&["list", "--since", "2031-01-01", "-o", "json"]), "[]\n");
    let ran = machine.run(&["list", "--status", "bogus"]);
    let note = "bogus is not a common status (scheduled, ";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
}

#[test]
fn words_months_and_signed_spans_are_times() {
    let machine = Machine::with_sandbox();
    for since in ["today", "yesterday", "now", "2026-06", "-7d"] {
        let ran = machine.run(&["list", "--since", since, "-o", "jsonl"]);
        assert_eq!(ran.code, Some(0), "{since}: {}", ran.stderr);
    }
    let june = machine.stdout(&["list", "--since", "2026-06", "--until", "2026-07", "-o", "jsonl"]);
    let dated = ["list", "--since", "2026-06-01", "--until", "2026-07-01", "-o", "jsonl"];
    assert_eq!(june, machine.stdout(&dated));
    assert!(!june.is_empty());
}

#[test]
fn list_shows_the_ids_that_get_takes() {
    let machine = Machine::with_sandbox();
    let table = machine.stdout(&["list", "-n", "1", "--columns", "id,vendor"]);
    let (titles, line) = table.split_once('\n').unwrap();
    assert_eq!(titles.split_whitespace().collect::<Vec<_>>(), ["ID", "VENDOR"]);
    let (id, vendor) = line.split_once(' ').unwrap();
    let call = machine.stdout(&["get", id]);
    assert!(call.contains(id) && call.contains(vendor.trim()), "{call}");
    let ran = machine.run(&["list", "--columns", "id", "-o", "csv"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    insta::assert_snapshot!(ran.stderr, @r"
    error: --columns selects the columns of a table
      help: use it with --output table, or select columns with the tool that reads the output
    ");
}

#[test]
fn filter_that_makes_no_sense_is_a_usage_error() {
    let machine = Machine::with_sandbox();
    let cases: [(&[&str], &str); 7] = [
        (
            &["--since", "tomorrow"],
            "expected a date (2026-04-21), a month (2026-04), a time with a UTC offset",
        ),
        (&["--since", "2026-04-21T12:30"], "write 2026-04-21T12:30:00Z for UTC"),
        (
            &["--since", "2026-05-01", "--until", "2026-05-01"],
            "--since (2026-05-01T00:00:00Z) is not before --until (2026-05-01T00:00:00Z)",
        ),
        (&["--status", "ende"], "a similar value exists: 'ended'"),
        (&["--direction", "in"], "possible values: inbound, outbound"),
        (&["--phone", "9195550100"], "write it with + and the country code"),
        (
            &["--source", "salse"],
            "did you mean sales? available in the configuration: support-in (vaani), clinic (ravan)",
        ),
    ];
    for (args, message) in cases {
        let mut all = vec!["list"];
        all.extend(args);
        let ran = machine.run(&all);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(ran.stderr.contains(message), "{args:?}: {}", ran.stderr);
    }
}
