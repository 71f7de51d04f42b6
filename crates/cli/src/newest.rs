//! The newest calls of each source: what an abbreviated id and a completion are looked up in.

use callfold_reader::{Order, Query, ReadError, Source, read_calls};
use callfold_unify::model::{Call, CallId};
use futures_util::future::join_all;
use std::{collections::BTreeSet, slice, sync::Arc};

/// The first `limit` calls that each source lists, which are its newest at most vendors, and the
/// errors of the sources.
pub(crate) async fn newest_calls(
    sources: &[Box<dyn Source>],
    limit: usize,
) -> (Vec<Call>, Vec<Arc<ReadError>>) {
    let query = Query { limit: Some(limit), order: Order::AsRead, ..Query::default() };
    let answers = sources.iter().map(|source| read_calls(slice::from_ref(source), &query));
    let (mut calls, mut errors) = (Vec::new(), Vec::new());
    for answer in join_all(answers).await {
        calls.extend(answer.calls);
        errors.extend(answer.sources.into_iter().filter_map(|source| source.error));
    }
    (calls, errors)
}

/// The ids of these calls that begin with `prefix`, each once.
pub(crate) fn ids_with_prefix(calls: &[Call], prefix: &str) -> Vec<CallId> {
    let ids = calls.iter().map(|call| &call.id).filter(|id| id.call_id.starts_with(prefix));
    BTreeSet::from_iter(ids).into_iter().cloned().collect()
}

/// The shortest prefix of each text that no other of them begins with, and at least `min`
/// characters of it.
pub(crate) fn unique_prefixes<'a>(texts: &[&'a str], min: usize) -> Vec<&'a str> {
    let sorted: Vec<&str> = BTreeSet::from_iter(texts.iter().copied()).into_iter().collect();
    let shared = |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let prefix = |text: &&'a str| {
        let text = *text;
        let at = sorted.partition_point(|other| *other < text);
        let before = at.checked_sub(1).map(|before| shared(sorted[before], text));
        let after = sorted.get(at + 1).map(|after| shared(after, text));
        let length = before.max(after).map_or(min, |shared| min.max(shared + 1));
        text.char_indices().nth(length).map_or(text, |(end, _)| &text[..end])
    };
    texts.iter().map(prefix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_unique_and_no_shorter_than_the_least() {
        let texts = ["call-aab1", "call-aab2", "call-b", "x", "é-long-text", "call-aab1"];
        let prefixes = unique_prefixes(&texts, 6);
        assert_eq!(prefixes, ["call-aab1", "call-aab2", "call-b", "x", "é-long", "call-aab1"]);
        assert_eq!(unique_prefixes(&["abcdef", "abcxyz"], 2), ["abcd", "abcx"]);
        assert_eq!(unique_prefixes(&["abc", "abcdef"], 2), ["abc", "abcd"]);
        assert!(unique_prefixes(&[], 4).is_empty());
    }
}
