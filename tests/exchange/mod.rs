//! Vendors x scenarios: each fixture is served once, asked for with the
//! vendor's own client, and both the request and what came of it are in the
//! snapshot. A request that is not the expected one fails the test.

use crate::architecture::vendors;
use callfold_test_support::fixtures::{self, Fixture};
use callfold_transport::{ByteStream, Error, Lenient, Page, Record, ResponseValue, UnusableRecord};
use callfold_unify::{Context, RejectedRecord, model::Call};
use futures_util::{TryStreamExt as _, future::BoxFuture};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

/// Headers whose value is a credential of the test.
const CREDENTIALS: [&str; 6] =
    ["authorization", "x-api-key", "x-api-secret", "x-organization-id", "xi-api-key", "cookie"];

/// Headers that say nothing about the vendor.
const EVERYWHERE: [&str; 4] = ["accept-encoding", "host", "user-agent", "x-client-request-id"];

/// Calls an operation once, for a scenario, at a server with this base URL.
type Run = for<'a> fn(&'a str, &'a str, &'a str) -> BoxFuture<'a, Value>;

macro_rules! vendors {
    ($($vendor:ident $name:tt)*) => {
        $(mod $vendor;)*
        const VENDORS: &[(&str, Run)] = &[$(
            ($name, |base_url, operation, scenario| {
                Box::pin($vendor::run(base_url, operation, scenario))
            })
        ),*];
    };
}
callfold_unify::each_vendor!(vendors);

#[tokio::test]
async fn each_exchange_matches_its_snapshot() {
    for vendor in vendors() {
        let known = VENDORS.iter().find(|(name, _)| *name == vendor);
        let (_, run) = known.unwrap_or_else(|| panic!("callfold-unify does not list {vendor}"));
        for fixture in fixtures::load(&vendor) {
            let server = serve(&fixture).await;
            let base_url = server.uri();
            let operation = fixture.operation.as_str();
            let outcome = run(&base_url, operation, &fixture.scenario).await;
            let requests = server.received_requests().await.unwrap_or_default();
            let seen = json!({
                "request": requests.iter().map(shown).collect::<Vec<_>>(),
                "outcome": outcome,
            });
            insta::with_settings!({
                snapshot_path => fixtures::root().join("tests/snapshots").join(&vendor),
                prepend_module_to_snapshot => false,
                omit_expression => true,
            }, {
                insta::assert_json_snapshot!(fixture.name(), seen);
            });
        }
    }
}

/// Serves the fixture, once.
async fn serve(fixture: &Fixture) -> MockServer {
    let server = MockServer::start().await;
    let response = ResponseTemplate::new(fixture.status)
        .set_body_raw(fixture.payload().to_owned(), &fixture.content_type);
    Mock::given(any()).respond_with(response).expect(1).mount(&server).await;
    server
}

/// A request as it went over the wire, without what is the same everywhere
/// and without credentials.
fn shown(request: &Request) -> Value {
    let mut headers: Vec<String> = request
        .headers
        .iter()
        .filter(|(name, _)| !EVERYWHERE.contains(&name.as_str()))
        .map(|(name, value)| {
            let credential = CREDENTIALS.contains(&name.as_str());
            let value = if credential { "<credential>" } else { value.to_str().unwrap_or("?") };
            format!("{name}: {value}")
        })
        .collect();
    headers.sort();
    let query: Vec<String> =
        request.url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
    json!({
        "method": request.method.as_str(),
        "path": request.url.path(),
        "query": query,
        "headers": headers,
        "body": String::from_utf8_lossy(&request.body),
    })
}

/// What became of a page.
fn page<R: Record>(
    response: Option<Result<Page<R>, Error>>,
    map: fn(Lenient<R>, &Context) -> Result<Call, RejectedRecord>,
) -> Value {
    let page = match response.expect("a list has a first page") {
        Ok(page) => page,
        Err(error) => return failure(&error),
    };
    json!({
        "total": page.total,
        "has_more": page.has_more,
        "notes": page.notes.iter().map(|note| format!("{note:?}")).collect::<Vec<_>>(),
        "records": page.records.into_iter().map(|item| record(item, map)).collect::<Vec<_>>(),
    })
}

/// The result of a response that holds one record, bare or in an envelope.
fn single<R: Record>(
    response: Result<Option<Lenient<R>>, Error>,
    map: fn(Lenient<R>, &Context) -> Result<Call, RejectedRecord>,
) -> Value {
    match response {
        Ok(Some(one)) => record(one, map),
        Ok(None) => json!("an envelope without a record"),
        Err(error) => failure(&error),
    }
}

/// What became of a record.
fn record<R: Record>(
    record: Lenient<R>,
    map: fn(Lenient<R>, &Context) -> Result<Call, RejectedRecord>,
) -> Value {
    let issues: Vec<String> = record.issues().iter().map(ToString::to_string).collect();
    let unusable = record.get().err().map(|reason: &UnusableRecord| reason.reason.clone());
    let raw = record.raw().get().to_owned();
    match map(record, &Context::new("test")) {
        Ok(mut call) => {
            assert_eq!(call.raw.get(), raw, "the raw record is kept byte for byte");
            call.raw = serde_json::value::RawValue::NULL.to_owned();
            let mut call = serde_json::to_value(call).expect("a call serialises");
            let fields = call.as_object_mut().expect("a call is an object");
            fields.remove("raw");
            fields.retain(|_, value| !is_empty(value));
            json!({ "issues": issues, "call": call })
        }
        Err(aside) => {
            assert_eq!(aside.raw.get(), raw, "the raw record is kept byte for byte");
            json!({ "issues": issues, "set_aside": unusable.unwrap_or(aside.reason) })
        }
    }
}

/// Null, `[]`, `{}`: left out of snapshots, so that what is filled stands out.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}

/// The result of a response that holds no call.
fn body<T: serde::Serialize>(response: Result<ResponseValue<T>, Error>) -> Value {
    match response {
        Ok(value) => json!({ "body": serde_json::to_value(value.into_inner()).expect("JSON") }),
        Err(error) => failure(&error),
    }
}

/// What became of a recording.
async fn stream(response: Result<ResponseValue<ByteStream>, Error>) -> Value {
    let response = match response {
        Ok(response) => response,
        Err(error) => return failure(&error),
    };
    let media_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    let media_type = media_type.map(str::to_owned);
    match response.into_inner().try_fold(0, |sum, chunk| async move { Ok(sum + chunk.len()) }).await
    {
        Ok(bytes) => json!({ "media_type": media_type, "bytes": bytes }),
        Err(error) => failure(&error),
    }
}

/// An error as a caller sees it.
fn failure(error: &Error) -> Value {
    json!({
        "error": error.to_string(),
        "kind": error.kind().as_str(),
        "http_status": error.http_status(),
        "retryable": error.is_retryable(),
        "message": error.message(),
        "code": error.code(),
        "fields": error.field_errors().iter().map(|f| format!("{f:?}")).collect::<Vec<_>>(),
        "json_path": error.json_path(),
    })
}
