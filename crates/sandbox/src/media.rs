//! Recordings: bytes with a real file header, complete or in part.

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use http::{HeaderMap, StatusCode};

use crate::hash_rng::HashRng;
use crate::reply::{HttpResponse, Request, response, set_header};
use crate::truth::Truth;

/// Bytes of a recording for each second of the call.
const BYTES_A_SECOND: i64 = 1_000;
const MAX_BYTES: i64 = 96_000;

/// Kind of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Ogg,
    Mp3,
    Mp4,
    Wav,
}

impl Media {
    /// Media type, and the first bytes of a file.
    fn header(self) -> (&'static str, &'static [u8]) {
        match self {
            Self::Ogg => ("audio/ogg", b"OggS\x00\x02"),
            Self::Mp3 => ("audio/mpeg", b"ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x50\xc4"),
            Self::Mp4 => ("video/mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"),
            Self::Wav => ("audio/wav", b"RIFF\xff\xff\xff\xffWAVEfmt "),
        }
    }
}

/// The recording of a call.
fn bytes(magic: &[u8], truth: &Truth) -> Vec<u8> {
    let seconds = truth.seconds().unwrap_or_default();
    let size = (seconds * BYTES_A_SECOND).clamp(2_000, MAX_BYTES) as usize;
    let rng: HashRng = truth.rng.derive("audio");
    let mut bytes = Vec::with_capacity(size + 8);
    bytes.extend_from_slice(magic);
    let mut bits = 0;
    while bytes.len() < size {
        bytes.extend_from_slice(&rng.nth(bits).bits("bytes").to_le_bytes());
        bits += 1;
    }
    bytes.truncate(size);
    bytes
}

/// Responds with the recording, or the part that `Range` requests.
pub(crate) fn serve(request: &Request, media: Media, truth: &Truth) -> HttpResponse {
    let (media_type, magic) = media.header();
    let body = Bytes::from(bytes(magic, truth));
    let size = body.len();
    let etag = format!("\"{:016x}\"", truth.rng.bits("etag"));
    let mut response = match requested(request.headers(), &etag, size) {
        ByteRange::All => response(StatusCode::OK, media_type, body),
        ByteRange::Span(start, end) => {
            let part = body.slice(start..end);
            let mut response = response(StatusCode::PARTIAL_CONTENT, media_type, part);
            let range = format!("bytes {start}-{}/{size}", end - 1);
            set_header(&mut response, CONTENT_RANGE, &range);
            response
        }
        ByteRange::Unsatisfiable => {
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            let mut response = response(status, media_type, Bytes::new());
            set_header(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
            response
        }
    };
    set_header(&mut response, ACCEPT_RANGES, "bytes");
    set_header(&mut response, ETAG, &etag);
    response
}

#[derive(Debug, PartialEq, Eq)]
enum ByteRange {
    All,
    /// From the first byte to before the second.
    Span(usize, usize),
    Unsatisfiable,
}

/// The requested part of `size` bytes; several ranges or an invalid one mean all.
fn requested(headers: &HeaderMap, etag: &str, size: usize) -> ByteRange {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(IF_RANGE).is_some_and(|known| known != etag) {
        return ByteRange::All;
    }
    let Some(range) = text(RANGE).and_then(|text| text.trim().strip_prefix("bytes=")) else {
        return ByteRange::All;
    };
    let Some((first, last)) = range.split_once('-') else {
        return ByteRange::All;
    };
    let number = |text: &str| text.trim().parse::<usize>().ok();
    match (number(first), number(last)) {
        (Some(first), _) if first >= size => ByteRange::Unsatisfiable,
        (Some(first), Some(last)) if last >= first => {
            ByteRange::Span(first, last.min(size - 1) + 1)
        }
        (Some(first), None) if last.trim().is_empty() => ByteRange::Span(first, size),
        (None, Some(0)) if first.trim().is_empty() => ByteRange::Unsatisfiable,
        (None, Some(count)) if first.trim().is_empty() => {
            ByteRange::Span(size.saturating_sub(count), size)
        }
        _ => ByteRange::All,
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteRange, requested};
    use http::HeaderMap;
    use http::header::{IF_RANGE, RANGE};

    #[test]
    fn ranges_are_read_as_http_says() {
        let rows = [
            ("bytes=0-99", ByteRange::Span(0, 100)),
            ("bytes=900-", ByteRange::Span(900, 1_000)),
            ("bytes=-10", ByteRange::Span(990, 1_000)),
            ("bytes=-5000", ByteRange::Span(0, 1_000)),
            ("bytes=990-5000", ByteRange::Span(990, 1_000)),
            ("bytes=1000-", ByteRange::Unsatisfiable),
            ("bytes=-0", ByteRange::Unsatisfiable),
            ("bytes=5-1", ByteRange::All),
            ("bytes=0-1,5-6", ByteRange::All),
            ("lines=0-1", ByteRange::All),
            ("bytes=x-y", ByteRange::All),
        ];
        for (text, expected) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, text.parse().unwrap());
            assert_eq!(requested(&headers, "\"e\"", 1_000), expected, "{text}");
            headers.insert(IF_RANGE, "\"other\"".parse().unwrap());
            assert_eq!(requested(&headers, "\"e\"", 1_000), ByteRange::All);
        }
    }
}
