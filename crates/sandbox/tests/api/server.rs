//! The service on a socket.

use std::time::{Duration, Instant};

use callfold_sandbox::{DatasetOptions, Sandbox, SandboxOptions};

pub(crate) fn client() -> reqwest::Client {
    // In a workspace build reqwest has TLS without a provider and needs one installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn each_vendor_answers_at_its_base_url() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let client = client();
    let paths = [
        ("vaani", "/api/call-history"),
        ("ravan", "/api/v1/calling/call-sessions"),
        ("vozagent", "/v1/calls"),
        ("agentvoice", "/api/calls"),
        ("zudu", "/api/calls"),
    ];
    for (vendor, path) in paths {
        let url = format!("{}{path}", sandbox.base_url(vendor));
        let response = client.get(&url).headers(super::keys(vendor)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{vendor}");
        let text = response.text().await.unwrap();
        assert!(!text.contains("sandbox.test"));
        assert_eq!(client.get(&url).send().await.unwrap().status(), 401);
        assert!(!sandbox.credentials(vendor).is_empty());
    }
    let stats = sandbox.stats();
    assert_eq!(stats.requests, 10);
    assert_eq!(stats.vendor("zudu"), 2);
    assert_eq!(stats.count("ravan", "list_call_sessions"), 2);
    assert_eq!(stats.answers["vaani"]["list_calls"][&401], 1);
    let url = format!("{}/_stats", sandbox.url());
    let shown: serde_json::Value = client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["answers"]["vozagent"]["list_calls"]["200"], 1);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn links_in_records_lead_to_recordings() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let client = client();
    let url = format!("{}/api/calls?limit=20", sandbox.base_url("zudu"));
    let page = client.get(url).headers(super::keys("zudu")).send().await.unwrap();
    let page: serde_json::Value = page.json().await.unwrap();
    let calls = page["data"]["calls"].as_array().unwrap();
    let ended = calls.iter().filter(|call| call["call_status"] == "ENDED");
    let link = ended.filter_map(|call| call["recording_url"].as_str()).next().unwrap();
    let head = client.head(link).send().await.unwrap();
    assert_eq!(head.status(), 200);
    let told: usize = head.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let body = client.get(link).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(body.len(), told);
}

#[tokio::test]
async fn index_shows_how_to_connect() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let text = client().get(sandbox.url()).send().await.unwrap().text().await.unwrap();
    for vendor in callfold_sandbox::vendors() {
        assert!(text.contains(&format!("{:?}", sandbox.base_url(vendor))), "{text}");
    }
    assert!(text.contains("api_secret = \"sandbox-secret\""));
}

#[tokio::test]
async fn latency_delays_each_response() {
    let sandbox = Sandbox::start(SandboxOptions {
        latency: Duration::from_millis(40),
        dataset: DatasetOptions { records: 5, ..DatasetOptions::default() },
        ..SandboxOptions::default()
    })
    .await
    .unwrap();
    let begin = Instant::now();
    client().get(sandbox.url()).send().await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn shutdown_closes_the_listener() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let url = sandbox.url().to_owned();
    let client = client();
    // Leaves an idle connection open, which must not delay the shutdown.
    client.get(&url).send().await.unwrap().text().await.unwrap();
    let begin = Instant::now();
    sandbox.shutdown().await;
    assert!(begin.elapsed() < Duration::from_secs(4));
    assert!(client.get(&url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn port_in_use_is_an_error_that_names_it() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let taken = SandboxOptions { listen: sandbox.address(), ..SandboxOptions::default() };
    let error = Sandbox::start(taken).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {}", sandbox.address()));
    assert!(std::error::Error::source(&error).is_some());
}
