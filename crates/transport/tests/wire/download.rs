//! Recordings from our host and from others.

use crate::vendor::{KEY, builder, client};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok, response, truncated};
use callfold_transport::{ByteStream, Error, ErrorKind, ResumePoint};

async fn all(mut stream: ByteStream) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(bytes)
}

fn audio() -> ServerAction {
    ServerAction::Send(response("200 OK", "", b"0123456789"))
}

#[tokio::test]
async fn streamed_operation_returns_the_bytes() {
    let server = RawServer::start(vec![ServerAction::Reset, audio()]).await;
    let client = client(&server.url);
    let answer = client.stream_recording().await.unwrap();
    assert_eq!(answer.content_length(), Some(10));
    assert_eq!(all(answer.into_inner()).await.unwrap(), b"0123456789");
    assert_eq!(client.stats().bytes, 10);
}

#[tokio::test]
async fn streamed_body_that_breaks_is_an_error_in_the_stream() {
    let server = RawServer::start(vec![ServerAction::Send(truncated(ok("0123456789"), 6))]).await;
    let answer = client(&server.url).stream_recording().await.unwrap();
    let error = all(answer.into_inner()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().starts_with("acme stream_recording: "), "{error}");
}

#[tokio::test]
async fn streamed_body_has_a_limit_of_its_own() {
    let server = RawServer::start(vec![audio()]).await;
    let client = builder(&server.url).max_body(5).max_download(9).build().unwrap();
    let answer = client.stream_recording().await.unwrap();
    assert_eq!(all(answer.into_inner()).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn redirect_back_to_the_vendor_carries_no_credentials() {
    let home = RawServer::start(vec![audio()]).await;
    let to = format!("location: {}/delete-everything\r\n", home.url);
    let other = RawServer::start(vec![ServerAction::Send(response("302 Found", &to, b""))]).await;
    client(&home.url).download(&format!("{}/a.mp3", other.url), &ResumePoint::START).await.unwrap();
    assert!(!home.requests()[0].contains(KEY), "{:?}", home.requests());
}

#[tokio::test]
async fn redirect_within_the_vendors_host_carries_no_credentials() {
    let redirect = response("302 Found", "location: /storage/a.mp3\r\n", b"");
    let server = RawServer::start(vec![ServerAction::Send(redirect), audio()]).await;
    let url = format!("{}/a.mp3", server.url);
    let answer = client(&server.url).download(&url, &ResumePoint::START).await.unwrap();
    assert_eq!(all(answer.into_inner()).await.unwrap(), b"0123456789");
    let requests = server.requests();
    assert!(requests[0].contains(KEY) && !requests[1].contains(KEY), "{requests:?}");
}

#[tokio::test]
async fn streamed_operation_follows_redirects_without_credentials() {
    let storage = RawServer::start(vec![audio()]).await;
    for to in [storage.url.as_str(), ""] {
        let redirect = response("302 Found", &format!("location: {to}/a.mp3\r\n"), b"");
        let home = RawServer::start(vec![ServerAction::Send(redirect), audio()]).await;
        let answer = client(&home.url).stream_recording().await.unwrap();
        assert_eq!(all(answer.into_inner()).await.unwrap(), b"0123456789");
        assert!(home.requests()[0].contains(KEY));
        let targets = if to.is_empty() { home.requests().split_off(1) } else { storage.requests() };
        assert!(targets.len() == 1 && !targets[0].contains(KEY), "{targets:?}");
    }
}

#[tokio::test]
async fn redirects_without_end_are_an_error() {
    let server = RawServer::start(vec![ServerAction::Send(response(
        "302 Found",
        "location: /again\r\n",
        b"",
    ))])
    .await;
    let error = client(&server.url)
        .download(&format!("{}/a", server.url), &ResumePoint::START)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirected);
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn addresses_that_must_not_be_fetched_are_refused() {
    let production = builder("https://api.example.com").build().unwrap();
    for url in [
        "http://api.example.com/a.mp3?token=s3cret",
        "http://storage.example.com/a.mp3",
        "http://192.0.2.7/a.mp3",
        "http://127.0.0.1:1/a.mp3",
        "http://127.0.0.1/a.mp3",
        "http://169.254.169.254/latest",
        "file:///etc/s3cret",
        "ftp://storage.example.com/a",
        "a.mp3",
        "",
    ] {
        let error = production.download(url, &ResumePoint::START).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{url}");
        assert_eq!(error.attempts(), 0);
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    assert_eq!(production.stats().requests, 0);
}

#[tokio::test]
async fn redirect_to_plain_http_is_refused() {
    let to = "location: http://storage.example.com/a\r\n";
    let server = RawServer::start(vec![ServerAction::Send(response("302 Found", to, b""))]).await;
    let error = client(&server.url)
        .download(&format!("{}/a", server.url), &ResumePoint::START)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

/// The file whose first bytes came with these headers, then cut; and what came
/// of asking for the rest, answered with `rest`.
async fn resumed(headers: &str, rest: Vec<u8>) -> (Result<(u16, Vec<u8>), ErrorKind>, String) {
    let first = response("200 OK", headers, b"0123456789");
    let server = RawServer::start(vec![ServerAction::Send(first), ServerAction::Send(rest)]).await;
    let (client, url) = (client(&server.url), format!("{}/a", server.url));
    let first = client.download(&url, &ResumePoint::START).await.unwrap();
    let from = ResumePoint::after(4, &first);
    let rest = match client.download(&url, &from).await {
        Ok(rest) => Ok((rest.status().as_u16(), all(rest.into_inner()).await.unwrap())),
        Err(error) => Err(error.kind()),
    };
    (rest, server.requests()[1].clone())
}

fn part(headers: &str, range: &str, body: &[u8]) -> Vec<u8> {
    response("206 X", &format!("content-range: bytes {range}\r\n{headers}"), body)
}

#[tokio::test]
async fn download_resumes_in_the_same_file() {
    const DATE: &str = "last-modified: Fri, 01 May 2026 00:00:00 GMT\r\n";
    for (headers, if_range) in [
        ("etag: \"v1\"\r\n", "if-range: \"v1\"\r\n"),
        (DATE, "if-range: fri, 01 may 2026 00:00:00 gmt\r\n"),
    ] {
        for range in ["4-9/10", "4-9/*"] {
            let (rest, request) = resumed(headers, part(headers, range, b"456789")).await;
            assert_eq!(rest, Ok((206, b"456789".to_vec())));
            assert!(request.contains("range: bytes=4-\r\n"), "{request}");
            assert!(request.contains(if_range), "{request}");
            assert!(request.contains("accept-encoding: identity\r\n"), "{request}");
        }
        // Another file by now, or a server that does not know ranges.
        let (whole, _) = resumed(headers, response("200 OK", "", b"abcdefghij")).await;
        assert_eq!(whole, Ok((200, b"abcdefghij".to_vec())));
    }
}

#[tokio::test]
async fn download_restarts_without_a_validator() {
    for headers in ["", "etag: W/\"v1\"\r\n"] {
        let (whole, request) = resumed(headers, response("200 OK", "", b"abcdefghij")).await;
        assert_eq!(whole, Ok((200, b"abcdefghij".to_vec())), "{headers}");
        assert!(!request.contains("range:"), "{request}");
    }
}

#[tokio::test]
async fn part_of_another_file_or_range_is_refused() {
    let headers = "etag: \"v1\"\r\n";
    for (etag, range, body) in [
        (headers, "0-5/10", b"012345".as_slice()),
        (headers, "4-9/11", b"456789"),
        (headers, "4-10/11", b"456789a"),
        (headers, "4-10/*", b"456789a"),
        (headers, "4-8/10", b"45678"),
        (headers, "4-9/10", b"4567"),
        (headers, "9-4/10", b""),
        (headers, "4-18446744073709551615/*", b"4"),
        (headers, "*/10", b"456789"),
        ("etag: \"v2\"\r\n", "4-9/10", b"456789"),
    ] {
        let (rest, _) = resumed(headers, part(etag, range, body)).await;
        assert_eq!(rest, Err(ErrorKind::Vendor), "{etag} {range}");
    }
    let bare = response("206 X", headers, b"456789");
    assert_eq!(resumed(headers, bare).await.0, Err(ErrorKind::Vendor));
}

#[tokio::test]
async fn download_requests_identity_encoding_and_refuses_others() {
    let packed = response("200 OK", "content-encoding: zstd\r\n", b"\x28\xb5\x2f\xfd");
    let server =
        RawServer::start(vec![ServerAction::Send(packed.clone()), ServerAction::Send(packed)])
            .await;
    let (client, url) = (client(&server.url), format!("{}/a", server.url));
    let (streamed, downloaded) =
        (client.stream_recording().await, client.download(&url, &ResumePoint::START).await);
    let kinds = [streamed.unwrap_err().kind(), downloaded.unwrap_err().kind()];
    assert_eq!(kinds, [ErrorKind::Vendor, ErrorKind::Vendor]);
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "neither is asked for again");
    for request in requests {
        assert!(request.contains("accept-encoding: identity\r\n"), "{request}");
    }
}

#[tokio::test]
async fn download_is_retried_until_its_first_byte() {
    let busy = ServerAction::Send(response("503 X", "", b""));
    let server = RawServer::start(vec![ServerAction::Reset, busy, audio()]).await;
    let client = client(&server.url);
    let answer = client.download(&format!("{}/a", server.url), &ResumePoint::START).await.unwrap();
    assert_eq!(all(answer.into_inner()).await.unwrap(), b"0123456789");
    assert_eq!((client.stats().requests, client.stats().retries), (3, 2));
}

#[tokio::test]
async fn missing_recording_is_not_found() {
    let server =
        RawServer::start(vec![ServerAction::Send(response("404 X", "", br#"{"message":"gone"}"#))])
            .await;
    let error = client(&server.url)
        .download(&format!("{}/a", server.url), &ResumePoint::START)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "acme download: not found (404): \"gone\"");
}
