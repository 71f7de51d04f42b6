//! Opening a file, making its tables, bringing them up to date.

use super::{error_map::store_error, lock::reason, views};
use crate::{
    StoreError, StoreErrorKind,
    schema::{APPLICATION_ID, Dialect, VERSION, View, migration},
};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Defers the indexes of a new file.
const NEW: &str = include_str!("../../migrations/sqlite/new.sql");

/// How long another program's transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

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
            let problem =
                format!("the directory {} cannot be used: {}", directory.display(), reason(&error));
            wrong(problem, "make it first, or name a file in another directory")
        }
        (_, None) => {
            let problem = format!("{} names no file", path.display());
            wrong(problem, "name a file, such as calls.sqlite")
        }
    }
}

/// Opens the file, makes sure that it is ours or nobody's, and sets it up.
///
/// - The log is written ahead (WAL): readers are never blocked, and what was
///   committed survives the end of the process at any instant.
/// - `synchronous = NORMAL` does not wait for the disk at each commit. A loss
///   of power can take the last transactions back, never a part of one; as the
///   state is in the same transactions, the next sync reads those pages again.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        make_private(path);
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
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
        let help = "name another file; one that does not exist is made";
        return Err(StoreError::new(StoreErrorKind::Foreign, problem, help));
    }
    if version > VERSION {
        let problem = format!(
            "{} is of version {version}, and this callfold knows versions up to {VERSION}",
            path.display()
        );
        let help = "use the callfold that wrote it, or a newer one";
        return Err(StoreError::new(StoreErrorKind::Newer, problem, help));
    }
    Ok(connection)
}

/// Makes the file where there is none, for nobody but its owner: it holds
/// people's data. SQLite gives the files beside it the same permissions. What
/// is wrong here is told when it is opened.
fn make_private(path: &Path) {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.write(true).create_new(true).open(path);
}

/// What went wrong, with the name of the file.
pub(super) fn named(path: &Path, told: StoreError) -> StoreError {
    let line = format!("{}: {told}", path.display());
    StoreError::new(told.kind(), line, told.help().to_owned()).caused_by(told)
}

/// Brings the tables to the present version, in one transaction.
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
        tracing::info!(from = version, "making the tables of the next version");
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

/// Makes the views of this version: `call_facts`, and one for each vendor that
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
    // Where there are no tables yet; otherwise it has no effect.
    connection.pragma_update(None, "page_size", 16384)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(mode, "the file system cannot keep a log beside the database");
    }
    connection.execute_batch(
        "PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -16000;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;",
    )
}
