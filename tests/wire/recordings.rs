//! Recordings: at the vendor's with the credentials, anywhere else without.

use super::callers::Settings;
use super::{connect, each, leaks};
use callfold_test_support::raw_server::{RawServer, ServerAction, response, truncated};
use callfold_transport::ErrorKind;
use std::time::Duration;

const AUDIO: &[u8] = b"ID3 and so on";

fn audio() -> ServerAction {
    ServerAction::Send(response("200 OK", "", AUDIO))
}

fn address(server: &RawServer) -> String {
    format!("{}/rec.mp3?token={}", server.url, leaks::QUERY)
}

/// Nothing in a request tells who asks.
fn assert_anonymous(request: &str) {
    for word in [leaks::KEY, leaks::SECOND, "authorization", "x-api", "x-org", "x-client", "cookie"]
    {
        assert!(!request.contains(word), "{word} in {request}");
    }
}

#[tokio::test]
async fn recording_at_the_vendor_gets_the_credentials() {
    each(async |row| {
        let home = RawServer::start(vec![audio()]).await;
        let caller = connect(row, &Settings::new(&home.url));
        let bytes = caller.recording(&address(&home)).await.expect("the recording");
        assert_eq!(bytes, AUDIO);
        let request = &home.requests()[0];
        let target = format!("get /rec.mp3?token={} http/1.1", leaks::QUERY.to_lowercase());
        assert!(request.starts_with(&target) && request.contains(leaks::KEY), "{request}");
    })
    .await;
}

#[tokio::test]
async fn recording_on_another_host_gets_no_credentials() {
    each(async |row| {
        let (home, other) =
            (RawServer::start(vec![audio()]).await, RawServer::start(vec![audio()]).await);
        let caller = connect(row, &Settings::new(&home.url));
        let bytes = caller.recording(&address(&other)).await.expect("the recording");
        assert_eq!(bytes, AUDIO);
        assert_anonymous(&other.requests()[0]);
        assert_eq!(home.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn recording_that_redirects_loses_the_credentials_for_good() {
    each(async |row| {
        // From the vendor to a storage, and from there back to the vendor.
        let (home, storage) = (listen(), listen());
        let hop = |to: &std::net::TcpListener| {
            let to = format!("location: {}/x?token={}\r\n", url(to), leaks::QUERY);
            ServerAction::Send(response("302 Found", &to, b""))
        };
        let at_home = vec![hop(&storage), audio()];
        let at_storage = vec![hop(&home)];
        let home = RawServer::on(home, at_home).await;
        let storage = RawServer::on(storage, at_storage).await;
        let caller = connect(row, &Settings::new(&home.url));
        let bytes = caller.recording(&address(&home)).await.expect("the recording");
        assert_eq!(bytes, AUDIO);
        assert!(home.requests()[0].contains(leaks::KEY));
        assert_anonymous(&storage.requests()[0]);
        assert_anonymous(&home.requests()[1]);
    })
    .await;
}

fn listen() -> std::net::TcpListener {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port of this machine")
}

fn url(listener: &std::net::TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("a port of this machine"))
}

#[tokio::test]
async fn recording_that_breaks_or_stalls_is_an_error() {
    each(async |row| {
        let complete = response("200 OK", "", AUDIO);
        for (act, kind) in [
            (ServerAction::Send(truncated(complete.clone(), 3)), ErrorKind::Transport),
            (ServerAction::Stall(truncated(complete, 3)), ErrorKind::Timeout),
        ] {
            let home = RawServer::start(vec![act]).await;
            let stall = Duration::from_millis(80);
            let caller = connect(row, &Settings { stall, ..Settings::new(&home.url) });
            let error = caller.recording(&address(&home)).await.expect_err("no recording");
            assert_eq!(error.kind(), kind, "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn recording_operation_follows_redirects_without_credentials() {
    each(async |row| {
        let complete = response("200 OK", "", AUDIO);
        for (act, kind) in [
            (audio(), None),
            (ServerAction::Send(truncated(complete.clone(), 3)), Some(ErrorKind::Transport)),
            (ServerAction::Stall(truncated(complete.clone(), 3)), Some(ErrorKind::Timeout)),
            (ServerAction::Send(response("404 Not Found", "", b"{}")), Some(ErrorKind::NotFound)),
        ] {
            let storage = RawServer::start(vec![act.clone()]).await;
            let to = format!("location: {}\r\n", address(&storage));
            let redirect = |status| ServerAction::Send(response(status, &to, b""));
            let firsts = [act, redirect("302 Found"), redirect("307 Temporary")];
            for (index, first) in firsts.into_iter().enumerate() {
                let home = RawServer::start(vec![first]).await;
                let stall = Duration::from_millis(80);
                let caller = connect(row, &Settings { stall, ..Settings::new(&home.url) });
                let Some(stream) = caller.stream() else { return };
                match stream.await {
                    Ok(bytes) => assert_eq!((bytes.as_slice(), kind), (AUDIO, None)),
                    Err(error) => assert_eq!(Some(error.kind()), kind, "{error}"),
                }
                assert!(home.requests()[0].contains(leaks::KEY));
                assert_eq!(storage.connections(), index);
            }
            storage.requests().iter().for_each(|request| assert_anonymous(request));
        }
    })
    .await;
}
