//! What a call left behind: recordings, latencies, hand-overs.

use crate::model::{
    EndReason, EndReasonKind, JsonObject, Latency, Recording, Transfer, TransferKind,
    TransferStatus,
};
use crate::{
    Context,
    convert::{Warnings, json_object, media, text, words},
    model::PhoneNumber,
};
use callfold_record::RawJson;
use callfold_vapi::types;

/// The parts of an artifact that fields of the call are made of.
#[derive(Default)]
pub(super) struct ArtifactParts {
    pub(super) messages: Option<Vec<types::CallMessage>>,
    pub(super) transcript: Option<String>,
    pub(super) recordings: RecordingUrls,
    pub(super) latency: Vec<Latency>,
    pub(super) transfers: Option<Vec<types::TransferArtifact>>,
    /// The assistant that spoke first.
    pub(super) first_assistant: Option<types::AssistantActivation>,
    pub(super) structured_outputs: Option<RawJson>,
    pub(super) scorecards: Option<RawJson>,
}

/// Takes an artifact apart.
pub(super) fn read(
    artifact: Option<types::CallArtifact>,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> ArtifactParts {
    let Some(artifact) = artifact else { return ArtifactParts::default() };
    warnings.extra("/artifact", &artifact.extra);
    let activations = artifact.assistant_activations.unwrap_or_default();
    for (index, assistant) in activations.iter().enumerate() {
        warnings.extra(format_args!("/artifact/assistantActivations/{index}"), &assistant.extra);
    }
    let changed_at = text(artifact.structured_outputs_last_updated_at);
    json_object::put_value(facts, "artifact/structuredOutputsLastUpdatedAt", changed_at);
    let recordings = RecordingUrls::of(
        artifact.recording,
        [artifact.recording_url, artifact.stereo_recording_url, artifact.video_recording_url],
        warnings,
    );
    ArtifactParts {
        messages: artifact.messages,
        transcript: artifact.transcript,
        recordings,
        latency: latency(artifact.performance_metrics, facts, warnings),
        transfers: artifact.transfers,
        first_assistant: activations.into_iter().next(),
        structured_outputs: artifact.structured_outputs,
        scorecards: artifact.scorecards,
    }
}

/// The addresses of the recordings in the storage, by kind. They show which there are.
#[derive(Default)]
pub(super) struct RecordingUrls {
    mono: Option<String>,
    stereo: Option<String>,
    assistant: Option<String>,
    customer: Option<String>,
    video: Option<String>,
}

impl RecordingUrls {
    /// `old` are the deprecated fields for the mono and stereo recording and the video.
    fn of(
        recording: Option<types::CallRecording>,
        old: [Option<String>; 3],
        warnings: &mut Warnings,
    ) -> Self {
        let [mono, stereo, video] = old.map(text);
        let mut urls = Self { mono, stereo, video, ..Self::default() };
        let Some(recording) = recording else { return urls };
        warnings.extra("/artifact/recording", &recording.extra);
        urls.stereo = text(recording.stereo_url).or(urls.stereo);
        urls.video = text(recording.video_url).or(urls.video);
        if let Some(mono) = recording.mono {
            warnings.extra("/artifact/recording/mono", &mono.extra);
            urls.mono = text(mono.combined_url).or(urls.mono);
            urls.assistant = text(mono.assistant_url);
            urls.customer = text(mono.customer_url);
        }
        urls
    }

    /// Adds the copies at the top of the record.
    pub(super) fn add_top(&mut self, mono: Option<String>, stereo: Option<String>) {
        self.mono = self.mono.take().or_else(|| text(mono));
        self.stereo = self.stereo.take().or_else(|| text(stereo));
    }

    /// The endpoints that serve them, which need the key and redirect to the storage.
    pub(super) fn recordings(self, call_id: &str, context: &Context) -> Vec<Recording> {
        let base = context.base_url.as_deref().unwrap_or(types::BASE_URL).trim_end_matches('/');
        let kinds = [
            ("mono", self.mono),
            ("stereo", self.stereo),
            ("assistant", self.assistant),
            ("customer", self.customer),
            ("video", self.video),
        ];
        let endpoint = |(kind, stored): (&str, Option<String>)| {
            let mut recording = media::recording(stored, None, true).pop()?;
            if kind == "video" {
                recording.media_type = Some("video/mp4".to_owned());
            }
            recording.url = format!("{base}/call/{call_id}/{kind}-recording");
            Some(recording)
        };
        kinds.into_iter().filter_map(endpoint).collect()
    }
}

/// A latency of a turn, and the number it has there.
type TurnValue = fn(&types::TurnLatency) -> Option<f64>;

/// The stages of a turn, with the statistics of the turns, and the transport, of which only a mean is
/// told.
fn latency(
    metrics: Option<types::PerformanceMetrics>,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Vec<Latency> {
    const AT: &str = "/artifact/performanceMetrics";
    let Some(metrics) = metrics else { return Vec::new() };
    warnings.extra(AT, &metrics.extra);
    let interrupted = [
        ("numUserInterrupted", metrics.num_user_interrupted),
        ("numAssistantInterrupted", metrics.num_assistant_interrupted),
    ];
    for (name, count) in interrupted {
        json_object::put_value(facts, &format!("artifact/performanceMetrics/{name}"), count);
    }
    let turns = metrics.turn_latencies.unwrap_or_default();
    for (index, turn) in turns.iter().enumerate() {
        warnings.extra(format_args!("{AT}/turnLatencies/{index}"), &turn.extra);
    }
    let stages: [(&str, Option<f64>, TurnValue); 5] = [
        ("turn", metrics.turn_latency_average, |turn| turn.turn_latency),
        ("model", metrics.model_latency_average, |turn| turn.model_latency),
        ("voice", metrics.voice_latency_average, |turn| turn.voice_latency),
        ("transcriber", metrics.transcriber_latency_average, |turn| turn.transcriber_latency),
        ("endpointing", metrics.endpointing_latency_average, |turn| turn.endpointing_latency),
    ];
    let mut latency: Vec<_> = stages
        .into_iter()
        .filter_map(|(stage, mean, value)| {
            let pointer = format!("{AT}/{stage}LatencyAverage");
            let mean = media::statistic(mean, &pointer, "", warnings);
            of_turns(stage, mean, turns.iter().filter_map(value).collect())
        })
        .collect();
    let transport = [
        ("fromTransport", metrics.from_transport_latency_average),
        ("toTransport", metrics.to_transport_latency_average),
    ];
    for (stage, mean) in transport {
        let pointer = format!("{AT}/{stage}LatencyAverage");
        let mean = media::statistic(mean, &pointer, "", warnings);
        latency.extend(mean.map(|_| Latency { mean, ..Latency::stage(stage) }));
    }
    latency
}

/// The statistics of one stage; values that are no latencies are not counted.
fn of_turns(stage: &str, mean: Option<f64>, mut values: Vec<f64>) -> Option<Latency> {
    values.retain(|value| value.is_finite() && *value >= 0.0);
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return mean.map(|_| Latency { mean, ..Latency::stage(stage) });
    };
    // The smallest value that so many per cent of the values do not exceed.
    let percentile = |percent: usize| {
        let rank = (values.len() * percent).div_ceil(100).max(1);
        Some(values[rank.min(last + 1) - 1])
    };
    Some(Latency {
        count: Some(values.len() as u64),
        min: values.first().copied(),
        mean,
        p50: percentile(50),
        p90: percentile(90),
        p95: percentile(95),
        p99: percentile(99),
        max: values.last().copied(),
        ..Latency::stage(stage)
    })
}

/// The hand-overs that were tried; where they are not listed, the one to where the call went. Another destination beside
/// them goes to `facts`.
pub(super) fn transfers(
    tried: Option<Vec<types::TransferArtifact>>,
    destination: Option<types::TransferDestination>,
    end: Option<&EndReason>,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Vec<Transfer> {
    let mut transfers = Vec::new();
    for (index, one) in tried.into_iter().flatten().enumerate() {
        let at = format!("/artifact/transfers/{index}");
        warnings.extra(&at, &one.extra);
        let (to, planned) = target(one.destination, &format!("{at}/destination"), facts, warnings);
        let kind = text(one.mode).or(planned).map(|mode| kind(&mode));
        if let Some(TransferKind::Other(_)) = kind {
            warnings.unknown(format!("{at}/mode"));
        }
        let status = text(one.status).map(status);
        if let Some(TransferStatus::Other(_)) = status {
            warnings.unknown(format!("{at}/status"));
        }
        transfers.push(Transfer { to, kind, status, at: None });
    }
    let (to, planned) = target(destination, "/destination", facts, warnings);
    let Some(to) = to else { return transfers };
    if transfers.is_empty() {
        let status = match end.map(|end| &end.kind) {
            Some(EndReasonKind::Transferred) => Some(TransferStatus::Completed),
            Some(EndReasonKind::TransferFailed) => Some(TransferStatus::Failed),
            _ => None,
        };
        let kind = planned.map(|mode| kind(&mode));
        transfers.push(Transfer { to: Some(to), kind, status, at: None });
    } else if transfers.iter().all(|transfer| transfer.to.as_ref() != Some(&to)) {
        json_object::put_value(facts, "destination", Some(to.raw));
    }
    transfers
}

/// Where to, and the mode that was planned. A SIP address beside a number goes to `facts`.
fn target(
    destination: Option<types::TransferDestination>,
    at: &str,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> (Option<PhoneNumber>, Option<String>) {
    let Some(destination) = destination else { return (None, None) };
    warnings.extra(at, &destination.extra);
    let plan = destination.transfer_plan.as_ref();
    let mode = plan.and_then(|plan| json_object::member_text(plan, "mode"));
    let sip_uri = text(destination.sip_uri);
    let to = match text(destination.number) {
        Some(number) => {
            let name = format!("{}/sipUri", at.trim_start_matches('/'));
            json_object::put_value(facts, &name, sip_uri);
            Some(number)
        }
        None => sip_uri,
    };
    (to.map(PhoneNumber::new), text(mode))
}

fn kind(mode: &str) -> TransferKind {
    let mode = mode.trim();
    match mode.split('-').next() {
        Some("blind") => TransferKind::Cold,
        Some("warm") => TransferKind::Warm,
        _ => TransferKind::from(mode),
    }
}

fn status(word: String) -> TransferStatus {
    const OWN: &[(&str, TransferStatus)] = &[
        ("connected", TransferStatus::Completed),
        ("completed", TransferStatus::Completed),
        ("no-answer", TransferStatus::NoAnswer),
        ("busy", TransferStatus::Busy),
        ("voicemail", TransferStatus::Voicemail),
        ("failed", TransferStatus::Failed),
        ("cancelled", TransferStatus::Canceled),
    ];
    let found = OWN.iter().find(|(listed, _)| words::is_same(&word, listed));
    found.map_or_else(|| TransferStatus::from(word.as_str()), |(_, status)| status.clone())
}
