//! Recordings: bytes that begin like the real thing, in whole or in part.

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use http::{HeaderMap, StatusCode};

use crate::dice::Dice;
use crate::reply::{Request, Response, answer, set};
use crate::truth::Truth;

/// Bytes of a recording for each second of the call.
const BYTES_A_SECOND: i64 = 1_000;
const MOST_BYTES: i64 = 96_000;

/// Kind of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Ogg,
    Mp3,
    Mp4,
}

impl Media {
    fn media_type(self) -> &'static str {
        match self {
            Self::Ogg => "audio/ogg",
            Self::Mp3 => "audio/mpeg",
            Self::Mp4 => "video/mp4",
        }
    }

    fn magic(self) -> &'static [u8] {
        match self {
            Self::Ogg => b"OggS\x00\x02",
            Self::Mp3 => b"ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x50\xc4",
            Self::Mp4 => b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
        }
    }
}

/// The recording of a call.
fn bytes(media: Media, truth: &Truth) -> Vec<u8> {
    let seconds = truth.seconds().unwrap_or_default();
    let size = (seconds * BYTES_A_SECOND).clamp(2_000, MOST_BYTES) as usize;
    let dice: Dice = truth.dice.of("audio");
    let mut bytes = Vec::with_capacity(size + 8);
    bytes.extend_from_slice(media.magic());
    let mut word = 0;
    while bytes.len() < size {
        bytes.extend_from_slice(&dice.nth(word).word("bytes").to_le_bytes());
        word += 1;
    }
    bytes.truncate(size);
    bytes
}

/// Answers with the recording, or the part that `Range` asks for.
pub(crate) fn serve(request: &Request, media: Media, truth: &Truth) -> Response {
    let body = Bytes::from(bytes(media, truth));
    let size = body.len();
    let etag = format!("\"{:016x}\"", truth.dice.word("etag"));
    let mut response = match part(request.headers(), &etag, size) {
        Part::Whole => answer(StatusCode::OK, media.media_type(), body),
        Part::From(start, end) => {
            let part = body.slice(start..end);
            let mut response = answer(StatusCode::PARTIAL_CONTENT, media.media_type(), part);
            let range = format!("bytes {start}-{}/{size}", end - 1);
            set(&mut response, CONTENT_RANGE, &range);
            response
        }
        Part::Outside => {
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            let mut response = answer(status, media.media_type(), Bytes::new());
            set(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
            response
        }
    };
    set(&mut response, ACCEPT_RANGES, "bytes");
    set(&mut response, ETAG, &etag);
    response
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// From the first byte to before the second.
    From(usize, usize),
    Outside,
}

/// The part of `size` bytes that is asked for; several parts, or nonsense, are the whole.
fn part(headers: &HeaderMap, etag: &str, size: usize) -> Part {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(IF_RANGE).is_some_and(|known| known != etag) {
        return Part::Whole;
    }
    let Some(range) = text(RANGE).and_then(|text| text.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    let Some((first, last)) = range.split_once('-') else {
        return Part::Whole;
    };
    let number = |text: &str| text.trim().parse::<usize>().ok();
    match (number(first), number(last)) {
        (Some(first), _) if first >= size => Part::Outside,
        (Some(first), Some(last)) if last >= first => Part::From(first, last.min(size - 1) + 1),
        (Some(first), None) if last.trim().is_empty() => Part::From(first, size),
        (None, Some(0)) if first.trim().is_empty() => Part::Outside,
        (None, Some(count)) if first.trim().is_empty() => {
            Part::From(size.saturating_sub(count), size)
        }
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, part};
    use http::HeaderMap;
    use http::header::{IF_RANGE, RANGE};

    #[test]
    fn ranges_are_read_as_http_says() {
        let rows = [
            ("bytes=0-99", Part::From(0, 100)),
            ("bytes=900-", Part::From(900, 1_000)),
            ("bytes=-10", Part::From(990, 1_000)),
            ("bytes=-5000", Part::From(0, 1_000)),
            ("bytes=990-5000", Part::From(990, 1_000)),
            ("bytes=1000-", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=5-1", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("bytes=x-y", Part::Whole),
        ];
        for (text, expected) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, text.parse().unwrap());
            assert_eq!(part(&headers, "\"e\"", 1_000), expected, "{text}");
            headers.insert(IF_RANGE, "\"other\"".parse().unwrap());
            assert_eq!(part(&headers, "\"e\"", 1_000), Part::Whole);
        }
    }
}
