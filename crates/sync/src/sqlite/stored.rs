//! Calls read back from SQLite.

use super::{
    deferred_indexes, error_map::store_error, open::named, status_queries::open_unchanged,
};
use crate::{
    StoreError, StoreErrorKind,
    schema::Dialect,
    stored_query::{OLDEST_VERSION, SEARCH_VERSION, StoredCall, StoredQuery, too_old},
};
use rusqlite::{Row, types::ValueRef};
use std::{borrow::Cow, collections::HashMap, path::Path};

/// Reads calls of a file, which is not changed.
pub(crate) fn read_stored(
    path: &Path,
    query: &StoredQuery,
    visit: &mut dyn FnMut(StoredCall),
) -> Result<(), StoreError> {
    let failed = |error| named(path, store_error(error));
    let (connection, version) = open_unchanged(path)?;
    if version < OLDEST_VERSION {
        return Err(too_old(path.display(), version));
    }
    let missing = deferred_indexes::missing(&connection).map_err(failed)?;
    let is_keyed = !missing.iter().any(|sql| sql.starts_with("CREATE UNIQUE INDEX"));
    if !is_keyed {
        let problem = format!("the first sync of {} has not finished", path.display());
        let help = "finish it with `callfold sync`; until then its tables have no keys";
        return Err(StoreError::new(StoreErrorKind::Broken, problem, help));
    }
    let has_search =
        version >= SEARCH_VERSION && deferred_indexes::has_search(&connection).map_err(failed)?;
    if !query.terms.is_empty() && !has_search {
        let problem = format!("{} has no full-text index yet", path.display());
        let help = "run `callfold sync` with it once, which builds the index";
        return Err(StoreError::new(StoreErrorKind::Foreign, problem, help));
    }
    let columns = query.columns();
    let places: HashMap<&str, usize> =
        columns.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let mut read = || {
        let mut statement = connection.prepare(&query.sql(Dialect::Sqlite))?;
        let parameters = query.parameters(Dialect::Sqlite);
        let mut rows = statement.query(rusqlite::params_from_iter(parameters))?;
        while let Some(row) = rows.next()? {
            let cells = |name: &str| text(row, *places.get(name)?);
            let parts: Vec<_> =
                (0..query.parts().len()).map(|at| text(row, columns.len() + at)).collect();
            if let Some(call) = query.call(&cells, &parts) {
                visit(call);
            }
        }
        Ok(())
    };
    read().map_err(failed)
}

fn text<'r>(row: &'r Row<'_>, at: usize) -> Option<Cow<'r, str>> {
    match row.get_ref(at).ok()? {
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text)),
        ValueRef::Integer(number) => Some(Cow::Owned(number.to_string())),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}
