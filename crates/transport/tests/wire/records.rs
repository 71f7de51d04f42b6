//! Records that are not what the spec says: whatever is done to a record, its
//! page survives, the record survives, and what is still good of it is kept.

use crate::vendor::{Item, KnownStatus};
use callfold_transport::{Lenient, OpenEnum};
use serde_json::{Map, Value, json};

fn sample() -> Value {
    json!({
        "id": "call-1",
        "name": "Ann Example",
        "count": 3,
        "ratio": 0.5,
        "done": true,
        "status": "open",
        "cost": "12.50",
        "tags": ["a", "b"],
        "turns": [
            {"role": "agent", "at_ms": 1, "words": [{"text": "hi", "start": 0.1}]},
            {"role": "user", "at_ms": 2, "words": [{"text": "ho"}, {"text": "hum", "start": 2}]},
        ],
        "owner": {"email": "ann@example.com", "phone": "+19195550100"},
        "at": "2026-04-21T12:27:23Z",
        "free": {"any": [1, {"thing": null}]},
        "new_field": {"unknown": 1},
    })
}

fn read(json: &str) -> Lenient<Item> {
    serde_json::from_str(json).unwrap()
}

fn issues(record: &Lenient<Item>) -> Vec<String> {
    record.issues().iter().map(ToString::to_string).collect()
}

#[test]
fn good_record_is_clean_and_raw() {
    let text = sample().to_string().replace("12.50", "12.500");
    let record = read(&text);
    assert!(record.is_clean());
    assert_eq!(record.raw().get(), text);
    assert_eq!(serde_json::to_string(&record).unwrap(), text);
    let item = record.get().unwrap();
    assert_eq!(item.cost.as_ref().unwrap().as_str(), "12.500");
    assert_eq!(item.status, Some(OpenEnum::Known(KnownStatus::Open)));
    assert_eq!(item.extra.len(), 1);
}

