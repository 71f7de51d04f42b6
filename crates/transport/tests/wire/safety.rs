//! Where credentials go, and where secrets show.

use crate::vendor::{Client, Credentials, KEY, builder, client};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok, response};
use callfold_transport::{ErrorKind, HttpClient, Lenient, RequestOptions, ResumePoint};
use http::{HeaderName, HeaderValue};

const ITEM: &str = r#"{"id":"call-1","name":"Ann Example","owner":{"email":"ann@example.com"}}"#;

fn redirect(to: &str) -> ServerAction {
    ServerAction::Send(response("302 Found", &format!("location: {to}\r\n"), b""))
}

#[tokio::test]
async fn own_http_client_never_follows_redirects() {
    let limited = || reqwest::redirect::Policy::limited(3);
    let custom = || reqwest::redirect::Policy::custom(|attempt| attempt.follow());
    let own = [
        reqwest::Client::builder(),
        reqwest::Client::builder().redirect(limited()),
        HttpClient::builder().redirect(limited()),
        HttpClient::builder().redirect(custom()),
    ];
    for own in own {
        let other = RawServer::start(vec![ServerAction::Send(ok(ITEM))]).await;
        let server = RawServer::start(vec![redirect(&other.url)]).await;
        let http = HttpClient::build(own).unwrap();
        let client = builder(&server.url).with_client(http).build().unwrap();
        let error = client.get_item("x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirected);
        assert!(other.requests().is_empty(), "{:?}", other.requests());
    }
}

#[tokio::test]
async fn credentials_and_our_own_headers_are_sent() {
    let server = RawServer::start(vec![ServerAction::Send(ok(ITEM))]).await;
    let answer = client(&server.url).get_item("x").await.unwrap();
    assert_eq!(answer.status(), 200);
    let request = &server.requests()[0];
    assert!(request.contains(&format!("x-api-key: {KEY}\r\n")), "{request}");
    assert!(request.contains("x-organization-id: org-555\r\n"), "{request}");
    let agent = format!("user-agent: callfold/{}\r\n", env!("CARGO_PKG_VERSION"));
    assert!(request.contains(&agent), "{request}");
    let id = request.lines().find_map(|line| line.strip_prefix("x-client-request-id: ")).unwrap();
    assert_eq!(id.len(), 32);
    assert!(!request.contains("api-version"), "{request}");
}

#[tokio::test]
async fn extra_headers_cannot_replace_the_credentials() {
    let server =
        RawServer::start(vec![ServerAction::Send(ok(ITEM)), ServerAction::Send(ok(ITEM))]).await;
    let tenant = (HeaderName::from_static("x-tenant"), HeaderValue::from_static("blue"));
    let options = RequestOptions::new().header(tenant.0, tenant.1);
    client(&server.url).with_options(options.clone()).get_item("x").await.unwrap();
    let request = &server.requests()[0];
    assert!(request.contains(&format!("x-api-key: {KEY}\r\n")), "{request}");
    assert!(request.contains("x-tenant: blue\r\n"), "{request}");

    let other = (HeaderName::from_static("x-api-key"), HeaderValue::from_static("s3cret-other"));
    let options = options.header(other.0, other.1);
    let with_other = client(&server.url).with_options(options.clone());
    let address = format!("{}/a.wav", server.url);
    let refused = [
        with_other.get_item("x").await.unwrap_err(),
        with_other.download(&address, &ResumePoint::START).await.unwrap_err(),
        client(&server.url)
            .list_rows()
            .header("X-API-Key", "s3cret-other")
            .send()
            .await
            .unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        let text = error.to_string();
        assert!(text.contains("the header x-api-key carries the client's credentials"), "{text}");
        assert!(text.starts_with("acme "), "{text}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
    assert_eq!(server.requests().len(), 1);

    let anonymous = client(&server.url).with_options(options.without_credentials());
    anonymous.get_item("x").await.unwrap();
    let request = &server.requests()[1];
    assert!(request.contains("x-api-key: s3cret-other\r\n"), "{request}");
    assert!(!request.contains(KEY) && !request.contains("x-organization-id"), "{request}");
}

#[tokio::test]
async fn id_cannot_lead_to_another_path() {
    let server = RawServer::start(vec![ServerAction::Send(ok(ITEM))]).await;
    let client = client(&server.url);
    for id in ["", ".", "..", "a\0b"] {
        let error = client.get_item(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{id:?}");
        assert_eq!(error.attempts(), 0);
    }
    assert!(server.requests().is_empty());
    client.get_item("../search?x=1#y").await.unwrap();
    assert!(server.requests()[0].starts_with("get /items/..%2fsearch%3fx=1%23y http/1.1"));
}

#[test]
fn plain_http_to_another_machine_is_refused_unless_allowed() {
    for (url, host) in [
        ("http://api.example.com", "api.example.com"),
        ("http://api.example.com/v1", "api.example.com"),
        ("http://192.0.2.7", "192.0.2.7"),
        ("http://127.0.0.1.example.com", "127.0.0.1.example.com"),
    ] {
        let error = builder(url).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(
            error.to_string(),
            format!(
                "the base URL would send credentials to {host} unencrypted: use https, or set \
                 allow_http"
            )
        );
        builder(url).allow_http(true).build().unwrap();
    }
    for url in ["https://api.example.com", "http://localhost:1", "http://[::1]:1"] {
        builder(url).build().unwrap();
    }
}

#[test]
fn client_without_credentials_is_not_built() {
    let error = Client::builder().build().unwrap_err();
    assert_eq!(error.to_string(), "no credentials: set them with credentials()");
}

#[test]
fn https_works_out_of_the_box() {
    Client::builder().credentials(Credentials::api_key(KEY)).build().unwrap();
}

#[tokio::test]
async fn nothing_prints_a_secret_or_a_record() {
    let secrets = [KEY, "Ann Example", "ann@example.com", "org-555"];
    let server = RawServer::start(vec![ServerAction::Send(ok(ITEM))]).await;
    let builder = builder(&server.url);
    let mut shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    let answer = client.get_item("x").await.unwrap();
    shown += &format!("{client:?}{answer:?}{:?}", client.transport());
    shown += &format!("{:?}", answer.into_inner());
    let page: Vec<Lenient<crate::vendor::Item>> =
        serde_json::from_str(&format!("[{ITEM}]")).unwrap();
    shown += &format!("{page:?}");
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn credentials_inside_a_response_are_not_kept() {
    let record =
        r#"{"id": "call-1", "access_token" : "s3cret", "deep": [{"access_token":"s3cret"}]}"#;
    let kept = record.replace("s3cret", "[redacted]");
    let refused = response("403 Forbidden", "", br#"{"message":"no","access_token":"s3cret"}"#);
    let page = format!(r#"{{"data":[{record}],"total":1}}"#);
    // What is not JSON, and cut off within the secret.
    let damaged = r#"{"data":[{"id":"call-1","x":"a"b","access_token":"s3cret"#;
    let acts = [ok(record), ok(&page), refused, ok(damaged)];
    let server = RawServer::start(acts.map(ServerAction::Send).into()).await;
    let client = client(&server.url);
    assert_eq!(client.get_item("x").await.unwrap().body(), kept.as_bytes());
    let page = client.list_items().send().await.unwrap();
    assert_eq!(page.data.as_ref().unwrap()[0].raw().get(), kept);
    for _ in 0..2 {
        let error = client.list_items().retries(0).send().await.unwrap_err();
        let shown = format!("{error} {error:?} {:?}", error.body());
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

#[tokio::test]
async fn key_that_the_vendor_quotes_is_masked() {
    let body = format!(r#"{{"message":"the key {KEY} of jo@example.com is revoked"}}"#);
    let act = ServerAction::Send(response("401 Unauthorized", "", body.as_bytes()));
    let server = RawServer::start(vec![act]).await;
    let error = client(&server.url).get_item("x").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "acme get_item: the vendor rejected the credentials (401): \
         \"the key *** of ***@*** is revoked\"; check the key"
    );
    assert!(!format!("{error:?}").contains(KEY));
}
