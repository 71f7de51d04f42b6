//! Bodies that stop early or come slowly, and connections that are reset.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// The connection is closed on purpose, before or within a response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionClosed;

impl fmt::Display for ConnectionClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed on purpose")
    }
}

impl std::error::Error for ConnectionClosed {}

/// The body of a response: complete or in pieces.
#[derive(Debug)]
pub(crate) struct OutgoingBody {
    pieces: VecDeque<Bytes>,
    /// Announced bytes that are not sent yet.
    left: u64,
    /// Pause between two pieces, and before the connection closes.
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    started: bool,
}

impl OutgoingBody {
    /// All of it at once.
    pub(crate) fn complete(bytes: Bytes) -> Self {
        let left = bytes.len() as u64;
        let pieces = if bytes.is_empty() { VecDeque::new() } else { [bytes].into() };
        Self { pieces, left, pause: Duration::ZERO, waiting: None, started: false }
    }

    /// All of it in so many pieces of one size, with a pause between them.
    pub(crate) fn slow(bytes: &Bytes, pieces: usize, pause: Duration) -> Self {
        let size = bytes.len().div_ceil(pieces.max(1)).max(1);
        let pieces = (0..bytes.len()).step_by(size);
        let pieces = pieces.map(|from| bytes.slice(from..bytes.len().min(from + size))).collect();
        Self { pieces, pause, ..Self::complete(bytes.clone()) }
    }

    /// The first half, then the connection closes; the full length is announced.
    pub(crate) fn cut(bytes: &Bytes) -> Self {
        let half = bytes.slice(..bytes.len() / 2);
        // The pause lets the half go out before the connection ends.
        let pause = Duration::from_millis(1);
        Self { pieces: [half].into(), pause, ..Self::complete(bytes.clone()) }
    }
}

impl hyper::body::Body for OutgoingBody {
    type Data = Bytes;
    type Error = ConnectionClosed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ConnectionClosed>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        if self.started && !self.pause.is_zero() {
            let pause = self.pause;
            ready!(self.waiting.get_or_insert_with(|| Box::pin(sleep(pause))).as_mut().poll(cx));
            self.waiting = None;
        }
        self.started = true;
        Poll::Ready(Some(match self.pieces.pop_front() {
            Some(piece) => {
                self.left = self.left.saturating_sub(piece.len() as u64);
                Ok(Frame::data(piece))
            }
            None => Err(ConnectionClosed),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A connection that can be reset.
#[derive(Debug)]
pub(crate) struct ResettableStream {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl ResettableStream {
    /// Wraps a connection, which is reset instead of closed once `reset` is set.
    pub(crate) fn new(stream: TcpStream, reset: Arc<AtomicBool>) -> Self {
        Self { stream, reset }
    }
}

impl Drop for ResettableStream {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Acquire) {
            // Closing without lingering resets the connection.
            let _set = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for ResettableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for ResettableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Acquire) {
            // An orderly shutdown would reach the client before the reset.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
