//! The code of the README of `callfold-transport`.

use callfold_unify::vaani::api as callfold_vaani;

use callfold_vaani::{Client, Credentials, Error, ErrorKind, HttpClient, List as _};
use std::time::Duration;

/// What to tell the person who runs the program.
pub fn advice(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Unauthorized => "the key is wrong or was revoked".to_owned(),
        ErrorKind::RateLimited => match error.retry_after() {
            Some(wait) => format!("too many requests: try again in {} s", wait.as_secs()),
            None => "too many requests: try again later".to_owned(),
        },
        ErrorKind::Timeout => "the vendor took too long: try again later".to_owned(),
        _ if error.is_retryable() => format!("try again later: {error}"),
        _ => format!("{error} (request {})", error.request_id().unwrap_or("without an id")),
    }
}

pub async fn read_slowly(client: &Client, id: &str) -> Result<usize, Error> {
    let details = client
        .get_call_details(id)
        .timeout(Duration::from_secs(20))
        .retries(1)
        .header("x-trace-id", "report-7")
        .send()
        .await?;
    Ok(details.body().len())
}

pub fn patient_client(api_key: &str) -> Result<Client, Error> {
    Client::builder()
        .credentials(Credentials::api_key(api_key))
        .timeout(Duration::from_secs(600))
        .attempt_timeout(Duration::from_secs(120))
        .retries(8)
        .rate(5.0)
        .concurrency(2)
        .build()
}

pub fn client_behind_a_proxy(api_key: &str, proxy: &str) -> Result<Client, Error> {
    Client::builder().credentials(Credentials::api_key(api_key)).proxy(proxy).build()
}

pub fn client_with_own_http(api_key: &str) -> Result<Client, Error> {
    let http = HttpClient::builder().tcp_nodelay(true).pool_max_idle_per_host(2);
    let http = HttpClient::build(http)?;
    // A clone shares the connections: give it to the clients of other vendors too.
    Client::builder().credentials(Credentials::api_key(api_key)).with_client(http.clone()).build()
}

/// Reads the list, and returns what did not match its documentation.
pub async fn odd_records(client: &Client) -> Result<Vec<String>, Error> {
    let mut calls = client.list_calls().records();
    let mut odd = Vec::new();
    while let Some(call) = calls.next().await {
        let call = call?;
        // Values of another type: read as absent, the rest of the record is kept.
        odd.extend(call.issues().iter().map(ToString::to_string));
        if let Err(unusable) = call.get() {
            // A record without a usable id: its JSON is all there is.
            odd.push(format!("{unusable}: {} bytes", call.raw().get().len()));
        }
    }
    Ok(odd)
}

#[tokio::test]
async fn wrong_key_is_told_from_too_many_requests_and_a_timeout() -> Result<(), Error> {
    use callfold_vaani::transport::http::Response;

    let http = HttpClient::from_fn(|request| async move {
        let response = Response::builder();
        let response = match request.uri().path() {
            "/api/call_details/slow" => std::future::pending().await,
            "/api/call_details/busy" => response.status(429).header("retry-after", "300"),
            _ => response.status(401),
        };
        response.body("").expect("a response")
    });
    let client = Client::builder()
        .credentials(Credentials::api_key("made-up"))
        .with_client(http)
        .timeout(Duration::from_millis(50))
        .build()?;
    for (id, kind) in [
        ("wrong", ErrorKind::Unauthorized),
        ("busy", ErrorKind::RateLimited),
        ("slow", ErrorKind::Timeout),
    ] {
        let error = client.get_call_details(id).send().await.expect_err("a failure");
        assert_eq!(error.kind(), kind, "{}", advice(&error));
    }
    Ok(())
}

#[tokio::test]
async fn server_of_wiremock_is_read() -> Result<(), Error> {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    let server = MockServer::start().await;
    let page = r#"{"data": [{"call_id": "call-1"}], "pagination": {"has_next": false}}"#;
    Mock::given(matchers::method("GET"))
        .and(matchers::path("/api/call-history"))
        .and(matchers::header("x-api-key", "made-up"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(page, "application/json"))
        .expect(1..)
        .mount(&server)
        .await;
    let client = Client::builder()
        .credentials(Credentials::api_key("made-up"))
        .base_url(server.uri())
        .build()?;
    assert!(odd_records(&client).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn sandbox_with_faults_is_read_completely() -> Result<(), Box<dyn std::error::Error>> {
    use callfold_sandbox::{Sandbox, SandboxOptions};

    let options =
        SandboxOptions::default().records(120).fault("cut-body=10%")?.fault("drift=30%")?;
    let sandbox = Sandbox::start(options).await?;
    let client = Client::builder()
        .credentials(Credentials::api_key("sandbox-key"))
        .base_url(sandbox.base_url("vaani"))
        .build()?;
    assert!(!odd_records(&client).await?.is_empty());
    Ok(())
}

pub fn log_requests() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).try_init()
}

#[tokio::test]
async fn options_are_accepted_and_errors_have_advice() {
    // A process has one subscriber, and that of the tests looks for leaks.
    crate::wire::leaks::watch();
    log_requests().expect_err("there is a subscriber");
    patient_client("k").expect("a client");
    client_behind_a_proxy("k", "http://proxy.example.com:3128").expect("a client");
    client_with_own_http("k").expect("a client");
    let sandbox = super::sandbox().await;
    let client = |key| {
        Client::builder()
            .credentials(Credentials::api_key(key))
            .base_url(sandbox.base_url("vaani"))
            .build()
            .expect("a client")
    };
    let call = sandbox.dataset().truths("vaani").next().expect("a call");
    assert!(read_slowly(&client("sandbox-key"), &call.id).await.expect("one call") > 10);
    let error = read_slowly(&client("wrong"), &call.id).await.expect_err("a wrong key");
    assert_eq!(advice(&error), "the key is wrong or was revoked");
}
