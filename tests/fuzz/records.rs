//! Responses that stay JSON: values of the vendors' samples are taken away,
//! doubled, moved and replaced, as the input says.

use super::VENDORS;
use super::pages;
use crate::operations::{self, Operation};
use callfold_test_support::json_tree::{Node, Path};
use std::sync::LazyLock;

/// A response that holds records.
struct Sample {
    operation: &'static Operation,
    response: Node,
    /// Where its records are: an array, or one record.
    records: Path,
    /// How many they are.
    count: usize,
}

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let all = VENDORS.iter().flat_map(|vendor| {
        let good = callfold_test_support::fixtures::load(vendor)
            .into_iter()
            .filter(|found| found.status == 200);
        good.filter_map(move |found| {
            let known =
                |known: &&Operation| known.vendor == *vendor && found.operation == known.name;
            let operation = operations::all().find(known)?;
            sample(operation, Node::parse(found.body.as_ref()?.get()))
        })
    });
    all.collect()
});

fn sample(operation: &'static Operation, response: Node) -> Option<Sample> {
    let id = format!("/{}", operation.id);
    let found = operation.places.iter().filter_map(|place| response.find(place));
    let mut counted = found.filter_map(|path| match response.at(&path) {
        Node::Array(records) => Some((records.len(), path)),
        record => record.find(&id).map(|_| (1, path)),
    });
    let (count, records) = counted.next()?;
    Some(Sample { operation, response, records, count })
}

/// The input as a source of decisions; without end, because it ends in zeros.
struct Decisions<'a>(&'a [u8]);

impl Decisions<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, end: usize) -> usize {
        let number = u16::from_le_bytes([self.byte(), self.byte()]);
        usize::from(number) % end.max(1)
    }

    /// So many of the next bytes, as text.
    fn text(&mut self) -> String {
        let length = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    fn number(&mut self) -> i64 {
        i64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }
}

/// Changes a response in up to four places, and reads it.
pub(crate) fn edited(data: &[u8]) {
    let (sample, text, within) = changed(data);
    let seen = pages::check(sample.operation, text.as_bytes());
    if within && is_list(sample) {
        let seen = seen.expect("a page that one of its records costs");
        assert_eq!(seen.len(), sample.count, "records are lost");
    }
}

/// A response changed in up to four places, and whose it is.
pub(crate) fn response(data: &[u8]) -> (&'static Operation, String) {
    let (sample, text, _) = changed(data);
    (sample.operation, text)
}

/// A sample, and its response after some changes; and whether each lies within a
/// record, which then is still one.
fn changed(data: &[u8]) -> (&'static Sample, String, bool) {
    let mut decisions = Decisions(data);
    let sample = &SAMPLES[decisions.below(SAMPLES.len())];
    let mut response = sample.response.clone();
    let mut within = true;
    for _ in 0..=decisions.byte() % 4 {
        let places = response.places();
        let Some(place) = places.get(decisions.below(places.len())) else { break };
        let depth = sample.records.len() + usize::from(is_list(sample));
        within &= place.starts_with(&sample.records) && place.len() > depth;
        change(&mut response, place, &mut decisions);
    }
    (sample, response.text(), within)
}

fn is_list(sample: &Sample) -> bool {
    matches!(sample.response.at(&sample.records), Node::Array(_))
}

/// One change of what is at `place`.
fn change(response: &mut Node, place: &[usize], decisions: &mut Decisions<'_>) {
    let Some((at, parent)) = place.split_last() else { return };
    let kind = decisions.byte() % 8;
    let value = value(response, kind, decisions);
    match (response.at_mut(parent), kind) {
        (Node::Array(items), 0) => drop(items.remove(*at)),
        (Node::Object(members), 0) => drop(members.remove(*at)),
        (Node::Array(items), 1) => items.insert(*at, value),
        (Node::Object(members), 1) => {
            let name = members[*at].0.clone();
            members.push((name, value));
        }
        (Node::Object(members), 2) => {
            let name = quoted(&decisions.text());
            members.push((name, value));
        }
        (Node::Array(items), _) => items[*at] = value,
        (Node::Object(members), _) => members[*at].1 = value,
        (Node::Text(_), _) => {}
    }
}

fn value(response: &Node, kind: u8, decisions: &mut Decisions<'_>) -> Node {
    const PLAIN: [&str; 10] =
        ["null", "true", "[]", "{}", "\"\"", "1e999", "\"\\ud800\"", "-1", "1.5", "[null]"];
    Node::Text(match kind {
        3 => decisions.number().to_string(),
        4 => {
            let number = f64::from_bits(decisions.number().cast_unsigned());
            if number.is_finite() { format!("{number:e}") } else { "-0.0".to_owned() }
        }
        5 => {
            let places = response.places();
            return match places.get(decisions.below(places.len())) {
                Some(place) => response.at(place).clone(),
                None => response.clone(),
            };
        }
        6 | 7 => quoted(&decisions.text()),
        _ => PLAIN[decisions.below(PLAIN.len())].to_owned(),
    })
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Each sample with two changes.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    (0..SAMPLES.len() * 2).map(seed).collect()
}

/// Each sample with one change.
pub(crate) fn few_seeds() -> Vec<Vec<u8>> {
    (0..SAMPLES.len()).map(seed).collect()
}

fn seed(number: usize) -> Vec<u8> {
    let byte = |number: usize| u8::try_from(number % 251).unwrap_or_default();
    let (sample, kind) = (number % SAMPLES.len(), byte(number) % 8);
    let [low, high] = u16::try_from(sample).unwrap_or_default().to_le_bytes();
    let mut seed = vec![low, high, 0, byte(number * 37), 0, kind];
    seed.extend(b"\x192026-04-21T12:00:00+05:30");
    seed
}
