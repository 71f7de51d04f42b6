//! The full-text index of SQLite: it has the words of all calls, of new and of changed ones.

use crate::{
    database::{TestDatabase, sqlite},
    support::{run, sandbox, sources},
};
use callfold_sync::SyncOptions;
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../../docs/sync.md");

/// The query of the documentation, for this word.
async fn found(place: &TestDatabase, word: &str) -> BTreeSet<String> {
    let at = PAGE.find("### Who spoke of an invoice, by the full-text index?\n").unwrap();
    let start = at + PAGE[at..].find("```sql\n").unwrap() + 7;
    let query = PAGE[start..].split("```").next().unwrap().trim().trim_end_matches(';');
    let rows = place.rows(&query.replace("'invoice'", &format!("'{word}'"))).await;
    rows.into_iter().map(|mut row| row.remove(0).unwrap()).collect()
}

/// The calls with this word, without an index.
async fn scanned(place: &TestDatabase, word: &str) -> BTreeSet<String> {
    let sql = "SELECT id, ' ' || lower(coalesce(summary, '')) || ' ' || lower(coalesce((SELECT \
               group_concat(text, ' ') FROM turns WHERE call = calls.id), transcript_text, '')) || ' ' \
               FROM calls";
    let has = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
    let rows = place.rows(sql).await.into_iter();
    rows.filter(|row| has(row[1].as_deref().unwrap()))
        .map(|mut row| row.remove(0).unwrap())
        .collect()
}

/// The index is consistent with the texts.
async fn check(place: &TestDatabase) {
    place
        .execute("INSERT INTO call_search (call_search, rank) VALUES ('integrity-check', 1)")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_word_is_found_also_after_calls_change() {
    let place = sqlite();
    let sandbox = sandbox(40).await;
    run(&place, &sources(&sandbox), &SyncOptions::default()).await;
    check(&place).await;
    let words = ["the", "appointment", "order", "thank", "zzz"];
    for word in words {
        assert_eq!(found(&place, word).await, scanned(&place, word).await, "{word}");
    }
    assert!(!found(&place, "the").await.is_empty());
    // With details, summaries and turns come to calls that are stored.
    let full =
        SyncOptions { detail: callfold_reader::Detail::FULL, full: true, ..SyncOptions::default() };
    run(&place, &sources(&sandbox), &full).await;
    check(&place).await;
    for word in words {
        assert_eq!(found(&place, word).await, scanned(&place, word).await, "{word}");
    }
    let before = found(&place, "the").await;
    // A call that lost its words is read again.
    let zeros = "0".repeat(32);
    let lose = format!(
        "UPDATE calls SET content_hash = x'{zeros}', list_hash = x'{zeros}' WHERE rowid % 2 = 0"
    );
    place.execute(&lose).await;
    run(&place, &sources(&sandbox), &full).await;
    check(&place).await;
    assert_eq!(found(&place, "the").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn database_without_an_index_gets_one_at_its_next_sync() {
    let place = sqlite();
    let sandbox = sandbox(20).await;
    run(&place, &sources(&sandbox), &SyncOptions::default()).await;
    // As version 7 left it.
    place
        .execute(
            "DROP TABLE call_search; DROP VIEW call_texts; DROP TABLE search_calls; \
             PRAGMA user_version = 7",
        )
        .await;
    run(&place, &[], &SyncOptions::default()).await;
    check(&place).await;
    for word in ["the", "appointment"] {
        assert_eq!(found(&place, word).await, scanned(&place, word).await, "{word}");
    }
    assert!(!found(&place, "the").await.is_empty());
}
