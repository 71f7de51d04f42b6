//! Records that are not JSON. Placeholders stand for the invalid text until the response is written.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::hash_rng::HashRng;
use crate::vendor::VendorProfile;

/// Placeholders from the private use area, which occur nowhere else in a response, and the text
/// that replaces them. Those of numbers include the quotes of their string.
const NUMBERS: [(&str, &str); 2] = [("\"\u{f8f0}\"", "NaN"), ("\"\u{f8f1}\"", "Infinity")];
const TEXTS: [(&str, &str); 2] = [("\u{f8f2}", "\n"), ("\u{f8f3}", "\\x")];

/// Puts a placeholder into a field of a record that is neither its id nor its start.
pub(crate) fn insert_placeholder(
    fields: &mut Map<String, Value>,
    vendor: &VendorProfile,
    rng: HashRng,
) {
    let free =
        |name: &str| !vendor.id_fields.contains(&name) && !vendor.start_fields.contains(&name);
    let names = |is: fn(&Value) -> bool| -> Vec<String> {
        let fields = fields.iter().filter(|(name, value)| free(name) && is(value));
        fields.map(|(name, _)| name.clone()).collect()
    };
    let (numbers, texts) = (names(Value::is_number), names(Value::is_string));
    let pick = |names: &[String], name: &str| {
        let place = rng.below(name, names.len() as u64) as usize;
        names.get(place).cloned().unwrap_or_else(|| "sandbox_text".to_owned())
    };
    match rng.below("odd byte", 4) {
        kind @ 0..2 => {
            let placeholder = NUMBERS[kind as usize].0.trim_matches('"');
            fields.insert(pick(&numbers, "number"), placeholder.into());
        }
        kind => {
            let name = pick(&texts, "text");
            let text = fields.get(&name).and_then(Value::as_str).unwrap_or_default();
            let middle = text.char_indices().nth(text.chars().count() / 2);
            let (before, after) = text.split_at(middle.map_or(0, |(index, _)| index));
            let text = format!("{before}{}{after}", TEXTS[kind as usize - 2].0);
            fields.insert(name, text.into());
        }
    }
}

/// Replaces the placeholders with invalid JSON.
pub(crate) fn write_invalid_json(body: Bytes) -> Bytes {
    let Ok(text) = std::str::from_utf8(&body) else { return body };
    if !text.contains(['\u{f8f0}', '\u{f8f1}', '\u{f8f2}', '\u{f8f3}']) {
        return body;
    }
    let placeholders = NUMBERS.iter().chain(&TEXTS);
    placeholders
        .fold(text.to_owned(), |text, (placeholder, invalid)| text.replace(placeholder, invalid))
        .into()
}

#[cfg(test)]
mod tests {
    use super::{insert_placeholder, write_invalid_json};
    use crate::hash_rng::HashRng;
    use crate::registry::VENDORS;
    use serde_json::{Map, Value, json};
    use std::collections::BTreeSet;

    #[test]
    fn each_kind_of_invalid_json_damages_its_record_only() {
        let mut kinds = BTreeSet::new();
        for vendor in VENDORS {
            for seed in 0..40 {
                let mut record: Map<String, Value> = Map::new();
                record.insert(vendor.id_fields[0].to_owned(), json!("id"));
                record.insert(vendor.start_fields[0].to_owned(), json!(17));
                record.insert("size".to_owned(), json!(5));
                record.insert("note".to_owned(), json!("über"));
                insert_placeholder(&mut record, vendor, HashRng::new(seed));
                let page = json!([{ "a": 1 }, record, { "b": "c" }]).to_string();
                let body = write_invalid_json(page.into());
                let text = std::str::from_utf8(&body).unwrap();
                assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
                let kind = ["NaN", "Infinity", "üb\ner", "üb\\xer"];
                let kind = kind.into_iter().find(|kind| text.contains(kind)).unwrap();
                kinds.insert(kind);
                let complete = text.replace("NaN", "1").replace("Infinity", "1");
                let complete = complete.replace('\n', "").replace("\\x", "");
                let complete: Value = serde_json::from_str(&complete).unwrap();
                assert_eq!(complete[1][vendor.id_fields[0]], "id");
            }
        }
        assert_eq!(kinds.len(), 4, "{kinds:?}");
        let plain = bytes::Bytes::from_static(b"[1]");
        assert_eq!(write_invalid_json(plain.clone()), plain);
    }
}
