//! What leaves with a policy: nothing that the policy protects, wherever a
//! vendor put it.

use crate::support::{encoded, full, lines};
use crate::{parquet_files, vcons};
use callfold_export::{EncodeOptions, Format, PrivacyError, PrivacyMode, PrivacyPolicy};
use callfold_unify::model::{Call, CallId, Party, PartyRole, PhoneNumber};
use secrecy::SecretString;
use serde_json::{Value, json};

const KEY: &str = "sixteen byte key";

fn policy(base: PrivacyMode, columns: &[(&str, PrivacyMode)]) -> EncodeOptions {
    let columns: Vec<_> = columns.iter().map(|(name, mode)| ((*name).to_owned(), *mode)).collect();
    let mut options = EncodeOptions::default();
    options.privacy = PrivacyPolicy::new(base, &columns, Some(&SecretString::from(KEY))).unwrap();
    options
}

/// The bytes of a file, and what a reader sees in it.
fn seen(format: Format, options: &EncodeOptions, calls: &[Box<Call>]) -> String {
    let bytes = encoded(format, options, &[calls]);
    let mut seen = String::from_utf8_lossy(&bytes).to_lowercase();
    if format == Format::Parquet {
        seen.push_str(&parquet_files::debug(bytes).to_lowercase());
    }
    seen
}

/// A person's data, in all the ways it is written.
const PLANTED: [&str; 5] = [
    "Zebulon Quixote (+1 919 555 0177, zebulon.quixote@example.org)",
    "rec/quixote_zebulon/19195550177",
    "https://vendor.example.com/?to=%2B19195550177&n=Zebulon%20Quixote",
    "ZebulonQuixote-919-555-0177",
    "Zebulon.Quixote@Example.org",
];
/// What of it must not be found.
const TELLING: [&str; 4] = ["5550177", "555 0177", "555-0177", "quixote"];

/// The call with `text` in each place that takes a text, one call a place.
fn planted(call: &Call, text: &str) -> Vec<(String, Box<Call>)> {
    let mut whole = serde_json::to_value(call).unwrap();
    whole["raw"] = Value::Null;
    let mut pointers = Vec::new();
    texts(&whole, String::new(), &mut pointers);
    let mut calls = Vec::new();
    for pointer in pointers {
        // The vendor's name is ours, and `id` is made of the other three.
        if pointer == "/vendor" || pointer == "/id" {
            continue;
        }
        let mut changed = whole.clone();
        *changed.pointer_mut(&pointer).unwrap() = text.into();
        // Times and amounts take no text.
        if let Ok(call) = serde_json::from_value(changed) {
            calls.push((pointer, call));
        }
    }
    for member in ["alternate_ids", "analysis", "metadata", "facts"] {
        let mut changed = whole.clone();
        changed[member][text] = "x".into();
        calls.push((format!("{member}'s names"), serde_json::from_value(changed).unwrap()));
    }
    calls
}

/// Where a vendor writes words of its own: a part of a name is enough there.
const VENDORS_WORDS: [&str; 10] = [
    "/status",
    "/disposition",
    "/answered_by",
    "/end/kind",
    "/end/raw",
    "/campaign/id",
    "/campaign/name",
    "/organization/name",
    "/sentiment",
    "/transcript/turns/0/role",
];

#[test]
fn single_name_is_found_among_a_vendors_words() {
    let mut call = full();
    call.to = Some(customer());
    for mode in [PrivacyMode::Mask, PrivacyMode::Hash, PrivacyMode::Drop] {
        for text in ["Quixote", "transferred to quixote", "callback-ZEBULON-7"] {
            let calls: Vec<_> = planted(&call, text)
                .into_iter()
                .filter(|(place, _)| VENDORS_WORDS.contains(&place.as_str()))
                .collect();
            assert_eq!(calls.len(), VENDORS_WORDS.len());
            for (place, call) in calls {
                for format in Format::ALL {
                    let seen = seen(*format, &policy(mode, &[]), std::slice::from_ref(&call));
                    let told = ["quixote", "zebulon"].iter().any(|name| seen.contains(name));
                    assert!(!told, "{text} is in {format} at {place} with {mode}");
                }
            }
        }
    }
}

