//! Records that are not JSON: what stands in for the odd text until the answer is written.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::dice::Dice;
use crate::vendor::Vendor;

/// Marks of private use, which nothing else in an answer contains, and what is written for them.
/// Those of numbers stand alone in a string, whose quotes are dropped.
const NUMBERS: [(&str, &str); 2] = [("\"\u{f8f0}\"", "NaN"), ("\"\u{f8f1}\"", "Infinity")];
const TEXTS: [(&str, &str); 2] = [("\u{f8f2}", "\n"), ("\u{f8f3}", "\\x")];

/// Puts the mark of an odd text into a record, in a field that is neither its id nor its start.
pub(super) fn mark(fields: &mut Map<String, Value>, vendor: &Vendor, dice: Dice) {
    let free =
        |name: &str| !vendor.id_fields.contains(&name) && !vendor.start_fields.contains(&name);
    let names = |is: fn(&Value) -> bool| -> Vec<String> {
        let fields = fields.iter().filter(|(name, value)| free(name) && is(value));
        fields.map(|(name, _)| name.clone()).collect()
    };
    let (numbers, texts) = (names(Value::is_number), names(Value::is_string));
    let pick = |names: &[String], name: &str| {
        let place = dice.below(name, names.len() as u64) as usize;
        names.get(place).cloned().unwrap_or_else(|| "sandbox_text".to_owned())
    };
    match dice.below("odd byte", 4) {
        kind @ 0..2 => {
            let mark = NUMBERS[kind as usize].0.trim_matches('"');
            fields.insert(pick(&numbers, "number"), mark.into());
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

/// Writes the odd texts for their marks.
pub(crate) fn write_odd_text(body: Bytes) -> Bytes {
    let Ok(text) = std::str::from_utf8(&body) else { return body };
    if !text.contains(['\u{f8f0}', '\u{f8f1}', '\u{f8f2}', '\u{f8f3}']) {
        return body;
    }
    let marks = NUMBERS.iter().chain(&TEXTS);
    marks.fold(text.to_owned(), |text, (mark, odd)| text.replace(mark, odd)).into()
}

#[cfg(test)]
mod tests {
    use super::{mark, write_odd_text};
    use crate::dice::Dice;
    use crate::vendors::VENDORS;
    use serde_json::{Map, Value, json};
    use std::collections::BTreeSet;

    #[test]
    fn each_kind_of_odd_text_spoils_its_record_and_nothing_else() {
        let mut kinds = BTreeSet::new();
        for vendor in VENDORS {
            for seed in 0..40 {
                let mut record: Map<String, Value> = Map::new();
                record.insert(vendor.id_fields[0].to_owned(), json!("id"));
                record.insert(vendor.start_fields[0].to_owned(), json!(17));
                record.insert("size".to_owned(), json!(5));
                record.insert("note".to_owned(), json!("über"));
                mark(&mut record, vendor, Dice::new(seed));
                let page = json!([{ "a": 1 }, record, { "b": "c" }]).to_string();
                let body = write_odd_text(page.into());
                let text = std::str::from_utf8(&body).unwrap();
                assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
                let kind = ["NaN", "Infinity", "üb\ner", "üb\\xer"];
                let kind = kind.into_iter().find(|kind| text.contains(kind)).unwrap();
                kinds.insert(kind);
                let whole = text.replace("NaN", "1").replace("Infinity", "1");
                let whole = whole.replace('\n', "").replace("\\x", "");
                let whole: Value = serde_json::from_str(&whole).unwrap();
                assert_eq!(whole[1][vendor.id_fields[0]], "id");
            }
        }
        assert_eq!(kinds.len(), 4, "{kinds:?}");
        let plain = bytes::Bytes::from_static(b"[1]");
        assert_eq!(write_odd_text(plain.clone()), plain);
    }
}
