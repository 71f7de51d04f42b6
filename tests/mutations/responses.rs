//! What happens to a whole response: cut anywhere, or changed around its records.

use super::Problems;
use super::edits::edits;
use super::samples::{Body, bodies, operation, records};
use callfold_test_support::json_tree::Node;
use callfold_tests::operations::{self, Extra, Operation, Seen};
use std::collections::{BTreeMap, HashSet};

/// The fixtures' bodies, each with its first record alone; of those that
/// differ by their values only, one.
fn distinct() -> Vec<Body> {
    let mut known = HashSet::new();
    let is_known = |body: &Body| operation(body).is_some() || extra(body).is_some();
    let read = bodies().into_iter().filter(is_known);
    let short = read.map(|mut body| {
        if let Some(path) = operation(&body).and_then(|known| records(known, &body.node))
            && let Node::Array(records) = body.node.at_mut(&path)
        {
            records.truncate(1);
        }
        body
    });
    short
        .filter(|body| known.insert((body.operation.clone(), skeleton(&body.node).text())))
        .collect()
}

/// The names and types of a value.
fn skeleton(node: &Node) -> Node {
    match node {
        Node::Text(text) if text.starts_with('"') => Node::Text("\"\"".to_owned()),
        Node::Text(text) if text.ends_with(|c: char| c.is_ascii_digit()) => {
            Node::Text("0".to_owned())
        }
        Node::Text(text) => Node::Text(text.clone()),
        Node::Array(items) => Node::Array(items.iter().map(skeleton).collect()),
        Node::Object(members) => Node::Object(
            members.iter().map(|(name, value)| (name.clone(), skeleton(value))).collect(),
        ),
    }
}

/// Of the responses of an operation that hold their records at the same place,
/// the longest.
fn longest() -> Vec<(Body, String)> {
    let mut longest = BTreeMap::new();
    for body in distinct() {
        let place = operation(&body).and_then(|known| records(known, &body.node));
        let key = (body.vendor.clone(), body.operation.clone(), place);
        let text = body.node.text();
        let known: &mut Option<(Body, String)> = longest.entry(key).or_default();
        if known.as_ref().is_none_or(|(_, known)| known.len() < text.len()) {
            *known = Some((body, text));
        }
    }
    longest.into_values().flatten().collect()
}

#[test]
fn response_cut_at_any_byte_is_an_error() {
    let mut problems = Problems::default();
    for (body, text) in longest() {
        for end in 0..text.len() {
            let example = || format!("{} cut after {end} of {} bytes", body.name, text.len());
            problems.catch(example, || cut(&body, &text, end));
        }
    }
    problems.assert_none();
}

/// The operation whose response holds what is added to a call afterwards.
fn extra(body: &Body) -> Option<&'static Extra> {
    operations::extras(&body.vendor).find(|extra| extra.name == body.operation)
}

fn cut(body: &Body, text: &str, end: usize) -> Result<(), String> {
    let bytes = &text.as_bytes()[..end];
    let Some(operation) = operation(body) else {
        return match (extra(body).expect("an operation").read)(bytes) {
            Ok(()) => Err("a response that is cut is read".to_owned()),
            Err(_) => Ok(()),
        };
    };
    if operation.read(bytes).is_ok() {
        return Err("a response that is cut is read".to_owned());
    }
    match text.get(..end).map(|text| operation.by_text(text)) {
        Some(Ok(_)) => Err("a text that is cut is read".to_owned()),
        _ => Ok(()),
    }
}

#[test]
fn response_changed_around_its_records_keeps_them_or_is_an_error() {
    let mut problems = Problems::default();
    let mut known = HashSet::new();
    for body in distinct() {
        let Some(operation) = operation(&body) else { continue };
        let Some(path) = records(operation, &body.node) else { continue };
        if matches!(body.node.at(&path), Node::Array(records) if records.is_empty()) {
            continue;
        }
        let text = body.node.text();
        let before = operation.read(text.as_bytes());
        let before = before.unwrap_or_else(|error| panic!("{}: {error}", body.name));
        // The records themselves are the business of the other tests.
        let mut hollow = body.node.clone();
        *hollow.at_mut(&path) = Node::Text("\"hole\"".to_owned());
        if !known.insert((operation.name, skeleton(&hollow).text())) {
            continue;
        }
        let in_list = matches!(body.node.at(&path), Node::Array(_));
        for place in hollow.places() {
            for edit in edits(&hollow, &place) {
                // Another array is other records, another record another one.
                let is_other = path.starts_with(&place) && edit.is_array();
                // Ravan sends its empty list like this; the walk notes it where
                // there should be records.
                let is_empty = operation.name == "list_call_sessions" && edit.is_null();
                if is_other || (place == path && (!in_list || is_empty)) {
                    continue;
                }
                let mut node = body.node.clone();
                edit.apply(&mut node);
                let example =
                    || format!("{}: {:?} {:?}", body.name, body.node.pointer(&place), edit.change);
                problems.catch(example, || around(operation, &node.text(), &before));
            }
        }
    }
    problems.assert_none();
}

/// An error, or the same records as before.
fn around(operation: &Operation, text: &str, before: &[Seen]) -> Result<(), String> {
    // No panic; which texts are understood without a client is its own matter.
    drop(operation.by_text(text));
    let Ok(seen) = operation.read(text.as_bytes()) else { return Ok(()) };
    let raws = |seen: &[Seen]| seen.iter().map(|one| one.raw.clone()).collect::<Vec<_>>();
    match raws(&seen) == raws(before) {
        true => Ok(()),
        false => Err(format!("{} of {} records, and no error", seen.len(), before.len())),
    }
}

#[test]
fn response_without_a_record_survives_each_mutation() {
    let mut problems = Problems::default();
    for body in bodies() {
        let Some(extra) = extra(&body) else { continue };
        for place in body.node.places() {
            for edit in edits(&body.node, &place) {
                let mut node = body.node.clone();
                edit.apply(&mut node);
                let example =
                    || format!("{}: {:?} {:?}", body.name, body.node.pointer(&place), edit.change);
                problems.catch(example, || {
                    drop((extra.read)(node.text().as_bytes()));
                    Ok(())
                });
            }
        }
    }
    problems.assert_none();
}
