//! Bodies that are compressed, and bodies without end.

use super::callers::Settings;
use super::{Call, connect, each_call};
use callfold_test_support::raw_server::{RawServer, ServerAction, chunked, response};
use callfold_transport::ErrorKind;
use flate2::{Compression, write::GzEncoder};
use std::io::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

/// Larger than the cap of these tests, but not so large that it hurts where
/// the cap does not work.
const BOMB: usize = 40 * 1024 * 1024;
const CAP: usize = 256 * 1024;

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("gzip")
}

fn brotli(body: &[u8]) -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, 1, 22);
    encoder.write_all(body).expect("brotli");
    encoder.into_inner()
}

fn zstd(body: &[u8]) -> Vec<u8> {
    zstd::encode_all(body, 1).expect("zstd")
}

type Coding = (&'static str, fn(&[u8]) -> Vec<u8>);

const CODINGS: [Coding; 3] = [("gzip", gzip), ("br", brotli), ("zstd", zstd)];

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    response("200 OK", &format!("content-encoding: {coding}\r\n"), body)
}

#[tokio::test]
async fn compressed_body_is_read() {
    each_call(async |row, call| {
        for (name, compress) in CODINGS {
            let body = compress(call.body(row).as_bytes());
            let server = RawServer::start(vec![ServerAction::Send(coded(name, &body))]).await;
            let result = call.on(&*connect(row, &Settings::new(&server.url))).await;
            assert!(result.is_ok(), "{call:?} {name}: {result:?}");
            let accepted = &server.requests()[0];
            let accepted = accepted.lines().find_map(|line| line.strip_prefix("accept-encoding: "));
            assert!(accepted.is_some_and(|list| list.contains(name)), "{name}: {accepted:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn compression_bomb_is_refused_without_expanding_it() {
    static BOMBS: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
        let body = vec![b' '; BOMB];
        CODINGS.map(|(name, compress)| (name, coded(name, &compress(&body)))).into()
    });
    // Compressing in a debug build takes long, and must not count as time of a case.
    LazyLock::force(&BOMBS);
    each_call(async |row, call| {
        for (name, bomb) in BOMBS.iter() {
            assert!(bomb.len() < CAP, "the announced length must not tell: {}", bomb.len());
            let server = RawServer::start(vec![ServerAction::Send(bomb.clone())]).await;
            let settings = Settings { max_body: CAP, ..Settings::new(&server.url) };
            let caller = connect(row, &settings);
            let error = call.fails(&*caller).await;
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{call:?} {name}: {error}");
            assert_eq!(error.attempts(), 1, "a bomb is not asked for again");
            let stats = caller.stats();
            let most = stats.requests * CAP as u64 * 6 / 5;
            assert!(stats.bytes < most, "{call:?} {name}: {stats:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn endless_body_is_too_large_at_every_page_size_and_not_read_to_the_end() {
    let piece = [b"4000\r\n".as_slice(), &[b' '; 0x4000], b"\r\n"].concat();
    each_call(async |row, call| {
        let server = RawServer::start(vec![ServerAction::Repeat(
            chunked(b""),
            piece.clone(),
            Duration::ZERO,
        )])
        .await;
        let settings = Settings { max_body: CAP, ..Settings::new(&server.url) };
        let caller = connect(row, &settings);
        let error = call.fails(&*caller).await;
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{call:?} {error}");
        // A smaller page may fit: half as many records, and so on, down to one.
        let half = |size: &u32| (*size > 1).then_some(size / 2);
        let requests = match call {
            Call::Single => 1,
            Call::List => std::iter::successors(Some(row.page_size), half).count(),
        };
        assert_eq!(server.connections(), requests, "{call:?}: not asked for again as it was");
        let bytes = caller.stats().bytes;
        let most = (3 * CAP * requests) as u64;
        assert!(bytes < most, "{call:?}: {bytes} bytes were read");
        assert!(server.sent() < 64 * 1024 * 1024, "the connection stays open");
    })
    .await;
}

#[tokio::test]
async fn endless_body_of_a_failure_ends_with_its_status() {
    let head = b"HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let piece = [b"4000\r\n".as_slice(), &[b'x'; 0x4000], b"\r\n"].concat();
    each_call(async |row, call| {
        let server = RawServer::start(vec![ServerAction::Repeat(
            head.clone(),
            piece.clone(),
            Duration::ZERO,
        )])
        .await;
        let caller = connect(row, &Settings::new(&server.url));
        let error = call.fails(&*caller).await;
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{call:?} {error}");
        assert!(caller.stats().bytes < CAP as u64);
        assert!(error.to_string().len() < 1000);
    })
    .await;
}
