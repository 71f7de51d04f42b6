//! Recordings and response latency.

use super::{Warnings, text};
use crate::{
    Context,
    model::{Latency, Recording, WarningCode},
};

/// The recording at a URL; none when there is no URL. `documented` is the media type where the
/// file's name tells none.
pub(crate) fn recording(
    url: Option<String>,
    documented: Option<&str>,
    needs_auth: bool,
) -> Vec<Recording> {
    let recording = |url: String| Recording {
        media_type: by_name(&url).or(documented).map(str::to_owned),
        url,
        needs_auth,
    };
    text(url).map(recording).into_iter().collect()
}

/// The path and the query of a URL of the source's own API, which is at `own_url` unless the source
/// says otherwise; `None` for any other URL.
pub(crate) fn api_path<'a>(
    url: &'a str,
    context: &Context,
    own_url: &str,
) -> Option<(&'a str, &'a str)> {
    let base = context.base_url.as_deref().unwrap_or(own_url).trim_end_matches('/');
    let head = url.get(..base.len()).filter(|head| head.eq_ignore_ascii_case(base))?;
    let rest = url[head.len()..].split('#').next()?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    path.starts_with('/').then_some((path, query))
}

/// The media type a file's name tells. A call is sound, whatever its container could hold.
fn by_name(url: &str) -> Option<&'static str> {
    let path = url.split('?').next()?.split('#').next()?;
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "mp3" => "audio/mpeg",
        "mp4" | "m4a" => "audio/mp4",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "webm" => "audio/webm",
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
    fn media_type_is_by_the_name_or_else_documented() {
        let cases = [
            ("https://storage.example.com/a/b.mp3", Some("audio/mpeg")),
            ("https://storage.example.com/a/b.MP4?sig=x.mp3#t", Some("audio/mp4")),
            ("https://storage.example.com/a/b.webm", Some("audio/webm")),
            ("https://storage.example.com/a/b.wav", Some("audio/wav")),
            ("https://storage.example.com/a/b.ogg", Some("audio/ogg")),
            ("https://api.example.com/stream/7", None),
            ("https://api.example.com/v1.mp3/stream", None),
        ];
        for (url, by_name) in cases {
            let read =
                |documented| recording(Some(url.into()), documented, false).remove(0).media_type;
            assert_eq!(read(None).as_deref(), by_name, "{url}");
            assert_eq!(
                read(Some("audio/flac")).as_deref(),
                by_name.or(Some("audio/flac")),
                "{url}"
            );
        }
        assert!(recording(Some("".into()), None, false).is_empty());
        assert!(recording(None, None, false).is_empty());
    }

    #[test]
    fn path_of_the_api_is_one_at_the_configured_host() {
        let own = "https://api.example.com";
        let elsewhere = Context::default().with_base_url("https://eu.example.com/voice/");
        for (url, plain, configured) in [
            ("https://api.example.com/a/b?c=d#e", Some(("/a/b", "c=d")), None),
            ("https://API.example.com/a", Some(("/a", "")), None),
            ("https://eu.example.com/voice/a", None, Some(("/a", ""))),
            ("https://eu.example.com/a", None, None),
            ("http://api.example.com/a", None, None),
            ("https://api.example.com.evil.test/a", None, None),
            ("https://api.example.com@evil.test/a", None, None),
            ("https://evil.test/https://api.example.com/a", None, None),
            ("https://api.example.com", None, None),
            ("", None, None),
        ] {
            assert_eq!(api_path(url, &Context::default(), own), plain, "{url}");
            assert_eq!(api_path(url, &elsewhere, own), configured, "{url}");
        }
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
