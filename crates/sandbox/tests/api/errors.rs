//! Each documented error, with its body.

use super::{BASE, get, headers, json_of, keys, request, service};
use http::HeaderMap;
use serde_json::{Value, json};

/// Sends a request and compares status and body.
#[track_caller]
fn check(path: &str, status: u16, body: &Value) {
    assert_eq!(json_of(&get(&service(20), path), status), *body, "{path}");
}

#[test]
fn invalid_credentials_get_each_vendors_error() {
    let service = service(3);
    let ravan = json!({ "code": 16, "message": "API key is missing or invalid", "details": [] });
    let zudu = json!({
        "message": "Unauthorized",
        "status": "error",
        "error": "API key or secret is missing or invalid",
    });
    let vozagent = json!({ "error": {
        "code": "unauthorized", "message": "The API key is missing or invalid", "details": {},
    } });
    let rows = [
        ("/vaani/api/call-history", json!({ "detail": "Invalid or missing API key" })),
        ("/ravan/api/v1/calling/phone-history", ravan.clone()),
        ("/ravan/api/v1/calling/call-sessions", ravan),
        ("/vozagent/v1/calls", vozagent),
        ("/agentvoice/api/calls", json!({ "error": "Authentication failed" })),
        ("/zudu/api/calls", zudu),
    ];
    for (path, body) in rows {
        let mut halves: Vec<HeaderMap> = vec![HeaderMap::new()];
        let vendor = path.split('/').nth(1).unwrap();
        for name in keys(vendor).keys() {
            let mut without = keys(vendor);
            without.remove(name);
            halves.push(without);
            let mut wrong = keys(vendor);
            wrong.insert(name, "nonsense".parse().unwrap());
            halves.push(wrong);
        }
        for headers in halves {
            let response = service.respond(&request("GET", path, headers, ""));
            assert_eq!(json_of(&response, 401), body, "{path}");
        }
    }
}

#[test]
fn ravan_accepts_a_token_instead_of_the_key() {
    let service = service(3);
    let token = headers(&[("authorization", "Bearer sandbox-token")]);
    for path in [
        "/ravan/api/v1/calling/phone-history?phone=%2B19195550100",
        "/ravan/api/v1/calling/call-sessions",
    ] {
        let response = service.respond(&request("GET", path, token.clone(), ""));
        assert_eq!(response.status(), 200, "{path}");
    }
}

#[test]
fn vaani_reports_each_invalid_parameter() {
    let problem = |name: &str, msg: &str, kind: &str| json!({ "loc": ["query", name], "msg": msg, "type": kind });
    let integer = "value is not a valid integer";
    check(
        "/vaani/api/call-history?page=abc",
        422,
        &json!({ "detail": [problem("page", integer, "type_error.integer")] }),
    );
    let least = "ensure this value is greater than or equal to 1";
    let most = "ensure this value is less than or equal to 200";
    check(
        "/vaani/api/call-history?page=0&page_size=201",
        422,
        &json!({ "detail": [
            problem("page", least, "value_error.number.not_ge"),
            problem("page_size", most, "value_error.number.not_le"),
        ] }),
    );
}

#[test]
fn vaani_has_three_not_found_errors() {
    let transcript = json!({
        "transcript": "Transcript not found in Azure Blob Storage",
        "status_code": 404,
        "function": "get_transcript",
    });
    check("/vaani/api/transcript/outbound-1-00000000", 404, &transcript);
    let stream = json!({
        "status_code": 404, "error": "Not Found", "message": "Audio file not found", "code": "NOT_FOUND",
    });
    check("/vaani/api/stream/outbound-1-00000000", 404, &stream);
    check("/vaani/api/call_details/x", 404, &json!({ "detail": "Call not found" }));
    check("/vaani/api/nothing", 404, &json!({ "detail": "Not Found" }));
}

#[test]
fn ravan_rejects_arguments_with_gateway_errors() {
    let rows = [
        ("phone-history", "phone is required"),
        ("phone-history?phone=", "phone is required"),
        // An unescaped plus sign is a space.
        ("phone-history?phone=+19195550100", "phone must be in E.164 format"),
        ("phone-history?phone=%2B1&page_size=101", "page_size must be between 1 and 100"),
        (
            "call-sessions?page=abc",
            "type mismatch, parameter: page, error: strconv.ParseInt: parsing \"abc\": invalid syntax",
        ),
        ("call-sessions?page=0", "page must be 1 or more"),
        ("call-sessions?sort_order=up", "sort_order must be asc or desc"),
        ("call-sessions?started_after=yesterday", "started_after must be an ISO 8601 time"),
    ];
    for (path, message) in rows {
        let path = format!("/ravan/api/v1/calling/{path}");
        check(&path, 400, &json!({ "code": 3, "message": message, "details": [] }));
    }
}

