//! What no field of a call holds, without what says nothing.

use crate::{
    convert::{escape, json_object},
    model::JsonObject,
};
use callfold_record::RawJson;
use serde_json::Value;

/// Puts the members of an object that say something under `name` and their own names; any other value that says
/// something under `name`.
pub(super) fn put_filled(facts: &mut JsonObject, name: &str, value: Option<RawJson>) {
    let Some(value) = value.filter(|value| !is_hollow(value.get())) else { return };
    let Some(members) = json_object::members(&value) else {
        return json_object::put(facts, name, Some(value));
    };
    for (member, value) in members.iter().filter(|(_, value)| !is_hollow(value.get())) {
        let value = RawJson::from((*value).to_owned());
        json_object::put(facts, &format!("{name}/{}", escape(member)), Some(value));
    }
}

/// Puts a switch that is on.
pub(super) fn put_true(facts: &mut JsonObject, name: &str, value: Option<bool>) {
    json_object::put_value(facts, name, value.filter(|is_on| *is_on));
}

/// Whether a value says nothing: null, false, 0, an empty text, and what holds nothing else.
fn is_hollow(json: &str) -> bool {
    fn says_nothing(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Bool(is_on) => !is_on,
            Value::Number(number) => number.as_f64() == Some(0.0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.iter().all(says_nothing),
            Value::Object(members) => members.values().all(says_nothing),
        }
    }
    serde_json::from_str(json).is_ok_and(|value| says_nothing(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_members_that_say_something_are_put() {
        let mut facts = JsonObject::new();
        let mut put = |name, json: &str| {
            put_filled(&mut facts, name, Some(serde_json::from_str(json).unwrap()));
        };
        put(
            "a",
            r#"{"x": null, "y/z": 1.10, "n": 0.0, "o": {"enabled": false}, "p": {"used": true}}"#,
        );
        put("b", r#"["", null]"#);
        put("c", r#"["x"]"#);
        put("d", "false");
        let expect = r#"{"a/p":{"used": true},"a/y~1z":1.10,"c":["x"]}"#;
        assert_eq!(serde_json::to_string(&facts).unwrap(), expect);
    }
}
