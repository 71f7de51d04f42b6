//! Status queries, without a lock and without changing anything.

use super::{connect, error_map::store_error, server::Server, sql_row};
use crate::{StoreError, StoreErrorKind, schema::VERSION, sql_value::SqlRow, store::Queries};

/// The version of the tables, and the results of its queries.
pub(crate) async fn run_status_queries(
    server: &Server,
    queries: Queries,
) -> Result<(i64, Vec<Vec<SqlRow>>), StoreError> {
    let (client, _connection) = connect::connect(server).await?;
    // All results are of one snapshot.
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    client.batch_execute(begin).await.map_err(store_error)?;
    let version = connect::version(&client, server).await?;
    if version < 1 {
        let problem = format!("{server} is not a callfold database");
        let help = "name one that a sync has written; the schema can be named with \
                    ?options=-csearch_path%3DNAME";
        return Err(StoreError::new(StoreErrorKind::Foreign, problem, help));
    }
    if version > VERSION {
        return Err(StoreError::newer(server, version));
    }
    let mut results = Vec::new();
    for sql in queries(version) {
        let rows = client.query(sql, &[]).await.map_err(store_error)?;
        results.push(rows.iter().map(sql_row).collect::<Result<_, _>>()?);
    }
    Ok((version, results))
}
