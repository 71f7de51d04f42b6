//! Rows of calls into the tables of SQLite.

use super::numbered;
use crate::{
    packed_rows::Row,
    schema::{TABLES, Table},
    sql_value::{SqlValue, time_text},
    store::CallWrite,
};
use rusqlite::{CachedStatement, Connection};
use std::sync::LazyLock;

/// The statements, formatted once.
struct Statements {
    insert: [String; TABLES],
    update_call: String,
    upsert_recording: String,
    delete: [String; Table::REPLACED.len()],
}

static STATEMENTS: LazyLock<Statements> = LazyLock::new(|| {
    let columns = Table::Calls.written();
    // The last column is `first_seen_run`, which stays.
    let set = columns[..columns.len() - 1].iter().enumerate().skip(1);
    let set: Vec<_> = set.map(|(at, column)| format!("{column} = ${}", at + 1)).collect();
    Statements {
        insert: Table::ALL.map(|table| numbered(&table.insert())),
        update_call: numbered(&format!("UPDATE calls SET {} WHERE id = $1", set.join(", "))),
        upsert_recording: numbered(&format!(
            "{} ON CONFLICT (call, position) DO UPDATE SET url = excluded.url, \
             media_type = excluded.media_type, needs_auth = excluded.needs_auth, problem = NULL",
            Table::Recordings.insert()
        )),
        delete: Table::REPLACED
            .map(|table| format!("DELETE FROM {} WHERE call = ?1", table.name())),
    }
});

/// Takes the words of a call out of the full-text index: they have to be those that were added.
const REMOVE_WORDS: &str = "INSERT INTO call_search (call_search, rowid, summary, said) \
    SELECT 'delete', number, summary, said FROM call_texts WHERE call = ?1";
const REMOVE_FROM_SEARCH: &str = "DELETE FROM search_calls WHERE call = ?1";
/// Adds a call with any text to the full-text index, and its words.
const ADD_TO_SEARCH: &str = "INSERT INTO search_calls (call) SELECT id FROM calls WHERE id = ?1 \
    AND (summary IS NOT NULL OR transcript_text IS NOT NULL \
    OR EXISTS (SELECT 1 FROM turns WHERE turns.call = calls.id))";
const ADD_WORDS: &str = "INSERT INTO call_search (rowid, summary, said) \
    SELECT number, summary, said FROM call_texts WHERE call = ?1";

/// Writes the rows of calls, and with `is_searchable` their words into the full-text index.
pub(super) fn put(
    connection: &Connection,
    calls: &[CallWrite<'_>],
    is_searchable: bool,
) -> rusqlite::Result<()> {
    let execute = |sql: &str, id: &str| connection.prepare_cached(sql)?.execute([id]);
    let statement = |table: Table| connection.prepare_cached(&STATEMENTS.insert[table as usize]);
    let [a, b, c, d, e, f, g, h] = Table::ALL.map(statement);
    let mut inserts = [a?, b?, c?, d?, e?, f?, g?, h?];
    for call in calls {
        if call.is_stored {
            if is_searchable {
                execute(REMOVE_WORDS, call.id)?;
                execute(REMOVE_FROM_SEARCH, call.id)?;
            }
            replace(connection, &mut inserts, call)?;
        } else {
            insert(&mut inserts, call)?;
        }
        if is_searchable && execute(ADD_TO_SEARCH, call.id)? > 0 {
            execute(ADD_WORDS, call.id)?;
        }
    }
    Ok(())
}

/// Writes the rows of a call that is not stored.
fn insert(
    inserts: &mut [CachedStatement<'_>; TABLES],
    call: &CallWrite<'_>,
) -> rusqlite::Result<()> {
    for row in call.rows.rows() {
        let insert = &mut inserts[row.table as usize];
        match row.table {
            Table::Calls => execute_call(insert, &row, call, 0)?,
            _ => execute_part(insert, call.id, &row)?,
        }
    }
    Ok(())
}

/// Writes the rows of a call that is stored. Fetched recordings keep their file.
fn replace(
    connection: &Connection,
    inserts: &mut [CachedStatement<'_>; TABLES],
    call: &CallWrite<'_>,
) -> rusqlite::Result<()> {
    for sql in &STATEMENTS.delete {
        connection.prepare_cached(sql)?.execute([call.id])?;
    }
    let mut recordings = 0_i64;
    for row in call.rows.rows() {
        match row.table {
            Table::Calls => {
                let update = &mut connection.prepare_cached(&STATEMENTS.update_call)?;
                execute_call(update, &row, call, 1)?;
            }
            Table::Recordings => {
                recordings += 1;
                let upsert = &mut connection.prepare_cached(&STATEMENTS.upsert_recording)?;
                execute_part(upsert, call.id, &row)?;
            }
            table => execute_part(&mut inserts[table as usize], call.id, &row)?,
        }
    }
    let sql = "DELETE FROM recordings WHERE call = ?1 AND position >= ?2 AND path IS NULL";
    connection.prepare_cached(sql)?.execute((call.id, recordings))?;
    Ok(())
}

/// Executes a statement with a row of `calls` and its bookkeeping, without the
/// last `omitted` columns.
fn execute_call(
    statement: &mut CachedStatement<'_>,
    row: &Row<'_>,
    call: &CallWrite<'_>,
    omitted: usize,
) -> rusqlite::Result<()> {
    let at = time_text(call.at);
    let bookkeeping = call.bookkeeping.values(call.run, at.as_deref());
    let bookkeeping = &bookkeeping[..bookkeeping.len() - omitted];
    statement.clear_bindings();
    let mut next = 1;
    for value in row.values() {
        bind(statement, next, &value)?;
        next += 1;
    }
    for value in bookkeeping {
        bind(statement, next, value)?;
        next += 1;
    }
    statement.raw_execute().map(drop)
}

/// Executes a statement with a row of a call's parts.
fn execute_part(
    statement: &mut CachedStatement<'_>,
    id: &str,
    row: &Row<'_>,
) -> rusqlite::Result<()> {
    statement.clear_bindings();
    statement.raw_bind_parameter(1, id)?;
    bind(statement, 2, &row.key())?;
    for (at, value) in row.values().enumerate() {
        bind(statement, at + 3, &value)?;
    }
    statement.raw_execute().map(drop)
}

/// A parameter that is not bound is null.
fn bind(
    statement: &mut CachedStatement<'_>,
    at: usize,
    value: &SqlValue<'_>,
) -> rusqlite::Result<()> {
    if *value == SqlValue::Null { Ok(()) } else { statement.raw_bind_parameter(at, value) }
}
