//! Responses that are no success: what becomes of their status, headers and body.

use super::pages::is_one_harmless_line;
use bytes::Bytes;
use callfold_transport::{Error, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// Takes any bytes for a refusal: its status, header lines up to an empty one,
/// and its body.
pub(crate) fn check_error_response(data: &[u8]) {
    let Some((status, rest)) = data.split_first_chunk::<2>() else { return };
    let status = 100 + u16::from_le_bytes(*status) % 900;
    let Ok(status) = StatusCode::from_u16(status) else { return };
    let (headers, body) = split_headers(rest);
    let response = Response::new(status, headers, Bytes::copy_from_slice(body));
    let error: Error = Error::unexpected_status(response);
    is_one_harmless_line(&error.to_string());
    is_one_harmless_line(&format!("{error:?}"));
    for field in error.field_errors() {
        assert!(format!("{field:?}").len() < data.len() * 8 + 200);
    }
    assert_eq!(error.http_status(), Some(status.as_u16()));
    assert_eq!(error.body().map(|kept| kept.as_ref()), Some(body), "the body is kept");
    if let Some(wait) = error.retry_after() {
        assert!(!wait.is_zero(), "a wait of nothing");
    }
}

fn split_headers(mut rest: &[u8]) -> (HeaderMap, &[u8]) {
    let mut headers = HeaderMap::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
        let name = HeaderName::from_bytes(&line[..colon]);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&line[colon + 1..])) {
            headers.insert(name, value);
        }
    }
    (headers, rest)
}

/// Every refusal of the fixtures, with and without a word on when to come back.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    const HEADERS: [&str; 6] = [
        "",
        "retry-after:120\n",
        "retry-after:Wed, 21 Oct 2099 07:28:00 GMT\ndate:Wed, 21 Oct 2099 07:26:00 GMT\n",
        "retry-after-ms:1500\nx-request-id:req-7\n",
        "location:https://elsewhere.example.com/x?token=1\n",
        "retry-after:1e300\nretry-after-ms:-1\n",
    ];
    let mut seeds = Vec::new();
    for vendor in super::VENDORS.iter().copied() {
        for fixture in
            callfold_test_support::fixtures::load(vendor).iter().filter(|found| found.status != 200)
        {
            let header = HEADERS[seeds.len() % HEADERS.len()];
            let status = (fixture.status - 100).to_le_bytes();
            seeds.push([&status, header.as_bytes(), b"\n", fixture.payload().as_bytes()].concat());
        }
    }
    seeds
}

/// The headers and members that are looked for.
pub(crate) fn words() -> Vec<String> {
    const WORDS: [&str; 24] = [
        "retry-after:",
        "retry-after-ms:",
        "date:",
        "location:https://",
        "x-request-id:",
        " GMT",
        "Wed, 21 Oct 2099 07:28:00 GMT",
        "{\"message\":",
        "\"msg\":",
        "\"title\":",
        "\"detail\":[{\"loc\":[\"query\",7],\"msg\":\"",
        "\"error\":{",
        "\"errors\":[",
        "\"code\":",
        "\"details\":{\"missing_fields\":[\"",
        "\"details\":[{\"fieldViolations\":[{\"field\":\"",
        "<title>",
        "</title>",
        "<h1",
        "</h1>",
        "\\u001b",
        "\u{202e}",
        "\u{130}",
        "jo@example.com",
    ];
    WORDS.map(str::to_owned).into()
}
