//! Zstandard (RFC 8878), which is not left to reqwest: its decoder is C code,
//! and to build that takes longer than all of this crate.

use http::{HeaderMap, header};
use ruzstd::decoding::{
    StreamingDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};
use std::io::{self, Read};

/// Whether a body came like this. Where the client unpacks it by itself, it
/// takes the header away.
pub(super) fn is_zstd(headers: &HeaderMap) -> bool {
    let coding = headers.get(header::CONTENT_ENCODING);
    coding.is_some_and(|coding| coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"zstd"))
}

/// The headers without what is true of the packed body only.
pub(super) fn strip_encoding_headers(mut headers: HeaderMap) -> HeaderMap {
    if is_zstd(&headers) {
        headers.remove(header::CONTENT_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
    }
    headers
}

/// What is in all frames of a body; the end is missing once it is longer than
/// `most` bytes, of which it shows one.
pub(super) fn unpack(mut packed: &[u8], most: usize) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    while !packed.is_empty() && body.len() <= most {
        match StreamingDecoder::new(&mut packed) {
            Ok(frame) => {
                let room = most - body.len() + 1;
                frame.take(room as u64).read_to_end(&mut body)?;
            }
            // What other programs keep for themselves.
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let rest = packed.get(length as usize..);
                packed = rest.ok_or(io::ErrorKind::UnexpectedEof)?;
            }
            Err(error) => return Err(io::Error::other(error)),
        }
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    fn frame(text: &str) -> Vec<u8> {
        compress_to_vec(text.as_bytes(), CompressionLevel::Fastest)
    }

    #[test]
    fn all_frames_are_unpacked_and_what_is_no_data_is_skipped() {
        let skippable = [&0x184d_2a50_u32.to_le_bytes()[..], &3_u32.to_le_bytes(), b"abc"].concat();
        let body = [frame("[1,"), skippable, frame("2]")].concat();
        assert_eq!(unpack(&body, 100).unwrap(), b"[1,2]");
        assert_eq!(unpack(b"", 100).unwrap(), b"");
    }

    #[test]
    fn headers_of_other_bodies_stay() {
        let headers = |coding| {
            let pairs = [(header::CONTENT_ENCODING, coding), (header::CONTENT_LENGTH, "7")];
            let pairs = pairs.map(|(name, value)| (name, http::HeaderValue::from_static(value)));
            strip_encoding_headers(HeaderMap::from_iter(pairs)).len()
        };
        assert_eq!((headers("zstd"), headers("ZStd "), headers("gzip")), (0, 0, 2));
    }

    #[test]
    fn body_that_is_too_long_ends_after_one_byte_more() {
        let body = [frame(&"x".repeat(600)), frame(&"y".repeat(600))].concat();
        assert_eq!(unpack(&body, 1_200).unwrap().len(), 1_200);
        assert_eq!(unpack(&body, 1_199).unwrap().len(), 1_200);
        assert_eq!(unpack(&body, 100).unwrap().len(), 101);
    }

    #[test]
    fn cut_or_damaged_body_is_an_error() {
        let mut body = frame(&"call ".repeat(200));
        for length in 1..body.len() {
            assert!(unpack(&body[..length], 10_000).is_err(), "{length} of {} bytes", body.len());
        }
        body[0] ^= 1;
        assert!(unpack(&body, 10_000).is_err());
    }
}
