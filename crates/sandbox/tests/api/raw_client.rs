//! A client that shows responses byte for byte.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use callfold_sandbox::Sandbox;
use http::HeaderMap;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A response as received, up to the end of its connection.
#[derive(Debug)]
pub(crate) struct Answer {
    bytes: Vec<u8>,
    /// How the connection failed; `None` if it was closed in order.
    pub(crate) end: Option<ErrorKind>,
    /// Number of pieces, and the time they took.
    pub(crate) pieces: usize,
    pub(crate) took: Duration,
}

impl Answer {
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn head(&self) -> String {
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        String::from_utf8(self.bytes[..end].to_vec()).unwrap()
    }

    pub(crate) fn status(&self) -> u16 {
        self.head().split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.head();
        let mut pairs = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }

    pub(crate) fn announced(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.head().len() + 4..]
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(self.body()).unwrap()
    }
}

pub(crate) async fn connect(sandbox: &Sandbox, path: &str, headers: &HeaderMap) -> TcpStream {
    send(&sandbox.address().to_string(), path, headers).await
}

async fn send(address: &str, path: &str, headers: &HeaderMap) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut text = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    stream.write_all((text + "\r\n").as_bytes()).await.unwrap();
    stream
}

/// Sends a request with the vendor's keys and these headers, and reads the response.
pub(crate) async fn ask_with(sandbox: &Sandbox, path: &str, more: &HeaderMap) -> Answer {
    let mut headers = super::keys(path.split('/').nth(1).unwrap_or_default());
    headers.extend(more.clone());
    read(connect(sandbox, path, &headers).await).await
}

pub(crate) async fn ask(sandbox: &Sandbox, path: &str) -> Answer {
    ask_with(sandbox, path, &HeaderMap::new()).await
}

/// Sends a request to the address that a response names.
pub(crate) async fn ask_url(url: &str, headers: &HeaderMap) -> Answer {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    read(send(address, &format!("/{path}"), headers).await).await
}

pub(crate) async fn read(mut stream: TcpStream) -> Answer {
    let begin = Instant::now();
    let (mut bytes, mut pieces, mut chunk) = (Vec::new(), 0, vec![0; 1 << 16]);
    let end = loop {
        match stream.read(&mut chunk).await {
            Ok(0) => break None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) => break Some(error.kind()),
        }
        pieces += 1;
    };
    Answer { bytes, end, pieces, took: begin.elapsed() }
}
