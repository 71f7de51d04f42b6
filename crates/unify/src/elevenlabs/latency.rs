//! Response latency: the metrics of the turns, by their names.

use crate::{
    convert::{escape, json_object},
    model::{JsonObject, Latency},
};
use callfold_record::RawJson;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// How long the other side waited, from its last word to the agent's first sound.
const WAITED: &str = "convai_ttf_audio_since_silence";

/// The metrics of a conversation, as its turns come.
#[derive(Default)]
pub(super) struct TurnMetrics {
    samples: BTreeMap<String, Vec<f64>>,
    previous: BTreeMap<String, f64>,
}

impl TurnMetrics {
    /// Adds the metrics of a turn. A turn after a tool repeats values of the turn before, which count once. What is no
    /// metric is a fact, of the conversation as long as all turns say the same. Returns how long the other side waited,
    /// in milliseconds.
    pub(super) fn add(
        &mut self,
        index: usize,
        metrics: Option<RawJson>,
        follows_tool: bool,
        facts: &mut JsonObject,
    ) -> Option<f64> {
        const NAME: &str = "conversation_turn_metrics";
        let own = format!("transcript/{index}/{NAME}");
        let mut current = BTreeMap::new();
        let Some(members) = metrics.as_ref().and_then(json_object::members) else {
            json_object::put(facts, &own, metrics);
            self.previous = current;
            return None;
        };
        for (name, value) in &members {
            let nested = RawJson::from((*value).to_owned());
            match (json_object::members(&nested), elapsed_ms(value)) {
                (Some(inner), None) if **name == *"metrics" => {
                    for (name, value) in &inner {
                        match elapsed_ms(value) {
                            Some(ms) => drop(current.insert((**name).to_owned(), ms)),
                            None => {
                                put_other(facts, &format!("{own}/metrics/{}", escape(name)), value)
                            }
                        }
                    }
                }
                (_, Some(ms)) => drop(current.insert((**name).to_owned(), ms)),
                (_, None) => {
                    let shared = format!("{NAME}/{}", escape(name));
                    match facts.get(&shared).map(RawJson::get) {
                        None => put_other(facts, &shared, value),
                        Some(known) if known == value.get() => {}
                        Some(_) => put_other(facts, &format!("{own}/{}", escape(name)), value),
                    }
                }
            }
        }
        for (name, ms) in &current {
            if !follows_tool || self.previous.get(name) != Some(ms) {
                self.samples.entry(name.clone()).or_default().push(*ms);
            }
        }
        let waited = current.get(WAITED).copied();
        self.previous = current;
        waited
    }

    /// One stage for each metric, in the order of the alphabet.
    pub(super) fn into_stages(self) -> Vec<Latency> {
        self.samples.into_iter().map(|(name, samples)| stage(name, samples)).collect()
    }
}

fn put_other(facts: &mut JsonObject, name: &str, value: &RawValue) {
    json_object::put(facts, name, Some(RawJson::from(value.to_owned())));
}

/// The milliseconds of an object that has `elapsed_time`, seconds, and nothing else.
fn elapsed_ms(value: &RawValue) -> Option<f64> {
    let value = RawJson::from(value.to_owned());
    let members = json_object::members(&value).filter(|members| members.len() == 1)?;
    let seconds = json_object::number(members.get("elapsed_time")?)?;
    // Seconds with three places are whole milliseconds.
    (seconds.is_finite() && seconds >= 0.0).then(|| (seconds * 1e6).round() / 1e3)
}

/// The statistics of samples, of which there is at least one. A percentile is the sample that so many do not exceed.
fn stage(name: String, mut samples: Vec<f64>) -> Latency {
    samples.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        let rank = (samples.len() * percent).div_ceil(100).max(1);
        samples.get(rank - 1).copied()
    };
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    Latency {
        count: Some(samples.len() as u64),
        min: samples.first().copied(),
        mean: Some((mean * 1e3).round() / 1e3),
        p50: at(50),
        p90: at(90),
        p95: at(95),
        p99: at(99),
        max: samples.last().copied(),
        ..Latency::stage(name)
    }
}
