use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use super::*;
use crate::tests::{EXAMPLE, edited};

fn prepared(text: &str) -> PreparedDocument {
    prepare(&SpecDocument::parse(Path::new("specs/x.yaml"), text).unwrap())
}

/// What stands at `pointer` in the prepared example, without descriptions.
fn at(pointer: &str) -> String {
    fn plain(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let said =
                    map.iter().filter(|(key, value)| *key != "description" || !value.is_string());
                Value::Object(said.map(|(key, value)| (key.clone(), plain(value))).collect())
            }
            Value::Array(list) => list.iter().map(plain).collect(),
            other => other.clone(),
        }
    }
    let document = prepared(EXAMPLE).document;
    plain(document.pointer(pointer).unwrap_or(&Value::Null)).to_string()
}

fn schema(path: &str) -> String {
    at(&format!("/components/schemas/{path}"))
}

#[test]
fn only_reachable_components_and_runtime_types_remain() {
    let document = prepared(EXAMPLE).document;
    let names = document["components"]["schemas"].as_object().unwrap().keys().cloned();
    assert_snapshot!(names.collect::<Vec<_>>().join(" "), @"Bounds ByName.Stage Call CallPage CallSearch KnownCallState Lenient.Call OneOf.CallPage.Lenient.Call OneOf.Turn.TurnList Open.KnownCallState Pagination RawJson RawNumber Stage Turn TurnList");
    assert_snapshot!(at("/paths/~1v1~1calls/get/responses"), @r##"{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/OneOf.CallPage.Lenient.Call"}}}}}"##);
}

#[test]
fn records_are_lenient_and_keep_what_is_unknown() {
    assert_snapshot!(schema("Lenient.Call"), @r##"{"x-rust-type":{"crate":"callfold-record","parameters":[{"$ref":"#/components/schemas/Call"}],"path":"callfold_record::Lenient","version":"*"}}"##);
    assert_snapshot!(schema("CallPage/properties/items"), @r##"{"items":{"$ref":"#/components/schemas/Lenient.Call"},"type":"array"}"##);
    assert_snapshot!(schema("Call/additionalProperties"), @"{}");
    assert_snapshot!(schema("Turn/additionalProperties"), @"{}");
    assert_snapshot!(schema("CallPage/additionalProperties"), @"null");
    assert_snapshot!(schema("Call/required"), @r#"["id"]"#);
}

#[test]
fn words_are_open_in_answers_and_closed_in_requests() {
    assert_snapshot!(schema("Call/properties/state"), @r##"{"allOf":[{"$ref":"#/components/schemas/Open.KnownCallState"}],"nullable":true}"##);
    assert_snapshot!(schema("Open.KnownCallState"), @r##"{"x-rust-type":{"crate":"callfold-record","parameters":[{"$ref":"#/components/schemas/KnownCallState"}],"path":"callfold_record::OpenEnum","version":"*"}}"##);
    assert_snapshot!(schema("KnownCallState"), @r#"{"enum":["IN_PROGRESS","ENDED"],"type":"string"}"#);
    assert_snapshot!(schema("CallSearch/properties/states"), @r##"{"items":{"$ref":"#/components/schemas/KnownCallState"},"type":"array"}"##);
}

#[test]
fn values_without_a_plain_type_are_of_the_runtime() {
    assert_snapshot!(schema("Call/properties/cost"), @r##"{"allOf":[{"$ref":"#/components/schemas/RawNumber"}],"nullable":true}"##);
    assert_snapshot!(schema("Call/properties/price"), @r##"{"allOf":[{"$ref":"#/components/schemas/RawNumber"}],"nullable":true}"##);
    assert_snapshot!(schema("Call/properties/metadata"), @r##"{"allOf":[{"$ref":"#/components/schemas/RawJson"}],"nullable":true}"##);
    assert_snapshot!(schema("Call/properties/analysis"), @r##"{"allOf":[{"$ref":"#/components/schemas/RawJson"}],"nullable":true}"##);
    assert_snapshot!(schema("Call/properties/notes"), @r##"{"allOf":[{"$ref":"#/components/schemas/RawJson"}],"nullable":true}"##);
    assert_snapshot!(schema("Call/properties/latency"), @r##"{"allOf":[{"$ref":"#/components/schemas/ByName.Stage"}],"nullable":true}"##);
    assert_snapshot!(schema("ByName.Stage"), @r##"{"x-rust-type":{"crate":"std","parameters":[{"type":"string"},{"$ref":"#/components/schemas/Stage"}],"path":"std::collections::BTreeMap","version":"*"}}"##);
    assert_snapshot!(schema("Call/properties/answer"), @r##"{"allOf":[{"$ref":"#/components/schemas/OneOf.Turn.TurnList"}],"nullable":true}"##);
    assert_snapshot!(schema("OneOf.CallPage.Lenient.Call"), @r##"{"x-rust-type":{"crate":"callfold-record","parameters":[{"$ref":"#/components/schemas/CallPage"},{"$ref":"#/components/schemas/Lenient.Call"}],"path":"callfold_record::OneOf","version":"*"}}"##);
    assert_snapshot!(schema("RawJson"), @r#"{"x-rust-type":{"crate":"callfold-record","parameters":[],"path":"callfold_record::RawJson","version":"*"}}"#);
}

#[test]
fn plain_values_stay() {
    assert_snapshot!(schema("Call/properties/startedAt"), @r#"{"format":"date-time","nullable":true,"type":"string"}"#);
    assert_snapshot!(schema("Call/properties/local_start"), @r#"{"format":"naive-date-time","nullable":true,"type":"string"}"#);
    assert_snapshot!(schema("Call/properties/turns"), @r##"{"items":{"$ref":"#/components/schemas/Turn"},"nullable":true,"type":"array"}"##);
    assert_snapshot!(schema("Call/properties/tags"), @r#"{"items":{"type":"string"},"nullable":true,"type":"array"}"#);
}

#[test]
fn mapping_with_values_that_may_be_null_has_options() {
    let text = edited(&[(
        "additionalProperties: { $ref: \"#/components/schemas/Stage\" }",
        "additionalProperties: { nullable: true, allOf: [{ $ref: \"#/components/schemas/Stage\" }] }",
    )]);
    let fields = prepared(&text).fields;
    let latency = fields.into_iter().find(|field| field.property.as_deref() == Some("latency"));
    assert_snapshot!(latency.unwrap().rust, @"::std::collections::BTreeMap<::std::string::String,::std::option::Option<Stage>>");
}

#[test]
fn requests_lose_their_limits() {
    assert_snapshot!(at("/paths/~1v1~1calls/get/parameters"), @r#"[{"in":"query","name":"limit","schema":{"format":"uint32","type":"integer"}},{"in":"query","name":"after","schema":{"format":"date-time","type":"string"}},{"in":"query","name":"order","schema":{"enum":["asc","desc"],"type":"string"}},{"in":"query","name":"offset","schema":{"format":"uint32","type":"integer"}}]"#);
    assert_snapshot!(schema("CallSearch/properties/limit"), @r#"{"format":"uint32","type":"integer"}"#);
    assert_snapshot!(schema("Bounds"), @r#"{"properties":{"least":{"format":"int64","type":"integer"}},"required":["least"],"type":"object"}"#);
    assert_snapshot!(at("/paths/~1v1~1calls/post/requestBody"), @r##"{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/CallSearch"}}},"required":true}"##);
}

#[test]
fn shared_parameters_and_bare_arrays_are_written_out() {
    assert_snapshot!(at("/paths/~1v1~1calls~1{id}/get/parameters"), @r#"[{"in":"path","name":"id","required":true,"schema":{"type":"string"}}]"#);
    assert_snapshot!(at("/paths/~1v1~1calls/post/responses"), @r##"{"200":{"content":{"application/json":{"schema":{"items":{"$ref":"#/components/schemas/Lenient.Call"},"type":"array"}}}}}"##);
    assert_snapshot!(at("/paths/~1v1~1calls~1{id}~1recording/get/responses"), @r#"{"200":{"content":{"audio/mpeg":{"schema":{"format":"binary","type":"string"}},"audio/ogg":{"schema":{"format":"binary","type":"string"}}}}}"#);
}

#[test]
fn descriptions_name_their_sources() {
    let document = prepared(EXAMPLE).document;
    let text =
        |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    assert_snapshot!(text("/components/schemas/Call/description"), @"
    One call.

    Source: <https://docs.example.com/calls>, observed
    ");
    assert_snapshot!(text("/components/schemas/Call/properties/state/description"), @"
    State of the call.

    Source: <https://docs.example.com/calls>
    ");
    assert_snapshot!(text("/paths/~1v1~1calls~1{id}/get/description"), @"
    Nothing is left out.

    Source: <https://docs.example.com/calls>, observed
    ");
    assert_snapshot!(text("/paths/~1v1~1calls/get/parameters/0/description"), @"
    Records per page.

    Source: <https://docs.example.com/calls>

    Default: 50. Maximum: 100.
    ");
}
