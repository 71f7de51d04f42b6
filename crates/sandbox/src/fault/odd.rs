//! Records that are not as the vendor documents them. The same call is odd in the same way
//! whenever and however it is asked for.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Fault, Faults, Rate, text};
use crate::dice::Dice;
use crate::facts::Facts;
use crate::truth::Truth;
use crate::vendor::Vendor;

/// One field in so many drifts, in a record that does.
const DRIFTING_FIELDS: u64 = 6;

/// Fields that hold one of few words. Whatever they hold may become a word nobody knows.
const WORDS: [&str; 16] = [
    "call_entity",
    "call_eval_tag",
    "call_intent",
    "call_status",
    "call_type",
    "channel",
    "direction",
    "disconnectReason",
    "disconnect_reason",
    "disconnection_reason",
    "ended_reason",
    "lead_qualification",
    "post_processing_status",
    "status",
    "transcript",
    "call_success",
];

/// What such a word may be.
const UNKNOWN: [&str; 5] = ["parked", "warm_transfer_v2", "RE-QUEUED", "n/a", "état inconnu"];

/// New fields, and what they hold.
const NEW: [&str; 3] = ["sandbox_score", "sandboxLabels", "sandbox-nested"];

/// How a call's records differ from what the vendor documents.
///
/// A record that drifts has one field more than documented, and about one field in six has
/// another type, holds an unknown word or null, or is missing. Its ids and its start stay as they
/// are: the fields named under [`bad_id`](Self::bad_id) and [`bad_time`](Self::bad_time).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Odd {
    /// Its records drift.
    pub drifts: bool,
    /// Its records have no usable id: missing, null, empty, or of another type.
    ///
    /// - Vaani: `call_id`. Zudu: `id` and `call_id`. All others: `id`.
    pub bad_id: bool,
    /// Its records have no usable start: missing, null, or no time.
    ///
    /// - Vaani: `Start_time`. Ravan: `started_at` or `startedAt`. VozAgent: `call_started_at`.
    ///   AgentVoice: `started_at`. Zudu: `start_timestamp`.
    pub bad_time: bool,
    /// Its records are not JSON: a number is `NaN` or `Infinity`, or a text has a raw newline or
    /// the escape `\x`. Ids and start stay as they are.
    pub odd_byte: bool,
}

impl Odd {
    fn is_any(self) -> bool {
        self.drifts || self.bad_id || self.bad_time || self.odd_byte
    }
}

/// Which of a vendor's calls are odd.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Oddness {
    drift: Option<Rate>,
    bad_id: Option<Rate>,
    bad_time: Option<Rate>,
    odd_byte: Option<Rate>,
}

impl Oddness {
    /// Whether an answer may hold marks of odd text.
    pub(crate) fn has_odd_text(&self) -> bool {
        self.odd_byte.is_some()
    }

    pub(crate) fn of(faults: &Faults, vendor: &str) -> Self {
        Self {
            drift: faults.rate(Fault::Drift, vendor),
            bad_id: faults.rate(Fault::BadId, vendor),
            bad_time: faults.rate(Fault::BadTime, vendor),
            odd_byte: faults.rate(Fault::OddByte, vendor),
        }
    }

    /// How a call is odd; what chance decides is part of the call.
    pub(crate) fn of_call(&self, facts: &Facts) -> Odd {
        let hits = |rate: Option<Rate>, name: &str| {
            rate.is_some_and(|rate| rate.hits(facts.serial.into(), facts.dice.of(name)))
        };
        Odd {
            drifts: hits(self.drift, "drift"),
            bad_id: hits(self.bad_id, "bad id"),
            bad_time: hits(self.bad_time, "bad time"),
            odd_byte: hits(self.odd_byte, "odd byte"),
        }
    }
}

/// A call's record as it is told: as it should be, or odd.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Told<R> {
    AsIs(R),
    Odd(Map<String, Value>),
}

impl<R: Serialize> Told<R> {
    pub(crate) fn new(vendor: &Vendor, call: &Truth, record: R) -> Self {
        if !call.odd.is_any() {
            return Self::AsIs(record);
        }
        match serde_json::to_value(&record) {
            Ok(Value::Object(mut fields)) => {
                spoil(&mut fields, vendor, call);
                Self::Odd(fields)
            }
            _ => Self::AsIs(record),
        }
    }
}