#[test]
fn unlisted_word_stays_as_it_came() {
    let record = read(r#"{"id":"a","status":"on hold"}"#);
    assert!(record.is_clean());
    assert_eq!(record.get().unwrap().status, Some(OpenEnum::Unknown("on hold".to_owned())));
}

#[test]
fn invalid_value_is_named_and_the_rest_is_kept() {
    for (json, issue) in [
        (r#"{"id":"a","name":"n","count":"3"}"#, "/count: expected an integer, found string"),
        (r#"{"id":"a","name":"n","count":3.5}"#, "/count: expected an integer, found number"),
        (r#"{"id":"a","name":"n","done":"yes"}"#, "/done: expected a boolean, found string"),
        (r#"{"id":"a","name":"n","status":5}"#, "/status: expected a string, found number"),
        (r#"{"id":"a","name":"n","cost":"$5"}"#, "/cost: expected a decimal number, found string"),
        (r#"{"id":"a","name":"n","cost":{}}"#, "/cost: expected a decimal number, found object"),
        (r#"{"id":"a","name":"n","tags":null}"#, "/tags: expected an array, found null"),
        (r#"{"id":"a","name":"n","tags":"x"}"#, "/tags: expected an array, found string"),
        (r#"{"id":"a","name":"n","turns":{"x":1}}"#, "/turns: expected an array, found object"),
        (
            r#"{"id":"a","name":"n","at":"2026-04-21T12:27:23"}"#,
            "/at: expected a date and time with offset, found string",
        ),
        (r#"{"id":"a","name":"n","owner":"me"}"#, "/owner: expected an object, found string"),
        (
            r#"{"id":"a","name":"n","owner":{"phone":"1"}}"#,
            "/owner: expected an object with the field `email`, found object",
        ),
        (
            r#"{"id":"a","name":"n","ratio":1e999}"#,
            "/ratio: expected a number in range, found number",
        ),
    ] {
        let record = read(json);
        assert_eq!(issues(&record), [issue], "{json}");
        let item = record.get().unwrap();
        assert_eq!((item.id.as_str(), item.name.as_deref()), ("a", Some("n")), "{json}");
        assert_eq!(record.raw().get(), json);
    }
}

#[test]
fn the_smallest_place_is_given_up() {
    let record = read(
        r#"{"id":"a","turns":[{"role":"agent","at_ms":"1","words":[{"text":"hi","start":"x"}]},{"role":5,"at_ms":2}]}"#,
    );
    assert_eq!(
        issues(&record),
        [
            "/turns/0/at_ms: expected an integer, found string",
            "/turns/0/words/0/start: expected a number, found string",
            "/turns/1/role: expected a string, found number",
        ]
    );
    let turns = record.get().unwrap().turns.clone().unwrap();
    assert_eq!(turns[0].role.as_deref(), Some("agent"));
    assert_eq!(turns[0].words[0].text, "hi");
    assert_eq!(turns[1].at_ms, Some(2));
}

#[test]
fn items_that_cannot_be_null_are_taken_out() {
    let record = read(r#"{"id":"a","tags":["x",null,5,"y",{"z":1}]}"#);
    assert_eq!(record.get().unwrap().tags, ["x", "y"]);
    assert_eq!(
        issues(&record),
        [
            "/tags/1: expected a string, found null",
            "/tags/2: expected a string, found number",
            "/tags/4: expected a string, found object",
        ]
    );
}

#[test]
fn item_without_a_required_member_is_taken_out() {
    let record =
        read(r#"{"id":"a","turns":[{"words":[{"start":1},{"text":"ok"},{"text":null}]}]}"#);
    let turns = record.get().unwrap().turns.clone().unwrap();
    assert_eq!(turns[0].words.len(), 1);
    assert_eq!(turns[0].words[0].text, "ok");
    assert!(issues(&record).iter().any(|issue| issue.starts_with("/turns/0/words/0: ")));
}

#[test]
fn repeated_member_counts_as_its_last() {
    let record = read(r#"{"id":"a","count":1,"name":"n","count":2}"#);
    assert_eq!(record.get().unwrap().count, Some(2));
    assert_eq!(issues(&record), ["/count: expected the field `count` once, found repeated field"]);
    let record = read(r#"{"id":"a","id":"b"}"#);
    assert_eq!(record.get().unwrap().id, "b");
    let record = read(r#"{"id":"a","owner":{"email":"x","email":"y"}}"#);
    assert_eq!(record.get().unwrap().owner.as_ref().unwrap().email, "y");
}

#[test]
fn number_as_id_is_read_as_text() {
    for (json, id) in [(r#"{"id":17,"count":2}"#, "17"), (r#"{"id":1.50,"count":2}"#, "1.50")] {
        let record = read(json);
        assert_eq!(record.get().unwrap().id, id);
        assert_eq!(record.get().unwrap().count, Some(2));
        assert_eq!(record.id().unwrap(), id);
        assert_eq!(issues(&record), ["/id: expected a string, found number"]);
    }
}

#[test]
fn record_without_a_usable_id_is_rejected_with_its_json() {
    for (json, reason) in [
        (r#"{"name":"n"}"#, "the id `id` is missing"),
        (r#"{"id":null,"name":"n"}"#, "the id `id` is null"),
        (r#"{"id":""}"#, "the id `id` is empty"),
        (r#"{"id":true}"#, "the id `id` is a boolean"),
        (r#"{"id":{"x":1}}"#, "the id `id` is an object"),
        (r#"{"id":["x"]}"#, "the id `id` is an array"),
        (r#"{"id":"\ud800"}"#, "the id `id` is not readable text"),
        ("null", "the record is not an object but null"),
        ("\"text\"", "the record is not an object but a string"),
        ("[{\"id\":\"a\"}]", "the record is not an object but an array"),
        ("5", "the record is not an object but a number"),
    ] {
        let record = read(json);
        assert_eq!(record.get().unwrap_err().reason, reason, "{json}");
        assert_eq!(record.raw().get(), json);
        assert!(record.id().is_none());
    }
}

#[test]
fn text_with_half_a_character_costs_only_itself() {
    let record = read(r#"{"id":"a","name":"\ud800","count":1,"free":"\ud800"}"#);
    assert_eq!(record.get().unwrap().count, Some(1));
    assert_eq!(record.issues().len(), 1);
    assert_eq!(record.issues()[0].pointer, "/name");
    let record = read(r#"{"id":"a","count":1,"other":"\ud800"}"#);
    assert_eq!(record.get().unwrap().count, Some(1));
}

#[test]
fn deep_nesting_costs_only_itself() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let record = read(&format!(r#"{{"id":"a","count":1,"free":{deep}}}"#));
    assert!(record.is_clean());
    let record = read(&format!(r#"{{"id":"a","count":1,"other":{deep}}}"#));
    assert_eq!(record.get().unwrap().count, Some(1));
}

#[test]
fn pointers_are_escaped() {
    #[derive(serde::Deserialize)]
    struct Odd {
        id: String,
        #[serde(rename = "a/b~c")]
        _odd: Option<i64>,
    }
    impl callfold_transport::Record for Odd {
        const ID_FIELD: &'static str = "id";

        fn id(&self) -> &str {
            &self.id
        }
    }
    let record: Lenient<Odd> = serde_json::from_str(r#"{"id":"x","a/b~c":"no"}"#).unwrap();
    assert_eq!(record.issues()[0].pointer, "/a~1b~0c");
}

#[test]
fn long_list_that_is_wrong_throughout_is_still_quick() {
    let turns: Vec<String> =
        (0..20_000).map(|n| format!(r#"{{"role":"agent","at_ms":"{n}"}}"#)).collect();
    let json = format!(r#"{{"id":"a","turns":[{}]}}"#, turns.join(","));
    let started = std::time::Instant::now();
    let record = read(&json);
    assert_eq!(record.issues().len(), 20_000);
    assert_eq!(record.get().unwrap().turns.as_ref().unwrap().len(), 20_000);
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn record_wrong_in_many_ways_keeps_what_is_good() {
    let bad: Vec<String> = (0..300)
        .map(|n| match n % 3 {
            0 => format!(r#"{{"role":{n}}}"#),
            1 => r#"{"at_ms":"x"}"#.to_owned(),
            _ => r#"{"words":[{"text":1}]}"#.to_owned(),
        })
        .collect();
    let json = format!(r#"{{"id":"a","name":"n","count":true,"turns":[{}]}}"#, bad.join(","));
    let record = read(&json);
    assert_eq!(record.get().unwrap().name.as_deref(), Some("n"));
    assert_eq!(record.get().unwrap().turns.as_ref().unwrap().len(), 300);
}

/// Each place in a value, as the steps to it.
fn places(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let at = format!("{at}/{name}");
                out.push(at.clone());
                places(inner, &at, out);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                let at = format!("{at}/{index}");
                out.push(at.clone());
                places(inner, &at, out);
            }
        }
        _ => {}
    }
}

fn without(value: &Value, at: &str) -> Value {
    let mut value = value.clone();
    let (parent, name) = at.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(map) => drop(map.remove(name)),
        Value::Array(items) => drop(items.remove(name.parse().unwrap())),
        _ => unreachable!(),
    }
    value
}

fn with(value: &Value, at: &str, new: Value) -> Value {
    let mut value = value.clone();
    *value.pointer_mut(at).unwrap() = new;
    value
}

#[test]
fn whatever_is_done_to_a_field_the_others_survive() {
    let sample = sample();
    let mut all = Vec::new();
    places(&sample, "", &mut all);
    let mut cases = 0;
    for place in &all {
        let mut mutants = vec![without(&sample, place)];
        for new in [
            json!(null),
            json!("text"),
            json!(""),
            json!(7),
            json!(-7),
            json!(1.5),
            json!(u64::MAX),
            json!(true),
            json!([]),
            json!({}),
            json!([1, "x", null]),
            json!({"x": {"y": []}}),
            json!([{"role": 5}, {"words": [{"text": 5}]}, "x"]),
        ] {
            mutants.push(with(&sample, place, new));
        }
        let mut extended = sample.clone();
        match extended.pointer_mut(place).unwrap() {
            Value::Object(map) => drop(map.insert("surprise".to_owned(), json!([{"a": 1}]))),
            Value::Array(items) => items.push(json!({"surprise": 1})),
            Value::String(text) => text.push_str(" \u{1F4DE} and more"),
            _ => {}
        }
        mutants.push(extended);
        for mutant in mutants {
            cases += 1;
            survives(&mutant, place);
        }
    }
    assert!(cases > 400, "only {cases} cases");
}

/// The record is kept, and every top-level field but the one touched reads as
/// it does in the mutant itself.
fn survives(mutant: &Value, touched: &str) {
    let text = mutant.to_string();
    let record = read(&text);
    assert_eq!(record.raw().get(), text, "{touched}");
    let usable = match &mutant["id"] {
        Value::String(id) => !id.is_empty(),
        Value::Number(_) => true,
        _ => false,
    };
    let item = match record.get() {
        Ok(item) => item,
        Err(aside) => {
            assert!(!usable, "{touched}: {aside}: {text}");
            return;
        }
    };
    assert!(usable, "{touched}: {text}");
    let top = touched.split('/').nth(1).unwrap();
    let seen: Map<String, Value> = match serde_json::to_value(item).unwrap() {
        Value::Object(map) => map,
        _ => unreachable!(),
    };
    for (name, value) in mutant.as_object().unwrap() {
        if name != top && name != "turns" && name != "at" {
            assert_eq!(seen.get(name), Some(value), "{name} after a change at {touched}: {text}");
        }
    }
    for issue in record.issues() {
        let inside = issue.pointer.strip_prefix('/').unwrap().split('/').next().unwrap();
        assert_eq!(inside, top, "{issue} after a change at {touched}");
        assert!(!issue.to_string().contains("Ann"), "{issue}");
        assert!(mutant.pointer(&issue.pointer).is_some(), "{issue} points nowhere: {text}");
    }
    if touched.split('/').count() > 3 && top == "turns" {
        let turns = item.turns.as_ref().unwrap();
        assert!(turns.len() >= 2, "{touched}: {text}");
    }
}

#[test]
fn record_cut_anywhere_is_an_error_and_no_panic() {
    let text = sample().to_string();
    for end in 0..text.len() {
        if text.is_char_boundary(end) {
            assert!(serde_json::from_str::<Lenient<Item>>(&text[..end]).is_err());
        }
    }
}

#[test]
fn page_with_every_kind_of_bad_record_keeps_the_good_ones() {
    let sample = sample();
    let mut all = Vec::new();
    places(&sample, "", &mut all);
    let mut page = vec![sample.clone()];
    page.extend(all.iter().map(|place| with(&sample, place, json!({"odd": [null]}))));
    page.extend([json!(null), json!(5), json!([]), sample.clone()]);
    let records: Vec<Lenient<Item>> = serde_json::from_str(&json!(page).to_string()).unwrap();
    assert_eq!(records.len(), page.len());
    assert!(records[0].is_clean() && records[records.len() - 1].is_clean());
    let aside = records.iter().filter(|record| record.get().is_err()).count();
    assert_eq!(aside, 4, "the id itself, and the three that are no objects");
}