#[test]
fn ravan_reports_an_unknown_session_as_a_service_error() {
    let message = "call session not found";
    let body = json!({
        "success": false,
        "message": message,
        "error": { "code": "NOT_FOUND", "message": message, "details": {} },
    });
    check("/ravan/api/v1/calling/call-sessions-detail/x", 404, &body);
}

#[test]
fn vozagent_errors_name_the_parameter() {
    let rows = [
        ("limit=101", "limit", "limit must be between 0 and 100"),
        ("limit=-1", "limit", "limit must be between 0 and 100"),
        ("offset=x", "offset", "offset must be 0 or more"),
        ("status=done", "status", "status must be one of completed, in-progress, failed"),
        ("call_type=web", "call_type", "call_type must be one of inbound, outbound"),
    ];
    for (query, name, message) in rows {
        let value = query.split_once('=').unwrap().1;
        let error = json!({
            "code": "invalid_request",
            "message": message,
            "details": { "parameter": name, "value": value },
        });
        check(&format!("/vozagent/v1/calls?{query}"), 400, &json!({ "error": error }));
    }
    let error =
        json!({ "code": "not_found", "message": "Call not found", "details": { "id": "call-x" } });
    check("/vozagent/v1/calls/call-x", 404, &json!({ "error": error }));
}

#[test]
fn agentvoice_errors_name_the_parameter() {
    for query in [
        "order_by=name",
        "order=up",
        "limit=101",
        "limit=0",
        "offset=-1",
        "fields=some",
        "include=all",
        "from=today",
        "to=2026",
        "call_type=web",
        "most_recent=maybe",
    ] {
        let name = query.split_once('=').unwrap().0;
        let text = format!("Invalid {name} parameter");
        check(&format!("/agentvoice/api/calls?{query}"), 400, &json!({ "error": text }));
    }
    check("/agentvoice/api/calls/x", 404, &json!({ "error": "Call not found" }));
    let none = json!({ "error": "No calls found matching criteria" });
    check("/agentvoice/api/calls?most_recent=true&status=lost", 404, &none);
}

#[test]
fn zudu_validates_query_and_body() {
    let error =
        |text: &str| json!({ "message": "Validation failed", "status": "error", "error": text });
    check("/zudu/api/calls?page=x", 400, &error("page must be a number from 0 on"));
    check("/zudu/api/calls?limit=101", 400, &error("limit must be between 1 and 100"));
    check(
        "/zudu/api/calls?sort_order=desc",
        400,
        &error("sort_order must be ascending or descending"),
    );
    let service = service(3);
    for body in ["", "{", "[1]", r#"{"filter_criteria":{"call_status":"ended"}}"#] {
        let request = request("POST", "/zudu/api/calls", keys("zudu"), body);
        let answer = json_of(&service.respond(&request), 400);
        assert_eq!(answer["message"], "Validation failed", "{body}");
    }
}

#[test]
fn zudu_finds_a_call_by_its_public_id_only() {
    let service = service(3);
    let call = service.dataset().truths("zudu").next().unwrap();
    let public = call.id.as_str();
    let answer = super::get_json(&service, &format!("/zudu/api/calls/{public}"));
    assert_eq!(answer["data"]["call_id"], call.id.as_str());
    let other = call.alternate_id.as_deref().unwrap();
    let answer = json_of(&get(&service, &format!("/zudu/api/calls/{other}")), 404);
    assert_eq!(answer["message"], "Call not found");
    assert_eq!(answer["status"], "error");
}

#[test]
fn write_methods_are_refused() {
    let service = service(3);
    let response = service.respond(&request("DELETE", "/zudu/api/calls/x", keys("zudu"), ""));
    assert_eq!(response.status(), 405);
    let response = service.respond(&request("POST", "/vaani/api/call-history", keys("vaani"), ""));
    assert_eq!(json_of(&response, 405), json!({ "detail": "Method Not Allowed" }));
    let response = get(&service, "/nothing/here");
    assert_eq!(response.status(), 404);
    assert!(!BASE.ends_with('/'));
}
