//! Records that differ from what the vendor documents. A call differs in the same way whenever
//! and however it is requested.

use serde_json::{Map, Value, json};

use crate::fault::{Fault, Faults, Rate};
use crate::hash_rng::HashRng;
use crate::invalid_json;
use crate::truth::{RecordFaults, Truth};
use crate::vendor::VendorProfile;

/// In a drifting record, one field in so many drifts.
const DRIFTING_FIELDS: u64 = 6;

/// Enum fields, whose values may become unknown ones.
const ENUM_FIELDS: &str = "call_entity call_eval_tag call_intent call_status call_type channel direction \
    disconnectReason disconnect_reason disconnection_reason ended_reason \
    lead_qualification post_processing_status status transcript call_success";

/// Unknown enum values.
const UNKNOWN_VALUES: [&str; 5] =
    ["parked", "warm_transfer_v2", "RE-QUEUED", "n/a", "état inconnu"];

/// Names of undocumented fields.
const NEW_FIELDS: [&str; 3] = ["sandbox_score", "sandboxLabels", "sandbox-nested"];

/// How many of a vendor's records have which faults.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecordFaultRates {
    drift: Option<Rate>,
    bad_id: Option<Rate>,
    bad_time: Option<Rate>,
    invalid_json: Option<Rate>,
}

impl RecordFaultRates {
    /// Whether responses may hold placeholders of invalid JSON.
    pub(crate) fn has_invalid_json(&self) -> bool {
        self.invalid_json.is_some()
    }

    pub(crate) fn new(faults: &Faults, vendor: &str) -> Self {
        Self {
            drift: faults.rate(Fault::Drift, vendor),
            bad_id: faults.rate(Fault::BadId, vendor),
            bad_time: faults.rate(Fault::BadTime, vendor),
            invalid_json: faults.rate(Fault::OddByte, vendor),
        }
    }

    /// The faults of a call; `rng` is the call's own.
    pub(crate) fn of_call(&self, serial: u32, rng: HashRng) -> RecordFaults {
        let hits = |rate: Option<Rate>, name: &str| {
            rate.is_some_and(|rate| rate.hits(serial.into(), rng.derive(name)))
        };
        RecordFaults {
            drifts: hits(self.drift, "drift"),
            bad_id: hits(self.bad_id, "bad id"),
            bad_time: hits(self.bad_time, "bad time"),
            odd_byte: hits(self.invalid_json, "odd byte"),
        }
    }
}

/// A call's record as it is sent.
pub(crate) fn with_faults(mut record: Value, vendor: &VendorProfile, call: &Truth) -> Value {
    if let Some(fields) = record.as_object_mut().filter(|_| call.faults.is_any()) {
        apply_faults(fields, vendor, call);
    }
    record
}

fn apply_faults(fields: &mut Map<String, Value>, vendor: &VendorProfile, call: &Truth) {
    let rng = call.rng.derive("odd");
    if call.faults.drifts {
        let safe = |name: &String| {
            vendor.id_fields.contains(&name.as_str())
                || vendor.start_fields.contains(&name.as_str())
        };
        let names: Vec<String> = fields.keys().filter(|name| !safe(name)).cloned().collect();
        for name in names {
            let rng = rng.derive(&name);
            if rng.one_in("drifts", DRIFTING_FIELDS) {
                drift(fields, &name, rng);
            }
        }
        let value = other_type(&Value::Null, rng);
        fields.insert(rng.pick("new", &NEW_FIELDS).to_owned(), value);
    }
    if call.faults.bad_id {
        let bad = [None, Some(Value::Null), Some(json!("")), Some(json!({})), Some(json!([1]))];
        replace(fields, vendor.id_fields, &bad[rng.below("bad id", 5) as usize]);
    }
    if call.faults.bad_time {
        let bad = [None, Some(Value::Null), Some(json!("soon")), Some(json!({}))];
        replace(fields, vendor.start_fields, &bad[rng.below("bad time", 4) as usize]);
    }
    if call.faults.odd_byte {
        invalid_json::insert_placeholder(fields, vendor, rng);
    }
}

/// Replaces the fields that exist, or removes them if the value is `None`.
fn replace(fields: &mut Map<String, Value>, names: &[&str], value: &Option<Value>) {
    for name in names {
        match (fields.get_mut(*name), value) {
            (Some(place), Some(value)) => *place = value.clone(),
            (Some(_), None) => drop(fields.remove(*name)),
            (None, _) => {}
        }
    }
}

fn drift(fields: &mut Map<String, Value>, name: &str, rng: HashRng) {
    let Some(value) = fields.get_mut(name) else { return };
    let is_enum = ENUM_FIELDS.split(' ').any(|field| field == name);
    match rng.below("how", 5) {
        0 => drop(fields.remove(name)),
        1 => *value = Value::Null,
        2 | 3 if is_enum => *value = rng.pick("word", &UNKNOWN_VALUES).into(),
        _ => *value = other_type(value, rng),
    }
}

/// A value of another type than this one's.
fn other_type(value: &Value, rng: HashRng) -> Value {
    let second = rng.one_in("other", 2);
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
    use super::{Fault, Faults, Rate, with_faults};
    use crate::registry::VENDORS;
    use crate::{Dataset, DatasetOptions};
    use serde_json::{Value, json};

    #[test]
    fn drift_leaves_ids_and_start_alone_and_repeats() {
        let mut dataset =
            Dataset::new(DatasetOptions { records: 400, ..DatasetOptions::default() });
        dataset.set_faults(&Faults::none().with(Fault::Drift, Rate::percent(50.0)));
        for vendor in VENDORS {
            let names = vendor.id_fields.iter().chain(vendor.start_fields).copied();
            let names = names.chain(["status", "call_cost", "turns", "ok", "summary", "meta"]);
            let values = [json!("x"), json!(1.5), json!([1]), json!(true), json!({ "a": 1 })];
            let record: Value =
                names.map(str::to_owned).zip(values.iter().cloned().cycle()).collect();
            let mut drifting = 0;
            for call in dataset.truths(vendor.name) {
                let body = || with_faults(record.clone(), vendor, &call);
                let seen = body();
                assert_eq!(seen, body());
                drifting += usize::from(call.faults.drifts);
                assert_eq!(seen != record, call.faults.drifts);
                for name in vendor.id_fields.iter().chain(vendor.start_fields) {
                    assert_eq!(seen[name], record[*name]);
                }
            }
            assert!((150..250).contains(&drifting), "{drifting}");
        }
    }
}
