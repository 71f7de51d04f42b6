//! Recordings from our host and from others.

use crate::raw::{Act, Server, cut, response};
use crate::vendor::{KEY, builder, client};
use callfold_transport::{ByteStream, Error, ErrorKind};
use futures_util::StreamExt;
use std::time::Duration;

async fn all(mut stream: ByteStream) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(bytes)
}

fn audio() -> Act {
    Act::Write(response("200 OK", "", b"0123456789"))
}

#[tokio::test]
async fn a_streamed_operation_hands_on_the_bytes() {
    let server = Server::start(vec![Act::Reset, audio()]).await;
    let client = client(&server.url);
    let answer = client.stream_recording().await.unwrap();
    assert_eq!(answer.content_length(), Some(10));
    assert_eq!(all(answer.into_inner()).await.unwrap(), b"0123456789");
    assert_eq!(client.stats().bytes, 10);
}

#[tokio::test]
async fn a_streamed_body_that_breaks_is_an_error_in_the_stream() {
    let server = Server::start(vec![Act::Write(cut("0123456789", 4))]).await;
    let answer = client(&server.url).stream_recording().await.unwrap();
    let error = all(answer.into_inner()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().starts_with("acme stream_recording: "), "{error}");
}

#[tokio::test]
async fn a_streamed_body_that_stalls_is_an_error_in_the_stream() {
    let bytes = response("200 OK", "", &[b'x'; 100]);
    let server = Server::start(vec![Act::Stall(bytes[..bytes.len() - 50].to_vec())]).await;
    let client = builder(&server.url).stall_timeout(Duration::from_millis(50)).build().unwrap();
    let answer = client.stream_recording().await.unwrap();
    assert_eq!(all(answer.into_inner()).await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_streamed_body_has_a_limit_of_its_own() {
    let server = Server::start(vec![audio()]).await;
    let client = builder(&server.url).max_body(5).max_download(9).build().unwrap();
    let answer = client.stream_recording().await.unwrap();
    assert_eq!(all(answer.into_inner()).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn a_recording_on_our_host_gets_the_credentials() {
    let server = Server::start(vec![audio()]).await;
    let url = format!("{}/rec/1?x=2", server.url);
    let answer = client(&server.url).download(&url, 0).await.unwrap();
    assert_eq!(all(answer.into_inner()).await.unwrap(), b"0123456789");
    let request = &server.requests()[0];
    assert!(request.starts_with("get /rec/1?x=2 http/1.1"), "{request}");
    assert!(request.contains(KEY), "{request}");
}

#[tokio::test]
async fn a_recording_elsewhere_gets_no_credentials() {
    let (home, other) = (Server::start(vec![audio()]).await, Server::start(vec![audio()]).await);
    client(&home.url).download(&format!("{}/a.mp3", other.url), 0).await.unwrap();
    let request = &other.requests()[0];
    for word in [KEY, "org-555", "x-client-request-id"] {
        assert!(!request.contains(word), "{request}");
    }
}

#[tokio::test]
async fn a_redirect_to_storage_is_followed_without_credentials() {
    let storage = Server::start(vec![audio()]).await;
    let to = format!("location: {}/blob?sig=1\r\n", storage.url);
    let home = Server::start(vec![Act::Write(response("302 Found", &to, b""))]).await;
    let answer = client(&home.url).download(&format!("{}/rec", home.url), 0).await.unwrap();
    assert_eq!(all(answer.into_inner()).await.unwrap(), b"0123456789");
    assert!(home.requests()[0].contains(KEY));
    assert!(!storage.requests()[0].contains(KEY), "{:?}", storage.requests());
}

#[tokio::test]
async fn a_stranger_cannot_send_our_credentials_back_home() {
    let home = Server::start(vec![audio()]).await;
    let to = format!("location: {}/delete-everything\r\n", home.url);
    let other = Server::start(vec![Act::Write(response("302 Found", &to, b""))]).await;
    client(&home.url).download(&format!("{}/a.mp3", other.url), 0).await.unwrap();
    assert!(!home.requests()[0].contains(KEY), "{:?}", home.requests());
}

#[tokio::test]
async fn redirects_without_end_are_an_error() {
    let server =
        Server::start(vec![Act::Write(response("302 Found", "location: /again\r\n", b""))]).await;
    let error = client(&server.url).download(&format!("{}/a", server.url), 0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirected);
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn addresses_that_must_not_be_fetched_are_refused() {
    let production = builder("https://api.example.com").build().unwrap();
    for url in [
        "http://storage.example.com/a.mp3",
        "http://127.0.0.1/a.mp3",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "ftp://storage.example.com/a",
        "a.mp3",
        "",
    ] {
        let error = production.download(url, 0).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{url}");
        assert_eq!(error.attempts(), 0);
    }
}

#[tokio::test]
async fn a_redirect_to_plain_http_is_refused() {
    let to = "location: http://storage.example.com/a\r\n";
    let server = Server::start(vec![Act::Write(response("302 Found", to, b""))]).await;
    let error = client(&server.url).download(&format!("{}/a", server.url), 0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn a_download_resumes_at_an_offset() {
    let part = response("206 Partial Content", "content-range: bytes 4-9/10\r\n", b"456789");
    let server = Server::start(vec![Act::Write(part), audio()]).await;
    let (client, url) = (client(&server.url), format!("{}/a", server.url));
    // A server that knows ranges, and one that does not.
    for _ in 0..2 {
        let answer = client.download(&url, 4).await.unwrap();
        assert_eq!(all(answer.into_inner()).await.unwrap(), b"456789");
    }
    let request = &server.requests()[0];
    assert!(request.contains("range: bytes=4-\r\n"), "{request}");
    assert!(request.contains("accept-encoding: identity\r\n"), "{request}");
}

#[tokio::test]
async fn a_file_is_asked_for_as_it_is_and_refused_when_it_comes_packed() {
    let packed = response("200 OK", "content-encoding: zstd\r\n", b"\x28\xb5\x2f\xfd");
    let server = Server::start(vec![Act::Write(packed.clone()), Act::Write(packed)]).await;
    let (client, url) = (client(&server.url), format!("{}/a", server.url));
    let (streamed, downloaded) = (client.stream_recording().await, client.download(&url, 0).await);
    let kinds = [streamed.unwrap_err().kind(), downloaded.unwrap_err().kind()];
    assert_eq!(kinds, [ErrorKind::Vendor, ErrorKind::Vendor]);
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "neither is asked for again");
    for request in requests {
        assert!(request.contains("accept-encoding: identity\r\n"), "{request}");
    }
}

#[tokio::test]
async fn a_download_with_another_range_is_an_error() {
    let part = response("206 Partial Content", "content-range: bytes 0-5/10\r\n", b"012345");
    let server = Server::start(vec![Act::Write(part)]).await;
    let error = client(&server.url).download(&format!("{}/a", server.url), 4).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Vendor);
}

#[tokio::test]
async fn a_download_is_tried_again_until_its_first_byte() {
    let busy = Act::Write(response("503 X", "", b""));
    let server = Server::start(vec![Act::Reset, busy, audio()]).await;
    let client = client(&server.url);
    let answer = client.download(&format!("{}/a", server.url), 0).await.unwrap();
    assert_eq!(all(answer.into_inner()).await.unwrap(), b"0123456789");
    assert_eq!((client.stats().requests, client.stats().retries), (3, 2));
}

#[tokio::test]
async fn a_missing_recording_is_not_found() {
    let server =
        Server::start(vec![Act::Write(response("404 X", "", br#"{"message":"gone"}"#))]).await;
    let error = client(&server.url).download(&format!("{}/a", server.url), 0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "acme download: not found (status 404): \"gone\"");
}
