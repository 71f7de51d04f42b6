//! Latency by stage, in milliseconds.

use crate::{
    convert::{Warnings, media},
    model::Latency,
};
use callfold_retell::types;

/// The stages that the record has, in the order in which they follow each other.
pub(super) fn latency(stages: Option<types::CallLatency>, warnings: &mut Warnings) -> Vec<Latency> {
    let Some(stages) = stages else { return Vec::new() };
    warnings.extra("/latency", &stages.extra);
    let stages = [
        ("e2e", stages.e2e),
        ("asr", stages.asr),
        ("llm", stages.llm),
        ("llm_websocket_network_rtt", stages.llm_websocket_network_rtt),
        ("tts", stages.tts),
        ("knowledge_base", stages.knowledge_base),
        ("s2s", stages.s2s),
    ];
    let known = stages.into_iter().filter_map(|(name, stage)| Some((name, stage?)));
    known.map(|(name, stage)| latency_stage(name, stage, warnings)).collect()
}

fn latency_stage(name: &str, stage: types::LatencyStage, warnings: &mut Warnings) -> Latency {
    let at = format!("/latency/{name}");
    warnings.extra(&at, &stage.extra);
    let mut read = |value, name| media::statistic(value, &at, name, warnings);
    let latency = Latency {
        count: stage.num.and_then(|count| u64::try_from(count).ok()),
        min: read(stage.min, "/min"),
        p50: read(stage.p50, "/p50"),
        p90: read(stage.p90, "/p90"),
        p95: read(stage.p95, "/p95"),
        p99: read(stage.p99, "/p99"),
        max: read(stage.max, "/max"),
        ..Latency::stage(name)
    };
    let samples = stage.values.map(|values| values.len());
    media::check_samples(&latency, samples, || format!("{at}/num"), warnings);
    latency
}