fn spoil(fields: &mut Map<String, Value>, vendor: &Vendor, call: &Truth) {
    let dice = call.dice.of("odd");
    if call.odd.drifts {
        let safe = |name: &String| {
            vendor.id_fields.contains(&name.as_str())
                || vendor.start_fields.contains(&name.as_str())
        };
        let names: Vec<String> = fields.keys().filter(|name| !safe(name)).cloned().collect();
        for name in names {
            let dice = dice.of(&name);
            if dice.one_in("drifts", DRIFTING_FIELDS) {
                drift(fields, &name, dice);
            }
        }
        let value = other_type(&Value::Null, dice);
        fields.insert(dice.pick("new", &NEW).to_owned(), value);
    }
    if call.odd.bad_id {
        let bad = [None, Some(Value::Null), Some(json!("")), Some(json!({})), Some(json!([1]))];
        replace(fields, vendor.id_fields, &bad[dice.below("bad id", 5) as usize]);
    }
    if call.odd.bad_time {
        let bad = [None, Some(Value::Null), Some(json!("soon")), Some(json!({}))];
        replace(fields, vendor.start_fields, &bad[dice.below("bad time", 4) as usize]);
    }
    if call.odd.odd_byte {
        text::mark(fields, vendor, dice);
    }
}

/// Puts the value in place of all of the fields that are there, or takes them out.
fn replace(fields: &mut Map<String, Value>, names: &[&str], value: &Option<Value>) {
    for name in names {
        match (fields.get_mut(*name), value) {
            (Some(place), Some(value)) => *place = value.clone(),
            (Some(_), None) => drop(fields.remove(*name)),
            (None, _) => {}
        }
    }
}

fn drift(fields: &mut Map<String, Value>, name: &str, dice: Dice) {
    let Some(value) = fields.get_mut(name) else { return };
    let is_word = WORDS.contains(&name);
    match dice.below("how", 5) {
        0 => drop(fields.remove(name)),
        1 => *value = Value::Null,
        2 | 3 if is_word => *value = dice.pick("word", &UNKNOWN).into(),
        _ => *value = other_type(value, dice),
    }
}

/// A value of another type than this one's.
fn other_type(value: &Value, dice: Dice) -> Value {
    let second = dice.one_in("other", 2);
    match value {
        Value::Null if second => json!({ "from": 1, "to": [2.5, null, "x"] }),
        Value::Null => json!(17),
        Value::Bool(yes) if second => json!(if *yes { "yes" } else { "no" }),
        Value::Bool(yes) => json!(u8::from(*yes)),
        Value::Number(number) if second => json!(number.to_string()),
        Value::Number(_) => json!("unknown"),
        Value::String(text) if second => json!({ "type": "string", "value": text }),
        // A number in quotes stays that number, so that what is read of it is right or nothing.
        Value::String(text) => match text.parse::<f64>() {
            Ok(number) => json!(number),
            Err(_) => json!(text.len()),
        },
        Value::Array(items) if second => items.iter().chain([&Value::Null]).cloned().collect(),
        Value::Array(items) => json!({ "items": items.len() }),
        Value::Object(fields) if second => json!([fields.len()]),
        Value::Object(_) => json!("{}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Faults, Rate};
    use crate::fault::odd::Told;
    use crate::vendors::VENDORS;
    use crate::world::{World, WorldOptions};
    use serde_json::{Map, Value, json};

    #[test]
    fn drift_leaves_ids_and_start_alone_and_repeats() {
        let mut world = World::new(WorldOptions { records: 400, ..WorldOptions::default() });
        world.set_faults(&Faults::none().with(Fault::Drift, Rate::percent(50.0)));
        for vendor in VENDORS {
            let names = vendor.id_fields.iter().chain(vendor.start_fields).copied();
            let names = names.chain(["status", "call_cost", "turns", "ok", "summary", "meta"]);
            let values = [json!("x"), json!(1.5), json!([1]), json!(true), json!({ "a": 1 })];
            let record: Map<String, Value> =
                names.map(str::to_owned).zip(values.iter().cloned().cycle()).collect();
            let mut drifting = 0;
            for call in world.truths(vendor.name) {
                let told = || serde_json::to_value(Told::new(vendor, &call, &record)).unwrap();
                let seen = told();
                assert_eq!(seen, told());
                drifting += usize::from(call.odd.drifts);
                assert_eq!(seen != json!(record), call.odd.drifts);
                for name in vendor.id_fields.iter().chain(vendor.start_fields) {
                    assert_eq!(seen[name], record[*name]);
                }
            }
            assert!((150..250).contains(&drifting), "{drifting}");
        }
    }
}