#[test]
fn role_of_a_turn_is_a_word_of_ours() {
    let mut call = full();
    call.to = Some(customer());
    let role = |label: &str, options: &EncodeOptions| {
        let mut call = call.clone();
        call.transcript.turns[0].role = label.into();
        lines(&encoded(Format::Jsonl, options, &[&[call]])).remove(0)["transcript"]["turns"][0]
            ["role"]
            .clone()
    };
    for mode in [PrivacyMode::Mask, PrivacyMode::Hash] {
        let options = policy(mode, &[]);
        assert_eq!(role("Zebulon Quixote", &options), "customer");
        assert_eq!(role("Mr. Sancho Panza", &options), "other");
        assert_eq!(role("Reception", &options), "agent");
        assert_eq!(role("tool", &options), "tool");
    }
    let by_column = policy(PrivacyMode::Keep, &[("to_number", PrivacyMode::Hash)]);
    assert_eq!(role("Sancho Panza", &by_column), "other");
    let kept = policy(PrivacyMode::Mask, &[("turns", PrivacyMode::Keep)]);
    assert_eq!(role("Sancho Panza", &kept), "Sancho Panza", "kept to the letter by name");
    assert_eq!(role("Sancho Panza", &EncodeOptions::default()), "Sancho Panza");
}

#[test]
fn what_was_said_is_masked_where_other_values_are_hashed() {
    let mut call = full();
    call.transcript.turns[0].text = "Yes".into();
    call.summary = Some("Yes".into());
    call.outcome.intent = Some("Yes".into());
    let columns = [("summary", PrivacyMode::Hash), ("contact_id", PrivacyMode::Hash)];
    let line = lines(&encoded(Format::Jsonl, &policy(PrivacyMode::Hash, &columns), &[&[call]]));
    let line = &line[0];
    for masked in ["/transcript/turns/0/text", "/summary", "/outcome/intent"] {
        assert_eq!(line.pointer(masked).unwrap(), "[3 characters]", "{masked}");
    }
    let id = line["contact_id"].as_str().unwrap();
    assert!(id.starts_with("hmac:"), "{id}");
}

#[test]
fn digits_of_other_scripts_are_numbers_too() {
    let mut call = full();
    call.to = Some(customer());
    let texts =
        ["٩١٩٥٥٥٠١٧٧", "+１ ９１９ ５５５ ０１７７", "१९१९-५५५-०१७७", "9\u{200b}19555\u{2011}0177"];
    for text in texts {
        call.outcome.label = Some(format!("call {text} now"));
        for mode in [PrivacyMode::Mask, PrivacyMode::Hash, PrivacyMode::Drop] {
            let options = policy(mode, &[]);
            let line = lines(&encoded(Format::Jsonl, &options, &[&[call.clone()]])).remove(0);
            let label = line["outcome"]["label"].as_str().unwrap();
            assert!(!label.contains(text), "{label}");
            assert!(label.starts_with("call ") && label.ends_with(" now"), "{label}");
        }
    }
}

