//! Every text of every vendor's records, replaced by one that tries to be more
//! than a text: no record is lost, and no format lets it act.

use crate::support::{Machine, Ran};
use serde_json::Value;
use std::{fs, path::Path};

const TEXTS: [&str; 18] = [
    "\u{1b}]0;owned\u{7}\u{1b}[2J",
    "\u{9b}31mred",
    "\u{202e}gpj.exe\u{2066}",
    "line\r\nbreak\u{2028}and\u{85}another",
    "\0",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "'; DROP TABLE calls; --",
    "%s%n%00%2e%2e%2f",
    "../../../etc/passwd",
    "\"quoted\", 'single', `tick` $(id) ${HOME} \\",
    "<script>alert(1)</script>",
    "📞\u{1f469}\u{200d}\u{1f4bb}\u{e0041}",
    "Z\u{351}\u{36b}\u{343}\u{35b}algo",
];

/// The vendor's documented page, each text in it replaced by the next of
/// these; ids only lengthened, so that they still differ.
fn page(vendor: &str, texts: &[&str], turn: usize) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(vendor);
    let first = fs::read_dir(fixtures).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        path.to_str().is_some_and(|path| path.ends_with(".first_page.json")).then_some(path)
    });
    let fixture: Value =
        serde_json::from_str(&fs::read_to_string(first.unwrap()).unwrap()).unwrap();
    let mut body = fixture["body"].clone();
    replace(&mut body, &mut texts.iter().copied().cycle().skip(turn));
    body.to_string()
}

fn replace<'a>(value: &mut Value, texts: &mut impl Iterator<Item = &'a str>) {
    match value {
        Value::String(old) => *old = texts.next().unwrap().to_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, texts)),
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(id)
                        if matches!(name.as_str(), "id" | "call_id" | "conversation_id") =>
                    {
                        id.push_str(texts.next().unwrap());
                    }
                    other => replace(other, texts),
                }
            }
        }
        _ => {}
    }
}

/// Whether the value is the page, or stands in it.
fn holds(page: &Value, value: &Value) -> bool {
    is_same(page, value)
        || match page {
            Value::Array(items) => items.iter().any(|item| holds(item, value)),
            Value::Object(members) => members.values().any(|member| holds(member, value)),
            _ => false,
        }
}

/// Whether they are equal but for credentials, which are replaced.
fn is_same(page: &Value, value: &Value) -> bool {
    match (page, value) {
        (Value::String(_), Value::String(text)) if text == "[redacted]" => true,
        (Value::Array(items), Value::Array(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(members), Value::Object(others)) => {
            let same = |(name, member)| others.get(name).is_some_and(|b| is_same(member, b));
            members.len() == others.len() && members.iter().all(same)
        }
        _ => page == value,
    }
}

/// What `callfold map` makes of a page.
fn map(machine: &Machine, vendor: &str, page: &str, args: &[&str]) -> Ran {
    machine.write("work/page.json", page);
    let mut all = vec!["--quiet", "map", "--vendor", vendor];
    all.extend(args);
    let input = fs::File::open(machine.path().join("work/page.json")).unwrap();
    let ran = Ran::of(machine.command(&all).stdin(input).output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{vendor} {args:?}");
    ran
}

fn calls(machine: &Machine, vendor: &str, page: &str) -> Vec<Value> {
    let lines = map(machine, vendor, page, &["--raw"]).stdout;
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn text_acts_in_no_format_and_costs_no_record() {
    let machine = Machine::new();
    for vendor in callfold_sandbox::vendors() {
        let count = calls(&machine, vendor, &page(vendor, &["plain"], 0)).len();
        for turn in [0, 5, 11] {
            let page = page(vendor, &TEXTS, turn);
            let calls = calls(&machine, vendor, &page);
            assert_eq!(calls.len(), count, "{vendor} from {turn}");
            let whole: Value = serde_json::from_str(&page).unwrap();
            for call in &calls {
                assert!(holds(&whole, &call["raw"]), "{vendor}: {call}");
                let id = call["call_id"].as_str().unwrap();
                assert!(TEXTS.iter().any(|text| id.ends_with(text)), "{vendor}: {id:?}");
            }
            for format in ["table", "json", "jsonl"] {
                let shown = map(&machine, vendor, &page, &["-o", format]).stdout;
                let acts = |c: char| {
                    (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)
                };
                assert!(!shown.contains(acts), "{vendor} {format}: {shown:?}");
            }
            is_safe_in_a_spreadsheet(&map(&machine, vendor, &page, &["-o", "csv"]).stdout, count);
        }
    }
}

fn is_safe_in_a_spreadsheet(csv: &str, count: usize) {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), count, "{csv}");
    for cell in rows.iter().flatten() {
        let formula = cell.starts_with(['=', '@', '\t', '\r', '\n']);
        let signed = cell.strip_prefix(['+', '-']);
        let number =
            signed.is_none_or(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
        assert!(!formula && number, "{cell:?}");
    }
}

#[test]
fn endless_text_is_kept_and_cut_where_people_look() {
    let machine = Machine::new();
    let texts: Vec<String> = ["x", "\u{301}", "=", "\"", "\u{1f469}\u{200d}"]
        .map(|unit| unit.repeat(20_000 / unit.len()))
        .into();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for vendor in callfold_sandbox::vendors() {
        let page = page(vendor, &texts, 0);
        let calls = calls(&machine, vendor, &page);
        assert!(!calls.is_empty() && calls[0]["raw"].to_string().len() > 20_000);
        let table = map(&machine, vendor, &page, &["-o", "table"]).stdout;
        let longest = table.lines().map(|line| line.chars().count()).max();
        assert!(longest < Some(20_000), "{vendor}: {longest:?}");
    }
}

#[test]
fn text_of_a_megabyte_is_kept_whole() {
    let machine = Machine::new();
    let text = "x".repeat(1_000_000);
    for (vendor, record) in [
        (
            "vaani",
            format!(r#"{{"call_id":"{text}","agent_name":"{text}","call_summary":"{text}"}}"#),
        ),
        ("zudu", format!(r#"{{"id":"{text}","summary":"{text}","hangup_reason":"{text}"}}"#)),
    ] {
        let call = &calls(&machine, vendor, &record)[0];
        assert_eq!(call["call_id"], text.as_str());
        assert!(call["raw"].to_string().len() > 3_000_000);
        let table = map(&machine, vendor, &record, &["-o", "table"]).stdout;
        assert!(table.len() < 10_000, "{} bytes", table.len());
    }
}
