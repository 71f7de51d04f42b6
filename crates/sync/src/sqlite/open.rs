//! Opening a file and migrating its tables.

use super::{error_map::store_error, views};
use crate::{
    StoreError, StoreErrorKind,
    schema::{APPLICATION_ID, Dialect, VERSION, View, migration},
};
use callfold_reader::text::io_reason;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Defers the indexes of a new file.
const NEW: &str = include_str!("../../migrations/sqlite/new.sql");

/// How long to wait for another program's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// The path without links, so that one database has one lock.
pub(super) fn whole_path(path: &Path) -> Result<PathBuf, StoreError> {
    let wrong = |problem: String, help: &str| {
        Err(StoreError::new(StoreErrorKind::Unreachable, problem, help))
    };
    if path.is_dir() {
        let problem = format!("{} is a directory", path.display());
        return wrong(problem, "name a file in it, such as calls.sqlite");
    }
    if let Ok(whole) = fs::canonicalize(path) {
        return Ok(whole);
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    match (fs::canonicalize(directory), path.file_name()) {
        (Ok(directory), Some(name)) => Ok(directory.join(name)),
        (Err(error), _) => {
            let problem = format!(
                "the directory {} cannot be used: {}",
                directory.display(),
                io_reason(&error)
            );
            wrong(problem, "create it first, or name a file in another directory")
        }
        (_, None) => {
            let problem = format!("{} is not the name of a file", path.display());
            wrong(problem, "name a file, such as calls.sqlite")
        }
    }
}

/// Opens the file, and makes sure that it is callfold's or new.
///
/// - In WAL mode readers are never blocked, and committed transactions survive the
///   end of the process at any instant.
/// - `synchronous = NORMAL` does not wait for the disk at each commit. A power loss
///   can undo the last transactions, never a part of one; as the state is in the
///   same transactions, the next sync reads those pages again.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        make_private(path);
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        let application = number("PRAGMA application_id")?;
        let version = number("PRAGMA user_version")?;
        Ok((connection, tables, application, version))
    };
    let (connection, tables, application, version) =
        open().map_err(|error| named(path, store_error(error)))?;
    if application != APPLICATION_ID && (tables > 0 || application != 0) {
        let problem = format!("{} is the database of another program", path.display());
        let help = "name another file; one that does not exist is created";
        return Err(StoreError::new(StoreErrorKind::Foreign, problem, help));
    }
    if version > VERSION {
        return Err(StoreError::newer(path.display(), version));
    }
    Ok(connection)
}

/// Creates the file if there is none, readable by its owner only. SQLite gives the
/// files beside it the same permissions. Errors show when the file is opened.
fn make_private(path: &Path) {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.write(true).create_new(true).open(path);
}

/// The error, with the name of the file.
pub(super) fn named(path: &Path, error: StoreError) -> StoreError {
    let line = format!("{}: {error}", path.display());
    StoreError::new(error.kind(), line, error.help().to_owned()).caused_by(error)
}

/// Migrates the tables to the present version, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    set_up(connection).map_err(store_error)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(store_error)?;
    let mut version: i64 =
        transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(store_error)?;
    if version == VERSION {
        drop(transaction);
        return create_views(connection);
    }
    let is_new = version == 0;
    while let Some(text) = migration(version, Dialect::Sqlite) {
        tracing::info!(from = version, "migrating the tables");
        transaction.execute_batch(text).map_err(store_error)?;
        version += 1;
    }
    if is_new {
        transaction.execute_batch(NEW).map_err(store_error)?;
    }
    let mark = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version}");
    transaction.execute_batch(&mark).map_err(store_error)?;
    transaction.commit().map_err(store_error)?;
    create_views(connection)
}

/// Creates the views of this version: `call_facts`, and one for each vendor that
/// was read.
fn create_views(connection: &Connection) -> Result<(), StoreError> {
    views::create(connection, &View::call_facts(Dialect::Sqlite))?;
    let vendors = || {
        let mut vendors = connection.prepare("SELECT DISTINCT vendor FROM sync_state")?;
        vendors.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()
    };
    let vendors = vendors().map_err(store_error)?;
    let mut views = vendors.iter().filter_map(|vendor| View::of_vendor(vendor));
    views.try_for_each(|view| views::create(connection, &view))
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    // It has no effect once there are tables.
    connection.pragma_update(None, "page_size", 16384)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(mode, "the file system does not support WAL mode");
    }
    connection.execute_batch(
        "PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -16000;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;",
    )
}