fn texts(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(place, item)| texts(item, format!("{at}/{place}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, item)| texts(item, format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

fn customer() -> Party {
    Party {
        id: None,
        withheld: false,
        number: Some(PhoneNumber::new("+19195550177")),
        name: Some("Zebulon Quixote".into()),
        email: Some("zebulon.quixote@example.org".into()),
        role: Some(PartyRole::Customer),
    }
}

/// Whatever is planted in a call, and wherever, no file tells of it.
#[track_caller]
fn check_nothing_tells(options: &EncodeOptions, telling: &[&str]) {
    let mut call = full();
    call.to = Some(customer());
    for text in PLANTED {
        let (places, calls): (Vec<_>, Vec<_>) = planted(&call, text).into_iter().unzip();
        assert!(places.len() > 45, "{places:?}");
        for format in Format::ALL {
            let all = seen(*format, options, &calls);
            let Some(found) = telling.iter().find(|telling| all.contains(**telling)) else {
                continue;
            };
            let place = calls.iter().position(|call| {
                seen(*format, options, std::slice::from_ref(call)).contains(*found)
            });
            panic!(
                "{found} is in {format}, planted as {text} at {:?}",
                place.map(|at| &places[at])
            );
        }
    }
}

#[test]
fn nothing_of_a_person_survives_anywhere_in_any_format() {
    for mode in [PrivacyMode::Mask, PrivacyMode::Hash, PrivacyMode::Drop] {
        check_nothing_tells(&policy(mode, &[]), &TELLING);
    }
}

#[test]
fn what_is_protected_by_column_survives_nowhere_when_texts_are_kept() {
    let of = |part: &str| [format!("from_{part}"), format!("to_{part}")];
    let by_column = |part: &str| {
        let columns = of(part);
        policy(PrivacyMode::Keep, &columns.each_ref().map(|name| (&**name, PrivacyMode::Hash)))
    };
    check_nothing_tells(&by_column("number"), &TELLING[..3]);
    check_nothing_tells(&by_column("email"), &["quixote@example.org"]);
    check_nothing_tells(&by_column("name"), &["zebulon quixote", "quixote_zebulon", "zebulonq"]);

    let mut call = full();
    call.to = Some(customer());
    let options = by_column("number");
    let kept = lines(&encoded(Format::Jsonl, &options, &[&[call]])).remove(0);
    assert_eq!(kept["to"]["name"], "Zebulon Quixote");
    assert_eq!(kept["summary"], full().summary.unwrap());
    assert_eq!((&kept["analysis"], &kept["metadata"]), (&json!({}), &json!({})));
}

#[test]
fn text_without_people_is_unchanged() {
    for mode in [PrivacyMode::Mask, PrivacyMode::Hash, PrivacyMode::Drop] {
        let options = policy(mode, &[]);
        let line = lines(&encoded(Format::Jsonl, &options, &[&[full()]])).remove(0);
        let schema = include_str!("../../../../schemas/call.json");
        let schema = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<_> = validator.iter_errors(&line).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let whole = serde_json::to_value(&*full()).unwrap();
        for same in [
            "/id",
            "/started_at",
            "/duration_ms",
            "/status",
            "/disposition",
            "/end",
            "/agent",
            "/organization",
            "/contact_id",
            "/cost",
            "/latency",
            "/outcome/label",
            "/sentiment",
            "/alternate_ids",
            "/transcript/turns/0/offset_ms",
            "/warnings/1/code",
        ] {
            let dropped = same.starts_with("/transcript") && mode == PrivacyMode::Drop;
            let expect = if dropped { None } else { whole.pointer(same) };
            assert_eq!(line.pointer(same), expect, "{same} {mode}");
        }
        assert_eq!(line["recordings"], json!([]), "who has the address can listen");
        vcons::check(&lines(&encoded(Format::Vcon, &options, &[&[full()]])).remove(0));
    }
}

#[test]
fn customer_without_a_direction_is_protected_too() {
    let mut call = full();
    (call.direction, call.from, call.to) = (None, None, None);
    (call.customer, call.agent_line) = (Some(customer()), None);
    call.summary = Some("Zebulon Quixote called from 919-555-0177.".into());
    call.transfers[0].to = Some(PhoneNumber::new("Sancho +1 919 555 0166"));
    call.outcome.label = Some("to 9195550166 for Quixote".into());
    let by_column = [
        ("customer_number", PrivacyMode::Hash),
        ("customer_name", PrivacyMode::Hash),
        ("transfers", PrivacyMode::Hash),
        ("customer_email", PrivacyMode::Hash),
    ];
    for options in [policy(PrivacyMode::Mask, &[]), policy(PrivacyMode::Keep, &by_column)] {
        for format in Format::ALL {
            let seen = seen(*format, &options, std::slice::from_ref(&call));
            let found = ["quixote", "5550177", "555-0177", "5550166", "555 0166"]
                .into_iter()
                .find(|told| seen.contains(told));
            assert_eq!(found, None, "in {format}");
        }
    }
}

#[test]
fn modes_do_what_they_say() {
    let line = |base, columns: &[_]| {
        lines(&encoded(Format::Jsonl, &policy(base, columns), &[&[full()]])).remove(0)
    };
    let masked = line(PrivacyMode::Mask, &[]);
    assert_eq!(
        masked["to"],
        json!({
            "id": null, "number": { "raw": "+19*******23", "e164": null }, "name": "J. D.",
            "email": "j***@example.com", "role": "customer", "withheld": false,
        })
    );
    assert_eq!(masked["customer"]["number"]["raw"], "+19*******23");
    assert_eq!(masked["transfers"][0]["to"]["raw"], "+19*******88");
    assert_eq!(
        (&masked["facts"], &masked["transcript"]["turns"][2]["tool"]["result"]),
        (&json!({}), &Value::Null)
    );
    assert_eq!(masked["transcript"]["turns"][0]["text"], "[31 characters]");
    let dropped = line(PrivacyMode::Drop, &[]);
    assert_eq!(
        dropped["to"],
        json!({
            "id": null, "number": null, "name": null, "email": null, "role": "customer",
            "withheld": false,
        })
    );
    assert_eq!(
        dropped["transcript"],
        json!({ "state": "unavailable", "turns": [], "text": null, "url": null })
    );
    let columns = [
        ("turns", PrivacyMode::Keep),
        ("analysis", PrivacyMode::Keep),
        ("agent_name", PrivacyMode::Drop),
        ("call_id", PrivacyMode::Hash),
    ];
    let line = line(PrivacyMode::Drop, &columns);
    assert_eq!(line["transcript"]["turns"][0]["text"], "Good morning, Northside Clinic.");
    assert_eq!(line["analysis"]["score"].to_string(), "1.1");
    assert_eq!(line["agent"]["name"], Value::Null);
    assert!(line["call_id"].as_str().unwrap().starts_with("hmac:"), "{line}");
    assert_eq!(line["id"], format!("vendor:clinic:{}", line["call_id"].as_str().unwrap()));
}

#[test]
fn hash_joins_one_customer_across_vendors_and_formats() {
    let options = policy(PrivacyMode::Hash, &[]);
    // printf number:+19195550123 | openssl dgst -sha256 -hmac 'sixteen byte key'
    let hash = "hmac:59b126db758b17748377f9ee6f6e38050f5899d15847a0f942013fabe31bb917";
    for (vendor, number) in [("one", "+19195550123"), ("two", "+1 (919) 555-0123")] {
        let mut call = full();
        call.id = CallId::new(vendor, "main", "1");
        call.to = Some(Party { number: Some(PhoneNumber::new(number)), ..Party::default() });
        for format in Format::ALL {
            assert!(seen(*format, &options, &[call.clone()]).contains(hash), "{format} {number}");
        }
    }
}

#[test]
fn policy_that_cannot_be_is_refused() {
    let (key, short) = (SecretString::from(KEY), SecretString::from("short"));
    let new = |base, name: &str, mode, key| {
        PrivacyPolicy::new(base, &[(name.to_owned(), mode)], key).map(|policy| policy.keeps_all())
    };
    let (keep, hash, drop) = (PrivacyMode::Keep, PrivacyMode::Hash, PrivacyMode::Drop);
    assert_eq!(new(keep, "turns", keep, None), Ok(true));
    assert_eq!(new(keep, "turns", drop, None), Ok(false));
    assert_eq!(new(hash, "turns", drop, None), Err(PrivacyError::NoKey));
    assert_eq!(new(keep, "to_name", hash, Some(&short)), Err(PrivacyError::ShortKey));
    assert_eq!(new(drop, "call_id", drop, Some(&key)), Err(PrivacyError::CallId));
    assert!(matches!(
        new(keep, "form_number", drop, None),
        Err(PrivacyError::UnknownColumn { .. })
    ));
    assert_eq!("none".parse::<PrivacyMode>(), Err(PrivacyError::UnknownMode));
}

#[test]
fn fingerprint_changes_with_what_is_done_and_never_shows_the_key() {
    let print = |base, columns: &[_], key: &str| {
        let columns: Vec<_> =
            columns.iter().map(|(name, mode): &(&str, _)| ((*name).into(), *mode)).collect();
        let policy = PrivacyPolicy::new(base, &columns, Some(&SecretString::from(key))).unwrap();
        assert!(!format!("{policy:?}").contains(key));
        policy.fingerprint()
    };
    let (hash, mask) = (PrivacyMode::Hash, PrivacyMode::Mask);
    let prints = [
        print(hash, &[], KEY),
        print(hash, &[], "another sixteen bytes"),
        print(hash, &[("turns", mask)], KEY),
        print(mask, &[], KEY),
        print(mask, &[("analysis", PrivacyMode::Keep)], KEY),
        PrivacyPolicy::default().fingerprint(),
    ];
    for (place, print) in prints.iter().enumerate() {
        assert!(!prints[..place].contains(print), "{print}");
    }
    assert_eq!(prints[3], print(mask, &[], "any key, as it is of no use"));
}
