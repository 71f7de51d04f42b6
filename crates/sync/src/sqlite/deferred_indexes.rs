//! Keys and indexes of a new file, and the full-text index, built after the first sync.
//!
//! Until then no row of a call's parts is searched for, and rows are only appended.

use rusqlite::Connection;
use std::collections::HashSet;

/// The index, whether it is the table's key, and what it covers.
const DEFERRED: [(&str, bool, &str); 13] = [
    ("turns_key", true, "turns (call, position)"),
    ("transfers_key", true, "transfers (call, position)"),
    ("cost_parts_key", true, "cost_parts (call, position)"),
    ("other_totals_key", true, "other_totals (call, position)"),
    ("warnings_key", true, "warnings (call, position)"),
    ("recordings_key", true, "recordings (call, position)"),
    ("raw_key", true, "raw (call, shape)"),
    ("calls_by_start", false, "calls (started_at)"),
    ("calls_by_source", false, "calls (vendor, account, started_at)"),
    ("calls_by_from", false, "calls (from_number)"),
    ("calls_by_to", false, "calls (to_number)"),
    ("calls_by_customer", false, "calls (customer_number)"),
    ("recordings_to_fetch", false, "recordings (call, position) WHERE path IS NULL"),
];

/// The key of the calls in the full-text index; it is there once they all are.
const SEARCH_KEY: &str = "search_calls_key";

/// Fills the full-text index, all or nothing, within a transaction or without one.
const FILL_SEARCH: &str = "SAVEPOINT search;
    DELETE FROM search_calls;
    INSERT INTO search_calls (call) SELECT id FROM calls WHERE summary IS NOT NULL
        OR transcript_text IS NOT NULL OR EXISTS (SELECT 1 FROM turns WHERE turns.call = calls.id);
    CREATE UNIQUE INDEX search_calls_key ON search_calls (call);
    INSERT INTO call_search (call_search) VALUES ('rebuild');
    RELEASE search;";

/// The statements that build the missing ones.
pub(super) fn missing(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut names = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'index'")?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?;
    let names: HashSet<String> = names.collect::<rusqlite::Result<_>>()?;
    let is_there = |name: &str, is_key: bool| {
        // A table of an older version has its key built in.
        let within = name.trim_end_matches("_key");
        names.contains(name) || is_key && names.contains(&format!("sqlite_autoindex_{within}_1"))
    };
    let deferred = DEFERRED.iter().filter(|(name, is_key, _)| !is_there(name, *is_key));
    let text = |(name, is_key, place): &(&str, bool, &str)| {
        let unique = if *is_key { "UNIQUE " } else { "" };
        format!("CREATE {unique}INDEX {name} ON {place}")
    };
    let search = (!names.contains(SEARCH_KEY)).then(|| FILL_SEARCH.to_owned());
    Ok(deferred.map(text).chain(search).collect())
}

/// Whether the full-text index covers all calls.
pub(super) fn has_search(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = ?1";
    connection.query_row(sql, [SEARCH_KEY], |row| row.get::<_, i64>(0)).map(|count| count > 0)
}

/// Builds them, within the transaction that is open if there is one.
pub(super) fn build(connection: &Connection) -> rusqlite::Result<()> {
    let missing = missing(connection)?;
    tracing::info!(indexes = missing.len(), "building keys and indexes");
    missing.iter().try_for_each(|text| connection.execute_batch(text))
}
