//! A raw TCP server, for responses that a well-behaved server never sends.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Makes a response from the head and the body of a request.
type Respond = dyn Fn(&str, &[u8]) -> Vec<u8> + Send + Sync;

/// What the server does with one connection once it has read the request.
#[derive(Clone)]
pub enum ServerAction {
    /// Sends these bytes and closes.
    Send(Vec<u8>),
    /// Sends what this makes of the head and the body of the request, and closes.
    Respond(Arc<Respond>),
    /// Resets the connection.
    Reset,
    /// Sends these bytes and then nothing, until the client leaves.
    Stall(Vec<u8>),
    /// Answers every request on the connection with this response, without its
    /// `connection: close`.
    KeepAlive(Vec<u8>),
    /// Sends these bytes, so many at a time, with a pause in between.
    Drip(Vec<u8>, usize, Duration),
    /// Sends the first bytes, and the second ones with a pause in between until the client leaves.
    Repeat(Vec<u8>, Vec<u8>, Duration),
}

impl fmt::Debug for ServerAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerAction")
    }
}

/// Serves connection after connection with the actions in order; the last one repeats. Stops when
/// dropped.
#[derive(Debug)]
pub struct RawServer {
    /// The base URL, without a slash at its end.
    pub url: String,
    log: Arc<Log>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Log {
    connections: AtomicUsize,
    sent: AtomicUsize,
    heads: Mutex<Vec<String>>,
}

impl Log {
    fn push(&self, head: &str) {
        let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        heads.push(format!("{head}\r\n\r\n"));
    }
}

impl RawServer {
    /// Starts a server on a free port.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn start(actions: Vec<ServerAction>) -> Self {
        Self::on(std::net::TcpListener::bind("127.0.0.1:0").expect("a free port"), actions).await
    }

    /// Starts a server on a listener whose address is needed before.
    ///
    /// # Panics
    ///
    /// If the listener cannot be used.
    pub async fn on(listener: std::net::TcpListener, actions: Vec<ServerAction>) -> Self {
        listener.set_nonblocking(true).expect("a usable listener");
        let listener = TcpListener::from_std(listener).expect("a usable listener");
        let url = format!("http://{}", listener.local_addr().expect("a usable listener"));
        let log = Arc::new(Log::default());
        let shared = Arc::clone(&log);
        let task = tokio::spawn(async move {
            // Dropped with this task, and all connections with it.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = shared.connections.fetch_add(1, Ordering::SeqCst);
                let action = actions[number.min(actions.len() - 1)].clone();
                connections.spawn(serve(stream, action, Arc::clone(&shared)));
            }
        });
        Self { url, log, task }
    }

    /// Host and port.
    pub fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Number of connections so far.
    pub fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }

    /// Number of bytes sent so far.
    pub fn sent(&self) -> usize {
        self.log.sent.load(Ordering::SeqCst)
    }

    /// The heads of the requests so far, in lower case.
    pub fn requests(&self) -> Vec<String> {
        self.log.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, action: ServerAction, log: Arc<Log>) {
    let Some((head, body)) = read_request(&mut stream).await else { return };
    log.push(&head);
    match action {
        ServerAction::Respond(respond) => {
            send_and_close(&mut stream, &respond(&head, &body), &log).await
        }
        ServerAction::Send(bytes) => send_and_close(&mut stream, &bytes, &log).await,
        // Closing without lingering resets the connection.
        ServerAction::Reset => drop(stream.set_zero_linger()),
        ServerAction::Stall(bytes) => {
            send(&mut stream, &bytes, &log).await;
            until_closed(&mut stream).await;
        }
        ServerAction::KeepAlive(bytes) => {
            let text = String::from_utf8_lossy(&bytes).replacen("connection: close\r\n", "", 1);
            while send(&mut stream, text.as_bytes(), &log).await {
                let Some((head, _)) = read_request(&mut stream).await else { return };
                log.push(&head);
            }
        }
        ServerAction::Drip(bytes, size, pause) => {
            for piece in bytes.chunks(size) {
                if !send(&mut stream, piece, &log).await {
                    return;
                }
                tokio::time::sleep(pause).await;
            }
        }
        ServerAction::Repeat(head, piece, pause) => {
            let mut is_open = send(&mut stream, &head, &log).await;
            while is_open {
                is_open = send(&mut stream, &piece, &log).await;
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }
}

/// Reads one request; returns its head, in lower case, and its body.
async fn read_request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
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

async fn send(stream: &mut TcpStream, bytes: &[u8], log: &Log) -> bool {
    log.sent.fetch_add(bytes.len(), Ordering::SeqCst);
    stream.write_all(bytes).await.is_ok()
}

async fn send_and_close(stream: &mut TcpStream, bytes: &[u8], log: &Log) {
    send(stream, bytes, log).await;
    drop(stream.shutdown().await);
    until_closed(stream).await;
}

/// Reads to the end, so that the client sees a close and not a reset.
async fn until_closed(stream: &mut TcpStream) {
    let mut buffer = [0_u8; 4096];
    while matches!(stream.read(&mut buffer).await, Ok(count) if count > 0) {}
}

/// A response with a content length.
pub fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A response 200 with a JSON body.
pub fn ok(body: &str) -> Vec<u8> {
    response("200 OK", "", body.as_bytes())
}

/// A response 200 with a chunked body, sent as given.
pub fn chunked(chunks: &[u8]) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
                transfer-encoding: chunked\r\n\r\n";
    [head.as_bytes(), chunks].concat()
}

/// The response without its last `missing` bytes.
pub fn truncated(mut response: Vec<u8>, missing: usize) -> Vec<u8> {
    response.truncate(response.len() - missing);
    response
}
