//! A TCP server that does what a well-behaved one would not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Makes an answer of the head and the body of a request.
type MakeAnswer = dyn Fn(&str, &[u8]) -> Vec<u8> + Send + Sync;

/// What to do with one connection, once its request has come.
#[derive(Clone)]
pub(crate) enum Act {
    /// Send these bytes and close.
    Send(Vec<u8>),
    /// Send what this makes of the head and the body of the request, and close.
    Answer(Arc<MakeAnswer>),
    /// Close without a word, so that the client sees a reset.
    Reset,
    /// Send these bytes and then nothing, until the client leaves.
    Hold(Vec<u8>),
    /// Send these bytes, so many at a time, with a pause in between.
    Drip(Vec<u8>, usize, Duration),
    /// Send the first bytes, and the others again and again until the client
    /// leaves.
    Endless(Vec<u8>, Vec<u8>),
}

/// Serves connection after connection with the acts in order; the last one
/// repeats. Ends when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    sent: AtomicUsize,
    heads: Mutex<Vec<String>>,
}

impl Server {
    pub(crate) async fn start(acts: Vec<Act>) -> Self {
        Self::on(std::net::TcpListener::bind("127.0.0.1:0").expect("a port of this machine"), acts)
            .await
    }

    /// Serves on a listener whose address had to be known before.
    pub(crate) async fn on(listener: std::net::TcpListener, acts: Vec<Act>) -> Self {
        listener.set_nonblocking(true).expect("a port of this machine");
        let listener = TcpListener::from_std(listener).expect("a port of this machine");
        let url = format!("http://{}", listener.local_addr().expect("a port of this machine"));
        let seen = Arc::new(Seen::default());
        let log = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            // Dropped with this task, and all connections with it.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = log.connections.fetch_add(1, Ordering::SeqCst);
                let act = acts[number.min(acts.len() - 1)].clone();
                connections.spawn(serve(stream, act, Arc::clone(&log)));
            }
        });
        Self { url, seen, task }
    }

    /// Where the server listens, without the scheme.
    pub(crate) fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Connections accepted so far.
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// Bytes handed to the network so far.
    pub(crate) fn sent(&self) -> usize {
        self.seen.sent.load(Ordering::SeqCst)
    }

    /// The heads of the requests so far, in lower case.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, act: Act, seen: Arc<Seen>) {
    let Some((head, body)) = request(&mut stream).await else { return };
    seen.heads.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    let act = match act {
        Act::Answer(make) => Act::Send(make(&head, &body)),
        act => act,
    };
    match act {
        Act::Answer(_) => unreachable!("it was made into bytes"),
        Act::Send(bytes) => {
            send(&mut stream, &bytes, &seen).await;
            drop(stream.shutdown().await);
            until_gone(&mut stream).await;
        }
        // With no time to linger, closing sends a reset.
        Act::Reset => drop(stream.set_zero_linger()),
        Act::Hold(bytes) => {
            send(&mut stream, &bytes, &seen).await;
            until_gone(&mut stream).await;
        }
        Act::Drip(bytes, at_once, every) => {
            for piece in bytes.chunks(at_once) {
                if !send(&mut stream, piece, &seen).await {
                    return;
                }
                tokio::time::sleep(every).await;
            }
        }
        Act::Endless(head, piece) => {
            let mut more = send(&mut stream, &head, &seen).await;
            while more {
                more = send(&mut stream, &piece, &seen).await;
            }
        }
    }
}

/// Reads one request; answers its head, in lower case, and its body.
async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0_u8; 4096];
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                return Some((head, bytes.split_off(end + 4)));
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

async fn send(stream: &mut TcpStream, bytes: &[u8], seen: &Seen) -> bool {
    seen.sent.fetch_add(bytes.len(), Ordering::SeqCst);
    stream.write_all(bytes).await.is_ok()
}

/// Reads to the end, so that the client sees a close and not a reset.
async fn until_gone(stream: &mut TcpStream) {
    let mut buffer = [0_u8; 4096];
    while matches!(stream.read(&mut buffer).await, Ok(count) if count > 0) {}
}

/// An answer whose body has a length.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// An answer 200 with a JSON body.
pub(crate) fn ok(body: &str) -> Vec<u8> {
    answer("200 OK", "", body.as_bytes())
}

/// An answer 200 whose body comes in chunks, written as they are given.
pub(crate) fn chunked(chunks: &[u8]) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
                transfer-encoding: chunked\r\n\r\n";
    [head.as_bytes(), chunks].concat()
}

/// The answer without the last `missing` bytes.
pub(crate) fn cut(mut answer: Vec<u8>, missing: usize) -> Vec<u8> {
    answer.truncate(answer.len() - missing);
    answer
}
