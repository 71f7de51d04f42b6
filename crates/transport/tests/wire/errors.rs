//! Every shape of failure gives a kind, and a line a person can act on.

use crate::vendor::{KEY, builder, client};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok, response};
use callfold_transport::{Error, ErrorKind};

async fn failure(status: &str, body: &str) -> Error {
    let server =
        RawServer::start(vec![ServerAction::Send(response(status, "", body.as_bytes()))]).await;
    let client = builder(&server.url).retries(0).build().unwrap();
    client.get_item("x").await.unwrap_err()
}

#[tokio::test]
async fn error_bodies_give_a_message() {
    use ErrorKind::{
        Forbidden, InvalidRequest, NotFound, RateLimited, Timeout, Unauthorized, Unavailable,
    };
    for (status, body, kind, message) in [
        (
            "401 X",
            r#"{"error":"Authentication failed"}"#,
            Unauthorized,
            Some("Authentication failed"),
        ),
        (
            "403 X",
            r#"{"success":false,"message":"No access","error":{"code":"FORBIDDEN","message":"Scope calls:read is missing","details":{}}}"#,
            Forbidden,
            Some("No access: Scope calls:read is missing"),
        ),
        (
            "400 X",
            r#"{"status":"error","error_message":"no longer supported"}"#,
            InvalidRequest,
            Some("no longer supported"),
        ),
        ("402 X", r#"{"detail":"Wallet too low"}"#, Forbidden, Some("Wallet too low")),
        (
            "404 X",
            r#"{"status_code":404,"error":"Not Found","message":"Audio file not found","code":"NOT_FOUND"}"#,
            NotFound,
            Some("Audio file not found: Not Found"),
        ),
        (
            "404 X",
            r#"{"message":"Call not found","status":"error","error":"no such id"}"#,
            NotFound,
            Some("Call not found: no such id"),
        ),
        (
            "404 X",
            r#"{"transcript":"Transcript not found","status_code":404,"function":"get"}"#,
            NotFound,
            None,
        ),
        ("410 X", "", NotFound, None),
        (
            "400 X",
            r#"{"code":3,"message":"bad argument","details":[]}"#,
            InvalidRequest,
            Some("bad argument"),
        ),
        (
            "400 X",
            r#"{"error":{"code":"invalid_request","message":"phone_number is required","details":{"missing_fields":["phone_number"]}}}"#,
            InvalidRequest,
            Some("phone_number is required"),
        ),
        ("422 X", r#"{"detail":{"error":"bad page"}}"#, InvalidRequest, Some("bad page")),
        ("400 X", r#"["first complaint","second"]"#, InvalidRequest, Some("first complaint")),
        ("400 X", r#""just text""#, InvalidRequest, Some("just text")),
        ("429 X", "slow down", RateLimited, Some("slow down")),
        ("408 X", "", Timeout, None),
        (
            "500 X",
            r#"{"detail":"Invalid client_id format"}"#,
            Unavailable,
            Some("Invalid client_id format"),
        ),
        (
            "502 X",
            "<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>",
            Unavailable,
            Some("an HTML page: 502 Bad Gateway"),
        ),
        (
            "503 X",
            "<!DOCTYPE html><html><body><h1>Be right back</h1></body></html>",
            Unavailable,
            Some("an HTML page: Be right back"),
        ),
        ("503 X", "<html></html>", Unavailable, Some("an HTML page")),
        ("500 X", "", Unavailable, None),
        ("500 X", "{\"message\":\"cut", Unavailable, None),
        ("500 X", "null", Unavailable, None),
    ] {
        let error = failure(status, body).await;
        assert_eq!(error.kind(), kind, "{body}");
        assert_eq!(error.message(), message, "{body}");
        assert_eq!(error.body().unwrap(), body.as_bytes());
        let line = error.to_string();
        assert!(line.starts_with("acme get_item: "), "{line}");
        assert!(!line.ends_with('.') && !line.contains('\n'), "{line}");
    }
}

#[tokio::test]
async fn error_codes_are_kept() {
    for (body, code) in [
        (r#"{"code":16,"message":"x"}"#, "16"),
        (r#"{"error":{"code":"FORBIDDEN","message":"x"}}"#, "FORBIDDEN"),
        (r#"{"error":"x","code":"NOT_FOUND"}"#, "NOT_FOUND"),
    ] {
        assert_eq!(failure("400 X", body).await.code(), Some(code));
    }
}

#[tokio::test]
async fn field_errors_are_named() {
    let body = r#"{"detail":[{"loc":["query","page"],"msg":"value is not a valid integer","type":"type_error.integer"},{"loc":["body",0,"limit"],"msg":"too large","type":"value_error"}]}"#;
    let error = failure("422 X", body).await;
    let fields: Vec<_> =
        error.field_errors().iter().map(|f| (f.field.as_str(), f.message.as_str())).collect();
    assert_eq!(
        fields,
        [("query.page", "value is not a valid integer"), ("body.0.limit", "too large")]
    );
    assert_eq!(error.field_errors()[0].code.as_deref(), Some("type_error.integer"));
    assert_eq!(
        error.to_string(),
        "acme get_item: the vendor rejected the request as invalid (422): \
         query.page: value is not a valid integer, body.0.limit: too large"
    );
    let body = r#"{"error":{"code":"invalid_request","message":"m","details":{"missing_fields":["phone"]}}}"#;
    assert_eq!(failure("400 X", body).await.field_errors()[0].field, "phone");
}

#[tokio::test]
async fn request_ids_are_kept() {
    for header in ["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"] {
        let act = ServerAction::Send(response("404 X", &format!("{header}: req-42\r\n"), b""));
        let server = RawServer::start(vec![act]).await;
        let error = client(&server.url).get_item("x").await.unwrap_err();
        assert_eq!(error.request_id(), Some("req-42"), "{header}");
        assert_eq!(error.to_string(), "acme get_item: not found (404) (request id req-42)");
        let sent = &server.requests()[0];
        let ours = error.client_request_id().unwrap();
        assert!(sent.contains(&format!("x-client-request-id: {ours}\r\n")));
    }
    let server = RawServer::start(vec![ServerAction::Send(response(
        "200 OK",
        "x-request-id: r-1\r\n",
        br#"{"id":"a"}"#,
    ))])
    .await;
    let answer = client(&server.url).get_item("x").await.unwrap();
    assert_eq!(answer.request_id().as_deref(), Some("r-1"));
}

#[tokio::test]
async fn key_that_a_server_echoes_is_never_printed() {
    let part = &KEY[2..10];
    let place = format!(r#"{{"data":[],"{KEY}":1,"pagination":7,"id":"{KEY}"}}"#);
    for (status, headers, body) in [
        ("404 X", format!("x-request-id: {KEY}\r\n"), String::new()),
        ("404 X", format!("x-request-id: r-1;{part}\r\n"), String::new()),
        ("503 X", format!("cf-ray: {}\r\n", KEY.to_uppercase()), String::new()),
        ("302 X", format!("location: https://{KEY}.example.com/\r\n"), String::new()),
        ("400 X", String::new(), format!(r#"{{"message":"key {part}… is unknown"}}"#)),
        ("400 X", String::new(), format!(r#"{{"detail":[{{"loc":["{KEY}"],"msg":"no"}}]}}"#)),
        ("200 X", format!("x-request-id: {KEY}\r\n"), "[]".to_owned()),
        ("200 X", String::new(), place),
        ("200 X", String::new(), format!(r#"{{"data":{{"id":"{KEY}"}}}}"#)),
    ] {
        let act = ServerAction::Send(response(status, &headers, body.as_bytes()));
        let server = RawServer::start(vec![act]).await;
        let client = builder(&server.url).retries(0).build().unwrap();
        let error = match client.search_items().await {
            Ok(answer) => {
                assert!(!format!("{:?}", answer.request_id()).contains(part));
                continue;
            }
            Err(error) => error,
        };
        let told = format!("{error} {error:?} {:?}", error.request_id()).to_lowercase();
        assert!(!told.contains(part), "{told}");
    }
}

#[tokio::test]
async fn success_status_with_a_failure_body_is_an_error() {
    use ErrorKind::{NotFound, Unauthorized, Vendor};
    for (body, kind, line) in [
        (
            r#"{"success":false,"message":"quota exceeded"}"#,
            Vendor,
            "acme search_items: the vendor reported an error (200): \"quota exceeded\"",
        ),
        (
            r#"{"message":"Failed to list","status":"error","error":"db timeout"}"#,
            Vendor,
            "acme search_items: the vendor reported an error (200): \"Failed to list: db timeout\"",
        ),
        (
            r#"{"transcript":"not found","status_code":404,"function":"f"}"#,
            NotFound,
            "acme search_items: not found: the body reports status 404 (200)",
        ),
        (
            r#"{"status_code":401,"message":"bad key"}"#,
            Unauthorized,
            "acme search_items: the vendor rejected the credentials: the body reports status 401 \
             (200): \"bad key\"; check the key",
        ),
        (r#"{"success" : false}"#, Vendor, "acme search_items: the vendor reported an error (200)"),
    ] {
        let server = RawServer::start(vec![ServerAction::Send(ok(body))]).await;
        let error = client(&server.url).search_items().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{body}");
        assert_eq!(error.to_string(), line);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn success_is_not_mistaken_for_failure() {
    for body in [
        r#"{"success":true,"data":[]}"#,
        r#"{"data":[{"id":"a","success":false,"status":"error","status_code":500}]}"#,
        r#"{"data":[],"status":"success","error":null,"message":"ok"}"#,
        r#"{"data":[],"status":"error"}"#,
        r#"{"data":[],"status_code":200}"#,
    ] {
        let server = RawServer::start(vec![ServerAction::Send(ok(body))]).await;
        client(&server.url).search_items().await.unwrap_or_else(|e| panic!("{body}: {e}"));
    }
}

#[tokio::test]
async fn record_with_words_of_failure_is_a_record() {
    for body in [
        r#"{"id":"a","count":3,"success":false,"message":"no answer"}"#,
        r#"{"id":"a","count":3,"status":"error","error":"carrier","message":"down"}"#,
        r#"{"id":"a","count":3,"status_code":404}"#,
        r#"{ "status_code":503, "success":false, "count":3, "id":"a" } "#,
        r#"{"id":7,"count":3,"success":false}"#,
    ] {
        let server = RawServer::start(vec![ServerAction::Send(ok(body))]).await;
        let answer = client(&server.url).get_item("a").await;
        let record = answer.unwrap_or_else(|error| panic!("{body}: {error}")).into_inner();
        assert_eq!(record.get().unwrap().count, Some(3), "{body}");
        assert_eq!(record.raw().get(), body.trim());
    }
}

#[tokio::test]
async fn failure_without_an_id_is_no_record() {
    use ErrorKind::{NotFound, Vendor};
    for (body, kind) in [
        (r#"{"status_code":404,"error":"Not Found","message":"no such call"}"#, NotFound),
        (r#"{"success":false,"id":null}"#, Vendor),
        (r#"{"success":false,"data":{"id":"a"}}"#, Vendor),
        (r#"{"status":"error","error":"db","data":[{"id":"a"}]}"#, Vendor),
    ] {
        let server = RawServer::start(vec![ServerAction::Send(ok(body))]).await;
        let error = client(&server.url).get_item("a").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{body}");
    }
}

#[tokio::test]
async fn answer_not_as_specified_names_the_place() {
    for (body, path, line) in [
        (
            r#"{"data":"none","pagination":{"total":0}}"#,
            "/data",
            "acme search_items: the response does not match the schema (200): \
             at /data expected an array, found string",
        ),
        (
            r#"{"data":{"id":"a"}}"#,
            "/data",
            "acme search_items: the response does not match the schema (200): \
             at /data expected an array, found object, record a",
        ),
        (
            r#""nothing here""#,
            "",
            "acme search_items: the response does not match the schema (200): \
             expected an object, found string",
        ),
        (
            "<html><title>Login</title></html>",
            "",
            "acme search_items: the response does not match the schema (200): \
             the text is not valid JSON: \"an HTML page: Login\" (after 5 attempts)",
        ),
        (
            "",
            "",
            "acme search_items: the response does not match the schema: the body is empty (200): \
             the text ends early, the response was cut off (after 5 attempts)",
        ),
        (
            "{\"data\":[]} trailing",
            "",
            "acme search_items: the response does not match the schema (200): \
             the text is not valid JSON",
        ),
    ] {
        let server = RawServer::start(vec![ServerAction::Send(ok(body))]).await;
        let error = client(&server.url).search_items().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert_eq!(error.json_path(), Some(path), "{body}");
        assert_eq!(error.to_string(), line);
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn huge_error_body_is_read_in_part_only() {
    let body = format!("{{\"message\":\"{}\"}}", "x".repeat(1_000_000));
    let error = failure("500 X", &body).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.body().unwrap().len(), 64 * 1024);
}
