//! What a server says, on its way into one harmless line.

use bytes::Bytes;
use callfold_transport::{Error, Response};
use http::{HeaderMap, HeaderValue, StatusCode};

fn refused(status: u16, headers: &[(&'static str, &[u8])], body: &[u8]) -> String {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_bytes(value).expect("a value that HTTP allows"));
    }
    let status = StatusCode::from_u16(status).expect("a status");
    let response = Response::new(status, map, Bytes::copy_from_slice(body));
    let error: Error = Error::unexpected_status(response);
    let line = error.to_string();
    let acts = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!line.contains(acts), "{line:?}");
    assert!(format!("{error:?}").contains(&line.replace('"', "\\\"")) || line.contains('"'));
    line
}

#[test]
fn message_of_a_server_is_cut_and_cannot_act() {
    let long = format!("{{\"message\":\"{}\"}}", "word ".repeat(200_000));
    let html = format!("<html><title>{}</title>", "\u{1b}[2Jout of order ".repeat(50_000));
    let told = [
        refused(500, &[], br#"{"message":"\u001b]0;owned\u0007\u001b[2Jboo\u202e"}"#),
        refused(500, &[], "{\"message\":\"\u{9b}2J\u{fffb}\u{e0041}boo\"}".as_bytes()),
        refused(400, &[], br#"{"error":"'; DROP TABLE calls; -- %s%n"}"#),
        refused(
            400,
            &[],
            br#"{"detail":[{"loc":["query","\u001b[2Jphone\r\n"],"msg":"not +19195550100"}]}"#,
        ),
        refused(400, &[], br#"{"details":{"missing_fields":["a\u0000b","=cmd|' /C calc'!A0"]}}"#),
        refused(500, &[], long.as_bytes()),
        refused(500, &[], html.as_bytes()),
        refused(500, &[], &vec![b'['; 1_000_000]),
        refused(500, &[], b"\xff\xfe\x1b[2J"),
        refused(500, &[("x-request-id", b"a\xffb\tc d")], b""),
        refused(500, &[("x-request-id", &[b'x'; 5_000])], b""),
        refused(302, &[("location", b"https://user:pw@elsewhere.example.com:8443/x?token=1")], b""),
        refused(302, &[("location", b"javascript:alert(1)")], b""),
        refused(302, &[("location", b"\xff\xfe")], b""),
        refused(429, &[("retry-after", b"99999999999999999999")], b""),
        refused(429, &[("retry-after", b"1e15")], b""),
        refused(429, &[("retry-after", b"-1, 5")], b""),
        refused(429, &[("retry-after-ms", b"\xff")], b""),
        refused(999, &[], b""),
    ];
    let told = told.join("\n");
    insta::assert_snapshot!(told);
}

/// The error for a response 200 whose members are named so.
async fn undecodable(body: &str) -> String {
    use callfold_transport::ResponseValue;
    let body = Bytes::copy_from_slice(body.as_bytes());
    let response = Response::new(StatusCode::OK, HeaderMap::new(), body);
    type Page = callfold_unify::zudu::api::types::CallListResponse;
    let page = ResponseValue::<Page>::from_response(response).await;
    let line = page.map(|_| ()).expect_err("no page").to_string();
    assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
    line
}

#[tokio::test]
async fn pointer_into_a_response_shows_no_foreign_names() {
    let deep = format!("{}{{\"x\":1{}", "{\"data\":".repeat(60), "}".repeat(30));
    let told = [
        undecodable("{\"data\":{\"calls\u{202e}\":[1,}}").await,
        undecodable("{\"data\":{\"\u{1b}[2J\":{\"+19195550100\":tru}}}").await,
        undecodable(r#"{"data":{"id":"\u001b[2Jcall\n7","calls":7,"x":}}"#).await,
        undecodable(&format!(r#"{{"{}":}}"#, "x".repeat(100_000))).await,
        undecodable(&deep).await,
        undecodable(&"[".repeat(1_000_000)).await,
        undecodable("\u{feff}").await,
        undecodable("").await,
    ];
    let told = told.join("\n");
    insta::assert_snapshot!(told);
}
