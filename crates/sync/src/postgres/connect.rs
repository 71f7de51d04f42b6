//! Connecting, locking and migrating.

use super::{
    error_map::{shared, store_error, unreachable},
    server::{Server, SslMode},
    tls,
};
use crate::{
    StoreError, StoreErrorKind,
    schema::{APPLICATION_ID, Dialect, VERSION, migration},
};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage, config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The interval between two attempts to lock the database.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// How long the server may take to notice that a connection was closed.
const EXIT_DELAY: Duration = Duration::from_secs(1);

/// Connects. The task ends with the connection.
pub(super) async fn connect(server: &Server) -> Result<(Client, JoinHandle<()>), StoreError> {
    let shown = server.to_string();
    let failed = |error| unreachable(error, &shown);
    let mut config = server.config.clone();
    config.ssl_mode(match server.ssl {
        SslMode::Disable => config::SslMode::Disable,
        SslMode::Prefer => config::SslMode::Prefer,
        _ => config::SslMode::Require,
    });
    let ended = |result: Result<(), tokio_postgres::Error>| {
        // The client returns the error as well.
        if let Err(error) = result {
            tracing::debug!(%error, "the connection to the database ended");
        }
    };
    if server.ssl == SslMode::Disable {
        let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
        return Ok((client, tokio::spawn(async move { ended(connection.await) })));
    }
    let tls = MakeRustlsConnect::new(tls::client_config(server)?);
    let (client, connection) = config.connect(tls).await.map_err(failed)?;
    Ok((client, tokio::spawn(async move { ended(connection.await) })))
}

/// How long the second connection of [`expect_session`] may take. A pool of whole
/// sessions lets it wait if it has no more.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// Makes sure that the connection has a session of its own. A pooler that shares
/// sessions between transactions would give the lock to another client, and lose
/// the temporary tables.
///
/// A second connection must not see what this one sets in its session; and while
/// the second is in a transaction, this one must still see it.
pub(super) async fn expect_session(client: &Client, server: &Server) -> Result<(), StoreError> {
    const LOOK: &str = "SELECT current_setting('callfold.session', true)";
    let token = format!("{:032x}", fastrand::u128(..));
    let mark = format!("SELECT set_config('callfold.session', '{token}', false)");
    client.simple_query(&mark).await.map_err(store_error)?;
    let is_marked = |messages: Vec<SimpleQueryMessage>| {
        messages.iter().any(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0) == Some(&token),
            _ => false,
        })
    };
    let is_shared = async {
        let (other, connection) = connect(server).await.ok()?;
        other.simple_query("BEGIN").await.ok()?;
        let theirs = is_marked(other.simple_query(LOOK).await.ok()?);
        // Not checked if it is clear already: the only session may be in use.
        let is_shared = theirs || !is_marked(client.simple_query(LOOK).await.ok()?);
        drop(other);
        let _ended = connection.await;
        Some(is_shared)
    };
    match tokio::time::timeout(PROBE_TIMEOUT, is_shared).await {
        Ok(Some(true)) => Err(shared(&server.to_string())),
        // Without a second connection, a shared session shows when statements are
        // prepared.
        _ => Ok(()),
    }
}

/// Locks the database for this sync. The server releases it when the connection
/// ends, however it ends.
pub(super) async fn lock(
    client: &Client,
    wait: Duration,
    server: &Server,
) -> Result<(), StoreError> {
    let setting = "SELECT current_schema()::text, current_setting('server_encoding')";
    let row = client.query_one(setting, &[]).await.map_err(store_error)?;
    let (schema, encoding): (Option<String>, String) = (row.get(0), row.get(1));
    let Some(schema) = schema else {
        let problem = format!("{server}: this user has no schema of the search path");
        let help = "create one and grant the user USAGE and CREATE on it, or name another with \
                    ?options=-csearch_path%3DNAME";
        return Err(StoreError::new(StoreErrorKind::Unreachable, problem, help));
    };
    if encoding != "UTF8" {
        let problem = format!("{server}: the database's encoding is {encoding}");
        let help = "use a database with the encoding UTF8";
        return Err(StoreError::new(StoreErrorKind::Foreign, problem, help));
    }
    let begin = Instant::now();
    let key = i32::try_from(APPLICATION_ID).unwrap_or_default();
    let sql = "SELECT pg_try_advisory_lock($1, hashtext($2))";
    // The server notices the end of a sync that has just exited a moment later.
    let wait = wait.max(EXIT_DELAY);
    loop {
        let row = client.query_one(sql, &[&key, &schema]).await.map_err(store_error)?;
        if row.get(0) {
            return Ok(());
        }
        if begin.elapsed() >= wait {
            let problem = format!("another sync is at work on {server}");
            return Err(StoreError::busy(problem));
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

/// Migrates the tables to the present version, each step in one transaction.
pub(super) async fn migrate(client: &Client, server: &Server) -> Result<(), StoreError> {
    let mut version = version(client, server).await?;
    if version > VERSION {
        return Err(StoreError::newer(server, version));
    }
    while let Some(text) = migration(version, Dialect::Postgres) {
        tracing::info!(from = version, "migrating the tables");
        version += 1;
        let sql = format!(
            "BEGIN;\n{text}\nCREATE TABLE IF NOT EXISTS callfold_schema (version bigint NOT NULL);\n\
             DELETE FROM callfold_schema;\nINSERT INTO callfold_schema VALUES ({version});\nCOMMIT"
        );
        client.batch_execute(&sql).await.map_err(store_error)?;
    }
    Ok(())
}

/// The version of the tables; 0 where there are none.
pub(super) async fn version(client: &Client, server: &Server) -> Result<i64, StoreError> {
    let sql = "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace \
               AND relname = ANY (ARRAY['callfold_schema', 'calls', 'turns', 'cost_parts', \
               'warnings', 'raw', 'recordings', 'set_aside', 'sync_state', 'sync_seen', 'runs', \
               'call_facts', 'transfers', 'other_totals', 'owed', 'paused_hosts', 'verified', 'scrub_state', 'scrub_seen'])";
    let rows = client.query(sql, &[]).await.map_err(store_error)?;
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    if names.iter().any(|name| name == "callfold_schema") {
        let sql = "SELECT max(version) FROM callfold_schema";
        let row = client.query_one(sql, &[]).await.map_err(store_error)?;
        return Ok(row.get::<_, Option<i64>>(0).unwrap_or_default());
    }
    match names.first() {
        None => Ok(0),
        Some(name) => {
            let problem = format!("{server} has a table {name} that is another program's");
            let help =
                "name another database, or another schema with ?options=-csearch_path%3DNAME";
            Err(StoreError::new(StoreErrorKind::Foreign, problem, help))
        }
    }
}
