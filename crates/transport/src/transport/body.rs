//! Reading a body with limits on its size and on its silence.

use super::failure::{damaged, of_reqwest};
use super::{Shared, zstd};
use crate::error::{ErrorContext, ErrorKind};
use crate::stats::Counters;
use crate::{ByteStream, Error, PooledBuf};
use bytes::{Bytes, BytesMut};
use callfold_record::runtime::redact;
use futures_util::stream;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Reads the whole body, as decompressed: never holds more than the cap and
/// one chunk.
pub(super) async fn read(
    context: &ErrorContext,
    response: &mut reqwest::Response,
    shared: &Shared,
) -> Result<Bytes, Error> {
    let (cap, stall) = (shared.limits.max_body, shared.limits.stall);
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > cap) {
        return Err(body_too_large(context, cap));
    }
    let is_zstd = zstd::is_zstd(response.headers());
    let mut first: Option<Bytes> = None;
    let mut rest: Option<PooledBuf> = None;
    while let Some(chunk) = next_chunk(context, response, stall).await? {
        if !is_zstd {
            shared.counters.bytes(chunk.len());
        }
        let held = first.as_ref().map_or(0, Bytes::len);
        let held = held + rest.as_ref().map_or(0, |rest| rest.len());
        if held + chunk.len() > cap {
            return Err(body_too_large(context, cap));
        }
        match (first.take(), &mut rest) {
            // A body of one chunk is handed on without a copy.
            (None, None) => first = Some(chunk),
            (None, Some(rest)) => rest.extend_from_slice(&chunk),
            (Some(begin), rest) => {
                let mut body = shared.bodies.take();
                let expected = announced.unwrap_or(held * 4);
                body.reserve(expected.clamp(held + chunk.len(), cap));
                body.extend_from_slice(&begin);
                body.extend_from_slice(&chunk);
                *rest = Some(body);
            }
        }
    }
    let body = first.unwrap_or_else(|| rest.map_or_else(Bytes::new, Bytes::from_owner));
    if !is_zstd {
        return Ok(without_secrets(body, shared));
    }
    let body = zstd::unpack(&body, cap).map_err(|cause| damaged(context).with_source(cause))?;
    shared.counters.bytes(body.len());
    if body.len() > cap {
        Err(body_too_large(context, cap))
    } else {
        Ok(without_secrets(body.into(), shared))
    }
}

/// The body without the values of the members that hold credentials.
fn without_secrets(body: Bytes, shared: &Shared) -> Bytes {
    let redacted = match redact(&body, shared.secret_fields) {
        Cow::Owned(redacted) => Some(redacted),
        Cow::Borrowed(_) => None,
    };
    redacted.map_or(body, Bytes::from)
}

/// Error bodies are read so far, and waited for so long.
const MAX_ERROR_BODY: usize = 64 * 1024;
const MAX_ERROR_WAIT: Duration = Duration::from_secs(5);

/// Reads the start of an error's body: whatever is wrong with the rest of it,
/// the status is what counts.
pub(super) async fn read_start(response: &mut reqwest::Response, shared: &Shared) -> Bytes {
    let mut body = BytesMut::new();
    let read = async {
        while body.len() < MAX_ERROR_BODY {
            let Ok(Some(chunk)) = response.chunk().await else { break };
            shared.counters.bytes(chunk.len());
            body.extend_from_slice(&chunk[..chunk.len().min(MAX_ERROR_BODY - body.len())]);
        }
    };
    drop(timeout(MAX_ERROR_WAIT, read).await);
    if zstd::is_zstd(response.headers()) {
        let body = zstd::unpack(&body, MAX_ERROR_BODY).unwrap_or_default();
        return without_secrets(body.into(), shared);
    }
    without_secrets(body.freeze(), shared)
}

async fn next_chunk(
    context: &ErrorContext,
    response: &mut reqwest::Response,
    stall: Duration,
) -> Result<Option<Bytes>, Error> {
    match timeout(stall, response.chunk()).await {
        Ok(Ok(chunk)) => Ok(chunk),
        Ok(Err(error)) => Err(of_reqwest(context, error)),
        Err(_) => {
            let what = format!("the body stalled for {stall:?}");
            Err(Error::plain(context, ErrorKind::Timeout, what))
        }
    }
}

fn body_too_large(context: &ErrorContext, cap: usize) -> Error {
    let what = format!("more than {cap} bytes, the limit of max_body");
    Error::plain(context, ErrorKind::TooLarge, what)
}

/// A body handed on piece by piece.
pub(super) fn stream_of(
    context: &ErrorContext,
    shared: &Shared,
    response: reqwest::Response,
) -> Result<ByteStream, Error> {
    if zstd::is_zstd(response.headers()) {
        let what = "the file came compressed with zstd, although it was requested uncompressed";
        return Err(Error::plain(context, ErrorKind::Vendor, what));
    }
    struct BodyState {
        context: ErrorContext,
        response: reqwest::Response,
        left: u64,
        cap: u64,
        stall: Duration,
        counters: Arc<Counters>,
    }
    let state = BodyState {
        context: context.clone(),
        response,
        left: shared.limits.max_download,
        cap: shared.limits.max_download,
        stall: shared.limits.stall,
        counters: Arc::clone(&shared.counters),
    };
    let stream = stream::try_unfold(state, |mut state| async move {
        loop {
            let chunk = next_chunk(&state.context, &mut state.response, state.stall).await?;
            let Some(chunk) = chunk else { return Ok(None) };
            state.counters.bytes(chunk.len());
            let length = chunk.len() as u64;
            if length > state.left {
                let what = format!("more than {} bytes, the limit of max_download", state.cap);
                return Err(Error::plain(&state.context, ErrorKind::TooLarge, what));
            }
            state.left -= length;
            if length > 0 {
                return Ok(Some((chunk, state)));
            }
        }
    });
    Ok(ByteStream::new(Box::pin(stream)))
}
