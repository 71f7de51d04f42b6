//! File names from ids of any content.

use crate::record_hash::text_hash;

/// Bytes that every file system allows in a name, less an extension.
const MAX_LEN: usize = 200;

/// The relative path of a recording without its extension: vendor, account, and the
/// call's id, with the recording's number if it is not the first.
pub(super) fn stem(vendor: &str, account: &str, call_id: &str, position: i64) -> String {
    let place = if position == 0 { String::new() } else { format!("~{}", position + 1) };
    format!("{}/{}/{}{place}", part(vendor), part(account), part(call_id))
}

/// One component of a path. Bytes other than letters, digits, `-`, `_` and inner `.`
/// are percent-encoded, so that no id leads out of its directory. Two ids never share
/// a name.
///
/// A name that is too long, has capitals or is a device's gets a hash of the id: some
/// file systems ignore case.
fn part(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(byte.into()),
            b'.' if at > 0 && at + 1 < text.len() => name.push('.'),
            _ => name.push_str(&format!("%{byte:02x}")),
        }
    }
    let has_capitals = name.bytes().any(|byte| byte.is_ascii_uppercase());
    if !name.is_empty() && name.len() <= MAX_LEN && !has_capitals && !is_device(&name) {
        return name;
    }
    let hash = text_hash(text);
    let hash: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    name.truncate(MAX_LEN);
    format!("{name}~{hash}")
}

/// Whether the name is a device on Windows, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let numbered =
        |word: &str| stem.strip_prefix(word).is_some_and(|rest| rest.len() == 1 && rest != "0");
    ["con", "prn", "aux", "nul"].contains(&stem) || numbered("com") || numbered("lpt")
}

/// The media type without its parameters, and the file extension; `None` if it is
/// not a recording.
pub(super) fn ending(content_type: Option<&str>, url: &str) -> Option<(String, String)> {
    let full = content_type.unwrap_or("application/octet-stream");
    let plain = full.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = match plain.as_str() {
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "wav",
        "audio/ogg" | "audio/opus" | "application/ogg" => "ogg",
        "audio/mp4" | "audio/x-m4a" | "audio/m4a" => "m4a",
        "audio/webm" | "video/webm" => "webm",
        "audio/flac" | "audio/x-flac" => "flac",
        "audio/aac" => "aac",
        "video/mp4" => "mp4",
        "application/octet-stream" | "binary/octet-stream" => "",
        other if other.starts_with("audio/") || other.starts_with("video/") => "",
        _ => return None,
    };
    let ending = if known.is_empty() { of_url(url).unwrap_or("bin") } else { known };
    Some((plain, ending.to_owned()))
}

/// The extension in the URL.
fn of_url(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    let plain = ending.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (plain && (1..=5).contains(&ending.len())).then_some(ending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, path::Path};

    #[test]
    fn no_id_leads_out_of_the_directory() {
        for id in [
            "..",
            ".",
            "../../etc/passwd",
            "/etc/passwd",
            "a/../../b",
            "..\\..\\x",
            "~root",
            "",
            "C:\\x",
            "\u{0}x",
            ".hidden",
            "x.",
        ] {
            let name = stem("acme", "main", id, 0);
            let parts: Vec<_> =
                Path::new(&name).components().map(|part| part.as_os_str()).collect();
            assert_eq!(parts.len(), 3, "{id:?} as {name}");
            let last = parts[2].to_str().unwrap();
            assert!(!last.starts_with('.') && !last.contains(['/', '\\', ':', '\0']), "{name}");
        }
    }

    #[test]
    fn ids_have_names_of_their_own_that_every_file_system_takes() {
        let long = "x".repeat(300);
        let ids = [
            "a",
            "A",
            "a%2f",
            "a/",
            "a.b",
            "con",
            "nul.x",
            "com1",
            "é",
            "E\u{301}",
            &long,
            &long[1..],
        ];
        let names: BTreeSet<String> =
            ids.iter().map(|id| stem("acme", "main", id, 0).to_lowercase()).collect();
        assert_eq!(names.len(), ids.len());
        assert!(names.iter().flat_map(|name| name.split('/')).all(|part| part.len() <= 250));
        assert_eq!(
            stem("acme", "my account", "outbound-17-0a", 1),
            "acme/my%20account/outbound-17-0a~2"
        );
        assert_ne!(stem("acme", "main", "a~2", 0), stem("acme", "main", "a", 1));
    }

    #[test]
    fn only_media_is_a_recording() {
        let cases = [
            (Some("audio/mpeg"), "https://a.example/x", Some("mp3")),
            (Some("Audio/OGG; codecs=opus"), "https://a.example/x.mp3", Some("ogg")),
            (Some("video/mp4"), "https://a.example/x", Some("mp4")),
            (Some("application/octet-stream"), "https://a.example/x.wav?token=a.b", Some("wav")),
            (Some("audio/strange"), "https://a.example/x.TOOLONG", Some("bin")),
            (None, "https://a.example/", Some("bin")),
            (Some("text/html; charset=utf-8"), "https://a.example/x.mp3", None),
            (Some("application/json"), "https://a.example/x.mp3", None),
            (Some("application/xml"), "https://a.example/x.mp3", None),
        ];
        for (content_type, url, expect) in cases {
            let found = ending(content_type, url).map(|(_, ending)| ending);
            assert_eq!(found.as_deref(), expect, "{content_type:?} {url}");
        }
    }
}
