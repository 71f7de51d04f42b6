//! Recordings and response latency.

use super::{Warnings, text};
use crate::model::{Latency, Recording, WarningCode};

/// The recording at a URL; none when there is no URL.
pub(crate) fn recording(
    url: Option<String>,
    media_type: Option<&str>,
    needs_auth: bool,
) -> Vec<Recording> {
    let recording = |url: String| Recording {
        media_type: media_type.or_else(|| by_name(&url)).map(str::to_owned),
        url,
        needs_auth,
    };
    text(url).map(recording).into_iter().collect()
}

/// The media type a file's name tells.
fn by_name(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next()?;
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "m4a" => "audio/mp4",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "webm" => "video/webm",
        "flac" => "audio/flac",
        _ => return None,
    })
}

/// Keeps a statistic that can be one: a number of milliseconds that is finite
/// and not negative.
pub(crate) fn statistic(
    value: Option<f64>,
    stage_pointer: &str,
    name: &str,
    warnings: &mut Warnings,
) -> Option<f64> {
    let value = value?;
    if value.is_finite() && value >= 0.0 {
        return Some(value);
    }
    warnings.add(
        WarningCode::InvalidValue,
        format!("{stage_pointer}{name}"),
        "a latency is never negative; left out",
    );
    None
}

/// Warns when a stage announces another number of samples than it lists.
pub(crate) fn check_samples(
    stage: &Latency,
    samples: Option<usize>,
    pointer: impl FnOnce() -> String,
    warnings: &mut Warnings,
) {
    let (Some(count), Some(samples)) = (stage.count, samples) else { return };
    if usize::try_from(count) != Ok(samples) {
        warnings.add(
            WarningCode::SampleCountMismatch,
            pointer(),
            format!("{count} samples are announced, {samples} are listed"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_type_is_documented_or_from_the_name() {
        let cases = [
            ("https://storage.example.com/a/b.mp3", Some("audio/mpeg")),
            ("https://storage.example.com/a/b.MP4?sig=x.mp3#t", Some("video/mp4")),
            ("https://api.example.com/stream/7", None),
            ("https://api.example.com/v1.mp3/stream", None),
        ];
        for (url, expect) in cases {
            let found = recording(Some(url.into()), None, false).remove(0);
            assert_eq!(found.media_type.as_deref(), expect, "{url}");
            let found = recording(Some(url.into()), Some("audio/ogg"), true).remove(0);
            assert_eq!(found.media_type.as_deref(), Some("audio/ogg"));
        }
        assert!(recording(Some("".into()), None, false).is_empty());
        assert!(recording(None, None, false).is_empty());
    }

    #[test]
    fn announced_and_listed_samples_are_compared() {
        let stage = Latency { count: Some(12), ..Latency::stage("e2e") };
        let mut warnings = Warnings::default();
        check_samples(&stage, Some(12), || "/l".into(), &mut warnings);
        check_samples(&stage, None, || "/l".into(), &mut warnings);
        assert_eq!(warnings.codes(), []);
        check_samples(&stage, Some(5), || "/l".into(), &mut warnings);
        assert_eq!(warnings.codes(), [("sample_count_mismatch", "/l")]);
    }

    #[test]
    fn negative_latency_is_left_out_and_noted() {
        let mut warnings = Warnings::default();
        assert_eq!(statistic(Some(1.5), "/l", "/p50", &mut warnings), Some(1.5));
        assert_eq!(statistic(Some(-1.0), "/l", "/p50", &mut warnings), None);
        assert_eq!(warnings.codes(), [("invalid_value", "/l/p50")]);
    }
}
