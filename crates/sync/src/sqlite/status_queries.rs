//! Status queries, without a lock and without changing anything.

use super::{error_map::store_error, open::named, query};
use crate::{
    StoreError, StoreErrorKind,
    schema::{APPLICATION_ID, VERSION},
    sql_value::SqlRow,
    store::{Queries, Statement},
};
use callfold_reader::text::io_reason;
use rusqlite::{Connection, OpenFlags};
use std::{path::Path, time::Duration};

/// How long to wait for the last step of a writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that changes nothing, with all results of one snapshot, and the version of the
/// file's tables. The file is not created.
pub(super) fn open_unchanged(path: &Path) -> Result<(Connection, i64), StoreError> {
    let wrong = |kind, problem: String, help: &str| Err(StoreError::new(kind, problem, help));
    match path.metadata() {
        Ok(found) if found.is_dir() => {
            let problem = format!("{} is a directory", path.display());
            return wrong(StoreErrorKind::Unreachable, problem, "name the file in it");
        }
        Ok(_) => {}
        Err(error) => {
            let problem = format!("{} cannot be read: {}", path.display(), io_reason(&error));
            let help = "check the path; a sync creates the database";
            return wrong(StoreErrorKind::Unreachable, problem, help);
        }
    }
    // Not read-only: SQLite could not recover the WAL that a killed sync left.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
        let (application, version) =
            (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
        Ok((connection, application, version))
    };
    let failed = |error| named(path, store_error(error));
    let (connection, application, version) = open().map_err(failed)?;
    if application != APPLICATION_ID || version < 1 {
        let problem = format!("{} is not a callfold database", path.display());
        return wrong(StoreErrorKind::Foreign, problem, "name one that a sync has written");
    }
    if version > VERSION {
        return Err(StoreError::newer(path.display(), version));
    }
    // All results are of one snapshot.
    connection.execute_batch("BEGIN").map_err(failed)?;
    Ok((connection, version))
}

/// The version of the file's tables, and the results of its queries.
pub(crate) fn run_status_queries(
    path: &Path,
    queries: Queries,
) -> Result<(i64, Vec<Vec<SqlRow>>), StoreError> {
    let failed = |error| named(path, store_error(error));
    let (connection, version) = open_unchanged(path)?;
    let run = |sql: &'static str| query(&connection, &Statement::new(sql, Vec::new()));
    let results = queries(version).into_iter().map(run).collect::<Result<_, _>>();
    Ok((version, results.map_err(failed)?))
}
