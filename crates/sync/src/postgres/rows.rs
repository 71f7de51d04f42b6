//! Rows of calls into the tables of PostgreSQL: by COPY into staging tables, and
//! from there into the tables.

use super::copy::Lines;
use crate::{
    schema::{TABLES, Table},
    sql_value::{SqlValue, time_text},
    store::CallWrite,
};
use bytes::Bytes;
use futures_util::{SinkExt, future::try_join_all};
use std::pin::pin;
use tokio_postgres::{Client, Error, Statement, types::ToSql};

/// Bytes that are passed to the connection at once.
const CHUNK: usize = 64 << 10;

/// The statements that write rows, prepared once.
pub(super) struct Statements {
    /// From standard input into the staging table of each table.
    copy: Vec<Statement>,
    /// Deletes the rows that replaced calls have.
    delete: Vec<Statement>,
    /// From the staging tables into the tables.
    upsert: Vec<Statement>,
}

/// Creates the staging tables, which are temporary, and prepares the statements.
pub(super) async fn prepare(client: &Client) -> Result<Statements, Error> {
    let stage = Table::ALL.map(|table| {
        let name = table.name();
        format!(
            "CREATE TEMP TABLE stage_{name} (LIKE {name} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS;"
        )
    });
    client.batch_execute(&stage.concat()).await?;
    let copy = Table::ALL.map(|table| {
        format!("COPY stage_{} ({}) FROM STDIN", table.name(), table.written().join(", "))
    });
    let delete =
        Table::REPLACED.map(|table| format!("DELETE FROM {} WHERE call = ANY ($1)", table.name()));
    // Fetched recordings keep their file.
    let surplus = "DELETE FROM recordings WHERE path IS NULL AND call = ANY ($1) AND NOT EXISTS \
                   (SELECT FROM stage_recordings AS stage WHERE stage.call = recordings.call \
                   AND stage.position = recordings.position)";
    let all = |texts: Vec<String>| async move {
        try_join_all(texts.iter().map(|text| client.prepare(text))).await
    };
    Ok(Statements {
        copy: all(copy.to_vec()).await?,
        delete: all(delete.into_iter().chain([surplus.to_owned()]).collect()).await?,
        upsert: all(Table::ALL.map(upsert).to_vec()).await?,
    })
}

fn upsert(table: Table) -> String {
    let columns = table.written();
    let (name, list) = (table.name(), columns.join(", "));
    let base = format!("INSERT INTO {name} ({list}) SELECT {list} FROM stage_{name}");
    let set = |columns: &[&str]| {
        let set: Vec<_> =
            columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        set.join(", ")
    };
    match table {
        // The last column is `first_seen_run`, which stays.
        Table::Calls => {
            let set = set(&columns[1..columns.len() - 1]);
            format!("{base} ON CONFLICT (id) DO UPDATE SET {set}")
        }
        Table::Recordings => {
            let set = set(&table.columns());
            format!("{base} ON CONFLICT (call, position) DO UPDATE SET {set}, problem = NULL")
        }
        _ => base,
    }
}

/// Empties the staging tables within a transaction.
pub(super) async fn empty(client: &Client) -> Result<(), Error> {
    let sql = Table::ALL.map(|table| format!("DELETE FROM stage_{};", table.name())).concat();
    client.batch_execute(&sql).await
}

/// Writes the rows of calls. The staging tables are empty before, and not
/// afterwards.
pub(super) async fn put(
    client: &Client,
    statements: &Statements,
    calls: &[CallWrite<'_>],
) -> Result<(), Error> {
    let mut upserts = Vec::new();
    for (at, lines) in staged(calls).into_iter().enumerate() {
        let mut text = Bytes::from(lines.into_text());
        if !text.is_empty() {
            let mut sink = pin!(client.copy_in(&statements.copy[at]).await?);
            while !text.is_empty() {
                let chunk = text.split_to(text.len().min(CHUNK));
                sink.feed(chunk).await?;
            }
            sink.finish().await?;
            upserts.push(&statements.upsert[at]);
        }
    }
    // Pipelined: executed in order, without waiting for each response.
    let stored: Vec<_> = calls.iter().filter(|call| call.is_stored).map(|call| call.id).collect();
    if !stored.is_empty() {
        let parameters: &[&(dyn ToSql + Sync)] = &[&stored];
        let deletes = statements.delete.iter();
        try_join_all(deletes.map(|sql| client.execute(sql, parameters))).await?;
    }
    try_join_all(upserts.into_iter().map(|sql| client.execute(sql, &[]))).await?;
    Ok(())
}

/// The rows of each table, as lines for COPY.
fn staged(calls: &[CallWrite<'_>]) -> [Lines; TABLES] {
    let mut stage = <[Lines; TABLES]>::default();
    for call in calls {
        let (id, at) = (SqlValue::text(call.id), time_text(call.at));
        for row in call.rows.rows() {
            let lines = &mut stage[row.table as usize];
            if row.table != Table::Calls {
                lines.value(&id);
                lines.value(&row.key());
            }
            row.values().for_each(|value| lines.value(&value));
            if row.table == Table::Calls {
                let bookkeeping = call.bookkeeping.values(call.run, at.as_deref());
                bookkeeping.iter().for_each(|value| lines.value(value));
            }
            lines.end_line();
        }
    }
    stage
}
