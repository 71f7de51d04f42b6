//! Conditions on the fields of a call, joined by AND.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::record;
use crate::calendar::MILLISECOND;
use crate::compact_call::CompactCall;
use crate::truth::Direction;
use crate::vendor_request::VendorRequest;

/// A condition on a call.
#[derive(Debug)]
pub(super) enum Condition {
    /// On one field, by its pointer in a record.
    Field(String, Comparison),
    /// One of these agents.
    Agents(Vec<AgentChoice>),
}

/// An agent, in any version or in those named.
#[derive(Debug, Deserialize)]
pub(super) struct AgentChoice {
    agent_id: String,
    #[serde(default)]
    version: Option<Vec<i64>>,
}

/// How a field is compared.
#[derive(Debug, Deserialize)]
pub(super) struct Comparison {
    #[serde(rename = "type")]
    kind: String,
    op: String,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    key: Option<String>,
}

/// The fields with one condition, and where a record has them.
const FIELDS: &[(&str, &str)] = &[
    ("agent_tag", "/agent_tag"),
    ("call_id", "/call_id"),
    ("batch_call_id", "/batch_call_id"),
    ("call_status", "/call_status"),
    ("call_type", "/call_type"),
    ("direction", "/direction"),
    ("disconnection_reason", "/disconnection_reason"),
    ("from_number", "/from_number"),
    ("to_number", "/to_number"),
    ("in_voicemail", "/call_analysis/in_voicemail"),
    ("call_successful", "/call_analysis/call_successful"),
    ("user_sentiment", "/call_analysis/user_sentiment"),
    ("data_storage_setting", "/data_storage_setting"),
    ("start_timestamp", "/start_timestamp"),
    ("end_timestamp", "/end_timestamp"),
    ("duration_ms", "/duration_ms"),
    ("combined_cost", "/call_cost/combined_cost"),
    ("e2e_latency_p50", "/latency/e2e/p50"),
];

/// The objects with a condition for each of some keys.
const OBJECTS: &[(&str, &str)] = &[
    ("metadata", "/metadata"),
    ("dynamic_variables", "/retell_llm_dynamic_variables"),
    ("custom_analysis_data", "/call_analysis/custom_analysis_data"),
];

/// The conditions; `None` if one is not valid.
pub(super) fn parse(criteria: Option<Map<String, Value>>) -> Option<Vec<Condition>> {
    let mut conditions = Vec::new();
    for (name, value) in criteria.into_iter().flatten() {
        if name == "agent" {
            conditions.push(Condition::Agents(serde_json::from_value(value).ok()?));
        } else if let Some((_, pointer)) = OBJECTS.iter().find(|(known, _)| *known == name) {
            for comparison in serde_json::from_value::<Vec<Comparison>>(value).ok()? {
                let key = comparison.key.as_ref()?.replace('~', "~0").replace('/', "~1");
                let pointer = format!("{pointer}/{key}");
                conditions.push(Condition::Field(pointer, comparison.valid()?));
            }
        } else {
            let (_, pointer) = FIELDS.iter().find(|(known, _)| *known == name)?;
            let comparison: Comparison = serde_json::from_value(value).ok()?;
            conditions.push(Condition::Field((*pointer).to_owned(), comparison.valid()?));
        }
    }
    Some(conditions)
}

impl Condition {
    /// Whether a call matches. What a call has at hand is compared without its record.
    pub(super) fn fits(&self, request: &VendorRequest<'_>, call: &CompactCall) -> bool {
        match self {
            Self::Agents(choices) => {
                let agent = &request.data().directory.agents[usize::from(call.agent)].identity.id;
                let is_version = |choice: &AgentChoice| {
                    let versions = choice.version.as_ref();
                    versions.is_none_or(|versions| versions.contains(&record::AGENT_VERSION))
                };
                choices.iter().any(|choice| choice.agent_id == *agent && is_version(choice))
            }
            Self::Field(pointer, comparison) => {
                let value = at_hand(request, call, pointer).unwrap_or_else(|| {
                    let call = request.dataset.materialize(request.vendor, call);
                    let record = record::listed(request, &call);
                    record.pointer(pointer).cloned().unwrap_or(Value::Null)
                });
                comparison.fits(&value)
            }
        }
    }
}

/// The value of a field that needs no record.
fn at_hand(request: &VendorRequest<'_>, call: &CompactCall, pointer: &str) -> Option<Value> {
    let now = request.dataset.now;
    let millis = |micros: i64| json!(micros / MILLISECOND);
    Some(match pointer {
        "/call_status" => json!((request.vendor.status_word)(call.stage(now), call.end)),
        "/direction" => json!(call.direction.map(direction)),
        "/start_timestamp" => millis(call.started),
        "/end_timestamp" => call.ended_by(now).map_or(Value::Null, millis),
        _ => return None,
    })
}

/// The word for a direction.
pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    }
}

impl Comparison {
    /// The comparison, if its operator belongs to its type and its value is of that type.
    fn valid(self) -> Option<Self> {
        let (operators, is_value): (&[&str], _) = match self.kind.as_str() {
            "string" => (&["eq", "ne", "sw", "ew", "co"], self.value.is_string()),
            "number" => (&["eq", "ne", "gt", "ge", "lt", "le"], self.value.is_number()),
            "range" => {
                let bounds = self.value.as_array();
                (&["bt"], bounds.is_some_and(|it| it.len() == 2 && it.iter().all(Value::is_number)))
            }
            "enum" => (&["in"], self.value.is_array()),
            "boolean" => (&["eq"], self.value.is_boolean()),
            "present" => (&["pr", "np"], true),
            _ => return None,
        };
        (is_value && operators.contains(&self.op.as_str())).then_some(self)
    }

    fn fits(&self, value: &Value) -> bool {
        let (text, wanted) = (value.as_str(), self.value.as_str().unwrap_or_default());
        let (number, bound) = (value.as_f64(), self.value.as_f64().unwrap_or_default());
        let is_number = |test: fn(&f64, &f64) -> bool| number.is_some_and(|it| test(&it, &bound));
        match self.op.as_str() {
            "eq" if self.kind == "number" => number == Some(bound),
            "ne" if self.kind == "number" => number != Some(bound),
            "eq" => *value == self.value,
            "ne" => *value != self.value,
            "sw" => text.is_some_and(|text| text.starts_with(wanted)),
            "ew" => text.is_some_and(|text| text.ends_with(wanted)),
            "co" => text.is_some_and(|text| text.contains(wanted)),
            "gt" => is_number(f64::gt),
            "ge" => is_number(f64::ge),
            "lt" => is_number(f64::lt),
            "le" => is_number(f64::le),
            "bt" => {
                let bound = |index: usize| self.value[index].as_f64();
                number.is_some_and(|it| bound(0) <= Some(it) && Some(it) <= bound(1))
            }
            "in" => self.value.as_array().is_some_and(|words| words.contains(value)),
            "pr" => !value.is_null(),
            _ => value.is_null(),
        }
    }
}
