//! Calls read back from PostgreSQL.

use super::{connect, error_map::store_error, server::Server};
use crate::{
    StoreError, StoreErrorKind,
    schema::{Dialect, VERSION},
    stored_query::{OLDEST_VERSION, StoredCall, StoredQuery, too_old},
};
use futures_util::TryStreamExt;
use std::{borrow::Cow, collections::HashMap, pin::pin};

/// Reads calls of a database, which is not changed.
pub(crate) async fn read_stored(
    server: &Server,
    query: &StoredQuery,
    visit: &mut dyn FnMut(StoredCall),
) -> Result<(), StoreError> {
    let (client, _connection) = connect::connect(server).await?;
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    client.batch_execute(begin).await.map_err(store_error)?;
    let version = connect::version(&client, server).await?;
    match version {
        ..1 => {
            let problem = format!("{server} is not a callfold database");
            let help = "name one that a sync has written; the schema can be named with \
                        ?options=-csearch_path%3DNAME";
            return Err(StoreError::new(StoreErrorKind::Foreign, problem, help));
        }
        1..OLDEST_VERSION => return Err(too_old(server, version)),
        _ if version > VERSION => return Err(StoreError::newer(server, version)),
        _ => {}
    }
    let columns = query.columns();
    let places: HashMap<&str, usize> =
        columns.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let parameters = query.parameters(Dialect::Postgres);
    let rows = client.query_raw(&query.sql(Dialect::Postgres), parameters).await;
    let mut rows = pin!(rows.map_err(store_error)?);
    while let Some(row) = rows.try_next().await.map_err(store_error)? {
        let text = |at: usize| row.try_get::<_, Option<&str>>(at).ok().flatten().map(Cow::Borrowed);
        let cells = |name: &str| text(*places.get(name)?);
        let parts: Vec<_> = (0..query.parts().len()).map(|at| text(columns.len() + at)).collect();
        if let Some(call) = query.call(&cells, &parts) {
            visit(call);
        }
    }
    Ok(())
}
