//! Figures, pages, one call and one recording as a user asks for them.

use crate::support::{Machine, sandbox_config, serve};
use serde_json::Value;

#[test]
fn figures_are_lines_tables_csv_and_json() {
    let machine = Machine::with_sandbox();
    let lines = machine.stdout(&["-q", "stats"]);
    assert!(lines.starts_with("calls                     200\n"), "{lines}");
    let table = machine.stdout(&["-q", "stats", "--by", "account,direction"]);
    assert!(table.starts_with("ACCOUNT"), "{table}");
    assert!(table.lines().last().unwrap().starts_with("all "), "{table}");
    let csv = machine.stdout(&["-q", "stats", "--by", "day", "-o", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let calls = reader.headers().unwrap().iter().position(|name| name == "calls").unwrap();
    let days: Vec<_> = reader.records().map(Result::unwrap).collect();
    let sum: u64 = days.iter().map(|day| day[calls].parse::<u64>().unwrap()).sum();
    assert_eq!(sum, 200);
    assert!(days.iter().map(|day| day[0].to_owned()).is_sorted(), "in the order of time");
    let json: Value =
        serde_json::from_str(&machine.stdout(&["-q", "stats", "--by", "end", "-o", "json"]))
            .unwrap();
    assert_eq!((&json["total"]["calls"], &json["complete"]), (&200.into(), &true.into()));
    assert_eq!(json["sources"].as_array().unwrap().len(), 5);
    let wrong = machine.run(&["stats", "--by", "colour"]);
    assert_eq!(wrong.code, Some(2));
}

#[test]
fn page_of_a_source_that_fails_says_so_and_is_partial() {
    let broken = serve("500 Internal Server Error", "{}");
    let broken = format!(
        "[sources.broken]\nvendor = \"vaani\"\napi_key = \"k\"\nbase_url = \"{broken}\"\nretries = 0\n"
    );
    let machine = Machine::with_config(&(sandbox_config() + &broken));
    let ran = machine.run(&["report", "--to", "report.html"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let page = String::from_utf8(machine.read("report.html")).unwrap();
    assert!(page.contains("Incomplete: ") && page.contains("broken (vaani)"));
    assert_eq!(machine.run(&["stats"]).code, Some(3));
    // Nothing at all is a failure, and no page.
    let ran = machine.run(&["report", "--to", "none.html", "--source", "broken"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(!machine.names().contains(&"none.html".to_owned()));
}

#[test]
fn page_replaces_no_file_of_somebody_else() {
    let machine = Machine::with_sandbox();
    machine.write("work/mine.html", "<!DOCTYPE html>mine");
    let ran = machine.run(&["report", "--to", "mine.html"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("was not written by callfold") && ran.stderr.contains("--overwrite")
    );
    assert_eq!(machine.read("mine.html"), b"<!DOCTYPE html>mine");
    for args in
        [&["report", "--to", "mine.html", "--overwrite"][..], &["report", "--to", "mine.html"]]
    {
        assert_eq!(machine.run(args).code, Some(0), "{args:?}");
    }
    let ran = machine.run(&["report", "--to", "callfold.toml", "--overwrite"]);
    assert_eq!(ran.code, Some(2), "the configuration is never replaced");
    let page = machine.stdout(&["-q", "report", "--to", "-"]);
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert_eq!(machine.names(), ["callfold.toml", "mine.html"]);
}

#[test]
fn files_that_are_partly_unreadable_are_partial() {
    let machine = Machine::with_sandbox();
    let calls = machine.stdout(&["-q", "list", "-o", "jsonl"]);
    machine.write("work/calls.jsonl", &format!("{calls}not a call\n"));
    let ran = machine.run(&["stats", "calls.jsonl"]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.stderr.contains("1 record skipped that are no calls"), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("calls                     200\n"), "{}", ran.stdout);
    for (args, code) in [
        (&["stats", "nothing.jsonl"][..], 1),
        (&["stats", "callfold.toml"], 2),
        (&["stats", "calls.jsonl", "--db", "calls.sqlite"], 2),
        (&["stats", "calls.jsonl", "--detail", "full"], 2),
        (&["report", "calls.jsonl"], 2),
    ] {
        assert_eq!(machine.run(args).code, Some(code), "{args:?}");
    }
}

#[test]
fn recording_is_fetched_into_a_file_that_is_not_there_yet() {
    let machine = Machine::with_sandbox();
    let listed = machine.stdout(&["list", "--source", "pilot", "--status", "ended", "-o", "jsonl"]);
    let call = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|call| call["recordings"].as_array().is_some_and(|it| !it.is_empty()))
        .unwrap();
    let id = call["id"].as_str().unwrap();
    let ran = machine.run(&["recording", id]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let call_id = call["call_id"].as_str().unwrap();
    let name = machine.names().into_iter().find(|name| name.starts_with(call_id)).unwrap();
    assert!(!machine.read(&name).is_empty());
    let again = machine.run(&["recording", id]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    assert_eq!(machine.run(&["recording", id, "--to", "call.bin"]).code, Some(0));
    assert_eq!(machine.run(&["recording", id, "--to", "call.bin", "--overwrite"]).code, Some(0));
    assert_eq!(machine.run(&["recording", id, "--number", "9"]).code, Some(1));
    assert_eq!(machine.run(&["recording", "nobody"]).code, Some(1));
    assert_eq!(machine.names(), ["call.bin", &name, "callfold.toml"], "nothing else is left");
}

#[test]
fn words_are_searched_in_what_was_read() {
    let machine = Machine::with_sandbox();
    let found = |args: &[&str]| {
        let ran =
            machine.run(&[&["list", "-o", "jsonl", "--search", "appointment"], args].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        (ran.stdout.lines().count(), ran.stderr)
    };
    let (some, stderr) = found(&[]);
    assert!(stderr.contains("searched without the transcript"), "{stderr}");
    let (all, stderr) = found(&["--detail", "transcript"]);
    assert!(!stderr.contains("searched without the transcript"), "{stderr}");
    assert!(all > some && some > 0, "{some} {all}");
    assert_eq!(found(&["-n", "1"]).0, 1);
    let table = machine.stdout(&["-q", "list", "--search", "appointment", "-n", "2"]);
    assert_eq!(table.lines().count(), 3, "{table}");
    assert_eq!(machine.run(&["list", "--search", "?"]).code, Some(2));
}
