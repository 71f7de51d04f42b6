//! A TCP server that does what a well-behaved one would not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What to do with one connection.
#[derive(Clone)]
pub enum Act {
    /// Write these bytes and close.
    Write(Vec<u8>),
    /// Close without a word, so that the client sees a reset.
    Reset,
    /// Write these bytes and then nothing, holding the connection open.
    Stall(Vec<u8>),
    /// Answer every request on the connection with these bytes.
    KeepAlive(Vec<u8>),
    /// Write the head, then this piece again and again.
    Drip { head: Vec<u8>, piece: Vec<u8>, every: Duration },
}

/// Serves connection after connection with the acts in order; the last one
/// repeats.
pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (log, accepted) = (Arc::clone(&requests), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            let mut acts = acts.into_iter().peekable();
            let mut last = None;
            while let Ok((stream, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                let act = acts.next().or_else(|| last.clone()).unwrap();
                last = Some(act.clone());
                tokio::spawn(serve(stream, act, Arc::clone(&log)));
            }
        });
        Self { url, requests, connections, task }
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The heads of the requests received so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, act: Act, log: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    let mut buffer = [0_u8; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => head.extend_from_slice(&buffer[..n]),
        }
    }
    log.lock().unwrap().push(String::from_utf8_lossy(&head).to_lowercase());
    match act {
        Act::Write(bytes) => {
            drop(stream.write_all(&bytes).await);
            drop(stream.shutdown().await);
            // Reading to the end lets the client see a close, not a reset.
            while matches!(stream.read(&mut buffer).await, Ok(n) if n > 0) {}
        }
        Act::Reset => {
            // With no time to linger, closing sends a reset.
            drop(stream.set_zero_linger());
        }
        Act::KeepAlive(bytes) => loop {
            drop(stream.write_all(&bytes).await);
            // The requests of these tests arrive in one piece.
            match stream.read(&mut buffer).await {
                Ok(n) if n > 0 => {
                    log.lock().unwrap().push(String::from_utf8_lossy(&buffer[..n]).to_lowercase());
                }
                _ => return,
            }
        },
        Act::Stall(bytes) => {
            drop(stream.write_all(&bytes).await);
            while matches!(stream.read(&mut buffer).await, Ok(n) if n > 0) {}
        }
        Act::Drip { head, piece, every } => {
            drop(stream.write_all(&head).await);
            while stream.write_all(&piece).await.is_ok() {
                tokio::time::sleep(every).await;
            }
        }
    }
}

/// A response with a length of its own.
pub fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub fn ok(body: &str) -> Vec<u8> {
    response("200 OK", "", body.as_bytes())
}

/// A response that promises more than it holds.
pub fn cut(body: &str, keep: usize) -> Vec<u8> {
    let mut bytes = ok(body);
    bytes.truncate(bytes.len() - (body.len() - keep));
    bytes
}
