//! One case a rule: an edit of the example, and all that is found then.

use std::path::Path;

use insta::assert_snapshot;

use crate::load::SpecDocument;
use crate::tests::{EXAMPLE, edited};

/// Diagnostics of the example after replacing each first text by the second.
fn found(edits: &[(&str, &str)]) -> String {
    diagnostics(&edited(edits))
}

fn diagnostics(text: &str) -> String {
    let document = SpecDocument::parse(Path::new("specs/x.yaml"), text).unwrap();
    let lines = super::lint(&document)
        .into_iter()
        .map(|diagnostic| diagnostic.to_string().replacen("specs/x.yaml:", "", 1));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn example_is_in_the_dialect() {
    assert_eq!(diagnostics(EXAMPLE), "");
}

#[test]
fn version() {
    assert_snapshot!(found(&[("openapi: 3.0.3", "openapi: 3.1.0")]), @"1: /openapi: OpenAPI 3.1.0; write `openapi: 3.0.3`, and the document in that version's forms");
}

#[test]
fn server() {
    assert_snapshot!(found(&[("url: https://api.example.com", "url: https://api.example.com/v1")]), @"7: /servers/0/url: the server `https://api.example.com/v1` is not https and a host alone; write `https://HOST`, and a prefix such as `/v1` in each path");
    assert_snapshot!(found(&[("  - url: https://api.example.com\n", "  []\n")]), @"6: /servers: no server; write `servers: [{ url: https://HOST }]`");
}

#[test]
fn security() {
    assert_snapshot!(found(&[("in: header, name: X-API-Key", "in: query, name: key")]), @"88: /components/securitySchemes/ApiKey: credentials that are neither in a header nor a bearer token; write `type: apiKey, in: header, name: HEADER`, or `type: http, scheme: bearer`");
    assert_snapshot!(found(&[("  - ApiKey: []", "  - Key: []\n  - ApiKey")]), @"
    9: /security/0/Key: the security scheme `Key` is not declared; declare it under `components: securitySchemes:`
    10: /security/1: an entry of `security` that is not a mapping; write `- SCHEME: []`
    ");
}

#[test]
fn source_kinds() {
    assert_snapshot!(found(&[("observed: { kind: observed }", "observed: { kind: page }")]), @"12: /x-sources/observed: a page without its `url`; write `url: https://...`, or `kind: observed` or `kind: inferred`");
    assert_snapshot!(found(&[("observed: { kind: observed }", "observed: { kind: seen }")]), @"12: /x-sources/observed/kind: `seen` is not a kind of source; write `page`, `docs`, `observed` or `inferred`");
}

#[test]
fn documentation_may_be_a_package() {
    assert_eq!(
        found(&[("observed: { kind: observed }", "observed: { package: acme-sdk, kind: docs }")]),
        ""
    );
}

#[test]
fn unknown_and_missing_keys() {
    assert_snapshot!(found(&[("  title: Example\n", "  titel: Example\n")]), @"
    2: /info: `info` has no `title`; write `title: TEXT`
    3: /info/titel: `info` has no key `titel` in the dialect; write `title` instead
    ");
    assert_snapshot!(found(&[("      summary: Reads one call.\n", "")]), @"61: /paths/~1v1~1calls~1{id}/get: an operation has no `summary`; write `summary: TEXT`");
    assert_snapshot!(found(&[("CallId: { name", "CallId: { explode: false, name")]), @"90: /components/parameters/CallId/explode: a parameter has no key `explode` in the dialect; remove it; a list in a query is `type: string` and its separator is in the description");
    assert_snapshot!(found(&[("      x-record-id: id", "      x-rust-type: String\n      x-record-id: id")]), @"113: /components/schemas/Call/x-rust-type: a schema has no key `x-rust-type` in the dialect; remove it; the generator chooses the Rust type");
}

#[test]
fn forms_of_openapi_3_1() {
    let cost = "cost: { type: number, format: decimal, nullable: true";
    assert_snapshot!(found(&[(cost, "cost: { type: [number, \"null\"]")]), @"
    122: /components/schemas/Call/properties/cost: the property `cost` of a response may not be null; write `nullable: true`
    122: /components/schemas/Call/properties/cost/type: a list where the dialect has a text; write one type and `nullable: true`; a list of types is OpenAPI 3.1
    ");
    assert_snapshot!(found(&[(cost, "cost: { const: 1, nullable: true")]), @"122: /components/schemas/Call/properties/cost/const: a schema has no key `const` in the dialect; write `enum` with one word");
    assert_snapshot!(found(&[("nullable: true, description: \"Price in US dollars.\", x-source: P1, allOf:", "nullable: true, description: \"Price in US dollars.\", x-source: P1, anyOf:")]), @"123: /components/schemas/Call/properties/price/anyOf: a schema has no key `anyOf` in the dialect; write `oneOf` of exactly two named components");
}

#[test]
fn wrong_types() {
    assert_snapshot!(found(&[("version: \"2026-01-01\"", "version: 1")]), @r#"4: /info/version: a number where the dialect has a text; write "1" instead"#);
    assert_snapshot!(found(&[("required: [id]", "required: id")]), @"
    113: /components/schemas/Call/x-record-id: the record's id `id` is not required; write `required: [id]`
    115: /components/schemas/Call/required: a text where the dialect has a list; write a list instead
    ");
    assert_snapshot!(diagnostics("- a\n"), @"1: a list where the dialect has the document (a mapping); write the document (a mapping) instead");
    assert_snapshot!(diagnostics("openapi: 3.0.3\n"), @"
    1: the document has no `info`; write `info: { ... }`
    1: the document has no `paths`; write `paths: { ... }`
    1: the document has no `servers`; write `servers: [ ... ]`
    1: the document has no `x-sources`; write `x-sources: { ... }`
    ");
}

#[test]
fn references() {
    assert_snapshot!(found(&[("items: { $ref: \"#/components/schemas/Turn\" } }\n        latency", "items: { $ref: \"#/components/schemas/Turns\" } }\n        latency")]), @"128: /components/schemas/Call/properties/turns/items/$ref: `#/components/schemas/Turns` does not exist; write the component under `components: schemas:`, or correct the name");
    assert_snapshot!(found(&[("- $ref: \"#/components/parameters/CallId\"\n    get:\n      operationId: get_call", "- $ref: \"#/components/schemas/CallId\"\n    get:\n      operationId: get_call")]), @r##"
    60: /paths/~1v1~1calls~1{id}/parameters/0/$ref: `#/components/schemas/CallId` is not a reference to a parameter; write "#/components/parameters/NAME" instead
    61: /paths/~1v1~1calls~1{id}/get: the path names `{id}`, which is no parameter; write a parameter `name: id` with `in: path` and `required: true`
    "##);
    assert_snapshot!(found(&[("- { $ref: \"#/components/schemas/CallPage\" }", "- { $ref: \"#/components/schemas/CallPage\", nullable: true }")]), @"30: /paths/~1v1~1calls/get/responses/200/content/application~1json/schema/oneOf/0: keys beside a `$ref`, which every tool ignores; write `allOf: [{ $ref: ... }]` beside them, or remove them");
}

#[test]
fn component_names() {
    assert_snapshot!(found(&[("    Bounds: {", "    bound_s: {"), ("schemas/Bounds", "schemas/bound_s")]), @"150: /components/schemas/bound_s: `bound_s` is not written as the name of a type; write words without separators, each with one capital, as in `CallPage`");
    assert_snapshot!(found(&[("    Bounds: {", "    Json: {"), ("schemas/Bounds", "schemas/Json")]), @"");
    assert_snapshot!(found(&[("    Bounds: {", "    KnownCallState: {"), ("schemas/Bounds", "schemas/KnownCallState")]), @"131: /components/schemas/CallState: the generator names the known words of `CallState` `KnownCallState`, which exists; write another name instead of `KnownCallState`");
}

#[test]
fn words_are_different_names() {
    assert_snapshot!(found(&[("in_progress, ended]", "in-progress, ended]")]), @"131: /components/schemas/CallState/enum/2: the words `IN_PROGRESS` and `in-progress` are one name in Rust; remove one; it is read as an unlisted word");
    assert_snapshot!(found(&[("enum: [asc, desc]", "enum: [asc, ASC]")]), @"22: /paths/~1v1~1calls/get/parameters/2/schema/enum/1: the words `asc` and `ASC` are one name in Rust; remove one");
}

#[test]
fn property_names() {
    assert_snapshot!(found(&[("        tags: {", "        extra: {")]), @"127: /components/schemas/Call/properties/extra: the generator names the unknown fields of an object `extra`; remove the property; it is read as an unknown field");
    assert_snapshot!(found(&[("        tags: {", "        started_at: {")]), @"127: /components/schemas/Call/properties/started_at: `startedAt` and `started_at` are one field in Rust; remove one; it is read as an unknown field");
}

#[test]
fn operation_ids() {
    assert_snapshot!(found(&[("operationId: get_call", "operationId: getCall")]), @"62: /paths/~1v1~1calls~1{id}/get/operationId: the operation `getCall` is not named verb_noun; write one of list, get, search, stream and what it reads, as in `list_calls`");
    assert_snapshot!(found(&[("operationId: get_call", "operationId: list_calls")]), @"62: /paths/~1v1~1calls~1{id}/get/operationId: the operation `list_calls` exists already, at /v1/calls; write another noun");
}

#[test]
fn one_success() {
    assert_snapshot!(found(&[("\"401\": { description", "\"201\": { description")]), @"23: /paths/~1v1~1calls/get/responses: 2 responses with a status 2xx; write exactly one; two shapes of one response are a `oneOf`");
    assert_snapshot!(found(&[("\"401\": { description", "\"4xx\": { description")]), @"33: /paths/~1v1~1calls/get/responses/4xx: `4xx` is not a status; write three digits, `4XX`, `5XX` or `default`");
}

#[test]
fn media_types() {
    assert_snapshot!(found(&[("            audio/ogg", "            application/json")]), @"82: /paths/~1v1~1calls~1{id}~1recording/get/responses/200/content: JSON and another form in one place; write `application/json` alone, or only forms that are streamed");
    assert_snapshot!(found(&[("audio/mpeg: { schema: { type: string, format: binary } }", "audio/mpeg: { schema: { type: string } }")]), @"83: /paths/~1v1~1calls~1{id}~1recording/get/responses/200/content/audio~1mpeg: `audio/mpeg` is neither JSON nor a stream; write `application/json`, or `schema: { type: string, format: binary }` for a stream");
}

#[test]
fn path_parameters() {
    assert_snapshot!(found(&[("  /v1/calls/{id}:", "  /v1/calls/{key}:")]), @"
    61: /paths/~1v1~1calls~1{key}/get: the path names `{key}`, which is no parameter; write a parameter `name: key` with `in: path` and `required: true`
    61: /paths/~1v1~1calls~1{key}/get: the path parameter `id` is not in the path; write `{id}` in the path, or remove the parameter
    ");
    assert_snapshot!(found(&[("  /v1/calls/{id}:", "  /v1/calls/{id}/:")]), @"58: /paths/~1v1~1calls~1{id}~1: the path is not well-formed; write `/segment/{name}`, from the root, without a final slash, query or empty segment");
    assert_snapshot!(found(&[("in: path, required: true,", "in: path,")]), @"90: /components/parameters/CallId: a path parameter that is not required; write `required: true`");
}

#[test]
fn plain_parameters() {
    assert_snapshot!(found(&[("schema: { type: string, enum: [asc, desc] }", "schema: { type: array, items: { type: string } }")]), @"22: /paths/~1v1~1calls/get/parameters/2/schema: a parameter that is not one plain value; write `type: string`, for a list too, and its separator in the description");
    assert_snapshot!(found(&[("name: order, in: query", "name: order, in: cookie")]), @"22: /paths/~1v1~1calls/get/parameters/2/in: a parameter in `cookie`; write `path`, `query` or `header`");
}

#[test]
fn parameter_names() {
    assert_snapshot!(found(&[("name: order, in: query", "name: timeout, in: query")]), @"15: /paths/~1v1~1calls/get: the parameter `timeout` has the same name in Rust as a method that every request has; remove one");
    assert_snapshot!(found(&[("      requestBody:\n        required: true\n", "      requestBody:\n")]), @"46: /paths/~1v1~1calls/post/requestBody: a body that may be left out; write `required: true`; an empty object is sent where nothing is set");
    assert_snapshot!(found(&[("name: order, in: query", "name: Limit, in: query")]), @"15: /paths/~1v1~1calls/get: the parameter `Limit` has the same name in Rust as limit; remove one");
}

#[test]
fn safe_is_for_post() {
    assert_snapshot!(found(&[("      summary: Reads one call.\n", "      summary: Reads one call.\n      x-safe: true\n")]), @"64: /paths/~1v1~1calls~1{id}/get/x-safe: `x-safe` on a GET, which is safe anyway; remove it");
}

#[test]
fn descriptions_and_sources() {
    assert_snapshot!(found(&[("description: \"Number of calls in all pages.\", ", "")]), @"107: /components/schemas/CallPage/properties/total: the property is not described; write `description: TEXT`, with the unit of a number");
    assert_snapshot!(found(&[("description: \"Words.\", x-source: P1", "description: \"Words.\"")]), @"127: /components/schemas/Call/properties/tags: the property has no source; write `x-source: KEY` with a key of `x-sources` (P1, observed)");
    assert_snapshot!(found(&[("description: \"Words.\", x-source: P1", "description: \"Words.\", x-source: P9")]), @"127: /components/schemas/Call/properties/tags/x-source: the source `P9` is not listed; write a key of `x-sources`, or add it there with `url` and `kind`");
    assert_snapshot!(found(&[("        filter: { description: \"Bounds.\", x-source: P1, allOf: [{ $ref: \"#/components/schemas/Bounds\" }] }", "        filter: { $ref: \"#/components/schemas/Bounds\" }")]), @"149: /components/schemas/CallSearch/properties/filter: a bare `$ref`, beside which no description counts; write `description`, `x-source` and `allOf: [{ $ref: ... }]` instead");
}

#[test]
fn types_and_formats() {
    assert_snapshot!(found(&[("tags: { type: array,", "tags: { type: list,")]), @"
    127: /components/schemas/Call/properties/tags: the type `list`; write `string`, `integer`, `number`, `boolean`, `object` or `array`
    127: /components/schemas/Call/properties/tags/items: `items` of something that is no array; write `type: array`, or remove it
    ");
    assert_snapshot!(found(&[("notes: { type: array,", "notes: {")]), @"126: /components/schemas/Call/properties/notes: a schema without a type; write `type: array`");
    assert_snapshot!(found(&[("id: { type: string,", "id: { type: string, format: uuid,")]), @"117: /components/schemas/Call/properties/id/format: `string` with the format `uuid`; remove it; an identifier is a plain string");
    assert_snapshot!(found(&[("cost: { type: number, format: decimal,", "cost: { type: number,")]), @"122: /components/schemas/Call/properties/cost: `number` without a format; write `format` with one of double, decimal");
    assert_snapshot!(found(&[("format: naive-date-time", "format: datetime")]), @"120: /components/schemas/Call/properties/local_start/format: `string` with the format `datetime`; write one of date-time, naive-date-time, decimal, binary");
}

#[test]
fn enums() {
    assert_snapshot!(found(&[("enum: [asc, desc]", "enum: [asc, asc, 1, null]")]), @r#"
    22: /paths/~1v1~1calls/get/parameters/2/schema/enum/1: "asc" is no word, or stands there already; write each word once, as a text; null is said by `nullable: true`
    22: /paths/~1v1~1calls/get/parameters/2/schema/enum/2: 1 is no word, or stands there already; write each word once, as a text; null is said by `nullable: true`
    22: /paths/~1v1~1calls/get/parameters/2/schema/enum/3: null is no word, or stands there already; write each word once, as a text; null is said by `nullable: true`
    "#);
    assert_snapshot!(found(&[("schema: { type: string, enum: [asc, desc] }", "schema: { type: integer, enum: [1, 2] }")]), @"
    22: /paths/~1v1~1calls/get/parameters/2/schema: `integer` without a format; write `format` with one of int32, int64, uint32, uint64
    22: /paths/~1v1~1calls/get/parameters/2/schema/enum: an `enum` of something that is no text; remove it and name the values in the description
    ");
}

#[test]
fn all_of_is_one_reference() {
    assert_snapshot!(found(&[("allOf: [{ $ref: \"#/components/schemas/Money\" }]", "allOf: [{ $ref: \"#/components/schemas/Money\" }, { $ref: \"#/components/schemas/Money\" }]")]), @"123: /components/schemas/Call/properties/price/allOf: an `allOf` that is not one reference; write all properties in one named component");
    assert_snapshot!(found(&[("    Money: { description: \"An amount, as text or as a number.\", x-source: P1, oneOf: [{ type: string, format: decimal }, { type: number, format: decimal }] }", "    Money: { description: \"An amount.\", x-source: P1, allOf: [{ $ref: \"#/components/schemas/Money\" }] }")]), @"132: /components/schemas/Money: a component that is only another's name; remove it and refer to the other");
}

#[test]
fn one_of_is_two_components() {
    assert_snapshot!(found(&[("{ type: string, format: decimal }, { type: number, format: decimal }", "{ type: string }, { type: number }")]), @"
    132: /components/schemas/Money/oneOf: a `oneOf` that is not two different named components; write exactly two references, the more likely first; for money, the `format: decimal` of `string` and `number`
    132: /components/schemas/Money/oneOf/1: `number` without a format; write `format` with one of double, decimal
    ");
    assert_snapshot!(found(&[("                  - { $ref: \"#/components/schemas/CallPage\" }\n", "                  - { $ref: \"#/components/schemas/CallPage\" }\n                  - { $ref: \"#/components/schemas/Turn\" }\n")]), @"29: /paths/~1v1~1calls/get/responses/200/content/application~1json/schema/oneOf: a `oneOf` that is not two different named components; write exactly two references, the more likely first; for money, the `format: decimal` of `string` and `number`");
    assert_snapshot!(found(&[("oneOf: [{ $ref: \"#/components/schemas/Turn\" }, {", "oneOf: [{ $ref: \"#/components/schemas/CallState\" }, {")]), @"130: /components/schemas/Call/properties/answer/oneOf: `CallState` in a `oneOf` is no object with properties and no array; write components that can be told apart by their shape");
}

#[test]
fn first_alternative_leaves_the_second_something() {
    let page = "                  - { $ref: \"#/components/schemas/CallPage\" }\n";
    let call = "                  - { $ref: \"#/components/schemas/Call\" }\n";
    assert_snapshot!(found(&[(&format!("{page}{call}"), &format!("{call}{page}"))]), @"30: /paths/~1v1~1calls/get/responses/200/content/application~1json/schema/oneOf/0: a record as the first alternative, which takes every value; write the other first");
    assert_snapshot!(found(&[("      required: [items]\n", ""), ("items: { type: array, description: \"The calls.\"", "items: { type: array, nullable: true, description: \"The calls.\"")]), @"30: /paths/~1v1~1calls/get/responses/200/content/application~1json/schema/oneOf/0: a first alternative that takes the second's values; write the property that distinguishes it under `required`, without `nullable`");
}

#[test]
fn component_is_no_alias() {
    assert_snapshot!(found(&[("    Stage: {", "    Step: { $ref: \"#/components/schemas/Stage\" }\n    Stage: {"), ("additionalProperties: { $ref: \"#/components/schemas/Stage\" }", "additionalProperties: { $ref: \"#/components/schemas/Step\" }")]), @"141: /components/schemas/Step: a component that is only another's name; remove it and refer to the other");
}

#[test]
fn secret_is_a_text_or_a_member_of_what_is_received() {
    assert_snapshot!(found(&[("text: { type: string, nullable", "text: { x-secret: true, type: string, nullable")]), @"");
    assert_snapshot!(found(&[("tags: { type: array,", "tags: { x-secret-members: [key], type: array,")]), @"");
    assert_snapshot!(found(&[("tags: { type: array,", "tags: { x-secret: true, type: array,")]), @"127: /components/schemas/Call/properties/tags/x-secret: `x-secret` on something other than a text that is received; write it at a property of a received component, one of `type: string`");
    assert_snapshot!(found(&[("text: { type: string, nullable", "text: { x-secret-members: key, type: string, nullable")]), @"138: /components/schemas/Turn/properties/text/x-secret-members: `x-secret-members` on something that is not received or has no members; write it at a free-form property of a received component");
    assert_snapshot!(found(&[("Stage: { type: object,", "Stage: { x-secret-members: key, type: object,")]), @"141: /components/schemas/Stage/x-secret-members: `x-secret-members` on something that is not received or has no members; write it at a free-form property of a received component");
}

#[test]
fn volatile_is_a_text_that_is_received() {
    assert_snapshot!(found(&[("text: { type: string, nullable", "text: { x-volatile: true, type: string, nullable")]), @"");
    assert_snapshot!(found(&[("tags: { type: array,", "tags: { x-volatile: true, type: array,")]), @"127: /components/schemas/Call/properties/tags/x-volatile: `x-volatile` on something other than a text that is received; write it at a property of a received component, one of `type: string`");
    assert_snapshot!(found(&[("Stage: { type: object,", "Stage: { x-volatile: true, type: object,")]), @"141: /components/schemas/Stage/x-volatile: `x-volatile` on something other than a text that is received; write it at a property of a received component, one of `type: string`");
    assert_snapshot!(found(&[("text: { type: string, nullable", "text: { x-volatile: much, type: string, nullable")]), @"138: /components/schemas/Turn/properties/text/x-volatile: a text where the dialect has `true` or `false`; write `true` or `false` instead");
}

#[test]
fn components_are_used_on_one_side() {
    assert_snapshot!(found(&[("additionalProperties: { $ref: \"#/components/schemas/Stage\" }", "additionalProperties: true")]), @"141: /components/schemas/Stage: no operation leads to `Stage`; remove it, or refer to it");
    assert_snapshot!(found(&[("allOf: [{ $ref: \"#/components/schemas/Bounds\" }]", "allOf: [{ $ref: \"#/components/schemas/Stage\" }]")]), @"
    141: /components/schemas/Stage: `Stage` is both sent and received; write one component for each; only an `enum` may be shared
    150: /components/schemas/Bounds: no operation leads to `Bounds`; remove it, or refer to it
    ");
}

#[test]
fn responses_may_be_null() {
    assert_snapshot!(found(&[("tags: { type: array, nullable: true,", "tags: { type: array,")]), @"127: /components/schemas/Call/properties/tags: the property `tags` of a response may not be null; write `nullable: true`");
    assert_snapshot!(found(&[("id: { type: string,", "id: { type: string, nullable: true,")]), @"117: /components/schemas/Call/properties/id/nullable: the record's id `id` may be null; remove `nullable`; a record without an id cannot be stored");
}

#[test]
fn what_a_request_requires_exists() {
    assert_snapshot!(found(&[("required: [least]", "required: [{}, most]")]), @"
    150: /components/schemas/Bounds/required/0: a required property without a name; write its name
    150: /components/schemas/Bounds/required/1: the required property `most` does not exist; write it under `properties:`, or remove `most`
    ");
    assert_eq!(found(&[("required: [text]", "required: [why]")]), "");
}

#[test]
fn responses_require_only_the_id() {
    assert_snapshot!(found(&[("required: [id]", "required: [id, tags, none]")]), @"
    115: /components/schemas/Call/required/1: the property `tags` of a response is required; remove it from `required`; only the `x-record-id` of a record is
    115: /components/schemas/Call/required/2: the required property `none` does not exist; write it under `properties:`, or remove `none`
    ");
    assert_snapshot!(found(&[("      required: [id]\n", "")]), @"113: /components/schemas/Call/x-record-id: the record's id `id` is not required; write `required: [id]`");
    assert_snapshot!(found(&[("x-record-id: id", "x-record-id: seconds")]), @"
    113: /components/schemas/Call/x-record-id: `seconds` cannot be the id of a record; write the name of a property with `type: string`
    115: /components/schemas/Call/required/0: the property `id` of a response is required; remove it from `required`; only the `x-record-id` of a record is
    117: /components/schemas/Call/properties/id: the property `id` of a response may not be null; write `nullable: true`
    121: /components/schemas/Call/properties/seconds/nullable: the record's id `seconds` may be null; remove `nullable`; a record without an id cannot be stored
    ");
    assert_snapshot!(found(&[("    Problem: { type: object,", "    Problem: { type: object, x-record-id: text,")]), @"98: /components/schemas/Problem/x-record-id: `text` cannot be the id of a record; remove `x-record-id`; no 2xx response leads to this schema");
}

#[test]
fn responses_are_not_checked() {
    assert_snapshot!(found(&[("cost: { type: number,", "cost: { type: number, minimum: 0, default: 0,")]), @"
    122: /components/schemas/Call/properties/cost/default: `default` in a response; remove it and say it in the description; a response is not checked
    122: /components/schemas/Call/properties/cost/minimum: `minimum` in a response; remove it and say it in the description; a response is not checked
    ");
    assert_snapshot!(found(&[("tags: { type: array, nullable: true, description: \"Words.\", x-source: P1, items: { type: string }", "tags: { type: array, nullable: true, description: \"Words.\", x-source: P1, items: { type: string, pattern: a }")]), @"127: /components/schemas/Call/properties/tags/items/pattern: `pattern` in a response; remove it and say it in the description; a response is not checked");
}

#[test]
fn objects_of_responses_are_open() {
    assert_snapshot!(found(&[("    Stage: { type: object,", "    Stage: { type: object, additionalProperties: false,")]), @"141: /components/schemas/Stage/additionalProperties: a response's object that refuses unknown fields; remove it; unknown fields are kept anyway");
    assert_snapshot!(found(&[("    Stage: { type: object,", "    Stage: { type: object, additionalProperties: true,")]), @"141: /components/schemas/Stage/additionalProperties: `additionalProperties` beside `properties` in a response; remove it; unknown fields are kept anyway");
    assert_snapshot!(found(&[("additionalProperties: { $ref: \"#/components/schemas/Stage\" }", "additionalProperties: { type: array, items: { $ref: \"#/components/schemas/Stage\" } }")]), @"129: /components/schemas/Call/properties/latency/additionalProperties: a mapping whose values are neither plain nor a named component; write `{ $ref: ... }`, or `true` where anything may stand");
}

#[test]
fn responses_have_named_objects_and_words() {
    assert_snapshot!(found(&[("items: { type: string } }", "items: { type: object, properties: { a: { type: string, nullable: true, description: A., x-source: P1 } } } }")]), @"127: /components/schemas/Call/properties/tags/items: an object without a name in a response; write it under `components: schemas:` and refer to it");
    assert_snapshot!(found(&[("items: { type: string } }", "items: { type: string, enum: [a, b] } }")]), @"127: /components/schemas/Call/properties/tags/items/enum: words without a name in a response; write them under `components: schemas:` and refer to them with `allOf`");
}
